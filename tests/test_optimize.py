"""Optimizers: twenty steps beside torch's own, and errors that name tensor and step."""

import math

import numpy as np
import pytest
import torch

from tfmath.errors import DtypeError, NonFiniteError, ShapeError
from tfmath.learning.optimize import (
    adam,
    adamw,
    clip_gradients,
    inverse_square_root,
    momentum,
    sgd,
    start_state,
)

SHAPES = {"E": (23, 5), "W_Q": (5, 3), "b_1": (7,), "decoder.0.gain": (5,)}


def draw(seed, scale=1.0):
    rng = np.random.default_rng(seed)
    return {name: scale * rng.normal(size=shape) for name, shape in SHAPES.items()}


def as_torch(arrays):
    return {name: torch.tensor(a, requires_grad=True) for name, a in arrays.items()}


def without_state(parameters, gradients, state, learning_rate):
    return sgd(parameters, gradients, learning_rate), state


ORACLES = {
    "sgd": (without_state, lambda p: torch.optim.SGD(p, lr=0.03)),
    "momentum": (momentum, lambda p: torch.optim.SGD(p, lr=0.03, momentum=0.9)),
    "momentum 0.5": (
        lambda *a: momentum(*a, beta=0.5),
        lambda p: torch.optim.SGD(p, lr=0.03, momentum=0.5),
    ),
    "adam": (adam, lambda p: torch.optim.Adam(p, lr=0.03)),
    "adam of the paper": (
        lambda *a: adam(*a, beta_1=0.8, beta_2=0.98, epsilon=1e-3),
        lambda p: torch.optim.Adam(p, lr=0.03, betas=(0.8, 0.98), eps=1e-3),
    ),
    "adamw": (adamw, lambda p: torch.optim.AdamW(p, lr=0.03)),
    "adamw 0.3": (
        lambda *a: adamw(*a, weight_decay=0.3),
        lambda p: torch.optim.AdamW(p, lr=0.03, weight_decay=0.3),
    ),
}


@pytest.mark.parametrize("name", ORACLES)
def test_twenty_steps_equal_torch(name):
    move, optimizer = ORACLES[name]
    parameters = draw(1)
    theirs, state = as_torch(parameters), start_state(parameters)
    optimizer = optimizer(list(theirs.values()))
    for step in range(20):
        # A slope that depends on where we are, of very different sizes.
        size = 10.0 ** (step % 5 - 3)
        gradients = {n: np.sin(3 * a) * size for n, a in parameters.items()}
        for tensor in theirs.values():
            tensor.grad = torch.sin(3 * tensor.detach()) * size
        optimizer.step()
        parameters, state = move(parameters, gradients, state, 0.03)
        for n, tensor in theirs.items():
            np.testing.assert_allclose(
                parameters[n], tensor.detach().numpy(), rtol=0, atol=1e-12, err_msg=n
            )


@pytest.mark.parametrize("move", [momentum, adam, adamw])
def test_the_state_counts_and_nothing_changes_in_place(move):
    parameters, gradients = draw(1), draw(2)
    before = {name: array.copy() for name, array in parameters.items()}
    state = start_state(parameters)
    after, new = move(parameters, gradients, state, 0.1)
    assert (state.step, new.step) == (0, 1)
    assert list(after) == list(SHAPES)
    for name in SHAPES:
        np.testing.assert_array_equal(parameters[name], before[name])
        np.testing.assert_array_equal(gradients[name], draw(2)[name])
        assert not state.mean[name].any()
        assert not state.square[name].any()
        assert np.abs(after[name] - before[name]).min() > 0


@pytest.mark.parametrize("name", ORACLES)
@pytest.mark.parametrize("rate", [0.1, np.float64(0.1)])
@pytest.mark.parametrize("gradient_type", [np.float32, np.float64])
def test_float32_stays_float32(name, rate, gradient_type):
    parameters = {n: a.astype(np.float32) for n, a in draw(1).items()}
    gradients = {n: a.astype(gradient_type) for n, a in draw(2).items()}
    after, state = ORACLES[name][0](parameters, gradients, start_state(parameters), rate)
    for arrays in (after, state.mean, state.square):
        assert {a.dtype for a in arrays.values()} == {np.dtype(np.float32)}


def test_a_gradient_of_zero_moves_nothing():
    parameters = draw(1)
    zeros = {name: np.zeros(shape) for name, shape in SHAPES.items()}
    for move in (without_state, momentum, adam):
        after, _ = move(parameters, zeros, start_state(parameters), 0.1)
        for name in SHAPES:
            np.testing.assert_array_equal(after[name], parameters[name])


@pytest.mark.parametrize("move", [adam, adamw])
@pytest.mark.parametrize("dtype, size", [(np.float32, -1e25), (np.float64, 1e170)])
def test_a_gradient_whose_square_is_no_number_is_named(move, dtype, size):
    parameters = {"a": np.ones(3, dtype), "b": np.ones((1, 2), dtype), "c": np.ones(0)}
    gradients = {"a": np.ones(3), "b": np.array([[0.1, size]]), "c": np.ones(0)}
    words = rf"{move.__name__}, step 1: gradient b holds -?1e\+\d\d+ at \(0, 1\), and its"
    with pytest.raises(NonFiniteError, match=words + " square is too large for float"):
        move(parameters, gradients, start_state(parameters), 0.1)
    clipped, _ = clip_gradients(gradients, 1.0)
    moved, state = move(parameters, clipped, start_state(parameters), 0.1, epsilon=1e-9)
    assert abs(moved["b"][0, 1] - 1) > 0.09 and np.isfinite(state.square["b"]).all()


def test_adam_moves_by_the_rate_as_long_as_the_square_is_a_number():
    sizes = np.array([1e-3, 1.0, -1e9, 1e18], np.float32)
    parameters = {"w": np.zeros(4, np.float32)}
    moved, _ = adam(parameters, {"w": sizes}, start_state(parameters), 0.1)
    np.testing.assert_allclose(moved["w"], -0.1 * np.sign(sizes), rtol=2e-5)


@pytest.mark.parametrize("max_norm", [0.5, 3.0, 1000.0])
def test_clipping_equals_torch(max_norm):
    gradients, theirs = draw(2), as_torch(draw(1))
    for name, tensor in theirs.items():
        tensor.grad = torch.tensor(gradients[name])
    expected = torch.nn.utils.clip_grad_norm_(theirs.values(), max_norm)
    clipped, norm = clip_gradients(gradients, max_norm)
    assert norm == pytest.approx(expected.item(), rel=1e-14)
    for name, tensor in theirs.items():
        np.testing.assert_allclose(clipped[name], tensor.grad.numpy(), rtol=0, atol=1e-14)


def test_clipping_at_the_edges():
    assert clip_gradients({}, 1.0) == ({}, 0.0)
    zeros, norm = clip_gradients({"W": np.zeros((2, 3)), "none": np.zeros((0, 3))}, 1.0)
    assert norm == 0.0
    assert not zeros["W"].any()
    for dtype, size in ((np.float32, 1e38), (np.float64, 1e300)):
        clipped, norm = clip_gradients(
            {"W": np.array([3, 4], dtype) * dtype(size / 5)}, 1.0
        )
        assert norm == pytest.approx(size, rel=1e-6)
        np.testing.assert_allclose(clipped["W"], [0.6, 0.8], rtol=1e-6)
        assert clipped["W"].dtype == dtype


def test_the_paper_rate_rises_then_falls():
    rates = [inverse_square_root(t, 512, 4000) for t in range(1, 12001)]
    assert max(rates) == rates[3999] == pytest.approx(1 / math.sqrt(512 * 4000), rel=1e-14)
    np.testing.assert_allclose(np.diff(rates[:4000]), rates[0], rtol=1e-9)
    assert rates[11999] == pytest.approx(1 / math.sqrt(512 * 12000), rel=1e-14)
    assert isinstance(inverse_square_root(np.int64(3), 5, 7), float)


def test_the_paper_rate_in_torch_scheduler():
    weight = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=1.0)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda t: 5**-0.5 * min((t + 1) ** -0.5, (t + 1) * 7**-1.5)
    )
    for step in range(1, 20):
        ours = inverse_square_root(step, 5, 7)
        assert ours == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-14)
        optimizer.step()
        schedule.step()


@pytest.mark.parametrize("move", [momentum, adam, adamw])
def test_a_bad_gradient_names_the_tensor_and_the_step(move):
    parameters, state = draw(1), start_state(draw(1))
    for _ in range(2):
        parameters, state = move(parameters, draw(2), state, 0.1)
    bad = draw(2)
    bad["W_Q"][4, 1] = np.nan
    message = rf"{move.__name__}, step 3: gradient W_Q holds nan at \(4, 1\)"
    with pytest.raises(NonFiniteError, match=message):
        move(parameters, bad, state, 0.1)


@pytest.mark.parametrize("name", ORACLES)
def test_what_does_not_fit_is_named(name):
    move = ORACLES[name][0]
    parameters, gradients = draw(1), draw(2)
    state = start_state(parameters)
    for rate in (0, -0.1, math.nan, math.inf):
        with pytest.raises(ValueError, match=f"learning_rate is {rate}; it must be"):
            move(parameters, gradients, state, rate)
    missing = {n: g for n, g in gradients.items() if n != "b_1"}
    with pytest.raises(
        ValueError, match="b_1 is in the parameters but not in the gradients"
    ):
        move(parameters, missing, state, 0.1)
    extra = {**gradients, "b_2": np.zeros(5)}
    with pytest.raises(
        ValueError, match="b_2 is in the gradients but not in the parameters"
    ):
        move(parameters, extra, state, 0.1)
    turned = {**gradients, "W_Q": gradients["W_Q"].T}
    with pytest.raises(ShapeError, match=r"(?s)W_Q must have.*\(5, 3\).*\(3, 5\)"):
        move(parameters, turned, state, 0.1)
    with pytest.raises(NonFiniteError, match="parameter E holds inf"):
        move({**parameters, "E": np.full((23, 5), np.inf)}, gradients, state, 0.1)
    with pytest.raises(DtypeError, match="parameter b_1 holds bool"):
        move({**parameters, "b_1": np.ones(7, bool)}, gradients, state, 0.1)


@pytest.mark.parametrize("move", [momentum, adam, adamw])
def test_a_state_of_other_parameters_is_refused(move):
    fewer = {n: a for n, a in draw(1).items() if n != "E"}
    with pytest.raises(ValueError, match="E is in the parameters but not in the state"):
        move(draw(1), draw(2), start_state(fewer), 0.1)


@pytest.mark.parametrize(
    ("move", "wrong"),
    [
        (momentum, {"beta": 1.0}),
        (momentum, {"beta": -0.1}),
        (adam, {"beta_1": 1.0}),
        (adam, {"beta_2": math.nan}),
        (adam, {"epsilon": 0}),
        (adamw, {"weight_decay": -0.1}),
        (adamw, {"weight_decay": math.inf}),
    ],
)
def test_wrong_settings_are_named(move, wrong):
    name, value = next(iter(wrong.items()))
    with pytest.raises(ValueError, match=f"{move.__name__}, step 1: {name} is {value}"):
        move(draw(1), draw(2), start_state(draw(1)), 0.1, **wrong)


def test_wrong_lengths_and_schedules_are_named():
    for norm in (0, -1.0, math.nan):
        with pytest.raises(ValueError, match=f"max_norm is {norm}; it must be"):
            clip_gradients(draw(2), norm)
    with pytest.raises(NonFiniteError, match="clip_gradients: gradient b holds inf"):
        clip_gradients({"b": np.array([np.inf])}, 1.0)
    for wrong, name in (((0, 5, 7), "step"), ((1, 0, 7), "d_model"), ((1, 5, 0), "warmup")):
        with pytest.raises(ValueError, match=f"{name} is 0; .* whole number, 1 or more"):
            inverse_square_root(*wrong)
