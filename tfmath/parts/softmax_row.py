"""What the record knows of softmax and its logarithms: formulas, witnesses, bounds."""

import numpy as np

from tfmath.tracing.formula import Terms, function, literal, total

FAR = 300.0
"""Beyond, e to a score is so large or small that its sums are no longer numbers."""


def softmax_formula(at, node, index):
    if not _seen(node, index[:-1])[index[-1]]:
        return literal(0)
    grown, total_grown, _ = _grown_formula(at, node, index)
    return grown / total_grown


def log_softmax_formula(at, node, index):
    if not _seen(node, index[:-1])[index[-1]]:
        return literal(-np.inf)
    _, total_grown, less = _grown_formula(at, node, index)
    return less(at(0, index)) - function("ln", total_grown)


def logsumexp_formula(at, node, index):
    row, top = (*index, 0), _top_formula(at, node, index)
    _, total_grown, _ = _grown_formula(at, node, row)
    logs = function("ln", total_grown)
    return logs if top is None else top + logs


def _grown_formula(at, node, index):
    """e to the score at `index`, the sum of the row, and what is done to each score first.

    The largest is subtracted from scores too far from 0 for e to them to be a number.
    """
    row, top = index[:-1], _top_formula(at, node, index[:-1])
    seen = np.flatnonzero(_seen(node, row))

    def less(score):
        return score if top is None else score - top

    terms = Terms(function("exp", less(at(0, (*row, seen)))), seen.shape)
    return function("exp", less(at(0, index))), total(terms), less


def _top_formula(at, node, row):
    """The largest score of a row that may be seen; None if e to the scores is a number."""
    numbers = np.where(_seen(node, row), node.inputs[0].value[row], -np.inf)
    place = int(np.argmax(numbers))
    return at(0, (*row, place)) if FAR < abs(numbers[place]) < np.inf else None


def _seen(node, row):
    """Which scores of a row may be looked at."""
    scores, *mask = node.inputs
    shown = np.True_ if not mask else mask[0].value
    return np.broadcast_to(shown, scores.shape)[row]


def _visible(torch, scores, mask):
    return scores if mask is None else scores.masked_fill(~mask, -torch.inf)


def torch_softmax(torch, scores, mask=None):
    weights = torch.softmax(_visible(torch, scores, mask), -1)
    return weights if mask is None else weights.masked_fill(~mask, 0)


def _grown(mp, scores, mask):
    return mp.exp(scores) * (1 if mask is None else np.broadcast_to(mask, scores.shape))


def exact_softmax(mp, scores, mask=None):
    grown = _grown(mp, scores, mask)
    total = np.sum(grown, axis=-1, keepdims=True)
    return grown / np.where(total == 0, 1, total)


def exact_log_softmax(mp, scores, mask=None):
    weights = exact_softmax(mp, scores, mask)
    hidden = weights == 0
    return np.where(hidden, -np.inf, mp.log(np.where(hidden, 1, weights)))


def softmax_error(unit, weights, values, errors, node):
    moved = _log_error(unit, weights, values, errors)
    # PyTorch's cross-entropy stores the logarithms and takes e to them: |log| roundings.
    stored = 1 - np.log(np.where(weights > 0, weights, 1))
    return weights * (moved + unit.rounding * stored) + unit.tiny * weights.shape[-1]


def log_softmax_error(unit, logs, values, errors, node):
    moved = _log_error(unit, np.exp(logs.astype(np.float64)), values, errors)
    return moved + unit.rounding * np.abs(np.where(np.isfinite(logs), logs, 0))


def logsumexp_error(unit, total, values, errors, node):
    shift = values[0] - np.where(np.isfinite(total), total, 0)[..., None]
    weights = np.exp(np.where(_visible_at(values), shift, -np.inf))
    moved = weights * _log_error(unit, weights, values, errors)
    return np.sum(moved, axis=-1) + 2 * unit.rounding * np.abs(total)


def _log_error(unit, weights, values, errors):
    """By how much ln(weights) may be wrong, through scores, shift, exp and sum."""
    scores, error, seen = values[0], errors[0], _visible_at(values)
    top = np.max(np.where(seen, scores, -np.inf), axis=-1, keepdims=True, initial=-np.inf)
    shift = np.where(seen, scores - np.where(np.isfinite(top), top, 0), 0)
    each = np.where(seen, error + unit.adding * (np.abs(shift) + 4), 0)
    several = unit.adding * (weights.shape[-1] + 4)
    return each + np.sum(weights * each, axis=-1, keepdims=True) + several


def _visible_at(values):
    """Where a score counts: it is seen, and it is not −∞."""
    scores, *mask = values
    return np.isfinite(scores) & (mask[0] if mask else True)


def torch_log_softmax(torch, scores, mask=None):
    return torch.log_softmax(_visible(torch, scores, mask), -1)


def torch_logsumexp(torch, scores, mask=None):
    return torch.logsumexp(_visible(torch, scores, mask), -1)


def exact_logsumexp(mp, scores, mask=None):
    return mp.log(np.sum(_grown(mp, scores, mask), axis=-1))
