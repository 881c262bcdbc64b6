"""Where a word stands: sines and cosines whose phase is the position."""

import math

import numpy as np

from tfmath.arguments import float_type, number, whole
from tfmath.errors import integer_array
from tfmath.memory import check_fits


def positional_encoding(n_positions, d_model, base=10000.0, dtype=np.float64):
    r"""Give every position a row of sines and cosines, one wavelength for each pair.

    .. math:: PE_{pos,\,2i} = \sin\frac{pos}{base^{2i/d}} \qquad
              PE_{pos,\,2i+1} = \cos\frac{pos}{base^{2i/d}}

    Columns 2i and 2i+1 are the two hands' coordinates of one clock; the first clock turns
    once in 2π positions, each later one more slowly.

    Parameters
    ----------
    n_positions : int, or array of int
        How many positions, counted from 0; or the positions themselves.
    d_model : int
        :math:`d`, the number of columns. If it is odd, there are ``ceil(d_model / 2)``
        sines and ``floor(d_model / 2)`` cosines: the last sine has no partner.
    base : float
        The paper's 10000. A smaller base makes all but the first clock faster.
    dtype : dtype
        Computed in float64 and rounded once, to this.

    Returns
    -------
    encoding : (n_positions, d_model)

    Raises
    ------
    ValueError
        If `n_positions` is negative, `d_model` below 1 or `base` not above 0.

    Notes
    -----
    Section 3.5 of [1]_. The exponent belongs to the *pair*: 2i is 0, 0, 2, 2, 4, 4, …
    over the columns. A widely copied mistake uses the column's own number 0, 1, 2, 3 …,
    doubled or not; then a sine and its cosine turn at different speeds and `rotation`
    no longer holds.

    References
    ----------
    .. [1] A. Vaswani et al., "Attention Is All You Need", 2017.

    Examples
    --------
    Base 4 makes the second clock half as fast, since 4^(2/4) = 2. Position 0 is sin 0 = 0
    and cos 0 = 1 everywhere; position 2 is sin 2, cos 2, sin 1, cos 1:

    >>> positional_encoding(3, 4, base=4.0)[[0, 2]].round(3)
    array([[ 0.   ,  1.   ,  0.   ,  1.   ],
           [ 0.909, -0.416,  0.841,  0.54 ]])
    """
    divisors = _divisors("positional_encoding", d_model, base)
    positions = _positions(n_positions)
    dtype = float_type("positional_encoding", dtype)
    check_fits("positional_encoding", "the table", (*positions.shape, d_model), dtype, 3)
    angles = positions[..., np.newaxis] / divisors  # (n_positions, ceil(d_model/2))
    encoding = np.empty((*positions.shape, d_model), dtype)
    encoding[..., 0::2] = np.sin(angles)
    encoding[..., 1::2] = np.cos(angles)[..., : d_model // 2]
    return encoding


def wavelengths(d_model, base=10000.0):
    """Say after how many positions each clock has turned once: 2π · base^(2i/d_model).

    Parameters
    ----------
    d_model : int
    base : float

    Returns
    -------
    lengths : (ceil(d_model / 2),)
        One for each pair of columns (and for the partnerless last one, if `d_model` is
        odd), from 2π up to nearly 2π · base.

    Examples
    --------
    In units of 2π they are 1 and 100, since 10000^(2/4) = 100:

    >>> (wavelengths(4) / (2 * np.pi)).round(9)
    array([  1., 100.])
    """
    return 2 * math.pi * _divisors("wavelengths", d_model, base)


def rotation(offset, d_model, base=10000.0):
    r"""Give the matrix that moves every position by the same `offset`.

    .. math:: PE_{pos + k} = PE_{pos}\, R_k \qquad \text{for every } pos

    Each pair of columns is turned by its own angle, k / base^(2i/d); no entry depends on
    the position. This is why a linear layer can learn "three words back".

    Parameters
    ----------
    offset : float
        :math:`k`, in positions; negative moves back.
    d_model : int
    base : float

    Returns
    -------
    matrix : (n, n) with n = 2 · floor(d_model / 2)
        Blocks of 2×2 along the diagonal, zeros elsewhere. If `d_model` is odd the matrix
        covers the complete pairs, ``encoding[:, :-1]``, alone: the last sine has no cosine
        beside it, and sin(a + b) cannot be found from sin(a) without cos(a).

    Notes
    -----
    From sin(a+b) = sin a cos b + cos a sin b and cos(a+b) = cos a cos b − sin a sin b.

    Examples
    --------
    >>> rotation(1, 2).round(3)
    array([[ 0.54 , -0.841],
           [ 0.841,  0.54 ]])
    >>> moved = positional_encoding(3, 2) @ rotation(4, 2)
    >>> np.abs(moved - positional_encoding(7, 2)[4:]).max() < 1e-15
    np.True_
    """
    offset = number("rotation", "offset", offset)
    divisors = _divisors("rotation", d_model, base)[: d_model // 2]
    angles = np.repeat(offset / divisors, 2)
    matrix = np.diag(np.cos(angles))
    first, second = np.arange(0, angles.size, 2), np.arange(1, angles.size, 2)
    matrix[first, second] = -np.sin(angles[first])
    matrix[second, first] = np.sin(angles[first])
    return matrix


def _divisors(where, d_model, base):
    """base^(2i/d_model) for each pair i, the last one perhaps incomplete."""
    d_model = whole(where, "d_model", d_model, least=1)
    base = number(where, "base", base, above=0)
    return base ** (np.arange(0, d_model, 2) / d_model)


def _positions(n_positions):
    if not np.iterable(n_positions):
        count = whole("positional_encoding", "n_positions", n_positions)
        check_fits("positional_encoding", "the row of positions", (count,), int)
        return np.arange(count)
    # A position before the first is negative.
    return integer_array("positional_encoding", "n_positions", n_positions)
