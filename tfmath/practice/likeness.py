"""What a wrong answer has to do with the right one, if no mistake explains it."""

import math

import numpy as np

from tfmath.practice.comparing import Unlike, numbers, plain
from tfmath.practice.sentences import counted, figure, numeral

# One number -----------------------------------------------------------------------------


def near_miss(right, given, tolerance):
    """What is nearly right about a number: its decimals, its sign, its unit.

    Parameters
    ----------
    right, given : number
    tolerance : float
        Half a unit of the last decimal asked for; 0 for whole numbers.

    Returns
    -------
    says : str or None
    """
    try:
        found, right = numbers(plain(given)), np.asarray(right)
    except (Unlike, ValueError):
        return None
    if found.shape or right.shape or right.dtype.kind not in "biuf" or not tolerance:
        return None
    found, right = float(found), float(right)
    return _of_decimals(right, found, tolerance) or _of_sign(right, found, tolerance)


def _of_decimals(right, found, tolerance):
    asked = round(-math.log10(2 * tolerance))
    for kept in range(asked - 1, 0, -1):
        if found == round(found, kept) and abs(found - right) <= 0.5000001 * 10**-kept:
            are = f"{numeral(asked)} are" if asked > 1 else "one is"
            return f"it is right to {counted(kept, 'decimal')}; {are} asked for"
    unit = 10**-asked
    if abs(found) < abs(right) < abs(found) + unit and found * right > 0:
        return "it was cut off, not rounded: the next digit is 5 or more"
    if abs(found - right) <= 1.6 * unit:
        return "only its last decimal is off: round at the end, not on the way"
    return None


def _of_sign(right, found, tolerance):
    if right and abs(found + right) <= tolerance:
        return "its sign is the opposite"
    if 0 < right < 1 and abs(found - 100 * right) <= 100 * tolerance:
        return "it is in percent; a number between 0 and 1 is asked for"
    return None


# Many -----------------------------------------------------------------------------------


def likeness(right, given):
    """How all that a function gave is like all that it should have given.

    Parameters
    ----------
    right, given : number, sequence or array

    Returns
    -------
    says : str or None
    """
    try:
        if isinstance(right, dict | str) or isinstance(given, dict | str):
            return None
        one, other = np.asarray(right), np.asarray(plain(given))
        if "U" in (one.dtype.kind, other.dtype.kind):
            return _of_order(one, other, np.array_equal)
        return _of_arrays(one.astype(float), numbers(other).astype(float))
    except (Unlike, ValueError, TypeError):
        return None


def _of_arrays(right, found):
    if _nearly(found, right):  # in its place, so neither its order nor its form is off
        return "nearly right, but less precise: a number was rounded, or is float32"
    if found.ndim == 2 and found.shape == right.shape[::-1] and _equal(found.T, right):
        return "rows and columns are swapped"
    if found.shape == right.shape and (said := _of_size(right, found)):
        return said
    return _of_order(right, found, _equal)


def _of_size(right, found):
    if np.isnan(found).any() and not np.isnan(right).any():
        return "that is no number: 0 / 0, perhaps, or ∞ − ∞"
    if not found.size or not np.isfinite(found).all():
        return None
    if _equal(-found, right):
        return "every sign is the opposite"
    if found.size > 1 and right.all() and found.any():
        factor = (found / right).flat[0]
        if _equal(found, factor * right):
            return f"every number is {figure(factor)} times what it should be"
        if _equal(found - right, np.full(right.shape, (found - right).flat[0])):
            more = (found - right).flat[0]
            which = "large" if more > 0 else "small"
            return f"every number is too {which} by {figure(abs(more))}"
    return None


def _of_order(right, found, equal):
    if right.ndim != 1 or found.ndim != 1:
        return None
    if len(right) > 1 and equal(found[::-1], right):
        return "the order is the opposite"
    if len(right) == len(found) and equal(np.sort(found), np.sort(right)):
        return "these are the right ones, in another order"
    cut = {
        "the last one is missing": (found, right[:-1]),
        "the first one is missing": (found, right[1:]),
        "there is one too many at the end": (found[:-1], right),
        "there is one too many at the start": (found[1:], right),
    }
    return next((says for says, (a, b) in cut.items() if equal(a, b)), None)


def _nearly(found, right):
    """Equal but for what coarser numbers lose: so many parts of the largest."""
    largest = np.abs(right[np.isfinite(right)]).max(initial=0.0)
    return found.shape == right.shape and np.allclose(
        found, right, rtol=1e-6, atol=max(1e-9, 1e-6 * largest)
    )


def _equal(one, other):
    return one.shape == other.shape and np.allclose(one, other, rtol=1e-6, atol=1e-9)
