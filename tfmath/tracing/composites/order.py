"""Numbers in order, and places among them, said with operations that have a rule."""

import math

import numpy as np

from tfmath.errors import TraceError
from tfmath.tracing.calls import only
from tfmath.tracing.composites.picks import take_along_axis
from tfmath.tracing.composites.shapes import along, flat_or_axis
from tfmath.tracing.rules.row import plain


def sort(a, axis=-1, kind=None, order=None, *, stable=None):
    only("sort", {"order": order})
    a, axis = flat_or_axis(a, axis)
    return take_along_axis(a, np.argsort(a, axis=axis, kind="stable"), axis)


def median(a, axis=None, out=None, overwrite_input=False, keepdims=False):
    only("median", {"out": out})
    kept = (1,) * a.ndim if axis is None else None
    a, axis = flat_or_axis(a, axis)
    _no_nan("median", a)
    ordered, n = sort(a, axis), a.shape[axis]
    middle = along(ordered, axis, slice((n - 1) // 2, n // 2 + 1))
    found = np.mean(middle, axis=axis, keepdims=bool(keepdims))
    return np.reshape(found, kept) if keepdims and kept is not None else found


def _no_nan(name, a):
    """NumPy answers nan, where a place among ordered numbers would be a number."""
    if np.isnan(plain(a)).any():
        raise TraceError(f"np.{name}: nan is among the numbers; write x[~np.isnan(x)].")


def quantiles(name, most):
    """np.quantile for a `most` of 1, np.percentile for 100."""

    def found(
        a,
        q,
        axis=None,
        out=None,
        overwrite_input=False,
        method="linear",
        keepdims=False,
        **others,
    ):
        method = None if method == "linear" else method
        only(name, {"out": out, "method": method} | others)
        _no_nan(name, a)
        shares, ndim = _shares(name, q, most), a.ndim
        a, along_axis = flat_or_axis(a, axis)
        answer = _at_shares(sort(a, along_axis), along_axis, shares)
        if not keepdims:
            return answer
        ones = range(ndim) if axis is None else (along_axis,)
        return np.expand_dims(answer, tuple(np.ndim(shares) + one for one in ones))

    return found


def _shares(name, q, most):
    if hasattr(q, "op"):
        raise TraceError(f"np.{name}: q is traced; a place has no slope, so write q.value.")
    shares = np.asarray(q) if most == 1 else np.asarray(np.true_divide(q, most))
    if not np.all((shares >= 0) & (shares <= 1)):
        raise ValueError(f"np.{name}: q = {q} must lie from 0 to {most}.")
    # As in NumPy one Python number leaves float32 as it is, and an array does not.
    return float(shares) if type(q) in (int, float) else shares


def _at_shares(ordered, axis, shares):
    """One share of the way, or several, which come along axes in front."""
    places = (ordered.shape[axis] - 1) * shares
    if np.ndim(shares) == 0:
        return _at_place(ordered, axis, places)
    parts = [_at_place(ordered, axis, place) for place in places.ravel()]
    return np.reshape(np.stack(parts), (*shares.shape, *parts[0].shape))


def _at_place(ordered, axis, place):
    """What stands at a place, or between two: the share of the step that NumPy takes."""
    below, last = math.floor(place), ordered.shape[axis] - 1
    low, high = (along(ordered, axis, min(i, last)) for i in (below, below + 1))
    if isinstance(place, np.integer):  # of whole shares, 0 and 1, NumPy takes the ends
        return low
    share, step = place - below, high - low
    return high - step * (1 - share) if share >= 0.5 else low + step * share


ORDER = {
    "sort": sort,
    "median": median,
    "quantile": quantiles("quantile", 1),
    "percentile": quantiles("percentile", 100),
}
