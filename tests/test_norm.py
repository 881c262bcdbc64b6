"""Layer norm: beside torch's own, by hand, and in its two places."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tables import D_MODEL, assert_close, assert_same_function, draw

from tfmath import layer_norm, post_norm, pre_norm, standardize
from tfmath.errors import ShapeError
from tfmath.parts.norm import standardize_backward
from tfmath.tracing import gradients, steps, trace


def case(seed=0, batch=(2, 4), dtype=np.float64):
    rng = np.random.default_rng(seed)
    return {
        "x": draw(rng, *batch, D_MODEL, dtype=dtype) * 3 + 2,
        "gain": draw(rng, D_MODEL, dtype=dtype),
        "bias": draw(rng, D_MODEL, dtype=dtype),
    }


@pytest.mark.parametrize("epsilon", [1e-5, 1e-12, 0.3])
def test_numbers_and_gradients_equal_torchs_module(epsilon):
    def theirs(p):
        module = torch.nn.LayerNorm(D_MODEL, eps=epsilon, dtype=torch.float64)
        state = {"weight": p["gain"], "bias": p["bias"]}
        return torch.func.functional_call(module, state, p["x"])

    assert_same_function(lambda p: layer_norm(**p, epsilon=epsilon), theirs, case())


def test_the_paper_epsilon_is_torchs():
    expected = torch.nn.functional.layer_norm(torch.tensor(case()["x"]), (D_MODEL,))
    assert_close(standardize(case()["x"]), expected, "output")


def test_by_hand():
    """Mean 3, variance (4 + 0 + 4)/3 = 8/3: not 4, as dividing by n − 1 would give."""
    x, root = np.array([1.0, 3.0, 5.0]), math.sqrt(8 / 3)
    assert_close(standardize(x, epsilon=0.0), [-2 / root, 0, 2 / root], "output", 1e-15)
    assert_close(
        standardize(x, epsilon=1 / 3), [-2 / 3**0.5, 0, 2 / 3**0.5], "inside", 1e-15
    )


def test_the_derivative_by_hand():
    """A common shift, and stretching the row, have no effect: no gradient along them."""
    x, grad = case()["x"][0, 0], np.array([1.0, -2.0, 0.5, 3.0, 0.0])
    output = standardize(x, epsilon=0.0)
    back = standardize_backward(grad, output, x, epsilon=0.0)
    assert abs(back.sum()) < 1e-14 and abs((back * x).sum()) < 1e-13
    assert np.abs(back).min() > 1e-3


@given(st.integers(0, 10**6), st.floats(-100, 100), st.floats(0.01, 100))
def test_shift_and_stretch_do_not_matter(seed, shift, stretch):
    x = case(seed)["x"]
    expected = standardize(x, epsilon=0.0)
    assert_close(standardize(stretch * x + shift, epsilon=0.0), expected, "output", 1e-9)


@given(st.integers(0, 10**6))
def test_rows_get_mean_zero_and_variance_one(seed):
    output = standardize(case(seed)["x"], epsilon=0.0)
    assert_close(output.mean(axis=-1), np.zeros((2, 4)), "mean", 1e-13)
    assert_close(output.var(axis=-1), np.ones((2, 4)), "variance", 1e-13)


@given(st.integers(0, 10**6))
def test_no_row_sees_another(seed):
    arrays = case(seed)
    together = layer_norm(**arrays)
    for place in np.ndindex(2, 4):
        one = layer_norm(arrays["x"][place], arrays["gain"], arrays["bias"])
        assert_close(one, together[place], "row", 1e-15)


@pytest.mark.parametrize("epsilon", [1e-5, 0.0])
def test_a_constant_row_gives_zeros(epsilon):
    x = np.full((3, D_MODEL), 0.1)
    output = standardize(x, epsilon=epsilon)
    assert np.isfinite(output).all() and np.abs(output).max() < 1e-10
    grad = gradients(standardize(trace(x, "x"), epsilon=epsilon).sum())["x"]
    assert np.isfinite(grad).all()


def test_one_column_and_no_rows():
    np.testing.assert_array_equal(standardize(np.array([[5.0], [-1.0]])), [[0.0], [0.0]])
    assert layer_norm(np.ones((0, 3)), np.ones(3), np.ones(3)).shape == (0, 3)


def test_float32_in_float32_out():
    arrays = case(dtype=np.float32)
    output = layer_norm(**arrays)
    assert output.dtype == np.float32
    wide = layer_norm(**{name: a.astype(np.float64) for name, a in arrays.items()})
    assert_close(output, wide, "output", 2e-6)
    grads = gradients(
        (layer_norm(**{n: trace(a, n) for n, a in arrays.items()}) ** 2).sum()
    )
    assert {g.dtype for g in grads.values()} == {np.dtype(np.float32)}


# The two places


def test_post_norm_normalizes_the_sum_and_pre_norm_what_the_sublayer_reads():
    arrays = case()
    x, gain, bias = arrays.values()
    post = post_norm("norm 1", x, np.sin, gain, bias)
    pre = pre_norm("norm 1", x, np.sin, gain, bias)
    functional = torch.nn.functional
    row = torch.tensor(x)
    norm = {"weight": torch.tensor(gain), "bias": torch.tensor(bias)}
    expected = functional.layer_norm(row + row.sin(), (D_MODEL,), **norm)
    assert_close(post, expected, "post")
    expected = row + functional.layer_norm(row, (D_MODEL,), **norm).sin()
    assert_close(pre, expected, "pre")


def test_the_steps_have_their_scopes():
    arrays = {name: trace(array, name) for name, array in case().items()}
    names = list(
        steps(post_norm("norm 1", arrays["x"], np.sin, *list(arrays.values())[1:]))
    )
    of_norm = [f"norm 1 / {n}" for n in ("mean", "deviation", "normalized", "output")]
    assert names[3:] == ["norm 1 / residual", *of_norm]
    names = list(steps(pre_norm("norm 1", arrays["x"], np.sin, *list(arrays.values())[1:])))
    assert names[3:] == [*of_norm, "norm 1 / residual"]


def test_mean_and_deviation_can_be_read_and_take_no_slope():
    x = trace(case()["x"], "x")
    output = standardize(x, epsilon=0.3)
    found = steps(output)
    variance = x.value.var(axis=-1, keepdims=True)
    assert_close(found["mean"].value, x.value.mean(axis=-1, keepdims=True), "mean", 1e-15)
    assert_close(found["deviation"].value, np.sqrt(variance + 0.3), "deviation", 1e-15)
    expected = (x.value - found["mean"].value) / found["deviation"].value
    assert_close(output.value, expected, "output", 1e-15)
    assert list(gradients((output * output).sum())) == ["x"]


def test_the_norm_of_a_block_takes_its_epsilon():
    x, gain, bias = case().values()
    expected = layer_norm(x + np.sin(x), gain, bias, epsilon=0.5)
    found = post_norm("norm 1", x, np.sin, gain, bias, epsilon=0.5)
    np.testing.assert_array_equal(found, expected)
    expected = x + np.sin(layer_norm(x, gain, bias, epsilon=0.5))
    found = pre_norm("norm 1", x, np.sin, gain, bias, epsilon=0.5)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("epsilon", [-1e-5, np.nan, np.inf, None, "small"])
def test_an_epsilon_that_is_no_number_from_0_is_named(epsilon):
    kind = ValueError if isinstance(epsilon, float) else TypeError
    with pytest.raises(kind, match="standardize: epsilon is .*; it must be"):
        standardize(case()["x"], epsilon=epsilon)


SIZES = [1.0, 1e5, 1e-5, 1e12, 1e153, 1e154, 1e155, 1e308, 1e-150, 1e-170, 1e-300]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("shift", [0.0, 1.0, 1e6])
@pytest.mark.parametrize("epsilon", [0.0, 1e-5])
def test_mean_and_deviation_once_taken_give_the_same_bits(size, shift, epsilon):
    """A record divides by the deviation it has; without one it is taken on the way."""
    x = size * ((np.random.default_rng(3).uniform(-1, 1, (4, 7)) + shift) / (1 + shift))
    x[2] = x[2, 0]
    with np.errstate(over="ignore"):
        found = standardize(trace(x, "x"), epsilon=epsilon).value
        np.testing.assert_array_equal(found, standardize(x, epsilon=epsilon))
    assert np.isfinite(found).all()


# Refused


@pytest.mark.parametrize("name", ["gain", "bias"])
@pytest.mark.parametrize("shape", [(4,), (), (1,), (4, 5), (1, 5)])
def test_a_row_of_the_wrong_width(name, shape):
    with pytest.raises(ShapeError, match=rf"layer_norm: {name} .* x \(2, 4, 5\): \(5,\)"):
        layer_norm(**(case() | {name: np.ones(shape)}))


@pytest.mark.parametrize("x", [3.0, np.ones((4, 0))])
def test_no_row(x):
    with pytest.raises(ShapeError, match="no row to take a mean of"):
        standardize(x)


@pytest.mark.parametrize("epsilon", [-1e-5, math.nan])
def test_epsilon_is_not_negative(epsilon):
    with pytest.raises(ValueError, match="epsilon is .*0 or more"):
        standardize(np.ones(3), epsilon=epsilon)


@pytest.mark.parametrize("block", [post_norm, pre_norm])
def test_a_sublayer_must_give_rows_like_its_own(block):
    x, gain, bias = case().values()
    with pytest.raises(
        ShapeError, match=r"norm 1: the sublayer.*\n.*\(2, 4, 5\)\n.*\(2, 1, 5\)"
    ):
        block("norm 1", x, lambda rows: rows[:, :1], gain, bias)
