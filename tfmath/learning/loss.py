"""The loss: one number for how surprised the model is by the right words."""

import math

import numpy as np

from tfmath.arguments import float_type, number, whole
from tfmath.errors import floats, integer_array, whole_numbers
from tfmath.learning import loss_row as row
from tfmath.parts.softmax import log_softmax, softmax
from tfmath.tracing import Traced, operation
from tfmath.tracing.formula import literal


@operation(
    derivative=(
        lambda grad, loss, logits, targets, **options: cross_entropy_backward(
            grad, logits, targets, **options
        ),
        None,
    ),
    formula=row.formula,
    torch=row.torch,
    exact=row.exact,
    error=row.error,
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
    ShapeError, DtypeError
        If there is not one target, a whole number, for each row of `logits`.
    ValueError
        If a target is outside the vocabulary, or every target is ignored.

    Notes
    -----
    Equal to ``torch.nn.CrossEntropyLoss`` with the same options and ``reduction="mean"``;
    so is the loss inf where a surprise that counts is too large for the number type.

    Examples
    --------
    Two words, no opinion: the surprise is ln 2.

    >>> cross_entropy(np.array([[0.0, 0.0]]), [1]).round(4).item()
    0.6931
    """
    logits = floats("cross_entropy", logits=logits)
    targets, counted = row.checked(logits, targets, ignore_id)
    row.check_smoothing("cross_entropy", label_smoothing)
    with np.errstate(over="ignore"):  # a logarithm too far below 0 is −∞
        logs = log_softmax(logits)
        surprise = _surprise(logs, row.known(targets, ignore_id), label_smoothing)
        surprise = np.where(counted.ravel(), surprise, 0)
        return np.asarray(np.sum(surprise) / int(counted.sum()), logits.dtype)


def _surprise(logs, targets, smoothing):
    """What is wanted, q, is 1 − ε at the target and ε / V everywhere: two terms are enough.

    A term that nobody wants is left out, for its logarithm may be −∞.
    """
    rows = logs.reshape(-1, logs.shape[-1])
    right = rows[np.arange(len(rows)), targets.ravel()]
    surprise = -(1 - smoothing) * right if smoothing < 1 else np.zeros_like(right)
    return surprise - smoothing * rows.mean(axis=-1) if smoothing else surprise


def cross_entropy_backward(grad_loss, logits, targets, label_smoothing=0.0, ignore_id=None):
    r"""The gradient by the logits: what was said minus what should have been said.

    .. math:: \frac{\partial L}{\partial z_{ik}} = \frac1n (p_{ik} - q_{ik})

    Parameters
    ----------
    grad_loss : float
        The gradient by the loss: 1, if the loss is what is made small.
    logits, targets, label_smoothing, ignore_id
        As they were given to `cross_entropy`.

    Returns
    -------
    grad_logits : (*batch, n, vocab_size)
        Each row sums to 0; that of an ignored position is 0.

    Examples
    --------
    Two words, no opinion, the first was right:

    >>> cross_entropy_backward(1.0, np.array([[0.0, 0.0]]), [0]).tolist()
    [[-0.5, 0.5]]
    """
    # loss = -sum(wanted · log_softmax(logits)) / n
    if not isinstance(targets, Traced):
        targets = integer_array("cross_entropy", "targets", targets)
    sizes = (logits.shape[-1], label_smoothing, logits.dtype.name)
    wanted = target_distribution(row.known(targets, ignore_id), *sizes)
    share = row.share(targets, ignore_id, logits.dtype)
    with np.errstate(over="ignore"):  # a score too far below the largest has weight 0
        return grad_loss * (softmax(logits) - wanted) * share


@operation(
    derivative=(None,),
    formula=lambda at, node, index: literal(node.value[index]),
    labels=lambda nodes, options, shape: (*nodes[0].labels, None),
    torch=row.torch_distribution,
    exact=lambda mp, targets, vocab_size, label_smoothing=0.0, dtype=None: row.mixed(
        targets, vocab_size, mp.context.mpf(label_smoothing)
    ),
    error=lambda unit, out, *_, **options: 2 * unit.rounding * out,
)
def target_distribution(targets, vocab_size, label_smoothing=0.0, dtype="float64"):
    r"""What the model should say: nearly all on the right word, a little on every word.

    .. math:: q_k = (1 - \epsilon)\,[k = \mathrm{target}] + \epsilon / V

    Parameters
    ----------
    targets : (*batch, n) of int
    vocab_size : int
    label_smoothing : float
        :math:`\epsilon`, between 0 and 1.
    dtype : str

    Returns
    -------
    (*batch, n, vocab_size)
        Each row sums to 1.

    Raises
    ------
    ValueError
        If a target is outside the vocabulary, or `label_smoothing` outside 0 … 1.

    Examples
    --------
    >>> target_distribution([1], 4, label_smoothing=0.2).round(2).tolist()
    [[0.05, 0.85, 0.05, 0.05]]
    """
    row.check_smoothing("target_distribution", label_smoothing)
    vocab_size = whole("target_distribution", "vocab_size", vocab_size, least=1)
    targets = whole_numbers("target_distribution", "targets", targets, vocab_size)
    dtype = float_type("target_distribution", dtype)
    return row.mixed(targets, vocab_size, label_smoothing).astype(dtype, copy=False)


def perplexity(loss):
    """Among how many equally likely words the model hesitates: e to the loss.

    Parameters
    ----------
    loss : float
        In nats, from `cross_entropy`; 0 or more.

    Returns
    -------
    perplexity : float
        1 or more; inf if it is more than a float can hold.

    Examples
    --------
    >>> round(perplexity(math.log(26)), 6)
    26.0
    """
    loss = number("perplexity", "loss", loss, least=0)
    try:
        return math.exp(loss)
    except OverflowError:
        return math.inf
