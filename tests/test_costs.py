"""The ways to connect positions: each beside torch's own, and the paper's table of them."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tfmath import named, softmax, trace
from tfmath.attention.dot_product import scaled_dot_product_attention
from tfmath.attention.sparse import restricted_attention
from tfmath.parts.masks import both, causal_mask, sliding_window_mask
from tfmath.parts.recurrent import convolution, recurrence
from tfmath.study.costs import layer_costs, layers_until_connected, longest_chain
from tfmath.study.scaling import (
    multiply_adds,
)


def test_recurrence_is_torchs():
    rng = np.random.default_rng(0)
    x, W_x, W_h = rng.normal(size=(6, 5)), rng.normal(size=(5, 3)), rng.normal(size=(3, 3))
    net = torch.nn.RNN(5, 3, bias=False).double()
    net.weight_ih_l0.data, net.weight_hh_l0.data = (
        torch.tensor(W_x.T),
        torch.tensor(W_h.T),
    )
    np.testing.assert_allclose(
        recurrence(x, W_x, W_h), net(torch.tensor(x))[0].detach(), atol=1e-12
    )


@pytest.mark.parametrize("dilation", [1, 2])
def test_convolution_is_torchs(dilation):
    rng = np.random.default_rng(0)
    x, W = rng.normal(size=(8, 5)), rng.normal(size=(3, 5, 2))
    padded = torch.nn.functional.pad(torch.tensor(x.T)[None], (2 * dilation, 0))
    kernel = torch.tensor(W[::-1].transpose(2, 1, 0).copy())
    expected = torch.nn.functional.conv1d(padded, kernel, dilation=dilation)[0].T
    np.testing.assert_allclose(convolution(x, W, dilation), expected, atol=1e-12)


@given(st.integers(2, 7), st.integers(1, 4), st.integers(2, 3))
@settings(deadline=None, max_examples=20)
def test_the_papers_table_counted_in_records(n, d, kernel):
    rng = np.random.default_rng(0)
    x, W = trace(rng.normal(size=(n, d)), "x"), rng.normal(size=(kernel, d, d))
    W = trace(W, "W")
    table = layer_costs(n, d, kernel)
    attends = named("y", softmax(x @ x.T) @ x)
    recurs = recurrence(x, W[0], W[1])
    convolves = convolution(x, W)
    assert sum(multiply_adds(attends).values()) == 2 * table["self-attention"][0]
    assert sum(multiply_adds(recurs).values()) == 2 * table["recurrent"][0]
    assert sum(multiply_adds(convolves).values()) == table["convolution"][0]
    assert longest_chain(attends) == 2
    assert longest_chain(recurs) == n
    assert longest_chain(convolves) == 1


@given(st.integers(1, 9), st.integers(1, 4), st.integers(1, 10))
@settings(deadline=None, max_examples=20)
def test_restricted_attention_is_a_masked_one_that_skips_the_hidden_products(n, d, window):
    x = np.random.default_rng(0).normal(size=(n, d))
    mask = both(causal_mask(n), sliding_window_mask(n, window - 1))
    expected = scaled_dot_product_attention(x, x, x, mask)
    traced_x = trace(x, "x")
    restricted = named("y", restricted_attention(traced_x, window))
    np.testing.assert_allclose(restricted.value, expected, atol=1e-12)
    assert sum(multiply_adds(restricted).values()) == 2 * mask.sum() * d
    assert longest_chain(restricted) == 2


def test_layers_until_the_ends_are_connected():
    rng = np.random.default_rng(0)
    x, W = rng.normal(size=(28, 2)), rng.normal(size=(3, 2, 2))
    assert layers_until_connected(lambda x, _: softmax(x @ x.T) @ x, x) == 1
    assert layers_until_connected(lambda x, _: recurrence(x, W[0], W[1]), x) == 1
    assert layers_until_connected(lambda x, _: convolution(x, W), x) == math.ceil(27 / 2)
    assert layers_until_connected(lambda x, i: convolution(x, W, 3**i), x[:27]) == 3
    assert layers_until_connected(lambda x, _: restricted_attention(x, 4), x) == 9
    with pytest.raises(ValueError, match="not reached after 28 layers"):
        layers_until_connected(lambda x, _: x, x)


def test_nothing_to_read_is_nothing_written():
    x, W = np.ones((0, 2)), np.ones((2, 2))
    for found in (
        recurrence(x, W, W),
        convolution(x, W[np.newaxis]),
        restricted_attention(x, 3),
    ):
        assert found.shape == (0, 2)


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda x, W: restricted_attention(x, 0), "restricted_attention: window is 0; "),
        (lambda x, W: convolution(x, W[None], 0), "convolution: dilation is 0; "),
        (lambda x, W: convolution(x, W), r"convolution: W \(2, 2\) must have 3 axes"),
        (
            lambda x, W: recurrence(x, W, W[:1]),
            r"recurrence: W_h \(1, 2\) must have d rows ",
        ),
        (lambda x, W: layer_costs(0, 5), "layer_costs: n is 0; "),
        (
            lambda x, W: layer_costs(5, 5, kernel=1),
            "layer_costs: kernel is 1; .* 2 or more",
        ),
        (lambda x, W: longest_chain(x), r"longest_chain: outputs is an array \(3, 2\); "),
        (lambda x, W: longest_chain(), "longest_chain: outputs is empty"),
        (
            lambda x, W: layers_until_connected(lambda x, number: None, x),
            r"layers_until_connected: layer must give a row for each of the 3 .* \(\)",
        ),
    ],
)
def test_what_means_nothing_is_refused(call, words):
    with pytest.raises((TypeError, ValueError), match=words):
        call(np.ones((3, 2)), np.ones((2, 2)))
