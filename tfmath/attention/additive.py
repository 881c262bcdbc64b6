"""Additive attention, the first: a small network says how well a key fits a query."""

import numpy as np

from tfmath.errors import ShapeError, floats, rows_and_width, same_size
from tfmath.memory import check_fits
from tfmath.parts.masks import check_mask
from tfmath.parts.softmax import softmax
from tfmath.tracing import named


def additive_attention(query, key, value, mask=None, *, W, U, v):
    r"""Let every query take a weighted average of the values, by `additive_scores`.

    .. math:: \mathrm{softmax}\bigl(\tanh(q_i W + k_j U) \cdot v\bigr)\, V

    Parameters
    ----------
    query, key
        As for `additive_scores`.
    value : (*batch, n_key, d_v)
    mask : (*batch, n_query, n_key) of bool, optional
        ``True`` lets the query look at the key.
    W, U, v
        As for `additive_scores`.

    Returns
    -------
    output : (*batch, n_query, d_v)
        The paper's context :math:`c_i`, one row for each query.

    Raises
    ------
    ShapeError
        As `additive_scores`; also if values or mask do not fit the scores.

    Steps
    -----
    asked, offered, hidden, scores
        From `additive_scores`.
    weights
        Their softmax, the paper's :math:`\alpha_{ij}`.
    output
        The weights times the values.

    Notes
    -----
    There is no :math:`\sqrt{d_k}`: tanh keeps each summand of a score between
    :math:`-|v_a|` and :math:`|v_a|`, however wide the rows are.

    Examples
    --------
    The query fits only the second key, and v makes much of it:

    >>> key, value, one = [[-5.0], [5.0]], [[10.0], [20.0]], [[1.0]]
    >>> additive_attention([[5.0]], key, value, W=one, U=one, v=[9.0]).round(2).tolist()
    [[20.0]]
    """
    scores = additive_scores(query, key, W, U, v)
    return weighted_average("additive_attention", scores, value, mask)


def additive_scores(query, key, W, U, v):
    r"""How well each key fits each query: one hidden layer, and one number from it.

    .. math:: e_{ij} = \tanh(q_i W + k_j U) \cdot v

    Parameters
    ----------
    query : (*batch, n_query, d_query)
        The paper's :math:`s_{i-1}`, the states of the decoder.
    key : (*batch, n_key, d_key)
        The paper's annotations :math:`h_j`, the states of the encoder; they may be wider
        or narrower than the queries.
    W : (d_query, d_hidden)
        The paper's :math:`W_a`, transposed; with heads in front, (n_heads, …).
    U : (d_key, d_hidden)
        :math:`U_a`, transposed.
    v : (d_hidden,)
        :math:`v_a`.

    Returns
    -------
    scores : (*batch, n_query, n_key)

    Raises
    ------
    ShapeError
        If a table does not fit its rows, or W, U and v differ in d_hidden.

    Steps
    -----
    asked, offered
        q W and k U: each made once, not once a pair.
    hidden
        The bent sum of each pair, (\*batch, n_query, n_key, d_hidden).
    scores
        Its product with v.

    Notes
    -----
    Appendix A.1.2 of [1]_. All pairs have a hidden row: d_hidden times the memory that a
    table of dot products needs.

    References
    ----------
    .. [1] D. Bahdanau, K. Cho, Y. Bengio, "Neural Machine Translation by Jointly Learning
       to Align and Translate", 2015.

    Examples
    --------
    A query of 0 leaves the keys as they are; tanh(0) = 0 and tanh(ln 3) = 8/10:

    >>> key, one = [[0.0], [np.log(3)]], [[1.0]]
    >>> additive_scores([[0.0]], key, W=one, U=one, v=[10.0]).round(12).tolist()
    [[0.0, 8.0]]
    """
    where = "additive_scores"
    query, key, W, U, v = floats(where, query=query, key=key, W=W, U=U, v=v)
    rows_and_width(where, query=query, key=key)
    _check_tables(where, query, key, W, U, v)
    batch = np.broadcast_shapes(query.shape[:-2], key.shape[:-2], W.shape[:-2])
    pairs = (*batch, query.shape[-2], key.shape[-2], W.shape[-1])
    check_fits(where, "the hidden rows of all pairs", pairs, query.dtype, 2)
    asked, offered = named("asked", query @ W), named("offered", key @ U)
    added = asked[..., :, np.newaxis, :] + offered[..., np.newaxis, :, :]
    hidden = named("hidden", np.tanh(added))
    return named("scores", (hidden @ v[..., np.newaxis, :, np.newaxis])[..., 0])


def weighted_average(where, scores, value, mask=None):
    """Softmax the scores, and let each row of weights average the values.

    Parameters
    ----------
    where : str
        Who asks, for the error message.
    scores : (*batch, n_query, n_key)
    value : (*batch, n_key, d_v)
    mask : (*batch, n_query, n_key) of bool, optional

    Returns
    -------
    output : (*batch, n_query, d_v)

    Steps
    -----
    weights, output

    Examples
    --------
    >>> weighted_average("here", np.log([[3.0, 1.0]]), [[4.0], [0.0]]).round(12).tolist()
    [[3.0]]
    """
    value = floats(where, scores, value=value)
    rows_and_width(where, scores=scores, value=value)
    same_size(where, ("scores", scores), -1, ("value", value), -2, "n_key", "one a key")
    if mask is not None:
        check_mask(mask, scores.shape, where)
    weights = named("weights", softmax(scores, mask))
    return named("output", weights @ value)


def _check_tables(where, query, key, W, U, v):
    for name, table in {"W": W, "U": U}.items():
        if table.ndim < 2:
            raise ShapeError(
                f"{where}: {name} {table.shape} needs two axes, rows and columns."
            )
    rows_and_width(where, query=query, key=key, W=W, U=U)
    same_size(where, ("query", query), -1, ("W", W), -2, "d_query", "row times column")
    same_size(where, ("key", key), -1, ("U", U), -2, "d_key", "row times column")
    same_size(where, ("W", W), -1, ("U", U), -1, "d_hidden", "to be added")
    if v.shape != (*W.shape[:-2], W.shape[-1]):
        raise ShapeError(
            f"{where}: v {v.shape} must have one number for each column of W {W.shape}: "
            f"{(*W.shape[:-2], W.shape[-1])}."
        )
