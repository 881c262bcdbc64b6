"""Attention: beside torch's own, and the laws that every attention keeps."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tables import D_K, D_V, N_KEY, N_QUERY, assert_close, assert_same_function, draw

from tfmath import causal_mask, scaled_dot_product_attention
from tfmath.attention.dot_product import attend, biased_attention
from tfmath.errors import DtypeError, ShapeError
from tfmath.tracing import gradients, steps, trace

TORCHS_OWN = torch.nn.functional.scaled_dot_product_attention


def three(seed=0, batch=(), key_batch=None, n_query=N_QUERY, n_key=N_KEY, dtype=np.float64):
    rng = np.random.default_rng(seed)
    key_batch = batch if key_batch is None else key_batch
    return {
        "query": draw(rng, *batch, n_query, D_K, dtype=dtype),
        "key": draw(rng, *key_batch, n_key, D_K, dtype=dtype),
        "value": draw(rng, *key_batch, n_key, D_V, dtype=dtype),
    }


def some_mask(*shape, seed=1):
    """A mask that leaves every query something."""
    mask = np.random.default_rng(seed).random(shape) < 0.5
    mask[..., 2] = True
    return mask


MASKS = {
    "none": None,
    "all": np.ones((N_QUERY, N_KEY), bool),
    "some": some_mask(N_QUERY, N_KEY),
    "same for all queries": some_mask(1, N_KEY),
    "one row for each sentence": some_mask(2, 1, N_KEY),
    "its own for each": some_mask(2, N_QUERY, N_KEY),
}


@pytest.mark.parametrize("name", MASKS)
def test_numbers_and_gradients_equal_torchs(name):
    mask = MASKS[name]
    theirs = None if mask is None else torch.tensor(mask)
    assert_same_function(
        lambda t: scaled_dot_product_attention(**t, mask=mask),
        lambda t: TORCHS_OWN(**t, attn_mask=theirs),
        three(batch=(2,)),
    )


def test_a_batch_of_queries_may_share_keys():
    assert_same_function(
        lambda t: scaled_dot_product_attention(**t),
        lambda t: TORCHS_OWN(**t),
        three(batch=(3, 2), key_batch=(1, 2)),
    )


def test_the_causal_mask_is_torchs_is_causal():
    arrays = three(n_query=5, n_key=5)
    tensors = {name: torch.tensor(a) for name, a in arrays.items()}
    expected = TORCHS_OWN(**tensors, is_causal=True)
    assert_close(
        scaled_dot_product_attention(**arrays, mask=causal_mask(5)), expected, "output"
    )


def test_by_hand():
    """Divided by √4 the scores are 2, 0, 4; the weights e², 1, e⁴ over their sum."""
    query = np.array([[1.0, 1.0, 1.0, 1.0]])
    key = np.array([[1.0, 1, 1, 1], [0, 0, 0, 0], [2, 2, 2, 2]])
    value = np.array([[1.0, 0], [0, 1], [5, 5]])
    grown = [math.exp(2), 1, math.exp(4)]
    expected = [(grown[0] + 5 * grown[2]) / sum(grown), (1 + 5 * grown[2]) / sum(grown)]
    assert_close(
        scaled_dot_product_attention(query, key, value), [expected], "output", 1e-14
    )


def test_another_scale_is_torchs():
    arrays = three(batch=(2,))
    tensors = {name: torch.tensor(a) for name, a in arrays.items()}
    expected = TORCHS_OWN(**tensors, scale=0.3)
    assert_close(scaled_dot_product_attention(**arrays, scale=0.3), expected, "output")


def test_the_steps_have_their_names():
    output = scaled_dot_product_attention(*(trace(a, n) for n, a in three().items()))
    names = ["query", "key", "value", "products", "scores", "weights", "output"]
    assert list(steps(output)) == names


# Laws


@given(st.integers(0, 10**6), st.integers(1, 7), st.integers(1, 7))
def test_weights_sum_to_one_and_the_output_lies_among_the_values(seed, n_query, n_key):
    arrays = three(seed, n_query=n_query, n_key=n_key)
    output = scaled_dot_product_attention(*(trace(a, n) for n, a in arrays.items()))
    weights = steps(output)["weights"].value
    np.testing.assert_allclose(weights.sum(axis=-1), 1, rtol=0, atol=1e-14)
    assert (weights > 0).all()
    low, high = arrays["value"].min(axis=0), arrays["value"].max(axis=0)
    assert (output.value >= low - 1e-12).all() and (output.value <= high + 1e-12).all()


@given(st.integers(0, 10**6))
def test_what_is_hidden_has_weight_and_gradient_exactly_zero(seed):
    arrays, mask = three(seed), some_mask(N_QUERY, N_KEY, seed=seed)
    mask[:, 1] = False
    output = scaled_dot_product_attention(*(trace(a, n) for n, a in arrays.items()), mask)
    weights = steps(output)["weights"].value
    assert (weights[~mask] == 0).all() and (weights[mask] > 0).all()
    grads = gradients((output * output).sum())
    assert (grads["scores"][~mask] == 0).all()
    for name in ("key", "value"):
        assert (grads[name][1] == 0).all() and (grads[name][2] != 0).any()


@given(st.integers(0, 10**6), st.floats(-1e300, 1e300))
def test_hidden_keys_and_values_may_hold_anything(seed, anything):
    arrays, mask = three(seed), np.ones((N_QUERY, N_KEY), bool)
    mask[:, 1] = False
    before = scaled_dot_product_attention(**arrays, mask=mask)
    arrays["key"][1], arrays["value"][1] = np.sign(anything) * 1e150, anything
    np.testing.assert_array_equal(scaled_dot_product_attention(**arrays, mask=mask), before)


@given(st.integers(0, 10**6), st.integers(1, 5))
def test_the_future_changes_nothing_bit_for_bit(seed, now):
    arrays, mask = three(seed, n_query=6, n_key=6), causal_mask(6)
    before = scaled_dot_product_attention(**arrays, mask=mask)
    for array in arrays.values():
        array[now:] = np.random.default_rng(seed + 1).normal(size=array[now:].shape)
    after = scaled_dot_product_attention(**arrays, mask=mask)
    np.testing.assert_array_equal(after[:now], before[:now])
    assert (after[now:] != before[now:]).all()


@given(st.integers(0, 10**6))
def test_permuting_keys_changes_nothing_permuting_queries_permutes(seed):
    arrays, rng = three(seed), np.random.default_rng(seed)
    expected = scaled_dot_product_attention(**arrays)
    order = rng.permutation(N_KEY)
    shuffled = arrays | {name: arrays[name][order] for name in ("key", "value")}
    assert_close(scaled_dot_product_attention(**shuffled), expected, "keys", 1e-14)
    order = rng.permutation(N_QUERY)
    shuffled = arrays | {"query": arrays["query"][order]}
    assert_close(
        scaled_dot_product_attention(**shuffled), expected[order], "queries", 1e-14
    )


@given(st.integers(0, 10**6))
def test_batched_is_one_by_one(seed):
    arrays, mask = three(seed, batch=(3, 2)), some_mask(3, 1, N_QUERY, N_KEY)
    together = scaled_dot_product_attention(**arrays, mask=mask)
    for i, j in np.ndindex(3, 2):
        one = {name: array[i, j] for name, array in arrays.items()}
        assert_close(
            scaled_dot_product_attention(**one, mask=mask[i, 0]),
            together[i, j],
            "one",
            1e-14,
        )


@given(st.integers(0, 10**6))
def test_float32_in_float32_out(seed):
    arrays = three(seed, dtype=np.float32)
    output = scaled_dot_product_attention(*(trace(a, n) for n, a in arrays.items()))
    assert {a.dtype for a in steps(output).values()} == {np.dtype(np.float32)}
    wide = scaled_dot_product_attention(
        **{n: a.astype(np.float64) for n, a in arrays.items()}
    )
    assert_close(output.value, wide, "output", 1e-5)
    assert scaled_dot_product_attention(**arrays).dtype == np.float32


# Nothing to look at


def test_a_query_that_may_look_at_nothing_gets_zeros_as_from_torch():
    arrays, mask = three(), some_mask(N_QUERY, N_KEY)
    mask[1] = False
    tensors = {name: torch.tensor(a) for name, a in arrays.items()}
    expected = TORCHS_OWN(**tensors, attn_mask=torch.tensor(mask))
    output = scaled_dot_product_attention(**arrays, mask=mask)
    assert_close(output, expected, "output")
    assert (output[1] == 0).all()
    traced = scaled_dot_product_attention(*(trace(a, n) for n, a in arrays.items()), mask)
    grads = gradients((traced * traced + traced).sum())
    assert (grads["query"][1] == 0).all() and all(
        np.isfinite(g).all() for g in grads.values()
    )


def test_no_keys_and_no_queries():
    nobody = scaled_dot_product_attention(**three(n_key=0))
    np.testing.assert_array_equal(nobody, np.zeros((N_QUERY, D_V)), strict=True)
    assert scaled_dot_product_attention(**three(n_query=0)).shape == (0, D_V)
    assert scaled_dot_product_attention(**three(batch=(0,))).shape == (0, N_QUERY, D_V)


def test_scores_of_ten_thousand_do_not_overflow():
    arrays = {name: 1e4 * array for name, array in three().items()}
    output = scaled_dot_product_attention(**arrays)
    assert np.isfinite(output).all()
    assert np.isin(output, arrays["value"]).all()  # one weight is 1, the others 0


# Refused


@pytest.mark.parametrize(
    "name, shape, words",
    [
        ("key", (6, 7), ["same d_k", "(4, 3) has d_k = 3", "(6, 7) has d_k = 7"]),
        ("value", (5, 4), ["same n_key", "(6, 3) has n_key = 6", "(5, 4) has n_key = 5"]),
        ("query", (3,), ["query (3,)", "two axes"]),
        ("key", (), ["key ()", "two axes"]),
        ("key", (2, 6, 3), None),
    ],
)
def test_shapes_that_do_not_fit(name, shape, words):
    arrays = three() | {name: np.ones(shape)}
    if words is None:
        assert scaled_dot_product_attention(**arrays).shape == (2, N_QUERY, D_V)
        return
    with pytest.raises(ShapeError) as caught:
        scaled_dot_product_attention(**arrays)
    assert all(word in str(caught.value) for word in ["attention", *words])


def test_batches_that_do_not_fit():
    arrays = three(batch=(2,), key_batch=(3,))
    with pytest.raises(ShapeError, match=r"attention.*batch") as caught:
        scaled_dot_product_attention(**arrays)
    assert "(2, 4, 3)" in str(caught.value) and "(3, 6, 3)" in str(caught.value)


def test_no_width():
    with pytest.raises(ShapeError, match=r"query \(4, 0\) has d_k = 0"):
        scaled_dot_product_attention(np.ones((4, 0)), np.ones((6, 0)), np.ones((6, 2)))


@pytest.mark.parametrize("shape", [(6, 4), (4, 5), (2, 4, 6), (6, 1)])
def test_a_mask_of_the_wrong_shape(shape):
    with pytest.raises(ShapeError, match=r"mask.*\n.*scores \(4, 6\)"):
        scaled_dot_product_attention(**three(), mask=np.ones(shape, bool))


@pytest.mark.parametrize("dtype", [int, np.float64, np.uint8, object])
def test_a_mask_of_numbers(dtype):
    with pytest.raises(DtypeError, match="True = may look"):
        scaled_dot_product_attention(**three(), mask=np.ones((4, 6), dtype))


@pytest.mark.parametrize("attention", [attend, biased_attention])
@pytest.mark.parametrize("name", ["query", "key", "value"])
@pytest.mark.parametrize("array", [1.0, [1.0, 2.0, 3.0]])
def test_an_array_without_rows_is_named(attention, name, array):
    with pytest.raises(ShapeError, match=rf"{attention.__name__}: {name} .*two axes"):
        attention(**three() | {name: np.array(array)})


@pytest.mark.parametrize("attention", [attend, biased_attention])
@pytest.mark.parametrize("shape", [(5,), (3, 4, 6), (6, 4), (0,)])
def test_a_table_of_scales_that_does_not_fit_is_named(attention, shape):
    with pytest.raises(ShapeError, match=r"scale \(.*must broadcast to the .*\(4, 6\)"):
        attention(**three(), scale=np.ones(shape))
    assert attention(**three(), scale=np.ones((4, 1))).shape == (4, D_V)
