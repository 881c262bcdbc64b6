"""What the chapter on training says of a fair race and of helps, by the stored runs."""

import numpy as np

from tests.claims.claim import output, says
from tests.claims.trained import BATCH, ENDS, RACE, medians, middles, start
from tfmath.learning.optimize import adam, clip_gradients, start_state
from tfmath.learning.train import loss_and_gradients
from tfmath.model.parameters import flatten, unflatten
from tfmath.study.ways_to_step import followed

CHAPTER = "15_training.ipynb"


# The race -------------------------------------------------------------------------------


@says(
    "SGD is last.",
    "Adam is first: 0.0067, against 0.0575 for momentum at *its* best rate.",
)
def test_each_at_its_best():
    best = {move: min(medians(move).values()) for move in RACE}
    assert best["Adam"] < best["momentum"] / 5 and best["momentum"] < best["SGD"] / 3
    assert (best["momentum"], best["Adam"]) == (0.0575, 0.0067)


@says(
    "And Adam forgives more.",
    "Lay a ruler across, at any height from 0.1 to 1: more of Adam's medians lie below it "
    "than of momentum's.",
)
def test_what_is_forgiven():
    for height in np.geomspace(0.1, 1, 50):
        assert below("Adam", height) > below("momentum", height)
    assert list(RACE["Adam"]) == list(RACE["momentum"])
    for rates in RACE.values():
        at = np.array(list(rates))
        assert len(at) == 7 and np.allclose(at[1:] / at[:-1], 2)


def below(move, height):
    return sum(median < height for median in medians(move).values())


@says(
    "And yet Adam at 0.04 leaves three of its fifteen runs above 0.1.",
    "All goes well for 73 steps.",
    "Three steps later the loss is 1.55, and it ends at 0.4.",
    "Shorten this one arrow: the run ends at 0.005.",
)
def test_one_leap():
    ends = RACE["Adam"][0.04]
    assert np.sum(np.array(ends) > 0.1) == 3 and ends[4] == max(ends)
    run, other = followed(4), followed(4, shortened=[74])
    assert run["loss"][73] == min(run["loss"]) < 0.02 and round(run["length"][73], 1) == 0.2
    assert run["length"][74] == max(run["length"]) > 8 * max(run["length"][:74])
    assert round(run["length"][74]) == 33 and round(run["loss"][77], 2) == 1.55
    assert run["loss"][:75] == other["loss"][:75]
    assert [f"{r['loss'][-1]:.1g}" for r in (run, other)] == ["0.4", "0.005"]
    for found in ("33.1, after 74 steps", "up to 1.55, at the end 0.4", "at the end 0.005"):
        assert found in output(CHAPTER, "tr-leap")


@says(
    "Does Adam not even out large slopes?",
    "It divides by the size that it remembers, and this leap is new: the numbers move four "
    "to five times as far as in the step before.",
)
def test_how_far_a_leap_goes():
    moved = moves(76)
    assert 4 < moved[74] / moved[73] < 5
    assert moved[74] > max(moved[40:74])


@says(
    "The next runs up a wall: half of it leaves the loss as it was, the whole makes it "
    "seven times as large, and there the arrow leaps from 0.2 to 33.",
)
def test_a_step_up_a_wall():
    before, after = walked(74)[-2:]
    losses = [
        loss_and_gradients(unflatten(between(before, after, share)), BATCH)[0]
        for share in (0, 0.5, 1)
    ]
    half, whole = np.divide(losses[1:], losses[0])
    assert 0.95 < half < 1.05 and 7 < whole < 8
    assert losses[0] == followed(4, steps=74)["loss"][73]


def between(before, after, share):
    return {name: (1 - share) * before[name] + share * after[name] for name in before}


def moves(n):
    """The root of the mean square of what each of `n` steps moves, see `walked`."""
    rows = [np.concatenate([t.ravel() for t in flat.values()]) for flat in walked(n)]
    return np.sqrt(np.mean(np.diff(rows, axis=0) ** 2, axis=1)).tolist()


def walked(n):
    """The tables before and after each of `n` steps of Adam at 0.04, from start 4."""
    flat = flatten(start(4))
    found, state = [flat], start_state(flat)
    for _ in range(n):
        _, slopes = loss_and_gradients(unflatten(flat), BATCH)
        flat, state = adam(flat, slopes, state, 0.04)
        found.append(flat)
    return found


@says(
    "By hand: (6, 8) has the length 10; clipped to 5 it is (3, 4).",
    "The direction stays.",
)
def test_clipping_by_hand():
    clipped, length = clip_gradients({"w": np.array([6.0, 8.0])}, 5.0)
    assert length == 10
    np.testing.assert_allclose(clipped["w"], [3, 4], rtol=1e-6)


@says(
    "Both, but each at its best: momentum from 0.0575 to 0.0022, Adam from 0.0067 to "
    "0.0011.",
    "At 0.04 itself momentum gains nothing: for it clipping pays through the larger rate "
    "it allows.",
    "See how a comparison goes wrong: *clipped* momentum beats *unclipped* Adam by a "
    "factor of 3.",
    "With the same care for both Adam is ahead again; who forgives more depends on the "
    "ruler's height: at 0.04 Adam, at 0.5 momentum.",
)
def test_clipped():
    at = {move: min(medians(move), key=medians(move).get) for move in RACE}
    best = {move: medians(move)[at[move]] for move in RACE}
    assert (best["momentum"], best["Adam"]) == (0.0575, 0.0067)
    assert (best["momentum, clipped"], best["Adam, clipped"]) == (0.0022, 0.0011)
    assert at["momentum"] == 0.04 < at["momentum, clipped"]
    assert medians("momentum, clipped")[0.04] > medians("momentum")[0.04]
    assert round(best["Adam"] / best["momentum, clipped"]) == 3
    for height, sign in ((0.04, 1), (0.5, -1)):
        more = below("Adam, clipped", height) - below("momentum, clipped", height)
        assert np.sign(more) == sign


# Helps ----------------------------------------------------------------------------------


@says(
    "At 0.02 all but the first only cost, from nearly every start: tried there alone, they "
    "would be thrown away.",
    "At their best only the shorter memory (0.0046) ends below Adam alone (0.0067).",
    "Weight decay ends three times as high, and yet saves something: at 0.04, where Adam "
    "leaves three of fifteen above 0.1, it leaves none; nor does the shorter memory.",
)
def test_helps():
    plain = {rate: np.array(runs) for rate, runs in RACE["Adam"].items()}
    first, *others = ENDS
    assert first == "0.98 for 0.999" and len(others) == 5
    for what in others:
        assert np.sum(ENDS[what][0.02] > plain[0.02]) >= 13
    assert np.median(ENDS[first][0.02]) < np.median(plain[0.02])
    best = {what: min(middles(runs).values()) for what, runs in ENDS.items()}
    assert best[first] == 0.0046 and min(best[what] for what in others) > 0.0067
    assert round(best["weight decay"] / 0.0067) == 3
    assert np.sum(plain[0.04] > 0.1) == 3
    assert max(max(ENDS[what][0.04]) for what in (first, "weight decay")) < 0.1


@says(
    "The second picture: by five starts warm-up is first, and cuts Adam's loss to about a "
    "fifth.",
    "By fifteen it is behind: at 0.04 it helps from 4 of them, the shorter memory from 14.",
)
def test_five_starts_and_fifteen():
    def best(runs, n):
        return min(float(np.median(losses[:n])) for losses in runs.values())

    five, all_of_them = (
        {what: best(runs, n) for what, runs in ENDS.items()}
        | {"Adam": best(RACE["Adam"], n)}
        for n in (5, 15)
    )
    assert min(five, key=five.get) == "warm-up"
    assert 0.18 < five["warm-up"] / five["Adam"] < 0.23
    assert all_of_them["warm-up"] > 1.2 * all_of_them["Adam"]
    helps = {
        what: int((np.array(ENDS[what][0.04]) < np.array(RACE["Adam"][0.04])).sum())
        for what in ("warm-up", "0.98 for 0.999")
    }
    assert list(helps.values()) == [4, 14]


@says(
    "Label smoothing and dropout end above, at every rate up to 0.08: they keep a model "
    "from learning by heart, and ours is *meant* to."
)
def test_what_keeps_from_learning_by_heart():
    adams = medians("Adam")
    for what in ("label smoothing", "dropout"):
        middle = middles(ENDS[what])
        assert all(middle[rate] > adams[rate] for rate in adams if rate <= 0.08)
        assert min(middle.values()) > 10 * min(adams.values())
