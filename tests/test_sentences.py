"""What is off about an answer is said in a whole sentence, with both numbers."""

import re

import numpy as np
import pytest
from test_answers import AVERAGE, ONE_WORD, ROWS, WORDS, said

from tfmath import softmax
from tfmath.practice import Exercise, Mistake, backwards, check, decoder_layer

# Wrong: what is nearly right ------------------------------------------------------------

THIRDS = Exercise("2/3, to three decimals?", 2 / 3, (Mistake(1.5, "it is upside down"),))


@pytest.mark.parametrize(
    "given, says",
    [
        (0.67, "it is right to two decimals; three are asked for."),
        (0.7, "it is right to one decimal; three are asked for."),
        (0.666, "it was cut off, not rounded: the next digit is 5 or more."),
        (0.668, "only its last decimal is off: round at the end, not on the way."),
        (-0.667, "its sign is the opposite."),
        (66.7, "it is in percent; a number between 0 and 1 is asked for."),
        (0.6, "0.6 is not it."),
        ([0.667], "one number is asked for, without brackets around it."),
        ((0.667, 1), "one number is asked for; yours are two."),
        ("two thirds", "a number is asked for; yours is text, 'two thirds'."),
        (float("nan"), "there stands no number (nan): 0 / 0, perhaps, or ∞ − ∞."),
        (10**400, "numbers are asked for; yours is an int."),
        (abs, "a number is asked for; yours is a function."),
    ],
)
def test_what_is_off_about_a_number_is_said(given, says):
    assert said(THIRDS, given) == f"Not yet: {says}"


@pytest.mark.parametrize(
    "given, says",
    [
        (3, "two numbers are asked for; yours is one."),
        ((3, 2, 12), "two numbers are asked for; yours are three."),
        ([[6, 5]], "a list of two numbers is asked for; yours is a table of one row and "
         "two columns."),
        ((6, 4), "4 at place 1 is not it."),
        ([[1], []], "its rows are not all of one length."),
        ({6, 5}, "a set has no order that counts: make it a list, in the order that was "
         "asked for."),
        ({6: 5}, "a list is asked for; yours is a dict: list(…) of it gives its keys."),
        ("6, 5", "two numbers are asked for; yours is text, '6, 5'."),
    ],
)  # fmt: skip
def test_what_is_off_about_several_numbers_is_said(given, says):
    assert said(Exercise("Shape?", (6, 5)), given) == f"Not yet: {says}"


@pytest.mark.parametrize(
    "given, says",
    [
        ("you die", "a list of words is asked for; yours is one text: split() cuts it up."),
        (["you", "die"], "'die' at place 1 is not it."),
        (["you"], "two words are asked for; yours is one."),
        (["you", 3], "words are asked for; at place 1 yours is 3."),
        (3, "a list of words is asked for; yours is an int."),
    ],
)
def test_what_is_off_about_words_is_said(given, says):
    assert said(Exercise("Which?", ("you", "win")), given) == f"Not yet: {says}"
    assert "a word is asked for" in said(ONE_WORD, 3)


# Wrong: functions -----------------------------------------------------------------------


def test_the_smallest_input_is_shown_with_both_numbers():
    pair = AVERAGE._replace(
        inputs=lambda rng: (np.array([1.0, 3.0]), np.array([2.0, 4.0]) + rng.integers(2))
    )
    text = said(pair, lambda weights, values: values.sum() / 4)
    shown = "for weights = [1, 3] and values = [2, 4]: 3.5 is expected, 1.5 found."
    other = "for weights = [1, 3] and values = [3, 5]: 4.5 is expected, 2 found."
    assert shown in text or other in text
    first, second = check(pair, lambda w, v: 0.0).inputs
    assert first.tolist() == [1, 3] and len(second) == 2


def test_many_inputs_are_shown_by_their_shapes():
    wide = ROWS._replace(inputs=lambda rng: (rng.normal(size=(40, 30)),))
    text = said(wide, lambda scores: softmax(scores) + 1e-7 * (scores > 3))
    assert "for scores of shape (40, 30): 0." in text
    assert "at row" in text and "found" in text


def test_what_is_missing_in_a_result_is_wrong_and_not_open():
    text = said(ROWS, lambda s: [[None, *row[1:]] for row in softmax(s)])
    assert text.split(": ")[2].startswith("at row 0, column 0 stands None, and no number.")


def test_what_is_alike_by_luck_on_one_trial_is_not_said():
    count = Exercise("n?", lambda n: n, inputs=(lambda rng: (1,), lambda rng: (4,)))
    assert "for n = 1: 1 is expected, -1 found." in said(count, lambda n: n - 2)
    assert "-1 found: every sign is the opposite." in said(count, lambda n: -n)


def test_numbers_as_text_are_no_result_of_a_function():
    text = said(ROWS, lambda s: softmax(s).astype(str))
    assert "numbers are asked for; yours is text, '0." in text
    assert "yours is empty" in said(WORDS, lambda tokens: [])


def test_two_tables_in_place_of_one_are_told():
    text = said(ROWS, lambda s: (softmax(s), s[:, 0]))
    assert "one table is asked for; yours are two, of unlike sizes." in text


def test_a_difference_that_rounding_hides_is_shown_in_full():
    text = said(ROWS, lambda s: softmax(s) * (1 + 1e-8))
    right, found = re.findall(r"\b[01]\.\d+", text)[-2:]
    assert right != found and min(len(right), len(found)) > 12


@pytest.mark.parametrize(
    "function, says",
    [
        (lambda s: -softmax(s), "every sign is the opposite."),
        (lambda s: softmax(s).T, "rows and columns are swapped."),
        (lambda s: 2 * softmax(s), "every number is 2 times what it should be."),
        (lambda s: softmax(s) + 1, "every number is too large by 1."),
        (lambda s: softmax(s)[0], "is asked for; yours is a list of"),
        (lambda s: 1 / 0, "it stops with ZeroDivisionError: division by zero (in the line"),
        (
            lambda s: softmax(s) * np.nan,
            "nan found: that is no number: 0 / 0, perhaps, or ∞ − ∞.",
        ),
        (lambda s: "you win", "four columns is asked for; yours is text, 'you win'."),
        (lambda s, t: s, "it is called with one argument; yours takes two arguments."),
        (3.0, "a function is asked for; yours is a float: hand it over by its name alone"),
    ],
)
def test_what_is_off_about_a_function_is_said(function, says):
    assert says in said(ROWS, function)


@pytest.mark.parametrize(
    "way, says",
    [
        (lambda t: t[::-1], "the order is the opposite"),
        (lambda t: [*t[1:], t[0]], "these are the right ones, in another order"),
        (lambda t: t[:-1], "the last one is missing"),
        (lambda t: t[1:], "the first one is missing"),
        (lambda t: [*t, "die"], "there is one too many at the end"),
        (lambda t: ["die", *t], "there is one too many at the start"),
    ],
)
def test_what_is_off_about_an_order_is_said(way, says):
    tokens = ["you", "win", "or", "die"]
    fixed = WORDS._replace(inputs=lambda rng: (tokens + tokens[: rng.integers(3)],))
    assert says in said(fixed, lambda t: way(list(dict.fromkeys(t))))


@pytest.mark.parametrize("form", [np.asarray, np.diag], ids=["row", "table"])
@pytest.mark.parametrize(
    "less",
    [lambda t: np.round(t, 8), lambda t: np.float32(t).astype(float)],
    ids=["rounded", "float32"],
)
def test_less_precise_is_no_other_order(form, less):
    """Also where the order, or rows and columns, would fit within the rounding."""
    values = Exercise(
        "Write it.",
        lambda t: form(t) / 3,
        (),
        ("Divide by 3.",),
        lambda rng: (rng.random(4),),
    )
    found = said(values, lambda t: less(form(t) / 3))
    assert "found: nearly right, but less precise: a number was rounded" in found
    swapped = said(values, lambda t: (form(t) / 3)[::-1])
    assert "less precise" not in swapped


def test_float32_on_the_way_is_less_precise():
    """Its sums lose parts of their largest term, many parts of a number near 0."""

    def on_the_way(x, memory, W_Q, W_K, W_V):
        x, memory, W_Q, W_K, W_V = map(np.float32, (x, memory, W_Q, W_K, W_V))
        scores = x @ W_Q @ (memory @ W_K).T / np.sqrt(W_Q.shape[1])
        return softmax(scores) @ (memory @ W_V)

    found = said(decoder_layer.CROSS_ATTENTION, on_the_way)
    assert found.startswith("Not yet") and "nearly right, but less precise" in found
    off = said(decoder_layer.CROSS_ATTENTION, lambda *given: on_the_way(*given) + 1e-4)
    assert off.startswith("Not yet") and "less precise" not in off


@pytest.mark.parametrize("form", [backwards.GRAD_KEY.answer, *backwards.GRAD_KEY.forms])
def test_float32_on_the_way_back_is_less_precise(form):
    def by_key(*given):
        return form(*map(np.float32, given)).astype(float)

    assert "nearly right, but less precise" in said(backwards.GRAD_KEY, by_key)


def test_several_things_at_once():
    parts = Exercise("Words and a table?", (("you", "win"), np.eye(2), 3.0))
    assert said(parts, [["you", "win"], [[1, 0], [0, 1]], 3]) == "Right."
    assert "part 2" in said(parts, (["you", "win"], np.eye(2), 4))
    assert "three things are asked for" in said(parts, 4)
    named = Exercise("A dictionary?", {"a": 1.0, "b": (1, 2)})
    assert said(named, {"b": [1, 2], "a": 1}) == "Right."
    assert "look at 'b', 'c'" in said(named, {"a": 1, "c": 2})
    assert "a dictionary is asked for" in said(named, 3)
