"""Where models of `lengths` look in a long text, and what turns a rotary one away."""

import numpy as np

from tfmath.model.parameters import traced
from tfmath.parts.embedding import one_hot
from tfmath.study.lengths import (
    D_K,
    LONGEST,
    N_WORDS,
    SEEDS,
    STEPS,
    TRAINED,
    WAYS,
    learned,
    letter_scores,
    three_back,
)
from tfmath.tracing import steps

HEADS = "layer 1 / self-attention / heads"
N_TEXTS = 32


def lookback(ways=WAYS, seed=0, n_steps=STEPS):
    """Where the last of 128 words looks, asked for the one three back: weight by distance.

    Parameters
    ----------
    ways : iterable of str
    seed, n_steps : int
        As for `learned`.

    Returns
    -------
    rows : list of dict
        Way, distance, and the weight, a mean over texts, in the head that looks most at the
        place three back while there are 16 words.

    Examples
    --------
    >>> rows = lookback(["none"], n_steps=1)
    >>> len(rows) == LONGEST, rows[-1]["distance"]
    (True, 127)
    """
    return [
        {"way": way, "distance": distance, "weight": round(float(weight), 4)}
        for way in ways
        for distance, weight in enumerate(_looks(way, seed, n_steps))
    ]


def _looks(way, seed, n_steps):
    found, head = _of_long_texts(way, seed, n_steps)
    return _by_distance(found["weights"], head)[:, -1].mean(axis=0)


def clocks(seeds=SEEDS, n_steps=STEPS):
    """How much each clock of the rotary models adds to a score, by distance.

    Parameters
    ----------
    seeds : iterable of int
    n_steps : int

    Returns
    -------
    rows : list of dict
        Seed, distance, and for each pair of columns, from the fast one to the slow one, its
        part of the score that the last of 128 words gives, a mean over texts; and the
        weight. Asked for the word three back, in the head of `lookback`.

    Notes
    -----
    A score is the sum of its pairs: x of the query times x of the key, and y times y.

    Examples
    --------
    >>> rows = clocks([0], n_steps=1)
    >>> list(rows[0])
    ['seed', 'distance', 'clock 1', 'clock 2', 'clock 3', 'clock 4', 'weight']
    """
    return [row for seed in seeds for row in _of_seed(seed, n_steps)]


def _of_seed(seed, n_steps):
    found, head = _of_long_texts("rotary", seed, n_steps)
    parts, weights = _parts(found, head), _by_distance(found["weights"], head)
    columns = [*parts.mean(axis=0).T, weights[:, -1].mean(axis=0)]
    names = [*(f"clock {1 + i}" for i in range(D_K // 2)), "weight"]
    for distance, numbers in enumerate(zip(*columns, strict=True)):
        told = {name: round(float(x), 4) for name, x in zip(names, numbers, strict=True)}
        yield {"seed": seed, "distance": distance} | told


def _parts(found, head):
    """What each pair of columns adds to the score of the last word, (n_texts, n, pairs)."""
    query, key = (found[f"turned {name}"][:, head] for name in ("query", "key"))
    products = query[:, -1:] * key[:, ::-1] / np.sqrt(D_K)
    return products.reshape(*products.shape[:-1], D_K // 2, 2).sum(axis=-1)


def _of_long_texts(way, seed, n_steps):
    """The steps of the heads on texts of 128 words, and the head that looks three back."""
    tables = traced(learned("three back", way, seed, n_steps))
    rng = np.random.default_rng(2_000_000)
    short, long = (_heads(tables, rng, way, n) for n in (TRAINED, LONGEST))
    three = short["weights"][:, :, -1, -4].mean(axis=0)
    return long, three.argmax()


def _heads(tables, rng, way, n):
    words = one_hot(three_back(rng, N_TEXTS, n)[0], N_WORDS)
    found = steps(letter_scores(tables, words, way))
    return {
        name.removeprefix(f"{HEADS} / "): step.value
        for name, step in found.items()
        if name.startswith(HEADS)
    }


def _by_distance(weights, head):
    """Weights of one head, from near to far."""
    return weights[:, head, :, ::-1]
