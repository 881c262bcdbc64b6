"""Softmax: beside torch's own, by hand, its laws, and its edges."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from tables import assert_close

from tfmath import log_softmax, softmax
from tfmath.errors import DtypeError, NonFiniteError, ShapeError
from tfmath.parts.softmax import log_softmax_backward, logsumexp, softmax_backward
from tfmath.tracing import gradients, trace

BOTH = {
    "softmax": (softmax, torch.softmax),
    "log_softmax": (log_softmax, torch.log_softmax),
}
SCORES = np.random.default_rng(0).normal(size=(2, 3, 7)) * 4
MASK = np.random.default_rng(1).random((3, 7)) < 0.6
MASK[:, 4] = True
any_scores = arrays(
    np.float64, st.tuples(st.integers(1, 3), st.integers(1, 9)), elements=st.floats(-50, 50)
)


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("size", [1e-3, 1, 30, 1e4])
def test_numbers_and_gradients_equal_torchs(name, size):
    ours, theirs = BOTH[name]
    scores = SCORES * size
    tensor = torch.tensor(scores, requires_grad=True)
    expected = theirs(tensor, -1)
    share = np.random.default_rng(2).normal(size=scores.shape)
    (expected * torch.tensor(share)).sum().backward()
    traced = ours(trace(scores, "scores"))
    np.testing.assert_allclose(traced.value, expected.detach(), rtol=1e-12, atol=1e-15)
    assert_close(gradients((traced * share).sum())["scores"], tensor.grad, "scores")


@pytest.mark.parametrize("mask", [MASK, MASK[:1], MASK[0], np.stack([MASK, ~MASK | MASK])])
def test_a_mask_is_minus_infinity(mask):
    tensor = torch.tensor(SCORES, requires_grad=True)
    expected = torch.softmax(tensor.masked_fill(~torch.tensor(mask), -torch.inf), -1)
    (expected * torch.tensor(SCORES)).sum().backward()
    traced = softmax(trace(SCORES, "scores"), mask)
    assert_close(traced.value, expected, "weights")
    assert_close(gradients((traced * SCORES).sum())["scores"], tensor.grad, "scores")
    hidden = ~np.broadcast_to(mask, SCORES.shape)
    assert (traced.value[hidden] == 0).all()
    assert_close(
        softmax(np.where(mask, SCORES, -np.inf)), traced.value, "scores of -inf", 0
    )


def test_by_hand():
    assert_close(softmax(np.log([1.0, 2.0, 5.0])), [1 / 8, 2 / 8, 5 / 8], "weights", 1e-15)
    e = math.e
    assert_close(softmax([0.0, 1.0]), [1 / (1 + e), e / (1 + e)], "weights", 1e-15)
    grads = softmax_backward(np.array([1.0, 0.0, 0.0]), np.array([0.5, 0.25, 0.25]))
    assert grads.tolist() == [0.25, -0.125, -0.125]
    logs = np.log([0.5, 0.5])
    assert_close(
        log_softmax_backward(np.array([1.0, 0.0]), logs), [0.5, -0.5], "grad", 1e-15
    )


@given(any_scores)
def test_weights_are_positive_and_sum_to_one(scores):
    weights = softmax(scores)
    assert (weights > 0).all()
    np.testing.assert_allclose(weights.sum(axis=-1), 1, rtol=0, atol=1e-14)
    np.testing.assert_allclose(np.exp(log_softmax(scores)), weights, rtol=1e-12)


@given(any_scores, st.floats(-1000, 1000))
def test_a_common_shift_does_not_matter(scores, shift):
    assert_close(softmax(scores + shift), softmax(scores), "weights", 1e-11)
    grad = gradients((softmax(trace(scores, "s")) * SCORES[0, 0, 0]).sum())["s"]
    np.testing.assert_allclose(grad.sum(axis=-1), 0, atol=1e-14)


@given(any_scores)
def test_a_larger_score_gets_no_smaller_weight(scores):
    order = np.argsort(scores, axis=-1, kind="stable")
    assert (np.diff(np.take_along_axis(softmax(scores), order, axis=-1)) >= 0).all()


@given(any_scores, st.integers(0, 10**6))
def test_permuting_scores_permutes_weights(scores, seed):
    order = np.random.default_rng(seed).permutation(scores.shape[-1])
    assert_close(softmax(scores[:, order]), softmax(scores)[:, order], "weights", 1e-15)


@given(any_scores, st.integers(0, 10**6))
def test_hiding_is_leaving_out(scores, seed):
    seen = np.random.default_rng(seed).random(scores.shape[-1]) < 0.5
    weights = softmax(scores, seen)
    np.testing.assert_allclose(weights[:, seen], softmax(scores[:, seen]), rtol=1e-13)
    assert (weights[:, ~seen] == 0).all()
    logs = log_softmax(scores, seen)
    assert (logs[:, ~seen] == -np.inf).all()


# Edges


def test_a_row_that_may_look_at_nothing():
    weights = softmax(trace(SCORES[0], "scores"), np.zeros((3, 7), bool))
    np.testing.assert_array_equal(weights.value, np.zeros((3, 7)))
    grad = gradients((weights * SCORES[0]).sum())["scores"]
    np.testing.assert_array_equal(grad, np.zeros((3, 7)))
    np.testing.assert_array_equal(softmax(np.full(3, -np.inf)), np.zeros(3))
    np.testing.assert_array_equal(log_softmax(np.full(3, -np.inf)), np.full(3, -np.inf))


def test_no_scores_at_all():
    assert softmax(np.ones((4, 0))).shape == (4, 0)
    assert softmax(np.ones((0, 4))).shape == (0, 4)


def test_far_apart_scores_do_not_overflow():
    np.testing.assert_array_equal(softmax([1e4, -1e4, 1e4]), [0.5, 0, 0.5])
    np.testing.assert_array_equal(log_softmax([1e4, -1e4]), [0, -2e4])
    huge = np.array([1e300, 1e300, -1e300])
    np.testing.assert_array_equal(softmax(huge), [0.5, 0.5, 0])
    largest = np.array([3e38, -3e38], np.float32)
    np.testing.assert_array_equal(
        softmax(largest), np.array([1, 0], np.float32), strict=True
    )


@pytest.mark.parametrize("name", BOTH)
def test_float32_in_float32_out(name):
    scores = SCORES.astype(np.float32)
    traced = BOTH[name][0](trace(scores, "scores"))
    assert traced.dtype == gradients((traced * scores).sum())["scores"].dtype == np.float32
    wide = BOTH[name][0](scores.astype(np.float64)).astype(np.float32)
    np.testing.assert_array_equal(BOTH[name][0](scores), wide, strict=True)


# Refused


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize(
    "scores, error, words",
    [
        ([1.0, math.nan], NonFiniteError, "NaN"),
        ([1.0, math.inf], NonFiniteError, "inf"),
        (3.0, ShapeError, "one number"),
        ([True, False], DtypeError, "bool"),
        ([1j], DtypeError, "complex128"),
        (np.float16([1, 2]), DtypeError, "float16"),
        (np.float16([1, -np.inf]), DtypeError, "float16"),
        (["a"], DtypeError, "array of numbers"),
        (None, DtypeError, "None"),
        ([[1.0], [2.0, 3.0]], ShapeError, "differ in length"),
    ],
)
def test_scores_that_mean_nothing(name, scores, error, words):
    with pytest.raises(error, match=f"{name}: (the rows of )?scores.*{words}"):
        BOTH[name][0](scores)


def test_whole_numbers_are_computed_in_float64():
    np.testing.assert_array_equal(softmax([0, 0]), np.array([0.5, 0.5]), strict=True)


@pytest.mark.parametrize("shape", [(6,), (4, 7), (1, 2, 3, 7), (7, 1)])
def test_a_mask_must_fit(shape):
    with pytest.raises(ShapeError, match=r"mask"):
        softmax(SCORES, np.ones(shape, bool))


@pytest.mark.parametrize("function", [softmax, log_softmax, logsumexp])
def test_a_mask_that_does_not_fit_is_told_by_the_function_that_was_called(function):
    with pytest.raises(ShapeError, match=f"^{function.__name__}: the mask must have"):
        function(np.ones((2, 3)), np.ones((2, 2), bool))
    with pytest.raises(DtypeError, match=f"^{function.__name__}: mask must hold bool"):
        function(np.ones((2, 3)), np.ones((2, 3)))
