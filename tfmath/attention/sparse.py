"""Attention that looks at few: only the products that are needed are made."""

import math

import numpy as np

from tfmath.arguments import whole
from tfmath.errors import axes, floats
from tfmath.parts.softmax import softmax


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
    x = floats("restricted_attention", x=x)
    axes("restricted_attention", 2, x=x)
    window = whole("restricted_attention", "window", window, least=1)
    if not x.size:
        return x
    rows = []
    for t in range(len(x)):
        near = x[max(t - window + 1, 0) : t + 1]
        scores = x[t : t + 1] @ near.T / math.sqrt(x.shape[-1])
        rows.append(softmax(scores) @ near)
    return np.concatenate(rows, axis=0)
