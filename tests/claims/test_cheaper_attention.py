"""What the chapter on cheaper attention says, proved."""

import itertools
import math
from functools import partial

import numpy as np
import pytest

from tests.claims.cheaper_examined import (  # noqa: F401  (tests, run from here)
    test_no_more_than_the_rank_comes_to_the_names_asked_for,
    test_random_features_pass_by_the_draw_that_was_learned,
    test_the_mean_finds_what_the_most_frequent_letter_does,
    test_who_passes_the_examination,
)
from tests.claims.cheaper_features import (  # noqa: F401  (tests, run from here)
    test_bias_and_spread,
    test_long_vectors_need_many_features,
    test_why_the_features_are_right_on_average,
)
from tests.claims.cheaper_measured import (  # noqa: F401  (tests, run from here)
    test_a_width_of_three_is_enough,
    test_a_window_suits_a_head_that_looks_near,
    test_directions_at_right_angles_and_buckets,
    test_no_cheap_method_is_good_for_all_three,
    test_no_table_of_low_rank_looks_sharply,
    test_shared_keys_save_no_product,
    test_swapped_in_only_the_exact_ones_work,
    test_the_three_heads,
    test_trained_anew_all_of_them_finish,
)
from tests.claims.cheaper_timed import (  # noqa: F401  (tests, run from here)
    test_fewer_products_are_not_less_time,
    test_the_table_was_not_needed,
)
from tests.claims.claim import says
from tfmath import causal_mask
from tfmath.attention import low_rank, patterns, sparse, windows
from tfmath.attention.blockwise import blockwise_attention
from tfmath.attention.dot_product import attend
from tfmath.practice.cheaper_attention import one_by_one
from tfmath.study.error_against_cost import methods, multiply_adds_of

CHAPTER = "19_cheaper_attention.ipynb"
DEFINITIONS = (
    "make every score, but **never keep them all**,",
    "**Bias** is the mean error of all draws, **spread** the root of their mean square "
    "distance from their mean.",
    "(Where words look back only, of every earlier one.)",
    "Read the keys in blocks and keep three things for each query: the largest score so "
    "far, the sum of the powers, and the sum of the values times their powers, a row as "
    "wide as a value.",
    "The last is the mean: *all weights alike*.",
    "Measure the error, and always beside the mean of all.",
    "Block by block, with powers of 2: so far the largest score is 1, the sum of the "
    "powers 4, the sum of the values 22.",
    "The rows of `query` and `key` are features already, all of them positive.",
    "The check also looks whether you make a table of all pairs; products made piece by "
    "piece it does not see.",
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
    "A book of 100,000 words makes ten billion, 40 gigabytes of scores at 4 bytes each, "
    "for one head of one layer.",
    "**Window**: 16 · 5, less 3 at each end, is 74.",
    "Each word costs the same, however long the text.",
)
def test_pairs_grow_as_the_square_and_a_window_with_the_text():
    assert 100_000**2 == 10e9 and 4 * 100_000**2 == 40e9 and 16 * 5 - 2 * 3 == 74
    for attention, most, least in ((attend, 4.1, 3.9), (methods()["window", 32], 2.1, 1.9)):
        short, long = (
            multiply_adds_of(attention, *np.zeros((3, n, 8))) for n in (512, 1024)
        )
        assert least < long / short < most


@says(
    "*Strided*: oneself, the four words before, and every fourth before them.",
    "In a long text a stride of four leaves about $n^2/8$ pairs.",
    "Let it grow as $\\sqrt n$, as they do (here $\\sqrt{16} = 4$): then *fixed* leaves "
    "about $n \\cdot \\sqrt n$, *strided* half as many again.",
    "*Fewer pairs*: a window costs $n \\cdot$ its words, strides of $\\sqrt n$ cost about "
    "$n \\cdot \\sqrt n$.",
)
def test_a_stride_of_four_still_grows_as_the_square():
    seen = np.flatnonzero(patterns.strided_mask(N, 4)[15])
    assert seen.tolist() == [3, 7, 11, 12, 13, 14, 15]
    for mask in (patterns.strided_mask, patterns.fixed_mask):
        for n in (256, 1024, 4096):
            assert 1 <= mask(n, 4).sum() / (n * n / 8) < 1.2
    for n in (256, 1024, 4096):
        strided, fixed = (
            mask(n, math.isqrt(n)).sum() / (n * math.sqrt(n))
            for mask in (patterns.strided_mask, patterns.fixed_mask)
        )
        assert 0.99 < fixed < 1.02 and 1.4 < strided < 1.51
    for n in (256, 1024, 4096):
        assert 4.5 < windows.window_mask(n, 2).sum() / n < 5


@says(
    "A mask alone need not make anything cheaper: every hidden score is worked out, and "
    "thrown away.",
    "So these functions take the words in blocks, and make no product for two blocks of "
    "which nobody looks at the other.",
    "The numbers are those of the mask.",
    "Saving takes length: of 1,024 words a window of two needs one pair in 205, and in "
    "blocks of 32, which meet 36, at the ends 34, makes one product in 29.",
)
def test_a_mask_saves_no_product_and_a_function_of_few_does():
    query, key, value = np.random.default_rng(1).normal(size=(3, 1024, 4))
    full = multiply_adds_of(attend, query, key, value)
    window = partial(windows.sliding_window_attention, width=2)
    assert round(full / multiply_adds_of(window, query, key, value)) == 29
    pairs = windows.window_pairs(1024, 1024, 2, 2, 1, 32)
    assert {len(some) for some, _ in pairs} == {32}
    assert {len(keys) for _, keys in pairs[1:-1]} == {36}
    assert [len(pairs[end][1]) for end in (0, -1)] == [34, 34]
    needed = windows.window_mask(1024, 2).sum()
    assert round(1024**2 / needed) == 205
    for (attention, own), mask in zip(FEW, masks_of_few(1024), strict=True):
        few = partial(attention, **own)
        masked = multiply_adds_of(partial(attend, mask=mask), query, key, value)
        assert masked == full > 2 * multiply_adds_of(few, query, key, value)
        expected = attend(query, key, value, mask)
        np.testing.assert_allclose(few(query, key, value), expected, atol=1e-12)


@says(
    "The window answers two words at a time: together they meet six, and each needs five.",
    "*Strided* saves nothing on so short a text: its near words stand in one block, its "
    "far ones in four of four by four, 16 · 16 + 4 · 16 = 320.",
)
def test_products_on_sixteen_words():
    pairs = windows.window_pairs(N, N, 2, 2, 1, 2)
    assert {len(keys) for _, keys in pairs[1:-1]} == {6}
    strided = partial(sparse.strided_attention, stride=4)
    made = multiply_adds_of(strided, *drawn()) // 8
    assert made == 16 * 16 + 4 * 16 == 320 > N * N
    near, far = (
        windows.window_pairs(N, N, 4, 0, 1, 32),
        windows.window_pairs(N, N, N, 0, 4, N),
    )
    sizes = [[(len(q), len(k)) for q, k in some] for some in (near, far)]
    assert sizes == [[(16, 16)], [(4, 4)] * 4]


@says(
    "In a window of two, word 15 never looks at word 0.",
    "But word 2 heard it, and in the next layer word 4 hears word 2.",
    "A window hands a word on by two places a layer, and 15 places take 8 layers.",
    "The other four take two: **any word reaches any other through a word that sees all**, "
    "by a step and a stride, or through the end of a stretch.",
)
def test_who_has_heard_of_whom():
    window, back = windows.window_mask(N, 2), np.tri(N, dtype=bool)
    assert window[2, 0] and window[4, 2] and not window[4, 0]
    heard = [np.linalg.matrix_power(window.astype(int), layers)[15, 0] for layers in (7, 8)]
    assert heard[0] == 0 < heard[1]
    for mask in (patterns.strided_mask(N, 4), patterns.fixed_mask(N, 4)):
        assert not mask[back].all() and (mask @ mask)[back].all()
    for i, j in np.argwhere(back):
        assert patterns.strided_mask(N, 4)[i, i - (i - j) % 4]
        assert patterns.strided_mask(N, 4)[i - (i - j) % 4, j]
        end = min(j // 4 * 4 + 3, i)
        assert patterns.fixed_mask(N, 4)[i, end] and patterns.fixed_mask(N, 4)[end, j]
    for n, width in ((16, 2), (100, 1)):
        seen = windows.global_window_mask(n, width)
        assert not seen.all() and (seen @ seen).all()


# Mixtures and sums ----------------------------------------------------------------------


@says(
    "The weights of words on words are a table $n \\times m$ times $E$, a table $m \\times "
    "n$: every row is a mixture of the same $m$ rows.",
    "One says that their **rank** is $m$ at most.",
    "($n$ words that each look at one word alone, each at a different one, take rank $n$.)",
    "Six keys of one number, 3, 0, 6, 2, 4 and 0, become two, 3 and 2, and 36 scores "
    "become 12.",
)
def test_mixtures_make_a_table_of_low_rank():
    assert (low_rank.pooling(6, 2) @ [3, 0, 6, 2, 4, 0]).tolist() == [3, 2]
    x = drawn()[0]
    for k in (2, 3):
        E = low_rank.pooling(N, k)
        weights = low_rank.low_rank_attention(x, x, np.eye(N), E=E)  # values show weights
        assert weights.shape == (N, N) and np.linalg.matrix_rank(weights) == k


@says(
    "Yet the first mixture holds the words 0, 1 and 2.",
    "From word 1 it must be hidden, since word 2 is in it; then word 1 misses word 0, too.",
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
    "is forgotten.",
    "With the totals, the state has $4 \\cdot 4 + 4$ = 20 numbers after the first word "
    "and after the last.",
    "A cache for plain attention would hold 16 keys and 16 values by now, 128 numbers, and "
    "grow on.",
    "Below the line stays the query times the sum of the keys.",
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
    assert 64 * 64 + 64 == 4160 == 32.5 * (64 + 64)
    assert np.outer(k[0], value[0]).size + k[0].size == 20 and k.size + value.size == 128


# Blocks ---------------------------------------------------------------------------------


@says(
    "The third way gives up nothing.",
    "Every power is $e$ to the *score − largest*, so none is above 1.",
    "Any block size gives the same numbers, up to rounding.",
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
