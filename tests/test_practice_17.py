"""Chapter 17's checks, and its planted mistakes: who notices, and who cannot."""

import numpy as np
import pytest

from tfmath.model.parameters import flatten, unflatten
from tfmath.practice import check
from tfmath.practice import four_witnesses as chapter
from tfmath.practice.check import Exercise
from tfmath.practice.four_witnesses import (
    accusations,
    in_pairs,
    left_to_right,
    off_by,
    planted,
    who_notices,
    within,
    words_right,
    worked_case,
)
from tfmath.tracing.rules import RULES
from tfmath.witness.crosscheck import Finding

EXERCISES = {k: v for k, v in vars(chapter).items() if isinstance(v, Exercise)}
ZOO = [(name, i) for name, e in EXERCISES.items() for i in range(len(e.mistakes))]


@pytest.mark.parametrize("name", EXERCISES)
def test_the_right_answer_passes_and_none_is_open(name):
    assert check(EXERCISES[name], EXERCISES[name].answer).state == "right"
    assert check(EXERCISES[name], None).state == "open"
    assert EXERCISES[name].hints and EXERCISES[name].mistakes


@pytest.mark.parametrize(("name", "number"), ZOO)
def test_every_mistake_is_rejected_and_named(name, number):
    mistake = EXERCISES[name].mistakes[number]
    verdict = check(EXERCISES[name], mistake.answer)
    assert verdict.state == "wrong"
    assert mistake.because in verdict.text


def test_the_numbers_asked_for():
    answers = {name: e.answer for name, e in EXERCISES.items() if e.inputs is None}
    assert answers == {"MACHINE": 1030, "STORED": 154 / 64, "MEAN_LOSS": 2, "FEWEST": 2}
    assert [words_right(bits) for bits in (1, 2, 3, 7, 10, 23)] == [10, *[15] * 5]


def test_both_processes_are_tried():
    draw = EXERCISES["SHARE"].inputs
    assert {draw(np.random.default_rng(seed))[0] for seed in range(3)} == {0, 1}


def blind(found):
    return {name for name, step in found.items() if step == "nothing"}


def test_what_is_right_is_accused_by_nobody():
    assert set(who_notices(worked_case()).values()) == {"nothing"}


def test_a_wrong_operation_is_noticed_by_all_where_it_begins():
    with planted("standardize", call=chapter.divided_by_n_minus_1):
        found = who_notices(worked_case())
    assert not blind(found)
    norm = "encoder / layer 1 / norm 1"
    assert set(found.values()) == {f"{norm} / normalized", f"{norm} / output"}


def test_a_wrong_derivative_is_noticed_by_those_who_derive_themselves():
    with planted("softmax", derivative=(chapter.no_sum,)):
        found = who_notices(worked_case())
    assert blind(found) == {"fifty digits", "PyTorch, each operation"}


def test_a_wrong_plan_is_noticed_only_by_those_who_have_their_own():
    found = who_notices(worked_case(), chapter.norm_before)
    assert set(found) - blind(found) == {"PyTorch's modules"}


def test_a_wrong_table_is_noticed_by_nobody():
    tables = flatten(worked_case().parameters)
    tables = {name: table.copy() for name, table in tables.items()}
    tables["embedding"][9] *= -1
    assert set(who_notices(worked_case(unflatten(tables))).values()) == {"nothing"}


def test_a_planted_mistake_is_taken_out_again():
    before = RULES["softmax"]
    with pytest.raises(KeyError), planted("softmax", call=None):
        raise KeyError
    assert RULES["softmax"] is before


def test_sums_and_their_errors():
    x = np.array([2.0**24, 1, 1, 1], np.float32)  # 2^24 + 1 is not a float32 number
    assert (left_to_right(x), in_pairs(x)) == (2**24, 2**24 + 2)
    assert [round(off_by(add, [x]), 3) for add in (left_to_right, in_pairs)] == [3, 1]


def test_the_tables_of_findings():
    findings = [
        Finding("a / x", "PyTorch replay", 1, 0, 0, 0.5),
        Finding("a / x", "NumPy", 1, 0, 0, 1.5),
        Finding("a / y", "NumPy", 1, 0, 0, 1.0),
    ]
    found = within(findings, "a", ["x", "y"])
    assert found.cols == ["replay", "NumPy"]
    assert found.numbers.tolist() == [["within", "outside"], ["—", "within"]]
    assert "logits" in repr(accusations({"PyTorch": "logits"}))
