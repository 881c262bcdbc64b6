"""Bars of a whole and its parts, and of what is lost without a part."""

import pytest
from matplotlib.colors import to_hex

from tfmath.errors import ShapeError
from tfmath.show.figures import _COLOURS
from tfmath.show.shares import lost, stacked, summed

NAMES, HEIGHTS, SAID = ["nothing", "salt", "heat"], [0.5, 3.0, 9.25], ["good", "bland", ""]


def test_each_bar_has_its_height_its_text_and_its_colour():
    picture = lost(HEIGHTS, NAMES, SAID, "The soup.", "loss", ["nothing", "salt"])
    bars, beside = picture.figure.axes
    assert [bar.get_width() for bar in bars.patches] == HEIGHTS
    blue, orange = _COLOURS[:2]
    assert [to_hex(bar.get_facecolor()) for bar in bars.patches] == [blue, blue, orange]
    texts = [(text.get_text(), text.get_position()[1]) for text in beside.texts]
    assert texts == [("good", 0), ("bland", 1), ("(nothing)", 2)]
    assert bars.get_ylim()[0] > bars.get_ylim()[1], "the first bar is on top"
    assert "heat 9.250: (nothing)." in picture.alt


def test_a_bar_and_a_text_for_each_name():
    with pytest.raises(ValueError):
        lost(HEIGHTS, NAMES, SAID[:2], "The soup.", "loss")


def test_parts_stand_one_behind_another_and_fill_the_bar():
    picture = stacked([[0.25, 0.75], [0.5, 0.5]], "Milk.", ["a", "b"], ["x", "y"])
    (ax,) = picture.figure.axes
    ends = [bar.get_x() + bar.get_width() for bar in ax.patches]
    assert ends == [0.25, 0.5, 1, 1] and [bar.get_x() for bar in ax.patches][2:] == [
        0.25,
        0.5,
    ]


TERMS = [[1, 4, -2], [-1, 2, 3], [-1, -5, 0.5]]


def test_terms_go_up_and_down_from_zero_and_a_dot_stands_at_their_sum():
    picture = summed(TERMS, "The lake.", ["a", "b", "c"], ["x", "y", "z"], "level")
    (ax,) = picture.figure.axes
    bars = {part.get_label(): part.patches for part in ax.containers}
    assert list(bars) == ["y", "z", "x"], "the largest of all stand next to 0"
    ends = {
        name: [sorted((bar.get_y(), bar.get_y() + bar.get_height())) for bar in of]
        for name, of in bars.items()
    }
    assert ends["y"] == [[0, 4], [0, 2], [-5, 0]]
    assert ends["z"] == [[-2, 0], [2, 5], [0, 0.5]]
    assert ends["x"] == [[4, 5], [-1, 0], [-6, -5]]
    assert ax.lines[0].get_ydata().tolist() == [3, 4, -5.5]
    assert picture.alt.endswith("b 4, c -5.5; the terms of b: x -1, y 2, z 3.")


def test_a_name_for_each_sum_and_each_term():
    for names, parts in (("ab", "xyz"), ("abc", "xy")):
        with pytest.raises(ShapeError, match=r"summed: terms \(3, 3\) must be"):
            summed(TERMS, "The lake.", names, parts, "level")
    with pytest.raises(ShapeError, match="at most 5 parts"):
        summed([range(6)], "The lake.", "a", "uvwxyz", "level")
