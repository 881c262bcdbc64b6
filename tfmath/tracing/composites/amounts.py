"""Sums, spreads, norms and order, said with operations that have a rule."""

import math

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from tfmath.errors import ShapeError, TraceError
from tfmath.tracing.calls import only
from tfmath.tracing.composites.picks import take_along_axis
from tfmath.tracing.composites.shapes import along, flat_or_axis
from tfmath.tracing.rules.row import plain


def var(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, **others):
    only("var", {"dtype": dtype, "out": out} | others)
    centred = a - np.mean(a, axis=axis, keepdims=True)
    squares = np.sum(centred * centred, axis=axis, keepdims=bool(keepdims))
    count = a.size // max(squares.size, 1)
    if ddof and ddof >= count:
        raise ShapeError(
            f"np.var: ddof={ddof} of {count} numbers leaves none to divide by; ddof must "
            "be less than how many there are."
        )
    return squares / (count - ddof)


def std(a, *args, **kwargs):
    return np.sqrt(var(a, *args, **kwargs))


def average(a, axis=None, weights=None, returned=False, *, keepdims=False):
    if weights is None:
        mean = np.mean(a, axis=axis, keepdims=bool(keepdims))
        return (mean, np.full(mean.shape, a.size / mean.size)) if returned else mean
    axis = None if axis is None else normalize_axis_tuple(axis, np.ndim(a))
    if np.ndim(weights) == 1 < np.ndim(a):
        weights = _along_one(weights, axis, np.ndim(a))
    whole = np.sum(
        np.broadcast_to(weights, np.shape(a)), axis=axis, keepdims=bool(keepdims)
    )
    if np.any(np.equal(plain(whole), 0)):
        raise ZeroDivisionError("np.average: the weights add up to 0.")
    mean = np.sum(np.multiply(a, weights), axis=axis, keepdims=bool(keepdims)) / whole
    return (mean, whole) if returned else mean


def _along_one(weights, axis, ndim):
    """A weight for each number along one axis."""
    if axis is None or len(axis) != 1:
        raise ValueError("np.average: a row of weights needs to know its axis; give axis=.")
    return np.reshape(weights, (-1,) + (1,) * (ndim - axis[0] - 1))


def ptp(a, axis=None, out=None, keepdims=False):
    only("ptp", {"out": out})
    highest = np.max(a, axis=axis, keepdims=bool(keepdims))
    return highest - np.min(a, axis=axis, keepdims=bool(keepdims))


def diff(a, n=1, axis=-1, prepend=np._NoValue, append=np._NoValue):
    only("diff", {"prepend": prepend, "append": append})
    axis = normalize_axis_index(axis, a.ndim)
    for _ in range(n):
        a = along(a, axis, slice(1, None)) - along(a, axis, slice(-1))
    return a


def trapezoid(y, x=None, dx=1.0, axis=-1):
    axis = normalize_axis_index(axis, np.ndim(y))
    width = dx if x is None else np.diff(x, axis=-1 if np.ndim(x) == 1 else axis)
    if np.ndim(width) == 1:
        width = np.reshape(width, (-1,) + (1,) * (np.ndim(y) - axis - 1))
    pairs = along(y, axis, slice(1, None)) + along(y, axis, slice(-1))
    return np.sum(width * pairs / 2.0, axis=axis)


def nansum(a, axis=None, dtype=None, out=None, keepdims=False, **others):
    only("nansum", {"dtype": dtype, "out": out} | others)
    return np.sum(np.where(np.isnan(a), 0, a), axis=axis, keepdims=bool(keepdims))


def nanmean(a, axis=None, dtype=None, out=None, keepdims=False, **others):
    only("nanmean", {"dtype": dtype, "out": out} | others)
    there = np.logical_not(np.isnan(plain(a)))
    count = np.sum(there, axis=axis, keepdims=bool(keepdims))
    return nansum(a, axis=axis, keepdims=keepdims) / np.asarray(count, a.dtype)


# Order ------------------------------------------------------------------------------------


def sort(a, axis=-1, kind=None, order=None, *, stable=None):
    only("sort", {"order": order})
    a, axis = flat_or_axis(a, axis)
    return take_along_axis(a, np.argsort(a, axis=axis, kind="stable"), axis)


def median(a, axis=None, out=None, overwrite_input=False, keepdims=False):
    only("median", {"out": out})
    kept = (1,) * a.ndim if axis is None else None
    a, axis = flat_or_axis(a, axis)
    ordered, n = sort(a, axis), a.shape[axis]
    middle = along(ordered, axis, slice((n - 1) // 2, n // 2 + 1))
    found = np.mean(middle, axis=axis, keepdims=bool(keepdims))
    return np.reshape(found, kept) if keepdims and kept is not None else found


def quantile(a, q, axis=None, out=None, overwrite_input=False, method="linear", **others):
    only(
        "quantile", {"out": out, "method": None if method == "linear" else method} | others
    )
    if np.ndim(q):
        raise TraceError("np.quantile: several q at once; take one after the other.")
    a, axis = flat_or_axis(a, axis)
    ordered, place = sort(a, axis), float(q) * (a.shape[axis] - 1)
    below = math.floor(place)
    below = math.floor(place)
    last = a.shape[axis] - 1
    low, high = (along(ordered, axis, min(i, last)) for i in (below, below + 1))
    share = place - below
    step = high - low
    return high - step * (1 - share) if share >= 0.5 else low + step * share


def percentile(a, q, *args, **kwargs):
    return quantile(a, np.true_divide(q, 100), *args, **kwargs)


# Norms ------------------------------------------------------------------------------------


def norm(x, ord=None, axis=None, keepdims=False):
    if axis is None and (ord is None or x.ndim == 1 and ord == 2):
        flat = np.reshape(x, (-1,))
        found = np.sqrt(flat @ flat)
        return np.reshape(found, (1,) * x.ndim) if keepdims else found
    axes = normalize_axis_tuple(range(x.ndim) if axis is None else axis, x.ndim)
    if len(axes) > 2:
        raise ValueError(f"np.linalg.norm: one or two axes are needed, not {axes}.")
    if len(axes) == 2:
        return matrix_norm(x, ord, axes, keepdims)
    if isinstance(ord, str):
        raise ValueError(f"np.linalg.norm: ord={ord!r} is for matrices; this is one axis.")
    return vector_norm(x, ord, axes[0], keepdims)


def vector_norm(x, ord=2, axis=None, keepdims=False):
    kept = {"axis": axis, "keepdims": bool(keepdims)}
    if ord in (None, 2):
        return np.sqrt(np.sum(x * x, **kept))
    sizes = np.absolute(x)
    if ord in (np.inf, -np.inf):
        return np.max(sizes, **kept) if ord > 0 else np.min(sizes, **kept)
    if ord == 1:
        return np.sum(sizes, **kept)
    if ord == 0:
        return np.sum(np.not_equal(x, 0).astype(x.dtype), **kept)
    return np.sum(sizes**ord, **kept) ** (1 / ord)


def matrix_norm(x, ord="fro", axes=(-2, -1), keepdims=False):
    if ord in (None, "fro"):
        return np.sqrt(np.sum(x * x, axis=tuple(axes), keepdims=bool(keepdims)))
    if ord not in (1, -1, np.inf, -np.inf):
        raise TraceError(
            f"np.linalg.norm: ord={ord!r} of a matrix needs its singular values, and svd "
            "is not traced; use the Frobenius norm, np.linalg.norm(x)."
        )
    first, second = axes if abs(ord) == 1 else axes[::-1]
    sums = np.sum(np.absolute(x), axis=first, keepdims=True)
    found = (np.max if ord > 0 else np.min)(sums, axis=second, keepdims=True)
    return found if keepdims else np.squeeze(found, tuple(axes))


# Yes or no --------------------------------------------------------------------------------


def any_(a, axis=None, out=None, keepdims=False):
    only("any", {"out": out})
    if axis is None and not keepdims:
        return bool(np.any(plain(a)))  # one answer, to branch on
    return np.max(np.not_equal(a, 0), axis=axis, keepdims=bool(keepdims))


def all_(a, axis=None, out=None, keepdims=False):
    only("all", {"out": out})
    if axis is None and not keepdims:
        return bool(np.all(plain(a)))
    return np.min(np.not_equal(a, 0), axis=axis, keepdims=bool(keepdims))


AMOUNTS = {
    "var": var,
    "std": std,
    "average": average,
    "ptp": ptp,
    "diff": diff,
    "trapezoid": trapezoid,
    "nansum": nansum,
    "nanmean": nanmean,
    "sort": sort,
    "median": median,
    "quantile": quantile,
    "percentile": percentile,
    "norm": norm,
    "vector_norm": lambda x, /, *, axis=None, keepdims=False, ord=2: vector_norm(
        x, ord, axis, keepdims
    ),
    "matrix_norm": lambda x, /, *, keepdims=False, ord="fro": matrix_norm(
        x, ord, (-2, -1), keepdims
    ),
    "amax": lambda a, *args, **kwargs: np.max(a, *args, **kwargs),
    "amin": lambda a, *args, **kwargs: np.min(a, *args, **kwargs),
    "any": any_,
    "all": all_,
}
