"""Numbers counted by formula equal those counted in the record."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tfmath import multi_head_attention, named, softmax, toy, trace, transformer
from tfmath.errors import TraceError
from tfmath.model.parameters import count, flatten, shapes, starting_values, traced
from tfmath.study.scaling import (
    attention_multiply_adds,
    by_part,
    multiply_adds,
    table_sizes,
    transformer_multiply_adds,
)
from tfmath.tracing import steps

SIZES = dict(d_model=5, n_heads=2, d_k=3, d_v=2, d_ff=7)
sizes = st.integers(1, 4)


def test_the_toy_model_holds_764_numbers_counted_three_ways():
    parameters = toy.load()
    record = transformer(traced(parameters), np.array([8, 9]), np.array([1, 9, 15]))
    given = {n: s.value for n, s in steps(record).items() if s.varies and not s.inputs}
    assert sum(table_sizes(given).values()) == count(parameters) == 764
    assert sum(table_sizes(toy.SIZES).values()) == 764
    assert table_sizes(flatten(parameters)) == table_sizes(toy.SIZES)


def test_sizes_equal_those_of_torch():
    d, h, ff, n = 6, 2, 7, 2
    model = torch.nn.Transformer(d, h, n, n, ff, batch_first=True)
    found = shapes(23, d, h, d // h, d // h, ff, n, biases=True, final_norm=True)
    without_words = sum(table_sizes(found).values()) - 23 * d
    assert without_words == sum(p.numel() for p in model.parameters())


def test_the_paper_and_gpt_3():
    base = sum(table_sizes(shapes(37000, 512, 8, 64, 64, 2048, 6)).values())
    assert 62e6 < base < 66e6
    large = shapes(50257, 12288, 96, 128, 128, 49152, 96, biases=True, final_norm=True)
    layers = {n: s for n, s in table_sizes(large).items() if not n.startswith("decoder")}
    assert round((sum(layers.values()) + 2048 * 12288) / 1e9) == 175


def test_parts_add_up():
    tables = table_sizes(toy.SIZES)
    parts = by_part(tables)
    assert sum(parts.values()) == 764
    assert parts["embedding"] == 130
    assert parts["encoder / self-attention"] == 2 * 5 * (4 + 4 + 3) + 6 * 5
    two = by_part(table_sizes(shapes(23, **SIZES, n_layers=2)))
    one = by_part(table_sizes(shapes(23, **SIZES)))
    assert list(two) == list(one)
    assert two["decoder / norm 3"] == 2 * one["decoder / norm 3"] == 20


@given(sizes, sizes, sizes, sizes, sizes, sizes)
@settings(deadline=None, max_examples=25)
def test_attention_by_formula_and_by_record(n_query, n_key, d_model, n_heads, d_k, d_v):
    rng = np.random.default_rng(0)
    query = trace(rng.normal(size=(n_query, d_model)), "x")
    memory = trace(rng.normal(size=(n_key, d_model)), "memory")
    W_Q, W_K = rng.normal(size=(2, n_heads, d_model, d_k))
    W_V = rng.normal(size=(n_heads, d_model, d_v))
    W_O = rng.normal(size=(n_heads * d_v, d_model))
    output = multi_head_attention(query, memory, memory, W_Q, W_K, W_V, W_O)
    found = multiply_adds(output)
    formula = attention_multiply_adds(n_query, n_key, d_model, n_heads, d_k, d_v)
    assert sum(found.values()) == sum(formula.values())
    scores = sum(n for name, n in found.items() if name.endswith("products"))
    assert scores == formula["scores"]


@pytest.mark.parametrize("n_layers", [1, 2])
def test_the_whole_model_part_by_part(n_layers):
    parameters = starting_values(
        np.random.default_rng(0), shapes(23, **SIZES, n_layers=n_layers)
    )
    record = transformer(traced(parameters), np.arange(6), np.arange(4))
    formula = transformer_multiply_adds(6, 4, 23, **SIZES, n_layers=n_layers)
    assert by_part(multiply_adds(record)) == formula


def test_einsum_counts_like_the_product_it_is():
    rng = np.random.default_rng(0)
    x = trace(rng.normal(size=(6, 5)), "x")
    W = trace(rng.normal(size=(2, 5, 3)), "W")
    assert multiply_adds(named("y", np.einsum("nd,hdk->hnk", x, W))) == {"y": 6 * 2 * 5 * 3}
    assert multiply_adds(np.einsum("nd->dn", x)) == {}
    assert multiply_adds(x @ W[0] @ W[0].T) == {"output": 2 * 6 * 5 * 3}


def test_unnamed_products_belong_to_the_step_they_lead_to():
    x = trace(np.ones((3, 2)), "x")
    scores = named("scores", x @ x.T / 2)
    assert multiply_adds(named("out", softmax(scores) @ x)) == {"scores": 18, "out": 18}


def test_shared_steps_are_counted_once():
    x, W = trace(np.ones((3, 2)), "x"), trace(np.ones((2, 2)), "W")
    y = named("y", x @ W)
    assert multiply_adds(y + y, y * y) == {"y": 12}


def test_plain_arrays_have_no_record():
    with pytest.raises(TraceError):
        multiply_adds(np.ones(3))
