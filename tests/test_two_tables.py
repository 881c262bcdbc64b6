"""A table to read and one to write; four ways to read: measured again, and by hand."""

import math

import numpy as np
import pytest

from tfmath import toy
from tfmath.learning.train import make_batch, train
from tfmath.model.parameters import shapes, starting_values
from tfmath.parts.position import positional_encoding
from tfmath.study.crossed_out import surprise
from tfmath.study.measured import measured
from tfmath.study.two_tables import (
    READ_BY_NOBODY,
    WAYS,
    by_table,
    four_ways,
    mean_curves,
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
    found = two_tables(seeds=(7,), steps=1)
    for table, row, none in zip(tables, found, (READ_BY_NOBODY, set()), strict=True):
        length = {w: math.hypot(*r) for w, r in zip(toy.WORDS, table, strict=True)}
        shortest = min(length[word] for word in WRITTEN - none)
        longest = max(length[word] for word in set(toy.WORDS) - WRITTEN - none)
        assert row["shortest_written"] == round(shortest, 3)
        assert row["longest_other"] == round(longest, 3)


def test_nobody_reads_two_of_the_rows():
    """Without a use, no slope: trained to read alone, they stay as they were."""
    start = starting_values(np.random.default_rng(3), toy.SIZES)
    start["output"] = {"W": start["embedding"].T.copy()}
    batch = make_batch(toy.PAIRS, toy.WORDS)
    *_, last = train(start, batch, 3, 0.02, label_smoothing=0.1)
    moved = (last.parameters["embedding"] != start["embedding"]).any(axis=1)
    words = {word for word, own in zip(toy.WORDS, moved, strict=True) if not own}
    assert words == READ_BY_NOBODY


@pytest.mark.parametrize(
    ("way", "of_rows", "of_places"), [("8", 8, 1), ("1, places ÷ 8", 1, 1 / 8)]
)
def test_a_way_to_read_by_hand(way, of_rows, of_places):
    assert WAYS[way] == (of_rows, of_places)
    start = starting_values(np.random.default_rng(2), shapes(26, 64, 2, 32, 32, 64, 1))
    batch = make_batch(toy.PAIRS, toy.WORDS)
    read = {
        "scale": of_rows,
        "encoding": lambda *n, **of: of_places * positional_encoding(*n, **of),
    }
    *_, last = train(start, batch, 4, 0.001, label_smoothing=0.1, **read)
    before, after = four_ways(seeds=(2,), steps=4, every=4)
    assert before[way] == round(surprise(start, **read), 4) and before["step"] == 0
    assert after[way] == round(surprise(last.parameters, **read), 4) and after["step"] == 4
    assert len({after[name] for name in WAYS}) == 4


def test_one_seed_trained_again():
    stored = measured("four_ways")
    for i, row in enumerate(four_ways(seeds=(0,), steps=30)):
        for way in WAYS:
            assert row[way] == pytest.approx(stored[way][i], rel=0.02)


def test_stored_columns_are_put_side_by_side():
    found = by_table(measured("two_tables"))
    assert {name: len(rows) for name, rows in found.items()} == {
        "to read": 12,
        "to write": 12,
    }
    assert found["to write"]["9"] == (1.613, 1.511)
    columns = {"seed": [0, 0, 1, 1], "step": [0, 5, 0, 5]}
    steps, means = mean_curves(columns | {"8": [1.0, 4.0, 3.0, 5.0], "1": [0, 0, 2, 4]})
    assert steps == [0, 5] and means == {"8": [2.0, 4.5], "1": [1.0, 2.0]}


def test_sizes_before_training_are_those_of_the_sums():
    """Of d products of numbers with mean squares 1 and v, the sum has about d · v."""
    read, write = sizes_before((30, 300), seed=4).values()
    for d, *found in zip(
        (30, 300), read["E"], read["E · √d"], *write.values(), strict=True
    ):
        np.testing.assert_allclose(found, [1 / d, 1, 1, d], rtol=0.05)
    np.testing.assert_allclose(read["places"], 0.5, atol=1e-12)  # sin² + cos² = 1
    np.testing.assert_allclose(read["E · √d"], read["E"] * [30, 300], rtol=1e-12)
