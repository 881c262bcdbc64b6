"""One way to print a formula, for every language it is printed in.

A `Style` says how each kind of formula is written, how strongly that holds together, and
how strongly each part must: what is weaker gets brackets.
"""

from typing import Any, NamedTuple

from tfmath.show.numbers import number, typed
from tfmath.tracing.formula import fold

CLAIM, SUM, PRODUCT, POWER, ATOM = 0, 1, 2, 3, 4
"""How strongly a text holds together: ``a > b``, ``a + b``, ``a · b``, ``a^b``, ``a``."""


class Style(NamedTuple):
    """How a language writes formulas.

    Attributes
    ----------
    forms : dict
        For each kind with one or two parts its text, the least strength of each part, and
        its own strength.
    joins : dict
        For each kind with any number of parts the text between them, the least strength of
        the first and of the others, and its own strength.
    function : callable
        ``(name, texts) -> (text, strength)``.
    number : callable
        From a number as text to ``(text, strength)``.
    rest : callable
        From a count and, where numbers are shown, what they come to, to a text.
    """

    forms: dict[str, tuple[str, tuple[int, ...], int]]
    joins: dict[str, tuple[str, int, int, int]]
    function: Any
    number: Any
    rest: Any


def printed(formula, show, style, numbers):
    """A formula as text.

    Parameters
    ----------
    formula : Formula
    show : callable
        ``(array, index) -> (text, strength)``: what a leaf is shown as.
    style : Style
    numbers : bool
        Whether numbers are shown, and so what the terms left out come to.
    """
    return fold(formula, visitor(show, style, numbers))[0]


def terms(formula, show, style, numbers):
    """The terms of a sum, each as it stands there; of another formula the whole."""
    if formula.kind != "sum":
        return [printed(formula, show, style, numbers)]
    visit = visitor(show, style, numbers)
    _, first, later, _ = style.joins["sum"]
    least = [first, *[later] * (len(formula.parts) - 1)]
    return list(map(bracketed, (fold(part, visit) for part in formula.parts), least))


def visitor(show, style, numbers):
    def visit(part, made):
        kind, parts = part
        if kind == "leaf":
            return show(*parts)
        if kind == "literal":
            return style.number(typed(parts[0]))
        if kind == "rest":
            text = number(parts[1]) if numbers else None
            return style.rest(parts[0], text), ATOM
        if kind in style.joins:
            between, first, later, strength = style.joins[kind]
            least = [first, *[later] * (len(made) - 1)]
            return between.join(map(bracketed, made, least)), strength
        if kind in style.forms:
            template, least, strength = style.forms[kind]
            return template.format(*map(bracketed, made, least)), strength
        name = parts[0] if kind == "function" else kind
        return style.function(name, [text for text, _ in made])

    return visit


def bracketed(made, least):
    text, strength = made
    return text if strength >= least else f"({text})"
