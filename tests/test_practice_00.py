"""Chapter 00's checks: the right answers pass, every known mistake is named."""

import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

from tfmath.practice import check
from tfmath.practice import start_here as chapter
from tfmath.practice.check import Exercise

ROOT = Path(__file__).resolve().parent.parent
EXERCISES = {k: v for k, v in vars(chapter).items() if isinstance(v, Exercise)}
ZOO = [(name, i) for name, e in EXERCISES.items() for i in range(len(e.mistakes))]


@pytest.mark.parametrize("name", EXERCISES)
def test_the_right_answer_passes_and_none_is_open(name):
    assert check(EXERCISES[name], EXERCISES[name].answer).state == "right"
    assert check(EXERCISES[name], None).state == "open"
    assert EXERCISES[name].hints and EXERCISES[name].mistakes


@pytest.mark.parametrize(("name", "number"), ZOO)
def test_every_mistake_is_rejected_and_named(name, number):
    mistake = EXERCISES[name].mistakes[number]
    verdict = check(EXERCISES[name], mistake.answer)
    assert verdict.state == "wrong"
    assert mistake.because in verdict.text


def test_a_weight_read_from_the_table_passes():
    assert check(chapter.READ, round(float(chapter.READ.answer), 3)).state == "right"


def test_the_example_is_the_one_of_the_course():
    record = chapter.worked_example()
    assert record["logits"].shape == (5, 26)
    last = np.asarray(record["logits"].value)[-1]
    assert chapter.toy.WORDS[last.argmax()] == "die"
    assert chapter.ENOUGH.answer == 3


def test_the_map_links_only_what_the_front_page_lists():
    notebook = nbformat.read(ROOT / "notebooks" / "00_start_here.ipynb", 4)
    prose = "\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")
    links = re.findall(r"\((\w+\.ipynb)\)", prose)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert links and all(f"(notebooks/{link})" in readme for link in links)
