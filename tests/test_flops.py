"""Costs by formula equal those of arrays and of records, both ways."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tfmath import cross_entropy, toy, trace
from tfmath.errors import ShapeError, TraceError
from tfmath.learning.optimize import adam, start_state
from tfmath.learning.train import make_batch, traced_loss
from tfmath.model.names import flatten
from tfmath.model.parameters import shapes, starting_values, traced
from tfmath.study.flops import (
    GPT_3,
    PAPER_BASE,
    counted_both_ways,
    crossings,
    decoder_only_bytes,
    decoder_only_multiply_adds,
    decoder_only_parameters,
    training_flops,
)
from tfmath.study.growth import recorded_bytes
from tfmath.study.scaling import multiply_adds, table_sizes
from tfmath.study.scaling_runs import decoder_only
from tfmath.tracing import gradients, steps

SIZES = dict(vocab_size=11, d_model=5, n_heads=2, d_k=3, d_v=4, d_ff=7, n_layers=3)
some = st.integers(1, 4)


def tables_of(dtype=np.float64, **sizes):
    found = shapes(**(SIZES | sizes))
    kept = {name: size for name, size in found.items() if not name.startswith("decoder")}
    return starting_values(np.random.default_rng(0), kept, dtype)


def loss_of(n, tables=None, **sizes):
    ids = np.arange(n) % 11
    tables = traced(tables_of(**sizes) if tables is None else tables)
    return cross_entropy(decoder_only(tables, ids), (ids + 1) % 11)


def part_of(step):
    """Which part of the formula a product in the record belongs to."""
    ends = {"query": 0, "key": 0, "value": 0, "products": 1, "heads / output": 1}
    parts = ("projections", "scores and mixtures", "feed-forward", "logits")
    if "feed-forward" in step or step == "logits":
        return parts[2 if "feed-forward" in step else 3]
    (place,) = {place for end, place in ends.items() if step.endswith(end)} or {0}
    return parts[place]


@given(some, some, some, some, some, some, some)
@settings(deadline=None, max_examples=25)
def test_multiply_adds_by_formula_and_by_record(n, d_model, h, d_k, d_v, d_ff, layers):
    sizes = dict(d_model=d_model, n_heads=h, d_k=d_k, d_v=d_v, d_ff=d_ff, n_layers=layers)
    found = {}
    for step, count in multiply_adds(loss_of(n, **sizes)).items():
        found[part_of(step)] = found.get(part_of(step), 0) + count
    assert found == decoder_only_multiply_adds(n, 11, **sizes)


def test_numbers_by_formula_and_by_array():
    counted = dict.fromkeys(("embedding", "attention", "feed-forward", "norms"), 0)
    for name, size in table_sizes(flatten(tables_of())).items():
        (part,) = (p for p in counted if p.removesuffix("s") in name)
        counted[part] += size
    assert decoder_only_parameters(**SIZES) == counted


def test_a_layer_has_the_numbers_of_torchs():
    d, h, d_ff = 6, 2, 7
    sizes = dict(d_model=d, n_heads=h, d_k=d // h, d_v=d // h, d_ff=d_ff)
    parts = decoder_only_parameters(11, **sizes)
    layer = torch.nn.TransformerEncoderLayer(d, h, d_ff)
    biases = sum(p.numel() for n, p in layer.self_attn.named_parameters() if "bias" in n)
    theirs = sum(p.numel() for p in layer.parameters())
    assert sum(parts.values()) - parts["embedding"] == theirs - biases


def test_multiply_adds_are_those_that_torch_counts():
    from torch.utils.flop_counter import FlopCounterMode

    n, d, h, d_ff = 9, 6, 2, 7
    sizes = dict(d_model=d, n_heads=h, d_k=d // h, d_v=d // h, d_ff=d_ff)
    layer = torch.nn.TransformerEncoderLayer(d, h, d_ff, batch_first=True)
    with FlopCounterMode(display=False) as counter:
        layer(torch.zeros(1, n, d)).sum().backward()
    there = decoder_only_multiply_adds(n, 11, **sizes)
    there = sum(there.values()) - there["logits"]
    # Nobody asks for the gradient by x: its products with W_Q, W_K and W_V fall out.
    assert counter.get_total_flops() == training_flops(there) - 2 * 3 * n * d * d


# Training ---------------------------------------------------------------------------------


def test_the_way_back_takes_twice_the_way_there():
    toys = traced_loss(toy.load(), make_batch(toy.PAIRS, toy.WORDS), label_smoothing=0.1)
    for loss in (toys, loss_of(4), loss_of(9, d_ff=1), loss_of(2, n_layers=1)):
        forward, both = counted_both_ways(loss)
        assert both == 3 * forward > 0
        assert training_flops(forward) == 2 * both


def test_control_what_is_given_needs_no_gradient():
    x = np.ones((2, 3))
    forward, both = counted_both_ways((x @ trace(np.ones((3, 4)), "W")).sum())
    assert (forward, both) == (24, 48)


def test_only_one_traced_number_has_a_way_back():
    with pytest.raises(ShapeError, match=r"counted_both_ways: loss \(2,\)"):
        counted_both_ways(trace([1.0, 2.0], "x"))
    with pytest.raises(TraceError, match="counted_both_ways: loss"):
        counted_both_ways(3.0)


# Where they cross -------------------------------------------------------------------------


@given(some, some, some, some, some)
def test_at_the_crossing_both_take_the_same(d_model, h, d_k, d_v, d_ff):
    sizes = dict(d_model=d_model, n_heads=h, d_k=d_k, d_v=d_v, d_ff=60 * d_ff)
    found = crossings(**sizes)
    for what, n in found.items():
        below, above = (_shares(int(n) + more, what, sizes) for more in (0, 1))
        assert below[0] <= below[1] or n == 0
        assert above[0] > above[1]


def _shares(n, what, sizes):
    parts = decoder_only_multiply_adds(n, 1, **sizes)
    own = parts["scores and mixtures"]
    whole = own + parts["projections"] * (what == "whole attention")
    return whole, parts["feed-forward"]


def test_usual_sizes_cross_at_two_and_four_widths():
    for sizes, d in ((PAPER_BASE, 512), (GPT_3, 12288)):
        layer = {name: size for name, size in sizes.items() if name != "n_layers"}
        assert list(crossings(**layer).values()) == [4 * d, 2 * d]


def test_in_the_toy_attention_takes_more_at_any_length():
    layer = dict(d_model=5, n_heads=2, d_k=4, d_v=3, d_ff=7)
    assert crossings(**layer)["whole attention"] == 0
    one = decoder_only_multiply_adds(1, 26, **layer)
    assert one["projections"] + one["scores and mixtures"] > one["feed-forward"]


# Published --------------------------------------------------------------------------------


def test_published_numbers_of_numbers():
    two_stacks = sum(table_sizes(shapes(37000, **PAPER_BASE)).values())
    assert abs(two_stacks / 65e6 - 1) < 0.04
    assert round(sum(decoder_only_parameters(50257, **GPT_3).values()) / 1e9) == 175


def test_published_operations_of_gpt_3():
    one = decoder_only_multiply_adds(2048, 50257, **GPT_3)
    texts = 300e9 / 2048
    found = texts * training_flops(sum(one.values()))
    without = found * (1 - one["scores and mixtures"] / sum(one.values()))
    assert round(without / 1e23, 2) == round(6 * 174.6e9 * 300e9 / 1e23, 2) == 3.14


# Memory -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("dtype", "each"), [(np.float32, 4), (np.float64, 8)])
def test_bytes_by_formula_and_by_array(dtype, each):
    found = decoder_only_bytes(n=9, **SIZES, each=each)
    tables = tables_of(dtype)
    loss = loss_of(9, tables)
    flat = flatten(tables)
    record = steps(loss)
    grads = gradients(loss, of={name: record[name] for name in flat})
    _, state = adam(flat, grads, start_state(flat), 0.1)
    total = lambda arrays: sum(a.nbytes for a in arrays.values())  # noqa: E731
    assert found["tables"] == total(flat)
    assert found["gradients"] == total(grads)
    assert found["averages"] == total(state.mean) + total(state.square)
    kept = [s for name, s in record.items() if name.split(" / ")[-1] in ("key", "value")]
    assert found["keys and values"] == sum(step.value.nbytes for step in kept)


def test_what_a_record_keeps_grows_as_n_squared_by_these_tables_alone():
    lengths = (10, 20, 30, 40)
    second = np.diff([recorded_bytes(loss_of(n)) for n in lengths], 2)
    tables = [decoder_only_bytes(n, **SIZES, each=8)["n × n"] for n in lengths]
    assert second.tolist() == np.diff(tables, 2).tolist()


def test_sizes_are_whole_numbers():
    with pytest.raises(TypeError, match="decoder_only_bytes: n is 1.5"):
        decoder_only_bytes(1.5, **SIZES)
    with pytest.raises(ValueError, match="crossings: d_k is 0"):
        crossings(5, 2, 0, 3, 7)
