"""A computation as a graph: numbers run forwards along its wires, slopes come back."""

import numpy as np

from tfmath.arguments import flag, instance, whole
from tfmath.errors import ShapeError, TraceError
from tfmath.show.layout import PLAIN, SMALL, WIDTH, Box, Page, Wire, width_of, written
from tfmath.show.machine import Drawing
from tfmath.show.numbers import typed
from tfmath.tracing import Traced, gradients
from tfmath.tracing.record import ancestors
from tfmath.tracing.rules import RULES
from tfmath.tracing.rules.row import slope

GAP, ROW, TAG, TOP = 40.0, 66.0, 16.0, 22.0
"""Between two columns; between two rows; the height of a slope; the lane above all."""

HIGH, END, FAN = 34.0, 66.0, 88.0
"""The height of a number; of `wires`: how wide it is, and how far apart two of them are."""


def graph(output, backward=False):
    """Draw single numbers and how one comes from the others, from left to right.

    Each number with a name has a box, with its value. With slopes, a black tag below says
    how fast the output grows with that number, and by each arrow stands the factor by which
    a slope is multiplied on its way back.

    Parameters
    ----------
    output : Traced
        A single number, made of single numbers.
    backward : bool
        Whether the slopes are shown, and the arrows run from the output back.

    Returns
    -------
    Drawing

    Raises
    ------
    TraceError
        If `output` is not traced.
    ShapeError
        If a number on the way is a table, or so many follow one another that they have no
        room on the page.
    TypeError
        If an argument is of another kind.

    Examples
    --------
    >>> from tfmath.tracing import named, trace
    >>> a, b = trace(2.0, "a"), trace(3.0, "b")
    >>> graph(named("product", a * b), backward=True)
    [drawing] A graph. a = 2 (slope 3), b = 3 (slope 2), product = 6 (slope 1). The arrows \
run backwards: product to a, times 3; product to b, times 2.
    """
    instance("graph", "output", output, Traced, "a traced number")
    backward = flag("graph", "backward", backward)
    nodes = [n for n in ancestors(output) if n.varies and (n.name or n is output)]
    _check(nodes)
    place = _placed(nodes, _columns(nodes))
    slopes = dict(zip(map(id, nodes), gradients(output, of=nodes), strict=True))
    page = _page(nodes, place, slopes if backward else None)
    return Drawing(page.turned() if backward else page, _told(nodes, slopes, backward))


def wires(row, weights, slopes, to=0):
    """Draw a row times a table: each number of the table is a wire, with its own slope.

    That slope is the number at its left end times the slope at its right end. A number of
    the row adds up, over its wires, what stands on them times the slopes at their right.

    Parameters
    ----------
    row, weights, slopes : n numbers, a table (n, m), and m slopes by the product
    to : int
        The number of the row whose wires are dark.

    Returns
    -------
    Drawing

    Raises
    ------
    ShapeError
        If the three do not fit together.

    Examples
    --------
    >>> wires([1.0], [[3.0]], [10.0])
    [drawing] Wires. Y₀₀ = 3 (slope 10) to X₀₀ = 1 (slope 30) along 3 (slope 10).
    """
    row, weights, slopes = (np.asarray(part, float) for part in (row, weights, slopes))
    if weights.ndim != 2 or weights.shape != row.shape + slopes.shape:
        raise ShapeError(f"wires: {row.shape} times {weights.shape} is not {slopes.shape}.")
    to = whole("wires", "to", to, most=len(row) - 1)
    page, told = Page(FAN * max(weights.shape) - 16), []
    left = _column(page, 1, "X", row, weights @ slopes)
    right = _column(page, WIDTH - END - 1, "Y", row @ weights, slopes)
    for (i, j), weight in np.ndenumerate(weights):
        (start, source), (end, user) = left[i], right[j]
        bend, by = (start[0] + 10, start[1]), row[i] * slopes[j]
        page.add(Wire((end, bend, start), look="plain" if i == to else "pale"))
        page.add(*_on_wire(weight, by, bend + np.subtract(end, bend) / (1 + len(slopes))))
        told.append(f"{user} to {source} along {_short(weight)} (slope {_short(by)}).")
    _legend(page, True, "loss")
    return Drawing(page, f"Wires. {' '.join(told)}")


def _column(page, x, letter, numbers, slopes):
    """Numbers below one another; for each where its wires end, and what it is called."""
    inner, ends = x + END if x < WIDTH / 2 else x, []
    for i, (number, fast) in enumerate(zip(numbers, slopes, strict=True)):
        y = (page.h - FAN * (len(numbers) - 2 * i - 1) - HIGH - TAG) / 2
        name = f"{letter}₀{chr(ord('₀') + i)}"
        page.add(*_number(name, number, fast, (x, y), END))
        said = f"{name} = {_short(number)} (slope {_short(fast)})"
        ends.append(((inner, y + HIGH / 2), said))
    return ends


def _on_wire(weight, fast, middle):
    """A number of the table, and its slope beside it."""
    (x, y), wide = middle - (36, 8), 22.0
    yield Box(x, y, wide, TAG)
    yield written(_short(weight), (x, y, wide, TAG), SMALL, "middle", "bold")
    yield from _flag(fast, (x + wide, y, 32, TAG))


def _check(nodes):
    for node in nodes:
        if node.shape != ():
            raise ShapeError(
                f"graph: {_name(node)} is a table, {node.shape}; a graph is of single "
                "numbers, such as trace(2.0, 'a')."
            )
    if not nodes:
        raise TraceError("graph: no number on the way to output varies; see trace().")


def _name(node):
    return (node.name or "result").rpartition(" / ")[2]


def _edges(nodes):
    """For each way from a number to one that is made of it: the two, and the factor."""
    drawn = set(map(id, nodes))
    return [(s, node, factor) for node in nodes for s, factor in _sources(node, drawn)]


def _sources(node, drawn):
    """The drawn numbers before this one, way by way; steps without a name lie between."""
    for position, source in enumerate(node.inputs):
        if id(source) in drawn:
            yield source, _factor(node, position)
        elif source.varies:
            first = _factor(node, position)
            yield from ((s, first * then) for s, then in _sources(source, drawn))


def _factor(node, position):
    """How fast one step grows with one of its inputs, the others kept."""
    values = [np.asarray(i.value) for i in node.inputs]
    rule = slope(RULES[node.op], position)
    return float(rule(np.ones(()), node.value, *values, **node.options))


# Where things stand ---------------------------------------------------------------------


def _columns(nodes):
    """Computed numbers one column after all that they use; given ones before their use."""
    column, edges = {}, _edges(nodes)
    for node in nodes:
        before = [column[id(s)] for s, user, _ in edges if user is node]
        column[id(node)] = max(before, default=-1) + 1
    for node in nodes:
        if not node.inputs:
            uses = [column[id(user)] for s, user, _ in edges if s is node]
            column[id(node)] = min(uses, default=1) - 1
    return column


def _placed(nodes, column):
    """For each number its column and its row; a column is centred among the others."""
    columns = {}
    for node in nodes:
        columns.setdefault(column[id(node)], []).append(node)
    tallest = max(map(len, columns.values()))
    found = {}
    for at, stack in columns.items():
        for row, node in enumerate(stack):
            found[id(node)] = at, row + (tallest - len(stack)) / 2
    if (WIDTH - GAP * (max(columns))) / (max(columns) + 1) < 40:
        raise ShapeError(
            f"graph: {max(columns) + 1} numbers follow one another; there is room for 5."
        )
    return found


def _page(nodes, place, slopes):
    """Boxes, wires and tags."""
    n = 1 + max(at for at, _ in place.values())
    wide = min(92.0, (WIDTH - 4 - GAP * (n - 1)) / n)
    left = (WIDTH - n * wide - (n - 1) * GAP) / 2
    corner = {
        key: (left + at * (wide + GAP), TOP + row * ROW) for key, (at, row) in place.items()
    }
    page = Page(TOP + ROW * (1 + max(row for _, row in place.values())))
    for node in nodes:
        page.add(*_box(node, *corner[id(node)], wide, slopes))
    edges = _edges(nodes)
    for at, (source, user, factor) in enumerate(edges):
        ends = corner[id(source)], corner[id(user)]
        far = place[id(user)][0] - place[id(source)][0] > 1
        said = factor if slopes is not None else None
        ways = [i for i, edge in enumerate(edges) if edge[1] is user]
        ways.sort(key=lambda i: corner[id(edges[i][0])][1])
        port = (1 + ways.index(at)) / (1 + len(ways))
        page.add(*(_over(*ends, wide, said) if far else _across(*ends, wide, said, port)))
    _legend(page, slopes is not None)
    return page


def _box(node, x, y, wide, slopes):
    fast = None if slopes is None else slopes[id(node)]
    return _number(_name(node), node.value, fast, (x, y), wide)


def _number(name, value, fast, corner, wide):
    x, y = corner
    yield Box(x, y, wide, HIGH, name)
    yield written(name, (x + 2, y + 2, wide - 4, 15), SMALL, "middle", "quiet")
    yield written(_short(value), (x + 2, y + 16, wide - 4, 16), PLAIN, "middle", "bold")
    if fast is not None:
        yield from _flag(fast, (x, y + HIGH, wide, TAG))


def _flag(fast, room):
    yield Box(*room, "", "plain", "flag")
    yield written(_short(fast), room, SMALL, "middle", "light")


def _across(start, end, wide, factor, port):
    """A wire to the next column; those that meet in a box come to it one below another."""
    x, y = start[0] + wide, start[1] + 34 * port if start[1] == end[1] else start[1] + 17
    low = end[1] + 34 * port
    turn = end[0] - 12
    points = ((x, y), (end[0], low))
    if abs(y - low) > 0.5:
        points = ((x, y), (turn, y), (turn, low), (end[0], low))
    yield Wire(points)
    if factor is not None:
        yield _said(factor, x + 2, y + 1 if port > 0.5 else y - 14)


def _over(start, end, wide, factor):
    """A wire above everything, to a column further on."""
    across, lane = (start[0] + wide / 2, end[0] + wide / 2), 6.0
    corners = ((across[0], lane), (across[1], lane))
    yield Wire(((across[0], start[1]), *corners, (across[1], end[1])))
    if factor is not None:
        yield _said(factor, across[0] + 6, lane + 1)


def _said(factor, x, y):
    text = f"×{_short(factor)}"
    return written(text, (x, y, width_of(text, SMALL), 13), SMALL, look="quiet")


def _legend(page, backward, result="result"):
    """What the black tags and the factors are, as a line below."""
    if backward:
        words = f"the slope of the {result} by this number"
        x, y = (WIDTH - width_of(words, SMALL) - 24) / 2, page.h
        page.add(Box(x, y + 3, 18, 11, "", "plain", "flag"))
        page.add(written(words, (x + 24, y, WIDTH - x - 24, 17), SMALL, look="quiet"))
        page.h += 20


def _short(x):
    return typed(float(x)).replace("-", "−")


# In words -------------------------------------------------------------------------------


def _told(nodes, slopes, backward):
    numbers = [f"{_name(n)} = {_short(n.value)}" for n in nodes]
    ways = [(_name(s), _name(u), _short(f)) for s, u, f in _edges(nodes)]
    if not backward:
        arrows = "; ".join(f"{s} to {u}" for s, u, _ in ways)
        return f"A graph. {', '.join(numbers)}. The arrows: {arrows}."
    told = [
        f"{text} (slope {_short(slopes[id(n)])})"
        for text, n in zip(numbers, nodes, strict=True)
    ]
    arrows = "; ".join(f"{u} to {s}, times {f}" for s, u, f in ways)
    return f"A graph. {', '.join(told)}. The arrows run backwards: {arrows}."
