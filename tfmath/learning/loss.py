"""The loss: one number for how surprised the model is by the right words."""

import math

import numpy as np

from tfmath.errors import ShapeError, floats, integer_array, whole_numbers
from tfmath.parts.softmax import log_softmax, softmax
from tfmath.tracing import Traced, operation
from tfmath.tracing.formula import literal, total


@operation(
    derivative=(None,),
    formula=lambda at, node, index: literal(float(node.value[index])),
    labels=lambda nodes, options, shape: (*nodes[0].labels, None),
    torch=lambda torch, targets, vocab_size, **options: _torch_target(
        torch, targets, vocab_size, **options
    ),
    exact=lambda mp, targets, vocab_size, label_smoothing=0.0, dtype=None: _mixed(
        targets, vocab_size, mp.context.mpf(label_smoothing)
    ),
    error=lambda unit, out, *_, **options: 2 * unit.rounding * out,
)
def target_distribution(targets, vocab_size, label_smoothing=0.0, dtype="float64"):
    r"""What the model should say: nearly all on the right word, a little on every word.

    .. math:: q_k = (1 - \epsilon)\,[k = \mathrm{target}] + \epsilon / V

    Examples
    --------
    >>> target_distribution([1], 4, label_smoothing=0.2).round(2).tolist()
    [[0.05, 0.85, 0.05, 0.05]]
    """
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"label_smoothing is {label_smoothing}; it must lie in 0 … 1.")
    targets = whole_numbers("target_distribution", "targets", targets, vocab_size)
    return _mixed(targets, vocab_size, label_smoothing).astype(dtype, copy=False)


def _mixed(targets, vocab_size, label_smoothing):
    hit = targets[..., np.newaxis] == np.arange(vocab_size)
    return hit * (1 - label_smoothing) + label_smoothing / vocab_size


def _torch_target(torch, targets, vocab_size, label_smoothing=0.0, dtype=None):
    hit = torch.nn.functional.one_hot(targets, vocab_size)
    return (1 - label_smoothing) * hit + label_smoothing / vocab_size


def _formula(at, node, index):
    logits, targets = node.inputs
    wanted, counted = _wanted(logits.value, targets.value, **node.options)
    logs = log_softmax(logits.value)
    terms = [
        literal(float(-wanted[place])) * literal(float(logs[place]))
        for place in np.ndindex(logits.shape)
        if counted[place[:-1]] and wanted[place]
    ]
    return total(terms) / literal(int(counted.sum()))


def _torch_cross_entropy(torch, logits, targets, label_smoothing=0.0, ignore_id=None):
    return torch.nn.functional.cross_entropy(
        logits.reshape(-1, logits.shape[-1]),
        targets.reshape(-1).long(),
        label_smoothing=label_smoothing,
        ignore_index=-100 if ignore_id is None else ignore_id,
    )


def _exact_cross_entropy(mp, logits, targets, **options):
    plain = logits.astype(np.float64)
    wanted, counted = _wanted(plain, targets, **options)
    sums = mp.log(np.sum(mp.exp(logits), axis=-1, keepdims=True))
    return np.sum(wanted * (sums - logits) * counted[..., None]) / int(counted.sum())


def _cross_entropy_error(unit, loss, values, errors, node, **options):
    (logits, targets), (error, _) = values, errors
    wanted, counted = _wanted(logits, targets, **options)
    top = logits - np.max(logits, axis=-1, keepdims=True)
    logs = np.abs(log_softmax(logits.astype(np.float64)))
    weighted = error + unit.adding * (np.abs(top) + 8 + logits.shape[-1])
    weighted = weighted + np.sum(softmax(logits) * weighted, axis=-1, keepdims=True)
    # The logarithms, two sums and a product are stored on the way: four roundings.
    stored = unit.adding * logits.size + 4 * unit.rounding
    terms = wanted * (weighted + stored * logs)
    return np.sum(terms * counted[..., None]) / counted.sum() + unit.rounding * np.abs(loss)


@operation(
    derivative=(
        lambda grad, loss, logits, targets, **options: cross_entropy_backward(
            grad, logits, targets, **options
        ),
        None,
    ),
    formula=_formula,
    torch=_torch_cross_entropy,
    exact=_exact_cross_entropy,
    error=_cross_entropy_error,
)
def cross_entropy(logits, targets, label_smoothing=0.0, ignore_id=None):
    r"""The mean surprise, −ln probability, at the right words.

    .. math:: L = -\frac1n \sum_{i} \sum_k q_{ik} \ln \mathrm{softmax}(z_i)_k

    Parameters
    ----------
    logits : (*batch, n, vocab_size)
        :math:`z`: a score for each word at each position.
    targets : (*batch, n) of int
        The id of the right word at each position.
    label_smoothing : float
        :math:`\epsilon`: the share of :math:`q` spread evenly over all words.
    ignore_id : int, optional
        Positions with this target, such as padding, do not count.

    Returns
    -------
    loss : one number, in nats.

    Raises
    ------
    ValueError
        If a target is outside the vocabulary, or every target is ignored.

    Notes
    -----
    Equal to ``torch.nn.CrossEntropyLoss`` with the same options and ``reduction="mean"``.

    Examples
    --------
    Two words, no opinion: the surprise is ln 2.

    >>> cross_entropy(np.array([[0.0, 0.0]]), [1]).round(4).item()
    0.6931
    """
    logits = floats("cross_entropy", logits=logits)
    wanted, counted = _wanted(logits, targets, label_smoothing, ignore_id)
    logs = log_softmax(logits)
    surprise = -np.sum(wanted * logs, axis=-1) * counted
    return np.asarray(np.sum(surprise) / int(counted.sum()), logits.dtype)


def cross_entropy_backward(grad_loss, logits, targets, label_smoothing=0.0, ignore_id=None):
    r"""The gradient by the logits: what was said minus what should have been said.

    .. math:: \frac{\partial L}{\partial z_{ik}} = \frac1n (p_{ik} - q_{ik})
    """
    # loss = -sum(wanted · log_softmax(logits)) / n
    targets = targets if isinstance(targets, Traced) else _whole(targets)
    known, share = _known(targets, ignore_id), _share(targets, ignore_id, logits.dtype)
    wanted = target_distribution(
        known, logits.shape[-1], label_smoothing, logits.dtype.name
    )
    return grad_loss * (softmax(logits) - wanted) * share


def _known(targets, ignore_id):
    """The targets, an ignored one as 0: it may be any number (PyTorch's is -100)."""
    return targets if ignore_id is None else np.where(targets != ignore_id, targets, 0)


def _share(targets, ignore_id, dtype):
    """How much each position counts in the mean."""
    if ignore_id is None:
        return 1 / targets.size
    counted = (targets != ignore_id)[..., np.newaxis]
    return (counted / np.sum(counted)).astype(dtype)


def _whole(targets):
    return integer_array("cross_entropy", "targets", targets)


def _wanted(logits, targets, label_smoothing=0.0, ignore_id=None):
    targets = _whole(targets)
    if logits.ndim == 0:
        raise ShapeError("cross_entropy: logits () is one number; it needs one a word.")
    if targets.shape != logits.shape[:-1]:
        raise ShapeError(
            f"cross_entropy: logits {logits.shape} need targets {logits.shape[:-1]}, "
            f"got {targets.shape}."
        )
    counted = np.ones(targets.shape, bool) if ignore_id is None else targets != ignore_id
    if targets.size == 0:
        raise ValueError(f"cross_entropy: targets {targets.shape} hold no target.")
    if not counted.any():
        raise ValueError(
            f"cross_entropy: every target is ignore_id = {ignore_id}; none counts."
        )
    known = _known(targets, ignore_id)
    wanted = target_distribution(
        known, logits.shape[-1], label_smoothing, logits.dtype.name
    )
    return wanted, counted


def perplexity(loss):
    """Among how many equally likely words the model hesitates: e to the loss.

    Examples
    --------
    >>> round(perplexity(math.log(26)), 6)
    26.0
    """
    return math.exp(loss)
