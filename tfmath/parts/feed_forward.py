"""The feed-forward network: each position thinks on its own."""

import numpy as np

from tfmath.arguments import callable_, said
from tfmath.errors import ShapeError, floats, one_number_each, rows_and_width, same_size
from tfmath.parts.activation import BACKWARD, relu
from tfmath.tracing import named


def linear(x, W, b=None):
    r"""A linear map of every row, :math:`xW + b`.

    Parameters
    ----------
    x : (*batch, n, d_in)
        Rows are positions.
    W : (d_in, d_out)
        Rows are inputs, columns outputs. PyTorch's ``nn.Linear`` stores the transpose.
    b : (d_out,), optional
        Added to every row.

    Returns
    -------
    output : (*batch, n, d_out)

    Examples
    --------
    >>> linear([[1.0, 2.0]], [[3.0, 0.0], [0.0, 4.0]], [0.5, 0.5]).tolist()
    [[3.5, 8.5]]
    """
    x, W = floats("linear", x=x, W=W)
    _check_rows("linear", x, ("W", W), "d_in")
    return affine(x, W, _bias("linear", x, "b", b, "W", W))


def affine(x, W, b=None):
    """The one line of `linear`, unchecked. Arguments and result as for `linear`.

    Examples
    --------
    >>> affine(np.array([[1.0, 2.0]]), np.array([[3.0], [4.0]])).tolist()
    [[11.0]]
    """
    return x @ W if b is None else x @ W + b


def feed_forward(x, W_1, b_1=None, W_2=None, b_2=None, activation=relu):
    r"""Widen each row, bend it, bring it back.

    .. math:: \mathrm{FFN}(x) = \max(0,\, x W_1 + b_1)\, W_2 + b_2

    Parameters
    ----------
    x : (*batch, n, d_model)
    W_1 : (d_model, d_ff)
    b_1 : (d_ff,), optional
    W_2 : (d_ff, d_model)
        Must be given, though it stands behind `b_1`, which need not be.
    b_2 : (d_model,), optional
    activation : function
        `relu` as in the paper, `gelu` or `gelu_tanh`.

    Returns
    -------
    output : (*batch, n, d_model)

    Steps
    -----
    before activation
        x W_1 + b_1, (\*batch, n, d_ff).
    hidden
        The same, bent.
    output
        Brought back, (\*batch, n, d_model).

    Notes
    -----
    Equation (2) of "Attention Is All You Need". No row sees another.

    Examples
    --------
    >>> W_1, W_2 = np.array([[1.0, -1.0]]), np.array([[1.0], [1.0]])
    >>> feed_forward(np.array([[-3.0], [2.0]]), W_1, [0.0, 0.0], W_2, [0.0]).tolist()
    [[3.0], [2.0]]
    """
    where = "feed_forward"
    x, W_1, W_2 = _tables(where, x, W_1, W_2)
    b_1 = _bias(where, x, "b_1", b_1, "W_1", W_1)
    b_2 = _bias(where, x, "b_2", b_2, "W_2", W_2)
    before = named("before activation", affine(x, W_1, b_1))
    hidden = named("hidden", _bent(activation, before))
    return named("output", affine(hidden, W_2, b_2))


def linear_backward(grad_output, x, W):
    r"""From the gradient by :math:`xW + b` to the gradients by x, W and b.

    .. math:: \frac{\partial L}{\partial x} = G\,W^\top, \qquad
              \frac{\partial L}{\partial W} = x^\top G, \qquad
              \frac{\partial L}{\partial b} = \sum_{rows} G

    Parameters
    ----------
    grad_output : (*batch, n, d_out)
    x : (*batch, n, d_in)
    W : (d_in, d_out)

    Returns
    -------
    grad_x, grad_W, grad_b
        Each of the shape of what it belongs to; the rows share W and b, so theirs are sums.

    Examples
    --------
    >>> x, W = np.array([[3.0, 4.0]]), np.array([[5.0], [6.0]])
    >>> grads = linear_backward(np.array([[1.0]]), x, W)
    >>> [grad.tolist() for grad in grads]
    [[[5.0, 6.0]], [[3.0], [4.0]], [1.0]]
    """
    x, W = floats("linear_backward", x=x, W=W)
    _check_rows("linear_backward", x, ("W", W), "d_in")
    return _affine_backward(_like_output("linear_backward", grad_output, x, W), x, W)


def _affine_backward(grad_output, x, W):
    """The two lines of `linear_backward`, for arguments that were checked."""
    # output = x @ W + b
    rows, grad_rows = (a.reshape(-1, a.shape[-1]) for a in (x, grad_output))
    return grad_output @ W.T, rows.T @ grad_rows, np.sum(grad_rows, axis=0)


def feed_forward_backward(grad_output, x, W_1, b_1, W_2, activation=relu):
    r"""From the gradient by the output to those by x and the four tables.

    .. math:: G_h = G\,W_2^\top, \qquad G_b = G_h \odot f'(x W_1 + b_1), \qquad
              \frac{\partial L}{\partial x} = G_b\,W_1^\top

    For the ReLU :math:`f'` is 1 or 0: a unit that it silenced passes nothing back.

    Parameters
    ----------
    grad_output, x : (*batch, n, d_model)
    W_1, b_1, W_2
        As they were given to `feed_forward`; b_2 moves the output and changes no gradient.
    activation : function
        `relu`, `gelu` or `gelu_tanh`: their derivatives stand in `activation.BACKWARD`.

    Returns
    -------
    grad_x, grad_W_1, grad_b_1, grad_W_2, grad_b_2

    Examples
    --------
    Of the units 1 · x and -1 · x the second is silent for x = 2:

    >>> W_1, W_2 = np.array([[1.0, -1.0]]), np.array([[1.0], [1.0]])
    >>> grads = feed_forward_backward(np.array([[1.0]]), np.array([[2.0]]), W_1, None, W_2)
    >>> [grad.tolist() for grad in grads]
    [[[1.0]], [[2.0, 0.0]], [1.0, 0.0], [[2.0], [0.0]], [1.0]]
    """
    where = "feed_forward_backward"
    bend_backward = _derivative(activation)
    x, W_1, W_2 = _tables(where, x, W_1, W_2)
    before = affine(x, W_1, _bias(where, x, "b_1", b_1, "W_1", W_1))
    grad_output = _like_output(where, grad_output, before, W_2)
    # output = hidden @ W_2 + b_2
    grad_hidden, grad_W_2, grad_b_2 = _affine_backward(grad_output, activation(before), W_2)
    # hidden = activation(before)
    grad_before = bend_backward(grad_hidden, before)
    # before = x @ W_1 + b_1
    grad_x, grad_W_1, grad_b_1 = _affine_backward(grad_before, x, W_1)
    return grad_x, grad_W_1, grad_b_1, grad_W_2, grad_b_2


def _derivative(activation):
    for known, backward in BACKWARD.items():
        if activation is known:
            return backward
    raise ValueError(
        f"feed_forward_backward: activation is {said(activation)}; there are derivatives "
        f"of {', '.join(known.__name__ for known in BACKWARD)}. Put another into "
        "tfmath.parts.activation.BACKWARD."
    )


def _tables(where, x, W_1, W_2):
    x, W_1, W_2 = floats(where, x=x, W_1=W_1, W_2=W_2)
    rows_and_width(where, W_1=W_1, W_2=W_2)
    _check_rows(where, x, ("W_1", W_1), "d_model")
    same_size(where, ("W_1", W_1), -1, ("W_2", W_2), -2, "d_ff", "row by column")
    return x, W_1, W_2


def _bias(where, x, name, bias, table_name, table):
    """The bias of a table, if it has one, beside rows `x`: a number for each column."""
    if bias is None:
        return None
    bias = floats(where, x, **{name: bias})
    one_number_each(where, (name, bias), (table_name, table), table.shape[-1:])
    return bias


def _check_rows(where, x, table, size):
    name, W = table
    if x.ndim < 1 or W.ndim < 2:
        raise ShapeError(f"{where}: x {x.shape} must have rows, {name} {W.shape} two axes.")
    same_size(where, ("x", x), -1, table, -2, size, "row times column")


def _bent(activation, before):
    """What the activation makes of the rows; it must leave their shape as it is."""
    callable_("feed_forward", "activation", activation, "x -> array of the shape of x")
    hidden = activation(before)
    if np.shape(hidden) != before.shape:
        raise ShapeError(
            f"feed_forward: activation must keep the shape {before.shape}, "
            f"it gives {np.shape(hidden)}."
        )
    return hidden


def _like_output(where, grad_output, x, W):
    grad_output = floats(where, x, grad_output=grad_output)
    output = (*x.shape[:-1], W.shape[-1])
    if W.ndim != 2 or grad_output.shape != output:
        raise ShapeError(
            f"{where}: grad_output must have the shape of the output, tables two axes.\n"
            f"  grad_output {grad_output.shape}\n  output      {output}, W {W.shape}"
        )
    return grad_output
