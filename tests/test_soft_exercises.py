"""Exercises of the soft dictionary at their edges: one query, one column, one letter."""

import numpy as np
import pytest

from tfmath.parts.softmax import softmax
from tfmath.practice import check, soft_dictionary
from tfmath.practice.trials import trials_of
from tfmath.study.ab_game import share_of_b

LOOKUP, SHARE = soft_dictionary.LOOKUP, soft_dictionary.SHARE


def lookup(query, key, value):
    return softmax(query @ key.T) @ value


WRONG_TABLES = {
    "squeezed": lambda *tables: np.squeeze(lookup(*tables)),
    "a column as a row": lambda *tables: (
        lookup(*tables).T[0] if tables[2].shape[1] == 1 else lookup(*tables)
    ),
    "a row of one query": lambda *tables: (
        lookup(*tables)[0] if len(tables[0]) == 1 else lookup(*tables)
    ),
}

ONLY = {
    "with a B": lambda letters, c: letters.any(),
    "with an A": lambda letters, c: not letters.all(),
    "with c above 0": lambda letters, c: c > 0,
    "with two letters or more": lambda letters, c: len(letters) > 1,
}


@pytest.mark.parametrize("name", WRONG_TABLES)
def test_a_table_stays_a_table(name):
    assert check(LOOKUP, lookup).state == "right"
    assert check(LOOKUP, WRONG_TABLES[name]).state == "wrong"


@pytest.mark.parametrize("name", ONLY)
def test_a_share_that_fails_at_an_edge_is_refused(name):
    def share(letters, c):
        return share_of_b(letters, c) if ONLY[name](letters, c) else None

    assert check(SHARE, share_of_b).state == "right"
    assert check(SHARE, share).state != "right"


def test_the_edges_are_among_the_trials():
    games = trials_of(SHARE)
    assert {tuple(set(letters.tolist())) for letters, _ in games} == {(0,), (1,), (0, 1)}
    assert {len(letters) for letters, _ in games} >= {1, 2}
    assert {c == 0 for _, c in games} == {True, False}
