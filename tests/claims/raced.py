"""What the chapter on training says of a fair race and of helps, by the stored runs."""

import numpy as np
import pytest

from tests.claims.claim import says
from tests.claims.trained import BATCH, ENDS, RACE, medians, middles, start
from tfmath.learning.loss import cross_entropy
from tfmath.learning.optimize import clip_gradients, momentum, start_state
from tfmath.learning.train import loss_and_gradients
from tfmath.model.parameters import flatten, unflatten

# The race -------------------------------------------------------------------------------


@says(
    "SGD is last.",
    "Adam is first; momentum at *its* best rate comes close: 0.0328 against 0.0186.",
)
def test_each_at_its_best():
    best = {move: min(medians(move).values()) for move in RACE}
    assert best["Adam"] < best["momentum"] < best["SGD"] / 5
    assert (best["momentum"], best["Adam"]) == (0.0328, 0.0186)


@says(
    "What sets Adam apart is what it forgives: lay a ruler across, at any height from 0.1 "
    "to 1.",
    "More of Adam's medians lie below it than of momentum's.",
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
    "Momentum at 0.16 ends nowhere.",
    "From start 0 its slopes, together, stay shorter than 2 for 19 steps; then it "
    "lands where they are longer than 6, and is thrown farther.",
)
def test_momentum_too_fast():
    assert min(RACE["momentum"][0.16]) > 1.9
    losses, lengths = followed(40)
    assert max(lengths[:19]) < 1.5 and lengths[20] > 6
    assert losses[18] < 1.3 < max(losses[21:23]) / 1.5  # lands there, thrown farther


def followed(n):
    """The loss and the length of all slopes before each step of momentum at 0.16."""
    flat, found = flatten(start()), []
    state = start_state(flat)
    for _ in range(n):
        loss, slopes = loss_and_gradients(unflatten(flat), BATCH)
        _, length = clip_gradients(slopes, 1e9)
        found.append((loss, length))
        flat, state = momentum(flat, slopes, state, 0.16)
    return list(zip(*found, strict=True))


@says(
    "By hand: (6, 8) has the length 10; clipped to 5 it is (3, 4).",
    "The direction stays.",
)
def test_clipping_by_hand():
    clipped, length = clip_gradients({"w": np.array([6.0, 8.0])}, 5.0)
    assert length == 10
    np.testing.assert_allclose(clipped["w"], [3, 4], rtol=1e-6)


@says(
    "Both, and each about fifteenfold at its best: momentum ends at 0.0022, Adam at "
    "0.0013, and both can now take a larger rate.",
    "See how a comparison goes wrong: *clipped* momentum beats *unclipped* Adam by a "
    "factor of 8.",
    "With the same care for both they end about level, and the ruler decides who forgives "
    "more: at 0.04 Adam, at 0.5 momentum.",
)
def test_clipped():
    best, at = {}, {}
    for move in RACE:
        middle = medians(move)
        at[move] = min(middle, key=middle.get)
        best[move] = middle[at[move]]
    fair = {move: best[f"{move}, clipped"] for move in ("momentum", "Adam")}
    assert fair == {"momentum": 0.0022, "Adam": 0.0013}
    for move in fair:
        assert 14 < best[move] / fair[move] < 16
        assert at[f"{move}, clipped"] > at[move]
    assert round(best["Adam"] / fair["momentum"]) == 8
    for height, sign in ((0.04, 1), (0.5, -1)):
        more = below("Adam, clipped", height) - below("momentum, clipped", height)
        assert np.sign(more) == sign


# Helps ----------------------------------------------------------------------------------


@says(
    "At 0.02 all but the first only cost, from every start: tried there alone, they would "
    "be thrown away.",
    "At their best the shorter memory (0.0047) and warm-up (0.004) end below Adam alone "
    "(0.0186).",
    "Weight decay, and warm-up with decay, end about level, and yet save something: the "
    "run that goes wrong.",
    "Adam at 0.04 leaves one of five at 0.385; with weight decay the last is at 0.027.",
)
def test_helps():
    plain = {rate: np.array(runs) for rate, runs in RACE["Adam"].items()}
    first, *others = ENDS
    assert first == "0.98 for 0.999" and len(others) == 5
    assert all((ENDS[what][0.02] > plain[0.02]).all() for what in others)
    assert np.median(ENDS[first][0.02]) < np.median(plain[0.02])
    best = {what: min(middles(runs).values()) for what, runs in ENDS.items()}
    assert (best[first], best["warm-up"]) == (0.0047, 0.004)
    for what in ("weight decay", "warm-up, decay"):
        middle = middles(ENDS[what])
        rate = min(middle, key=middle.get)
        assert 0.8 < middle[rate] / 0.0186 < 1.2 and max(ENDS[what][rate]) < 0.03
    assert sorted(plain[0.04])[-2:] == [0.0293, 0.385]
    assert max(ENDS["weight decay"][0.04]) == 0.027


@says(
    "Label smoothing and dropout end above, except at the largest rate: they keep a model "
    "from learning by heart, and that is what we want here."
)
def test_what_keeps_from_learning_by_heart():
    *rates, largest = RACE["Adam"]
    adams = medians("Adam")
    for what in ("label smoothing", "dropout"):
        middle = middles(ENDS[what])
        assert all(middle[rate] > adams[rate] for rate in rates)
        assert middle[largest] < adams[largest]


@says(
    "Smoothing aims at $q$ = 0.904 for the right word, surprise 0.101.",
    "And the loss it trains on, which asks for all 26 words in the shares $q$, is 0.626 "
    "where they are met, $-\\sum q \\ln q$, and nowhere less.",
)
def test_below_what_no_smoothed_loss_falls():
    asked = np.array([0.9 + 0.1 / 26] + 25 * [0.1 / 26])
    assert (round(asked[0], 3), round(-np.log(asked[0]), 3)) == (0.904, 0.101)
    least = -asked @ np.log(asked)
    assert round(least, 3) == 0.626
    given = np.random.default_rng(0).dirichlet(20 * asked + 0.1, 2000)
    assert (-np.log(given) @ asked > least).all()
    smoothed = cross_entropy(np.log(asked)[None], np.array([0]), label_smoothing=0.1)
    assert smoothed == pytest.approx(least, rel=1e-12)
