"""Strided, fixed and block sparse attention equal full attention with their masks."""

import numpy as np
import pytest
from few import assert_is_torchs, by_rule, paddings, rows, torchs
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import assert_close

from tfmath import causal_mask, trace
from tfmath.attention.patterns import block_mask, fixed_mask, strided_mask
from tfmath.attention.sparse import (
    block_sparse_attention,
    fixed_attention,
    restricted_attention,
    strided_attention,
)
from tfmath.attention.windows import window_mask
from tfmath.errors import DtypeError, ShapeError
from tfmath.study.growth import steepness
from tfmath.study.scaling import multiply_adds
from tfmath.tracing import steps

sizes = st.integers(0, 10**6), st.integers(1, 9), st.integers(0, 4)


def both(mask, other):
    return mask if other is None else mask & other


def strided(stride):
    """Equations of section 4.3: A(1) = {t, …, i}, t = max(0, i - l); (i - j) mod l = 0."""
    return lambda i, j: j <= i and (j >= max(0, i - stride) or (i - j) % stride == 0)


def fixed(stride, c):
    """⌊j / l⌋ = ⌊i / l⌋, or j mod l in {l - c, …}."""
    return lambda i, j: j <= i and (j // stride == i // stride or j % stride >= stride - c)


@settings(max_examples=40)
@given(*sizes, st.integers(1, 12))
def test_strided(seed, n_query, before, stride):
    n_key = n_query + before
    seen, padding = (
        by_rule(n_query, n_key, strided(stride)),
        paddings(seed, n_query, n_key)[seed % 6],
    )

    def ours(query, key, value):
        return strided_attention(query, key, value, padding, stride=stride)

    assert_is_torchs(ours, rows(seed, n_query, n_key), both(seen, padding))


@settings(max_examples=40)
@given(*sizes, st.integers(1, 12), st.integers(1, 12))
def test_fixed(seed, n_query, before, stride, c):
    n_key, c = n_query + before, min(c, stride)
    seen, padding = (
        by_rule(n_query, n_key, fixed(stride, c)),
        paddings(seed, n_query, n_key)[seed % 6],
    )

    def ours(query, key, value):
        return fixed_attention(query, key, value, padding, stride=stride, n_summary=c)

    assert_is_torchs(ours, rows(seed, n_query, n_key), both(seen, padding))


@settings(max_examples=40)
@given(*sizes, st.integers(1, 12))
def test_block_sparse(seed, n_query, before, block):
    n_key = n_query + before
    layout = (
        np.random.default_rng(seed).random((n_key // block + 1, n_key // block + 2)) < 0.6
    )
    seen = by_rule(n_query, n_key, lambda i, j: layout[i // block, j // block])
    padding = paddings(seed, n_query, n_key)[seed % 6]

    def ours(query, key, value):
        own = {"layout": layout, "block": block}
        return block_sparse_attention(query, key, value, padding, **own)

    assert_is_torchs(ours, rows(seed, n_query, n_key), both(seen, padding))


def test_the_masks_are_those_of_the_rules():
    for stride in (1, 2, 3, 20):
        expected = by_rule(8, 8, strided(stride))
        np.testing.assert_array_equal(strided_mask(8, stride), expected, strict=True)
        expected = by_rule(8, 8, fixed(stride, 1))
        np.testing.assert_array_equal(fixed_mask(8, stride), expected, strict=True)
    np.testing.assert_array_equal(fixed_mask(8, 4, 4), causal_mask(8))
    np.testing.assert_array_equal(strided_mask(8, 8), causal_mask(8))
    layout = np.array([[True, False, True], [False, True, False], [True, True, False]])
    expected = by_rule(5, 5, lambda i, j: layout[i // 2, j // 2])
    np.testing.assert_array_equal(block_mask(5, layout, 2), expected, strict=True)


def test_control_another_stride_is_seen():
    with pytest.raises(AssertionError, match="output"):
        assert_is_torchs(
            lambda *a: strided_attention(*a, stride=3), rows(0, 9, 9), strided_mask(9, 2)
        )


def test_any_word_is_two_steps_away():
    """With a stride of √n; one step alone does not do."""
    for mask in (strided_mask(16, 4), fixed_mask(16, 4)):
        one = mask.astype(int)
        assert (one @ one + one > 0).sum() == causal_mask(16).sum() > one.sum()


@pytest.mark.parametrize(
    ("attention", "mask"),
    [(strided_attention, strided_mask), (fixed_attention, fixed_mask)],
)
def test_with_a_stride_of_its_root_n_words_cost_n_to_the_three_halves(attention, mask):
    sizes, work = [1024, 4096], []
    for n in sizes:
        arrays = [trace(np.ones((n, 1)), name) for name in "qkv"]
        products = multiply_adds(attention(*arrays, stride=int(n**0.5)))
        work.append(sum(products.values()) // 2)
        assert mask(n, int(n**0.5)).sum() <= work[-1] <= n * n
    assert steepness(sizes, work) == pytest.approx(1.5, abs=0.1)


def test_restricted_attention_looks_back_alone_and_multiplies_that_alone():
    x = np.random.default_rng(0).normal(size=(7, 4))
    for window in (1, 3, 7, 30):
        mask = window_mask(7, window - 1, 0)
        found = restricted_attention(trace(x, "x"), window)
        expected, _ = torchs(x, x, x, mask)
        assert_close(found.value, expected, "output")
        assert sum(multiply_adds(found).values()) == 2 * 4 * mask.sum()


def test_each_part_of_a_strided_attention_is_a_scope():
    x = trace(np.random.default_rng(0).normal(size=(5, 2)), "x", rows=list("abcde"))
    record = steps(strided_attention(x, x, x, stride=2))
    assert record["near / block 1 / weights"].shape == (5, 5)
    assert record["far / block 2 / weights"].labels == (("b", "d"), ("b", "d"))
    assert record["shares"].shape == (5, 2)
    np.testing.assert_allclose(record["shares"].value.sum(axis=-1), 1, rtol=0, atol=1e-15)


# Bad input


X = np.ones((4, 2))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: strided_attention(X, X, X, stride=0), ValueError,
         "strided_attention: stride is 0; it must be a whole number, 1 or more"),
        (lambda: fixed_attention(X, X, X, stride=2, n_summary=3), ValueError,
         "fixed_attention: n_summary is 3; it must be a whole number from 1 to 2"),
        (lambda: fixed_attention(X, X[:2], X[:2], stride=2), ShapeError,
         r"fixed_attention: 4 queries \(query\) stand beside 2 keys"),
        (lambda: block_sparse_attention(X, X, X, layout=[[True]], block=0), ValueError,
         "block_sparse_attention: block is 0"),
        (lambda: block_sparse_attention(X, X, X, layout=[[True]], block=2), ShapeError,
         r"block_sparse_attention: layout \(1, 1\) must have 2 rows and columns or more"),
        (lambda: block_sparse_attention(X, X, X, layout=np.eye(2), block=2), DtypeError,
         "block_sparse_attention: layout must hold bool, .* got float64"),
        (lambda: strided_mask(4, 0), ValueError, "strided_mask: stride is 0"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(call, error, words):
    with pytest.raises(error, match=words):
        call()


@pytest.mark.parametrize("n", [0, 1])
def test_no_words_and_one(n):
    x, layout = np.full((n, 2), 3.0), np.ones((1, 1), bool)
    for attention, own in (
        (strided_attention, {"stride": 3}),
        (fixed_attention, {"stride": 3}),
        (block_sparse_attention, {"layout": layout, "block": 3}),
    ):
        assert attention(x, x, x, **own).tolist() == x.tolist()
        hidden = attention(x, x, x, np.zeros((n, n), bool), **own)
        np.testing.assert_array_equal(hidden, np.zeros((n, 2)), strict=True)
