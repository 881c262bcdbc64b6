"""Products of arrays, said with operations that have a rule."""

import math
from functools import reduce

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from tfmath.arguments import number, said, whole
from tfmath.errors import TraceError
from tfmath.tracing.calls import only
from tfmath.tracing.composites.amounts import freedom
from tfmath.tracing.composites.picks import diagonal
from tfmath.tracing.rules.row import plain


def dot(a, b, out=None):
    only("dot", {"out": out})
    return _product("dot", a, b)


def inner(a, b, /):
    turned = np.ndim(a) > 0 and np.ndim(b) > 1
    return _product("inner", a, np.swapaxes(b, -1, -2) if turned else b)


def _product(name, a, b):
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return a * b
    if np.ndim(b) > 2:
        raise TraceError(f"np.{name}: more than two axes on the right; write a @ b.")
    return a @ b


def outer(a, b, out=None):
    only("outer", {"out": out})
    return np.reshape(a, (-1, 1)) * np.reshape(b, (1, -1))


def linalg_outer(x1, x2, /):
    if np.ndim(x1) != 1 or np.ndim(x2) != 1:
        raise ValueError("np.linalg.outer: two rows are needed; np.outer takes any shape.")
    return outer(x1, x2)


def vdot(a, b, /):
    return np.reshape(a, (-1,)) @ np.reshape(b, (-1,))


def tensordot(a, b, axes=2):
    """The axes that are summed last in `a` and first in `b`: then it is one product."""
    if np.ndim(axes) == 0:
        axes = tuple(range(-axes, 0)), tuple(range(axes))
    ours, theirs = (
        normalize_axis_tuple(of, np.ndim(x)) for of, x in zip(axes, (a, b), strict=True)
    )
    if [np.shape(a)[i] for i in ours] != [np.shape(b)[i] for i in theirs]:
        raise ValueError(
            f"np.tensordot: {np.shape(a)} and {np.shape(b)} differ along {axes}."
        )
    kept_a = [i for i in range(np.ndim(a)) if i not in ours]
    kept_b = [i for i in range(np.ndim(b)) if i not in theirs]
    left = np.transpose(a, (*kept_a, *ours))
    right = np.transpose(b, (*theirs, *kept_b))
    rows, cols = left.shape[: len(kept_a)], right.shape[len(theirs) :]
    inside = math.prod(left.shape[len(kept_a) :])
    left = np.reshape(left, (math.prod(rows), inside))
    table = left @ np.reshape(right, (inside, math.prod(cols)))
    return np.reshape(table, (*rows, *cols))


def kron(a, b):
    """Each number of `a` times the whole of `b`."""
    ndim = max(np.ndim(a), np.ndim(b))
    a, b = (np.reshape(x, (1,) * (ndim - np.ndim(x)) + np.shape(x)) for x in (a, b))
    blocks = [[n for pair in zip(a.shape, (1,) * ndim, strict=True) for n in pair]]
    blocks += [[n for pair in zip((1,) * ndim, b.shape, strict=True) for n in pair]]
    product = np.reshape(a, tuple(blocks[0])) * np.reshape(b, tuple(blocks[1]))
    return np.reshape(product, tuple(m * n for m, n in zip(a.shape, b.shape, strict=True)))


def cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    axisa, axisb, axisc = (axisa, axisb, axisc) if axis is None else (axis,) * 3
    a, b = np.moveaxis(a, axisa, -1), np.moveaxis(b, axisb, -1)
    if a.shape[-1] != 3 or b.shape[-1] != 3:
        raise TraceError("np.cross: only of three numbers each is traced.")
    after, before = [1, 2, 0], [2, 0, 1]
    return np.moveaxis(
        a[..., after] * b[..., before] - a[..., before] * b[..., after], -1, axisc
    )


def trace(a, offset=0, axis1=0, axis2=1, dtype=None, out=None):
    only("trace", {"dtype": dtype, "out": out})
    return np.sum(diagonal(a, offset, axis1, axis2), axis=-1)


def matrix_power(a, n):
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise ValueError(
            f"np.linalg.matrix_power: a square matrix is needed, not {a.shape}."
        )
    n = whole("np.linalg.matrix_power", "n", n, least=-math.inf)
    if n < 0:
        raise TraceError("np.linalg.matrix_power: a negative n needs an inverse.")
    if n == 0:
        return np.broadcast_to(np.eye(a.shape[-1], dtype=a.dtype), a.shape)
    if n <= 3:
        return reduce(np.matmul, [a] * n) if n > 1 else np.copy(a)
    half = matrix_power(a, n // 2)
    return half @ half @ a if n % 2 else half @ half


def vecdot(x1, x2, /):
    return np.matmul(np.expand_dims(x1, -2), np.expand_dims(x2, -1))[..., 0, 0]


def convolve(a, v, mode="full"):
    """Each number is the product of `v`, turned round, with the stretch of `a` under it."""
    a, v = (np.atleast_1d(x) for x in (a, v))
    if a.ndim > 1 or v.ndim > 1:
        raise ValueError(f"np.convolve: rows are needed, not {a.shape} and {v.shape}.")
    if mode not in ("full", "same", "valid"):
        raise ValueError(
            f"np.convolve: mode is {said(mode)}; it must be 'full', 'same' or 'valid'."
        )
    if len(v) > len(a):
        a, v = v, a
    n = len(v)
    before = {"full": n - 1, "same": n // 2, "valid": 0}[mode]
    after = {"full": n - 1, "same": (n - 1) // 2, "valid": 0}[mode]
    padded = np.pad(a, (before, after))
    return np.lib.stride_tricks.sliding_window_view(padded, n) @ v[::-1]


def correlate(a, v, mode="valid"):
    if np.ndim(a) != 1 or np.ndim(v) != 1:
        raise ValueError(
            f"np.correlate: rows are needed, not {np.shape(a)}, {np.shape(v)}."
        )
    if len(v) > len(a):
        raise TraceError("np.correlate: the second is longer; give the longer one first.")
    return convolve(a, v[::-1], mode)


def polyval(p, x):
    p = p if hasattr(p, "op") else np.asarray(p)
    return reduce(lambda y, c: y * x + c, p, np.zeros_like(plain(x)))


def vander(x, N=None, increasing=False):
    if np.ndim(x) != 1:
        raise ValueError(f"np.vander: one row of numbers is needed, not {np.shape(x)}.")
    x = x.astype(np.float64)
    powers = np.stack([x**k for k in range(len(x) if N is None else N)], axis=1)
    return powers if increasing else powers[:, ::-1]


def cov(m, y=None, rowvar=True, bias=False, ddof=None, **others):
    only("cov", others)
    tables = [np.atleast_2d(np.multiply(a, np.float64(1))) for a in (m, y) if a is not None]
    rows = [a if rowvar or a.shape[0] == 1 else a.T for a in tables]
    m = rows[0] if len(rows) == 1 else np.concatenate(rows)
    m = m - np.mean(m, axis=1, keepdims=True)
    ddof = number("np.cov", "ddof", int(not bias) if ddof is None else ddof)
    if ddof % 1:
        raise ValueError(f"np.cov: ddof is {ddof}; it must be a whole number.")
    table = (m @ m.T) * np.true_divide(1, freedom("cov", m.shape[1], int(ddof)))
    return np.squeeze(table)


def corrcoef(x, y=None, rowvar=True, **others):
    table = cov(x, y, rowvar, **others)
    if table.ndim == 0:
        return table / table
    deviation = np.sqrt(diagonal(table))
    return np.clip(table / deviation[:, None] / deviation[None, :], -1, 1)


PRODUCTS = {
    "dot": dot,
    "inner": inner,
    "outer": outer,
    "linalg.outer": linalg_outer,
    "vdot": vdot,
    "vecdot": vecdot,
    "matvec": lambda x1, x2, /: np.matmul(x1, np.expand_dims(x2, -1))[..., 0],
    "vecmat": lambda x1, x2, /: np.matmul(np.expand_dims(x1, -2), x2)[..., 0, :],
    "tensordot": tensordot,
    "kron": kron,
    "cross": cross,
    "trace": trace,
    "linalg.trace": lambda x, /, *, offset=0, dtype=None: trace(x, offset, -2, -1, dtype),
    "matrix_power": matrix_power,
    "multi_dot": lambda arrays, *, out=None: reduce(np.matmul, arrays),
    "convolve": convolve,
    "correlate": correlate,
    "polyval": polyval,
    "vander": vander,
    "cov": cov,
    "corrcoef": corrcoef,
}
