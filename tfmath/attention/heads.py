"""Multi-head attention: several small attentions side by side."""

import numpy as np

from tfmath.arguments import said
from tfmath.attention.dot_product import attend
from tfmath.attention.fitting import check_variant, fitted, fitted_output
from tfmath.errors import ShapeError
from tfmath.parts.feed_forward import affine, linear
from tfmath.tracing import Traced, labelled, named, scope

PROJECTIONS = ("W_Q", "W_K", "W_V", "W_O", "b_Q", "b_K", "b_V", "b_O")
"""The tables of multi-head attention; what a layer holds besides is its variant's own."""


def attention_head(
    query, key, value, W_Q, W_K, W_V, b_Q=None, b_K=None, b_V=None, mask=None
):
    r"""One head: three views of the rows, then attention among them.

    .. math:: \mathrm{head} = \mathrm{Attention}(Q W^Q,\, K W^K,\, V W^V)

    Parameters
    ----------
    query : (*batch, n_query, d_model)
        The rows that ask.
    key, value : (*batch, n_key, d_model)
        The rows that are asked. In self-attention all three are the same rows.
    W_Q, W_K : (d_model, d_k)
    W_V : (d_model, d_v)
    b_Q, b_K, b_V : optional biases of the projections.
    mask : (*batch, n_query, n_key) of bool, optional
        ``True`` may look.

    Returns
    -------
    output : (*batch, n_query, d_v)

    Raises
    ------
    ShapeError
        If rows, tables, biases or the mask do not fit each other.

    Steps
    -----
    query, key, value
        The three views.
    products, scores, weights, output
        From `attend`.

    Examples
    --------
    A query of 0 fits every key alike, so each row gets the mean of 1 and 3, times 10:

    >>> rows, zero = np.array([[1.0], [3.0]]), np.array([[0.0]])
    >>> attention_head(rows, rows, rows, W_Q=zero, W_K=zero, W_V=[[10.0]]).tolist()
    [[20.0], [20.0]]
    """
    rows = {"query": query, "key": key, "value": value}
    tables = {"W_Q": W_Q, "W_K": W_K, "W_V": W_V}
    biases = {"b_Q": b_Q, "b_K": b_K, "b_V": b_V}
    rows, tables, biases = fitted("attention_head", 2, rows, tables, biases, mask)
    (query, key, value), (W_Q, W_K, W_V), (b_Q, b_K, b_V) = rows, tables, biases
    query = named("query", affine(query, W_Q, b_Q))
    key = named("key", affine(key, W_K, b_K))
    value = named("value", affine(value, W_V, b_V))
    return attend(query, key, value, mask)


def multi_head_attention(
    query,
    key,
    value,
    W_Q,
    W_K,
    W_V,
    W_O,
    b_Q=None,
    b_K=None,
    b_V=None,
    b_O=None,
    mask=None,
    attention=attend,
    **own,
):
    r"""Several heads look at once, each in its own way; W_O mixes what they found.

    .. math:: \mathrm{MultiHead}(Q, K, V)
              = \mathrm{Concat}(\mathrm{head}_1, …, \mathrm{head}_h)\, W^O

    Heads are an axis: queries, keys and values have the shape (\*batch, n_heads, n, width),
    and one call of `attention` lets all heads look.

    Parameters
    ----------
    query : (*batch, n_query, d_model)
    key, value : (*batch, n_key, d_model)
    W_Q, W_K : (n_heads, d_model, d_k)
        One table a head, the paper's :math:`W_i^Q, W_i^K`. Keys and values may have fewer
        heads than queries if `attention` shares them out; a single one is shared by all.
    W_V : (n_heads, d_model, d_v)
    W_O : (n_heads · d_v, d_model)
        Any number of columns will do; residual connections need d_model.
    b_Q, b_K : (n_heads, d_k), optional
    b_V : (n_heads, d_v), optional
    b_O : (d_model,), optional
    mask : (*batch, n_query, n_key) of bool, optional
        ``True`` may look. With one axis more, (\*batch, n_heads, n_query, n_key), each head
        has a mask of its own.
    attention : function
        ``(query, key, value, mask, **own) -> output``: `attend`, or a variant of it.
    **own
        What only this `attention` takes, such as a learned table of distances.

    Returns
    -------
    output : (*batch, n_query, d_model)

    Raises
    ------
    ShapeError
        If the tables disagree in the number of heads, or W_O does not have
        ``n_heads · d_v`` rows.
    TypeError
        If `attention` does not know one of the names in `own`.

    Steps
    -----
    heads / query, heads / key, heads / value
        Each head's own view of the rows, (\*batch, n_heads, n, width).
    heads / products, heads / scores, heads / weights, heads / output
        What `attention` records.
    heads
        The heads' outputs side by side, (\*batch, n_query, n_heads · d_v).
    output
        Mixed by W_O.

    Notes
    -----
    Section 3.2.2 of the paper, which chooses ``d_k = d_v = d_model / n_heads``; here any
    widths will do. PyTorch keeps the heads side by side in one wide, transposed table.

    Examples
    --------
    Neither head prefers a row: one finds the mean, 2, the other 10 times as much. W_O adds
    them up.

    >>> rows, zeros = np.array([[1.0], [3.0]]), np.zeros((2, 1, 1))
    >>> W_V, W_O = [[[1.0]], [[10.0]]], [[1.0], [1.0]]
    >>> multi_head_attention(rows, rows, rows, zeros, zeros, W_V, W_O).tolist()
    [[22.0], [22.0]]
    """
    rows = {"query": query, "key": key, "value": value}
    tables = {"W_Q": W_Q, "W_K": W_K, "W_V": W_V}
    biases = {"b_Q": b_Q, "b_K": b_K, "b_V": b_V}
    rows, tables, biases = fitted("multi_head_attention", 3, rows, tables, biases, mask)
    (query, key, value), (W_Q, W_K, W_V), (b_Q, b_K, b_V) = rows, tables, biases
    W_O, b_O = fitted_output(W_O, b_O, len(W_Q) * W_V.shape[-1], query)
    check_variant(attention, own, len(W_Q), len(W_K))
    query = asked(query, W_Q, b_Q)
    key, value = offered(key, value, W_K, W_V, b_K, b_V, n_heads=len(W_Q))
    return look(query, key, value, W_O, b_O, mask, attention, **own)


def asked(rows, W_Q, b_Q=None):
    """Each head's queries, (*batch, n_heads, n, d_k).

    Parameters
    ----------
    rows : (*batch, n, d_model)
    W_Q : (n_heads, d_model, d_k)
    b_Q : (n_heads, d_k), optional

    Returns
    -------
    query : (*batch, n_heads, n, d_k)

    Steps
    -----
    heads / query

    Examples
    --------
    >>> asked(np.array([[2.0]]), np.array([[[1.0]], [[10.0]]])).tolist()
    [[[2.0]], [[20.0]]]
    """
    with scope("heads"):
        return named("query", _by_head(rows, W_Q, b_Q))


def offered(key, value, W_K, W_V, b_K=None, b_V=None, n_heads=None):
    """Each head's keys and values: what can be looked at, whoever asks.

    Parameters
    ----------
    key, value : (*batch, n, d_model)
    W_K : (n_heads, d_model, d_k)
    W_V : (n_heads, d_model, d_v)
    b_K, b_V : (n_heads, width), optional
    n_heads : int, optional
        How many heads ask; keys that several share carry no head's name.

    Returns
    -------
    key, value : (*batch, n_heads, n, width)

    Steps
    -----
    heads / key, heads / value

    Examples
    --------
    >>> row, W = np.array([[2.0]]), np.array([[[1.0]], [[10.0]]])
    >>> key, value = offered(row, row, W_K=W, W_V=-W)
    >>> key.tolist(), value.tolist()
    ([[[2.0]], [[20.0]]], [[[-2.0]], [[-20.0]]])
    """
    with scope("heads"):
        key = named("key", _by_head(key, W_K, b_K, n_heads))
        return key, named("value", _by_head(value, W_V, b_V, n_heads))


def look(query, key, value, W_O, b_O=None, mask=None, attention=attend, **own):
    """Let every head look, and mix what they found; for arguments that were checked.

    Parameters
    ----------
    query : (*batch, n_heads, n_query, d_k)
        From `asked`.
    key, value : (*batch, n_heads, n_key, width)
        From `offered`.
    W_O, b_O, mask, attention, **own
        As for `multi_head_attention`.

    Returns
    -------
    output : (*batch, n_query, d_model)

    Raises
    ------
    ShapeError
        If `attention` does not give back a row for each query, as wide as the values.

    Steps
    -----
    heads / …
        What `attention` records.
    heads
        The heads' outputs side by side.
    output
        Mixed by W_O.

    Examples
    --------
    One head that prefers neither of two values, 4 and 0; W_O makes 20 of their mean:

    >>> query, key = np.zeros((1, 1, 1)), np.zeros((1, 2, 1))
    >>> look(query, key, np.array([[[4.0], [0.0]]]), W_O=np.array([[10.0]])).tolist()
    [[20.0]]
    """
    with scope("heads"):
        found = attention(query, key, value, _for_heads(mask, query.ndim), **own)
    _check_found(found, query, value)
    heads = named("heads", _side_by_side(found))
    return named("output", linear(heads, W_O, b_O))


def _by_head(rows, W, b, n_heads=None):
    if rows.ndim > 2:
        rows = rows[..., np.newaxis, :, :]
    made = rows @ W if b is None else rows @ W + b[:, np.newaxis, :]
    if n_heads not in (None, len(W)):
        return made  # shared by several heads, so of none of them
    return labelled(made, -3, [f"head {i + 1}" for i in range(len(W))])


def _for_heads(mask, ndim):
    """A mask of each sentence, (*batch, n_query, n_key), given an axis for the heads."""
    if mask is None or np.ndim(mask) < 3 or np.ndim(mask) == ndim:
        return mask
    return mask[..., np.newaxis, :, :]


def _check_found(found, query, value):
    wanted = *query.shape[:-1], value.shape[-1]
    if not isinstance(found, np.ndarray | Traced) or found.shape[-3:] != wanted[-3:]:
        gave = said(getattr(found, "value", found))
        raise ShapeError(
            "multi_head_attention: attention must give back an array with a row for each "
            f"query, as wide as the values, {wanted}; it gave {gave}."
        )


def _side_by_side(found):
    *batch, n_heads, n, width = found.shape
    return np.swapaxes(found, -2, -3).reshape(*batch, n, n_heads * width)
