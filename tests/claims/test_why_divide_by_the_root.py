"""What the chapter on dividing by √d_k says, proved."""

import math

import numpy as np
import pytest

from tests.claims.claim import output, says
from tfmath import gradients, softmax, toy
from tfmath.model.parameters import flatten, unflatten
from tfmath.practice.why_divide_by_the_root import LARGEST
from tfmath.study.crossed_out import crossed_out, surprise
from tfmath.study.measured import measured
from tfmath.study.sleeping import (
    _moved,
    _tried,
    at_best_rate,
    draw_lookups,
    slope_lengths,
)

CHAPTER = "07_why_divide_by_the_root.ipynb"
DEFINITIONS = (
    "Let every number be +1 or −1.",
    "Training moves every number a little, in the direction that improves the answer.",
    "Here are all of them against all of them:",
    "Of the six weights of each query, take the largest; and of the 2000 queries, the one "
    "in the middle (the median):",
)
WIDTHS = (1, 4, 16, 64, 256)


@pytest.fixture(scope="module")
def draws():
    """As in the chapter: for each width 2000 queries, and six keys for each."""
    rng = np.random.default_rng(5)
    shapes = {d: ((2000, 1, d), (2000, 6, d)) for d in WIDTHS}
    return {d: [rng.normal(size=shape) for shape in two] for d, two in shapes.items()}


def products(draws, d):
    query, key = draws[d]
    return query @ key.swapaxes(1, 2)


# Variance -------------------------------------------------------------------------------


@says(
    "Four of the sixteen are 2, four are −2, the rest 0: $8 \\cdot 4 / 16 = 2$.",
    "**The variance is $d_k$.**",
    "The last term is as often positive as negative, so on average it is gone.",
    "A typical dot product has the size of the root: 2 for $d_k = 4$, and 8 for 64.",
    "after 64 steps he is typically 8 from home.",
    "Random numbers of variance 1 do the same.",
    "1. A dot product of random rows has variance $d_k$. Divided by $\\sqrt{d_k}$ it has "
    "variance 1, at every width.",
)
def test_the_variance(draws):
    rows = np.array(np.meshgrid(*2 * [[1, -1]])).T.reshape(-1, 2)
    sums = rows @ rows.T
    assert [(sums == n).sum() for n in (2, -2, 0)] == [4, 4, 8] and (sums**2).mean() == 2
    cross = [a * b * c * d for a, c in rows for b, d in rows]
    assert sum(cross) == 0
    tosses = np.array([math.comb(64, k) for k in range(65)], dtype=float) / 2**64
    walked = 2 * np.arange(65) - 64
    assert math.sqrt(tosses @ walked**2) == pytest.approx(8)
    for d in WIDTHS:
        assert np.var(products(draws, d)) == pytest.approx(d, rel=0.05)
        assert np.var(products(draws, d) / math.sqrt(d)) == pytest.approx(1, rel=0.05)


@says(
    "Dividing by the root of a width divides the variance by that width.",
    "$\\sqrt{d_k}$, for a dot product sums over the width of queries and keys.",
    "The values do not enter a score at all.",
    "In a test with $d_k = d_{\\text{model}}$ nobody notices.)",
    "3. The other widths, $d_{\\text{model}}$ and $d_v$, have no part in it.",
)
def test_which_width():
    rng = np.random.default_rng(4)
    x, W_Q, W_K = (rng.normal(size=s) for s in ((400, 100), (100, 64), (100, 64)))
    scores = (x @ W_Q / 10) @ (x @ W_K / 10).T
    by = {width: np.var(scores / math.sqrt(width)) for width in (64, 100, 9)}
    assert abs(by[64] - 1) < 0.15 and by[100] < 0.75 and by[9] > 5
    assert np.array_equal(scores / math.sqrt(x.shape[1]), scores / math.sqrt(100))


# Softmax and its slopes -----------------------------------------------------------------


@says(
    "With $d_k = 256$ a typical product is 16, and $e^{16}$ is almost nine million.",
    "At $s = 0$, half-way. At $s = 10$ the weight is practically 1, and pushing moves "
    "nothing: the softmax is **saturated**.",
    "The law, sealed by the `assert`: a weight $w$ moves with its own score by "
    "$w\\,(1 - w)$, and that is small near 0 and near 1.",
    "2. A softmax weight $w$ moves with its own score by $w(1 - w)$: near 0 and near 1 it "
    "sleeps.",
    "What one weight wins, the others lose: by the score of *another* word $j$, weight $i$ "
    "moves by $-w_i w_j$.",
)
def test_the_slope_of_a_weight(draws):
    assert np.std(products(draws, 256)) == pytest.approx(16, rel=0.02)
    assert 8.8e6 < math.exp(16) < 9e6
    for scores in np.random.default_rng(6).normal(size=(10, 5)):
        weights, nudge = softmax(scores), 1e-6
        for j in range(5):
            away = nudge * np.eye(5)[j]
            moved = (softmax(scores + away) - softmax(scores - away)) / (2 * nudge)
            own = np.arange(5) == j
            law = np.where(own, weights * (1 - weights), -weights * weights[j])
            np.testing.assert_allclose(moved, law, atol=1e-9)
    far = softmax([10.0, 0.0])[0]
    assert 1 - far < 1e-4 and far * (1 - far) < 1e-4


@says(
    "Undivided, the typical slope first *rises*, because longer keys move a score more; "
    "then saturation eats it.",
    "The average goes on rising: where two keys happen to score almost alike, the query is "
    "thrown about.",
    "Divided by the root, all widths are much alike.",
    "Divided by the root, it is typically about a quarter long.",
    "Before the softmax each score is divided by a number.",
)
def test_some_sleep_and_some_are_shaken(draws):
    bare = {d: slope_lengths(*draws[d]) for d in WIDTHS}
    root = {d: slope_lengths(*draws[d], math.sqrt(d)) for d in WIDTHS}
    middle, average = ([f(bare[d]) for d in WIDTHS] for f in (np.median, np.mean))
    assert middle[0] < middle[1] < middle[2] > middle[3] > middle[4]
    assert average == sorted(average)
    longer = [np.linalg.norm(draws[d][1], axis=-1).mean() for d in WIDTHS]
    assert longer == sorted(longer)  # and a score's slope is as long as its key
    assert all(0.2 < np.median(root[d]) < 0.3 for d in WIDTHS)
    assert not any((root[d] < 0.02).mean() > 0.01 for d in WIDTHS)
    asleep = [(bare[d] < 0.02).mean() for d in WIDTHS]
    assert asleep == sorted(asleep) and 0.29 < asleep[3] < 0.33 and 0.5 < asleep[4] < 0.6
    assert f"d_k = 64: {asleep[3]:.1%}" in output(CHAPTER, "c34")
    two = np.sort(products(draws, 256)[:, 0], axis=1)[:, -2:]
    near, length = two[:, 1] - two[:, 0] < 1, bare[256]
    assert np.median(length[near]) > 2 and np.median(length[~near]) < 0.1


# Learning -------------------------------------------------------------------------------


@says(
    "For each width and each divisor we took the fastest of six learning rates (how far a "
    "step goes), on average over three starts.",
    "**A surprise: it learns.**",
    "Still, the wider the query, the longer it takes; divided, wide queries learn a little "
    "*faster*.",
    "Divided by $d_k$ itself it works as well, at larger rates.",
    "But **with the root the same rate is the fastest at every width**, of those we tried: "
    "whoever widens the model need not search again.",
)
def test_what_was_measured():
    """With Adam, too, of which the chapter says nothing."""
    columns = measured("roots")
    assert len(set(columns["seed"])) == 3
    sgd = [
        r for r, o in zip(columns["rate"], columns["optimizer"], strict=True) if o == "sgd"
    ]
    assert len(set(sgd)) == 6
    for optimizer in ("sgd", "adam"):
        best = at_best_rate(columns, optimizer)
        steps = {name: [s for s, _ in found] for name, found in best.items()}
        rates = {name: [r for _, r in found] for name, found in best.items()}
        assert steps["nothing"] == sorted(steps["nothing"]) and max(steps["nothing"]) < 100
        for name in ("√d_k", "d_k"):
            assert steps[name][0] > max(steps[name][1:]) and max(steps[name]) < 30
        assert len(set(rates["√d_k"])) == 1
        assert min(rates["d_k"]) > max(rates["√d_k"])


@says(
    "One sleeper, alone, would sleep on.",
    "But one table makes all queries: those that are awake move it, and the sleepers with "
    "it.",
    "Of 100 that slept and were wrong more than 95 are right in the end.",
    "(If each query has numbers of its own, more than 80 stay wrong.)",
)
def test_the_sleepers_are_moved():
    """The same start twice: the tables are learned, or each query for itself."""
    rng = np.random.default_rng(0)
    tables = {name: rng.normal(size=(16, 256)) / 4 for name in ("W_Q", "W_K")}
    tried = draw_lookups(np.random.default_rng(99), 500)
    query, key = made(tables, tried)
    slept = (slope_lengths(query, key) < 0.02) & ~right(query, key, tried)
    assert 150 < slept.sum() < 350
    for _ in range(150):
        loss, _ = _tried(tables, draw_lookups(rng), 1.0)
        tables, _ = _moved(tables, gradients(loss), None, 0.1, "sgd")
    assert right(*made(tables, tried), tried)[slept].mean() > 0.95
    for rate in (0.1, 1, 10):
        assert right(alone(query, key, tried, rate), key, tried)[slept].mean() < 0.2


def made(tables, tried):
    every = np.arange(len(tried.rows))
    asked = tried.rows[every, tried.asked][:, np.newaxis]
    return asked @ tables["W_Q"], tried.rows @ tables["W_K"]


def right(query, key, tried):
    return (query @ key.swapaxes(1, 2))[:, 0].argmax(axis=1) == tried.asked


def alone(query, key, tried, rate):
    """Each query moved by its own slope, 150 times, with values drawn anew."""
    rng, every = np.random.default_rng(1), np.arange(len(key))
    for _ in range(150):
        values = rng.choice([-1.0, 1.0], size=tried.values.shape)
        weights = softmax(query @ key.swapaxes(1, 2))
        off = weights @ values - values[every, tried.asked][:, np.newaxis]
        by_weight = 2 * off * values.swapaxes(1, 2)
        mean = (weights * by_weight).sum(axis=-1, keepdims=True)
        query = query - rate * (weights * (by_weight - mean)) @ key
    return query


# The trained model ----------------------------------------------------------------------


@says(
    "In our trained model we leave the division out, in all three attentions.",
    "All three are right, and the loss (the mean surprise at the right word) rises only "
    "from 0.117 to 0.141.",
    "With $d_k = 4$ the root is 2, so leaving it out is the same as doubling all queries: "
    "each looks the same way, only more sharply.",
)
def test_the_trained_model_without_the_root():
    with_root, without = crossed_out(toy.load(), ["nothing", "√d_k"])
    assert [round(row["loss"], 3) for row in (with_root, without)] == [0.117, 0.141]
    assert all(
        row[text] == right for row in (with_root, without) for text, right in toy.PAIRS
    )
    flat = flatten(toy.load())
    queries = [name for name in flat if name.endswith("W_Q")]
    assert len(queries) == 3 and {flat[name].shape[-1] for name in queries} == {4}
    doubled = unflatten({n: t * 2 if n in queries else t for n, t in flat.items()})
    assert surprise(doubled) == pytest.approx(without["loss"], abs=1e-12)


@says("It is not $\\sqrt{256}$!")
def test_the_largest_typical_slope(draws):
    for seed in (0, 1):
        rng = np.random.default_rng(seed)
        two = [rng.normal(size=(2000, n, 256)) for n in (1, 6)]
        typical = {by: np.median(slope_lengths(*two, by)) for by in (1, 2, 4, 8, 16, 32)}
        assert max(typical, key=typical.get) == LARGEST.answer != math.sqrt(256)
        assert typical[16] < typical[4] / 2
