"""Common single idioms of learners' NumPy, unchanged: each runs traced, or is refused.

Every line is a function of `x` (4, 3) of both signs, `y` (4, 3) positive and `W` (3, 2).
A name begins with the NumPy function that it is about, and a remark after a colon.
`IDIOMS` run; `REFUSED` raise a sentence that holds the words beside them.
"""

import math

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from tfmath.tracing.calls import error_function

IDS = np.array([2, 0, 2])
TARGETS = np.array([1, 0, 2, 1])
MASK = np.array([[1, 0, 1], [1, 1, 1], [0, 0, 1], [1, 1, 0]], bool)
CAUSAL = np.tril(np.ones((4, 4), bool))
ONE_HOT = np.eye(3)[TARGETS]
ROW = np.array([0.5, -1.5, 2.0])


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


class SciPys:
    """Stands for a ufunc of SciPy, which need not be installed: its name is what counts."""

    def __init__(self, name, plain):
        self.__name__, self.plain = name, plain

    def __call__(self, x):
        if type(x) is np.ndarray:
            return self.plain(x)
        return x.__array_ufunc__(self, "__call__", x)


expit = SciPys("expit", lambda x: 1 / (1 + np.exp(-x)))
log_expit = SciPys("log_expit", lambda x: -np.log1p(np.exp(-x)))
erf = SciPys("erf", error_function)


def added_up(start, rows):
    total = start
    for row in rows:
        total += row.sum()
    return total


BENDS = {
    "maximum: relu": lambda x, y, W: np.maximum(0, x),
    "maximum: leaky": lambda x, y, W: np.maximum(0.1 * x, x),
    "maximum: relu as a product": lambda x, y, W: x * (x > 0),
    "where: relu": lambda x, y, W: np.where(x > 0, x, 0),
    "where: elu": lambda x, y, W: np.where(x > 0, x, np.exp(x) - 1),
    "exp: sigmoid": lambda x, y, W: 1 / (1 + np.exp(-x)),
    "exp: softmax": lambda x, y, W: softmax(x),
    "exp: softmax of a transpose": lambda x, y, W: softmax(x.T),
    "expit": lambda x, y, W: expit(x),
    "log_expit": lambda x, y, W: -log_expit(3 * x),
    "erf: gelu": lambda x, y, W: 0.5 * x * (1 + erf(x / math.sqrt(2))),
    "tanh": lambda x, y, W: np.tanh(x @ W),
    "tanh: gelu": lambda x, y, W: (
        0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    ),
    "exp: swish": lambda x, y, W: x / (1 + np.exp(-x)),
    "log1p: softplus": lambda x, y, W: np.log1p(np.exp(x)),
    "logaddexp: softplus": lambda x, y, W: np.logaddexp(0, x),
    "logaddexp: of two": lambda x, y, W: np.logaddexp(x, y),
    "logaddexp2": lambda x, y, W: np.logaddexp2(x, y),
    "clip: relu6": lambda x, y, W: np.clip(x, 0, 6),
    "clip: method": lambda x, y, W: x.clip(-1, 1),
    "clip: hard sigmoid": lambda x, y, W: np.clip(0.2 * x + 0.5, 0.0, 1.0),
    "clip: by hand": lambda x, y, W: np.minimum(np.maximum(x, -0.5), 0.5),
    "heaviside": lambda x, y, W: x * np.heaviside(x, 0.5),
    "select": lambda x, y, W: np.select([x < -0.5, x < 0.5], [-x, x * x], default=1.0),
    "sign": lambda x, y, W: x * np.sign(x),
    "abs: softsign": lambda x, y, W: x / (1 + np.abs(x)),
}

SINGLE = {
    "add": lambda x, y, W: x + y,
    "subtract": lambda x, y, W: 1 - x,
    "multiply": lambda x, y, W: x * y * 2,
    "divide": lambda x, y, W: x / y,
    "negative": lambda x, y, W: -x,
    "positive": lambda x, y, W: +x,
    "power: square": lambda x, y, W: x**2,
    "power: cube": lambda x, y, W: np.power(x, 3),
    "power: root": lambda x, y, W: y**0.5,
    "power: of two": lambda x, y, W: y**x,
    "power: number on the left": lambda x, y, W: 2.0**x,
    "float_power": lambda x, y, W: np.float_power(y, 1.5),
    "square": lambda x, y, W: np.square(x),
    "sqrt": lambda x, y, W: np.sqrt(y),
    "cbrt": lambda x, y, W: np.cbrt(y),
    "reciprocal": lambda x, y, W: np.reciprocal(y),
    "exp": lambda x, y, W: np.exp(x),
    "exp2": lambda x, y, W: np.exp2(x),
    "expm1": lambda x, y, W: np.expm1(x),
    "log": lambda x, y, W: np.log(y),
    "log: plus a little": lambda x, y, W: np.log(y + 1e-9),
    "log2": lambda x, y, W: np.log2(y),
    "log10": lambda x, y, W: np.log10(y),
    "log1p": lambda x, y, W: np.log1p(y),
    "sin": lambda x, y, W: np.sin(x),
    "cos": lambda x, y, W: np.cos(x),
    "tan": lambda x, y, W: np.tan(x / 2),
    "arcsin": lambda x, y, W: np.arcsin(x / 4),
    "arccos": lambda x, y, W: np.arccos(x / 4),
    "arctan": lambda x, y, W: np.arctan(x),
    "arctan2": lambda x, y, W: np.arctan2(x, y),
    "sinh": lambda x, y, W: np.sinh(x),
    "cosh": lambda x, y, W: np.cosh(x),
    "arcsinh": lambda x, y, W: np.arcsinh(x),
    "arccosh": lambda x, y, W: np.arccosh(1 + y),
    "arctanh": lambda x, y, W: np.arctanh(x / 4),
    "hypot": lambda x, y, W: np.hypot(x, y),
    "sinc": lambda x, y, W: np.sinc(x),
    "radians": lambda x, y, W: np.sin(np.radians(x)),
    "deg2rad": lambda x, y, W: np.deg2rad(x),
    "degrees": lambda x, y, W: np.degrees(x),
    "rad2deg": lambda x, y, W: np.rad2deg(x),
    "absolute": lambda x, y, W: abs(x),
    "fabs": lambda x, y, W: np.fabs(x),
    "real": lambda x, y, W: np.real(x),
    "conjugate": lambda x, y, W: np.conj(x),
    "fmax": lambda x, y, W: np.fmax(x, y),
    "fmin": lambda x, y, W: np.fmin(x, y),
    "minimum": lambda x, y, W: np.minimum(x, y),
    "floor": lambda x, y, W: x - np.floor(x),
    "ceil": lambda x, y, W: x + np.ceil(x),
    "trunc": lambda x, y, W: x - np.trunc(x),
    "rint": lambda x, y, W: x * np.rint(y),
    "fix": lambda x, y, W: x - np.fix(x),
    "round": lambda x, y, W: x + np.round(x, 1),
    "round: method": lambda x, y, W: x + x.round(),
    "round: tens": lambda x, y, W: x + np.round(100 * x, -1),
    "remainder": lambda x, y, W: x % y,
    "remainder: mod": lambda x, y, W: np.mod(x, 0.7),
    "floor_divide": lambda x, y, W: x - x // 0.5,
    "divmod": lambda x, y, W: divmod(x, y)[1],
    "modf": lambda x, y, W: np.modf(x)[0],
    "nan_to_num": lambda x, y, W: np.nan_to_num(np.where(MASK, x, np.nan)),
    "nan_to_num: infinite": lambda x, y, W: np.nan_to_num(
        np.where(MASK, x, np.inf), posinf=9.0
    ),
    "astype": lambda x, y, W: (x > 0).astype(float) * x,
    "copy": lambda x, y, W: np.copy(x) + x.copy(),
    "full_like": lambda x, y, W: np.full_like(x, 3.0) * x,
    "zeros_like": lambda x, y, W: x + np.zeros_like(x),
    "ones_like": lambda x, y, W: x * np.ones_like(x),
}

SUMS = {
    "sum": lambda x, y, W: np.sum(x),
    "sum: an axis": lambda x, y, W: x.sum(axis=1),
    "sum: kept": lambda x, y, W: x / np.sum(y, axis=-1, keepdims=True),
    "sum: axis as position": lambda x, y, W: x.sum(0),
    "sum: two axes": lambda x, y, W: np.sum(x[None], axis=(0, 2)),
    "sum: Python's": lambda x, y, W: sum(x),
    "sum: a generator": lambda x, y, W: sum(a * b for a, b in zip(x[0], y[0], strict=True)),
    "sum: reduce": lambda x, y, W: np.add.reduce(x, axis=1),
    "sum: in a loop, +=": lambda x, y, W: added_up(0.0, x),
    "sum: in a loop, from a traced number": lambda x, y, W: added_up(y[0, 0], x),
    "sum: with a mask": lambda x, y, W: (x * MASK).sum() / MASK.sum(),
    "sum: a product of booleans": lambda x, y, W: np.sum((x > 0) * y),
    "mean": lambda x, y, W: np.mean(x),
    "mean: kept": lambda x, y, W: x - x.mean(axis=0, keepdims=True),
    "mean: squared error": lambda x, y, W: np.mean((x - y) ** 2),
    "mean: None": lambda x, y, W: x - x.mean(axis=1)[:, None],
    "average": lambda x, y, W: np.average(x, axis=0),
    "average: weights": lambda x, y, W: np.average(x, axis=1, weights=ROW + 3),
    "average: traced weights": lambda x, y, W: np.average(x, axis=0, weights=y),
    "average: all": lambda x, y, W: np.average(x, weights=y),
    "var": lambda x, y, W: np.var(x, axis=-1),
    "var: sample": lambda x, y, W: x.var(axis=0, ddof=1),
    "std": lambda x, y, W: (x - x.mean(-1, keepdims=True)) / x.std(-1, keepdims=True),
    "std: all": lambda x, y, W: np.std(x),
    "nansum": lambda x, y, W: np.nansum(np.where(MASK, x, np.nan), axis=0),
    "nanmean": lambda x, y, W: np.nanmean(np.where(MASK, x, np.nan), axis=1),
    "prod": lambda x, y, W: np.prod(x, axis=1),
    "prod: all": lambda x, y, W: x.prod(),
    "prod: reduce": lambda x, y, W: np.multiply.reduce(y),
    "cumsum": lambda x, y, W: np.cumsum(x, axis=0),
    "cumsum: in a row": lambda x, y, W: np.cumsum(x),
    "cumsum: method": lambda x, y, W: x.cumsum(axis=-1),
    "cumsum: accumulate": lambda x, y, W: np.add.accumulate(x),
    "cumprod": lambda x, y, W: np.cumprod(y, axis=0),
    "cumprod: method": lambda x, y, W: (1 - x).cumprod(axis=1),
    "cumprod: accumulate": lambda x, y, W: np.multiply.accumulate(y, axis=1),
    "diff": lambda x, y, W: np.diff(x),
    "diff: twice": lambda x, y, W: np.diff(x, n=2, axis=0),
    "trapezoid": lambda x, y, W: np.trapezoid(x, dx=0.5),
    "trapezoid: at places": lambda x, y, W: np.trapezoid(x, x=np.array([0, 1, 3.0])),
    "cov": lambda x, y, W: np.cov(x),
    "cov: columns": lambda x, y, W: np.cov(x, rowvar=False, bias=True),
    "corrcoef": lambda x, y, W: np.corrcoef(x[:2] + y[:2])[0],
}

ORDER = {
    "max": lambda x, y, W: np.max(x, axis=1),
    "max: all": lambda x, y, W: x.max(),
    "max: Python's": lambda x, y, W: max(x[0]),
    "max: reduce": lambda x, y, W: np.maximum.reduce(x),
    "amax": lambda x, y, W: np.amax(x, axis=0),
    "min": lambda x, y, W: x.min(axis=-1, keepdims=True) + x,
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
    "percentile": lambda x, y, W: np.percentile(x, 90),
    "take_along_axis": lambda x, y, W: np.take_along_axis(x, TARGETS[:, None], axis=1),
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
    "outer: ufunc": lambda x, y, W: np.subtract.outer(x[0], y[1]),
    "vdot": lambda x, y, W: np.vdot(x, y),
    "vecdot": lambda x, y, W: np.vecdot(x, y),
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

SHAPES = {
    "reshape": lambda x, y, W: x.reshape(2, 6),
    "reshape: -1": lambda x, y, W: np.reshape(x, (-1, 2)),
    "reshape: heads": lambda x, y, W: x.reshape(2, 2, 3).transpose(1, 0, 2),
    "ravel": lambda x, y, W: x.ravel(),
    "ravel: flatten": lambda x, y, W: x.flatten(),
    "transpose": lambda x, y, W: x.T,
    "transpose: axes": lambda x, y, W: np.transpose(x[None], (1, 2, 0)),
    "matrix_transpose": lambda x, y, W: x.mT,
    "swapaxes": lambda x, y, W: x.swapaxes(0, 1),
    "moveaxis": lambda x, y, W: np.moveaxis(x[None], 0, -1),
    "rollaxis": lambda x, y, W: np.rollaxis(x[None], 2),
    "expand_dims": lambda x, y, W: np.expand_dims(x, 1) - y,
    "expand_dims: newaxis": lambda x, y, W: x[:, np.newaxis] - y[None],
    "squeeze": lambda x, y, W: np.squeeze(x[:, :1]),
    "squeeze: method": lambda x, y, W: x[:1].squeeze(axis=0),
    "atleast_1d": lambda x, y, W: np.atleast_1d(x[0, 0]),
    "atleast_2d": lambda x, y, W: np.atleast_2d(x[0]),
    "atleast_3d": lambda x, y, W: np.atleast_3d(x),
    "broadcast_to": lambda x, y, W: np.broadcast_to(x[0], (4, 3)) * y,
    "broadcast_arrays": lambda x, y, W: np.broadcast_arrays(x[:, :1], y)[0],
    "meshgrid": lambda x, y, W: np.meshgrid(x[0], y[:, 0])[0],
    "concatenate": lambda x, y, W: np.concatenate([x, y]),
    "concatenate: axis": lambda x, y, W: np.concatenate((x, y), axis=1),
    "concatenate: a state": lambda x, y, W: np.concatenate([x[0], y[0]]) * 2,
    "stack": lambda x, y, W: np.stack([x, y]),
    "stack: a list": lambda x, y, W: np.stack([row * 2 for row in x], axis=1),
    "vstack": lambda x, y, W: np.vstack([x, y[0]]),
    "hstack": lambda x, y, W: np.hstack([x, y]),
    "hstack: rows": lambda x, y, W: np.hstack((x[0], y[0])),
    "dstack": lambda x, y, W: np.dstack([x, y]),
    "column_stack": lambda x, y, W: np.column_stack([x[:, 0], y]),
    "append": lambda x, y, W: np.append(x, y, axis=0),
    "append: in a row": lambda x, y, W: np.append(x[0], 1.0),
    "block": lambda x, y, W: np.block([[x, y], [y, x]]),
    "split": lambda x, y, W: np.split(x, 2)[1],
    "split: gates": lambda x, y, W: np.split(x, 3, axis=1)[0] * y,
    "array_split": lambda x, y, W: np.array_split(x, 3)[0],
    "hsplit": lambda x, y, W: np.hsplit(x, 3)[1],
    "vsplit": lambda x, y, W: np.vsplit(x, [1, 3])[1],
    "dsplit": lambda x, y, W: np.dsplit(np.dstack([x, y]), 2)[1],
    "unstack": lambda x, y, W: np.unstack(x, axis=1)[2],
    "repeat": lambda x, y, W: np.repeat(x, 2, axis=0),
    "repeat: in a row": lambda x, y, W: np.repeat(x, 2),
    "repeat: method, counts": lambda x, y, W: x.repeat([1, 0, 2], axis=1),
    "tile": lambda x, y, W: np.tile(x, (2, 1)),
    "tile: a row": lambda x, y, W: np.tile(x[0], 3),
    "tile: more axes": lambda x, y, W: np.tile(x, (2, 1, 2)),
    "resize": lambda x, y, W: np.resize(x, (2, 2)),
    "pad": lambda x, y, W: np.pad(x, 1),
    "pad: sides": lambda x, y, W: np.pad(x, ((1, 0), (0, 2)), constant_values=-1.0),
    "pad: constant": lambda x, y, W: np.pad(x, ((0, 0), (1, 1)), mode="constant"),
    "pad: edge": lambda x, y, W: np.pad(x, 2, mode="edge"),
    "pad: reflect": lambda x, y, W: np.pad(x, ((1, 2), (0, 0)), "reflect"),
    "roll": lambda x, y, W: np.roll(x, 1, axis=0),
    "roll: in a row": lambda x, y, W: np.roll(x, -2),
    "roll: two axes": lambda x, y, W: np.roll(x, (1, -1), axis=(0, 1)),
    "flip": lambda x, y, W: np.flip(x),
    "flip: an axis": lambda x, y, W: np.flip(x, axis=-1),
    "fliplr": lambda x, y, W: np.fliplr(x),
    "flipud": lambda x, y, W: np.flipud(x),
    "rot90": lambda x, y, W: np.rot90(x),
    "insert": lambda x, y, W: np.insert(x, 1, y[0], axis=0),
    "insert: numbers": lambda x, y, W: np.insert(x[0], [0, 2], 9.0),
    "insert: a column": lambda x, y, W: np.insert(x, 0, 1.0, axis=1),
    "delete": lambda x, y, W: np.delete(x, 1, axis=0),
    "delete: several": lambda x, y, W: np.delete(x, [0, 2], axis=1),
    "sliding_window_view": lambda x, y, W: sliding_window_view(x, 2, axis=0) @ W[0],
    "sliding_window_view: image": lambda x, y, W: np.einsum(
        "ijkl,kl->ij", sliding_window_view(x, (2, 2)), W[:2]
    ),
    "diagonal": lambda x, y, W: x.diagonal(),
    "diagonal: beside": lambda x, y, W: np.diagonal(x, offset=-1),
    "linalg.diagonal": lambda x, y, W: np.linalg.diagonal(np.stack([x, y])),
    "diag": lambda x, y, W: np.diag(x[0]),
    "diag: beside": lambda x, y, W: np.diag(x[0], k=-1) + np.diag(x[:, 0]),
    "diag: of a matrix": lambda x, y, W: np.diag(x),
    "tril": lambda x, y, W: np.tril(x @ y.T),
    "triu": lambda x, y, W: np.triu(x, k=1),
}

PICKS = {
    "getitem: embedding": lambda x, y, W: W[IDS],
    "getitem: one number": lambda x, y, W: x[1, 2] * y[0, 0],
    "getitem: slice": lambda x, y, W: x[1:3, :2],
    "getitem: step": lambda x, y, W: x[::2] + x[1::2],
    "getitem: rotate by halves": lambda x, y, W: np.concatenate(
        [-x[..., 1:], x[..., :1]], axis=-1
    ),
    "getitem: ellipsis": lambda x, y, W: x[..., -1],
    "getitem: backwards": lambda x, y, W: x[::-1],
    "getitem: mask": lambda x, y, W: x[MASK],
    "getitem: own mask": lambda x, y, W: x[x > 0],
    "getitem: targets": lambda x, y, W: -np.log(softmax(x)[np.arange(4), TARGETS]),
    "getitem: list": lambda x, y, W: x[[0, 2]],
    "getitem: last": lambda x, y, W: x[-1],
    "getitem: None": lambda x, y, W: x[:, None, :] * y[None],
    "take": lambda x, y, W: np.take(x, [0, 2], axis=1),
    "take: in a row": lambda x, y, W: np.take(x, [0, 7]),
    "take: method": lambda x, y, W: x.take(IDS, axis=0),
    "where: causal": lambda x, y, W: softmax(np.where(CAUSAL, x @ y.T, -np.inf)),
    "where: causal, added": lambda x, y, W: softmax(x @ y.T + np.where(CAUSAL, 0, -1e9)),
    "where: mask": lambda x, y, W: np.where(MASK, x, y),
    "multiply: dropout": lambda x, y, W: x * MASK / 0.7,
    "multiply: one hot": lambda x, y, W: -np.sum(ONE_HOT * np.log(softmax(x)), axis=1),
    "matmul: one hot": lambda x, y, W: ONE_HOT @ W,
    "iterate: rows": lambda x, y, W: np.stack([a * b for a, b in zip(x, y, strict=True)]),
    "iterate: enumerate": lambda x, y, W: sum(i * row for i, row in enumerate(x)),
    "iterate: unpacking": lambda x, y, W: (lambda a, b, *rest: a * b)(*x),
    "iterate: recurrence": lambda x, y, W: recurrence(x, W),
    "len": lambda x, y, W: x.sum() / len(x),
    "shape": lambda x, y, W: x * x.shape[-1] ** -0.5,
    "size": lambda x, y, W: np.sum(x) / x.size,
    "ndim": lambda x, y, W: x if x.ndim == 2 else x[None],
    "iadd: one number": lambda x, y, W: in_place(x[0, 0], y[0, 0]),
}


def recurrence(x, W):
    h = np.zeros(2)
    states = []
    for row in x:
        h = np.tanh(row @ W + h)
        states.append(h)
    return np.stack(states)


def in_place(a, b):
    a += b
    a *= b
    a -= 1
    a /= 2
    a **= 2
    return a


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
