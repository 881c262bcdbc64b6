"""Multi-head attention: several small attentions side by side."""

import numpy as np

from tfmath.attention import scaled_dot_product_attention
from tfmath.errors import ShapeError, floats, rows_and_width, same_size
from tfmath.feed_forward import linear
from tfmath.trace import named, scope


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
    query = named("query", linear(query, W_Q, b_Q))
    key = named("key", linear(key, W_K, b_K))
    value = named("value", linear(value, W_V, b_V))
    return scaled_dot_product_attention(query, key, value, mask)


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
    tables = _checked(query, key, value, W_Q, W_K, W_V, W_O, b_Q, b_K, b_V)
    query, key, value, W_Q, W_K, W_V, W_O = tables
    outputs = []
    for i in range(len(W_Q)):
        biases = [None if b is None else b[i] for b in (b_Q, b_K, b_V)]
        with scope(f"head {i + 1}"):
            outputs.append(
                attention_head(
                    query, key, value, W_Q[i], W_K[i], W_V[i], *biases, mask=mask
                )
            )
    heads = named("heads", np.concatenate(outputs, axis=-1))
    return named("output", linear(heads, W_O, b_O))


def _checked(query, key, value, W_Q, W_K, W_V, W_O, b_Q, b_K, b_V):
    where = "multi_head_attention"
    query, key, value = floats(where, query=query, key=key, value=value)
    W_Q, W_K, W_V, W_O = floats(where, W_Q=W_Q, W_K=W_K, W_V=W_V, W_O=W_O)
    rows_and_width(where, query=query, key=key, value=value)
    for rows, name, table in (
        (("query", query), "W_Q", W_Q),
        (("key", key), "W_K", W_K),
        (("value", value), "W_V", W_V),
    ):
        if table.ndim != 3 or not 0 < len(table) == W_Q.shape[0]:
            raise ShapeError(
                f"{where}: {name} {table.shape} must be (n_heads, d_model, width), with as "
                f"many heads as W_Q {W_Q.shape}."
            )
        same_size(where, rows, -1, (name, table), -2, "d_model", "row times column")
    for name, bias, table in (("b_Q", b_Q, W_Q), ("b_K", b_K, W_K), ("b_V", b_V, W_V)):
        _check_bias(where, name, bias, (table.shape[0], table.shape[2]))
    n_rows = W_V.shape[0] * W_V.shape[2]
    if W_O.ndim != 2 or W_O.shape[0] != n_rows:
        raise ShapeError(
            f"{where}: W_O {W_O.shape} must have n_heads · d_v = {n_rows} rows, one for "
            "each column of the concatenated heads."
        )
    return query, key, value, W_Q, W_K, W_V, W_O


def _check_bias(where, name, bias, expected):
    if bias is not None and floats(where, **{name: bias}).shape != expected:
        raise ShapeError(f"{where}: {name} {np.shape(bias)} must be {expected}.")
