"""Queries that sleep: how large scores stop a softmax, and what √d_k does for learning."""

import itertools
import math
from typing import NamedTuple

import numpy as np

from tfmath.arguments import generator, items, number, whole, wholes
from tfmath.errors import ShapeError, axes, floats
from tfmath.learning.optimize import adam, sgd, start_state
from tfmath.parts.softmax import softmax
from tfmath.tracing import gradients, trace

WAYS = {
    "nothing": lambda d_k: (1.0, 1.0),
    "√d_k": lambda d_k: (math.sqrt(d_k), 1.0),
    "d_k": lambda d_k: (float(d_k), 1.0),
    "nothing, small start": lambda d_k: (1.0, d_k**-0.5),
}
"""By what the products are divided, and with what W_Q is multiplied at the start."""

RATES: dict = {"sgd": (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300)}
RATES["adam"] = (0.003, 0.01, 0.03, 0.1)
WIDTHS, SEEDS, MOST = (16, 64, 256), (0, 1, 2), 300
LOOKUPS, N_KEYS, D_MODEL, ENOUGH = 32, 6, 16, 0.95
TEACHERS = {"all": (0, np.inf), "the sleepers": (0, 0.02), "the awake": (0.02, np.inf)}
"""Which queries count in the loss: from which length of their slopes to which."""


def slope_lengths(query, key, divisor=1.0):
    """How fast the largest weight of each query moves when the query does.

    Parameters
    ----------
    query : (n, 1, d_k)
    key : (n, n_key, d_k)
        Keys of its own for each query.
    divisor : float
        Of the scores.

    Returns
    -------
    lengths : (n,)
        Of the row of d_k slopes that each query has.

    Raises
    ------
    ShapeError
        If `query` and `key` are not of these shapes.
    ValueError
        If `divisor` is not above 0.

    Examples
    --------
    Scores ln 3 and 0, so the weights are 3/4 and 1/4, and the keys 1 and 0: the slope is
    3/4 · (1 − 3/4).

    >>> slope_lengths([[[np.log(3)]]], [[[1.0], [0.0]]]).round(4).tolist()
    [0.1875]
    """
    query, key = floats("slope_lengths", query=query, key=key)
    axes("slope_lengths", 3, query=query, key=key)
    if query.shape != (len(key), 1, key.shape[2]):
        raise ShapeError(
            f"slope_lengths: query {query.shape} and key {key.shape} do not fit; they must "
            "be (n, 1, d_k) and (n, n_key, d_k)."
        )
    divisor = number("slope_lengths", "divisor", divisor, above=0)
    asked = trace(query, "query")
    largest = softmax(asked @ key.swapaxes(1, 2) / divisor).max(axis=-1)
    return np.linalg.norm(gradients(largest.sum(), of=asked)[:, 0], axis=-1)


class Lookups(NamedTuple):
    """Rows, one of them asked for, and a value for each."""

    rows: np.ndarray
    values: np.ndarray
    asked: np.ndarray


def draw_lookups(rng, n=LOOKUPS):
    """Six random rows each, with values +1 or −1; the query is made of one of the rows.

    Parameters
    ----------
    rng : numpy.random.Generator
    n : int

    Returns
    -------
    lookups : Lookups
        Rows (n, 6, 16), values (n, 6, 1), and which row is asked for (n,).

    Examples
    --------
    >>> lookups = draw_lookups(np.random.default_rng(0), 2)
    >>> lookups.rows.shape, lookups.values.shape, lookups.asked.shape
    ((2, 6, 16), (2, 6, 1), (2,))
    """
    rng, n = generator("draw_lookups", rng), whole("draw_lookups", "n", n, least=1)
    rows = rng.normal(size=(n, N_KEYS, D_MODEL))
    values = rng.choice([-1.0, 1.0], size=(n, N_KEYS, 1))
    return Lookups(rows, values, rng.integers(N_KEYS, size=n))


def steps_to_learn(d_k, divisor, rate, seed, optimizer="sgd", most=MOST, start=1.0):
    """How many steps until a query finds the row that it was made of, 95 times of 100.

    Two tables are learned, W_Q and W_K. What is found is the mixture of the values; the
    loss is its squared distance from the value of the row that was asked for. Each step is
    taken on lookups drawn anew. The share found is a running mean, four fifths of it old.

    Parameters
    ----------
    d_k : int
    divisor : float
        Of the scores.
    rate : float
    seed : int
        Of the tables at the start, with numbers of variance 1 / d_model, and the lookups.
    optimizer : "sgd" or "adam"
    most : int
    start : float
        What W_Q is multiplied with at the start.

    Returns
    -------
    steps : int
        `most`, if it is not learned by then.

    Examples
    --------
    >>> steps_to_learn(64, divisor=8, rate=3, seed=0)
    19
    """
    where = "steps_to_learn"
    d_k, most = whole(where, "d_k", d_k, least=1), whole(where, "most", most, least=1)
    divisor = number(where, "divisor", divisor, above=0)
    if optimizer not in list(RATES):
        raise ValueError(
            f"{where}: optimizer is {optimizer!r}; it must be 'sgd' or 'adam'."
        )
    rate = number(where, "rate", rate, above=0)
    rng = np.random.default_rng(whole(where, "seed", seed))
    tables = _start(rng, d_k, number(where, "start", start, above=0))
    state, share = start_state(tables), 0.0
    for step in range(1, most + 1):
        loss, found = _tried(tables, draw_lookups(rng), divisor)
        share = 0.8 * share + 0.2 * found
        if share > ENOUGH:
            return step
        tables, state = _moved(tables, gradients(loss), state, rate, optimizer)
    return most


def _start(rng, d_k, start=1.0):
    tables = {name: rng.normal(size=(D_MODEL, d_k)) / 4 for name in ("W_Q", "W_K")}
    return tables | {"W_Q": start * tables["W_Q"]}


def _tried(tables, lookups, divisor, who="all"):
    """The loss, and the share of queries whose largest weight is on the row asked for."""
    every, asked = np.arange(len(lookups.rows)), lookups.asked
    W_Q, W_K = (trace(table, name) for name, table in tables.items())
    query, key = lookups.rows[every, asked][:, np.newaxis] @ W_Q, lookups.rows @ W_K
    weights = softmax(query @ key.swapaxes(1, 2) / divisor)
    wanted = lookups.values[every, asked][:, np.newaxis]
    off = ((weights @ lookups.values - wanted) ** 2)[:, 0, 0]
    if who != "all":
        lengths, (least, limit) = (
            slope_lengths(query.value, key.value, divisor),
            TEACHERS[who],
        )
        off = ((least <= lengths) & (lengths < limit)) * off
    return off.mean(), (weights.value[:, 0].argmax(axis=1) == asked).mean()


def _moved(tables, slopes, state, rate, optimizer):
    if optimizer == "sgd":
        return sgd(tables, slopes, rate), state
    return adam(tables, slopes, state, rate)


def roots(widths=WIDTHS, rates=None, seeds=SEEDS, most=MOST):
    """How many steps `steps_to_learn` takes, for each width, divisor and rate.

    Parameters
    ----------
    widths : sequence of int
        Of queries and keys.
    rates : dict of str to sequence of float, optional
        For each optimizer; by default `RATES`.
    seeds : sequence of int
    most : int

    Returns
    -------
    rows : list of dict

    Examples
    --------
    >>> rows = roots(widths=[4], rates={"sgd": [1]}, seeds=[0], most=1)
    >>> [(row["divided by"], row["steps"]) for row in rows]
    [('nothing', 1), ('√d_k', 1), ('d_k', 1), ('nothing, small start', 1)]
    """
    widths = wholes("roots", "widths", widths, least=1)
    seeds = wholes("roots", "seeds", seeds)
    tried = [(o, r) for o, rs in (RATES if rates is None else rates).items() for r in rs]
    every = itertools.product(widths, WAYS, tried, seeds)
    return [
        {"optimizer": optimizer, "d_k": d_k, "divided by": name, "rate": rate, "seed": seed}
        | {"steps": steps_to_learn(d_k, divisor, rate, seed, optimizer, most, start)}
        for d_k, name, (optimizer, rate), seed in every
        for divisor, start in [WAYS[name](d_k)]
    ]


def woken(rates=RATES["sgd"], seeds=SEEDS, steps=150):
    """What share of queries, 256 wide, finds its row when only some of them have taught.

    Parameters
    ----------
    rates : sequence of float
    seeds : sequence of int
    steps : int

    Returns
    -------
    rows : list of dict
        ``"right"`` is a share of 500 lookups that taught nothing.

    Examples
    --------
    >>> [row["taught by"] for row in woken(rates=[1], seeds=[0], steps=1)]
    ['all', 'the sleepers', 'the awake', 'all']
    """
    seeds, steps = wholes("woken", "seeds", seeds), whole("woken", "steps", steps, least=1)
    rates = items("woken", "rates", rates, "numbers above 0")
    asked = draw_lookups(np.random.default_rng(99), 500)
    pairs = [*(("nothing", who) for who in TEACHERS), ("√d_k", "all")]
    return [
        {"divided by": name, "taught by": who, "rate": rate, "seed": seed, "right": right}
        for (name, who), rate, seed in itertools.product(pairs, rates, seeds)
        for by, _ in [WAYS[name](WIDTHS[-1])]
        for right in [float(_tried(_taught(who, by, rate, seed, steps), asked, by)[1])]
    ]


def _taught(who, divisor, rate, seed, steps):
    rng = np.random.default_rng(seed)
    tables = _start(rng, WIDTHS[-1])
    for _ in range(steps):
        loss, _ = _tried(tables, draw_lookups(rng), divisor, who)
        tables = sgd(tables, gradients(loss), rate)
    return tables


def at_best_rate(columns, optimizer="sgd"):
    """The fewest steps, on average over the seeds, and the rate that takes them.

    Parameters
    ----------
    columns : dict of str to list
        As ``measured("roots")`` gives them.
    optimizer : "sgd" or "adam"

    Returns
    -------
    best : dict of str to list of (float, float)
        For each divisor, and each width in turn, the steps and the rate.

    Examples
    --------
    >>> from tfmath.study.measured import measured
    >>> list(at_best_rate(measured("roots")))
    ['nothing', '√d_k', 'd_k', 'nothing, small start']
    """
    rows = [
        dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)
    ]
    rows = [row for row in rows if row["optimizer"] == optimizer]
    widths = sorted({row["d_k"] for row in rows})
    return {
        name: [
            _best([r for r in rows if (r["divided by"], r["d_k"]) == (name, d)])
            for d in widths
        ]
        for name in dict.fromkeys(row["divided by"] for row in rows)
    }


def _best(rows):
    rates = {row["rate"] for row in rows}
    return min(
        (float(np.mean([r["steps"] for r in rows if r["rate"] == rate])), rate)
        for rate in rates
    )
