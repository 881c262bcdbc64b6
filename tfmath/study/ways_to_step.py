"""The toy model trained by one way to step and another, at many rates, from many starts."""

from functools import partial

import numpy as np

from tfmath import toy
from tfmath.arguments import number, whole, wholes, words
from tfmath.errors import NonFiniteError
from tfmath.learning.dropout import with_dropout
from tfmath.learning.optimize import (
    adam,
    adamw,
    clip_gradients,
    momentum,
    start_state,
)
from tfmath.learning.train import loss_and_gradients, make_batch, train
from tfmath.model.names import flatten, tables_of, unflatten
from tfmath.model.parameters import starting_values
from tfmath.model.transformer import transformer
from tfmath.parts.softmax import softmax
from tfmath.study.crossed_out import surprise

STEPS, SEEDS = 100, tuple(range(15))
MOVES = {
    "SGD": {"move": partial(momentum, beta=0)},
    "momentum": {"move": momentum},
    "Adam": {"move": adam},
    "momentum, clipped": {"move": momentum, "max_norm": 1.0},
    "Adam, clipped": {"move": adam, "max_norm": 1.0},
}
RATES = {  # each twice the one before
    "SGD": (0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56),
    "momentum": (0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32),
    "Adam": (0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32),
    "momentum, clipped": (0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28),
    "Adam, clipped": (0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32),
}
WARM = 30
"""Steps in which the rate rises, with warm-up."""

HELPS = {
    "0.98 for 0.999": lambda rate: {
        "learning_rate": rate,
        "move": partial(adam, beta_2=0.98),
    },
    "warm-up": lambda rate: {"learning_rate": lambda t: rate * min(1, t / WARM)},
    "warm-up, decay": lambda rate: {
        "learning_rate": lambda t: rate * min(t / WARM, (WARM / t) ** 0.5)
    },
    "weight decay": lambda rate: {
        "learning_rate": rate,
        "move": partial(adamw, weight_decay=0.1),
    },
    "label smoothing": lambda rate: {"learning_rate": rate, "label_smoothing": 0.1},
    "dropout": lambda rate: {"learning_rate": rate, "dropped": 0.1},
}
"""What is added to Adam, as a function of the rate."""


def rates(moves=tuple(MOVES), seeds=SEEDS, steps=STEPS, among=None):
    """How surprised the model is after training by each way to step, at each rate.

    Parameters
    ----------
    moves : sequence of str
        Keys of `MOVES`.
    seeds : sequence of int
        Each is another start; all ways to step begin from the same ones.
    steps : int
    among : sequence of float, optional
        Rates, instead of those in `RATES`.

    Returns
    -------
    rows : list of dict
        Way to step, rate, seed, loss: the mean surprise at the right words after the last
        step, and infinity where the numbers burst.

    Examples
    --------
    >>> row, = rates(["SGD"], seeds=[0], steps=2, among=[0.5])
    >>> row["move"], row["rate"], row["loss"] < 4
    ('SGD', 0.5, True)
    """
    seeds = wholes("rates", "seeds", seeds)
    steps = whole("rates", "steps", steps, least=1)
    rows = []
    for name in words("rates", "moves", moves, MOVES):
        for rate in RATES[name] if among is None else among:
            for seed in seeds:
                tables = trained_by(seed, steps, learning_rate=rate, **MOVES[name])
                rows.append({"move": name, "rate": rate, "seed": seed} | _found(tables))
    return rows


def helped(helps=tuple(HELPS), seeds=SEEDS, steps=STEPS, among=RATES["Adam"]):
    """How surprised the model is after training by Adam with each help that people add.

    Parameters
    ----------
    helps : sequence of str
        Keys of `HELPS`.
    seeds : sequence of int
        Each is another start, the same as in `rates`.
    steps : int
    among : sequence of float
        Rates; each help is tried at all of them.

    Returns
    -------
    rows : list of dict
        Help, rate, seed, and the loss as in `rates`: without smoothing or dropout.

    Examples
    --------
    >>> row, = helped(["warm-up"], seeds=[0], steps=1, among=[0.3])
    >>> row["with"], row["rate"], row["loss"] < 5
    ('warm-up', 0.3, True)
    """
    seeds = wholes("helped", "seeds", seeds)
    steps = whole("helped", "steps", steps, least=1)
    return [
        {"with": what, "rate": rate, "seed": seed}
        | _found(trained_by(seed, steps, **HELPS[what](rate)))
        for what in words("helped", "helps", helps, HELPS)
        for rate in among
        for seed in seeds
    ]


def trained_by(seed, steps=STEPS, dropped=0.0, **how):
    """The tables of the toy model after some steps on the three quotes; None if they burst.

    Parameters
    ----------
    seed : int
        Of the start, and of what is dropped.
    steps : int
    dropped : float
        The probability of `dropout`.
    **how
        As for `train`.

    Returns
    -------
    parameters : dict or None

    Examples
    --------
    >>> trained_by(0, steps=1)["embedding"].shape
    (26, 5)
    """
    rng = np.random.default_rng(whole("trained_by", "seed", seed))
    start = starting_values(rng, toy.SIZES)
    how = {"learning_rate": 0.02} | how
    if number("trained_by", "dropped", dropped, least=0, below=1):
        how["block"] = with_dropout(dropped, rng)
    try:
        *_, last = train(start, make_batch(toy.PAIRS, toy.WORDS), steps, **how)
    except NonFiniteError:
        return None
    return last.parameters


def followed(seed, steps=STEPS, rate=0.04, shortened=()):
    """One run of Adam: its loss, and how long all slopes are together, before each step.

    Parameters
    ----------
    seed : int
        Of the start, as in `trained_by`.
    steps : int
    rate : float
    shortened : sequence of int
        After how many steps the slopes are shortened to length 1, those of that step alone.

    Returns
    -------
    columns : dict of str to list
        ``loss`` and ``length``, from before any step to after the last.

    Examples
    --------
    >>> run = followed(4, steps=2)
    >>> len(run["loss"]), round(run["length"][0], 2)
    (3, 1.47)
    """
    rng = np.random.default_rng(whole("followed", "seed", seed))
    steps = whole("followed", "steps", steps, least=1)
    rate = number("followed", "rate", rate, above=0)
    shortened = wholes("followed", "shortened", shortened)
    if max(shortened, default=0) > steps:
        raise ValueError(f"followed: shortened has {max(shortened)}, after {steps} steps.")
    batch = make_batch(toy.PAIRS, toy.WORDS)
    tables = flatten(starting_values(rng, toy.SIZES))
    columns, state = {"loss": [], "length": []}, start_state(tables)
    for done in range(steps + 1):
        loss, slopes = loss_and_gradients(unflatten(tables), batch)
        shorter, length = clip_gradients(slopes, 1.0)
        columns["loss"].append(loss)
        columns["length"].append(length)
        slopes = shorter if done in shortened else slopes
        tables, state = adam(tables, slopes, state, rate)
    return columns


def right_words(parameters):
    """The words that the toy model should write, each with the probability it has there.

    Parameters
    ----------
    parameters : dict

    Returns
    -------
    quotes : list of list of (str, float)
        For each of the three quotes, ``<end>`` included; before each word the right ones
        are read.

    Examples
    --------
    >>> [(word, round(p, 2)) for word, p in right_words(toy.load())[0]]
    [('i', 0.88), ('know', 0.89), ('things', 0.88), ('<end>', 0.92)]
    """
    tables_of("right_words", parameters)
    quotes = []
    for pair in toy.PAIRS:
        sentence = make_batch([pair], toy.WORDS)
        p = softmax(transformer(parameters, sentence.source, sentence.target))[0]
        right = sentence.following[0].tolist()
        quotes.append(
            [(toy.WORDS[i], float(row[i])) for i, row in zip(right, p, strict=True)]
        )
    return quotes


def _found(tables):
    return {"loss": np.inf if tables is None else round(surprise(tables), 4)}
