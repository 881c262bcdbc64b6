"""Every chapter has exercises that answer, and every answer and every mistake is tried.

Chapters, exercise modules and solutions are found by looking; a new one is held to the same
rules as the others, and one without its exercises or its solutions fails.
"""

import ast
import copy
import importlib
import re
from pathlib import Path
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
from by_hand import BY_HAND, OTHER_WAYS

import tfmath
from tfmath.practice import Mistake, check, embeddings, start_here, vocabulary
from tfmath.practice.answers import Exercise

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SOLUTIONS = sorted((ROOT / "notebooks" / "solutions").glob("*.ipynb"))


def exercises_in(module):
    """The exercises that a module defines, by name."""
    return {name: e for name, e in vars(module).items() if isinstance(e, Exercise)}


MODULES = {
    path.stem: module
    for path in sorted((Path(tfmath.__file__).parent / "practice").glob("[!_]*.py"))
    if exercises_in(module := importlib.import_module(f"tfmath.practice.{path.stem}"))
}
EVERY = {
    f"{stem}.{name}": exercise
    for stem, module in MODULES.items()
    for name, exercise in exercises_in(module).items()
}

# The gates: each gives its complaints ---------------------------------------------------


def doubts_about_exercise(exercise):
    """The right answer passes, None is open, every mistake is refused and named."""
    doubts = [] if exercise.hints else ["it has no hints"]
    doubts += [] if exercise.mistakes else ["it knows no mistake"]
    for answer, state in [(exercise.answer, "right"), (None, "open"), (..., "open")]:
        if (verdict := check(exercise, answer)).state != state:
            doubts.append(f"{answer!r:.40} is not {state}: {verdict}")
    for mistake in exercise.mistakes:
        verdict = check(exercise, mistake.answer)
        if verdict.state != "wrong" or f"when {mistake.because}." not in verdict.text:
            doubts.append(f"“{mistake.because}” is answered by: {verdict}")
    return doubts


def module_of(notebook):
    """The exercise module that a notebook imports ``as exercises``."""
    sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    found = re.findall(r"\b(\w+) as exercises\b", "\n".join(sources))
    return found[0] if len(found) == 1 else None


def verdicts(notebook):
    """What the stored outputs say of each exercise: pairs of its name and the text."""
    for cell in notebook.cells:
        if cell.cell_type == "code" and "check(" in cell.source:
            call = ast.parse(cell.source).body[-1].value
            said = [o.data["text/plain"] for o in cell.outputs if "data" in o]
            yield call.args[0].attr, said[-1] if said else ""


def doubts_about_chapter(chapter, solution, modules):
    """A chapter leaves every exercise of its module open, and the solutions are right."""
    name = module_of(chapter)
    if name not in modules:
        return [f"imports no exercise module of its own: {name}"]
    if solution is None or module_of(solution) != name:
        return [f"has no solutions that use {name}"]
    asked, solved, doubts = list(verdicts(chapter)), list(verdicts(solution)), []
    for exercise in exercises_in(modules[name]):
        texts = [text for asked_for, text in asked if asked_for == exercise]
        if not any(text.startswith("Not answered yet") for text in texts):
            doubts.append(f"{exercise} is nowhere asked, or stored with an answer")
        if (exercise, "Right.") not in solved and "Right." not in texts:
            doubts.append(f"{exercise} is solved nowhere")
    return doubts + [f"{n} is stored as: {text}" for n, text in solved if text != "Right."]


# The course -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVERY)
def test_an_exercise_knows_its_answer_and_its_mistakes(name):
    assert doubts_about_exercise(EVERY[name]) == []


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_asks_and_its_solutions_answer(path):
    there = path.parent / "solutions" / path.name
    solution = nbformat.read(there, 4) if there.exists() else None
    assert doubts_about_chapter(nbformat.read(path, 4), solution, MODULES) == []


def test_every_module_and_every_solution_belongs_to_one_chapter():
    used = [module_of(nbformat.read(path, 4)) for path in CHAPTERS]
    assert sorted(used) == sorted(MODULES)
    assert {path.name for path in SOLUTIONS} == {path.name for path in CHAPTERS}


def test_every_number_asked_for_is_worked_out_by_hand():
    assert set(BY_HAND) == {n for n, e in EVERY.items() if not callable(e.answer)}
    for name, answer in BY_HAND.items():
        assert check(EVERY[name], answer).state == "right", name


# Controls: each gate stops what it is for -----------------------------------------------

HALF = Exercise("1/2?", 0.5, (Mistake(2.0, "you divided 2 by 1"),), ("Halve one.",))
SPOILED = {
    "a mistake that is right": HALF._replace(mistakes=(Mistake(0.5, "you are right"),)),
    "a mistake named as another": HALF._replace(
        mistakes=(*HALF.mistakes, Mistake(2.0, "you doubled"))
    ),
    "no mistakes": HALF._replace(mistakes=()),
    "no hints": HALF._replace(hints=()),
    "an answer that is none": HALF._replace(answer=None),
}


def cells(*stored):
    """A notebook of an import cell and of checks with what they have stored."""
    made = [
        nbformat.v4.new_code_cell("from tfmath.practice import check, halves as exercises")
    ]
    for name, text in stored:
        output = nbformat.v4.new_output("execute_result", {"text/plain": text})
        made.append(
            nbformat.v4.new_code_cell(f"answer = 1\ncheck(exercises.{name}, answer)")
        )
        made[-1].outputs = [output]
    return nbformat.v4.new_notebook(cells=made)


HALVES = {"halves": SimpleNamespace(HALF=HALF)}
OPEN, RIGHT = cells(("HALF", "Not answered yet: 1/2?")), cells(("HALF", "Right."))


def silent(notebook):
    """The notebook without its stored outputs."""
    bare = copy.deepcopy(notebook)
    bare.cells[1].outputs = []
    return bare


@pytest.mark.parametrize("name", SPOILED)
def test_control_a_spoiled_exercise_is_seen(name):
    assert doubts_about_exercise(HALF) == []
    assert doubts_about_exercise(SPOILED[name])


@pytest.mark.parametrize(
    "chapter, solution, modules",
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
        (nbformat.v4.new_notebook(cells=OPEN.cells[1:]), RIGHT, HALVES),
    ],
)
def test_control_a_spoiled_chapter_is_seen(chapter, solution, modules):
    assert doubts_about_chapter(OPEN, RIGHT, HALVES) == []
    assert doubts_about_chapter(chapter, solution, modules)


# What only one chapter has --------------------------------------------------------------


@pytest.mark.parametrize("name", OTHER_WAYS)
def test_another_way_to_write_it_passes(name):
    assert check(EVERY[name], OTHER_WAYS[name]).state == "right"


def test_the_worked_example_is_the_one_of_the_course():
    record = start_here.worked_example()
    assert record["logits"].shape == (5, 26)
    assert tfmath.toy.WORDS[np.asarray(record["logits"].value)[-1].argmax()] == "die"


def test_the_map_links_only_what_the_front_page_lists():
    prose = [
        c.source for c in nbformat.read(CHAPTERS[0], 4).cells if c.cell_type == "markdown"
    ]
    links = re.findall(r"\((\w+\.ipynb)\)", "\n".join(prose))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert links and all(f"(notebooks/{link})" in readme for link in links)


def test_a_set_is_listed_differently_by_two_runs_and_alike_by_one():
    runs = [vocabulary.set_in_a_new_python(vocabulary.TOKENS, run) for run in (1, 2, 1)]
    assert runs[0] != runs[1] and runs[0] == runs[2]
    assert sorted(runs[0]) == sorted(runs[1]) == sorted(set(vocabulary.TOKENS))


def test_half_the_spread_needs_four_times_the_width():
    rng = np.random.default_rng(0)
    spread = []
    for width in (5, embeddings.SPREAD.answer):
        one, other = rng.normal(size=(2, 20000, width))
        lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
        spread.append(((one * other).sum(axis=1) / lengths).std())
    assert abs(spread[1] / spread[0] - 0.5) < 0.02


def test_both_processes_are_tried():
    draw = EVERY["four_witnesses.SHARE"].inputs
    assert {draw(np.random.default_rng(seed))[0] for seed in range(3)} == {0, 1}
