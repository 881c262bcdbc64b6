"""Luong's three ways to score a key by a query: dot, general, concat."""

import numpy as np

from tfmath.attention.additive import additive_scores, weighted_average
from tfmath.attention.blocks import check_scores
from tfmath.errors import ShapeError, floats, rows_and_width, same_size
from tfmath.tracing import named


def dot_scores(query, key):
    r"""How well each key fits each query: their dot product, and nothing to learn.

    .. math:: \mathrm{score}(h_i, \bar h_j) = h_i \cdot \bar h_j

    Parameters
    ----------
    query : (*batch, n_query, d)
        The paper's :math:`h_t`, the states of the decoder.
    key : (*batch, n_key, d)
        :math:`\bar h_s`, the states of the encoder, just as wide.

    Returns
    -------
    scores : (*batch, n_query, n_key)

    Raises
    ------
    ShapeError
        If queries and keys differ in width: a dot product pairs each number with one.

    Steps
    -----
    scores
        All products.

    Notes
    -----
    Section 3.1 of [1]_. The Transformer divides these scores by :math:`\sqrt{d_k}`.

    References
    ----------
    .. [1] M.-T. Luong, H. Pham, C. D. Manning, "Effective Approaches to Attention-based
       Neural Machine Translation", 2015.

    Examples
    --------
    >>> dot_scores([[1.0, 2.0]], [[3.0, 0.0], [1.0, 1.0]]).tolist()
    [[3.0, 3.0]]
    """
    query, key = _rows("dot_scores", query, key)
    why = "to pair their numbers; general_scores puts a table between unequal ones"
    same_size("dot_scores", ("query", query), -1, ("key", key), -1, "width", why)
    return named("scores", query @ np.swapaxes(key, -1, -2))


def general_scores(query, key, W):
    r"""How well each key fits each query: a dot product with a table between the two.

    .. math:: \mathrm{score}(h_i, \bar h_j) = h_i W \cdot \bar h_j

    Parameters
    ----------
    query : (*batch, n_query, d_query)
    key : (*batch, n_key, d_key)
    W : (d_query, d_key)
        The paper's :math:`W_a`; with heads in front, (n_heads, d_query, d_key).

    Returns
    -------
    scores : (*batch, n_query, n_key)

    Raises
    ------
    ShapeError
        If `W` does not lead from the width of the queries to that of the keys.

    Steps
    -----
    asked
        The queries as wide as the keys, q W.
    scores
        Their dot products with the keys.

    Notes
    -----
    Section 3.1 of [1]_. With :math:`W = W^Q (W^K)^\top / \sqrt{d_k}` it is the score of
    scaled dot-product attention; but two tables of d_k columns can only make a W of rank
    d_k or less, and there the learning goes through both.

    References
    ----------
    .. [1] M.-T. Luong, H. Pham, C. D. Manning, "Effective Approaches to Attention-based
       Neural Machine Translation", 2015.

    Examples
    --------
    Queries of width 1, keys of width 2:

    >>> general_scores([[2.0]], [[3.0, 0.0], [1.0, 1.0]], W=[[1.0, 10.0]]).tolist()
    [[6.0, 22.0]]
    """
    query, key = _rows("general_scores", query, key)
    W = _table("general_scores", query, W, key=key)
    same_size(
        "general_scores", ("query", query), -1, ("W", W), -2, "d_query", "row times column"
    )
    same_size(
        "general_scores", ("W", W), -1, ("key", key), -1, "d_key", "to take dot products"
    )
    asked = named("asked", query @ W)
    return named("scores", asked @ np.swapaxes(key, -1, -2))


def concat_scores(query, key, W, v):
    r"""How well each key fits each query: both in one row, through one hidden layer.

    .. math:: \mathrm{score}(h_i, \bar h_j) = \tanh([h_i; \bar h_j]\, W) \cdot v

    Parameters
    ----------
    query : (*batch, n_query, d_query)
    key : (*batch, n_key, d_key)
    W : (d_query + d_key, d_hidden)
        The paper's :math:`W_a`, transposed; with heads in front, (n_heads, …).
    v : (d_hidden,)
        :math:`v_a`.

    Returns
    -------
    scores : (*batch, n_query, n_key)

    Raises
    ------
    ShapeError
        If `W` has not a row for each number of a query and of a key, or `v` does not fit.

    Steps
    -----
    asked, offered, hidden, scores
        As `additive_scores` records them.

    Notes
    -----
    Section 3.1 of [1]_. The first d_query rows of W meet the query, the others the key. So
    it is `additive_scores`, with those as its two tables: no pair is ever written out.

    References
    ----------
    .. [1] M.-T. Luong, H. Pham, C. D. Manning, "Effective Approaches to Attention-based
       Neural Machine Translation", 2015.

    Examples
    --------
    tanh(ln 3) = 8/10, whether the query brings it or the key:

    >>> query, key, W = [[np.log(3)]], [[0.0], [-np.log(3)]], [[1.0], [1.0]]
    >>> concat_scores(query, key, W, v=[10.0]).round(12).tolist()
    [[8.0, 0.0]]
    """
    query, key = _rows("concat_scores", query, key)
    W, v = _table("concat_scores", query, W, key=key), floats("concat_scores", query, v=v)
    d_query, d_key = query.shape[-1], key.shape[-1]
    if W.shape[-2] != d_query + d_key:
        raise ShapeError(
            f"concat_scores: W {W.shape} must have a row for each number of query "
            f"{query.shape} and of key {key.shape}: {d_query} + {d_key}."
        )
    if v.shape != (*W.shape[:-2], W.shape[-1]):
        raise ShapeError(
            f"concat_scores: v {v.shape} must have one number for each column of W "
            f"{W.shape}: {(*W.shape[:-2], W.shape[-1])}."
        )
    return additive_scores(query, key, W[..., :d_query, :], W[..., d_query:, :], v)


def dot_attention(query, key, value, mask=None):
    """Let every query take a weighted average of the values, by `dot_scores`.

    Parameters
    ----------
    query, key
        As for `dot_scores`.
    value : (*batch, n_key, d_v)
    mask : (*batch, n_query, n_key) of bool, optional
        ``True`` lets the query look at the key.

    Returns
    -------
    output : (*batch, n_query, d_v)
        The paper's context :math:`c_t`, one row for each query.

    Steps
    -----
    scores
        From `dot_scores`.
    weights
        Their softmax.
    output
        The weights times the values.

    Examples
    --------
    >>> dot_attention([[0.0]], [[1.0], [2.0]], [[4.0], [0.0]]).tolist()
    [[2.0]]
    """
    return weighted_average("dot_attention", dot_scores(query, key), value, mask)


def general_attention(query, key, value, mask=None, *, W):
    """As `dot_attention`, by `general_scores`.

    Parameters
    ----------
    query, key
        As for `general_scores`.
    value, mask
        As for `dot_attention`.
    W
        As for `general_scores`.

    Returns
    -------
    output : (*batch, n_query, d_v)

    Steps
    -----
    asked, scores
        From `general_scores`.
    weights, output
        As in `dot_attention`.

    Examples
    --------
    >>> general_attention([[0.0]], [[1.0], [2.0]], [[4.0], [0.0]], W=[[5.0]]).tolist()
    [[2.0]]
    """
    scores = general_scores(query, key, W)
    return weighted_average("general_attention", scores, value, mask)


def concat_attention(query, key, value, mask=None, *, W, v):
    """As `dot_attention`, by `concat_scores`.

    Parameters
    ----------
    query, key
        As for `concat_scores`.
    value, mask
        As for `dot_attention`.
    W, v
        As for `concat_scores`.

    Returns
    -------
    output : (*batch, n_query, d_v)

    Steps
    -----
    asked, offered, hidden, scores
        From `concat_scores`.
    weights, output
        As in `dot_attention`.

    Examples
    --------
    >>> W, value = [[5.0], [0.0]], [[4.0], [0.0]]
    >>> concat_attention([[1.0]], [[1.0], [2.0]], value, W=W, v=[3.0]).tolist()
    [[2.0]]
    """
    scores = concat_scores(query, key, W, v)
    return weighted_average("concat_attention", scores, value, mask)


def _rows(where, query, key):
    query, key = floats(where, query=query, key=key)
    rows_and_width(where, query=query, key=key)
    check_scores(query, key)
    return query, key


def _table(where, query, W, key):
    W = floats(where, query, W=W)
    if W.ndim < 2:
        raise ShapeError(f"{where}: W {W.shape} needs two axes, rows and columns.")
    rows_and_width(where, query=query, key=key, W=W)
    return W
