"""Chapter 01's checks: the right answers pass, every known mistake is named."""

import pytest

from tfmath.practice import check
from tfmath.practice import vocabulary as chapter
from tfmath.practice.check import Exercise

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


def test_the_pencil_numbers():
    assert chapter.COUNT.answer == (8, 4)
    assert chapter.IDS.answer.tolist() == [24, 25, 11, 23]


def test_a_set_is_listed_differently_by_two_runs_and_alike_by_one():
    runs = [chapter.set_in_a_new_python(chapter.TOKENS, run) for run in (1, 2, 1)]
    assert runs[0] != runs[1] and runs[0] == runs[2]
    assert sorted(runs[0]) == sorted(runs[1]) == sorted(set(chapter.TOKENS))
