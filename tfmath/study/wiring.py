"""Ways to connect positions: attention, recurrence, convolution; what each costs."""

import itertools
import math

import numpy as np

from tfmath.parts.softmax import softmax
from tfmath.study.scaling import matrix_products
from tfmath.tracing import ancestors


def layer_costs(n, d, kernel=3, window=4):
    r"""Table 1 of "Attention Is All You Need": four ways to connect n positions.

    Parameters
    ----------
    n, d : int
        How many positions, and how wide their rows are.
    kernel : int
        How many positions a convolution takes in at once, the paper's k.
    window : int
        How many positions restricted self-attention looks at, the paper's r.

    Returns
    -------
    dict of str to tuple
        (operations of a layer, steps that must wait for one another, longest way between
        two positions). Orders of growth, without constant factors.

    Examples
    --------
    >>> layer_costs(n=9, d=2)["recurrent"]
    (36, 9, 9)
    """
    return {
        "self-attention": (n * n * d, 1, 1),
        "recurrent": (n * d * d, n, n),
        "convolution": (kernel * n * d * d, 1, math.log(n, kernel)),
        "restricted self-attention": (window * n * d, 1, n / window),
    }


def longest_chain(*outputs):
    """How many matrix products behind `outputs` must wait for one another, one by one.

    Everything else could be done at the same time, if there were hands enough.

    Examples
    --------
    >>> from tfmath.tracing import trace
    >>> x, W = trace(np.ones((2, 2)), "x"), trace(np.ones((2, 2)), "W")
    >>> longest_chain(x @ W + x @ W), longest_chain(x @ W @ W)
    (1, 2)
    """
    chain = {}
    for node in ancestors(*outputs):
        before = max((chain[id(source)] for source in node.inputs), default=0)
        chain[id(node)] = before + (matrix_products(node) > 0)
    return max(chain.values())


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
    """
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
    n, filled = len(x), np.zeros(((len(W) - 1) * dilation, x.shape[-1]), x.dtype)
    padded = np.concatenate([filled, x], axis=0)
    starts = [len(filled) - j * dilation for j in range(len(W))]
    return sum(padded[s : s + n] @ W[j] for j, s in enumerate(starts))


def restricted_attention(x, window):
    r"""Let each row attend to itself and to the rows just before it, and to no other.

    .. math:: y_t = \mathrm{softmax}\!\left(\frac{x_t N_t^\top}{\sqrt d}\right) N_t,
              \qquad N_t = (x_{t - window + 1}, \dots, x_t)

    Only the products of neighbours are made, not all n² with most of them hidden.

    Parameters
    ----------
    x : (n, d)
    window : int
        How many rows one looks at, itself included: the paper's r.

    Returns
    -------
    (n, d)

    Examples
    --------
    With a window of 1 each row sees only itself:

    >>> restricted_attention(np.array([[1.0], [2.0], [4.0]]), 1).tolist()
    [[1.0], [2.0], [4.0]]
    """
    rows = []
    for t in range(len(x)):
        near = x[max(t - window + 1, 0) : t + 1]
        scores = x[t : t + 1] @ near.T / math.sqrt(x.shape[-1])
        rows.append(softmax(scores) @ near)
    return np.concatenate(rows, axis=0)


def layers_until_connected(layer, x):
    """How many layers it takes until the last row notices a change of the first.

    Parameters
    ----------
    layer : function
        ``(x, number) -> x``, with `number` = 0, 1, 2, … from the first layer on.
    x : (n, d)

    Raises
    ------
    ValueError
        If n layers were not enough.

    Examples
    --------
    >>> W = np.ones((2, 1, 1))
    >>> layers_until_connected(lambda x, number: convolution(x, W), np.ones((9, 1)))
    8
    """
    first = np.zeros_like(x)
    first[0] = 1.0
    changed = x + first
    for number in itertools.islice(itertools.count(), len(x)):
        x, changed = layer(x, number), layer(changed, number)
        if (x[-1] != changed[-1]).any():
            return number + 1
    raise ValueError(f"layers_until_connected: not connected after {len(x)} layers.")
