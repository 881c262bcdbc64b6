"""Chapter 02's checks: the right answers pass, every known mistake is named."""

import numpy as np
import pytest

from tfmath.practice import check
from tfmath.practice import embeddings as chapter
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
    assert chapter.ENTRY.answer == 11
    assert chapter.SAVED.answer == 600
    assert chapter.TWIN.answer == "of"


def test_half_the_spread_needs_four_times_the_width():
    rng = np.random.default_rng(0)
    spread = [np.std(cosines(rng, width)) for width in (5, chapter.SPREAD.answer)]
    assert abs(spread[1] / spread[0] - 0.5) < 0.02


def cosines(rng, width):
    one, other = rng.normal(size=(2, 20000, width))
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return (one * other).sum(axis=1) / lengths
