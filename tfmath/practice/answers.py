"""Checking an answer, and naming the mistake behind a wrong one.

An exercise keeps its right answer and a zoo of wrong ones. An answer that equals a member
of the zoo is told which mistake leads there; a function is tried on inputs whose sizes all
differ, so that a transposed table cannot pass.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Mistake(NamedTuple):
    """A wrong answer (a value, or a function) and what leads to it."""

    answer: Any
    because: str


class Exercise(NamedTuple):
    """One question of a chapter.

    Attributes
    ----------
    question : str
        One sentence; the notebook says more.
    answer : number, text, sequence, array or function
        What is right. A function is the reference that a learner's function must equal.
    mistakes : tuple of Mistake
        The zoo.
    hints : tuple of str
        From a nudge to nearly the whole way.
    inputs : function of rng, optional
        For a function: draws the arguments of one trial.
    tolerance : float
        How far a number may be off: half a unit of the last decimal asked for.
    """

    question: str
    answer: Any
    mistakes: tuple = ()
    hints: tuple = ()
    inputs: Callable | None = None
    tolerance: float = 5e-4


class Verdict:
    """What `check` says; prints as a sentence."""

    def __init__(self, state, text):
        self.state, self.text = state, text

    def __repr__(self):
        return self.text


def check(exercise, answer, hint=0):
    """Say whether an answer is right, and if not, what it looks like.

    Parameters
    ----------
    exercise : Exercise
    answer : number, text, sequence, array or function
        None, or ``...``, while it is not answered; or a function that returns one of them.
    hint : int
        How many of the exercise's hints to show.

    Returns
    -------
    Verdict
        Its `state` is ``"open"``, ``"right"`` or ``"wrong"``. Nothing is raised for a wrong
        answer, so a notebook with open exercises runs through.

    Examples
    --------
    >>> half = Exercise("1/2?", 0.5, (Mistake(2.0, "you divided 2 by 1"),), ("Halve one.",))
    >>> check(half, None)
    Not answered yet: 1/2?
    >>> check(half, 2.0, hint=1)
    Not yet: that is what comes out when you divided 2 by 1.
    Hint 1: Halve one.
    >>> check(half, 0.5)
    Right.
    """
    hints = "".join(f"\nHint {i}: {h}" for i, h in enumerate(exercise.hints[:hint], 1))
    trials = _trials(exercise)
    if _is_open(answer) or (callable(answer) and _returns_nothing(answer, trials[0])):
        return Verdict("open", f"Not answered yet: {exercise.question}{hints}")
    wrong = _first_difference(exercise, exercise.answer, answer, trials)
    if wrong is None:
        return Verdict("right", "Right.")
    for mistake in exercise.mistakes:
        if _first_difference(exercise, mistake.answer, answer, trials) is None:
            text = f"Not yet: that is what comes out when {mistake.because}."
            return Verdict("wrong", text + hints)
    more = (
        f" There are {len(exercise.hints)} hints: hint=1."
        if exercise.hints and not hint
        else ""
    )
    return Verdict("wrong", f"Not yet: {wrong}{more}{hints}")


def _is_open(answer):
    return answer is None or answer is ...


def _returns_nothing(function, arguments):
    try:
        return _is_open(function(*_copies(arguments)))
    except Exception:  # a function that fails is an answer, if a wrong one
        return False


def _trials(exercise):
    if exercise.inputs is None:
        return [()]
    return [exercise.inputs(np.random.default_rng(seed)) for seed in range(3)]


def _first_difference(exercise, right, given, trials):
    """None if `given` equals `right` on every trial, otherwise a sentence."""
    if exercise.inputs is None:
        return _differs(right, given, exercise.tolerance)
    if not callable(given):
        return f"a function was asked for, this is {type(given).__name__}."
    for arguments in trials:
        expected = right(*_copies(arguments))
        try:
            found = given(*_copies(arguments))
        except Exception as error:  # a learner's function may fail in any way
            shapes = ", ".join(str(np.shape(a)) for a in arguments)
            name = type(error).__name__
            told = f"on inputs of shapes {shapes} it stops with {name}: {error}"
            return told.rstrip(" .") + "."
        wrong = _differs(expected, found, 1e-9)
        if wrong is not None:
            return wrong
    return None


def _copies(arguments):
    return [a.copy() if isinstance(a, np.ndarray) else a for a in arguments]


def _differs(right, given, tolerance):
    if isinstance(given, (set, frozenset, dict)):
        kind = type(given).__name__
        return f"a {kind} was given; make it a list, in the order that was asked for."
    if isinstance(right, str) or (np.ndim(right) and np.asarray(right).dtype.kind == "U"):
        same = np.array_equal(np.char.lower(np.asarray(right)), _lower(given))
        return None if same else f"{given!r} is not it."
    try:
        found = np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        return f"numbers were asked for, this is {type(given).__name__}."
    expected = np.asarray(right, dtype=float)
    if found.shape != expected.shape:
        return f"the shape should be {expected.shape}, yours is {found.shape}."
    off = ~np.isclose(found, expected, rtol=1e-9, atol=tolerance, equal_nan=True)
    if not off.any():
        return None
    place = tuple(int(i) for i in np.argwhere(off)[0])
    where = f" at {place}" if place else ""
    return f"{found[place]:.6g}{where} is not it."


def _lower(given):
    try:
        return np.char.lower(np.asarray(given, dtype=str))
    except (TypeError, ValueError):
        return np.asarray("")
