"""Rotary positions: queries and keys turn by an angle that grows with their place."""

import numpy as np

from tfmath.arguments import callable_, number, said, whole
from tfmath.attention.dot_product import attend
from tfmath.attention.positional import places
from tfmath.errors import ShapeError, float_array, integer_array, whole_numbers
from tfmath.tracing import named


def neighbours(d_k):
    """Pair the columns 0 and 1, 2 and 3, …, as the paper of rotary positions does.

    Parameters
    ----------
    d_k : int
        Even.

    Returns
    -------
    pair : (d_k,) of int
        To which pair each column belongs.
    partner : (d_k,) of int
        With which column it turns.

    Examples
    --------
    >>> neighbours(4)
    (array([0, 0, 1, 1]), array([1, 0, 3, 2]))
    """
    columns = _columns("neighbours", d_k)
    return columns // 2, columns ^ 1


def halves(d_k):
    """Pair column i of the first half with column i of the second, as many programs do.

    Parameters
    ----------
    d_k : int
        Even.

    Returns
    -------
    pair, partner : (d_k,) of int
        As for `neighbours`.

    Examples
    --------
    >>> halves(4)
    (array([0, 1, 0, 1]), array([2, 3, 0, 1]))
    """
    columns = _columns("halves", d_k)
    return columns % (d_k // 2), (columns + d_k // 2) % d_k


def rotate(rows, positions, pairing=neighbours, base=10000.0):
    r"""Turn each pair of columns by an angle that grows with the row's position.

    .. math::
        x' = x \cos p\theta_i - y \sin p\theta_i \qquad
        y' = y \cos p\theta_i + x \sin p\theta_i \qquad
        \theta_i = base^{-2i/d_k}

    Parameters
    ----------
    rows : (*batch, n, d_k)
    positions : (n,) of int
        :math:`p`.
    pairing : function
        `neighbours` or `halves`: which columns are x and y of pair i.
    base : float

    Returns
    -------
    turned : (*batch, n, d_k)
        Every row is as long as before.

    Raises
    ------
    ShapeError
        If d_k is odd, for then a column has no partner; or if there is not one position for
        each row.

    Notes
    -----
    Equation (34) of [1]_. As one complex number a pair, x + iy is multiplied by
    :math:`e^{ip\theta_i}`. The angles are computed in float64.

    References
    ----------
    .. [1] J. Su et al., "RoFormer: Enhanced Transformer with Rotary Position Embedding",
       2021.

    Examples
    --------
    One pair, a hand that points right. Each position turns it on by 1, about 57 degrees:

    >>> rotate(np.array([[1.0, 0.0]] * 3), [0, 1, 2]).round(3).tolist()
    [[1.0, 0.0], [0.54, 0.841], [-0.416, 0.909]]
    """
    rows, positions = _fitting(rows, positions)
    callable_("rotate", "pairing", pairing, "such as neighbours")
    base = number("rotate", "base", base, above=0)
    pair, partner = _pairs(pairing, rows.shape[-1])
    angles = positions[:, np.newaxis] * base ** (-2 * pair / rows.shape[-1])
    sign = np.where(partner > np.arange(len(partner)), -1, 1)
    cos = np.cos(angles).astype(rows.dtype)
    sin = (sign * np.sin(angles)).astype(rows.dtype)
    return rows * cos + rows[..., partner] * sin


def rotary_attention(query, key, value, mask=None, pairing=neighbours, base=10000.0):
    r"""Attention between turned queries and turned keys: only their difference remains.

    .. math:: s_{ij} = \frac{(R_i q_i) \cdot (R_j k_j)}{\sqrt{d_k}}
              = \frac{q_i \cdot (R_{j-i} k_j)}{\sqrt{d_k}}

    Parameters
    ----------
    query, key, value, mask
        As for `scaled_dot_product_attention`; d_k is even.
    pairing, base
        As for `rotate`.

    Returns
    -------
    output : (*batch, n_query, d_v)

    Raises
    ------
    ShapeError
        If d_k is odd.

    Steps
    -----
    turned query, turned key
        From `rotate`.
    products, scores, weights, output
        From `attend`.

    Notes
    -----
    Section 3.2 of [1]_. Values are not turned.

    References
    ----------
    .. [1] J. Su et al., "RoFormer: Enhanced Transformer with Rotary Position Embedding",
       2021.

    Examples
    --------
    Base 1, so every pair turns by 1 a word. A key that points the same way as the query
    scores cos of the distance; √d_k is √2:

    >>> from tfmath.tracing import steps, trace
    >>> rows = trace([[1.0, 0.0]] * 3, "rows")
    >>> output = rotary_attention(rows, rows, rows, base=1.0)
    >>> (steps(output)["scores"][2].value * 2**0.5).round(3)
    array([-0.416,  0.54 ,  1.   ])
    """
    of_queries, of_keys = places(query, key)
    query = named("turned query", rotate(query, of_queries, pairing, base))
    key = named("turned key", rotate(key, of_keys, pairing, base))
    return attend(query, key, value, mask)


def halves_first(d_k):
    """Say in which order to take columns, so that neighbours become halves.

    Parameters
    ----------
    d_k : int
        Even.

    Returns
    -------
    order : (d_k,) of int
        With `halves`, the columns in this order turn as the columns did with `neighbours`.

    Notes
    -----
    What W_Q and W_K of a model made for one pairing need to work with the other.

    Examples
    --------
    >>> halves_first(6)
    array([0, 2, 4, 1, 3, 5])
    """
    return _columns("halves_first", d_k).reshape(-1, 2).T.ravel()


def _pairs(pairing, width):
    """For each column the number of its pair and the place of its partner."""
    found = pairing(width)
    if not isinstance(found, tuple | list) or len(found) != 2:
        raise TypeError(
            f"rotate: pairing gave {said(found)}; it must give two rows of whole "
            "numbers, as neighbours does."
        )
    names = "the pairs of pairing", "the partners of pairing"
    return [
        whole_numbers("rotate", n, row, width) for n, row in zip(names, found, strict=True)
    ]


def _fitting(rows, positions):
    rows = float_array("rotate", "rows", rows)
    positions = integer_array("rotate", "positions", positions)
    if rows.ndim < 2 or positions.shape != rows.shape[-2:-1]:
        raise ShapeError(
            f"rotate: positions {positions.shape} must have one for each row of rows "
            f"(*batch, n, d_k) = {rows.shape}."
        )
    if rows.shape[-1] % 2:
        raise ShapeError(
            f"rotate: rows {rows.shape} have d_k = {rows.shape[-1]}; it must be even, for "
            "columns turn in pairs. Leave one out, or add one."
        )
    return rows, positions


def _columns(where, d_k):
    if whole(where, "d_k", d_k, least=2) % 2:
        raise ShapeError(f"{where}: d_k is {d_k}; it must be even, for columns are paired.")
    return np.arange(d_k)
