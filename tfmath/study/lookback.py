"""Where models of `lengths` look in a long text, what turns them away, and what cures."""

import numpy as np

from tfmath.arguments import wholes
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
    right_share,
    three_back,
)
from tfmath.tracing import steps

HEADS = "layer 1 / self-attention / heads"
N_TEXTS = 32
LONGER = (("ALiBi", 4000), ("sinusoids", 2000))
FAR = 12


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
    seeds = wholes("clocks", "seeds", seeds)
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


def by_place(ways=("sinusoids", "rotary"), seeds=SEEDS, n_steps=STEPS):
    """The score of the word three back at each place, and the highest of the others.

    Parameters
    ----------
    ways : iterable of str
    seeds : iterable of int
    n_steps : int

    Returns
    -------
    rows : list of dict
        Way, seed, place from 3 to 63, the two scores, each a mean over texts, and how far
        back the other one is; in the head of `lookback`.

    Examples
    --------
    >>> rows = by_place(["rotary"], [0], n_steps=1)
    >>> list(rows[0]), rows[0]["place"], rows[-1]["place"]
    (['way', 'seed', 'place', 'three back', 'best other', 'back'], 3, 63)
    """
    seeds = wholes("by_place", "seeds", seeds)
    tried = [(way, seed) for way in ways for seed in seeds]
    return [row for one in tried for row in _places_of(*one, n_steps)]


def _places_of(way, seed, n_steps):
    found, head = _of_long_texts(way, seed, n_steps)
    scores = found["scores"][:, head].mean(axis=0)
    for place in range(3, LONGEST // 2):
        back = scores[place, place::-1].copy()
        three, back[3] = float(back[3]), -np.inf
        two = {"three back": round(three, 2), "best other": round(float(back.max()), 2)}
        known = {"way": way, "seed": seed, "place": place}
        yield known | two | {"back": int(back.argmax())}


def head_weights(ways=WAYS, seed=0, n_steps=STEPS):
    """In each head, the weight of the word three back and that of a far one.

    Parameters
    ----------
    ways : iterable of str
    seed, n_steps : int

    Returns
    -------
    rows : list of dict
        Way, head, and two weights that the last of 128 words gives, means over texts; far
        are all words 12 back or more.

    Examples
    --------
    >>> [row["head"] for row in head_weights(["T5"], n_steps=1)]
    [1, 2, 3, 4]
    """
    rows = []
    for way in ways:
        found, _ = _of_long_texts(way, seed, n_steps)
        weights = found["weights"][:, :, -1, ::-1].mean(axis=0)
        for head, of_head in enumerate(weights):
            two = {"three back": of_head[3], "far": of_head[FAR:].mean()}
            told = {name: float(f"{x:.4g}") for name, x in two.items()}
            rows.append({"way": way, "head": 1 + head} | told)
    return rows


def outvoted(n_texts=4000, seed=0, n_steps=STEPS):
    """How often T5 is right in texts of 128 words, by how far a wrong letter leads.

    Parameters
    ----------
    n_texts, seed, n_steps : int

    Returns
    -------
    rows : list of dict
        Of the words 12 back or more, the commonest wrong letter stands there ``lead`` times
        more often than the right one; how many such texts, and the share answered rightly.

    Examples
    --------
    >>> sum(row["texts"] for row in outvoted(9, n_steps=1))
    9
    """
    tables = learned("three back", "T5", seed, n_steps)
    ids, wanted, _ = three_back(np.random.default_rng(3_000_000), n_texts, LONGEST)
    texts = (one_hot(text, N_WORDS) for text in ids[:, np.newaxis])
    best = [letter_scores(tables, text, "T5")[0, -1].argmax() for text in texts]
    right, lead = np.array(best) == wanted[:, -1], _leads(ids, wanted[:, -1])
    return [
        {"lead": int(n), "texts": int(sum(lead == n)), "right": int(right[lead == n].sum())}
        for n in np.unique(lead)
    ]


def _leads(ids, wanted):
    """By how much the commonest wrong letter leads among the far words."""
    counts = one_hot(ids[:, :-FAR], N_WORDS).sum(axis=1)
    texts = np.arange(len(ids))
    of_right = counts[texts, wanted]
    counts[texts, wanted] = 0
    return counts.max(axis=1) - of_right


def longer(tried=LONGER, seeds=(0, 1)):
    """The share of right answers, asked for the letter three back, after more training.

    Parameters
    ----------
    tried : iterable of (str, int)
        Ways, and for how many steps.
    seeds : iterable of int

    Returns
    -------
    rows : list of dict
        Way, steps, seed, length, share.

    Examples
    --------
    >>> rows = longer([("ALiBi", 1)], [0])
    >>> [row["length"] for row in rows[:4]]
    [4, 8, 12, 16]
    """
    rows, seeds = [], wholes("longer", "seeds", seeds)
    for way, n_steps in tried:
        for seed in seeds:
            tables = learned("three back", way, seed, n_steps)
            known = {"way": way, "steps": n_steps, "seed": seed}
            found = right_share(tables, "three back", way, seed)
            rows += [known | {"length": n, "right": round(x, 4)} for n, x in found.items()]
    return rows
