"""Rows between others: the shares are given, or a direction shows that there are none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfmath.errors import ShapeError
from tfmath.study.between import average_of

SEEDS = st.integers(0, 10**6)


@given(SEEDS, st.integers(1, 6), st.integers(1, 12))
def test_an_average_is_found_with_shares_that_make_it(seed, d, n):
    rng = np.random.default_rng(seed)
    others = rng.normal(size=(n, d))
    row = rng.dirichlet(np.ones(n)) @ others
    shares = average_of(row, others)
    assert (shares >= 0).all() and np.count_nonzero(shares) <= d + 1
    np.testing.assert_allclose(shares.sum(), 1, rtol=0, atol=1e-9)
    np.testing.assert_allclose(shares @ others, row, rtol=0, atol=1e-8)


@given(SEEDS, st.integers(1, 6), st.integers(1, 12))
def test_a_row_beyond_all_others_in_one_direction_is_none(seed, d, n):
    rng = np.random.default_rng(seed)
    others, way = rng.normal(size=(n, d)), rng.normal(size=d)
    beyond = rng.normal(size=d)
    beyond += way * ((others @ way).max() - beyond @ way + 0.01) / (way @ way)
    assert average_of(beyond, others) is None


@pytest.mark.parametrize("size", [1e-12, 1e-7, 1e-3, 1e6, 1e12])
def test_it_does_not_matter_how_large_the_rows_are(size):
    others = size * np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]])
    found = average_of(size * np.array([1.0, 2.0]), others)
    np.testing.assert_allclose(found, [0.25, 0.25, 0.5], rtol=0, atol=1e-9)
    assert average_of(size * np.array([2.01, 2.0]), others) is None
    less = np.float32(size) * np.array([3, 2], np.float32)
    assert average_of(less, others.astype(np.float32)) is None


def test_no_others_make_no_row():
    assert average_of([1.0, 2.0], np.zeros((0, 2))) is None


def test_a_mean_of_two_and_a_row_among_the_others():
    others = np.array([[0.0, 0.0], [2.0, 2.0], [5.0, 0.0]])
    np.testing.assert_allclose(average_of([1, 1], others), [0.5, 0.5, 0], atol=1e-9)
    np.testing.assert_allclose(average_of(others[2], others), [0, 0, 1], atol=1e-9)
    assert average_of([1.0, 1.1], others) is None


@pytest.mark.parametrize("row, others", [([1.0], [[1.0, 2.0]]), ([[1.0]], [[1.0]])])
def test_what_does_not_fit_is_refused(row, others):
    with pytest.raises(ShapeError, match="average_of: row is"):
        average_of(row, others)
