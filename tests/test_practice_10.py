"""Chapter 10's checks: the right answers pass, every known mistake is named."""

import pytest

from tfmath.practice import check
from tfmath.practice import whole_transformer as chapter
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
