"""Multi-head attention: several small attentions side by side."""

import numpy as np

from tfmath.attention.dot_product import attend
from tfmath.errors import ShapeError, floats, rows_and_width, same_size
from tfmath.parts.feed_forward import affine, linear
from tfmath.parts.masks import check_mask
from tfmath.tracing import named, scope


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
    """
    rows = {"query": query, "key": key, "value": value}
    tables = {"W_Q": W_Q, "W_K": W_K, "W_V": W_V}
    biases = {"b_Q": b_Q, "b_K": b_K, "b_V": b_V}
    rows, tables, biases = _checked("attention_head", 2, rows, tables, biases, mask)
    return _head(*rows, *tables, *biases, mask)


def _head(query, key, value, W_Q, W_K, W_V, b_Q, b_K, b_V, mask):
    query = named("query", affine(query, W_Q, b_Q))
    key = named("key", affine(key, W_K, b_K))
    value = named("value", affine(value, W_V, b_V))
    return attend(query, key, value, mask)


def multi_head_attention(
    query, key, value, W_Q, W_K, W_V, W_O, b_Q=None, b_K=None, b_V=None, b_O=None, mask=None
):
    r"""Several heads look at once, each in its own way; W_O mixes what they found.

    .. math:: \mathrm{MultiHead}(Q, K, V)
              = \mathrm{Concat}(\mathrm{head}_1, …, \mathrm{head}_h)\, W^O

    Parameters
    ----------
    query : (*batch, n_query, d_model)
    key, value : (*batch, n_key, d_model)
    W_Q, W_K : (n_heads, d_model, d_k)
        One table a head, the paper's :math:`W_i^Q, W_i^K`.
    W_V : (n_heads, d_model, d_v)
    W_O : (n_heads · d_v, d_model)
    b_Q, b_K : (n_heads, d_k), optional
    b_V : (n_heads, d_v), optional
    b_O : (d_model,), optional
    mask : (*batch, n_query, n_key) of bool, optional
        ``True`` may look; the same for every head.

    Returns
    -------
    output : (*batch, n_query, d_model)

    Raises
    ------
    ShapeError
        If the tables disagree in the number of heads, or W_O does not have
        ``n_heads · d_v`` rows.

    Notes
    -----
    Section 3.2.2 of the paper, which chooses ``d_k = d_v = d_model / n_heads``; here any
    widths will do. PyTorch keeps the heads side by side in one wide, transposed table.
    """
    rows = {"query": query, "key": key, "value": value}
    tables = {"W_Q": W_Q, "W_K": W_K, "W_V": W_V}
    biases = {"b_Q": b_Q, "b_K": b_K, "b_V": b_V}
    rows, tables, biases = _checked("multi_head_attention", 3, rows, tables, biases, mask)
    W_O = _checked_output(W_O, tables[2])
    outputs = []
    for i in range(len(tables[0])):
        own = [None if table is None else table[i] for table in (*tables, *biases)]
        with scope(f"head {i + 1}"):
            outputs.append(_head(*rows, *own, mask))
    heads = named("heads", np.concatenate(outputs, axis=-1))
    return named("output", linear(heads, W_O, b_O))


def _checked(where, n_axes, rows, tables, biases, mask):
    """Rows, tables and biases that fit each other, each in the order query, key, value."""
    rows = dict(zip(rows, floats(where, **rows), strict=True))
    tables = dict(zip(tables, floats(where, **tables), strict=True))
    rows_and_width(where, **rows)
    for row, table in zip(rows.items(), tables.items(), strict=True):
        _check_axes(where, n_axes, *table, *tables["W_Q"].shape[:-2])
        same_size(where, row, -1, table, -2, "d_model", "row times column")
    query, key, value = rows.items()
    same_size(where, key, -2, value, -2, "n_key", "one value a key")
    W_Q, W_K, _ = tables.items()
    same_size(where, W_Q, -1, W_K, -1, "d_k", "to take dot products")
    if tables["W_Q"].shape[-1] == 0:
        raise ShapeError(f"{where}: W_Q {W_Q[1].shape} has d_k = 0; it must be 1 or more.")
    pairs = zip(biases.items(), tables.values(), strict=True)
    biases = [_checked_bias(where, *bias, table) for bias, table in pairs]
    if mask is not None:
        batch = np.broadcast_shapes(query[1].shape[:-2], key[1].shape[:-2])
        check_mask(mask, (*batch, query[1].shape[-2], key[1].shape[-2]), where)
    return rows.values(), tuple(tables.values()), biases


def _check_axes(where, n_axes, name, table, *n_heads):
    axes = "(n_heads, d_model, width)" if n_axes == 3 else "(d_model, width)"
    if table.ndim != n_axes or table.shape[:-2] != n_heads or 0 in n_heads:
        raise ShapeError(
            f"{where}: {name} {table.shape} must be {axes}, as W_Q and the others."
        )


def _checked_bias(where, name, bias, table):
    if bias is None:
        return None
    bias, expected = floats(where, **{name: bias}), table.shape[:-2] + table.shape[-1:]
    if bias.shape != expected:
        raise ShapeError(f"{where}: {name} {bias.shape} must be {expected}.")
    return bias


def _checked_output(W_O, W_V):
    W_O, n_rows = floats("multi_head_attention", W_O=W_O), W_V.shape[0] * W_V.shape[2]
    if W_O.ndim != 2 or W_O.shape[0] != n_rows:
        raise ShapeError(
            f"multi_head_attention: W_O {W_O.shape} must have n_heads · d_v = {n_rows} "
            "rows, one for each column of the concatenated heads."
        )
    return W_O
