"""Picking, repeating and turning round numbers, said with operations that have a rule."""

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from tfmath.arguments import whole
from tfmath.errors import ShapeError, TraceError
from tfmath.tracing.calls import only
from tfmath.tracing.composites.shapes import along, flat_or_axis, swapaxes
from tfmath.tracing.rules.row import plain


def take(a, indices, axis=None, out=None, mode="raise"):
    only("take", {"out": out})
    a, axis = flat_or_axis(a, axis)
    if mode != "raise":  # NumPy brings places beyond the ends inside
        indices = np.take(np.arange(a.shape[axis]), plain(indices), mode=mode)
    return along(a, axis, indices)


def take_along_axis(arr, indices, axis=-1):
    arr, axis = flat_or_axis(arr, axis)
    if np.ndim(indices) != arr.ndim:
        raise ValueError(
            f"np.take_along_axis: the places {np.shape(indices)} need as many axes as the "
            f"array {arr.shape}."
        )
    grid = np.indices(arr.shape, sparse=True)
    return arr[tuple(indices if i == axis else grid[i] for i in range(arr.ndim))]


def repeat(a, repeats, axis=None):
    a, axis = flat_or_axis(a, axis)
    if np.ndim(repeats) and len(repeats) not in (1, a.shape[axis]):
        raise ShapeError(
            f"np.repeat: {len(repeats)} counts for {a.shape[axis]} places of axis {axis}."
        )
    return along(a, axis, np.repeat(np.arange(a.shape[axis]), repeats))


def tile(A, reps):
    reps = reps if np.ndim(reps) else (reps,)
    reps = [whole("np.tile", "reps", times) for times in reps]
    A = np.reshape(A, (1,) * (len(reps) - A.ndim) + A.shape)
    reps = (1,) * (A.ndim - len(reps)) + tuple(reps)
    for axis, times in enumerate(reps):
        A = np.concatenate([A] * times, axis) if times else along(A, axis, slice(0))
    return A


def flip(m, axis=None):
    axes = range(m.ndim) if axis is None else normalize_axis_tuple(axis, m.ndim)
    backwards = (slice(None, None, -1 if i in axes else None) for i in range(m.ndim))
    return m[tuple(backwards)]


def rot90(m, k=1, axes=(0, 1)):
    first, second = normalize_axis_tuple(axes, m.ndim)
    for _ in range(k % 4):
        m = flip(swapaxes(m, first, second), first)
    return m


def roll(a, shift, axis=None):
    if axis is None:
        return np.reshape(roll(np.reshape(a, (-1,)), shift, 0), a.shape)
    for by, along_axis in np.broadcast(shift, axis):
        axis = normalize_axis_index(along_axis, a.ndim)
        cut = -by % max(a.shape[axis], 1)
        a = np.concatenate(
            [along(a, axis, slice(cut, None)), along(a, axis, slice(cut))], axis
        )
    return a


def delete(arr, obj, axis=None):
    arr, axis = flat_or_axis(arr, axis)
    return along(arr, axis, np.delete(np.arange(arr.shape[axis]), obj))


def insert(arr, obj, values, axis=None):
    arr, axis = flat_or_axis(arr, axis)
    size, values = arr.shape[axis], _given(values, arr)
    where = np.arange(size)[obj] if isinstance(obj, slice) else np.asarray(obj)
    where = np.flatnonzero(where) if where.dtype == bool else where
    if where.size == 1:  # one place takes as many as there are
        values = np.moveaxis(values, 0, axis) if where.ndim == 0 else values
        where = np.repeat(where, values.shape[axis])
    count = where.size
    values = np.broadcast_to(values, (*arr.shape[:axis], count, *arr.shape[axis + 1 :]))
    places = np.insert(np.arange(size), where.astype(int), np.arange(size, size + count))
    return along(np.concatenate([arr, values], axis=axis), axis, places)


def _given(values, array):
    """Values beside an array: of its number type, and with as many axes."""
    values = values if hasattr(values, "op") else np.asarray(values, array.dtype)
    return np.reshape(values, (1,) * (array.ndim - np.ndim(values)) + np.shape(values))


def pad(array, pad_width, mode="constant", constant_values=0, **others):
    only("pad", others)
    if mode not in ("constant", "edge", "reflect", "symmetric", "wrap"):
        raise TraceError(
            f"np.pad: mode={mode!r} is not traced; join what you want with np.concatenate."
        )
    if isinstance(pad_width, dict):
        raise TraceError("np.pad: write the widths as pairs, ((before, after), ...).")
    widths = np.broadcast_to(pad_width, (array.ndim, 2)).tolist()
    if min(map(min, widths), default=0) < 0:
        raise ValueError(f"np.pad: a width of {pad_width} is negative.")
    fillings = np.broadcast_to(constant_values, (array.ndim, 2))
    for axis, (width, filling) in enumerate(zip(widths, fillings, strict=True)):
        if mode != "constant" and any(width):
            places = np.pad(np.arange(array.shape[axis]), width, mode)
            array = along(array, axis, places)
        elif any(width):
            array = _framed(array, axis, width, filling)
    return array


def _framed(array, axis, width, filling):
    sides = (
        np.full((*array.shape[:axis], n, *array.shape[axis + 1 :]), number, array.dtype)
        for n, number in zip(width, filling, strict=True)
    )
    before, after = sides
    return np.concatenate([before, array, after], axis=axis)


def diagonal(a, offset=0, axis1=0, axis2=1):
    a = np.moveaxis(a, (axis1, axis2), (-2, -1))
    i = np.arange(max(min(a.shape[-2] + min(offset, 0), a.shape[-1] - max(offset, 0)), 0))
    return a[..., i - min(offset, 0), i + max(offset, 0)]


def diag(v, k=0):
    if v.ndim == 2:
        return diagonal(v, k)
    if v.ndim != 1:
        raise ValueError(f"np.diag: one or two axes are needed, not {v.shape}.")
    size = v.shape[0] + abs(k)
    rows = v[(np.arange(size) + min(k, 0)).clip(0, v.shape[0] - 1)]
    return np.where(np.eye(size, k=k, dtype=bool), rows[:, None], 0)


def picked(function):
    """A NumPy function that only moves numbers: the places it gives, gathered."""

    def gather(array, *args, **kwargs):
        numbers = np.arange(array.size).reshape(array.shape)
        return np.reshape(array, (-1,))[function(numbers, *args, **kwargs)]

    return gather


def broadcast_arrays(*args, subok=False):
    shape = np.broadcast_shapes(*map(np.shape, args))
    return tuple(np.broadcast_to(a, shape) for a in args)


def meshgrid(*xi, copy=True, sparse=False, indexing="xy"):
    """Each row of numbers along an axis of its own, the first two swapped for "xy"."""
    if indexing not in ("xy", "ij"):
        raise ValueError(f"np.meshgrid: indexing is {indexing!r}; it must be 'xy' or 'ij'.")
    axes = list(range(len(xi)))
    if indexing == "xy" and len(xi) > 1:
        axes[:2] = 1, 0
    ones = [1] * len(xi)
    rows = [
        np.reshape(x, ones[:a] + [-1] + ones[a + 1 :])
        for x, a in zip(xi, axes, strict=True)
    ]
    return tuple(rows) if sparse else broadcast_arrays(*rows)


def _corner(m, k):
    """Which places of a table lie on or below its diagonal `k`; a row is repeated."""
    return np.tri(m.shape[-min(m.ndim, 2)], m.shape[-1], k, bool)


PICKS = {
    "take": take,
    "take_along_axis": take_along_axis,
    "repeat": repeat,
    "tile": tile,
    "flip": flip,
    "fliplr": lambda m: flip(m, 1),
    "flipud": lambda m: flip(m, 0),
    "rot90": rot90,
    "roll": roll,
    "delete": delete,
    "insert": insert,
    "pad": pad,
    "diagonal": diagonal,
    "linalg.diagonal": lambda x, /, *, offset=0: diagonal(x, offset, -2, -1),
    "diag": diag,
    "diagflat": lambda v, k=0: diag(np.reshape(v, (-1,)), k),
    "sliding_window_view": picked(np.lib.stride_tricks.sliding_window_view),
    "resize": picked(np.resize),
    "broadcast_arrays": broadcast_arrays,
    "meshgrid": meshgrid,
    "tril": lambda m, k=0: np.where(_corner(m, k), m, 0),
    "triu": lambda m, k=0: np.where(_corner(m, k - 1), 0, m),
    "copy": lambda a, order="K", subok=False: a.copy(),
    "astype": lambda x, dtype, /, *, copy=True, device=None: x.astype(dtype),
}
