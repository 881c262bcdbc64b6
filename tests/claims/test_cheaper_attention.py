"""What the chapter on cheaper attention says, proved."""

import itertools
import math
from functools import partial

import numpy as np
import pytest

from tests.claims.cheaper_measured import (  # noqa: F401  (tests, run from here)
    rows,
    test_a_width_of_three_is_enough,
    test_a_window_suits_a_head_that_looks_near,
    test_fewer_products_are_not_less_time,
    test_no_cheap_method_is_good_for_all_three,
    test_shared_keys_save_no_product,
    test_swapped_in_only_the_exact_ones_work,
    test_the_table_was_not_needed,
    test_the_three_heads,
    test_trained_anew_all_of_them_finish,
)
from tests.claims.claim import says
from tfmath import causal_mask, softmax
from tfmath.attention import low_rank, patterns, sparse, windows
from tfmath.attention.blockwise import blockwise_attention
from tfmath.attention.dot_product import attend
from tfmath.practice.cheaper_attention import one_by_one
from tfmath.study.error_against_cost import methods, multiply_adds_of
from tfmath.study.feature_trials import KEY, QUERY, expected_spread, true_values

CHAPTER = "16_cheaper_attention.ipynb"
DEFINITIONS = (
    "make every score, but **never keep them all**.",
    "(Where words look back only, of every earlier one.)",
    "Read the keys in blocks and keep three numbers for each query: the largest score so "
    "far, the sum of the powers, and the sum of the values times their powers.",
    "The last is the mean: *all weights alike*.",
    "An examination that everybody passes examines nobody.",
    "Measure products, time, memory and error, and always beside the mean of all.",
    "Block by block, with powers of 2: so far the largest score is 1, the sum of the "
    "powers 4, the sum of the values 22.",
    "A model has 32 heads, and every four of them share a key and a value.",
    "The rows of `query` and `key` are features already, all of them positive.",
    "The check also looks whether you make a table of all pairs.",
    "**Missing:** what a whole model costs, and what more of everything buys.",
)
N, LAYOUT = 16, np.eye(8, dtype=bool) | (np.arange(8) == 0)
FEW = (
    (windows.sliding_window_attention, {"width": 2}),
    (windows.global_window_attention, {"width": 2}),
    (sparse.strided_attention, {"stride": 4}),
    (sparse.fixed_attention, {"stride": 4}),
    (sparse.block_sparse_attention, {"layout": LAYOUT, "block": 128}),
)


def masks_of_few(n):
    yield windows.window_mask(n, 2)
    yield windows.global_window_mask(n, 2)
    yield patterns.strided_mask(n, 4)
    yield patterns.fixed_mask(n, 4)
    yield patterns.block_mask(n, LAYOUT, 128)


def drawn():
    """Queries, keys and values."""
    return np.random.default_rng(1).normal(size=(3, N, 4))


# Fewer pairs ----------------------------------------------------------------------------


@says(
    "**Twice as many words, four times as many scores.",
    "A book of 100,000 words makes ten billion, 40 gigabytes of scores, for one head of "
    "one layer.",
    "**Window**: 16 · 5, less 3 at each end, is 74.",
    "Each word costs the same, however long the text: twice the words, twice the cost.",
)
def test_pairs_grow_as_the_square_and_a_window_with_the_text():
    assert 100_000**2 == 10e9 and 4 * 100_000**2 == 40e9 and 16 * 5 - 2 * 3 == 74
    for attention, most, least in ((attend, 4.1, 3.9), (methods()["window", 32], 2.1, 1.9)):
        short, long = (
            multiply_adds_of(attention, *np.zeros((3, n, 8))) for n in (512, 1024)
        )
        assert least < long / short < most


@says(
    "A mask alone makes nothing cheaper: the hidden scores are worked out, and thrown "
    "away.",
    "So these functions take the words in blocks, and make no product for two blocks of "
    "which nobody looks at the other.",
    "The numbers are those of the mask.",
    "That is one product in 28, and a window of two needs one pair in 205: blocks of 32 "
    "words make some too many.",
)
def test_a_mask_saves_no_product_and_a_function_of_few_does():
    query, key, value = np.random.default_rng(1).normal(size=(3, 1024, 4))
    full = multiply_adds_of(attend, query, key, value)
    window = partial(windows.sliding_window_attention, width=2)
    assert full // multiply_adds_of(window, query, key, value) == 28
    assert round(1024**2 / windows.window_mask(1024, 2).sum()) == 205
    for (attention, own), mask in zip(FEW, masks_of_few(1024), strict=True):
        few = partial(attention, **own)
        masked = multiply_adds_of(partial(attend, mask=mask), query, key, value)
        assert masked == full > 2 * multiply_adds_of(few, query, key, value)
        expected = attend(query, key, value, mask)
        np.testing.assert_allclose(few(query, key, value), expected, atol=1e-12)


@says(
    "In a window of two, word 15 never looks at word 0.",
    "But word 2 heard it, and in the next layer word 4 hears word 2.",
    "A window hands a word on by two places a layer, and 15 places take 8 layers.",
    "The others take two: with one word that sees all, **any word reaches any other "
    "through it**.",
    "A word that sees all joins any two words in two layers.",
)
def test_who_has_heard_of_whom():
    window, back = windows.window_mask(N, 2), np.tri(N, dtype=bool)
    assert window[2, 0] and window[4, 2] and not window[4, 0]
    heard = [np.linalg.matrix_power(window.astype(int), layers)[15, 0] for layers in (7, 8)]
    assert heard[0] == 0 < heard[1]
    for mask in (patterns.strided_mask(N, 4), patterns.fixed_mask(N, 4)):
        assert not mask[back].all() and (mask @ mask)[back].all()
    for n, width in ((16, 2), (100, 1)):
        seen = windows.global_window_mask(n, width)
        assert not seen.all() and (seen @ seen).all()


# Mixtures and sums ----------------------------------------------------------------------


@says(
    "The first mixture holds the words 0, 1 and 2.",
    "To word 1 it must be hidden, since word 2 is in it, and it must be shown, since word "
    "0 is.",
    "And $E$ has a column for each word: the longest text is fixed before training begins.",
)
def test_mixtures_hold_later_words():
    E, x = low_rank.pooling(6, 2), drawn()[0]
    assert np.flatnonzero(E[0]).tolist() == [0, 1, 2]
    for rows_of, mask, why in (
        (x[:6], causal_mask(6), "later words"),
        (x, None, "a column"),
    ):
        with pytest.raises(ValueError, match=why):
            low_rank.low_rank_attention(rows_of, rows_of, rows_of, mask, E=E)


@says(
    "The weights are 1, 3 and 1; the answer is (1 · 10 + 3 · 0 + 1 · 5) / 5 = 3.",
    "If words may only look back, each adds its own key and value to the sums, asks, and "
    "forgets itself.",
    "The state has $4 \\cdot 4 + 4$ = 20 numbers after the first word and after the last.",
    "A cache for plain attention would hold 16 keys and 16 values by now, 128 numbers, and "
    "grow on.",
)
def test_sums_that_do_not_grow():
    by_hand = (
        np.array([[1, 1]]),
        np.array([[1, 0], [1, 2], [0, 1]]),
        np.array([[10], [0], [5]]),
    )
    assert (by_hand[1] @ [1, 1]).tolist() == [1, 3, 1] and one_by_one(*by_hand) == 3
    q, k, value = np.exp(drawn())
    weights = q @ k.T * np.tri(N)
    expected = weights @ value / weights.sum(axis=1, keepdims=True)
    for t in range(N):
        found = one_by_one(q[t : t + 1], k[: t + 1], value[: t + 1])
        np.testing.assert_allclose(found[0], expected[t], rtol=1e-12)
    assert np.outer(k[0], value[0]).size + k[0].size == 20 and k.size + value.size == 128


# Random features ------------------------------------------------------------------------


@says(
    "The spread of $e^{q \\cdot k}$ is halved: it falls as $1/\\sqrt m$.",
    "Its bias is nothing but the rest of chance.",
    "But the answer is one estimate *divided* by another, and a quotient of two numbers "
    "that are right on average is not: with four features it is too low by 0.3967.",
    "This bias falls faster than the spread, with 256 features to 0.0135.",
)
def test_bias_and_spread():
    (grown, *_), answer = true_values()
    assert (round(grown, 3), round(answer, 3)) == (1.649, 3.960)
    found = rows("cheaper_features")
    for row, more in itertools.pairwise(found):
        assert more["features"] == 4 * row["features"]
        assert 1.9 < row["spread"] / more["spread"] < 2.2
        assert row["answer_bias"] / more["answer_bias"] > 2.5
        assert row["answer_spread"] / more["answer_spread"] < 2
    for row in found:
        assert abs(row["bias"]) < 3 * row["spread"] / math.sqrt(20000)
        assert row["answer_bias"] < -10 * row["answer_spread"] / math.sqrt(20000)
    assert [found[i]["answer_bias"] for i in (0, -1)] == [-0.3967, -0.0135]


@says(
    "Here $|q + k|^2$ is 2.",
    "If it were 20, a spread of 1 would take 485 million features.",
    "**Random features suit short vectors, and short vectors do not look sharply.**",
)
def test_long_vectors_need_many_features():
    assert sum((QUERY + KEY[0]) ** 2) == 2 and 485e6 < math.exp(20) - 1 < 486e6
    for row in rows("cheaper_features"):
        assert row["spread"] == pytest.approx(expected_spread(row["features"]), rel=0.1)
    key = np.random.default_rng(3).normal(size=(20, 4))
    found = []
    for length in (0.25, 0.5, 1, 2, 4):
        key *= length / np.linalg.norm(key, axis=1, keepdims=True)
        sharpest = softmax(key @ key.T).max()
        found.append((sharpest, expected_spread(64, key[0], key[0])))
        assert sharpest <= math.exp(2 * length**2) / 20
    assert found == sorted(found)


# Blocks ---------------------------------------------------------------------------------


@says(
    "The third way gives up nothing.",
    "Every power is taken of *score − largest*, so none is above 1.",
    "Any block size gives the same numbers, up to rounding:",
    "All at once it is (2 · 16 + 8 · 14) / 24, the same 6.",
)
def test_blocks_give_the_same_numbers():
    query, key, value = drawn()
    for mask, block in itertools.product((None, causal_mask(N)), range(1, N + 2)):
        found = blockwise_attention(query, key, value, mask, block=block)
        np.testing.assert_allclose(found, attend(query, key, value, mask), atol=1e-12)
    far = blockwise_attention(1000 * query, key, value, block=3)  # no power overflows
    np.testing.assert_allclose(far, attend(1000 * query, key, value), atol=1e-9)
    powers = 2 ** np.array([1, 1, 1, 1, 3, 3])
    assert powers @ [4, 8, 0, 4, 6, 8] == 2 * 16 + 8 * 14 == 6 * powers.sum() == 6 * 24
