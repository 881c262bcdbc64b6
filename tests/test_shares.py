"""Bars of a whole and its parts, and of what is lost without a part."""

import pytest
from matplotlib.colors import to_hex

from tfmath.show.figures import _COLOURS
from tfmath.show.shares import lost, stacked

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
