"""Every exercise against all that can be handed in: the kill matrix.

Each column is a kind of answer and what must be said of it. A cell counts what was tried,
and complains in sentences about what was said wrongly; the course is fit if none complains.
"""

import itertools

import numpy as np

from tfmath.practice.answers import judged
from tfmath.practice.forms import forms_of
from tfmath.practice.trials import copies, extent, trials_of

SOON = 0.05
"""Seconds until an endless answer is stopped here."""


def doubts_of(exercise, columns=None):
    """What is wrong with an exercise, column by column.

    Returns
    -------
    cells : dict
        For each column how many answers were tried, and the list of complaints.
    """
    return {name: _cell(exercise, column) for name, column in (columns or COLUMNS).items()}


def _cell(exercise, column):
    tried = list(column(exercise))
    return len(tried), [complaint for complaint in tried if complaint]


def _must(exercise, answer, state, words="", called=""):
    """Nothing if an answer gets that state, in a verdict with those words."""
    verdict = judged(exercise, answer, SOON if words == ENDLESS else None)
    if verdict.state == state and words in verdict.text:
        return ""
    wanted = f"{state}, with “{words}”" if words else state
    return f"{called or _short(answer)} should be {wanted}; said is: {verdict}"


def _short(answer):
    text = repr(answer)
    return text if len(text) <= 60 else text[:57] + "…"


# Columns --------------------------------------------------------------------------------

ENDLESS = "is not done after"


def _mistakes(exercise):
    """Each is refused, by its own sentence."""
    said = [mistake.says for mistake in exercise.mistakes]
    if not said:
        yield "it knows no mistake"
    for mistake in exercise.mistakes:
        twice = exercise.inputs and said.count(mistake.says) > 1
        yield (
            f"“{mistake.because}” is said of two"
            if twice
            else _must(
                exercise,
                mistake.answer,
                "wrong",
                f": {mistake.says}.",
                f"“{mistake.because}”",
            )
        )


def _forms(exercise):
    """The right answer passes in every usual form."""
    if exercise.inputs and not exercise.forms:
        yield "no other way to write it is given: forms=(…)"
    for name, form in forms_of(exercise).items():
        yield _must(exercise, form, "right", called=name)


def _hints(exercise):
    """There is help."""
    yield "" if exercise.hints else "it has no hints"


def _trials(exercise):
    """No size and no number is the same in every trial."""
    if exercise.inputs:
        trials = trials_of(exercise)
        for i, values in enumerate(zip(*trials, strict=True)):
            yield "" if _varies(values) else f"argument {i} is alike in every trial"


def _varies(values):
    """Whether something that is handed over is not always of one size, or one number."""
    if any(callable(value) for value in values):
        return True
    sizes = [np.shape(v) if isinstance(v, np.ndarray) else (extent(v),) for v in values]
    if isinstance(values[0], bool | str | float):
        return len(set(values)) > 1
    return all(len(set(axis)) > 1 for axis in zip(*sizes, strict=False)) or not sizes[0]


def _open(exercise):
    """What is not answered yet is told so."""
    for nothing in (None, ..., lambda *inputs: ..., _bare, _pass):
        yield _must(exercise, nothing, "open")


def _strange(exercise):
    """What is no answer is refused, and nothing is raised."""
    texts = ("no such answer", "", b"no", object(), 1j, {"no": 1}, {1, 2})
    for strange in (
        *texts,
        float("nan"),
        np.nan * np.ones((2, 3)),
        float("inf"),
        [[1], []],
    ):
        yield _must(exercise, strange, "wrong")
    if exercise.inputs:
        for strange in (*texts, np.nan, [[1], []]):
            yield _must(
                exercise, lambda *inputs, s=strange: s, "wrong", "", _short(strange)
            )


def _stopped(exercise):
    """What fails, prints, forgets to return, changes its inputs or never ends."""
    if not exercise.inputs:
        yield _must(exercise, itertools.count(), "wrong")
        yield _must(exercise, _never(), "wrong", ENDLESS)
        return
    yield _must(exercise, _failing, "wrong", "stops with")
    yield _must(exercise, _endless, "wrong", ENDLESS)
    yield _must(exercise, _wrapped(exercise.answer, lambda found: None), "wrong", "return")
    yield _must(exercise, _wrapped(exercise.answer, _print), "wrong", "instead of print")
    if any(map(_mutable, trials_of(exercise)[-1])):
        yield _must(exercise, _spoiling(exercise.answer), "wrong")


COLUMNS = {
    "mistakes": _mistakes,
    "forms": _forms,
    "hints": _hints,
    "trials": _trials,
    "open": _open,
    "strange": _strange,
    "stopped": _stopped,
}

# Answers of many kinds ------------------------------------------------------------------


def _bare(*inputs):
    """To be written."""
    ...


def _pass(*inputs):
    pass


def _failing(*inputs):
    return 1 // 0


def _endless(*inputs):
    while True:
        pass


def _never():
    while True:
        pass
    yield


def _print(found):
    print("found:", found)


def _wrapped(function, then):
    """The same function, and something more is done with what it gives."""

    def wrapped(*inputs):
        return then(function(*inputs))

    return wrapped


def _mutable(value):
    return isinstance(value, list | dict | np.ndarray) and np.size(value) > 0


def _spoiling(function):
    """The same function, that spoils what it was given afterwards."""

    def spoiling(*inputs):
        found = function(*copies(inputs))
        first = next(value for value in inputs if _mutable(value))
        if isinstance(first, np.ndarray):
            first[...] = ~first if first.dtype == bool else first + 1
        else:
            first.clear()
        return found

    return spoiling
