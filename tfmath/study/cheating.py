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
from tfmath.study.leak import leaks

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
    at = wholes("cheating", "at", at, least=1, fewest=1)
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


def exchanged(seeds=SEEDS):
    """Train on the quotes without a mask, then exchange, in sight, the word to be said.

    Parameters
    ----------
    seeds : sequence of int
        Of the starts, the same as in `cheating`.

    Returns
    -------
    rows : list of dict
        Seed; how many of 264 answers, 12 words to say times 22 others in their place, are
        the ``new`` word, how many the ``quote``'s, and how many ``another``.

    Examples
    --------
    >>> exchanged(seeds=())
    []
    """
    return [_exchanged(seed) for seed in wholes("exchanged", "seeds", seeds)]


def _exchanged(seed):
    start = starting_values(np.random.default_rng(seed), toy.SIZES)
    *_, last = train(start, BATCH, max(AT), learning_rate=0.02, **TRAINED["without"])
    quote, place, new = _places()
    source, target = BATCH.source[quote], BATCH.target[quote]
    old, target[range(len(new)), place] = target[range(len(new)), place], new
    masks = map(padding_mask, (source, target))
    logits = transformer(last.parameters, source, target, *masks)
    said = logits.argmax(axis=-1)[range(len(new)), place - 1]
    counts = [int((said == word).sum()) for word in (new, old)]
    names = ("new", "quote", "another")
    return {"seed": seed} | dict(zip(names, [*counts, len(new) - sum(counts)], strict=True))


def _places():
    """Which quote, which place in it, and which other word is put there."""
    words = range(toy.WORDS.index("<end>") + 1, len(toy.WORDS))
    filled = np.argwhere(BATCH.target[:, 1:]) + [0, 1]
    rows = itertools.product(filled.tolist(), words)
    found = [(q, at, w) for (q, at), w in rows if w != BATCH.target[q, at]]
    return np.array(found).T


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
    at = wholes("dice", "at", at, least=1, fewest=1)
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


def unshifted(seeds=range(5)):
    """Ask each row for the word that it reads: trained on dice, with the causal mask.

    Parameters
    ----------
    seeds : sequence of int
        Of the words and of the start, the same as in `dice`.

    Returns
    -------
    rows : list of dict
        Seed; the ``loss`` after 200 steps; how many of 360 fresh words are said by the row
        that reads them (``read``) and by the row before (``next``); how many ``leaks``.

    Examples
    --------
    >>> unshifted(seeds=())
    []
    """
    return [_unshifted(seed) for seed in wholes("unshifted", "seeds", seeds)]


def _unshifted(seed):
    rng = np.random.default_rng(seed)
    known, fresh = _sentences(rng), _sentences(rng)
    start = starting_values(np.random.default_rng(seed), toy.SIZES)
    same = known._replace(following=known.target)
    *_, last = train(start, same, 200, learning_rate=0.02)
    tables, source, target = last.parameters, fresh.source, fresh.target
    said = transformer(tables, source, target).argmax(axis=-1)
    read = int((said == target)[:, 1:].sum())
    late = int((said[:, :-1] == target[:, 1:]).sum())
    found = leaks(
        lambda ids: transformer(tables, source[0], ids), target[0], len(toy.WORDS)
    )
    loss = round(last.loss, 4)
    return {"seed": seed, "loss": loss, "read": read, "next": late, "leaks": len(found)}
