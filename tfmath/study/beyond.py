"""Models that a first curve does not know: one larger, and two that learned longer."""

from tfmath.arguments import wholes
from tfmath.study.scaling_runs import SEEDS, WIDTHS, all_runs, one_run

LARGER = 48
"""The width of the model that is foretold from the others, and measured after that."""

LONGER = (2000, 3000, 4000)
"""After how many steps the loss of the longer runs is taken."""


def larger_runs(seeds=SEEDS):
    """The model that is foretold: the rows of ``data/measured/scaling_larger.csv``.

    Parameters
    ----------
    seeds : sequence of int

    Returns
    -------
    rows : list of dict
        As in `one_run`; about five minutes on one core.

    Examples
    --------
    >>> larger_runs(seeds=[])
    []
    """
    return all_runs((LARGER,), seeds)


def longer_runs(widths=WIDTHS[-2:], seeds=SEEDS):
    """The two largest, for twice as long: the rows of ``data/measured/scaling_longer.csv``.

    Parameters
    ----------
    widths, seeds : sequence of int

    Returns
    -------
    rows : list of dict
        As in `one_run`; about five minutes on one core. The first look at each run is the
        last one at it in ``scaling.csv``.

    Examples
    --------
    >>> longer_runs(seeds=[])
    []
    """
    widths = wholes("longer_runs", "widths", widths, least=1)
    seeds = wholes("longer_runs", "seeds", seeds)
    return [row for d in widths for seed in seeds for row in one_run(d, seed, LONGER)]
