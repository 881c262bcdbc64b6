"""Turning, joining and cutting arrays, said with operations that have a rule."""

import itertools

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from tfmath.errors import TraceError
from tfmath.tracing import labels as words
from tfmath.tracing.calls import only, rows_first

# Axes -------------------------------------------------------------------------------------


def swapaxes(a, axis1, axis2):
    axes = list(range(a.ndim))
    first, second = (normalize_axis_index(axis, a.ndim) for axis in (axis1, axis2))
    axes[first], axes[second] = second, first
    return np.transpose(a, tuple(axes))


def moveaxis(a, source, destination):
    return np.transpose(a, words.moved_axes(a.ndim, source, destination))


def rollaxis(a, axis, start=0):
    axis = normalize_axis_index(axis, a.ndim)
    start = start + a.ndim if start < 0 else start
    if not 0 <= start <= a.ndim:
        raise np.exceptions.AxisError(f"np.rollaxis: start lies outside of {a.shape}.")
    return moveaxis(a, axis, start - (axis < start))


def expand_dims(a, axis):
    several = axis if isinstance(axis, tuple | list) else (axis,)
    places = normalize_axis_tuple(several, a.ndim + len(several))
    old = iter(a.shape)
    shape = (1 if i in places else next(old) for i in range(a.ndim + len(several)))
    return np.reshape(a, tuple(shape))


def squeeze(a, axis=None):
    ones = {i for i, n in enumerate(a.shape) if n == 1}
    axes = ones if axis is None else set(normalize_axis_tuple(axis, a.ndim))
    if not axes <= ones:
        raise ValueError(f"np.squeeze: an axis of {a.shape} given is not of size 1.")
    return np.reshape(a, tuple(n for i, n in enumerate(a.shape) if i not in axes))


def ravel(a, order="C"):
    rows_first("ravel", order)
    return np.reshape(a, (-1,))


def at_least(ndim):
    """np.atleast_1d, 2d, 3d: new axes in front; the third one comes last."""

    def put(a):
        last = (1,) * (ndim == 3 and np.ndim(a) < 3)
        front = (1,) * (ndim - np.ndim(a) - len(last))
        return np.reshape(a, front + np.shape(a) + last)

    def several(*arrays):
        found = tuple(put(a) for a in arrays)
        return found[0] if len(found) == 1 else found

    return several


at_least_1d, at_least_2d, at_least_3d = at_least(1), at_least(2), at_least(3)


def along(array, axis, part):
    """One part of an index, for one axis."""
    return array[(slice(None),) * axis + (part,)]


def flat_or_axis(array, axis):
    """What NumPy means by no axis: all numbers in a row."""
    if axis is None:
        return np.reshape(array, (-1,)), 0
    if isinstance(axis, tuple | list):
        raise TraceError(
            f"several axes, axis={axis}, are not traced; join them by reshape."
        )
    return array, normalize_axis_index(axis, array.ndim)


# Joining and cutting ----------------------------------------------------------------------


def stack(arrays, axis=0, **others):
    only("stack", others)
    return np.concatenate([np.expand_dims(a, axis) for a in arrays], axis=axis)


def vstack(tup, *, dtype=None, casting="same_kind"):
    only("vstack", {"dtype": dtype})
    return np.concatenate([at_least_2d(a) for a in tup], axis=0)


def hstack(tup, *, dtype=None, casting="same_kind"):
    only("hstack", {"dtype": dtype})
    arrays = [at_least_1d(a) for a in tup]
    return np.concatenate(arrays, axis=0 if np.ndim(arrays[0]) == 1 else 1)


def dstack(tup):
    return np.concatenate([at_least_3d(a) for a in tup], axis=2)


def column_stack(tup):
    columns = [np.reshape(a, (-1, 1)) if np.ndim(a) < 2 else a for a in tup]
    return np.concatenate(columns, axis=1)


def append(arr, values, axis=None):
    if axis is None:
        return np.concatenate([np.ravel(arr), np.ravel(values)])
    return np.concatenate([arr, values], axis=axis)


def block(arrays):
    """Lists side by side along the last axis, lists of lists along the last but one."""
    nested = isinstance(arrays, list) and isinstance(arrays[0], list)
    rows = arrays if nested else [arrays]
    rows = [row if isinstance(row, list) else [row] for row in rows]
    if any(isinstance(part, list) for row in rows for part in row):
        raise TraceError("np.block: more than two levels; write np.concatenate.")
    ndim = max(1 + nested, *(np.ndim(part) for row in rows for part in row))
    wide = [np.concatenate([_front(p, ndim) for p in row], axis=-1) for row in rows]
    return np.concatenate(wide, axis=-2) if ndim > 1 else wide[0]


def _front(array, ndim):
    """New axes in front, so that there are `ndim`."""
    return np.reshape(array, (1,) * (ndim - np.ndim(array)) + np.shape(array))


def split(ary, indices_or_sections, axis=0):
    size = ary.shape[normalize_axis_index(axis, ary.ndim)]
    if np.ndim(indices_or_sections) == 0 and size % indices_or_sections:
        raise ValueError(
            f"np.split: axis of size {size} does not divide by {indices_or_sections}."
        )
    return array_split(ary, indices_or_sections, axis)


def array_split(ary, indices_or_sections, axis=0):
    axis, sections = normalize_axis_index(axis, ary.ndim), indices_or_sections
    size = ary.shape[axis]
    if np.ndim(sections) == 0:
        each, longer = divmod(size, sections)
        sections = [i * each + min(i, longer) for i in range(1, sections)]
    edges = [0, *sections, size]
    return [along(ary, axis, slice(*edge)) for edge in itertools.pairwise(edges)]


def hsplit(ary, indices_or_sections):
    return split(ary, indices_or_sections, axis=1 if ary.ndim > 1 else 0)


def vsplit(ary, indices_or_sections):
    if ary.ndim < 2:
        raise ValueError(f"np.vsplit: two axes are needed, not {ary.shape}.")
    return split(ary, indices_or_sections, axis=0)


def unstack(x, /, *, axis=0):
    return tuple(moveaxis(x, axis, 0))


SHAPES = {
    "swapaxes": swapaxes,
    "matrix_transpose": lambda x, /: swapaxes(x, -1, -2),
    "moveaxis": moveaxis,
    "rollaxis": rollaxis,
    "expand_dims": expand_dims,
    "squeeze": squeeze,
    "ravel": ravel,
    "atleast_1d": at_least_1d,
    "atleast_2d": at_least_2d,
    "atleast_3d": at_least_3d,
    "stack": stack,
    "vstack": vstack,
    "hstack": hstack,
    "dstack": dstack,
    "column_stack": column_stack,
    "append": append,
    "block": block,
    "split": split,
    "array_split": array_split,
    "hsplit": hsplit,
    "vsplit": vsplit,
    "dsplit": lambda ary, indices_or_sections: split(ary, indices_or_sections, axis=2),
    "unstack": unstack,
}
