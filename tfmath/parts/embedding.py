"""Embeddings: a row of numbers for each word."""

import math

import numpy as np

from tfmath.arguments import float_type, number, whole
from tfmath.errors import ShapeError, floats, integer_array, whole_numbers
from tfmath.memory import check_fits
from tfmath.parts.position import positional_encoding
from tfmath.tracing import constant, named


def one_hot(ids, vocab_size, dtype=np.float64):
    """A row for each id: 1 in the column of the id, 0 elsewhere.

    Parameters
    ----------
    ids : (*batch,) of int
    vocab_size : int
    dtype : NumPy's float32 or float64

    Returns
    -------
    rows : (*batch, vocab_size)

    Examples
    --------
    >>> one_hot([2, 0], 3).tolist()
    [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """
    vocab_size, dtype = (
        whole("one_hot", "vocab_size", vocab_size),
        float_type("one_hot", dtype),
    )
    ids = whole_numbers("one_hot", "ids", ids, vocab_size)
    check_fits("one_hot", "the table", (*ids.shape, vocab_size), dtype)
    return (ids[..., np.newaxis] == np.arange(vocab_size)).astype(dtype)


def lookup(ids, table):
    """The rows of the embedding table that belong to the ids.

    Parameters
    ----------
    ids : (*batch, n) of int
    table : (vocab_size, d_model)

    Returns
    -------
    rows : (*batch, n, d_model)
        Equal to ``one_hot(ids, vocab_size) @ table``, without multiplying by all the zeros.

    Raises
    ------
    ValueError
        If an id is outside 0 … vocab_size − 1. NumPy would read −1 as the last row.

    Examples
    --------
    >>> lookup([2, 0], np.array([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]])).tolist()
    [[0.5, 0.6], [0.1, 0.2]]
    """
    table = _table("lookup", table)
    return table[whole_numbers("lookup", "ids", ids, len(table))]


def _table(where, table, beside=None):
    table = floats(where, beside, table=table)
    if table.ndim != 2:
        raise ShapeError(f"{where}: table {table.shape} must be (vocab_size, d_model).")
    return table


def embed(ids, table, positions=None, encoding=positional_encoding, scale=None):
    r"""Words and places as numbers: :math:`\sqrt{d_{model}}\,E_{id} + P_{position}`.

    Parameters
    ----------
    ids : (*batch, n) of int
    table : (vocab_size, d_model)
    positions : (n,) of int, optional
        Where the words stand; by default 0, 1, 2, …
    encoding : function, or (max_length, d_model), or None
        How places become rows: ``(positions, d_model, dtype=) -> (n, d_model)``, such as
        `positional_encoding`; a learned table with a row for each place; or nothing.
    scale : float, optional
        What the words' rows are multiplied by; by default :math:`\sqrt{d_{model}}`. Models
        whose table does not score the output words often take 1.

    Returns
    -------
    input : (*batch, n, d_model)

    Raises
    ------
    ValueError
        If there is no word at all, or a place has no row in a learned table.
    ShapeError
        If a learned table is of another width than `table`.

    Steps
    -----
    ids
        The words, as they were given.
    scaled embedding
        Their rows, times `scale`.
    position
        The rows of the places, the same for every sentence.
    input
        The sum of both.

    Notes
    -----
    Sections 3.4 and 3.5 of the paper. The factor √d_model makes up for the small entries
    that the table needs where it is also used, tied, to score the output words.

    Examples
    --------
    >>> table, places = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[10.0, 20.0]])
    >>> embed([1], table, encoding=places, scale=1.0).tolist()
    [[13.0, 24.0]]
    """
    table = _table("embed", table)
    ids = whole_numbers("embed", "ids", ids, len(table))
    if ids.ndim == 0:
        raise ValueError(f"embed: ids is {ids}, a single id; a sentence is a row, [{ids}].")
    if ids.shape[-1] == 0:
        raise ValueError(
            f"embed: ids {ids.shape} hold no word; a sentence needs at least one."
        )
    if scale is not None:
        scale = number("embed", "scale", scale)
    scale = math.sqrt(table.shape[-1]) if scale is None else scale
    chosen = table[constant("ids", ids, beside=table)]
    rows = named("scaled embedding", chosen * scale)
    position = _placed(ids, rows, positions, encoding)
    return named("input", rows if position is None else rows + position)


def _placed(ids, rows, positions, encoding):
    """The rows of the places where the words stand, as a step beside `rows`."""
    if encoding is None:
        return None
    places = np.arange(ids.shape[-1]) if positions is None else positions
    places = integer_array("embed", "positions", places)
    if places.shape[-1:] != ids.shape[-1:]:
        raise ShapeError(
            f"embed: positions {places.shape} must have one for each word, ids {ids.shape}."
        )
    if callable(encoding):
        encoded = encoding(places, rows.shape[-1], dtype=rows.dtype)
        words = getattr(rows, "labels", (None, None))[-2]
        return constant("position", encoded, beside=rows, rows=words)
    table = _table("embed: encoding", encoding, rows)
    if table.shape[-1] != rows.shape[-1]:
        raise ShapeError(
            f"embed: encoding {table.shape} must have d_model = {rows.shape[-1]} columns."
        )
    places = whole_numbers("embed", "positions", places, len(table))
    rows_of_places = table[places]
    if table.dtype != rows.dtype:  # they are put onto the words' rows, which decide
        rows_of_places = rows_of_places.astype(rows.dtype)
    return named("position", rows_of_places)
