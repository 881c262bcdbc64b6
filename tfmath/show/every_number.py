"""All numbers of a model on one page: every table as small squares, in reading order."""

import numpy as np

from tfmath.errors import ShapeError
from tfmath.model.names import answers_of, flatten
from tfmath.show.layout import SMALL, WIDTH, Block, Heat, Page, width_of, written
from tfmath.show.machine import Drawing
from tfmath.show.machine_signs import legend_line
from tfmath.show.machine_tables import _colours

LOW, HIGH = 12.0, 8.0
"""The height of a row with a word beside it, and the side of a square without."""

GAP, HEAD, WHITE = 7.0, 15.0, "#ffffff"


def every_number(parameters, words, only=None):
    """Draw all tables of a model; a number that is 0 leaves its square white.

    Parameters
    ----------
    parameters : dict
    words : sequence of str
        One for each row of the embedding, written beside it.
    only : sequence of bool, optional
        One for each number, in the order of `flatten`: the others are left white.

    Returns
    -------
    Drawing

    Raises
    ------
    ShapeError
        If there is not one word for each row of the embedding, or `only` has not one
        answer for each number.
    DtypeError
        If `only` holds anything but true and false.

    Notes
    -----
    All tables share one scale: full colour is the number farthest from 0. Beside the name
    of a part stands how many numbers it has, or how many of them are drawn.

    Examples
    --------
    >>> from tfmath import toy
    >>> every_number(toy.load(), toy.WORDS)
    [drawing] All 764 numbers of a model, in 31 tables: 354 above 0, 344 below, 66 are 0.
    >>> every_number(toy.load(), toy.WORDS, only=[True] * 5 + [False] * 759)
    [drawing] 5 of the 764 numbers of a model: embedding 5.
    """
    tables = {name: np.asarray(table) for name, table in flatten(parameters).items()}
    if len(words) != len(tables["embedding"]):
        raise ShapeError(
            f"every_number: {len(words)} words for {len(tables['embedding'])} rows of the "
            "embedding."
        )
    drawn = _chosen(tables, only)
    counts = {name: int(chosen.sum()) for name, chosen in drawn.items()}
    heats = _heats(tables, drawn)
    page = Page(0.0)
    first = _embedding(heats.pop("embedding"), words, counts["embedding"])
    page.put(first, 0, 2)
    rest = _parts(heats, counts, WIDTH - first.w - 2 * GAP)
    page.put(rest, first.w + 2 * GAP, 2)
    page.h = max(first.h, rest.h) + 8
    line = legend_line(page)
    page.put(line, 1, page.h)
    page.h += line.h + 4
    return Drawing(page, _told(tables) if only is None else _told_of(tables, counts))


def _chosen(tables, only):
    """Which numbers are drawn, table by table."""
    if only is None:
        return {name: np.ones(table.shape, bool) for name, table in tables.items()}
    return answers_of("every_number", "only", only, tables)


def _told_of(tables, counts):
    parts = {name: sum(counts[t] for t in of) for name, of in _by_part(tables).items()}
    listed = ", ".join(
        f"{name.replace(' / layer 1', '') or 'embedding'} {n}"
        for name, n in parts.items()
        if n
    )
    n = sum(table.size for table in tables.values())
    return f"{sum(counts.values())} of the {n} numbers of a model: {listed or 'none'}."


def _told(tables):
    numbers = np.concatenate([table.ravel() for table in tables.values()])
    signs = [int((np.sign(numbers) == sign).sum()) for sign in (1, -1, 0)]
    above, below, zero = signs
    return (
        f"All {numbers.size} numbers of a model, in {len(tables)} tables: {above} above 0, "
        f"{below} below, {zero} are 0."
    )


def _heats(tables, drawn):
    """For each table its colours, on one scale for all, and what is below zero, as rows.

    What is not drawn is white, as 0 is.
    """
    numbers = np.concatenate([table.ravel() for table in tables.values()])
    (colours,), (below,) = (found[0] for found in _colours(numbers[None, None]))
    found, start = {}, 0
    for name, table in tables.items():
        own = slice(start, start := start + table.size)
        shape = (1, *table.shape)[-3:] if table.ndim > 1 else (1, 1, table.size)
        found[name] = [
            np.where(drawn[name].ravel(), np.array(of[own], object), empty)
            .reshape(shape)
            .tolist()
            for of, empty in ((colours, WHITE), (below, False))
        ]
    return found


def _drawn(table, cell):
    """A table, or those of several heads, side by side."""
    block = Block(0.0)
    for colours, below in zip(*table, strict=True):
        block.w += 3 * bool(block.shapes)
        rows = (tuple(map(tuple, of)) for of in (colours, below))
        block.add(Heat(block.w, 0, (cell, cell), *rows))
        block.w += block.shapes[-1].w
        block.h = max(block.h, block.shapes[-1].h)
    return block


def _embedding(table, words, count):
    """The words, and the row of each."""
    beside = max(width_of(word, SMALL) for word in words) + 4
    heat = _drawn(table, LOW)
    block = Block(HEAD + heat.h, w=beside + heat.w)
    title, room = f"embedding: {count}", (0, 0, block.w, HEAD - 2)
    block.add(written(title, room, SMALL, "end", "bold"))
    block.put(heat, beside, HEAD)
    for i, word in enumerate(words):
        room = (0, HEAD + i * LOW, beside - 4, LOW)
        block.add(written(word, room, SMALL, "end"))
    return block


def _parts(heats, counts, w):
    """Part after part, in lines; a stack begins a line with its name above."""
    block, x, high, stack = Block(0.0, w=w), 0.0, 0.0, None
    for name, tables in _by_part(heats).items():
        count = sum(counts[table] for table in tables)
        part, own = _part(name, tables.values(), count), name.partition(" / ")[0]
        if own != stack or x + part.w > w:
            block.h += high + GAP * bool(high)
            x, high = 0.0, 0.0
        if own != stack:
            block.add(written(own, (0, block.h, w, HEAD - 2), SMALL, look="bold"))
            block.h, stack = block.h + HEAD, own
        block.put(part, x, block.h)
        x, high = x + part.w + 2 * GAP, max(high, part.h)
    block.h += high
    return block


def _by_part(heats):
    found = {}
    for name, table in heats.items():
        found.setdefault(name.rpartition(" / ")[0], {})[name] = table
    return found


def _part(name, tables, count):
    """The tables of a part from left to right; single rows under one another at the end."""
    drawn = [_drawn(table, HIGH) for table in tables]
    title = f"{name.rpartition(' / ')[2]}: {count}"
    block, low = Block(HEAD), HEAD
    for one in sorted(drawn, key=lambda one: one.h == HIGH):
        if one.h > HIGH:
            block.put(one, block.w, HEAD)
            block.w, block.h = block.w + one.w + GAP, max(block.h, HEAD + one.h)
    for one in (one for one in drawn if one.h == HIGH):
        block.put(one, block.w, low)
        low += HIGH + 3
    single = max((one.w for one in drawn if one.h == HIGH), default=-GAP)
    block.w, block.h = block.w + single, max(block.h, low - 3)
    block.w = max(block.w, width_of(title, SMALL) + 2)
    block.add(written(title, (0, 0, block.w, HEAD - 2), SMALL, look="quiet"))
    return block
