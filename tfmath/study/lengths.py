"""Train short, test long: seven ways to say where, two questions, growing texts."""

from functools import partial
from typing import Any, NamedTuple

import numpy as np

from tfmath.arguments import wholes
from tfmath.attention.buckets import look_back_bucket, t5_attention
from tfmath.attention.dot_product import attend
from tfmath.attention.relative import alibi_attention, relative_attention
from tfmath.attention.rotary import rotary_attention
from tfmath.learning.optimize import adam, start_state
from tfmath.model.layers import encoder
from tfmath.model.names import flatten, unflatten
from tfmath.model.parameters import shapes, starting_values, traced
from tfmath.parts.embedding import one_hot
from tfmath.parts.masks import both, causal_mask, sliding_window_mask
from tfmath.parts.norm import pre_norm
from tfmath.parts.position import positional_encoding
from tfmath.parts.softmax import log_softmax
from tfmath.tracing import backward, named, trace
from tfmath.tracing.program import compiled

N_WORDS, D_MODEL, N_HEADS, D_K, D_V, D_FF = 6, 16, 4, 8, 4, 32
TRAINED, LONGEST = 16, 128
LENGTHS = (4, 8, 12, 16, 17, 18, 20, 24, 32, 48, 64, 96, 128)
STEPS, BATCH, RATE, SEEDS = 400, 32, 0.01, range(5)


class Way(NamedTuple):
    """A way to say where: which attention, what is added to the words, which own tables."""

    attention: Any = attend
    encoding: Any = None
    own: tuple = ()


def _near_buckets(distance, n_buckets):
    """All from 12 words on share the last bucket, so that training fills every one."""
    return look_back_bucket(distance, n_buckets, max_distance=16)


WAYS = {
    "none": Way(),
    "learned": Way(encoding="position"),
    "sinusoids": Way(encoding=positional_encoding),
    "Shaw": Way(
        relative_attention,
        own=(("keys_by_distance", (17, D_K)), ("values_by_distance", (17, D_V))),
    ),
    "T5": Way(partial(t5_attention, bucket=_near_buckets), own=(("by_bucket", (4, 8)),)),
    "rotary": Way(rotary_attention),
    "ALiBi": Way(alibi_attention),
}


def three_back(rng, n_texts, n):
    """Letters 1 to 5 by chance. Wanted: the letter three places back.

    Parameters
    ----------
    rng : numpy.random.Generator
    n_texts, n : int

    Returns
    -------
    ids, wanted : (n_texts, n) of int
    asked : (n_texts, n) of bool
        Not at the first three places.

    Examples
    --------
    >>> ids, wanted, asked = three_back(np.random.default_rng(0), 1, 5)
    >>> ids.tolist(), wanted.tolist(), asked.tolist()
    ([[5, 4, 3, 2, 2]], [[0, 0, 0, 5, 4]], [[False, False, False, True, True]])
    """
    ids = rng.integers(1, N_WORDS, (n_texts, n))
    wanted = np.zeros_like(ids)
    wanted[:, 3:] = ids[:, :-3]
    return ids, wanted, wanted > 0


def the_latest(rng, n_texts, n):
    """Letters 1 to 5 among dots, 0: about one in four. Wanted, at a dot: the last letter.

    Parameters
    ----------
    rng : numpy.random.Generator
    n_texts, n : int

    Returns
    -------
    ids, wanted : (n_texts, n) of int
    asked : (n_texts, n) of bool
        At the dots. The first place holds a letter, so there always is one before.

    Examples
    --------
    >>> ids, wanted, asked = the_latest(np.random.default_rng(7), 1, 6)
    >>> ids.tolist(), wanted.tolist()
    ([[5, 0, 0, 5, 0, 0]], [[5, 5, 5, 5, 5, 5]])
    """
    ids = rng.integers(1, N_WORDS, (n_texts, n))
    dots = rng.random((n_texts, n)) >= 0.25
    dots[:, 0] = False
    ids[dots] = 0
    place = np.maximum.accumulate(np.where(dots, 0, np.arange(n)), axis=1)
    return ids, np.take_along_axis(ids, place, axis=1), dots


QUESTIONS = {"three back": three_back, "the latest": the_latest}


def learned(question, way, seed, n_steps=STEPS, n_layers=1):
    """The tables after training on texts of 16 words, new ones at each step.

    Parameters
    ----------
    question, way : str
        One of `QUESTIONS`, one of `WAYS`.
    seed : int
        For the tables at the start, and for the texts.
    n_steps, n_layers : int

    Returns
    -------
    tables : dict

    Raises
    ------
    ValueError
        If no question, or no way, has that name.

    Examples
    --------
    >>> tables = learned("three back", "learned", seed=0, n_steps=1)
    >>> tables["position"].shape
    (128, 16)
    """
    _known("learned", "question", question, QUESTIONS)
    _known("learned", "way", way, WAYS)
    rng = np.random.default_rng(seed)
    start = starting_values(rng, _sizes(way, n_layers))
    return _trained(start, way, lambda: QUESTIONS[question](rng, BATCH, TRAINED), n_steps)


def _trained(tables, way, draw, n_steps, given=dict):
    """The loop: ``draw()`` gives each step its texts, ``given()`` tables not learned."""
    flat = flatten(tables)
    program, state = _program(flat, given(), way), start_state(flat)
    for step in range(n_steps):
        ids, wanted, asked = draw()
        wanted = one_hot(wanted, N_WORDS) * asked[..., np.newaxis]
        known = *flat.values(), *given().values()
        _, *grads = program(*known, one_hot(ids, N_WORDS), wanted)
        rate = RATE * min(1, (step + 1) / 30, 1.5 * (n_steps - step) / n_steps)
        flat, state = adam(flat, dict(zip(flat, grads, strict=True)), state, rate)
    return unflatten(flat)


def letter_scores(tables, words, way, mask=None):
    """One layer that looks back: for each place a score for each word.

    Parameters
    ----------
    tables : dict
        From `learned`.
    words : (*batch, n, 6)
        As `one_hot` makes them.
    way : str, or Way
    mask : (n, n) of bool, optional
        Who may look at whom; by default everybody looks back.

    Returns
    -------
    scores : (*batch, n, 6)

    Examples
    --------
    >>> tables = learned("three back", "rotary", seed=0, n_steps=1)
    >>> letter_scores(tables, one_hot([1, 5, 2, 3], 6), "rotary").shape
    (4, 6)
    """
    if not isinstance(way, Way):
        way = WAYS[_known("letter_scores", "way", way, WAYS)]
    attention, encoding, _ = way
    n, rows = words.shape[-2], words @ tables["embedding"]
    if encoding == "position":
        rows = rows + tables["position"][:n]
    elif encoding is not None:
        rows = rows + encoding(n, D_MODEL)
    mask = causal_mask(n) if mask is None else mask
    options = {"block": pre_norm, "attention": attention}
    return encoder(rows, tables["encoder"], mask[np.newaxis], **options) @ tables["output"]


def _known(where, name, value, known):
    if value not in known:
        raise ValueError(f"{where}: {name} is {value!r}; it is one of {', '.join(known)}.")
    return value


def _sizes(way, n_layers=1):
    """The tables of the model by name, with those that only this way has."""
    sizes = N_WORDS, D_MODEL, N_HEADS, D_K, D_V, D_FF
    model = shapes(*sizes, final_norm=True, n_layers=n_layers)
    found = {name: size for name, size in model.items() if name[:7] != "decoder"}
    found |= {"output": (D_MODEL, N_WORDS)}
    if WAYS[way].encoding == "position":
        found["position"] = (LONGEST, D_MODEL)
    for name, size in WAYS[way].own:
        found[f"encoder / layer 1 / self-attention / {name}"] = size
    return found


def _program(flat, given, way):
    """Loss and gradients as one function of all tables, the words and what is wanted."""
    ones = np.ones((BATCH, TRAINED, N_WORDS))
    words, wanted = trace(ones, "words"), trace(ones, "wanted")
    tables = traced(unflatten(flat | given))
    surprise = -np.sum(wanted * log_softmax(letter_scores(tables, words, way)))
    loss = named("loss", surprise / np.sum(wanted))
    grads, tables = backward(loss), flatten(tables)
    results = [loss, *(grads[name] for name in flat)]
    return compiled([*tables.values(), words, wanted], results)


def right_share(tables, question, way, seed, sees=LONGEST, n_texts=256):
    """How many of the last words, of texts of each length, are answered rightly.

    Parameters
    ----------
    tables : dict
        From `learned`.
    question : str
    way : str, or Way
    seed : int
        Of the texts, which are none of those trained on.
    sees : int
        How many words one may look at, itself and those just before it.
    n_texts : int

    Returns
    -------
    dict of int to float
        For each of `LENGTHS` a share from 0 to 1. Nobody looks ahead, so place n of a long
        text is the last word of a text of length n.

    Examples
    --------
    >>> tables = learned("three back", "none", seed=0, n_steps=1)
    >>> list(right_share(tables, "three back", "none", seed=0, n_texts=9))[:4]
    [4, 8, 12, 16]
    """
    rng = np.random.default_rng(1_000_000 + seed)
    question = _known("right_share", "question", question, QUESTIONS)
    ids, wanted, asked = QUESTIONS[question](rng, n_texts, LONGEST)
    mask = both(causal_mask(LONGEST), sliding_window_mask(LONGEST, sees - 1))
    texts = (one_hot(text, N_WORDS) for text in ids[:, np.newaxis])
    best = [letter_scores(tables, text, way, mask).argmax(axis=-1) for text in texts]
    right = (np.concatenate(best) == wanted) & asked
    return {n: float(right[:, n - 1].sum() / asked[:, n - 1].sum()) for n in LENGTHS}


def lengths(seeds=SEEDS, n_steps=STEPS):
    """Train every way on every question with several seeds, and test on growing texts.

    Parameters
    ----------
    seeds : iterable of int
    n_steps : int

    Returns
    -------
    rows : list of dict
        Question, way, seed, length; the share of right answers, ``right``, and what it is
        if nobody looks farther back than in training, ``near``.

    Examples
    --------
    >>> rows = lengths(seeds=[], n_steps=1)
    >>> len(rows), len(WAYS), len(QUESTIONS)
    (0, 7, 2)
    """
    seeds = wholes("lengths", "seeds", seeds)
    tried = [(q, w, s) for q in QUESTIONS for w in WAYS for s in seeds]
    return [row for one in tried for row in _tested(*one, n_steps)]


def _tested(question, way, seed, n_steps):
    tables = learned(question, way, seed, n_steps)
    right, near = (
        right_share(tables, question, way, seed, sees) for sees in (LONGEST, TRAINED)
    )
    known = {"question": question, "way": way, "seed": seed}
    return [
        known | {"length": n, "right": round(right[n], 4), "near": round(near[n], 4)}
        for n in LENGTHS
    ]
