"""Trained anew without a part: stored rows come out again, and medians are medians."""

import numpy as np
import pytest

from tfmath import softmax, toy, transformer
from tfmath.learning.train import make_batch
from tfmath.model.names import flatten
from tfmath.study import trained_without as module
from tfmath.study.crossed_out import surprise
from tfmath.study.measured import measured
from tfmath.study.trained_without import (
    ANEW,
    SMALL,
    counts_alone,
    medians,
    trained_without,
)

KEYS = ("layers", "without", "seed", "step")


def test_stored_rows_come_out_again():
    stored = measured("trained_without")
    kept = [
        dict(zip(stored, row, strict=True)) for row in zip(*stored.values(), strict=True)
    ]
    found = trained_without(at=(1,), seeds=(2,), depths=(1,))
    assert [row["without"] for row in found] == [p for p in ANEW if p not in SMALL]
    for row in found:
        (same,) = [r for r in kept if all(r[key] == row[key] for key in KEYS)]
        assert same["loss"] == pytest.approx(row["loss"], rel=2e-3)
        assert same["apart"] == pytest.approx(row["apart"], abs=2e-4)


def test_a_small_start_is_small_where_sublayers_end():
    """A tenth of W_O and W_2, and as much of all else as the other starts have."""
    whole, small = (flatten(module._start(2, part, 0)) for part in ("the norms", *SMALL))
    for name, table in whole.items():
        share = 0.1 if name.rpartition(" / ")[2] in ("W_O", "W_2") else 1
        np.testing.assert_allclose(small[name], share * table, rtol=1e-15)
    assert sum(name.endswith("W_2") for name in whole) == 4


def test_apart_looks_at_the_places_of_each_quote():
    """By hand: each quote alone, without filling."""
    tables, found = toy.load(), []
    for pair in toy.PAIRS:
        alone = make_batch([pair], toy.WORDS)
        chances = softmax(transformer(tables, alone.source, alone.target))[0]
        found += [abs(a - b).max() for a in chances for b in chances]
    assert module._apart(tables, {}) == pytest.approx(max(found), rel=1e-9)


def test_counts_alone_is_the_least_that_one_answer_for_all_places_costs():
    written = [word for _, text in toy.PAIRS for word in [*text.split(), "<end>"]]
    chances = np.array([written.count(word) / 15 for word in set(written)])
    assert counts_alone() == pytest.approx(-(chances * np.log(chances)).sum(), rel=1e-12)
    assert len(written) == 15


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
