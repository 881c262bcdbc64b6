"""The toy model with other attentions: put into its tables, or trained with them."""

from functools import partial

import numpy as np

from tfmath import toy
from tfmath.arguments import instance, wholes
from tfmath.attention.blockwise import blockwise_attention
from tfmath.attention.dot_product import attend
from tfmath.attention.linear import linear_attention
from tfmath.attention.low_rank import low_rank_attention, pooling
from tfmath.attention.random_features import draw_directions, random_feature_attention
from tfmath.attention.windows import global_window_attention, sliding_window_attention
from tfmath.decoding.cache import next_word
from tfmath.decoding.search import greedy
from tfmath.learning.train import make_batch, train
from tfmath.model.names import flatten, unflatten
from tfmath.model.parameters import starting_values
from tfmath.parts.text import END, START, decode, encode

LONGEST_SOURCE = 8
D_K = 4


def toy_attentions():
    """Attentions for the toy model, each as the arguments that the model takes.

    Returns
    -------
    attentions : dict of str to dict

    Examples
    --------
    >>> list(toy_attentions())[:3]
    ['plain', 'block by block', 'window of 1 each side']
    """
    near = partial(sliding_window_attention, width=1)
    with_first = partial(global_window_attention, width=1)
    found = {
        "plain": {},
        "block by block": _everywhere(partial(blockwise_attention, block=2)),
    }
    found["window of 1 each side"] = {"attention": near}
    found["window and the first word"] = {"attention": with_first}
    found["low rank: 2 mixtures"] = _everywhere(low_rank_attention)
    found["linear"] = _everywhere(linear_attention)
    for m in (64, 4096):
        drawn = draw_directions(np.random.default_rng(0), m, D_K)
        some = partial(random_feature_attention, directions=drawn)
        found[f"{m} random features"] = _everywhere(some)
    return found | {"all weights alike": _everywhere(partial(attend, scale=0.0))}


def _everywhere(attention):
    return {"attention": attention, "cross_attention": attention}


def mixing_tables(attention):
    """The tables that an attention of `toy_attentions` needs besides: those of low rank.

    Only where nobody looks back, in the encoder and from the decoder at the source.

    Parameters
    ----------
    attention : dict

    Returns
    -------
    tables : dict of str to array
        Each makes means of neighbours.

    Examples
    --------
    >>> tables = mixing_tables(toy_attentions()["low rank: 2 mixtures"])
    >>> [table.shape for table in tables.values()]
    [(2, 8), (2, 8)]
    """
    instance("mixing_tables", "attention", attention, dict, "a dict from toy_attentions")
    if attention.get("attention") is not low_rank_attention:
        return {}
    where = "encoder / layer 1 / self-attention", "decoder / layer 1 / cross-attention"
    return {f"{place} / E": pooling(LONGEST_SOURCE, 2) for place in where}


def finished_with(parameters, attention):
    """What a model writes for the three quotes with another attention.

    Parameters
    ----------
    parameters : dict
    attention : dict
        From `toy_attentions`.

    Returns
    -------
    texts : list of str

    Examples
    --------
    >>> finished_with(toy.load(), {})[0]
    'i know things'
    """
    tables = unflatten(mixing_tables(attention) | flatten(parameters))
    written = []
    for source, _ in toy.PAIRS:
        step = next_word(tables, encode(source, toy.WORDS), **attention)
        ids = greedy(step, START, END, toy.LONGEST).ids
        written.append(" ".join(decode(ids[1:], toy.WORDS)).removesuffix(" <end>"))
    return written


def right(texts):
    """How many of the three quotes are finished right.

    Parameters
    ----------
    texts : list of str
        From `finished_with`.

    Returns
    -------
    int

    Examples
    --------
    >>> right(["i know things", "you win", "he brings the storm"])
    2
    """
    return sum(text == target for text, (_, target) in zip(texts, toy.PAIRS, strict=True))


def trained_anew(seeds=(0, 1, 2), steps=500, learning_rate=0.02, names=None):
    """Train the toy model with each attention, from the same starts, and let it write.

    Parameters
    ----------
    seeds : sequence of int
    steps : int
    learning_rate : float
    names : sequence of str, optional
        Of `toy_attentions`; all of them if not given.

    Returns
    -------
    rows : list of dict
        ``loss`` is that of the last step, with label smoothing; ``right`` counts quotes.

    Examples
    --------
    >>> rows = trained_anew(seeds=[0], steps=2, names=["plain"])
    >>> rows[0]["attention"], rows[0]["right"]
    ('plain', 0)
    """
    rows, batch = [], make_batch(toy.PAIRS, toy.WORDS)
    seeds = wholes("trained_anew", "seeds", seeds)
    for name, attention in toy_attentions().items():
        sizes = toy.SIZES | {n: t.shape for n, t in mixing_tables(attention).items()}
        for seed in seeds if names is None or name in names else ():
            start = starting_values(np.random.default_rng(seed), sizes)
            taught = train(start, batch, steps, learning_rate, 0.1, **attention)
            *_, last = taught
            found = right(finished_with(last.parameters, attention))
            row = {"attention": name, "seed": seed, "loss": round(last.loss, 3)}
            rows.append(row | {"right": found})
    return rows
