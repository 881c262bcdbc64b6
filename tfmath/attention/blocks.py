"""Many scores, a few at a time: never one table of all queries by all keys."""

import numpy as np

from tfmath.memory import check_fits
from tfmath.tracing import Traced

AT_ONCE = 2**17
"""How many scores a block holds: a MiB in float64, which a processor keeps at hand."""
MANY = 2**19
"""Below this many scores, one table is as fast."""


def is_many(*arrays):
    """Whether `in_blocks` should share out an attention: plain arrays, and many scores.

    Parameters
    ----------
    *arrays : query, key, value, and perhaps a mask and a scale, or None

    Returns
    -------
    bool

    Examples
    --------
    >>> x = np.zeros((2000, 4))
    >>> is_many(x, x, x, None), is_many(x[:9], x, x, None)
    (True, False)
    """
    if Traced in map(type, arrays):  # a record shows every score
        return False
    query, key = arrays[:2]
    rows = query.size // max(1, query.shape[-1])
    alone = query.ndim == 2 and query.shape[-2] <= _rows(key)
    return rows * key.shape[-2] > MANY and not alone


def check_scores(query, key, copies=4):
    """Raise, before any is made, if all scores at once would not fit into this machine.

    Parameters
    ----------
    query, key : (*batch, n, d_k)
    copies : int
        Products, scores, and their softmax in float64.

    Raises
    ------
    TooLargeError

    Examples
    --------
    >>> check_scores(np.zeros((2, 1)), np.zeros((3, 1)))
    """
    if query.shape[-2] * key.shape[-2] > MANY:
        batch = np.broadcast_shapes(query.shape[:-2], key.shape[:-2])
        shape = (*batch, query.shape[-2], key.shape[-2])
        check_fits("attention", "the table of scores", shape, query.dtype, copies)


def in_blocks(attention, query, key, value, mask=None, rows=None, **options):
    """An attention of some queries at a time, and of the keys that one of them may see.

    Parameters
    ----------
    attention : function
        Of query, key, value, mask; each query is answered by itself.
    query, key, value, mask
        As for `scaled_dot_product_attention`, checked.
    rows : int, optional
        How many queries at a time; as many as fit into the memory at hand, if not given.
    **options
        For `attention`.

    Returns
    -------
    output : (*batch, n_query, d_v)
        Equal, to rounding, to what `attention` gives for all at once.

    Notes
    -----
    The same lines, on parts. Beside the output it needs some MiB, however many words there
    are; a causal mask halves the work.

    Examples
    --------
    >>> from tfmath.attention.dot_product import attend
    >>> in_blocks(attend, np.zeros((3, 2)), np.ones((2, 2)), np.array([[4.0], [0.0]]))
    array([[2.],
           [2.],
           [2.]])
    """
    batch = np.broadcast_shapes(*(array.shape[:-2] for array in (query, key, value)))
    output = np.empty(
        (*batch, query.shape[-2], value.shape[-1]), np.result_type(query, key, value)
    )
    given = [np.broadcast_to(x, (*batch, *x.shape[-2:])) for x in (query, key, value)]
    if mask is not None:
        mask = np.broadcast_to(mask, (*output.shape[:-1], key.shape[-2]))
    for place in np.ndindex(batch):
        one, (query, key, value) = output[place], (array[place] for array in given)
        for first in range(0, len(query), count := rows or _rows(key)):
            block = slice(first, first + count)
            allowed, seen = None, slice(None)
            if mask is not None:
                seen = _seen(mask[place][block])
                allowed = mask[place][block, seen]
            one[block] = attention(query[block], key[seen], value[seen], allowed, **options)
    return output


def _rows(key):
    return max(1, AT_ONCE // max(1, key.shape[-2]))


def _seen(allowed):
    """From the first to the last key that one of the queries may look at."""
    places = np.flatnonzero(allowed.any(axis=0))
    return slice(places[0], places[-1] + 1) if places.size else slice(0, 0)
