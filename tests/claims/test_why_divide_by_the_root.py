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
    _start,
    _taught,
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
    "Let $a$ be $e^s$ and $b$ all the others together, so $w = \\frac{a}{a + b}$.",
    "All 2000, the sleepiest first:",
    "Let the sleepers alone teach, in every step.",
    "Let $W^Q$ start $\\sqrt{d_k}$ times smaller, and divide by nothing.",
    "But the fastest rate?",
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
    "The root of the variance is the standard deviation, the *typical* distance from the "
    "average: 2 for $d_k = 4$, and 8 for 64.",
    "after 64 steps he is typically 8 from home.",
    "Random numbers walk the same way, if their average is 0 and their variance 1.",
    "1. A dot product of random rows (average 0, variance 1) has variance $d_k$. Divided "
    "by $\\sqrt{d_k}$ it has variance 1, at every width.",
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
    assert np.var((draws[64][0] + 1) @ (draws[64][1] + 1).swapaxes(1, 2)) > 2 * 64


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
    "A little more score, $s + t$, multiplies $a$ by $e^t$, nearly $1 + t$.",
    "**A weight $w$ moves with its own score by $w\\,(1 - w)$**, and that is small near 0 "
    "and near 1.",
    "2. A softmax weight $w$ moves with its own score by $w(1 - w)$: near 0 and near 1 "
    "hardly at all.",
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
    a, b, t, w = 2.0, 3.0, 1e-6, 2 / 5
    moved = a * (1 + t) / (a * (1 + t) + b) - w
    for written in (t * a * b / ((a * (1 + t) + b) * (a + b)), t * w * (1 - w)):
        assert moved == pytest.approx(written, rel=1e-5)
    assert math.exp(t) == pytest.approx(1 + t, abs=t * t)


@says(
    "Undivided, more than half sleep, and some are shaken: where two keys happen to score "
    "almost alike, a small move of the query decides between them.",
    "Divided by the root, all are much alike, and so are the five widths.",
    "Divided by the root, it is typically about a quarter long.",
    "Before the softmax each product of query and key is divided by a number.",
)
def test_some_sleep_and_some_are_shaken(draws):
    bare = {d: slope_lengths(*draws[d]) for d in WIDTHS}
    root = {d: slope_lengths(*draws[d], math.sqrt(d)) for d in WIDTHS}
    assert 0.1 < root[256].min() and root[256].max() < 0.4 < 5 < bare[256].max()
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
    "For each width and each divisor we took the fastest of ten learning rates (how far a "
    "step goes), on average over three starts.",
    "**A surprise: it learns.**",
    "Still, the wider the query, the longer it takes; divided, wide queries learn a little "
    "*faster*.",
    "The scores at the start are the same, and it learns as fast.",
    "**With the root the same rate is the fastest at every width**, of those we tried.",
    "Divided by the root, rates from a tenth to 10 will do.",
    "(We widened queries and keys only.",
)
def test_what_was_measured():
    """With Adam, too, of which the chapter says nothing."""
    columns = measured("roots")
    assert len(set(columns["seed"])) == 3
    sgd = set(columns["rate"]) - {0.003}  # that one is Adam's
    assert len(sgd) == 10
    small = "nothing, small start"
    for optimizer in ("sgd", "adam"):
        best = at_best_rate(columns, optimizer)
        steps = {name: [s for s, _ in found] for name, found in best.items()}
        rates = {name: [r for _, r in found] for name, found in best.items()}
        assert steps["nothing"] == sorted(steps["nothing"]) and max(steps["nothing"]) < 100
        for name in ("√d_k", "d_k", small):
            assert steps[name][0] > max(steps[name][1:]) and max(steps[name]) < 30
        assert np.abs(np.subtract(steps[small], steps["√d_k"])).max() <= 3
        assert len(set(rates["√d_k"])) == 1
        assert rates[small][0] > rates[small][1] > rates[small][2]
        assert min(rates["d_k"]) > max(rates["√d_k"])
        if optimizer == "sgd":  # none stands at an end of what was tried
            inside = sum(rates.values(), [])
            assert min(sgd) < min(inside) and max(inside) < max(sgd)
            assert rates["d_k"] == [10, 30, 100]
    assert _start(np.random.default_rng(0), 64)["W_Q"].shape == (16, 64)  # 16 stays


@says(
    "After a small start one and the same step moves the scores farther, the wider they "
    "are, so the rate must fall.",
)
@pytest.mark.parametrize("seed", [0, 1])
def test_how_far_one_step_moves_the_scores(seed):
    def far(d_k, divisor, start):
        rng = np.random.default_rng(seed)
        tables, taught = _start(rng, d_k, start), draw_lookups(rng, 500)
        slopes = gradients(_tried(tables, taught, divisor)[0])
        moved = {name: table - 1e-3 * slopes[name] for name, table in tables.items()}
        both = [made(t, taught) for t in (tables, moved)]
        before, after = (q @ k.swapaxes(1, 2) / divisor for q, k in both)
        return np.sqrt(np.mean((after - before) ** 2))

    small = [far(d_k, 1.0, d_k**-0.5) for d_k in (16, 64, 256)]
    root = [far(d_k, math.sqrt(d_k), 1.0) for d_k in (16, 64, 256)]
    assert small[1] > 2 * small[0] and small[2] > 2 * small[1]
    assert max(root) < 2 * min(root)


@says(
    "There is, about 100: a sleeper is only slow.",
    "But at that rate the shaken are thrown about, and all together learn nothing.",
    "**Undivided, no rate suits both.**",
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


@says(
    "At a small rate the awake do the work: one table makes all queries, so what moves it "
    "moves the sleepers, too.",
    "(Taught by the awake alone, of 100 that slept and were wrong more than 90 are right "
    "in the end.)",
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


def made(tables, tried):
    every = np.arange(len(tried.rows))
    asked = tried.rows[every, tried.asked][:, np.newaxis]
    return asked @ tables["W_Q"], tried.rows @ tables["W_K"]


def right(query, key, tried):
    return (query @ key.swapaxes(1, 2))[:, 0].argmax(axis=1) == tried.asked


# The trained model ----------------------------------------------------------------------


@says(
    "In our trained model we leave the division out, in all three attentions.",
    "All three are right, and the loss (the mean surprise at the right word) rises only "
    "from 0.117 to 0.141.",
    "With $d_k = 4$ the root is 2, so leaving it out is the same as doubling all queries: "
    "each looks the same way, only more sharply.",
    "Halve the three $W^Q$, and all is as before.",
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
    halved = unflatten({n: t / 2 if n in queries else t for n, t in flat.items()})
    (found,) = crossed_out(halved, ["√d_k"])
    assert found["loss"] == pytest.approx(with_root["loss"], abs=1e-12)


@says("It is not $\\sqrt{256}$!")
def test_the_largest_typical_slope(draws):
    for seed in (0, 1):
        rng = np.random.default_rng(seed)
        two = [rng.normal(size=(2000, n, 256)) for n in (1, 6)]
        typical = {by: np.median(slope_lengths(*two, by)) for by in (1, 2, 4, 8, 16, 32)}
        assert max(typical, key=typical.get) == LARGEST.answer != math.sqrt(256)
        assert typical[16] < typical[4] / 2
