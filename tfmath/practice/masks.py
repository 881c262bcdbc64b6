"""Exercises of chapter 07: masks."""

import numpy as np

from tfmath.parts.masks import both, causal_mask, sliding_window_mask
from tfmath.parts.softmax import softmax
from tfmath.practice.answers import Exercise, Mistake
from tfmath.study.leak import who_notices

# Pencil ---------------------------------------------------------------------------------

GROWN = np.array([3.0, 1.0, 4.0])
"""The exponentials of three scores; the last one is to be hidden."""

_MAY = np.array([True, True, False])

WEIGHT = Exercise(
    "The exponentials of three scores are 3, 1 and 4, and the third is hidden. "
    "What is the first weight?",
    float(softmax(np.log(GROWN), _MAY)[0]),
    (
        Mistake(3 / 8, "the hidden score still counts in the sum (3 + 1 + 4)"),
        Mistake(3 / 5, "the hidden score becomes 0 before the softmax: its e⁰ = 1 counts"),
        Mistake(1 / 4, "you give the weight of the second"),
        Mistake(3.0, "you have not divided by the sum yet"),
    ),
    (
        "What is hidden has exponential 0.",
        "Divide 3 by the sum of what may be looked at.",
        "3 / (3 + 1)",
    ),
)

PAIRS = Exercise(
    "Ten words, causal mask: for how many pairs (who looks, who is looked at) is it True?",
    int(causal_mask(10).sum()),
    (
        Mistake(45, "nobody may look at himself: 0 + 1 + … + 9"),
        Mistake(50, "you take half of 10 · 10; the diagonal is not split in two"),
        Mistake(100, "everybody may look at everybody"),
    ),
    ("The first sees 1 word, the second 2, the third 3.", "1 + 2 + … + 10 = 10 · 11 / 2"),
)

# Code -----------------------------------------------------------------------------------


def zero_before(scores, mask):
    """Hidden scores become 0: e⁰ = 1 is a weight like any other."""
    return softmax(np.where(mask, scores, 0.0))


def minus_a_billion(scores, mask):
    """Hidden scores become −1e9: right, unless all of a row is hidden."""
    return softmax(np.where(mask, scores, -1e9))


def after_softmax(scores, mask):
    """Hidden weights are cut off after the softmax: rows no longer sum to 1."""
    return softmax(scores) * mask


def opposite(scores, mask):
    """True hides."""
    return softmax(scores, ~mask)


def over_queries(scores, mask):
    """The softmax runs down the columns."""
    return softmax(scores.T, mask.T).T


def over_queries_unguarded(scores, mask):
    """The softmax runs down the columns, and a wholly hidden column becomes 0 / 0."""
    return not_a_number(scores.T, mask.T).T


def not_a_number(scores, mask):
    """Hidden scores become −∞, and a wholly hidden row becomes 0 / 0."""
    hidden = np.where(mask, scores, -np.inf)
    with np.errstate(invalid="ignore"):
        grown = np.exp(hidden - hidden.max(axis=-1, keepdims=True))
        return grown / grown.sum(axis=-1, keepdims=True)


def unmasked(scores, mask):
    """The mask is not used."""
    return softmax(scores)


def _scores_and_mask(rng):
    """4 queries, 6 keys; the second query may look at nothing, the third at some."""
    mask = both(causal_mask(6)[1:5], rng.random((4, 6)) < 0.8)
    mask[:, 0] = True
    mask[1] = False
    return rng.normal(size=(4, 6)), mask


MASKED_SOFTMAX = Exercise(
    "Write masked_softmax(scores, mask): True may look, a row that may look at nothing "
    "gets zeros.",
    softmax,
    (
        Mistake(zero_before, "hidden scores become 0 before the softmax; e⁰ is 1, not 0"),
        Mistake(minus_a_billion, "hidden scores become −1e9: a row of nothing is uniform"),
        Mistake(not_a_number, "a wholly hidden row is divided by its sum, which is 0"),
        Mistake(after_softmax, "the mask comes after the softmax: rows no longer sum to 1"),
        Mistake(opposite, "the mask is turned around: here True may look"),
        Mistake(over_queries, "the softmax runs down the columns, not along the rows"),
        Mistake(
            over_queries_unguarded,
            "the softmax runs down the columns, and a wholly hidden one is divided by 0",
        ),
        Mistake(unmasked, "the mask is not used"),
    ),
    (
        "np.exp(scores) * mask is 0 where nobody may look.",
        "Divide each row by its sum: .sum(axis=-1, keepdims=True).",
        "Where the sum is 0 divide by 1 instead: np.where(sums > 0, sums, 1).",
    ),
    _scores_and_mask,
)

MASK_OF = Exercise(
    "Write mask_of(ids): (n, n), causal, and nobody looks at <pad>, whose id is 0.",
    lambda ids: both(causal_mask(len(ids)), (ids != 0)[np.newaxis]),
    (
        Mistake(lambda ids: causal_mask(len(ids)), "the padding is still seen"),
        Mistake(
            lambda ids: both(causal_mask(len(ids)), (ids != 0)[:, np.newaxis]),
            "the padding may not look, but it is looked at: rows and columns are swapped",
        ),
        Mistake(lambda ids: np.tile(ids != 0, (len(ids), 1)), "the future is still seen"),
        Mistake(
            lambda ids: ~both(causal_mask(len(ids)), (ids != 0)[np.newaxis]),
            "the mask is turned around: here True may look",
        ),
        Mistake(
            lambda ids: causal_mask(len(ids)) | (ids != 0)[np.newaxis],
            "one permission is enough (|); it takes both (&)",
        ),
        Mistake(
            lambda ids: both(causal_mask(len(ids)).T, (ids != 0)[np.newaxis]),
            "everybody looks ahead instead of back",
        ),
    ),
    (
        "causal_mask(len(ids)) is one half, ids != 0 the other.",
        "ids != 0 is a row: NumPy repeats it for every row of the causal mask.",
    ),
    lambda rng: (np.concatenate([rng.integers(1, 9, size=5), [0, 0, 0]]),),
)

# Wonder ---------------------------------------------------------------------------------


def window_model(n_layers, vocab_size=7, n=9, width=2, seed=0):
    """A stack of attention layers in which each looks at most `width` words back."""
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(vocab_size, 3))
    mask = both(causal_mask(n), sliding_window_mask(n, width))

    def model(ids):
        x = table[ids]
        for _ in range(n_layers):
            x = softmax(x @ x.T, mask) @ x
        return x

    return model


def _noticed(n_layers):
    ids = np.array([3, 1, 6, 2, 5, 0, 4, 1, 2])
    return int(who_notices(window_model(n_layers), ids, 7)[-1].sum())


REACH = Exercise(
    "Each layer looks at most 2 words back. How many words, itself included, does the last "
    "word notice after 3 layers?",
    _noticed(3),
    (
        Mistake(3, "you count one layer only: itself and 2 back"),
        Mistake(5, "you count two layers only"),
        Mistake(6, "you leave out the word itself"),
        Mistake(9, "you count 3 words a layer, but the windows share a word"),
    ),
    ("What a word knows after one layer, the next layer hands on.", "1 + 2 · layers"),
)
