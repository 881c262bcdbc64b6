"""An answer that is a value: a number, a word, a shape, a list."""

import numpy as np

from tfmath.practice.comparing import difference, plain
from tfmath.practice.exercise import Verdict
from tfmath.practice.likeness import near_miss
from tfmath.practice.limits import Outcome, is_lazy, outcome_of
from tfmath.practice.reasons import why_it_stopped
from tfmath.practice.unwritten import is_unwritten


def judged_value(exercise, answer, seconds=None):
    """The verdict on an answer to an exercise that asks for no function."""
    if is_open(answer) or is_unwritten(answer):
        return Verdict("open", f"Not answered yet: {exercise.question}")
    outcome = (
        outcome_of(lambda: answer, (), seconds) if is_lazy(answer) else Outcome(answer)
    )
    if outcome.error is not None:
        return Verdict("wrong", f"Not yet: yours {why_it_stopped(outcome, seconds)}.")
    wrongs = [difference(r, outcome.value, exercise.tolerance) for r in _rights(exercise)]
    if None in wrongs:
        return Verdict("right", "Right.")
    says = (
        _named(exercise, outcome.value, _equals)
        or near_miss(exercise.answer, outcome.value, exercise.tolerance)
        or _named(exercise, outcome.value, _rounds_to)
        or wrongs[0].says
    )
    return Verdict("wrong", f"Not yet: {says}.")


def is_open(answer):
    """Whether nothing is there yet, or a part is missing."""
    if isinstance(answer, list | tuple):
        return any(part is None or part is ... for part in answer)
    return answer is None or answer is ...


def _rights(exercise):
    return (exercise.answer, *exercise.also)


def _named(exercise, found, likened):
    """The clause of the first mistake that leads there."""
    zoo = exercise.mistakes
    tolerance = exercise.tolerance
    return next((m.says for m in zoo if likened(m.answer, found, tolerance)), None)


def _equals(mistake, found, tolerance):
    return difference(mistake, found, tolerance) is None


def _rounds_to(mistake, found, tolerance):
    """Whether the mistake comes to that number with fewer decimals."""
    number = plain(found)
    if np.ndim(mistake) or not isinstance(number, float) or isinstance(mistake, str):
        return False
    decimals = len(f"{number:.10f}".rstrip("0").partition(".")[2])
    return decimals > 0 and abs(number - float(mistake)) <= 0.5000001 * 10**-decimals
