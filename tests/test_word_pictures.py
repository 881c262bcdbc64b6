"""Pictures of words and rows: where numbers stand, what is framed, kept and lost."""

import matplotlib.colors
import numpy as np
import pytest

from tfmath.errors import ShapeError
from tfmath.show.figures import _SIGNED
from tfmath.show.lookups import SHARE
from tfmath.show.tokens import LOOKS, first_places, grown, in_use, kept_looks
from tfmath.show.words import (
    KEPT,
    LOST,
    SHADES,
    directions,
    kept_or_lost,
    merging,
    product_as_l,
)


def frames_of(ax):
    black = [p for p in ax.patches if p.get_edgecolor() == (0, 0, 0, 1)]
    return {(*map(float, p.get_xy()), p.get_width(), p.get_height()) for p in black}


def test_each_number_of_a_product_stands_where_its_row_meets_its_column():
    left, right = [[1, 2, 0]], [[3, 1], [7, 2], [5, 9]]
    picture = product_as_l(left, right, "It meets.", (0, 1), ["a"], list("xyz"), ["p", "q"])
    (ax,) = picture.figure.axes
    at = {t.get_text(): t.get_position() for t in ax.texts}
    row, column = at["a"][1], at["q"][0]
    assert at["5"] != at["17"] == (at["p"][0], row)
    here = [t.get_text() for t in ax.texts if t.get_position() == (column, row)]
    assert here == ["5"]  # 1 · 1 + 2 · 2 + 0 · 9
    edge = 3 + 0.8
    wanted = {(0, edge, 3, 1), (edge + 1, edge, 1, 1), (edge + 1, 0, 1, 3)}
    assert frames_of(ax) == wanted
    assert picture.alt == (
        "It meets. 1 × 3 times 3 × 2 is 1 × 2. Framed, row 0 and column 1: "
        "1 · 1 + 2 · 2 + 0 · 9 = 5."
    )


def test_a_product_keeps_its_other_numbers_back_for_a_pencil():
    tables = np.array([[1, 2], [3, 4]]), np.array([[5, 6], [7, 8]])
    whole, asked = (product_as_l(*tables, "", (0, 1), rest=rest) for rest in (True, False))
    for picture, wanted in ((whole, ["19", "22", "43", "50"]), (asked, ["22"])):
        shown = [t.get_text() for t in picture.figure.axes[0].texts]
        assert [text for text in shown if text.isdigit() and len(text) > 1] == wanted
    assert whole.alt == asked.alt and frames_of(*whole.figure.axes) == frames_of(
        *asked.figure.axes
    )


def test_a_row_of_a_product_is_framed_with_the_rows_that_have_a_share_in_it():
    left = np.zeros((2, 10))
    left[1, :2] = 1
    picture = product_as_l(left, np.ones((10, 4)), "", (1, None))
    edge = 10 + 1.5
    wanted = {
        (0, edge + 1, 10, 1),
        (edge, edge + 1, 4, 1),
        (edge, 0, 4, 1),
        (edge, 1, 4, 1),
    }
    assert frames_of(picture.figure.axes[0]) == wanted
    assert "Framed, row 1: 1 of row 0 and 1 of row 1." in picture.alt
    shown = {t.get_text() for t in picture.figure.axes[0].texts}
    assert shown == {"2 × 10", "10 × 4", "2 × 4"}


def test_the_columns_of_a_large_left_table_are_counted_beside_words():
    words = list("abcdefghij")
    picture = product_as_l(np.ones((2, 10)), np.ones((10, 4)), "", inner=words)
    at = {t.get_text(): t.get_position() for t in picture.figure.axes[0].texts}
    assert [at[str(i)] for i in range(10)] == [(i + 0.5, 11.5 - 0.3) for i in range(10)]
    assert [at[word][1] for word in words] == [i + 0.5 for i in range(10)]


def test_tables_that_do_not_fit_are_refused_with_both_sizes():
    with pytest.raises(
        ShapeError, match="a row of left has 3 numbers, a column of right 2"
    ):
        product_as_l(np.ones((2, 3)), np.ones((2, 3)), "No.")


def test_a_longer_piece_is_darker_and_a_new_one_is_framed():
    states = {
        "0": [["t", "h", "e"], ["s"]],
        "1": [["th", "e"], ["s"]],
        "2": [["the"], ["s"]],
    }
    picture = merging(states, "They merge.")
    boxes = picture.figure.axes[0].patches
    shades = [matplotlib.colors.to_hex(box.get_facecolor()) for box in boxes]
    one, two, whole = SHADES[0], SHADES[1], SHADES[5]
    assert shades == [one, one, one, whole, two, one, whole, whole, whole]
    framed = [box.get_edgecolor() == (0, 0, 0, 1) for box in boxes]
    assert framed == [False] * 4 + [True, False, False, True, False]
    assert picture.alt == "They merge. 0: t|h|e  s; 1: th|e  s; 2: the  s."


def test_a_piece_begins_at_its_merge_and_ends_where_it_is_joined():
    text, merges = ["the", "then"], [("t", "h"), ("th", "e"), ("the", "n")]
    picture = grown(["then", "the"], merges, text, "They grow.")
    (ax,) = picture.figure.axes
    boxes = [(round(b.get_y() + 0.42), round(b.get_height() + 0.1)) for b in ax.patches]
    # t, h, th, e, the, n, then: the row of each, and how many rows down it reaches
    then = [(0, 1), (0, 1), (1, 1), (0, 2), (2, 1), (0, 3), (3, 1)]
    assert boxes == [*then, (0, 1), (0, 1), (1, 1), (0, 2), (2, 2)]
    dark = [matplotlib.colors.to_hex(b.get_facecolor()) == SHADES[5] for b in ax.patches]
    assert [i for i, is_dark in enumerate(dark) if is_dark] == [6, 11]
    assert picture.alt == "They grow. 1: th (2 times), 2: the (2 times), 3: then (once)."


def test_what_is_not_in_use_lies_between_the_list_and_what_is():
    texts = [list("abab") + ["c"] * 2, ["ab", "ab", "c", "c"], ["ab", "abc", "c"], ["abab"]]
    picture = in_use(texts, [3, 4, 5, 6], "They fall idle.")
    (ax,) = picture.figure.axes
    many, entries, used, point = (line.get_ydata().tolist() for line in ax.lines)
    assert (many, entries, used) == ([6, 4, 3, 1], [3, 4, 5, 6], [3, 2, 3, 1])
    between = ax.collections[0].get_paths()[0].vertices.tolist()
    assert {(n, u) for n, u in enumerate(used)} <= set(map(tuple, between))
    assert {(n, e) for n, e in enumerate(entries)} <= set(map(tuple, between))
    assert ax.lines[3].get_xdata().tolist() == [2] and point == [3]
    told = "After 3 merges: 1 pieces for 6, 6 entries for 3, 1 in use, 5 not."
    assert picture.alt == f"They fall idle. {told} The last bend: after 2."


def test_a_word_is_framed_and_numbered_where_it_stands_first():
    lines = {"a": ["so", "it", "so"], "b": ["it", "is", "so"]}
    picture = first_places(lines, "They are numbered.")
    (ax,) = picture.figure.axes
    framed = [box.get_edgecolor() == (0, 0, 0, 1) for box in ax.patches]
    assert framed == [True, True, False, False, True, False]
    at = {t.get_text(): t.get_position() for t in ax.texts if t.get_text() in "012"}
    boxes = [box.get_path().get_extents().x0 for box in ax.patches]
    assert [at[i][1] for i in "012"] == [-0.38, -0.38, -1.38]
    assert at["0"][0] < boxes[1] < at["1"][0] < boxes[2] and boxes[4] < at["2"][0]
    assert picture.alt == "They are numbered. 0 so  1 it  2 is."


def test_what_is_kept_and_what_is_lost_look_different():
    groups = {"when": ([0.5, 2.0], [True, False]), "you": ([1.0], [False])}
    picture = kept_or_lost(groups, "Near and far.", "distance")
    (ax,) = picture.figure.axes
    found = [
        (matplotlib.colors.to_hex(c.get_facecolor()[0]), c.get_offsets().tolist())
        for c in ax.collections
        if len(c.get_offsets())
    ]
    assert found == [(KEPT, [[0.5, 0.17]]), (LOST, [[2.0, -0.17]]), (LOST, [[1.0, -1.17]])]
    assert ax.get_xlabel() == "distance"
    assert [t.get_text() for t in ax.get_yticklabels()] == ["when", "you"]
    assert picture.alt == "Near and far. when: kept at 1 of 2; you: kept at 0 of 1."


def test_marks_with_names_are_named_on_their_own_side():
    groups = {"when": ([0.5, 2.0], [True, False]), "you": ([1.0, 3.0], [False, True])}
    named = {"you": {"far": 3.0, "near": 1.0}}
    (ax,) = kept_or_lost(groups, "Near and far.", "distance", named).figure.axes
    found = {t.get_text(): (t.xy, t.get_position()[1] > 0, t.get_color()) for t in ax.texts}
    assert found == {"far": ((3, -0.83), True, KEPT), "near": ((1, -1.17), False, LOST)}


def test_arrows_end_at_their_tips_in_the_colour_of_their_cosine():
    picture = directions((3, 4), [(4, 3), (-4, 3), (-3, -4)], "They turn.")
    (ax,) = picture.figure.axes
    ends = [arrow._posA_posB[1] for arrow in ax.patches]
    np.testing.assert_array_equal(ends, [(3, 4), (4, 3), (-4, 3), (-3, -4)])
    colours = [matplotlib.colors.to_hex(arrow.get_edgecolor()) for arrow in ax.patches]
    assert colours == ["#000000", KEPT, "#777777", LOST]
    assert picture.alt == (
        "They turn. Arrows from (0, 0) to (3, 4); (4, 3), cos 0.96; (−4, 3), cos 0.00; "
        "(−3, −4), cos −1.00."
    )


def looks_of(keys):
    """Line by line, of two words and two heads; the second head looks at both alike."""
    query, value = np.arange(4.0).reshape(2, 1, 2), np.ones((2, 2, 1))
    half = np.array([[[1.0, 0.0]], [[0.5, 0.5]]])
    one = (query, keys[0][:, :1], value[:, :1], np.ones((2, 1, 1)))
    return [one, (query, keys[1], value, half)]


def test_what_is_kept_is_what_stood_there_one_line_higher():
    keys = np.arange(8.0).reshape(2, 2, 2)
    picture = kept_looks(looks_of((keys, keys)), "Kept.", "ab", head=1)
    assert picture.alt == (
        "Kept. a: 1 made, 0 kept, most from a (1.00); "
        "b: 1 made, 1 kept, most from a (0.50)."
    )
    (ax,) = picture.figure.axes
    edge, wide = 2 + 2.2, 2 + 0.4 + 1
    black = {(round(x, 6), round(y + 0.28), w) for x, y, w, _ in frames_of(ax)}
    second = edge + wide + 1.2
    assert {(0, 0, 2), (0, 1, 2), (edge, 0, 2), (edge + 2.4, 0, 1)} < black
    assert black >= {(round(second, 6), 1, 2), (round(second + 2.4, 6), 1, 1)}
    assert len(black) == 6
    grey = matplotlib.colors.to_rgba(SHARE)
    bars = [p.get_width() for p in ax.patches if p.get_facecolor() == grey]
    assert bars == pytest.approx([wide, wide / 2, wide / 2])
    cells = [p.get_facecolor() for p in ax.patches if p.get_linewidth() == 0]
    query = [_SIGNED((x / 7 + 1) / 2) for x in (2.0, 3.0)]
    assert cells[:2] == query, "7 is the largest of all keys"
    (legend,) = (t for t in ax.texts if t.get_text() == LOOKS)
    assert legend.get_position()[1] - 0.7 > 1 + 0.49, "below the last bar"
    for looks in (looks_of((keys, keys)), looks_of((keys, keys))[1:]):
        with pytest.raises(ShapeError, match="kept_looks: each word has one look, at one"):
            kept_looks(looks, "", "a")
    changed = kept_looks(looks_of((keys, keys + 1)), "Made anew.", "ab")
    assert "b: 2 made, 0 kept, most from a (1.00)" in changed.alt
