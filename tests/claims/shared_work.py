"""What several processes share: for the claims about them."""

import inspect
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from tfmath import toy
from tfmath.learning.train import make_batch
from tfmath.model.parameters import flatten
from tfmath.show.cuts import CUTS
from tfmath.witness import distributed, two_copies


def waiting_shares():
    """How long each waits, by the clocks drawn; each does half of the work of 8."""
    waits = []
    for _, ((first, second), crossings) in CUTS.values():
        end = max(b for _, b in [*first, *second])
        waits.append(1 - sum(b - a for a, b in first) / end)
        for lane in (first, second):
            assert sum(b - a for a, b in lane) == 4
            assert all(a[1] <= b[0] for a, b in zip(lane, lane[1:], strict=False))
        assert max(crossings) <= end
    return waits


def rows_cross_when_they_are_done(parts=4):
    """Forwards the lower layers are first, on the way back the upper."""
    (blue, green), at = CUTS["the same,\nin 4 parts"][1]
    for part in range(parts):
        assert blue[part][1] == at[part] == green[part][0]
        assert green[parts + part][1] == at[parts + part] == blue[parts + part][0]


def sums_stand_where_they_should():
    """Forwards `Spread` copies and `Gather` adds; backwards it is the other way round."""
    added = {
        kind: "added_up" in inspect.getsource(getattr(cls, way))
        for cls, kinds in (
            (distributed.Spread, ("copied", "its slope")),
            (distributed.Gather, ("added", "slope of the sum")),
        )
        for kind, way in zip(kinds, ("forward", "backward"), strict=True)
    }
    assert added == {
        "copied": False,
        "its slope": True,
        "added": True,
        "slope of the sum": False,
    }


def first_slopes(start, forgotten):
    """Of both processes, by every table they have, before the first step."""
    batch, meeting = make_batch(toy.PAIRS, toy.WORDS), two_copies.Meeting()

    def of(rank):
        added = partial(meeting.added, rank)

        def among(sublayer, *rows):
            way_back = two_copies._kept if forgotten else added
            rows = [two_copies.Copied.apply(x, way_back) for x in rows]
            return two_copies.Added.apply(sublayer(*rows), added)

        tables = {n: two_copies._mine(n, t, rank) for n, t in flatten(start).items()}
        return two_copies._slopes(tables, batch, among, rank)[1]

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(of, (0, 1)))
