"""Exercises of dividing by √d_k: a score, a variance, and slopes of a softmax."""

import math

import numpy as np

from tfmath.parts.softmax import softmax
from tfmath.practice.answers import Exercise, Mistake
from tfmath.practice.trials import sizes

# Pencil ---------------------------------------------------------------------------------

_query, _key = np.array([1.0, 2.0, 0.0, 1.0]), np.array([2.0, 3.0, 3.0, 0.0])

SCORE = Exercise(
    "What is the score of query (1, 2, 0, 1) with key (2, 3, 3, 0)? A whole number.",
    _query @ _key / math.sqrt(4),
    (
        Mistake(_query @ _key, "the dot product is not divided by √d_k"),
        Mistake(_query @ _key / 4, "you divide by d_k instead of by its root"),
        Mistake(_query @ _key / math.sqrt(5), "you divide by √d_model, the width of x"),
        Mistake((_query + _key).sum() / 2, "you add the pairs instead of multiplying them"),
    ),
    (
        "Multiply the first by the first, the second by the second …, and add.",
        "The sum is 1·2 + 2·3 + 0·3 + 1·0. How wide is the query?",
        "d_k is 4, and √4 is 2.",
    ),
    tolerance=0.005,
)

VARIANCE = Exercise(
    "Numbers of average 0 and variance 3, each drawn by itself; d_k = 4. What is the "
    "variance of query times key? A whole number.",
    3 * 3 * 4.0,
    (
        Mistake(4.0, "you take d_k; so it is with variance 1, and these have 3"),
        Mistake(12.0, "you count the variance once; query and key both have it"),
        Mistake(9.0, "you stop at one product, or divide; d_k products are added"),
        Mistake(6.0, "you take the root: that is the standard deviation"),
        Mistake(24.0, "you add 3 and 3; in a product the two are multiplied"),
        Mistake(144.0, "you square d_k; the variances of the products are added"),
        Mistake(324.0, "you square 3 as well; a variance is a square already"),
    ),
    (
        "Square one product: q² k². What is q² on average, and what k²?",
        "One product has variance 3 · 3. How many are added?",
        "3 · 3 · 4",
    ),
    tolerance=0.005,
)

SLOPE = Exercise(
    "A softmax gives a weight of 0.8. How fast does it grow with its own score? Two "
    "decimals.",
    0.8 * 0.2,  # 0.8 * (1 - 0.8) falls short of 0.16
    (
        Mistake(0.8, "you give the weight itself; its slope is w (1 − w)"),
        Mistake(0.2, "you give what is left for the others, 1 − w"),
        Mistake(0.64, "you square the weight; its slope is w (1 − w)"),
        Mistake(-0.16, "the sign is that of another word's score; its own lifts it"),
        Mistake(0.25, "you take the largest slope that there is, that of a weight of 1/2"),
        Mistake(0.4, "you halve the weight; the other factor is 1 − w"),
        Mistake(0.6, "you subtract 0.2 from 0.8; the two are multiplied"),
        Mistake(1.0, "you add 0.8 and 0.2; the two are multiplied"),
    ),
    (
        "A weight that is 0 or 1 does not move at all.",
        "The slope is w (1 − w).",
        "0.8 · 0.2",
    ),
    tolerance=0.005,
)

# Code -----------------------------------------------------------------------------------


def _slopes(weights):
    return np.diag(weights) - np.outer(weights, weights)


def _one_by_one(weights):
    return [
        [w * (1 - w) if i == j else -w * other for j, other in enumerate(weights)]
        for i, w in enumerate(weights)
    ]


def _weights(rng):
    (n,) = sizes(rng, 1, most=7)
    return (softmax(rng.integers(-6, 7, n) / 4 + rng.normal(size=n) / 8),)


SLOPES_WRONGLY = {
    "a weight's own score is forgotten: on the diagonal stands w (1 − w)": (
        lambda w: -np.outer(w, w)
    ),
    "only the diagonal is filled: a weight falls when another's score rises": (
        lambda w: np.diag(w * (1 - w))
    ),
    "it is a row, each weight by its own score; every weight meets every score": (
        lambda w: w * (1 - w)
    ),
    "off the diagonal the sign is wrong: what another wins, a weight loses": (
        lambda w: np.diag(w - 2 * w * w) + np.outer(w, w)
    ),
    "weights @ weights is one number, a sum of squares; np.outer holds each product": (
        lambda w: np.diag(w) - w @ w
    ),
    "the products are added, not subtracted": lambda w: np.diag(w) + np.outer(w, w),
    "the diagonal holds 1 − w w; it is w − w w": lambda w: np.eye(len(w)) - np.outer(w, w),
    "every place holds w_i (1 − w_j); that is right on the diagonal alone": (
        lambda w: np.outer(w, 1 - w)
    ),
    "the weights go through a softmax a second time; no scores are handed over": (
        lambda w: _slopes(softmax(w))
    ),
}

SLOPES = Exercise(
    "Write my_slopes(weights): a table, in row i and column j the slope of weight i by "
    "score j.",
    _slopes,
    tuple(Mistake(function, why) for why, function in SLOPES_WRONGLY.items()),
    (
        "By its own score a weight moves with w (1 − w), by the score of another with "
        "−w · (the other's weight).",
        "np.outer(weights, weights) holds all products, np.diag(weights) a diagonal.",
        "return np.diag(weights) - np.outer(weights, weights)",
    ),
    _weights,
    forms=(_one_by_one, lambda w: w[:, np.newaxis] * (np.eye(len(w)) - w)),
)

# Wonder ---------------------------------------------------------------------------------

LARGEST = Exercise(
    "d_k = 256: which of the divisors 1, 2, 4, 8, 16 and 32 gives the largest typical "
    "slope? A whole number.",
    4,
    (
        Mistake(16, "16 is √d_k and brings the variance to 1; look at the slopes."),
        Mistake(1, "With 1 more than half of the queries sleep."),
        Mistake(2, "With 2 the scores are still so far apart that many queries sleep."),
        Mistake(8, "8 comes close; try its neighbours."),
        Mistake(32, "With 32 none sleeps, but the slope is divided by 32."),
        Mistake(256, "256 is d_k itself, and not among the six."),
    ),
    ("Put each of the six for divisor, and run.", "It lies between 2 and 8."),
    tolerance=0,
)
