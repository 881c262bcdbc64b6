"""The hand-derived backward functions, each checked three ways: slope, torch, the trace."""

import math

import numpy as np
import pytest
import torch

from tfmath import feed_forward, gradients, layer_norm, scaled_dot_product_attention, trace
from tfmath.attention.dot_product import scaled_dot_product_attention_backward
from tfmath.learning.loss import cross_entropy, cross_entropy_backward
from tfmath.parts.activation import gelu, gelu_backward, gelu_tanh, gelu_tanh_backward
from tfmath.parts.feed_forward import feed_forward_backward, linear, linear_backward
from tfmath.parts.masks import causal_mask
from tfmath.parts.norm import layer_norm_backward, standardize, standardize_backward
from tfmath.parts.softmax import (
    log_softmax,
    log_softmax_backward,
    softmax,
    softmax_backward,
)
from tfmath.tracing import backward, named, steps

BATCH, N_QUERY, N_KEY, D_MODEL, D_K, D_V, D_FF, VOCAB = 2, 4, 6, 5, 3, 2, 7, 23
MASK = np.random.default_rng(5).random((BATCH, N_QUERY, N_KEY)) < 0.6
MASK[..., 0] = True  # the others may look at something
MASK[1, 2] = False  # one query that may look at nothing
MASK[0, :, 3] = False  # one key that nobody may look at
TARGETS = np.array([[3, 22, 0, 7], [1, 1, 9, 0]])


def torch_attention(query, key, value):
    return torch.nn.functional.scaled_dot_product_attention(
        query, key, value, attn_mask=torch.tensor(MASK)
    )


def by_hand_attention(grad, query, key, value, mask=None):
    scores = query @ np.swapaxes(key, -1, -2) / math.sqrt(query.shape[-1])
    return scaled_dot_product_attention_backward(
        grad, query, key, value, softmax(scores, mask)
    )


OPTIONS = {"label_smoothing": 0.1, "ignore_id": 0}
# name: shapes of the inputs, forward, by hand (grad, *inputs) -> gradients, torch's own
CASES = {
    "softmax": (
        [(BATCH, N_QUERY, N_KEY)],
        softmax,
        lambda grad, s: (softmax_backward(grad, softmax(s)),),
        lambda s: torch.softmax(s, -1),
    ),
    "log_softmax": (
        [(BATCH, N_QUERY, N_KEY)],
        log_softmax,
        lambda grad, s: (log_softmax_backward(grad, log_softmax(s)),),
        lambda s: torch.log_softmax(s, -1),
    ),
    "cross_entropy": (
        [(BATCH, N_QUERY, VOCAB)],
        lambda z: cross_entropy(z, TARGETS, **OPTIONS),
        lambda grad, z: (cross_entropy_backward(grad, z, TARGETS, **OPTIONS),),
        lambda z: torch.nn.CrossEntropyLoss(label_smoothing=0.1, ignore_index=0)(
            z.reshape(-1, VOCAB), torch.tensor(TARGETS).reshape(-1)
        ),
    ),
    "standardize": (
        [(BATCH, N_QUERY, D_MODEL)],
        standardize,
        lambda grad, x: (standardize_backward(grad, standardize(x), x),),
        lambda x: torch.nn.functional.layer_norm(x, (D_MODEL,)),
    ),
    "layer_norm": (
        [(BATCH, N_QUERY, D_MODEL), (D_MODEL,), (D_MODEL,)],
        layer_norm,
        lambda grad, x, gain, bias: layer_norm_backward(grad, standardize(x), x, gain),
        lambda x, gain, bias: torch.nn.functional.layer_norm(x, (D_MODEL,), gain, bias),
    ),
    "attention": (
        [(BATCH, N_QUERY, D_K), (BATCH, N_KEY, D_K), (BATCH, N_KEY, D_V)],
        scaled_dot_product_attention,
        by_hand_attention,
        torch.nn.functional.scaled_dot_product_attention,
    ),
    "masked attention": (
        [(BATCH, N_QUERY, D_K), (BATCH, N_KEY, D_K), (BATCH, N_KEY, D_V)],
        lambda q, k, v: scaled_dot_product_attention(q, k, v, MASK),
        lambda grad, *qkv: by_hand_attention(grad, *qkv, mask=MASK),
        torch_attention,
    ),
    "linear": (
        [(BATCH, N_QUERY, D_MODEL), (D_MODEL, D_FF), (D_FF,)],
        linear,
        lambda grad, x, W, b: linear_backward(grad, x, W),
        lambda x, W, b: torch.nn.functional.linear(x, W.T, b),
    ),
    "gelu": (
        [(BATCH, D_FF)],
        gelu,
        lambda *a: (gelu_backward(*a),),
        torch.nn.functional.gelu,
    ),
    "gelu_tanh": (
        [(BATCH, D_FF)],
        gelu_tanh,
        lambda grad, x: (gelu_tanh_backward(grad, x),),
        lambda x: torch.nn.functional.gelu(x, approximate="tanh"),
    ),
    "feed_forward": (
        [(BATCH, N_QUERY, D_MODEL), (D_MODEL, D_FF), (D_FF,), (D_FF, D_MODEL), (D_MODEL,)],
        feed_forward,
        lambda grad, x, W_1, b_1, W_2, b_2: feed_forward_backward(grad, x, W_1, b_1, W_2),
        lambda x, W_1, b_1, W_2, b_2: torch.relu(x @ W_1 + b_1) @ W_2 + b_2,
    ),
}


def drawn(name):
    """Inputs of a case, and a gradient by its output."""
    rng = np.random.default_rng(11)
    inputs = [rng.normal(0.3, 1.2, shape) for shape in CASES[name][0]]
    return inputs, rng.normal(size=np.shape(CASES[name][1](*inputs))), rng


@pytest.mark.parametrize("name", CASES)
def test_by_slope(name):
    inputs, grad, rng = drawn(name)
    _, forward, by_hand, _ = CASES[name]
    for position, found in enumerate(by_hand(grad, *inputs)):
        assert found.shape == inputs[position].shape
        for _ in range(5):
            direction, step = rng.normal(size=found.shape), 1e-5
            there, here = list(inputs), list(inputs)
            there[position] = inputs[position] + step * direction
            here[position] = inputs[position] - step * direction
            slope = np.sum(grad * (forward(*there) - forward(*here))) / (2 * step)
            assert np.sum(found * direction) == pytest.approx(slope, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("name", CASES)
def test_by_torch(name):
    inputs, grad, _ = drawn(name)
    theirs = [torch.tensor(a, requires_grad=True) for a in inputs]
    (CASES[name][3](*theirs) * torch.tensor(grad)).sum().backward()
    for found, tensor in zip(CASES[name][2](grad, *inputs), theirs, strict=True):
        np.testing.assert_allclose(found, tensor.grad.numpy(), rtol=0, atol=1e-10)


@pytest.mark.parametrize("name", CASES)
def test_by_the_trace(name):
    inputs, grad, _ = drawn(name)
    arrays = [trace(a, f"input {i}") for i, a in enumerate(inputs)]
    by_record = gradients((CASES[name][1](*arrays) * grad).sum(), of=arrays)
    for found, recorded in zip(CASES[name][2](grad, *inputs), by_record, strict=True):
        np.testing.assert_allclose(found, recorded, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_float32_stays_float32(name):
    inputs, grad, _ = drawn(name)
    inputs = [a.astype(np.float32) for a in inputs]
    for found in CASES[name][2](grad.astype(np.float32), *inputs):
        assert found.dtype == np.float32


def test_what_was_hidden_passes_nothing_back():
    inputs, grad, _ = drawn("masked attention")
    grad[...] = 1.0
    grad_query, grad_key, grad_value = CASES["masked attention"][2](grad, *inputs)
    assert not grad_query[1, 2].any()
    hidden = ~MASK.any(axis=1)
    assert hidden.any()
    assert not grad_key[hidden].any()
    assert not grad_value[hidden].any()


def test_the_hand_derivation_of_attention_can_be_traced_and_equals_the_backward_record():
    rng = np.random.default_rng(2)
    query, key, value = (rng.normal(size=s) for s in ((4, 3), (4, 3), (4, 2)))
    arrays = [trace(a, n) for a, n in ((query, "query"), (key, "key"), (value, "value"))]
    output = scaled_dot_product_attention(*arrays, causal_mask(4))
    record = backward(named("loss", (output * output).sum()))
    by_hand = scaled_dot_product_attention_backward(
        record["output"], *arrays, steps(output)["weights"]
    )
    named_steps = steps(*by_hand)
    for name in ("query", "key", "value", "weights", "scores"):
        found, recorded = named_steps[f"grad_{name}"], record[name]
        np.testing.assert_allclose(found.value, recorded.value, rtol=0, atol=1e-14)


@pytest.mark.parametrize("turned", [0, 1, 2])
def test_one_missing_transpose_is_found_by_the_slope(turned):
    """With square sizes a missing transpose keeps the shapes; the numbers give it away."""
    rng = np.random.default_rng(3)
    query, key, value, grad = rng.normal(size=(4, 3, 3))
    weights = softmax(query @ key.T / np.sqrt(3))
    grad_scores = softmax_backward(grad @ value.T, weights)
    wrong = (grad_scores.T @ key, grad_scores @ query, weights @ grad)[turned]
    right = scaled_dot_product_attention_backward(grad, query, key, value, weights)
    wrong = wrong / (1 if turned == 2 else np.sqrt(3))
    assert wrong.shape == right[turned].shape
    assert np.abs(wrong - right[turned]).max() > 0.01
