"""Chapter 03: every right answer passes, every mistake is refused and named."""

import math

import numpy as np
import pytest

from tfmath.practice import check
from tfmath.practice import positions as chapter

ZOO = [(e, m) for e in chapter.EXERCISES for m in e.mistakes]


@pytest.mark.parametrize("exercise", chapter.EXERCISES, ids=lambda e: e.question[:30])
def test_the_right_answer_passes_and_an_open_one_is_open(exercise):
    assert check(exercise, exercise.answer).state == "right"
    assert check(exercise, None).state == "open"
    assert exercise.hints


@pytest.mark.parametrize("exercise, mistake", ZOO, ids=lambda x: str(x[-1])[:40])
def test_every_mistake_is_refused_and_named(exercise, mistake):
    verdict = check(exercise, mistake.answer)
    assert verdict.state == "wrong"
    assert f"when {mistake.because}." in repr(verdict)


def test_pencil_answers_by_hand():
    sines, cosines = chapter.COUNT.answer
    assert (sines, cosines) == (len([0, 2, 4, 6]), len([1, 3, 5]))
    assert chapter.WAVELENGTH.answer == pytest.approx(math.sqrt(10000))
    angle = math.atan2(0.6, 0.8) + math.pi / 2
    assert chapter.QUARTER.answer == pytest.approx((math.sin(angle), math.cos(angle)))
    distances = [abs(k / (2 * math.pi) - round(k / (2 * math.pi))) for k in range(1, 61)]
    assert chapter.TWINS.answer == 1 + int(np.argmin(distances))


def test_an_independent_way_to_write_it_passes():
    def encoding(n_positions, d_model):
        rows = np.zeros((n_positions, d_model))
        for position in range(n_positions):
            for i in range(0, d_model, 2):
                angle = position / 10000 ** (i / d_model)
                rows[position, i] = math.sin(angle)
                if i + 1 < d_model:
                    rows[position, i + 1] = math.cos(angle)
        return rows

    assert check(chapter.ENCODING, encoding).state == "right"
