"""A table to read and one to write; and what the factor √d does in training."""

import math

import numpy as np

from tfmath import toy
from tfmath.arguments import whole, wholes
from tfmath.learning.train import make_batch, train
from tfmath.model.parameters import shapes, starting_values
from tfmath.parts.position import positional_encoding
from tfmath.parts.text import END, PAD, SPECIALS
from tfmath.study.crossed_out import surprise
from tfmath.study.word_rows import WRITTEN

BATCH = make_batch(toy.PAIRS, toy.WORDS)
SEEDS = range(12)
READ_BY_NOBODY = frozenset({SPECIALS[PAD], SPECIALS[END]})

WIDTH = 64
WAYS = {
    "1": (1.0, 1.0),
    "8": (8.0, 1.0),
    "1, places ÷ 8": (1.0, 1 / 8),
    "8, places × 8": (8.0, 8.0),
}
"""Ways to read at this width: what the rows are multiplied by, and what the places."""


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
        To read, without ``<pad>`` and ``<end>``: these rows nobody reads.

    Examples
    --------
    >>> [row["table"] for row in two_tables(seeds=(0,), steps=1)]
    ['to read', 'to write']
    """
    seeds = wholes("two_tables", "seeds", seeds)
    steps = whole("two_tables", "steps", steps, least=1)
    return [row for seed in seeds for row in _two(seed, steps)]


def _two(seed, steps):
    rng = np.random.default_rng(seed)
    start = starting_values(rng, toy.SIZES)
    another = starting_values(rng, {"embedding": toy.SIZES["embedding"]})
    start["output"] = {"W": another["embedding"].T}
    tables = _trained(start, steps)
    rows = {"to read": tables["embedding"], "to write": tables["output"]["W"].T}
    return [
        {"model": f"seed {seed}", "steps": steps, "table": name}
        | _ends(table, READ_BY_NOBODY if name == "to read" else ())
        for name, table in rows.items()
    ]


def _trained(start, steps):
    *_, last = train(start, BATCH, steps, 0.02, label_smoothing=0.1)
    return last.parameters


def _ends(table, without):
    lengths = zip(toy.WORDS, np.sqrt((table**2).sum(axis=1)).tolist(), strict=True)
    length = {word: x for word, x in lengths if word not in without}
    return {
        "shortest_written": round(min(x for w, x in length.items() if w in WRITTEN), 3),
        "longest_other": round(max(x for w, x in length.items() if w not in WRITTEN), 3),
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


def four_ways(seeds=range(6), steps=120, every=5):
    """How fast models of width 64 learn the three quotes, in four ways to read.

    Parameters
    ----------
    seeds : sequence of int
        For each, four models from the same beginning, one for each of the `WAYS`.
    steps, every : int
        How long they are trained, and after how many steps each is asked.

    Returns
    -------
    rows : list of dict
        The seed, how many steps, and for each way the loss on the three quotes.

    Examples
    --------
    >>> few = four_ways(seeds=(0,), steps=2, every=2)
    >>> [(row["step"], len(row)) for row in few]
    [(0, 6), (2, 6)]
    """
    steps = whole("four_ways", "steps", steps)
    every = whole("four_ways", "every", every, least=1)
    rows = []
    for seed in wholes("four_ways", "seeds", seeds):
        losses = {name: _curve(seed, *way, steps, every) for name, way in WAYS.items()}
        for i, step in enumerate(range(0, steps + 1, every)):
            own = {name: losses[name][i] for name in WAYS}
            rows.append({"seed": seed, "step": step, **own})
    return rows


def _curve(seed, factor, of_places, steps, every):
    """The loss before training and after so many steps, again and again."""

    def places(*positions, **options):
        return of_places * positional_encoding(*positions, **options)

    sizes = shapes(len(toy.WORDS), WIDTH, 2, WIDTH // 2, WIDTH // 2, WIDTH, 1)
    start = starting_values(np.random.default_rng(seed), sizes)
    way = {"scale": factor, "encoding": places}
    trained = train(start, BATCH, steps, 0.001, label_smoothing=0.1, **way)
    asked = [start, *(s.parameters for s in trained if s.number % every == 0)]
    return [round(surprise(tables, **way), 4) for tables in asked]


def mean_curves(columns):
    """Of `four_ways`, the steps, and for each way the mean losses of its models.

    Parameters
    ----------
    columns : dict
        As `measured` gives them.

    Returns
    -------
    steps : list of int
    means : dict of str to list of float

    Examples
    --------
    >>> mean_curves({"seed": [0, 1], "step": [5, 5], "8": [0.5, 1.5]})
    ([5], {'8': [1.0]})
    """
    found, steps = columns["step"], sorted(set(columns["step"]))

    def mean(losses, step):
        return float(np.mean([x for x, s in zip(losses, found, strict=True) if s == step]))

    ways = {name: x for name, x in columns.items() if name not in ("seed", "step")}
    return steps, {name: [mean(x, step) for step in steps] for name, x in ways.items()}


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
