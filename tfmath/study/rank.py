"""How near a table of weights of low rank can come to the right one."""

import math

import numpy as np

from tfmath.arguments import whole
from tfmath.errors import axes, floats
from tfmath.study.error_against_cost import three_heads


def least_error(weights, ranks):
    r"""How far off the answer is with the nearest table of each rank, as a share of it.

    .. math:: \sqrt{\frac{\sum_{i > m} s_i^2}{\sum_i s_i^2}}

    Parameters
    ----------
    weights : (n_query, n_key)
    ranks : sequence of int
        Each an m: so many mixtures or features.

    Returns
    -------
    errors : list of float
        The root of the mean square, for values drawn at random about 0. With the values
        known beforehand a table could be fitted to them, and come nearer.

    Notes
    -----
    The s are the singular values of the weights, largest first: no table of rank m is
    nearer than the one that keeps the first m of them [1]_.

    References
    ----------
    .. [1] C. Eckart and G. Young, "The Approximation of One Matrix by Another of Lower
       Rank", Psychometrika 1, 1936.

    Examples
    --------
    >>> least_error([[0.8, 0.0], [0.0, 0.6]], [0, 1, 2])
    [1.0, 0.6, 0.0]
    """
    weights = floats("least_error", weights=weights)
    axes("least_error", 2, weights=weights)
    ranks = [whole("least_error", "ranks", rank) for rank in ranks]
    squares = np.linalg.svd(np.float64(weights), compute_uv=False) ** 2
    left = [squares[rank:].sum() / squares.sum() for rank in ranks]
    return [round(math.sqrt(share), 12) for share in left]


def least_errors(ranks=(16, 64, 256), n=1024):
    """`least_error` of the weights of `three_heads`.

    Parameters
    ----------
    ranks : sequence of int
    n : int
        How many words.

    Returns
    -------
    errors : dict of str to list of float

    Examples
    --------
    With as many features as words nothing need be left out:

    >>> least_errors(ranks=[8], n=8)
    {'broad': [0.0], 'near': [0.0], 'one word': [0.0]}
    """
    found = {}
    for head, (query, key, _) in three_heads(n).items():
        scores = np.float64(query @ key.T) / math.sqrt(query.shape[-1])
        grown = np.exp(scores - scores.max(axis=-1, keepdims=True))
        weights = grown / grown.sum(axis=-1, keepdims=True)
        found[head] = least_error(weights, ranks)
    return found
