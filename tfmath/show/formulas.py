"""The formula of one number in terms of named numbers, short enough to be read.

What an operation says of one of its numbers names the numbers of its inputs. Where an
input has no name its own formula is put in its place, and so on, as long as the whole stays
within `BUDGET`. Beyond that the input gets a name of its own, "step 1", "step 2" …, and can
be asked in turn. Nothing here calls itself, so a record may be as long as it likes.
"""

import heapq
from collections import Counter

import numpy as np

from tfmath.arguments import said
from tfmath.errors import TraceError
from tfmath.tracing.formula import (
    MANY,
    Formula,
    Terms,
    fold,
    leaf,
    literal,
    rebuilt,
    rest,
    size_of,
    value_of,
    walk,
)
from tfmath.tracing.rules import RULES
from tfmath.tracing.rules.row import Own

BUDGET = 40
"""Nodes of one formula: names, numbers, and the signs and functions between them."""

MOST_TERMS = 8
"""Longer sums are written with their largest terms, and what the others come to."""


def formula_of(array, index, names):
    """The formula of the number at `index` of `array`, in terms of numbers that have names.

    Parameters
    ----------
    array : Traced
        What an operation gave.
    index : tuple of int
    names : Names
        Which arrays have a name. If the formula would be too long, those get one that have
        a line in `source`, and then those that still do not fit.

    Returns
    -------
    Formula
    """
    formula, fits = _written_out(array, index, names)
    if not fits and names.name_as_source():
        formula, fits = _written_out(array, index, names)
    if not fits:
        names.name(node for node, _ in leaves(formula))
    return formula


def leaves(formula):
    """The distinct numbers that a formula names, in the order they are read."""
    return list({(id(node), at): (node, at) for node, at in _all_leaves(formula)}.values())


def shortened(formula):
    """A sum, a product, an extreme of too many terms: the largest, and what the rest is.

    The terms keep their order. Sizes that differ by rounding alone count as equal, and of
    equals the first are kept, so that every machine keeps the same.
    """
    kind, terms, rests = formula.kind, formula.parts, []
    if kind not in MANY:
        return formula
    if not isinstance(terms, Terms):
        parts = _spliced(formula)
        terms = [part for part in parts if part.kind != "rest"]
        rests = [part for part in parts if part.kind == "rest"]
    if len(terms) + len(rests) <= MOST_TERMS and len(rests) < 2:
        return Formula(kind, (*terms, *rests))
    many = isinstance(terms, Terms)
    numbers = terms.numbers() if many else np.array([value_of(term) for term in terms])
    kept = _largest(kind, numbers, MOST_TERMS - 1)
    left = np.append(np.delete(numbers, kept), [part.parts[1] for part in rests])
    count = len(numbers) - len(kept) + sum(part.parts[0] for part in rests)
    return Formula(
        kind, (*(terms[int(k)] for k in kept), rest(count, float(MANY[kind](left))))
    )


def _spliced(formula):
    """The parts of a sum; a product of products is read as one, as sums of sums are."""
    if formula.kind != "product":
        return formula.parts
    inner = [part.parts if part.kind == "product" else (part,) for part in formula.parts]
    return [part for parts in inner for part in parts]


def _largest(kind, numbers, count):
    """The places of the terms that say most, in order; of a product simply the first."""
    if kind == "product" or len(numbers) <= count:
        return np.arange(min(count, len(numbers)))
    sizes = {"sum": np.abs(numbers), "max": numbers, "min": -numbers}[kind]
    scale = np.abs(sizes).max(where=np.isfinite(sizes), initial=0) or 1.0
    near = _near_the_top(sizes, count, scale)
    sizes = np.round(sizes[near] / scale, 9)
    sizes[np.isnan(sizes)] = np.inf
    threshold = np.partition(sizes, -count)[-count]
    above = np.flatnonzero(sizes > threshold)
    equal = np.flatnonzero(sizes == threshold)[: count - len(above)]
    return near[np.sort(np.concatenate([above, equal]))]


def _near_the_top(sizes, count, scale):
    """The places that may be among the largest once sizes are rounded: few of millions."""
    least = np.partition(sizes, -count)[-count]  # NaN counts as the largest
    return np.flatnonzero(~(sizes < least - 2e-9 * scale))


# Through the record ---------------------------------------------------------------------


def _written_out(array, index, names):
    """The formula with all put in that has no name, and whether all of it fitted.

    The latest array is put in first: by then all its places in the formula are known.
    """
    whole = _one_level(array, index, names)
    size, fits, waiting, written = _size(whole), True, _Waiting(names), {}
    waiting.add(whole, 1)
    while waiting.orders:
        node, uses = waiting.latest()
        made = {place: _one_level(node, place, names) for place in uses}
        grown = sum(times * (_size(made[place]) - 1) for place, times in uses.items())
        if size + grown > BUDGET:
            fits = False
            continue
        size += grown
        for place, times in uses.items():
            written[id(node), place] = made[place]
            waiting.add(made[place], times)
    return _put_together(whole, written), fits


class _Waiting:
    """The unnamed arrays in a formula, and how often which of their places stands in it."""

    def __init__(self, names):
        self.names, self.uses, self.orders = names, {}, []

    def add(self, formula, times):
        for node, place in _all_leaves(formula):
            if self.names.has(node):
                continue
            if node.order not in self.uses:
                self.uses[node.order] = node, Counter()
                heapq.heappush(self.orders, -node.order)
            self.uses[node.order][1][place] += times

    def latest(self):
        return self.uses[-heapq.heappop(self.orders)]


def _put_together(whole, written):
    """`whole` with the formulas `written` in the place of their leaves, oldest first."""

    def visit(part, made):
        if part.kind == "leaf":
            node, place = part.parts
            return written.get((id(node), place), part)
        return shortened(rebuilt(part, made))

    for key in reversed(written):
        written[key] = fold(written[key], visit)
    return fold(whole, visit)


def _one_level(array, index, names):
    """What the operation says of its inputs; numbers that were only moved are followed."""

    def visit(part, made):
        if part.kind == "leaf":
            return _followed(*part.parts, names)
        return shortened(rebuilt(part, made))

    return fold(_brief(array, index, names), visit)


def _brief(array, index, names):
    """What the operation says, long sums cut. Many numbers may ask for the same sum."""
    key = id(array), index
    if key not in names.brief:
        names.brief[key] = fold(_said(array, index), _cut)
    return names.brief[key]


def _cut(part, made):
    return shortened(part) if isinstance(part.parts, Terms) else rebuilt(part, made)


def _said(array, index):
    rule = RULES[array.op]
    if rule.formula is None:
        raise TraceError(
            f"explain: the operation {array.op} has no formula in the table RULES."
        )
    formula = rule.formula(lambda n, place: leaf(array.inputs[n], place), array, index)
    if isinstance(array.op, Own):
        check_formula(array, index, formula)
    return formula


def check_formula(array, index, formula):
    """Raise unless a formula gives the number that it is to explain.

    Two ways to one number agree but for rounding, so half of the digits of its type are
    asked for, measured by the largest number on the way: what cancels there is lost.
    """
    if not isinstance(formula, Formula):
        raise TraceError(
            f"explain: the formula= of {array.op} gave {said(formula)}; it must give a "
            "Formula, such as at(0, index) * literal(2)."
        )
    number, dtype = array.value[index], array.dtype
    found, size = value_of(formula), size_of(formula)
    half = np.sqrt(np.finfo(dtype).eps) if dtype.kind == "f" else 0
    with np.errstate(all="ignore"):  # what is beyond float32 is infinite in a record of it
        same = np.array_equal(np.asarray(found).astype(dtype), number, equal_nan=True)
    if not (same or abs(found - number) <= half * size < np.inf):
        raise TraceError(
            f"explain: the formula= of {array.op} gives {found:.6g} at {index}, and the "
            f"step holds {float(number):.6g}; it must say what the operation computes."
        )


def _followed(node, place, names):
    """To where the number at `place` came from: a name, a computation, a plain number."""
    while not names.has(node):
        if not node.inputs:
            return literal(_typed(node, place))
        formula = _said(node, place)
        if formula.kind != "leaf":
            break
        node, place = formula.parts
    return leaf(node, place)


def _typed(node, place):
    """The number of a constant, as the code has it: 0.1 also beside float32."""
    return node.origin if isinstance(node.origin, int | float) else node.value[place]


def _all_leaves(formula):
    return [part.parts for part in walk(formula) if part.kind == "leaf"]


def _size(formula):
    return sum(1 for _ in walk(formula))
