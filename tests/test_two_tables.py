"""A table to read and one to write; other factors: measured again, and by hand."""

import math

import numpy as np
import pytest

from tfmath import toy
from tfmath.learning.train import make_batch, train
from tfmath.model.parameters import starting_values
from tfmath.study.crossed_out import surprise
from tfmath.study.measured import measured
from tfmath.study.two_tables import (
    by_table,
    mean_losses,
    other_factors,
    sizes_before,
    two_tables,
)
from tfmath.study.word_rows import WRITTEN


def test_the_first_model_is_measured_again():
    stored = measured("two_tables")
    for i, row in enumerate(two_tables(seeds=(0,))):
        for name in ("model", "table", "steps"):
            assert row[name] == stored[name][i]
        for name in ("shortest_written", "longest_other"):
            assert row[name] == pytest.approx(stored[name][i], abs=0.02)


def test_one_step_with_two_tables_by_hand():
    rng, batch = np.random.default_rng(7), make_batch(toy.PAIRS, toy.WORDS)
    start = starting_values(rng, toy.SIZES)
    start["output"] = {"W": starting_values(rng, {"embedding": (26, 5)})["embedding"].T}
    (step,) = train(start, batch, 1, 0.02, label_smoothing=0.1)
    tables = step.parameters["embedding"], step.parameters["output"]["W"].T
    for table, row in zip(tables, two_tables(seeds=(7,), steps=1), strict=True):
        length = {w: math.hypot(*r) for w, r in zip(toy.WORDS, table, strict=True)}
        shortest = min(length[word] for word in WRITTEN)
        longest = max(length[word] for word in set(toy.WORDS) - WRITTEN)
        assert row["shortest_written"] == round(shortest, 3)
        assert row["longest_other"] == round(longest, 3)


def test_factors_by_hand_and_as_stored():
    start = starting_values(np.random.default_rng(2), toy.SIZES)
    batch = make_batch(toy.PAIRS, toy.WORDS)
    *_, last = train(start, batch, 2, 0.02, label_smoothing=0.1, scale=4.0)
    rows = other_factors(seeds=(2,), trained_with=(4.0,), steps=2)
    assert {row["loss"] for row in rows} == {
        round(surprise(last.parameters, scale=row["tried"]), 4) for row in rows
    }
    assert len({row["loss"] for row in rows}) == len(rows) == 9
    stored = measured("other_factors")
    at = stored["model"].index("seed 3")  # the others end elsewhere on other processors
    for i, row in enumerate(other_factors(seeds=(3,), trained_with=(1.0,)), start=at):
        assert (row["trained"], row["tried"]) == (stored["trained"][i], stored["tried"][i])
        assert row["loss"] == pytest.approx(stored["loss"][i], abs=0.001)


def test_stored_columns_are_put_side_by_side():
    found = by_table(measured("two_tables"))
    assert {name: len(rows) for name, rows in found.items()} == {
        "to read": 12,
        "to write": 12,
    }
    assert found["to write"]["9"] == (1.613, 1.511)
    columns = {"trained": [4.0, 4.0, 4.0], "tried": [2.0, 3.0, 2.0]}
    tried, means = mean_losses(columns | {"loss": [1.0, 4.0, 5.0]})
    assert tried == [2.0, 3.0] and means == {4.0: [3.0, 4.0]}


def test_sizes_before_training_are_those_of_the_sums():
    """Of d products of numbers with mean squares 1 and v, the sum has about d · v."""
    read, write = sizes_before((30, 300), seed=4).values()
    for d, *found in zip(
        (30, 300), read["E"], read["E · √d"], *write.values(), strict=True
    ):
        np.testing.assert_allclose(found, [1 / d, 1, 1, d], rtol=0.05)
    np.testing.assert_allclose(read["places"], 0.5, atol=1e-12)  # sin² + cos² = 1
    np.testing.assert_allclose(read["E · √d"], read["E"] * [30, 300], rtol=1e-12)
