"""Windows equal full attention with their mask, and multiply what is near alone."""

import numpy as np
import pytest
import torch
from few import assert_is_torchs, by_rule, paddings, rows
from hypothesis import given, settings
from hypothesis import strategies as st

from tfmath import causal_mask, multi_head_attention, trace
from tfmath.attention.pairs import attend_and_total, attend_in_pairs, merged
from tfmath.attention.windows import (
    global_window_attention,
    global_window_mask,
    sliding_window_attention,
    window_mask,
)
from tfmath.errors import ShapeError
from tfmath.parts.masks import sliding_window_mask
from tfmath.study.growth import peak_memory, steepness
from tfmath.study.scaling import multiply_adds
from tfmath.tracing import steps


def both(mask, other):
    return mask if other is None else mask & other


@settings(max_examples=60)
@given(
    st.integers(0, 10**6),
    st.integers(1, 9),
    st.integers(0, 4),
    st.integers(0, 12),
    st.none() | st.integers(0, 5),
    st.integers(1, 4),
    st.none() | st.integers(1, 12),
)
def test_a_window_is_full_attention_with_its_mask(
    seed, n_query, before, width, ahead, dilation, block
):
    n_key, reach = n_query + before, width if ahead is None else ahead
    steps_away = by_rule(
        n_query,
        n_key,
        lambda i, j: (i - j) % dilation == 0 and -reach <= (i - j) // dilation <= width,
    )
    padding = paddings(seed, n_query, n_key)[seed % 6]

    def ours(query, key, value):
        own = {"width": width, "ahead": ahead, "dilation": dilation, "block": block}
        return sliding_window_attention(query, key, value, padding, **own)

    assert_is_torchs(ours, rows(seed, n_query, n_key), both(steps_away, padding))


@settings(max_examples=40)
@given(
    st.integers(0, 10**6),
    st.integers(1, 9),
    st.integers(0, 4),
    st.integers(0, 5),
    st.none() | st.integers(0, 3),
    st.integers(0, 12),
    st.none() | st.integers(1, 5),
)
def test_a_window_with_global_words_is_full_attention_with_its_mask(
    seed, n_query, before, width, ahead, n_global, block
):
    n_key, reach = n_query + before, width if ahead is None else ahead
    seen = by_rule(
        n_query,
        n_key,
        lambda i, j: min(i, j) < n_global or -reach <= i - j <= width,
    )
    padding = paddings(seed, n_query, n_key)[seed % 6]

    def ours(query, key, value):
        own = {"width": width, "ahead": ahead, "block": block, "n_global": n_global}
        return global_window_attention(query, key, value, padding, **own)

    assert_is_torchs(ours, rows(seed, n_query, n_key), both(seen, padding))


def test_the_masks_are_those_of_the_rules():
    for width, ahead, dilation in ((0, None, 1), (2, 0, 1), (1, 3, 2), (9, None, 3)):
        reach = width if ahead is None else ahead
        expected = by_rule(
            7,
            7,
            lambda i, j: (i - j) % dilation == 0 and -reach <= (i - j) / dilation <= width,  # noqa: B023
        )
        found = window_mask(7, width, ahead, dilation)
        np.testing.assert_array_equal(found, expected, strict=True)
    np.testing.assert_array_equal(window_mask(7, 2), sliding_window_mask(7, 2))
    expected = by_rule(7, 7, lambda i, j: abs(i - j) <= 1 or i < 2 or j < 2)
    np.testing.assert_array_equal(global_window_mask(7, 1, 2), expected, strict=True)
    np.testing.assert_array_equal(global_window_mask(7, 1, 0), window_mask(7, 1))


def test_control_a_window_one_too_narrow_is_seen():
    arrays = rows(0, 9, 9)
    with pytest.raises(AssertionError, match="output"):
        assert_is_torchs(
            lambda *a: sliding_window_attention(*a, width=1), arrays, window_mask(9, 2)
        )


@pytest.mark.parametrize("width", [8, 9, 1000])
def test_a_window_larger_than_the_text_sees_all_of_it(width):
    assert_is_torchs(
        lambda *a: sliding_window_attention(*a, width=width), rows(0, 9, 9), None
    )


def test_causal_windows_write_word_by_word_as_all_at_once():
    query, key, value = rows(3, 11, 11)
    for attention, own in (
        (sliding_window_attention, {"width": 3, "ahead": 0, "dilation": 2}),
        (global_window_attention, {"width": 2, "ahead": 0, "n_global": 2}),
    ):
        together = attention(query, key, value, causal_mask(11), **own)
        for n in range(1, 12):
            so_far = [a[..., :n, :] for a in (key, value)]
            one = attention(query[..., n - 1 : n, :], *so_far, **own)
            np.testing.assert_allclose(
                one[..., 0, :], together[..., n - 1, :], rtol=0, atol=1e-12
            )


# What it costs


def traced_work(n, **own):
    """Multiply-adds of one head of 1 + 1 columns, so of the pairs, twice."""
    arrays = [trace(np.ones((n, 1)), name) for name in "qkv"]
    return sum(multiply_adds(sliding_window_attention(*arrays, **own)).values()) // 2


def test_only_the_band_is_multiplied():
    for n, width in ((9, 2), (20, 3), (5, 40)):
        band = window_mask(n, width).sum()
        assert traced_work(n, width=width, block=1) == band
        assert band <= traced_work(n, width=width) <= max(2 * band, 32 * n)
    assert traced_work(9, width=1, dilation=3, block=1) == window_mask(9, 1, None, 3).sum()
    work = [traced_work(n, width=16) for n in (512, 1024, 2048)]
    assert steepness([512, 1024, 2048], work) == pytest.approx(1, abs=0.02)


def test_memory_grows_with_the_words():
    """A table of 8192 × 8192 float32 scores would need 256 MiB."""
    arrays = rows(0, 8192, 8192, dtype=np.float32)
    query, key, value = (a[0, 0] for a in arrays)
    for attention in (sliding_window_attention, global_window_attention):
        assert peak_memory(lambda: attention(query, key, value, width=64)) < 2**21  # noqa: B023


# In a record


def test_each_block_is_a_scope_and_keeps_its_words():
    words = list("abcde")
    rows = trace(np.random.default_rng(0).normal(size=(5, 2)), "x", rows=words)
    record = steps(sliding_window_attention(rows, rows, rows, width=1, block=2))
    assert record["block 2 / weights"].shape == (2, 4)
    assert record["block 2 / weights"].labels == (("c", "d"), ("b", "c", "d", "e"))
    assert record["output"].labels[0] == tuple(words)
    dilated = sliding_window_attention(rows, rows, rows, width=1, dilation=2)
    assert dilated.labels[0] == tuple(words)


def test_two_parts_of_the_keys_are_merged_exactly():
    query, key, value = rows(0, 4, 7)
    arrays = [query, key, value]
    for cut in (0, 3, 7):

        def ours(query, key, value):
            parts = slice(0, cut), slice(cut, 7)  # noqa: B023
            return merged(
                *(attend_and_total(query, key[..., p, :], value[..., p, :]) for p in parts)
            )

        assert_is_torchs(ours, arrays, None)


def test_a_pattern_of_ones_own():
    """Only every word with its mirror image."""
    arrays, pairs = rows(0, 6, 6), [(range(i, i + 1), [5 - i]) for i in range(6)]
    assert_is_torchs(
        lambda q, k, v: attend_in_pairs(q, k, v, None, pairs, lambda i, j: i + j == 5),
        arrays,
        np.eye(6, dtype=bool)[::-1].copy(),
    )


def test_in_multi_head_attention_each_head_has_its_window():
    rng = np.random.default_rng(0)
    x, tables = rng.normal(size=(2, 7, 6)), [rng.normal(size=(3, 6, 4)) for _ in "QKV"]
    W_O = rng.normal(size=(12, 6))
    expected = multi_head_attention(x, x, x, *tables, W_O, mask=window_mask(7, 2, 0)[None])
    found = multi_head_attention(
        x, x, x, *tables, W_O, attention=sliding_window_attention, width=2, ahead=0
    )
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


# Bad input


WRONG = {
    "width is -1; it must be a whole number, 0 or more": {"width": -1},
    "width is 1.5": {"width": 1.5},
    "ahead is -1": {"width": 1, "ahead": -1},
    "block is 0; it must be a whole number, 1 or more": {"width": 1, "block": 0},
    "dilation is 0": {"width": 1, "dilation": 0},
}


@pytest.mark.parametrize("words", WRONG)
def test_a_wrong_size_is_named(words):
    x = np.ones((4, 2))
    with pytest.raises((TypeError, ValueError), match=f"sliding_window_attention: {words}"):
        sliding_window_attention(x, x, x, **WRONG[words])


def test_what_does_not_fit_is_named():
    x = np.ones((4, 2))
    with pytest.raises(ShapeError, match=r"sliding_window_attention: 4 queries .* 3 keys"):
        sliding_window_attention(x, x[:3], x[:3], width=1)
    with pytest.raises(ShapeError, match="global_window_attention: the mask must have"):
        global_window_attention(x, x, x, np.ones((4, 5), bool), width=1)
    with pytest.raises(ValueError, match="global_window_attention: n_global is -1"):
        global_window_attention(x, x, x, width=1, n_global=-1)
    with pytest.raises(ShapeError, match="same d_k"):
        sliding_window_attention(x, np.ones((4, 3)), x, width=1)


@pytest.mark.parametrize("n", [0, 1])
def test_no_words_and_one(n):
    x = np.full((n, 2), 3.0)
    for attention in (sliding_window_attention, global_window_attention):
        assert attention(x, x, x, width=0).tolist() == x.tolist()
        hidden = attention(x, x, x, np.zeros((n, n), bool), width=0)
        np.testing.assert_array_equal(hidden, np.zeros((n, 2)), strict=True)
    assert torch.equal(torch.tensor(window_mask(n, 0)), torch.ones(n, n, dtype=torch.bool))
