"""The way from the first word to the last, drawn: as long as it is."""

import numpy as np
import pytest

from tfmath.errors import ShapeError
from tfmath.parts.recurrent import convolution
from tfmath.show.before_after import PALE, first_to_last
from tfmath.study.costs import layers_until_connected


def drawn(ax):
    """The lines of a panel, strong and pale, each as its two ends."""
    strong, pale = [], []
    for line in ax.get_lines():
        ends = [tuple(map(int, end)) for end in line.get_xydata()]
        (pale if line.get_color() == PALE else strong).append(ends)
    return strong, pale


def test_the_ways_are_as_long_as_told():
    picture = first_to_last(9, [1, 2, 4, 8], "Nine.")
    assert picture.alt == "Nine. Steps: in turn 8; windows with gaps 4; one look 1."
    turn, windows, look = map(drawn, picture.figure.axes)
    assert turn == ([[(i, 0), (i + 1, 0)] for i in range(8)], [])
    assert windows[0] == [[(0, i), (0, i + 1)] for i in range(3)] + [[(0, 3), (8, 4)]]
    assert look == ([[(0, 0), (8, 1)]], [[(i, 0), (8, 1)] for i in range(1, 9)])
    ones, words = np.ones((2, 1, 1)), np.ones((9, 1))
    far = layers_until_connected(lambda x, i: convolution(x, ones, 2**i), words)
    assert len(windows[0]) == far
    for ax in picture.figure.axes:
        heights = {line.get_color() == PALE: line.get_zorder() for line in ax.get_lines()}
        assert heights.get(True, 0) < heights[False], "no pale line over a strong one"
    titles = [ax.get_title() for ax in picture.figure.axes]
    assert titles == ["in turn: 8", "windows with gaps: 4", "one look: 1"]


def test_windows_hear_all_words_below():
    strong, pale = drawn(first_to_last(9, [1, 2, 4, 8], "Nine.").figure.axes[1])
    lines = strong + pale
    assert {start for start, _ in lines if start[1] == 0} == {(i, 0) for i in range(9)}
    gaps = {1: 1, 2: 2, 3: 4, 4: 8}
    for (a, low), (b, high) in lines:
        assert high == low + 1 and b - a in (0, gaps[high])
    assert {end for _, end in lines if end[1] == 4} == {(8, 4)}


def test_windows_that_do_not_reach():
    with pytest.raises(ShapeError, match=r"gaps \[1, 2\] do not join 9 words"):
        first_to_last(9, [1, 2], "Nine.")
