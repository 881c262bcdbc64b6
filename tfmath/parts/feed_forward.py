"""The feed-forward network: each position thinks on its own."""

import math

import numpy as np

from tfmath.errors import ShapeError, floats, one_number_each, rows_and_width, same_size
from tfmath.tracing import Traced, named
from tfmath.tracing.array import record
from tfmath.tracing.calls import error_function


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

    Examples
    --------
    >>> linear([[1.0, 2.0]], [[3.0, 0.0], [0.0, 4.0]], [0.5, 0.5]).tolist()
    [[3.5, 8.5]]
    """
    x, W = floats("linear", x=x, W=W)
    if x.ndim < 1 or W.ndim < 2:
        raise ShapeError(f"linear: x {x.shape} must have rows, W {W.shape} two axes.")
    same_size("linear", ("x", x), -1, ("W", W), -2, "d_in", "row times column")
    if b is not None:
        b = floats("linear", b=b)
        one_number_each("linear", ("b", b), ("W", W), W.shape[-1:])
    return affine(x, W, b)


def affine(x, W, b=None):
    """The one line of `linear`, for arguments that were checked."""
    return x @ W if b is None else x @ W + b


def relu(x):
    """Keep what is positive, drop the rest: max(x, 0). At 0 the derivative is taken as 0.

    Examples
    --------
    >>> relu(np.array([-2.0, 3.0])).tolist()
    [0.0, 3.0]
    """
    return np.maximum(floats("relu", x=x), 0)


def erf(x):
    """The error function, number by number, from Python's own ``math.erf``."""
    return record("erf", x) if isinstance(x, Traced) else error_function(x)


def gelu(x):
    r"""The exact Gaussian error linear unit, :math:`x\,\Phi(x)`.

    Notes
    -----
    :math:`\Phi(x)` is the chance that a standard normal number is below x. [1]_

    References
    ----------
    .. [1] D. Hendrycks, K. Gimpel, "Gaussian Error Linear Units (GELUs)", 2016.

    Examples
    --------
    >>> gelu(np.array([-1.0, 0.0, 1.0])).round(3).tolist()
    [-0.159, 0.0, 0.841]
    """
    x = floats("gelu", x=x)
    return x * (1 + erf(x / math.sqrt(2))) / 2


def gelu_tanh(x):
    r"""GELU as many models compute it, with tanh in place of the error function.

    .. math:: \tfrac{x}{2}\bigl(1 + \tanh\bigl(\sqrt{2/\pi}\,(x + 0.044715\,x^3)\bigr)\bigr)

    Examples
    --------
    >>> gelu_tanh(np.array([-1.0, 0.0, 1.0])).round(3).tolist()
    [-0.159, 0.0, 0.841]
    """
    x = floats("gelu_tanh", x=x)
    return x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * (x * x * x)))) / 2


def feed_forward(x, W_1, b_1, W_2, b_2, activation=relu):
    r"""Widen each row, bend it, bring it back.

    .. math:: \mathrm{FFN}(x) = \max(0,\, x W_1 + b_1)\, W_2 + b_2

    Parameters
    ----------
    x : (*batch, n, d_model)
    W_1 : (d_model, d_ff)
    b_1 : (d_ff,)
    W_2 : (d_ff, d_model)
    b_2 : (d_model,)
    activation : function, optional
        `relu` as in the paper, `gelu` or `gelu_tanh`.

    Returns
    -------
    output : (*batch, n, d_model)

    Notes
    -----
    Equation (2) of "Attention Is All You Need". No row sees another.

    Examples
    --------
    >>> W_1, W_2 = np.array([[1.0, -1.0]]), np.array([[1.0], [1.0]])
    >>> feed_forward(np.array([[-3.0], [2.0]]), W_1, [0.0, 0.0], W_2, [0.0]).tolist()
    [[3.0], [2.0]]
    """
    x, W_1, W_2 = floats("feed_forward", x=x, W_1=W_1, W_2=W_2)
    rows_and_width("feed_forward", W_1=W_1, W_2=W_2)
    if x.ndim:
        same_size(
            "feed_forward", ("x", x), -1, ("W_1", W_1), -2, "d_model", "row by column"
        )
    same_size("feed_forward", ("W_1", W_1), -1, ("W_2", W_2), -2, "d_ff", "row by column")
    before = named("before activation", linear(x, W_1, b_1))
    hidden = named("hidden", activation(before))
    return named("output", linear(hidden, W_2, b_2))


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
    # output = x @ W + b
    rows, grad_rows = (a.reshape(-1, a.shape[-1]) for a in (x, grad_output))
    return grad_output @ W.T, rows.T @ grad_rows, np.sum(grad_rows, axis=0)


def feed_forward_backward(grad_output, x, W_1, b_1, W_2):
    r"""From the gradient by the output to those by x and the four tables; with ReLU.

    .. math:: G_h = G\,W_2^\top, \qquad G_b = G_h \odot [x W_1 + b_1 > 0], \qquad
              \frac{\partial L}{\partial x} = G_b\,W_1^\top

    A unit that the ReLU silenced passes nothing back.

    Parameters
    ----------
    grad_output, x : (*batch, n, d_model)
    W_1, b_1, W_2
        As they were given to `feed_forward`; b_2 moves the output and changes no gradient.

    Returns
    -------
    grad_x, grad_W_1, grad_b_1, grad_W_2, grad_b_2

    Examples
    --------
    Of the units 1 · x and -1 · x the second is silent for x = 2:

    >>> W_1, W_2 = np.array([[1.0, -1.0]]), np.array([[1.0], [1.0]])
    >>> grads = feed_forward_backward(np.array([[1.0]]), np.array([[2.0]]), W_1, 0.0, W_2)
    >>> [grad.tolist() for grad in grads]
    [[[1.0]], [[2.0, 0.0]], [1.0, 0.0], [[2.0], [0.0]], [1.0]]
    """
    before = x @ W_1 + b_1
    # output = hidden @ W_2 + b_2
    grad_hidden, grad_W_2, grad_b_2 = linear_backward(grad_output, relu(before), W_2)
    # hidden = relu(before)
    grad_before = grad_hidden * np.greater(before, 0)
    # before = x @ W_1 + b_1
    grad_x, grad_W_1, grad_b_1 = linear_backward(grad_before, x, W_1)
    return grad_x, grad_W_1, grad_b_1, grad_W_2, grad_b_2
