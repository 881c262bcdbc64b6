"""What the chapter on training says of single steps: too long, rolling, and Adam's."""

import numpy as np
import pytest

from tests.claims.claim import says
from tests.claims.trained import BATCH, start
from tfmath.learning.dropout import with_dropout
from tfmath.learning.optimize import adam, momentum, sgd, start_state
from tfmath.learning.train import loss_and_gradients
from tfmath.model.parameters import flatten
from tfmath.study.ways_to_step import HELPS

STRAIGHT = np.eye(2)


@says(
    "One weight, the loss $(w - 3)^2$, so the slope is $2(w - 3)$ and the lowest point at "
    "3."
)
def test_one_weight():
    w = np.linspace(-2, 8, 1001)
    assert w[((w - 3) ** 2).argmin()] == pytest.approx(3)
    np.testing.assert_allclose(np.gradient((w - 3) ** 2, w)[1:-1], 2 * (w - 3)[1:-1])


@says(
    "A step multiplies $b$ by $1 - 100\\,\\eta$ and $a$ by $1 - \\eta$: above 0.02 $b$ is "
    "thrown out, while $a$ still creeps.",
    "Forty steps, each at a good rate, from the ring, loss 100; the cross is lowest:",
    "SGD shakes across the valley and creeps along it: it ends at 10.79, and no "
    "other rate takes it below 10.",
    "Momentum swings too, but along the valley its slopes agree, and it arrives: 0.02.",
    "Adam's first step is as long along as across, though the slopes are 10 and 100; and "
    "it arrives too.",
)
def test_a_narrow_valley():
    by_sgd = [valley_walk(plain, rate) for rate in (0.0201, 0.0199, 0.02, 0.01, 0.019)]
    assert abs(by_sgd[0][-1, 1]) > 1 > abs(by_sgd[1][-1, 1])
    assert by_sgd[2][-1, 0] < -1
    np.testing.assert_allclose(by_sgd[3][1], [-10 * (1 - 0.01), 1 - 100 * 0.01])
    ends = [valley_loss(valley_walk(plain, r)[-1]) for r in np.linspace(0.001, 0.03, 291)]
    assert min(ends) > 10
    for move, unit, best in ((plain, 1000, 19), (momentum, 1000, 6), (adam, 100, 34)):
        ends = [valley_loss(valley_walk(move, n / unit)[-1]) for n in range(1, 61)]
        assert 1 + np.argmin(ends) == best  # among whole thousandths, or hundredths
    rolled, adams = valley_walk(momentum, 0.006), valley_walk(adam, 0.34)
    walks = (by_sgd[-1], rolled, adams)
    assert valley_loss(walks[0][0]) == 100
    assert [round(valley_loss(walk[-1]), 2) for walk in walks] == [10.79, 0.02, 0.02]
    turns = [np.sum(np.diff(np.sign(walk[:, 1])) != 0) for walk in walks]
    assert turns[0] == 40 and turns[1] > 5
    first = np.abs(np.diff(adams, axis=0)[0])
    np.testing.assert_allclose(first, [0.34, 0.34])


@says(
    "Adam alone: 18.49, behind SGD.",
    "The others take the same steps as before, turned.",
    "Adam measures along $a$ and along $b$, one weight at a time; here both slopes are "
    "steep at the start, and there is nothing to even out.",
    "(A new rate takes it below 1.)",
)
def test_a_valley_turned():
    turn = np.sqrt(0.5) * np.array([[1, -1], [1, 1]])
    for move, rate in ((plain, 0.019), (momentum, 0.006)):
        straight, turned = valley_walk(move, rate), valley_walk(move, rate, turn)
        np.testing.assert_allclose(turned, straight @ turn.T, atol=1e-12)
    ends = [
        valley_loss(turn.T @ valley_walk(adam, rate, turn)[-1]) for rate in (0.34, 1.26)
    ]
    assert round(ends[0], 2) == 18.49 and ends[1] < 1
    a, b = turn @ [-10.0, 1.0]
    np.testing.assert_allclose((a + b) ** 2 / 4 + 25 * (b - a) ** 2, 100)
    slopes = np.array([(a + b) / 2 - 50 * (b - a), (a + b) / 2 + 50 * (b - a)])
    np.testing.assert_allclose(slopes, turn @ [-10.0, 100.0])
    assert np.abs(slopes).min() > 0.8 * np.abs(slopes).max()


def plain(w, slopes, state, rate):
    return sgd(w, slopes, rate), state


def valley_walk(move, rate, turn=STRAIGHT):
    w = {"ab": turn @ [-10.0, 1.0]}
    state, places = start_state(w), [w["ab"]]
    for _ in range(40):
        w, state = move(w, {"ab": turn @ ([1, 100] * (turn.T @ w["ab"]))}, state, rate)
        places.append(w["ab"])
    return np.array(places)


def valley_loss(place):
    return place[0] ** 2 / 2 + 50 * place[1] ** 2


@says(
    "Each step multiplied the distance to 3: by 0.8, by 0, by −0.8; the last made it "
    "larger, and soon left the picture."
)
def test_how_the_distance_shrinks():
    for rate, factor in ((0.1, 0.8), (0.5, 0), (0.9, -0.8), (1.1, -1.2)):
        w = 7.0 - rate * 2 * (7.0 - 3)
        assert w - 3 == pytest.approx(factor * (7.0 - 3))


@says(
    "**Label smoothing**, against being too sure: share 0.1 of what is asked for among all "
    "26 words, so that being certain is no longer best.",
)
def test_label_smoothing():
    def loss(p):
        asked = np.full(26, 0.1 / 26)
        asked[0] += 0.9
        given = np.full(26, (1 - p) / 25)
        given[0] = p
        return -np.sum(asked * np.log(given))

    assert loss(0.9 + 0.1 / 26) < min(loss(0.8), loss(0.99), loss(1 - 1e-9))


@says(
    "**Weight decay**, against numbers that grow: each of the 764 also shrinks at every "
    "step, by 0.1 of itself times the rate."
)
def test_weight_decay():
    flat, how = flatten(start()), HELPS["weight decay"](0.04)
    still = {name: np.zeros_like(table) for name, table in flat.items()}
    after, _ = how["move"](flat, still, start_state(flat), how["learning_rate"])
    assert sum(table.size for table in flat.values()) == 764
    for name, table in flat.items():
        np.testing.assert_allclose(after[name], table - 0.1 * table * 0.04, rtol=1e-12)


@says(
    "each number that a sublayer puts out is set to 0 with probability 0.1, the others are "
    "divided by 0.9."
)
def test_dropout_in_a_sublayer():
    said, asked = np.random.default_rng(1).normal(size=(400, 5)), []
    block = with_dropout(
        HELPS["dropout"](0.1)["dropped"],
        np.random.default_rng(0),
        block=lambda where, x, sublayer: asked.append(sublayer(x)),
    )
    block("here", np.ones((400, 5)), lambda x: said)
    kept = asked[0] / said
    assert 0.08 < np.mean(kept == 0) < 0.12
    np.testing.assert_allclose(kept[kept != 0], 1 / 0.9)


@says(
    "Where they agree they add up, to ten times one slope; where they change sign they "
    "cancel."
)
def test_momentum():
    def moved(pushes):
        w, state = {"w": np.zeros(1)}, start_state({"w": np.zeros(1)})
        for g in pushes:
            w, state = momentum(w, {"w": np.array([g])}, state, 0.1)
        return abs(state.mean["w"][0])

    assert moved([1.0] * 60) == pytest.approx(10, abs=0.1)
    assert moved([1.0, -1.0] * 30) < 0.6


@says(
    "In our machine, at the start, the largest slope of the 764 is 68 times as large as "
    "the one in the middle."
)
def test_slopes_differ():
    _, slopes = loss_and_gradients(start(), BATCH)
    sizes = np.abs(np.concatenate([table.ravel() for table in slopes.values()]))
    assert sizes.size == 764 and round(sizes.max() / np.median(sizes)) == 68


@says(
    "So Adam's first step moves every weight by the whole rate, be its slope a thousandth "
    "or a thousand.",
    "Second step: 2.947 is $(0.9 \\cdot 4 + 2) / (0.9 + 1)$, a mean in which the newer "
    "slope counts more.",
)
def test_adams_first_step():
    mean = 0.9 * (0.1 * 4) + 0.1 * 2
    assert mean / (1 - 0.9**2) == pytest.approx((0.9 * 4 + 2) / (0.9 + 1))
    assert round((0.9 * 4 + 2) / 1.9, 3) == 2.947
    w, g = {"w": np.zeros(2)}, {"w": np.array([0.001, -1000.0])}
    moved, _ = adam(w, g, start_state(w), 0.1)
    np.testing.assert_allclose(moved["w"], [-0.1, 0.1], rtol=1e-4)


@says("The 0.9 remembers about ten slopes, the 0.999 about a thousand.")
def test_how_long_an_average_remembers():
    for beta, about in ((0.9, 10), (0.999, 1000)):
        ages = np.arange(100_000)
        assert np.sum((1 - beta) * beta**ages * (ages + 1)) == pytest.approx(about)
