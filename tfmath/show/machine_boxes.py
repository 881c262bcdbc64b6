"""What stands in the boxes of a machine: a name, a size, tables of heat."""

from tfmath.show.layout import PLAIN, SMALL, Block, Box, Label, width_of, wrapped, written
from tfmath.show.machine_tables import heat_block, size_of, told

PAD, LINE, SUM, CHIP = 7.0, 14.0, 16.0, 20.0


def box(station, w, manner):
    """A station as a page: its box at the top left, its name, its heat.

    Parameters
    ----------
    station : Station
    w : float
        The width of the box.
    manner : Manner

    Returns
    -------
    Block
    """
    look = manner.look(station)
    if station.is_sum:
        circle = Box((w - SUM) / 2, 0, SUM, SUM, station.name, look, "sum")
        return Block(SUM, [circle], w)
    lines, size = wrapped(station.title(), w - 2 * PAD), size_of(station)
    if size:
        lines.append(size)
    wide = max(map(width_of, lines)) + 2
    heat = _heat(told(station), manner, w, wide)
    if heat is not None and heat.w + wide + 3 * PAD <= w:
        return _beside(station, lines, heat, w, look)
    return _below(station, lines, heat, w, look)


def _heat(step, manner, w, wide):
    """Beside the name if that costs no numbers and no size, otherwise below it."""
    high = 64 + 300 * manner.texts
    beside = heat_block(step, manner, (w - wide - 3 * PAD, high), manner.texts)
    below = heat_block(step, manner, (w - 2 * PAD, high), manner.texts)
    if beside is None or below is None:
        return below
    a, b = beside.shapes[0], below.shapes[0]
    cuts = [sum(bool(label.full) for label in block.of(Label)) for block in (beside, below)]
    as_large = bool(a.texts) == bool(b.texts) and a.cell[0] >= 0.6 * b.cell[0]
    return beside if as_large and cuts[0] <= cuts[1] else below


def _beside(station, lines, heat, w, look):
    h = max(len(lines) * LINE, heat.h) + 2 * PAD
    page = _frame(station, w, h, look)
    _write(page, lines, (PAD, (h - len(lines) * LINE) / 2), w - heat.w - 3 * PAD, look)
    return _filled(page, heat, (w - PAD - heat.w, (h - heat.h) / 2), look)


def _below(station, lines, heat, w, look):
    """With the size in the line of the name, if there is room."""
    *names, size = lines
    head = len(names) * LINE
    beside = len(names) == 1 and width_of(names[0]) + width_of(size) + 3 * PAD < w
    h = head + 2 * PAD + (heat.h + 4 if heat else 0)
    page = _frame(station, w, h, look)
    _write(page, [*names, ""], (PAD, PAD), w - 2 * PAD, look)
    if beside:
        room = (w / 2, PAD, w / 2 - PAD, LINE)
        page.add(written(size, room, SMALL, "end", _quiet(look)))
    at = (w - heat.w) / 2 if heat else 0
    return _filled(page, heat, (at, head + PAD + 4), look) if heat else page


def _frame(station, w, h, look):
    kind = "outside" if station.said else "part"
    return Block(h, [Box(0, 0, w, h, station.name, look, kind)], w)


def _write(page, lines, corner, w, look):
    """The name, and in the last line, quietly, the size."""
    for i, line in enumerate(lines):
        last = i == len(lines) - 1
        room = (corner[0], corner[1] + i * LINE, w, LINE)
        text = (SMALL, "start", _quiet(look)) if last else (PLAIN, "start", look)
        page.add(*([written(line, room, *text)] if line else []))


def _filled(page, heat, at, look):
    """With its heat, unless it is pale or crossed out: then its room stays empty."""
    if look in ("plain", "here"):
        page.put(heat, *at)
    return page


def _quiet(look):
    return "quiet" if look in ("plain", "here") else look


def words_page(words, w, look="plain"):
    """Words in their order, each in a box, in as many lines as they need.

    Parameters
    ----------
    words : list of str
    w : float
    look : str

    Returns
    -------
    Block
    """
    page = Block(4.0, [], w)
    for row in _rows(words, w - 6):
        x = (w - sum(wide + 3 for _, wide in row) + 3) / 2
        for word, wide in row:
            own = "pale" if look == "pale" else "plain"
            page.add(Box(x, page.h, wide, CHIP, "", own, "word"))
            room = (x + 4, page.h, wide - 8, CHIP)
            page.add(written(word, room, PLAIN, "middle", own))
            x += wide + 3
        page.h += CHIP + 3
    page.h += 1
    page.shapes.insert(0, Box(0, 0, w, page.h, "", look, "words"))
    return page if words else Block(0.0, [], w)


def _rows(words, w):
    rows, x = [[]], 0.0
    for word in words:
        wide = min(width_of(word) + 8, w)
        if x and x + wide > w:
            x, rows = 0.0, [*rows, []]
        rows[-1].append((word, wide))
        x += wide + 3
    return rows
