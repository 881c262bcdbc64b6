"""The leak test: change one word, and see whose numbers change."""

import numpy as np

from tfmath.arguments import callable_, whole
from tfmath.errors import ShapeError, axes, whole_numbers


def who_notices(model, ids, vocab_size):
    """Replace each word by every other word, and note which positions notice.

    Parameters
    ----------
    model : function
        From ids, an (n,) array, to an array of n rows: one for each position. It must give
        the same numbers when it is called twice: switch dropout off.
    ids : (n,) of int
        The sentence to test on.
    vocab_size : int
        The ids 0 … vocab_size − 1 are tried.

    Returns
    -------
    noticed : (n, n) of bool
        Row = the position that is looked at, column = the position whose word was changed:
        the layout of a mask. True if any number of the row changed, be it in its last bit.

    Raises
    ------
    ShapeError
        If `model` does not give n rows.
    ValueError
        If `model` gives other numbers when it is called again with the same ids, or
        `vocab_size` leaves no other word to try.

    Examples
    --------
    A model that adds up the words so far, and one that knows the sum of all:

    >>> who_notices(np.cumsum, np.array([2, 0, 1]), vocab_size=3).astype(int)
    array([[1, 0, 0],
           [1, 1, 0],
           [1, 1, 1]])
    >>> who_notices(lambda ids: np.full(3, ids.sum()), np.array([2, 0, 1]), 3).all()
    np.True_
    """
    return _noticed("who_notices", model, ids, vocab_size)


def _noticed(where, model, ids, vocab_size):
    callable_(where, "model", model, "ids -> a row for each")
    vocab_size = whole(where, "vocab_size", vocab_size, least=2)
    ids = whole_numbers(where, "ids", ids, vocab_size)
    axes(where, 1, ids=ids)
    if not ids.size:
        raise ValueError(f"{where}: ids is empty; give at least one id.")
    before = _rows(where, model, ids)
    if _changed(before, _rows(where, model, ids)).any():
        raise ValueError(
            f"{where}: the model gives other numbers when called again with the same "
            "ids; switch off its dropout, or fix its seed."
        )
    noticed = np.zeros((len(ids), len(ids)), dtype=bool)
    for column in range(len(ids)):
        for other in set(range(vocab_size)) - {int(ids[column])}:
            changed = ids.copy()
            changed[column] = other
            noticed[:, column] |= _changed(before, _rows(where, model, changed))
    return noticed


def leaks(model, ids, vocab_size):
    """The positions that notice a later word, which a model that predicts must not do.

    Arguments and errors as for `who_notices`.

    Returns
    -------
    list of (int, int)
        (position, later position that it notices), counted from 0; empty if none leaks.

    Examples
    --------
    >>> leaks(np.cumsum, np.array([2, 0, 1]), vocab_size=3)
    []

    A moving average that looks one word ahead:

    >>> def ahead(ids):
    ...     return ids + np.append(ids[1:], 0)
    >>> leaks(ahead, np.array([2, 0, 1]), vocab_size=3)
    [(0, 1), (1, 2)]
    """
    future = np.triu(_noticed("leaks", model, ids, vocab_size), 1)
    return [(int(row), int(column)) for row, column in np.argwhere(future)]


def _rows(where, model, ids):
    rows = model(ids.copy())
    rows = np.asarray(getattr(rows, "value", rows))
    if rows.ndim == 0 or len(rows) != len(ids):
        raise ShapeError(
            f"{where}: the model must give a row for each of the {len(ids)} ids, "
            f"its answer has shape {rows.shape}."
        )
    return rows.reshape(len(rows), -1)


def _changed(before, after):
    same = (before == after) | ((before != before) & (after != after))
    return ~same.all(axis=1)
