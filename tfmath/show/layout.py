"""Shapes on a page: boxes, labels, tables of heat, wires; and how wide a text is at most.

A layout makes shapes, and `machine_svg` writes them down. Lengths are in units of the page,
which is `WIDTH` of them wide; y grows downwards. Every label carries the room that it must
not leave.
"""

from dataclasses import dataclass, field, replace

WIDTH = 460
"""The width of a page. On a telephone of 390 pixels a unit is 0.85 pixels."""

SMALL, PLAIN, LARGE = 10.8, 12.0, 15.0
"""Sizes of letters: in tables, names, headings."""

BOLD, WIDER = ("bold",), 1.2
"""The looks of labels that are written in bold, and how much wider that is at most."""

_WIDTHS = {
    letter: width
    for letters, width in (
        ("ijl' ,.·", 0.32),
        ("IJ/:;|f-()[]t!r", 0.44),
        ("KABVXYZCR", 0.71),
        ("UNHDGOQ&w", 0.82),
        ("#+<=>^~−×→M", 0.87),
        ("mW%@…—½", 1.0),
    )
    for letter in letters
}
_OTHERS, _SQUARE = 0.64, 1.02
"""Most letters are no wider than the first; those of Chinese, say, fill a square."""


@dataclass(frozen=True)
class Box:
    """A rectangle, or round if it is a sum; `look` is plain, here, pale or crossed."""

    x: float
    y: float
    w: float
    h: float
    name: str = ""
    look: str = "plain"
    kind: str = "part"


@dataclass(frozen=True)
class Label:
    """A text whose baseline begins, ends or has its middle at (x, y)."""

    x: float
    y: float
    text: str
    room: tuple  # x, y, w, h
    size: float = PLAIN
    anchor: str = "start"
    look: str = "plain"
    upright: bool = False  # written from the bottom to the top
    full: str = ""  # the whole text, where `text` is cut


@dataclass(frozen=True)
class Heat:
    """A table of coloured cells; `texts` are the numbers in them, if there are any."""

    x: float
    y: float
    cell: tuple  # w, h
    colours: tuple  # of rows; "" is a hidden number
    below_zero: tuple  # of rows of bool
    texts: tuple = ()
    name: str = ""

    @property
    def w(self):
        return self.cell[0] * len(self.colours[0])

    @property
    def h(self):
        return self.cell[1] * len(self.colours)


@dataclass(frozen=True)
class Wire:
    """A line of horizontal and vertical pieces, with an arrow at its end or without."""

    points: tuple
    arrow: bool = True
    look: str = "plain"


@dataclass
class Page:
    """What is drawn, and how high it is."""

    h: float = 0.0
    shapes: list = field(default_factory=list)

    def of(self, kind):
        """The shapes of one kind, in the order in which they were put there."""
        return [shape for shape in self.shapes if isinstance(shape, kind)]

    def add(self, *shapes):
        """Put shapes on the page."""
        self.shapes.extend(shapes)

    def put(self, page, x, y):
        """Put a copy of what is on another page here, its corner at (x, y)."""
        self.add(*(moved(shape, x, y) for shape in page.shapes))

    def turned(self):
        """The same page with every wire the other way round."""
        wires = [
            replace(s, points=s.points[::-1]) if isinstance(s, Wire) else s
            for s in self.shapes
        ]
        return replace(self, shapes=wires)

    def lowered(self, by):
        """The same page with everything moved down."""
        return Page(self.h + by, [moved(shape, 0, by) for shape in self.shapes])


@dataclass
class Block(Page):
    """A page that is put on others, and knows its width too."""

    w: float = 0.0


def moved(shape, right, down):
    """The same shape somewhere else.

    Examples
    --------
    >>> moved(Box(1, 2, 3, 4), 10, 20)
    Box(x=11, y=22, w=3, h=4, name='', look='plain', kind='part')
    """
    if isinstance(shape, Wire):
        return replace(shape, points=tuple((x + right, y + down) for x, y in shape.points))
    shape = replace(shape, x=shape.x + right, y=shape.y + down)
    if isinstance(shape, Label):
        x, y, w, h = shape.room
        return replace(shape, room=(x + right, y + down, w, h))
    return shape


def width_of(text, size=PLAIN):
    """How wide a text is at most, in the usual fonts without serifs.

    Examples
    --------
    >>> width_of("you", 10) <= 21
    True
    """
    return size * sum(_SQUARE if c > "\u2e80" else _WIDTHS.get(c, _OTHERS) for c in text)


def cut(text, width, size=PLAIN):
    """The text, or as many of its letters as have room, and three dots.

    Examples
    --------
    >>> cut("thrones", 100), cut("thrones", 40)
    ('thrones', 'thro…')
    """
    if width_of(text, size) <= width + 0.01:  # what was measured to fit does fit
        return text
    while text and width_of(text + "…", size) > width:
        text = text[:-1]
    return text + "…"


def wrapped(text, width, size=PLAIN):
    """The lines of a text, broken at spaces, those too long cut.

    Examples
    --------
    >>> wrapped("before activation", 70)
    ['before', 'activation']
    """
    lines = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return [cut(line, width, size) for line in lines]


def written(text, room, size=PLAIN, anchor="start", look="plain"):
    """A label of one line in the middle of the height of its room, cut if it is too long.

    Examples
    --------
    >>> written("you", (0, 0, 50, 20)).y
    14.2
    """
    x, y, w, h = room
    at = {"start": x, "middle": x + w / 2, "end": x + w}[anchor]
    shown = cut(text, w / WIDER if look in BOLD else w, size)
    full = text if shown != text else ""
    low = y + h / 2 + 0.35 * size
    return Label(at, low, shown, room, size, anchor, look, full=full)
