"""The thread of one number: from the end of a record down to a number of a table.

A station is one number, the terms that it is the sum of, and which of them is followed.
"""

from dataclasses import dataclass

import numpy as np

from tfmath.arguments import words
from tfmath.show.explanation import explain
from tfmath.show.formulas import leaves
from tfmath.show.layout import (
    LARGE,
    SMALL,
    WIDER,
    WIDTH,
    Box,
    Heat,
    Page,
    Wire,
    width_of,
    written,
)
from tfmath.show.machine import Drawing
from tfmath.show.machine_signs import legend_line
from tfmath.show.machine_tables import _colours, _text
from tfmath.show.numbers import number
from tfmath.tracing.formula import value_of

BOX, STRIP, GAP, BEND, GUTTER, EDGE, TOP = 33.0, 16.0, 22.0, 4.0, 26.0, 4.0, 16.0
WIDEST = 36.0
"""The most width of a term; six of them have room in a column."""

FRAME = 2.0
"""How wide the frame of the term that is followed is, on its left and on its right."""

SKIPPED = "fraction", "leaf"
"""Kinds of formulas that get no station: the inside of a norm, heads put side by side."""


@dataclass
class Station:
    """A number, and how it was made.

    Attributes
    ----------
    array : Traced
    index : tuple of int
    terms : list of float
        What it is the sum of; empty where it is no sum of such terms.
    followed : int
        Which term the thread goes on in.
    factor : str
        What the number of the next station is multiplied by there.
    """

    array: object
    index: tuple
    terms: list
    followed: int = 0
    factor: str = ""

    @property
    def value(self):
        return float(self.array.value[self.index])

    @property
    def stack(self):
        return self.array.name.partition(" / ")[0] if " / " in self.array.name else ""

    def title(self):
        """The last two parts of its name; a part's output is called as the part is."""
        parts = [p for p in self.array.name.split(" / ") if not p.startswith("layer ")]
        return " / ".join(parts[bool(self.stack) :][-2:]).removesuffix(" / output")

    def place(self):
        """Its row, a word if it has one, and its column, as `explain` writes them."""
        axes = zip(self.index, self.array.labels, strict=True)
        return ", ".join(str(words[i]) if words else str(i) for i, words in axes)


def thread(array, *where, past=()):
    """Follow a number down to a table: of each sum the largest term, step after step.

    Parameters
    ----------
    array : Traced
        Any named step of a record.
    *where : int or str
        One for each axis, as for `explain`.
    past : sequence of str
        Parts that the thread does not go into, such as ``"feed-forward"``.

    Returns
    -------
    Drawing
        Data goes up, as in the drawing of the machine: the number on top, the table at the
        bottom. Below each number its terms; the one that is followed has a frame.

    Raises
    ------
    TraceError, ShapeError, ValueError, TypeError
        As `explain`; and if `past` is not a sequence of names.

    Notes
    -----
    In a weighted average it goes on to the value, not to the weight; in a norm to the
    number that was normalised. These insides get no station.

    Examples
    --------
    >>> from tfmath import toy
    >>> from tfmath.show.thread import thread
    >>> thread(toy.worked_example()["encoder / input"], "you", 2)
    [drawing] The thread of input (you, 2). encoder: input (you, 2) 4.497; scaled \
embedding (you, 2) 4.472; 2.236 · embedding (you, 2) 2.000.
    """
    stations = followed(array, *where, past=past)
    return Drawing(_page(stations), _told(stations))


def followed(array, *where, past=()):
    """The stations of a thread; arguments and errors as for `thread`.

    Returns
    -------
    list of Station

    Examples
    --------
    >>> from tfmath import toy
    >>> found = followed(toy.worked_example()["encoder / input"], "you", 2)
    >>> [round(station.value, 3) for station in found]
    [4.497, 4.472, 2.0]
    """
    past = words("thread", "past", past)
    first = explain(array, *where, depth=1)
    at, found = (first.array, first.index), []
    while at:
        station, kind, at = _next(*at, past)
        if kind not in SKIPPED or not found:
            found.append(station)
        if (
            kind == "fraction" and len(found) > 1
        ):  # its terms are those of a gain and a bias
            found[-1].terms, found[-1].factor = [], "normalized"
    return found


def _next(array, index, past):
    """A station, the kind of its formula, and where the thread goes on, or None."""
    formula = explain(array, *index, depth=1).formula
    if formula is None:
        return Station(array, index, []), "given", None
    parts = list(formula.parts) if formula.kind == "sum" else [formula]
    values = [value_of(part) for part in parts]
    ways = [_way(part, index, past) for part in parts]
    sizes = [abs(round(v, 9)) if way else -1 for v, way in zip(values, ways, strict=True)]
    k = int(np.argmax(sizes))
    by_name = formula.kind in ("fraction", "max")
    said = array.op if by_name else _factor(values[k], ways[k])
    terms = values if len(parts) > 1 else []
    return Station(array, index, terms, k, said), formula.kind, ways[k]


def _factor(term, way):
    """What a number is multiplied by to give a term; nothing where that is 1."""
    below = float(way[0].value[way[1]]) if way else 0.0
    factor = round(term / below, 9) if below else 1
    return "" if factor == 1 else f"· {number(factor).replace('-', '−')}"


def _way(part, index, past):
    """The number of a term that the thread goes on to: a step before a table."""
    known = [
        (node, place)
        for node, place in leaves(part)
        if not any(name in (node.name or "").split(" / ") for name in (*past, "weights"))
    ]
    known.sort(key=lambda leaf: (not leaf[0].inputs, leaf[1] != index))
    return known[0] if known else None


def _told(stations):
    said, stack, factor = [], None, ""
    for station in stations:
        here = station.stack if station.stack not in ("", stack) else ""
        stack = here or stack
        head = (f"{here}: " if here else "") + (f"{factor[2:]} · " if "·" in factor else "")
        value = number(station.value, 3)
        said.append(f"{head}{station.title()} ({station.place()}) {value}")
        factor = station.factor
    first = stations[0]
    return f"The thread of {first.title()} ({first.place()}). {'; '.join(said)}."


# The page -------------------------------------------------------------------------------


def _page(stations):
    columns = _columns(stations)
    w = (WIDTH - 2 * EDGE - GUTTER * (len(columns) - 1)) / len(columns)
    page, ports = Page(), []
    for c, (name, own) in enumerate(columns):
        x, low = EDGE + (len(columns) - 1 - c) * (w + GUTTER), TOP
        for station in own:
            ports.append(_put(page, station, x, low, w))
            low = ports[-1].low + GAP
        page.add(written(name, (x, low - 3, w, 18), LARGE, "middle", "bold"))
        page.h = max(page.h, low + 18)
    for above, below, station in zip(ports, ports[1:], stations, strict=False):
        _wire(page, below, above, station.factor)
    line = legend_line(page)
    page.put(line, (WIDTH - line.w) / 2, page.h)
    page.h += line.h + 4
    return page


def _columns(stations):
    """Stack by stack, from the end; what belongs to no stack stands with its neighbours."""
    columns = [["", []]]
    for station in stations:
        if station.stack and not columns[-1][0]:
            columns[-1][0] = station.stack
        if station.stack not in ("", columns[-1][0]):
            columns.append([station.stack, []])
        columns[-1][1].append(station)
    return columns


@dataclass(frozen=True)
class _Port:
    """Where the wire to what is above leaves, and the one from below arrives."""

    left: float
    middle: float
    top: float
    into: float
    low: float


def _put(page, station, x, y, w):
    """A box, its words and its number, and its terms below."""
    said = number(station.value, 3).replace("-", "−")
    room = w - width_of(said, LARGE) * WIDER - 14
    page.add(Box(x, y, w, BOX, station.array.name))
    page.add(written(said, (x, y, w - 6, BOX), LARGE, "end", "bold"))
    title = station.title()
    title = title if width_of(title) <= room else title.rpartition(" / ")[2]
    page.add(written(title, (x + 6, y + 2, room, 16)))
    page.add(written(station.place(), (x + 6, y + 17, room, 14), SMALL, look="quiet"))
    if not station.terms:
        return _Port(x, x + w / 2, y, x + w / 2, y + BOX)
    into = _strip(page, station, x, y + BOX + 4, w)
    return _Port(x, x + w / 2, y, into, y + BOX + STRIP + 6)


def _strip(page, station, x, y, w):
    """The terms from left to right, that which is followed in a frame: its middle."""
    n, k = len(station.terms), station.followed
    cell = min(WIDEST, (w - 2 * FRAME) / n)
    left = x + (w - n * cell) / 2 - FRAME
    colours, below = (part[0][0] for part in _colours(np.array(station.terms)[None, None]))
    texts = tuple(_text(term, 2) if term else "" for term in station.terms)
    fits = all(width_of(text, SMALL) <= cell for text in texts)
    page.add(Box(left + k * cell, y - 2, cell + 2 * FRAME, STRIP + 4, "", "plain", "flag"))
    for i, (first, last) in enumerate(((0, k), (k, k + 1), (k + 1, n))):
        part = slice(first, last)
        at = left + first * cell + i * FRAME
        heat = (colours[part],), (below[part],), (texts[part],) * fits
        if first < last:
            page.add(Heat(at, y, (cell, STRIP), *heat))
    return left + k * cell + FRAME + cell / 2


def _wire(page, start, end, factor):
    """Up from a box to the term above it, or through the gutter to the next column."""
    x, y, to, low = start.middle, start.top, end.into, end.low
    if start.left == end.left:
        points = ((x, y), (x, y - BEND), (to, y - BEND), (to, low))
        points = points if x != to else ((x, y), (to, low))
    else:
        side, turn = end.left - GUTTER / 2, low + GAP - BEND
        points = ((x, y), (x, y - 9), (side, y - 9), (side, turn), (to, turn), (to, low))
    page.add(Wire(points))
    w = width_of(factor, SMALL) + 2
    left = to + 6 if to + 6 + w < WIDTH else to - 6 - w
    if factor:
        page.add(written(factor, (left, low + 1, w, 14), SMALL))
