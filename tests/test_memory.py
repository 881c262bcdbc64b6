"""What does not fit is refused before anything is made, with the bytes it needs."""

import tracemalloc

import numpy as np
import pytest

from tfmath import causal_mask, memory, one_hot, scaled_dot_product_attention
from tfmath.attention.dot_product import biased_attention
from tfmath.errors import TooLargeError
from tfmath.model.parameters import shapes, starting_values
from tfmath.parts.position import positional_encoding
from tfmath.tracing import trace

X = np.ones((5000, 1), np.float32)
TOO_LARGE = {
    "starting_values": lambda: starting_values(
        np.random.default_rng(0), shapes(50_000, 4000, 8, 500, 500, 16_000)
    ),
    "causal_mask": lambda: causal_mask(40_000),
    "positional_encoding": lambda: positional_encoding(10**5, 4096),
    "positional_encoding: the row": lambda: positional_encoding(10**12, 1),
    "one_hot": lambda: one_hot(np.zeros(10_000, int), 32_000),
    "attention: the table of scores": lambda: scaled_dot_product_attention(
        trace(X, "x"), X, X
    ),
    "attention": lambda: biased_attention(X, X, X, bias=1.0),
}


@pytest.mark.parametrize("name", TOO_LARGE)
def test_it_is_refused_before_anything_is_made(name, monkeypatch):
    monkeypatch.setattr(memory, "room", lambda: 300e6)
    tracemalloc.start()
    try:
        with pytest.raises(
            TooLargeError, match=rf"^{name}.* needs [\d,]+ bytes \("
        ) as error:
            TOO_LARGE[name]()
        assert tracemalloc.get_traced_memory()[1] < 2e6
    finally:
        tracemalloc.stop()
    assert "this machine has 286 MiB" in str(error.value)


def test_what_fits_is_made(monkeypatch):
    monkeypatch.setattr(memory, "room", lambda: 300e6)
    assert causal_mask(100).shape == (100, 100)
    assert scaled_dot_product_attention(X, X, X).shape == X.shape  # in blocks


def test_a_container_has_what_it_was_given(monkeypatch, tmp_path):
    for text, less in (("max\n", False), ("1048576\n", True), ("", False)):
        (tmp_path / "memory.max").write_text(text)
        monkeypatch.setattr(memory, "LIMIT", tmp_path / "memory.max")
        memory.room.cache_clear()
        assert (memory.room() == 2**20) == less
    memory.room.cache_clear()
