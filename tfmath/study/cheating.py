"""The toy model trained without a mask: it looks at what it should have guessed."""

import itertools

import numpy as np

from tfmath import toy
from tfmath.arguments import wholes
from tfmath.learning.train import make_batch, train
from tfmath.model.parameters import starting_values
from tfmath.model.transformer import transformer
from tfmath.parts.masks import padding_mask
from tfmath.study.crossed_out import surprise

EVERYTHING = {"target_mask": np.ones((1, 1), dtype=bool)}
"""For `transformer`, and one sentence: every word may look at every word."""

BATCH = make_batch(toy.PAIRS, toy.WORDS)
TRAINED = {"with the mask": {}, "without": {"target_mask": padding_mask(BATCH.target)}}
"""The same for the batch: the fillings behind short sentences stay hidden."""

AT, SEEDS = (1, *range(10, 301, 10)), range(20)


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
    at = wholes("cheating", "at", at, least=1)
    seeds = wholes("cheating", "seeds", seeds)
    found = [_run(seed, trained, at) for seed, trained in itertools.product(seeds, TRAINED)]
    return list(itertools.chain.from_iterable(found))


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


DICE = "you win or die i know things he".split()
"""The eight words that are drawn: who cannot look says the right one once in eight."""


def dice(at=(1, 600), seeds=range(5)):
    """Train without a mask on words drawn by chance, then ask about fresh ones.

    Parameters
    ----------
    at : sequence of int
        After which steps the model is tried, the last one last.
    seeds : sequence of int
        Of the words and of the start.

    Returns
    -------
    rows : list of dict
        Seed, step; how many of 360 next words, drawn afresh, it says right where they
        stand in sight (``seeing``) and where they are hidden (``hidden``).

    Examples
    --------
    >>> [row["step"] for row in dice(at=(1, 2), seeds=(0,))]
    [1, 2]
    """
    at = wholes("dice", "at", at, least=1)
    seeds = wholes("dice", "seeds", seeds)
    return list(itertools.chain.from_iterable(_thrown(seed, at) for seed in seeds))


def _thrown(seed, at):
    rng = np.random.default_rng(seed)
    known, fresh = _sentences(rng), _sentences(rng)
    start = starting_values(np.random.default_rng(seed), toy.SIZES)
    all_seen = {"target_mask": padding_mask(known.target)}
    steps = train(start, known, max(at), learning_rate=0.02, **all_seen)
    return [
        {"seed": seed, "step": step.number} | _said(step.parameters, fresh)
        for step in steps
        if step.number in at
    ]


def _sentences(rng):
    drawn = [("when you play", " ".join(rng.choice(DICE, 6))) for _ in range(60)]
    return make_batch(drawn, toy.WORDS)


def _said(tables, batch):
    masks = {"seeing": padding_mask(batch.target), "hidden": None}
    return {name: _right(tables, batch, mask) for name, mask in masks.items()}


def _right(tables, batch, mask):
    logits = transformer(tables, batch.source, batch.target, target_mask=mask)
    return int((logits.argmax(axis=-1)[:, :-1] == batch.target[:, 1:]).sum())
