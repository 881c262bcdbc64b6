"""The toy model trained anew without a part, with one layer and with six."""

import itertools

import numpy as np

from tfmath import toy
from tfmath.arguments import wholes
from tfmath.learning.train import make_batch, train
from tfmath.model.parameters import shapes, starting_values
from tfmath.parts.norm import pre_norm
from tfmath.study.crossed_out import without_sum


def _no_norm(where, x, sublayer, gain, bias):
    """It adds, and neither moves nor squeezes: gain and bias stay."""
    return (x + sublayer(x)) * gain + bias


ANEW = {
    "nothing": {},
    "the sums": {"block": without_sum},
    "the norms": {"block": _no_norm},
    "the networks": {"activation": lambda z: 0 * z},
    "nothing (pre-norm)": {"block": pre_norm},
}
"""What is left out of encoder and decoder, and how `transformer` is told."""

BATCH = make_batch(toy.PAIRS, toy.WORDS)
AT, SEEDS, DEPTHS = (1, *range(20, 401, 20)), range(3), (1, 6)


def trained_without(at=AT, seeds=SEEDS, depths=DEPTHS):
    """Train from the same starts with and without the sums, the norms, the networks.

    Parameters
    ----------
    at : sequence of int
        Before which steps the loss is written down, the last one last.
    seeds : sequence of int
        Of the starts; all models of one depth begin with the same tables.
    depths : sequence of int
        How many layers encoder and decoder have.

    Returns
    -------
    rows : list of dict
        Layers, what is left out, seed, step, and the loss over all words of three quotes.

    Notes
    -----
    The rate is 0.005. Tried once at 0.0005, 0.001, 0.002 and 0.01 as well, from two starts:
    six layers without the sums or without the norms ended above 1.5 every time.

    Examples
    --------
    >>> rows = trained_without(at=(1,), seeds=(0,), depths=(1,))
    >>> [row["without"] for row in rows[:3]]
    ['nothing', 'the sums', 'the norms']
    """
    at = wholes("trained_without", "at", at, least=1)
    seeds = wholes("trained_without", "seeds", seeds)
    depths = wholes("trained_without", "depths", depths, least=1)
    found = [_run(*one, at) for one in itertools.product(depths, ANEW, seeds)]
    return list(itertools.chain.from_iterable(found))


def _run(n_layers, part, seed, at):
    sizes = shapes(
        len(toy.WORDS), d_model=5, n_heads=2, d_k=4, d_v=3, d_ff=7, n_layers=n_layers
    )
    start = starting_values(np.random.default_rng(seed), sizes)
    steps = train(start, BATCH, max(at), learning_rate=0.005, **ANEW[part])
    same = {"layers": n_layers, "without": part, "seed": seed}
    return [
        same | {"step": step.number, "loss": float(f"{step.loss:.4g}")}
        for step in steps
        if step.number in at
    ]


def medians(columns, layers):
    """The middle loss of all starts, step by step.

    Parameters
    ----------
    columns : dict of lists
        What `measured` gives of `trained_without`.
    layers : int

    Returns
    -------
    steps : list of int
    lines : dict of str to list of float
        For each part that was left out, the median of the losses at each step.

    Examples
    --------
    >>> columns = {"layers": [1, 1, 1], "without": ["the sums"] * 3, "seed": [0, 1, 2],
    ...            "step": [10, 10, 10], "loss": [1.0, 2.0, 9.0]}
    >>> medians(columns, layers=1)
    ([10], {'the sums': [2.0]})
    """
    found = {}
    keys = zip(columns["without"], columns["step"], columns["layers"], strict=True)
    for (part, step, n), loss in zip(keys, columns["loss"], strict=True):
        if n == layers:
            found.setdefault(part, {}).setdefault(step, []).append(loss)
    lines = {
        part: [float(np.median(losses)) for losses in by_step.values()]
        for part, by_step in found.items()
    }
    return sorted({step for by_step in found.values() for step in by_step}), lines
