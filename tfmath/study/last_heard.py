"""Whether a writer looks for the letter that it has written last."""

import numpy as np

from tfmath.arguments import items, whole
from tfmath.study.alignment import GAMES, SEEDS, STEPS, _learned, _looking, backwards_games


def last_heard(seeds=SEEDS, length=8, n_steps=STEPS):
    """How much weight lies where the letter just written stands in the source.

    Models that learned to write letters backwards, on games that they have not seen; the
    first letter to be written, before which none was, is not counted.

    Parameters
    ----------
    seeds : sequence of int
    length, n_steps : int

    Returns
    -------
    rows : list of dict
        Seed, the mean weight on such places, the share of such places among all.

    Examples
    --------
    >>> (row,) = last_heard(seeds=(0,), length=2, n_steps=1)
    >>> list(row)
    ['seed', 'weight', 'places']
    """
    seeds = items("last_heard", "seeds", seeds, "whole numbers")
    seeds = [whole("last_heard", "a seed", seed) for seed in seeds]
    length = whole("last_heard", "length", length, least=2)
    games = backwards_games(np.random.default_rng(100), GAMES, length)
    alike = games.source[:, np.newaxis] == games.target[:, 1:, np.newaxis]
    rows = []
    for seed in seeds:
        tables = _learned("attention", length, seed, n_steps)
        _, weights = _looking(tables, games.source, games.target)
        weight = float((weights[:, 1:] * alike).sum(axis=-1).mean())
        places = round(float(alike.mean()), 4)
        rows.append({"seed": seed, "weight": round(weight, 4), "places": places})
    return rows
