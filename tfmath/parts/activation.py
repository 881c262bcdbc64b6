"""Bends: what a network does to each number alone, and the derivative of each."""

import math

import numpy as np

from tfmath.errors import ShapeError, floats
from tfmath.tracing import Traced
from tfmath.tracing.array import record
from tfmath.tracing.calls import error_function


def relu(x):
    """Keep what is positive, drop the rest: max(x, 0). At 0 the derivative is taken as 0.

    Parameters
    ----------
    x : array of any shape

    Returns
    -------
    output : array of the same shape

    Examples
    --------
    >>> relu(np.array([-2.0, 3.0])).tolist()
    [0.0, 3.0]
    """
    return np.maximum(floats("relu", x=x), 0)


def relu_backward(grad_output, x):
    """Let the gradient pass where x was positive.

    Parameters
    ----------
    grad_output, x : arrays of one shape

    Returns
    -------
    grad_x : array of the same shape

    Examples
    --------
    >>> relu_backward(np.array([5.0, 7.0]), np.array([-2.0, 3.0])).tolist()
    [0.0, 7.0]
    """
    grad_output, x = _alike("relu_backward", grad_output, x)
    # output = max(x, 0)
    return grad_output * np.greater(x, 0)


def erf(x):
    """The error function, number by number, from Python's own ``math.erf``.

    Parameters
    ----------
    x : array of any shape

    Returns
    -------
    array of the same shape
        From -1 to 1: twice the area under the bell curve from 0 to √2 · x.

    Examples
    --------
    >>> erf(np.array([0.0, 10.0])).tolist()
    [0.0, 1.0]
    """
    x = floats("erf", x=x)
    return record("erf", x) if isinstance(x, Traced) else error_function(x)


def gelu(x):
    r"""The exact Gaussian error linear unit, :math:`x\,\Phi(x)`.

    Arguments and result as for `relu`.

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


def gelu_backward(grad_output, x):
    r"""From the gradient by `gelu` to the gradient by x.

    .. math:: \frac{d}{dx}\, x\,\Phi(x) = \Phi(x) + x\,\varphi(x), \qquad
              \varphi(x) = \frac{e^{-x^2/2}}{\sqrt{2\pi}}

    Arguments and result as for `relu_backward`.

    Examples
    --------
    At 0 the curve is half as steep as the line y = x:

    >>> gelu_backward(np.array([1.0]), np.array([0.0])).tolist()
    [0.5]
    """
    grad_output, x = _alike("gelu_backward", grad_output, x)
    # output = x * (1 + erf(x / √2)) / 2
    share = (1 + erf(x / math.sqrt(2))) / 2
    return grad_output * (share + x * np.exp(-x * x / 2) / math.sqrt(2 * math.pi))


def gelu_tanh(x):
    r"""GELU as many models compute it, with tanh in place of the error function.

    .. math:: \tfrac{x}{2}\bigl(1 + \tanh\bigl(\sqrt{2/\pi}\,(x + 0.044715\,x^3)\bigr)\bigr)

    Arguments and result as for `relu`.

    Examples
    --------
    >>> gelu_tanh(np.array([-1.0, 0.0, 1.0])).round(3).tolist()
    [-0.159, 0.0, 0.841]
    """
    x = floats("gelu_tanh", x=x)
    return x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * (x * x * x)))) / 2


def gelu_tanh_backward(grad_output, x):
    r"""From the gradient by `gelu_tanh` to the gradient by x.

    .. math:: \frac{1 + t}{2} + \frac{x}{2}\,(1 - t^2)\,\sqrt{2/\pi}\,
              (1 + 3 \cdot 0.044715\,x^2), \qquad
              t = \tanh\bigl(\sqrt{2/\pi}\,(x + 0.044715\,x^3)\bigr)

    Arguments and result as for `relu_backward`.

    Examples
    --------
    >>> gelu_tanh_backward(np.array([1.0]), np.array([0.0])).tolist()
    [0.5]
    """
    grad_output, x = _alike("gelu_tanh_backward", grad_output, x)
    # inner = √(2/π) * (x + 0.044715 * x³)
    inner = math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)
    grad_inner = math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * x * x)
    # output = x * (1 + tanh(inner)) / 2
    bent = np.tanh(inner)
    return grad_output * ((1 + bent) / 2 + x * (1 - bent * bent) * grad_inner / 2)


BACKWARD = {relu: relu_backward, gelu: gelu_backward, gelu_tanh: gelu_tanh_backward}
"""The derivative of each activation, ``(grad_output, x) -> grad_x``; put in your own."""


def _alike(where, grad_output, x):
    grad_output, x = floats(where, grad_output=grad_output, x=x)
    if grad_output.shape != x.shape:
        raise ShapeError(
            f"{where}: grad_output and x must have one shape.\n"
            f"  grad_output {grad_output.shape}\n  x           {x.shape}"
        )
    return grad_output, x
