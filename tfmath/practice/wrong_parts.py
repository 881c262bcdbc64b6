"""Layer norm and feed-forward done wrongly: what a wrong answer is compared with."""

from typing import Any

import numpy as np

from tfmath.parts.activation import gelu
from tfmath.parts.feed_forward import feed_forward, relu
from tfmath.parts.norm import EPSILON, layer_norm, standardize


def _norm(axis=-1, ddof=0, inside=EPSILON, outside=0.0, keep=True, centred=True):
    """Layer norm with every choice open, to be chosen wrongly."""

    def norm(x, gain, bias):
        mean = x.mean(axis=axis, keepdims=keep)
        variance = x.var(axis=axis, ddof=ddof, keepdims=keep)
        with np.errstate(all="ignore"):
            deviation = np.sqrt(variance + inside) + outside
            return (x - mean if centred else x) / deviation * gain + bias

    return norm


def _by_five(**axis):
    """The chapter's row has five numbers."""

    def norm(x, gain, bias):
        x = x - x.sum(**axis) / 5
        return x / np.sqrt((x**2).sum(**axis) / 5 + EPSILON) * gain + bias

    return norm


def _over(x, divisor, gain, bias):
    return (x - x.mean(axis=-1, keepdims=True)) / divisor * gain + bias


EPSILONS: dict[str, Any] = {
    "the variance divides by d − 1 (NumPy's ddof=1, torch.std)": {"ddof": 1},
    "ε is added to the root, not inside it": {"inside": 0.0, "outside": EPSILON},
    "the variance divides by d − 1, and ε is added to the root, not inside it": {
        "ddof": 1,
        "inside": 0.0,
        "outside": EPSILON,
    },
    "ε is left out: a row of equal numbers is 0 / 0": {"inside": 0.0},
    "the variance divides by d − 1, and ε is left out": {"ddof": 1, "inside": 0.0},
    "each column is standardized, over the words, instead of each row": {"axis": 0},
    "one mean and one variance serve the whole table; each row has its own": {"axis": None},
    "the means lie down as a row: keepdims=True keeps them a column": {"keep": False},
    "the mean is not subtracted": {"centred": False},
} | {
    f"ε is {epsilon:g}; 0.00001 is asked for": {"inside": epsilon}
    for epsilon in (1e-12, 1e-10, 1e-8, 1e-6, 1e-4, 1e-3, 1e5)
}
WRONG_NORM = {because: _norm(**choice) for because, choice in EPSILONS.items()} | {
    "a row is divided by 5, as in the chapter; take its mean": (
        _by_five(axis=-1, keepdims=True)
    ),
    "the chapter's lines for one row stand in it: sum() of a table is one number": (
        _by_five()
    ),
    "you divide by len(x), the number of words; a row has x.shape[1] numbers": (
        lambda x, g, b: _over(
            x, np.sqrt(_squares(x).sum(-1, keepdims=True) / len(x) + EPSILON), g, b
        )
    ),
    "ε comes in only where the variance is 0; it stands in every root": (
        lambda x, g, b: _over(x, _or_one(x.std(-1, keepdims=True)), g, b)
    ),
    "the root is taken of the deviation, which is a root already": (
        lambda x, g, b: _over(x, np.sqrt(x.std(-1, keepdims=True) + EPSILON), g, b)
    ),
    "the mean of the squares is taken for the variance: take the mean off first": (
        lambda x, g, b: _over(x, np.sqrt((x**2).mean(-1, keepdims=True) + EPSILON), g, b)
    ),
    "brackets are missing: only the mean is divided by the root": (
        lambda x, g, b: x - x.mean(-1, keepdims=True) / _deviation(x) * g + b
    ),
    "gain and bias stand as columns; they are rows, a number for each column of x": (
        lambda x, g, b: x * g[:, np.newaxis]
    ),
    "the chapter's mean 7 and variance 4 stand in it; each row has its own": (
        lambda x, g, b: (x - 7) / np.sqrt(4 + EPSILON) * g + b
    ),
    "one variance serves the whole table; each row has its own": (
        lambda x, g, b: _over(x, np.sqrt(_squares(x).mean() + EPSILON), g, b)
    ),
    "one mean serves the whole table; each row has its own": (
        lambda x, g, b: (x - x.mean()) / _deviation(x) * g + b
    ),
    "gain and bias come before the norm, which undoes them; they come after it": (
        lambda x, g, b: standardize(x * g + b)
    ),
    "nothing is standardized: in a loop, row = … changes no row of x": (
        lambda x, g, b: x * g + b
    ),
    "ε stands behind the root; a bracket closes too soon": (
        lambda x, g, b: _over(x, x.std(-1, keepdims=True), 1, 0) + EPSILON * g + b
    ),
    "gain and bias are left out": lambda x, g, b: layer_norm(x, 1 + 0 * g, 0 * b),
    "the gain is left out": lambda x, g, b: layer_norm(x, 1 + 0 * g, b),
    "the bias is left out": lambda x, g, b: layer_norm(x, g, 0 * b),
    "gain and bias have changed places": lambda x, g, b: layer_norm(x, b, g),
    "the bias is added before the gain": lambda x, g, b: layer_norm(x, g, b * g),
    "the bias is taken off, not added": lambda x, g, b: layer_norm(x, g, -b),
    "you divide by the variance, not by its root": (
        lambda x, g, b: _over(x, x.var(-1, keepdims=True) + EPSILON, g, b)
    ),
    "you divide by the root of the sum of the squares, not of their mean": (
        lambda x, g, b: _over(
            x, np.sqrt(_squares(x).sum(-1, keepdims=True) + EPSILON), g, b
        )
    ),
    "you divide by the length of the row, which is not centred then": (
        lambda x, g, b: _over(x, np.linalg.norm(x, axis=-1, keepdims=True), g, b)
    ),
    "the mean is not subtracted anywhere: that is another norm, the root mean square": (
        lambda x, g, b: x / np.sqrt((x**2).mean(-1, keepdims=True) + EPSILON) * g + b
    ),
    "you divide by the span of the row, from its smallest number to its largest": (
        lambda x, g, b: _over(x, np.ptp(x, axis=-1, keepdims=True) + EPSILON, g, b)
    ),
    "x is added already: the norm comes after the sum, it does not make it": (
        lambda x, g, b: x + layer_norm(x, g, b)
    ),
}


def _or_one(deviation):
    return np.where(deviation > 0, deviation, 1)


def _deviation(x):
    return np.sqrt(x.var(axis=-1, keepdims=True) + EPSILON)


def _squares(x):
    return (x - x.mean(axis=-1, keepdims=True)) ** 2


def _bent(bend):
    """The network with another bend."""
    return lambda x, W_1, b_1, W_2, b_2: bend(x @ W_1 + b_1) @ W_2 + b_2


WRONG_NETWORK = {
    "there is no ReLU, and the two matrices are one": _bent(lambda z: z),
    "the ReLU keeps what is negative": _bent(lambda z: np.minimum(z, 0)),
    "the bend is |z|, which turns negative numbers round; ReLU puts 0": _bent(np.abs),
    "the bend says yes or no, 1 or 0; ReLU keeps what is positive": _bent(lambda z: z > 0),
    "the bend is GELU; ReLU is asked for": _bent(gelu),
    "the bend is the sigmoid; ReLU is asked for": _bent(lambda z: 1 / (1 + np.exp(-z))),
    "the bend is tanh; ReLU is asked for": _bent(np.tanh),
    "the bend goes on below 0 with a little slope; ReLU puts 0": (
        _bent(lambda z: np.maximum(z, 0.01 * z))
    ),
    "`max` and `if` ask one yes or no of a whole table: np.maximum(z, 0)": (
        _bent(lambda z: max(0, z))
    ),
    "np.max gives the largest of each column; np.maximum compares with 0": (
        _bent(lambda z: np.max(z, 0))
    ),
    "np.max takes one table, and an axis; np.maximum(z, 0) compares each with 0": (
        _bent(lambda z: np.max(0, z))
    ),
    "the ReLU stands at the end instead of in the middle": (
        lambda x, W_1, b_1, W_2, b_2: relu((x @ W_1 + b_1) @ W_2 + b_2)
    ),
    "there is a ReLU at the end too": (
        lambda x, W_1, b_1, W_2, b_2: relu(feed_forward(x, W_1, b_1, W_2, b_2))
    ),
    "the ReLU stands in front of the first matrix": (
        lambda x, W_1, b_1, W_2, b_2: (relu(x) @ W_1 + b_1) @ W_2 + b_2
    ),
    "b_1 is left out": lambda x, W_1, b_1, W_2, b_2: relu(x @ W_1) @ W_2 + b_2,
    "b_2 is left out": lambda x, W_1, b_1, W_2, b_2: relu(x @ W_1 + b_1) @ W_2,
    "both biases are left out": lambda x, W_1, b_1, W_2, b_2: relu(x @ W_1) @ W_2,
    "W_2 and b_2 are added up first; it is hidden @ W_2 + b_2": (
        lambda x, W_1, b_1, W_2, b_2: relu(x @ W_1 + b_1) @ (W_2 + b_2)
    ),
    "W_1 and b_1 are added up first; it is x @ W_1 + b_1": (
        lambda x, W_1, b_1, W_2, b_2: relu(x @ (W_1 + b_1)) @ W_2 + b_2
    ),
    "b_1 is added after the ReLU": (
        lambda x, W_1, b_1, W_2, b_2: (relu(x @ W_1) + b_1) @ W_2 + b_2
    ),
    "the input is added already; that is the residual's job": (
        lambda x, W_1, b_1, W_2, b_2: x + feed_forward(x, W_1, b_1, W_2, b_2)
    ),
    "the hidden numbers are handed over: W_2 and b_2 are missing": (
        lambda x, W_1, b_1, W_2, b_2: relu(x @ W_1 + b_1)
    ),
    "tables are multiplied with *, number by number, and not with @": (
        lambda x, W_1, b_1, W_2, b_2: relu(x * W_1 + b_1) * W_2 + b_2
    ),
    "W_1 stands in front of x: rows are words, so x @ W_1": (
        lambda x, W_1, b_1, W_2, b_2: W_1 @ x
    ),
    "x meets a table of d_ff rows, W_2, or W_1 turned round; it meets W_1 as it is": (
        lambda x, W_1, b_1, W_2, b_2: x @ W_2
    ),
    "b_1 and b_2 have changed places, or brackets are missing: (… + b_1) @ W_2": (
        lambda x, W_1, b_1, W_2, b_2: x @ W_1 + b_2
    ),
}
