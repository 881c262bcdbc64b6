"""Whether a writer looks for the letter that it has written last."""

import numpy as np

from tfmath.arguments import items, whole
from tfmath.study.alignment import GAMES, MODELS, STEPS, _learned, _looking, backwards_games

WHERE = ("there", "after", "own")
"""Where the whispered letter stands, the place after the letter, the letter's own."""


def last_heard(seeds=MODELS, length=8, n_steps=STEPS):
    """How much weight lies where the letter just written stands in the source.

    Models that learned to write letters backwards, on games that they have not seen; the
    first letter to be written, before which none was, is not counted.

    Then a test that could refute it: another letter is whispered to the writer in place of
    the one just written. It stands once in the row, and is not the one to be written.

    Parameters
    ----------
    seeds : sequence of int
    length, n_steps : int

    Returns
    -------
    rows : list of dict
        Seed, the mean weight on such places, the share of such places among all; the
        weight where the whispered letter stands, without and with the whisper; the weight
        at the place after the letter to be written, without and with it; and at the very
        place of that letter.

    Examples
    --------
    >>> (row,) = last_heard(seeds=(0,), length=3, n_steps=1)
    >>> list(row)[:5]
    ['seed', 'weight', 'places', 'there', 'there_whispered']
    >>> list(row)[5:]
    ['after', 'after_whispered', 'own', 'own_whispered']
    """
    seeds = items("last_heard", "seeds", seeds, "whole numbers")
    seeds = [whole("last_heard", "a seed", seed) for seed in seeds]
    length = whole("last_heard", "length", length, least=3)
    games = backwards_games(np.random.default_rng(100), GAMES, length)
    alike = games.source[:, np.newaxis] == games.target[:, 1:, np.newaxis]
    rows = []
    for seed in seeds:
        tables = _learned("attention", length, seed, n_steps)
        _, weights = _looking(tables, games.source, games.target)
        weight = float((weights[:, 1:] * alike).sum(axis=-1).mean())
        places = round(float(alike.mean()), 4)
        rows.append({"seed": seed, "weight": round(weight, 4), "places": places})
        rows[-1] |= _whispered(tables, games, weights)
    return rows


def _whispered(tables, games, weights):
    """Weights without and with a whisper, where its letter stands and where they lay."""
    n, rng, found = games.source.shape[1], np.random.default_rng(5), []
    once = (games.source[:, :, np.newaxis] == games.source[:, np.newaxis]).sum(axis=2) == 1
    for i in range(1, n):
        after = n - i
        elsewhere = once & ~np.isin(np.arange(n), (after - 1, after))
        place = (elsewhere * rng.random(elsewhere.shape)).argmax(axis=1)
        games_with = np.flatnonzero(elsewhere.any(axis=1))
        heard = games.target.copy()
        heard[:, i] = games.source[np.arange(len(place)), place]
        _, now = _looking(tables, games.source, heard)
        for there in (place, np.full(len(place), after), np.full(len(place), after - 1)):
            for kept in (weights, now):
                found.append(kept[games_with, i, there[games_with]].mean())
    names = [f"{where}{how}" for where in WHERE for how in ("", "_whispered")]
    means = np.reshape(found, (n - 1, len(names))).mean(axis=0)
    return {name: round(float(m), 4) for name, m in zip(names, means, strict=True)}
