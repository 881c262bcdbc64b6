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
    "The spread of $e^{q \\cdot k}$ is halved: it falls as $1/\\sqrt m$.",
    "Its bias is chance.",
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
    for row in found:
        assert abs(row["bias"]) < 3 * row["spread"] / math.sqrt(20000)
        assert row["answer_bias"] < -10 * row["answer_spread"] / math.sqrt(20000)
    assert f"{found[0]['answer_bias'] / answer:.2f}" == "-0.10"
    assert [found[i]["answer_bias"] for i in (0, -1)] == [-0.3967, -0.0135]


@says(
    "The mean of $e^{w \\cdot x}$ is $e^{|x|^2 / 2}$; take $x = q + k$, and $e^{q \\cdot "
    "k}$ is left.",
    "We draw them 20,000 times over, for the query (½, ½), the keys (½, ½), (0, −1), (−½, "
    "½) and the values 6, 0, 3.",
    "(Most draws of $e^{q \\cdot k}$ are too low, a few far too high.)",
)
def test_most_draws_are_too_low():
    assert [*QUERY, *KEY.ravel(), *VALUE] == [0.5, 0.5, 0.5, 0.5, 0, -1, -0.5, 0.5, 6, 0, 3]
    (grown, *_), _ = true_values()
    for m in rows("cheaper_features"):
        found, _ = estimates(m["features"], 20000)
        off, spread = found[:, 0] / grown - 1, m["spread"]
        assert 0.55 < (off < 0).mean() < 0.7 and off.max() > 5 * spread
        assert abs(np.median(off)) < spread and np.median(abs(off)) < 0.7 * spread
    x = np.array([0.5, -1.0])  # the mean of e^(w · x) as a sum over a grid, not by drawing
    w, step = np.linspace(-12, 12, 4001, retstep=True)
    normal = np.exp(-(w**2) / 2) / math.sqrt(2 * math.pi) * step
    mean = math.prod((np.exp(w * part) * normal).sum() for part in x)
    assert mean == pytest.approx(math.exp(x @ x / 2), rel=1e-9)


@says(
    "Here $|q + k|^2$ is 2.",
    "If it were 20, a spread of 1 would take 485 million features.",
    "**Random features suit short vectors, and short vectors do not look sharply.**",
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
        found.append((sharpest, expected_spread(64, key[0], key[0])))
        assert sharpest <= math.exp(2 * length**2) / 20
    assert found == sorted(found)
