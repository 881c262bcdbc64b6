"""States that are none of ours, and tables that PyTorch's modules cannot hold: refused."""

import numpy as np
import pytest
import torch
from tables import attention_tables, layer
from test_states import SQUARE, transformers
from torch import nn

from tfmath.errors import DtypeError, MissingError, NonFiniteError, ShapeError
from tfmath.model import packed, states, turned
from tfmath.model.packed import attention_from_state, attention_state, pack
from tfmath.model.states import (
    layer_from_state,
    layer_state,
    stack_from_state,
    transformer_from_state,
)


def state_of(**changes):
    state = {n: t.numpy() for n, t in nn.MultiheadAttention(6, 3).state_dict().items()}
    return {n: t for n, t in (state | changes).items() if t is not None}


@pytest.mark.parametrize(
    "state, n_heads, error, said",
    [
        (state_of(), 4, ShapeError, "n_heads = 4 does not divide d_model = 6"),
        (state_of(), 0, ValueError, "n_heads is 0; it must be a whole number, 1 or more"),
        (
            state_of(in_proj_weight=np.ones((12, 6))), 3, ShapeError,
            r"in_proj_weight \(12, 6\) must be \(3 · d_model, d_model\)",
        ),
        (
            state_of(in_proj_bias=np.ones(6)), 3, ShapeError,
            r"in_proj_bias \(6,\) must be \(18,\)",
        ),
        (
            state_of(**{"out_proj.weight": np.ones((6, 4))}), 3, ShapeError,
            r"out_proj: weight \(6, 4\) must be \(6, 6\)",
        ),
        (
            state_of(**{"out_proj.weight": None}), 3, MissingError,
            "attention_from_state, out_proj: the state has no 'weight'",
        ),
        (
            state_of(in_proj_weight=None), 3, MissingError,
            "the state has no 'q_proj_weight'",
        ),
        (state_of(bias_k=np.ones(6)), 3, ValueError, "holds 'bias_k', which has no place"),
        (
            state_of(in_proj_bias=np.full(18, np.nan)), 3, NonFiniteError,
            r"in_proj_bias holds nan at \(0,\)",
        ),
        (
            nn.MultiheadAttention(6, 3).bfloat16().state_dict(), 3, DtypeError,
            "in_proj_weight holds torch.bfloat16 numbers; use float32 or float64",
        ),
        (
            nn.MultiheadAttention(6, 3).half().state_dict(), 3, DtypeError,
            "in_proj_weight holds float16 numbers",
        ),
    ],
)  # fmt: skip
def test_a_state_that_does_not_fit_is_refused(state, n_heads, error, said):
    with pytest.raises(error, match=said) as caught:
        attention_from_state(state, n_heads)
    assert str(caught.value).startswith("attention_from_state")


def layer_without(*names, **more):
    state = nn.TransformerEncoderLayer(6, 3, 7).state_dict()
    return {n: t for n, t in state.items() if n not in names} | more


@pytest.mark.parametrize(
    "state, said",
    [
        (layer_without("norm2.weight", "norm2.bias"), r"the state has no 'norm2\.…'"),
        (layer_without("norm2.weight"), "norm2: the state has no 'weight'"),
        (layer_without(head=torch.ones(2)), "holds 'head', which .*; known parts are"),
        (
            layer_without(**{"linear1.weight": torch.ones(7, 5)}),
            r"linear1\.weight \(7, 5\) must be \(7, 6\)",
        ),
        (
            layer_without(**{"norm1.weight": torch.ones(5), "norm1.bias": torch.ones(5)}),
            r"norm1\.weight \(5,\) must be \(6,\)",
        ),
        (
            {f"layers.0.{name}": table for name, table in layer_without().items()},
            "holds 'layers.0.self_attn.in_proj_weight', which has no place here",
        ),
    ],
)  # fmt: skip
def test_a_layers_state_that_does_not_fit_is_refused(state, said):
    with pytest.raises((MissingError, ValueError), match=said) as caught:
        layer_from_state(state, 3)
    assert str(caught.value).startswith("layer_from_state")


def test_a_stack_without_layers_or_with_a_gap_is_refused():
    with pytest.raises(MissingError, match=r"has no 'layers\.0\.…'"):
        stack_from_state(nn.LayerNorm(3).state_dict(), 3)
    state = transformers().encoder.state_dict()
    gap = {name: table for name, table in state.items() if ".1." not in name}
    with pytest.raises(MissingError, match=r"stack_from_state: .* 'layers\.1\.…'"):
        stack_from_state(gap, 3)
    with pytest.raises(MissingError, match=r"transformer_from_state: .* 'decoder\.…'"):
        transformer_from_state(
            {f"encoder.{name}": table for name, table in state.items()}, 3
        )


def test_tables_that_pytorchs_modules_cannot_hold_are_refused():
    tables = attention_tables()  # d_k 3, d_v 4
    with pytest.raises(ShapeError, match=r"d_model / n_heads\.\n  W_Q \(2, 5, 3\)"):
        attention_state(**tables)
    square = attention_tables(**SQUARE)
    with pytest.raises(ShapeError, match=r"W_O \(6, 5\) must be \(6, 6\)"):
        attention_state(**square | {"W_O": np.ones((6, 5))})
    with pytest.raises(ShapeError, match=r"b_Q \(6,\) must be \(2, 3\)"):
        attention_state(**square | {"b_Q": np.ones(6)})
    with pytest.raises(ShapeError, match=r"must be \(n_heads, d_model, width\)"):
        attention_state(**square | {"W_Q": np.ones((6, 6))})
    with pytest.raises(ShapeError, match="pack: keys or values of another width"):
        pack(square["W_Q"], np.ones((2, 5, 3)), square["W_V"])
    with pytest.raises(MissingError, match="no 'norm 3'"):
        layer_state({n: t for n, t in layer(**SQUARE).items() if n != "norm 3"})


@pytest.mark.parametrize("bad", [None, "text", [], np.ones(2)], ids=repr)
def test_what_is_no_state_is_said_to_be_none(bad):
    undo = [
        turned.linear_from_state,
        turned.norm_from_state,
        lambda state: packed.attention_from_state(state, 2),
        lambda state: states.layer_from_state(state, 2),
        lambda state: states.stack_from_state(state, 2),
        lambda state: states.transformer_from_state(state, 2),
    ]
    for function in undo:
        with pytest.raises(TypeError, match=r"_from_state: state is .* state_dict\(\)"):
            function(bad)
    with pytest.raises(TypeError, match="layer_state: layer is"):
        layer_state(bad)


@pytest.mark.parametrize("join", [None, "cat", np.ones(2)], ids=repr)
def test_what_joins_no_tables_is_named(join):
    square, both = attention_tables(**SQUARE), {"encoder": {"layer 1": layer(**SQUARE)}}
    turn = [
        lambda: pack(square["W_Q"], square["W_K"], square["W_V"], join=join),
        lambda: attention_state(**square, join=join),
        lambda: layer_state(both["encoder"]["layer 1"], join),
        lambda: states.stack_state(both["encoder"], join),
    ]
    for call in turn:
        with pytest.raises(TypeError, match="join is .*; it must be a function, such as"):
            call()
