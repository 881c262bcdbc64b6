"""Lines from word to word: as thick as a weight, and each where it belongs."""

import itertools

import numpy as np
import pytest
from matplotlib.colors import to_hex

from tfmath import causal_mask, named, softmax, trace
from tfmath.errors import DtypeError, ShapeError
from tfmath.show.glances import (
    LEAK,
    NOTICED,
    WIDEST,
    glances,
    leak_squares,
    until_heard,
    ways_back,
)
from tfmath.show.heads import HEADS
from tfmath.show.lookups import SHARE

WEIGHTS = np.array([[0.75, 0.25, 0.0], [0.1, 0.2, 0.7], [0.0, 0.0, 1.0]])
WORDS = ["a", "b", "c"]


def lines(ax):
    """For each line: from where to where, how thick, in which colour."""
    return {
        tuple(line.get_ydata()): (line.get_linewidth(), line.get_color())
        for line in ax.get_lines()
    }


def test_every_word_has_a_line_to_every_word():
    (ax,) = glances([WEIGHTS], "They look.", words=WORDS).figure.axes
    drawn = lines(ax)
    assert sorted(drawn) == sorted(np.ndindex(3, 3))
    for place, (width, colour) in drawn.items():
        assert width == WIDEST * WEIGHTS[place] and colour == SHARE
    assert ax.yaxis_inverted()
    at = {(t.get_text(), t.get_position()[0] > 0.5): t.get_position()[1] for t in ax.texts}
    assert [at[word, right] for right in (False, True) for word in WORDS] == [0, 1, 2] * 2


def test_a_panel_for_each_head_with_the_words_of_the_trace():
    heads = [
        named(f"head {i}", softmax(trace(WEIGHTS * 3, "s", rows=WORDS, cols=WORDS)))
        for i in (1, 2)
    ]
    picture = glances(heads, "Two heads.", ["head 1", "head 2"], colours=HEADS[:2])
    for ax, colour in zip(picture.figure.axes, HEADS, strict=False):
        assert {own for _, own in lines(ax).values()} == {colour}
    assert [ax.get_title() for ax in picture.figure.axes] == ["head 1", "head 2"]
    assert picture.alt.startswith(
        "Two heads. head 1 Each word, and whom it looks at most: a"
    )


def test_what_is_drawn_is_said():
    picture = glances([WEIGHTS], "They look.", words=WORDS)
    assert picture.alt == (
        "They look. Each word, and whom it looks at most: a at a (0.75), b at c (0.70), "
        "c at c (1.00)."
    )


def strong(ax):
    """The lines on a way back, each as its two ends, and how many lines there are."""
    ends = [(*map(tuple, line.get_xydata().astype(int)), line) for line in ax.get_lines()]
    return {(a, b) for a, b, line in ends if line.get_color() == LEAK}, len(ends)


def on_a_way_back(up, n_layers):
    """The same, by walking every way there is, from the bottom to the top."""
    ways = itertools.product(range(len(up)), repeat=n_layers + 1)
    walked = [w for w in ways if all(up[b, a] for a, b in itertools.pairwise(w))]
    return {
        ((way[k], k), (way[k + 1], k + 1))
        for way in walked
        for k in range(n_layers)
        if way[0] > way[-1]
    }


@pytest.mark.parametrize("n_layers", [1, 2, 3])
def test_the_ways_back_are_those_that_one_walks(n_layers):
    masks = {str(i): np.random.default_rng(i).random((4, 4)) < 0.3 for i in range(3)}
    masks["causal"] = causal_mask(4)
    picture = ways_back(masks, n_layers, "Ways.", "abcd")
    for ax, mask in zip(picture.figure.axes, masks.values(), strict=True):
        up = mask | np.eye(4, dtype=bool)
        assert strong(ax) == (on_a_way_back(up, n_layers), n_layers * up.sum())


def test_one_wrong_look_in_two_layers():
    mask = causal_mask(5)
    mask[1, 3] = True
    picture = ways_back({"wrong": mask}, 2, "Three.", "abcde")
    assert picture.alt == "Three. wrong: ways back (1, 2), (1, 3), (2, 3)."
    (ax,) = picture.figure.axes
    assert ax.get_title() == "wrong: ways back (1, 2), (1, 3), (2, 3)"
    bottom = [t for t in ax.texts if t.get_position()[1] < 0]
    assert [(t.get_position()[0], t.get_text()) for t in bottom] == [
        (i, f"{i}\n{word}") for i, word in enumerate("abcde")
    ]
    open_ = ways_back({"open": np.ones((4, 4), dtype=bool)}, 1, "Six.", "abcd")
    assert open_.figure.axes[0].get_title() == "open: 6 ways back", "there is room for few"
    assert open_.alt.endswith("back (0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3).")
    with pytest.raises(ShapeError, match="ways_back: the mask must have the shape"):
        ways_back({"small": causal_mask(3)}, 1, "Too small.", "ab")


def test_each_square_stands_under_the_name_of_its_model():
    shut, wide = np.eye(2, dtype=bool), np.ones((2, 2), dtype=bool)
    lines = {"x": {"a": shut, "b": wide}, "y": {"b": wide, "a": shut}}
    picture = leak_squares({"x": shut, "y": shut}, lines, "Red.")
    red = [
        sum(to_hex(p.get_facecolor()) == LEAK for p in ax.patches)
        for ax in picture.figure.axes
    ]
    assert red == [0, 2, 0, 2]
    assert picture.alt == "Red. Noticed, though hidden: x, a 0; x, b 2; y, a 0; y, b 2."
    with pytest.raises(ShapeError, match=r"leak_squares: y has \['b'\], not \['a', 'b'\]"):
        leak_squares({"x": shut, "y": shut}, lines | {"y": {"b": wide}}, "")
    with pytest.raises(DtypeError, match="leak_squares: mask must hold bool"):
        leak_squares({"x": np.eye(2)}, {"x": {"a": shut}}, "")


def test_what_is_hidden_and_noticed_is_red():
    rng = np.random.default_rng(0)
    tables = {line: {name: rng.random((3, 3)) < 0.5 for name in "ab"} for line in "xyz"}
    masks = {line: rng.random((3, 3)) < 0.5 for line in "xyz"}
    picture = leak_squares(masks, tables, "Red.")
    drawn = zip(picture.figure.axes, itertools.product("xyz", "ab"), strict=True)
    for ax, (line, name) in drawn:
        cells = {(p.get_y(), p.get_x()): to_hex(p.get_facecolor()) for p in ax.patches}
        assert sorted(cells) == sorted(np.ndindex(3, 3)) and ax.yaxis_inverted()
        for (i, j), colour in cells.items():
            yes = NOTICED if masks[line][i, j] else LEAK
            assert colour == (yes if tables[line][name][i, j] else "#ffffff")
        red = sum(colour == LEAK for colour in cells.values())
        assert f"{line}, {name} {red}" in picture.alt
        assert ax.get_title() == (name if line == "x" else "")
        assert ax.get_ylabel() == (line if name == "a" else "")


def test_the_later_one_has_heard_the_darker():
    layers = {
        "all": np.ones((3, 3), int),
        "near": np.array([[0, 1, 2], [1, 0, 1], [2, 1, 0]]),
    }
    picture = until_heard(layers, "They hear.")
    assert picture.alt == "They hear. Layers until all is heard: all 1, near 2."
    for ax, (name, count) in zip(picture.figure.axes, layers.items(), strict=True):
        (image,) = ax.images
        assert ax.get_title() == name and image.get_array().tolist() == count.tolist()
        shades = [sum(image.to_rgba(layer)[:3]) for layer in range(3)]
        assert shades == sorted(shades, reverse=True) and len(set(shades)) == 3
    labels = [ax.get_xlabel() for ax in picture.figure.axes]
    assert labels == ["1 layer", "2 layers"]
