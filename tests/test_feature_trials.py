"""Random features drawn again and again, against the formulas of bias and variance."""

import numpy as np
import pytest

from tfmath.attention.random_features import random_feature_attention
from tfmath.study.feature_trials import (
    KEY,
    QUERY,
    VALUE,
    estimates,
    expected_spread,
    feature_trials,
    true_values,
)
from tfmath.study.growth import steepness
from tfmath.study.measured import measured


def test_the_true_numbers_are_the_softmax():
    grown, answer = true_values()
    by_hand = [np.exp(sum(a * b for a, b in zip(QUERY, k, strict=True))) for k in KEY]
    np.testing.assert_allclose(grown, by_hand, rtol=1e-14)
    assert answer == pytest.approx(np.dot(by_hand, VALUE) / sum(by_hand), rel=1e-14)


def test_an_estimate_is_that_of_the_attention():
    """The same directions give the same answer; √d_k is undone beforehand."""
    directions = np.random.default_rng(5).normal(size=(1, 7, 2))[0]
    root = 2**0.25
    found = random_feature_attention(
        [QUERY * root], KEY * root, VALUE[:, None], directions=directions
    )
    _, (answer,) = estimates(7, 1, seed=5)
    assert answer == pytest.approx(found.item(), rel=1e-12)


def test_each_draw_has_directions_of_its_own():
    grown, answer = estimates(3, 40)
    assert grown.shape == (40, 3) and len(set(answer)) == 40
    assert (estimates(3, 40)[1] == answer).all() and (
        estimates(3, 40, 1)[1] != answer
    ).all()


@pytest.mark.parametrize("n_features", [1, 5])
def test_the_spread_is_the_one_of_the_formula(n_features):
    grown, _ = estimates(n_features, 40000)
    true, _ = true_values()
    for k, share in enumerate((grown / true).T):
        expected = expected_spread(n_features, key=KEY[k])
        assert share.mean() == pytest.approx(1, abs=5 * expected / 200)
        assert share.std() == pytest.approx(expected, rel=0.15)


def test_the_trials_measure_what_is_stored():
    (again,) = feature_trials(counts=[4])
    stored = {name: column[0] for name, column in measured("cheaper_features").items()}
    assert again == pytest.approx(stored, abs=2e-4)


def test_the_bias_falls_with_the_count_and_the_spread_with_its_root():
    columns = {name: np.array(x) for name, x in measured("cheaper_features").items()}
    m = columns["features"]
    assert steepness(m, columns["spread"]) == pytest.approx(-1 / 2, abs=0.03)
    assert -1.0 < steepness(m, -columns["answer_bias"]) < -0.75
    assert -1 / 2 < steepness(m, columns["answer_spread"]) < -0.35
    assert (abs(columns["bias"]) < 3 * columns["spread"] / np.sqrt(20000)).all()
