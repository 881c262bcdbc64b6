"""Chapter 06: every right answer passes, every mistake is refused and named."""

import numpy as np
import pytest

from tfmath.practice import check
from tfmath.practice import many_heads as chapter

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
    assert tuple(chapter.SCORES.answer) == (1 * 2 + 1 * 3, 0 * 1 + 1 * 4)
    assert chapter.SHAPE.answer == (6, 12)
    assert chapter.COST.answer == 4 * 512 * 512
    assert chapter.SILENCED.answer == 1


def test_an_independent_way_to_write_it_passes():
    def split(wide, n_heads):
        return np.stack(np.split(wide, n_heads, axis=1))

    def multi_head(x, W_Q, W_K, W_V, W_O):
        query, key, value = (np.einsum("nd,hdk->hnk", x, W) for W in (W_Q, W_K, W_V))
        grown = np.exp(np.einsum("hik,hjk->hij", query, key) / W_Q.shape[2] ** 0.5)
        heads = grown / grown.sum(axis=2, keepdims=True) @ value
        return np.einsum("hnv,hvd->nd", heads, W_O.reshape(len(W_V), -1, W_O.shape[1]))

    assert check(chapter.SPLIT, split).state == "right"
    assert check(chapter.MULTI_HEAD, multi_head).state == "right"
