"""Trained anew without a part: stored rows come out again, and medians are medians."""

import numpy as np
import pytest

from tfmath import toy
from tfmath.study.crossed_out import surprise
from tfmath.study.measured import measured
from tfmath.study.trained_without import ANEW, medians, trained_without


def test_stored_rows_come_out_again():
    stored = measured("trained_without")
    kept = [
        dict(zip(stored, row, strict=True)) for row in zip(*stored.values(), strict=True)
    ]
    found = trained_without(at=(1,), seeds=(2,), depths=(1,))
    assert [row["without"] for row in found] == list(ANEW)
    for row in found:
        (same,) = [r for r in kept if all(r[k] == row[k] for k in row if k != "loss")]
        assert same["loss"] == pytest.approx(row["loss"], rel=2e-3)


def test_what_is_left_out_is_left_out():
    """The trained tables are lost without it; the norms alone leave their gain and bias."""
    tables = toy.load()
    losses = {part: surprise(tables, **variant) for part, variant in ANEW.items()}
    assert losses["nothing"] == surprise(tables)
    assert min(loss for part, loss in losses.items() if part != "nothing") > 1
    x, gain, bias = np.array([[7.0, 9.0]]), np.array([2.0, 3.0]), np.array([1.0, 0.0])
    added = ANEW["the norms"]["block"]("norm 1", x, lambda x: x[:, ::-1], gain, bias)
    assert added.tolist() == [[33.0, 48.0]]


def test_medians_of_one_depth():
    rows = [(1, "a", s, t, 10.0 * t + s) for t in (1, 5) for s in (0, 1, 5)]
    rows.append((6, "a", 0, 9, 0.0))
    names = ("layers", "without", "seed", "step", "loss")
    columns = dict(zip(names, zip(*rows, strict=True), strict=True))
    assert medians(columns, 1) == ([1, 5], {"a": [11.0, 51.0]})
    assert medians(columns, 6) == ([9], {"a": [0.0]})


@pytest.mark.parametrize(
    "wrong", [{"at": [0]}, {"at": 3}, {"seeds": ["0"]}, {"depths": [0]}]
)
def test_wrong_arguments_are_named(wrong):
    with pytest.raises((TypeError, ValueError), match="trained_without"):
        trained_without(**wrong)
