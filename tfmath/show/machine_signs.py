"""What helps to read the drawing: flags, what the colours mean, a map of the whole."""

from dataclasses import replace

from tfmath.show.layout import (
    LARGE,
    SMALL,
    WIDTH,
    Block,
    Box,
    Heat,
    Label,
    Page,
    Wire,
    width_of,
    wrapped,
    written,
)

HERE, FLAG = "you are here", 17.0
MAP = 0.15


def flag(left, right, low, at_right=True):
    """The words "you are here" in a black box, at one end of the room from left to right.

    In a narrow room it says "here".

    Parameters
    ----------
    left, right, low : float
        `low` is where its lower side is.
    at_right : bool

    Returns
    -------
    list of shapes
    """
    w, words = min(width_of(HERE, SMALL) + 8, right - left), HERE
    if w < width_of(HERE, SMALL):
        words = HERE.split()[-1]
    room = (right - w if at_right else left, low - FLAG, w, FLAG)
    return [Box(*room, "", "plain", "flag"), written(words, room, SMALL, "middle", "light")]


def legend(page):
    """What colours, signs and gaps in the tables of a page mean; nothing without tables.

    Returns
    -------
    list of (colour, whether below zero, text)
    """
    heats = page.of(Heat)
    colours = {colour for heat in heats for row in heat.colours for colour in row}
    below = any(any(map(any, heat.below_zero)) for heat in heats)
    empty = any(_is_empty(heat) for heat in heats)
    lines = [
        ("#6d9bd9", False, "above 0", bool(heats)),
        ("#f2a24a", True, "below 0", below),
    ]
    lines += [
        ("#ffffff", False, "rounds to 0", empty),
        ("", False, "hidden", "" in colours),
    ]
    return [line[:3] for line in lines if line[3]]


def _is_empty(heat):
    """Whether a cell has a colour and no text in a table of texts."""
    rows = zip(heat.texts, heat.colours, strict=False)
    return any(c and not t for row in rows for t, c in zip(*row, strict=True))


def legend_line(page):
    """The legend as one line; nothing where there is nothing to say."""
    block = Block(17.0)
    for colour, below, text in legend(page):
        block.add(Heat(block.w, 3, (11, 11), ((colour,),), ((below,),)))
        w = width_of(text, SMALL)
        block.add(written(text, (block.w + 16, 0, w, 17), SMALL, look="quiet"))
        block.w += w + 30
    return block


def legend_column(page):
    """The legend as a column."""
    block = Block(0.0, w=140.0)
    for colour, below, text in legend(page):
        block.add(Heat(0, block.h + 1, (11, 11), ((colour,),), ((below,),)))
        block.add(written(text, (18, block.h, 122, 13), SMALL, look="quiet"))
        block.h += 16
    return block


def small_map(page, marked):
    """A page without its words and numbers, small; what is marked in it is black.

    Parameters
    ----------
    page : Page
    marked : set of str
        Names of boxes.
    """
    shapes = [s for s in page.shapes if not isinstance(s, Label | Heat)]
    block = Block(page.h * MAP, [], WIDTH * MAP)
    for shape in shapes:
        if isinstance(shape, Wire):
            points = tuple((x * MAP, y * MAP) for x, y in shape.points)
            block.add(replace(shape, points=points, arrow=False, look="thin"))
        elif shape.kind != "flag":
            look = "black" if shape.name in marked else "thin"
            size = {k: getattr(shape, k) * MAP for k in "xywh"}
            kind = "part" if shape.kind == "sum" and look == "thin" else shape.kind
            block.add(replace(shape, look=look, kind=kind, **size))
    return block


def headed(page, whole, marked, name):
    """A page with a map of the whole and its name above it, and the legend below.

    Parameters
    ----------
    page : Page
        The part that is shown large.
    whole : Page
    marked : set of str
    name : str

    Returns
    -------
    Page
    """
    chart = small_map(whole, marked)
    x, (*outer, own) = chart.w + 14, name.split(" / ")
    found = Page(max(chart.h, 70) + 10)
    found.put(chart, 2, 2)
    low = found.h / 2 - 10
    found.add(*flag(x, WIDTH - 4, low - 4, at_right=False))
    found.add(written(own, (x, low, WIDTH - x - 4, 22), LARGE, look="bold"))
    for line in wrapped(", ".join(outer), WIDTH - x - 4)[:2]:
        low += 20
        found.add(written(line, (x, low, WIDTH - x - 4, 16), look="quiet"))
    found.put(page, 0, found.h)
    found.h += page.h
    line = legend_line(page)
    found.put(line, (WIDTH - line.w) / 2 if line.w < WIDTH else 0, found.h + 4)
    found.h += line.h + 8 if line.shapes else 0
    return found
