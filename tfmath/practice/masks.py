"""Exercises of masks: what is hidden has no effect at all."""

import numpy as np

from tfmath.parts.masks import both, causal_mask, sliding_window_mask
from tfmath.parts.softmax import softmax
from tfmath.practice.answers import Exercise, Law, Mistake
from tfmath.practice.comparing import numbers, plain
from tfmath.practice.trials import sizes
from tfmath.practice.wrong_masks import WRONG_MASK, WRONG_SOFTMAX, lowered, mask_of
from tfmath.study.leak import who_notices

# Pencil ---------------------------------------------------------------------------------

_GROWN, _MAY = np.array([3.0, 1.0, 4.0]), np.array([True, True, False])

WEIGHT = Exercise(
    "The exponentials of three scores are 3, 1 and 4, and the third is hidden: what is the "
    "first weight, to two decimals or as a fraction?",
    float(softmax(np.log(_GROWN), _MAY)[0]),
    (
        Mistake(3 / 8, "the hidden score still counts in the sum (3 + 1 + 4)"),
        Mistake(3 / 5, "the hidden score becomes 0 before the softmax: its e⁰ = 1 counts"),
        Mistake(1 / 4, "you give the weight of the second"),
        Mistake(3 / 7, "you hide the second; the third is to be hidden"),
        Mistake(1 / 2, "you give the weight of the third, which is hidden"),
        Mistake(3.0, "you have not divided by the sum yet"),
        Mistake(
            float(softmax(_GROWN, _MAY)[0]),
            "3 and 1 are taken for scores; they are exponentials already",
        ),
    ),
    (
        "What is hidden has exponential 0.",
        "Divide 3 by the sum of what may be looked at.",
        "3 / (3 + 1)",
    ),
    tolerance=5e-3,
)

PAIRS = Exercise(
    "Ten words, causal mask: for how many pairs (who looks, who is looked at) is it True, "
    "as a whole number?",
    int(causal_mask(10).sum()),
    (
        Mistake(45, "no word may look at itself: 0 + 1 + … + 9"),
        Mistake(50, "you take half of 10 · 10; the diagonal is not split in two"),
        Mistake(100, "every word may look at every other"),
        Mistake(110, "10 · 11 is not halved"),
        Mistake(10, "you count those whom the last word may look at"),
        Mistake(845650, "you give the number for 1300 words"),
        Mistake(66, "you count from 0 to 10: that is eleven words"),
    ),
    (
        "The first sees 1 word, the second 2, the third 3.",
        "1 + 2 + … + 10, or n (n + 1) / 2",
        "10 · 11 / 2",
    ),
    tolerance=0,
)

# Code -----------------------------------------------------------------------------------


def _in_steps(scores, mask):
    grown = lowered(scores, mask)
    return grown / np.where(mask.any(-1, keepdims=True), grown.sum(-1, keepdims=True), 1)


def _row_by_row(scores, mask):
    return [softmax(s[m]) @ np.eye(len(s))[m] for s, m in zip(scores, mask, strict=True)]


def _scores_and_mask(rng, least=2, nothing=True):
    """The first row may look at everything but one, the last, perhaps, at nothing."""
    n_query, n_key = sizes(rng, 2, least=least, most=5)
    mask = rng.random((n_query, n_key)) < 0.6
    mask[np.arange(n_query), rng.integers(n_key, size=n_query)] = True
    mask[0] = np.arange(n_key) != rng.integers(n_key)
    mask[-1] &= not nothing
    return rng.normal(size=mask.shape).round(1), mask


def _thousands(rng):
    """Rows around 1000, −9000, −1000 …; the first hides what is higher still."""
    scores, mask = _scores_and_mask(rng, least=3)
    height = np.array([1000, -9000, -1000, 9000, -1000])[: len(mask), np.newaxis]
    scores[0, ~mask[0]] += 1500
    return scores + height, mask


def _hidden_is_zero(function, scores, mask):
    return (numbers(plain(function(scores, mask)))[~mask] == 0).all()


def _hidden_has_no_effect(function, scores, mask):
    other = np.where(mask, scores, scores[::-1, ::-1] + 0.7)
    one, two = (numbers(plain(function(s.copy(), mask.copy()))) for s in (scores, other))
    return (one == two).all()


MASKED_SOFTMAX = Exercise(
    "Write my_masked_softmax(scores, mask), a table of weights like scores: True may look, "
    "a row that may look at nothing gets zeros, scores go up to thousands.",
    softmax,
    tuple(Mistake(wrong, because) for because, wrong in WRONG_SOFTMAX.items()),
    (
        "hidden = np.where(mask, scores, -np.inf) comes first, then the softmax.",
        "Take off each row's largest, hidden.max(axis=-1, keepdims=True); where it is −∞, "
        "take off 0: np.where(np.isfinite(top), top, 0).",
        "Divide np.exp(…) by its sum, .sum(axis=-1, keepdims=True); where that is 0, by 1: "
        "np.where(sums > 0, sums, 1).",
    ),
    (
        lambda rng: _scores_and_mask(rng, nothing=False),
        _scores_and_mask,
        _thousands,
    ),
    forms=(_in_steps, _row_by_row, lambda s, mask: softmax(np.where(mask, s, -np.inf))),
    laws=(
        Law(_hidden_is_zero, "a hidden weight must be 0, not only very small"),
        Law(
            _hidden_has_no_effect,
            "another hidden score changes the last digits of the others: it still counts",
        ),
    ),
)


def _padded(rng, front=0, middle=0, end=0):
    """Ids with some padding; they may repeat."""
    one, two = (rng.integers(1, 5, size=size) for size in sizes(rng, 2, least=1, most=4))
    pads = (np.zeros(int(n * rng.integers(1, 4)), int) for n in (front, middle, end))
    before, between, after = pads
    return (np.concatenate([before, one, between, two, after]),)


MASK_OF = Exercise(
    "Write my_mask(ids): (n, n) of True and False, True where a word may look: back and at "
    "itself, and never at <pad>, whose id is 0; what <pad> itself may look at follows from "
    "the same rule.",
    mask_of,
    tuple(Mistake(wrong, because) for because, wrong in WRONG_MASK.items()),
    (
        "causal_mask(len(ids)) is one half, ids != 0 the other.",
        "ids != 0 is a row: NumPy repeats it for every row of the causal mask.",
        "causal_mask(len(ids)) & (ids != 0), or both(…) with padding_mask(ids)",
    ),
    (
        lambda rng: _padded(rng, end=1),
        lambda rng: _padded(rng, front=1),
        lambda rng: _padded(rng, middle=1),
    ),
    forms=(
        lambda ids: np.tri(len(ids)) * (ids != 0),
        lambda ids: [
            [j <= i and w != 0 for j, w in enumerate(ids)] for i in range(len(ids))
        ],
    ),
)

# Wonder ---------------------------------------------------------------------------------


def _noticed(n_layers, n=9, width=2):
    """How many words the last one notices through a stack of windows."""
    table = np.random.default_rng(0).normal(size=(7, 3))
    mask = both(causal_mask(n), sliding_window_mask(n, width))

    def model(ids):
        x = table[ids]
        for _ in range(n_layers):
            x = softmax(x @ x.T, mask) @ x
        return x

    return int(who_notices(model, np.array([3, 1, 6, 2, 5, 0, 4, 1, 2]), 7)[-1].sum())


REACH = Exercise(
    "Each layer looks at most 2 words back: how many words, itself included, does the last "
    "of nine words notice after 3 layers, as a whole number?",
    _noticed(3),
    (
        Mistake(3, "you count one layer only: itself and 2 back"),
        Mistake(5, "you count two layers only"),
        Mistake(6, "you leave out the word itself"),
        Mistake(9, "you count 3 words a layer, but the windows share a word"),
        Mistake(4, "each layer adds one word; it adds two"),
        Mistake(8, "the reach doubles, or one too many is counted; it grows by 2, from 1"),
        Mistake(27, "you take 3 to the power 3; neighbours see the same words"),
    ),
    (
        "Put n_layers = 1, 2, 3 and count the yes in the last row.",
        "What a word knows after one layer, the next layer hands on.",
        "1 + 2 · 3",
    ),
    tolerance=0,
)
