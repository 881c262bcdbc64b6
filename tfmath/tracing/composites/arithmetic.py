"""Functions of single numbers, said with operations that have a rule."""

import math
from functools import reduce

import numpy as np

from tfmath.arguments import whole
from tfmath.tracing.calls import only
from tfmath.tracing.rules.row import plain


def clip(a, a_min=None, a_max=None, out=None, *, min=None, max=None):
    """On an edge the slope is 1, as PyTorch's: of two equal ones the second has it."""
    only("clip", {"out": out})
    for name, first, second in (("min", a_min, min), ("max", a_max, max)):
        if first is not None and second is not None:
            raise ValueError(f"np.clip: a_{name} and {name} are one; give one of them.")
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    a = a if low is None else np.maximum(low, a)
    return a if high is None else np.minimum(high, a)


def round_(a, decimals=0, out=None):
    only("round", {"out": out})
    decimals = whole("np.round", "decimals", decimals, least=-math.inf)
    shift = 10.0 ** abs(decimals)
    if decimals == 0:
        return np.rint(a)
    return np.rint(a * shift) / shift if decimals > 0 else np.rint(a / shift) * shift


def select(condlist, choicelist, default=0):
    """The first condition that holds chooses."""
    pairs = list(zip(condlist, choicelist, strict=True))
    return reduce(lambda rest, pair: np.where(*pair, rest), reversed(pairs), default)


def nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None):
    most = np.finfo(x.dtype).max.item()
    highest, lowest = (
        most if posinf is None else posinf,
        -most if neginf is None else neginf,
    )
    x = np.where(np.isnan(x), nan, x)
    return np.where(np.equal(x, np.inf), highest, np.where(np.equal(x, -np.inf), lowest, x))


def heaviside(x1, x2):
    below = np.where(np.less(x1, 0), 0.0, x1)  # what is not below 0 either is nan
    return np.where(np.greater(x1, 0), 1.0, np.where(np.equal(x1, 0), x2, below))


def without_nan(choose):
    """np.fmin and np.fmax: where one of two is nan, the other."""

    def chosen(a, b):
        found = choose(a, b)
        for missing, other in ((b, a), (a, b)):
            if not isinstance(missing, int | float) or np.isnan(missing):
                found = np.where(np.isnan(missing), other, found)
        return found

    return chosen


def fmod(a, b):
    """The rest of a division, with the sign of `a`; `%` has that of `b`."""
    size = abs(b) if isinstance(b, int | float) else np.absolute(b)
    return np.where(np.less(a, 0), -(-a % size), a % size)


def full_like(a, fill_value, dtype=None, order="K", subok=True, shape=None, **others):
    if not hasattr(fill_value, "op"):
        return np.full_like(plain(a), fill_value, dtype, order, subok, shape)
    only("full_like", {"dtype": dtype} | others)
    kind = np.result_type(a)
    fill_value = fill_value if fill_value.dtype == kind else fill_value.astype(kind)
    return np.broadcast_to(fill_value, np.shape(a) if shape is None else shape)


def expit(x):
    """SciPy's sigmoid, 1 / (1 + exp(-x)), so that nothing overflows."""
    return np.exp(-np.logaddexp(0, -x))


def sinc(x):
    x = np.pi * np.where(np.equal(x, 0), 1e-20, x)  # as NumPy does
    return np.sin(x) / x


def float_power(x1, x2):
    wide = (np.multiply(x, np.float64(1)) for x in (x1, x2))
    return np.power(*wide)


ARITHMETIC = {
    "clip": clip,
    "round": round_,
    "around": round_,
    "fix": lambda x, out=None: np.trunc(x),
    "select": select,
    "nan_to_num": nan_to_num,
    "heaviside": heaviside,
    "full_like": full_like,
    "expit": expit,
    "log_expit": lambda x: -np.logaddexp(0, -x),
    "fabs": lambda a: np.absolute(a),
    "positive": lambda a: np.copy(a),
    "conjugate": lambda a: np.copy(a),
    "real": lambda a: np.copy(a),
    "reciprocal": lambda a: 1 / a,
    "fmax": without_nan(np.maximum),
    "fmin": without_nan(np.minimum),
    "fmod": fmod,
    "float_power": float_power,
    "divmod": lambda a, b: (a // b, a % b),
    "modf": lambda a: (a - np.trunc(a), np.trunc(a)),
    "radians": lambda a: a * (np.pi / 180),
    "deg2rad": lambda a: a * (np.pi / 180),
    "degrees": lambda a: a * (180 / np.pi),
    "rad2deg": lambda a: a * (180 / np.pi),
    "sinc": sinc,
}
