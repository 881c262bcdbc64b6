"""Ways to connect positions: what each costs, by formula and counted in a record."""

import math

import numpy as np

from tfmath.arguments import callable_, whole
from tfmath.errors import ShapeError, axes, floats, untraced
from tfmath.study.scaling import matrix_products, records
from tfmath.tracing import ancestors


def layer_costs(n, d, kernel=3, window=4):
    r"""Table 1 of "Attention Is All You Need": four ways to connect n positions.

    Parameters
    ----------
    n, d : int
        How many positions, and how wide their rows are.
    kernel : int
        How many positions a convolution takes in at once, the paper's k; 2 or more, for
        with 1 no position would ever hear of another.
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
    where = "layer_costs"
    n, d = whole(where, "n", n, least=1), whole(where, "d", d, least=1)
    kernel = whole(where, "kernel", kernel, least=2)
    window = whole(where, "window", window, least=1)
    return {
        "self-attention": (n * n * d, 1, 1),
        "recurrent": (n * d * d, n, n),
        "convolution": (kernel * n * d * d, 1, math.log(n, kernel)),
        "restricted self-attention": (window * n * d, 1, n / window),
    }


def longest_chain(*outputs):
    """How many matrix products behind `outputs` must wait for one another, one by one.

    Everything else could be done at the same time, if there were hands enough.

    Parameters
    ----------
    *outputs : Traced

    Returns
    -------
    int

    Examples
    --------
    >>> from tfmath.tracing import trace
    >>> x, W = trace(np.ones((2, 2)), "x"), trace(np.ones((2, 2)), "W")
    >>> longest_chain(x @ W + x @ W), longest_chain(x @ W @ W)
    (1, 2)
    """
    chain = {}
    for node in ancestors(*records("longest_chain", outputs)):
        before = max((chain[id(source)] for source in node.inputs), default=0)
        chain[id(node)] = before + (matrix_products(node) > 0)
    return max(chain.values())


def layers_until_connected(layer, x):
    """How many layers it takes until the last row notices a change of the first.

    Parameters
    ----------
    layer : function
        ``(x, number) -> x``, with `number` = 0, 1, 2, … from the first layer on.
    x : (n, d)

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If n layers were not enough.
    ShapeError
        If `layer` does not give a row for each of `x`.

    Examples
    --------
    >>> from tfmath.parts.recurrent import convolution
    >>> W = np.ones((2, 1, 1))
    >>> layers_until_connected(lambda x, number: convolution(x, W), np.ones((9, 1)))
    8
    """
    where = "layers_until_connected"
    callable_(where, "layer", layer, "(x, number) -> x")
    x = floats(where, x=untraced(where, "x", x))
    axes(where, 2, x=x)
    n, changed = len(x), x.copy()
    changed[:1] += 1.0
    for number in range(n):
        x, changed = _rows(layer(x, number), n), _rows(layer(changed, number), n)
        if (x[-1] != changed[-1]).any():
            return number + 1
    raise ValueError(f"{where}: the last row of x is not reached after {n} layers.")


def _rows(found, n):
    found = np.asarray(getattr(found, "value", found))
    if found.ndim == 0 or len(found) != n:
        raise ShapeError(
            f"layers_until_connected: layer must give a row for each of the {n} of x, "
            f"its answer has shape {found.shape}."
        )
    return found
