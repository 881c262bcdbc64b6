"""Queries that sleep: their slopes by trying, and what was measured of learning."""

import numpy as np
import pytest

from tfmath.errors import ShapeError
from tfmath.study.measured import measured
from tfmath.study.sleeping import (
    _start,
    _tried,
    at_best_rate,
    draw_lookups,
    roots,
    slope_lengths,
    steps_to_learn,
)


def by_trying(query, key, divisor, nudge=1e-6):
    """The slope of the largest weight by each number of one query, from two sides."""

    def largest(query):
        grown = np.exp(key @ query / divisor)
        return grown.max() / grown.sum()

    away = nudge * np.eye(len(query))
    return [(largest(query + a) - largest(query - a)) / (2 * nudge) for a in away]


@pytest.mark.parametrize("divisor", [1, 3.5])
def test_slopes_are_those_found_by_trying(divisor):
    rng = np.random.default_rng(7)
    query, key = rng.normal(size=(5, 1, 3)), rng.normal(size=(5, 4, 3))
    found = slope_lengths(query, key, divisor)
    pairs = zip(query[:, 0], key, strict=True)
    tried = [np.linalg.norm(by_trying(q, k, divisor)) for q, k in pairs]
    np.testing.assert_allclose(found, tried, atol=1e-8)


def test_a_lookup_asks_for_one_of_its_rows():
    lookups = draw_lookups(np.random.default_rng(0), 400)
    assert set(np.unique(lookups.values)) == {-1, 1}
    assert np.bincount(lookups.asked).min() > 30 and lookups.asked.max() == 5


def test_rows_are_measured_again():
    rates, columns = {"sgd": [3], "adam": [0.03]}, measured("roots")
    rows = roots([64], rates, [1])
    stored = [
        dict(zip(columns, r, strict=True)) for r in zip(*columns.values(), strict=True)
    ]
    assert len(rows) == 8 and all(row in stored for row in rows)


def test_the_best_rate_is_that_of_the_fewest_steps():
    rows = [("sgd", 4, "nothing", rate, seed, n) for rate, seed, n in
            [(1, 0, 30), (1, 1, 50), (3, 0, 20), (3, 1, 70)]]  # fmt: skip
    rows += [("adam", 4, "nothing", 1, 0, 5), ("sgd", 2, "nothing", 9, 0, 8)]
    names = "optimizer", "d_k", "divided by", "rate", "seed", "steps"
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    assert at_best_rate(columns) == {"nothing": [(8, 9), (40, 1)]}
    assert at_best_rate(columns, "adam") == {"nothing": [(5, 1)]}


def test_a_small_start_has_the_scores_of_a_divided_one():
    lookups = draw_lookups(np.random.default_rng(2))
    divided, small = (_start(np.random.default_rng(1), 64, s) for s in (1, 1 / 8))
    found = [_tried(t, lookups, by) for t, by in ((divided, 8.0), (small, 1.0))]
    assert found[0][0].value == pytest.approx(found[1][0].value, abs=1e-12)
    assert found[0][1] == found[1][1]
    slow = steps_to_learn(64, 1, 0.03, seed=0, start=1 / 8, most=40)
    assert slow < 40 == steps_to_learn(64, 1, 0.03, seed=0, most=40)


def test_what_is_not_learned_takes_all_steps():
    assert steps_to_learn(4, 1e9, 0.1, seed=0, most=3) == 3


@pytest.mark.parametrize(
    "call, error, says",
    [
        (lambda: slope_lengths(np.ones((2, 3)), np.ones((2, 4, 3))), ShapeError, "3 axes"),
        (
            lambda: slope_lengths(np.ones((2, 2, 3)), np.ones((2, 4, 3))),
            ShapeError,
            r"query \(2, 2, 3\) and key \(2, 4, 3\) do not fit",
        ),
        (lambda: slope_lengths([[[1.0]]], [[[1.0]]], 0), ValueError, "divisor is 0"),
        (lambda: steps_to_learn(0, 1, 1, 0), ValueError, "d_k is 0"),
        (lambda: steps_to_learn(4, 1, 1, 0, "newton"), ValueError, "'sgd' or 'adam'"),
        (lambda: steps_to_learn(4, 1, 0, 0), ValueError, "rate is 0"),
    ],
)
def test_what_does_not_fit_is_told(call, error, says):
    with pytest.raises(error, match=says):
        call()
