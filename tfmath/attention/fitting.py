"""Whether rows, tables, biases and a mask fit each other, before several heads look."""

import inspect

import numpy as np

from tfmath.attention.dot_product import attend
from tfmath.errors import ShapeError, as_array, floats, rows_and_width, same_size
from tfmath.parts.masks import check_mask, one_meaning


def fitted(where, n_axes, rows, tables, biases, mask):
    """Rows, tables and biases that fit each other, each in the order query, key, value.

    Parameters
    ----------
    where : str
        How messages begin.
    n_axes : int
        Of a table: 2 for one head, 3 if the first counts heads.
    rows : dict
        query (*batch, n_query, d_model); key, value (*batch, n_key, d_model).
    tables : dict
        W_Q, W_K, W_V: (d_model, width), or (n_heads, d_model, width).
    biases : dict
        b_Q, b_K, b_V, as long as their tables are wide; or None.
    mask : (*batch, n_query, n_key) of bool, or None

    Returns
    -------
    rows, tables, biases : tuple, tuple, list
        Arrays of float32 or float64, or traced ones.

    Raises
    ------
    ShapeError
        If two of them do not fit, a table has no column, or the mask could mean two things.
    DtypeError
        If there is something else than floats in them, or than bools in the mask.

    Examples
    --------
    One row of two numbers, one head of width 1:

    >>> row, table = np.ones((1, 2)), np.ones((2, 1))
    >>> rows, tables, biases = {"query": row, "key": row, "value": row}, {}, {}
    >>> for letter in "QKV":
    ...     tables[f"W_{letter}"], biases[f"b_{letter}"] = table, None
    >>> query, key, value = fitted("here", 2, rows, tables, biases, None)[0]
    >>> query.tolist()
    [[1.0, 1.0]]
    """
    rows = dict(zip(rows, floats(where, **rows), strict=True))
    tables = dict(zip(tables, floats(where, rows["query"], **tables), strict=True))
    rows_and_width(where, **rows)
    for row, table in zip(rows.items(), tables.items(), strict=True):
        _check_axes(where, n_axes, *table)
        same_size(where, row, -1, table, -2, "d_model", "row times column")
    query, key, value = rows.items()
    same_size(where, key, -2, value, -2, "n_key", "one value a key")
    _check_heads(where, tables)
    W_Q, W_K, _ = tables.items()
    same_size(where, W_Q, -1, W_K, -1, "d_k", "to take dot products")
    if tables["W_Q"].shape[-1] == 0:
        raise ShapeError(f"{where}: W_Q {W_Q[1].shape} has d_k = 0; it must be 1 or more.")
    pairs = zip(biases.items(), tables.values(), strict=True)
    biases = [_checked_bias(where, rows["query"], *bias, table) for bias, table in pairs]
    if mask is not None:
        _check_mask(where, mask, *rows.values(), tables["W_Q"].shape[:-2])
    return tuple(rows.values()), tuple(tables.values()), biases


def fitted_output(W_O, b_O, n_rows, beside=None):
    """The table that mixes what the heads found, and its bias, if they fit the heads.

    Parameters
    ----------
    W_O : (n_heads · d_v, d_out)
    b_O : (d_out,) or None
    n_rows : int
        n_heads · d_v, the width of all heads side by side.
    beside : array, optional
        The rows, whose number type lists take.

    Returns
    -------
    W_O, b_O
        As arrays, or traced ones.

    Raises
    ------
    ShapeError
        If `W_O` has other than `n_rows` rows, or `b_O` not one number a column.

    Examples
    --------
    Two heads of width 1 need two rows:

    >>> W_O, b_O = fitted_output([[2.0], [3.0]], None, n_rows=2)
    >>> W_O.tolist()
    [[2.0], [3.0]]
    """
    W_O = floats("multi_head_attention", beside, W_O=W_O)
    if W_O.ndim != 2 or W_O.shape[0] != n_rows:
        raise ShapeError(
            f"multi_head_attention: W_O {W_O.shape} must have n_heads · d_v = {n_rows} "
            "rows, one for each column of the concatenated heads."
        )
    return W_O, _checked_bias("multi_head_attention", beside, "b_O", b_O, W_O)


def matched_rows(where, query, key, value, mask=None):
    """Query, key, value and mask as arrays that fit each other, for a variant of attention.

    Parameters
    ----------
    where : str
        How messages begin.
    query : (*batch, n_query, d_k)
    key : (*batch, n_key, d_k)
    value : (*batch, n_key, d_v)
    mask : (*batch, n_query, n_key) of bool, optional

    Returns
    -------
    query, key, value, mask
        Arrays, or traced ones; no mask is None.

    Raises
    ------
    ShapeError
        If two of them do not fit, or d_k is 0.
    DtypeError
        If there is something else than floats in them, or than bools in the mask.

    Examples
    --------
    >>> query, key, value, mask = matched_rows("here", [[1, 2]], [[3, 4]], [[5]], [[True]])
    >>> value.tolist(), mask.tolist()
    ([[5.0]], [[True]])
    """
    query, key, value = floats(where, query=query, key=key, value=value)
    rows_and_width(where, query=query, key=key, value=value)
    same_size(where, ("query", query), -1, ("key", key), -1, "d_k", "to take dot products")
    same_size(where, ("key", key), -2, ("value", value), -2, "n_key", "one value a key")
    if query.shape[-1] == 0:
        raise ShapeError(f"{where}: query {query.shape} has d_k = 0; it must be 1 or more.")
    if mask is not None:
        batch = np.broadcast_shapes(query.shape[:-2], key.shape[:-2])
        mask = check_mask(mask, (*batch, query.shape[-2], key.shape[-2]), where)
    return query, key, value, mask


def check_variant(attention, own, n_heads, n_shared):
    """Whether a variant of attention can be called with what a layer holds for it.

    Parameters
    ----------
    attention : function
        ``(query, key, value, mask, **own) -> output``.
    own : dict
        What only this variant takes, by the name of its argument.
    n_heads, n_shared : int
        How many heads ask, and how many have keys and values.

    Raises
    ------
    TypeError
        If `attention` is no function, or has no argument of a name in `own`.
    ShapeError
        If it is `attend`, and several heads share keys: they would have to be repeated.

    Examples
    --------
    >>> check_variant(attend, {}, n_heads=2, n_shared=2)
    >>> check_variant(attend, {"by_distance": 1.0}, n_heads=2, n_shared=2)
    Traceback (most recent call last):
    ...
    TypeError: multi_head_attention: attend takes no by_distance; its
    arguments are query, key, value, mask, scale.
    """
    if not callable(attention):
        raise TypeError(
            f"multi_head_attention: attention is {attention!r}; it must be a function "
            "(query, key, value, mask) -> output, such as attend."
        )
    if attention is attend and n_shared not in (1, n_heads):
        raise ShapeError(
            f"multi_head_attention: {n_heads} heads ask and {n_shared} can be looked at; "
            "give attention=grouped_query_attention, which shares them out."
        )
    known = inspect.signature(attention).parameters if own else {}
    unknown = [name for name in own if name not in known]
    if unknown and not any(p.kind is p.VAR_KEYWORD for p in known.values()):
        name = getattr(attention, "__name__", repr(attention))
        raise TypeError(
            f"multi_head_attention: {name} takes no {', '.join(unknown)}; "
            f"its arguments are {', '.join(known)}."
        )


def _check_axes(where, n_axes, name, table):
    axes = "(n_heads, d_model, width)" if n_axes == 3 else "(d_model, width)"
    if table.ndim != n_axes or 0 in table.shape[:-2]:
        raise ShapeError(f"{where}: {name} {table.shape} must be {axes}.")


def _check_heads(where, tables):
    """Keys and values have as many heads as queries, or a number that divides it."""
    n_query, n_key, n_value = (table.shape[:-2] for table in tables.values())
    if n_key != n_value or n_key != n_query and n_query[0] % n_key[0]:
        shapes = "\n".join(f"  {name} {table.shape}" for name, table in tables.items())
        raise ShapeError(
            f"{where}: W_Q, W_K and W_V must have the same number of heads, the first axis,"
            f" or W_K and W_V a smaller one that divides it.\n{shapes}"
        )


def _check_mask(where, mask, query, key, value, heads):
    if not hasattr(mask, "op"):  # a traced one stays traced
        mask = as_array(where, "mask", mask)
    batch = np.broadcast_shapes(query.shape[:-2], key.shape[:-2])
    if np.ndim(mask) == len(batch) + 3:
        batch += heads
    else:
        one_meaning(where, mask, batch, query.shape[-2])
    check_mask(mask, (*batch, query.shape[-2], key.shape[-2]), where)


def _checked_bias(where, beside, name, bias, table):
    if bias is None:
        return None
    bias, expected = (
        floats(where, beside, **{name: bias}),
        table.shape[:-2] + table.shape[-1:],
    )
    if bias.shape != expected:
        raise ShapeError(f"{where}: {name} {bias.shape} must be {expected}.")
    return bias
