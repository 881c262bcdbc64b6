"""One row of the table of rules, and what several rows need."""

from functools import partial
from typing import Any, NamedTuple

import numpy as np

from tfmath.tracing import labels as words


class Rule(NamedTuple):
    """One row of the table; what each column says stands in `tfmath.tracing.rules`."""

    call: Any
    derivative: Any
    formula: Any = None
    labels: Any = words.elementwise
    source: Any = ""
    signature: Any = lambda *inputs: (inputs, {})
    torch: Any = None
    exact: Any = None
    error: Any = None
    names: tuple = ()
    uses: tuple = ()
    work: Any = None


class Own(str):
    """The name of an operation of somebody's own, which brings its `row` along.

    So every record keeps the row it was made with, whoever takes the name later, and the
    row goes when neither the function nor a record needs it.
    """

    row: Rule


class Table(dict):
    """The rows by the operations' names; an `Own` name has its row with it."""

    def __missing__(self, op):
        if isinstance(op, Own):
            return op.row
        raise KeyError(op)


def slope(rule, position):
    """The derivative by one input, or None: a mask, targets and places have no slope.

    A derivative is one function for all inputs, called with the position first, or one for
    each; inputs beyond the last have none.
    """
    if callable(rule.derivative):
        return partial(rule.derivative, position)
    return rule.derivative[position] if position < len(rule.derivative) else None


def leads_to(rule, position):
    """Whether a slope leads to one input."""
    derivative = rule.derivative
    if type(derivative) is tuple:
        return position < len(derivative) and derivative[position] is not None
    return slope(rule, position) is not None


def by_name(name):
    """The exact value by mpmath's function of that name."""
    return lambda mp, array: getattr(mp, name)(array)


def like(grad, array):
    """Add `grad` up over the axes along which `array` was repeated to fit."""
    extra = grad.ndim - array.ndim
    if extra:
        grad = np.sum(grad, axis=tuple(range(extra)))
    repeated = tuple(
        axis for axis in range(array.ndim) if array.shape[axis] == 1 != grad.shape[axis]
    )
    return np.sum(grad, axis=repeated, keepdims=True) if repeated else grad


def plain(array):
    return getattr(array, "value", array)


def each(combine):
    """The formula of an elementwise operation."""

    def formula(at, node, index):
        places = [words.broadcast_index(index, i.shape) for i in node.inputs]
        return combine(*(at(n, place) for n, place in enumerate(places)))

    return formula
