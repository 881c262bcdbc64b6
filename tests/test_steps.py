"""A docstring's **Steps** are the steps that its function records: all of them, no others.

Each function is called as `test_dtypes` calls it, with every array traced. A docstring that
says "Arguments … as for `x`" has the steps of `x`, unless it lists its own.
"""

import re
from itertools import count

import numpy as np
import pytest
from test_docstrings import LIKE, read
from test_dtypes import FUNCTIONS, arguments

from tfmath.errors import TraceError
from tfmath.tracing import named, scope, trace, watched

ROOMS = ("parts", "attention", "model", "learning", "decoding")
NAMES = [
    name
    for name in arguments(np.float64)
    if FUNCTIONS[name].__module__.split(".")[1] in ROOMS
]
# What these list besides is recorded with other arguments.
ELSEWHERE = {
    "linear_attention": {"sums", "totals"},
    "random_feature_attention": {"sums", "totals"},
    "transformer": {"source mask", "target mask"},
}
UNTRACED = "log_probabilities loss_and_gradients in_blocks with_temperature top_k top_p"
UNTRACED += " traced repetition_penalty no_repeat adam adamw clip_gradients"


def listed(function):
    """The entries of a docstring's Steps, or of the one that it refers to."""
    doc = read(function)
    lines = doc.doc["Steps"] if "Steps" in doc.doc else []
    if not lines and (like := LIKE.search(doc.raw_doc)) and like[2] in FUNCTIONS:
        return listed(FUNCTIONS[like[2]])
    heads = [line for line in lines if line.strip() and not line.startswith(" ")]
    return [entry for head in heads for entry in head.rstrip(",").split(", ")]


def pattern(entry):
    """An entry as a regular expression: … is anything, "where" any scope, "step t" any t.

    After "block 1 / scores", "block 2 / …" stands for all further blocks.
    """
    said = re.escape(entry).replace("…", ".+").replace("step\\ t", "step\\ \\d+")
    said = re.sub(r"\d+(?=\\ /\\ \.\+$)", r"\\d+", said)
    return re.compile(re.sub(r"^where\b", ".+", said))


def recorded(function, given):
    """The names of the steps of one call, without what was given."""
    numbers = count()

    def into(thing):
        if isinstance(thing, np.ndarray) and thing.dtype.kind == "f":
            return trace(thing, f"given {next(numbers)}")
        if isinstance(thing, dict):
            return {name: into(part) for name, part in thing.items()}
        return type(thing)(map(into, thing)) if type(thing) in (tuple, list) else thing

    def call(*values, **named_values):
        return function(*map(into, values), **into(named_values))

    with watched() as seen:
        given(call) if callable(given) else call(*given)
    return {step.name for step in seen if not step.name.startswith("given ")}


def doubts(function, found, elsewhere=frozenset()):
    """What is recorded and not listed, and what is listed and not recorded."""
    entries = listed(function)
    silent = sorted(n for n in found if not any(pattern(e).fullmatch(n) for e in entries))
    gone = [
        entry
        for entry in entries
        if entry not in elsewhere and not any(pattern(entry).fullmatch(n) for n in found)
    ]
    return silent, gone


@pytest.mark.parametrize("name", NAMES)
def test_the_steps_of_a_docstring_are_those_recorded(name):
    function, given = FUNCTIONS[name], arguments(np.float64)[name]
    if name in UNTRACED.split():
        with pytest.raises(TraceError):
            recorded(function, given)
        return
    found = recorded(function, given)
    assert doubts(function, found, ELSEWHERE.get(name, ())) == ([], []), name


# Controls


def told(x):
    """Twice, and half of it.

    Steps
    -----
    twice, layer 1 / …
        Both.
    """
    with scope("layer 2"):
        half = named("half", x / 2)
    return named("twice", x * 2) + half


def test_control_a_step_that_is_not_told_or_not_recorded_is_seen():
    found = recorded(told, (np.ones(2),))
    assert found == {"twice", "layer 2 / half"} and doubts(told, found) == ([], [])
    assert doubts(told, found | {"new"}) == (["new"], [])
    assert doubts(told, {"twice"}) == ([], ["layer 1 / …"])
    assert doubts(told, {"twice"}, {"layer 1 / …"}) == ([], [])
    assert doubts(lambda x: x, {"twice"}) == (["twice"], [])
