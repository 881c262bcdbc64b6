"""What does not fit is said with the names and shapes of a record, not in NumPy's words."""

import numpy as np
import pytest

from tfmath import named, trace
from tfmath.errors import ShapeError, TraceError
from tfmath.tracing import constant

RAGGED = [[1], [2, 3]]


@pytest.fixture
def x():
    return trace([[1.0, 2.0], [3.0, 4.0]], "x")


def test_two_shapes_that_do_not_fit(x):
    with pytest.raises(
        ShapeError, match=r"add of x \(2, 2\) and constant \(3,\): .* or 1\."
    ):
        x + np.ones(3)
    with pytest.raises(
        ShapeError, match=r"matmul of x .*first, 2, .*rows of the second, 3"
    ):
        x @ np.ones(3)
    with pytest.raises(ShapeError, match=r"reshape of x \(2, 2\): .*size 4"):
        x.reshape(3)


@pytest.mark.parametrize("index", [5, (0, -3), [5], (0, 0, 0), np.ones(3, bool)])
def test_a_place_that_is_not_there(x, index):
    with pytest.raises(IndexError, match=r"getitem of x \(2, 2\)"):
        x[index]


def test_rows_of_different_lengths(x):
    for call, name in (
        (lambda: trace(RAGGED, "rows"), "trace: rows"),
        (lambda: constant("rows", RAGGED, beside=x), "constant: rows"),
        (lambda: x * RAGGED, "an array beside a traced one"),
    ):
        with pytest.raises(ShapeError, match=f"{name} has rows of different lengths"):
            call()


def test_nothing_beside_an_array(x):
    for call in (lambda: x == None, lambda: x + None):  # noqa: E711
        with pytest.raises(TraceError, match="x is None"):
            call()


def test_names_are_text(x):
    for call, where in (
        (lambda: trace([1.0], 5), "trace"),
        (lambda: trace(x, 5), "trace"),
        (lambda: named(5, x), "named"),
        (lambda: constant(5, [1.0], x), "named"),
    ):
        with pytest.raises(TypeError, match=f"{where}: name is 5; it must be a str"):
            call()
    assert named(5, 3.5) == 3.5  # a plain number is not even looked at
