"""How far apart queries and keys stand, for attentions that look at places."""

import numpy as np

from tfmath.errors import as_array, rows_and_width


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

    Raises
    ------
    ShapeError
        If one of the two has no rows, or their batches do not fit.

    Examples
    --------
    >>> of_queries, of_keys = places(np.zeros((2, 4)), np.zeros((5, 4)))
    >>> of_queries.tolist(), of_keys.tolist()
    ([3, 4], [0, 1, 2, 3, 4])
    """
    return _places("places", query, key)


def distances(query, key):
    """How far before each query each key stands; below 0 where the key comes later.

    Parameters
    ----------
    query : (*batch, n_query, d_k)
    key : (*batch, n_key, d_k)

    Returns
    -------
    distances : (n_query, n_key) of int

    Raises
    ------
    ShapeError
        If one of the two has no rows, or their batches do not fit.

    Examples
    --------
    >>> distances(np.zeros((3, 4)), np.zeros((3, 4)))
    array([[ 0, -1, -2],
           [ 1,  0, -1],
           [ 2,  1,  0]])
    """
    of_queries, of_keys = _places("distances", query, key)
    return of_queries[:, np.newaxis] - of_keys


def _places(where, query, key):
    arrays = {"query": query, "key": key}
    for name, array in arrays.items():
        arrays[name] = array if hasattr(array, "ndim") else as_array(where, name, array)
    rows_and_width(where, **arrays)
    n_query, n_key = arrays["query"].shape[-2], arrays["key"].shape[-2]
    return np.arange(n_key - n_query, n_key), np.arange(n_key)
