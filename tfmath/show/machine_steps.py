"""One part of a machine, step by step: each step a table, a wire to each that uses it.

Steps stand in levels, each above all that it uses. What only carries on the one step of the
level below stands beside it. A wire that passes levels by has a place of its own in each,
between the tables, so that it crosses none.
"""

from dataclasses import dataclass, field, replace

from tfmath.show.layout import (
    PLAIN,
    SMALL,
    WIDTH,
    Block,
    Box,
    Page,
    Wire,
    width_of,
    written,
)
from tfmath.show.machine_record import SLASH, folded, last_part, read_by, uses
from tfmath.show.machine_tables import heat_block, told

PAD, LINE, SIDE, LANE, TRACK, ROOM = 6.0, 14.0, 12.0, 8.0, 6.0, 14.0


@dataclass(eq=False)
class Spot:
    """A place in a level: a step with its page, or a wire that passes by.

    Attributes
    ----------
    level : int
    page : Block
        Without shapes for a wire.
    uses : list of Spot
        In the level below; or in the same level, beside it.
    x : float
    """

    level: int
    page: Block
    uses: list = field(default_factory=list)
    x: float = 0.0

    def middle(self):
        """Where its wire leaves."""
        return self.x + self.page.w / 2


def part_page(stations, manner):
    """The page of a part: its steps, and what it reads from others at the bottom.

    Parameters
    ----------
    stations : list of Station
        One, or a part and the sum that goes with it.
    manner : Manner

    Returns
    -------
    Page
    """
    for several in (stations, folded(stations, 2), folded(stations, 1)):
        levels = _fitting(several, manner)
        if _fit(levels):
            break
    levels = _side_by_side(levels)
    for _ in range(4):
        _ordered(levels)
    return _drawn(levels)


# Levels ---------------------------------------------------------------------------------


def _fitting(stations, manner):
    """The levels with numbers if there is room, and cells as large as there is room for."""
    tries = [(manner.texts, cell, spare) for cell in (9, 7, 5) for spare in (10, 7, 4)]
    for texts, cell, spare in tries + [(False, cell, 4) for cell in (9, 7, 5, 3)]:
        levels = _levels(stations, replace(manner, texts=texts, cell=cell, spare=spare))
        if _fit(levels):
            break
    return levels


def _fit(levels):
    return max(map(_width, levels)) <= WIDTH - 4


def _levels(stations, manner):
    """The spots, level by level from the bottom, those of passing wires included."""
    spots, large = {}, {id(told(s)) for s in stations}
    for source in read_by(stations):
        step = source.steps[-1]
        spots[id(step)] = Spot(0, _page(step, source.name, [], manner, "outside"))
    for step, below, tables in uses(stations):
        level = max((spots[id(s)].level + 1 for s in below), default=0)
        own = manner if id(step) in large else replace(manner, texts=False)
        page = _page(step, _name(step, stations), tables, own, "part")
        spots[id(step)] = Spot(level, page, [spots[id(s)] for s in below])
    levels = [[] for _ in range(max(s.level for s in spots.values()) + 1)]
    for spot in spots.values():
        levels[spot.level].append(spot)
    for spot in spots.values():
        spot.uses = [_passed(levels, low, spot.level) for low in spot.uses]
    return levels


def _name(step, stations):
    """The last part of a step's name, and more of it where another step ends alike."""
    names = [s.name for station in stations for s in station.steps if s.name]
    path = (step.name or "sum").split(SLASH)
    alike = sum(last_part(name) == path[-1] for name in names)
    scope = max((len(s.name.split(SLASH)) for s in stations if not s.is_sum), default=0)
    return SLASH.join(path[scope:] if alike > 1 and len(path) > scope else path[-1:])


def _passed(levels, spot, level):
    """The spot just below a level on the way up from a spot; its wires share their way."""
    while spot.level < level - 1:
        there = levels[spot.level + 1]
        passing = next((s for s in there if not s.page.shapes and s.uses == [spot]), None)
        if passing is None:
            passing = Spot(spot.level + 1, Block(0, [], LANE), [spot])
            there.append(passing)
        spot = passing
    return spot


def _page(step, name, tables, manner, kind):
    """A table under its name, and under the names of the tables that it is made with."""
    heat = heat_block(step, manner, (WIDTH - 4 * PAD, 400), manner.texts)
    given = ", ".join(last_part(t.name) for t in tables if t.name)
    lines = [(name, PLAIN, "plain")] + [(f"with {given}", SMALL, "quiet")] * bool(given)
    widest = max(width_of(text, size) for text, size, _ in lines)
    w = min(max(widest, heat.w if heat else 0), WIDTH - 4 * PAD) + 2 * PAD
    page = Block(PAD, [Box(0, 0, w, 0, step.name or name, "plain", kind)], w)
    for line in lines:
        text, size, look = line
        room = (PAD, page.h, w - 2 * PAD, LINE)
        page.add(written(text, room, size, "middle", look))
        page.h += LINE
    if heat:
        page.put(heat, (w - heat.w) / 2, page.h + 3)
        page.h += heat.h + 3
    page.h += PAD
    page.shapes[0] = replace(page.shapes[0], h=page.h)
    return page


def _side_by_side(levels):
    """Put a level beside the one below, if it has one step, which uses that one's only one.

    What wires pass by there passes once.
    """
    found = levels[:1]
    for level in levels[1:]:
        steps = [s for s in level if s.page.shapes]
        below = [s for s in found[-1] if s.page.shapes]
        last = below[-1:]
        chain = len(steps) == 1 and _is_row(below) and steps[0].uses == last
        if len(found) > 1 and chain and _width([*found[-1], steps[0]]) <= WIDTH - 4:
            for s in level:
                _skip(s, levels) if s not in steps else None
            found[-1].append(steps[0])
        else:
            found.append(level)
    for number, level in enumerate(found):
        for spot in level:
            spot.level = number
    return found


def _is_row(steps):
    """Whether each but the first uses the one before it, and nothing else."""
    return bool(steps) and all(
        b.uses == [a] for a, b in zip(steps, steps[1:], strict=False)
    )


def _skip(passing, levels):
    """Let what uses a passing wire's spot use the one that comes before."""
    for level in levels:
        for spot in level:
            spot.uses = [passing.uses[0] if s is passing else s for s in spot.uses]


def _width(level):
    return sum(s.page.w for s in level) + SIDE * (len(level) - 1)


def _ordered(levels):
    """Each level in the order of what it uses, packed around the middle of the page."""
    for level in levels:
        level.sort(key=_pull)
        x = (WIDTH - _width(level)) / 2
        for spot in level:
            spot.x = x
            x += spot.page.w + SIDE


def _pull(spot):
    """Where the spots stand that it uses, on average; after its neighbour in a row."""
    below = [s for s in spot.uses if s.level < spot.level]
    if spot.uses and not below:
        return _pull(spot.uses[0]) + 0.01
    return sum(s.middle() for s in below) / len(below) if below else spot.x


# The page -------------------------------------------------------------------------------


def _drawn(levels):
    """Boxes from the bottom to the top, and wires in the room between two levels."""
    page, low, tops = Page(), 0.0, {}
    for below, level in zip([[], *levels], levels, strict=False):
        ports = [port for spot in level for port in _ports(spot)]
        turning = dict.fromkeys(s for s, x in ports if x != s.middle())
        ceiling, high = low, max(spot.page.h for spot in level)
        turns = {s: ceiling - 7 - TRACK * i for i, s in enumerate(turning)}
        low -= (ROOM + TRACK * len(turns)) if below else 0
        for spot in level:
            page.put(spot.page, spot.x, low - spot.page.h)
            tops[spot] = low - (spot.page.h if spot.page.shapes else high)
            page.add(*_wires_up(spot, low, turns, tops), *_wires_beside(spot, low))
        low -= high
    return replace(page.lowered(4 - low), h=8 - low)


def _ports(target):
    """(source, where its wire arrives) from the level below, from left to right."""
    below = [s for s in target.uses if s.level < target.level]
    below.sort(key=Spot.middle)
    if len(below) == 1 and abs(below[0].middle() - target.middle()) < target.page.w / 4:
        return [(below[0], below[0].middle() if target.page.shapes else target.middle())]
    apart = min(14.0, target.page.w / (len(below) + 1))
    first = target.middle() - apart * (len(below) - 1) / 2
    return [(s, first + apart * i) for i, s in enumerate(below)]


def _wires_up(target, low, turns, tops):
    """Up, aside in the source's own track, up; and on through the level, or into a box."""
    end = low if target.page.shapes else tops[target]
    found = []
    for source, x in _ports(target):
        at, turn = source.middle(), turns.get(source)
        way = ((at, turn), (x, turn)) if x != at else ()
        points = ((at, tops[source]), *way, (x, end))
        found.append(Wire(points, arrow=bool(target.page.shapes)))
    return found


def _wires_beside(target, low):
    found = []
    for source in (s for s in target.uses if s.level == target.level):
        y = low - min(source.page.h, target.page.h) / 2
        found.append(Wire(((source.x + source.page.w, y), (target.x, y))))
    return found
