"""Where a function bends, its slope is PyTorch's: a number, never NaN, and no warning."""

import numpy as np
import pytest
import torch

from tfmath.show import backward_source
from tfmath.study.slope import slope
from tfmath.tracing import gradients, named, trace

inf = float("inf")
EDGES = [-1.0, -0.5, 0.0, 1.0, 2.0]

KINKS = {
    "abs": ([-1.0, 0.0, -0.0, 2.0], np.abs, torch.abs),
    "fabs": ([0.0, 2.0], np.fabs, torch.abs),
    "clip": (EDGES, lambda x: np.clip(x, -0.5, 1.0), lambda a: a.clip(-0.5, 1.0)),
    "clip: below": (EDGES, lambda x: np.clip(x, -0.5, None), lambda a: a.clip(-0.5, None)),
    "clip: above": (EDGES, lambda x: x.clip(None, 1.0), lambda a: a.clip(None, 1.0)),
    "clip: exchanged": (
        EDGES,
        lambda x: np.clip(x, 1.0, -0.5),
        lambda a: a.clip(1.0, -0.5),
    ),
    "maximum: relu": ([-1.0, 0.0, 1.0], lambda x: np.maximum(x, 0), torch.relu),
    "max: a tie": ([1.0, 1.0, 0.0], np.max, torch.amax),
    "ptp": ([2.0, 2.0], np.ptp, lambda a: a.amax() - a.amin()),
    "std": ([2.0, 2.0], np.std, lambda a: a.std(correction=0)),
    "std: of rows": (
        [[2.0, 2.0], [1.0, 3.0]],
        lambda x: x.std(axis=1),
        lambda a: a.std(1, correction=0),
    ),
    "std: of one number": ([2.0], np.std, lambda a: a.std(correction=0)),
    "norm": ([0.0, 0.0], np.linalg.norm, torch.linalg.norm),
    "norm: of rows": (
        [[0.0, 0.0], [3.0, 4.0]],
        lambda x: np.linalg.norm(x, axis=1),
        lambda a: torch.linalg.norm(a, dim=1),
    ),
    "norm: Frobenius": (
        [[0.0, 0.0]],
        lambda x: np.linalg.norm(x, "fro"),
        lambda a: torch.linalg.norm(a, "fro"),
    ),
    "norm: third": (
        [[0.0, 0.0], [0.0, 2.0]],
        lambda x: np.linalg.norm(x, 3, axis=1),
        lambda a: torch.linalg.norm(a, 3, dim=1),
    ),
    "norm: half": (
        [0.0, 2.0],
        lambda x: np.linalg.norm(x, 0.5),
        lambda a: torch.linalg.norm(a, 0.5),
    ),
    "norm: sizes": (
        [0.0, -2.0],
        lambda x: np.linalg.norm(x, 1),
        lambda a: torch.linalg.norm(a, 1),
    ),
    "norm: largest": (
        [0.0, 0.0],
        lambda x: np.linalg.norm(x, np.inf),
        lambda a: torch.linalg.norm(a, inf),
    ),
    "fmin: a number that is none": (
        [np.nan, 1.0, 3.0],
        lambda x: np.fmin(x, 2.0),
        lambda a: torch.fmin(a, torch.tensor(2.0)),
    ),
    "fmod: zero": ([0.0, -0.5], lambda x: np.fmod(x, 2.0), lambda a: torch.fmod(a, 2.0)),
}


def torchs(numbers, twin):
    tensor = torch.tensor(numbers, dtype=torch.float64, requires_grad=True)
    twin(tensor).sum().backward()
    return tensor.grad.numpy()


@pytest.mark.parametrize("name", KINKS)
def test_the_slope_at_a_bend_is_torchs(name):
    numbers, call, twin = KINKS[name]
    x = trace(np.array(numbers), "x")
    found = gradients(np.sum(call(x)), of=x)
    np.testing.assert_allclose(found, torchs(numbers, twin), rtol=1e-15, strict=True)


@pytest.mark.parametrize("name", KINKS)
def test_the_printed_backward_pass_says_the_same_there(name):
    numbers, call, twin = KINKS[name]
    beside = np.full(np.shape(numbers), 0.7) * np.arange(1, np.size(numbers) + 1).reshape(
        np.shape(numbers)
    )
    program = backward_source(named("loss", np.sum(call(trace(beside, "x")))))
    ran = program.run(x=np.array(numbers))
    np.testing.assert_allclose(ran["grad_x"], torchs(numbers, twin), rtol=1e-15)


@pytest.mark.parametrize("add", [np.logaddexp, np.logaddexp2])
def test_nothing_has_no_share_in_nothing(add):
    x = trace([-np.inf, 1.0], "x")
    np.testing.assert_array_equal(gradients(np.exp(add(x, -np.inf)).sum())["x"][0], 0)
    np.testing.assert_array_equal(gradients(add(x, -np.inf).sum())["x"], [0, 1])


def test_half_way_between_its_sides_the_slope_of_a_size_is_that_by_trying():
    x = np.zeros(2)
    np.testing.assert_array_equal(
        gradients(np.sum(np.abs(trace(x, "x"))))["x"], slope(lambda v: np.abs(v).sum(), x)
    )
