"""How a number is printed: once, for tables, formulas and figures."""

import numpy as np

DECIMALS = 3
"""Decimals of a computed number. Numbers that are exact with fewer are printed shorter."""

DIGITS = 3
"""Digits, from the first that is not 0, of a number too small for `DECIMALS` decimals."""

SMALL, TINY, HUGE = 1e-2, 1e-5, 1e15
"""Below the first, decimals would show fewer than two digits; below the second the zeros
are counted instead (1.23e-9); so are those of a number beyond the third."""

TYPED = 8
"""Digits that a person types in at most: 0.044715 has five, a computed third sixteen."""


def number(x, decimals=None):
    """A number as the course prints it, with so many decimals or as many as it needs.

    Examples
    --------
    >>> number(0.5), number(2.0), number(1 / 3), number(-np.inf)
    ('0.5', '2', '0.333', '-inf')

    Only 0 is printed as 0:

    >>> number(0.000123456), number(0.00040001), number(1e-5), number(-1.2e-9), number(0.0)
    ('0.000123', '0.000400', '0.00001', '-1.2e-9', '0')
    """
    if not np.isfinite(x):
        return str(float(x))
    if decimals is None:
        decimals = decimals_of(x)
        if decimals is None or 0 < abs(x) < SMALL:
            return _with_digits(x, DIGITS)
    text = f"{float(x):.{decimals}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def cell(x, decimals):
    """A number in a table whose numbers all have so many decimals.

    Examples
    --------
    >>> [cell(x, 3) for x in (0.25, 0.0, 0.0001, -0.0001)]
    ['0.250', '0.000', '<0.001', '>-0.001']
    """
    text = number(x, decimals)
    if decimals is None or x == 0 or not np.isfinite(x) or float(text) != 0:
        return text
    least = number(10.0**-decimals, decimals)
    return f"<{least}" if x > 0 else f">-{least}"


def typed(x):
    """A number of a formula: exactly, if it is short enough to have been typed.

    Examples
    --------
    >>> typed(0.044715), typed(0.25), typed(1e-8), typed(1 / 3)
    ('0.044715', '0.25', '1e-8', '0.333')
    """
    text = str(int(x) if isinstance(x, bool | np.bool_) else x)  # shortest for its dtype
    digits = text.partition("e")[0].replace("-", "").replace(".", "").strip("0")
    if not np.isfinite(x) or not 0 < len(digits) <= TYPED:
        return number(x)
    return _with_digits(float(text), TYPED)


def decimals_of(numbers):
    """The decimals that suit all `numbers`, or None if each needs its own digits.

    0 if all are whole, 1 if all have at most one decimal, otherwise `DECIMALS`; more if
    even the largest is smaller than `SMALL`.

    Examples
    --------
    >>> decimals_of([1.0, 2.0]), decimals_of([0.3, 2.0]), decimals_of([0.25])
    (0, 1, 3)
    >>> decimals_of([0.00025, 0.0012]), decimals_of([2e-9])
    (5, None)
    """
    numbers = np.asarray(numbers)
    if numbers.dtype.kind != "f":  # a float32 stays one: its 0.1 is a tenth
        numbers = numbers.astype(np.float64)
    numbers = numbers[np.isfinite(numbers)]
    largest = float(np.abs(numbers).max(initial=0))
    if not largest:
        return 0
    if largest >= HUGE or largest < TINY:
        return None
    if largest < SMALL:
        return DIGITS - 1 - int(np.floor(np.log10(largest)))
    short = (d for d in (0, 1) if (numbers == np.round(numbers, d)).all())
    return next(short, DECIMALS)


def _with_digits(x, digits):
    """So many digits; fewer if they are exact, such as those of 0.0004."""
    text = f"{float(x):.{digits - 1}e}"
    mantissa, _, exponent = text.partition("e")
    if float(text) == x and "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    if not TINY <= abs(float(text)) < HUGE:
        return f"{mantissa}e{int(exponent)}"
    decimals = len(mantissa.partition(".")[2]) - int(exponent)
    return f"{float(text):.{max(decimals, 0)}f}"
