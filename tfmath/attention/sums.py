"""Weighted averages by sums over the keys, made once and shared by all queries."""

import numpy as np

from tfmath.tracing import named


def by_sums(query, key, value):
    r"""What every query finds, by sums over the keys that all of them share.

    Parameters
    ----------
    query, key : (*batch, n_query, m), (*batch, n_key, m)
        Features, none below 0.
    value : (*batch, n_key, d_v)

    Returns
    -------
    output : (*batch, n_query, d_v)

    Steps
    -----
    sums, totals
        The two sums over the keys, (m, d_v) and (1, m).
    output
        A mixture of the values for each query.

    Examples
    --------
    >>> by_sums(np.array([[2.0]]), np.array([[1.0], [3.0]]), np.array([[8.0], [4.0]]))
    array([[5.]])
    """
    sums = named("sums", np.swapaxes(key, -1, -2) @ value)
    totals = named("totals", np.sum(key, axis=-2, keepdims=True))
    return named("output", share(query @ sums, query @ np.swapaxes(totals, -1, -2)))


def share(sums, totals):
    """Sums divided by totals, and 0 where there was nothing to add.

    Parameters
    ----------
    sums : (*batch, n, d)
    totals : (*batch, n, 1)
        None below 0.

    Returns
    -------
    (*batch, n, d)

    Examples
    --------
    >>> share(np.array([[6.0], [0.0]]), np.array([[2.0], [0.0]])).tolist()
    [[3.0], [0.0]]
    """
    return sums / np.where(totals > 0, totals, np.ones((), totals.dtype))


def is_the_same_for_all(mask):
    """Whether a mask hides the same keys from every query, as a `padding_mask` does.

    Parameters
    ----------
    mask : (*batch, n_query or 1, n_key) of bool, or None

    Returns
    -------
    bool

    Examples
    --------
    >>> is_the_same_for_all(np.array([[True, False]])), is_the_same_for_all(np.eye(2) > 0)
    (True, False)
    """
    if mask is None or mask.ndim < 2:
        return True
    mask = getattr(mask, "value", mask)
    return bool((mask == mask[..., -1:, :]).all())


def without_hidden(rows, mask):
    """Rows with zeros in the place of those that no query may look at.

    Parameters
    ----------
    rows : (*batch, n_key, width)
    mask : (*batch, n_query or 1, n_key) of bool, or None

    Returns
    -------
    rows : (*batch, n_key, width)

    Examples
    --------
    >>> without_hidden(np.ones((2, 1)), np.array([[True, False]])).tolist()
    [[1.0], [0.0]]
    """
    if mask is None:
        return rows
    seen = np.atleast_2d(getattr(mask, "value", mask)).any(axis=-2)[..., np.newaxis]
    return rows if seen.all() else np.where(seen, rows, np.zeros((), rows.dtype))
