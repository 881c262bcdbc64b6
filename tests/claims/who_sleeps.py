"""Who sleeps, who teaches and who learns, at each rate, proved."""

import numpy as np
import pytest

from tests.claims.claim import says
from tests.claims.steps_by_width import made
from tfmath.study.measured import measured
from tfmath.study.sleeping import _start, _taught, draw_lookups, slope_lengths


@says(
    "There is, about 100: a sleeper is only slow.",
    "**Undivided, no rate suits both.**",
    "Divided by the root, 256 wide, rates from a tenth to 10 will do; below that, "
    "undivided is ahead.",
)
def test_what_wakes_the_sleepers_shakes_the_rest():
    found = measured("woken")
    who = ["all", "the sleepers", "the awake", "all"]  # in the order that is drawn
    assert found["taught by"][::30] == who and found["divided by"][90] == "√d_k"
    assert found["rate"] == np.tile(np.repeat(found["rate"][:30:3], 3), 4).tolist()
    shares = np.reshape(found["right"], (4, 10, 3))
    together, sleepers, _, root = (
        dict(zip(found["rate"][:30:3], way, strict=True)) for way in shares
    )
    means = {rate: np.mean(three) for rate, three in sleepers.items()}
    assert max(means, key=means.get) == 100 and min(sleepers[100]) > 0.9
    assert max(together[100]) < 0.2  # one of six is found by chance
    for rate in together:
        assert max(together[rate]) < 0.52 or max(sleepers[rate]) < 0.25
    assert min(min(root[rate]) for rate in (0.1, 0.3, 1, 3, 10)) > 0.98
    assert all(np.mean(together[r]) > np.mean(root[r]) + 0.1 for r in (0.01, 0.03))


@says(
    "But when all teach at that rate, one step puts nearly all to sleep, most on a wrong "
    "row, and they learn nothing (by chance one in six is found).",
    "Nor is the root a cure for it: divided by it, nine of ten sleep after five such "
    "steps, most on a wrong row.",
    "Divided by the root, at rate 3, three of four sleep after 150 steps, all of them on "
    "the *right* row.",
)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_who_falls_asleep_and_where(seed):
    tried = draw_lookups(np.random.default_rng(99), 500)

    def asleep(divisor, rate, steps):
        """The share asleep, and the share of these that is right."""
        two = made(_taught("all", divisor, rate, seed, steps), tried)
        sleeps = slope_lengths(*two, divisor) < 0.02
        return sleeps.mean(), right(*two, tried)[sleeps].mean()

    sleeping, found = asleep(1.0, 100, 1)
    assert sleeping > 0.98 and found < 0.3
    assert max(np.reshape(measured("woken")["right"], (4, 10, 3))[0, 8]) < 0.2  # at 100
    sleeping, found = asleep(16.0, 100, 5)
    assert 0.89 < sleeping < 0.97 and found < 0.5
    sleeping, found = asleep(16.0, 3, 150)
    assert 0.72 < sleeping < 0.82 and found == 1


@says(
    "At a small rate the awake do the work: their line lies on that of all.",
    "One table makes all queries, so what moves it moves the sleepers, too.",
)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_awake_move_the_sleepers(seed):
    """Only who is awake teaches; who slept and was wrong is right in the end."""
    tried = draw_lookups(np.random.default_rng(99), 500)
    query, key = made(_start(np.random.default_rng(seed), 256), tried)
    asleep = slope_lengths(query, key) < 0.02
    slept = asleep & ~right(query, key, tried)
    assert 0.45 < asleep.mean() < 0.6 and 150 < slept.sum() < 350
    by = {
        who: right(*made(_taught(who, 1.0, 0.1, seed, 150), tried), tried)
        for who in ("the awake", "the sleepers")
    }
    assert by["the awake"][slept].mean() > 0.9 and by["the sleepers"][slept].mean() < 0.05
    drawn = np.reshape(measured("woken")["right"], (4, 10, 3)).mean(axis=-1)
    assert abs(drawn[0] - drawn[2])[:4].max() < 0.01  # up to a rate of 0.3


def right(query, key, tried):
    return (query @ key.swapaxes(1, 2))[:, 0].argmax(axis=1) == tried.asked
