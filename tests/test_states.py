"""PyTorch's parameters there and back: bit for bit, and the same function on both sides."""

import numpy as np
import pytest
import torch
from tables import assert_close, attention_tables, draw, filled
from torch import nn

from tfmath import (
    causal_mask,
    decoder_layer,
    encoder_layer,
    gelu,
    layer_norm,
    linear,
    multi_head_attention,
    pre_norm,
    relu,
    transformer,
)
from tfmath.model.layers import decoder, encoder
from tfmath.model.packed import attention_from_state, attention_state, pack, unpack
from tfmath.model.parameters import flatten, shapes
from tfmath.model.states import (
    layer_from_state,
    layer_state,
    stack_from_state,
    stack_state,
    transformer_from_state,
    transformer_state,
)
from tfmath.model.turned import (
    linear_from_state,
    linear_state,
    norm_from_state,
    norm_state,
)

D_MODEL, N_HEADS, WIDTH, D_FF, KDIM, VDIM = 6, 2, 3, 7, 5, 4
SQUARE = {"d_model": D_MODEL, "n_heads": N_HEADS, "d_k": WIDTH, "d_v": WIDTH, "d_ff": D_FF}


def shaken(module):
    """A module of random numbers everywhere: also its biases and gains."""
    torch.manual_seed(1)
    for parameter in module.parameters():
        nn.init.normal_(parameter, std=0.7)
    return module.double().eval()


def rows(n, width, seed=0):
    return draw(np.random.default_rng(seed), 2, n, width)


def tensors(*arrays):
    return [torch.tensor(array) for array in arrays]


def assert_same_state(found, state):
    assert set(found) == set(state)
    for name, table in state.items():
        np.testing.assert_array_equal(found[name], table.numpy(), err_msg=name)


def with_biases(state, wanted):
    """A state, or what a module made with ``bias=False`` has of it."""
    biases = {name: table for name, table in state.items() if name.endswith("bias")}
    assert wanted or not any(table.any() for table in biases.values())
    return state if wanted else {n: t for n, t in state.items() if n not in biases}


def assert_same_tables(found, tables):
    found, tables = flatten(found), flatten(tables)
    assert set(found) == set(tables)
    for name, table in tables.items():
        np.testing.assert_array_equal(found[name], table, err_msg=name)


# Attention


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("widths", [{}, {"kdim": KDIM}, {"kdim": KDIM, "vdim": VDIM}])
def test_an_attention_of_pytorchs_is_ours(widths, bias):
    module = nn.MultiheadAttention(D_MODEL, N_HEADS, bias=bias, batch_first=True, **widths)
    state = shaken(module).state_dict()
    tables = attention_from_state(state, N_HEADS)
    assert tables["W_K"].shape == (N_HEADS, widths.get("kdim", D_MODEL), WIDTH)
    assert ("b_Q" in tables) == ("b_O" in tables) == bias
    query, key, value = (
        rows(n, width, seed)
        for seed, (n, width) in enumerate(
            [
                (4, D_MODEL),
                (5, widths.get("kdim", D_MODEL)),
                (5, widths.get("vdim", D_MODEL)),
            ]
        )
    )
    ours = multi_head_attention(query, key, value, **tables)
    assert_close(ours, module(*tensors(query, key, value))[0], "output")
    assert_same_state(with_biases(attention_state(**tables), bias), state)


def test_packed_tables_unpacked_are_bit_for_bit_the_same():
    tables = attention_tables(**SQUARE)
    ours = {name: t for name, t in tables.items() if not name.endswith("_O")}
    assert_same_tables(unpack(*pack(**ours), N_HEADS), ours)
    without = {name: t for name, t in ours.items() if name[0] == "W"}
    weight, bias = pack(**without)
    assert weight.shape == (18, 6) and bias.tolist() == [0.0] * 18
    assert_same_tables(unpack(weight, None, N_HEADS), without)


def test_the_heads_stand_where_pytorch_looks_for_them():
    """Row 2 · 6 + 1 · 3 + 1 of the wide table makes head 2's second number of a value."""
    tables = attention_tables(**SQUARE)
    weight, bias = pack(*(tables[f"{x}_{y}"] for x in "Wb" for y in "QKV"))
    np.testing.assert_array_equal(weight[16], tables["W_V"][1][:, 1])
    assert bias[16] == tables["b_V"][1, 1]


# Linear maps and norms


@pytest.mark.parametrize("bias", [True, False])
def test_linear_maps_and_norms(bias):
    module, x = shaken(nn.Linear(5, 3, bias=bias)), rows(4, 5)
    tables = linear_from_state(module.state_dict())
    assert_close(linear(x, **tables), module(*tensors(x)), "linear")
    assert_same_state(with_biases(linear_state(**tables), bias), module.state_dict())
    module = shaken(nn.LayerNorm(5, bias=bias))
    tables = norm_from_state(module.state_dict())
    assert_close(layer_norm(x, **tables), module(*tensors(x)), "norm")
    assert_same_state(with_biases(norm_state(**tables), bias), module.state_dict())


# Layers, stacks, the whole


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("norm_first", [True, False])
@pytest.mark.parametrize("activation", [relu, gelu])
def test_layers_of_pytorchs_are_ours(activation, norm_first, bias):
    options = {"batch_first": True, "norm_first": norm_first, "bias": bias}
    sizes = D_MODEL, N_HEADS, D_FF, 0.0, activation.__name__
    variant = {"activation": activation} | ({"block": pre_norm} if norm_first else {})
    x, memory = rows(4, D_MODEL), rows(5, D_MODEL, 1)

    module = shaken(nn.TransformerEncoderLayer(*sizes, **options))
    tables = layer_from_state(module.state_dict(), N_HEADS)
    assert_close(encoder_layer(x, tables, **variant), module(*tensors(x)), "encoder")
    assert_same_state(with_biases(layer_state(tables), bias), module.state_dict())

    module = shaken(nn.TransformerDecoderLayer(*sizes, **options))
    tables = layer_from_state(module.state_dict(), N_HEADS)
    ours = decoder_layer(x, memory, tables, causal_mask(4), **variant)
    hides = torch.tensor(~causal_mask(4))
    assert_close(ours, module(*tensors(x, memory), tgt_mask=hides), "decoder")
    assert_same_state(with_biases(layer_state(tables), bias), module.state_dict())


def transformers(**more):
    return shaken(
        nn.Transformer(D_MODEL, N_HEADS, 3, 2, D_FF, 0.0, batch_first=True, **more)
    )


def test_a_whole_transformer_of_pytorchs_is_ours():
    module, source, target = transformers(), rows(5, D_MODEL), rows(4, D_MODEL, 1)
    tables = transformer_from_state(module.state_dict(), N_HEADS)
    assert [*tables["encoder"]] == ["layer 1", "layer 2", "layer 3", "norm"]
    memory = encoder(source, tables["encoder"])
    output = decoder(target, memory, tables["decoder"], causal_mask(4))
    hides = torch.tensor(~causal_mask(4))
    expected = module(*tensors(source, target), tgt_mask=hides)
    assert_close(output, expected, "output")
    assert_same_state(transformer_state(tables), module.state_dict())
    for stack in ("encoder", "decoder"):
        state = getattr(module, stack).state_dict()
        assert_same_tables(stack_from_state(state, N_HEADS), tables[stack])
        assert_same_state(stack_state(tables[stack]), state)


@pytest.mark.parametrize("final_norm", [True, False])
def test_our_tables_come_back_bit_for_bit(final_norm):
    sizes = shapes(23, **SQUARE, n_layers=2, biases=True, final_norm=final_norm)
    tables = filled(sizes)
    stacks = {name: tables[name] for name in ("encoder", "decoder")}
    assert_same_tables(transformer_from_state(transformer_state(tables), N_HEADS), stacks)
    one = tables["decoder"]["layer 2"]
    assert_same_tables(layer_from_state(layer_state(one), N_HEADS), one)


def test_eleven_layers_keep_their_order():
    stack = filled(shapes(9, **SQUARE, n_layers=11, biases=True))["encoder"]
    state = dict(sorted(stack_state(stack).items()))  # layers.10 comes before layers.2
    assert_same_tables(stack_from_state(state, N_HEADS), stack)


def test_float32_stays_and_what_comes_back_is_a_copy():
    module = nn.MultiheadAttention(D_MODEL, N_HEADS)
    tables = attention_from_state(module.state_dict(), N_HEADS)
    assert {table.dtype for table in tables.values()} == {np.dtype("float32")}
    before = {name: table.copy() for name, table in tables.items()}
    with torch.no_grad():
        for parameter in module.parameters():
            parameter += 1
    assert_same_tables(tables, before)
    state = attention_state(**tables)
    assert all(table.dtype == np.float32 for table in state.values())
    assert all(table.flags.c_contiguous for table in state.values())  # as files need it
    state["out_proj.weight"][:] = 0
    assert_same_tables(tables, before)


def test_words_and_all_a_loaded_model_runs():
    tables = transformer_from_state(transformers().state_dict(), N_HEADS)
    tables["embedding"] = draw(np.random.default_rng(3), 23, D_MODEL)
    logits = transformer(tables, [[3, 4, 5]], [[1, 2]])
    assert logits.shape == (1, 2, 23) and np.isfinite(logits).all()
