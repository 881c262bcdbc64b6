"""Trained without a mask: it looks, and a stored row comes out again."""

import numpy as np
import pytest

from tfmath import toy
from tfmath.model.transformer import transformer
from tfmath.study.cheating import BATCH, TRAINED, cheating, dice, exchanged, unshifted
from tfmath.study.leak import leaks
from tfmath.study.measured import measured


def rows():
    stored = measured("cheating")
    return [
        dict(zip(stored, row, strict=True)) for row in zip(*stored.values(), strict=True)
    ]


def test_a_stored_row_comes_out_again():
    for row in cheating(at=(1, 10), seeds=(2,)):
        keys = ("seed", "trained", "step")
        (kept,) = [r for r in rows() if all(r[key] == row[key] for key in keys)]
        assert kept["seeing"] == pytest.approx(row["seeing"], abs=2e-4)
        assert kept["hidden"] == pytest.approx(row["hidden"], abs=2e-4)
        assert (kept["right"], kept["writes"]) == (row["right"], row["writes"])


def test_without_the_mask_it_sees_all_words_and_no_filling():
    sees = np.broadcast_to(TRAINED["without"]["target_mask"], (3, 6, 6))
    assert (sees == (BATCH.target != 0)[:, np.newaxis]).all()
    mask = np.ones((5, 5), dtype=bool)
    source, target = BATCH.source[1][:6], BATCH.target[1][:5]
    seeing = lambda ids: transformer(toy.load(), source, ids, target_mask=mask)  # noqa: E731
    assert len(leaks(seeing, target, 26)) == 5 * 4 // 2


@pytest.mark.parametrize("wrong", [{"at": [0]}, {"at": []}, {"at": 3}, {"seeds": ["0"]}])
def test_wrong_arguments_are_named(wrong):
    with pytest.raises((TypeError, ValueError), match="cheating"):
        cheating(**wrong)


def test_a_stored_throw_comes_out_again():
    stored = measured("dice")
    rows = zip(*stored.values(), strict=True)
    kept = [dict(zip(stored, row, strict=True)) for row in rows]
    for row in dice(at=(1,), seeds=(0, 3)):
        assert row in kept


@pytest.mark.parametrize("wrong", [{"at": [0]}, {"at": []}, {"at": 3}, {"seeds": ["0"]}])
def test_wrong_arguments_of_dice_are_named(wrong):
    with pytest.raises((TypeError, ValueError), match="dice"):
        dice(**wrong)


@pytest.mark.parametrize("experiment", [exchanged, unshifted])
def test_a_stored_trial_comes_out_again(experiment):
    stored = measured(experiment.__name__)
    (row,) = experiment(seeds=(1,))
    assert row == {name: column[1] for name, column in stored.items()}


@pytest.mark.parametrize("experiment", [exchanged, unshifted])
def test_wrong_seeds_are_named(experiment):
    with pytest.raises((TypeError, ValueError), match=experiment.__name__):
        experiment(seeds=["0"])
