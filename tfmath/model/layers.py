"""The layers of the encoder and of the decoder, and stacks of them."""

from tfmath.arguments import callable_
from tfmath.attention.dot_product import attend
from tfmath.errors import floats
from tfmath.model.stacks import (
    DECODER_LAYER,
    ENCODER_LAYER,
    LOOKS,
    check_layer,
    layers,
    only,
)
from tfmath.model.sublayers import in_block, last_norm, looking, think
from tfmath.parts.feed_forward import relu
from tfmath.parts.norm import layer_norm, post_norm
from tfmath.tracing import scope


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

    Examples
    --------
    Blocks without a norm. Looking adds the mean of 1 and 3; thinking doubles:

    >>> zero, one = [[[0.0]]], [[[1.0]]]
    >>> look = {"W_Q": zero, "W_K": zero, "W_V": one, "W_O": [[1.0]]}
    >>> think = {"W_1": [[1.0]], "b_1": [0.0], "W_2": [[1.0]], "b_2": [0.0]}
    >>> layer = {"self-attention": look, "norm 1": {}, "feed-forward": think, "norm 2": {}}
    >>> block = lambda where, x, sublayer: x + sublayer(x)
    >>> encoder_layer([[1.0], [3.0]], layer, block=block).tolist()
    [[6.0], [10.0]]
    """
    x = floats("encoder_layer", x=x)
    check_layer("encoder_layer", layer, ENCODER_LAYER)
    callable_("encoder_layer", "block", block, "such as post_norm")
    looks = looking("self-attention", layer, mask, attention)
    x = in_block(block, "norm 1", x, looks, layer)
    return in_block(block, "norm 2", x, think(layer, activation), layer)


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

    Steps
    -----
    self-attention / …, norm 1 / …, cross-attention / …, norm 2 / …, …, norm 3 / …
        As in an `encoder_layer`.

    Examples
    --------
    Blocks without a norm. A word adds itself, then the source, 10; thinking doubles:

    >>> zero, one = [[[0.0]]], [[[1.0]]]
    >>> look = {"W_Q": zero, "W_K": zero, "W_V": one, "W_O": [[1.0]]}
    >>> think = {"W_1": [[1.0]], "b_1": [0.0], "W_2": [[1.0]], "b_2": [0.0]}
    >>> layer = {"self-attention": look, "cross-attention": look, "feed-forward": think}
    >>> layer |= {"norm 1": {}, "norm 2": {}, "norm 3": {}}
    >>> block = lambda where, x, sublayer: x + sublayer(x)
    >>> decoder_layer([[1.0]], [[10.0]], layer, block=block).tolist()
    [[24.0]]
    """
    x, memory = floats("decoder_layer", x=x, memory=memory)
    check_layer("decoder_layer", layer, DECODER_LAYER)
    callable_("decoder_layer", "block", block, "such as post_norm")
    looks_back = looking("self-attention", layer, mask, attention)
    looks_over = looking("cross-attention", layer, memory_mask, cross_attention, memory)
    return decoder_blocks(x, layer, looks_back, looks_over, block, activation)


def decoder_blocks(x, layer, looks_back, looks_over, block=post_norm, activation=relu):
    """The three blocks of a decoder layer around two sublayers that look.

    Parameters
    ----------
    x : (*batch, n_target, d_model)
    layer : dict
        ``"norm 1"``, ``"norm 2"``, ``"norm 3"`` and ``"feed-forward"``.
    looks_back, looks_over : function
        At the words so far, and at the source: ``x -> rows like those of x``.
    block, activation
        As for `encoder_layer`.

    Returns
    -------
    output : (*batch, n_target, d_model)

    Examples
    --------
    Looking back adds as much again, looking over 10, thinking as much again:

    >>> import numpy as np
    >>> tables = {"W_1": [[1.0]], "b_1": [0.0], "W_2": [[1.0]], "b_2": [0.0]}
    >>> layer = {"norm 1": {}, "norm 2": {}, "norm 3": {}, "feed-forward": tables}
    >>> block = lambda where, x, sublayer: x + sublayer(x)
    >>> decoder_blocks(np.array([[1.0]]), layer, lambda x: x, lambda x: 10.0, block)
    array([[24.]])
    """
    x = in_block(block, "norm 1", x, looks_back, layer)
    x = in_block(block, "norm 2", x, looks_over, layer)
    return in_block(block, "norm 3", x, think(layer, activation), layer)


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

    Steps
    -----
    layer 1 / …, layer 2 / …, norm / …
        What `encoder_layer` and `norm` record.

    Examples
    --------
    The toy model has one layer. A row for each word goes in, a row for each comes out:

    >>> from tfmath import toy
    >>> rows = toy.load()["embedding"][[3, 4, 5]]
    >>> rows.shape, encoder(rows, toy.load()["encoder"]).shape
    ((3, 5), (3, 5))
    """
    only("encoder", "the encoder", variant, "variants", (*LOOKS, "norm"))
    for name, layer in layers(parameters, "encoder"):
        with scope(name):
            x = encoder_layer(x, layer, mask, **variant)
    return last_norm(x, parameters, norm)


def decoder(x, memory, parameters, mask=None, memory_mask=None, norm=layer_norm, **variant):
    """The decoder's layers, one after the other, and a last norm if there is one.

    Parameters
    ----------
    x, memory
        As for `decoder_layer`.
    parameters, mask, memory_mask, norm
        As for `encoder`; the masks as for `decoder_layer`.
    **variant
        ``block``, ``activation``, ``attention`` and ``cross_attention``, as for
        `decoder_layer`.

    Returns
    -------
    output : (*batch, n_target, d_model)

    Steps
    -----
    layer 1 / …, layer 2 / …, norm / …
        What `decoder_layer` and `norm` record.

    Examples
    --------
    Two words so far, three of the source; a row for each of the two comes out:

    >>> from tfmath import toy
    >>> memory, x = toy.load()["embedding"][[3, 4, 5]], toy.load()["embedding"][[1, 3]]
    >>> decoder(x, memory, toy.load()["decoder"]).shape
    (2, 5)
    """
    known = (*LOOKS, "norm", "cross_attention")
    only("decoder", "the decoder", variant, "variants", known)
    for name, layer in layers(parameters, "decoder"):
        with scope(name):
            x = decoder_layer(x, memory, layer, mask, memory_mask, **variant)
    return last_norm(x, parameters, norm)
