"""An answer that is a function: tried on many inputs, and compared with the reference."""

import inspect
from typing import Any, NamedTuple

from tfmath.practice.comparing import difference
from tfmath.practice.exercise import Verdict
from tfmath.practice.likeness import likeness
from tfmath.practice.limits import Outcome, TooLong, listed, outcome_of
from tfmath.practice.reasons import why_it_stopped, without_result
from tfmath.practice.sentences import (
    counted,
    figure,
    inputs_in_words,
    names_of,
    place_in_words,
    thing_given,
)
from tfmath.practice.trials import changed, copies, trials_of
from tfmath.practice.unwritten import is_unwritten


class Tried(NamedTuple):
    """One trial: its inputs, what came out, and what the inputs were afterwards."""

    inputs: tuple
    outcome: Outcome
    after: list


def judged_function(exercise, answer, seconds=None):
    """The verdict on an answer to an exercise that asks for a function."""
    trials = trials_of(exercise)
    if answer is None or answer is ... or is_unwritten(answer):
        return _open(exercise)
    if not callable(answer):
        return Verdict("wrong", f"Not yet: {_no_function(answer)}.")
    if refused := _arguments_differ(answer, trials[0]):
        return Verdict("wrong", f"Not yet: {refused}.")
    found = list(_tried(answer, trials, seconds))
    if _left_open(found[0].outcome):
        return _open(exercise)
    failed = [
        _failing(exercise, right, found) for right in (exercise.answer, *exercise.also)
    ]
    if None in failed:
        return _beyond_values(exercise, answer, found, seconds)
    text = _named(exercise, found, failed[0]) or _described(
        answer, *failed[0], seconds, _alike_each_time(exercise, found)
    )
    shown = failed[0][0]
    return Verdict(
        "wrong", f"Not yet: {text}.", copies(shown.inputs), shown.outcome.printed
    )


def _open(exercise):
    return Verdict("open", f"Not answered yet: {exercise.question}")


def _left_open(outcome):
    """Whether a part of it still says ``...`` or that it is not implemented."""
    value, unfinished = outcome.value, isinstance(outcome.error, NotImplementedError)
    parts = value if isinstance(value, list | tuple) else [value]
    return unfinished or any(part is ... for part in parts)


def _no_function(answer):
    way = "hand it over by its name alone, without calling it"
    return f"a function is asked for; yours is {thing_given(answer)}: {way}"


def _arguments_differ(answer, arguments):
    """What to say of a function that cannot be called with these."""
    try:
        inspect.signature(answer).bind(*arguments)
    except TypeError:
        own = counted(len(inspect.signature(answer).parameters), "argument")
        return f"it is called with {counted(len(arguments), 'argument')}; yours takes {own}"
    except ValueError:  # some built-in functions do not say
        pass
    return None


def _tried(answer, trials, seconds):
    """Each trial, up to one that does not end."""
    for inputs in trials:
        own = copies(inputs)
        outcome = outcome_of(answer, own, seconds)
        yield Tried(inputs, outcome, own)
        if isinstance(outcome.error, TooLong):
            return


# Right or wrong -------------------------------------------------------------------------


def _failing(exercise, right, found):
    """The first trial with a difference, and the difference; None if there is none."""
    for tried in found:
        expected = right(*copies(tried.inputs))
        if wrong := _wrong(expected, tried.outcome):
            return tried, wrong, listed(expected)
    return None


def _wrong(expected, outcome):
    if outcome.error is not None or outcome.value is None:
        return outcome
    return difference(listed(expected), outcome.value)


def _beyond_values(exercise, answer, found, seconds):
    """All the numbers are right. And the inputs, and the laws?"""
    for tried in found:
        own = copies(tried.inputs)
        exercise.answer(*own)
        if changed(tried.inputs, tried.after) and not changed(tried.inputs, own):
            return Verdict("wrong", f"Not yet: {_spoiled(answer, tried)}.", list(own))
    for tried in found:
        for law in exercise.laws:
            outcome = outcome_of(law.holds, (answer, *copies(tried.inputs)), seconds)
            if outcome.error is not None or not outcome.value:
                text = f"Not yet: its numbers are right, but {law.because}."
                return Verdict("wrong", text, copies(tried.inputs))
    return Verdict("right", "Right.", None, found[0].outcome.printed)


def _spoiled(answer, tried):
    names = names_of(answer, len(tried.inputs))
    pairs = zip(names, tried.inputs, tried.after, strict=False)
    spoiled = [name for name, before, after in pairs if changed([before], [after])]
    which = " and ".join(spoiled)
    return (
        f"what it gives back is right, but it changes {which} on the way, which "
        "belongs to whoever calls it: work on a copy"
    )


def _named(exercise, found, failed):
    """The clause of the first mistake that does the same on every trial."""
    found = [failed[0], *(tried for tried in found if tried is not failed[0])]
    if isinstance(failed[0].outcome.error, TooLong):
        return None
    for mistake in exercise.mistakes:
        if all(_alike(mistake.answer, tried) for tried in found):
            return mistake.says
    return None


def _alike(mistake, tried):
    try:
        value = listed(mistake(*copies(tried.inputs)))
    except Exception as error:  # a mistake may well be one that stops
        stopped = tried.outcome.error
        return type(stopped) is type(error) and str(stopped) == str(error)
    outcome = tried.outcome
    if outcome.error is not None or outcome.value is None:
        return False
    return difference(value, outcome.value) is None


# In words -------------------------------------------------------------------------------


def _alike_each_time(exercise, found):
    """Whether every wrong result is like the right one, and not one of them by luck."""
    pairs = ((listed(exercise.answer(*copies(t.inputs))), t.outcome) for t in found)
    wrong = [(right, out.value) for right, out in pairs if _wrong(right, out)]
    return all(likeness(right, value) for right, value in wrong)


def _described(answer, tried, wrong, expected, seconds, alike=True):
    where = inputs_in_words(answer, tried.inputs)
    if isinstance(wrong, Outcome):
        if wrong.error is not None:
            return f"{where} it {why_it_stopped(wrong, seconds)}"
        return f"{where} it {without_result(wrong)}"
    like = likeness(expected, tried.outcome.value) if alike else None
    return f"{where}: {_both(wrong)}{f': {like}' if like else ''}"


def _both(wrong):
    """What is expected and what was found, where there are two such things."""
    if wrong.right is None:
        return wrong.says
    right, found = _told_apart(wrong.right, wrong.found)
    return (
        f"{right} is expected {place_in_words(wrong.place)}".rstrip() + f", {found} found"
    )


def _told_apart(right, found) -> tuple[Any, Any]:
    one, other = figure(right), figure(found)
    return (one, other) if one != other else (repr(float(right)), repr(float(found)))
