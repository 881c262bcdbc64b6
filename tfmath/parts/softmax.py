"""Softmax: scores become weights that are positive and sum to 1."""

import numpy as np

from tfmath.errors import NonFiniteError, ShapeError, float_array
from tfmath.parts import softmax_row as row
from tfmath.parts.masks import check_mask
from tfmath.parts.rows import by_rows
from tfmath.tracing import operation

LOWEST = np.finfo(np.float64).min


@operation(
    derivative=(
        lambda grad, weights, scores, mask=None: softmax_backward(grad, weights),
        None,
    ),
    formula=row.softmax_formula,
    torch=row.torch_softmax,
    exact=row.exact_softmax,
    error=row.softmax_error,
)
def softmax(scores, mask=None):
    r"""Turn each row of scores into weights that are positive and sum to 1.

    .. math:: \mathrm{softmax}(s)_i = \frac{e^{s_i}}{\sum_k e^{s_k}}

    A score that is larger by 1 gets a weight that is e = 2.718 times as large.

    Parameters
    ----------
    scores : (*batch, n)
        Finite numbers, or −∞ for what must get no weight.
    mask : (*batch, n) of bool, optional
        ``True`` may be looked at; ``False`` gets weight 0. Broadcasts to `scores`.

    Returns
    -------
    weights : (*batch, n)
        Of the dtype of `scores`.

    Raises
    ------
    NonFiniteError
        For NaN or +∞ among the scores: no weight could be right.
    ShapeError, DtypeError
        If `mask` does not broadcast to `scores`, or is not of bool.

    Notes
    -----
    The largest score is subtracted first; it cancels, and no exponential overflows. float32
    is computed in float64 and rounded once. A row that may look at nothing gets zeros, as
    in PyTorch's ``scaled_dot_product_attention``.

    Examples
    --------
    >>> softmax(np.array([0.0, 0.0])).tolist()
    [0.5, 0.5]
    >>> softmax(np.log([1.0, 2.0, 5.0])).round(12).tolist()
    [0.125, 0.25, 0.625]
    >>> softmax(np.log([1.0, 2.0, 5.0]), np.array([True, True, False])).round(3).tolist()
    [0.333, 0.667, 0.0]
    """
    return by_rows(_softmax, *_checked("softmax", scores, mask))


def _softmax(scores, mask):
    wide, top = _wide(scores, mask)
    wide -= top  # in place: a new array for each step would take as long as the step
    grown = np.exp(wide, out=wide)
    sums = np.sum(grown, axis=-1, keepdims=True)
    grown /= np.maximum(sums, 1)  # the largest gave 1, and a row that sees nothing 0
    return grown.astype(scores.dtype, copy=False)


def softmax_backward(grad_weights, weights):
    r"""From the gradient by the weights to the gradient by the scores.

    .. math:: \frac{\partial L}{\partial s_i}
              = w_i \Bigl(\frac{\partial L}{\partial w_i}
              - \sum_k w_k \frac{\partial L}{\partial w_k}\Bigr)

    A score gains only if its weight is worth more than the weighted average is.

    Parameters
    ----------
    grad_weights, weights : (*batch, n)

    Returns
    -------
    grad_scores : (*batch, n)

    Examples
    --------
    >>> softmax_backward(np.array([1.0, 0.0]), np.array([0.5, 0.5])).tolist()
    [0.25, -0.25]
    """
    # weights = softmax(scores, mask)
    average = np.sum(grad_weights * weights, axis=-1, keepdims=True)
    return weights * (grad_weights - average)


@operation(
    derivative=(
        lambda grad, logs, scores, mask=None: log_softmax_backward(grad, logs),
        None,
    ),
    formula=row.log_softmax_formula,
    torch=row.torch_log_softmax,
    exact=row.exact_log_softmax,
    error=row.log_softmax_error,
)
def log_softmax(scores, mask=None):
    r"""The natural logarithm of `softmax`, without the detour through tiny weights.

    .. math:: \log \mathrm{softmax}(s)_i = s_i - \log \sum_k e^{s_k}

    Arguments and result as for `softmax`, errors too; what is hidden gets −∞.

    Examples
    --------
    >>> log_softmax(np.array([0.0, 0.0])).round(4).tolist()
    [-0.6931, -0.6931]
    >>> log_softmax(np.array([0.0, -1000.0])).tolist()
    [0.0, -1000.0]
    """
    return by_rows(_log_softmax, *_checked("log_softmax", scores, mask))


def _log_softmax(scores, mask):
    shifted, top = _wide(scores, mask)
    shifted -= top
    shifted -= _log_sum(shifted)
    return shifted.astype(scores.dtype, copy=False)


def log_softmax_backward(grad_logs, logs):
    """From the gradient by the logarithms to the gradient by the scores.

    Parameters
    ----------
    grad_logs, logs : (*batch, n)

    Returns
    -------
    grad_scores : (*batch, n)

    Examples
    --------
    >>> log_softmax_backward(np.array([1.0, 0.0]), np.log([0.5, 0.5])).tolist()
    [0.5, -0.5]
    """
    # logs = log_softmax(scores, mask)
    return grad_logs - np.exp(logs) * np.sum(grad_logs, axis=-1, keepdims=True)


@operation(
    derivative=(
        lambda grad, total, s, mask=None: grad[..., None] * softmax(s, mask),
        None,
    ),
    labels=lambda nodes, options, shape: nodes[0].labels[:-1],
    formula=row.logsumexp_formula,
    torch=row.torch_logsumexp,
    exact=row.exact_logsumexp,
    error=row.logsumexp_error,
)
def logsumexp(scores, mask=None):
    r"""The logarithm of the sum that `softmax` divides by: a maximum without its corner.

    .. math:: \log \sum_k e^{s_k}

    Arguments and result as for `softmax`, errors too; the last axis is summed away. Where
    everything is hidden it is −∞.

    Examples
    --------
    Two equal scores add ln 2, and 1000 scores of 1000 do not overflow:

    >>> logsumexp(np.array([[0.0, 0.0], [5.0, -5.0]])).round(4).tolist()
    [0.6931, 5.0]
    >>> logsumexp(np.full(1000, 1000.0)).round(3).item()
    1006.908
    """
    scores, mask = _checked("logsumexp", scores, mask)
    wide, top = _wide(scores, mask)
    hidden = np.all(wide == -np.inf, axis=-1)
    total = (top + _log_sum(wide - top))[..., 0]
    return np.where(hidden, -np.inf, total).astype(scores.dtype, copy=False)


def _checked(where, scores, mask):
    scores = float_array(where, "scores", scores)
    if scores.ndim == 0:
        raise ShapeError(f"{where}: scores () is one number; it needs at least one axis.")
    if not np.max(scores, initial=-np.inf) < np.inf:
        raise NonFiniteError(f"{where}: scores hold NaN or +inf; hide a score with -inf.")
    return scores, None if mask is None else check_mask(mask, scores.shape, where)


def _wide(scores, mask):
    """A copy in float64, hidden scores as −∞, and each row's largest.

    A row that may look at nothing has none; the lowest number there is stands for it.
    """
    wide = scores.astype(np.float64)
    if mask is not None:
        np.copyto(wide, -np.inf, where=~mask)
    return wide, np.max(wide, axis=-1, keepdims=True, initial=LOWEST)


def _log_sum(shifted):
    """ln of the sum of e to scores whose largest is 0, right where the sum is near 1."""
    grown = np.exp(shifted, order="C")
    if grown.size:
        rows = grown.reshape(-1, grown.shape[-1])
        rows[np.arange(len(rows)), shifted.argmax(axis=-1).ravel()] = 0
    return np.log1p(np.sum(grown, axis=-1, keepdims=True))
