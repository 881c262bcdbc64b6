"""Attention in blocks of queries gives what one table gives, and needs little memory."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfmath import causal_mask, scaled_dot_product_attention
from tfmath.attention import blocks
from tfmath.attention.blocks import in_blocks, is_many
from tfmath.attention.dot_product import attend
from tfmath.tracing import trace
from tfmath.witness.contest import peak_bytes

SETUP = "import numpy as np; from tfmath import scaled_dot_product_attention as attention;"
SETUP += "from tfmath import causal_mask; x = np.ones((4096, 8), np.float32); "
SETUP += "mask = causal_mask(4096); attention(x[:9], x[:9], x[:9])"


def exact(query, key, value, mask, scale):
    """By the definition, one query at a time, sums without rounding."""
    output = np.zeros((len(query), value.shape[-1]))
    for i, row in enumerate(query):
        scores = [math.fsum(row * k) * scale for k in key]
        grown = [
            math.exp(s) if seen else 0.0 for s, seen in zip(scores, mask[i], strict=True)
        ]
        if total := math.fsum(grown):
            output[i] = [math.fsum(np.array(grown) * v) / total for v in value.T]
    return output


@given(
    st.integers(0, 10**6),
    st.integers(0, 9),
    st.integers(0, 11),
    st.integers(1, 40),
    st.sampled_from([np.float32, np.float64]),
)
def test_blocks_of_any_size_give_the_numbers_of_the_definition(seed, n, m, at_once, dtype):
    rng = np.random.default_rng(seed)
    query, key = (
        rng.normal(size=(n, 3)).astype(dtype),
        rng.normal(size=(m, 3)).astype(dtype),
    )
    value, mask = rng.normal(size=(m, 2)).astype(dtype), rng.random((n, m)) < 0.4
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "AT_ONCE", at_once)
        found = in_blocks(attend, query, key, value, mask)
    assert found.dtype == dtype and found.shape == (n, 2)
    wide = (array.astype(np.float64) for array in (query, key, value))
    expected = exact(*wide, mask, 1 / math.sqrt(3))
    atol = 1e-12 if dtype == np.float64 else 4e-6
    np.testing.assert_allclose(found, expected, rtol=0, atol=atol)


MASKS = {
    "none": lambda rng: None,
    "causal": lambda rng: causal_mask(50),
    "for all queries": lambda rng: rng.random((3, 2, 1, 50)) < 0.5,
    "a window": lambda rng: np.tri(50, k=3, dtype=bool) & ~np.tri(50, k=-4, dtype=bool),
    "some see nothing": lambda rng: (rng.random((2, 50, 50)) < 0.5) & (np.arange(50) > 9),
}


@pytest.mark.parametrize("name", MASKS)
@pytest.mark.parametrize("scale", [None, 0.3])
def test_batches_heads_and_masks(name, scale, monkeypatch):
    """Keys and values of one head for all, as in multi-query attention."""
    rng = np.random.default_rng(1)
    query, key = rng.normal(size=(3, 2, 50, 4)), rng.normal(size=(3, 1, 50, 4))
    value, mask = rng.normal(size=(2, 50, 3)), MASKS[name](rng)
    expected = scaled_dot_product_attention(query, key, value, mask, scale)
    monkeypatch.setattr(blocks, "AT_ONCE", 170)
    monkeypatch.setattr(blocks, "MANY", 100)
    calls = []
    real = blocks._rows
    monkeypatch.setattr(blocks, "_rows", lambda key: calls.append(key) or real(key))
    found = scaled_dot_product_attention(query, key, value, mask, scale)
    assert len(calls) > 10  # it went by blocks
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_a_forgotten_mask_is_seen(monkeypatch):
    """Control: without the mask of its block the result is another."""
    x, mask = np.random.default_rng(0).normal(size=(50, 4)), causal_mask(50)
    monkeypatch.setattr(blocks, "AT_ONCE", 170)
    good, bad = in_blocks(attend, x, x, x, mask), in_blocks(attend, x, x, x)
    assert np.abs(good - bad).max() > 0.1


def test_a_record_shows_every_score():
    x = np.zeros((1100, 2))
    assert is_many(x, x, x)
    assert not is_many(trace(x, "x"), x, x) and not is_many(x, x, x, trace(x, "x") > 0)


@pytest.mark.parametrize("n_key", [2**17, 2**20])
def test_one_query_is_never_shared_out(n_key):
    x = np.ones((n_key, 1), np.float32)
    assert not is_many(x[:1], x, x)
    assert scaled_dot_product_attention(x[:1], x, x).tolist() == [[1.0]]


@pytest.mark.parametrize("mask", ["None", "mask"])
def test_memory_grows_with_the_words_not_with_their_square(mask):
    """One table of 4096 × 4096 float32 scores would need 64 MiB, its softmax 128 more."""
    needed = peak_bytes(SETUP, f"attention(x, x, x, {mask})")
    assert needed < 9 * 2**20
