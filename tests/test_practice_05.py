"""Chapter 05: every right answer passes, every mistake is refused and named."""

import math

import numpy as np
import pytest

from tfmath.practice import check
from tfmath.practice import self_attention as chapter

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
    assert chapter.SCORE.answer == (1 * 2 + 2 * 1 + 0 * 3 + 1 * 0) / 2
    assert chapter.OUTPUT.answer == pytest.approx(8 / 4 + 3 * 4 / 4)
    assert chapter.WIDTHS.answer == 8


def test_an_independent_way_to_write_it_passes():
    def softmax(scores):
        return np.array([[math.exp(s) / sum(map(math.exp, row)) for s in row]
                         for row in scores])  # fmt: skip

    def attention(x, W_Q, W_K, W_V):
        scores = np.einsum("id,dk,jk->ij", x, W_Q, x @ W_K) / W_Q.shape[1] ** 0.5
        return np.einsum("ij,jd,dv->iv", softmax(scores), x, W_V)

    assert check(chapter.SOFTMAX, softmax).state == "right"
    assert check(chapter.ATTENTION, attention).state == "right"
