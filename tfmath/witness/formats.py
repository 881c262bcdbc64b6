"""The number types, and a record replayed with any number of bits.

NumPy has no bfloat16 and no TF32. Rounding after every operation is enough to see what
they cost, and it gives the same numbers on every machine.
"""

from typing import NamedTuple

import numpy as np

from tfmath import toy
from tfmath.learning.train import PAD, make_batch, traced_loss
from tfmath.parts.softmax import softmax
from tfmath.tracing import steps
from tfmath.tracing.rules import RULES
from tfmath.witness.replay import replay


class Format(NamedTuple):
    """How a number is stored.

    Attributes
    ----------
    bits : int
        In all: one for the sign, the rest for the power of two and the fraction.
    fraction : int
        Bits after the leading one.
    largest : float
    """

    bits: int
    fraction: int
    largest: float

    @property
    def roundoff(self):
        """The unit roundoff: half the gap between 1 and the next number."""
        return 2.0 ** -(self.fraction + 1)


FORMATS = {
    "float64": Format(64, 52, float(np.finfo(np.float64).max)),
    "float32": Format(32, 23, float(np.finfo(np.float32).max)),
    "TF32": Format(32, 10, (2 - 2.0**-10) * 2.0**127),
    "bfloat16": Format(16, 7, (2 - 2.0**-7) * 2.0**127),
    "float16": Format(16, 10, float(np.finfo(np.float16).max)),
}
"""TF32 numbers lie in memory as float32; only the factors of a product are cut to it."""


def keep_bits(x, bits):
    """Round to so many bits after the leading one; how large a number is does not matter.

    Parameters
    ----------
    x : array
    bits : int

    Examples
    --------
    Between 2 and 4, two bits after the leading one allow 2, 2.5, 3, 3.5; half way, the even
    number of steps is taken, as everywhere in floating point:

    >>> keep_bits(np.array([2.7, -3.2, 2.75, 0.0]), 2).tolist()
    [2.5, -3.0, 3.0, 0.0]
    """
    gap = 2.0 ** (np.frexp(x)[1] - 1 - bits)
    return np.round(x / gap) * gap


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
        if factors is not None and node.op in ("matmul", "einsum"):
            values = [keep(value, factors) for value in values]
        return keep(RULES[node.op].call(*values, **node.options), bits)

    done = replay(arrays, lambda node: keep(node.value, bits), call)
    return [done[id(array)] for array in arrays]


# The toy model on few bits ---------------------------------------------------------------


def in_few_bits(bits, factors=None):
    """All three quotes in float64, and with few bits after every operation.

    Parameters
    ----------
    bits, factors : int
        As for `replay_with_bits`.

    Returns
    -------
    (int, float, float)
        How many of the 15 words come out right, how far the worst logit is off, and the
        probability of "die".
    """
    batch = make_batch(toy.PAIRS, toy.WORDS)
    logits = steps(traced_loss(toy.load(), batch))["logits"]
    (found,) = replay_with_bits([logits], bits, factors)
    right = (found.argmax(axis=-1) == batch.following)[batch.following != PAD]
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
