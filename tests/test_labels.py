"""Words along the axes of an array: as many as there are places, in a row."""

import re

import numpy as np
import pytest

from tfmath.errors import ShapeError
from tfmath.model.parameters import traced
from tfmath.tracing import constant, labelled, named, trace

X = np.arange(6.0).reshape(2, 3)
BESIDE = trace(X, "x")
GIVEN = {
    "trace": lambda **words: trace(X, "t", **words),
    "constant": lambda **words: constant("t", X, BESIDE, **words),
}


@pytest.mark.parametrize("name", GIVEN)
@pytest.mark.parametrize(
    "words", [["you", "win"], ("you", "win"), np.array(["you", "win"])]
)
def test_a_row_of_words_in_any_form(name, words):
    found = GIVEN[name](rows=words, cols="abc")
    assert found.labels == (("you", "win"), ("a", "b", "c"))
    assert GIVEN[name](cols=[1, 2, 3]).labels == (None, ("1", "2", "3"))


@pytest.mark.parametrize("name", GIVEN)
def test_too_few_or_too_many_are_refused(name):
    with pytest.raises(ShapeError, match=rf"{name}: t \(2, 3\) got 3 words for its rows"):
        GIVEN[name](rows=["you", "win", "die"])
    with pytest.raises(ShapeError, match=rf"{name}: t \(2, 3\) got 2 words for its cols"):
        GIVEN[name](cols=["you", "win"])


@pytest.mark.parametrize("name", GIVEN)
@pytest.mark.parametrize("words", [5, {"you", "win"}, {"you": 0, "win": 1}, b"ab"])
def test_what_has_no_order_is_no_row_of_words(name, words):
    with pytest.raises(TypeError, match=f"{name}: t: rows is .*list or tuple of words"):
        GIVEN[name](rows=words)


def test_a_step_gets_words_for_an_axis_that_it_has():
    step = named("step", BESIDE * 2)
    with pytest.raises(ShapeError, match=r"labelled: .*\(2, 3\) got 1 words for axis -1"):
        labelled(step, -1, ["you"])
    for axis in (2, -3, None, 0.5):
        said = rf"labelled: axis is {re.escape(str(axis))}; .* from -2 to 1"
        with pytest.raises((TypeError, ValueError), match=said):
            labelled(step, axis, ["you", "win"])
    assert labelled(step, -2, ["you", "win"]).labels == (("you", "win"), None)
    assert labelled(step, 0, ["or", "die"]).labels[0] == ("you", "win")  # its own stay


@pytest.mark.parametrize("batch", [(), (2,), (5, 1)])
def test_the_heads_of_a_table_are_counted_along_their_own_axis(batch):
    table = traced({"W_Q": np.ones((*batch, 3, 4, 6))})["W_Q"]
    assert table.labels[-3] == ("head 1", "head 2", "head 3")
    assert set(table.labels[:-3] + table.labels[-2:]) == {None}
