"""What the chapter on dividing by √d_k says, proved."""

import math

import numpy as np
import pytest

from tests.claims.claim import output, says
from tests.claims.steps_by_width import (  # noqa: F401  (tests, run from here)
    test_how_far_one_step_moves_the_scores,
    test_how_the_fastest_rate_moves,
    test_scores_grow_in_training,
    test_what_was_measured,
)
from tests.claims.who_sleeps import (  # noqa: F401
    test_the_awake_move_the_sleepers,
    test_what_wakes_the_sleepers_shakes_the_rest,
    test_who_falls_asleep_and_where,
)
from tfmath import softmax, toy
from tfmath.model.parameters import flatten, unflatten
from tfmath.practice.why_divide_by_the_root import LARGEST
from tfmath.study.crossed_out import crossed_out, surprise
from tfmath.study.sleeping import slope_lengths

CHAPTER = "07_why_divide_by_the_root.ipynb"
DEFINITIONS = (
    "Let every number be +1 or −1.",
    "Training moves every number a little, in the direction that improves the answer.",
    "Here are all of them against all of them:",
    "Here are forty, a column each, in the order of their largest weight; the other five "
    "lie on top.",
    "Let $a$ be $e^s$ and $b$ all the others together, so $w = \\frac{a}{a + b}$.",
    "Let the sleepers alone teach, in every step.",
    "Now move the *query*, the way that moves its largest weight most.",
    "$W^Q$ makes a query of one of them, $W^K$ six keys of all.",
    "The mixture is to be the value of the row that asks; this row is *found* when it has "
    "the largest weight.",
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
    "Random numbers walk the same way, if each is drawn by itself, with average 0 and "
    "variance 1.",
    "1. A dot product of random numbers, each drawn by itself (average 0, variance 1), has "
    "variance $d_k$. Divided by $\\sqrt{d_k}$ it has variance 1, at every width.",
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
    alike = draws[64][0][..., :1] * draws[64][1][..., :1] * 64  # one draw in every place
    assert np.var(alike) > 30 * 64


@says(
    "Divide every product by a number $c$.",
    "Its square is divided by $c^2$, so the variance becomes $$\\frac{d_k}{c^2}$$",
    "By $d_k$ it falls, by the other roots it rises, by $\\sqrt{d_k}$ it stays: the root "
    "undoes the square.",
    "It is the width of queries and keys, for over them a dot product sums.",
    "The values do not enter a score at all.",
    "In a test with $d_k = d_{\\text{model}}$ nobody notices.)",
)
def test_which_width(draws):
    for c in (2, 3, 5**0.5):
        found = np.var(products(draws, 16) / c)
        assert found == pytest.approx(np.var(products(draws, 16)) / c**2)
        assert found == pytest.approx(16 / c**2, rel=0.05)
    by = {
        c: [np.var(products(draws, d)) / c(d) ** 2 for d in WIDTHS]
        for c in (float, math.sqrt)
    }
    assert by[float] == sorted(by[float], reverse=True) and max(by[math.sqrt]) < 1.1
    bare = [np.var(products(draws, d)) / 5 for d in WIDTHS]  # as by the root of 5
    assert bare == sorted(bare) and min(by[math.sqrt]) > 0.9
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
    "Undivided, nearly a third sleep at 64 wide and more than half at 256, where some are "
    "shaken: two keys score almost alike (first columns above), $w\\,(1 - w)$ is about a "
    "quarter, and $r$ about 23.",
    "Divided, all are much alike.",
    "With six keys the slope is then typically about a quarter.",
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
    apart = np.linalg.norm(draws[256][1][:, 0] - draws[256][1][:, 1], axis=-1)
    assert abs(np.median(apart) - 22.6) < 0.2 and round(math.sqrt(2 * 256)) == 23
    weights = softmax(two[near])[:, 1]
    assert np.median(weights * (1 - weights)) > 0.2


@says(
    "Undivided, nearly a third sleep at 64 wide and more than half at 256, where some are "
    "shaken: two keys score almost alike (first columns above), $w\\,(1 - w)$ is about a "
    "quarter, and $r$ about 23.",
    "2000 queries meet six keys each.",
)
def test_one_weight_swallows_the_others(draws):
    """In the drawing, and as its title has it; of 2000 queries, and of the forty drawn."""
    bare = {d: -np.sort(-softmax(products(draws, d)[:, 0])) for d in WIDTHS}
    root = {d: -np.sort(-softmax(products(draws, d)[:, 0] / math.sqrt(d))) for d in WIDTHS}
    for first in (40, 2000):
        middle = {d: np.median(bare[d][:first, 0]) for d in WIDTHS}
        told = "; ".join(f"not divided {d} wide {middle[d]:.2f}" for d in WIDTHS)
        assert first == 2000 or f"{told}; divided" in output(CHAPTER, "c30")
        assert list(middle.values()) == sorted(middle.values()) and middle[256] > 0.999
        alike = [np.median(root[d][:first, 0]) for d in WIDTHS[1:]]
        assert max(alike) < 1.2 * min(alike)
        assert all((root[d][:first, 0] > 0.9).mean() < 0.03 for d in WIDTHS[1:])
    forty = bare[256][:40]
    shaken = slope_lengths(*(rows[:40] for rows in draws[256]))
    first = np.argsort(forty[:, 0])[:3]
    assert forty[first, 0].max() < 0.6 and forty[first, 1].min() > 0.4
    assert shaken[first].min() > 3 and np.median(shaken) < 0.3


@says(
    "With two keys that way leads from one to the other.",
    "If they lie $r$ apart, a step $\\varepsilon$ changes the difference of their scores "
    "by $\\varepsilon r / c$, and on it alone $w$ depends (take the other score as 0, as "
    "above).",
    "So the slope is $$w\\,(1 - w) \\cdot \\frac{r}{c}$$",
    "Typically $r$ is about $\\sqrt{2\\, d_k}$: each of $d_k$ differences has variance 2.",
    "Divide by the root, $c = \\sqrt{d_k}$, and the width is gone.",
)
def test_how_the_query_moves_the_weight_of_two_keys(draws):
    for d in (4, 64, 256):
        query, keys = draws[d][0][:50], draws[d][1][:50, :2]
        for c in (1.0, math.sqrt(d)):
            weight = softmax(query @ keys.swapaxes(1, 2) / c)[:, 0, 0]
            apart = keys[:, 0] - keys[:, 1]
            r = np.linalg.norm(apart, axis=1)
            law = weight * (1 - weight) * r / c
            np.testing.assert_allclose(slope_lengths(query, keys, c), law, 1e-6, 1e-12)
            moved = query[:, 0] + 1e-6 * apart / r[:, np.newaxis]
            after = softmax((moved[:, np.newaxis] @ keys.swapaxes(1, 2)) / c)[:, 0, 0]
            np.testing.assert_allclose((after - weight) / 1e-6, law, rtol=1e-3, atol=1e-8)
            scores = (query @ keys.swapaxes(1, 2) / c)[:, 0]
            alone = np.stack([scores[:, 0] - scores[:, 1], np.zeros(50)], axis=1)
            np.testing.assert_allclose(softmax(alone)[:, 0], weight, rtol=1e-9)
        r = np.linalg.norm(draws[d][1][:, 0] - draws[d][1][:, 1], axis=1)
        assert np.mean(r**2) == pytest.approx(2 * d, rel=0.05)


# The trained model ----------------------------------------------------------------------


@says(
    "In our trained model $d_k = 4$, and the root is 2: leaving it out is the same as "
    "doubling all queries, and all three quotes still come out right.",
)
def test_the_trained_model_without_the_root():
    (without,) = crossed_out(toy.load(), ["√d_k"])
    assert all(without[text] == right for text, right in toy.PAIRS)
    assert len(toy.PAIRS) == 3
    flat = flatten(toy.load())
    queries = [name for name in flat if name.endswith("W_Q")]
    assert len(queries) == 3 and {flat[name].shape[-1] for name in queries} == {4}
    doubled = unflatten({n: t * 2 if n in queries else t for n, t in flat.items()})
    assert surprise(doubled) == pytest.approx(without["loss"], abs=1e-12)
    assert without["loss"] > surprise(toy.load()) + 0.01  # it is no empty exchange


@says("It is not $\\sqrt{256}$!")
def test_the_largest_typical_slope(draws):
    for seed in (0, 1):
        rng = np.random.default_rng(seed)
        two = [rng.normal(size=(2000, n, 256)) for n in (1, 6)]
        typical = {by: np.median(slope_lengths(*two, by)) for by in (1, 2, 4, 8, 16, 32)}
        assert max(typical, key=typical.get) == LARGEST.answer != math.sqrt(256)
        assert typical[16] < typical[4] / 2


@says(
    "From 16 wide on, the root promises about *the same* slope at every width, not the "
    "largest: half the root does so, too, with a slope typically about twice as large.",
)
def test_half_the_root_promises_the_same_too():
    rng, typical = np.random.default_rng(0), {1: [], 2: []}
    for d in (16, 64, 256, 1024):
        query, keys = rng.normal(size=(2000, 1, d)), rng.normal(size=(2000, 6, d))
        for part, found in typical.items():
            found.append(np.median(slope_lengths(query, keys, math.sqrt(d) / part)))
    whole, half = np.array(typical[1]), np.array(typical[2])
    assert max(whole) < 1.15 * min(whole) and max(half) < 1.15 * min(half)
    assert (1.85 < half / whole).all() and (half / whole < 2.15).all()
