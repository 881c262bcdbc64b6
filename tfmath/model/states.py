"""PyTorch's names for layers, stacks and the whole Transformer, there and back.

A ``state_dict()`` names every parameter of a module. Here our dicts of tables become such
states, and states our dicts, for ``nn.TransformerEncoderLayer`` and ``…DecoderLayer``,
``nn.TransformerEncoder`` and ``…Decoder``, and ``nn.Transformer``. What no state says: how
many heads there are, which activation is used, and whether the norms stand in front.
"""

import re

import numpy as np

from tfmath.arguments import instance
from tfmath.errors import MissingError, ShapeError, part
from tfmath.model.packed import attention_from_state, attention_state
from tfmath.model.stacks import layers
from tfmath.model.turned import (
    linear_from_state,
    linear_state,
    norm_from_state,
    norm_state,
)

ATTENTIONS = {"self-attention": "self_attn", "cross-attention": "multihead_attn"}
NORMS = {"norm 1": "norm1", "norm 2": "norm2", "norm 3": "norm3"}
LINEARS = {"1": "linear1", "2": "linear2"}


def layer_state(layer, join=np.concatenate):
    """Name and lay out a layer as ``nn.TransformerEncoderLayer`` or ``…DecoderLayer``.

    Parameters
    ----------
    layer : dict
        As for `encoder_layer`, or with a cross-attention as for `decoder_layer`.
    join : function
        How arrays are put under one another: ``torch.cat`` for tensors.

    Returns
    -------
    state : dict
        Made into tensors, it is what ``load_state_dict`` takes. A bias that `layer` has not
        becomes zeros; a module made with ``bias=False`` has none.

    Raises
    ------
    ShapeError
        If ``d_k = d_v = d_model / n_heads`` does not hold.

    Examples
    --------
    A first table of the feed-forward network, 4 × 7 with us, is turned:

    >>> from tfmath.model.parameters import shapes, starting_values
    >>> sizes = shapes(9, d_model=4, n_heads=2, d_k=2, d_v=2, d_ff=7)
    >>> model = starting_values(np.random.default_rng(0), sizes)
    >>> layer_state(model["encoder"]["layer 1"])["linear1.weight"].shape
    (7, 4)
    """
    instance("layer_state", "layer", layer, dict, "a layer's dict of tables")
    looks, norms = _names("cross-attention" in layer)
    tables = {n: part("layer_state", layer, n) for n in (*looks, "feed-forward", *norms)}
    ff, state = tables["feed-forward"], {}
    for name, theirs in looks.items():
        state |= _inside(theirs, attention_state(**tables[name], join=join))
    for i, theirs in LINEARS.items():
        where, b = f"layer_state, {theirs}", ff.get(f"b_{i}")
        state |= _inside(theirs, linear_state(part(where, ff, f"W_{i}"), b, where))
    for name, theirs in norms.items():
        state |= _inside(theirs, norm_state(**tables[name]))
    return state


def layer_from_state(state, n_heads, where="layer_from_state"):
    """Undo `layer_state`.

    Parameters
    ----------
    state : dict
        The ``state_dict()`` of an ``nn.TransformerEncoderLayer`` or ``…DecoderLayer``.
    n_heads : int
        The module's ``nhead``; the state does not say it.
    where : str
        How messages begin.

    Returns
    -------
    layer : dict
        As for `encoder_layer` and `decoder_layer`. What was made with ``norm_first=True``
        or ``activation="gelu"`` needs ``block=pre_norm`` or ``activation=gelu`` there.

    Raises
    ------
    MissingError, ValueError
        If a table is not there, or one that we have no place for is.
    ShapeError
        If `n_heads` does not divide d_model, or a table is of another shape.

    Examples
    --------
    >>> from tfmath.model.parameters import shapes, starting_values
    >>> sizes = shapes(9, d_model=4, n_heads=2, d_k=2, d_v=2, d_ff=7)
    >>> layer = starting_values(np.random.default_rng(0), sizes)["encoder"]["layer 1"]
    >>> again = layer_from_state(layer_state(layer), n_heads=2)
    >>> bool((again["self-attention"]["W_Q"] == layer["self-attention"]["W_Q"]).all())
    True
    """
    instance(where, "state", state, dict, "a module's state_dict()")
    looks, norms = _names(any(name.startswith("multihead_attn.") for name in state))
    parts = _parts(where, state, *looks.values(), *LINEARS.values(), *norms.values())
    layer = {"feed-forward": {}}
    for name, theirs in looks.items():
        layer[name] = attention_from_state(parts[theirs], n_heads, f"{where}, {theirs}")
    for i, theirs in LINEARS.items():
        tables = linear_from_state(parts[theirs], f"{where}, {theirs}")
        tables.setdefault("b", np.zeros_like(tables["W"][0]))  # `feed_forward` adds one
        layer["feed-forward"] |= {f"{name}_{i}": table for name, table in tables.items()}
    for name, theirs in norms.items():
        layer[name] = norm_from_state(parts[theirs], f"{where}, {theirs}")
    _check_widths(where, layer)
    return layer


def stack_state(stack, join=np.concatenate):
    """Name and lay out ``nn.TransformerEncoder``'s layers, or ``nn.TransformerDecoder``'s.

    Parameters
    ----------
    stack : dict
        As for `encoder` or `decoder`: "layer 1", "layer 2", … and perhaps "norm".
    join
        As for `layer_state`.

    Returns
    -------
    state : dict

    Examples
    --------
    PyTorch counts its layers from 0:

    >>> from tfmath.model.parameters import shapes, starting_values
    >>> sizes = shapes(9, d_model=4, n_heads=2, d_k=2, d_v=2, d_ff=7)
    >>> model = starting_values(np.random.default_rng(0), sizes)
    >>> [*stack_state(model["encoder"])][0]
    'layers.0.self_attn.in_proj_weight'
    """
    instance("stack_state", "stack", stack, dict, "a dict of layers")
    state = {}
    for i, (_, layer) in enumerate(layers(stack, "stack_state")):
        state |= _inside(f"layers.{i}", layer_state(layer, join))
    if "norm" not in stack:
        return state
    return state | _inside("norm", norm_state(**stack["norm"]))


def stack_from_state(state, n_heads, where="stack_from_state"):
    """Undo `stack_state`. Arguments as for `layer_from_state`.

    Returns
    -------
    stack : dict
        As for `encoder` or `decoder`.

    Examples
    --------
    >>> from tfmath.model.parameters import shapes, starting_values
    >>> sizes = shapes(9, d_model=4, n_heads=2, d_k=2, d_v=2, d_ff=7, n_layers=2)
    >>> stack = starting_values(np.random.default_rng(0), sizes)["decoder"]
    >>> [*stack_from_state(stack_state(stack), n_heads=2)]
    ['layer 1', 'layer 2']
    """
    instance(where, "state", state, dict, "a module's state_dict()")
    numbers = [re.match(r"layers\.(\d+)\.", name) for name in state]
    count = 1 + max((int(found[1]) for found in numbers if found), default=-1)
    if not count:
        raise MissingError(f"{where}: the state has no 'layers.0.…'; is it a stack's?")
    norm = ["norm"] if any(name.startswith("norm.") for name in state) else []
    names = {f"layers.{i}": f"layer {i + 1}" for i in range(count)}
    parts, stack = _parts(where, state, *names, *norm), {}
    for theirs, name in names.items():
        stack[name] = layer_from_state(parts[theirs], n_heads, f"{where}, {theirs}")
    return stack | {n: norm_from_state(parts[n], f"{where}, {n}") for n in norm}


def transformer_state(parameters, join=np.concatenate):
    """Name and lay out a model as an ``nn.Transformer``: its two stacks, and no words.

    Parameters
    ----------
    parameters : dict
        As for `transformer`; the tables of words are no part of PyTorch's module.
    join
        As for `layer_state`.

    Returns
    -------
    state : dict

    Examples
    --------
    >>> from tfmath.model.parameters import shapes, starting_values
    >>> sizes = shapes(9, d_model=4, n_heads=2, d_k=2, d_v=2, d_ff=7)
    >>> model = starting_values(np.random.default_rng(0), sizes)
    >>> transformer_state(model)["decoder.layers.0.multihead_attn.in_proj_weight"].shape
    (12, 4)
    """
    state = {}
    for name in ("encoder", "decoder"):
        stack = part("transformer_state", parameters, name)
        state |= _inside(name, stack_state(stack, join))
    return state


def transformer_from_state(state, n_heads, where="transformer_from_state"):
    """Undo `transformer_state`. Arguments as for `layer_from_state`.

    Returns
    -------
    parameters : dict
        ``"encoder"`` and ``"decoder"``, as for `transformer`, which needs a table
        ``"embedding"`` besides.

    Examples
    --------
    >>> from tfmath.model.parameters import shapes, starting_values
    >>> sizes = shapes(9, d_model=4, n_heads=2, d_k=2, d_v=2, d_ff=7)
    >>> model = starting_values(np.random.default_rng(0), sizes)
    >>> [*transformer_from_state(transformer_state(model), n_heads=2)]
    ['encoder', 'decoder']
    """
    parts = _parts(where, state, "encoder", "decoder")
    return {
        name: stack_from_state(stack, n_heads, f"{where}, {name}")
        for name, stack in parts.items()
    }


# A part's names within the whole, and the parts that there are ----------------------------


def _inside(where, state):
    return {f"{where}.{name}": table for name, table in state.items()}


def _names(is_decoder):
    """The attentions and the norms of a layer: our names, and PyTorch's."""
    count = 2 if is_decoder else 1
    return dict([*ATTENTIONS.items()][:count]), dict([*NORMS.items()][: count + 1])


def _parts(where, state, *names):
    """The state of each part, by its name; none may be empty, and nothing left over."""
    instance(where, "state", state, dict, "a module's state_dict()")
    parts = {name: {} for name in names}
    for full, table in state.items():
        at = next((name for name in names if full.startswith(f"{name}.")), None)
        if at is None:
            raise ValueError(
                f"{where}: the state holds {full!r}, which has no place here; known parts "
                f"are {', '.join(names)}."
            )
        parts[at][full.removeprefix(f"{at}.")] = table
    for name, inner in parts.items():
        if not inner:
            raise MissingError(f"{where}: the state has no {f'{name}.…'!r}.")
    return parts


def _check_widths(where, layer):
    """Raise unless all parts of a layer are of one d_model, and of one d_ff."""
    W_1, W_2 = layer["feed-forward"]["W_1"], layer["feed-forward"]["W_2"]
    d_model, d_ff = layer["self-attention"]["W_Q"].shape[1], W_1.shape[1]
    sizes = {"linear1.weight": (W_1.shape[::-1], (d_ff, d_model))}
    sizes["linear2.weight"] = (W_2.shape[::-1], (d_model, d_ff))
    for name, theirs in NORMS.items():
        if name in layer:
            sizes[f"{theirs}.weight"] = (layer[name]["gain"].shape, (d_model,))
    for name, (size, wanted) in sizes.items():
        if size != wanted:
            raise ShapeError(f"{where}: {name} {size} must be {wanted}, as the others are.")
