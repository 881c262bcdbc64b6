"""How far apart queries and keys stand, for attentions that look at places."""

import numpy as np


def places(query, key):
    """Where the queries and where the keys stand: the last query stands at the last key.

    While a text is written with a cache, a few new queries meet all keys so far. In
    self-attention over a whole text both count 0, 1, 2, …

    Parameters
    ----------
    query : (*batch, n_query, d_k)
    key : (*batch, n_key, d_k)

    Returns
    -------
    of_queries : (n_query,) of int
    of_keys : (n_key,) of int

    Examples
    --------
    >>> of_queries, of_keys = places(np.zeros((2, 4)), np.zeros((5, 4)))
    >>> of_queries.tolist(), of_keys.tolist()
    ([3, 4], [0, 1, 2, 3, 4])
    """
    n_query, n_key = query.shape[-2], key.shape[-2]
    return np.arange(n_key - n_query, n_key), np.arange(n_key)


def distances(query, key):
    """How far before each query each key stands; below 0 where the key comes later.

    Parameters
    ----------
    query : (*batch, n_query, d_k)
    key : (*batch, n_key, d_k)

    Returns
    -------
    distances : (n_query, n_key) of int

    Examples
    --------
    >>> distances(np.zeros((3, 4)), np.zeros((3, 4)))
    array([[ 0, -1, -2],
           [ 1,  0, -1],
           [ 2,  1,  0]])
    """
    of_queries, of_keys = places(query, key)
    return of_queries[:, np.newaxis] - of_keys
