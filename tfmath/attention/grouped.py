"""Several heads look at the same keys and values: fewer numbers to keep while writing."""

import numpy as np

from tfmath.attention.blocks import in_blocks, is_many
from tfmath.attention.dot_product import attend, scaled
from tfmath.attention.fitting import matched_rows
from tfmath.errors import ShapeError, floats
from tfmath.parts.masks import check_mask
from tfmath.parts.softmax import softmax
from tfmath.tracing import labelled, named


def grouped_query_attention(query, key, value, mask=None):
    r"""Share out a few heads of keys and values among many heads of queries.

    .. math:: \mathrm{head}_h = \mathrm{Attention}(Q_h, K_g, V_g), \qquad
              g = \lfloor h / (n_{heads} / n_{groups}) \rfloor

    A cache keeps the keys and values of n_groups heads instead of n_heads.

    Parameters
    ----------
    query : (*batch, n_heads, n_query, d_k)
    key : (*batch, n_groups, n_key, d_k)
        The first n_heads / n_groups heads share the first, and so on. With as many groups
        as heads it is `attend`, with one group multi-query attention.
    value : (*batch, n_groups, n_key, d_v)
    mask : (*batch, n_heads, n_query, n_key) of bool, optional
        Any of these sizes may be 1.

    Returns
    -------
    output : (*batch, n_heads, n_query, d_v)

    Raises
    ------
    ShapeError
        If the heads of `query` cannot be divided evenly among those of `key`, `key` and
        `value` differ in their heads, or the arrays do not fit otherwise.
    DtypeError
        As `scaled_dot_product_attention` does.

    Steps
    -----
    products, scores, weights, output
        As those of `attend`, of all n_heads heads.

    Notes
    -----
    One group is [1]_, several are [2]_. The layers' W_K and W_V have n_groups tables each.
    No key is copied: the queries of a group are put under one another for the product.

    References
    ----------
    .. [1] N. Shazeer, "Fast Transformer Decoding: One Write-Head is All You Need", 2019.
    .. [2] J. Ainslie et al., "GQA: Training Generalized Multi-Query Transformer Models from
       Multi-Head Checkpoints", 2023.

    Examples
    --------
    Four heads, two groups of one key each: the first two heads find the first value.

    >>> query, key = np.ones((4, 1, 3)), np.ones((2, 1, 3))
    >>> grouped_query_attention(query, key, [[[5.0]], [[7.0]]]).ravel().tolist()
    [5.0, 5.0, 7.0, 7.0]
    """
    query, key, value, mask = _checked(query, key, value, mask)
    if is_many(query, key, value, mask):
        return _in_blocks(query, key, value, mask)
    products = named("products", _of_groups(query, np.swapaxes(key, -1, -2)))
    scores = named("scores", scaled(products, query.shape[-1]))
    weights = named("weights", softmax(scores, mask))
    return named("output", _of_groups(weights, value))


def _of_groups(rows, shared):
    """The rows of each head times the table of its group."""
    *batch, n_heads, n, width = rows.shape
    n_groups = shared.shape[-3]
    together = rows.reshape(*batch, n_groups, n_heads // n_groups * n, width) @ shared
    *batch, _, _, width = together.shape
    apart = together.reshape(*batch, n_heads, n, width)
    for axis, words in zip((-3, -2), getattr(rows, "labels", ())[-3:], strict=False):
        if words:
            labelled(apart, axis, words)
    return apart


def _in_blocks(query, key, value, mask):
    """Many scores, a few at a time: with an axis for the groups, and one inside each."""
    *batch, n_heads, n, width = query.shape
    n_groups = key.shape[-3]
    sizes = n_groups, n_heads // n_groups
    query = query.reshape(*batch, *sizes, n, width)
    key, value = key[..., np.newaxis, :, :], value[..., np.newaxis, :, :]
    if mask is not None:
        mask = np.broadcast_to(mask, np.broadcast_shapes(mask.shape, (n_heads, 1, 1)))
        mask = mask.reshape(*mask.shape[:-3], *sizes, *mask.shape[-2:])
    output = in_blocks(attend, query, key, value, mask)
    return output.reshape(*output.shape[:-4], n_heads, *output.shape[-2:])


def _checked(query, key, value, mask):
    where = "grouped_query_attention"
    query, key, value = floats(where, query=query, key=key, value=value)
    for name, array in (("query", query), ("key", key), ("value", value)):
        if array.ndim < 3:
            raise ShapeError(
                f"{where}: {name} {array.shape} needs three axes, heads, rows and width."
            )
    n_heads, n_groups = query.shape[-3], key.shape[-3]
    if value.shape[-3] != n_groups or n_groups == 0 or n_heads % n_groups:
        raise ShapeError(
            f"{where}: query {query.shape} has {n_heads} heads, key {key.shape} has "
            f"{n_groups} and value {value.shape} {value.shape[-3]}; key and value must "
            "have the same number, and it must divide that of query."
        )
    first = (array[..., :1, :, :] for array in (query, key, value))
    matched_rows(where, *first, None)
    if mask is not None:
        batch = np.broadcast_shapes(query.shape[:-3], key.shape[:-3])
        shape = (*batch, n_heads, query.shape[-2], key.shape[-2])
        mask = check_mask(mask, shape, where)
    return query, key, value, mask
