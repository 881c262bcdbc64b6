"""Tables of heat in the boxes of a machine: which numbers, how large, in which colour."""

from dataclasses import dataclass

import numpy as np

from tfmath.show.layout import SMALL, Block, Heat, Label, cut, width_of, written
from tfmath.show.machine_record import last_part
from tfmath.show.numbers import number
from tfmath.show.tables import _colour, _scale

LEVELS = 20
"""Shades of a colour. A number is rounded first, so that its shade is never in doubt."""

MOST_ROWS, MOST_COLS = 24, 60
"""Larger tables are not drawn."""

ROW, HEAD, WORD, GAP = 16.0, 16.0, 60.0, 5.0


@dataclass(frozen=True)
class Manner:
    """How the machine is drawn: what is marked, and what stands in the boxes.

    Attributes
    ----------
    look : function
        ``Station, or name of a frame or stack -> "plain", "here", "pale" or "crossed"``.
    heat : bool or dict of str to array
        The numbers of the steps, or others in their places, such as gradients.
    texts : bool
        Whether the numbers themselves are written into the cells.
    cell : float
        The largest width of a cell without a number.
    spare : float
        The most room beside a number.
    """

    look: object
    heat: object = True
    texts: bool = False
    cell: float = 6.0
    spare: float = 10.0


def told(station):
    """The step that says most about a station: what it shares out, or what it gives."""
    shares = [s for s in station.steps if s.ndim > 1 and is_shares(s.value)]
    return (shares or station.steps)[-1]


def size_of(station):
    """The rows and columns of what is told of a station, with its name if it has several.

    Examples
    --------
    >>> from tfmath import named, trace
    >>> from tfmath.show.machine_record import stations
    >>> size_of(stations(named("double", 2 * trace([[1.0, 2.0]], "x")))[0])
    '1 × 2'
    """
    step = told(station)
    size = " × ".join(map(str, step.shape[-2:]))
    inner = step is not station.steps[-1] and step.name
    return f"{last_part(step.name)} {size}" if inner else size


def is_shares(numbers):
    """Whether each row shares out 1, or is hidden altogether; not a table of one column.

    Examples
    --------
    >>> is_shares(np.array([[0.5, 0.5], [0.0, 0.0]])), is_shares(np.array([[2.0, -1.0]]))
    (True, False)
    """
    if numbers.dtype.kind != "f" or numbers.shape[-1] < 2 or not (numbers >= 0).all():
        return False
    sums = numbers.sum(axis=-1)
    return bool(((abs(sums - 1) < 1e-3) | (sums == 0)).all())


def numbers_of(step, heat):
    """The tables of a step as one array of three axes, or None if there is none to draw."""
    found = step.value if heat is True else (heat or {}).get(step.name)
    if found is None or not 1 <= found.ndim <= 3 or found.dtype.kind != "f":
        return None
    found = found.reshape((1,) * (3 - found.ndim) + found.shape)
    drawable = found.shape[1] <= MOST_ROWS and found.shape[2] <= MOST_COLS
    return found if drawable and found.size else None


def heat_block(step, manner, room, words=False):
    """The tables of a step, side by side, as a page of their own.

    Parameters
    ----------
    step : Traced
    manner : Manner
    room : (float, float)
        The most width and height.
    words : bool
        Whether rows and columns have their words beside them.

    Returns
    -------
    Block, or None if there are no numbers, or they do not fit
        Without the numbers' texts if only those do not fit.
    """
    numbers = numbers_of(step, manner.heat)
    if numbers is None:
        return None
    names = ((None,) * 3 + tuple(step.labels))[-3:] if words else (None,) * 3
    tries = _with_texts(step, numbers, names, manner.spare) if manner.texts else []
    small = _block(step, numbers, _cell(numbers, manner.cell, room, names), names, ())
    return next((b for b in (*tries, small) if b.w <= room[0] + 0.1), None)


def _with_texts(step, numbers, names, spare):
    """With the numbers, first with more room around them, then with less."""
    texts = _texts(numbers)
    w = max(width_of(t, SMALL) for table in texts for row in table for t in row)
    rooms = [more for more in (10, 7, 4) if more <= spare]
    return [_block(step, numbers, (w + more, ROW), names, texts) for more in rooms]


def _cell(numbers, most, room, names):
    heads, rows, cols = numbers.shape
    free = room[0] - _width_of_words(names[1]) - GAP * (heads - 1)
    size = min(most, free / (heads * cols), room[1] / rows)
    if names[1]:  # no row lower than its word
        return max(int(size * 10), 1) / 10, max(size, SMALL + 1)
    return (max(int(size * 10), 1) / 10,) * 2


def _block(step, numbers, cell, names, texts):
    heads, rows, cols = numbers.shape
    several = heads > 1 and names[0] is not None
    beside, top = _width_of_words(names[1]), HEAD * several
    above = top + (_width_of_words(names[2]) if texts else 0)
    w = beside + heads * cols * cell[0] + GAP * (heads - 1)
    block = Block(above + rows * cell[1], w=w)
    colours, below = _colours(numbers)
    for i in range(heads):
        x = beside + i * (cols * cell[0] + GAP)
        own = texts[i] if texts else ()
        block.add(Heat(x, above, cell, colours[i], below[i], own, step.name or ""))
        if several:
            room = (x, 0, cols * cell[0], HEAD - 2)
            block.add(written(names[0][i], room, SMALL, "middle", "quiet"))
        if above > top:
            _add_col_words(block, names[2], (x, top, above - top), cell)
    _add_row_words(block, names[1], beside, above, cell)
    return block


def _width_of_words(words):
    return min(max(width_of(w, SMALL) for w in words), WORD) + 4 if words else 0


def _add_row_words(block, words, beside, above, cell):
    for i, word in enumerate(words or ()):
        room = (0, above + i * cell[1], beside - 4, cell[1])
        block.add(written(word, room, SMALL, "end"))


def _add_col_words(block, words, place, cell):
    """Upright, so that a word is no wider than its column."""
    left, top, high = place
    for i, word in enumerate(words):
        x = left + i * cell[0]
        shown = cut(word, high - 4, SMALL)
        at, room = x + cell[0] / 2 + 0.35 * SMALL, (x, top, cell[0], high)
        full = word if shown != word else ""
        label = Label(at, top + high - 3, shown, room, SMALL, upright=True, full=full)
        block.add(label)


def _texts(numbers):
    """Two decimals for shares, one for others; nothing for what would be printed as 0."""
    decimals = 2 if is_shares(numbers) else 1
    texts = [[[_text(x, decimals) for x in row] for row in table] for table in numbers]
    if decimals == 1:
        return texts
    return [[[t if float(t or 0) else "" for t in row] for row in table] for table in texts]


def _text(x, decimals):
    text = number(x, decimals)
    return "" if x != 0 and float(text) == 0 else text.replace("-", "−")


def _colours(numbers):
    """Of each table its colours, "" where it is hidden, and whether it is below zero."""
    hidden = (numbers == 0) & is_shares(numbers)
    numbers = np.round(numbers.astype(np.float64), 9)
    size = (_scale(numbers) or (0, 1.0))[1] or 1.0
    levels = np.sign(numbers) * np.round(np.minimum(abs(numbers) / size, 1) * LEVELS)
    shades = np.vectorize(_shade, otypes=[object])(levels)
    colours = np.where(hidden, "", shades)
    return _nested(colours), _nested(levels < 0)


def _nested(array):
    return [tuple(map(tuple, table)) for table in array.tolist()]


def _shade(level):
    return _colour(level / LEVELS, ("both", 1.0)) or "#ffffff"
