"""Rows that know nothing of each other, a few at a time."""

import numpy as np

AT_ONCE = 2**15
"""How many numbers at a time: 256 KiB in float64, which stay in a processor's cache."""


def by_rows(function, x, mask=None):
    """What `function` makes of each row, computed for a few rows at a time.

    The same lines, on parts: what stands between input and output is never a large table,
    which would have to travel to the memory and back for every line.

    Parameters
    ----------
    function : callable
        Of rows (m, n) and their mask, or None; gives (m, n), each row by itself.
    x : (*batch, n)
    mask : (*batch, n) of bool, optional
        Broadcasts to `x`.

    Returns
    -------
    output : (*batch, n), of the dtype of `x`

    Examples
    --------
    >>> by_rows(lambda rows, mask: rows - rows[:, :1], np.array([[1.0, 4.0], [2.0, 1.0]]))
    array([[ 0.,  3.],
           [ 0., -1.]])
    """
    if x.size <= AT_ONCE:
        return function(x, mask)
    rows = x.reshape(-1, x.shape[-1])
    if mask is not None:
        mask = np.broadcast_to(mask, x.shape).reshape(rows.shape)
    output, count = np.empty(rows.shape, x.dtype), max(1, AT_ONCE // rows.shape[-1])
    for first in range(0, len(rows), count):
        block = slice(first, first + count)
        output[block] = function(rows[block], None if mask is None else mask[block])
    return output.reshape(x.shape)
