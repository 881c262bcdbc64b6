"""Attention whose way back lacks a transpose: who notices, the loss or the slope."""

import functools
import itertools
import math

import numpy as np

from tfmath import toy
from tfmath.arguments import wholes
from tfmath.errors import floats, rows_and_width
from tfmath.learning.loss import cross_entropy
from tfmath.learning.train import loss_and_gradients, make_batch, train
from tfmath.model.names import flatten, unflatten
from tfmath.model.parameters import starting_values
from tfmath.model.transformer import transformer
from tfmath.parts.masks import padding_mask
from tfmath.parts.softmax import softmax
from tfmath.parts.text import PAD
from tfmath.study.slope import slope
from tfmath.tracing import operation

AT, SEEDS = (20, 300), range(10)
LONGER = tuple(itertools.product((1, 6), ("right", "missing")))  # they stood out at 300
SMOOTHED = {"label_smoothing": 0.1}
KEYS = "encoder / layer 1 / self-attention / W_K"


def _products_with(by_key):
    """The products of queries and keys, with another gradient by the key."""

    def _wrong_way_back(query, key):
        return query @ np.swapaxes(key, -1, -2)

    # No row in the package's own table of rules: whose record holds it brings it along.
    _wrong_way_back.__module__ = "somebody's own"
    return operation(
        derivative=(lambda grad, output, query, key: grad @ key, by_key),
    )(_wrong_way_back)


_products = _products_with(
    lambda grad, output, query, key: grad @ query,  # grad.T @ query would be right
)
_none = _products_with(lambda grad, output, query, key: np.zeros_like(key))
_turned = _products_with(
    lambda grad, output, query, key: -np.swapaxes(grad, -1, -2) @ query
)


def without_transpose(query, key, value, mask=None):
    """Attention with the right output and, for as many queries as keys, a wrong gradient.

    Arguments and result as for `scaled_dot_product_attention`.

    Examples
    --------
    >>> x = np.zeros((2, 1))
    >>> without_transpose(x, x, np.array([[2.0], [4.0]])).tolist()
    [[3.0], [3.0]]
    """
    rows = floats("without_transpose", query=query, key=key, value=value)
    rows_and_width(
        "without_transpose", **dict(zip(("query", "key", "value"), rows, strict=True))
    )
    return _attend(_products, *rows, mask)


def _attend(products, query, key, value, mask=None):
    scores = products(query, key) / math.sqrt(np.shape(query)[-1])
    return softmax(scores, mask) @ value


WAYS = {
    "right": {},
    "missing": {"attention": without_transpose},
    "zero": {"attention": functools.partial(_attend, _none)},
    "turned": {"attention": functools.partial(_attend, _turned)},
}
"""What is given to `transformer`: nothing, or self-attention with a wrong gradient by the
key in both stacks: without its transpose, 0, or with its sign turned round."""


def missing_transpose(at=AT, seeds=SEEDS):
    """Train the toy model with the right and the wrong ways back, from the same starts.

    Parameters
    ----------
    at : sequence of int
        Before which steps the loss is noted, and the quotes are tried; the last one last.
        Where step 300 is among them, the `LONGER` runs are noted at 1000 as well.
    seeds : sequence of int

    Returns
    -------
    rows : list of dict
        Seed, transpose, step, loss (labels smoothed by 0.1), how many of three quotes are
        right, and ``off``: how far the gradient by the encoder's W_K is from its slope at
        the start, as a part of the largest slope.

    Examples
    --------
    >>> [row["transpose"] for row in missing_transpose(at=(1,), seeds=(0,))]
    ['right', 'missing', 'zero', 'turned']
    """
    at = wholes("missing_transpose", "at", at, least=1, fewest=1)
    seeds = wholes("missing_transpose", "seeds", seeds)
    found = [
        _run(seed, way, [*at, *[1000] * (300 in at and (seed, way) in LONGER)])
        for seed, way in itertools.product(seeds, WAYS)
    ]
    return list(itertools.chain.from_iterable(found))


def _run(seed, way, at):
    batch = make_batch(toy.PAIRS, toy.WORDS)
    start = starting_values(np.random.default_rng(seed), toy.SIZES)
    off = round(error_of_slope(start, batch, **WAYS[way]), 4)
    same = {"seed": seed, "transpose": way}
    steps = train(start, batch, max(at), learning_rate=0.02, **SMOOTHED, **WAYS[way])
    return [
        same | {"step": s.number, "loss": round(s.loss, 4), "right": _right(s), "off": off}
        for s in steps
        if s.number in at
    ]


def _right(step):
    finished = [toy.finish(step.parameters, text) for text, _ in toy.PAIRS]
    written = [" ".join(word for word, _ in words) for words in finished]
    return sum(w == f"{r} <end>" for w, (_, r) in zip(written, toy.PAIRS, strict=True))


def error_of_slope(parameters, batch, table=KEYS, **variant):
    """How far the gradient by a table is from its slope, as a part of the largest slope.

    Parameters
    ----------
    parameters : dict
    batch : Batch
    table : str
    **variant
        For `transformer`.

    Returns
    -------
    off : float

    Examples
    --------
    >>> batch = make_batch(toy.PAIRS[:1], toy.WORDS)
    >>> error_of_slope(toy.load(), batch) < 1e-6
    True
    """
    flat = flatten(parameters)

    def loss(values):
        changed, read = unflatten(flat | {table: values}), padding_mask(batch.source, PAD)
        logits = transformer(changed, batch.source, batch.target, read, **variant)
        return cross_entropy(logits, batch.following, ignore_id=PAD, **SMOOTHED)

    _, found = loss_and_gradients(parameters, batch, **SMOOTHED, **variant)
    by_slope = slope(loss, flat[table])
    return float(np.abs(found[table] - by_slope).max() / np.abs(by_slope).max())
