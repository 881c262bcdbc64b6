"""Tables held still in training: they stay, the others move, and it is measured again."""

import numpy as np
import pytest

from tfmath import toy
from tfmath.learning.optimize import adam, start_state
from tfmath.model.names import flatten
from tfmath.study.held_still import (
    HELD,
    QUERIES,
    _all_but,
    _asking,
    held_still,
    questions,
)
from tfmath.study.measured import measured

TABLES = flatten(toy.load())


def test_every_table_is_held_in_one_group_or_moves_alone():
    groups = [HELD["all but the embedding"], HELD["the embedding"]]
    assert all(sum(name.endswith(group) for group in groups) == 1 for name in TABLES)


@pytest.mark.parametrize("held", HELD)
def test_what_is_held_stays_and_the_rest_takes_adams_step(held):
    given = TABLES, {name: np.ones_like(t) for name, t in TABLES.items()}
    moved, _ = _all_but(HELD[held])(*given, start_state(TABLES), 0.1)
    step, _ = adam(*given, start_state(TABLES), 0.1)
    for name, table in moved.items():
        still = name.endswith(HELD[held])
        np.testing.assert_array_equal(table, TABLES[name] if still else step[name])


def test_it_is_measured_again():
    stored = measured("held_still")
    assert list(dict.fromkeys(stored["held"])) == list(HELD)
    rows = dict(
        zip(zip(stored["held"], stored["seed"], strict=True), stored["right"], strict=True)
    )
    for row in held_still(["all but the embedding", "the embedding"], seeds=[2]):
        assert rows[row["held"], 2] == row["right"]


def test_an_unknown_group_is_refused():
    with pytest.raises(ValueError, match="did you mean 'the norms'"):
        held_still(["norms"])


def test_one_head_of_one_table_is_multiplied():
    ours = flatten(toy.load())
    for head, factor in ((0, 0), (1, -1)):
        changed = flatten(_asking(toy.load(), head, factor))
        np.testing.assert_array_equal(changed[QUERIES][head], factor * ours[QUERIES][head])
        changed[QUERIES][head] = ours[QUERIES][head]
        assert all(np.array_equal(changed[name], ours[name]) for name in ours)


def test_the_questions_are_measured_again():
    stored = measured("questions")
    rows = [
        dict(zip(stored, row, strict=True)) for row in zip(*stored.values(), strict=True)
    ]
    assert questions(seeds=[4]) == [row for row in rows if row["seed"] == 4]
