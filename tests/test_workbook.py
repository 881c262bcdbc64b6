"""A record as a workbook: LibreOffice computes each cell, Python has the same number."""

import re
import zipfile

import numpy as np
import openpyxl
import pytest
from workbooks import (
    ODD,
    OFFICE,
    TEXT,
    as_read,
    by_a_learner,
    computed,
    differing,
    found,
    other,
    written,
)

from tfmath import toy
from tfmath.__main__ import main
from tfmath.errors import TraceError
from tfmath.model.names import flatten
from tfmath.show.workbook import finished, laid_out, workbook
from tfmath.show.workbook import numbers as numbers_of
from tfmath.show.workbook_formulas import formula_text
from tfmath.show.workbook_layout import sheet_names
from tfmath.tracing import named, operation, trace
from tfmath.tracing.formula import Formula, literal

needs_office = pytest.mark.skipif(not OFFICE, reason="no LibreOffice (soffice) to compute")


# Computed by LibreOffice -----------------------------------------------------------------


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Three workbooks as they were written: their folder, name → Python's numbers."""
    folder = tmp_path_factory.mktemp("workbooks")
    records = {"toy": finished(toy.load(), TEXT), "other": other(), "own": by_a_learner()}
    return folder, {
        name: workbook(record, folder / f"{name}.xlsx") for name, record in records.items()
    }


@pytest.fixture(scope="module")
def books(files):
    """All workbooks of this file, computed in one go: name → book, Python's numbers."""
    folder, numbers = files
    changed(folder, "weight", _weight)
    changed(folder, "word", _word)
    changed(folder, "corrupted", _corrupted)
    names = [*numbers, "weight", "word", "corrupted"]
    opened = computed(folder, *(folder / f"{name}.xlsx" for name in names))
    return dict(zip(names, opened, strict=True)), numbers, folder


def changed(folder, name, change):
    book = openpyxl.load_workbook(folder / "toy.xlsx")
    change(book)
    book.save(folder / f"{name}.xlsx")


BEFORE, AFTER = 2.0, -2.5
SPOILT = "encoder layer 1 norm 1!C29"


def _weight(book):
    (row,) = [cell.row for cell in book["tables"]["A"] if cell.value == "you"]
    assert book["tables"].cell(row, 4).value == BEFORE
    book["tables"].cell(row, 4).value = AFTER


def _word(book):
    (cell,) = [c for row in book["start"] for c in row if c.value == "play"]
    cell.value = "storm"


def _corrupted(book):
    sheet, _, place = SPOILT.rpartition("!")
    book[sheet][place].value += "+0.000001"


@needs_office
def test_every_cell_is_the_number_of_python(books):
    opened, numbers, _ = books
    assert differing(opened["toy"], numbers["toy"]) == []
    assert len(numbers["toy"]) > 4000


@needs_office
def test_every_number_that_is_not_given_is_a_formula(books):
    _, numbers, folder = books
    book = openpyxl.load_workbook(folder / "toy.xlsx")
    typed = [cell for cell in numbers["toy"] if not str(found(book, cell)).startswith("=")]
    mask, places = 6 * 6, 2 * 6 * 5
    assert len(typed) == sum(table.size for table in toy_tables()) + mask + places


def toy_tables():
    return flatten(toy.load()).values()


@needs_office
def test_the_first_sheet_says_what_is_written_and_how_surely(books):
    opened, _, _ = books
    expected = toy.finish(toy.load(), TEXT)
    lines = written(opened["toy"])
    assert [line[1] for line in lines] == [word for word, _ in expected]
    assert [line[2] for line in lines] == pytest.approx([p for _, p in expected], abs=1e-12)


@needs_office
def test_a_changed_weight_changes_the_numbers_and_the_written_word(books):
    opened, _, _ = books
    parameters = toy.load()
    parameters["embedding"][toy.WORDS.index("you"), 2] = AFTER
    root = as_read(parameters, TEXT)
    anew = numbers_of(laid_out(root))
    assert differing(opened["weight"], anew) == []
    before, after = ([line[1] for line in written(opened[n])] for n in ("toy", "weight"))
    assert before != after
    assert after == [toy.WORDS[best] for best in root.value.argmax(-1)]


@needs_office
def test_a_changed_word_is_looked_up_anew(books):
    opened, _, _ = books
    root = as_read(toy.load(), TEXT.replace("play", "storm"))
    anew = numbers_of(laid_out(root))
    assert differing(opened["word"], anew) == []
    assert opened["word"]["encoder layer 1 self-attention"]["A8"].value == "storm"


@needs_office
def test_control_a_corrupted_formula_is_found_by_its_name(books):
    opened, numbers, _ = books
    wrong = differing(opened["corrupted"], numbers["toy"])
    assert wrong[0] == SPOILT
    assert not [cell for cell in wrong if "encoder layer 1 self-attention" in cell]


@needs_office
def test_another_model_needs_no_other_code(books):
    opened, numbers, _ = books
    assert differing(opened["other"], numbers["other"]) == []
    root = other()
    assert [line[0] for line in written(opened["other"])] == ["?", "=1+1", "#N/A"]
    expected = [ODD[best] for best in root.value.argmax(-1)]
    assert [line[1] for line in written(opened["other"])] == expected


@needs_office
def test_nothing_computed_is_an_error(books):
    for book in books[0].values():
        for sheet in book:
            for row in sheet.iter_rows():
                assert not [c.coordinate for c in row if c.data_type == "e"], sheet.title


@needs_office
def test_a_learners_numpy_is_a_workbook_too(books):
    opened, numbers, _ = books
    assert differing(opened["own"], numbers["own"]) == []


# Without it ------------------------------------------------------------------------------


def test_words_are_text_and_never_formulas(files):
    folder, _ = files
    book = openpyxl.load_workbook(folder / "other.xlsx")
    at = next(n for n, c in enumerate(book["tables"]["A"]) if c.value == ODD[0])
    kept = book["tables"]["A"][at : at + len(ODD)]
    assert [cell.value for cell in kept] == ODD
    assert {cell.data_type for cell in kept} == {"s"} and kept[0].quotePrefix
    with zipfile.ZipFile(folder / "other.xlsx") as parts:
        text = b"".join(parts.read(name) for name in parts.namelist())
    assert b"<f>1+1" not in text and b"=1+1" in text


def test_the_file_has_nothing_that_excel_warns_of(files):
    """No links outside, no macros, and only functions that Excel 2007 had."""
    folder, _ = files
    known = set(
        "SUM SUMPRODUCT MMULT MAX MIN PRODUCT EXP LN LOG LOG10 SQRT ABS SIGN INT TRUNC MOD "
        "TANH ATAN2 POWER ERF IF AND OR NOT INDEX MATCH EXACT CHOOSE TRUE".split()
    )
    for name in ("own.xlsx", "other.xlsx"):
        with zipfile.ZipFile(folder / name) as parts:
            assert not [n for n in parts.namelist() if "external" in n or "vba" in n]
        book = openpyxl.load_workbook(folder / name)
        texts = [c.value for s in book for r in s.iter_rows() for c in r if is_formula(c)]
        called = {f for t in texts for f in functions(t)}
        assert called <= known and max(map(len, texts)) < 8192
        assert all(len(s.title) <= 31 for s in book)


def is_formula(cell):
    return cell.data_type == "f"


def functions(text):
    return re.findall(r"([A-Z][A-Z0-9.]*)\(", re.sub(r"'[^']*'", "", text))


def test_an_operation_without_a_spelling_is_named_before_anything_is_written(tmp_path):
    @operation(derivative=(lambda grad, output, x: grad,))
    def swirled(x):
        return x * 3

    root = named("end", swirled(trace([1.0], "x")) + 1)
    with pytest.raises(TraceError, match="no spelling for the operation swirled; give it"):
        workbook(root, tmp_path / "new.xlsx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "root, words",
    [
        (np.ones(3), "expected a traced array"),
        (trace([np.inf], "x") + 1, "x holds inf or NaN"),
        (np.sum(np.ones((700, 700)) * trace(1.0, "x")), "at most 200000 fit"),
        (trace([[1.0]], "x", rows=["a\x07"]) + 1, "control characters"),
        (np.sort(trace([2.0, 1.0], "x")), "operation argsort"),
    ],
)
def test_what_cannot_be_a_workbook_is_refused(root, words, tmp_path):
    with pytest.raises(TraceError, match=words):
        workbook(root, tmp_path / "new.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_the_command_writes_and_refuses(tmp_path, capsys):
    out = tmp_path / "toy.xlsx"
    assert main(["workbook", str(out)]) == 0
    assert "cells with numbers written to" in capsys.readouterr().out
    first = out.read_bytes()
    assert main(["workbook", str(out)]) == 2
    assert "exists; give --force to replace it." in capsys.readouterr().err
    assert out.read_bytes() == first
    assert main(["workbook", str(out), "--force", "--text", "i drink and"]) == 0
    assert openpyxl.load_workbook(out)["start"]["A1"].value == "i drink and …"
    assert main(["workbook", str(tmp_path / "toy.csv")]) == 2
    assert "must end in .xlsx" in capsys.readouterr().err
    assert main(["workbook", str(tmp_path / "new.xlsx"), "--text", "i drnk and"]) == 2
    assert "drnk" in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["toy.xlsx"]


def test_sheets_have_names_that_excel_takes():
    parts = [
        "decoder / layer 12 / cross-attention / more",
        "a[b]",
        "A-b-",
        "history",
        "'x'",
    ]
    names = list(sheet_names(parts).values())
    assert names[1:] == ["a-b-", "A-b- 2", "history 2", "-x-"] and len(names[0]) <= 31


def test_a_formula_that_no_cell_holds_is_refused():
    long = Formula("sum", tuple(literal(0.123456789) for _ in range(900)))
    with pytest.raises(TraceError, match="name a step on the way"):
        formula_text(long, None, "s")
