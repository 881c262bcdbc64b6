"""The layers of the encoder and of the decoder, and stacks of them."""

import re

from tfmath.arguments import callable_, instance
from tfmath.attention.dot_product import attend
from tfmath.attention.heads import multi_head_attention
from tfmath.errors import floats, part
from tfmath.parts.feed_forward import feed_forward, relu
from tfmath.parts.norm import layer_norm, post_norm
from tfmath.tracing import scope

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
    check_parts("encoder_layer", layer, *LAYER)
    callable_("encoder_layer", "block", block, "such as post_norm")
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
    callable_("decoder_layer", "block", block, "such as post_norm")
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


def layers(parameters, where="transformer"):
    """The layers of a stack, each with its name, in the order of their numbers.

    Raises
    ------
    ValueError
        If there is none, a name is no "layer" and a number, or a number is left out.
    """
    instance(where, "parameters", parameters, dict, "a dict of layers, 'layer 1', …")
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
    callable_("last norm", "norm", norm, "such as layer_norm")
    if "norm" not in parameters:
        return x
    with scope("norm"):
        return norm(x, **parameters["norm"])


def check_decoder_layer(where, layer):
    """Raise, naming it, if a part of a decoder layer is missing."""
    check_parts(where, layer, *LAYER, "cross-attention", "norm 3")


def check_parts(where, parameters, *names):
    for name in names:
        part(where, parameters, name)
