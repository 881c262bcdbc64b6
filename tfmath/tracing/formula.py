"""The formula of one number, as a small tree that can be printed as text or as LaTeX.

Formulas are combined with Python's own operators, so a row of the table of rules can say
``lambda a, b: a / b`` and mean the printed fraction.
"""

from typing import Any, NamedTuple


class Formula(NamedTuple):
    """One node of the tree: a `kind` and its `parts` (formulas, or what a leaf shows)."""

    kind: str
    parts: tuple[Any, ...]

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


def total(terms):
    """The sum of `terms`; sums of sums are written as one."""
    flat = []
    for term in terms:
        flat.extend(term.parts if term.kind == "sum" else (term,))
    return flat[0] if len(flat) == 1 else Formula("sum", tuple(flat))


def function(name, *arguments):
    """A function applied to its arguments, such as ``tanh(x)``."""
    return Formula("function", (name, *arguments))


def cases(note, formula):
    """A `formula` that is there because of a choice, which `note` puts into words."""
    return Formula("cases", (note, formula))
