"""The encoder, the decoder, and the two together."""

import re

import numpy as np

from tfmath.attention.dot_product import attend
from tfmath.attention.heads import multi_head_attention
from tfmath.errors import ShapeError, floats, part
from tfmath.parts.embedding import embed
from tfmath.parts.feed_forward import feed_forward, linear, relu
from tfmath.parts.masks import causal_mask
from tfmath.parts.norm import layer_norm, post_norm
from tfmath.parts.position import positional_encoding
from tfmath.tracing import constant, named, scope

LAYER = ("self-attention", "norm 1", "feed-forward", "norm 2")


def encoder_layer(x, layer, mask=None, block=post_norm, activation=relu, attention=attend):
    """Every position looks at every other, then thinks on its own.

    Parameters
    ----------
    x : (*batch, n, d_model)
    layer : dict
        The tables of ``"self-attention"``, ``"norm 1"``, ``"feed-forward"``, ``"norm 2"``.
        What ``"self-attention"`` holds beyond the tables of `multi_head_attention` is
        handed to `attention`: a learned table of distances, for example.
    mask : (*batch, n, n) of bool, optional
        ``True`` may look; usually a `padding_mask`.
    block : function
        `post_norm` as in the paper, or `pre_norm`.
    activation : function
        `relu`, `gelu` or `gelu_tanh`.
    attention : function
        ``(query, key, value, mask) -> output``: `attend`, or a variant of it.

    Returns
    -------
    output : (*batch, n, d_model)

    Raises
    ------
    KeyError
        If a part of `layer` is missing; the message names the part.

    Steps
    -----
    self-attention / …, norm 1 / …, feed-forward / …, norm 2 / …
        What `multi_head_attention`, `block` and `feed_forward` record, each in its scope.

    Notes
    -----
    Section 3.1 of the paper; ``torch.nn.TransformerEncoderLayer``.
    """
    x = floats("encoder_layer", x=x)
    _check_parts("encoder_layer", layer, *LAYER)
    looks = _sublayer("self-attention", layer, mask, attention)
    x = block("norm 1", x, looks, **layer["norm 1"])
    return block("norm 2", x, think(layer, activation), **layer["norm 2"])


def decoder_layer(
    x,
    memory,
    layer,
    mask=None,
    memory_mask=None,
    block=post_norm,
    activation=relu,
    attention=attend,
    cross_attention=attend,
):
    """Each position looks back at the words so far, then at the source, then thinks.

    Parameters
    ----------
    x : (*batch, n_target, d_model)
    memory : (*batch, n_source, d_model)
        What the encoder wrote: keys and values of the cross-attention.
    layer : dict
        As for `encoder_layer`, with ``"cross-attention"`` and ``"norm 3"`` besides.
    mask : (*batch, n_target, n_target) of bool, optional
        Usually a `causal_mask`.
    memory_mask : (*batch, n_target, n_source) of bool, optional
        Usually the source's `padding_mask`.
    block, activation, attention
        As for `encoder_layer`.
    cross_attention : function
        How the decoder looks at the source; a variant that counts places among the words
        so far, such as rotary positions, has nothing to say there.

    Returns
    -------
    output : (*batch, n_target, d_model)
    """
    x, memory = floats("decoder_layer", x=x, memory=memory)
    check_decoder_layer("decoder_layer", layer)
    looks_back = _sublayer("self-attention", layer, mask, attention)
    looks_over = _sublayer("cross-attention", layer, memory_mask, cross_attention, memory)
    return decoder_blocks(x, layer, looks_back, looks_over, block, activation)


def decoder_blocks(x, layer, looks_back, looks_over, block=post_norm, activation=relu):
    """The three blocks of a decoder layer around two sublayers that look."""
    x = block("norm 1", x, looks_back, **layer["norm 1"])
    x = block("norm 2", x, looks_over, **layer["norm 2"])
    return block("norm 3", x, think(layer, activation), **layer["norm 3"])


def encoder(x, parameters, mask=None, norm=layer_norm, **variant):
    """The encoder's layers, one after the other, and a last norm if there is one.

    Parameters
    ----------
    x : (*batch, n, d_model)
    parameters : dict
        ``"layer 1"``, ``"layer 2"``, …, taken in the order of their numbers, and ``"norm"``
        if the stack ends in one.
    mask : (*batch, n, n) of bool, optional
    norm : function
        The last norm.
    **variant
        ``block``, ``activation`` and ``attention``, as for `encoder_layer`.

    Returns
    -------
    output : (*batch, n, d_model)
    """
    for name, layer in layers(parameters, "encoder"):
        with scope(name):
            x = encoder_layer(x, layer, mask, **variant)
    return last_norm(x, parameters, norm)


def decoder(x, memory, parameters, mask=None, memory_mask=None, norm=layer_norm, **variant):
    """The decoder's layers, one after the other, and a last norm if there is one.

    Parameters
    ----------
    x, memory, mask, memory_mask
        As for `decoder_layer`.
    parameters, norm
        As for `encoder`.
    **variant
        ``block``, ``activation``, ``attention`` and ``cross_attention``, as for
        `decoder_layer`.

    Returns
    -------
    output : (*batch, n_target, d_model)
    """
    for name, layer in layers(parameters, "decoder"):
        with scope(name):
            x = decoder_layer(x, memory, layer, mask, memory_mask, **variant)
    return last_norm(x, parameters, norm)


def encode_source(
    parameters,
    source,
    source_mask=None,
    encoding=positional_encoding,
    scale=None,
    **variant,
):
    """From the ids of a sentence to the encoder's output, one row a word.

    Parameters
    ----------
    parameters, source, source_mask
        As for `transformer`.
    encoding, scale
        As for `embed`.
    **variant
        As for `encoder`.

    Returns
    -------
    memory : (*batch, n_source, d_model)
    """
    _check_parts("encode_source", parameters, "embedding", "encoder")
    with scope("encoder"):
        x = embedded(parameters, source, None, encoding, scale)
        return encoder(x, parameters["encoder"], source_mask, **variant)


def decode_target(
    parameters,
    target,
    memory,
    source_mask=None,
    target_mask=None,
    encoding=positional_encoding,
    scale=None,
    **variant,
):
    """From the words so far, and the encoder's output, to a score for every next word.

    Parameters
    ----------
    parameters, target, source_mask, target_mask
        As for `transformer`.
    memory : (*batch, n_source, d_model)
        From `encode_source`.
    encoding, scale
        As for `embed`.
    **variant
        As for `decoder`.

    Returns
    -------
    logits : (*batch, n_target, vocab_size)
    """
    _check_parts("decode_target", parameters, "embedding", "decoder")
    mask = _looking_back(target) if target_mask is None else target_mask
    with scope("decoder"):
        x = embedded(parameters, target, None, encoding, scale)
        x = decoder(x, memory, parameters["decoder"], mask, source_mask, **variant)
    return named("logits", word_scores(x, parameters))


def transformer(
    parameters,
    source,
    target,
    source_mask=None,
    target_mask=None,
    cross_attention=attend,
    **variant,
):
    """The whole model: a source and the words so far in, a score for every next word out.

    Parameters
    ----------
    parameters : dict
        ``"embedding"`` (vocab_size, d_model), ``"encoder"`` and ``"decoder"`` as for
        `encoder` and `decoder`. With ``"output"``, a dict of ``W`` (d_model, vocab_size)
        and perhaps ``b``, words are scored by a table of their own; without it by the
        embedding. With ``"position"`` (max_length, d_model), places have learned rows.
    source : (*batch, n_source) of int
    target : (*batch, n_target) of int
        Begins with the id of ``<start>``.
    source_mask : (*batch, n_target or 1, n_source) of bool, optional
        ``True`` may look; see `padding_mask`.
    target_mask : (*batch, n_target, n_target) of bool, optional
        By default the `causal_mask`.
    cross_attention : function
        As for `decoder_layer`.
    **variant
        What is built otherwise, handed down to where it acts: ``block``, ``activation`` and
        ``attention`` of every layer (`encoder_layer`), the stacks' last ``norm``,
        ``encoding`` and ``scale`` of the words (`embed`).

    Returns
    -------
    logits : (*batch, n_target, vocab_size)
        Row i scores the word after target word i.

    Raises
    ------
    ValueError
        For an empty sentence, or an id outside the vocabulary.

    Steps
    -----
    source mask, target mask
        If there are any.
    encoder / …, decoder / …
        What `embed` and the layers record.
    logits
        The scores of all words.

    Notes
    -----
    Figure 1 of "Attention Is All You Need" [1]_, without dropout.

    References
    ----------
    .. [1] A. Vaswani et al., 2017.
    """
    _check_parts("transformer", parameters, "embedding", "encoder", "decoder")
    mask = _looking_back(target) if target_mask is None else target_mask
    source_mask = _given("source mask", source_mask, parameters)
    memory = encode_source(parameters, source, source_mask, **variant)
    variant |= {"cross_attention": cross_attention}
    mask = _given("target mask", mask, parameters)
    return decode_target(parameters, target, memory, source_mask, mask, **variant)


def word_scores(x, parameters):
    """Logits: the dot product of each row with each word's row, or a table of its own."""
    if "output" in parameters:
        return linear(x, **parameters["output"])
    x, table = floats("word_scores", x=x, embedding=parameters["embedding"])
    if x.shape[-1] != table.shape[-1]:
        raise ShapeError(
            f"word_scores: rows {x.shape} and words {table.shape} differ in d_model."
        )
    return x @ np.swapaxes(table, -1, -2)


def embedded(parameters, ids, positions, encoding, scale):
    """The rows of words at their places; with places of their own if they are learned."""
    encoding = parameters.get("position", encoding)
    return embed(ids, parameters["embedding"], positions, encoding, scale)


def _looking_back(target):
    """The causal mask, the same for every sentence of a batch."""
    mask = causal_mask(np.shape(target)[-1])
    return mask[np.newaxis] if np.ndim(target) > 1 else mask


def _given(name, mask, parameters):
    if mask is None:
        return None
    return constant(name, np.asarray(mask), beside=parameters["embedding"])


def _sublayer(name, layer, mask, attention, memory=None):
    def sublayer(x):
        seen = x if memory is None else memory
        with scope(name):
            return multi_head_attention(
                x, seen, seen, **layer[name], mask=mask, attention=attention
            )

    return sublayer


def think(layer, activation):
    """The feed-forward network of a layer, as the sublayer that a block takes."""

    def sublayer(x):
        with scope("feed-forward"):
            return feed_forward(x, **layer["feed-forward"], activation=activation)

    return sublayer


def check_decoder_layer(where, layer):
    """Raise, naming it, if a part of a decoder layer is missing."""
    _check_parts(where, layer, *LAYER, "cross-attention", "norm 3")


def _check_parts(where, parameters, *names):
    for name in names:
        part(where, parameters, name)


def layers(parameters, where="transformer"):
    """The layers of a stack, each with its name, in the order of their numbers.

    Raises
    ------
    ValueError
        If there is none, a name is no "layer" and a number, or a number is left out.
    """
    names = [name for name in parameters if name != "norm"]
    found = {n: re.fullmatch(r"layer ([1-9]\d*)", n) for n in names}
    wrong = [name for name, match in found.items() if match is None]
    numbers = {int(match[1]): name for name, match in found.items() if match}
    if wrong or sorted(numbers) != list(range(1, len(numbers) + 1)) or not numbers:
        raise ValueError(
            f"{where}: a stack holds 'layer 1', 'layer 2', … and perhaps 'norm', "
            f"got {', '.join(map(repr, parameters)) or 'nothing'}."
        )
    return [(numbers[i], parameters[numbers[i]]) for i in sorted(numbers)]


def last_norm(x, parameters, norm=layer_norm):
    """The norm after the last layer, if the stack has one."""
    if "norm" not in parameters:
        return x
    with scope("norm"):
        return norm(x, **parameters["norm"])
