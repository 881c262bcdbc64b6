"""A record replayed with any number of bits, and how the toy model bears it."""

import numpy as np

from tfmath import toy
from tfmath.learning.train import PAD, make_batch, traced_loss
from tfmath.parts.softmax import softmax
from tfmath.tracing import steps
from tfmath.tracing.rules import RULES
from tfmath.witness.formats import keep_bits
from tfmath.witness.replay import column, replay


def replay_with_bits(arrays, bits, factors=None):
    """Replay a record in float64, rounding what each operation gives.

    Parameters
    ----------
    arrays : list of Traced
    bits : int
        Of the fraction; the range is float64's.
    factors : int, optional
        How many bits the factors of a matrix product keep (10 in TF32).

    Returns
    -------
    list of array

    Examples
    --------
    With two bits 2.7 becomes 2.5 at the door, and 2.5 · 2.5 = 6.25 becomes 6:

    >>> from tfmath.tracing import trace
    >>> x = trace([2.7], "x")
    >>> replay_with_bits([x * x], 2)
    [array([6.])]
    """

    def keep(array, bits):
        array = np.asarray(array)
        return keep_bits(array, bits) if array.dtype.kind == "f" else array

    def call(node, *values):
        if factors is not None and column(node, "error") == "products":
            values = [keep(value, factors) for value in values]
        return keep(RULES[node.op].call(*values, **node.options), bits)

    done = replay(arrays, lambda node: keep(node.value, bits), call)
    return [done[id(array)] for array in arrays]


# The toy model ----------------------------------------------------------------------------


def in_few_bits(bits, factors=None):
    """All three quotes in float64, and with few bits after every operation.

    Parameters
    ----------
    bits, factors : int
        As for `replay_with_bits`.

    Returns
    -------
    (int, float, float)
        How many of the 15 words come out right (the right one alone has the largest
        logit), how far the worst logit is off, and the probability of "die".
    """
    batch = make_batch(toy.PAIRS, toy.WORDS)
    logits = steps(traced_loss(toy.load(), batch))["logits"]
    (found,) = replay_with_bits([logits], bits, factors)
    seen = batch.following != PAD
    first = found[seen] == found[seen].max(axis=-1, keepdims=True)
    there = first[np.arange(len(first)), batch.following[seen]]
    right = there & (first.sum(axis=-1) == 1)
    die = softmax(found)[1, 4, toy.WORDS.index("die")]
    return int(right.sum()), float(np.abs(found - logits.value).max()), float(die)


def words_right(bits):
    """How many of the 15 words the toy model gets right if it keeps so many bits.

    Parameters
    ----------
    bits : int
        Of the fraction, as for `replay_with_bits`.

    Returns
    -------
    int
    """
    return in_few_bits(bits)[0]
