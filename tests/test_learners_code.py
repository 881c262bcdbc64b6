"""Attention as three learners write it: plain NumPy that knows nothing of the record.

Each is called with plain and with traced arrays, unchanged, and its numbers and gradients
are compared with PyTorch's own attention.
"""

import math

import numpy as np
import pytest
import torch

from tfmath.tracing import ancestors, backward, gradients, trace

N_HEADS, N_QUERY, N_KEY, D_MODEL, D_K, D_V = 2, 4, 6, 5, 3, 2


def with_einsum(x, memory, W_Q, W_K, W_V, W_O):
    query = np.einsum("nd,hdk->hnk", x, W_Q)
    key = np.einsum("md,hdk->hmk", memory, W_K)
    value = np.einsum("md,hdv->hmv", memory, W_V)
    scores = np.einsum("hnk,hmk->hnm", query, key) / math.sqrt(W_Q.shape[-1])
    scores = scores - np.max(scores, axis=-1, keepdims=True)
    weights = np.exp(scores)
    weights = weights / np.sum(weights, axis=-1, keepdims=True)
    heads = np.einsum("hnm,hmv->nhv", weights, value)
    return np.einsum("nc,cd->nd", heads.reshape(len(x), -1), W_O)


def with_exp_and_sum(x, memory, W_Q, W_K, W_V, W_O):
    query, key, value = x @ W_Q, memory @ W_K, memory @ W_V
    grown = np.exp(query @ key.swapaxes(-1, -2) / query.shape[-1] ** 0.5)
    weights = grown / grown.sum(axis=-1, keepdims=True)
    heads = (weights @ value).transpose(1, 0, 2)
    return np.reshape(heads, (x.shape[0], -1)) @ W_O


def with_a_loop(x, memory, W_Q, W_K, W_V, W_O):
    outputs = []
    for query_table, key_table, value_table in zip(W_Q, W_K, W_V, strict=True):
        query = np.dot(x, query_table)
        key = np.dot(memory, key_table)
        value = np.dot(memory, value_table)
        rows = []
        for one in query:
            scores = (key * one).sum(axis=1) * query.shape[1] ** -0.5
            weights = np.exp(scores - max(scores))
            rows.append(
                sum(w * v for w, v in zip(weights / sum(weights), value, strict=True))
            )
        outputs.append(np.stack(rows))
    return np.hstack(outputs).dot(W_O)


def torchs_own(x, memory, W_Q, W_K, W_V, W_O):
    heads = torch.nn.functional.scaled_dot_product_attention(
        x @ W_Q, memory @ W_K, memory @ W_V
    )
    return heads.swapaxes(0, 1).reshape(len(x), -1) @ W_O


SHAPES = {
    "x": (N_QUERY, D_MODEL),
    "memory": (N_KEY, D_MODEL),
    "W_Q": (N_HEADS, D_MODEL, D_K),
    "W_K": (N_HEADS, D_MODEL, D_K),
    "W_V": (N_HEADS, D_MODEL, D_V),
    "W_O": (N_HEADS * D_V, D_MODEL),
}
LEARNERS = [with_einsum, with_exp_and_sum, with_a_loop]


def arrays(dtype=np.float64):
    rng = np.random.default_rng(3)
    return {name: rng.normal(size=shape).astype(dtype) for name, shape in SHAPES.items()}


@pytest.mark.parametrize("attention", LEARNERS)
def test_the_learners_own_attention_is_traced_and_differentiated(attention):
    plain = arrays()
    tables = {name: trace(array, name) for name, array in plain.items()}
    output = attention(**tables)
    np.testing.assert_array_equal(output.value, attention(**plain), strict=True)

    tensors = {name: torch.tensor(a, requires_grad=True) for name, a in plain.items()}
    expected = torchs_own(**tensors)
    np.testing.assert_allclose(output.value, expected.detach(), rtol=0, atol=1e-12)

    share = np.random.default_rng(4).normal(size=output.shape)
    loss = (output * share).sum()
    (expected * torch.tensor(share)).sum().backward()
    grads, pass_ = gradients(loss), backward(loss)
    for name, tensor in tensors.items():
        np.testing.assert_allclose(
            grads[name], tensor.grad, rtol=0, atol=1e-12, err_msg=name
        )
        np.testing.assert_array_equal(pass_[name].value, grads[name])
        assert np.abs(grads[name]).min() > 0


@pytest.mark.parametrize("attention", LEARNERS)
def test_every_number_of_it_comes_from_the_inputs(attention):
    output = attention(**{name: trace(array, name) for name, array in arrays().items()})
    inputs = {array.name for array in ancestors(output) if array.op == "input"}
    assert inputs == set(SHAPES)


@pytest.mark.parametrize("attention", LEARNERS)
def test_it_stays_float32(attention):
    tables = {name: trace(array, name) for name, array in arrays(np.float32).items()}
    output = attention(**tables)
    assert output.dtype == np.float32
    assert {g.dtype for g in gradients((output * output).sum()).values()} == {output.dtype}


def test_the_three_know_nothing_of_this_package():
    for learner in LEARNERS:
        used = [globals().get(name) for name in learner.__code__.co_names]
        assert not [u for u in used if "tfmath" in str(getattr(u, "__module__", ""))]
