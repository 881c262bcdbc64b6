"""A column of stations: rows of boxes, frames around them, wires inside.

A row is one station, or several that read nothing and are put together above. Wires run
straight up from one row to the next. One that passes rows by runs in a lane beside the
boxes: at the outer side of the page, or at the inner one if it comes from another stack.
"""

from dataclasses import dataclass, field

LANE, EDGE = 7.0, 5.0


@dataclass
class Column:
    """Where a stack stands.

    Attributes
    ----------
    name : str
    rows : list of list of Station
    words : list of str
        What it reads.
    outer : int
        -1 if its outer side is the left one, 1 if it is the right one.
    x, w : float
        Its boxes stand from x to x + w.
    frames : dict of str to (int, int)
        Of each frame its first and its last row.
    passing : list of (Station, Station, int, int)
        The wires that pass rows by: source, target, side, lane.
    places : dict of Station to Box
    """

    name: str
    rows: list
    words: list
    outer: int
    x: float = 0.0
    w: float = 0.0
    frames: dict = field(default_factory=dict)
    passing: list = field(default_factory=list)
    places: dict = field(default_factory=dict)

    def middle(self):
        """Where its wires run up."""
        return self.x + self.w / 2

    def edge(self, side):
        """Where its boxes end on a side."""
        return self.x if side < 0 else self.x + self.w

    def row_of(self, station):
        """The number of a station's row, or None."""
        return next((i for i, row in enumerate(self.rows) if station in row), None)


def column_of(name, stations, words, outer):
    """The stations of a stack in rows, with their frames and lanes, not yet placed.

    Parameters
    ----------
    name : str
    stations : list of Station
    words : list of str
    outer : int

    Returns
    -------
    Column
    """
    column = Column(name, rows_of(stations), words, outer)
    for i, row in enumerate(column.rows):
        if row[0].frame:
            first, _ = column.frames.get(row[0].frame, (i, i))
            column.frames[row[0].frame] = first, i
    for source, target in _skips(column):
        side = outer if source.stack == name else -outer
        column.passing.append((source, target, side, _free_lane(column, source, target)))
    return column


def rows_of(stations):
    """Stations that read nothing stand side by side if they follow one another.

    Parameters
    ----------
    stations : list of Station

    Returns
    -------
    list of list of Station
    """
    rows = []
    for station in stations:
        if rows and not station.sources and not rows[-1][0].sources:
            rows[-1].append(station)
        else:
            rows.append([station])
    return rows


def _skips(column):
    """(source, target) of the wires inside the column that pass rows by."""
    return [
        (source, target)
        for i, row in enumerate(column.rows)
        for target in row
        for source in target.sources
        if (at := column.row_of(source)) is not None and at < i - 1
    ]


def _free_lane(column, source, target):
    """A lane in which nothing else runs between the rows of two stations."""
    low, high = column.row_of(source), column.row_of(target)
    busy = {
        lane
        for a, b, _, lane in column.passing
        if column.row_of(a) < high and low < column.row_of(b)
    }
    return next(k for k in range(len(busy) + 1) if k not in busy)


def beside(column, side):
    """How much room a column needs on a side of its boxes: for lanes, and for the frame."""
    lanes = max((lane + 1 for _, _, s, lane in column.passing if s == side), default=0)
    return LANE * (lanes + 0.6) if lanes else EDGE
