"""Linear attention: three ways to add up the same sums, and einsum from the paper."""

from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import assert_close, assert_same_function, draw

from tfmath import both, causal_mask, padding_mask, steps, trace
from tfmath.attention.linear import (
    causal_linear_attention,
    elu_plus_one,
    linear_attention,
    recurrent_attention,
)
from tfmath.errors import DtypeError, NonFiniteError, ShapeError
from tfmath.study.growth import peak_memory
from tfmath.tracing import gradients

N_QUERY, N_KEY, D_K, D_V = 4, 6, 3, 5
few = settings(max_examples=20)


def rows(seed=0, batch=(), n_query=N_QUERY, n_key=N_KEY, dtype=np.float64):
    rng = np.random.default_rng(seed)
    sizes = {"query": (n_query, D_K), "key": (n_key, D_K), "value": (n_key, D_V)}
    return {n: draw(rng, *batch, *size, dtype=dtype) for n, size in sizes.items()}


def papers(t, mask=None):
    """Equation (4): the similarity φ(q)·φ(k) in the place of the exponential."""
    query, key = (torch.nn.functional.elu(t[n]) + 1 for n in ("query", "key"))
    similar = torch.einsum("...im,...jm->...ij", query, key)
    similar = similar if mask is None else similar * torch.tensor(mask)
    weighed = torch.einsum("...ij,...jd->...id", similar, t["value"])
    return weighed / similar.sum(dim=-1, keepdim=True)


def some_mask(*shape):
    mask = np.random.default_rng(1).random(shape) < 0.5
    mask[..., 2] = True
    return mask


MASKS = {
    "none": None,
    "padding": some_mask(2, 1, N_KEY),
    "one row for each query": np.tile(some_mask(1, N_KEY), (N_QUERY, 1)),
    "another for each query": some_mask(2, N_QUERY, N_KEY),
}


@pytest.mark.parametrize("name", MASKS)
def test_numbers_and_gradients_are_the_papers(name):
    assert_same_function(
        lambda t: linear_attention(**t, mask=MASKS[name]),
        lambda t: papers(t, MASKS[name]),
        rows(batch=(2,)),
    )


@pytest.mark.parametrize("block", [1, 2, 4, 7, 9])
def test_looking_back_numbers_and_gradients_are_the_papers(block):
    arrays, causal = rows(batch=(2,), n_query=7, n_key=7), causal_mask(7)
    ours = (partial(causal_linear_attention, block=block), recurrent_attention)
    for function in ours:
        assert_same_function(
            lambda t, function=function: function(**t),
            lambda t: papers(t, causal),
            arrays,
        )


@few
@given(st.integers(0, 10**6), st.integers(1, 20), st.integers(1, 25))
def test_the_recurrent_form_is_the_parallel_form(seed, n, block):
    arrays = rows(seed, batch=(2,), n_query=n, n_key=n)
    one_by_one = recurrent_attention(**arrays)
    parallel = linear_attention(**arrays, mask=causal_mask(n))
    assert_close(one_by_one, parallel, "recurrent and parallel", 1e-12)
    some = causal_linear_attention(**arrays, block=block)
    assert_close(one_by_one, some, "some at a time", 1e-12)


def test_a_long_causal_mask_is_followed_by_running_sums():
    arrays, mask = rows(n_query=300, n_key=300), causal_mask(300)
    padded = both(mask, padding_mask(np.repeat([5, 0, 7], [200, 30, 70])))
    hole = mask.copy()
    hole[250, 3] = False  # no longer causal: all pairs
    for given_ in (mask, padded, hole):
        expected = papers({n: torch.tensor(a) for n, a in arrays.items()}, given_)
        assert_close(linear_attention(**arrays, mask=given_), expected, "long", 1e-12)
    padding = padding_mask(np.repeat([5, 0, 7], [200, 30, 70]))
    found = causal_linear_attention(**arrays, mask=padding)
    assert_close(found, linear_attention(**arrays, mask=padded), "padding", 1e-12)


def test_memory_grows_as_n_not_as_its_square():
    for function in (linear_attention, causal_linear_attention):
        sizes = []
        for n in (2048, 4096):
            arrays = rows(n_query=n, n_key=n)
            sizes.append(peak_memory(lambda a=arrays, f=function: f(**a)))
        assert 1.5 < sizes[1] / sizes[0] < 2.5 and sizes[1] < 4096**2


# Laws


@few
@given(st.integers(0, 10**6), st.integers(1, 6))
def test_the_future_changes_nothing_bit_for_bit(seed, now):
    arrays = rows(seed, n_query=7, n_key=7)
    later = np.random.default_rng(seed + 1)
    changed = {n: a.copy() for n, a in arrays.items()}
    for array in changed.values():
        array[now:] = later.normal(size=array[now:].shape)
    masked = partial(linear_attention, mask=causal_mask(7))
    ways = masked, recurrent_attention, partial(causal_linear_attention, block=3)
    for way in ways:
        before, after = way(**arrays), way(**changed)
        np.testing.assert_array_equal(after[:now], before[:now])
        assert (after[now:] != before[now:]).any()


@few
@given(st.integers(0, 10**6), st.floats(-1e300, 1e300))
def test_hidden_keys_and_values_may_hold_anything(seed, anything):
    arrays, mask = rows(seed), np.ones((1, N_KEY), bool)
    mask[:, 1] = False
    before = linear_attention(**arrays, mask=mask)
    arrays["key"][1] = arrays["value"][1] = anything
    np.testing.assert_array_equal(linear_attention(**arrays, mask=mask), before)


@few
@given(st.integers(0, 10**6))
def test_the_output_lies_among_the_values_and_the_order_of_keys_does_not_matter(seed):
    arrays = rows(seed)
    output = linear_attention(**arrays)
    low, high = arrays["value"].min(axis=0), arrays["value"].max(axis=0)
    assert (output >= low - 1e-12).all() and (output <= high + 1e-12).all()
    order = np.random.default_rng(seed).permutation(N_KEY)
    shuffled = arrays | {n: arrays[n][order] for n in ("key", "value")}
    assert_close(linear_attention(**shuffled), output, "order", 1e-13)


def test_a_query_that_sees_nothing_gets_zeros_and_slopes_zero():
    arrays, mask = rows(), np.ones((N_QUERY, N_KEY), bool)
    mask[1] = False
    traced = {n: trace(a, n) for n, a in arrays.items()}
    output = linear_attention(**traced, mask=mask)
    assert (output.value[1] == 0).all() and (output.value[0] != 0).all()
    grads = gradients((output * output).sum())
    assert (grads["query"][1] == 0).all() and np.isfinite(grads["key"]).all()
    nothing = linear_attention(**arrays, mask=np.zeros((1, N_KEY), bool))
    np.testing.assert_array_equal(nothing, np.zeros((N_QUERY, D_V)))


def test_no_rows_and_far_rows():
    assert linear_attention(**rows(n_key=0)).tolist() == [[0.0] * D_V] * N_QUERY
    nothing = rows(n_query=0, n_key=0, batch=(2,))
    assert recurrent_attention(**nothing).shape == (2, 0, D_V)
    assert causal_linear_attention(**nothing).shape == (2, 0, D_V)
    far = {n: 1e4 * a for n, a in rows(dtype=np.float32).items()}
    assert np.isfinite(linear_attention(**far)).all()


def test_the_sums_are_named_and_so_are_the_weights():
    traced = {n: trace(a, n) for n, a in rows().items()}
    record = steps(linear_attention(**traced))
    assert record["sums"].shape == (D_K, D_V) and record["totals"].shape == (1, D_K)
    record = steps(linear_attention(**traced, mask=some_mask(N_QUERY, N_KEY)))
    np.testing.assert_allclose(record["weights"].value.sum(axis=-1), 1, rtol=1e-14)


def test_other_features():
    """The squares of all pairs of numbers: φ(q)·φ(k) is (q·k)²."""

    def pairs(x):
        return (x[..., :, np.newaxis] * x[..., np.newaxis, :]).reshape(*x.shape[:-1], -1)

    arrays = rows()
    squares = (arrays["query"] @ arrays["key"].T) ** 2
    expected = squares @ arrays["value"] / squares.sum(axis=-1, keepdims=True)
    found = linear_attention(**arrays, features=pairs)
    assert_close(found, expected, "(q·k)²", 1e-12)


def test_features_are_torchs_elu_plus_one():
    x = draw(np.random.default_rng(0), 2, 7, 3)
    expected = torch.nn.functional.elu(torch.tensor(x)) + 1
    assert_close(elu_plus_one(x), expected, "features", 1e-15)
    assert elu_plus_one(np.float32([-1e4, 1e4])).tolist() == [0.0, 10001.0]


# Refused


@pytest.mark.parametrize("function", [causal_linear_attention, recurrent_attention])
def test_looking_back_needs_a_place_for_each_query(function):
    with pytest.raises(ShapeError, match=f"{function.__name__}: .*as many queries as keys"):
        function(**rows())


@pytest.mark.parametrize("block", [0, -1, 1.5, None, "2"])
def test_a_block_of_nothing(block):
    with pytest.raises((ValueError, TypeError), match="causal_linear_attention: block is"):
        causal_linear_attention(**rows(n_query=6), block=block)


def test_a_mask_that_looking_back_cannot_follow():
    with pytest.raises(ValueError, match="causal_linear_attention: mask must be one row"):
        causal_linear_attention(**rows(n_query=6), mask=causal_mask(6))


@pytest.mark.parametrize(
    "change, error, words",
    [
        ({"key": np.ones((6, 2))}, ShapeError, "same d_k"),
        ({"value": np.ones((5, 2))}, ShapeError, "same n_key"),
        ({"mask": np.ones((4, 5), bool)}, ShapeError, "mask must have the shape"),
        ({"mask": np.ones((1, 6))}, DtypeError, "must hold bool"),
        ({"value": np.full((6, 2), np.inf)}, NonFiniteError, "value holds inf"),
        ({"features": "elu"}, TypeError, "features is 'elu'; it must be a function"),
        ({"features": lambda x: None}, DtypeError, r"features\(query\) is None"),
        ({"features": lambda x: x[0]}, ShapeError, r"features\(query\) \(3,\) .*two axes"),
        ({"features": lambda x: x[1:]}, ShapeError, r"features\(query\) .* same n_query"),
        ({"query": np.ones(3)}, ShapeError, "two axes"),
    ],
)
def test_what_does_not_fit_is_said(change, error, words):
    with pytest.raises(error, match=f"linear_attention: (?s:.*){words}"):
        linear_attention(**rows() | change)
