"""What `train` takes as its move: four things in, two out; momentum that keeps nothing."""

from functools import partial

import numpy as np
import pytest

from tfmath import toy
from tfmath.learning.optimize import momentum, sgd
from tfmath.learning.train import loss_and_gradients, make_batch, train
from tfmath.model.parameters import flatten, starting_values

BATCH = make_batch(toy.PAIRS, toy.WORDS)
START = starting_values(np.random.default_rng(0), toy.SIZES)


def two(parameters, gradients):
    return parameters, gradients


@pytest.mark.parametrize("move", [sgd, two, partial(momentum, {}, {})])
def test_a_move_that_takes_something_else_is_told_what_it_must_take(move):
    name = getattr(move, "__name__", "a partial")
    takes = r"a function of \(parameters, gradients, state, learning_rate\), such as adam"
    with pytest.raises(TypeError, match=f"train: move is {name}; it must be {takes}.* sgd"):
        train(START, BATCH, 3, move=move)


@pytest.mark.parametrize(
    "move",
    [lambda *now: (now[0], now[2]), lambda p, g, s, lr, more=1: (p, s)],
    ids=["any number of arguments", "one with a default"],
)
def test_a_move_may_be_written_in_several_ways(move):
    step = next(train(START, BATCH, 1, move=move))
    np.testing.assert_array_equal(step.parameters["embedding"], START["embedding"])


def test_momentum_that_keeps_nothing_is_sgd():
    step = next(train(START, BATCH, 1, 0.1, move=partial(momentum, beta=0)))
    _, grads = loss_and_gradients(START, BATCH)
    expected = sgd(flatten(START), grads, 0.1)
    for name, table in flatten(step.parameters).items():
        np.testing.assert_array_equal(table, expected[name])
