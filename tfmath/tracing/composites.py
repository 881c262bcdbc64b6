"""What other NumPy functions mean, said with operations that have a rule."""

import itertools

import numpy as np

from tfmath.errors import TraceError
from tfmath.tracing import labels as words
from tfmath.tracing.calls import only, rows_first
from tfmath.tracing.rules.row import plain


def _swapaxes(array, axis1, axis2):
    axes = list(range(array.ndim))
    axes[axis1], axes[axis2] = axes[axis2], axes[axis1]
    return np.transpose(array, tuple(axes))


def _expand_dims(array, axis):
    axes = (axis,) if isinstance(axis, int) else axis
    ndim = array.ndim + len(axes)
    places = {a % ndim for a in axes}
    sizes = iter(array.shape)
    return np.reshape(array, tuple(1 if a in places else next(sizes) for a in range(ndim)))


def _squeeze(array, axis=None):
    ones = {a for a, n in enumerate(array.shape) if n == 1}
    axes = ones if axis is None else {a % array.ndim for a in np.atleast_1d(axis)}
    if not axes <= ones:
        raise ValueError(f"np.squeeze: an axis of {array.shape} given is not of size 1.")
    return np.reshape(array, tuple(n for a, n in enumerate(array.shape) if a not in axes))


def _stack(arrays, axis=0, **others):
    only("stack", others)
    return np.concatenate([np.expand_dims(a, axis) for a in arrays], axis=axis)


def _split(array, sections, axis=0):
    size = array.shape[axis]
    if np.ndim(sections) == 0 and size % sections:
        raise ValueError(f"np.split: axis of size {size} does not divide by {sections}.")
    return _array_split(array, sections, axis)


def _array_split(array, sections, axis=0):
    size = array.shape[axis]
    if np.ndim(sections) == 0:
        each, longer = divmod(size, sections)
        sections = [i * each + min(i, longer) for i in range(1, sections)]
    edges = [0, *sections, size]
    before = (slice(None),) * (axis % array.ndim)
    return [array[(*before, slice(*edge))] for edge in itertools.pairwise(edges)]


def _var(array, axis=None, dtype=None, out=None, ddof=0, keepdims=False, **others):
    only("var", {"dtype": dtype, "out": out} | others)
    centred = array - np.mean(array, axis=axis, keepdims=True)
    squares = np.sum(centred * centred, axis=axis, keepdims=bool(keepdims))
    return squares / (array.size // max(squares.size, 1) - ddof)


def _dot(a, b, out=None):
    only("dot", {"out": out})
    return _product("dot", a, b)


def _inner(a, b):
    return _product("inner", a, np.swapaxes(b, -1, -2) if np.ndim(b) > 1 else b)


def _product(name, a, b):
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return a * b
    if np.ndim(b) > 2:
        raise TraceError(f"np.{name}: more than two axes on the right; write a @ b.")
    return a @ b


def _outer(a, b, out=None):
    only("outer", {"out": out})
    return np.reshape(a, (-1, 1)) * np.reshape(b, (1, -1))


def _ravel(a, order="C"):
    rows_first("ravel", order)
    return np.reshape(a, (-1,))


def _clip(a, a_min=None, a_max=None, *, min=None, max=None):
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    a = a if low is None else np.maximum(a, low)
    return a if high is None else np.minimum(a, high)


def _full_like(a, fill_value, dtype=None, order="K", subok=True, shape=None, **others):
    if not hasattr(fill_value, "op"):
        return np.full_like(plain(a), fill_value, dtype, order, subok, shape)
    only("full_like", {"dtype": dtype} | others)
    return np.broadcast_to(fill_value, np.shape(a) if shape is None else shape)


def _vstack(arrays, *, dtype=None, casting="same_kind"):
    only("vstack", {"dtype": dtype})
    return np.concatenate([_at_least_2d(a) for a in arrays], axis=0)


def _hstack(arrays, *, dtype=None, casting="same_kind"):
    only("hstack", {"dtype": dtype})
    arrays = [np.reshape(a, (1,)) if np.ndim(a) == 0 else a for a in arrays]
    return np.concatenate(arrays, axis=0 if np.ndim(arrays[0]) == 1 else 1)


def _take(a, indices, axis=None):
    if axis is None:
        return np.reshape(a, (-1,))[indices]
    return a[(slice(None),) * (axis % a.ndim) + (indices,)]


def _any(a, axis=None, out=None, keepdims=False):
    only("any", {"out": out})
    if axis is None and not keepdims:
        return bool(np.any(plain(a)))  # one answer, to branch on
    return np.max(np.not_equal(a, 0), axis=axis, keepdims=keepdims)


def _all(a, axis=None, out=None, keepdims=False):
    only("all", {"out": out})
    if axis is None and not keepdims:
        return bool(np.all(plain(a)))
    return np.min(np.not_equal(a, 0), axis=axis, keepdims=keepdims)


COMPOSITES = {
    "any": _any,
    "all": _all,
    "swapaxes": _swapaxes,
    "matrix_transpose": lambda x, /: _swapaxes(x, -1, -2),
    "moveaxis": lambda a, source, destination: np.transpose(
        a, words.moved_axes(a.ndim, source, destination)
    ),
    "expand_dims": _expand_dims,
    "squeeze": _squeeze,
    "ravel": _ravel,
    "stack": _stack,
    "vstack": _vstack,
    "hstack": _hstack,
    "split": _split,
    "array_split": _array_split,
    "dot": _dot,
    "inner": _inner,
    "outer": _outer,
    "var": _var,
    "std": lambda *args, **kwargs: np.sqrt(_var(*args, **kwargs)),
    "average": lambda a, axis=None: np.mean(a, axis=axis),
    "amax": lambda *args, **kwargs: np.max(*args, **kwargs),
    "amin": lambda *args, **kwargs: np.min(*args, **kwargs),
    "clip": _clip,
    "full_like": _full_like,
    "fabs": lambda a: np.absolute(a),
    "positive": lambda a: np.copy(a),
    "reciprocal": lambda a: 1 / a,
    "take": _take,
    "tril": lambda m, k=0: np.where(np.tri(m.shape[-2], m.shape[-1], k, bool), m, 0),
    "triu": lambda m, k=0: np.where(np.tri(m.shape[-2], m.shape[-1], k - 1, bool), 0, m),
    "copy": lambda a, order="K", subok=False: a.copy(),
}


def _at_least_2d(array):
    return np.reshape(array, (1, -1)) if np.ndim(array) == 1 else array


# Looking at numbers, not computing with them: the answer is plain (places, yes or no).
LOOKS = {
    name: getattr(np, name)
    for name in (
        "shape ndim size argmax argmin argsort allclose array_equal "
        "isclose zeros_like ones_like empty_like iscomplexobj isrealobj "
        "result_type array_repr array_str array2string count_nonzero "
        "may_share_memory shares_memory"
    ).split()
}
