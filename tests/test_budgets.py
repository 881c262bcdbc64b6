"""What a budget gave: by hand, and by another road through the stored runs."""

import numpy as np
import pytest

from tfmath.errors import ShapeError
from tfmath.study.budgets import spend
from tfmath.study.measured import measured

RUNS = {
    "parameters": [7, 7, 7, 7, 9, 9, 9, 9],
    "seed": [1, 1, 2, 2] * 2,
    "flops": [10, 40, 10, 40, 30, 120, 30, 120],
    "words": [5, 20] * 4,
    "loss": [3.0, 1.0, 5.0, 4.0, 2.0, 1.0, 2.5, 0.5],
}


def test_half_way_in_the_logarithm_by_hand():
    spent = spend(RUNS, 20)
    assert spent.sizes.tolist() == [7]  # the other has cost 30 at its first look
    assert spent.losses == pytest.approx(np.array([[2.0, 4.5]]))
    assert spent.words == pytest.approx([10])
    assert spend(RUNS, 40).sizes.tolist() == [7, 9] and not spend(RUNS, 500).sizes.size


def test_a_size_of_which_one_run_stopped_early_is_left_out():
    runs = RUNS | {"flops": [10, 40, 10, 30, *RUNS["flops"][4:]]}
    assert spend(runs, 30).sizes.tolist() == [7, 9]
    assert spend(runs, 35).sizes.tolist() == [9]


def test_the_stored_runs_by_another_road():
    runs = measured("scaling")
    rows = list(
        zip(*(runs[k] for k in ("parameters", "seed", "flops", "loss")), strict=True)
    )
    spent = spend(runs, 24e9)
    for size, losses in zip(spent.sizes, spent.losses, strict=True):
        for seed, loss in zip((1, 2, 3, 4), losses, strict=True):
            looks = [(f, x) for n, s, f, x in rows if (n, s) == (size, seed)]
            before = max(look for look in looks if look[0] <= 24e9)
            after = min(look for look in looks if look[0] >= 24e9)
            way = np.log(24e9 / before[0]) / np.log(after[0] / before[0])
            assert loss == pytest.approx(before[1] + way * (after[1] - before[1]))
    assert len(spent.sizes) == 4


@pytest.mark.parametrize(
    ("runs", "error", "words"),
    [
        (3, TypeError, "spend: runs is"),
        ({"seed": [1]}, ValueError, "no column 'parameters', 'flops', 'words', 'loss'"),
        ({name: row[:6] for name, row in RUNS.items()}, ShapeError, "as many starts"),
    ],
)
def test_what_cannot_be_is_told(runs, error, words):
    with pytest.raises(error, match=words):
        spend(runs, 20)
