"""Layers, stacks and the whole model beside torch's own modules, and their laws."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import TORCHS, assert_close, assert_same_function, draw, filled, layer

from tfmath import (
    causal_mask,
    decoder,
    decoder_layer,
    encoder,
    encoder_layer,
    gelu,
    padding_mask,
    post_norm,
    pre_norm,
    relu,
    transformer,
)
from tfmath.errors import ShapeError
from tfmath.model.parameters import flatten, shapes, traced
from tfmath.model.transformer import word_scores
from tfmath.tracing import gradients, steps
from tfmath.witness.torch_modules import (
    as_tensors,
    decoder_layer_module,
    encoder_layer_module,
    layer_state,
    stack_state,
    transformer_logits,
    transformer_module,
)

D_MODEL, N_SOURCE, N_TARGET = TORCHS["d_model"], 6, 4
VARIANTS = [(b, a) for b in (post_norm, pre_norm) for a in (relu, gelu)]
NAMES = [f"{block.__name__} {activation.__name__}" for block, activation in VARIANTS]
SOURCE = np.array([[3, 20, 7, 9, 4, 11], [5, 3, 22, 0, 0, 0]])
TARGET = np.array([[1, 8, 8, 2], [1, 19, 4, 0]])
every_variant = pytest.mark.parametrize("variant", VARIANTS, ids=NAMES)


def rows(seed=0, n=N_SOURCE, dtype=np.float64):
    return draw(np.random.default_rng(seed), 2, n, D_MODEL, dtype=dtype)


def without_b_K(tables):
    """A bias of the keys has no effect and no slope: leave it out where slopes count."""
    return {n: {k: t for k, t in part.items() if k != "b_K"} for n, part in tables.items()}


def torch_words(variant):
    block, activation = variant
    return {"norm_first": block is pre_norm, "activation": activation.__name__}


def same(variant):
    block, activation = variant
    return {"block": block, "activation": activation}


def call(module, state, *inputs, **masks):
    return torch.func.functional_call(module, state, inputs, masks)


def model(seed=0, dtype=np.float64, **more):
    sizes = shapes(**TORCHS, n_layers=2, **({"biases": True, "final_norm": True} | more))
    return filled({n: s for n, s in sizes.items() if not n.endswith("b_K")}, seed, dtype)


# One layer


@every_variant
def test_an_encoder_layer_is_torchs(variant):
    hides = ~padding_mask(SOURCE)[:, 0]
    tables = without_b_K(layer("encoder", seed=1))
    module = encoder_layer_module(tables, **torch_words(variant))
    assert_same_function(
        lambda p: encoder_layer(p["x"], p["layer"], padding_mask(SOURCE), **same(variant)),
        lambda p: call(
            module,
            layer_state(p["layer"]),
            p["x"],
            src_key_padding_mask=torch.tensor(hides),
        ),
        {"x": rows(), "layer": tables},
    )


@every_variant
def test_a_decoder_layer_is_torchs(variant):
    hides = ~padding_mask(SOURCE)[:, 0]
    tables = without_b_K(layer(seed=1))
    module = decoder_layer_module(tables, **torch_words(variant))
    masks = {"mask": causal_mask(N_TARGET), "memory_mask": padding_mask(SOURCE)}
    assert_same_function(
        lambda p: decoder_layer(p["x"], p["memory"], p["layer"], **masks, **same(variant)),
        lambda p: call(
            module,
            layer_state(p["layer"]),
            p["x"],
            p["memory"],
            tgt_mask=torch.tensor(~causal_mask(N_TARGET)),
            memory_key_padding_mask=torch.tensor(hides),
        ),
        {"x": rows(2, N_TARGET), "memory": rows(3), "layer": tables},
    )


def test_a_bias_of_the_keys_is_copied_too():
    for tables, module, ours, inputs in (
        (layer("encoder"), encoder_layer_module, encoder_layer, [rows()]),
        (layer(), decoder_layer_module, decoder_layer, [rows(2, N_TARGET), rows()]),
    ):
        expected = module(tables)(*(torch.tensor(x) for x in inputs))
        assert_close(ours(*inputs, tables), expected, "output")


# Stacks and the whole


@pytest.mark.parametrize("final_norm", [True, False])
def test_the_stacks_are_torchs(final_norm):
    tables = model(final_norm=final_norm)
    module = transformer_module(tables)
    x, memory = rows(4, N_TARGET), encoder(rows(), tables["encoder"])
    assert_close(memory, module.encoder(torch.tensor(rows())), "memory", 1e-11)
    expected = module.decoder(torch.tensor(x), torch.tensor(memory))
    assert_close(decoder(x, memory, tables["decoder"]), expected, "output", 1e-11)
    state = stack_state(as_tensors(tables["encoder"]))
    assert set(state) == set(module.encoder.state_dict())


@every_variant
@pytest.mark.parametrize("tied", [True, False], ids=["tied", "untied"])
def test_the_whole_model_is_torchs_transformer(variant, tied):
    """``nn.Transformer`` with its final norms: every logit, every table's slope."""
    mask = padding_mask(SOURCE)
    parameters = model(tied=tied)
    # Gains of about 1 keep the logits small enough to compare to twelve decimals.
    for name, table in flatten(parameters).items():
        table += name.endswith("gain")
    words = torch_words(variant)
    assert_same_function(
        lambda p: transformer(p, SOURCE, TARGET, mask, **same(variant)),
        lambda p: transformer_logits(p, SOURCE, TARGET, mask, **words),
        parameters,
    )


def test_longer_targets_than_sources_and_single_words():
    parameters = model()
    for source, target in (([[3, 4]], [[1, 5, 6, 7, 8, 9, 10]]), ([[3]], [[1]])):
        expected = transformer_logits(as_tensors(parameters), source, target)
        assert_close(transformer(parameters, source, target), expected, "logits", 1e-11)
        alone = transformer(parameters, source[0], target[0])
        assert_close(alone, expected[0], "without a batch", 1e-11)


def test_every_step_has_its_scopes():
    names = list(steps(transformer(traced(model()), SOURCE, TARGET)))
    assert names[-1] == "logits"
    assert "encoder / layer 2 / self-attention / heads / weights" in names
    assert "decoder / layer 1 / cross-attention / heads / scores" in names
    assert "decoder / layer 2 / norm 3 / residual" in names
    assert "decoder / norm / normalized" in names
    assert not [name for name in names if name.endswith(")")], "a name occurs twice"


# Laws


@settings(max_examples=20)
@given(st.integers(0, 10**6), st.integers(1, N_TARGET - 1), st.sampled_from(VARIANTS))
def test_future_words_change_nothing_bit_for_bit(seed, now, variant):
    parameters, rng = model(seed), np.random.default_rng(seed)
    before = transformer(parameters, SOURCE, TARGET, **same(variant))
    changed = TARGET.copy()
    changed[:, now:] = (changed[:, now:] + rng.integers(1, 23)) % 23
    after = transformer(parameters, SOURCE, changed, **same(variant))
    np.testing.assert_array_equal(after[:, :now], before[:, :now])
    assert (after[:, now:] != before[:, now:]).any(axis=-1).all()


@settings(max_examples=20)
@given(st.integers(0, 10**6))
def test_padding_changes_no_real_position(seed):
    parameters, mask = model(seed), padding_mask(SOURCE)
    padded = transformer(parameters, SOURCE, TARGET, mask)
    alone = transformer(parameters, SOURCE[1, :3], TARGET[1])
    assert_close(padded[1], alone, "short sentence", 1e-10)
    other = np.where(SOURCE == 0, np.random.default_rng(seed).integers(1, 23), SOURCE)
    np.testing.assert_array_equal(transformer(parameters, other, TARGET, mask), padded)


@settings(max_examples=20)
@given(st.integers(0, 10**6))
def test_what_padding_hides_gets_no_gradient(seed):
    tables = traced(model(seed))
    logits = transformer(tables, SOURCE, TARGET[:, :3], padding_mask(SOURCE))
    grads = gradients((logits * logits).sum())
    hidden = grads["decoder / layer 1 / cross-attention / heads / scores"][1, :, :, 3:]
    assert hidden.shape == (3, 3, 3) and (hidden == 0).all()
    assert (grads["encoder / input"][1, 3:] == 0).all()
    assert (grads["encoder / input"][1, :3] != 0).all()


@settings(max_examples=20)
@given(st.integers(0, 10**6), st.sampled_from(VARIANTS))
def test_an_encoder_does_not_know_the_order_of_its_rows(seed, variant):
    tables, x = model(seed)["encoder"], rows(seed)
    order = np.random.default_rng(seed).permutation(N_SOURCE)
    expected = encoder(x, tables, **same(variant))[:, order]
    assert_close(encoder(x[:, order], tables, **same(variant)), expected, "output", 1e-9)


@settings(max_examples=20)
@given(st.integers(0, 10**6))
def test_batched_is_one_by_one(seed):
    parameters = model(seed)
    together = transformer(parameters, SOURCE, TARGET)
    for i in range(2):
        alone = transformer(parameters, SOURCE[i], TARGET[i])
        assert_close(alone, together[i], "sentence", 1e-10)


@every_variant
def test_float32_in_float32_out(variant):
    tables = traced(model(dtype=np.float32))
    logits = transformer(tables, SOURCE, TARGET, padding_mask(SOURCE), **same(variant))
    numbers = [step for step in steps(logits).values() if step.dtype.kind == "f"]
    assert {step.dtype for step in numbers} == {np.dtype(np.float32)}
    grads = gradients((logits * logits).sum())
    assert {grad.dtype for grad in grads.values()} == {np.dtype(np.float32)}
    assert transformer(model(dtype=np.float32), SOURCE, TARGET).dtype == np.float32


def test_layers_run_in_their_order():
    stack = model()["encoder"]
    one, two = stack["layer 1"], stack["layer 2"]
    del stack["norm"]
    expected = encoder_layer(encoder_layer(rows(), one), two)
    np.testing.assert_array_equal(encoder(rows(), stack), expected)


# Refused


@pytest.mark.parametrize(
    "source, target", [([], [1]), ([3], []), (np.ones((2, 0), int), [1])]
)
def test_an_empty_sentence(source, target):
    with pytest.raises(ValueError, match="a sentence needs at least one"):
        transformer(model(), source, target)


@pytest.mark.parametrize("bad", [-1, 23])
def test_an_id_outside_the_vocabulary(bad):
    for pair in (([3, bad], [1]), ([3], [1, bad])):
        with pytest.raises(ValueError, match=rf"ids holds {bad} at \(1,\).*0 … 22"):
            transformer(model(), *pair)


@pytest.mark.parametrize("shape", [(2, 1, 5), (2, 6), (3, 1, 6), (2, 4, 4)])
def test_a_source_mask_that_does_not_fit(shape):
    with pytest.raises(ShapeError, match=r"mask.*\n.*\n.*scores \(2, 6, 6\)"):
        transformer(model(), SOURCE, TARGET, np.ones(shape, bool))


def test_a_target_mask_that_does_not_fit():
    with pytest.raises(ShapeError, match=r"scores \(2, 4, 4\)"):
        transformer(model(), SOURCE, TARGET, target_mask=causal_mask(5))


def test_batches_of_different_size():
    with pytest.raises(ShapeError, match=r"(?s)batch.*\(2, 4, 6\).*\(3, 6, 6\)"):
        transformer(model(), SOURCE[[0, 1, 0]], TARGET)


def test_words_of_another_width():
    parameters = model()
    parameters["embedding"] = np.ones((23, 5))
    with pytest.raises(ShapeError, match=r"(?s)query +\(2, 6, 5\).*W_Q +\(3, 6, 2\)"):
        transformer(parameters, SOURCE, TARGET)
    with pytest.raises(ShapeError, match=r"word_scores: .*\(2, 6, 6\).*\(23, 5\)"):
        word_scores(rows(), parameters)
