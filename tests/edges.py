"""No printed number lies near an edge of rounding: watched while notebooks run.

Every number of a table, a formula or a figure goes through `tfmath.show.numbers`. A number
nearer to an edge than float64 results can differ between machines could be printed
otherwise elsewhere. `tests/quick.py` lets the kernels of nbval begin with `watch`, so such
a number ends its cell with an error.
"""

import sys

import numpy as np

from tfmath.show import numbers
from tfmath.witness.digits import SAFE

DUST = 1e-18
"""Smaller numbers are no remains of a sum of ordinary ones, but meant."""


class NearAnEdge(ValueError):
    """A number that another machine might print otherwise."""


def watch():
    """Let all that print numbers stop at one that is near an edge."""
    _replace(numbers.number, lambda x, decimals=None: _sure(_NUMBER, x, decimals))
    _replace(numbers.cell, lambda x, decimals: _sure(_CELL, x, decimals))


_NUMBER, _CELL = numbers.number, numbers.cell


def _sure(real, x, decimals):
    text = real(x, decimals)
    if unsure(float(x), text, decimals is None):
        raise NearAnEdge(f"{x!r} is printed {text}, and may be otherwise elsewhere")
    return text


def _replace(old, new):
    """Wherever it was imported; what is imported later finds the new one."""
    for name, module in list(sys.modules.items()):
        if name.startswith("tfmath.show") and getattr(module, old.__name__, None) is old:
            setattr(module, old.__name__, new)


def unsure(x, text, free):
    """Whether another machine might print this number otherwise."""
    if not np.isfinite(x):
        return False
    if DUST < abs(x) <= SAFE:  # elsewhere it may be 0, which is printed otherwise
        return free or text.startswith(("<", ">"))
    scaled = abs(x) * 10.0 ** _places(x, text, free)
    edge = abs(scaled - np.floor(scaled) - 0.5) * abs(x / scaled if scaled else 1)
    short = free and abs(x - round(x, 1)) <= SAFE and x != round(x, 1)
    return edge <= SAFE or short


def _places(x, text, free):
    """To how many decimals a number was rounded, zeros at its end included."""
    if free and 0 < abs(x) < numbers.SMALL:
        return numbers.DIGITS - 1 - int(np.floor(np.log10(abs(x))))
    return len(text.partition(".")[2])
