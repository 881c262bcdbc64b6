"""Reading what came before: a state kept from row to row, or a window that slides."""

import numpy as np

from tfmath.arguments import whole
from tfmath.errors import axes, floats, same_size


def recurrence(x, W_x, W_h):
    r"""Read the rows one by one: :math:`h_t = \tanh(x_t W_x + h_{t-1} W_h)`.

    Parameters
    ----------
    x : (n, d_in)
    W_x : (d_in, d)
    W_h : (d, d)

    Returns
    -------
    (n, d)
        The state after each row.

    Notes
    -----
    ``torch.nn.RNN`` without biases; the state before the first row is 0.

    Examples
    --------
    What is not new fades: 1, then half of it, bent by tanh.

    >>> x = np.array([[1.0], [0.0]])
    >>> recurrence(x, np.ones((1, 1)), np.full((1, 1), 0.5)).round(3).tolist()
    [[0.762], [0.363]]
    """
    x, W_x, W_h = floats("recurrence", x=x, W_x=W_x, W_h=W_h)
    axes("recurrence", 2, x=x, W_x=W_x, W_h=W_h)
    same_size("recurrence", ("x", x), -1, ("W_x", W_x), 0, "d_in", "row by column")
    for axis in (0, 1):
        sizes = ("W_x", W_x), 1, ("W_h", W_h), axis, "d", "the width of the state"
        same_size("recurrence", *sizes)
    if not len(x):
        return x @ W_x
    state, states = np.zeros((1, W_h.shape[0]), W_h.dtype), []
    for t in range(len(x)):
        state = np.tanh(x[t : t + 1] @ W_x + state @ W_h)
        states.append(state)
    return np.concatenate(states, axis=0)


def convolution(x, W, dilation=1):
    r"""Each row from itself and rows before it.

    .. math:: y_t = \sum_j x_{t - j \cdot \mathrm{dilation}}\, W_j

    Parameters
    ----------
    x : (n, d_in)
    W : (kernel, d_in, d)
    dilation : int
        The distance between the rows taken in; 1 takes neighbours.

    Returns
    -------
    (n, d)
        Rows before the first count as zeros.

    Examples
    --------
    >>> convolution(np.array([[1.0], [2.0], [4.0]]), np.ones((2, 1, 1))).tolist()
    [[1.0], [3.0], [6.0]]
    """
    x, W = floats("convolution", x=x, W=W)
    axes("convolution", 2, x=x)
    axes("convolution", 3, W=W)
    same_size("convolution", ("x", x), -1, ("W", W), 1, "d_in", "row by column")
    whole("convolution", "the kernel of W", len(W), least=1)
    dilation = whole("convolution", "dilation", dilation, least=1)
    n, filled = len(x), np.zeros(((len(W) - 1) * dilation, x.shape[-1]), x.dtype)
    padded = np.concatenate([filled, x], axis=0)
    starts = [len(filled) - j * dilation for j in range(len(W))]
    return sum(padded[s : s + n] @ W[j] for j, s in enumerate(starts))
