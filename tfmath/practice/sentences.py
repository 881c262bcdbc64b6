"""How a check says things: numbers, shapes and inputs in words."""

import inspect

import numpy as np

WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def counted(n, thing, things=None):
    """``one number``, ``two numbers``, ``12 numbers``."""
    many = things or f"{thing}s"
    return f"{WORDS[n] if n < len(WORDS) else n} {thing if n == 1 else many}"


def numeral(n):
    """``two``, or 12."""
    return WORDS[n] if 0 < n < len(WORDS) else str(n)


def form(shape, thing="number"):
    """A shape in words: ``one number``, ``a table of 4 rows and 3 columns``."""
    if not shape:
        return f"one {thing}"
    if len(shape) == 1:
        return f"a list of {counted(shape[0], thing)}" if shape[0] else "an empty list"
    if len(shape) == 2:
        rows, columns = counted(shape[0], "row"), counted(shape[1], "column")
        return f"a table of {rows} and {columns}"
    return f"an array of shape {' × '.join(map(str, shape))}"


def place_in_words(place):
    """Where a number stands: ``at row 1, column 2``; counted from 0, as Python does."""
    if not place:
        return ""
    if len(place) == 1:
        return f"at place {place[0]}"
    if len(place) == 2:
        return f"at row {place[0]}, column {place[1]}"
    return f"at [{', '.join(map(str, place))}]"


def figure(number):
    """A number, as long as it must be."""
    if isinstance(number, bool | np.bool_ | str):
        return repr(number if isinstance(number, str) else bool(number))
    return f"{float(number):.6g}"


def thing_given(given):
    """What kind of thing somebody has given."""
    if callable(given):
        return "a function"
    if isinstance(given, str):
        return f"text, {given[:40]!r}"
    kind = type(given).__name__
    return f"{'an' if kind[0] in 'aeiouAEIOU' else 'a'} {kind}"


def hints_left(n, shown):
    """Where help is to be had, if nothing of it was asked for yet."""
    if not n or shown:
        return ""
    there = "There is one hint" if n == 1 else f"There are {numeral(n)} hints"
    return f" {there}: hint=1 shows {'it' if n == 1 else 'the first'}."


# Inputs ---------------------------------------------------------------------------------


def names_of(function, count):
    """What a function calls its arguments."""
    try:
        names = list(inspect.signature(function).parameters)
    except (TypeError, ValueError):  # some built-in functions do not say
        names = []
    if len(names) < count or any("*" in str(n) for n in names):
        return [f"argument {i}" for i in range(1, count + 1)]
    return names


def inputs_in_words(function, arguments, longest=90):
    """``for weights = [1, 2] and n = 3``: the numbers, or their shapes if they are many."""
    named = zip(names_of(function, len(arguments)), arguments, strict=False)
    named = [(name, a) for name, a in named if not callable(a)]
    said = " and ".join(f"{name} = {value_in_words(a)}" for name, a in named)
    if len(said) > longest:
        said = " and ".join(_roughly(name, a) for name, a in named)
    return f"for {said}" if said else "on what it was tried with"


def value_in_words(value):
    """Numbers with at most four figures, everything else as Python writes it."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(value_in_words, value))}]"
    if isinstance(value, float):
        return f"{value:.4g}"
    return repr(value)


def _roughly(name, value):
    if isinstance(value, np.ndarray):
        return f"{name} of shape {value.shape}"
    if isinstance(value, list | tuple | dict):
        return f"{name} of length {len(value)}"
    return f"{name} = {value_in_words(value)}"
