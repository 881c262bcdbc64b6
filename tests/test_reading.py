"""Drawings of reading in turn: what they show, and what they refuse."""

import numpy as np
import pytest

from tfmath.errors import ShapeError
from tfmath.show.before_after import before_after, one_gated_step, one_look_back
from tfmath.show.reading import (
    LOOKS,
    line_each,
    looking_back,
    over_seeds,
    read_in_turn,
    where_it_looks,
)


def texts(picture):
    return [t.get_text() for ax in picture.figure.axes for t in ax.texts]


def test_states_are_named_or_numbered():
    assert texts(read_in_turn(["a", "b"], "Two."))[:2] == ["$h_{1}$", "a"]
    numbered = read_in_turn([8, 0], "Two.", [8, 4])
    assert texts(numbered) == ["8", "8", "4", "0"]
    assert numbered.alt == "Two. Word and state in turn: 8: 8; 0: 4."


def test_a_gated_step_is_worked_out():
    picture = one_gated_step(8, 0.75, -1, 0.5, 0.25, "One.")
    assert {"8", "5.5", "0.25", "candidate −1", "output gate 0.25"} <= set(texts(picture))
    assert "the output gate 0.25 is the state 0.25" in picture.alt  # tanh 5.5 is nearly 1
    assert {"6", "−0.5", "tanh: 1"} <= set(texts(picture))  # on the way
    below = one_gated_step(-1.5, 0.5, -0.7, 0.2, 0.9, "Below 0.")
    assert {"−1.5", "−0.89", "−0.64", "tanh: −0.711"} <= set(texts(below))
    assert not any("-" in text for text in [*texts(below), below.alt]), "one minus for all"


def test_a_look_back_is_worked_out():
    picture = one_look_back(1, [-1, 0, 2], 3, "Most from the last.")
    (ax,) = picture.figure.axes
    hidden = np.tanh([0, 1, 3])
    weights = np.exp(3 * hidden) / np.exp(3 * hidden).sum()
    mixture = f"{weights @ [-1, 0, 2]:.3g}"
    at = {t.get_position(): t.get_text() for t in ax.texts}
    for y, numbers in ((2.4, hidden), (3.5, 3 * hidden)):
        assert [at[x, y] for x in range(3)] == [f"{x:.3g}" for x in numbers]
    assert [at[x, 4.62] for x in range(3)] == [f"{x:.3f}" for x in weights]
    assert at[-3.4, 2.4] == "tanh" and at[-3.4, 3.5].endswith("score")
    assert {"−1", "times v = 3: score", mixture} <= set(texts(picture))
    listed = ", ".join(f"{w:.3f}" for w in weights)
    assert picture.alt == f"Most from the last. Weights {listed}; the mixture {mixture}."
    _, *lines = ax.get_lines()  # the first is the query's
    assert [line.get_linewidth() for line in lines] == pytest.approx(7 * weights)
    shades = [box.get_facecolor() for box in ax.patches if box.get_linewidth() == 0.6]
    assert [shade[0] for shade in shades] == sorted((s[0] for s in shades), reverse=True)


def test_maps_of_models_have_named_axes_and_frames():
    maps = [np.eye(2), np.full((2, 2), 0.5)]
    picture = where_it_looks(maps, "Two.", ["a", "b"], ["2", "1"], ["1", "2"], [(0, 1)])
    for ax in picture.figure.axes:
        assert ax.get_xlabel() == "looked at" and len(ax.patches) == 1
        assert ax.patches[0].get_center() == pytest.approx((1, 0))
    assert picture.figure.axes[0].get_ylabel() == "to be written"


def test_a_line_for_each_model_in_the_look_of_its_kind():
    columns = {
        "hidden": ["x", "y"] * 3,
        "right": [1, 0.25, 0.5, 0.75, 0.9, 0.3],
        "seed": [0, 0, 1, 1, 2, 2],
        "looks": ["at the letter"] * 2 + ["beside it"] * 2 + ["at the letter"] * 2,
    }
    given = ("hidden", "right", "seed", "looks", [1], "Three.", "right", 0.125)
    picture = line_each(columns, *given)
    (ax,) = picture.figure.axes
    *lines, chance = ax.get_lines()
    assert [list(line.get_ydata()) for line in lines] == [
        [1, 0.25],
        [0.5, 0.75],
        [0.9, 0.3],
    ]
    assert [line.get_linewidth() == 3 for line in lines] == [False, True, False]
    assert lines[1].get_color() == LOOKS["beside it"][0] != lines[0].get_color()
    assert list(chance.get_ydata()) == [0.125, 0.125]
    labels = [t.get_text() for t in ax.get_legend().get_texts()]
    assert labels == ["at the letter", "beside it"]
    assert picture.alt == "Three. right; x, y; seed 1: 0.5, 0.75."


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
    assert labels == ["LSTM", "simple"] and ax.get_ylim()[0] == 0
    without = over_seeds(columns, "n", "y", "who", "Two.", "x", "y", band=False)
    assert not without.figure.axes[0].collections


def test_two_bars_for_each_name_with_their_numbers():
    both = [[0.25, 1.0], [0.5, 0.125]]
    picture = before_after({"a": both, "b": both[::-1]}, "xy", ("now", "then"), "Two.", "s")
    assert picture.alt == (
        "Two. s, now and then: a: x 0.25, 0.50, y 1.00, 0.12; "
        "b: x 0.50, 0.25, y 0.12, 1.00."
    )
    for ax, first in zip(picture.figure.axes, (0.25, 0.5), strict=True):
        assert [bar.get_width() for bar in ax.patches][0] == first and len(ax.patches) == 4
    with pytest.raises(ShapeError, match=r"before_after: a \(2, 2\) must be .* = \(2, 1\)"):
        before_after({"a": both}, "x", ("now", "then"), "Two.", "s")


@pytest.mark.parametrize("name", ["forget", "let_in", "shown"])
def test_a_gate_stands_open_between_not_at_all_and_wholly(name):
    step = {"kept": 1, "forget": 0, "written": 1, "let_in": 1, "shown": 0.5, "title": "T."}
    one_gated_step(**step)
    with pytest.raises(ValueError, match=f"{name} is 1.5; it must be a number from 0 to 1"):
        one_gated_step(**step | {name: 1.5})
