"""What is lost without the cut into heads: in the trained model, and trained anew."""

import math
from functools import partial

import numpy as np

from tfmath import toy
from tfmath.arguments import whole, wholes
from tfmath.attention.dot_product import attend
from tfmath.attention.heads import multi_head_attention
from tfmath.errors import ShapeError, floats, rows_and_width
from tfmath.learning.optimize import adam, start_state
from tfmath.learning.train import make_batch, train
from tfmath.model.parameters import shapes, starting_values, traced
from tfmath.parts.softmax import softmax
from tfmath.study.crossed_out import (
    CROSS,
    DECODER,
    ENCODER,
    silenced,
    surprise,
    without_head,
)
from tfmath.study.other_attentions import finished_with, right
from tfmath.tracing import gradients

WIDTHS = {1: (8, 6), 2: (4, 3)}
"""How many heads, and their d_k and d_v: the tables hold as many numbers in both."""

SEEDS, STEPS = (0, 1, 2, 3, 4), 400

ALIKE = dict.fromkeys(("attention", "cross_attention"), partial(attend, scale=0.0))
"""Every score is 0, so everybody looks at everybody with the same weight."""

TRAINED = {
    "one wide head": (1, {}),
    "two heads": (2, {}),
    "two, weights alike": (2, ALIKE),
}
"""How many heads, and with what in place of the attention."""

WORDS, IN_A_SENTENCE = 12, 6

WISHES = {"one wide head": (1, 24, 6), "two heads": (2, 12, 3)}
"""How many heads, their d_k and d_v, where two words are asked for what they hold."""

BLEU = {1: 24.9, 4: 25.5, 8: 25.8, 16: 25.8, 32: 25.4}
"""From a number of heads, 512 wide together, to the mark of a translator.

A. Vaswani et al., "Attention Is All You Need", 2017, table 3, rows A and base.
"""

PLACES = {
    "encoder": ENCODER,
    "decoder, itself": DECODER,
    "decoder, at the encoder": CROSS,
}


def one_softmax(query, key, value, mask=None):
    """An attention whose heads add up their products and share one softmax.

    That is one wide head, made of the same tables: a sum of d_k products, and then of h
    such sums, is a sum of h · d_k products.

    Parameters
    ----------
    query, key, value : (*batch, h, n, d)
    mask : of bool, optional

    Returns
    -------
    output : (*batch, h, n_query, d_v)

    Raises
    ------
    ShapeError
        If there is no axis of heads.

    Examples
    --------
    Head 1 prefers the first key, head 2 the second, both by as much: nobody prevails.

    >>> query, key = [[[2.0]], [[2.0]]], [[[1.0], [0.0]], [[0.0], [1.0]]]
    >>> value = [[[10.0], [20.0]], [[10.0], [20.0]]]
    >>> one_softmax(query, key, value).ravel().tolist()
    [15.0, 15.0]
    """
    query, key, value = floats("one_softmax", query=query, key=key, value=value)
    if query.ndim < 3 or key.ndim < 3:
        raise ShapeError(
            f"one_softmax: query {query.shape} and key {key.shape} need three axes, heads, "
            "words and numbers."
        )
    rows_and_width("one_softmax", query=query, key=key, value=value)
    products = (query @ key.swapaxes(-1, -2)).sum(axis=-3, keepdims=True)
    width = query.shape[-3] * query.shape[-1]
    return softmax(products / math.sqrt(width), mask) @ value


def one_or_two(seeds=SEEDS, steps=STEPS):
    """Train the toy model from the start with two heads, and with one twice as wide.

    And, to see what that can tell, with two heads that look at everybody alike.

    Parameters
    ----------
    seeds : sequence of int
    steps : int

    Returns
    -------
    rows : list of dict
        A key of `TRAINED`, the seed, the surprise at the right words after training, and
        how many of the three quotes are right.

    Examples
    --------
    >>> rows = one_or_two(seeds=[0], steps=1)
    >>> [row["heads"] for row in rows]
    ['one wide head', 'two heads', 'two, weights alike']
    """
    steps, rows = whole("one_or_two", "steps", steps, least=1), []
    for name, (heads, variant) in TRAINED.items():
        for seed in wholes("one_or_two", "seeds", seeds):
            found = _trained(heads, seed, steps, variant)
            row = {"heads": name, "seed": seed}
            row["loss"] = round(surprise(found, **variant), 3)
            rows.append(row | {"right": right(finished_with(found, variant))})
    return rows


def _trained(heads, seed, steps, variant):
    d_k, d_v = WIDTHS[heads]
    sizes = shapes(len(toy.WORDS), 5, heads, d_k=d_k, d_v=d_v, d_ff=7)
    start = starting_values(np.random.default_rng(seed), sizes)
    batch = make_batch(toy.PAIRS, toy.WORDS)
    *_, last = train(start, batch, steps, 0.02, 0.1, **variant)
    return last.parameters


def half_or_none(seeds=SEEDS, steps=STEPS):
    """Silence one head, the other, and both, in each attention of models trained anew.

    Parameters
    ----------
    seeds : sequence of int
    steps : int

    Returns
    -------
    rows : list of dict
        A key of `PLACES`, the seed, and the surprise at the right words without head 1,
        without head 2, without both.

    Examples
    --------
    >>> rows = half_or_none(seeds=[0], steps=1)
    >>> [row["where"] for row in rows]
    ['encoder', 'decoder, itself', 'decoder, at the encoder']
    """
    steps, rows = whole("half_or_none", "steps", steps, least=1), []
    for seed in wholes("half_or_none", "seeds", seeds):
        found = _trained(2, seed, steps, {})
        for where, place in PLACES.items():
            without = [without_head(found, place, head, 2) for head in (1, 2)]
            without += [silenced(found, f"{place} / W_O")]
            names = ("without 1", "without 2", "without both")
            losses = [round(surprise(less), 3) for less in without]
            row = {"where": where, "seed": seed}
            rows.append(row | dict(zip(names, losses, strict=True)))
    return rows


def two_wishes(seeds=SEEDS, steps=STEPS):
    """Train one wide head, and two of half the width, to find what two words hold.

    Six of twelve words stand in a sentence, and each holds a number, drawn anew each time.
    A query names two of them. A key tells its word, a value its word and its number.

    Parameters
    ----------
    seeds : sequence of int
    steps : int
        Each on sentences drawn anew.

    Returns
    -------
    rows : list of dict
        A key of `WISHES`, the seed, and the mean square errors of the numbers of the first
        word and of the second, in new sentences.

    Examples
    --------
    >>> rows = two_wishes(seeds=[0], steps=1)
    >>> [row["heads"] for row in rows]
    ['one wide head', 'two heads']
    """
    steps, rows = whole("two_wishes", "steps", steps, least=1), []
    new = _sentences(np.random.default_rng(100), 10_000)
    for name, widths in WISHES.items():
        for seed in wholes("two_wishes", "seeds", seeds):
            errors = _missed(_wishing(np.random.default_rng(seed), *widths, steps), new)
            first, second = (round(float(error), 2) for error in errors)
            row = {"heads": name, "seed": seed}
            rows.append(row | {"of_first": first, "of_second": second})
    return rows


def _sentences(rng, n):
    """What is asked, keys, values, and what should be found: what the first two hold."""
    words = rng.permuted(np.tile(np.arange(WORDS), (n, 1)), axis=1)[:, :IN_A_SENTENCE]
    rows, held = 3 * np.eye(WORDS)[words], rng.normal(size=(n, IN_A_SENTENCE, 1))
    asked = rows[:, :2].reshape(n, 1, 2 * WORDS)
    return asked, rows, np.concatenate([rows, held], axis=2), held[:, :2, 0]


def _missed(tables, sentences):
    asked, keys, values, wanted = sentences
    found = multi_head_attention(asked, keys, values, **tables)[:, 0]
    return ((found - wanted) ** 2).mean(axis=0)


def _wishing(rng, heads, d_k, d_v, steps):
    sizes = {"W_Q": (heads, 2 * WORDS, d_k), "W_K": (heads, WORDS, d_k)}
    sizes |= {"W_V": (heads, WORDS + 1, d_v), "W_O": (heads * d_v, 2)}
    tables = starting_values(rng, sizes)
    state = start_state(tables)
    for _ in range(steps):
        seen = traced(tables)
        slopes = gradients(_missed(seen, _sentences(rng, 128)).sum(), of=seen)
        tables, state = adam(tables, slopes, state, 0.01)
    return tables
