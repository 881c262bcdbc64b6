"""The map of the course: its chapters as boxes, a wire from each to those that need it."""

from dataclasses import replace

from tfmath.show.layout import SMALL, WIDTH, Box, Page, Wire, wrapped, written
from tfmath.show.machine import Drawing

HERE = "Start here"
PARTS = {
    "": [[HERE, None, None, None]],
    "Words become numbers": [
        ["Vocabulary", "Embeddings", "What a table knows", "Positions"]
    ],
    "Words look at each other": [
        ["A soft dictionary", "Self-attention", "Many heads", "Masks"],
        [None, "Why divide by √d_k", None, None],
    ],
    "The Transformer": [[None, "Encoder layer", "Decoder layer", "The whole Transformer"]],
    "Learning": [["Slopes", "Backwards through the machine", "Training", "Decoding"]],
    "Beyond": [
        [
            "Scaling",
            "More ways to say where",
            "Attention before the Transformer",
            "Cheaper attention",
        ]
    ],
    "Checking": [["Four witnesses", "Several processes", None, None]],
}
"""Each part: its lines of chapters, None where a place is empty."""

NEEDS = (
    "Start here > Vocabulary",
    "Vocabulary > Embeddings",
    "Embeddings > What a table knows",
    "What a table knows > Positions",
    "Embeddings > A soft dictionary",
    "Positions > Self-attention",
    "A soft dictionary > Self-attention",
    "Self-attention > Why divide by √d_k",
    "Self-attention > Many heads",
    "Many heads > Masks",
    "Masks > Encoder layer",
    "Encoder layer > Decoder layer",
    "Decoder layer > The whole Transformer",
    "The whole Transformer > Slopes",
    "Slopes > Backwards through the machine",
    "Backwards through the machine > Training",
    "Training > Decoding",
    "Training > Attention before the Transformer",
    "Training > More ways to say where",
    "Training > Scaling",
    "Attention before the Transformer > Cheaper attention",
    "Decoding > Cheaper attention",
    "Training > Four witnesses",
    "Four witnesses > Several processes",
)
"""What a chapter needs, without what those need already."""

W, H, GAP, LINE, FOOT, PAD, GUTTER, MARGIN = 97.0, 42.0, 14.0, 14.0, 18.0, 8.0, 22.0, 11.0
TURN = 8.0
"""How far above a frame a wire turns; another one, 6 farther."""


def chapter_map():
    """Draw which chapter needs which.

    Returns
    -------
    Drawing
        From top to bottom a frame for each part. A wire leads to the chapter that needs
        the one it comes from. What is needed by way of another chapter has none.

    Examples
    --------
    >>> chapter_map().alt.partition(":")[0]
    'The map of the course'
    """
    page, boxes, tops = Page(2.0), {}, []
    for part, lines in PARTS.items():
        tops.append(page.h)
        _put(page, part, lines, boxes)
    for one, other in (need.split(" > ") for need in NEEDS):
        page.add(Wire(_way(boxes[one], boxes[other], tops)))
    page.h -= GUTTER - 2
    return Drawing(page, _told())


def _told():
    lines = {part: sum(of, []) for part, of in PARTS.items() if part}
    told = (f"{part}: {', '.join(filter(None, line))}" for part, line in lines.items())
    needs = ", ".join(NEEDS)
    return f"The map of the course: which chapter needs which. {'. '.join(told)}. {needs}."


def _put(page, part, lines, boxes):
    """A part, its chapters and its frame, at the bottom of the page."""
    top, h = page.h, H if part else 24.0
    page.h += PAD * bool(part)
    for line in lines:
        for column, name in enumerate(line):
            if name:
                x = MARGIN + PAD + column * (W + GAP)
                boxes[name] = _chapter(page, Box(x, page.h, W, h, name))
        page.h += h + LINE
    page.h -= LINE
    if part:
        _frame(page, part, top)
    page.h += GUTTER


def _frame(page, part, top):
    """Its name stands below its chapters, where few wires run."""
    x, w = MARGIN + PAD, WIDTH - MARGIN - 1
    page.add(written(part, (x, page.h + 1, w - 2 * PAD, FOOT), look="bold"))
    page.h += FOOT + 2
    page.add(Box(MARGIN, top, w, page.h - top, part, kind="frame"))


def _chapter(page, box):
    """A box with its name, in as many lines as it needs."""
    box = replace(box, look="here" if box.name == HERE else "plain")
    page.add(box)
    lines = wrapped(box.name, W - 6, SMALL)
    high = box.y + (box.h - 12.5 * len(lines)) / 2
    for i, line in enumerate(lines):
        page.add(written(line, (box.x, high + 12.5 * i, W, 12.5), SMALL, "middle"))
    return box


def _way(one, other, tops):
    """From a chapter to the next: along its line, straight down, or through a gutter."""
    x, to, low, middle = one.x + W / 2, other.x + W / 2, one.y + one.h, one.y + one.h / 2
    if one.y == other.y:
        return (one.x + W, middle), (other.x, middle)
    if x == to:
        return (x, low), (x, other.y)
    below = [top - TURN for top in tops if low < top <= other.y]
    if len(below) > 1:  # a whole part lies between: round it, on the left
        left = MARGIN / 2
        ways = ((x, low), (x, below[0]), (left, below[0]), (left, below[-1]))
        return *ways, (to, below[-1]), (to, other.y)
    if one.name == "Embeddings":  # two wires turn above this part
        x, below = x + 14, [below[0] - 6]
    return (x, low), (x, below[0]), (to, below[0]), (to, other.y)
