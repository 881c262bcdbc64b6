"""Drawings of reading in turn: what they show, and what they refuse."""

import numpy as np
import pytest

from tfmath.errors import ShapeError
from tfmath.show.reading import looking_back, one_gated_step, over_seeds, read_in_turn


def texts(picture):
    return [t.get_text() for ax in picture.figure.axes for t in ax.texts]


def test_states_are_named_or_numbered():
    assert texts(read_in_turn(["a", "b"], "Two."))[:2] == ["$h_{1}$", "a"]
    numbered = read_in_turn([8, 0], "Two.", [8, 4])
    assert texts(numbered) == ["8", "8", "4", "0"]
    assert numbered.alt == "Two. Word and state in turn: 8: 8; 0: 4."


def test_a_gated_step_is_worked_out():
    assert "5.5" in texts(one_gated_step(8, 0.75, -1, 0.5, "One."))


def test_lines_are_as_thick_as_weights():
    picture = looking_back("abc", "de", [[0.5, 0.5, 0.0], [0.04, 0.0, 0.96]], "Back.")
    (ax,) = picture.figure.axes
    assert [line.get_linewidth() for line in ax.get_lines()] == [3.5, 3.5, 7 * 0.96]
    assert picture.alt == "Back. Each word takes most: d from a; e from c."
    with pytest.raises(ShapeError, match=r"looking_back: weights \(2, 2\) must be"):
        looking_back("abc", "de", np.eye(2), "Back.")


def test_the_middle_of_the_seeds_and_their_band():
    columns = {
        "n": [1, 1, 1, 2, 2, 2] * 2,
        "y": [0, 1, 5, 2, 3, 7, 10, 10, 10, 20, 20, 20],
        "who": ["LSTM"] * 6 + ["simple"] * 6,
    }
    picture = over_seeds(columns, "n", "y", "who", "Two.", "x", "y")
    (ax,) = picture.figure.axes
    assert [list(line.get_ydata()) for line in ax.get_lines()] == [[1, 3], [10, 20]]
    band = ax.collections[0].get_paths()[0].vertices
    assert {tuple(p) for p in band} >= {(1, 0), (1, 5), (2, 2), (2, 7)}
    labels = [t.get_text() for t in ax.get_legend().get_texts()]
    assert labels == ["LSTM", "simple"]
