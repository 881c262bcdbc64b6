"""Linformer: the identity gives plain attention; torch's own on rows mixed by einsum."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import assert_close, assert_same_function, draw

from tfmath import causal_mask, padding_mask, steps, trace
from tfmath.attention.dot_product import attend
from tfmath.attention.low_rank import low_rank_attention, pooling
from tfmath.errors import DtypeError, NonFiniteError, ShapeError

N_QUERY, N_KEY, D_K, D_V, HEADS, MIXED = 4, 6, 3, 5, 2, 7
TORCHS_OWN = torch.nn.functional.scaled_dot_product_attention
EYE = np.eye(N_KEY)
few = settings(max_examples=20)


def rows(seed=0, batch=(), dtype=np.float64):
    rng = np.random.default_rng(seed)
    sizes = {"query": (N_QUERY, D_K), "key": (N_KEY, D_K), "value": (N_KEY, D_V)}
    return {n: draw(rng, *batch, HEADS, *size, dtype=dtype) for n, size in sizes.items()}


def tables(seed=1, heads=(), columns=N_KEY):
    rng = np.random.default_rng(seed)
    return {name: draw(rng, *heads, MIXED, columns) for name in "EF"}


def papers(t):
    """Equation (7), with the mixing written as sums over the sentence."""
    mixed = (
        torch.einsum("...kn,...hnd->...hkd", t[name], t[rows_])
        if t[name].ndim == 2
        else torch.einsum("hkn,...hnd->...hkd", t[name], t[rows_])
        for name, rows_ in (("E", "key"), ("F", "value"))
    )
    return TORCHS_OWN(t["query"], *mixed)


@pytest.mark.parametrize("heads", [(), (HEADS,)])
def test_numbers_and_gradients_are_the_papers(heads):
    given_ = rows(batch=(3,)) | tables(heads=heads)
    assert_same_function(lambda t: low_rank_attention(**t), papers, given_)


@few
@given(st.integers(0, 10**6), st.integers(0, 3))
def test_with_the_identity_it_is_plain_attention(seed, longer):
    """Also under padding, and with a table made for a longer sentence."""
    arrays, table = rows(seed, batch=(3,)), np.eye(N_KEY + longer)
    found = low_rank_attention(**arrays, E=table)
    assert_close(found, attend(**arrays), "the identity", 1e-14)
    seen = np.random.default_rng(seed).random((3, 1, 1, N_KEY)) < 0.6
    found = low_rank_attention(**arrays, mask=seen, E=table)
    assert_close(found, attend(**arrays, mask=seen), "padded", 1e-14)


def test_a_permutation_of_keys_is_plain_attention_and_a_turned_table_is_not():
    arrays, order = rows(), np.random.default_rng(3).permutation(N_KEY)
    found = low_rank_attention(**arrays, E=EYE[order])
    assert_close(found, attend(**arrays), "any order of the mixtures", 1e-14)
    wrong = low_rank_attention(**arrays, E=EYE, F=EYE[order])  # other values than keys
    assert np.abs(wrong - attend(**arrays)).max() > 0.1


@few
@given(st.integers(0, 10**6), st.floats(-1e300, 1e300))
def test_hidden_rows_may_hold_anything(seed, anything):
    arrays, mask = rows(seed), np.ones((1, N_KEY), bool)
    mask[:, 1] = False
    before = low_rank_attention(**arrays, mask=mask, **tables())
    arrays["key"][:, 1] = arrays["value"][:, 1] = anything
    again = low_rank_attention(**arrays, mask=mask, **tables())
    np.testing.assert_array_equal(again, before)
    short = {n: a[:, [0, 2, 3, 4, 5]] if n != "query" else a for n, a in arrays.items()}
    left = {n: t[:, [0, 2, 3, 4, 5]] for n, t in tables().items()}
    assert_close(before, low_rank_attention(**short, **left), "left out", 1e-12)


def test_a_shorter_sentence_uses_the_first_columns():
    arrays, wide = rows(), tables(columns=N_KEY + 3)
    short = {name: table[:, :N_KEY] for name, table in wide.items()}
    expected = low_rank_attention(**arrays, **short)
    np.testing.assert_array_equal(low_rank_attention(**arrays, **wide), expected)


def test_without_a_table_it_is_plain_and_a_causal_mask_is_welcome():
    arrays = rows()
    arrays["query"], mask = arrays["key"], causal_mask(N_KEY)
    expected = attend(**arrays, mask=mask)
    np.testing.assert_array_equal(low_rank_attention(**arrays, mask=mask), expected)


def test_without_F_values_are_mixed_as_keys_are():
    E = tables()["E"]
    both = low_rank_attention(**rows(), E=E, F=E)
    np.testing.assert_array_equal(low_rank_attention(**rows(), E=E), both)


def test_there_are_k_scores_a_query_and_their_steps_have_names():
    traced = {n: trace(a, n) for n, a in (rows() | tables()).items()}
    record = steps(low_rank_attention(**traced))
    assert record["scores"].shape == (HEADS, N_QUERY, MIXED)
    assert {"mixed keys", "mixed values", "weights", "output"} <= set(record)


def test_float32_stays_and_padding_of_ids_is_a_mask():
    mask = padding_mask([5, 3, 9, 9, 0, 0])[np.newaxis]
    float32 = {n: t.astype(np.float32) for n, t in tables().items()}
    found = low_rank_attention(**rows(dtype=np.float32), mask=mask, **float32)
    assert found.dtype == np.float32
    whole = low_rank_attention(**rows(dtype=np.float32), mask=mask[0], **float32)
    np.testing.assert_array_equal(found[0] if found.ndim > 3 else found, whole)


def test_pooling_takes_means_of_neighbours():
    assert pooling(6, 2).tolist() == [[1 / 3] * 3 + [0] * 3, [0] * 3 + [1 / 3] * 3]
    np.testing.assert_array_equal(pooling(5, 5), np.eye(5))


@few
@given(st.integers(1, 40), st.data())
def test_pooling_shares_out_every_row_once_and_fairly(n, data):
    k = data.draw(st.integers(1, n))
    table = pooling(n, k)
    assert table.shape == (k, n) and ((table > 0).sum(axis=0) == 1).all()
    np.testing.assert_allclose(table.sum(axis=1), 1, rtol=1e-15)
    sizes = (table > 0).sum(axis=1)
    assert sizes.max() - sizes.min() <= 1
    assert (np.diff((table > 0).argmax(axis=0)) >= 0).all()


# Refused


@pytest.mark.parametrize(
    "change, error, words",
    [
        ({"mask": causal_mask(6)[:4]}, ValueError, "same keys from every query"),
        ({"E": np.ones((2, 5))}, ShapeError, r"E \(2, 5\) must be .* 6 rows of key"),
        ({"F": np.ones((2, 5))}, ShapeError, r"F \(2, 5\) must be"),
        ({"E": np.ones((0, 6))}, ShapeError, r"E \(0, 6\) must be .* k 1 or more"),
        ({"E": np.ones(6)}, ShapeError, r"E \(6,\) must be"),
        ({"E": np.full((2, 6), np.nan)}, NonFiniteError, r"E holds nan at \(0, 0\)"),
        ({"key": np.ones((6, 2))}, ShapeError, "same d_k"),
        ({"value": np.ones((5, 2))}, ShapeError, "same n_key"),
        ({"mask": np.ones((1, 6))}, DtypeError, "must hold bool"),
        ({"query": np.ones(3)}, ShapeError, "two axes"),
        ({"query": np.ones((4, 0)), "key": np.ones((6, 0))}, ShapeError, "d_k = 0"),
    ],
)
def test_what_cannot_be_done_is_said(change, error, words):
    arrays = rows() | tables() | change
    with pytest.raises(error, match=f"low_rank_attention: (?s:.*){words}"):
        low_rank_attention(**arrays)


@pytest.mark.parametrize("n, k", [(4, 0), (4, 5), (0, 1), (4, 1.5), ("4", 2)])
def test_pooling_refuses(n, k):
    with pytest.raises((ValueError, TypeError), match="pooling: [nk] is"):
        pooling(n, k)
