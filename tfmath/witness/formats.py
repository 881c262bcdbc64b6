"""The number types: how each stores a number, and so how it rounds.

NumPy has no bfloat16 and no TF32. Rounding after every operation is enough to see what
they cost, and it gives the same numbers on every machine.
"""

from typing import NamedTuple

import numpy as np


class Format(NamedTuple):
    """How a number is stored.

    Attributes
    ----------
    bits : int
        In all: one for the sign, the rest for the power of two and the fraction.
    power : int
        Bits for the power of two.
    fraction : int
        Bits after the leading one.
    """

    bits: int
    power: int
    fraction: int

    @property
    def roundoff(self):
        """The unit roundoff: half the gap between 1 and the next number."""
        return 2.0 ** -(self.fraction + 1)

    @property
    def largest(self):
        """The largest number: all ones, times the largest power of two."""
        return (2 - 2.0**-self.fraction) * 2.0 ** (2 ** (self.power - 1) - 1)

    @property
    def smallest(self):
        """The smallest number above 0."""
        return 2.0 ** (2 - 2 ** (self.power - 1) - self.fraction)


FORMATS = {
    "float64": Format(64, 11, 52),
    "float32": Format(32, 8, 23),
    "TF32": Format(32, 8, 10),
    "bfloat16": Format(16, 8, 7),
    "float16": Format(16, 5, 10),
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


# How a machine computes with them ---------------------------------------------------------


class Unit(NamedTuple):
    """How a road computes.

    Attributes
    ----------
    rounding : float
        Unit roundoff of a stored number.
    adding : float
        Unit roundoff inside sums and products, which may be finer.
    entering : float
        By how much each factor of a matrix product is rounded on entering (TF32).
    tiny : float
        The smallest positive number: what underflow may swallow.
    """

    rounding: float
    adding: float
    entering: float
    tiny: float


def _unit(name):
    """Sums are added up in float32 or finer; TF32's factors may be cut, not rounded."""
    factors = 2 * FORMATS[name].roundoff if name == "TF32" else 0.0
    kept, wide = FORMATS["float32" if name == "TF32" else name], FORMATS["float32"]
    return Unit(kept.roundoff, min(kept.roundoff, wide.roundoff), factors, kept.smallest)


UNITS = {name.lower(): _unit(name) for name in FORMATS}
"""How each of them rounds, by the name that the command line takes."""
