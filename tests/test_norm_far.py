"""Rows that are nearly constant, or whose squares are no numbers: the norm's edges."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfmath import layer_norm, standardize
from tfmath.parts.standardize import row_deviation, row_mean, standardize_backward
from tfmath.show import explain
from tfmath.tracing import gradients, steps, trace

ROOT = math.sqrt(1.5)
RISING = np.array([1.0, 2.0, 3.0])


def plain(x, epsilon):
    """The three lines of the formula, as anybody writes them."""
    wide = x.astype(np.float64)
    centred = wide - np.mean(wide, axis=-1, keepdims=True)
    variance = np.mean(centred * centred, axis=-1, keepdims=True)
    return (centred / np.sqrt(variance + epsilon)).astype(x.dtype)


@pytest.mark.parametrize("value", [0.1, 1.1, -1 / 3, 1e-200, 1e160, 1.7e308, 5e-324, 0.0])
@pytest.mark.parametrize("width", [1, 3, 6, 7, 512])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_constant_row_gives_exactly_zero(value, width, dtype):
    x = np.full((2, width), value if dtype == np.float64 else 0.1, dtype)
    for given_x in (x, trace(x, "x")):
        output = standardize(given_x, epsilon=0.0)
        np.testing.assert_array_equal(getattr(output, "value", output), np.zeros_like(x))
    np.testing.assert_allclose(row_mean(x), x[:, :1], rtol=1e-14)
    assert row_deviation(x, row_mean(x), epsilon=0.0).ravel().tolist() == [0, 0]


@pytest.mark.parametrize("power", [-1074, -1000, -600, -480, -3, 480, 600, 1022])
@pytest.mark.parametrize("turned", [False, True])
def test_a_row_of_any_size_is_stretched_to_deviation_one(power, turned):
    x = np.ldexp(-RISING[::-1] if turned else RISING, power)
    for given_x in (x, trace(x, "x")):
        output = standardize(given_x, epsilon=0.0)
        found = getattr(output, "value", output)
        np.testing.assert_allclose(found, [-ROOT, 0, ROOT], rtol=1e-15, atol=1e-15)
    found = steps(standardize(trace(x, "x"), epsilon=0.0))
    assert found["mean"].value.item() == pytest.approx(x[1], rel=1e-15)
    deviation = np.ldexp(math.sqrt(2 / 3), power)
    assert found["deviation"].value.item() == pytest.approx(deviation, rel=1e-15)


def test_numbers_whose_sum_or_difference_is_none():
    largest = np.finfo(float).max
    for x in ([-largest, largest], [-largest, largest, largest, largest], [largest, 1e308]):
        output = standardize(np.array(x), epsilon=0.0)
        assert abs(output.mean()) < 1e-15 and abs(output.var() - 1) < 1e-15
    x = np.array([[1e308, 1.5e308]])
    assert layer_norm(x, [2.0, 2.0], [0.5, 0.5]).tolist() == [[-1.5, 2.5]]


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_row_that_differs_in_its_last_bit_alone(at):
    """Every difference is exact, so the result is that of 0, 0, 1."""
    x, differs = np.full(3, 0.1), np.zeros(3)
    x[at], differs[at] = np.nextafter(0.1, 1), 1.0
    found, expected = standardize(x, epsilon=0.0), standardize(differs, epsilon=0.0)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-15)


@pytest.mark.parametrize("epsilon", [0.0, 1e-5, 1e-320])
def test_a_far_row_changes_no_bit_of_its_neighbours(epsilon):
    x = np.random.default_rng(0).normal(size=(4, 7))
    rows = np.vstack([x, np.full((1, 7), 0.1), np.full((1, 7), 1e-200), x[:1] * 1e200])
    found = standardize(rows, epsilon=epsilon)
    np.testing.assert_array_equal(found[:4], plain(x, epsilon))
    for row, alone in zip(rows, found, strict=True):
        np.testing.assert_array_equal(standardize(row, epsilon=epsilon), alone)


@given(st.integers(0, 10**6), st.integers(-300, 300), st.floats(-1e6, 1e6))
def test_an_ordinary_row_is_the_formula_to_the_last_bit(seed, power, shift):
    rows = np.random.default_rng(seed).normal(size=(3, 5))
    for x in (np.ldexp(rows, power), rows + shift, rows.astype(np.float32)):
        for epsilon in (0.0, 1e-5):
            found = standardize(x, epsilon=epsilon)
            np.testing.assert_array_equal(found, plain(x, epsilon), strict=True)


def test_epsilon_counts_beside_the_smallest_rows():
    """Deviation and root of epsilon of one size: 1e-200 · √(2/3 + 2/3)."""
    x = np.array([[1e-160, 2e-160, 3e-160]])
    epsilon = 2 / 3 * 1e-320
    expected = np.array([[-1.0, 0.0, 1.0]]) / math.sqrt(2 / 3 + epsilon / 1e-320)
    found = standardize(x, epsilon=epsilon)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-15)
    assert standardize(np.array([1e-200, 2e-200])).tolist() == pytest.approx(
        [-0.5e-200 / math.sqrt(1e-5), 0.5e-200 / math.sqrt(1e-5)], rel=1e-14
    )


@pytest.mark.parametrize("size", [1e-200, 1e160])
def test_slopes_of_far_rows(size):
    """Stretching the row k times divides its slopes by k."""
    weights, x = np.array([1.0, -2.0, 4.0]), np.array([1.0, 2.0, 4.0])
    usual = gradients((standardize(trace(x, "x"), epsilon=0.0) * weights).sum())["x"]
    row = trace(x * size, "x")
    output = standardize(row, epsilon=0.0)
    found = gradients((output * weights).sum(), of=row)
    np.testing.assert_allclose(found * size, usual, rtol=1e-14)
    by_hand = standardize_backward(weights, output.value, x * size, epsilon=0.0)
    np.testing.assert_array_equal(by_hand, found)


def test_a_constant_row_is_explained_without_dividing_by_0():
    x = trace(np.array([[0.1, 0.1, 0.1], [1.0, 2.0, 6.0]]), "x")
    output = standardize(x, epsilon=0.0)
    assert "/ 0\n" not in str(explain(output, (0, 1)))
    assert "(2 - 3) / 2.160" in str(explain(output, (1, 1)))


def test_the_slope_of_a_constant_row_is_a_number():
    x, weights = np.full(3, 0.1), np.array([1.0, -2.0, 4.0])
    row = trace(x, "x")
    found = gradients((standardize(row, epsilon=0.0) * weights).sum(), of=row)
    by_hand = standardize_backward(weights, np.zeros(3), x, epsilon=0.0)
    np.testing.assert_array_equal(by_hand, found)
    np.testing.assert_allclose(found, [0.0, -3.0, 3.0], atol=1e-15)
