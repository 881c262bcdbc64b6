"""Models of many sizes, compared where each has cost the same."""

from typing import NamedTuple

import numpy as np

from tfmath.arguments import number, said
from tfmath.errors import ShapeError
from tfmath.study.fits import at_budget

COLUMNS = ("parameters", "seed", "flops", "words", "loss")


class Spent(NamedTuple):
    """What a budget gave, size by size.

    Attributes
    ----------
    sizes : (n,) of int
        Parameters, rising.
    losses : (n, n_starts)
    words : (n,)
        How many words a model of that size had read.
    """

    sizes: np.ndarray
    losses: np.ndarray
    words: np.ndarray


def spend(runs, budget):
    """The losses of all sizes that can spend a budget, start by start.

    Parameters
    ----------
    runs : dict of str to sequence, or DataFrame
        Columns "parameters", "seed", "flops", "words" and "loss", a row for each look at a
        run, the looks at a run in their order; as many starts of each size.
    budget : float
        In FLOPs. Between two looks it is read as in `at_budget`.

    Returns
    -------
    spent : Spent
        Without the sizes of which a run stopped before the budget, or was first looked at
        after it.

    Examples
    --------
    Two looks each at one run of size 5 and one of size 9, which costs more a word:

    >>> runs = {"parameters": [5, 5, 9, 9], "seed": [1, 1, 1, 1], "words": [1, 4, 1, 4],
    ...         "flops": [10, 40, 20, 80], "loss": [3.0, 1.0, 2.5, 0.5]}
    >>> spent = spend(runs, 20)
    >>> spent.sizes.tolist(), spent.losses.round(9).tolist(), spent.words.tolist()
    ([5, 9], [[2.0], [2.5]], [2.0, 1.0])
    """
    columns = _columns(runs)
    budget = number("spend", "budget", budget, above=0)
    sizes = np.unique(columns["parameters"])
    losses = [_of_size(columns, size, budget) for size in sizes]
    if len({len(row) for row in losses}) > 1:
        raise ShapeError("spend: runs must hold as many starts of each size.")
    can = ~np.isnan(losses).any(axis=1)
    a_word = [columns["flops"][columns["parameters"] == n][0] for n in sizes]
    a_word /= np.array([columns["words"][columns["parameters"] == n][0] for n in sizes])
    return Spent(sizes[can], np.array(losses)[can], (budget / a_word)[can])


def _columns(runs):
    if not hasattr(runs, "keys"):
        raise TypeError(f"spend: runs is {said(runs)}; it must be a dict of columns.")
    missing = [name for name in COLUMNS if name not in runs]
    if missing:
        raise ValueError(f"spend: runs has no column {', '.join(map(repr, missing))}.")
    return {name: np.asarray(runs[name]) for name in COLUMNS}


def _of_size(columns, size, budget):
    here = columns["parameters"] == size
    found = []
    for seed in np.unique(columns["seed"][here]):
        of_run = here & (columns["seed"] == seed)
        looks = columns["flops"][of_run], columns["loss"][of_run]
        found.append(at_budget(*looks, budget))
    return found
