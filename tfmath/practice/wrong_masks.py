"""Masks used wrongly: what a wrong answer is compared with."""

import numpy as np

from tfmath.parts.masks import both, causal_mask, padding_mask
from tfmath.parts.softmax import softmax

# A softmax in steps: hide, take the largest off, divide ---------------------------------


def lowered(scores, mask):
    """e to the scores, without those that are hidden; nothing grows out of bounds."""
    hidden = np.where(mask, scores, -np.inf)
    top = hidden.max(axis=-1, keepdims=True)
    return np.exp(hidden - np.where(np.isfinite(top), top, 0))


def _hidden_before(scores, mask):
    return np.exp(np.where(mask, scores, -np.inf))


def _hidden_after(scores, mask):
    return np.exp(scores) * mask


def _top_of_all(scores, mask):
    """The largest of all scores of a row is taken off, the hidden ones too."""
    return np.exp(scores - scores.max(axis=-1, keepdims=True)) * mask


def _top_of_table(scores, mask):
    return np.exp(scores - scores.max()) * mask


GROWN = {
    "": lowered,
    "e to the power of 1000 is too large for a computer: take each row's largest visible "
    "score off first": _hidden_before,
    "e to the power of 1000 is too large for a computer, and ∞ · 0 is no number: hide "
    "first, and take each row's largest off": _hidden_after,
    "hidden scores take part until the powers are there, and a large one leaves nothing of "
    "the others: hide them first": _top_of_all,
}


def _guarded(sums):
    return np.where(sums > 0, sums, 1)


SUMS = {
    "": _guarded,
    "a row that may look at nothing is 0 / 0": lambda sums: sums,
    "no row is divided by its sum": np.ones_like,
    "all is divided by the sum of the whole table, not of the row": (
        lambda sums: sums.sum(axis=-2, keepdims=True)
    ),
} | {
    f"{more:g} is added to every sum, so that no row sums to 1: add nothing, and divide by "
    "1 where the sum is 0": (lambda sums, more=more: sums + more)
    for more in (1.0, 1e-6, 1e-8, 1e-9)
}


def _in_steps(grow, sums):
    def weights(scores, mask):
        with np.errstate(all="ignore"):
            grown = grow(scores, mask)
            return grown / sums(grown.sum(axis=-1, keepdims=True))

    return weights


def _with_steps():
    """Every step with every other; a sentence for each that says what is wrong in both."""
    wrong = {
        "; besides, ".join(filter(None, (one, other))): _in_steps(grow, sums)
        for one, grow in GROWN.items()
        for other, sums in SUMS.items()
    }
    # The first is right, and 1e-9 of a sum of 1 and more is lost in rounding.
    return {says: f for says, f in wrong.items() if says and not says.startswith("1e-09")}


# Other ways -----------------------------------------------------------------------------


def _low(scores, mask, low):
    return softmax(np.where(mask, scores, low))


WRONG_SOFTMAX = {
    "hidden scores become 0 before the softmax; e⁰ is 1, not 0": (
        lambda scores, mask: _low(scores, mask, 0.0)
    ),
    "a row of nothing is uniform, as with hidden scores of −1e9; it gets zeros": (
        lambda scores, mask: _low(scores, mask, -1e9)
    ),
    "hidden scores become a number such as −100, and some that are seen are lower": (
        lambda scores, mask: _low(scores, mask, -100.0)
    ),
    "hidden scores become −1000, and some that are seen are as low": (
        lambda scores, mask: _low(scores, mask, -1000.0)
    ),
    "the sums lie down as a row: keepdims=True keeps them a column": (
        _in_steps(lowered, np.ravel)
    ),
    "the mask comes after the softmax: rows no longer sum to 1": (
        lambda scores, mask: softmax(scores) * mask
    ),
    "the mask is turned around: here True may look": (
        lambda scores, mask: softmax(scores, ~mask)
    ),
    "the largest of the whole table is taken off, and nothing is left of lower rows": (
        _in_steps(_top_of_table, _guarded)
    ),
    "the softmax is missing: scores are no weights": (
        lambda scores, mask: np.where(mask, scores, 0)
    ),
    "`if` or `and` asks one yes or no of a whole table: np.where works place by place": (
        lambda scores, mask: softmax(scores) if mask else None
    ),
    "the softmax runs down the columns, not along the rows": (
        lambda scores, mask: softmax(scores.T, mask.T).T
    ),
    "the softmax runs down the columns, and a wholly hidden one is divided by 0": (
        lambda s, mask: _in_steps(lowered, lambda sums: sums)(s.T, mask.T).T
    ),
    "the mask is not used": lambda scores, mask: softmax(scores),
    "False · ∞ is no number: np.where(mask, scores, -np.inf) hides as it should": (
        lambda scores, mask: scores * np.nan
    ),
    "softmax is handed NaN or +∞, which it refuses: hide with −∞, without a product; "
    "np.where(mask, scores, -np.inf)": (lambda scores, mask: softmax(scores * np.nan)),
} | _with_steps()


def mask_of(ids):
    return both(causal_mask(len(ids)), padding_mask(ids))


WRONG_MASK = {
    "the padding is still seen": lambda ids: causal_mask(len(ids)),
    "the padding may not look, but it is looked at: rows and columns are swapped": (
        lambda ids: causal_mask(len(ids)) & (ids != 0)[:, np.newaxis]
    ),
    "the rows of <pad> are hidden as well; only its column is": (
        lambda ids: mask_of(ids) & (ids != 0)[:, np.newaxis]
    ),
    "the future is still seen": lambda ids: np.tile(ids != 0, (len(ids), 1)),
    "the mask is turned around: here True may look": lambda ids: ~mask_of(ids),
    "True stands where there is padding; True may look": (
        lambda ids: causal_mask(len(ids)) & (ids == 0)
    ),
    "one permission is enough (|); it takes both (&)": (
        lambda ids: causal_mask(len(ids)) | (ids != 0)
    ),
    "the two are added; it takes both: & or both(…)": (
        lambda ids: np.tri(len(ids)) + (ids != 0)
    ),
    "`and` asks one yes or no of a whole table: & works place by place": (
        lambda ids: causal_mask(len(ids)) and (ids != 0)
    ),
    "every word looks ahead instead of back": (
        lambda ids: causal_mask(len(ids)).T & (ids != 0)
    ),
    "no word may look at itself": lambda ids: np.tri(len(ids), k=-1) * (ids != 0),
    "every word may look at itself, <pad> as well": (
        lambda ids: mask_of(ids) | np.eye(len(ids), dtype=bool)
    ),
    "the padding is taken to stand at the end": (
        lambda ids: causal_mask(len(ids)) & (np.arange(len(ids)) < (ids != 0).sum())
    ),
    "causal_mask(5) from the chapter stands in it: there are len(ids) words": (
        lambda ids: both(causal_mask(5), padding_mask(ids))
    ),
    "causal_mask(3) from the chapter stands in it: there are len(ids) words": (
        lambda ids: both(causal_mask(3), padding_mask(ids))
    ),
    "1, <start>, is hidden as well; only 0 is <pad>": (
        lambda ids: causal_mask(len(ids)) & (ids > 1)
    ),
    "you give 0 and −∞, which is added to scores; a mask is True and False": (
        lambda ids: np.where(mask_of(ids), 0, -np.inf)
    ),
}
