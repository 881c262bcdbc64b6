"""The kill matrix and the table of progress: each hole is seen, and nothing is written."""

import copy
import json
import re

import nbformat
import numpy as np
import pytest

from tfmath.__main__ import main
from tfmath.practice import Exercise, Mistake, command, matrix
from tfmath.practice.exercise import Verdict
from tfmath.practice.matrix import COLUMNS, doubts_of
from tfmath.practice.of_chapters import doubts_of_chapter, doubts_of_chapters
from tfmath.practice.progress import as_text, progress
from tfmath.practice.stored import Stored, stored_in

# Controls: each column stops what it is for ---------------------------------------------

HALF = Exercise("1/2?", 0.5, (Mistake(2.0, "you divided 2 by 1"),), ("Halve one.",))
DOUBLE = Exercise(
    "Double it.",
    lambda x: 2 * x,
    (Mistake(lambda x: x**2, "it is squared"),),
    ("Twice.",),
    lambda rng: (rng.normal(size=rng.integers(2, 9)),),
    forms=(lambda x: x + x,),
)
SPOILED = {
    "mistakes": [
        HALF._replace(mistakes=(Mistake(0.5, "you are right"),)),
        HALF._replace(mistakes=(*HALF.mistakes, Mistake(2.0, "you doubled"))),
        HALF._replace(mistakes=()),
        DOUBLE._replace(mistakes=(Mistake(lambda x: x + x, "it is right"),)),
        DOUBLE._replace(mistakes=(*DOUBLE.mistakes, Mistake(np.exp, "it is squared"))),
    ],
    "forms": [
        DOUBLE._replace(forms=()),
        DOUBLE._replace(forms=(lambda x: x,)),
        HALF._replace(forms=(2,)),
        HALF._replace(answer=None),
    ],
    "hints": [HALF._replace(hints=()), DOUBLE._replace(hints=())],
    "trials": [
        DOUBLE._replace(inputs=lambda rng: (rng.normal(size=3),)),
        DOUBLE._replace(inputs=lambda rng: (3,)),
        DOUBLE._replace(inputs=lambda rng: (rng.normal(size=(rng.integers(2, 9), 3)),)),
    ],
    "strange": [HALF._replace(answer=np.nan), DOUBLE._replace(answer=lambda x: "")],
    "stopped": [DOUBLE._replace(answer=lambda x: np.asarray(x).__iadd__(1))],
}


def test_an_exercise_as_it_should_be_has_no_complaint():
    for whole in (HALF, DOUBLE):
        assert {c: wrong for c, (_, wrong) in doubts_of(whole).items() if wrong} == {}


@pytest.mark.parametrize("state", ["open", "right", "wrong"])
def test_control_a_check_that_always_says_the_same_is_seen(state, monkeypatch):
    monkeypatch.setattr(matrix, "judged", lambda *asked: Verdict(state, "It is as it is."))
    for exercise in (HALF, DOUBLE):
        blind = {name for name, (_, wrong) in doubts_of(exercise).items() if not wrong}
        same = {"open": {"open"}, "right": {"forms"}, "wrong": {"strange"}}[state]
        assert blind == {"hints", "trials"} | same


@pytest.mark.parametrize("column", SPOILED)
def test_control_a_spoiled_exercise_is_seen(column):
    for spoiled in SPOILED[column]:
        assert doubts_of(spoiled, {column: COLUMNS[column]})[column][1]


def cells(*stored, subject="halves"):
    """A notebook of an import cell and of checks with what they have stored."""
    made = [f"from tfmath.practice import check, {subject} as exercises"]
    made = [nbformat.v4.new_code_cell(made[0])]
    for name, text in stored:
        output = nbformat.v4.new_output("execute_result", {"text/plain": text})
        made.append(
            nbformat.v4.new_code_cell(f"answer = 1\ncheck(exercises.{name}, answer)")
        )
        made[-1].outputs = [output]
    return nbformat.v4.new_notebook(cells=made)


def silent(notebook):
    """The notebook without its stored outputs."""
    bare = copy.deepcopy(notebook)
    bare.cells[1].outputs = []
    return bare


def written(folder, **notebooks):
    """Put notebooks into a folder."""
    (folder / "solutions").mkdir()
    for name, notebook in notebooks.items():
        place = folder / ("solutions" if name.startswith("s_") else ".")
        nbformat.write(notebook, place / f"{name.removeprefix('s_')}.ipynb")
    return folder


OPEN, RIGHT = cells(("HALF", "Not answered yet: 1/2?")), cells(("HALF", "Right."))
HALVES = {"halves": {"HALF": HALF}}


@pytest.mark.parametrize(
    "chapter, solution, subjects",
    [
        (cells(("HALF", "Right.")), RIGHT, HALVES),
        (cells(), RIGHT, HALVES),
        (silent(OPEN), RIGHT, HALVES),
        (OPEN, cells(("HALF", "Not yet: 2 is not it.")), HALVES),
        (OPEN, cells(("HALF", "Right."), ("HALF", "Not yet: no.")), HALVES),
        (OPEN, silent(RIGHT), HALVES),
        (OPEN, cells(), HALVES),
        (OPEN, None, HALVES),
        (OPEN, RIGHT, {}),
        (OPEN, RIGHT, {**HALVES, "thirds": {"HALF": HALF}}),
        (nbformat.v4.new_notebook(cells=OPEN.cells[1:]), RIGHT, HALVES),
    ],
)
def test_control_a_spoiled_chapter_is_seen(chapter, solution, subjects, tmp_path):
    (tmp_path / "good").mkdir()
    assert doubts_of_chapters(HALVES, written(tmp_path / "good", a=OPEN, s_a=RIGHT)) == []
    notebooks = {"a": chapter} | ({} if solution is None else {"s_a": solution})
    (tmp_path / "bad").mkdir()
    assert doubts_of_chapters(subjects, written(tmp_path / "bad", **notebooks))


def test_control_a_solution_without_its_chapter_is_seen(tmp_path):
    folder = written(tmp_path, a=OPEN, s_a=RIGHT, s_b=RIGHT)
    assert doubts_of_chapters(HALVES, folder) == [
        "solutions/b.ipynb: there is no such chapter"
    ]


# The command ----------------------------------------------------------------------------


def test_the_matrix_is_printed_and_a_hole_is_an_error(tmp_path, capsys):
    folder = written(tmp_path, a=OPEN, s_a=RIGHT)
    assert command.print_matrix(HALVES, folder) == 0
    assert "1 exercise: 1 mistakes" in capsys.readouterr().out
    right = HALF._replace(mistakes=(Mistake(0.5, "you are right"),))
    assert command.print_matrix({"halves": {"HALF": right}}, folder) == 1
    said = capsys.readouterr().out
    assert "0/1" in said and "“you are right” should be wrong" in said
    wrong = json.loads(nbformat.writes(cells(("HALF", "Not yet: 2 is not it."))))
    (folder / "solutions" / "a.ipynb").write_text(json.dumps(wrong), encoding="utf-8")
    assert command.print_matrix(HALVES, folder) == 1


def test_progress_reads_the_folder_and_writes_nothing(tmp_path, capsys):
    first = cells(
        ("THIRD", "Not yet: 3 is not it."), ("THIRD", "Right."), subject="start_here"
    )
    second = cells(("COUNT", "Not yet: 3 is not it."), ("IDS", ""), subject="vocabulary")
    folder = written(tmp_path, a_mine=first, b_mine=second, notes=cells())
    (folder / "broken.ipynb").write_text("{", encoding="utf-8")
    before = {path: path.read_bytes() for path in folder.rglob("*.ipynb")}
    assert main(["practice", "--progress", str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("a_mine") and "right: THIRD; not run: READ" in lines[0]
    assert "tried: COUNT; not run: IDS" in lines[1]
    assert re.search(r"all +1 of +\d+ right", lines[2]) and len(lines) == 3
    assert before == {path: path.read_bytes() for path in folder.rglob("*.ipynb")}


def test_progress_of_the_course_and_of_a_folder_that_is_none(capsys):
    assert progress()["00_start_here"]["THIRD"] == "right"
    assert "all" in as_text(progress())
    assert main(["practice", "nowhere"]) == 2
    assert capsys.readouterr().err == (
        "tfmath practice: there is no folder nowhere with notebooks.\n"
    )


def test_a_check_in_a_comment_asks_nothing(tmp_path):
    cell = nbformat.v4.new_code_cell(
        "# check(exercises.HALF, 1)\nprint(check(exercises.HALF, 2))"
    )
    cell.outputs = [nbformat.v4.new_output("stream", text="Right.\n")]
    path = written(tmp_path, a=nbformat.v4.new_notebook(cells=[cell])) / "a.ipynb"
    assert stored_in(path) == Stored(None, [("HALF", "Right.\n")])
    assert doubts_of_chapter(stored_in(path), None, HALVES)
