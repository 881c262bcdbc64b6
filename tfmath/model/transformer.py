"""The encoder, the decoder, and the two together."""

import numpy as np

from tfmath.attention.heads import multi_head_attention
from tfmath.errors import ShapeError, floats
from tfmath.parts.embedding import embed
from tfmath.parts.feed_forward import feed_forward, linear, relu
from tfmath.parts.masks import causal_mask
from tfmath.parts.norm import layer_norm, post_norm
from tfmath.tracing import named, scope


def encoder_layer(x, layer, mask=None, block=post_norm, activation=relu):
    """Every position looks at every other, then thinks on its own.

    Parameters
    ----------
    x : (*batch, n, d_model)
    layer : dict
        The tables of ``"self-attention"``, ``"norm 1"``, ``"feed-forward"``, ``"norm 2"``.
    mask : (*batch, n, n) of bool, optional
        ``True`` may look; usually a `padding_mask`.
    block : function
        `post_norm` as in the paper, or `pre_norm`.
    activation : function
        `relu`, `gelu` or `gelu_tanh`.

    Returns
    -------
    output : (*batch, n, d_model)

    Notes
    -----
    Section 3.1 of the paper; ``torch.nn.TransformerEncoderLayer``.
    """
    x = floats("encoder_layer", x=x)
    x = block("norm 1", x, _attend("self-attention", layer, mask), **layer["norm 1"])
    return block("norm 2", x, think(layer, activation), **layer["norm 2"])


def decoder_layer(
    x, memory, layer, mask=None, memory_mask=None, block=post_norm, activation=relu
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
    block, activation
        As for `encoder_layer`.

    Returns
    -------
    output : (*batch, n_target, d_model)
    """
    x, memory = floats("decoder_layer", x=x, memory=memory)
    x = block("norm 1", x, _attend("self-attention", layer, mask), **layer["norm 1"])
    cross = _attend("cross-attention", layer, memory_mask, memory)
    x = block("norm 2", x, cross, **layer["norm 2"])
    return block("norm 3", x, think(layer, activation), **layer["norm 3"])


def encoder(x, parameters, mask=None, block=post_norm, activation=relu):
    """The encoder's layers, one after the other, and a last norm if there is one.

    Parameters
    ----------
    x : (*batch, n, d_model)
    parameters : dict
        ``"layer 1"``, ``"layer 2"``, …, in order, and ``"norm"`` if the stack ends in one.
    mask, block, activation
        As for `encoder_layer`.
    """
    for name, layer in layers(parameters):
        with scope(name):
            x = encoder_layer(x, layer, mask, block, activation)
    return last_norm(x, parameters)


def decoder(
    x, memory, parameters, mask=None, memory_mask=None, block=post_norm, activation=relu
):
    """The decoder's layers, one after the other; arguments as for `decoder_layer`."""
    for name, layer in layers(parameters):
        with scope(name):
            x = decoder_layer(x, memory, layer, mask, memory_mask, block, activation)
    return last_norm(x, parameters)


def encode_source(parameters, source, source_mask=None, block=post_norm, activation=relu):
    """From the ids of a sentence to the encoder's output, one row a word."""
    with scope("encoder"):
        x = embed(source, parameters["embedding"])
        return encoder(x, parameters["encoder"], source_mask, block, activation)


def decode_target(
    parameters,
    target,
    memory,
    source_mask=None,
    target_mask=None,
    block=post_norm,
    activation=relu,
):
    """From the words so far, and the encoder's output, to a score for every next word."""
    mask = causal_mask(np.shape(target)[-1]) if target_mask is None else target_mask
    with scope("decoder"):
        x = embed(target, parameters["embedding"])
        x = decoder(x, memory, parameters["decoder"], mask, source_mask, block, activation)
    return named("logits", word_scores(x, parameters))


def transformer(
    parameters,
    source,
    target,
    source_mask=None,
    target_mask=None,
    block=post_norm,
    activation=relu,
):
    """The whole model: a source and the words so far in, a score for every next word out.

    Parameters
    ----------
    parameters : dict
        ``"embedding"`` (vocab_size, d_model), ``"encoder"`` and ``"decoder"`` as for
        `encoder` and `decoder`. With ``"output"``, a dict of ``W`` (d_model, vocab_size)
        and perhaps ``b``, words are scored by a table of their own; without it by the
        embedding.
    source : (*batch, n_source) of int
    target : (*batch, n_target) of int
        Begins with the id of ``<start>``.
    source_mask : (*batch, n_target or 1, n_source) of bool, optional
        ``True`` may look; see `padding_mask`.
    target_mask : (*batch, n_target, n_target) of bool, optional
        By default the `causal_mask`.
    block, activation
        As for `encoder_layer`.

    Returns
    -------
    logits : (*batch, n_target, vocab_size)
        Row i scores the word after target word i.

    Raises
    ------
    ValueError
        For an empty sentence, or an id outside the vocabulary.

    Notes
    -----
    Figure 1 of "Attention Is All You Need" [1]_, without dropout.

    References
    ----------
    .. [1] A. Vaswani et al., 2017.
    """
    memory = encode_source(parameters, source, source_mask, block, activation)
    return decode_target(
        parameters, target, memory, source_mask, target_mask, block, activation
    )


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


def _attend(name, layer, mask, memory=None):
    def sublayer(x):
        seen = x if memory is None else memory
        with scope(name):
            return multi_head_attention(x, seen, seen, **layer[name], mask=mask)

    return sublayer


def think(layer, activation):
    """The feed-forward network of a layer, as the sublayer that a block takes."""

    def sublayer(x):
        with scope("feed-forward"):
            return feed_forward(x, **layer["feed-forward"], activation=activation)

    return sublayer


def layers(parameters):
    """The layers of a stack, in order, each with its name."""
    return [(name, part) for name, part in parameters.items() if name.startswith("layer ")]


def last_norm(x, parameters):
    """The norm after the last layer, if the stack has one."""
    if "norm" not in parameters:
        return x
    with scope("norm"):
        return layer_norm(x, **parameters["norm"])
