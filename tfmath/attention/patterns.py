"""Who looks at whom in the attentions of `sparse`: as masks, and as pairs of places."""

import numpy as np

from tfmath.arguments import whole
from tfmath.errors import DtypeError, ShapeError, as_array, untraced


def strided_mask(n, stride):
    """The mask with which full attention is `strided_attention`.

    Parameters
    ----------
    n, stride : int
        How many positions, and how far apart those are that all later ones see.

    Returns
    -------
    mask : (n, n) of bool

    Examples
    --------
    >>> strided_mask(6, 2).astype(int)
    array([[1, 0, 0, 0, 0, 0],
           [1, 1, 0, 0, 0, 0],
           [1, 1, 1, 0, 0, 0],
           [0, 1, 1, 1, 0, 0],
           [1, 0, 1, 1, 1, 0],
           [0, 1, 0, 1, 1, 1]])
    """
    here = np.arange(whole("strided_mask", "n", n))
    stride = whole("strided_mask", "stride", stride, least=1)
    distance = here[:, np.newaxis] - here
    return (distance >= 0) & ((distance <= stride) | (distance % stride == 0))


def fixed_mask(n, stride, n_summary=1):
    """The mask with which full attention is `fixed_attention`.

    Parameters
    ----------
    n, stride, n_summary : int
        How many positions, how long a stretch is, and how many at its end all later ones
        see.

    Returns
    -------
    mask : (n, n) of bool

    Examples
    --------
    >>> fixed_mask(6, 2).astype(int)
    array([[1, 0, 0, 0, 0, 0],
           [1, 1, 0, 0, 0, 0],
           [0, 1, 1, 0, 0, 0],
           [0, 1, 1, 1, 0, 0],
           [0, 1, 0, 1, 1, 0],
           [0, 1, 0, 1, 1, 1]])
    """
    here = np.arange(whole("fixed_mask", "n", n))
    stride = whole("fixed_mask", "stride", stride, least=1)
    n_summary = whole("fixed_mask", "n_summary", n_summary, least=1, most=stride)
    return in_stretch(here[:, np.newaxis], here, stride, n_summary)


def block_mask(n, layout, block):
    """The mask with which full attention is `block_sparse_attention`.

    Parameters
    ----------
    n : int
        How many positions.
    layout : (n_blocks, n_blocks) of bool
    block : int
        How many positions stand in a block.

    Returns
    -------
    mask : (n, n) of bool

    Examples
    --------
    >>> block_mask(4, np.array([[True, False], [True, True]]), 3).astype(int)
    array([[1, 1, 1, 0],
           [1, 1, 1, 0],
           [1, 1, 1, 0],
           [1, 1, 1, 1]])
    """
    here = np.arange(whole("block_mask", "n", n))
    block = whole("block_mask", "block", block, least=1)
    layout = checked_layout("block_mask", layout, -(-len(here) // block))
    return layout[here[:, np.newaxis] // block, here // block]


def in_stretch(i, j, stride, n_summary):
    """Whether place i may look at place j: in its own stretch, or at the end of another.

    Parameters
    ----------
    i, j : int, or arrays of int that broadcast
    stride, n_summary : int

    Returns
    -------
    bool

    Examples
    --------
    >>> in_stretch(9, np.arange(10), 4, 1).astype(int)
    array([0, 0, 0, 1, 0, 0, 0, 1, 1, 1])
    """
    summary = j % stride >= stride - n_summary
    return (j <= i) & ((i // stride == j // stride) | summary)


def fixed_pairs(n_query, n_key, stride, n_summary):
    """Each stretch of queries with its own keys and the ends of the stretches before.

    Parameters
    ----------
    n_query, n_key, stride, n_summary : int
        The last query stands at the last key.

    Returns
    -------
    pairs : list of (queries, keys)

    Examples
    --------
    >>> [(list(rows), keys.tolist()) for rows, keys in fixed_pairs(5, 5, 2, 1)]
    [([0, 1], [0, 1]), ([2, 3], [1, 2, 3]), ([4], [1, 3, 4])]
    """
    pairs, there = [], np.arange(n_key)
    for queries, first in _blocks(n_query, n_key, stride):
        before = there[:first].reshape(-1, stride)[:, stride - n_summary :].ravel()
        pairs.append((queries, np.concatenate([before, there[first : queries.stop]])))
    return pairs or [(range(0), there[:0])]


def block_pairs(n_query, n_key, layout, block):
    """Each block of queries with the blocks of keys that a layout chooses for it.

    Parameters
    ----------
    n_query, n_key : int
        The last query stands at the last key.
    layout : (n_blocks, n_blocks) of bool
    block : int

    Returns
    -------
    pairs : list of (queries, keys)

    Examples
    --------
    >>> layout = np.array([[True, False], [True, True]])
    >>> [(list(rows), keys.tolist()) for rows, keys in block_pairs(3, 3, layout, 2)]
    [([0, 1], [0, 1]), ([2], [0, 1, 2])]
    """
    pairs, block_of = [], np.arange(n_key) // block
    for queries, first in _blocks(n_query, n_key, block):
        pairs.append((queries, np.flatnonzero(layout[first // block][block_of])))
    return pairs or [(range(0), block_of[:0])]


def checked_layout(where, layout, n_blocks):
    """Give back a layout as an array of bool that has a row for each block, or say why not.

    Parameters
    ----------
    where : str
        How messages begin.
    layout : (n_blocks or more, n_blocks or more) of bool
    n_blocks : int

    Returns
    -------
    layout : array of bool

    Raises
    ------
    DtypeError
        If it holds something else than bools.
    ShapeError
        If it has not two axes, or too few rows or columns.

    Examples
    --------
    >>> checked_layout("here", [[True]], 2)
    Traceback (most recent call last):
    ...
    tfmath.errors.ShapeError: here: layout (1, 1) must have 2 rows and columns or more,
    one for each block.
    """
    layout = as_array(where, "layout", untraced(where, "layout", layout))
    if layout.dtype != bool:
        raise DtypeError(
            f"{where}: layout must hold bool, True = may look, got {layout.dtype}; "
            "if its 1 means 'may look', use layout.astype(bool)."
        )
    if layout.ndim != 2 or min(layout.shape) < n_blocks:
        raise ShapeError(
            f"{where}: layout {layout.shape} must have {n_blocks} rows and columns or "
            "more, one for each block."
        )
    return layout


def _blocks(n_query, n_key, block):
    """The queries of each block of places, and the place where that block begins."""
    start = n_key - n_query
    for first in range(start - start % block, n_key, block):
        yield range(max(first, start), min(first + block, n_key)), first
