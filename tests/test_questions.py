"""Heads that ask nothing, or the opposite, in models trained anew: measured again."""

import numpy as np

from tfmath import toy
from tfmath.model.names import flatten
from tfmath.study.measured import measured
from tfmath.study.questions import QUERIES, _asking, questions


def test_one_head_of_one_table_is_multiplied():
    ours = flatten(toy.load())
    for head, factor in ((0, 0), (1, -1)):
        changed = flatten(_asking(toy.load(), head, factor))
        np.testing.assert_array_equal(changed[QUERIES][head], factor * ours[QUERIES][head])
        changed[QUERIES][head] = ours[QUERIES][head]
        assert all(np.array_equal(changed[name], ours[name]) for name in ours)


def test_it_is_measured_again():
    stored = measured("questions")
    rows = [
        dict(zip(stored, row, strict=True)) for row in zip(*stored.values(), strict=True)
    ]
    assert questions(seeds=[4]) == [row for row in rows if row["seed"] == 4]
