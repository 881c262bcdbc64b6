"""Exercises of the encoder layer: its sum, its norm and its network."""

import math

import numpy as np

from tfmath import toy
from tfmath.parts.embedding import embed
from tfmath.parts.feed_forward import feed_forward
from tfmath.parts.norm import layer_norm, standardize
from tfmath.parts.text import encode
from tfmath.practice.answers import Exercise, Mistake
from tfmath.practice.trials import sizes
from tfmath.practice.wrong_parts import WRONG_NETWORK, WRONG_NORM
from tfmath.study.averaging import spreads

# Pencil ---------------------------------------------------------------------------------

_ROW = np.array([1.0, 6.0, 6.0, 6.0, 6.0])
"""Mean 5, squared deviations 16 + 1 + 1 + 1 + 1, variance 4."""

FIRST = Exercise(
    "Standardize the row 1, 6, 6, 6, 6 (leave ε out): what is its first number, to two "
    "decimals?",
    float(standardize(_ROW, epsilon=0.0)[0]),
    (
        Mistake(-4.0, "you stop at the deviation from the mean"),
        Mistake(-1.0, "you divide by the variance 4, not by its root"),
        Mistake(-4 / math.sqrt(5), "you divide by n − 1 = 4 in the variance, not by n = 5"),
        Mistake(-4 / math.sqrt(20), "you take the root of the sum 20, not of its mean 4"),
        Mistake(
            -2.5, "you divide by the mean distance from the mean, 8 / 5, not by the root"
        ),
        Mistake(-0.8, "you divide by 5, how many they are, not by the deviation"),
        Mistake(2.0, "you subtract the number from the mean instead of the other way"),
        Mistake(0.5, "you give the other numbers of the row"),
        Mistake((-2.0, 0.5, 0.5, 0.5, 0.5), "you give the whole row; its first is asked"),
        Mistake(-1.5, "you give the first number of the row in the text"),
    ),
    (
        "The mean is 5. How far from it is 1?",
        "The variance is (16 + 1 + 1 + 1 + 1) / 5.",
        "−4 / √4",
    ),
    tolerance=5e-3,
)

_X, _W_1, _B_1 = np.array([[-3.0]]), np.array([[1.0, -1.0]]), np.array([0.0, 0.0])
_W_2, _B_2 = np.array([[2.0], [1.0]]), np.array([1.0])

BEND = Exercise(
    "x = −3, W_1 = (1, −1), b_1 = (0, 0), W_2 = (2, 1) as a column, b_2 = 1: what does the "
    "feed-forward network give, as a whole number?",
    float(feed_forward(_X, _W_1, _B_1, _W_2, _B_2)[0, 0]),
    (
        Mistake(-2.0, "the −3 goes through: the ReLU keeps only what is positive"),
        Mistake(3.0, "b_2 is left out"),
        Mistake(-5.0, "the ReLU keeps what is negative"),
        Mistake(
            1.0, "both hidden numbers are 0: ReLU comes after W_1, and the second is +3"
        ),
        Mistake(7.0, "the hidden 3 meets the 2 of W_2; it stands second and meets the 1"),
        Mistake(0.0, "the ReLU stands at the end; it bends the hidden numbers"),
        Mistake(10.0, "the −3 becomes 3; the ReLU makes 0 of it"),
        Mistake(6.0, "b_2 is added to the hidden numbers; it comes last"),
        Mistake((-3, 3), "you give the numbers before the ReLU; it and W_2 are to come"),
        Mistake((0, 3), "you give the hidden numbers; W_2 and b_2 come after them"),
    ),
    (
        "Before activation: −3 · 1 and −3 · (−1).",
        "The hidden numbers are 0 and 3.",
        "0 · 2 + 3 · 1 + 1",
    ),
    tolerance=0,
)

# Code -----------------------------------------------------------------------------------


def _rows(rng, spread=2.0):
    """Rows round 3; with a small spread, ε shows."""
    n, d = sizes(rng, 2, least=3, most=7)
    x = 3.0 + spread * rng.normal(size=(n, d))
    return x, rng.normal(1.0, 0.5, size=d), rng.normal(size=d)


def _with_equal_numbers(rng):
    x, gain, bias = _rows(rng)
    x[-1] = 7.0
    return x, gain, bias


def _row_by_row(x, gain, bias):
    rows = []
    for row in x:
        away = [number - sum(row) / len(row) for number in row]
        deviation = math.sqrt(sum(a * a for a in away) / len(row) + 1e-5)
        rows.append(
            [a / deviation * g + b for a, g, b in zip(away, gain, bias, strict=True)]
        )
    return rows


def _by_mean_squares(x, gain, bias):
    mean, square = (power.mean(axis=1)[:, np.newaxis] for power in (x, x**2))
    return gain * (x - mean) * (square - mean**2 + 1e-5) ** -0.5 + bias


LAYER_NORM = Exercise(
    "Write my_layer_norm(x, gain, bias): a table like x, row by row, with ε = 0.00001.",
    layer_norm,
    tuple(Mistake(wrong, because) for because, wrong in WRONG_NORM.items()),
    (
        "x.mean(axis=-1, keepdims=True) is each row's mean, as a column.",
        "x.var(axis=-1, keepdims=True) divides by d, as it should.",
        "(x - mean) / np.sqrt(var + 1e-5) * gain + bias",
    ),
    (_rows, lambda rng: _rows(rng, 0.02), _with_equal_numbers),
    forms=(
        _row_by_row,
        _by_mean_squares,
        lambda x, *norm: layer_norm(x.astype(np.float32), *norm).astype(np.float32),
    ),
)


def _network(rng):
    n, d_model, d_ff = sizes(rng, 3, most=7)
    shapes = ((n, d_model), (d_model, d_ff), (d_ff,), (d_ff, d_model), (d_model,))
    return tuple(rng.normal(size=shape) for shape in shapes)


def _word_by_word(x, W_1, b_1, W_2, b_2):
    hidden = [[max(0.0, z) for z in word @ W_1 + b_1] for word in x]
    return [np.dot(row, W_2) + b_2 for row in hidden]


FEED_FORWARD = Exercise(
    "Write my_feed_forward(x, W_1, b_1, W_2, b_2): a table like x, with ReLU as its bend.",
    feed_forward,
    tuple(Mistake(wrong, because) for because, wrong in WRONG_NETWORK.items()),
    (
        "Two lines: hidden = …, then output.",
        "hidden = np.maximum(x @ W_1 + b_1, 0)",
        "return hidden @ W_2 + b_2",
    ),
    _network,
    forms=(
        _word_by_word,
        lambda x, W_1, b_1, W_2, b_2: (z := x @ W_1 + b_1) * (z > 0) @ W_2 + b_2,
        lambda x, W_1, b_1, W_2, b_2: np.clip(x @ W_1 + b_1, 0, None) @ W_2 + b_2,
    ),
)

# Wonder ---------------------------------------------------------------------------------


def _layers_until_alike(seed=8, limit=0.001, n_layers=12):
    x = embed(encode("when you play game of thrones", toy.WORDS), toy.load()["embedding"])
    found = spreads(x, lambda x, attended: attended, n_layers, seed)
    return next(i for i, spread in enumerate(found) if spread < limit)


ALIKE = Exercise(
    "Without the sum, with seed 8: after how many layers do all six rows agree to within "
    "0.001, as a whole number?",
    _layers_until_alike(),
    (
        Mistake(_layers_until_alike(limit=1.0), "you stop when they agree to within 1"),
        Mistake(_layers_until_alike(seed=0), "you stop one layer early, or take seed 0"),
        Mistake(_layers_until_alike() + 1, "you count the input as a layer"),
        Mistake(12, "you give the number of layers in the chapter"),
    ),
    (
        "Put seed = 8 and n_layers = 6; the first number of the list is the input.",
        "The distances are 4.447, 4.033, 0.275, 0.0015, and then?",
    ),
    tolerance=0,
)
