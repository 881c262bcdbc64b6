"""Words beside rows and above columns: typed in one place, read from there elsewhere."""

import re

from openpyxl.styles import Alignment
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from tfmath.show.workbook_formulas import quoted, reference
from tfmath.show.workbook_pages import QUIET, font, text, typed_word
from tfmath.show.workbook_words import homes_of_words


class Words:
    """Where the words of a workbook are typed.

    Attributes
    ----------
    typed : dict
        From the id of a tuple of words to itself and the cells that hold them.
    names : dict
        From the id of a vocabulary to the name that formulas call its cells by.
    """

    def __init__(self, layout, lists):
        self.layout, self.names, self.typed = layout, {}, {}
        for words, (array, axis) in homes_of_words(layout.plan, layout.words).items():
            table = layout.home(array)
            self.typed[words] = array.labels[axis], _beside(table, axis)
            self.names[words] = name_of(table.title)
        for one, cells in lists:
            self.typed[id(one.words)] = one.words, cells

    def label(self, page, row, column, array, axis, place):
        """Write one word; a number counted from 0 where there are none."""
        words, here = array.labels[axis], (page.title, row, column)
        if words is None:
            return _count(page.cell(row, column, place))
        cells = self.cells(words)
        if cells is None or cells[place] == here:
            cell = text(page, row, column, words[place])
            if cells:
                typed_word(cell)
        else:
            cell = page.cell(row, column, "=" + reference(cells[place], page.title))
        if axis == array.ndim - 1:
            cell.alignment = Alignment(horizontal="right")

    def cells(self, words):
        """Where some words are typed, or None; other tuples of the same words count too."""
        if id(words) in self.typed:
            return self.typed[id(words)][1]
        same = [cells for typed, cells in self.typed.values() if typed == words]
        return same[0] if len(same) == 1 else None

    def beside_ids(self, page, table):
        """The words of a list of ids, each left of its id."""
        _count(text(page, table.row - 1, table.column, "id"))
        for place, cell in enumerate(self.cells(self._list(table).words)):
            here = page.cell(table.row + place, table.column - 1)
            here.value = "=" + reference(cell, page.title)

    def id_formula(self, table, index):
        """The place of a word in its vocabulary, counted from 0, capitals and all."""
        name = self.names[id(self._list(table).vocabulary)]
        _, row, column = table.cell(index)
        word = f"{get_column_letter(column - 1)}{row}"
        return f"=SUMPRODUCT(MATCH(TRUE,EXACT({name},{word}),0))-1"

    def _list(self, table):
        return next(one for one in self.layout.words if one.ids is table.array)

    def define(self, book):
        """Give each vocabulary its name."""
        for words, name in self.names.items():
            cells = self.typed[words][1]
            ends = [f"${get_column_letter(c)}${r}" for _, r, c in (cells[0], cells[-1])]
            where = f"{quoted(cells[0][0])}!{':'.join(ends)}"
            book.defined_names[name] = DefinedName(name, attr_text=where)

    def choice(self, one):
        """A cell in which one of the vocabulary's words can be chosen, and no other."""
        allowed = DataValidation(type="list", formula1=f"={self.names[id(one.vocabulary)]}")
        allowed.errorTitle, allowed.error = "Not in the vocabulary", "Choose from the list."
        allowed.showErrorMessage, allowed.allow_blank = True, False
        return allowed


def _beside(table, axis):
    """The cells of the words along an axis of a table."""
    rows, columns = table.size
    if axis == table.array.ndim - 1:
        return [(table.sheet, table.row - 1, table.column + j) for j in range(columns)]
    return [(table.sheet, table.row + i, table.column - 1) for i in range(rows)]


def _count(cell):
    cell.font = font(color=QUIET)
    cell.alignment = Alignment(horizontal="right")


def name_of(title):
    """A name that formulas can call cells by.

    Examples
    --------
    >>> name_of("encoder / layer 1 / W_Q"), name_of("1")
    ('encoder_layer_1_W_Q_words', '_1_words')
    """
    name = re.sub(r"\W+", "_", title, flags=re.ASCII).strip("_") + "_words"
    return name if name[0].isalpha() else f"_{name}"
