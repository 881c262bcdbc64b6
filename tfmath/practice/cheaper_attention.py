"""Exercises of cheaper attention: pairs, a running maximum, sums that all queries share."""

from functools import partial

import numpy as np

from tfmath import toy
from tfmath.attention.blockwise import taken_in
from tfmath.attention.sums import by_sums
from tfmath.attention.windows import sliding_window_attention, window_mask
from tfmath.parts.softmax import softmax
from tfmath.practice.answers import Exercise, Law, Mistake
from tfmath.practice.trials import sizes
from tfmath.study.growth import peak_memory
from tfmath.study.other_attentions import finished_with

# Pencil ---------------------------------------------------------------------------------

PAIRS = Exercise(
    "Ten words in a row; each looks at itself and at up to 2 on either side. How many "
    "pairs look?",
    int(window_mask(10, 2).sum()),
    (
        Mistake(50, "the words at both ends are counted as if they had all five"),
        Mistake(34, "nobody looks at himself"),
        Mistake(27, "each looks at itself and back, but not ahead"),
        Mistake(28, "each looks 1 word far, not 2"),
        Mistake(47, "only one of the two ends is counted short"),
        Mistake(100, "everybody looks at everybody"),
    ),
    (
        "A word in the middle looks at 5.",
        "The first looks at 3, the second at 4; so do the last two, from the other end.",
        "10 · 5 − 2 · (2 + 1)",
    ),
    tolerance=0,
)


def _after_one_more():
    """Largest score 1, sum of powers 4, of values 22; then a score of 2 with value 4."""
    ln_2 = np.log(2)  # 2 to the power s is e to the power s · ln 2
    _, total, sums = taken_in(1 * ln_2, 4.0, 22.0, np.array([[2 * ln_2]]), [[4.0]])
    return round((sums / total).item(), 12)


RUNNING = Exercise(
    "The largest score so far is 1, the powers of 2 sum to 4, the values to 22. One more "
    "key has the score 2 and the value 4. What is the answer?",
    _after_one_more(),
    (
        Mistake(26 / 5, "neither sum shrinks when the larger score turns up"),
        Mistake(15 / 5, "the sum of the values shrinks, and that of the powers does not"),
        Mistake(26 / 3, "the sum of the powers shrinks, and that of the values does not"),
        Mistake(48 / 9, "both sums grow to twice as much; they shrink to half"),
        Mistake(38 / 8, "the new power is 2², as if nothing was subtracted from scores"),
        Mistake(15.0, "you have not divided by the sum of the powers yet"),
    ),
    (
        "The largest is now 2, so what was counted before shrinks to one half.",
        "4 becomes 2, and 22 becomes 11. The new key counts 2 to the power 0.",
        "(11 + 1 · 4) / (2 + 1)",
    ),
)

# Code -----------------------------------------------------------------------------------


def no_large_table(function, query, key, value):
    """Whether 1500 queries and 1600 keys pass without a table of all pairs, 19 MB."""
    many = np.ones((1500, 2)), np.ones((1600, 2)), np.ones((1600, 3))
    return peak_memory(lambda: function(*many)) < 4e6


def one_by_one(query, key, value):
    """A state that takes in one key after the other."""
    sums, totals = np.zeros((key.shape[1], value.shape[1])), np.zeros(key.shape[1])
    for k, v in zip(key, value, strict=True):
        sums += np.outer(k, v)
        totals += k
    return (query @ sums) / (query @ totals)[:, np.newaxis]


def _in_einsum(query, key, value):
    sums = np.einsum("jm,jd->md", key, value)
    totals = np.einsum("im,jm->i", query, key)
    return np.einsum("im,md->id", query, sums) / totals[:, np.newaxis]


def _features(rng):
    n_query, n_key, m, d = sizes(rng, 4)
    shapes = (n_query, m), (n_key, m), (n_key, d)
    return tuple(rng.uniform(0.1, 2.0, size=shape) for shape in shapes)


LINEAR = Exercise(
    "Write my_linear(query, key, value): a weight is the product of two rows of features, "
    "divided by their sum; no table of all pairs.",
    by_sums,
    (
        Mistake(lambda q, k, v: q @ (k.T @ v), "nothing is divided by a sum of weights"),
        Mistake(
            lambda q, k, v: q @ (k.T @ v) / len(k),
            "you divide by the number of keys, not by the sum of the weights",
        ),
        Mistake(lambda q, k, v: softmax(q @ k.T) @ v, "there is a softmax"),
        Mistake(
            lambda q, k, v: q @ (k.T @ v) / k.sum(),
            "you divide by the sum of the keys; the query takes part in the weights",
        ),
        Mistake(
            lambda q, k, v: q @ (k.T @ v) / (q @ k.sum(axis=0)).sum(),
            "you divide by the sum over all queries, not by that of each",
        ),
        Mistake(
            lambda q, k, v: q @ (k.T @ v) / q.sum(axis=1, keepdims=True),
            "you divide by the sum of the query's features; the keys take part as well",
        ),
    ),
    (
        "(query @ key.T) @ value is query @ (key.T @ value): move the brackets.",
        "The sum of a query's weights is query @ key.sum(axis=0).",
        "Divide row by row: [:, np.newaxis] makes a column of the sums.",
    ),
    _features,
    forms=(one_by_one, _in_einsum),
    laws=(Law(no_large_table, "it makes a table of all pairs; move the brackets"),),
)

# Wonder ---------------------------------------------------------------------------------


def quotes_with_window(width):
    """The quotes that the trained model finishes if each word looks `width` words far."""
    near = partial(sliding_window_attention, width=width)
    written = finished_with(toy.load(), {"attention": near})
    return [a for a, (_, b) in zip(written, toy.PAIRS, strict=True) if a == b]


WIDTH = Exercise(
    "Which is the smallest width of a window with which the trained model finishes all "
    "three quotes?",
    next(width for width in range(9) if len(quotes_with_window(width)) == 3),
    (
        Mistake(2, "Two words far finish one quote of three, and not that of one word."),
        Mistake(1, "One word far finishes one quote; all three are asked for."),
        Mistake(7, "you count the width at which no word of eight is hidden; fewer do"),
        Mistake(8, "you take the longest quote; fewer words do"),
        Mistake(4, "Four words far is enough, but fewer are too."),
        Mistake(5, "Five words far is enough, but fewer are too."),
        Mistake(6, "Six words far is enough, but fewer are too."),
    ),
    ("quotes_with_window(1) lists one quote.", "Go on from there until it lists three."),
    tolerance=0,
)
