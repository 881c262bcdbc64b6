"""The toy model with a table to read and one to write; and with a factor of its own."""

import math

import numpy as np

from tfmath import toy
from tfmath.arguments import whole, wholes
from tfmath.learning.train import make_batch, train
from tfmath.model.parameters import starting_values
from tfmath.parts.position import positional_encoding
from tfmath.study.crossed_out import surprise
from tfmath.study.word_rows import SEEDS, WRITTEN

BATCH = make_batch(toy.PAIRS, toy.WORDS)
FACTORS = (0.5, 0.75, 1.0, 1.5, 2.0, math.sqrt(5), 3.0, 4.0, 5.0)
TRAINED_WITH = (1.0, math.sqrt(5), 4.0)


def two_tables(seeds=SEEDS, steps=500):
    """Models with one table to read words and another to write them: how long the rows are.

    Both tables begin as the toy model's one table does, and are trained as it is, but for
    the rounding.

    Parameters
    ----------
    seeds : sequence of int
        A model for each.
    steps : int

    Returns
    -------
    rows : list of dict
        Two for each model, after so many steps: for the table "to read" and the one "to
        write", the shortest row of a word that is written, and the longest of the others.

    Examples
    --------
    >>> [row["table"] for row in two_tables(seeds=(0,), steps=1)]
    ['to read', 'to write']
    """
    return [
        row for seed in wholes("two_tables", "seeds", seeds) for row in _two(seed, steps)
    ]


def _two(seed, steps):
    rng = np.random.default_rng(seed)
    start = starting_values(rng, toy.SIZES)
    another = starting_values(rng, {"embedding": toy.SIZES["embedding"]})
    start["output"] = {"W": another["embedding"].T}
    tables = _trained(start, steps)
    rows = {"to read": tables["embedding"], "to write": tables["output"]["W"].T}
    return [
        {"model": f"seed {seed}", "steps": steps, "table": name, **_ends(table)}
        for name, table in rows.items()
    ]


def _trained(start, steps, **variant):
    *_, last = train(start, BATCH, steps, 0.02, label_smoothing=0.1, **variant)
    return last.parameters


def _ends(table):
    length = np.sqrt((table**2).sum(axis=1))
    writes = np.array([word in WRITTEN for word in toy.WORDS])
    return {
        "shortest_written": round(float(length[writes].min()), 3),
        "longest_other": round(float(length[~writes].max()), 3),
    }


def by_table(columns):
    """Of each table of `two_tables`, for each model the two lengths, the others' first.

    Parameters
    ----------
    columns : dict
        As `measured` gives them.

    Returns
    -------
    dict of str to dict of str to (float, float)

    Examples
    --------
    >>> row = {"model": ["seed 3"], "table": ["to read"], "shortest_written": [1.5]}
    >>> by_table(row | {"longest_other": [2.5]})
    {'to read': {'3': (2.5, 1.5)}}
    """
    names = ("model", "table", "longest_other", "shortest_written")
    found = {}
    for model, table, *ends in zip(*(columns[name] for name in names), strict=True):
        found.setdefault(table, {})[model.removeprefix("seed ")] = tuple(ends)
    return found


def other_factors(seeds=(0, 1, 2, 3), trained_with=TRAINED_WITH, steps=500):
    """Models trained with other factors than √d when they read, each tried with others.

    Parameters
    ----------
    seeds : sequence of int
        For each, models from the same beginning.
    trained_with : sequence of float
        A model for each.
    steps : int

    Returns
    -------
    rows : list of dict
        The factor with which a model was trained, the one with which it is tried, and its
        loss on the three quotes.

    Examples
    --------
    >>> len(other_factors(seeds=(0,), steps=1)) == 3 * 9
    True
    """
    return [
        {"model": f"seed {seed}", "trained": own, "tried": tried, "loss": loss}
        for seed in wholes("other_factors", "seeds", seeds)
        for own in trained_with
        for tried, loss in _losses(seed, own, steps)
    ]


def _losses(seed, own, steps):
    start = starting_values(np.random.default_rng(seed), toy.SIZES)
    tables = _trained(start, steps, scale=own)
    return [(tried, round(surprise(tables, scale=tried), 4)) for tried in FACTORS]


def mean_losses(columns):
    """Of `other_factors`, the factors tried, and for each trained one the mean losses.

    Parameters
    ----------
    columns : dict
        As `measured` gives them.

    Returns
    -------
    tried : list of float
    means : dict of float to list of float

    Examples
    --------
    >>> mean_losses({"trained": [4.0, 4.0], "tried": [1.0, 1.0], "loss": [0.5, 1.5]})
    ([1.0], {4.0: [1.0]})
    """
    rows = list(zip(*(columns[name] for name in ("trained", "tried", "loss")), strict=True))
    tried = sorted(set(columns["tried"]))

    def mean(own, factor):
        return float(np.mean([loss for a, b, loss in rows if (a, b) == (own, factor)]))

    return tried, {
        own: [mean(own, f) for f in tried] for own in dict.fromkeys(columns["trained"])
    }


def sizes_before(widths=(5, 16, 64, 512), seed=0):
    """Mean squares before training, for both jobs of a table, at several widths.

    Parameters
    ----------
    widths : sequence of int
    seed : int

    Returns
    -------
    panels : dict of str to dict of str to (n,)
        To read: of a fresh table E, of E · √d, and of the places beside it. To write: of
        the scores that E, or E · √d, gives rows of mean square 1.

    Examples
    --------
    >>> panels = sizes_before((100, 400))
    >>> panels["to write: scores"]["E · √d"].round(-2).tolist()
    [100.0, 400.0]
    """
    widths = wholes("sizes_before", "widths", widths, least=1)
    whole("sizes_before", "seed", seed)
    each = [_sizes(d, np.random.default_rng(seed)) for d in widths]
    fresh, read, places, scores, louder = np.transpose(each)
    return {
        "to read: rows, places": {"E": fresh, "E · √d": read, "places": places},
        "to write: scores": {"E": scores, "E · √d": louder},
    }


def _sizes(d, rng):
    x, fresh = rng.normal(size=(100, d)), rng.normal(0, 1 / math.sqrt(d), (1000, d))
    read, places = fresh * math.sqrt(d), positional_encoding(range(50), d)
    return [(t**2).mean() for t in (fresh, read, places, x @ fresh.T, x @ read.T)]
