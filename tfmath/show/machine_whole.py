"""The whole machine on one page, or one layer of it: columns, and wires between them."""

from dataclasses import replace

import numpy as np

from tfmath.parts.softmax import softmax
from tfmath.show.layout import LARGE, WIDTH, Box, Heat, Page, Wire, width_of, written
from tfmath.show.machine_build import ARROW, above, branch, build, look_of_wire
from tfmath.show.machine_columns import beside, column_of
from tfmath.show.machine_looks import WORDS
from tfmath.show.machine_signs import FLAG, flag, legend_column, legend_line
from tfmath.show.machine_tables import is_shares
from tfmath.tracing.record import ancestors

MARGIN, GUTTER, WIDEST, WORD = 3.0, 18.0, 270.0, 26.0


def whole_page(stations, output, manner):
    """The page of a whole machine.

    Parameters
    ----------
    stations : list of Station
    output : Traced
        Its last row scores the next word, if its columns are words.
    manner : Manner

    Returns
    -------
    Page
    """
    columns = []
    for stack in dict.fromkeys(s.stack for s in stations):
        own = [s for s in stations if s.stack == stack]
        outer = 1 if columns else -1
        columns.append(column_of(stack, own, words_read(own[0]), outer))
    _share_out(columns, WIDEST)
    page = _drawn(columns, manner)
    _write_word(page, columns[-1], output, manner)
    page = _lowered(page)
    _name_columns(page, columns, manner)
    return _with_legend(page, columns[0])


def frame_page(stations, name, manner):
    """The page of one layer, with what it reads of stations outside.

    Parameters
    ----------
    stations : list of Station
    name : str
        The layer's scope.
    manner : Manner

    Returns
    -------
    Page
    """
    inside = [s for s in stations if s.frame == name]
    stack = inside[0].stack
    outer = -1 if stack == stations[0].stack else 1
    read = dict.fromkeys(t for s in inside for t in s.sources if t not in inside)
    copies = {}
    for station in sorted(read, key=lambda s: outer * (s.stack == stack)):
        copies[station] = _outside(station, stack)
    for station in inside:
        sources = [copies[s] for s in station.sources]
        copies[station] = replace(station, sources=sources)
    column = column_of(stack, list(copies.values()), [], outer)
    _share_out([column], WIDTH)
    return _lowered(_drawn([column], manner))


def words_read(station):
    """The words that a first station reads, one a row; or their ids; or the rows' numbers.

    Parameters
    ----------
    station : Station

    Returns
    -------
    list of str
    """
    step = station.steps[0]
    if step.ndim < 2:
        return []
    whole_numbers = [n for n in ancestors(step) if n.dtype.kind in "iu" and n.ndim == 1]
    ids = [n for n in whole_numbers if n.shape == step.shape[-2:-1]]
    plain = [f"id {i}" for i in ids[-1].value] if ids else np.arange(step.shape[-2])
    return list(step.labels[-2] or map(str, plain))


def written_word(output):
    """The word with the largest score in the last row, and its share; None without words.

    Parameters
    ----------
    output : Traced
        Scores; or their softmax, if each row is one.

    Returns
    -------
    (str, str) or None

    Examples
    --------
    >>> from tfmath import trace
    >>> written_word(trace([[0.0, 0.0]], "logits", cols=["win", "die"]))
    ('win', '0.500')
    """
    words = output.labels[-1] if output.ndim == 2 else None
    if not words:
        return None
    last = output.value[-1:]
    shares = (last if is_shares(last) and last.any() else softmax(last))[0]
    best = int(shares.argmax())
    return words[best], f"{round(float(shares[best]), 9):.3f}"


def _outside(station, stack):
    """What a layer reads: the numbers alone, not where they come from."""
    said = station.title() if station.stack == stack else station.name
    return replace(station, frame="", is_sum=False, sources=[], said=said)


def _share_out(columns, widest):
    """Share out the width of the page."""
    sides = [(beside(c, -1), beside(c, 1)) for c in columns]
    lost = sum(map(sum, sides)) + GUTTER * (len(columns) - 1)
    w = min((WIDTH - 2 * MARGIN - lost) / len(columns), widest)
    x = (WIDTH - w * len(columns) - lost) / 2
    for column, (left, right) in zip(columns, sides, strict=True):
        column.x, column.w = x + left, w
        x += left + w + right + GUTTER


def _drawn(columns, manner):
    crossing = _crossing(columns)
    page = Page()
    for column in columns:
        page.add(*build(column, manner, {source for _, source, _, _ in crossing}).shapes)
    page.add(*(_crossing_wire(wire, manner) for wire in crossing))
    return page


def _crossing(columns):
    """The wires from one column to another: (column, source, column, target)."""
    return [
        (a, source, b, target)
        for b in columns
        for row in b.rows
        for target in row
        for source in target.sources
        for a in columns
        if a is not b and a.row_of(source) is not None
    ]


def _crossing_wire(wire, manner):
    """Up a little, sideways between the columns, up or down, and into the other's side."""
    a, source, b, target = wire
    (x, y), place = branch(a, source, manner), b.places[target]
    side = place.x if b.x > a.x else place.x + place.w
    left, right = sorted((a, b), key=lambda column: column.x)
    gutter = (left.x + left.w + beside(left, 1) + right.x - beside(right, -1)) / 2
    middle, top = place.y + place.h / 2, a.places[source].y
    points = (x, top), (x, y), (gutter, y), (gutter, middle), (side, middle)
    return Wire(points, look=look_of_wire(manner, source, target))


def _write_word(page, column, output, manner):
    """The word with the largest score, and its share among all of them."""
    if (best := written_word(output)) is None:
        return
    word, share = best
    last = column.rows[-1][0]
    top = column.places[last].y
    look = look_of_wire(manner, last)
    w = min(width_of(word, LARGE) + 24, column.w)
    x, low = column.middle() - w / 2, top - above(column, len(column.rows) - 1, manner)
    y = low - ARROW - WORD
    page.add(Wire(((column.middle(), top), (column.middle(), y + WORD)), look=look))
    page.add(Box(x, y, w, WORD, "", look, "word"))
    bold = "pale" if look == "pale" else "bold"
    page.add(written(word, (x + 4, y, w - 8, WORD), LARGE, "middle", bold))
    room = (x + w + 6, y, column.edge(1) - x - w - 6, WORD)
    page.add(written(share, room, look=look))


def _lowered(page):
    """With all shapes below the upper edge."""
    page = page.lowered(4 - min(s.y for s in page.of(Box)))
    page.h = max(s.y + s.h for s in page.of(Box)) + 4
    return page


def _name_columns(page, columns, manner):
    """Below the words the name of the stack that reads them."""
    marked = [c for c in columns if "here" in (manner.look(c.name), manner.look(WORDS))]
    for column in columns:
        look = manner.look(column.name)
        bold = look if look == "pale" else "bold"
        room = (column.x, page.h, column.w, 18)
        page.add(written(column.name, room, LARGE, "middle", bold))
    for column in marked:
        left = column.middle() - 45
        page.add(*flag(left, left + 90, page.h + 18 + FLAG))
    page.h += 20 + FLAG * bool(marked)


def _with_legend(page, first):
    """Above the first column if there is room, otherwise below everything."""
    reach = first.edge(1) + beside(first, 1)
    column, line = legend_column(page), legend_line(page)
    if min(s.y for s in page.of(Box) if s.x < reach) > column.h + 20:
        page.put(column, first.x, 6)
    else:
        page.put(line, (WIDTH - line.w) / 2, page.h + 4)
        page.h += line.h + 6 if page.of(Heat) else 0
    return page
