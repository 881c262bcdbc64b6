"""How a number is printed: once, for tables, formulas and figures."""

import numpy as np

DECIMALS = 3
"""Decimals of a computed number. Numbers that are exact with fewer are printed shorter."""


def decimals_of(numbers):
    """0 if all numbers are whole, 1 if all have at most one decimal, otherwise `DECIMALS`.

    Examples
    --------
    >>> decimals_of([1.0, 2.0]), decimals_of([0.3, 2.0]), decimals_of([0.25])
    (0, 1, 3)
    """
    numbers = np.asarray(numbers, dtype=np.float64)
    numbers = numbers[np.isfinite(numbers)]
    short = (d for d in (0, 1) if (numbers == np.round(numbers, d)).all())
    return next(short, DECIMALS)


def number(x, decimals=None):
    """A number as the course prints it.

    Examples
    --------
    >>> number(0.5), number(2.0), number(1 / 3), number(-1e-9), number(-np.inf)
    ('0.5', '2', '0.333', '0.000', '-inf')
    """
    x = float(x)
    if not np.isfinite(x):
        return str(x)
    text = f"{x:.{decimals_of([x]) if decimals is None else decimals}f}"
    return text.removeprefix("-") if float(text) == 0 else text
