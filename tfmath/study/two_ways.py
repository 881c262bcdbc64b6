"""At the letter, or beside it: where models look that learned the same task."""

import numpy as np

from tfmath.arguments import whole, wholes
from tfmath.study.alignment import (
    GAMES,
    MODELS,
    STEPS,
    _learned,
    _looking,
    backwards_games,
)


def two_ways(seeds=MODELS, length=8, n_steps=STEPS):
    """Where the weight lies while each letter is written, in the mean over new games.

    Models that learned to write letters backwards; they differ in their seed alone.

    Parameters
    ----------
    seeds : sequence of int
    length, n_steps : int

    Returns
    -------
    rows : list of dict
        Seed, which letter of the source is to be written, at which place it looks, both
        counted from 1, and the weight.

    Examples
    --------
    >>> rows = two_ways(seeds=(0,), length=2, n_steps=1)
    >>> [(row["letter"], row["place"]) for row in rows]
    [(2, 1), (2, 2), (1, 1), (1, 2)]
    """
    seeds = wholes("two_ways", "seeds", seeds)
    length = whole("two_ways", "length", length, least=1)
    games = backwards_games(np.random.default_rng(100), GAMES, length)
    rows = []
    for seed in seeds:
        tables = _learned("attention", length, seed, n_steps)
        weights = _looking(tables, games.source, games.target)[1].mean(axis=0)
        rows += [
            {"seed": seed, "letter": length - i, "place": j + 1}
            | {"weight": round(float(weight), 4)}
            for (i, j), weight in np.ndenumerate(weights)
        ]
    return rows
