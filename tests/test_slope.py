"""Slopes by trying agree with derivatives known on paper, and refuse what has none."""

import numpy as np
import pytest

from tfmath import gradients, trace
from tfmath.study.slope import slope


def test_derivatives_known_on_paper():
    x = np.array([[0.5, 1.0, 2.0], [3.0, -1.0, 0.25]])
    np.testing.assert_allclose(slope(lambda x: np.sum(x**3), x), 3 * x**2, rtol=1e-8)
    np.testing.assert_allclose(slope(lambda x: np.sum(np.sin(x)), x), np.cos(x), atol=1e-9)
    assert slope(np.exp, 1.0).item() == pytest.approx(np.e, rel=1e-9)
    assert slope(lambda x: (x * x).sum(), np.zeros((0, 3))).shape == (0, 3)


def test_two_sided_the_error_falls_with_the_square_of_the_nudge():
    errors = [abs(slope(np.exp, 1.0, h) - np.e).item() for h in (1e-2, 1e-3)]
    assert errors[0] / errors[1] == pytest.approx(100, rel=1e-3)


def test_whole_numbers_and_traced_functions_are_welcome():
    assert slope(lambda x: x * x, 3).item() == pytest.approx(6)
    x = np.array([1.0, 2.0])
    by_slope = slope(lambda v: (trace(v, "x") ** 2).sum(), x)
    traced = trace(x, "x")
    np.testing.assert_allclose(by_slope, gradients((traced**2).sum(), of=traced), rtol=1e-9)


def test_the_argument_is_left_alone():
    x = np.ones(3)
    slope(np.sum, x)
    np.testing.assert_array_equal(x, np.ones(3))


@pytest.mark.parametrize("nudge", [0, -1e-5, float("nan")])
def test_a_nudge_must_move(nudge):
    with pytest.raises(ValueError, match=f"nudge is {nudge}; it must be a number above 0"):
        slope(np.exp, 1.0, nudge)


def test_a_function_to_several_numbers_is_refused():
    with pytest.raises(ValueError, match=r"one number, it gave an array \(3,\)"):
        slope(lambda x: x, np.ones(3))
