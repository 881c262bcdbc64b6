"""``f.reduce`` and ``f.accumulate``: number after number, as NumPy goes, or refused."""

import functools
import itertools

import numpy as np
import pytest

from tfmath.errors import TraceError
from tfmath.study.slope import slope
from tfmath.tracing import gradients, trace
from tfmath.tracing.composites.folds import FOLDS

SUMS = ("add.reduce", "multiply.reduce", "maximum.reduce", "minimum.reduce")
ANSWERS = ("logical_and.reduce", "logical_or.reduce")
NAMES = (*FOLDS, *SUMS, *ANSWERS, "add.accumulate", "multiply.accumulate")
CUBE = np.random.default_rng(0).uniform(0.5, 2.0, (2, 3, 4))


def method_of(name):
    function, method = name.split(".")
    return getattr(getattr(np, function), method)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("name", NAMES)
def test_along_every_axis_the_numbers_are_numpys_own(name, axis, dtype):
    array = CUBE.astype(dtype)
    found = method_of(name)(trace(array, "x"), axis=axis)
    np.testing.assert_array_equal(
        found.value, method_of(name)(array, axis=axis), strict=True
    )


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ANSWERS])
def test_its_slopes_are_those_by_trying(name):
    share = np.random.default_rng(1).normal(size=method_of(name)(CUBE, axis=1).shape)

    def loss(x):
        return (method_of(name)(x, axis=1) * share).sum()

    found = gradients(loss(trace(CUBE, "x")))["x"]
    np.testing.assert_allclose(found, slope(loss, CUBE), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", [name for name in NAMES if "reduce" in name])
def test_the_axis_may_stay(name):
    found = method_of(name)(trace(CUBE, "x"), axis=1, keepdims=True)
    expected = method_of(name)(CUBE, axis=1, keepdims=True)
    np.testing.assert_array_equal(found.value, expected, strict=True)


def test_by_hand():
    x = trace([1.0, 3.0, 2.0, 5.0, 4.0], "x")
    highest = np.maximum.accumulate(x)
    assert highest.value.tolist() == [1, 3, 3, 5, 5]
    assert gradients(highest.sum(), of=x).tolist() == [1, 2, 0, 2, 0]


def test_one_number_is_itself_and_none_is_refused():
    x = trace([-3.0], "x")
    for name in NAMES:
        expected = method_of(name)(np.array([-3.0]))
        np.testing.assert_array_equal(method_of(name)(x).value, expected, strict=True)
    none = np.zeros((0, 3))
    assert np.maximum.accumulate(trace(none, "x")).shape == (0, 3)
    with pytest.raises(ValueError, match=r"logaddexp\.reduce: \(0, 3\) has no .* axis=0"):
        np.logaddexp.reduce(trace(none, "x"))


REFUSED = {
    "all axes": (lambda x: np.logaddexp.reduce(x, axis=None), r"axis=None .*reshape\(-1\)"),
    "two axes": (lambda x: np.logaddexp2.reduce(x, axis=(0, 1)), r"\(0, 1\) .*reshape"),
    "initial": (lambda x: np.logaddexp.reduce(x, initial=0.0), "reduce: initial="),
    "where": (lambda x: np.logaddexp.reduce(x, where=CUBE > 1), "reduce: where="),
    "dtype": (lambda x: np.maximum.accumulate(x, dtype=np.float32), "accumulate: dtype="),
    "subtract": (lambda x: np.subtract.reduce(x), r"functools\.reduce\(f, x\)"),
    "divide": (lambda x: np.divide.accumulate(x), r"itertools\.accumulate\(x, f\)"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_says_what_to_write(name):
    action, words = REFUSED[name]
    with pytest.raises(TraceError, match=words):
        action(trace(CUBE, "x"))


def test_what_a_refusal_says_gives_the_same_numbers():
    x = trace(CUBE, "x")
    for function in (np.subtract, np.divide, np.fmax, np.power):
        found = functools.reduce(function, x)
        np.testing.assert_array_equal(found.value, function.reduce(CUBE), strict=True)
        found = np.stack(list(itertools.accumulate(x, function)))
        np.testing.assert_array_equal(found.value, function.accumulate(CUBE), strict=True)
    found = np.logaddexp.reduce(x.reshape(-1))
    np.testing.assert_array_equal(found.value, np.logaddexp.reduce(CUBE, axis=None))
