"""Checking an answer, and naming the mistake behind a wrong one.

An exercise keeps its right answer and a zoo of wrong ones. An answer that equals a member
of the zoo is told which mistake leads there; a function is tried on inputs whose sizes all
differ, so that a transposed table cannot pass.
"""

import warnings

from tfmath.arguments import instance, whole
from tfmath.practice.exercise import Exercise, Law, Mistake, Verdict
from tfmath.practice.of_functions import judged_function
from tfmath.practice.of_values import judged_value
from tfmath.practice.sentences import hints_left

__all__ = ["Exercise", "Law", "Mistake", "Verdict", "check", "judged"]


def check(exercise, answer, hint=0):
    """Say whether an answer is right, and if not, what it looks like.

    Parameters
    ----------
    exercise : Exercise
    answer : number, text, sequence, array or function
        None, or ``...``, while it is not answered; or a function in which nothing is
        written yet. A function is called on inputs of several sizes, with a copy of each;
        what it prints on those that the verdict is about is printed.
    hint : int
        How many of the exercise's hints to show.

    Returns
    -------
    Verdict
        Its `state` is ``"open"``, ``"right"`` or ``"wrong"``. Nothing is raised for a wrong
        answer, so a notebook with open exercises runs through, and a function that does
        not end is stopped after three seconds.

    Raises
    ------
    TypeError
        If `exercise` is none, or `hint` is no whole number: then nothing can be checked.
    ValueError
        If `hint` is below 0.

    Examples
    --------
    >>> half = Exercise("1/2?", 0.5, (Mistake(2.0, "you divided 2 by 1"),), ("Halve one.",))
    >>> check(half, None)
    Not answered yet: 1/2?
    >>> check(half, 2.0, hint=1)
    Not yet: that is what comes out when you divided 2 by 1.
    Hint 1: Halve one.
    >>> check(half, "1/2")
    Right.
    """
    way = "hand over one of the chapter's exercises, such as exercises.FIRST"
    instance("check", "exercise", exercise, Exercise, way)
    shown = whole("check", "hint", hint)
    verdict = judged(exercise, answer)
    print(verdict.printed, end="")
    if verdict.state == "right":
        return verdict
    hints = [f"\nHint {i}: {h}" for i, h in enumerate(exercise.hints[:shown], 1)]
    more = hints_left(len(exercise.hints), shown) if verdict.state == "wrong" else ""
    return Verdict(verdict.state, verdict.text + more + "".join(hints), verdict.inputs)


def judged(exercise, answer, seconds=None):
    """The verdict without hints; a function is stopped after so many seconds."""
    with warnings.catch_warnings():  # the verdict says what a warning would
        warnings.simplefilter("ignore")
        if exercise.inputs is None:
            return judged_value(exercise, answer, seconds)
        return judged_function(exercise, answer, seconds)
