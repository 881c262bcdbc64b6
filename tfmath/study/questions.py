"""Models trained anew, whose queries are silenced or turned round: who minds."""

import itertools

import numpy as np

from tfmath import toy
from tfmath.arguments import whole, wholes
from tfmath.learning.train import make_batch, train
from tfmath.model.names import flatten, unflatten
from tfmath.model.parameters import starting_values
from tfmath.study.one_number import quotes_lost

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
