"""What stands beside a query: a number, a bias, a list; float32 stays float32."""

import numpy as np
import pytest

from tfmath import gradients, scaled_dot_product_attention, steps, toy, trace, transformer
from tfmath.attention.dot_product import (
    attend,
    biased_attention,
    scaled,
    scaled_dot_product_attention_backward,
)
from tfmath.decoding.cache import next_word
from tfmath.errors import DtypeError, ShapeError
from tfmath.model.parameters import flatten, unflatten

QUERY = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
BIAS = np.random.default_rng(1).normal(size=(3, 3))


@pytest.mark.parametrize("scale", [np.float64(0.3), np.sqrt(0.09), np.array(0.3), 0.3])
def test_a_numpy_scalar_does_not_widen(scale):
    expected = scaled(QUERY, 4, 0.3)
    weights = np.full((3, 3), 1 / 3, np.float32)
    back = scaled_dot_product_attention_backward
    for call in (attend, biased_attention, scaled_dot_product_attention):
        found = call(QUERY, QUERY, QUERY, scale=scale)
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, call(QUERY, QUERY, QUERY, scale=0.3))
    np.testing.assert_array_equal(scaled(QUERY, 4, scale), expected)
    assert scaled(QUERY, 4, scale).dtype == np.float32
    grads = back(QUERY, QUERY, QUERY, QUERY, weights, scale=scale)
    assert {grad.dtype for grad in grads} == {np.dtype(np.float32)}


def test_a_numpy_scale_of_the_words_does_not_widen_the_model():
    flat = {name: table.astype(np.float32) for name, table in flatten(toy.load()).items()}
    tables, source, target = unflatten(flat), [3, 4, 5], [1, 3]
    found = transformer(tables, source, target, scale=np.sqrt(5))
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, transformer(tables, source, target))
    assert next_word(tables, source, scale=np.sqrt(5))([1]).dtype == np.float32


def test_a_bias_takes_the_type_of_the_query_traced_or_not():
    plain = biased_attention(QUERY, QUERY, QUERY, bias=BIAS)
    query, bias = trace(QUERY, "query"), trace(BIAS, "bias")
    for given in ((query, BIAS), (QUERY, bias), (query, bias)):
        found = biased_attention(given[0], QUERY, QUERY, bias=given[1])
        assert found.dtype == plain.dtype == np.float32
        np.testing.assert_array_equal(found.value, plain)
    assert gradients(found.sum())["bias"].dtype == np.float64


def test_a_traced_bias_of_the_same_type_takes_no_step_more():
    query, bias = trace(QUERY, "query"), trace(BIAS.astype(np.float32), "bias")
    record = steps(biased_attention(query, query, query, bias=bias))
    assert "(astype)" not in record and set(record) >= {"bias", "products", "scores"}


def test_a_scale_may_be_learned():
    q = trace(np.ones((2, 3, 4), np.float32), "q")
    scale = trace(np.array([[[0.5]], [[2.0]]]), "scale")
    found = attend(q, q, q, scale=scale)
    assert found.dtype == np.float32 and gradients(found.sum())["scale"].shape == (2, 1, 1)


def test_a_scale_that_would_make_more_scores_is_named():
    with pytest.raises(ShapeError, match=r"attention: scale \(2, 1, 1\) must broadcast to"):
        attend(*[np.ones((2, 1, 3, 4))] * 3, scale=np.ones((2, 1, 1)))


# A bias and rows that cannot be meant


@pytest.mark.parametrize("shape", [(7, 3, 5), (7, 3, 3), (4,), (2, 3)])
def test_a_bias_that_does_not_fit_is_named(shape):
    with pytest.raises(ShapeError) as caught:
        biased_attention(QUERY, QUERY, QUERY, bias=np.ones(shape))
    assert f"biased_attention: bias {shape} must broadcast to" in str(caught.value)
    assert "(*batch, n_query, n_key) = (3, 3)" in str(caught.value)


@pytest.mark.parametrize("bias", [None, "a", np.ones((3, 3), bool), {}])
def test_a_bias_that_is_none_is_named(bias):
    with pytest.raises(DtypeError, match="biased_attention: bias "):
        biased_attention(QUERY, QUERY, QUERY, bias=bias)


@pytest.mark.parametrize("scale", ["a", np.array(True)])
def test_a_scale_that_is_none_is_named(scale):
    with pytest.raises(DtypeError, match="attention: scale "):
        attend(QUERY, QUERY, QUERY, scale=scale)


def test_lists_are_rows():
    query, key, value = [[0.0, 0.0]], [[1, 1], [1, 1]], [[4.0], [0.0]]
    assert attend(query, key, value).tolist() == [[2.0]]
    assert biased_attention(query, key, value).tolist() == [[2.0]]
    assert biased_attention(query, key, value, bias=[[0, 0]]).tolist() == [[2.0]]
    with pytest.raises(DtypeError, match="attend: key is 'text'"):
        attend(query, "text", value)


def test_a_scale_of_each_head_is_no_number_that_blocks_of_queries_could_share(monkeypatch):
    rng = np.random.default_rng(0)
    query, key, value = (rng.normal(size=(2, n, 4)) for n in (6, 5, 5))
    for scale in (np.array([[[0.5]], [[2.0]]]), trace(0.5, "s"), 0.5, np.float64(0.5)):
        expected = attend(query, key, value, scale=scale)
        with monkeypatch.context() as few:
            few.setattr("tfmath.attention.blocks.MANY", 4)
            few.setattr("tfmath.attention.blocks.AT_ONCE", 10)
            found = attend(query, key, value, scale=scale)
        assert type(found) is type(expected)
        found, expected = (getattr(a, "value", a) for a in (found, expected))
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-15)
