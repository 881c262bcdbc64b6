"""The feed-forward network, beside torch's own."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tables import D_FF, D_MODEL, assert_close, assert_same_function, draw

from tfmath import feed_forward, gelu, gelu_tanh, linear, relu
from tfmath.errors import ShapeError
from tfmath.parts.feed_forward import feed_forward_backward
from tfmath.tracing import gradients, steps, trace

F = torch.nn.functional
BENDS = {
    "relu": (relu, F.relu),
    "gelu": (gelu, F.gelu),
    "gelu_tanh": (gelu_tanh, lambda x: F.gelu(x, approximate="tanh")),
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


@pytest.mark.parametrize("name", BENDS)
def test_numbers_and_gradients_equal_torchs_linear_layers(name):
    ours, theirs = BENDS[name]

    def network(p):
        hidden = theirs(F.linear(p["x"], p["W_1"].T, p["b_1"]))
        return F.linear(hidden, p["W_2"].T, p["b_2"])

    assert_same_function(lambda p: feed_forward(**p, activation=ours), network, case())


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


@pytest.mark.parametrize("name", BENDS)
def test_the_way_back_is_the_records(name):
    arrays, bend = case(), BENDS[name][0]
    for left_out in ((), ("b_1",), ("b_1", "b_2")):
        used = {n: trace(a, n) for n, a in arrays.items() if n not in left_out}
        output = feed_forward(**used, activation=bend)
        grad = np.random.default_rng(3).normal(size=output.shape)
        recorded = gradients((output * grad).sum())
        x, W_1, b_1, W_2 = (used.get(n) for n in ("x", "W_1", "b_1", "W_2"))
        found = feed_forward_backward(grad, x, W_1, b_1, W_2, bend)
        for key, by_hand in zip(("x", "W_1", "b_1", "W_2", "b_2"), found, strict=True):
            if key in used:
                assert_close(getattr(by_hand, "value", by_hand), recorded[key], key)


def test_a_derivative_that_is_not_known_is_said():
    arrays = [case()[name] for name in ("x", "x", "W_1", "b_1", "W_2")]
    with pytest.raises(ValueError, match="activation is an? ufunc; .* relu, gelu"):
        feed_forward_backward(*arrays, activation=np.tanh)


def test_biases_may_be_left_out():
    arrays = case()
    zeros = arrays | {n: np.zeros_like(arrays[n]) for n in ("b_1", "b_2")}
    without = {n: a for n, a in arrays.items() if n not in ("b_1", "b_2")}
    assert_close(feed_forward(**without), feed_forward(**zeros), "output", 0)
    assert_close(feed_forward(**without, b_1=None), feed_forward(**zeros), "output", 0)


def test_an_activation_keeps_the_shape():
    with pytest.raises(ShapeError, match=r"activation must keep the shape \(2, 4, 7\)"):
        feed_forward(**case(), activation=lambda x: x[..., :3])


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
        ("b_1", (6,), "b_1 (6,) must have one number for each column of W_1 (5, 7): (7,)"),
        ("b_1", (1,), "b_1 (1,) must have one number"),
        ("b_2", (), "b_2 () must have one number"),
        ("b_2", (4, 5), "b_2 (4, 5) must have one number"),
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
