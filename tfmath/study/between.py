"""Rows that lie between others: which words a tied table can never make the likeliest."""

import numpy as np

from tfmath.errors import ShapeError, floats


def average_of(row, others):
    """The shares with which a row is a weighted average of others, if it is one.

    Parameters
    ----------
    row : (d,) of numbers
    others : (n, d) of numbers

    Returns
    -------
    shares : (n,) of numbers, or None
        Not below 0, with the sum 1; at most d + 1 of them are above 0. None if no average
        of the others is the row.

    Raises
    ------
    ShapeError
        If `row` is no row, `others` no table, or their widths differ.

    Notes
    -----
    The least squares with shares not below 0, by the method of [1]_.

    References
    ----------
    .. [1] C. L. Lawson, R. J. Hanson, "Solving Least Squares Problems", 1974, chapter 23.

    Examples
    --------
    >>> others = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]])
    >>> average_of([1.0, 2.0], others).round(9).tolist()
    [0.25, 0.25, 0.5]
    >>> average_of([3.0, 2.0], others) is None
    True
    """
    row, others = floats("average_of", row=row, others=others)
    if row.ndim != 1 or others.ndim != 2 or others.shape[1] != row.size:
        raise ShapeError(
            f"average_of: row is {row.shape} and others {others.shape}; (d,) and (n, d)."
        )
    size = max(np.abs(part).max(initial=0) for part in (row, others)) or 1.0
    # The last line: their sum is 1. So the rows are made as large as that.
    columns = np.vstack([others.T / size, np.ones(len(others))])
    wanted = np.append(row / size, 1.0)
    shares = _not_below_zero(columns, wanted)
    near = 1e-9 if row.dtype == np.float64 else 1e-5
    off = np.abs(columns @ shares - wanted).max()
    return shares.astype(row.dtype) if off < near else None


def _not_below_zero(columns, wanted):
    """The factors, none below 0, with which the columns come nearest to what is wanted."""
    factors, used = np.zeros(columns.shape[1]), np.zeros(columns.shape[1], bool)
    for _ in range(10 * columns.shape[1]):
        gain = np.where(used, -np.inf, columns.T @ (wanted - columns @ factors))
        if gain.max(initial=-np.inf) < 1e-12:
            break
        used[gain.argmax()] = True
        factors, used = _solved(columns, wanted, factors, used)
    return factors


def _solved(columns, wanted, factors, used):
    """Least squares over the used columns; one that would fall below 0 goes out."""
    while True:
        new = np.zeros_like(factors)
        new[used] = np.linalg.lstsq(columns[:, used], wanted, rcond=None)[0]
        below = used & (new <= 0)
        if not below.any():
            return new, used
        part = (factors[below] / (factors[below] - new[below])).min()
        factors = factors + part * (new - factors)
        used = used & (factors > 1e-12)
        factors = np.where(used, factors, 0.0)
