"""Words sorted into buckets first, so that only words of like directions meet."""

import numpy as np

from tfmath.attention.pairs import attend_in_pairs, rows_of_one_text
from tfmath.errors import ShapeError, axes, floats, same_size


def bucket_attention(query, key, value, directions):
    r"""Let every query look at the keys of its own bucket.

    .. math:: bucket(x) = \text{the largest of } (x W^\top,\ -x W^\top)

    The directions W split the space into twice as many cones, and like rows mostly fall
    into the same one.

    Parameters
    ----------
    query : (n_query, d_k)
        Of the last words of the text, n_query ≤ n.
    key : (n, d_k)
    value : (n, d_v)
    directions : (n_buckets / 2, d_k)
        At least one.

    Returns
    -------
    output : (n_query, d_v)
        A row of zeros for a query in whose bucket there is no key.

    Raises
    ------
    ShapeError
        If there is no direction, or something does not fit.

    Notes
    -----
    The hash of [1]_, section 2; there buckets are cut into pieces of one size, and looking
    is done in several rounds. To sort n queries and n keys takes n · d_k · n_buckets
    products more; the record of the output does not hold them.

    References
    ----------
    .. [1] N. Kitaev, L. Kaiser and A. Levskaya, "Reformer: The Efficient Transformer",
       2020.

    Examples
    --------
    Two buckets, above and below 0. The first query looks at the first key alone:

    >>> key, value = np.array([[1.0], [-1.0]]), np.array([[4.0], [6.0]])
    >>> bucket_attention(2 * key, key, value, directions=[[1.0]]).tolist()
    [[4.0], [6.0]]
    """
    where = "bucket_attention"
    query, key, value, _ = rows_of_one_text(where, query, key, value, None)
    directions = floats(where, key, directions=directions).astype(key.dtype, copy=False)
    axes(where, 2, query=query, key=key, value=value, directions=directions)
    if not len(directions):
        raise ShapeError(f"{where}: directions {directions.shape} has no row; give one.")
    same_size(where, ("directions", directions), -1, ("key", key), -1, "d_k", "of a row")
    bucket_q, bucket_k = (_buckets(rows @ directions.T) for rows in (query, key))
    first = key.shape[-2] - query.shape[-2]  # the last query stands at the last key
    pairs = [
        (first + np.flatnonzero(bucket_q == b), np.flatnonzero(bucket_k == b))
        for b in range(2 * len(directions))
    ]
    return attend_in_pairs(query, key, value, None, pairs, _all)


def _buckets(products):
    """The number of the largest among the products and their opposites."""
    products = np.asarray(getattr(products, "value", products))
    return np.concatenate([products, -products], axis=-1).argmax(axis=-1)


def _all(i, j):
    return np.ones(np.broadcast_shapes(i.shape, j.shape), bool)
