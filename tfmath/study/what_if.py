"""Models of `lengths` changed on purpose: a stopped clock, other places, a second layer."""

from functools import partial

import numpy as np

from tfmath.arguments import wholes
from tfmath.attention.rotary import rotate
from tfmath.model.parameters import starting_values
from tfmath.parts.position import positional_encoding
from tfmath.parts.softmax import softmax
from tfmath.study.lengths import (
    BATCH,
    D_K,
    D_MODEL,
    LONGEST,
    QUESTIONS,
    SEEDS,
    STEPS,
    TRAINED,
    Way,
    _sizes,
    _trained,
    learned,
    right_share,
    three_back,
)

CLOCKS = range(1, 1 + D_K // 2)
STOPS = range(3, 51)
ASKED = (48, 128)
LAST_START = LONGEST - TRAINED


def stopped_clocks(seeds=SEEDS, stops=STOPS, n_steps=STEPS, n_texts=64):
    """Right answers of the rotary models if one clock turns only so far: three back.

    Parameters
    ----------
    seeds : iterable of int
    stops : iterable of int
        How far back the clock turns on. Whatever is farther stands as if it were there.
    n_steps, n_texts : int

    Returns
    -------
    rows : list of dict
        Seed, clock (1 is the fastest), stop, length, and the share of right answers. The
        tables are those that were trained with all clocks turning. Clocks 3 and 4, which
        hardly turn, are stopped only where training ends, at 15.

    Examples
    --------
    >>> rows = stopped_clocks([0], [15], n_steps=1, n_texts=1)
    >>> [(row["clock"], row["stop"], row["length"]) for row in rows[:3]]
    [(1, 15, 48), (1, 15, 128), (2, 15, 48)]
    """
    rows, stops = [], wholes("stopped_clocks", "stops", stops)
    for seed in wholes("stopped_clocks", "seeds", seeds):
        tables = learned("three back", "rotary", seed, n_steps)
        tried = ((clock, stop) for clock in CLOCKS for stop in stops)
        for clock, stop in (it for it in tried if it[0] < 3 or it[1] == TRAINED - 1):
            way = Way(partial(_stopped_attention, clock=clock, stop=stop))
            right = right_share(tables, "three back", way, seed, n_texts=n_texts)
            known = {"seed": seed, "clock": clock, "stop": stop}
            rows += [known | {"length": n, "right": round(right[n], 4)} for n in ASKED]
    return rows


def _stopped_attention(query, key, value, mask=None, *, clock, stop):
    """Rotary attention whose one clock gives what is farther back than `stop` as `stop`."""
    n, d_k = query.shape[-2:]
    places = np.arange(n)
    turning = rotate(query, places), rotate(key, places)
    standing = rotate(query, np.full(n, stop)), key
    pair = np.arange(d_k) // 2 == clock - 1
    others, near, far = (
        (q * columns) @ np.swapaxes(k, -1, -2)
        for (q, k), columns in ((turning, ~pair), (turning, pair), (standing, pair))
    )
    is_near = places[:, np.newaxis] - places <= stop
    scores = (others + np.where(is_near, near, far)) / np.sqrt(d_k)
    return softmax(scores, mask) @ value


def any_start(seeds=SEEDS, n_steps=STEPS):
    """Sines that learn from texts of 16 words beginning at any place: three back.

    Parameters
    ----------
    seeds : iterable of int
    n_steps : int

    Returns
    -------
    rows : list of dict
        Seed, length, ``right`` and ``near``, as `lengths` gives them. The texts of a step
        begin together, at a place from 0 to 112. So no place of the test is new, but none
        has met another that is more than 15 away.

    Examples
    --------
    >>> any_start(seeds=[])
    []
    """
    seeds = wholes("any_start", "seeds", seeds)
    return [row for seed in seeds for row in _with_sines(seed, LAST_START, n_steps)]


def _with_sines(seed, last, n_steps):
    rng, places = np.random.default_rng(seed), positional_encoding(LONGEST, D_MODEL)
    start = starting_values(rng, _sizes("sinusoids"))

    def given():
        first = rng.integers(last + 1)
        return {"position": places[first : first + TRAINED]}

    draw = partial(three_back, rng, BATCH, TRAINED)
    tables = _trained(start, "learned", draw, n_steps, given)
    right, near = (
        right_share(tables, "three back", "sinusoids", seed, sees)
        for sees in (LONGEST, TRAINED)
    )
    for n in right:
        two = {"right": round(right[n], 4), "near": round(near[n], 4)}
        yield {"seed": seed, "length": n} | two


def two_layers(seeds=SEEDS, n_steps=STEPS):
    """What models without places find out if they have a second layer.

    Parameters
    ----------
    seeds : iterable of int
    n_steps : int

    Returns
    -------
    rows : list of dict
        Question, seed, length, share of right answers.

    Examples
    --------
    >>> two_layers(seeds=[])
    []
    """
    rows, seeds = [], wholes("two_layers", "seeds", seeds)
    for question, seed in ((question, seed) for question in QUESTIONS for seed in seeds):
        tables = learned(question, "none", seed, n_steps, n_layers=2)
        found = right_share(tables, question, "none", seed)
        known = {"question": question, "seed": seed}
        rows += [known | {"length": n, "right": round(x, 4)} for n, x in found.items()]
    return rows
