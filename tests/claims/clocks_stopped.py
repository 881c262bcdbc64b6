"""What stopping a clock does, in the chapter on more ways to say where, proved."""

from functools import partial

import numpy as np

from tests.claims.claim import output, says
from tests.claims.where_measured import clocks, rows
from tfmath.parts.embedding import one_hot
from tfmath.practice.more_ways_to_say_where import LOST
from tfmath.show.lookback import dials
from tfmath.study import lengths as study
from tfmath.study import what_if
from tfmath.study.lengths import Way, learned, letter_scores


def when_stopped(clock, seed=None, n=128):
    """The share of right answers at each stop: of a seed, or (stops, seeds)."""
    known = {"clock": clock, "length": n} | ({} if seed is None else {"seed": seed})
    found = rows("stopped_clocks", **known)
    at = {stop: found["right"][found["stop"] == stop] for stop in set(found["stop"])}
    return at if seed is None else {stop: right.item() for stop, right in at.items()}


@says(
    "Stopped at 15, where training ended, the slow clock lets the model be right in 100%, "
    "with all five seeds, in texts eight times as long as any it learned from.",
    "From its lowest, half a turn after the top, at about $31 - 10 = 21$, it comes up "
    "again, and by 40 the model is lost.",
)
def test_the_slow_clock_is_right_until_it_comes_up_again():
    slow = when_stopped(2)
    assert slow[15].tolist() == [1] * 5 and 8 * study.TRAINED == 128
    assert min(slow[stop].min() for stop in range(12, 21)) > 0.95
    assert max(slow[stop].max() for stop in range(40, 51)) < 0.35
    early = [slow[stop].mean() for stop in (3, 6, 9)]
    assert early == sorted(early) and early[0] < 0.5 < 0.9 < early[2]
    means = [slow[stop].mean() for stop in range(21, 42, 4)]
    assert (np.diff(means) < 0).all() and round(np.pi * 10) == 31
    for seed in range(5):
        assert 17 <= clocks(seed)[0][1][:63].argmin() <= 23
    for other in (3, 4):  # control: those that hardly turn
        assert when_stopped(other)[15].max() < 0.3


@says(
    "Now both as clocks, *yes* at the top, *no* at the bottom. A dot is a distance, "
    "outwards is farther. Grey, again, is what training has shown:",
)
def test_on_the_dials_the_far_ones_stand_where_both_say_yes():
    told = output("18_more_ways_to_say_where.ipynb", "n34d")
    assert "fast clock, 100% of a turn" in told and "slow clock, 24% of a turn" in told
    for seed in range(5):
        for part, speed in zip(clocks(seed)[0], (1, 0.1), strict=False):
            picture = dials({"one": part}, [speed], study.TRAINED, (), "Its dial.")
            x, height = picture.figure.axes[0].collections[0].get_offsets().T
            assert (np.diff(np.hypot(x, height)) > 0).all()
            upwards = height / np.hypot(x, height)
            assert np.corrcoef(upwards, part)[0, 1] > 0.98
            assert upwards[[47, 53, 110, 116]].min() > 0.75
            assert (upwards[3] > 0.9) == (speed == 1)


@says("Stopped before 8, its no is too weak for the many far words.")
def test_a_clock_stopped_too_early_leaves_a_crowd():
    far, few = np.arange(study.TRAINED, 128), np.arange(study.TRAINED, 128) // 6 % 5 > 0
    early = [when_stopped(2)[stop].mean() for stop in range(3, 8)]
    assert early == sorted(early) and early[-1] < 0.91 < when_stopped(2)[8].mean()
    for stop in (5, 7):
        right = partial(right_if, learned("three back", "rotary", 0), stop)
        one = right()
        assert one < 0.95 and abs(right([9]) - one) < 0.05
        assert right(far) > 0.95 and one + 0.02 < right(far[few]) < right(far)
        assert right([47]) < one + 0.05  # no single one of them does it


def right_if(tables, stop, hidden=(), clock=2):
    """The share of right answers if a clock stops, and some distances are hidden."""
    way = Way(partial(what_if._stopped_attention, clock=clock, stop=stop))
    ids, wanted, _ = study.three_back(np.random.default_rng(77), 60, 128)
    places = np.arange(128)
    back = places[:, np.newaxis] - places
    seen = (back >= 0) & ~np.isin(back, hidden)
    found = letter_scores(tables, one_hot(ids, study.N_WORDS), way, seen)
    return np.mean(found[:, -1].argmax(axis=-1) == wanted[:, -1])


@says(
    "Stopped at 3, 9 or 15, at a top, it says yes to all that is farther, and the model "
    "guesses. At 6 or 12, at a bottom, it says no to all that is farther, and saves the "
    "model, too.",
    "**It takes two to lead it astray: a clock that says yes, and one that does not say "
    "no.**",
)
def test_the_fast_clock_saves_the_model_where_it_says_no():
    for seed in range(5):
        fast, right = clocks(seed)[0][0], when_stopped(1, seed)
        assert min(fast[[3, 9, 15]]) > 10 and max(fast[[6, 12]]) < -10
        assert max(right[at] for at in (3, 9, 15)) < 0.3
        assert min(right[at] for at in (6, 12)) > 0.85
        no = [right[stop] for stop in range(3, 34) if fast[stop] < -2]
        yes = [right[stop] for stop in range(3, 34) if fast[stop] > 0.65 * fast.max()]
        assert len(no) > 10 and min(no) > 0.7
        assert len(yes) >= 7 and max(yes) < 0.35


@says("Beyond 40 no bottom saves it; exercise 5 shows why.")
def test_beyond_40_the_two_clocks_agree_on_41():
    assert LOST.answer == 42  # seeing 42 words, they look 41 back
    for seed in range(5):
        fast, slow, right = *clocks(seed)[0][:2], when_stopped(1, seed)
        bottoms = [stop for stop in range(41, 51) if fast[stop] < -5]
        assert len(bottoms) >= 3 and max(right[stop] for stop in bottoms) < 0.5
        assert (fast + slow)[41] > (fast + slow)[3]
    right = partial(right_if, learned("three back", "rotary", 0), clock=1)
    assert right(43) < 0.5 and right(43, [34, 35, 36]) < 0.5
    assert right(43, [40, 41, 42]) > 0.75
