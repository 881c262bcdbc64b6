"""Checks of arguments that are no arrays, with one way to say what is wrong.

``softmax: temperature is None; it must be a number above 0.``
"""

import difflib
import inspect
import math
import os
from numbers import Integral, Number, Real
from pathlib import Path

import numpy as np


def number(
    where, name, value, above=-math.inf, least=-math.inf, below=math.inf, most=math.inf
):
    """Give back `value` as a finite Python float within its bounds, or say what it must be.

    Examples
    --------
    >>> number("adam", "beta_1", np.float32(0.5), least=0, below=1)
    0.5
    """
    found = _plain(value)
    kind = isinstance(found, Real) and not isinstance(found, bool)
    if kind and above < found < below and least <= found <= most and abs(found) < math.inf:
        return float(found)
    raise _refused(where, name, value, kind, _must("a number", above, least, below, most))


def whole(where, name, value, least=0, most=math.inf):
    """Give back `value` as a Python int within its bounds, or say what it must be."""
    found = _plain(value)
    kind = isinstance(found, Integral) and not isinstance(found, bool)
    if kind and least <= found <= most:
        return int(found)
    must = _must("a whole number", -math.inf, least, math.inf, most)
    raise _refused(where, name, value, kind, must)


def flag(where, name, value):
    """Give back `value` if it is True or False; a text such as "no" would count as yes."""
    if isinstance(_plain(value), bool):
        return bool(value)
    raise _refused(where, name, value, False, "True or False")


def float_type(where, dtype):
    """Give back the number type that a `dtype` names, float32 or float64."""
    try:
        name = np.dtype(dtype).name if isinstance(dtype, str | type | np.dtype) else None
    except TypeError:
        name = None
    if name not in ("float32", "float64"):
        raise _refused(where, "dtype", dtype, False, "np.float32 or np.float64")
    return np.dtype(name)


def callable_(where, name, value, form, takes=()):
    """Give back `value` if it can be called, or say the `form` of function it must be.

    `takes` are the names of what it is called with, where that is looked at.
    """
    if not callable(value):
        raise _refused(where, name, value, False, f"a function, {form}")
    if takes and not _can_take(value, takes):
        called, must = getattr(value, "__name__", said(value)), ", ".join(takes)
        raise TypeError(
            f"{where}: {name} is {called}; it must be a function of ({must}), {form}."
        )
    return value


def _can_take(function, arguments):
    try:
        inspect.signature(function).bind(*arguments)
    except TypeError:
        return False
    except ValueError:  # written in C, it does not say what it takes
        return True
    return True


def instance(where, name, value, kind, way):
    """Give back `value` if it is of the class `kind`, or say which `way` leads to one."""
    if isinstance(value, kind):
        return value
    raise _refused(where, name, value, False, way)


def generator(where, rng):
    """Give back `rng` if numbers can be drawn from it."""
    return instance(where, "rng", rng, np.random.Generator, "np.random.default_rng(seed)")


def path_of(where, name, value):
    """Give back a path of a file; a number would be taken for an open one's."""
    if isinstance(value, str) and not value:
        raise _refused(where, name, value, True, "the path of a file")
    return Path(instance(where, name, value, str | os.PathLike, "the path of a file"))


def items(where, name, value, what):
    """Give back a row of things as a tuple; no text, and nothing that has no order."""
    if np.iterable(value) and not isinstance(value, str | bytes | dict | set | frozenset):
        return tuple(value)
    raise _refused(where, name, value, False, f"a list or tuple of {what}")


def wholes(where, name, value, least=0, fewest=0):
    """Give back whole numbers, such as seeds, as a tuple of Python ints."""
    row = items(where, name, value, "whole numbers")
    if len(row) < fewest:
        raise ValueError(
            f"{where}: {name} has {len(row)} numbers; {fewest} or more is needed."
        )
    return tuple(whole(where, f"{name}[{i}]", n, least) for i, n in enumerate(row))


def words(where, name, value, known=None):
    """Give back words as a tuple of str; where only some are `known`, only those."""
    row = items(where, name, value, "words")
    for place, word in enumerate(row):
        instance(where, f"{name}[{place}]", word, str, "a str")
        if known is not None and word not in known:
            raise ValueError(f"{where}: {name} holds {word!r}{nearest(word, known)}")
    return row


def nearest(name, known):
    """The end of a sentence: the known name that is meant, or else all of them.

    Examples
    --------
    >>> nearest("norm1", ["norm 1", "norm 2"]), nearest("W", ["gain"]), nearest("W", [])
    ("; did you mean 'norm 1'?", "; there is 'gain'.", '.')
    """
    near = difflib.get_close_matches(str(name), map(str, known), 1)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; there is {', '.join(map(repr, known))}." if known else "."


def said(value):
    """A value as it is said in a sentence, never longer than a few words.

    Examples
    --------
    >>> said(np.ones((2, 3))), said("hot"), said({}), said(len)
    ('an array (2, 3)', "'hot'", 'an empty dict', 'a builtin_function_or_method')
    """
    value = _plain(value)
    if value is None or isinstance(value, Number):
        return str(value)
    if isinstance(value, str):
        return repr(value if len(value) <= 40 else value[:39] + "…")
    if isinstance(value, np.ndarray):
        return f"an array {value.shape}"
    kind = type(value).__name__
    if isinstance(value, list | tuple | dict) and not value:
        return f"an empty {kind}"
    return f"{'an' if kind[0] in 'aeio' else 'a'} {kind}"


def _refused(where, name, value, kind, must):
    """The error for an argument: a wrong value, or not even of the right kind."""
    error = ValueError if kind else TypeError
    return error(f"{where}: {name} is {said(value)}; it must be {must}.")


def _plain(value):
    """A number of NumPy's, also an array of no axes, as Python's own."""
    single = isinstance(value, np.generic) or type(value) is np.ndarray and value.ndim == 0
    return value.item() if single else value


def _must(kind, above, least, below, most):
    """What is asked for: "a number above 0", "a whole number from 1 to 3"."""
    if least > -math.inf and most < math.inf:
        return f"{kind} from {least} to {most}"
    low = f" above {above}" if above > -math.inf else ""
    low = f", {least} or more" if least > -math.inf else low
    high = f"below {below}" if below < math.inf else ""
    high = f"at most {most}" if most < math.inf else high
    return kind + low + (f" and {high}" if low and high else f" {high}" if high else "")
