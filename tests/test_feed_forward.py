"""The feed-forward network and its bends, beside torch's own."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tables import D_FF, D_MODEL, assert_close, assert_same_function, draw

from tfmath import feed_forward, gelu, gelu_tanh, linear, relu
from tfmath.errors import ShapeError
from tfmath.parts.feed_forward import erf
from tfmath.tracing import gradients, steps, trace

F = torch.nn.functional
BENDS = {
    "relu": (relu, F.relu),
    "gelu": (gelu, F.gelu),
    "gelu_tanh": (gelu_tanh, lambda x: F.gelu(x, approximate="tanh")),
    "erf": (erf, torch.erf),
}


def case(seed=0, batch=(2, 4), dtype=np.float64):
    rng = np.random.default_rng(seed)
    sizes = {
        "x": (*batch, D_MODEL),
        "W_1": (D_MODEL, D_FF),
        "b_1": (D_FF,),
        "W_2": (D_FF, D_MODEL),
        "b_2": (D_MODEL,),
    }
    return {name: draw(rng, *size, dtype=dtype) for name, size in sizes.items()}


@pytest.mark.parametrize("name", ["relu", "gelu", "gelu_tanh"])
def test_numbers_and_gradients_equal_torchs_linear_layers(name):
    ours, theirs = BENDS[name]

    def network(p):
        hidden = theirs(F.linear(p["x"], p["W_1"].T, p["b_1"]))
        return F.linear(hidden, p["W_2"].T, p["b_2"])

    assert_same_function(lambda p: feed_forward(**p, activation=ours), network, case())


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


def test_linear_by_hand():
    x, W = [[1.0, 2.0], [0.0, 1.0]], [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
    assert linear(x, W, [0.5, 0.0, -1.0]).tolist() == [[9.5, 12, 14], [4.5, 5, 5]]
    assert linear(x[0], W).tolist() == [9, 12, 15]


@given(st.integers(0, 10**6))
def test_no_row_sees_another(seed):
    arrays = case(seed)
    together = feed_forward(**arrays)
    for place in np.ndindex(2, 4):
        one = feed_forward(**(arrays | {"x": arrays["x"][place]}))
        assert_close(one, together[place], "row", 1e-13)


@given(st.integers(0, 10**6), st.floats(0.01, 50))
def test_relu_scales(seed, scale):
    x = case(seed)["x"]
    np.testing.assert_allclose(relu(scale * x), scale * relu(x), rtol=1e-15)
    np.testing.assert_array_equal(relu(x) - relu(-x), x)


def test_float32_in_float32_out():
    arrays = case(dtype=np.float32)
    for bend in (relu, gelu, gelu_tanh):
        output = feed_forward(
            **{n: trace(a, n) for n, a in arrays.items()}, activation=bend
        )
        grads = gradients((output * output).sum())
        assert {g.dtype for g in grads.values()} == {output.dtype} == {np.dtype(np.float32)}


def test_the_steps_have_their_names():
    output = feed_forward(**{n: trace(a, n) for n, a in case().items()})
    names = [name for name in steps(output) if name not in case()]
    assert names == ["before activation", "hidden", "output"]


@pytest.mark.parametrize(
    "name, shape, words",
    [
        ("x", (2, 4, 6), "x   (2, 4, 6) has d_model = 6"),
        ("x", (), "x ()"),
        ("W_1", (6, 7), "W_1 (6, 7) has d_model = 6"),
        ("W_1", (7,), "W_1 (7,) needs two axes"),
        ("W_2", (6, 5), "W_2 (6, 5) has d_ff = 6"),
        ("b_1", (6,), "b (6,) must have one number for each column of W (5, 7): (7,)"),
        ("b_1", (1,), "b (1,) must have one number"),
        ("b_2", (), "b () must have one number"),
        ("b_2", (4, 5), "b (4, 5) must have one number"),
    ],
)
def test_what_does_not_fit_is_named(name, shape, words):
    with pytest.raises(ShapeError) as caught:
        feed_forward(**(case() | {name: np.ones(shape)}))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "x, W, words",
    [
        (np.ones((2, 3)), np.ones((4, 5)), "W (4, 5) has d_in = 4"),
        (np.ones((2, 3)), np.ones(3), "W (3,) two axes"),
        (3.0, np.ones((4, 5)), "x () must have rows"),
    ],
)
def test_linear_names_what_does_not_fit(x, W, words):
    with pytest.raises(ShapeError) as caught:
        linear(x, W)
    assert words in str(caught.value)
