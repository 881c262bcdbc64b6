"""Scores that know the distance: by learned rows (Shaw), by a slope a head (ALiBi)."""

import numpy as np

from tfmath.arguments import whole
from tfmath.attention.blocks import check_scores
from tfmath.attention.dot_product import biased_attention, scaled
from tfmath.attention.positional import distances
from tfmath.errors import ShapeError, as_array, float_array, rows_and_width
from tfmath.memory import check_fits
from tfmath.parts.softmax import softmax
from tfmath.tracing import named


def relative_attention(
    query, key, value, mask=None, keys_by_distance=None, values_by_distance=None
):
    r"""Attention in which each distance has a learned row beside the key and the value.

    .. math::
        s_{ij} = \frac{q_i\, (k_j + a_{j-i})^\top}{\sqrt{d_k}} \qquad
        o_i = \sum_j w_{ij}\, (v_j + b_{j-i})

    Parameters
    ----------
    query, key, value, mask
        As for `scaled_dot_product_attention`, with heads in front.
    keys_by_distance : (2 · reach + 1, d_k)
        :math:`a`: a row for each j − i, from −reach (back) to reach (ahead), for all heads.
        What is farther has the last row of its side.
    values_by_distance : (2 · reach + 1, d_v), optional
        :math:`b`; without it the values stay as they are.

    Returns
    -------
    output : (*batch, n_query, d_v)

    Raises
    ------
    ShapeError
        If a table has an even number of rows, or is not as wide as keys or values are.
    TypeError
        If there is no `keys_by_distance`.

    Steps
    -----
    products
        :math:`q_i k_j^\top`.
    products by distance
        Each query times the row of each distance, (\*batch, n_query, 2 · reach + 1).
    scores, weights, output
        As in `attend`.

    Notes
    -----
    Equations (3) to (5) of [1]_, whose k is `reach` here.

    References
    ----------
    .. [1] P. Shaw, J. Uszkoreit, A. Vaswani, "Self-Attention with Relative Position
       Representations", 2018.

    Examples
    --------
    Every key is 0. One step back has the row ln 3, here and ahead have 0; so the second
    query, which is 1, gives the first value three times the second's weight:

    >>> query, key = np.array([[0.0], [1.0]]), np.zeros((2, 1))
    >>> value, back = np.array([[4.0], [0.0]]), np.log([[3.0], [1.0], [1.0]])
    >>> relative_attention(query, key, value, keys_by_distance=back).round(12).tolist()
    [[2.0], [3.0]]
    """
    query, key, value = _arrays(query=query, key=key, value=value)
    check_scores(query, key)
    table = _rows("keys_by_distance", keys_by_distance, key, "d_k")
    place = _place(table, query, key)
    products = named("products", query @ np.swapaxes(key, -1, -2))
    near = named("products by distance", query @ np.swapaxes(table, -1, -2))
    near = near[..., np.arange(len(place))[:, np.newaxis], place]
    scores = named("scores", scaled(products + near, query.shape[-1]))
    weights = named("weights", softmax(scores, mask))
    found = weights @ value
    if values_by_distance is not None:
        table = _rows("values_by_distance", values_by_distance, value, "d_v")
        found = found + _mixed(weights, table, _place(table, query, key))
    return named("output", found)


def _place(table, query, key):
    """Which row belongs to each query and key: 0 for `reach` or more back."""
    reach = len(table) // 2
    return reach - np.clip(distances(query, key), -reach, reach)


def _mixed(weights, table, place):
    """The rows of the distances, each with the weight of the word that stands there."""
    sizes = *place.shape, table.shape[-1]
    check_fits("relative_attention", "a row for each pair", sizes, table.dtype)
    return (weights[..., np.newaxis, :] @ table[place])[..., 0, :]


def alibi_attention(query, key, value, mask=None, slopes=None):
    r"""Attention in which a score falls evenly with the distance, in each head at its rate.

    .. math:: s_{ij} = \frac{q_i k_j^\top}{\sqrt{d_k}} - m_{head}\, |i - j|

    Parameters
    ----------
    query, key, value, mask
        As for `scaled_dot_product_attention`, with heads in front.
    slopes : (n_heads,), optional
        :math:`m`; by default `alibi_slopes`.

    Returns
    -------
    output : (*batch, n_query, d_v)

    Raises
    ------
    ShapeError
        If `slopes` has not one number for each head.

    Steps
    -----
    products, scores, weights, output
        As in `attend`; the distances are in the scores.

    Notes
    -----
    Section 3 of [1]_, which has a causal mask: then |i − j| is i − j. Nothing is learned.

    References
    ----------
    .. [1] O. Press, N. A. Smith, M. Lewis, "Train Short, Test Long: Attention with Linear
       Biases Enables Input Length Extrapolation", 2022.

    Examples
    --------
    All fit alike. With a slope of ln 3 the neighbour has a third of one's own weight:

    >>> query, key = np.zeros((1, 2, 1)), np.zeros((1, 2, 1))
    >>> value, slopes = np.array([[4.0], [0.0]]), np.log([3.0])
    >>> alibi_attention(query, key, value, slopes=slopes).round(12).tolist()
    [[[3.0], [1.0]]]
    """
    query = float_array("alibi_attention", "query", query)
    if slopes is None:
        slopes = alibi_slopes(query.shape[-3] if query.ndim > 2 else 1)
    slopes = by_head("alibi_attention", "slopes", slopes, query)
    bias = -slopes[:, np.newaxis, np.newaxis] * abs(distances(query, key))
    return biased_attention(query, key, value, mask, bias)


def alibi_slopes(n_heads):
    r"""How fast the scores of each head fall: :math:`2^{-8/n}, 2^{-16/n}, \dots, 2^{-8}`.

    Parameters
    ----------
    n_heads : int
        :math:`n`. If it is no power of two, the slopes of the power of two below come
        first; then every other one of twice as many heads, as many as are missing.

    Returns
    -------
    slopes : (n_heads,)

    Notes
    -----
    ``get_slopes`` of the code beside [1]_.

    References
    ----------
    .. [1] O. Press, N. A. Smith, M. Lewis, "Train Short, Test Long: Attention with Linear
       Biases Enables Input Length Extrapolation", 2022.

    Examples
    --------
    >>> alibi_slopes(4)
    array([0.25      , 0.0625    , 0.015625  , 0.00390625])
    >>> alibi_slopes(3)
    array([0.0625    , 0.00390625, 0.25      ])
    """
    n_heads = whole("alibi_slopes", "n_heads", n_heads, least=1)
    power = 2 ** (n_heads.bit_length() - 1)
    slopes = 2.0 ** (-8 * np.arange(1, power + 1) / power)
    between = 2.0 ** (-8 * np.arange(1, 2 * power, 2) / (2 * power))
    return np.concatenate([slopes, between[: n_heads - power]])


def by_head(where, name, table, query):
    """Give back a table that has a row, or a number, for each head of the queries.

    Parameters
    ----------
    where, name : str
        Who asks, and what the table is called in messages.
    table : (n_heads, *)
    query : (*batch, n_heads, n_query, d_k)

    Returns
    -------
    table : array
        Lists take the number type of `query`.

    Raises
    ------
    ShapeError
        If the table has not as many rows as there are heads.
    TypeError
        If there is none.

    Examples
    --------
    >>> by_head("here", "slopes", [1, 2], np.zeros((2, 3, 4)))
    array([1., 2.])
    """
    query = query if hasattr(query, "ndim") else as_array(where, "query", query)
    table = _given(where, name, table, query)
    if query.ndim < 3 or table.shape[:1] != query.shape[-3:-2]:
        raise ShapeError(
            f"{where}: {name} {table.shape} must have one row for each head of query "
            f"(*batch, n_heads, n_query, d_k) = {query.shape}."
        )
    return table


def _rows(name, table, beside, width):
    """A table with a row for each distance, as wide as the keys or the values."""
    table = _given("relative_attention", name, table, beside)
    if table.ndim != 2 or len(table) % 2 == 0 or table.shape[-1] != beside.shape[-1]:
        raise ShapeError(
            f"relative_attention: {name} {table.shape} must be (2 · reach + 1, {width}), "
            f"an odd number of rows, with {width} = {beside.shape[-1]} columns."
        )
    return table


def _given(where, name, table, beside):
    if table is None:
        raise TypeError(
            f"{where}: {name} is None; give the table, or keep it in the layer's dict: "
            f"['self-attention'][{name!r}]."
        )
    return float_array(where, name, table, (beside,))


def _arrays(**rows):
    where, beside = "relative_attention", rows.values()
    rows = {name: float_array(where, name, array, beside) for name, array in rows.items()}
    rows_and_width(where, **rows)
    return rows.values()
