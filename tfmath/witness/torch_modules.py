"""PyTorch's own modules with our tables in them.

How PyTorch names and turns a table is said once, in `tfmath.model.states`. Here the states
are made of tensors, and autograd follows: a gradient by PyTorch's parameters arrives at our
own tables and needs no turning back.
"""

from functools import partial

import numpy as np
import torch
from torch import nn

from tfmath.model import packed, states
from tfmath.model.parameters import flatten, unflatten
from tfmath.witness.torch_functions import EPSILON, embedded, inside, unseen, word_scores

attention_state = partial(packed.attention_state, join=torch.cat)
layer_state = partial(states.layer_state, join=torch.cat)
stack_state = partial(states.stack_state, join=torch.cat)
transformer_state = partial(states.transformer_state, join=torch.cat)


def as_tensors(parameters, requires_grad=False):
    """The same dict of dicts, with PyTorch's copies of the tables."""
    return unflatten(
        {
            name: torch.tensor(np.asarray(table), requires_grad=requires_grad)
            for name, table in flatten(parameters).items()
        }
    )


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
