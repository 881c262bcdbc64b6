"""What a decoder layer keeps: the keys and values of its two attentions."""

from typing import NamedTuple

import numpy as np

from tfmath.arguments import instance
from tfmath.attention.dot_product import attend
from tfmath.attention.fitting import check_variant
from tfmath.attention.heads import PROJECTIONS, asked, look, offered
from tfmath.errors import MissingError
from tfmath.model.layers import decoder_blocks
from tfmath.model.stacks import DECODER_LAYER, check_layer
from tfmath.parts.feed_forward import relu
from tfmath.parts.norm import post_norm
from tfmath.tracing import scope
from tfmath.tracing.names import full_name


class Kept(NamedTuple):
    """The keys and values of one attention.

    Attributes
    ----------
    key : (n_heads, n, d_k)
    value : (n_heads, n, d_v)
    """

    key: np.ndarray
    value: np.ndarray


def kept_of(rows, tables):
    """The keys and values of rows, for whoever will look at them.

    Parameters
    ----------
    rows : (n, d_model)
    tables : dict
        Those of `multi_head_attention`.

    Returns
    -------
    kept : Kept

    Steps
    -----
    heads / key, heads / value
        From `offered`.

    Examples
    --------
    >>> tables = {"W_Q": [0], "W_K": np.array([[[2.0]]]), "W_V": np.array([[[3.0]]])}
    >>> kept_of(np.array([[1.0], [10.0]]), tables).key.tolist()
    [[[2.0], [20.0]]]
    """
    biases, n_heads = (tables.get("b_K"), tables.get("b_V")), len(tables["W_Q"])
    return Kept(*offered(rows, rows, tables["W_K"], tables["W_V"], *biases, n_heads))


def rows_and_kept(
    x,
    layer,
    words,
    source,
    mask,
    block=post_norm,
    activation=relu,
    attention=attend,
    cross_attention=attend,
):
    """One decoder layer for the new rows, and the keys and values that it now keeps.

    Parameters
    ----------
    x : (n, d_model)
        The new rows.
    layer : dict
        As for `decoder_layer`.
    words : Kept or None
        Of the rows before, if there were any.
    source : Kept
        Of the encoder's output.
    mask : (n, n_key) of bool
        Which of all rows so far each new one may look at.
    block, activation, attention, cross_attention
        As for `decoder_layer`.

    Returns
    -------
    output : (n, d_model)
    words : Kept
        Of all rows so far.

    Steps
    -----
    self-attention / …, norm 1 / …, cross-attention / …, norm 2 / …, …, norm 3 / …
        As in a `decoder_layer`, of the new rows.

    Examples
    --------
    Two words of the toy model, after a source of three:

    >>> from tfmath import toy
    >>> rows, layer = toy.load()["embedding"], toy.load()["decoder"]["layer 1"]
    >>> source = kept_of(rows[[3, 4, 5]], layer["cross-attention"])
    >>> x, words = rows_and_kept(rows[[1, 3]], layer, None, source, np.tri(2, dtype=bool))
    >>> x.shape, words.key.shape
    ((2, 5), (2, 2, 4))
    """
    kept = [words]

    def looks_back(x):
        tables = layer["self-attention"]
        with scope("self-attention"):
            query, new = asked(x, tables["W_Q"], tables.get("b_Q")), kept_of(x, tables)
            kept[0] = _joined(words, new)
            return _look(query, kept[0], tables, mask, attention)

    def looks_over(x):
        tables = layer["cross-attention"]
        with scope("cross-attention"):
            query = asked(x, tables["W_Q"], tables.get("b_Q"))
            return _look(query, source, tables, None, cross_attention)

    x = decoder_blocks(x, layer, looks_back, looks_over, block, activation)
    return x, kept[0]


def check_keeping(where, layer):
    """Raise, naming it, if a part of a decoder layer is missing, or a table that is kept.

    Parameters
    ----------
    where : str
        How the message begins.
    layer : dict

    Raises
    ------
    KeyError
        With the name that is missing, and those that are there.
    TypeError
        With the name that nothing takes.

    Examples
    --------
    >>> parts = {name: {"W_Q": 1} for name in DECODER_LAYER}
    >>> check_keeping("start_cache", parts)
    Traceback (most recent call last):
    ...
    tfmath.errors.MissingError: self-attention: multi_head_attention needs 'W_K';
    there is 'W_Q'.
    """
    check_layer(where, layer, DECODER_LAYER)
    for name in ("self-attention", "cross-attention"):
        place, tables = full_name(name), layer[name]
        instance(place, "the part", tables, dict, "a dict of tables")
        for missing in [table for table in PROJECTIONS[:4] if table not in tables]:
            raise MissingError(
                f"{place}: multi_head_attention needs {missing!r}; "
                f"there is {', '.join(map(repr, tables))}."
            )


def _look(query, kept, tables, mask, attention):
    own = {name: table for name, table in tables.items() if name not in PROJECTIONS}
    check_variant(attention, own, len(tables["W_Q"]), len(tables["W_K"]))
    found = (query, *kept, tables["W_O"], tables.get("b_O"), mask, attention)
    return look(*found, **own)


def _joined(old, new):
    if old is None:
        return new
    return Kept(*(np.concatenate([a, b], axis=-2) for a, b in zip(old, new, strict=True)))
