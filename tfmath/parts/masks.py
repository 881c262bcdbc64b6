"""Who may look at whom. Everywhere in this course ``True`` means *may look*."""

import math

import numpy as np

from tfmath.arguments import whole
from tfmath.errors import DtypeError, ShapeError, as_array, whole_numbers
from tfmath.memory import check_fits


def causal_mask(n):
    """Let every position look at itself and at those before it, never at the future.

    Parameters
    ----------
    n : int
        How many positions.

    Returns
    -------
    mask : (n, n) of bool
        Row = the position that looks, column = the position looked at.

    Examples
    --------
    The first position sees 1, the second 2, the third 3:

    >>> causal_mask(3)
    array([[ True, False, False],
           [ True,  True, False],
           [ True,  True,  True]])
    """
    n = whole("causal_mask", "n", n)
    check_fits("causal_mask", "the mask", (n, n), bool)
    return np.tri(n, dtype=bool)


def padding_mask(ids, pad_id=0):
    """Let nobody look at the filling that makes sentences of one batch equally long.

    Parameters
    ----------
    ids : (*batch, n) of int
    pad_id : int
        The id of ``<pad>``.

    Returns
    -------
    mask : (*batch, 1, n) of bool
        The 1 stands for the positions that look: the same words are hidden from all. For
        scores with an axis for heads, (batch, n_heads, n, n), give it one as well:
        ``mask[:, np.newaxis]``.

    Examples
    --------
    >>> padding_mask([[7, 4, 9], [5, 0, 0]])
    array([[[ True,  True,  True]],
    <BLANKLINE>
           [[ True, False, False]]])
    """
    ids = whole_numbers("padding_mask", "ids", ids)
    if ids.ndim == 0:
        raise ShapeError("padding_mask: ids is a single number; give a row of ids, (n,).")
    pad_id = whole("padding_mask", "pad_id", pad_id, least=-math.inf)
    return (ids != pad_id)[..., np.newaxis, :]


def sliding_window_mask(n, width):
    """Let every position look at those at most `width` steps away, on either side.

    Parameters
    ----------
    n : int
        How many positions.
    width : int
        How far one may look; 0 is "only at oneself", ``n - 1`` or more is everywhere.

    Returns
    -------
    mask : (n, n) of bool
        Up to ``2 * width + 1`` columns of a row are True. For a window that looks back
        only, use ``both(causal_mask(n), sliding_window_mask(n, width))``.

    Notes
    -----
    The window of Longformer [1]_, whose w counts both sides: w = 2 · width.

    References
    ----------
    .. [1] I. Beltagy et al., "Longformer: The Long-Document Transformer", 2020,
       section 3.1.

    Examples
    --------
    >>> sliding_window_mask(4, 1).astype(int)
    array([[1, 1, 0, 0],
           [1, 1, 1, 0],
           [0, 1, 1, 1],
           [0, 0, 1, 1]])
    """
    here = np.arange(whole("sliding_window_mask", "n", n))
    distance = np.abs(here[:, np.newaxis] - here)
    return distance <= whole("sliding_window_mask", "width", width)


def both(mask, other):
    """Let a position look only where `mask` and `other` both allow it.

    Parameters
    ----------
    mask, other : (*batch, n_query, n_key) of bool
        Either may have 1 where the other has a size.

    Returns
    -------
    mask : (*batch, n_query, n_key) of bool

    Raises
    ------
    DtypeError
        If one of them is not bool.
    ShapeError
        If their shapes do not broadcast.

    Examples
    --------
    >>> both(causal_mask(3), padding_mask([7, 4, 0])).astype(int)
    array([[1, 0, 0],
           [1, 1, 0],
           [1, 1, 0]])
    """
    mask, other = _bools("both", "mask", mask), _bools("both", "other", other)
    try:
        return np.logical_and(mask, other)
    except ValueError:
        raise ShapeError(
            "both: mask and other must have equal sizes, or 1, in every axis.\n"
            f"  mask  {mask.shape}\n"
            f"  other {other.shape}"
        ) from None


def check_mask(mask, shape, where="attention"):
    """Give back `mask` if it can hide scores of this `shape`, or say what is wrong.

    Parameters
    ----------
    mask : array of bool
    shape : tuple of int
        The shape of the scores, (*batch, n_query, n_key).
    where : str
        Who asks, for the error message.

    Returns
    -------
    mask : array of bool
        Untouched; it broadcasts to `shape`.

    Raises
    ------
    DtypeError
        For numbers. 0 and 1 could mean "hide and show" or be added to the scores.
    ShapeError
        If it does not broadcast to `shape` without enlarging it.

    Examples
    --------
    >>> check_mask([[True, False]], (3, 2))
    array([[ True, False]])
    """
    mask = _bools(where, "mask", mask)
    try:
        fits = np.broadcast_shapes(mask.shape, tuple(shape)) == tuple(shape)
    except ValueError:
        fits = False
    if not fits:
        raise ShapeError(
            f"{where}: the mask must have the shape of the scores, (…, n_query, n_key), "
            f"or 1 in an axis.\n  mask   {mask.shape}\n  scores {tuple(shape)}"
        )
    return mask


def one_meaning(where, mask, batch, n_query):
    """Raise if `mask` could be (n_query, n_key) as well as (batch, n_key).

    Both fit where an axis of the batch is just as long as there are rows, and hide other
    words.

    Parameters
    ----------
    where : str
        Who asks, for the error message.
    mask : array of bool
    batch : tuple of int
        The axes of the scores before rows and columns, those of heads left out.
    n_query : int

    Examples
    --------
    >>> one_meaning("attention", causal_mask(3), (2,), 3)
    """
    if np.ndim(mask) == 2 and np.shape(mask)[0] == n_query > 1 and n_query in batch:
        axes = ", ".join(["np.newaxis"] * (len(batch) - batch.index(n_query)))
        raise ShapeError(
            f"{where}: the mask {np.shape(mask)} beside a batch of {n_query} could be "
            "(n_query, n_key) or (batch, n_key). Write mask[np.newaxis] for the first, "
            f"mask[:, {axes}] for the second."
        )


def _bools(where, name, mask):
    if not hasattr(mask, "op"):  # a traced one stays traced
        mask = as_array(where, name, mask)
    if mask.dtype != bool:
        raise DtypeError(
            f"{where}: {name} must hold bool, True = may look, got {mask.dtype}; "
            f"if its 1 means 'may look', use {name}.astype(bool)."
        )
    return mask
