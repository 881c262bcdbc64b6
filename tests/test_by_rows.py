"""A few rows at a time give the same numbers, to the last bit, as all rows at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfmath import layer_norm, softmax
from tfmath.parts import rows
from tfmath.parts.softmax import log_softmax
from tfmath.parts.standardize import standardize

FUNCTIONS = {
    "softmax": softmax,
    "log_softmax": log_softmax,
    "standardize": lambda x, mask: standardize(x),
    "layer_norm": lambda x, mask: layer_norm(x, x[0, -1], x[0, 0]),
}
sizes = st.tuples(st.integers(1, 3), st.integers(1, 7), st.integers(1, 9))


def at_once(count, function, *arguments):
    """Call with so many numbers at a time."""
    before, rows.AT_ONCE = rows.AT_ONCE, count
    try:
        return function(*arguments)
    finally:
        rows.AT_ONCE = before


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@given(shape=sizes, count=st.integers(0, 40), seed=st.integers(0, 99))
def test_parts_equal_the_whole(name, dtype, shape, count, seed):
    rng = np.random.default_rng(seed)
    x = (4 * rng.normal(size=shape)).astype(dtype)
    mask = [None, rng.random(shape) < 0.6, rng.random(shape[1:]) < 0.6][seed % 3]
    whole = at_once(10**6, FUNCTIONS[name], x, mask)
    parts = at_once(count, FUNCTIONS[name], x, mask)
    assert parts.dtype == whole.dtype == dtype and parts.shape == shape
    np.testing.assert_array_equal(parts, whole)


def test_a_view_of_one_row_is_not_written_into():
    x = np.broadcast_to(np.float32([1.0, 2.0, 4.0]), (5, 3))
    found = at_once(3, softmax, x)
    np.testing.assert_array_equal(found, [softmax(x[0])] * 5)
    assert x[0].tolist() == [1.0, 2.0, 4.0]


def test_a_bad_number_far_down_is_found():
    x = np.zeros((6, 4))
    x[5, 2] = np.nan
    with pytest.raises(ValueError, match="softmax: scores hold NaN"):
        at_once(4, softmax, x)


def test_control_a_function_that_looks_at_its_neighbours_differs():
    x = np.arange(12.0).reshape(6, 2)

    def across(rows, mask):
        return rows - rows.mean()

    assert not np.array_equal(
        at_once(4, rows.by_rows, across, x), at_once(99, rows.by_rows, across, x)
    )
