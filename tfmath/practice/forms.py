"""The forms in which a right answer may come: each must pass."""

import functools

import numpy as np

from tfmath.practice.limits import listed
from tfmath.practice.trials import copies, trials_of
from tfmath.tracing import trace


def forms_of(exercise):
    """Right answers to an exercise, by what they are.

    The answer itself as a list, a tuple, float32, traced, a tensor, text …; for a function,
    what it gives in those forms; and all that the exercise calls right besides.
    """
    found = _of_results(exercise) if exercise.inputs else _of_value(exercise.answer)
    found |= {f"form {i}": form for i, form in enumerate(exercise.forms)}
    return found | {f"also {i}": form for i, form in enumerate(exercise.also)}


def _of_results(exercise):
    first = listed(exercise.answer(*copies(trials_of(exercise)[0])))

    def handing_over(way, *inputs):
        return way(listed(exercise.answer(*inputs)))

    ways = [name for name, way in WAYS.items() if _fits(name, first)]
    return {name: functools.partial(handing_over, WAYS[name]) for name in ways}


def _of_value(value):
    return {name: way(value) for name, way in WAYS.items() if _fits(name, value)}


class Tensor:
    """What PyTorch hands over, without PyTorch."""

    def __init__(self, numbers):
        self.numbers = numbers

    def detach(self):
        return self

    def cpu(self):
        return self

    def numpy(self):
        return self.numbers


WAYS = {
    "as it is": lambda value: value,
    "list": lambda value: np.asarray(value).tolist(),
    "tuple": lambda value: tuple(np.asarray(value).tolist()),
    "one by one": lambda value: (part for part in value),
    "NumPy": np.asarray,
    "float32": lambda value: np.asarray(value).astype(np.float32),
    "traced": lambda value: trace(np.asarray(value, dtype=float), "answer"),
    "tensor": lambda value: Tensor(np.asarray(value)),
    "text": lambda value: str(np.asarray(value).item()),
}
FOR_WORDS = {"as it is", "list", "tuple", "one by one", "NumPy"}
FOR_ONE = {"as it is", "list", "NumPy", "float32", "traced", "tensor", "text"}
FOR_MANY = FOR_WORDS | {"float32", "traced", "tensor"}


def _fits(name, value):
    """Whether a value can come in that form, without becoming another."""
    if name == "as it is":
        return True
    if value is None or isinstance(value, dict) or _is_ragged(value):
        return False
    array = np.asarray(value)
    if array.dtype.kind == "U":
        return name in FOR_WORDS and array.ndim > 0
    if name == "float32" and not np.allclose(array.astype(np.float32), array, rtol=1e-6):
        return False
    return name in (FOR_MANY if array.ndim else FOR_ONE)


def _is_ragged(value):
    if not isinstance(value, list | tuple):
        return False
    kinds = {(np.shape(part), np.asarray(part).dtype.kind == "U") for part in value}
    return len(kinds) > 1
