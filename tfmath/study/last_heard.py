"""Whether a writer looks for the letter that it has written last."""

import numpy as np

from tfmath.arguments import whole, wholes
from tfmath.study.alignment import GAMES, MODELS, STEPS, _learned, _looking, backwards_games

WHERE = ("there", "after", "own")
"""Where the whispered letter stands, the place after the letter, the letter's own."""
WRITES = ("right", "previous", "heard")
"""The right letter, the one before the whispered letter, the whispered letter."""


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
    seeds = wholes("last_heard", "seeds", seeds)
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


def whispered(seeds=MODELS, length=8, n_steps=STEPS):
    """What a writer writes when another letter is whispered to it, and how it knows twins.

    The whispers are those of `last_heard`, where a letter stands before the whispered one
    and is not the right one: did the writer look for the letter heard, in order to write
    the one before it, then it writes that.

    Twins: the letter just written stands at one more place, and is not the one to be
    written. Who looks for the letter alone gives both places the same weight.

    Parameters
    ----------
    seeds : sequence of int
    length, n_steps : int

    Returns
    -------
    rows : list of dict
        Seed; how often the right letter, the letter before the whispered one, and the
        whispered letter itself are written, without and with the whisper; the mean weight
        at the place of the letter just written, and at its twin's.

    Examples
    --------
    >>> (row,) = whispered(seeds=(0,), length=4, n_steps=1)
    >>> list(row)[:5]
    ['seed', 'right', 'right_whispered', 'previous', 'previous_whispered']
    >>> list(row)[5:]
    ['heard', 'heard_whispered', 'true_place', 'twin']
    """
    seeds = wholes("whispered", "seeds", seeds)
    length = whole("whispered", "length", length, least=4)
    games = backwards_games(np.random.default_rng(100), GAMES, length)
    rows = []
    for seed in seeds:
        tables = _learned("attention", length, seed, n_steps)
        rows.append({"seed": seed} | _written(tables, games) | _twins(tables, games))
    return rows


def _whispers(games):
    """For each letter but the first: its number, who hears another, which, all heard."""
    n, rng = games.source.shape[1], np.random.default_rng(5)
    once = (games.source[:, :, np.newaxis] == games.source[:, np.newaxis]).sum(axis=2) == 1
    for i in range(1, n):
        after = n - i
        elsewhere = once & ~np.isin(np.arange(n), (after - 1, after))
        place = (elsewhere * rng.random(elsewhere.shape)).argmax(axis=1)
        heard = games.target.copy()
        heard[:, i] = games.source[np.arange(len(place)), place]
        yield i, np.flatnonzero(elsewhere.any(axis=1)), place, heard


def _whispered(tables, games, weights):
    """Weights without and with a whisper, where its letter stands and where they lay."""
    n, found = games.source.shape[1], []
    for i, games_with, place, heard in _whispers(games):
        after = n - i
        _, now = _looking(tables, games.source, heard)
        for there in (place, np.full(len(place), after), np.full(len(place), after - 1)):
            for kept in (weights, now):
                found.append(kept[games_with, i, there[games_with]].mean())
    return _named(WHERE, np.reshape(found, (n - 1, 2 * len(WHERE))))


def _written(tables, games):
    """How often each of three letters is written, without and with a whisper."""
    before, found = _looking(tables, games.source, games.target)[0], []
    for i, games_with, place, heard in _whispers(games):
        now, _ = _looking(tables, games.source, heard)
        previous, right = games.source[np.arange(len(place)), place - 1], games.following
        kept = games_with[(place > 0)[games_with]]
        kept = kept[previous[kept] != right[kept, i]]
        letters = (right[kept, i], previous[kept], heard[kept, i])
        found.append([said[kept, i] == it for it in letters for said in (before, now)])
    return _named(WRITES, np.concatenate(found, axis=1).T)


def _named(what, found):
    names = [f"{name}{how}" for name in what for how in ("", "_whispered")]
    return {k: round(float(m), 4) for k, m in zip(names, found.mean(axis=0), strict=True)}


def _twins(tables, games):
    """The mean weight at the place of the letter just written, and at its only twin's."""
    _, weights = _looking(tables, games.source, games.target)
    n, found = games.source.shape[1], []
    for i in range(1, n):
        twin = games.source == games.source[:, [n - i]]
        twin[:, n - i] = False
        games_with = np.flatnonzero((twin.sum(axis=1) == 1) & ~twin[:, n - i - 1])
        there = weights[games_with, i]
        found += zip(there[:, n - i], there[twin[games_with]], strict=True)
    true_place, twin = np.mean(found, axis=0)
    return {"true_place": round(float(true_place), 4), "twin": round(float(twin), 4)}
