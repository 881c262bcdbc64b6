"""What an answer that is a function is tried on."""

import copy
import math

import numpy as np

SEEDS = 6


def sizes(rng, count, least=2, most=9):
    """So many sizes, no two of them alike, as ``n, d_model, d_k = sizes(rng, 3)``.

    With a size fixed to that of the chapter, or with two that are equal, a wrong answer
    can be right by luck.
    """
    drawn = rng.permutation(np.arange(least, max(most, least + count) + 1))
    return tuple(int(size) for size in drawn[:count])


def trials_of(exercise):
    """The arguments of every trial, the smallest first."""
    kinds = exercise.inputs if isinstance(exercise.inputs, tuple) else (exercise.inputs,)
    each = max(2, SEEDS // len(kinds))
    drawn = [draw(np.random.default_rng(seed)) for draw in kinds for seed in range(each)]
    return sorted((tuple(trial) for trial in drawn), key=extent)


def extent(value):
    """How much there is to look at: numbers, letters, steps."""
    if isinstance(value, np.ndarray):
        return value.size
    if isinstance(value, dict):
        return extent(list(value.values()))
    if isinstance(value, list | tuple):
        return len(value) + sum(map(extent, value))
    if isinstance(value, int | np.integer):
        return min(abs(int(value)), 1000)
    return 1


def copies(arguments):
    """A deep copy of each argument: lists of arrays, dictionaries of lists, all of it."""
    return [a if callable(a) else copy.deepcopy(a) for a in arguments]


def changed(before, after):
    """Whether a function has changed something that it was given."""
    return any(not same(a, b) for a, b in zip(before, after, strict=True))


def same(one, other):
    """Equal in every part, NaN to NaN."""
    if callable(one):
        return True
    if isinstance(one, dict):
        return list(one) == list(other) and same(list(one.values()), list(other.values()))
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, np.ndarray):
        return one.shape == np.shape(other) and np.array_equal(
            one, other, equal_nan=one.dtype.kind in "fc"
        )
    if isinstance(one, float) and math.isnan(one):
        return isinstance(other, float) and math.isnan(other)
    return type(one) is type(other) and bool(one == other)
