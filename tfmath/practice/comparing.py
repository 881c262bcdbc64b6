"""Whether an answer is what is right, in whatever form it comes; if not, what is off."""

import re
from collections import deque
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from tfmath.practice.limits import listed
from tfmath.practice.sentences import (
    counted,
    figure,
    form,
    numeral,
    place_in_words,
    thing_given,
)
from tfmath.tracing.array import Traced

ROUGHNESS = {"float32": 1e-4, "float16": 1e-2}
"""How far, in parts of itself, a number of a coarser type may be off."""


class Difference(NamedTuple):
    """What is off: a clause that gives nothing away, and one place with both numbers."""

    says: str
    place: tuple = ()
    right: Any = None
    found: Any = None


class Unlike(Exception):
    """It is no answer of the kind that was asked for; the text says why."""


def difference(right, given, tolerance=None):
    """None if `given` is `right`, otherwise a `Difference`.

    Parameters
    ----------
    right : number, text, sequence, array or dict
    given : any
        A number may come as text (``"154/64"``), many numbers as a list, a tuple, an
        array of any float type, a traced array, a tensor or one by one.
    tolerance : float, optional
        How far a number may be off. Without it: what rounding does.
    """
    try:
        return _difference(right, plain(given), tolerance)
    except Unlike as why:
        return Difference(str(why))


def _difference(right, given, tolerance):
    if right is None:
        raise Unlike("the exercise itself knows no answer")
    if isinstance(right, dict):
        return _of_dicts(right, given, tolerance)
    if isinstance(given, dict):
        raise Unlike("a list is asked for; yours is a dict: list(…) of it gives its keys")
    if isinstance(given, set | frozenset):
        kind = type(given).__name__
        way = "a list, in the order that was asked for"
        raise Unlike(f"a {kind} has no order that counts: make it {way}")
    if _has_parts(right):
        return _of_parts(right, given, tolerance)
    if _is_words(right):
        return _of_words(right, given, exact=tolerance is None)
    return _of_numbers(np.asarray(right), given, tolerance)


# Forms ----------------------------------------------------------------------------------


def plain(given):
    """The same as plain Python and NumPy."""
    if isinstance(given, int | float | str | np.ndarray):
        return given
    given = listed(given)
    if isinstance(given, Traced):
        return given.value
    if hasattr(given, "detach"):  # a tensor, whether or not it asks for gradients
        return given.detach().cpu().numpy()
    if hasattr(given, "to_numpy"):  # a table or a column of pandas
        return given.to_numpy()
    if isinstance(given, Fraction | Decimal):
        return float(given)
    if isinstance(given, list | tuple | deque):
        all_plain = set(map(type, given)) <= {int, float, str}
        return list(given) if all_plain else [plain(part) for part in given]
    return given


def numbers(given, exact=False):
    """The numbers of an answer as an array; many as text count where a person wrote it."""
    if given is None or callable(given):
        raise Unlike(f"a number is asked for; yours is {thing_given(given)}")
    try:
        found = np.asarray(given)
    except ValueError:
        raise Unlike(_of_unlike_parts(given)) from None
    if found.dtype.kind == "U" and found.ndim and exact:
        raise Unlike(f"numbers are asked for; yours is text, {str(found.flat[0])[:40]!r}")
    if found.dtype.kind == "U":
        return np.array([_of_text(text) for text in found.flat]).reshape(found.shape)
    if found.dtype.kind in "biuf":
        return found
    if holes := [place for place in np.ndindex(found.shape) if found[place] is None]:
        raise Unlike(f"{place_in_words(holes[0])} stands None, and no number".strip())
    try:
        return found.astype(float)
    except (TypeError, ValueError, OverflowError):
        raise Unlike(f"numbers are asked for; yours is {thing_given(given)}") from None


def _of_unlike_parts(given):
    if any(np.ndim(part) > 1 for part in given if isinstance(part, np.ndarray)):
        return f"one table is asked for; yours are {numeral(len(given))}, of unlike sizes"
    return "its rows are not all of one length"


def _of_text(text):
    """A number that was written as text: 2.5, 2,5 or 154/64."""
    try:
        return float(Fraction(re.sub(r"^([\s\d-]+),(\d+\s*)$", r"\1.\2", text)))
    except (ValueError, ZeroDivisionError):
        raise Unlike(f"a number is asked for; yours is text, {str(text)[:40]!r}") from None


# Numbers --------------------------------------------------------------------------------


def _of_numbers(right, given, tolerance):
    if isinstance(given, str) and right.ndim:
        raise Unlike(f"{_asked(right.shape)} asked for; yours is text, {given[:40]!r}")
    found = numbers(given, exact=tolerance is None)
    if found.shape != right.shape:
        return Difference(_of_shapes(right.shape, found.shape))
    if np.isnan(found.astype(float)).any() and not np.isnan(right.astype(float)).any():
        place = _first(np.isnan(found.astype(float)))
        says = "there stands no number (nan): 0 / 0, perhaps, or ∞ − ∞"
        where = place_in_words(place)
        return Difference(f"{where} {says}".strip(), place, right[place], found[place])
    off = ~_close(right, found, tolerance)
    if not off.any():
        return None
    place = _first(off)
    where = place_in_words(place)
    says = f"{figure(found[place])} {where}".rstrip() + " is not it"
    return Difference(says, place, right[place], found[place])


def _close(right, found, tolerance):
    rough = ROUGHNESS.get(found.dtype.name, 1e-9)
    wide, found = right.astype(float), found.astype(float)
    if tolerance is not None:
        return np.isclose(
            found, wide, rtol=min(rough, 1e-6), atol=tolerance, equal_nan=True
        )
    largest = np.abs(wide[np.isfinite(wide)]).max(initial=0.0)
    return np.isclose(
        found, wide, rtol=rough, atol=rough * largest or 1e-12, equal_nan=True
    )


def _first(off):
    return tuple(int(i) for i in np.argwhere(off)[0])


def _of_shapes(right, found):
    if not right and len(found) == 1 and found[0] == 1:
        return "one number is asked for, without brackets around it"
    if len(right) <= 1 and len(found) <= 1:
        return f"{_asked(right)} asked for; yours {_yours(found)}"
    return f"{form(right)} is asked for; yours is {form(found)}"


def _asked(shape):
    """What is asked for, with its verb."""
    if len(shape) != 1:
        return f"{form(shape)} is"
    return f"{counted(shape[0], 'number')} {'is' if shape[0] == 1 else 'are'}"


def _yours(shape):
    if not all(shape):
        return "is empty"
    if not shape:
        return "is one"
    return f"{'is' if shape[0] == 1 else 'are'} {numeral(shape[0])}"


# Words ----------------------------------------------------------------------------------


def _is_words(right):
    return isinstance(right, str) or (
        np.ndim(right) > 0 and np.asarray(right).dtype.kind == "U"
    )


def _of_words(right, given, exact):
    if isinstance(right, str):
        if not isinstance(given, str | np.str_):
            raise Unlike(f"a word is asked for, as text; yours is {thing_given(given)}")
        same = _told(right, exact) == _told(given, exact)
        return (
            None if same else Difference(f"{str(given)[:60]!r} is not it", (), right, given)
        )
    if isinstance(given, str):
        raise Unlike("a list of words is asked for; yours is one text: split() cuts it up")
    if not isinstance(given, list | np.ndarray):
        raise Unlike(f"a list of words is asked for; yours is {thing_given(given)}")
    return _of_word_lists(list(right), list(given), exact)


def _of_word_lists(right, given, exact):
    pairs = zip(right, given, strict=False)
    for place, (wanted, found) in enumerate(pairs):
        if not isinstance(found, str):
            raise Unlike(f"words are asked for; at place {place} yours is {found!r}")
        if _told(wanted, exact) != _told(found, exact):
            says = f"{str(found)!r} at place {place} is not it"
            return Difference(says, (place,), str(wanted), str(found))
    if len(right) != len(given):
        are = f"{counted(len(right), 'word')} {'is' if len(right) == 1 else 'are'}"
        return Difference(f"{are} asked for; yours {_yours((len(given),))}")
    return None


def _told(word, exact):
    """Capitals and what clings to a word count only where a program made it."""
    return str(word) if exact else str(word).casefold().strip(" .,;:!?\"'`“”")


# Several things at once -----------------------------------------------------------------


def _has_parts(right):
    """Whether an answer is several things that are no one array."""
    if not isinstance(right, list | tuple):
        return False
    kinds = {(np.shape(part) if np.ndim(part) else (), _is_words(part)) for part in right}
    return len(kinds) > 1 or any(isinstance(part, dict) for part in right)


def _of_parts(right, given, tolerance):
    if not isinstance(given, list | np.ndarray) or len(given) != len(right):
        n = len(given) if isinstance(given, list | np.ndarray) else 1
        things = f"{counted(len(right), 'thing')} are asked for, one after the other"
        raise Unlike(f"{things}; yours {_yours((n,)) if n > 1 else 'is one'}")
    pairs = enumerate(zip(right, given, strict=True))
    named = {f"part {i} ({'counted from 0'})": pair for i, pair in pairs}
    return _of_pairs(named, tolerance)


def _of_dicts(right, given, tolerance):
    if not isinstance(given, dict):
        raise Unlike(f"a dictionary is asked for; yours is {thing_given(given)}")
    if set(right) != set(given):
        odd = sorted(map(repr, set(right) ^ set(given)))
        raise Unlike(f"its keys are others than asked for: look at {', '.join(odd)}")
    return _of_pairs({f"[{key!r}]": (right[key], given[key]) for key in right}, tolerance)


def _of_pairs(named, tolerance):
    for name, (wanted, found) in named.items():
        if wrong := difference(wanted, found, tolerance):
            return wrong._replace(says=f"in {name}: {wrong.says}")
    return None
