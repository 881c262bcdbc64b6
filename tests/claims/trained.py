"""The runs that the chapter on training speaks of, and the small machine behind one."""

import functools

import numpy as np

from tfmath import toy
from tfmath.learning.train import make_batch, train
from tfmath.model.parameters import flatten, starting_values, unflatten
from tfmath.study.measured import measured

BATCH = make_batch(toy.PAIRS, toy.WORDS)


def start(seed=0):
    return starting_values(np.random.default_rng(seed), toy.SIZES)


def texts(tables):
    """What is written for the three quotes."""
    found = [toy.finish(tables, read) for read, _ in toy.PAIRS]
    return [" ".join(word for word, _ in text) for text in found]


def losses(name, first, second):
    """The losses of fifteen runs, by two columns of a stored measurement."""
    columns, found = measured(name), {}
    keys = zip(columns[first], columns[second], columns["loss"], strict=True)
    for outer, inner, loss in keys:
        found.setdefault(outer, {}).setdefault(inner, []).append(loss)
    assert all(len(runs) == 15 for group in found.values() for runs in group.values())
    return found


RACE, ENDS = losses("rates", "move", "rate"), losses("helped", "with", "rate")


def medians(move):
    return middles(RACE[move])


def middles(runs):
    return {rate: float(np.median(losses)) for rate, losses in runs.items()}


@functools.cache
def from_equal(value, n=100):
    """The tables after each step of Adam from numbers that are all alike."""
    flat = {name: np.full(size, value) for name, size in toy.SIZES.items()}
    flat |= {name: np.ones(5) for name in flat if name.endswith("gain")}
    return [step.parameters for step in train(unflatten(flat), BATCH, n, 0.02)]


@functools.cache
def real_and_other():
    """The run that is rounded at its end, and another from another start."""
    real = toy.train_toy(np.random.default_rng(0), steps=300, rounded_steps=100)
    return list(real), list(train(start(2), BATCH, 100, 0.02, 0.1))


def one_of_each(tables):
    """The machine with one head, one column, one hidden number that computes the same.

    All heads, columns and hidden numbers of `tables` must be alike. Two heads of three
    columns say six times the same, seven hidden numbers seven times; and four columns,
    divided by the root of 4, are two: 2 q k = (√2 q)(√2 k).
    """
    alone = {
        "W_Q": lambda table: np.sqrt(2) * table[:1, :, :1],
        "W_K": lambda table: np.sqrt(2) * table[:1, :, :1],
        "W_V": lambda table: table[:1, :, :1],
        "W_O": lambda table: 6 * table[:1],
        "W_1": lambda table: table[..., :1],
        "b_1": lambda table: table[..., :1],
        "W_2": lambda table: 7 * table[:1],
    }
    flat = flatten(tables).items()
    kept = {n: alone.get(n.split(" / ")[-1], np.array)(table) for n, table in flat}
    return unflatten(kept)
