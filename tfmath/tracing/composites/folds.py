"""A function of two numbers along an axis: NumPy's ``f.reduce`` and ``f.accumulate``."""

import functools
import itertools

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from tfmath.errors import TraceError
from tfmath.tracing.calls import only
from tfmath.tracing.composites.shapes import along


def reduced(function):
    """An axis brought to one: the first two joined, what comes out with the third …

    So NumPy goes as well, number after number. Sums and the like have rows of their own.
    """
    name = f"{function.__name__}.reduce"

    def found(array, axis=0, dtype=None, out=None, keepdims=False, **others):
        only(name, {"dtype": dtype, "out": out} | others)
        axis, parts = _along_its_axis(name, array, axis)
        if not parts:
            raise ValueError(f"np.{name}: {array.shape} has no numbers along axis={axis}.")
        result = functools.reduce(function, parts)
        return np.expand_dims(result, axis) if keepdims else result

    return found


def accumulated(function):
    """The same, each result on the way kept."""
    name = f"{function.__name__}.accumulate"

    def found(array, axis=0, dtype=None, out=None):
        only(name, {"dtype": dtype, "out": out})
        axis, parts = _along_its_axis(name, array, axis)
        kept = list(itertools.accumulate(parts, function))
        return np.stack(kept, axis) if kept else array

    return found


def _along_its_axis(name, array, axis):
    """An axis, counted from the front, and what lies along it, part after part."""
    axis = 0 if axis is None and array.ndim == 1 else axis
    if axis is None or isinstance(axis, tuple):
        raise TraceError(
            f"np.{name}: axis={axis} is not traced; give one axis, or join several by "
            "x.reshape(-1) before it."
        )
    axis = normalize_axis_index(axis, array.ndim)
    return axis, [along(array, axis, i) for i in range(array.shape[axis])]


FOLDS = {
    "logaddexp.reduce": reduced(np.logaddexp),
    "logaddexp2.reduce": reduced(np.logaddexp2),
    "maximum.accumulate": accumulated(np.maximum),
    "minimum.accumulate": accumulated(np.minimum),
    "logaddexp.accumulate": accumulated(np.logaddexp),
}
