"""A row shifted to mean 0 and scaled to variance 1: the heart of layer normalisation."""

import math
from functools import partial

import numpy as np

from tfmath.arguments import number
from tfmath.errors import ShapeError, floats
from tfmath.parts import standardize_row as row
from tfmath.parts.rows import by_rows
from tfmath.parts.standardize_row import EPSILON
from tfmath.tracing import Traced, named, operation

ROUNDING, LEAST = 2.0**-52, 1e-140  # of float64; below, squares lose digits or are 0


def standardize(x, epsilon=EPSILON):
    r"""Shift and scale each row to mean 0 and variance (nearly) 1.

    .. math:: \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}}, \qquad
              \mu = \tfrac1d \sum_i x_i, \quad \sigma^2 = \tfrac1d \sum_i (x_i - \mu)^2

    Parameters
    ----------
    x : (*batch, d_model)
    epsilon : float
        Stands *inside* the root, so that a constant row gives zeros.

    Returns
    -------
    output : (*batch, d_model), of the dtype of `x`.

    Raises
    ------
    ShapeError
        If there is no row to take a mean of.
    ValueError
        If `epsilon` is below 0.

    Steps
    -----
    mean, deviation
        :math:`\mu` and :math:`\sqrt{\sigma^2 + \epsilon}` of each row, (\*batch, 1): read
        off beside the way. Slopes pass through the whole at once, see
        `standardize_backward`.

    Notes
    -----
    The variance divides by d, not d − 1. float32 is computed in float64, rounded once. Rows
    of 1e200 or 1e-200, or that hardly differ, are measured in a unit of their own.

    References
    ----------
    .. [1] J. L. Ba, J. R. Kiros, G. E. Hinton, "Layer Normalization", 2016.

    Examples
    --------
    >>> standardize(np.array([1.0, 3.0]), epsilon=0.0).tolist()
    [-1.0, 1.0]
    >>> standardize(np.array([7.0, 7.0])).tolist()
    [0.0, 0.0]
    """
    x = floats("standardize", x=x)
    if x.ndim == 0 or x.shape[-1] == 0:
        raise ShapeError(f"standardize: x {x.shape} has no row to take a mean of.")
    number("standardize", "epsilon", epsilon, least=0)
    if not isinstance(x, Traced):
        return by_rows(partial(_divided, epsilon), x)
    mean = named("mean", row_mean(x))
    deviation = named("deviation", row_deviation(x, mean, epsilon=epsilon))
    return standardized(x, mean, deviation, epsilon=epsilon)


def standardize_backward(grad_output, output, x, epsilon=EPSILON):
    r"""From the gradient by the standardized row to the gradient by the row.

    .. math:: \frac{1}{\sqrt{\sigma^2+\epsilon}} \Bigl( g - \overline{g}
              - \hat{x}\,\overline{g\,\hat{x}} \Bigr)

    The bars are means over the row. A common shift or a common stretch of the row has no
    effect on the output, so it is taken out of the gradient.

    Parameters
    ----------
    grad_output, output, x : (*batch, d_model)
    epsilon : float

    Returns
    -------
    grad_x : (*batch, d_model)

    Examples
    --------
    A row of two is always sent to -1 and 1, so nothing can be gained:

    >>> x, output = np.array([1.0, 3.0]), np.array([-1.0, 1.0])
    >>> standardize_backward(np.array([5.0, 7.0]), output, x, epsilon=0.0).tolist()
    [0.0, 0.0]
    """
    deviation = varying_deviation(x, row_deviation(x, row_mean(x), epsilon=epsilon))
    return _passed_back(grad_output, output, deviation, epsilon)


def _passed_back(grad_output, output, deviation, epsilon):
    # output = (x - mean) / deviation
    mean, along = _mean(grad_output), _mean(grad_output * output)
    if epsilon == 0:  # then a constant row has none to divide by
        deviation = np.where(np.equal(deviation, 0), 1, deviation)
    return (grad_output - mean - output * along) / deviation


# A row's mean, its deviation, and the row divided by it, each a step of a record ---------


def _mean(x):
    """Of each row. ``np.mean`` does the same, and takes twice as long for short rows."""
    return np.sum(x, axis=-1, keepdims=True) / x.shape[-1]


def _moments(x, epsilon):
    """The row less its mean, the root, and in which unit of size both are given: 1."""
    centred, width = x.astype(np.float64), x.shape[-1]
    with np.errstate(over="ignore", invalid="ignore"):
        mean = _mean(centred)
        centred -= mean  # in place: a new table would take as long as the step
        variance = _mean(centred * centred)
        root = np.sqrt(variance + epsilon)
        if _sound_together(mean, root, width, epsilon):
            return centred, root, 1.0
        # A root below this, or of squares that are no numbers, says nothing of the row.
        least = np.maximum(LEAST, width * ROUNDING * np.abs(mean))
        sound = (root > least) & (root < np.inf)
        if sound.all():
            return centred, root, 1.0
        anew = _moments_of_any_size(x.astype(np.float64, copy=False), epsilon)
    pairs = zip((centred, root, 1.0), anew, strict=True)
    return [np.where(sound, *pair) for pair in pairs]


def _sound_together(mean, root, width, epsilon):
    least = max(LEAST, width * ROUNDING * math.sqrt(np.vdot(mean, mean)))
    return epsilon > least * least and math.isfinite(width * np.vdot(root, root))


def _moments_of_any_size(wide, epsilon):
    """The same for squares that leave the range of numbers, and rows that hardly differ."""
    # Counted in units of about the largest, a power of two, and from the first number on:
    # neither rounds what is close to it, so equal numbers leave exactly 0.
    _, power = np.frexp(np.max(np.abs(wide), axis=-1, keepdims=True))
    unit = np.ldexp(0.5, power)
    risen = wide / unit - wide[..., :1] / unit
    centred = risen - _mean(risen)
    root = np.sqrt(_mean(centred * centred))
    return centred, np.hypot(root, math.sqrt(epsilon) / unit), unit


def _divided(epsilon, x, mask=None):
    centred, root, _ = _moments(x, epsilon)
    centred /= np.where(root > 0, root, 1)
    return centred.astype(x.dtype, copy=False)


@operation(
    derivative=(None,),
    formula=row.mean_formula,
    labels=row.rows_kept,
    torch=lambda torch, x: x.mean(-1, keepdim=True),
    exact=row.exact_mean,
    error=row.mean_error,
)
def row_mean(x):
    """The mean of each row.

    Parameters
    ----------
    x : (*batch, d_model)

    Returns
    -------
    mean : (*batch, 1)

    Examples
    --------
    >>> row_mean(np.array([[1.0, 3.0], [5.0, 5.0]])).tolist()
    [[2.0], [5.0]]
    """
    wide = x.astype(np.float64, copy=False)
    if math.isfinite(np.vdot(wide, wide)):
        return _mean(wide).astype(x.dtype, copy=False)
    return np.sum(wide / x.shape[-1], axis=-1, keepdims=True)  # no sum leaves the range


@operation(
    derivative=(None, None),
    formula=row.deviation_formula,
    labels=row.rows_kept,
    torch=row.torch_deviation,
    exact=row.exact_deviation,
    error=row.deviation_error,
)
def row_deviation(x, mean, epsilon=EPSILON):
    """The root of each row's variance and ε.

    Parameters
    ----------
    x : (*batch, d_model)
    mean : (*batch, 1), for the formula to name; the number comes from `x` alone
    epsilon : float

    Returns
    -------
    deviation : (*batch, 1)

    Examples
    --------
    >>> x = np.array([[1.0, 3.0], [5.0, 5.0]])
    >>> row_deviation(x, row_mean(x), epsilon=0.0).tolist()
    [[1.0], [0.0]]
    """
    _, root, unit = _moments(x, epsilon)
    return (unit * root).astype(x.dtype, copy=False)


def _slope_of_deviation(grad, deviation, x, known):
    # deviation = √(mean((x - mean(x))²) + ε)
    centred = x - _mean(x)
    return grad * centred / (x.shape[-1] * np.where(np.equal(deviation, 0), 1, deviation))


@operation(
    derivative=(_slope_of_deviation, None),
    formula=lambda at, node, index: at(1, index),
    labels=row.rows_kept,
    source=lambda x, deviation: deviation,
    torch=row.torch_varying,
    exact=lambda mp, x, deviation: deviation,
    error=lambda unit, out, values, errors, node: errors[1] + 3 * unit.rounding * out,
)
def varying_deviation(x, deviation):
    """The deviation that was read off; but a slope of the slope finds its way to `x`.

    Parameters
    ----------
    x : (*batch, d_model)
    deviation : (*batch, 1)

    Returns
    -------
    deviation : (*batch, 1)

    Examples
    --------
    If 3 grows, the deviation of 1, 3 grows half as fast; if 1 grows, it shrinks:

    >>> from tfmath.tracing import gradients, trace
    >>> x, deviation = trace([[1.0, 3.0]], "x"), np.array([[1.0]])
    >>> gradients(varying_deviation(x, deviation).sum(), of=x).tolist()
    [[-0.5, 0.5]]
    """
    return deviation


@operation(
    derivative=(
        lambda grad, output, x, mean, deviation, epsilon=EPSILON: _passed_back(
            grad, output, varying_deviation(x, deviation), epsilon
        ),
        None,
        None,
    ),
    formula=row.standardized_formula,
    torch=lambda torch, x, mean, deviation, epsilon=EPSILON: torch.nn.functional.layer_norm(
        x, x.shape[-1:], eps=epsilon
    ),
    exact=row.exact_standardized,
    error=row.standardize_error,
)
def standardized(x, mean, deviation, epsilon=EPSILON):
    """``(x - mean) / deviation``; float32 from `x` alone, so that it is rounded once.

    Parameters
    ----------
    x : (*batch, d_model)
    mean, deviation : (*batch, 1), from `row_mean` and `row_deviation`
    epsilon : float

    Returns
    -------
    output : (*batch, d_model)

    Examples
    --------
    >>> x, mean, deviation = np.array([[1.0, 5.0]]), np.array([[3.0]]), np.array([[2.0]])
    >>> standardized(x, mean, deviation, epsilon=0.0).tolist()
    [[-1.0, 1.0]]
    """
    if x.dtype == np.float64 and _sound_together(mean, deviation, x.shape[-1], epsilon):
        return (x - mean) / deviation
    return by_rows(partial(_divided, epsilon), x)
