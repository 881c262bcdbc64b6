"""Tables held still in training, and heads that then ask nothing: which of it is missed."""

import itertools

import numpy as np

from tfmath import toy
from tfmath.arguments import whole, wholes, words
from tfmath.learning.optimize import adam
from tfmath.learning.train import make_batch, train
from tfmath.model.names import flatten, unflatten
from tfmath.model.parameters import starting_values
from tfmath.study.missing_transpose import SMOOTHED
from tfmath.study.one_number import quotes_lost

HELD = {
    "nothing": (),
    "the keys' tables": ("W_K",),
    "the queries' tables": ("W_Q",),
    "the norms": ("gain", "bias"),
    "values and W_O": ("W_V", "W_O"),
    "the feed-forwards": ("W_1", "b_1", "W_2", "b_2"),
    "all but the embedding": ("W_Q", "W_K", "W_V", "W_O", "gain", "bias", "W_1", "b_1",
                              "W_2", "b_2"),
    "the embedding": ("embedding",),
}  # fmt: skip
"""How the names of the tables end that do not move."""


def held_still(held=tuple(HELD), seeds=range(10), steps=300):
    """Train the toy model with some of its tables left at their random start.

    Parameters
    ----------
    held : sequence of str
        Of `HELD`.
    seeds : sequence of int
    steps : int

    Returns
    -------
    rows : list of dict
        What is held, seed, and how many of three quotes are right after the last step.

    Examples
    --------
    >>> held_still(["nothing"], seeds=[0], steps=1)
    [{'held': 'nothing', 'seed': 0, 'right': 0}]
    """
    held = words("held_still", "held", held, HELD)
    seeds = wholes("held_still", "seeds", seeds)
    steps = whole("held_still", "steps", steps, least=1)
    runs = itertools.product(held, seeds)
    return [{"held": h, "seed": s, "right": _right(HELD[h], s, steps)} for h, s in runs]


def _right(still, seed, steps):
    """How many quotes are written right after training."""
    return 3 - quotes_lost(_trained(still, seed, steps))


def _trained(still, seed, steps):
    start = starting_values(np.random.default_rng(seed), toy.SIZES)
    batch, how = make_batch(toy.PAIRS, toy.WORDS), {"move": _all_but(still)} | SMOOTHED
    *_, last = train(start, batch, steps, learning_rate=0.02, **how)
    return last.parameters


def _all_but(still):
    """Adam, but tables whose names end so stay where they are."""

    def move(parameters, gradients, state, learning_rate):
        moved, state = adam(parameters, gradients, state, learning_rate)
        kept = {name: table for name, table in parameters.items() if name.endswith(still)}
        return moved | kept, state

    return move


# Heads that ask nothing -----------------------------------------------------------------

QUERIES = "encoder / layer 1 / self-attention / W_Q"
FACTORS = (1, 0, -1)


def questions(seeds=range(1, 13), steps=400):
    """Multiply the queries of one head of the encoder, in models from other starts.

    Parameters
    ----------
    seeds : sequence of int
    steps : int
        Of the training of each.

    Returns
    -------
    rows : list of dict
        Seed, head (1 or 2), factor (1, 0, −1), and how many of three quotes are right.

    Examples
    --------
    >>> [row["right"] for row in questions(seeds=[1], steps=1)]
    [0, 0, 0, 0, 0, 0]
    """
    seeds = wholes("questions", "seeds", seeds)
    steps, found = whole("questions", "steps", steps, least=1), []
    for seed in seeds:
        start = starting_values(np.random.default_rng(seed), toy.SIZES)
        *_, last = train(start, make_batch(toy.PAIRS, toy.WORDS), steps, 0.02)
        for head, factor in itertools.product((0, 1), FACTORS):
            right = 3 - quotes_lost(_asking(last.parameters, head, factor))
            found.append({"seed": seed, "head": head + 1, "factor": factor, "right": right})
    return found


def _asking(parameters, head, factor):
    """Copies of the tables, the queries of one head multiplied."""
    flat = {name: table.copy() for name, table in flatten(parameters).items()}
    flat[QUERIES][head] *= factor
    return unflatten(flat)
