"""How the time and the memory of a calculation grow with its sizes."""

import math
import time
import tracemalloc

import numpy as np

from tfmath.arguments import callable_, instance, whole, wholes
from tfmath.errors import ShapeError, floats
from tfmath.parts.softmax import softmax
from tfmath.study.scaling import records
from tfmath.tracing import ancestors, gradients, trace


def seconds(function, turns=3):
    """The processor time of one call: the shortest of some turns.

    Parameters
    ----------
    function : callable
        Without arguments.
    turns : int
        What else the machine does makes some turns longer, never shorter.

    Returns
    -------
    float

    Examples
    --------
    >>> seconds(lambda: np.ones(10**6)) < seconds(lambda: np.ones(10**6).cumsum().sum())
    True
    """
    callable_("seconds", "function", function, "without arguments")
    found = []
    for _ in range(whole("seconds", "turns", turns, least=1)):
        start = time.process_time()
        function()
        found.append(time.process_time() - start)
    return min(found)


def peak_memory(function):
    """The most bytes that a call holds at once, above what there was before.

    Parameters
    ----------
    function : callable
        Without arguments. What it gives back counts.

    Returns
    -------
    int

    Raises
    ------
    RuntimeError
        Inside another measurement: each would spoil the other's peak.

    Notes
    -----
    NumPy tells Python's ``tracemalloc`` of every array it makes.

    Examples
    --------
    Eight bytes a number:

    >>> peak_memory(lambda: np.ones(10**6)) // 10**6
    8
    """
    callable_("peak_memory", "function", function, "without arguments")
    if tracemalloc.is_tracing():
        raise RuntimeError("peak_memory: memory is being measured already; one at a time.")
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    held = []  # what it gives back, until the peak is read
    try:
        held.append(function())
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        held.clear()
        tracemalloc.stop()


def steepness(sizes, amounts):
    """How an amount grows with a size: the slope of its line where both axes multiply.

    Parameters
    ----------
    sizes, amounts : (n,), above 0

    Returns
    -------
    float
        1 if twice the size takes twice as much, 2 if it takes four times as much.

    Raises
    ------
    ShapeError
        If there are not two sizes or more, and an amount for each.

    Examples
    --------
    >>> round(steepness([10, 20, 40], [3, 12, 48]), 9)
    2.0
    """
    sizes, amounts = floats("steepness", sizes=sizes, amounts=amounts)
    if sizes.ndim != 1 or sizes.shape != amounts.shape or len(sizes) < 2:
        raise ShapeError(
            f"steepness: sizes {sizes.shape} and amounts {amounts.shape} must be rows of "
            "the same length, 2 or more."
        )
    if min(sizes.min(), amounts.min()) <= 0 or sizes.min() == sizes.max():
        raise ValueError("steepness: sizes must differ, and all must be above 0.")
    return float(np.polyfit(np.log(sizes), np.log(amounts), 1)[0])


def recorded_bytes(*outputs):
    """How many bytes the numbers of a record take, those given left out.

    Parameters
    ----------
    *outputs : Traced

    Returns
    -------
    int

    Examples
    --------
    Two steps of three numbers and the sum, eight bytes each:

    >>> from tfmath.tracing import trace
    >>> x = trace([1.0, 2.0, 3.0], "x")
    >>> recorded_bytes((np.exp(x) * x).sum())
    56
    """
    outputs = records("recorded_bytes", outputs)
    made = [array for array in ancestors(*outputs) if array.inputs]
    own = [array for array in made if not _is_view(array)]
    return sum(array.value.nbytes for array in own)


def _is_view(array):
    """Whether it only turns or picks the numbers of what it was made of."""
    return any(np.shares_memory(array.value, source.value) for source in array.inputs)


SIZES = {"n": (128, 256, 512, 1024), "d": (64, 128, 256, 512), "batch": (1, 2, 4, 8)}
"""What is varied: words, width, texts at once; the others keep their first size."""


def growth(sizes=SIZES, rounds=30):
    """Measure attention and a feed-forward network, one size varied at a time.

    Parameters
    ----------
    sizes : dict of str to tuple of int
        For "n", "d" and "batch"; what is not varied has the first.
    rounds : int
        How often all of them are timed, one after the other. The shortest time counts: the
        turns of one moment are slow together, those of many rounds are not.

    Returns
    -------
    rows : list of dict
        What, varied, size, seconds of one processor, MB at once above the inputs.

    Examples
    --------
    Twice the words, twice the memory of a network that looks at each word alone:

    >>> rows = growth({"n": (64, 128), "d": (32,), "batch": (1,)}, rounds=1)
    >>> short, long = [row["MB"] for row in rows if row["what"] == "feed-forward"][:2]
    >>> round(long / short, 1)
    2.0
    """
    rounds = whole("growth", "rounds", rounds, least=1)
    sizes = _checked(sizes)
    first = {name: several[0] for name, several in sizes.items()}
    calls = {
        (what, name, size): function
        for name, several in sizes.items()
        for size in several
        for what, function in _calls(**first | {name: size}).items()
    }
    timed = [[seconds(function) for function in calls.values()] for _ in range(rounds)]
    shortest = [min(times) for times in zip(*timed, strict=True)]
    return [
        dict(zip(("what", "varied", "size"), key, strict=True)) | _cost(time, calls[key])
        for key, time in zip(calls, shortest, strict=True)
    ]


def _checked(sizes):
    if set(instance("growth", "sizes", sizes, dict, "a dict such as SIZES")) != set(SIZES):
        raise ValueError(f"growth: sizes has {[*sizes]}; it must have {[*SIZES]}.")
    sizes = {n: wholes("growth", f"sizes[{n!r}]", s, 1, 1) for n, s in sizes.items()}
    for name, several in sizes.items():
        if len(set(several)) < len(several):
            raise ValueError(
                f"growth: sizes[{name!r}] is {several}; one of them stands twice."
            )
    return sizes


def _calls(n, d, batch):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(batch, n, d)).astype(np.float32)
    W_1 = rng.normal(size=(d, 4 * d)).astype(np.float32)
    W_2 = rng.normal(size=(4 * d, d)).astype(np.float32)

    def feed_forward(x, W_1=W_1, W_2=W_2):
        return np.maximum(x @ W_1, 0) @ W_2

    def training():
        return gradients(feed_forward(x, trace(W_1, "W_1"), trace(W_2, "W_2")).sum())

    return {
        "attention": lambda: _in_one_table(x),
        "feed-forward": lambda: feed_forward(x),
        "feed-forward, training": training,
    }


def _in_one_table(x):
    """Attention's four lines: `attend` would keep but a block of many scores."""
    products = x @ np.swapaxes(x, -1, -2)
    scores = products / math.sqrt(x.shape[-1])
    weights = softmax(scores)
    return weights @ x


def _cost(time, function):
    measured = {"seconds": time, "MB": peak_memory(function) / 1e6}
    return {key: float(f"{value:.3g}") for key, value in measured.items()}
