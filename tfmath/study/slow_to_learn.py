"""How many steps of training one fixed context needs, and how many attention does."""

import itertools

import numpy as np

from tfmath.arguments import whole, wholes
from tfmath.learning.optimize import adam, start_state
from tfmath.learning.train import Batch, loss_and_gradients
from tfmath.model.names import flatten, unflatten
from tfmath.model.parameters import starting_values
from tfmath.model.recurrent import sequence_to_sequence
from tfmath.study import alignment
from tfmath.study.alignment import CONTEXTS, _learned, _right, _sizes, backwards_games

GAMES = 128
AT, SEEDS = (10, 50, 100, 200, 400, 800), (0, 1)
ENOUGH = 0.99


def slow_to_learn(at=AT, seeds=SEEDS, length=12):
    """How many letters written backwards are right, after ever more steps of training.

    Each step is taken on games drawn anew, so nothing can be learned by heart. A model that
    has 99 letters of 100 right is trained no longer.

    Parameters
    ----------
    at : sequence of int
        After how many steps the model is tried, the last number last.
    seeds : sequence of int
    length : int

    Returns
    -------
    rows : list of dict
        Context, seed, steps, the share of the letters that are right.

    Examples
    --------
    >>> rows = slow_to_learn(at=(1,), seeds=(0,), length=2)
    >>> [row["context"] for row in rows]
    ['attention', 'fixed']
    """
    at = wholes("slow_to_learn", "at", at, least=1, fewest=1)
    seeds = wholes("slow_to_learn", "seeds", seeds)
    length = whole("slow_to_learn", "length", length, least=1)
    rows = []
    for context, seed in itertools.product(CONTEXTS, seeds):
        for step, tables in _training(context, seed, length, max(at)):
            if step in at:
                right = float(_right(tables, CONTEXTS[context], length).mean())
                rows.append({"context": context, "seed": seed, "steps": step})
                rows[-1]["right"] = round(right, 4)
                if right >= ENOUGH:
                    break
    return rows


def in_order(seeds=alignment.SEEDS, length=8, n_steps=alignment.STEPS):
    """How many letters are right if they are to be written in the order read.

    As `tfmath.study.alignment.backwards`, with the same letters: only that the first letter
    is asked for first.

    Parameters
    ----------
    seeds : sequence of int
    length, n_steps : int

    Returns
    -------
    rows : list of dict
        Context, seed, the share of the letters that are right.

    Examples
    --------
    >>> rows = in_order(seeds=(0,), length=2, n_steps=1)
    >>> [row["context"] for row in rows]
    ['attention', 'fixed']
    """
    seeds = wholes("in_order", "seeds", seeds)
    length = whole("in_order", "length", length, least=1)
    n_steps = whole("in_order", "n_steps", n_steps, least=1)
    rows = []
    for context, seed in itertools.product(CONTEXTS, seeds):
        tables = _learned(context, length, seed, n_steps, _forward_games)
        right = float(_right(tables, CONTEXTS[context], length, _forward_games).mean())
        rows.append({"context": context, "seed": seed, "right": round(right, 4)})
    return rows


def _forward_games(rng, n_games, length):
    """As `backwards_games`, with the letters to be written in the order read."""
    games = backwards_games(rng, n_games, length)
    start = games.target[:, :1]
    target = np.concatenate([start, games.source[:, :-1]], axis=1)
    return Batch(games.source, target, games.source)


def _training(context, seed, length, n_steps):
    """The tables after each step of Adam, each on new games."""
    rng = np.random.default_rng(seed)
    flat = flatten(starting_values(rng, _sizes(context)))
    state = start_state(flat)
    model = {"model": sequence_to_sequence, "attention": CONTEXTS[context]}
    for step in range(1, n_steps + 1):
        games = backwards_games(rng, GAMES, length)
        _, slopes = loss_and_gradients(unflatten(flat), games, **model)
        flat, state = adam(flat, slopes, state, 0.02)
        yield step, unflatten(flat)
