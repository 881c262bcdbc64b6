"""Pictures of rows: two kinds of lines, two marks in a line, a map, two jobs."""

import matplotlib.colors
import numpy as np
import pytest

from tfmath.show.rows import CHOSEN, OTHERS, gaps, jobs, kept_map, lengths_over, reaches
from tfmath.show.words import KEPT, LOST


def colour(x):
    return matplotlib.colors.to_hex(x)


@pytest.mark.parametrize("chosen", [set(), {"a", "b"}])
def test_all_rows_may_be_of_one_kind(chosen):
    columns = {"step": [0, 10], "a": [1, 3], "b": [2, 1]}
    (ax,) = lengths_over(columns, chosen, ("ours", "theirs"), "Rows.").figure.axes
    drawn = [colour(x.get_color()) for x in ax.lines if len(x.get_ydata())]
    assert drawn == [CHOSEN if chosen else OTHERS] * 2
    assert [x.get_label() for x in ax.lines if not len(x.get_ydata())] == ["theirs", "ours"]


def test_each_row_is_a_line_and_each_kind_has_its_colour():
    columns = {"step": [0, 10], "a": [1, 3], "b": [2, 1], "c": [1.5, 1.01]}
    picture = lengths_over(columns, {"a"}, ("ours", "theirs"), "Rows.")
    (ax,) = picture.figure.axes
    lines = {
        tuple(x.get_ydata()): colour(x.get_color()) for x in ax.lines if len(x.get_ydata())
    }
    assert lines == {(1, 3): CHOSEN, (2, 1): OTHERS, (1.5, 1.01): OTHERS}
    beside = {t.get_text(): (t.xy, t.get_position()[1]) for t in ax.texts}
    assert {word: at for word, (at, _) in beside.items()} == {
        "a": (10, 3),
        "b": (10, 1),
        "c": (10, 1.01),
    }
    heights = [beside[word][1] for word in "bca"]
    assert heights[0] < 1 < 1.01 < heights[1] < heights[2] == 3  # pushed apart
    assert heights[1] - heights[0] > 0.1
    assert picture.alt == (
        "Rows. * ours; without, theirs. First and last: b 2 1, c 1.5 1.01, a* 1 3."
    )


def test_each_line_has_its_two_marks_and_all_panels_one_axis():
    panels = {"one": {"a": (1, 2), "b": (4, 3)}, "two": {"c": (9, 5), "d": (2, 6)}}
    picture = gaps(panels, ("ring", "square"), "Gaps.", "length", "model", ("line", 7))
    one, two = picture.figure.axes
    rings, squares = two.collections[1:]
    assert rings.get_offsets().tolist() == [[9, 0], [2, -1]]
    assert squares.get_offsets().tolist() == [[5, 0], [6, -1]]
    assert colour(squares.get_facecolor()[0]) == CHOSEN
    assert one.get_xlim() == two.get_xlim() and -0.3 < one.get_xlim()[0] < 0
    assert [t.get_text() for t in one.get_yticklabels()] == ["a", "b"]
    assert picture.alt == (
        "Gaps. Two marks: ring, square. one: a 1 2, b 4 3. two: c 9 5, d 2 6. line at 7."
    )


def test_what_lies_above_the_border_of_a_map_is_lost():
    x, y = np.linspace(-1, 3, 9), np.linspace(-1, 1, 5)
    lead = np.tile(0.4 - y[:, np.newaxis], (1, 9))
    at = {"here": (0.0, 0.0), "far": (2.0, 0.0), "near": (-0.3, 0.4 + 0.1)}
    picture = kept_map(x, y, lead, at, "A map.")
    (ax,) = picture.figure.axes
    drawn = [c for c in ax.collections if c.get_zorder() == 3]
    marks = [(c.get_offsets()[0].tolist(), colour(c.get_facecolor()[0])) for c in drawn]
    assert marks == [([0, 0], KEPT), ([2, 0], KEPT), ([-0.3, 0.5], LOST)]
    lost, kept = ax.collections[0].get_facecolor()
    assert lost[0] > lost[2] and kept[2] > kept[0]
    below, above = (path.vertices[:, 1] for path in ax.collections[0].get_paths()[::-1])
    assert below.max() <= 0.4 + 1e-9 and above.min() >= 0.4 - 1e-9
    assert picture.alt == "A map. here: kept; far, 2.000: kept; near, 0.583: lost."


def test_curves_of_one_name_look_alike_in_both_panels():
    panels = {"left": {"E": [1, 0.1], "F": [1, 1]}, "right": {"F": [2, 20]}}
    picture = jobs([5, 50], panels, "Two jobs.", "width", "size")
    left, right = picture.figure.axes
    looks = {line.get_color() for ax in (left, right) for line in ax.lines[-1:]}
    assert looks == {CHOSEN} and left.get_ylim() == right.get_ylim()
    assert right.lines[0].get_ydata().tolist() == [2, 20]
    assert picture.alt == (
        "Two jobs. size over width: left, E from 1 to 0.1; left, F from 1 to 1; "
        "right, F from 2 to 20."
    )


def test_each_spoke_keeps_its_length_and_its_angle_to_x():
    table = np.array([[3.0, 4.0, 0.0], [0.0, -2.0, 0.0], [1.0, 0.0, 2.0]])
    panels = {"first": (np.array([2.0, 0.0, 0.0]), ["c"]), "second": (table[1], ["b", "a"])}
    picture = reaches(table, "abc", panels, {"b"}, ("ours", "theirs"), "Reaches.")
    first, second = picture.figure.axes
    spokes = [
        [
            (*line.get_xydata()[1].tolist(), colour(line.get_color()))
            for line in ax.lines[1:4]
        ]
        for ax in (first, second)
    ]
    assert sorted(spokes[0]) == [(0, 2, CHOSEN), (1, 2, OTHERS), (3, 4, OTHERS)]
    assert sorted(spokes[1]) == [(-4, 3, OTHERS), (0, 5**0.5, OTHERS), (2, 0, CHOSEN)]
    assert [t.get_text() for t in first.texts] == ["a\n6.00", "c\n2.00"]
    assert [t.xy for t in second.texts] == [(2, 0), (-4, 0)]
    assert first.get_xlim() == second.get_xlim() and first.get_ylim() == second.get_ylim()
    assert {ax.get_aspect() for ax in (first, second)} == {1.0}
    assert picture.alt == (
        "Reaches. Scores. first: a 6.00, c 2.00. second: b 4.00, a -8.00."
    )


@pytest.mark.parametrize(
    ("panel", "said"),
    [(([0, 0], "a"), "the x of 'p' is 0"), (([1, 0], "d"), "holds 'd'; there is 'a', 'b'")],
)
def test_what_reaches_nowhere_is_told(panel, said):
    with pytest.raises((TypeError, ValueError), match=said):
        x, word = panel
        reaches(np.eye(2), ["a", "b"], {"p": (x, [word])}, {"a"}, ("ours", "theirs"), "T.")
