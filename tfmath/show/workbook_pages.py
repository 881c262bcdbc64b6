"""Tables and words written into the sheets of a workbook."""

from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink

from tfmath.show.numbers import decimals_of
from tfmath.show.workbook_formulas import formula_text, quoted, reference
from tfmath.show.workbook_layout import START
from tfmath.show.workbook_plan import is_given, rows_and_columns
from tfmath.show.workbook_spelling import HIDDEN

YOURS, GIVEN, QUIET, LINK = "FFF2CC", "EDEDED", "7F7F7F", "1F5C99"
"""Colours: what may be changed, what was given besides, what is said aside, links."""

NARROW, WORDS = 7.6, 16
"""How wide a column of numbers is, and the first one, with the words."""

FORMATS = {0: "0", 1: "0.0##"}
THREE, CLOUDED = "0.000", '[<-1000000]"hidden";0.000'


def write_sheet(page, tables, layout, words):
    """All tables of one sheet, under its title.

    Parameters
    ----------
    page : openpyxl worksheet
    tables : list of Table
    layout : Layout
    words : Words
    """
    page.freeze_panes, page.sheet_view.showGridLines = "B3", False
    page.sheet_view.zoomScale = 100
    for table in tables:
        _labels(page, table, words)
        _numbers(page, table, layout, words)
        _heading(page, table, layout)
    last = max(table.column + table.size[1] for table in tables)
    for column in range(1, last + 1):
        width = WORDS if column == 1 else NARROW
        page.column_dimensions[get_column_letter(column)].width = width
    for_paper(page)


def for_paper(page):
    """One page wide on paper, lying."""
    page.page_setup.orientation, page.page_setup.fitToHeight = "landscape", 0
    page.sheet_properties.pageSetUpPr.fitToPage = True


# What stands around the numbers ----------------------------------------------------------


def _heading(page, table, layout):
    row, column = table.title_row, table.column - 1
    cell = text(page, row, column, _title(table))
    cell.font = font(bold=True)
    if table.brought:
        home = layout.home(table.array)
        link(cell, home.sheet, f"A{home.title_row}")
        cell.font = font(bold=True, color=LINK)
    elif table.says:
        first = page.cell(table.row, table.column)
        said = text(page, row + 1, column, f"{first.coordinate} {first.value}")
        said.font = font(color=QUIET, size=9)


def _title(table):
    """What a table is called on its own sheet: what its part is called is left out."""
    if table.brought:
        return f"{table.title} (from its own sheet)"
    *part, last = table.title.split(" / ")
    kept = [name for name in part if name not in table.sheet]
    return " / ".join([*kept, last])


def _labels(page, table, words):
    """Words, or places counted from 0, above the columns and beside the rows."""
    array, (count, rows, columns) = table.array, rows_and_columns(table.array)
    if table.upright:
        return words.beside_ids(page, table)
    for k in range(count):
        first = table.column + k * (columns + 1)
        if count > 1:
            head = text(page, table.row - 2, first, _batch(array, k))
            head.font = font(italic=True, color=QUIET)
        for j in range(columns if array.ndim else 0):
            words.label(page, table.row - 1, first + j, array, array.ndim - 1, j)
    for i in range(rows if array.ndim > 1 else 0):
        words.label(page, table.row + i, table.column - 1, array, array.ndim - 2, i)


def _batch(array, k):
    """The words of the k-th of the tables side by side."""
    said = []
    for axis in reversed(range(array.ndim - 2)):
        k, place = divmod(k, array.shape[axis])
        labels = array.labels[axis]
        said.insert(0, labels[place] if labels else str(place))
    return ", ".join(said)


# The numbers -----------------------------------------------------------------------------


def _numbers(page, table, layout, words):
    look = _look(table)
    for index in indices(table.array):
        _, row, column = table.cell(index)
        cell = page.cell(row, column, _content(table, index, layout, words))
        for name, value in look.items():
            setattr(cell, name, value)


def indices(array):
    """Every place of an array, in order."""
    found = [()]
    for size in array.shape:
        found = [(*index, i) for index in found for i in range(size)]
    return found


def _content(table, index, layout, words):
    array, sheet = table.array, table.sheet
    if table.brought:
        return "=" + reference(layout.home(array).cell(index), sheet)
    if table.upright:
        return words.id_formula(table, index)
    if is_given(array):
        return array.value[index].item()
    formula = layout.plan.formula(array, index)
    return formula_text(formula, lambda a, at: layout.cell(a, at, sheet), sheet)


def _look(table):
    array, look = table.array, {"number_format": _format(table)}
    if array.op == "input" and not table.brought:
        look["fill"] = fill(YOURS)
    if array.op == "constant" and not table.upright:
        look["fill"] = fill(GIVEN)
    if table.brought:
        look["font"] = font(color=QUIET)
    if array.dtype.kind == "b":
        look["alignment"] = Alignment(horizontal="right")
    return look


def _format(table):
    array = table.array
    if array.dtype.kind != "f":
        return "General"
    if (array.value <= HIDDEN).any():
        return CLOUDED
    return FORMATS.get(decimals_of(array.value), THREE) if is_given(array) else THREE


def font(**look):
    return Font(**{"name": "Calibri", "size": 11} | look)


def fill(colour):
    return PatternFill("solid", fgColor=colour)


# Text and links --------------------------------------------------------------------------


def text(page, row, column, words):
    """Put words into a cell as text, whatever they begin with."""
    cell = page.cell(row, column)
    cell.value = words
    cell.data_type = "s"
    return cell


def typed_word(cell):
    """The look of a word that can be changed; typed in again, it stays text."""
    cell.fill, cell.quotePrefix, cell.number_format = fill(YOURS), True, "@"
    thin = Side(style="thin", color="BFBFBF")
    cell.border = Border(bottom=thin)


def link(cell, sheet, place="A1"):
    """Let a click on a cell lead to a place in the workbook."""
    where = f"{quoted(sheet)}!{place}"
    cell.hyperlink = Hyperlink(ref=cell.coordinate, location=where)
    cell.font = font(color=LINK)


def navigation(page, title, before, after):
    """The frozen rows of a sheet: which part it is, and links to its neighbours."""
    text(page, 1, 1, title).font = font(bold=True, size=14)
    link(text(page, 2, 1, "to the start"), START)
    if before:
        link(text(page, 2, 2, f"← {before}"), before)
    if after:
        link(text(page, 2, 7, f"{after} →"), after)
