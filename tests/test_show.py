"""Tables and figures show the numbers they were given, and nothing a corpus slips in."""

import math

import numpy as np
import pytest

from tfmath.errors import DtypeError, ShapeError
from tfmath.show import Tables, table
from tfmath.show.figures import (
    Picture,
    bars,
    curves,
    heat_map,
    heat_maps,
    histograms,
    new_figure,
    points,
)
from tfmath.show.numbers import cell, number, typed
from tfmath.tracing import labelled, named, trace

RNG = np.random.default_rng(0)


def test_a_traced_array_brings_its_words_and_name():
    x = trace(np.eye(2), "x", rows=["you", "win"])
    shown = repr(table(named("twice", 2 * x)))
    assert shown.splitlines() == ["twice", "     0  1", "you  2  0", "win  0  2"]


def test_three_axes_become_a_table_each():
    shown = table(np.arange(12.0).reshape(2, 3, 2), "W_Q")
    assert [t.title for t in shown] == ["W_Q [0]", "W_Q [1]"]
    assert "10  11" in repr(shown)


def test_decimals_follow_the_numbers():
    assert "0.333" in repr(table([[1 / 3]]))
    assert "0.3" in repr(table([[0.3, 1.0]])) and "0.30" not in repr(table([[0.3, 1.0]]))
    assert repr(table([[0.12345]], decimals=4)).endswith("0.1235")
    assert "yes" in repr(table(np.array([[True, False]])))
    assert "-inf" in repr(table([[-np.inf, 0.5]]))
    assert number(-0.0001) == "-0.0001"


def test_text_of_a_corpus_is_escaped():
    page = table([[1.0]], "<b>t", rows=["<script>"], cols=["&"])._repr_html_()
    assert "<script>" not in page and "<b>t" not in page
    assert "&lt;script&gt;" in page and "&amp;" in page
    assert "<i>" not in table(np.array([["<i>"]]))._repr_html_()


def test_shading_grows_with_the_number_and_shows_its_sign():
    page = table([[-4.0, 0.0, 4.0]])._repr_html_()
    assert page.count("#ffffff") == 1
    orange, blue = page.split("background:#")[1][:6], page.split("background:#")[3][:6]
    assert orange[:2] > orange[4:] and blue[:2] < blue[4:]
    assert "background" not in table([[1.0]], shade=False)._repr_html_()


def test_wrong_words_and_shapes_are_refused():
    with pytest.raises(ShapeError, match="3 words for 2 rows"):
        table(np.eye(2), rows="abc")
    for array in (np.zeros((1, 1, 1, 1, 1)), np.array(1.0)):
        with pytest.raises(ShapeError, match="one to four axes"):
            table(array)


# Numbers


@pytest.mark.parametrize(
    "x, text",
    [
        (0.0, "0"),
        (0.1, "0.1"),
        (1 / 3, "0.333"),
        (0.012345, "0.012"),
        (0.00412, "0.00412"),
        (0.004, "0.004"),
        (0.0040001, "0.00400"),
        (0.0099999, "0.0100"),
        (1.20004e-9, "1.20e-9"),
        (-0.00412345, "-0.00412"),
        (0.000123, "0.000123"),
        (1e-5, "0.00001"),
        (1e-6, "1e-6"),
        (1.2e-9, "1.2e-9"),
        (-1.23456e-300, "-1.23e-300"),
        (175e9, "175000000000"),
        (2.68811714e43, "2.69e43"),
        (np.float32(0.1), "0.1"),
        (np.float32(1 / 3), "0.333"),
        (np.inf, "inf"),
    ],
)
def test_a_number_shows_digits_that_say_something(x, text):
    assert number(x) == text


@pytest.mark.parametrize("exponent", range(-320, 309, 7))
def test_what_is_not_0_is_never_printed_as_0(exponent):
    for x in (1.2345 * 10.0**exponent, -9.9999 * 10.0**exponent, 10.0**exponent):
        for text in (number(x), typed(x)):
            assert abs(float(text) - x) <= 0.05 * abs(x), text
        assert cell(x, 3) in ("<0.001", ">-0.001") or float(cell(x, 3)) != 0


@pytest.mark.parametrize(
    "x, text",
    [
        (0.044715, "0.044715"),
        (-0.25, "-0.25"),
        (3, "3"),
        (1e-8, "1e-8"),
        (12345678.0, "12345678"),
        (np.float32(0.1), "0.1"),
        (math.sqrt(5), "2.236"),
        (True, "1"),
        (-np.inf, "-inf"),
        (0, "0"),
    ],
)
def test_a_constant_is_printed_as_it_was_typed(x, text):
    assert typed(x) == text


def test_a_table_says_what_is_small_and_what_is_0():
    shown = repr(table([[0.25, 0.0, 0.0004, -0.0004]])).splitlines()
    assert shown[1].split()[1:] == ["0.250", "0.000", "<0.001", ">-0.001"]
    assert len(shown[0]) == len(shown[1]), "right-aligned"
    assert "0.0012\n" not in repr(table([[0.0012], [0.00034]]))
    assert repr(table([[0.0012], [0.00034]])).split()[1:] == [
        "0",
        "0.00120",
        "1",
        "0.00034",
    ]
    assert repr(table([[2e-9, 0.0]])).split()[-2:] == ["2e-9", "0"]


# More than two axes, and frames


def weights(n_sentences):
    array = RNG.dirichlet([1, 1, 1], size=(n_sentences, 2, 3))
    traced = trace(array, "weights", rows=["you", "win", "die"], cols=["you", "win", "die"])
    return labelled(traced, -3, ["head 1", "head 2"])


def test_four_axes_become_a_table_for_each_head_of_each_sentence():
    shown = table(weights(2))
    assert [t.title for t in shown] == [
        "weights [sentence 0] [head 1]",
        "weights [sentence 0] [head 2]",
        "weights [sentence 1] [head 1]",
        "weights [sentence 1] [head 2]",
    ]
    assert [t.title for t in table(weights(1)[0])] == ["[head 1]", "[head 2]"]


def test_a_plain_array_counts_its_tables():
    array = np.arange(8.0).reshape(2, 2, 1, 2)
    shown = table(array, "x")
    assert [t.title for t in shown][1:3] == ["x [sentence 0] [1]", "x [sentence 1] [0]"]
    np.testing.assert_array_equal([t.numbers for t in shown], array.reshape(4, 1, 2))


def test_several_tables_share_one_scale_and_their_decimals():
    half, whole = table([[[0.5]], [[4.0]]])
    assert half.shade == whole.shade == ("both", 4.0)
    small, large = table([[[0.25]], [[4.0]]])
    assert repr(large).endswith("4.000") and repr(small).endswith("0.250")


def test_a_frame_has_the_words_and_the_unrounded_numbers():
    x = trace([[1 / 3, 1e-9]], "x", rows=["you"], cols=["win", "die"])
    frame = table(x).frame()
    assert list(frame.index) == ["you"] and list(frame.columns) == ["win", "die"]
    assert frame.loc["you", "win"] == 1 / 3 and frame.loc["you", "die"] == 1e-9
    frame.loc["you", "win"] = 7
    assert x.value[0, 0] == 1 / 3, "a frame is a copy"
    assert list(table(np.eye(2)).frame().columns) == [0, 1]
    assert list(table(np.arange(3), "ids").frame().index) == ["ids"]


def test_a_frame_of_several_tables_has_a_level_for_the_heads():
    array = weights(2)
    frame = table(array).frame()
    assert frame.index.nlevels == 3
    row = frame.loc[(1, "head 2", "win")]
    np.testing.assert_array_equal(row.to_numpy(), array.value[1, 1, 1])
    named = Tables([table(np.eye(2), "one"), table(np.eye(2), "two")]).frame()
    assert list(named.index.get_level_values(0)) == ["one", "one", "two", "two"]
    with pytest.raises(ShapeError, match="different columns"):
        Tables([table(np.eye(2)), table(np.eye(3))]).frame()


def test_truth_values_and_whole_numbers_show_well():
    mask = np.tri(2, dtype=bool)
    shown = [line.split()[1:] for line in repr(table(mask)).splitlines()]
    assert shown == [["1"], ["yes", "no"], ["yes", "yes"]]
    shown = [line.split()[1:] for line in repr(table(mask.astype(int))).splitlines()]
    assert shown == [["1"], ["1", "0"], ["1", "1"]]
    assert table(mask).frame().dtypes.tolist() == [bool, bool]
    page = table(mask)._repr_html_()
    assert page.count("#ffffff") == 1


PICTURES = {
    "heat_map": lambda: heat_map(
        trace(np.eye(3), "w", rows="abc", cols="abc"), "Each sees itself."
    ),
    "heat_maps": lambda: heat_maps(
        [np.eye(3), -np.eye(3)], "Two.", ["one", "two"], mask=np.tri(3) > 0
    ),
    "curves": lambda: curves(
        [1, 2, 3], {"up": [1, 2, 4], "down": [3, 2, 1]}, "T.", "x", "y", ("y",)
    ),
    "bars": lambda: bars(["a", "b"], [0.25, 0.75], "b wins.", "probability", ["b"], 0.5),
    "points": lambda: points(RNG.normal(size=(3, 2)), "abc", "Words.", "0", "1"),
    "histograms": lambda: histograms({"n": RNG.normal(size=50)}, "Spread.", "score"),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_a_png_that_says_what_it_shows(name):
    picture = PICTURES[name]()
    data, metadata = picture._repr_mimebundle_()
    assert picture.png().startswith(b"\x89PNG")
    assert metadata["image/png"]["alt"] == picture.alt
    assert data["text/plain"] == f"[figure] {picture.alt}"
    width, height = picture.figure.get_size_inches()
    assert width <= 6 and height <= 4


def test_histograms_may_count_on_one_scale():
    samples = {"one": np.zeros(100), "many": np.arange(100.0)}
    for shared in (False, True):
        one, many = histograms(samples, "T.", "x", shared=shared).figure.axes
        assert (one.get_ylim() == many.get_ylim()) == shared and one.get_ylim()[1] >= 100


def test_alt_text_tells_the_numbers():
    assert "b 0.75. A line at 0.5." in PICTURES["bars"]().alt
    assert "largest 1 at a, a" in PICTURES["heat_map"]().alt
    assert "up from 1 to 4" in PICTURES["curves"]().alt


def test_what_rounding_left_is_called_0_unless_the_axis_shows_it():
    lines, ends = {"a": [1.0, 2e-31]}, []
    for log in ((), ("y",)):
        ends.append(curves([0, 1], lines, "T.", "x", "y", log).alt.rpartition(" ")[2])
    assert ends == ["0.", "2e-31."]


def test_what_is_not_drawn_is_told_as_it_is():
    lines = {"a": [-0.0, np.nan], "b": [2, np.inf], "c": [1e-13, 3]}
    said = "T. y over x: a from 0 to nan; b from 2 to inf; c from 0 to 3."
    assert curves([0, 1], lines, "T.", "x", "y").alt == said
    assert curves([], {}, "T.", "x", "y").alt == "T. y over x: ."


def test_a_curve_keeps_its_look_where_a_colour_has_its_meaning():
    lines = {"up": [1, 2], "down": [2, 1], "again": [0, 0]}
    plain, chosen = (
        [line.get_color() for line in curves([0, 1], lines, "t", "x", "y", **looks)
         .figure.axes[0].get_lines()]
        for looks in ({}, {"looks": (0, 4)})
    )  # fmt: skip
    assert len(set(plain)) == 3 and chosen[0] == chosen[2] == plain[0]
    assert chosen[1] not in plain


def test_a_picture_without_words_is_refused():
    with pytest.raises(ValueError, match="alt is empty"):
        Picture(new_figure()[0], " ")


def test_a_heat_map_hatches_what_a_mask_hides_and_nothing_else():
    hatched = [
        patch.get_xy()
        for patch in heat_map(np.eye(2), "t", mask=[[True, False]]).figure.axes[0].patches
    ]
    assert hatched == [(0.5, -0.5), (0.5, 0.5)]
    with pytest.raises(DtypeError, match="heat_map: mask must hold bool"):
        heat_map(np.eye(2), "t", mask=np.tri(2, dtype=int))
    with pytest.raises(ShapeError, match="heat_map: the mask"):
        heat_map(np.eye(2), "t", mask=np.tri(3, dtype=bool))
    assert heat_map(np.tri(2, dtype=bool), "t").png().startswith(b"\x89PNG")


def test_a_heat_map_needs_two_axes():
    with pytest.raises(ShapeError, match="two axes"):
        heat_map(np.zeros(3), "t")
