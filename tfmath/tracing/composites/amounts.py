"""Sums, spreads and norms, said with operations that have a rule."""

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from tfmath.arguments import number
from tfmath.errors import ShapeError, TraceError
from tfmath.tracing.calls import only
from tfmath.tracing.composites.shapes import along
from tfmath.tracing.rules.row import plain


def var(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, **others):
    return _variance("var", a, axis, ddof, keepdims, dtype=dtype, out=out, **others)


def std(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, **others):
    return root(_variance("std", a, axis, ddof, keepdims, dtype=dtype, out=out, **others))


def _variance(name, a, axis, ddof, keepdims, correction=np._NoValue, **others):
    only(name, others)
    if correction is not np._NoValue:  # the other name of ddof
        if ddof:
            raise ValueError(f"np.{name}: ddof and correction are one; give one of them.")
        ddof = correction
    centred = a - np.mean(a, axis=axis, keepdims=True)
    squares = np.sum(centred * centred, axis=axis, keepdims=bool(keepdims))
    count = a.size // max(squares.size, 1)
    number(f"np.{name}", "ddof", ddof)
    return squares / (freedom(name, count, ddof) if ddof else count)


def freedom(name, count, ddof):
    """The degrees of freedom: how many numbers there are, less `ddof`."""
    if ddof >= count:
        raise ShapeError(
            f"np.{name}: ddof={ddof} of {count} numbers leaves none to divide by; ddof "
            "must be less than how many there are."
        )
    return count - ddof


def root(squares, take=np.sqrt):
    """A root of sums that are 0 or more, flat at 0: its own slope there is infinite.

    So the slope of a deviation or a norm of 0 is 0, as PyTorch's is, and not NaN.
    """
    nothing = np.equal(squares, 0)
    return np.where(nothing, 0, take(np.where(nothing, 1, squares)))


def average(a, axis=None, weights=None, returned=False, *, keepdims=False):
    if weights is None:
        mean = np.mean(a, axis=axis, keepdims=bool(keepdims))
        return (mean, np.full(mean.shape, a.size / mean.size)) if returned else mean
    axis = None if axis is None else normalize_axis_tuple(axis, np.ndim(a))
    weights = _laid_out(weights, np.shape(a), axis)
    whole = np.sum(weights, axis=axis, keepdims=bool(keepdims))
    if np.any(np.equal(plain(whole), 0)):
        raise ZeroDivisionError("np.average: the weights add up to 0.")
    mean = np.sum(np.multiply(a, weights), axis=axis, keepdims=bool(keepdims)) / whole
    return (mean, np.broadcast_to(whole, mean.shape)) if returned else mean


def _laid_out(weights, shape, axis):
    """Weights of the shape of the numbers; or one for each place along their axes."""
    if np.shape(weights) == shape:
        return weights
    if axis is None:
        raise TypeError(
            f"np.average: weights {np.shape(weights)} of numbers {shape}: give their axis=."
        )
    if np.shape(weights) != tuple(shape[i] for i in axis):
        raise ShapeError(
            f"np.average: weights {np.shape(weights)} are neither for all numbers {shape} "
            f"nor for the places along axis={axis}."
        )
    in_order = tuple(sorted(range(len(axis)), key=axis.__getitem__))
    weights = np.transpose(weights, in_order) if len(axis) > 1 else weights
    return np.reshape(weights, tuple(n if i in axis else 1 for i, n in enumerate(shape)))


def ptp(a, axis=None, out=None, keepdims=False):
    only("ptp", {"out": out})
    highest = np.max(a, axis=axis, keepdims=bool(keepdims))
    return highest - np.min(a, axis=axis, keepdims=bool(keepdims))


def diff(a, n=1, axis=-1, prepend=np._NoValue, append=np._NoValue):
    if n < 0:
        raise ValueError(f"np.diff: n={n} must be 0 or more.")
    axis = normalize_axis_index(axis, a.ndim)
    parts = [*_end(a, prepend, axis), a, *_end(a, append, axis)]
    a = np.concatenate(parts, axis=axis) if n and len(parts) > 1 else a
    for _ in range(n):
        a = along(a, axis, slice(1, None)) - along(a, axis, slice(-1))
    return a


def _end(a, end, axis):
    """What is joined to `a` along an axis, if anything; one number goes everywhere."""
    if end is np._NoValue:
        return []
    shape = (*a.shape[:axis], 1, *a.shape[axis + 1 :]) if np.ndim(end) == 0 else None
    return [end if shape is None else np.broadcast_to(end, shape)]


def cumulative(name, running, start):
    """np.cumulative_sum and np.cumulative_prod, which ask for their axis."""

    def found(x, /, *, axis=None, dtype=None, out=None, include_initial=False):
        only(name, {"dtype": dtype, "out": out})
        if axis is None and x.ndim != 1:
            raise ValueError(f"np.{name}: {x.shape} has several axes; give axis=.")
        axis = normalize_axis_index(0 if axis is None else axis, x.ndim)
        sums = running(x, axis=axis)
        first = np.full((*x.shape[:axis], 1, *x.shape[axis + 1 :]), start, x.dtype)
        return np.concatenate([first, sums], axis=axis) if include_initial else sums

    return found


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


# Norms ------------------------------------------------------------------------------------


def norm(x, ord=None, axis=None, keepdims=False):
    if axis is None and (ord is None or x.ndim == 1 and ord == 2):
        flat = np.reshape(x, (-1,))
        found = root(flat @ flat)
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
        return root(np.sum(x * x, **kept))
    sizes = np.absolute(x)
    if ord in (np.inf, -np.inf):
        return np.max(sizes, **kept) if ord > 0 else np.min(sizes, **kept)
    if ord == 1:
        return np.sum(sizes, **kept)
    if ord == 0:
        return np.sum(np.not_equal(x, 0).astype(x.dtype), **kept)
    if ord < 0:
        return np.sum(sizes**ord, **kept) ** (1 / ord)
    powers = root(sizes, lambda size: size**ord) if ord < 1 else sizes**ord
    return root(np.sum(powers, **kept), lambda whole: whole ** (1 / ord))


def matrix_norm(x, ord="fro", axes=(-2, -1), keepdims=False):
    if ord in (None, "fro"):
        return root(np.sum(x * x, axis=tuple(axes), keepdims=bool(keepdims)))
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
    "cumulative_sum": cumulative("cumulative_sum", np.cumsum, 0),
    "cumulative_prod": cumulative("cumulative_prod", np.cumprod, 1),
    "trapezoid": trapezoid,
    "nansum": nansum,
    "nanmean": nanmean,
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
