"""Common single idioms of learners' NumPy, unchanged: each runs traced, or is refused.

Every line is a function of `x` (4, 3) of both signs, `y` (4, 3) positive and `W` (3, 2).
A name begins with the NumPy function that it is about, and a remark after a colon.
`IDIOMS` run; `REFUSED` raise a sentence that holds the words beside them.
"""

import math

import numpy as np
from idioms_given import MASK, ONE_HOT, TARGETS, softmax
from idioms_numbers import BENDS, SINGLE, SUMS
from idioms_shapes import PICKS, SHAPES
from numpy.lib.stride_tricks import as_strided

ORDER = {
    "max": lambda x, y, W: np.max(x, axis=1),
    "max: all": lambda x, y, W: x.max(),
    "max: Python's": lambda x, y, W: max(x[0]),
    "max: reduce": lambda x, y, W: np.maximum.reduce(x),
    "maximum.reduce": lambda x, y, W: x - np.maximum.reduce(x, axis=1, keepdims=True),
    "minimum.reduce": lambda x, y, W: np.minimum.reduce(x, axis=None),
    "logical_and.reduce": lambda x, y, W: x * np.logical_and.reduce(x > -1),
    "logical_or.reduce": lambda x, y, W: x * np.logical_or.reduce(x > 1),
    "amax": lambda x, y, W: np.amax(x, axis=0),
    "min": lambda x, y, W: x.min(axis=-1, keepdims=True) + x,
    "min: reduce": lambda x, y, W: np.minimum.reduce(x, axis=None, keepdims=True) + x,
    "amin": lambda x, y, W: np.amin(x),
    "ptp": lambda x, y, W: (x - x.min()) / np.ptp(x),
    "ptp: an axis": lambda x, y, W: np.ptp(x, axis=0),
    "sort": lambda x, y, W: np.sort(x, axis=0),
    "sort: last axis": lambda x, y, W: np.sort(x)[:, ::-1],
    "sort: all": lambda x, y, W: np.sort(x, axis=None)[-2:],
    "sorted: Python's": lambda x, y, W: sorted(x[0])[0],
    "argsort": lambda x, y, W: y[0][np.argsort(x[0])],
    "argsort: method, the largest": lambda x, y, W: x[1][x[1].argsort()[::-1][:2]],
    "argsort: one place": lambda x, y, W: x[1][np.argsort(x[1])[0]],
    "argmax": lambda x, y, W: x[np.arange(4), y.argmax(axis=1)],
    "argmin": lambda x, y, W: x[np.arange(4), np.argmin(y, axis=1)],
    "median": lambda x, y, W: np.median(x, axis=0),
    "median: odd": lambda x, y, W: np.median(x, axis=1, keepdims=True),
    "median: all": lambda x, y, W: np.median(x),
    "quantile": lambda x, y, W: np.quantile(x, 0.3, axis=0),
    "quantile: several": lambda x, y, W: np.quantile(x, [0.25, 0.5, 0.75], axis=0),
    "quantile: kept": lambda x, y, W: x - np.quantile(x, 0.7, axis=1, keepdims=True),
    "quantile: the ends": lambda x, y, W: np.quantile(x, [[0, 1]], axis=1),
    "quantile: NumPy's number": lambda x, y, W: np.quantile(x, np.float64(0.4)),
    "percentile": lambda x, y, W: np.percentile(x, 90),
    "percentile: several": lambda x, y, W: np.percentile(x, [25, 75, 100]),
    "take_along_axis": lambda x, y, W: np.take_along_axis(x, TARGETS[:, None], axis=1),
    "argsort: stable": lambda x, y, W: y[0][np.argsort(x[0], stable=True)],
    "array_equiv": lambda x, y, W: x if np.array_equiv(y, y[:]) else -x,
    "any": lambda x, y, W: x if np.any(x > 0) else -x,
    "all": lambda x, y, W: x if (y > 0).all() else -x,
    "any: an axis": lambda x, y, W: x * np.any(x > 1, axis=1, keepdims=True),
    "count_nonzero": lambda x, y, W: x / np.count_nonzero(y),
    "greater: branch": lambda x, y, W: x if x.sum() > -99 else -x,
    "equal: accuracy": lambda x, y, W: x * np.mean(x.argmax(axis=1) == TARGETS),
    "isnan": lambda x, y, W: np.where(np.isnan(np.where(MASK, x, np.nan)), 0.0, x),
    "isfinite": lambda x, y, W: x * np.isfinite(x),
    "logical_and": lambda x, y, W: x * np.logical_and(x > 0, y > 1),
    "bitwise_and": lambda x, y, W: np.where((x > -1) & (x < 1), x, 0),
}

PRODUCTS = {
    "matmul": lambda x, y, W: x @ W,
    "matmul: function": lambda x, y, W: np.matmul(x, W),
    "matmul: scores": lambda x, y, W: x @ y.T / np.sqrt(x.shape[-1]),
    "matmul: stacked": lambda x, y, W: np.stack([x, y]) @ W,
    "matmul: swapped": lambda x, y, W: x @ np.swapaxes(y, -1, -2),
    "dot": lambda x, y, W: np.dot(x, W),
    "dot: method": lambda x, y, W: x.dot(W),
    "dot: rows": lambda x, y, W: np.dot(x[0], y[1]),
    "dot: affine": lambda x, y, W: np.dot(x, W) + W[0],
    "inner": lambda x, y, W: np.inner(x, y),
    "outer": lambda x, y, W: np.outer(x[0], y[1]),
    "linalg.outer": lambda x, y, W: np.linalg.outer(x[0], y[1]),
    "outer: ufunc": lambda x, y, W: np.subtract.outer(x[0], y[1]),
    "vdot": lambda x, y, W: np.vdot(x, y),
    "vecdot": lambda x, y, W: np.vecdot(x, y),
    "matvec": lambda x, y, W: np.matvec(np.stack([x, y]), y[0]),
    "matvec: a list": lambda x, y, W: np.matvec(x, [1.0, 2.0, 3.0]),
    "vecmat: a list": lambda x, y, W: np.vecmat([1.0, 2.0, 3.0, 4.0], x),
    "vecdot: a list": lambda x, y, W: np.vecdot(x, [1.0, 2.0, 3.0]),
    "vecmat": lambda x, y, W: np.vecmat(x, W),
    "tensordot": lambda x, y, W: np.tensordot(x, W, axes=1),
    "tensordot: pairs": lambda x, y, W: np.tensordot(x, y, axes=([0], [0])),
    "tensordot: all": lambda x, y, W: np.tensordot(x, y),
    "kron": lambda x, y, W: np.kron(W, x),
    "cross": lambda x, y, W: np.cross(x, y),
    "trace": lambda x, y, W: np.trace(x),
    "trace: method": lambda x, y, W: (x @ x.T).trace(offset=1),
    "linalg.trace": lambda x, y, W: np.linalg.trace(np.stack([x, y])),
    "matrix_power": lambda x, y, W: np.linalg.matrix_power(x @ x.T, 2),
    "multi_dot": lambda x, y, W: np.linalg.multi_dot([x, W, W.T]),
    "einsum": lambda x, y, W: np.einsum("ij,jk->ik", x, W),
    "einsum: scores": lambda x, y, W: np.einsum("id,jd->ij", x, y),
    "einsum: rows": lambda x, y, W: np.einsum("ij,ij->i", x, y),
    "einsum: transpose": lambda x, y, W: np.einsum("ij->ji", x),
    "einsum: outer": lambda x, y, W: np.einsum("i,j->ij", x[0], y[0]),
    "einsum: dots": lambda x, y, W: np.einsum("...d,dk->...k", np.stack([x, y]), W),
    "einsum: dots on both": lambda x, y, W: np.einsum("...qd,...kd->...qk", x, y),
    "einsum: optimize": lambda x, y, W: np.einsum("ij,jk->ik", x, W, optimize=True),
    "einsum: diagonal": lambda x, y, W: np.einsum("ii->i", x[:3]),
    "einsum: trace": lambda x, y, W: np.einsum("ii", x[:3]),
    "norm": lambda x, y, W: np.linalg.norm(x),
    "norm: an axis": lambda x, y, W: np.linalg.norm(x, axis=1),
    "norm: kept": lambda x, y, W: x / np.linalg.norm(x, axis=-1, keepdims=True),
    "norm: sizes": lambda x, y, W: np.linalg.norm(x, ord=1, axis=1),
    "norm: largest": lambda x, y, W: np.linalg.norm(x[0], np.inf),
    "norm: third": lambda x, y, W: np.linalg.norm(x, 3, axis=0),
    "norm: Frobenius": lambda x, y, W: np.linalg.norm(x, "fro"),
    "norm: a matrix's": lambda x, y, W: np.linalg.norm(x, 1),
    "norm: cosine": lambda x, y, W: (
        x[0] @ y[0] / (np.linalg.norm(x[0]) * np.linalg.norm(y[0]))
    ),
    "vector_norm": lambda x, y, W: np.linalg.vector_norm(x, axis=1),
    "matrix_norm": lambda x, y, W: np.linalg.matrix_norm(x),
    "convolve": lambda x, y, W: np.convolve(x[0], y[:, 0]),
    "convolve: same": lambda x, y, W: np.convolve(x[:, 0], y[0], mode="same"),
    "convolve: valid": lambda x, y, W: np.convolve(x[:, 0], [0.25, 0.5], "valid"),
    "correlate": lambda x, y, W: np.correlate(x[:, 0], y[0]),
    "polyval": lambda x, y, W: np.polyval([1.0, -2.0, 0.5], x),
    "vander": lambda x, y, W: np.vander(x[0], 3),
}

IDIOMS = BENDS | SINGLE | SUMS | ORDER | PRODUCTS | SHAPES | PICKS


def set_item(x):
    x[0] = 0.0


def plus_equal(x):
    x += 1.0


def power_equal(x):
    x **= 2


REFUSED = {
    "as_strided": (lambda x: as_strided(x, (2, 2), (8, 8)), "sliding_window_view"),
    "vectorize": (lambda x: np.vectorize(lambda a: a + 1)(x), "np.stack"),
    "apply_along_axis": (lambda x: np.apply_along_axis(np.sum, 0, x), "np.stack"),
    "unique": (lambda x: np.unique(x), "x.value"),
    "interp": (lambda x: np.interp(x[0], [0, 1], [0, 1]), "(1 - t)"),
    "searchsorted": (lambda x: np.searchsorted(x[0], 0.5), "x.value"),
    "nonzero": (lambda x: np.nonzero(x), "x[x > 0]"),
    "argwhere": (lambda x: np.argwhere(x), "x[x > 0]"),
    "where: alone": (lambda x: np.where(x > 0), "x.value"),
    "histogram": (lambda x: np.histogram(x), "x.value"),
    "solve": (lambda x: np.linalg.solve(x[:3], x[0]), "x.value"),
    "inv": (lambda x: np.linalg.inv(x[:3]), "x.value"),
    "det": (lambda x: np.linalg.det(x[:3]), "x.value"),
    "svd": (lambda x: np.linalg.svd(x), "x.value"),
    "eig": (lambda x: np.linalg.eig(x[:3]), "x.value"),
    "norm: spectral": (lambda x: np.linalg.norm(x, 2), "Frobenius"),
    "fft": (lambda x: np.fft.fft(x), "cos and sin"),
    "fill_diagonal": (lambda x: np.fill_diagonal(x, 0), "np.where"),
    "put": (lambda x: np.put(x, [0], 1), "np.where"),
    "copyto": (lambda x: np.copyto(x, 0), "np.where"),
    "place": (lambda x: np.place(x, MASK, 0), "np.where"),
    "save": (lambda x: np.save("nowhere.npy", x), "x.value"),
    "array: of traced": (lambda x: np.array([x[0], x[1]]), "np.stack"),
    "asarray": (lambda x: np.asarray(x), "x.value"),
    "math.exp": (lambda x: math.exp(x[0, 0]), "np.exp"),
    "float": (lambda x: float(x[0, 0]), "x.value"),
    "item": (lambda x: x[0, 0].item(), "x.value"),
    "tolist": (lambda x: x.tolist(), "x.value"),
    "format": (lambda x: f"{x.sum():.2f}", "x.value"),
    "setitem": (lambda x: set_item(x), "np.where"),
    "iadd": (lambda x: plus_equal(x), "x = x + y"),
    "ipow": (lambda x: power_equal(x), "x = x"),
    "out": (lambda x: np.exp(x, out=np.zeros((4, 3))), "x = x + y"),
    "sort: method": (lambda x: x.sort(), "np.sort"),
    "nonzero: method": (lambda x: x.nonzero(), "x[x > 0]"),
    "fill": (lambda x: x.fill(0), "np.full_like"),
    "add.at": (lambda x: np.add.at(x, [0], 1.0), "np.eye"),
    "linspace": (lambda x: np.linspace(0, x.sum(), 3), "np.linspace(0, 1, n)"),
    "partition": (lambda x: np.partition(x, 1), "np.sort"),
    "piecewise": (lambda x: np.piecewise(x, [x > 0], [1]), "np.where"),
    "astype: int": (lambda x: x.astype(int), "x.value"),
    "complex": (lambda x: np.sqrt(x * 1j), "x.value"),
    "masked": (lambda x: x * np.ma.masked_array(ONE_HOT, ~MASK), "np.where"),
    "choice": (lambda x: np.random.default_rng(0).choice(3, p=softmax(x)[0]), "x.value"),
}
