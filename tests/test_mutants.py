"""The planted mistakes find their places, the stored matrix is of today, some are tried."""

import re

import pytest

from tests.mistakes import MUTANTS
from tests.mutants import (
    ROOT,
    TARGET,
    copied,
    kill_together,
    killers_of,
    mark,
    page,
    rows,
    text_of,
)

# Tried in every run, each with the test that the matrix says kills it; the others are tried
# by ``python -m tests.mutants``.
TRIED = {
    "the exponent of the column, not of the pair",
    "the mask after the softmax",
    "the bias's gradient a mean",
    "gradients by two paths not added",
    "a record's mask kept by reference",
}
PASSED, FAILED = 0, 1
MATRIX = TARGET.read_text(encoding="utf-8")


def stale(mutants, matrix, tests=ROOT / "tests"):
    """Which rows of a stored matrix are not of these mutants, or name no test there is."""
    known, doubts = rows(matrix), []
    for mutant in mutants:
        mistake, file, killer = known.pop(mark(mutant), (None, None, ""))
        path, _, test = killer.partition("::")
        there = tests / path
        if (mistake, file) != (mutant.mistake, mutant.file):
            doubts.append(f"{mutant.mistake}: not in the matrix as it is today")
        elif not there.is_file() or not re.search(
            rf"def {test}\b", there.read_text("utf-8")
        ):
            doubts.append(f"{mutant.mistake}: no test {killer}")
    return doubts + [f"{row[0]}: not planted any more" for row in known.values()]


def test_every_mutant_applies_and_has_tests_to_kill_it():
    for mutant in MUTANTS:
        assert text_of(mutant).count(mutant.wrong) >= 1
        if mutant.file.endswith(".py"):
            compile(text_of(mutant), mutant.file, "exec")
        assert killers_of(mutant), mutant
    names = {mutant.mistake for mutant in MUTANTS}
    assert len(MUTANTS) >= 70 and len(names) == len(MUTANTS) and names >= TRIED


def test_the_stored_matrix_is_of_these_mutants_and_none_survived():
    assert stale(MUTANTS, MATRIX) == [], "run python -m tests.mutants"
    assert f"{len(MUTANTS)} of {len(MUTANTS)} killed" in MATRIX


def test_some_are_killed_in_every_run_by_the_test_that_the_matrix_names():
    """And, a control: one that changes nothing is not, neither before nor after."""
    chosen = [mutant for mutant in MUTANTS if mutant.mistake in TRIED]
    tests = [rows(MATRIX)[mark(mutant)][-1] for mutant in chosen]
    harmless = chosen[0]._replace(wrong=f"({chosen[0].right})")
    around, first = [harmless, *chosen, harmless], tests[0]
    with copied() as root:
        codes = kill_together(around, [first, *tests, first], root)
    assert codes == [PASSED, *[FAILED] * len(TRIED), PASSED]


# Controls


def test_control_a_stale_matrix_is_seen():
    one, other = MUTANTS[:2]
    killer = "test_position.py::test_equals_fifty_digit_arithmetic"
    matrix = page([(one, killer), (other, killer)])
    assert stale([one, other], matrix) == []
    assert stale([one], matrix) == [f"{other.mistake}: not planted any more"]
    assert stale([one._replace(wrong="1"), other], matrix)
    assert stale([one, other], page([(one, killer), (other, None)]))
    assert stale([one, other], page([(one, killer), (other, killer + "_gone")]))


def test_control_a_text_that_is_gone_or_there_twice_is_refused():
    for right in ("no such text", "np."):
        with pytest.raises(ValueError, match="occurs"):
            text_of(MUTANTS[0]._replace(right=right))
