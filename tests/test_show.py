"""Tables and figures show the numbers they were given, and nothing a corpus slips in."""

import numpy as np
import pytest

from tfmath.errors import ShapeError
from tfmath.show import table
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
from tfmath.show.numbers import number
from tfmath.tracing import named, trace

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
    with pytest.raises(ShapeError, match="one, two or three axes"):
        table(np.zeros((1, 1, 1, 1)))


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
    "bars": lambda: bars(["a", "b"], [0.25, 0.75], "b wins.", "probability", ["b"]),
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


def test_alt_text_tells_the_numbers():
    assert "b 0.75" in PICTURES["bars"]().alt
    assert "largest 1 at a, a" in PICTURES["heat_map"]().alt
    assert "up from 1 to 4" in PICTURES["curves"]().alt


def test_a_picture_without_words_is_refused():
    with pytest.raises(ValueError, match="alt is empty"):
        Picture(new_figure()[0], " ")


def test_a_heat_map_needs_two_axes():
    with pytest.raises(ShapeError, match="two axes"):
        heat_map(np.zeros(3), "t")
