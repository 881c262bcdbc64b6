"""Exercises of chapter 08: the encoder layer."""

import math

import numpy as np

from tfmath import toy
from tfmath.attention.dot_product import scaled_dot_product_attention
from tfmath.parts.embedding import embed
from tfmath.parts.feed_forward import feed_forward, relu
from tfmath.parts.norm import EPSILON, layer_norm, standardize
from tfmath.parts.text import encode
from tfmath.practice.answers import Exercise, Mistake

# Pencil ---------------------------------------------------------------------------------

ROW = np.array([1.0, 6.0, 6.0, 6.0, 6.0])
"""Mean 5, squared deviations 16 + 1 + 1 + 1 + 1, variance 4."""

FIRST = Exercise(
    "Standardize the row 1, 6, 6, 6, 6 (leave ε out). What is its first number?",
    float(standardize(ROW, epsilon=0.0)[0]),
    (
        Mistake(-4.0, "you stop at the deviation from the mean"),
        Mistake(-1.0, "you divide by the variance 4, not by its root"),
        Mistake(-4 / math.sqrt(5), "you divide by n − 1 = 4 in the variance, not by n = 5"),
        Mistake(2.0, "you subtract the number from the mean instead of the other way"),
        Mistake(0.5, "you give the other numbers of the row"),
    ),
    (
        "The mean is 5. How far from it is 1?",
        "The variance is (16 + 1 + 1 + 1 + 1) / 5.",
        "−4 / √4",
    ),
    tolerance=5e-3,
)

X, W_1, B_1 = np.array([[-3.0]]), np.array([[1.0, -1.0]]), np.array([0.0, 0.0])
W_2, B_2 = np.array([[2.0], [1.0]]), np.array([1.0])

BEND = Exercise(
    "x = −3, W_1 = (1, −1), b_1 = (0, 0), W_2 = (2, 1) as a column, b_2 = 1. "
    "What does the feed-forward network give?",
    float(feed_forward(X, W_1, B_1, W_2, B_2)[0, 0]),
    (
        Mistake(-2.0, "the −3 goes through: the ReLU keeps only what is positive"),
        Mistake(3.0, "b_2 is left out"),
        Mistake(-5.0, "the ReLU keeps what is negative"),
        Mistake(1.0, "both hidden numbers are dropped; the second is +3"),
    ),
    (
        "Before activation: −3 · 1 and −3 · (−1).",
        "The hidden numbers are 0 and 3.",
        "0 · 2 + 3 · 1 + 1",
    ),
)

# Code -----------------------------------------------------------------------------------


def _norm(x, gain, bias, *, axis=-1, ddof=0, inside=EPSILON, outside=0.0):
    """Layer norm with every choice open, to be chosen wrongly."""
    centred = x - x.mean(axis=axis, keepdims=True)
    deviation = np.sqrt(x.var(axis=axis, ddof=ddof, keepdims=True) + inside) + outside
    return centred / deviation * gain + bias


def _rows(rng):
    x = rng.normal(3.0, 2.0, size=(4, 5))
    x[1] = 2.0 + 1e-3 * x[1]  # a row that is nearly constant: there ε shows
    return x, rng.normal(1.0, 0.5, size=5), rng.normal(size=5)


LAYER_NORM = Exercise(
    "Write layer_norm(x, gain, bias), row by row, with ε = 0.00001.",
    layer_norm,
    (
        Mistake(
            lambda x, g, b: _norm(x, g, b, ddof=1),
            "the variance divides by d − 1 (NumPy's ddof=1, torch.std)",
        ),
        Mistake(
            lambda x, g, b: _norm(x, g, b, inside=0.0, outside=EPSILON),
            "ε is added to the root, not inside it",
        ),
        Mistake(
            lambda x, g, b: _norm(x, g, b, ddof=1, inside=0.0, outside=EPSILON),
            "the variance divides by d − 1, and ε is added to the root, not inside it",
        ),
        Mistake(lambda x, g, b: _norm(x, g, b, inside=0.0), "ε is left out"),
        Mistake(
            lambda x, g, b: _norm(x, g, b, axis=0),
            "each column is standardized, over the words, instead of each row",
        ),
        Mistake(
            lambda x, g, b: _norm(x, g, b, axis=None),
            "one mean and one variance serve the whole table; each row has its own",
        ),
        Mistake(lambda x, g, b: standardize(x), "gain and bias are left out"),
        Mistake(
            lambda x, g, b: (standardize(x) + b) * g, "the bias is added before the gain"
        ),
        Mistake(
            lambda x, g, b: (
                (x - x.mean(-1, keepdims=True)) / (x.var(-1, keepdims=True) + EPSILON) * g
                + b
            ),
            "you divide by the variance, not by its root",
        ),
    ),
    (
        "x.mean(axis=-1, keepdims=True) is each row's mean, as a column.",
        "x.var(axis=-1, keepdims=True) divides by d, as it should.",
        "(x - mean) / np.sqrt(var + 1e-5) * gain + bias",
    ),
    _rows,
)


def _network(rng):
    x, W_1, b_1 = rng.normal(size=(4, 5)), rng.normal(size=(5, 7)), rng.normal(size=7)
    return x, W_1, b_1, rng.normal(size=(7, 5)), rng.normal(size=5)


FEED_FORWARD = Exercise(
    "Write feed_forward(x, W_1, b_1, W_2, b_2).",
    feed_forward,
    (
        Mistake(
            lambda x, W_1, b_1, W_2, b_2: (x @ W_1 + b_1) @ W_2 + b_2,
            "there is no ReLU, and the two matrices are one",
        ),
        Mistake(
            lambda x, W_1, b_1, W_2, b_2: relu((x @ W_1 + b_1) @ W_2 + b_2),
            "the ReLU stands at the end instead of in the middle",
        ),
        Mistake(
            lambda x, W_1, b_1, W_2, b_2: relu(relu(x @ W_1 + b_1) @ W_2 + b_2),
            "there is a ReLU at the end too",
        ),
        Mistake(lambda x, W_1, b_1, W_2, b_2: relu(x @ W_1) @ W_2 + b_2, "b_1 is left out"),
        Mistake(lambda x, W_1, b_1, W_2, b_2: relu(x @ W_1 + b_1) @ W_2, "b_2 is left out"),
        Mistake(
            lambda x, W_1, b_1, W_2, b_2: (relu(x @ W_1) + b_1) @ W_2 + b_2,
            "b_1 is added after the ReLU",
        ),
        Mistake(
            lambda x, W_1, b_1, W_2, b_2: x + feed_forward(x, W_1, b_1, W_2, b_2),
            "the input is added already; that is the residual's job",
        ),
    ),
    ("Two lines: hidden = …, then output.", "np.maximum(x @ W_1 + b_1, 0) @ W_2 + b_2"),
    _network,
)

# Wonder ---------------------------------------------------------------------------------


def without_residual(x, changed):
    """The next layer sees only what attention gives."""
    return changed


def with_residual(x, changed):
    """The next layer sees the rows, and what attention adds."""
    return x + changed


def spreads(x, join, n_layers, seed=0):
    """How far the rows lie apart, before and after each of several random attentions.

    Parameters
    ----------
    x : (n, d)
    join : function
        `without_residual` or `with_residual`.
    n_layers, seed : int

    Returns
    -------
    list of float
        Of all columns the largest distance between two rows.
    """
    rng, found = np.random.default_rng(seed), [float(np.ptp(x, axis=0).max())]
    d = x.shape[-1]
    for _ in range(n_layers):
        W_Q, W_K, W_V = rng.normal(0.0, 1 / math.sqrt(d), size=(3, d, d))
        x = join(x, scaled_dot_product_attention(x @ W_Q, x @ W_K, x @ W_V))
        found.append(float(np.ptp(x, axis=0).max()))
    return found


def sentence():
    """The encoder's input for the six worked words."""
    ids = encode("when you play game of thrones", toy.WORDS)
    return embed(ids, toy.load()["embedding"])


def _layers_until_alike(limit=0.01):
    found = spreads(sentence(), without_residual, 12)
    return next(i for i, spread in enumerate(found) if spread < limit)


ALIKE = Exercise(
    "Without residual, seed 0: after how many layers do all six rows agree to within 0.01?",
    _layers_until_alike(),
    (
        Mistake(_layers_until_alike(1.0), "you stop when they agree to within 1"),
        Mistake(_layers_until_alike() + 1, "you count the input as a layer"),
    ),
    ("Print spreads(x, without_residual, n_layers) and count from 0, the input.",),
)
