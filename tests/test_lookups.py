"""Pictures of looking up: a share is a thickness, an arrow ends where it should."""

import numpy as np
from matplotlib.patches import FancyArrowPatch, Polygon

from tfmath.show.lookups import (
    QUERY,
    arrows,
    drawers,
    letter_game,
    pulls,
    weight_columns,
)


def test_a_drawers_lines_are_as_thick_as_its_share():
    shares = [0.75, 0.25, 0.0]
    picture = drawers("age", ["a", "b", "c"], [1, 2, 3], shares, 1.25, "It opens.")
    (ax,) = picture.figure.axes
    lines = ax.get_lines()
    widths = [line.get_linewidth() for line in lines]
    assert widths[0] == widths[1] == 3 * widths[2] == 3 * widths[3]
    assert [line.get_linestyle() for line in lines[-2:]] == [":", ":"]
    said = {text.get_text() for text in ax.texts}
    assert {"query", "key", "value", "answer", "age", "a", "b", "c", "3", "1.25"} <= said
    assert picture.alt == (
        "It opens. Query age; a holds 1, share 0.75; b holds 2, share 0.25; c holds 3, "
        "share 0; answer 1.25."
    )


def test_a_share_is_written_beside_its_line_and_on_its_outer_side():
    given = ("q", ["a", "b"], [22, 12], [0.8, 0.2], 20, "They open.")
    (ax,) = drawers(*given, written=True).figure.axes
    (up,), (down,) = ([t for t in ax.texts if t.get_text() == s] for s in ("0.8", "0.2"))
    assert up.get_position()[1] > 1 and down.get_position()[1] < 0  # the drawers' heights
    assert (up.get_va(), down.get_va()) == ("bottom", "top")
    (plain,) = drawers(*given).figure.axes
    assert not {"0.8", "0.2"} & {text.get_text() for text in plain.texts}


def test_shares_stand_in_a_column_between_the_values_and_their_lines():
    given = ("q", ["a", "b", "c"], [4.5, 3, 2], [0.5, 0.25, 0.25], 3.5, "They open.")
    (ax,) = drawers(*given, column=True).figure.axes
    numbers = [t for t in ax.texts if t.get_text().startswith("· ")]
    assert [t.get_text() for t in numbers] == ["· 0.500", "· 0.250", "· 0.250"]
    assert [t.get_position()[1] for t in numbers] == [2, 1, 0]  # the drawers' heights
    right = max(box.get_x() + box.get_width() for box in ax.patches[2:])
    starts = {line.get_xdata()[0] for line in ax.get_lines()[1::2]}
    assert all(right < t.get_position()[0] < min(starts) for t in numbers)
    assert "share" in {t.get_text() for t in ax.texts}


def test_a_value_is_pulled_to_its_output_and_a_still_one_has_no_arrow():
    values, outputs = [(0, 0), (4, 0), (0, 4), (1, 1)], [(2, 0), (4, 0), (0, 3), (1, 2)]
    picture = pulls(values, outputs, "abcd", "They move.", "x", "y")
    (ax,) = picture.figure.axes
    ends = [p._posA_posB for p in ax.patches if isinstance(p, FancyArrowPatch)]
    wanted = [pair for pair in zip(values, outputs, strict=True) if pair[0] != pair[1]]
    np.testing.assert_array_equal(ends, wanted)
    area = [p for p in ax.patches if isinstance(p, Polygon)]
    inside = [any(p.get_path().contains_point(at) for p in area) for at in ((1, 2), (3, 3))]
    assert len(area) == 4 and inside == [True, False]
    assert {tuple(at) for p in area for at in p.get_xy().tolist()} == set(
        map(tuple, values)
    )
    sides = {t.get_text(): t.get_va() for t in ax.texts}
    assert sides["d"] == "top" and sides["c"] != "top"  # the name on the other side
    assert "a (0, 0) to (2, 0), b (4, 0) to (4, 0)" in picture.alt


def test_arrows_end_at_their_tips_and_the_query_has_its_colour():
    picture = arrows({"q": (3, 1)}, {"k": (-1, 2)}, "They meet.", "right", "up")
    (ax,) = picture.figure.axes
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("right", "up")
    tips = {t.get_text(): t.xy for t in ax.texts}
    assert tips == {"q": (3, 1), "k": (-1, 2)}
    assert [t.get_color() == QUERY for t in ax.texts] == [False, True]
    low, high = ax.get_xlim()
    assert low < -1 and high > 3
    assert picture.alt == "They meet. Arrows from (0, 0) to: k (-1, 2), q (3, 1)."


def test_a_query_drops_its_shadow_and_a_name_stands_outside():
    asked = {"left": (-1, 2), "right": (3, 1)}
    (ax,) = arrows(asked, {"k": (2, 0)}, "They fall.", "x", "y", shadows=True).figure.axes
    dropped = [np.transpose(line.get_data()).tolist() for line in ax.get_lines()]
    assert dropped == [[[-1, 2], [-1, 0]], [[3, 1], [3, 0]]]
    sides = {t.get_text(): t.get_ha() for t in ax.texts}
    assert sides == {"left": "right", "right": "left", "k": "left"}
    assert not arrows(asked, {"k": (2, 0)}, "None.", "x", "y").figure.axes[0].get_lines()


def test_a_key_and_a_query_of_one_name_are_told_apart():
    picture = arrows({"a": (3, 1)}, {"a": (-1, 2), "b": (0, 1)}, "They meet.", "x", "y")
    assert picture.alt.endswith("to: key a (-1, 2), key b (0, 1), query a (3, 1).")


def test_the_last_letter_looks_back_with_its_weights():
    weights = [0.5, 0.25, 0.25]
    picture = letter_game("BAA", "BBB", "It looks back.", weights)
    (ax,) = picture.figure.axes
    arcs = ax.get_lines()
    widths = np.array([arc.get_linewidth() for arc in arcs])
    np.testing.assert_allclose(widths / widths.sum(), weights)
    ends = [sorted({round(float(arc.get_xdata()[i]), 9) for i in (0, -1)}) for arc in arcs]
    assert ends == [[0, 2], [1, 2], [2, 2.3]]  # to itself, a small loop
    assert "weights 0.500, 0.250, 0.250." in picture.alt
    assert [t.get_text() for t in ax.texts][:6] == list("BBABAB")
    assert not letter_game("AB", "AB", "Two.").figure.axes[0].get_lines()


def test_a_column_of_weights_is_full_and_its_largest_lies_below():
    weights = np.array([[0.1, 0.2, 0.7], [0.3, 0.4, 0.3], [0.0, 1.0, 0.0], [0.5, 0.5, 0]])
    panels = {"bare": [weights, weights[:2]], "divided": [weights[1:], weights]}
    picture = weight_columns(panels, "One swallows.", ["2 wide", "4 wide"])
    axes = picture.figure.axes
    assert [ax.get_title() for ax in axes] == ["2 wide", "4 wide", "", ""]
    assert [ax.get_ylabel() for ax in axes] == ["bare", "", "divided", ""]
    drawn = [weights, weights[:2], weights[1:], weights]
    for ax, rows in zip(axes, drawn, strict=True):
        bars = np.reshape(ax.patches, (3, len(rows)))  # the largest of all come first
        tall = np.vectorize(lambda bar: bar.get_height())(bars)
        foot = np.vectorize(lambda bar: bar.get_y())(bars)
        assert [bar.get_center()[0] for bar in bars[0]] == list(range(len(rows)))
        np.testing.assert_allclose(tall[0], np.sort(rows.max(axis=1)))
        np.testing.assert_allclose(foot[1:], np.cumsum(tall, axis=0)[:-1], atol=1e-12)
        np.testing.assert_allclose(tall.sum(axis=0), 1)
        shades = [sum(bar.get_facecolor()[:3]) for bar in bars[:, 0]]
        assert shades == sorted(set(shades)) and np.diff(tall, axis=0).max() < 1e-12
    assert picture.alt == (
        "One swallows. Largest weight, in the middle of all: bare 2 wide 0.60; bare 4 wide "
        "0.55; divided 2 wide 0.50; divided 4 wide 0.60."
    )
