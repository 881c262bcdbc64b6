"""Averages of averages: how far rows lie apart, attention after attention."""

import math

import numpy as np

from tfmath.arguments import callable_, whole
from tfmath.attention.heads import attention_head
from tfmath.errors import ShapeError, axes, floats, untraced


def spreads(x, join, n_layers, seed=0):
    r"""How far the rows lie apart, before and after each of several random attentions.

    Parameters
    ----------
    x : (n, d)
    join : function
        ``(x, attended) -> x``: what the next layer gets of the rows and of what attention
        made of them, such as their sum.
    n_layers : int
    seed : int
        Of the tables W_Q, W_K and W_V, which each layer has of its own: (d, d), drawn with
        the spread :math:`1/\sqrt d`.

    Returns
    -------
    list of float
        n_layers + 1 distances: of all columns the largest difference between two rows.

    Raises
    ------
    ShapeError
        If `x` is no table, or holds no number, or `join` gives none of its shape.
    NonFiniteError
        If the rows have grown out of bounds.

    Examples
    --------
    Rows that are halved, whatever attention says:

    >>> spreads([[0.0, 4.0], [2.0, 1.0]], lambda x, attended: x / 2, n_layers=2)
    [3.0, 1.5, 0.75]
    """
    x = _table(floats("spreads", x=untraced("spreads", "x", x)))
    callable_("spreads", "join", join, "(x, attended) -> x")
    layers = whole("spreads", "n_layers", n_layers)
    rng, shape = np.random.default_rng(whole("spreads", "seed", seed)), x.shape
    found = [_apart(x)]
    for _ in range(layers):
        tables = rng.normal(0.0, 1 / math.sqrt(shape[1]), size=(3, shape[1], shape[1]))
        x = _joined(join(x, attention_head(x, x, x, *tables)), shape)
        found.append(_apart(x))
    return found


def _apart(x):
    return float(np.ptp(x, axis=0).max())


def _table(x):
    axes("spreads", 2, x=x)
    if not x.size:
        raise ShapeError(f"spreads: x {x.shape} holds no number; give at least one row.")
    return x


def _joined(x, shape):
    if np.shape(x) != shape:
        raise ShapeError(
            f"spreads: join must give rows as x has them, {shape}; "
            f"its answer has shape {np.shape(x)}."
        )
    return floats("spreads", x=x)
