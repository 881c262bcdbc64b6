"""The toy model trained without a mask: it copies what it should have guessed."""

import itertools

import numpy as np

from tfmath import toy
from tfmath.arguments import items, whole
from tfmath.learning.train import make_batch, train
from tfmath.model.parameters import starting_values
from tfmath.parts.masks import padding_mask
from tfmath.study.crossed_out import surprise

EVERYTHING = {"target_mask": np.ones((1, 1), dtype=bool)}
"""For `transformer`, and one sentence: every word may look at every word."""

BATCH = make_batch(toy.PAIRS, toy.WORDS)
TRAINED = {"with the mask": {}, "without": {"target_mask": padding_mask(BATCH.target)}}
"""The same for the batch: the fillings behind short sentences stay hidden."""

AT, SEEDS = (1, *range(10, 301, 10)), range(5)


def cheating(at=AT, seeds=SEEDS):
    """Train with the causal mask and without one, and let both write.

    Parameters
    ----------
    at : sequence of int
        After which steps the model is tried, the last one last.
    seeds : sequence of int
        Of the starts; both models begin with the same.

    Returns
    -------
    rows : list of dict
        Seed, how it was trained, step; ``seeing`` and ``hidden``, the mean surprise where
        the decoder sees the words to come and where they are hidden; how many of three
        quotes are right, and what is written after *when you play game of thrones*.

    Examples
    --------
    >>> [row["trained"] for row in cheating(at=(1,), seeds=(0,))]
    ['with the mask', 'without']
    """
    at = [whole("cheating", "a step", n, least=1) for n in _row("at", at)]
    seeds = [whole("cheating", "a seed", seed) for seed in _row("seeds", seeds)]
    found = [_run(seed, trained, at) for seed, trained in itertools.product(seeds, TRAINED)]
    return list(itertools.chain.from_iterable(found))


def _row(name, numbers):
    return items("cheating", name, numbers, "whole numbers")


def _run(seed, trained, at):
    start = starting_values(np.random.default_rng(seed), toy.SIZES)
    steps = train(start, BATCH, max(at), learning_rate=0.02, **TRAINED[trained])
    same = {"seed": seed, "trained": trained}
    return [same | _tried(step) for step in steps if step.number in at]


def _tried(step):
    tables, said = step.parameters, []
    for text, _ in toy.PAIRS:
        written = [word for word, _ in toy.finish(tables, text)]
        said.append(" ".join(word for word in written if word != "<end>"))
    return {
        "step": step.number,
        "seeing": round(surprise(tables, **EVERYTHING), 4),
        "hidden": round(surprise(tables), 4),
        "right": sum(s == right for s, (_, right) in zip(said, toy.PAIRS, strict=True)),
        "writes": said[1] or "(nothing)",
    }
