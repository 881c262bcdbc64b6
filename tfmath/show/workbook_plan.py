"""What stands in a workbook: which arrays get a table, and what each of their cells says.

Named arrays get one, and inputs. So does an unnamed array that others use more than once,
or without which a formula would be too long; other unnamed arrays are written into the
formulas of those that use them.
"""

import math
from typing import Any

import numpy as np

from tfmath.errors import TraceError
from tfmath.show.workbook_spelling import SPELLINGS, Steps, check_spelt
from tfmath.tracing import ancestors, steps, watched
from tfmath.tracing.formula import Formula, Terms, fold, function, leaf, literal, parts_of
from tfmath.tracing.record import used_again

BUDGET = 24
"""Cells, numbers and functions in a formula that other formulas are written into."""

LARGEST = 200_000
"""More cells than this are refused: a spreadsheet would be slow, and nobody would look."""


class Plan:
    """Which arrays of a record have cells of their own.

    Attributes
    ----------
    root : Traced
        What all of it leads to.
    tables : list of Traced
        The arrays with cells, each after those it comes from.
    titles : dict
        From the id of an array to what its table is called.
    owners : dict
        From the id of a table in between to the array that it is a part of.
    """

    def __init__(self, root):
        self.root, self.owners, self.cells = root, {}, set()
        self._steps: dict[int, Any] = {}
        record = ancestors(root)
        check_spelt(record)
        _check_count(array for array in record if array.name or not array.inputs)
        self._called = {id(array): name for name, array in steps(root).items()}
        record = [part for array in record for part in self._in_steps(array)]
        self.cells |= {id(array) for array in used_again(record)}
        for array in record:
            self._decide(array)
        self.tables = [array for array in record if id(array) in self.cells]
        self.titles = self._titles()
        _check_numbers(self.tables, self.titles)

    def formula(self, array, index):
        """What the cell of one number says: other cells, numbers, how they are joined."""
        return self._resolved(self._one_level(array, index))

    def arrays(self, array):
        """The arrays with cells that the formulas of an array may name."""
        found, waiting = {}, list(self._inputs(array))
        while waiting:
            part = waiting.pop()
            if id(part) in self.cells:
                found[id(part)] = part
            else:
                waiting.extend(self._inputs(part))
        return sorted(found.values(), key=lambda part: part.order)

    # Operations in several tables --------------------------------------------------------

    def _in_steps(self, array):
        """An array, after those that its operation has in between."""
        row = SPELLINGS.get(array.op)
        if not isinstance(row, Steps):
            return [array]
        with watched() as between:
            last = row.written_out(*array.inputs, **array.options)
        self._steps[id(array)] = last
        self.owners |= {id(part): array for part in between}
        return [*(part for part in ancestors(last) if part.order > array.order), array]

    def _inputs(self, array):
        last = self._steps.get(id(array))
        return array.inputs if last is None else (last,)

    # Which arrays have cells -------------------------------------------------------------

    def _decide(self, array):
        if not array.inputs:
            given = array.name is not None or array.size != 1
        else:
            given = array.name is not None or array is self.root
            self._shorten(array)
        if given:
            self.cells.add(id(array))

    def _shorten(self, array):
        """Give cells to what an array's formula would be too long with."""
        if array.size and self._length(array) > BUDGET:
            hidden = [part for part in self._unnamed(array) if _computes(part)]
            self.cells |= {id(part) for part in hidden}

    def _length(self, array):
        first, last = (0,) * array.ndim, tuple(n - 1 for n in array.shape)
        return max(_length(self.formula(array, index)) for index in (first, last))

    def _unnamed(self, array):
        """The arrays that are written into an array's formula, itself not among them."""
        found, waiting = [], list(self._inputs(array))
        while waiting:
            part = waiting.pop()
            if id(part) not in self.cells:
                found.append(part)
                if not _computes(part):  # what is moved only is followed to its origin
                    waiting.extend(self._inputs(part))
        return found

    # Formulas ----------------------------------------------------------------------------

    def _one_level(self, array, index):
        """What an operation says; numbers that were only moved are followed."""
        formula = self._said(array, index)
        while formula.kind == "leaf" and id(formula.parts[0]) not in self.cells:
            formula = self._said(*formula.parts)
        return formula

    def _said(self, array, index):
        if id(array) in self._steps:
            return leaf(self._steps[id(array)], index)
        if not array.inputs:
            return literal(_typed(array, index))
        return SPELLINGS[array.op](
            lambda n, place: leaf(array.inputs[n], place), array, index
        )

    def _resolved(self, formula):
        def visit(part, made):
            if part.kind == "leaf":
                known = id(part.parts[0]) in self.cells
                return part if known else self.formula(*part.parts)
            if isinstance(part.parts, Terms):
                made = [self._resolved(term) for term in part.parts]
                return Formula(part.kind, tuple(made))
            if part.kind == "literal":
                return part
            if part.kind == "function":
                return function(part.parts[0], *made)
            return Formula(part.kind, tuple(made))  # a sum in a sum stays one of its own

        return fold(formula, visit)

    # Titles ------------------------------------------------------------------------------

    def _titles(self):
        """Full names; those in between after their owner's, others counted."""
        titles, count = dict(self._called), 0
        for array in self.tables:
            if id(array) in self.owners:
                owner = titles.get(id(self.owners[id(array)]), array.op)
                titles[id(array)] = f"{owner}: {array.name.rpartition(' / ')[2]}"
            elif id(array) not in titles:
                count += 1
                titles[id(array)] = f"step {count}"
        return titles


def is_given(array):
    """Whether an array was typed in: weights, words, masks, places."""
    return not array.inputs


def _computes(array):
    return bool(array.inputs) and array.op not in MOVES


MOVES = "transpose reshape broadcast_to concatenate copy astype getitem".split()
"""Operations that bring numbers elsewhere: they need no cells unless they have a name."""


def _typed(array, index):
    """The number of a constant, as the code has it."""
    typed = isinstance(array.origin, int | float)
    return array.origin if typed else array.value[index].item()


def _length(formula):
    """How much there is to read; a row of cells is one thing, and so is a look-up."""

    def visit(part, made):
        row = bool(made) and all(p.kind == "leaf" for p in parts_of(part))
        return 2 if part.kind == "pick" or (row and len(made) > 2) else 1 + sum(made)

    return fold(formula, visit)


def _check_count(tables):
    """Raise for more numbers than anybody would look at."""
    count = sum(array.size for array in tables)
    if count > LARGEST:
        raise TraceError(
            f"workbook: the record has {count} numbers to show, and at most {LARGEST} fit; "
            "give an earlier step of it, or a smaller model."
        )


def _check_numbers(tables, titles):
    """Raise for numbers that no cell can hold."""
    _check_count(tables)
    for array in tables:
        if not np.isfinite(array.value).all():
            raise TraceError(
                f"workbook: {titles[id(array)]} holds inf or NaN, and a cell holds neither."
            )


def rows_and_columns(array):
    """An array as tables side by side: how many, and the rows and columns of each."""
    shape = (1, 1, *array.shape)
    return math.prod(shape[:-2]), shape[-2], shape[-1]
