"""Rows of any size: constant, tiny, huge; by fractions and by PyTorch."""

import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tfmath.parts.standardize import standardize
from tfmath.tracing import gradients, trace

sizes = st.sampled_from([1.0, 1e-300, 1e-200, 1e-160, 1e150, 1e160, 1e300])


def by_fractions(row, epsilon):
    """Exact up to the root, which has hundreds of digits, and one rounding."""
    row = [Fraction(float(x)) for x in row]
    centred = [x - sum(row) / len(row) for x in row]
    square = sum(c * c for c in centred) / len(row) + Fraction(epsilon)
    digits = 10**700
    root = Fraction(math.isqrt(math.floor(square * digits * digits)), digits)
    return np.array([float(c / root) if root else 0.0 for c in centred])


@given(st.integers(0, 10**6), sizes, st.integers(1, 7), st.sampled_from([0.0, 1e-5]))
def test_rows_of_any_size(seed, size, width, epsilon):
    x = np.random.default_rng(seed).normal(size=(2, width)) * size
    found = [standardize(x, epsilon), standardize(trace(x, "x"), epsilon).value]
    expected = [by_fractions(row, epsilon) for row in x]
    for rows in found:
        np.testing.assert_allclose(rows, expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("number", [0.1, 1.1, 1e-300, 1e300, 5e-324, 0.0])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.filterwarnings("ignore:overflow encountered in cast")
def test_a_constant_row_is_zeros(number, dtype):
    x = np.full((1, 6), number).astype(dtype)
    if np.isfinite(x).all():
        assert (standardize(x, epsilon=0.0) == 0).all()
        assert np.abs(standardize(x)).max() < 1e-12


def test_a_huge_row_beside_an_ordinary_one_changes_nothing():
    x = np.random.default_rng(0).normal(size=(2, 5))
    both = np.stack([x[0], x[1] * 1e200])
    np.testing.assert_array_equal(standardize(both)[0], standardize(x)[0])
    np.testing.assert_array_equal(standardize(both)[1], standardize(x[1] * 1e200))


@pytest.mark.parametrize("size", [1.0, 1e-3, 1e6])
def test_slopes_are_pytorchs(size):
    x = np.random.default_rng(1).normal(size=(3, 5)) * size
    grad = np.random.default_rng(2).normal(size=(3, 5))
    theirs = torch.tensor(x, requires_grad=True)
    torch.nn.functional.layer_norm(theirs, (5,), eps=1e-5).backward(torch.tensor(grad))
    ours = gradients((standardize(trace(x, "x")) * grad).sum())["x"]
    np.testing.assert_allclose(ours, theirs.grad.numpy(), rtol=1e-10, atol=1e-12 / size)
