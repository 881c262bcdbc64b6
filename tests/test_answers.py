"""An answer is open, right, or told which mistake it is."""

import numpy as np
import pytest

from tfmath import softmax
from tfmath.practice import Exercise, Mistake, check

ROWS = Exercise(
    "Write softmax over the rows.",
    softmax,
    (
        Mistake(lambda s: np.exp(s) / np.exp(s).sum(axis=0), "each column sums to 1"),
        Mistake(np.exp, "nothing was divided"),
    ),
    ("Divide by the row's own sum.", "keepdims=True keeps the shape (n, 1)."),
    lambda rng: (rng.normal(size=(4, 3)),),
)


@pytest.mark.parametrize("nothing", [None, ...])
def test_open(nothing):
    assert check(ROWS, nothing).state == "open"
    assert repr(check(ROWS, nothing)).startswith("Not answered yet: Write softmax")


def test_a_function_that_returns_nothing_is_open():
    def unwritten(scores): ...

    assert check(ROWS, unwritten).state == "open"
    assert check(ROWS, lambda scores: ...).state == "open"
    assert check(ROWS, lambda scores: 1 / 0).state == "wrong"


def test_right():
    mine = check(ROWS, lambda s: np.exp(s) / np.exp(s).sum(axis=1, keepdims=True))
    assert (mine.state, repr(mine)) == ("right", "Right.")


def test_the_mistake_is_named():
    assert "each column sums to 1" in repr(check(ROWS, ROWS.mistakes[0].answer))
    assert "nothing was divided" in repr(check(ROWS, lambda s: np.exp(s)))


def test_other_wrong_answers_say_what_is_off():
    assert "shape should be (4, 3)" in repr(check(ROWS, lambda s: s[0]))
    assert "stops with ZeroDivisionError" in repr(check(ROWS, lambda s: 1 / 0))
    assert "a function was asked for" in repr(check(ROWS, 3.0))
    assert "There are 2 hints" in repr(check(ROWS, lambda s: s))


@pytest.mark.parametrize("given", [{"you", "win"}, {"you": 0, "win": 1}])
def test_a_set_or_a_dictionary_is_told_to_become_a_list(given):
    assert "make it a list" in check(Exercise("Which?", ("you", "win")), given).text


def test_hints_come_in_steps():
    assert "Hint 1" in repr(check(ROWS, None, hint=1))
    assert "Hint 2" not in repr(check(ROWS, None, hint=1))
    assert "Hint 2" in repr(check(ROWS, None, hint=2))


def test_numbers_words_and_arrays():
    third = Exercise("1/3?", 1 / 3, (Mistake(3.0, "you turned it round"),))
    assert check(third, 0.333).state == "right"
    assert check(third, 0.335).state == "wrong"
    assert "turned it round" in repr(check(third, 3))
    assert "numbers were asked for" in repr(check(third, "a third"))
    assert check(Exercise("Who?", "die"), "Die").state == "right"
    assert check(Exercise("Who?", "die"), "win").state == "wrong"
    assert check(Exercise("Shape?", (6, 5)), (6, 5)).state == "right"
    assert "1" in repr(check(Exercise("Shape?", (6, 5)), (6, 1)))


def test_a_learners_function_cannot_spoil_the_inputs():
    def greedy_hands(scores):
        scores[:] = 0
        return softmax(scores)

    assert check(ROWS, greedy_hands).state == "wrong"
