"""Layer normalisation and the two ways to put it around a sublayer."""

import numpy as np

from tfmath.arguments import callable_
from tfmath.errors import ShapeError, float_array, floats, one_number_each
from tfmath.parts.standardize import EPSILON, standardize, standardize_backward
from tfmath.tracing import named, scope


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

    Raises
    ------
    ShapeError
        If `gain` or `bias` does not have one number for each column of `x`.

    Steps
    -----
    mean, deviation, normalized
        From `standardize`.
    output
        :math:`\gamma` times normalized, plus :math:`\beta`.

    Examples
    --------
    >>> layer_norm(np.array([1.0, 3.0]), [2.0, 2.0], [0.5, 0.5], epsilon=0.0).tolist()
    [-1.5, 2.5]
    """
    x, gain, bias = floats("layer_norm", x=x, gain=gain, bias=bias)
    for name, array in (("gain", gain), ("bias", bias)):
        one_number_each("layer_norm", (name, array), ("x", x), x.shape[-1:])
    normalized = named("normalized", standardize(x, epsilon))
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


def post_norm(where, x, sublayer, gain, bias, epsilon=EPSILON):
    r"""LayerNorm(x + Sublayer(x)), as in the paper (section 3.1).

    Parameters
    ----------
    where : str
        The scope of the steps, such as ``"norm 1"``.
    x : (*batch, n, d_model)
    sublayer : function
        Attention or the feed-forward network, ``x -> (*batch, n, d_model)``.
    gain, bias : (d_model,)
    epsilon : float
        Of the norm. For one of your own in a whole model, hand down
        ``functools.partial(post_norm, epsilon=1e-12)``.

    Returns
    -------
    output : (*batch, n, d_model)

    Raises
    ------
    ShapeError
        If the sublayer's rows are not like its own, so that they cannot be added.

    Steps
    -----
    where / residual, where / mean, where / deviation, where / normalized, where / output
        x + Sublayer(x), and what `layer_norm` records of it, in the scope `where`.

    Examples
    --------
    A sublayer that doubles makes 3, 9 of the row 1, 3; the norm makes -1, 1 of that:

    >>> x, double = np.array([[1.0, 3.0]]), lambda rows: 2 * rows
    >>> post_norm("norm", x, double, np.ones(2), np.zeros(2), epsilon=0.0).tolist()
    [[-1.0, 1.0]]
    """
    x = float_array(where, "x", x)
    callable_(where, "sublayer", sublayer, "x -> rows like those of x")
    changed = _added(where, x, sublayer(x))
    with scope(where):
        return layer_norm(named("residual", changed), gain, bias, epsilon)


def pre_norm(where, x, sublayer, gain, bias, epsilon=EPSILON):
    r"""Add Sublayer(LayerNorm(x)) to x, as later models do.

    Arguments and result as for `post_norm`.

    Examples
    --------
    The row 1, 3 is sent to -1, 1; a sublayer that doubles makes -2, 2 of it:

    >>> x, double = np.array([[1.0, 3.0]]), lambda rows: 2 * rows
    >>> pre_norm("norm", x, double, np.ones(2), np.zeros(2), epsilon=0.0).tolist()
    [[-1.0, 5.0]]
    """
    x = float_array(where, "x", x)
    callable_(where, "sublayer", sublayer, "x -> rows like those of x")
    with scope(where):
        normalized = layer_norm(x, gain, bias, epsilon)
    changed = _added(where, x, sublayer(normalized))
    with scope(where):
        return named("residual", changed)


def _added(where, x, change):
    if x.shape[-2:] != np.shape(change)[-2:]:
        raise ShapeError(
            f"{where}: the sublayer must give rows like its own to add them.\n"
            f"  x       {x.shape}\n  its own {np.shape(change)}"
        )
    return x + change
