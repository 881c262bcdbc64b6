"""Two ways to compute the same, in turns: which takes longer, and how sure that is.

Both run in one process on one thread. They are compared first: what is wrong needs no
timing. Each turn gives a ratio of processor times, and their median counts: what else the
machine does slows down both parts of one turn alike.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class Contest(NamedTuple):
    """Something computed by us and by somebody else.

    Attributes
    ----------
    ours, theirs : function
        Without arguments; each gives back an array, or a list of arrays, to be compared.
    tolerance : float
        How far the two may differ, as a part of the largest number.
    reach : float
        The ratio of times that is meant to be reached.
    """

    ours: Callable
    theirs: Callable
    tolerance: float
    reach: float


class Row(NamedTuple):
    """What a contest gave.

    Attributes
    ----------
    name, against : str
    ratio : float
        Our time divided by theirs, the median of all turns.
    low, high : float
        The quarter of the turns below and above it end here.
    seconds : float
        Of one of our calls.
    reach : float
    difference : float
        Of the results, as a part of the largest number.
    """

    name: str
    against: str
    ratio: float
    low: float
    high: float
    seconds: float
    reach: float
    difference: float


def warm_up(megabytes=24, count=4):
    """Let the allocator keep pages: a fresh process gives large arrays back at once.

    Until it has seen some large ones freed, each array of some megabytes costs a page fault
    every 4 KiB, and what is measured is the kernel.

    Parameters
    ----------
    megabytes, count : int
        glibc learns from blocks of up to 32 MiB.

    Examples
    --------
    >>> warm_up(1, 1)
    """
    for _ in range(3):
        blocks = [np.ones(megabytes << 17) for _ in range(count)]
        del blocks


def difference(found, expected):
    """The largest difference between two results, as a part of the largest number.

    Parameters
    ----------
    found, expected : array, or list of arrays

    Returns
    -------
    float
        Infinity where shapes differ or something is not finite.

    Examples
    --------
    >>> difference([np.array([1.0, 4.0])], [np.array([1.0, 5.0])])
    0.2
    """
    pairs = list(zip(_listed(found), _listed(expected), strict=True))
    if any(a.shape != b.shape or not np.isfinite(a).all() for a, b in pairs):
        return np.inf
    largest = max(float(np.abs(b).max(initial=0)) for _, b in pairs) or 1.0
    return max(float(np.abs(a - b).max(initial=0)) for a, b in pairs) / largest


def _listed(found):
    many = found if isinstance(found, list | tuple) else [found]
    return [np.asarray(array, np.float64) for array in many]


def in_turns(functions, turns, clock=time.process_time):
    """The seconds of every call: a row for each turn, a column for each function.

    Every second turn goes backwards, for a call profits from what the one before it left in
    the processor's memory.

    Parameters
    ----------
    functions : list of function
    turns : int
    clock : function

    Returns
    -------
    seconds : (turns, len(functions))

    Examples
    --------
    >>> in_turns([dict, list], turns=3).shape
    (3, 2)
    """
    seconds = np.empty((turns, len(functions)))
    for turn in range(turns):
        for column in range(len(functions))[:: -1 if turn % 2 else 1]:
            start = clock()
            functions[column]()
            seconds[turn, column] = clock() - start
    return seconds


def judged(name, against, contest, budget=2.0):
    """Compare the results, then the times.

    Parameters
    ----------
    name, against : str
    contest : Contest
    budget : float
        Seconds to spend, about; five turns at least.

    Returns
    -------
    Row

    Raises
    ------
    ValueError
        If the two do not compute the same.

    Examples
    --------
    >>> square = Contest(lambda: np.ones(9) ** 2, lambda: np.ones(9), 1e-12, 2.0)
    >>> judged("ones, squared", "ones", square, budget=0.01).difference
    0.0
    """
    unlike = difference(contest.ours(), contest.theirs())
    if not unlike <= contest.tolerance:
        raise ValueError(
            f"bench: {name}: the results differ by {unlike:.1e} of the largest number; "
            f"allowed is {contest.tolerance:.1e}."
        )
    once = in_turns([contest.ours, contest.theirs], 1)
    calls = max(1, int(0.002 / max(once.min(), 1e-7)))  # what a clock can tell apart
    turns = max(5, int(budget / max(once.sum() * calls, 1e-6)))
    both = [_repeated(function, calls) for function in (contest.ours, contest.theirs)]
    seconds = in_turns(both, min(turns, 200))
    ratios = (seconds[:, 0] / np.maximum(seconds[:, 1], 1e-9)).tolist()
    low, middle, high = statistics.quantiles(ratios, n=4)
    ours = float(np.median(seconds[:, 0])) / calls
    return Row(name, against, middle, low, high, ours, contest.reach, unlike)


def _repeated(function, calls):
    def many():
        for _ in range(calls):
            function()

    return many


def peak_bytes(setup, call):
    """The most memory that a call needs above its arguments, in a process of its own.

    Parameters
    ----------
    setup, call : str
        Python: what makes the arguments, and what is measured.

    Returns
    -------
    int

    Notes
    -----
    It is `tfmath.study.growth.peak_memory`, where nothing else was loaded or kept.

    Examples
    --------
    >>> 8e6 <= peak_bytes("import numpy as np; x = np.ones(10)", "np.ones(10**6)") < 8.1e6
    True
    """
    lines = f"from tfmath.study.growth import peak_memory\n{setup}\n"
    lines += f"print(peak_memory(lambda: {call}))"
    command = [sys.executable, "-c", lines]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(done.stdout.split()[-1])
