"""Bends and their derivatives, beside torch's own."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tables import draw

from tfmath.errors import ShapeError
from tfmath.parts.activation import BACKWARD, erf, gelu, gelu_tanh, relu
from tfmath.tracing import gradients, trace

F = torch.nn.functional
BENDS = {
    "relu": (relu, F.relu),
    "gelu": (gelu, F.gelu),
    "gelu_tanh": (gelu_tanh, lambda x: F.gelu(x, approximate="tanh")),
    "erf": (erf, torch.erf),
}


@pytest.mark.parametrize("name", BENDS)
def test_each_bend_far_and_near(name):
    ours, theirs = BENDS[name]
    x = np.concatenate([np.linspace(-40, 40, 801), [1e-300, -1e-300, 1e5, -1e5]])
    tensor = torch.tensor(x, requires_grad=True)
    expected = theirs(tensor)
    expected.sum().backward()
    traced = ours(trace(x, "x"))
    np.testing.assert_allclose(ours(x), expected.detach(), rtol=1e-12, atol=1e-15)
    np.testing.assert_array_equal(traced.value, ours(x))
    grad = gradients(traced.sum())["x"]
    np.testing.assert_allclose(grad, tensor.grad, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", BENDS)
def test_a_bend_keeps_float32(name):
    x = np.linspace(-3, 3, 7, dtype=np.float32)
    assert BENDS[name][0](x).dtype == np.float32
    traced = BENDS[name][0](trace(x, "x"))
    assert traced.dtype == gradients(traced.sum())["x"].dtype == np.float32


def test_relu_is_flat_at_zero():
    assert gradients(relu(trace([-1.0, 0.0, 2.0], "x")).sum())["x"].tolist() == [0, 0, 1]


def test_erf_is_pythons_own():
    x = np.array([[-2.0, 0.3], [0.0, 5.0]])
    np.testing.assert_array_equal(erf(x), [[math.erf(v) for v in row] for row in x])
    assert erf(np.ones((0, 3))).shape == (0, 3)


@given(st.integers(0, 10**6), st.floats(0.01, 50))
def test_relu_scales(seed, scale):
    x = draw(np.random.default_rng(seed), 2, 4, 5)
    np.testing.assert_allclose(relu(scale * x), scale * relu(x), rtol=1e-15)
    np.testing.assert_array_equal(relu(x) - relu(-x), x)


@pytest.mark.parametrize("bend", BACKWARD)
def test_the_way_back_is_torchs_and_the_records(bend):
    x = np.concatenate([np.linspace(-40, 40, 801), np.linspace(-1, 1, 201), [1e5, -1e5]])
    grad = np.linspace(-2, 3, x.size)
    tensor, traced = torch.tensor(x, requires_grad=True), trace(x, "x")
    (BENDS[bend.__name__][1](tensor) * torch.tensor(grad)).sum().backward()
    found = BACKWARD[bend](grad, x)
    np.testing.assert_allclose(found, tensor.grad, rtol=1e-12, atol=1e-14)
    recorded = gradients((bend(traced) * grad).sum())["x"]
    np.testing.assert_allclose(found, recorded, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("bend", BACKWARD)
def test_the_way_back_names_what_does_not_fit(bend):
    with pytest.raises(ShapeError, match=r"(?s)_backward: .*grad_output \(2,\).*x +\(3,\)"):
        BACKWARD[bend](np.ones(2), np.ones(3))
