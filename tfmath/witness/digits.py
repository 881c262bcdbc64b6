"""The exact digits: is each printed decimal the correctly rounded one, and is that safe?

The numbers of the toy model have one decimal, so they can be meant exactly: 0.1 is a tenth.
The record is replayed from these decimals with fifty digits. A printed number is *right* if
the float64 number, rounded to so many decimals, gives the same text as the exact one. It is
*safe* if the exact number lies farther from an edge of rounding (such as 0.0625 between
0.062 and 0.063) than float64 results can differ between machines. A number on an edge
itself has no right text and counts as both wrong and unsure; the toy model has none.
"""

from typing import NamedTuple

import numpy as np

from tfmath.tracing.record import steps
from tfmath.witness.exact import Exact, replay_exact, split

SAFE = 1e-12
"""How far from an edge is far enough: a hundred times what the roads of the cross-check
differ by, for numbers below 10."""


class Digits(NamedTuple):
    """How one step prints.

    Attributes
    ----------
    step : str
    decimals : int
    numbers : int
        How many numbers the step holds.
    nearest : float
        Of all of them, the smallest distance to an edge of rounding.
    at : tuple
        Where that number stands.
    wrong : list of tuple
        The places whose text is not the correctly rounded exact number.
    unsure : list of tuple
        The places nearer to an edge than `SAFE`, and those that are short decimals, which
        print shorter, in exact arithmetic but not in float64.
    """

    step: str
    decimals: int
    numbers: int
    nearest: float
    at: tuple
    wrong: list
    unsure: list


def examine(arrays, decimals=(3, 4), mp=None):
    """Examine every named step behind some traced arrays.

    Parameters
    ----------
    arrays : list of Traced
        For example the values of ``backward(loss)``, for all steps and gradients.
    decimals : tuple of int
    mp : exact.Exact, optional

    Returns
    -------
    list of Digits
        One for each step and number of decimals.

    Examples
    --------
    One third is 0.333, and 0.333 ends 0.00017 further on:

    >>> from tfmath.tracing import named, trace
    >>> third = named("third", trace([1.0], "x") / trace([3.0], "y"))
    >>> *_, found = examine([third], decimals=(3,))
    >>> found.wrong, round(found.nearest, 5)
    ([], 0.00017)
    """
    mp, named = mp or Exact(), steps(*arrays)
    exact = replay_exact(list(named.values()), mp, lambda node: as_decimals(mp, node.value))
    return [
        _digits(name, node.value, exact[id(node)], d)
        for name, node in named.items()
        if node.value.dtype.kind == "f"
        for d in decimals
    ]


def as_decimals(mp, array):
    """Float numbers as the shortest decimals that mean them: 0.1 as exactly a tenth.

    Examples
    --------
    >>> print(as_decimals(Exact(), np.array([0.1]))[0])
    0.1
    """
    if array.dtype.kind != "f":
        return array
    return np.frompyfunc(lambda x: mp.context.mpf(repr(float(x))), 1, 1)(array)


def edge_distance(numbers, decimals):
    """How far exact numbers lie from the nearest edge of rounding.

    Examples
    --------
    >>> mp = Exact()
    >>> edge_distance(as_decimals(mp, np.array([0.0621, 0.0625])), 3).round(6).tolist()
    [0.0004, 0.0]
    """
    scaled = np.asarray(numbers, object) * 10**decimals
    floor = np.frompyfunc(lambda x: x.context.floor(x), 1, 1)
    from_edge = np.abs(scaled - floor(scaled) - 0.5)
    return np.asarray(from_edge, object).astype(np.float64) / 10**decimals


def _digits(name, value, exact, decimals):
    distance = edge_distance(exact, decimals)
    rounded = _rounded(exact, decimals)
    wrong = np.char.mod(f"%.{decimals}f", value + 0.0) != rounded
    same_zero = np.char.strip(rounded, "-0.") == ""
    wrong &= ~(same_zero & (np.abs(value) < 10.0**-decimals / 2))
    unsure = (distance <= SAFE) | _shorter_only_exactly(value, exact)
    at = np.unravel_index(np.argmin(distance), distance.shape) if distance.size else ()
    nearest = float(np.min(distance, initial=np.inf))
    places = [[tuple(map(int, p)) for p in np.argwhere(bad)] for bad in (wrong, unsure)]
    return Digits(name, decimals, value.size, nearest, tuple(map(int, at)), *places)


def _rounded(exact, decimals):
    """The text of exact numbers, correctly rounded, from their two float64 parts."""
    high, low = split(exact)
    text = np.char.mod(f"%.{decimals}f", high + 0.0)
    # Only where the high part is an edge itself can the low part decide.
    return np.where(edge_distance(exact, decimals) > np.abs(low), text, "an edge")


def _shorter_only_exactly(value, exact):
    """Where a number has at most one decimal in exact arithmetic, but float64 misses it."""
    tenths = np.asarray(exact * 10, object)
    whole = np.frompyfunc(lambda x: abs(x - x.context.nint(x)) < 1e-30, 1, 1)(tenths)
    return np.asarray(whole, bool) & (value != np.round(value, 1))


# What the course prints -------------------------------------------------------------------


def course_records():
    """Every record of the toy model: each quote alone and all three, each with its loss.

    Yields
    ------
    (title, list of Traced)
    """
    from tfmath import toy
    from tfmath.learning.train import make_batch, traced_loss
    from tfmath.tracing import backward

    shown = [(source, [(source, target)]) for source, target in toy.PAIRS]
    for title, pairs in [*shown, ("all three quotes", toy.PAIRS)]:
        batch = make_batch(pairs, toy.WORDS)
        for smoothing in (0.0, 0.1):
            loss = traced_loss(toy.load(), batch, smoothing)
            title_now = f"{title}, label smoothing {smoothing}"
            yield title_now, [loss, *backward(loss).values()]


def main(chosen):
    """Print what was examined and what is nearest to an edge; give back the exit status."""
    mp, bad = Exact(), 0
    for title, arrays in course_records():
        found = examine(arrays, mp=mp)
        bad += sum(len(d.wrong) + len(d.unsure) for d in found)
        nearest = min(found, key=lambda d: d.nearest)
        print(
            f"{title}: {sum(d.numbers for d in found):,} numbers, "
            f"{sum(len(d.wrong) for d in found)} wrong, "
            f"{sum(len(d.unsure) for d in found)} unsure; nearest to an edge "
            f"{nearest.nearest:.1e}, {nearest.step} {list(nearest.at)}, "
            f"{nearest.decimals} decimals"
        )
    print(f"An edge nearer than {SAFE:.0e} would be unsure.")
    return 1 if bad else 0
