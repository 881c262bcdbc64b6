"""A row shifted to mean 0 and scaled to variance 1: the heart of layer normalisation."""

import math
from numbers import Real

import numpy as np

from tfmath.errors import ShapeError, floats
from tfmath.tracing import Traced, named, operation
from tfmath.tracing.formula import Terms, function, literal, total

EPSILON = 1e-5


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
    The variance divides by d, not d − 1. float32 is computed in float64 and rounded once.

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
    if not isinstance(epsilon, Real) or not 0 <= epsilon < math.inf:
        raise ValueError(f"standardize: epsilon is {epsilon!r}; it must be 0 or more.")
    if not isinstance(x, Traced):
        return _divided(x, epsilon)
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
    deviation = np.sqrt(np.var(x, axis=-1, keepdims=True) + epsilon)
    return _passed_back(grad_output, output, deviation, epsilon)


def _passed_back(grad_output, output, deviation, epsilon):
    # output = (x - mean) / deviation
    mean = np.mean(grad_output, axis=-1, keepdims=True)
    along = np.mean(grad_output * output, axis=-1, keepdims=True)
    if epsilon == 0:  # then a constant row has none to divide by
        deviation = np.where(np.equal(deviation, 0), 1, deviation)
    return (grad_output - mean - output * along) / deviation


# What the record knows of a mean, a deviation, and a row divided by it -----------------


def _centred(x):
    wide = x.astype(np.float64)
    return wide - np.mean(wide, axis=-1, keepdims=True)


def _root(centred, epsilon):
    return np.sqrt(np.mean(centred * centred, axis=-1, keepdims=True) + epsilon)


def _divided(x, epsilon):
    centred = _centred(x)
    deviation = _root(centred, epsilon)
    return (centred / np.where(deviation > 0, deviation, 1)).astype(x.dtype, copy=False)


def _mean_over(width, term):
    """The mean of a term over the columns; its place holds all of them at once."""
    columns = np.arange(width)
    return total(Terms(term(columns), columns.shape)) / literal(width)


def _mean_formula(at, node, index):
    width = node.inputs[0].shape[-1]
    return _mean_over(width, lambda columns: at(0, (*index[:-1], columns)))


def _deviation_formula(at, node, index):
    epsilon, mean = node.options.get("epsilon", EPSILON), at(1, index)
    squares = _mean_over(
        node.inputs[0].shape[-1],
        lambda columns: (at(0, (*index[:-1], columns)) - mean) ** literal(2),
    )
    return function("√", squares + literal(epsilon))


def _mean_error(unit, mean, values, errors, node):
    sizes, terms = np.abs(values[0]), values[0].shape[-1] + 1
    passed = errors[0] + unit.adding * terms * sizes
    return np.mean(passed, axis=-1, keepdims=True) + unit.rounding * np.abs(mean)


def _deviation_error(unit, deviation, values, errors, node, epsilon=EPSILON):
    centred, error = _off_centre(unit, values[0], errors[0])
    along = np.mean(np.abs(centred) * error, axis=-1, keepdims=True)
    passed = along / np.where(deviation > 0, deviation, 1)
    terms = values[0].shape[-1] + 4
    # Where the root is 0, what moves it is no slope but the error itself.
    passed = np.where(deviation > 0, passed, np.max(error, axis=-1, keepdims=True))
    # A variance, ε added and a root, each stored: half of two roundings, and one more.
    return passed + (unit.adding * terms + 2 * unit.rounding) * deviation


def _off_centre(unit, x, error):
    """The row less its mean, and by how much each may be wrong."""
    centred, sizes = _centred(x), np.mean(np.abs(x), axis=-1, keepdims=True)
    own = unit.adding * ((x.shape[-1] + 4) * sizes + np.abs(centred))
    return centred, error + np.mean(error, axis=-1, keepdims=True) + own


def _standardize_error(unit, output, values, errors, node, epsilon=EPSILON):
    (x, *_), (error, *_), terms, size = values, errors, output.shape[-1] + 4, np.abs(output)
    centred, sizes = _centred(x), np.mean(np.abs(x), axis=-1, keepdims=True)
    error = error + unit.adding * (terms * sizes + np.abs(centred))
    mean, along = (np.mean(e, axis=-1, keepdims=True) for e in (error, error * size))
    deviation = _root(centred, epsilon)
    passed = (error + mean + size * along) / np.where(deviation > 0, deviation, 1)
    return passed + (unit.adding * terms + unit.rounding) * size


def _rows_kept(nodes, options, shape):
    return (*nodes[0].labels[:-1], None)


def _exact_mean(mp, x):
    return np.sum(x, axis=-1, keepdims=True) / x.shape[-1]


def _exact_deviation(mp, x, mean, epsilon=EPSILON):
    squares = (x - _exact_mean(mp, x)) ** 2
    return mp.sqrt(_exact_mean(mp, squares) + epsilon)


def _exact_standardized(mp, x, mean, deviation, epsilon=EPSILON):
    """From the row alone, as the operation does, whatever the rounded mean may be."""
    deviation = _exact_deviation(mp, x, mean, epsilon)
    return (x - _exact_mean(mp, x)) / np.where(deviation == 0, 1, deviation)


def _torch_deviation(torch, x, mean, epsilon=EPSILON):
    return torch.sqrt(x.var(-1, correction=0, keepdim=True) + epsilon)


@operation(
    derivative=(None,),
    formula=_mean_formula,
    labels=_rows_kept,
    torch=lambda torch, x: x.mean(-1, keepdim=True),
    exact=_exact_mean,
    error=_mean_error,
)
def row_mean(x):
    """The mean of each row, (*batch, 1)."""
    return np.mean(x.astype(np.float64), axis=-1, keepdims=True).astype(x.dtype)


@operation(
    derivative=(None, None),
    formula=_deviation_formula,
    labels=_rows_kept,
    torch=_torch_deviation,
    exact=_exact_deviation,
    error=_deviation_error,
)
def row_deviation(x, mean, epsilon=EPSILON):
    """The root of each row's variance and ε, (*batch, 1)."""
    return _root(_centred(x), epsilon).astype(x.dtype)


def _slope_of_deviation(grad, deviation, x, known):
    # deviation = √(mean((x - mean(x))²) + ε)
    centred = x - np.mean(x, axis=-1, keepdims=True)
    return grad * centred / (x.shape[-1] * np.where(np.equal(deviation, 0), 1, deviation))


def _torch_varying(torch, x, deviation):
    moved = x.var(-1, correction=0, keepdim=True) / (2 * deviation)
    return deviation + moved - moved.detach()


@operation(
    derivative=(_slope_of_deviation, None),
    formula=lambda at, node, index: at(1, index),
    labels=_rows_kept,
    source=lambda x, deviation: deviation,
    torch=_torch_varying,
    exact=lambda mp, x, deviation: deviation,
    error=lambda unit, out, values, errors, node: errors[1] + 3 * unit.rounding * out,
)
def varying_deviation(x, deviation):
    """The deviation that was read off; but a slope of the slope finds its way to `x`."""
    return deviation


@operation(
    derivative=(
        lambda grad, output, x, mean, deviation, epsilon=EPSILON: _passed_back(
            grad, output, varying_deviation(x, deviation), epsilon
        ),
        None,
        None,
    ),
    formula=lambda at, node, index: (
        (at(0, index) - at(1, (*index[:-1], 0))) / at(2, (*index[:-1], 0))
    ),
    torch=lambda torch, x, mean, deviation, epsilon=EPSILON: torch.nn.functional.layer_norm(
        x, x.shape[-1:], eps=epsilon
    ),
    exact=_exact_standardized,
    error=_standardize_error,
)
def standardized(x, mean, deviation, epsilon=EPSILON):
    """``(x - mean) / deviation``, from `x` anew in float64, so that it is rounded once."""
    return _divided(x, epsilon)
