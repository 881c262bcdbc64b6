"""A recurrent encoder-decoder with attention: what the Transformer took the place of."""

import numpy as np

from tfmath.arguments import callable_, flag, said, whole
from tfmath.attention.luong import dot_attention
from tfmath.errors import (
    ShapeError,
    as_array,
    axes,
    floats,
    rows_and_width,
    whole_numbers,
)
from tfmath.model.names import flatten
from tfmath.model.stacks import check_parts, only
from tfmath.model.sublayers import handed
from tfmath.parts.feed_forward import linear
from tfmath.parts.gated import gru
from tfmath.parts.masks import check_mask
from tfmath.tracing import Traced, constant, named, scope

NEEDED = ("embedding", "encoder", "decoder", "mixed", "output")
"""The parts of the model; ``"attention"`` holds the tables of its attention, if any."""


def sequence_to_sequence(
    parameters, source, target, source_mask=None, read=gru, attention=dot_attention
):
    r"""Read a source into states, then write, looking back at them before every word.

    .. math:: \bar h = \mathrm{read}(x), \quad h = \mathrm{read}(y; h_0 = \bar h_n), \quad
              \mathrm{logits} = \tanh([c; h]\, W_c)\, W, \quad
              c = \mathrm{attention}(h, \bar h, \bar h)

    Parameters
    ----------
    parameters : dict
        ``"embedding"`` (vocab_size, d_model), ``"encoder"`` and ``"decoder"`` with what
        `read` takes, ``"attention"`` with what `attention` takes (left out if nothing),
        ``"mixed"`` with ``W_c`` (2 d, d), ``"output"`` with ``W`` (d, vocab_size).
    source : (*batch, n_source) of int
    target : (*batch, n_target) of int
        Begins with the id of ``<start>``.
    source_mask : (*batch, 1, n_source) of bool, optional
        ``True`` is a word; see `padding_mask`.
    read : function
        ``(x, start=, mask=, **tables) -> states``: `gru` or `recurrence`. `lstm` gives back
        two arrays, and starts from two; it needs a function of your own around it.
    attention : function
        ``(query, key, value, mask, **tables) -> context``; `fixed_context` never looks.

    Returns
    -------
    logits : (*batch, n_target, vocab_size)
        Row i scores the word after target word i.

    Raises
    ------
    KeyError
        If a part, or a table in it, is missing; the message names its place.
    TypeError
        For a part or a table that nothing takes.
    ShapeError
        If tables or the mask do not fit, or `source` has no word.

    Steps
    -----
    encoder / ids, decoder / ids
        The words, as they were given.
    encoder / input, decoder / input
        Their rows.
    encoder / …, decoder / …
        What `read` records.
    attention / …
        What `attention` records; its output is the context.
    mixed
        Context and state through W_c, bent.
    logits
        The scores of all words.

    Notes
    -----
    The global attention of [1]_: a state looks after it was made, so all target words look
    at once. In [2]_ it looks before, and what it found enters the next state.

    References
    ----------
    .. [1] M.-T. Luong, H. Pham, C. D. Manning, "Effective Approaches to Attention-based
       Neural Machine Translation", 2015.
    .. [2] D. Bahdanau, K. Cho, Y. Bengio, "Neural Machine Translation by Jointly Learning
       to Align and Translate", 2015.

    Examples
    --------
    >>> from tfmath.model.parameters import starting_values
    >>> sizes = recurrent_shapes(vocab_size=9, d_model=5, d=3)
    >>> tables = starting_values(np.random.default_rng(0), sizes)
    >>> sequence_to_sequence(tables, [3, 4, 5, 6], [1, 7]).shape
    (2, 9)
    """
    where = "sequence_to_sequence"
    check_parts(where, parameters, *NEEDED)
    only(where, "the model", parameters, "parts", (*NEEDED, "attention"))
    callable_(where, "read", read, "such as gru")
    callable_(where, "attention", attention, "such as dot_attention")
    table = floats(where, embedding=parameters["embedding"])
    axes(where, 2, embedding=table)
    source, target = _ids(where, table, source=source), _ids(where, table, target=target)
    mask, words = _masks(where, source_mask, source.shape, table)
    with scope("encoder"):
        x = named("input", table[constant("ids", source, beside=table)])
        memory = _read("encoder", parameters, read, x, mask=words)
    with scope("decoder"):
        y = named("input", table[constant("ids", target, beside=table)])
        states = _read("decoder", parameters, read, y, start=memory[..., -1, :])
    with scope("attention"):
        own = parameters.get("attention", {})
        found = handed("attention", own, attention, states, memory, memory, mask=mask)
        _check_rows("attention", "attention", found, states)
    mixed = handed("mixed", parameters["mixed"], mix, found, states)
    return named("logits", handed("output", parameters["output"], linear, mixed))


def mix(context, states, W_c):
    r"""What was found and what is remembered, in one row.

    .. math:: \tilde h = \tanh([c; h]\, W_c)

    Parameters
    ----------
    context : (*batch, n, d_v)
    states : (*batch, n, d)
    W_c : (d_v + d, d_out)

    Returns
    -------
    mixed : (*batch, n, d_out)

    Steps
    -----
    mixed

    Examples
    --------
    >>> mix([[1.0]], [[2.0]], W_c=[[1.0], [-0.5]]).tolist()
    [[0.0]]
    """
    context, states = floats("mix", context=context, states=states)
    rows_and_width("mix", context=context, states=states)
    if context.shape[:-1] != states.shape[:-1]:
        raise ShapeError(
            f"mix: context {context.shape} must have a row for each of states "
            f"{states.shape}; this is what attention gives back."
        )
    both = np.concatenate([context, states], axis=-1)
    return named("mixed", np.tanh(linear(both, W_c)))


def fixed_context(query, key, value, mask=None):
    """No attention: every query gets the last row, the whole sentence in one state.

    Parameters
    ----------
    query : (*batch, n_query, d_query)
    key : (*batch, n_key, d_key)
        Not looked at.
    value : (*batch, n_key, d_v)
        States of a reader that passes over padding, so that the last row is that of the
        last word.
    mask : optional
        Not looked at.

    Returns
    -------
    output : (*batch, n_query, d_v)

    Steps
    -----
    output
        The same row for each query.

    Examples
    --------
    >>> fixed_context(np.ones((2, 1)), None, np.array([[3.0], [4.0]])).tolist()
    [[4.0], [4.0]]
    """
    query, value = floats("fixed_context", query=query, value=value)
    rows_and_width("fixed_context", query=query, value=value)
    return named("output", np.repeat(value[..., -1:, :], query.shape[-2], axis=-2))


def recurrent_shapes(vocab_size, d_model, d, gates=3, general=False):
    """The name and shape of every table of `sequence_to_sequence`.

    Parameters
    ----------
    vocab_size, d_model : int
    d : int
        The width of the states.
    gates : int
        How many tables stand side by side in a cell: 3 for `gru`, 1 for `recurrence`.
    general : bool
        Whether there is a table for `general_attention`.

    Returns
    -------
    dict of str to tuple

    Examples
    --------
    >>> sizes = recurrent_shapes(vocab_size=26, d_model=5, d=6)
    >>> sum(int(np.prod(size)) for size in sizes.values())
    826
    """
    sizes = {"vocab_size": vocab_size, "d_model": d_model, "d": d, "gates": gates}
    for name, size in sizes.items():
        whole("recurrent_shapes", name, size, least=1)
    cell = {"W_x": (d_model, gates * d), "W_h": (d, gates * d)}
    cell |= {"b_x": (gates * d,), "b_h": (gates * d,)}
    tree = {"embedding": (vocab_size, d_model), "encoder": cell, "decoder": cell}
    if flag("recurrent_shapes", "general", general):
        tree["attention"] = {"W": (d, d)}
    tree |= {"mixed": {"W_c": (2 * d, d)}, "output": {"W": (d, vocab_size)}}
    return flatten(tree)


def _ids(where, table, **ids):
    ((name, ids),) = ids.items()
    ids = whole_numbers(where, name, ids, len(table))
    if not ids.ndim or not ids.shape[-1]:
        raise ShapeError(f"{where}: {name} {ids.shape} must hold a word, (*batch, n).")
    return ids


def _read(part, parameters, read, x, **given):
    states = handed(part, parameters[part], read, x, **given)
    _check_rows(part, "read", states, x)
    return states


def _check_rows(part, name, found, rows):
    if not isinstance(found, np.ndarray | Traced) or found.shape[:-1] != rows.shape[:-1]:
        raise ShapeError(
            f"{part}: {name} must give back an array with a row for each row of "
            f"{rows.shape}, it gave {said(getattr(found, 'value', found))}."
        )


def _masks(where, mask, shape, beside):
    """The mask of those who look, (\\*batch, 1, n_source), and the words to be read."""
    if mask is None:
        return None, None
    mask = as_array(where, "source_mask", mask)
    shape = (*shape[:-1], 1, shape[-1])
    mask = np.broadcast_to(check_mask(mask, shape, where), shape)
    mask = constant("source mask", mask, beside)
    return mask, mask[..., 0, :]
