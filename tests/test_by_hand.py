"""The Transformer by hand shares no line with the model, and gives the same numbers."""

import ast
import inspect

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfmath import toy
from tfmath.learning.optimize import adam, start_state
from tfmath.learning.train import Batch, loss_and_gradients, make_batch
from tfmath.model.parameters import flatten, shapes, starting_values
from tfmath.witness import by_hand

BATCH = make_batch(toy.PAIRS, toy.WORDS)


def assert_same(parameters, batch, smoothing):
    expected, gradients = loss_and_gradients(parameters, batch, smoothing)
    loss, found = by_hand.loss_and_gradients(flatten(parameters), batch, smoothing)
    assert loss == pytest.approx(expected, abs=1e-12)
    assert list(found) == list(gradients)
    for name, gradient in gradients.items():
        np.testing.assert_allclose(found[name], gradient, rtol=0, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_toy_model(smoothing):
    assert_same(toy.load(), BATCH, smoothing)


@given(
    st.integers(0, 10**6),
    st.integers(1, 3),
    st.sampled_from([(6, 2, 4, 3, 7), (5, 3, 1, 2, 4), (8, 1, 3, 5, 9)]),
)
def test_any_model(seed, n_layers, sizes):
    rng = np.random.default_rng(seed)
    names = ("d_model", "n_heads", "d_k", "d_v", "d_ff")
    sizes = shapes(11, **dict(zip(names, sizes, strict=True)), n_layers=n_layers)
    start = starting_values(rng, sizes)
    source, following = (rng.integers(3, 11, (2, n)) for n in (4, 3))
    source[1, 3:], following[0, 2:] = 0, 0
    target = np.concatenate([np.ones((2, 1), int), following[:, :-1]], axis=1)
    assert_same(start, Batch(source, target, following), 0.1)


def test_adam():
    rng = np.random.default_rng(0)
    tables, state = {"w": rng.normal(size=7)}, start_state({"w": np.zeros(7)})
    row, mean, square = tables["w"].copy(), np.zeros(7), np.zeros(7)
    for step in range(1, 6):
        gradient = rng.normal(size=7)
        tables, state = adam(tables, {"w": gradient}, state, 0.02)
        by_hand.adam(row, gradient, mean, square, step, 0.02)
        np.testing.assert_allclose(row, tables["w"], rtol=0, atol=1e-13)


def test_it_imports_nothing_of_the_package():
    tree = ast.parse(inspect.getsource(by_hand))
    found = [n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom)]
    assert {ast.unparse(node) for node in found} == {"import math", "import numpy as np"}
