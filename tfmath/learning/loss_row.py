"""What stands behind the loss: which targets count, its formula, witnesses and bound."""

from numbers import Integral

import numpy as np

from tfmath.arguments import number
from tfmath.errors import ShapeError, integer_array
from tfmath.parts.softmax import log_softmax, softmax
from tfmath.tracing.formula import Terms, literal, total


def _wanted(logits, targets, label_smoothing=0.0, ignore_id=None):
    targets, counted = checked(logits, targets, ignore_id)
    wanted = mixed(known(targets, ignore_id), logits.shape[-1], label_smoothing)
    return wanted * counted[..., np.newaxis], int(counted.sum())


def formula(at, node, index):
    logits, targets = node.inputs
    wanted, count = _wanted(logits.value, targets.value, **node.options)
    with np.errstate(over="ignore"):
        logs = log_softmax(logits.value)
    places = np.nonzero(wanted)
    terms = Terms(literal(-wanted[places]) * literal(logs[places]), places[0].shape)
    return total(terms) / literal(count)


def torch(torch, logits, targets, label_smoothing=0.0, ignore_id=None):
    return torch.nn.functional.cross_entropy(
        logits.reshape(-1, logits.shape[-1]),
        targets.reshape(-1).long(),
        label_smoothing=label_smoothing,
        ignore_index=-100 if ignore_id is None else ignore_id,
    )


def exact(mp, logits, targets, label_smoothing=0.0, ignore_id=None):
    smoothing = mp.context.mpf(label_smoothing)
    wanted, count = _wanted(logits, targets, smoothing, ignore_id)
    logs = logits - mp.log(np.sum(mp.exp(logits), axis=-1, keepdims=True))
    return -np.sum(wanted * logs) / count


def error(unit, loss, values, errors, node, **options):
    (logits, targets), (passed, _) = values, errors
    wanted, count = _wanted(logits, targets, **options)
    top = logits - np.max(logits, axis=-1, keepdims=True)
    logs = np.abs(log_softmax(logits.astype(np.float64)))
    weighted = passed + unit.adding * (np.abs(top) + 8 + logits.shape[-1])
    weighted = weighted + np.sum(softmax(logits) * weighted, axis=-1, keepdims=True)
    # The logarithms, two sums and a product are stored on the way: four roundings.
    stored = unit.adding * logits.size + 4 * unit.rounding
    terms = wanted * (weighted + stored * logs)
    return np.sum(terms) / count + unit.rounding * np.abs(loss)


# Targets ----------------------------------------------------------------------------------


def mixed(targets, vocab_size, label_smoothing):
    """``(1 - ε) [k = target] + ε / V``."""
    hit = targets[..., np.newaxis] == np.arange(vocab_size)
    return hit * (1 - label_smoothing) + label_smoothing / vocab_size


def torch_distribution(torch, targets, vocab_size, label_smoothing=0.0, dtype=None):
    """The same by PyTorch."""
    hit = torch.nn.functional.one_hot(targets.long(), vocab_size)
    return (1 - label_smoothing) * hit + label_smoothing / vocab_size


def known(targets, ignore_id):
    """The targets, an ignored one as 0: it may be any number (PyTorch's is -100)."""
    return targets if ignore_id is None else np.where(targets != ignore_id, targets, 0)


def share(targets, ignore_id, dtype):
    """How much each position counts in the mean."""
    if ignore_id is None:
        return 1 / targets.size
    counted = (targets != ignore_id)[..., np.newaxis]
    return (counted / np.sum(counted)).astype(dtype)


def checked(logits, targets, ignore_id):
    """The targets of `logits` as whole numbers, and which of them count."""
    targets = integer_array("cross_entropy", "targets", targets)
    if logits.ndim == 0:
        raise ShapeError("cross_entropy: logits () is one number; it needs one a word.")
    if targets.shape != logits.shape[:-1]:
        raise ShapeError(
            f"cross_entropy: logits {logits.shape} need targets {logits.shape[:-1]}, "
            f"got {targets.shape}."
        )
    if targets.size == 0:
        raise ValueError(f"cross_entropy: targets {targets.shape} hold no target.")
    counted = _counted(targets, ignore_id)
    _in_vocabulary(targets, counted, logits.shape[-1])
    return targets, counted


def check_smoothing(where, label_smoothing):
    number(where, "label_smoothing", label_smoothing, least=0, most=1)


def _counted(targets, ignore_id):
    if ignore_id is None:
        return np.ones(targets.shape, bool)
    if not isinstance(ignore_id, Integral) or isinstance(ignore_id, bool):
        raise ValueError(
            f"cross_entropy: ignore_id is {ignore_id!r}; it must be an id or None."
        )
    counted = targets != ignore_id
    if not counted.any():
        raise ValueError(
            f"cross_entropy: every target is ignore_id = {ignore_id}; none counts."
        )
    return counted


def _in_vocabulary(targets, counted, vocab_size):
    outside = (targets < 0) | (targets >= vocab_size)
    if outside.any() and (bad := outside & counted).any():
        place = tuple(int(i) for i in np.argwhere(bad)[0])
        raise ValueError(
            f"cross_entropy: targets holds {targets[place]} at {place}; allowed is "
            f"0 … {vocab_size - 1}. Targets that shall not count are named by ignore_id="
            f"{targets[place]}."
        )
