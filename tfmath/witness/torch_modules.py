"""PyTorch's own modules with our tables in them: the one place where tables are transposed.

``nn.Linear`` keeps its table the other way round and computes ``x @ weight.T``.
``nn.MultiheadAttention`` moreover lays the heads side by side in one wide table, and query,
key and value under one another, so it can only be built where ``d_k = d_v = d_model /
n_heads``. The functions named ``…_state`` say so once, for every layer, as dicts from
PyTorch's names to tensors made of ours. Autograd follows them, so a gradient by PyTorch's
parameters arrives at our own tables and needs no second transposing back.
"""

import numpy as np
import torch
from torch import nn

from tfmath.errors import ShapeError
from tfmath.model.parameters import flatten, unflatten
from tfmath.witness.torch_functions import EPSILON, embedded, inside, unseen, word_scores

ATTENTIONS = {"self-attention": "self_attn", "cross-attention": "multihead_attn"}
NORMS = {"norm 1": "norm1", "norm 2": "norm2", "norm 3": "norm3"}


def as_tensors(parameters, requires_grad=False):
    """The same dict of dicts, with PyTorch's copies of the tables."""
    return unflatten(
        {
            name: torch.tensor(np.asarray(table), requires_grad=requires_grad)
            for name, table in flatten(parameters).items()
        }
    )


# What PyTorch calls our tables, and how it lays them out ---------------------------------


def attention_state(W_Q, W_K, W_V, W_O, b_Q=None, b_K=None, b_V=None, b_O=None):
    """The parameters of an ``nn.MultiheadAttention``.

    Raises
    ------
    ShapeError
        If ``d_k = d_v = d_model / n_heads`` does not hold.
    """
    n_heads, d_model, d_k = W_Q.shape
    if not n_heads * d_k == n_heads * W_V.shape[-1] == d_model:
        raise ShapeError(
            "nn.MultiheadAttention: d_k and d_v must be d_model / n_heads.\n"
            f"  W_Q {tuple(W_Q.shape)}\n  W_V {tuple(W_V.shape)}"
        )
    wide = [W.swapaxes(-1, -2).reshape(-1, d_model) for W in (W_Q, W_K, W_V)]
    nothing = torch.zeros_like(W_Q[:, 0])
    biases = [(nothing if b is None else b).reshape(-1) for b in (b_Q, b_K, b_V)]
    return {
        "in_proj_weight": torch.cat(wide),
        "in_proj_bias": torch.cat(biases),
        "out_proj.weight": W_O.T,
        "out_proj.bias": torch.zeros_like(W_O[0]) if b_O is None else b_O,
    }


def norm_state(gain, bias):
    """The parameters of an ``nn.LayerNorm``."""
    return {"weight": gain, "bias": bias}


def layer_state(layer):
    """The parameters of ``nn.TransformerEncoderLayer``, or of ``…DecoderLayer``."""
    ff = layer["feed-forward"]
    state = {"linear1.weight": ff["W_1"].T, "linear1.bias": ff["b_1"]}
    state |= {"linear2.weight": ff["W_2"].T, "linear2.bias": ff["b_2"]}
    for ours, name in ATTENTIONS.items():
        state |= _inside(name, attention_state(**layer[ours])) if ours in layer else {}
    for ours, name in NORMS.items():
        state |= _inside(name, norm_state(**layer[ours])) if ours in layer else {}
    return state


def stack_state(stack):
    """The parameters of an ``nn.TransformerEncoder`` or ``nn.TransformerDecoder``."""
    state, layers = {}, [name for name in stack if name.startswith("layer ")]
    for i, name in enumerate(layers):
        state |= _inside(f"layers.{i}", layer_state(stack[name]))
    return state | (_inside("norm", norm_state(**stack["norm"])) if "norm" in stack else {})


def transformer_state(parameters):
    """The parameters of an ``nn.Transformer``: its two stacks, without the embedding."""
    encoder = _inside("encoder", stack_state(parameters["encoder"]))
    return encoder | _inside("decoder", stack_state(parameters["decoder"]))


def _inside(where, state):
    return {f"{where}.{name}": tensor for name, tensor in state.items()}


# The modules -----------------------------------------------------------------------------


def attention_module(tables):
    """An ``nn.MultiheadAttention`` that computes `multi_head_attention` with our tables."""
    tables = as_tensors(tables)
    state = attention_state(**tables)
    n_heads, d_model, _ = tables["W_Q"].shape
    module = nn.MultiheadAttention(
        d_model, n_heads, batch_first=True, dtype=tables["W_Q"].dtype
    )
    return _filled(module, state)


def encoder_layer_module(layer, norm_first=False, activation="relu"):
    """An ``nn.TransformerEncoderLayer`` that computes `encoder_layer` with our tables.

    Parameters
    ----------
    layer : dict
        As for `encoder_layer`.
    norm_first : bool
        True for `pre_norm`.
    activation : {"relu", "gelu"} or function on tensors
    """
    layer = as_tensors(layer)
    module = nn.TransformerEncoderLayer(**_options(layer, norm_first, activation))
    return _filled(module, layer_state(layer))


def decoder_layer_module(layer, norm_first=False, activation="relu"):
    """An ``nn.TransformerDecoderLayer``; arguments as for `encoder_layer_module`."""
    layer = as_tensors(layer)
    module = nn.TransformerDecoderLayer(**_options(layer, norm_first, activation))
    return _filled(module, layer_state(layer))


def transformer_module(parameters, norm_first=False, activation="relu"):
    """An ``nn.Transformer`` with our two stacks, with a last norm where they have one."""
    parameters = as_tensors(parameters)
    options = _options(parameters["encoder"]["layer 1"], norm_first, activation)
    encoder, decoder = parameters["encoder"], parameters["decoder"]
    module = nn.Transformer(
        options["d_model"],
        options["nhead"],
        batch_first=True,
        custom_encoder=nn.TransformerEncoder(
            nn.TransformerEncoderLayer(**options),
            _n_layers(encoder),
            _last_norm(encoder),
            enable_nested_tensor=False,
        ),
        custom_decoder=nn.TransformerDecoder(
            nn.TransformerDecoderLayer(**options), _n_layers(decoder), _last_norm(decoder)
        ),
    )
    return _filled(module, transformer_state(parameters))


def transformer_logits(
    tensors,
    source,
    target,
    source_mask=None,
    norm_first=False,
    activation="relu",
    see=unseen,
):
    """What `transformer` computes, by ``nn.Transformer`` and ``nn.functional.embedding``.

    Parameters
    ----------
    tensors : dict
        From `as_tensors`; with ``requires_grad``, gradients arrive there.
    source, target : (n_sentences, n) of int
    source_mask : (n_sentences, 1, n_source) of bool, optional
        From `padding_mask`: ``True`` may look, which is turned around for PyTorch.
    norm_first, activation
        As for `encoder_layer_module`.
    see : function
        ``see(name, tensor) -> tensor``, called with the steps around ``nn.Transformer``.

    Returns
    -------
    logits : tensor, (n_sentences, n_target, vocab_size)
    """
    hides = None if source_mask is None else torch.tensor(~source_mask[:, 0])
    n_target = np.shape(target)[-1]
    inputs = (
        embedded(source, tensors, inside(see, "encoder")),
        embedded(target, tensors, inside(see, "decoder")),
    )
    output = torch.func.functional_call(
        transformer_module(_plain(tensors), norm_first, activation),
        transformer_state(tensors),
        inputs,
        {
            "tgt_mask": torch.ones(n_target, n_target, dtype=bool).triu(1),
            "src_key_padding_mask": hides,
            "memory_key_padding_mask": hides,
        },
    )
    return see("logits", word_scores(output, tensors))


def _options(layer, norm_first, activation):
    n_heads, d_model, _ = layer["self-attention"]["W_Q"].shape
    return {
        "d_model": d_model,
        "nhead": n_heads,
        "dim_feedforward": layer["feed-forward"]["W_1"].shape[-1],
        "dropout": 0.0,
        "activation": activation,
        "layer_norm_eps": EPSILON,
        "batch_first": True,
        "norm_first": norm_first,
        "dtype": layer["self-attention"]["W_Q"].dtype,
    }


def _n_layers(stack):
    return sum(name.startswith("layer ") for name in stack)


def _last_norm(stack):
    if "norm" not in stack:
        return None
    gain = stack["norm"]["gain"]
    return nn.LayerNorm(len(gain), eps=EPSILON, dtype=gain.dtype)


def _plain(tensors):
    return unflatten({name: t.detach() for name, t in flatten(tensors).items()})


def _filled(module, state):
    module.load_state_dict(state)
    return module
