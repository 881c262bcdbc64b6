"""The kill matrix: every exercise against every kind of answer, chapter by chapter.

Chapters, exercise modules and solutions are found by looking; a new one is held to the same
rules as the others, and one without its exercises, its solutions or its forms fails.
"""

import re
import time
from pathlib import Path

import nbformat
import numpy as np
import pytest
from by_hand import BY_HAND, OTHER_WAYS

import tfmath
from tfmath.practice import check, embeddings, vocabulary
from tfmath.practice.matrix import doubts_of
from tfmath.practice.of_chapters import doubts_of_chapters
from tfmath.practice.stored import exercises_of, subjects
from tfmath.study.set_order import set_in_a_new_python

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SUBJECTS = {subject: exercises_of(subject) for subject in subjects()}
EVERY = {f"{s}.{name}": e for s, found in SUBJECTS.items() for name, e in found.items()}


# The course -----------------------------------------------------------------------------


@pytest.mark.parametrize("subject", SUBJECTS)
def test_the_exercises_of_a_chapter_withstand_every_answer(subject):
    complaints = {
        f"{subject}.{name} {column}": wrong
        for name, exercise in SUBJECTS[subject].items()
        for column, (_, wrong) in doubts_of(exercise).items()
        if wrong
    }
    assert complaints == {}


def test_every_chapter_asks_and_its_solutions_answer():
    assert doubts_of_chapters(SUBJECTS, ROOT / "notebooks") == []


@pytest.mark.parametrize("subject", SUBJECTS)
def test_all_checks_of_a_chapter_together_take_no_time(subject):
    begun = time.process_time()
    for exercise in SUBJECTS[subject].values():
        check(exercise, exercise.answer)
        check(exercise, exercise.mistakes[-1].answer)
    assert time.process_time() - begun < 2


def test_every_number_asked_for_is_worked_out_by_hand():
    assert set(BY_HAND) == {n for n, e in EVERY.items() if not callable(e.answer)}
    for name, answer in BY_HAND.items():
        assert check(EVERY[name], answer).state == "right", name


# What only one chapter has --------------------------------------------------------------


@pytest.mark.parametrize("name", OTHER_WAYS)
def test_another_way_to_write_it_passes(name):
    assert check(EVERY[name], OTHER_WAYS[name]).state == "right"


def test_the_worked_example_is_the_one_of_the_course():
    record = tfmath.toy.worked_example()
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
    runs = [set_in_a_new_python(vocabulary.TOKENS, run) for run in (1, 2, 1)]
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
    kinds = EVERY["several_processes.SHARE"].inputs
    assert {draw(np.random.default_rng(0))[0] for draw in kinds} == {0, 1}
