"""One number, explained: its formula, today's numbers, and on down to weights and words."""

import operator
from functools import cached_property

import numpy as np

from tfmath.arguments import said, whole
from tfmath.errors import ShapeError, TraceError
from tfmath.show import as_latex, as_text
from tfmath.show.formulas import formula_of, leaves
from tfmath.show.naming import Names
from tfmath.tracing import Traced
from tfmath.tracing.rules import RULES

MOST_NUMBERS = 100
"""As many numbers are explained at once; the others are counted, and can be asked."""


def explain(array, *where, depth=2):
    """Say where one number of a traced array comes from.

    Parameters
    ----------
    array : Traced
        Any step of a record.
    *where : int or str
        One for each axis: the place, counted from 0, or the word that stands there.
    depth : int
        1 explains the number, 2 also the numbers in its formula, and so on, down to weights
        and words.

    Returns
    -------
    Explanation
        Text in a terminal; in a notebook LaTeX that folds open.

    Raises
    ------
    TraceError
        If `array` is not traced, if its operation has no formula, or if the formula that an
        operation of one's own gives comes to another number than the operation.
    ShapeError, ValueError
        If `where` has too few or too many parts, or names a word that is not there, or is
        there twice.
    ValueError, TypeError
        If `depth` is not a whole number of 1 or more.

    Notes
    -----
    Sums of more than eight terms show the largest, and what the others add up to. Where a
    long stretch of the code has no names, its steps are called "step 1", "step 2" …, and
    can be asked like others: ``part = explain(...).parts[0]``, then
    ``explain(part.array, *part.index)``. No more than `MOST_NUMBERS` numbers are explained
    at once, those near the top first.

    Examples
    --------
    >>> from tfmath.tracing import named, trace
    >>> x = trace([[1.0, 2.0]], "x", rows=["you"])
    >>> W = trace([[0.5], [-0.3]], "W")
    >>> explain(named("y", x @ W), "you", 0)
    y[you, 0] = -0.100
      = x[you, 0] · W[0, 0] + x[you, 1] · W[1, 0]
      = 1 · 0.5 + 2 · (-0.3)
        x[you, 0] = 1  (given)
        W[0, 0] = 0.5  (given)
        x[you, 1] = 2  (given)
        W[1, 0] = -0.3  (given)
    """
    if not isinstance(array, Traced):
        raise TraceError(
            "explain: the array is not traced, so it does not know; see trace()."
        )
    if len(where) == 1 and isinstance(where[0], tuple):
        where = where[0]
    if len(where) != array.ndim:
        raise ShapeError(
            f"explain: {array.name or array.op} {array.shape} needs {array.ndim} places, "
            f"got {len(where)}."
        )
    depth = whole("explain", "depth", depth, least=1)
    if array.inputs and RULES[array.op].formula is None:
        raise TraceError(
            f"explain: the operation {array.op} has no formula in the table RULES."
        )
    return _explained(array, _index(array, where), depth)


class Explanation:
    """What `explain` gives back: prints as text, shows as LaTeX in a notebook.

    Attributes
    ----------
    array, index
        The number that is explained.
    formula : Formula or None
        How it came about, in terms of named numbers; None for what is simply given.
    leaves : list of (Traced, tuple)
        The named numbers in the formula: of which array, and where.
    parts : list of Explanation
        They explained in turn, as deep as was asked.
    left_out : int
        How many of them are not explained for want of room.
    names : dict
        What the arrays of the formula are called in it, by their ids.
    scope : str
        Where in the model the number stands.
    note : str
        Why there is no formula.
    """

    def __init__(self, array, index, names):
        self.array, self.index = array, index
        silent = bool(array.inputs) and RULES[array.op].formula is None
        self.note = f"by {array.op}, which has no formula" if silent else "given"
        given = silent or not array.inputs
        self.formula = None if given else formula_of(array, index, names)
        self.leaves = [] if given else leaves(self.formula)
        self.parts, self.left_out, self._names = [], 0, names
        names.meet(self._arrays())

    def _arrays(self):
        return [self.array, *(array for array, _ in self.leaves)]

    @cached_property
    def names(self):
        return self._names.told_apart(self._arrays())

    @property
    def scope(self):
        return self._names.of(self.array).rpartition(" / ")[0]

    def __repr__(self):
        return "\n".join(as_text.lines(self))

    def _repr_html_(self):
        return as_latex.page(self)

    def latex(self):
        """The formula twice, in names and in numbers, as an aligned block of LaTeX."""
        return as_latex.block(self)


def _explained(array, index, depth):
    """The number, then those in its formula, then those in theirs: level by level."""
    names = Names(array)
    top = Explanation(array, index, names)
    level, room = [top], MOST_NUMBERS - 1
    while level and depth > 1:
        below = []
        for above in level:
            above.parts = [Explanation(*at, names) for at in above.leaves[:room]]
            above.left_out = len(above.leaves) - len(above.parts)
            room -= len(above.parts)
            below += above.parts
        level, depth = below, depth - 1
    return top


def _index(array, where):
    index = []
    for axis, (place, size) in enumerate(zip(where, array.shape, strict=True)):
        if isinstance(place, str):
            place = _word_place(array, axis, place)
        place = _whole(place, axis)
        if not -size <= place < size:
            raise ValueError(
                f"explain: place {place} on axis {axis} is outside 0 … {size - 1}."
            )
        index.append(place % size)
    return tuple(index)


def _whole(place, axis):
    """A place as a Python int; True is an answer, not the place 1."""
    if isinstance(place, bool | np.bool_) or not hasattr(place, "__index__"):
        raise ValueError(
            f"explain: place {said(place)} on axis {axis} is no whole number or word."
        )
    return operator.index(place)


def _word_place(array, axis, word):
    words = array.labels[axis]
    if not words:
        raise ValueError(
            f"explain: no {word!r} on axis {axis}, which has no words; say a number, "
            f"0 … {array.shape[axis] - 1}."
        )
    if words.count(word) == 1:
        return words.index(word)
    if word in words:
        places = [i for i, w in enumerate(words) if w == word]
        raise ValueError(f"explain: {word!r} stands at {places}; say which by its number.")
    raise ValueError(f"explain: no {word!r} on axis {axis}; the words there are {words}.")
