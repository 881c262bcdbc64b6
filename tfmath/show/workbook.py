"""A record as a workbook of live formulas, and the command that writes the toy model's."""

import io
import os
from itertools import zip_longest

from openpyxl import Workbook

from tfmath import toy
from tfmath.errors import TraceError
from tfmath.model.files import check_place
from tfmath.model.parameters import traced
from tfmath.model.transformer import transformer
from tfmath.parts.softmax import softmax
from tfmath.parts.text import END, SPECIALS, START, encode
from tfmath.show import workbook_layout
from tfmath.show.workbook_formulas import reference
from tfmath.show.workbook_labels import Words
from tfmath.show.workbook_layout import Layout, check_size
from tfmath.show.workbook_pages import indices, navigation, write_sheet
from tfmath.show.workbook_plan import Plan
from tfmath.show.workbook_start import Start
from tfmath.show.workbook_words import check_words
from tfmath.tracing import Traced, named


def workbook(
    array, path, title="A record", notes=(), overwrite=False, way="overwrite=True"
):
    """Write a record as a spreadsheet that works every number out by itself.

    Parameters
    ----------
    array : Traced
        What the record leads to. Where it has words along both axes, the first sheet says
        for each row the word with the largest number.
    path : path of the file, ending in .xlsx
    title : str
    notes : sequence of str
        Lines below the title, on the first sheet.
    overwrite : bool
        Whether a file that is there may be replaced.
    way : str
        How that is asked for, for the error message.

    Returns
    -------
    numbers : dict of str to float
        What Python has for each cell, ``"encoder!B5"``, that holds a number of the record.

    Raises
    ------
    TraceError
        If `array` is not traced; if an operation has no spelling; for inf and NaN, which no
        cell can hold; for a record too large for a spreadsheet.
    ValueError
        If the name does not end in .xlsx.
    FileExistsError
        If a file is there and may not be replaced.

    Notes
    -----
    A spreadsheet knows float64 alone; so the record is to be of float64.
    """
    if not isinstance(array, Traced):
        raise TraceError(f"workbook: expected a traced array, got {type(array).__name__}.")
    if not str(path).endswith(".xlsx"):
        raise ValueError(f"workbook: {path} must end in .xlsx, or Excel will not open it.")
    place = check_place(path, overwrite, way)
    layout = laid_out(array)
    _save(_book(layout, title, notes), place)
    return numbers(layout)


def laid_out(array):
    """Where everything of a record stands, once it is sure that all of it can."""
    plan = Plan(array)
    check_words(plan)
    layout = Layout(plan)
    check_size(layout)
    return layout


def numbers(layout):
    """What Python has for each cell that holds a number of the record."""
    tables = [table for several in layout.sheets.values() for table in several]
    return {
        _name(table, index): float(table.array.value[index])
        for table in tables
        for index in indices(table.array)
    }


def _name(table, index):
    return f"{table.sheet}!{reference(table.cell(index), table.sheet)}"


def _book(layout, title, notes):
    book, start = Workbook(), Start(layout, title, notes)
    words, names = Words(layout, start.lists), list(layout.sheets)
    first, pages = book.active, [book.create_sheet(name) for name in names]
    first.title = workbook_layout.START
    start.write(first, words)
    for page, before, after in zip_longest(pages, [None, *names[:-1]], names[1:]):
        navigation(page, page.title, before, after)
        write_sheet(page, layout.sheets[page.title], layout, words)
    words.define(book)
    book.calculation.fullCalcOnLoad = True
    return book


def _save(book, place):
    """Whole or not at all: beside its place first, then there at once."""
    whole = io.BytesIO()
    book.save(whole)
    beside = place.with_name(place.name + ".part")
    try:
        beside.write_bytes(whole.getvalue())
        os.replace(beside, place)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


# The command -----------------------------------------------------------------------------

NOTES = (
    "The model reads the words on the left, and what is written so far. In each row it has "
    "read one more word of that, and says the next.",
    "Change a weight or a word, and see what is written then. If the next word turns out "
    "another, choose it in the row below, so that the model goes on from there.",
)


def main(chosen):
    """Write the record of a quote that the toy model finishes."""
    check_place(chosen.out, chosen.force, way="--force")
    parameters = toy.load(chosen.weights)
    array, title = finished(parameters, chosen.text), f"{chosen.text} …"
    found = workbook(array, chosen.out, title, NOTES, chosen.force, way="--force")
    print(f"{len(found)} cells with numbers written to {chosen.out}")
    return 0


def finished(parameters, text):
    """The record of a text that the toy model finishes: how probable each next word is."""
    written = [word for word, _ in toy.finish(parameters, text)]
    written = written[:-1] if written[-1] == SPECIALS[END] else written
    ids = encode(text, toy.WORDS), encode([SPECIALS[START], *written], toy.WORDS)
    return named("probability", softmax(transformer(traced(parameters, toy.WORDS), *ids)))
