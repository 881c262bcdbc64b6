"""What the chapter on cheaper attention says of random features, proved."""

import itertools
import math

import numpy as np
import pytest

from tests.claims.cheaper_measured import rows
from tests.claims.claim import says
from tfmath import softmax
from tfmath.study.feature_trials import (
    KEY,
    QUERY,
    VALUE,
    estimates,
    expected_spread,
    true_values,
)


@says(
    "The spread of $e^{q \\cdot k}$ is halved: it falls as $1/\\sqrt m$ (rare large draws "
    "blur column one).",
    "But the answer is one estimate *divided* by another, and a quotient of two numbers "
    "that are right on average need not be: with four features it is too low by 0.3967, "
    "a tenth.",
    "This bias falls faster than the spread.",
)
def test_bias_and_spread():
    (grown, *_), answer = true_values()
    assert (round(grown, 3), round(answer, 3)) == (1.649, 3.960)
    found = rows("cheaper_features")
    for row, more in itertools.pairwise(found):
        assert more["features"] == 4 * row["features"]
        assert 1.9 < row["spread"] / more["spread"] < 2.2
        assert row["answer_bias"] / more["answer_bias"] > 2.5
        assert row["answer_spread"] / more["answer_spread"] < 2
    blur = {m: [spread_of(m, seed) for seed in range(6)] for m in (4, 16)}
    assert np.std(blur[4]) > 2 * np.std(blur[16])  # as shares of the formula's
    for row in found:
        assert abs(row["bias"]) < 3 * row["spread"] / math.sqrt(20000)
        assert row["answer_bias"] < -10 * row["answer_spread"] / math.sqrt(20000)
    assert f"{found[0]['answer_bias'] / answer:.2f}" == "-0.10"
    assert [found[i]["answer_bias"] for i in (0, -1)] == [-0.3967, -0.0135]


def spread_of(n_features, seed):
    """Of 20,000 draws, as a share of what the formula says."""
    first = estimates(n_features, 20000, seed)[0][:, 0]
    return first.std() / first.mean() / expected_spread(n_features)


@says(
    "A direction $w$ comes as often as $e^{-|w|^2 / 2}$ says, and $w \\cdot x - |w|^2 / 2"
    " = |x|^2 / 2 - |w - x|^2 / 2$: the same bell, only moved to $x$, times $e^{|x|^2 / "
    "2}$.",
    "So the mean of $e^{w \\cdot x}$ is $e^{|x|^2 / 2}$; take $x = q+k$: of $|q+k|^2/2$ "
    "the features' $-|q|^2/2$ and $-|k|^2/2$ leave $q \\cdot k$.",
    "The mean square of $e^{w \\cdot x}$ is $e^{2|x|^2}$ (the mean for $2x$), the square "
    "of its mean $e^{|x|^2}$; the mean of $m$ draws keeps an $m$-th of the difference.",
    "We draw them 20,000 times over, for the query (½, ½), the keys (½, ½), (0, −1), (−½,"
    " ½), divided already, and the values 6, 0, 3.",
)
def test_why_the_features_are_right_on_average():
    assert [*QUERY, *KEY.ravel(), *VALUE] == [0.5, 0.5, 0.5, 0.5, 0, -1, -0.5, 0.5, 6, 0, 3]
    x, w = np.array([0.5, -1.0]), np.random.default_rng(0).normal(size=(50, 2))
    moved = x @ x / 2 - ((w - x) ** 2).sum(axis=1) / 2
    np.testing.assert_allclose(w @ x - (w**2).sum(axis=1) / 2, moved, atol=1e-12)
    grid, step = np.linspace(-12, 12, 4001, retstep=True)  # a mean by sums, not by drawing
    normal = np.exp(-(grid**2) / 2) / math.sqrt(2 * math.pi) * step
    for times, mean in ((1, math.exp(x @ x / 2)), (2, math.exp(2 * x @ x))):
        found = math.prod((np.exp(times * grid * part) * normal).sum() for part in x)
        assert found == pytest.approx(mean, rel=1e-9)
    rest = sum((QUERY + KEY[0]) ** 2) / 2 - sum(QUERY**2) / 2 - sum(KEY[0] ** 2) / 2
    assert rest == QUERY @ KEY[0]
    variance = [(e["features"] * e["spread"] ** 2) for e in rows("cheaper_features")[1:]]
    assert variance == pytest.approx([math.exp(2) - 1] * 3, rel=0.02)


@says(
    "Here $|q + k|^2$ is 2.",
    "If it were 20, a spread of 1 would take 485 million features.",
    "**Random features suit short vectors, and short vectors do not look sharply**: $e^{q "
    "\\cdot k}$ is at most $e^{|q||k|}$.",
)
def test_long_vectors_need_many_features():
    assert sum((QUERY + KEY[0]) ** 2) == 2 and 485e6 < math.exp(20) - 1 < 486e6
    for row in rows("cheaper_features"):
        assert row["spread"] == pytest.approx(expected_spread(row["features"]), rel=0.1)
    key = np.random.default_rng(3).normal(size=(20, 4))
    found = []
    for length in (0.25, 0.5, 1, 2, 4):
        key *= length / np.linalg.norm(key, axis=1, keepdims=True)
        sharpest = softmax(key @ key.T).max()
        assert (key @ key.T).max() <= length * length + 1e-12
        found.append((sharpest, expected_spread(64, key[0], key[0])))
        assert sharpest <= math.exp(2 * length**2) / 20
    assert found == sorted(found)
