"""Heads drawn: whose columns a cut gives to whom, and what meets what."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from tfmath.errors import ShapeError
from tfmath.show.heads import HEADS, PALE, joined_times, multiplied, two_cuts, whom_and_what

WORDS = ["a", "b", "c", "d"]


def cells_of(picture):
    """The colour and the text of each cell, by its corner."""
    (ax,) = picture.figure.axes
    texts = {t.get_position(): t.get_text() for t in ax.texts}
    found = {}
    for patch in ax.patches:
        x, y = patch.get_xy()
        found[x, y] = to_hex(patch.get_facecolor()), texts[x + 0.5, y + 0.5]
    return found


def test_a_cut_gives_each_head_its_columns_and_reshape_alone_does_not():
    cells = cells_of(two_cuts(WORDS, 2, 3, "Two cuts."))
    assert len(cells) == 3 * 4 * 6
    assert all(colour == PALE[int(column) // 3] for colour, column in cells.values())
    columns = sorted({x for x, _ in cells})
    assert np.diff(columns)[:5].tolist() == [1] * 5  # the wide table
    by_way = columns[6:9], columns[9:]
    for way, wanted in zip(by_way, ({*"012345"}, {*"012"}), strict=True):
        upper = sorted({y for x, y in cells if x in way})[:4]
        assert {cells[x, y][1] for x in way for y in upper} == wanted


def test_a_cut_is_told_in_words():
    told = two_cuts(WORDS, 2, 3, "Two cuts.").alt
    assert "reshape(2, 4, 3), head 1: rows of a, a, b, b;" in told
    assert told.endswith("head 2: rows of a, b, c, d.")


def test_each_heads_columns_meet_its_own_rows():
    heads, W_O = np.arange(12.0).reshape(2, 6), np.ones((6, 5))
    picture = joined_times(heads, W_O, 3, "They meet.", ["x", "y"])
    (ax,) = picture.figure.axes
    for i, colour in enumerate(HEADS[:3]):
        own = [p for p in ax.patches if to_hex(p.get_edgecolor()) == colour]
        assert [(*p.get_xy(), p.get_width(), p.get_height()) for p in own] == [
            (2 * i, 6.8, 2, 2),
            (6.8, 2 * i, 5, 2),
        ]
    assert picture.alt == (
        "They meet. 2 × 6 times 6 × 5: head 1, columns 0–1, meets rows 0–1, head 2, "
        "columns 2–3, meets rows 2–3, head 3, columns 4–5, meets rows 4–5."
    )
    assert "15" in {t.get_text() for t in ax.texts}  # 0 + 1 + 2 + 3 + 4 + 5


@pytest.mark.parametrize("rows, n_heads", [(5, 2), (6, 4)])
def test_heads_that_do_not_fit_are_told(rows, n_heads):
    with pytest.raises(ShapeError, match=f"{n_heads} heads in 6 columns .* {rows} rows"):
        joined_times(np.ones((2, 6)), np.ones((rows, 5)), n_heads, "")


def test_a_row_of_weights_for_each_head_and_the_one_of_both():
    weights = [[0.75, 0.25], [0.00002, 0.99998], [0.0049, 0.9951]]
    picture = multiplied(weights, ["a", "b"], ["head 1", "× head 2", "both"], "Times.", "b")
    for ax, row, colour in zip(picture.figure.axes, weights, HEADS, strict=False):
        band, *drawn = ax.patches
        assert [bar.get_height() for bar in drawn] == row
        assert {to_hex(bar.get_facecolor()) for bar in drawn} == {colour}
        assert band.get_x() + band.get_width() / 2 == 1  # under b
    assert len({ax.get_ylim() for ax in picture.figure.axes}) == 1
    assert picture.alt == (
        "Times. head 1: a 0.75, b 0.25; × head 2: a 0.00002, b 1.00; both: a 0.005, b 1.00."
    )


def test_words_that_stand_twice_and_four_heads_are_all_drawn():
    weights, names = np.arange(15.0).reshape(5, 3) / 20, [*"1234", "all"]
    axes = multiplied(weights, ["the", "cat", "the"], names, "Times.", "cat").figure.axes
    for ax, row in zip(axes, weights, strict=True):
        band, *drawn = ax.patches
        assert [(b.get_x() + b.get_width() / 2, b.get_height()) for b in drawn] == [
            *enumerate(row)
        ]
        assert band.get_x() + band.get_width() / 2 == 1
    assert [t.get_text() for t in axes[-1].get_xticklabels()] == ["the", "cat", "the"]
    for rows, told in (
        (names[:4], r"\(5, 3\) must be"),
        ([*names, "more"], "at most 5 rows"),
    ):
        with pytest.raises(ShapeError, match=told):
            multiplied(weights[[0] * max(5, len(rows))], ["a", "b", "c"], rows, "", "a")


def test_whom_times_what_is_what_a_head_writes():
    weights = np.array([[[0.0, 1.0], [0.5, 0.5]], [[1.0, 0.0], [0.0, 1.0]]])
    handed = np.array([[[2.0, 0.0, -6.0], [4.0, 1.0, 3.0]], [[7.0, 8.0, 9.0]] * 2])
    picture = whom_and_what(weights, handed, ["a", "b"], "They write.")
    tables = [image.get_array() for image in picture.figure.axes[0].images]
    assert len(tables) == 6  # three of each head
    for drawn, wanted in zip(tables, (*weights[:1], *handed[:1]), strict=False):
        np.testing.assert_array_equal(drawn, wanted)
    np.testing.assert_array_equal(tables[2], [[4, 1, 3], [3, 0.5, -1.5]])
    np.testing.assert_array_equal(tables[5], handed[1])
    for image in picture.figure.axes[0].images:
        _, _, bottom, top = image.get_extent()
        assert bottom == top + 2 and image.origin == "upper"  # the axis points down
    scales = {image.get_clim() for image in picture.figure.axes[0].images}
    assert scales == {
        (0, 1.3),
        (-1.6 * 9, 1.6 * 9),
    }  # one for all weights, one for all else
    texts = [t.get_text() for t in picture.figure.axes[0].texts]
    assert texts.count("×") == texts.count("=") == 2 and "-1.5" in texts
    assert picture.alt == (
        "They write. head 1 writes most, 4.00, for a, in column 0; head 2 writes most, "
        "9.00, for a, in column 2."
    )


def test_more_heads_than_colours_and_words_that_are_not_there_are_refused():
    with pytest.raises(ShapeError, match="h at most 4"):
        whom_and_what(np.ones((5, 2, 2)) / 2, np.ones((5, 2, 3)), ["a", "b"], "T.")
    with pytest.raises(ShapeError, match="3 words"):
        whom_and_what(np.ones((1, 2, 2)) / 2, np.ones((1, 2, 3)), ["a", "b", "c"], "T.")
    with pytest.raises(ValueError, match="multiplied: follow holds 'd'; there is 'a', 'b'"):
        multiplied(np.ones((2, 2)) / 2, ["a", "b"], ["one", "both"], "T.", "d")
