"""The formula of one number, as a small tree that can be printed as text or as LaTeX.

Formulas are combined with Python's own operators, so a row of the table of rules can say
``lambda a, b: a / b`` and mean the printed fraction.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from tfmath.errors import TraceError


class Formula(NamedTuple):
    """One node of the tree: a `kind` and its `parts` (formulas, or what a leaf shows)."""

    kind: str
    parts: Any

    # NamedTuple brings a tuple's + and *; a formula means arithmetic by them.
    def __add__(self, other):
        return total([self, other])

    def __sub__(self, other):
        return Formula("difference", (self, other))

    def __mul__(self, other):
        return Formula("product", (self, other))

    def __truediv__(self, other):
        return Formula("fraction", (self, other))

    def __pow__(self, other):
        return Formula("power", (self, other))

    def __neg__(self):
        return Formula("negative", (self,))


def leaf(node, index):
    """The number at `index` of a traced array."""
    return Formula("leaf", (node, index))


def literal(number):
    """A number that stands for itself, such as the 1 in ``1 / n``."""
    return Formula("literal", (number,))


def rest(count, number):
    """What `count` terms that are not written out come to."""
    return Formula("rest", (count, number))


def total(terms):
    """The sum of `terms`, a list or `Terms`; sums of sums are written as one."""
    if len(terms) == 0:
        return literal(0)
    if isinstance(terms, Terms):
        return terms[0] if len(terms) == 1 else Formula("sum", terms)
    flat = []
    for term in terms:
        spliced = term.kind == "sum" and not isinstance(term.parts, Terms)
        flat.extend(term.parts if spliced else (term,))
    return flat[0] if len(flat) == 1 else Formula("sum", tuple(flat))


def function(name, *arguments):
    """A function applied to its arguments, such as ``tanh(x)``."""
    if name in ("max", "min"):
        return Formula(name, arguments)
    return Formula("function", (name, *arguments))


def chosen(name, terms):
    """The ``"max"`` or ``"min"`` of `terms`, a list or `Terms`."""
    return Formula(name, terms if isinstance(terms, Terms) else tuple(terms))


class Terms:
    """Many terms that differ in their places only: a sum of a million is one template.

    Parameters
    ----------
    template : Formula
        One term. The places of its leaves hold arrays of whole numbers, as NumPy's own
        index would, that broadcast to `shape`: one number for each term. So may literals.
    shape : tuple of int
        How many terms there are, along as many axes as is convenient.

    Examples
    --------
    >>> from tfmath.tracing import trace
    >>> x = trace([1.0, 2.0, 4.0], "x")
    >>> terms = Terms(leaf(x, (np.arange(3),)) * literal(10), (3,))
    >>> len(terms), value_of(terms[2]), terms.numbers()
    (3, 40.0, array([10., 20., 40.]))
    """

    def __init__(self, template, shape):
        self.template, self.shape = template, shape

    def __len__(self):
        return math.prod(self.shape)

    def __iter__(self):
        return (self[k] for k in range(len(self)))

    def __getitem__(self, position):
        at = np.unravel_index(position, self.shape)
        return fold(self.template, lambda part, made: self._one(part, made, at))

    def _one(self, part, made, at):
        if part.kind == "literal":
            return literal(np.broadcast_to(part.parts[0], self.shape)[at])
        if part.kind != "leaf":
            return rebuilt(part, made)
        node, place = part.parts
        return leaf(node, tuple(int(np.broadcast_to(i, self.shape)[at]) for i in place))

    def numbers(self):
        """What each term comes to, in order."""
        return np.broadcast_to(_work(self.template), self.shape).ravel()


def fold(formula, visit):
    """Go through a tree from its leaves up: ``visit(part, made)`` gets what its parts made.

    Without recursion, so that a tree may be as deep as it likes.
    """
    waiting, made = [(formula, False)], []
    while waiting:
        part, ready = waiting.pop()
        inner = parts_of(part)
        if ready or not inner:
            count = len(inner)
            results = made[len(made) - count :]
            del made[len(made) - count :]
            made.append(visit(part, results))
        else:
            waiting.append((part, True))
            waiting.extend((p, False) for p in reversed(inner))
    return made[0]


def walk(formula):
    """Every node of a tree, each before its parts, in the order they are read."""
    waiting = [formula]
    while waiting:
        part = waiting.pop()
        yield part
        waiting.extend(reversed(parts_of(part)))


def parts_of(formula):
    """The formulas that a formula is made of; the template of `Terms` is none of them."""
    if formula.kind in ("leaf", "literal", "rest") or isinstance(formula.parts, Terms):
        return ()
    return formula.parts[1:] if formula.kind == "function" else formula.parts


def rebuilt(formula, made):
    """The same formula with other parts."""
    if not made:
        return formula
    if formula.kind == "function":
        return function(formula.parts[0], *made)
    return total(made) if formula.kind == "sum" else Formula(formula.kind, tuple(made))


def value_of(formula):
    """Work a formula out; it must give the number it explains.

    Examples
    --------
    >>> value_of(literal(1) / literal(8) + literal(2))
    2.125
    """
    return float(_work(formula))


def size_of(formula):
    """The size of the largest number on the way to a formula's own.

    Examples
    --------
    >>> size_of(literal(8) - literal(9))
    9.0
    """
    largest = 0.0

    def visit(part, made):
        nonlocal largest
        if isinstance(part.parts, Terms):
            largest = max(largest, np.abs(part.parts.numbers()).max(initial=0))
        number = _worked(part, made)
        largest = max(largest, float(np.abs(number)))
        return number

    with np.errstate(all="ignore"):
        fold(formula, visit)
    return largest


def _work(formula):
    with np.errstate(all="ignore"):  # what overflows is infinite here, as in the record
        return fold(formula, _worked)


def _worked(part, made):
    kind = part.kind
    if kind == "leaf":
        node, place = part.parts
        return np.asarray(node.value[place], dtype=np.float64)
    if kind == "literal":
        return np.asarray(part.parts[0], dtype=np.float64)
    if kind == "rest":
        return np.float64(part.parts[1])
    if isinstance(part.parts, Terms):
        return MANY[kind](part.parts.numbers())
    if kind in MANY:
        return MANY[kind](np.stack(np.broadcast_arrays(*made)), axis=0)
    if kind == "function":
        return _function(part.parts[0])(*made)
    return _ARITHMETIC[kind](*made)


def _function(name):
    found = _FUNCTIONS.get(name) or getattr(np, name, None)
    if not callable(found):
        raise TraceError(
            f"a formula calls {name!r}, and NumPy has no such function to work it out by; "
            "say it with arithmetic and functions that NumPy has."
        )
    return found


MANY: dict[str, Any] = {"sum": np.sum, "product": np.prod, "max": np.max, "min": np.min}
"""The kinds of formula that may have any number of parts."""

_ARITHMETIC: dict[str, Any] = {
    "difference": np.subtract,
    "fraction": np.divide,
    "power": np.power,
    "negative": np.negative,
}
_FUNCTIONS: dict[str, Any] = {
    "ln": np.log,
    "√": np.sqrt,
    "erf": np.vectorize(math.erf, otypes=[float]),
    "invert": np.logical_not,
    "bitwise_and": np.logical_and,
    "bitwise_or": np.logical_or,
    "bitwise_xor": np.logical_xor,
}
