"""Layer normalisation and the two ways to put it around a sublayer."""

import numpy as np

from tfmath.errors import ShapeError, float_array, floats, one_number_each
from tfmath.tracing import named, operation, scope
from tfmath.tracing.formula import function, literal, total

EPSILON = 1e-5


def _standardize_formula(at, node, index):
    row = [(*index[:-1], k) for k in range(node.shape[-1])]
    numbers = node.inputs[0].value[index[:-1]].astype(np.float64)
    epsilon = node.options.get("epsilon", EPSILON)
    deviation = function("√", literal(float(numbers.var())) + literal(epsilon))
    mean = total([at(0, place) for place in row]) / literal(len(row))
    return (at(0, index) - mean) / deviation


def _torch_standardize(torch, x, epsilon=EPSILON):
    return torch.nn.functional.layer_norm(x, x.shape[-1:], eps=epsilon)


def _exact_standardize(mp, x, epsilon=EPSILON):
    centred = x - np.sum(x, axis=-1, keepdims=True) / x.shape[-1]
    squares = np.sum(centred * centred, axis=-1, keepdims=True) / x.shape[-1]
    deviation = mp.sqrt(squares + epsilon)
    return centred / np.where(deviation == 0, 1, deviation)


def _standardize_error(unit, output, values, errors, node, epsilon=EPSILON):
    (x,), (error,), terms, size = values, errors, output.shape[-1] + 4, np.abs(output)
    centred, sizes = _centred(x), np.mean(np.abs(x), axis=-1, keepdims=True)
    error = error + unit.adding * (terms * sizes + np.abs(centred))
    mean, along = (np.mean(e, axis=-1, keepdims=True) for e in (error, error * size))
    deviation = _deviation(centred, epsilon)
    passed = (error + mean + size * along) / np.where(deviation > 0, deviation, 1)
    return passed + (unit.adding * terms + unit.rounding) * size


@operation(
    derivative=(
        lambda grad, output, x, epsilon=EPSILON: standardize_backward(
            grad, output, x, epsilon
        ),
    ),
    formula=_standardize_formula,
    torch=_torch_standardize,
    exact=_exact_standardize,
    error=_standardize_error,
)
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
    if not epsilon >= 0:
        raise ValueError(f"standardize: epsilon is {epsilon}; it must be 0 or more.")
    centred = _centred(x)
    deviation = _deviation(centred, epsilon)
    return (centred / np.where(deviation > 0, deviation, 1)).astype(x.dtype, copy=False)


def standardize_backward(grad_output, output, x, epsilon=EPSILON):
    r"""From the gradient by the standardized row to the gradient by the row.

    .. math:: \frac{1}{\sqrt{\sigma^2+\epsilon}} \Bigl( g - \overline{g}
              - \hat{x}\,\overline{g\,\hat{x}} \Bigr)

    The bars are means over the row. A common shift or a common stretch of the row has no
    effect on the output, so it is taken out of the gradient.
    """
    # output = (x - mean) / √(variance + ε)
    mean = np.mean(grad_output, axis=-1, keepdims=True)
    along = np.mean(grad_output * output, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    deviation = np.sqrt(variance + epsilon)
    if np.any(np.equal(deviation, 0)):  # a constant row, with epsilon 0
        deviation = np.where(np.equal(deviation, 0), 1, deviation)
    return (grad_output - mean - output * along) / deviation


def layer_norm(x, gain, bias, epsilon=EPSILON):
    r"""Standardize each row, then let each column choose its own scale and centre.

    .. math:: \mathrm{LayerNorm}(x) = \gamma \odot
              \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta

    Parameters
    ----------
    x : (*batch, d_model)
    gain, bias : (d_model,)
        :math:`\gamma` and :math:`\beta`, learned.
    epsilon : float

    Returns
    -------
    output : (*batch, d_model)

    Examples
    --------
    >>> layer_norm(np.array([1.0, 3.0]), [2.0, 2.0], [0.5, 0.5], epsilon=0.0).tolist()
    [-1.5, 2.5]
    """
    x, gain, bias = floats("layer_norm", x=x, gain=gain, bias=bias)
    for name, array in (("gain", gain), ("bias", bias)):
        one_number_each("layer_norm", (name, array), ("x", x), x.shape[-1:])
    normalized = named("normalized", standardize(x, epsilon=epsilon))
    return named("output", normalized * gain + bias)


def layer_norm_backward(grad_output, normalized, x, gain, epsilon=EPSILON):
    r"""From the gradient by the output to the gradients by x, gain and bias.

    .. math:: \frac{\partial L}{\partial \gamma} = \sum_{rows} g \odot \hat{x}, \qquad
              \frac{\partial L}{\partial \beta} = \sum_{rows} g

    and the row itself as in `standardize_backward`, with :math:`g \odot \gamma` for
    :math:`g`.

    Parameters
    ----------
    grad_output, normalized, x : (*batch, d_model)
        `normalized` is ``standardize(x)``, kept from the way forward.
    gain : (d_model,)
    epsilon : float

    Returns
    -------
    grad_x : (*batch, d_model)
    grad_gain, grad_bias : (d_model,)
        Every row used the same gain and bias, so their gradients are sums over the rows.

    Examples
    --------
    A row of two is always sent to -1 and 1, so no number of it can change anything:

    >>> x, normalized = np.array([[1.0, 3.0]]), np.array([[-1.0, 1.0]])
    >>> grads = layer_norm_backward(np.array([[5.0, 7.0]]), normalized, x, np.ones(2), 0.0)
    >>> [grad.tolist() for grad in grads]
    [[[0.0, 0.0]], [-5.0, 7.0], [5.0, 7.0]]
    """
    # output = normalized * gain + bias
    rows = tuple(range(grad_output.ndim - 1))
    grad_normalized = grad_output * gain
    grad_gain = np.sum(grad_output * normalized, axis=rows)
    grad_bias = np.sum(grad_output, axis=rows)
    # normalized = standardize(x, epsilon)
    grad_x = standardize_backward(grad_normalized, normalized, x, epsilon)
    return grad_x, grad_gain, grad_bias


def post_norm(where, x, sublayer, gain, bias):
    r"""LayerNorm(x + Sublayer(x)), as in the paper (section 3.1).

    Parameters
    ----------
    where : str
        The scope of the steps, such as ``"norm 1"``.
    x : (*batch, n, d_model)
    sublayer : function
        Attention or the feed-forward network, ``x -> (*batch, n, d_model)``.
    gain, bias : (d_model,)
    """
    x = float_array(where, "x", x)
    changed = _added(where, x, sublayer(x))
    with scope(where):
        return layer_norm(named("residual", changed), gain, bias)


def pre_norm(where, x, sublayer, gain, bias):
    r"""x + Sublayer(LayerNorm(x)), as later models do; arguments as for `post_norm`."""
    x = float_array(where, "x", x)
    with scope(where):
        normalized = layer_norm(x, gain, bias)
    changed = _added(where, x, sublayer(normalized))
    with scope(where):
        return named("residual", changed)


def _added(where, x, change):
    if x.shape[-2:] != change.shape[-2:]:
        raise ShapeError(
            f"{where}: the sublayer must give rows like its own to add them.\n"
            f"  x       {x.shape}\n  its own {change.shape}"
        )
    return x + change


def _centred(x):
    wide = x.astype(np.float64)
    return wide - np.mean(wide, axis=-1, keepdims=True)


def _deviation(centred, epsilon):
    return np.sqrt(np.mean(centred * centred, axis=-1, keepdims=True) + epsilon)
