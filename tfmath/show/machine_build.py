"""A column drawn: its boxes from the words upwards, frames, flags, and the wires inside."""

from tfmath.show.layout import SMALL, Box, Page, Wire, written
from tfmath.show.machine_boxes import box, words_page
from tfmath.show.machine_columns import LANE, beside
from tfmath.show.machine_looks import WORDS
from tfmath.show.machine_record import last_part
from tfmath.show.machine_signs import FLAG, flag

ARROW, BRANCH, TITLE, SILL, BETWEEN = 12.0, 7.0, 18.0, 8.0, 8.0


def build(column, manner, leaving):
    """The page of a column, from y = 0 upwards, where y is below zero.

    Parameters
    ----------
    column : Column
        Its `places` are filled in.
    manner : Manner
    leaving : set of Station
        Those from which a wire leaves to another column.

    Returns
    -------
    Page
    """
    chips = words_page(column.words, column.w, _look_of_words(column, manner))
    boxes, y = Page(chips.h), -chips.h
    boxes.put(chips, column.x, y)
    for i, row in enumerate(column.rows):
        y -= _gap(column, i, leaving, manner) if i or column.words else 0
        y -= _put_row(column, row, y, boxes, manner)
    page = Page(-y, [*_frames(column, manner), *_wires(column, manner, chips.h)])
    page.add(*boxes.shapes, *_marks(column, manner))
    return page


def _look_of_words(column, manner):
    look, first = manner.look(WORDS), manner.look(column.rows[0][0])
    return "pale" if look == "plain" and first == "pale" else look


def _put_row(column, row, low, page, manner):
    """Put the boxes of a row onto the page, lower sides at `low`; gives its height."""
    w = (column.w - BETWEEN * (len(row) - 1)) / len(row)
    made = [box(station, w, manner) for station in row]
    high = max(block.h for block in made)
    for j, (station, block) in enumerate(zip(row, made, strict=True)):
        page.put(block, column.x + j * (w + BETWEEN), low - high)
        column.places[station] = page.shapes[-len(block.shapes)]
    return high


def above(column, i, manner):
    """How high above a row that reaches which belongs to it: its flag, a frame's end."""
    ends = [name for name, (_, last) in column.frames.items() if last == i]
    flags = sum(manner.look(name) == "here" for name in ends)
    flags += any(manner.look(s) == "here" and not s.is_sum for s in column.rows[i])
    return TITLE * bool(ends) + FLAG * flags


def _gap(column, i, leaving, manner):
    """The room between a row and the one below it, or the words."""
    starts = any(first == i for first, _ in column.frames.values())
    if not i:
        return ARROW + SILL * starts
    branches = leaving | {source for source, *_ in column.passing}
    leaves = any(s in branches for s in column.rows[i - 1])
    sums = column.rows[i][0].is_sum or column.rows[i - 1][0].is_sum
    gap = ARROW + SILL * starts + BRANCH * leaves - 3 * (sums and not (starts or leaves))
    return gap + above(column, i - 1, manner)


def _frames(column, manner):
    """The frames as shapes, each with its name at the inner side."""
    shapes = []
    for name, (first, last) in column.frames.items():
        boxes = [column.places[s] for r in column.rows[first : last + 1] for s in r]
        look = manner.look(name)
        top = (
            min(b.y for b in boxes) - above(column, last, manner) + FLAG * (look == "here")
        )
        low = max(b.y + b.h for b in boxes) + SILL
        left, right = (column.edge(s) + s * beside(column, s) for s in (-1, 1))
        shapes.append(Box(left, top, right - left, low - top, name, look, "frame"))
        quiet = "quiet" if look == "plain" else look
        room = _inner(column, 6)[0], top, column.w / 2 - 12, TITLE
        end = "end" if column.outer < 0 else "start"
        shapes.append(written(last_part(name), room, SMALL, end, quiet))
        shapes += flag(*_inner(column, 6), top, column.outer < 0) if look == "here" else []
    return shapes


def _inner(column, off):
    """From the wire in the middle to the inner side of the boxes."""
    left, right = sorted((column.middle(), column.edge(-column.outer)))
    return left + off, right - off


def _marks(column, manner):
    """A flag on each marked box; beside a marked sum if no box is marked."""
    marked = [s for row in column.rows for s in row if manner.look(s) == "here"]
    boxes = [s for s in marked if not s.is_sum]
    shapes = []
    for station in boxes or marked:
        place = column.places[station]
        if station.is_sum:
            low = place.y + (place.h + FLAG) / 2
            left, right = _inner(column, 0)
            ends = (left + 14, right) if column.outer < 0 else (left, right - 14)
            shapes += flag(*ends, low, column.outer > 0)
        else:
            inner = sorted((place.x + place.w / 2, place.x + place.w * (column.outer < 0)))
            shapes += flag(inner[0] + 6, inner[1], place.y, column.outer < 0)
    return shapes


# Wires ----------------------------------------------------------------------------------


def _wires(column, manner, words_high):
    found = []
    for below, row in zip([[], *column.rows], column.rows, strict=False):
        for target in row:
            near = [s for s in target.sources if s in below]
            found += [_up(column, source, target, manner) for source in near]
    found += [_passing(column, wire, manner) for wire in column.passing]
    if column.words:
        first = [s for s in column.rows[0] if not s.sources]
        found += [_from_words(column, s, words_high, manner) for s in first]
    return found


def _from_words(column, station, words_high, manner):
    place = column.places[station]
    at = place.x + place.w / 2
    look = look_of_wire(manner, station)
    return Wire(((at, -words_high), (at, place.y + place.h)), look=look)


def _up(column, source, target, manner):
    """Straight up; from one of several beside each other, into the side of a sum."""
    a, b = column.places[source], column.places[target]
    x, to, low = a.x + a.w / 2, b.x + b.w / 2, b.y + b.h
    if abs(x - to) < 1:
        points = (to, a.y), (to, low)
    elif target.is_sum:
        side, middle = b.x + b.w * (x > to), b.y + b.h / 2
        points = (x, a.y), (x, middle), (side, middle)
    else:
        turn = branch(column, source, manner)[1]
        points = (x, a.y), (x, turn), (to, turn), (to, low)
    return Wire(points, look=look_of_wire(manner, source, target))


def branch(column, source, manner):
    """Where a wire leaves sideways from the one that runs up from a station."""
    place = column.places[source]
    high = above(column, column.row_of(source), manner) + BRANCH
    return place.x + place.w / 2, place.y - high


def _passing(column, wire, manner):
    """Up a little, sideways into the lane, up, and back."""
    source, target, side, lane = wire
    (x, y), to = branch(column, source, manner), column.places[target]
    at, middle = column.edge(side) + side * LANE * (lane + 1), to.y + to.h / 2
    end = to.x if side < 0 else to.x + to.w
    points = (x, column.places[source].y), (x, y), (at, y), (at, middle), (end, middle)
    crossed = target.is_sum and manner.look(target) == "crossed"
    return Wire(points, look="crossed" if crossed else look_of_wire(manner, source, target))


def look_of_wire(manner, *stations):
    """Pale if one of its ends is."""
    return "pale" if any(manner.look(s) == "pale" for s in stations) else "plain"
