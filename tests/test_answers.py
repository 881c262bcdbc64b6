"""An answer is open, right, or told which mistake it is: in a whole sentence."""

import functools
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from tfmath import softmax, trace
from tfmath.practice import Exercise, Law, Mistake, check
from tfmath.practice.trials import changed, sizes, trials_of

ROWS = Exercise(
    "Write softmax over the rows.",
    softmax,
    (
        Mistake(lambda s: np.exp(s) / np.exp(s).sum(axis=0), "each column sums to 1"),
        Mistake(np.exp, "nothing was divided"),
        Mistake(lambda s: s @ s, "the table meets itself"),
        Mistake(lambda s: s, "It is as it came."),
    ),
    ("Divide by the row's own sum.", "keepdims=True keeps the shape (n, 1)."),
    lambda rng: (rng.normal(size=sizes(rng, 2)),),
)
AVERAGE = Exercise(
    "Write average(weights, values).",
    lambda w, v: (w * v).sum() / w.sum(),
    inputs=lambda rng: (rng.uniform(1, 3, n := sizes(rng, 1)[0]), rng.normal(size=n)),
)
WORDS = Exercise(
    "Write words(tokens): each once.",
    lambda t: tuple(dict.fromkeys(t)),
    inputs=lambda rng: (rng.choice(["you", "win", "or", "die"], 6).tolist(),),
)


def said(exercise, answer):
    return check(exercise, answer).text


# Open -----------------------------------------------------------------------------------


def unwritten(scores): ...


def documented(scores):
    """Only said what it will do."""
    return None


@pytest.mark.parametrize(
    "nothing",
    [None, ..., unwritten, documented, lambda scores: ..., lambda scores: None]
    + [functools.partial(unwritten)],
)
def test_open(nothing):
    assert check(ROWS, nothing).state == "open"
    assert said(ROWS, nothing) == "Not answered yet: Write softmax over the rows."


def test_a_part_that_is_missing_leaves_it_open():
    pair = Exercise("Which two?", (4, 3))
    assert check(pair, (4, None)).state == check(pair, [..., 3]).state == "open"
    assert check(ROWS, lambda scores: (scores, ...)).state == "open"


def promised(scores):
    raise NotImplementedError


def test_not_implemented_is_open_and_failing_is_wrong():
    assert check(ROWS, promised).state == "open"
    assert check(ROWS, lambda scores: 1 / 0).state == "wrong"


def forgotten(scores):
    ...
    softmax(scores)


def test_a_forgotten_return_is_told():
    assert "it works, but gives nothing back" in said(ROWS, forgotten)
    assert "write return instead of print" in said(ROWS, lambda s: print(softmax(s)))


def sometimes(n):
    if n > 1:
        return n + 1


def test_a_return_that_is_forgotten_for_some_is_told_for_which():
    count = Exercise("n + 1?", lambda n: n + 1, inputs=lambda r: (int(r.integers(3)),))
    assert "for n = 1 it works, but gives nothing back" in said(count, sometimes)


# Right ----------------------------------------------------------------------------------

HALF = Exercise("154/64, to three decimals?", 154 / 64)
ONE_WORD = Exercise("Who?", "die")


def needing_gradients():
    torch = pytest.importorskip("torch")
    return torch.tensor(2.40625, requires_grad=True)


@pytest.mark.parametrize(
    "form",
    [2.40625, 2.406, "2.406", "2,406", "154/64", " 77/32 ", Fraction(154, 64)]
    + [Decimal("2.4063"), np.float32(2.40625), np.array(2.40625), trace(2.40625, "a")],
)
def test_a_number_in_any_form_is_right(form):
    assert said(HALF, form) == "Right."


def test_a_tensor_that_asks_for_gradients_is_right():
    assert said(HALF, needing_gradients()) == "Right."


def test_words_count_without_capitals_where_a_person_wrote_them():
    assert (
        said(ONE_WORD, "Die")
        == said(ONE_WORD, "die.")
        == said(ONE_WORD, "“die”")
        == "Right."
    )
    assert check(WORDS, lambda t: [w.upper() for w in dict.fromkeys(t)]).state == "wrong"


@pytest.mark.parametrize(
    "way",
    [list, iter, np.array, lambda t: dict.fromkeys(t).keys(), lambda t: map(str, t)]
    + [lambda t: (word for word in t)],
)
def test_many_words_in_any_form_are_right(way):
    assert said(WORDS, lambda t: way(list(dict.fromkeys(t)))) == "Right."


def single(scores):
    return softmax(scores).astype(np.float32)


def traced_within(scores):
    return softmax(trace(scores, "scores"))


@pytest.mark.parametrize(
    "form", [softmax, single, traced_within, lambda s: softmax(s).tolist()]
)
def test_a_function_whose_numbers_are_right_is_right(form):
    assert said(ROWS, form) == "Right."


def test_another_right_answer_is_right():
    both = AVERAGE._replace(also=(lambda w, v: v.mean(),))
    assert said(both, lambda w, v: np.mean(v)) == "Right."
    assert said(HALF._replace(also=(7,)), 7) == "Right."


# Wrong: which mistake -------------------------------------------------------------------


def test_the_mistake_is_named():
    assert "when each column sums to 1." in said(ROWS, ROWS.mistakes[0].answer)
    assert "when nothing was divided." in said(ROWS, lambda s: np.exp(s).tolist())
    assert said(ROWS, lambda s: s * 1.0).startswith(
        "Not yet: It is as it came. There are two"
    )


def test_a_mistake_that_stops_is_named_too():
    assert "the table meets itself" in said(ROWS, lambda scores: scores @ scores)


def test_a_mistake_is_named_however_it_is_rounded():
    root = Exercise("√2?", 2**0.5, (Mistake(2 / 2.2, "you divide"),))
    assert "you divide" in said(root, 2 / 2.2)
    assert "you divide" in said(root, 0.91)
    assert "you divide" not in said(root, 0.92)


# Besides the values ---------------------------------------------------------------------


def test_changed_inputs_are_told_even_in_a_list():
    def in_place(tokens):
        for word in set(tokens):
            while tokens.count(word) > 1:
                tokens.reverse()
                tokens.remove(word)
                tokens.reverse()
        return tokens

    assert "it changes tokens on the way" in said(WORDS, in_place)

    def greedy_hands(scores):
        scores[:] = 0
        return softmax(scores)

    assert check(ROWS, greedy_hands).state == "wrong"


def test_a_function_that_may_change_its_inputs_may():
    def upwards(numbers):
        numbers += 1
        return numbers

    exercise = Exercise("Add 1.", upwards, inputs=lambda rng: (rng.normal(size=3),))
    assert said(exercise, upwards) == "Right."


def test_a_law_is_tried_besides_the_values():
    def finite(function, scores):
        return np.isfinite(function(1000 + scores)).all()

    law = Law(finite, "scores of 1000 give no number")
    lawful = ROWS._replace(laws=(law,))
    assert said(lawful, softmax) == "Right."
    bare = said(lawful, lambda s: np.exp(s) / np.exp(s).sum(1, keepdims=True))
    assert bare.startswith(
        "Not yet: its numbers are right, but scores of 1000 give no number."
    )


def test_no_warning_reaches_the_notebook(recwarn):
    check(ROWS, lambda s: np.log(s - s) * 0)
    assert not recwarn.list


def test_what_a_function_prints_is_printed_once(capsys):
    def loud(scores):
        print("the shape is", scores.shape)
        return scores

    assert check(ROWS, loud).state == "wrong"
    assert capsys.readouterr().out.count("the shape is (") == 1


# Hints ----------------------------------------------------------------------------------


def test_hints_come_in_steps():
    assert "Hint 1" in repr(check(ROWS, None, hint=1))
    assert "Hint 2" not in repr(check(ROWS, None, hint=1))
    assert "Hint 2" in repr(check(ROWS, None, hint=2))


@pytest.mark.parametrize(
    "hints, says",
    [
        ((), "Not yet: 3 is not it."),
        (("a",), "Not yet: 3 is not it. There is one hint: hint=1 shows it."),
        (("a", "b"), "Not yet: 3 is not it. There are two hints: hint=1 shows the first."),
    ],
)
def test_one_hint_is_one_hint(hints, says):
    assert said(HALF._replace(hints=hints), 3) == says
    assert "There " not in check(HALF._replace(hints=hints), 3, hint=1).text


def test_what_cannot_be_checked_is_an_error():
    with pytest.raises(TypeError, match="check: exercise"):
        check(3, 3)
    with pytest.raises(ValueError, match="check: hint"):
        check(HALF, 3, hint=-1)


# Trials ---------------------------------------------------------------------------------


def test_sizes_all_differ():
    for seed in range(50):
        drawn = sizes(np.random.default_rng(seed), 5, least=3)
        assert len(set(drawn)) == 5 and min(drawn) >= 3
    assert len(set(sizes(np.random.default_rng(0), 20))) == 20


def test_several_kinds_of_trials_and_the_smallest_comes_first():
    kinds = (lambda rng: (rng.normal(size=9),), lambda rng: (np.zeros(4),))
    lengths = [len(x) for (x,) in trials_of(ROWS._replace(inputs=kinds))]
    assert lengths == [4, 4, 4, 9, 9, 9]


@pytest.mark.parametrize(
    "before, after",
    [
        ([1, [2]], [1, [3]]),
        ({"a": 1}, {"a": 1, "b": 2}),
        (np.ones(2), np.zeros(2)),
        ([np.ones(2)], [np.ones((2, 1))]),
        (1, 1.0),
        (float("nan"), 0.0),
    ],
)
def test_any_change_is_seen(before, after):
    assert changed([before], [after]) and not changed([before], [before])
