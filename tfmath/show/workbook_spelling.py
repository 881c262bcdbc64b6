"""How a spreadsheet says each operation: one row an operation.

A row gives the `Formula` of one number, as the table of rules does, but of no single run: a
choice stays a choice, and a row picked by its place is looked up. `said` takes the rule's
own formula, where that is true for other weights and words too. `Steps` is for what a
pencil does in several tables, written as plain NumPy.
"""

from typing import Any, NamedTuple

import numpy as np

from tfmath.errors import TraceError
from tfmath.tracing import named
from tfmath.tracing.formula import Formula, function, literal
from tfmath.tracing.frozen import filled, is_array
from tfmath.tracing.labels import broadcast_index
from tfmath.tracing.rules import RULES

HIDDEN = -1e300
"""Stands in a cell for −∞, which no cell can hold: e to it is 0 all the same."""


class Steps(NamedTuple):
    """An operation in several tables: NumPy that names those in between."""

    written_out: Any


def said(at, node, index):
    """The formula in the table of rules."""
    return RULES[node.op].formula(at, node, index)


def chosen(at, node, index):
    """One of two numbers, whichever the condition says today."""
    places = [broadcast_index(index, part.shape) for part in node.inputs]
    return function("where", *(at(n, place) for n, place in enumerate(places)))


def as_number(at, node, index):
    """Yes is 1 and no is 0; what is a number already stays one."""
    if node.inputs[0].dtype.kind != "b":
        return at(0, index)
    return function("where", at(0, index), literal(1), literal(0))


def standardized(at, node, index):
    """A row less its mean, divided by its deviation; a constant row is 0."""
    kept = (*index[:-1], 0)
    divided = (at(0, index) - at(1, kept)) / at(2, kept)
    if node.options.get("epsilon", 1):
        return divided
    return function(
        "where", function("equal", at(2, kept), literal(0)), literal(0), divided
    )


# Numbers picked by their places ----------------------------------------------------------


def picked(at, node, index):
    """A number at fixed places; or at a place that a cell says: looked up in a line."""
    live = [n for n, place in enumerate(node.inputs[1:]) if place.name is not None]
    if not live:
        return said(at, node, index)
    axis, spot, place = _spot(node, one_place(node, live), index)
    line = (at(0, (*spot[:axis], k, *spot[axis + 1 :])) for k in range(_size(node, axis)))
    return Formula("pick", (at(1 + live[0], place), *line))


def _size(node, axis):
    return node.inputs[0].shape[axis]


def one_place(node, live):
    """Which of the arrays in an index says the place; a workbook follows one alone."""
    places = [place.value for place in node.inputs[1:]]
    if len(live) > 1 or any(p.dtype.kind == "b" or (p < 0).any() for p in places):
        raise TraceError(
            f"workbook: getitem ({node.name or 'unnamed'}) picks by several named arrays, "
            "by yes and no, or from the end; a cell looks up one place, from the front."
        )
    return live[0]


def _spot(node, live, index):
    """Along which axis a number is looked up, where it stands, and which place says so.

    The axis is taken to be as long as there are places: the k-th place then picks k.
    """
    base, *places = node.inputs
    numbers = [place.value for place in places]
    count, axis = places[live].size, axis_of(node, live)
    numbers[live] = np.arange(count).reshape(places[live].shape)
    shape = (*base.shape[:axis], count, *base.shape[axis + 1 :])
    at = filled(node.options["index"], numbers)
    spot = tuple(int(np.broadcast_to(n, shape)[at][index]) for n in _along(shape))
    which = np.unravel_index(spot[axis], places[live].shape)
    return axis, spot, tuple(map(int, which))


def _along(shape):
    return np.indices(shape, sparse=True)


def axis_of(node, live):
    """Of an index the axis that its array number `live` picks from."""
    template = node.options["index"]
    parts = template if isinstance(template, tuple) else (template,)
    here = [n for n, part in enumerate(parts) if is_array(part)][live]
    before = [part for part in parts[:here] if part is not None]
    if Ellipsis not in before:
        return len(before)
    after = [part for part in parts[here:] if part is not None]
    return node.inputs[0].ndim - len(after)


# In several tables -----------------------------------------------------------------------


def softmax(scores, mask=None):
    powers, total = _powers(scores, mask)
    return powers / (total if mask is None else np.maximum(total, 1))


def log_softmax(scores):
    top = np.max(scores, axis=-1, keepdims=True)
    powers = named("e to the score less the largest", np.exp(scores - top))
    return scores - top - np.log(np.sum(powers, axis=-1, keepdims=True))


def logsumexp(scores):
    top = np.max(scores, axis=-1, keepdims=True)
    powers = named("e to the score less the largest", np.exp(scores - top))
    return top[..., 0] + np.log(np.sum(powers, axis=-1))


def _powers(scores, mask):
    """e to each score less the largest that may be seen, and the sum of a row of them."""
    if mask is not None:
        scores = named("scores that may be seen", np.where(mask, scores, HIDDEN))
    powers = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    if mask is not None:
        powers = np.where(mask, powers, 0)
    powers = named("e to the score less the largest", powers)
    return powers, np.sum(powers, axis=-1, keepdims=True)


SAID = """
    add subtract multiply divide power negative square sqrt exp log expm1 log1p log10 log2
    exp2 cbrt tanh sin cos tan arcsin arccos arctan arctan2 sinh cosh
    arcsinh arccosh arctanh hypot erf absolute sign floor ceil trunc
    floor_divide remainder maximum minimum
    greater greater_equal less less_equal equal not_equal
    logical_and logical_or logical_xor logical_not bitwise_and bitwise_or bitwise_xor invert
    sum mean max min prod cumsum cumprod matmul einsum
    transpose reshape broadcast_to concatenate copy ones_like
    row_mean row_deviation
"""
"""The operations whose formula in the table of rules is true whatever the numbers are."""

SPELLINGS: dict[str, Any] = dict.fromkeys(SAID.split(), said) | {
    "where": chosen,
    "astype": as_number,
    "getitem": picked,
    "standardized": standardized,
    "softmax": Steps(softmax),
    "log_softmax": Steps(log_softmax),
    "logsumexp": Steps(logsumexp),
}
"""One row an operation. One of your own gets `said` here if it has a true ``formula=``."""


def check_spelt(arrays):
    """Raise unless a workbook has a spelling for the operation of each array."""
    missing = {a.op: a.name for a in arrays if a.inputs and not _is_spelt(a)}
    if missing:
        names = ", ".join(f"{op} ({name})" if name else op for op, name in missing.items())
        raise TraceError(
            f"workbook: no spelling for the operation {names}; give it a row of SPELLINGS "
            "in tfmath/show/workbook_spelling.py."
        )


def _is_spelt(array):
    """Whether there is a row, and it takes as many arrays: a mask may be one too many."""
    row = SPELLINGS.get(array.op)
    if isinstance(row, Steps):
        return len(array.inputs) <= row.written_out.__code__.co_argcount
    return row is not None
