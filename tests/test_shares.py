"""Bars of a whole and its parts, and of what is lost without a part."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from tfmath import toy
from tfmath.errors import ShapeError
from tfmath.show.figures import _COLOURS
from tfmath.show.layout import Box, Heat, Label
from tfmath.show.shares import blocks, crossed, stacked, summed

LOSSES = {"the mask": 3.0, "the norms": 8.0, "the encoder's sum 1": 0.5}
LOSSES |= {"the look at the encoder": 4.0, "the decoder's norm 2": 2.5}
PLACES = {
    "the encoder's sum 1": "encoder / layer 1 / norm 1 / residual",
    "the look at the encoder": "decoder / layer 1 / cross-attention",
    "the decoder's norm 2": "decoder / layer 1 / norm 2",
}


@pytest.fixture(scope="module")
def drawing():
    return crossed(
        toy.worked_example()["logits"], LOSSES, ["the mask", "the decoder's norm 2"]
    )


def test_each_bar_has_its_height_its_text_and_its_colour(drawing):
    colours = {colour: heat for heat in drawing.page.of(Heat) for colour in heat.colours[0]}
    blue, red = _COLOURS[0], _COLOURS[5]
    assert {blue, red} < set(colours)
    for name, loss in LOSSES.items():
        (text,) = (t for t in drawing.page.of(Label) if t.text == f"{loss:.3f}")
        bars = [
            heat
            for heat in drawing.page.of(Heat)
            if heat.colours[0][0] in (blue, red)
            and 0 < text.y - heat.y < 14
            and 0 < text.x - (heat.x + heat.w) < 6
        ]
        (bar,) = bars
        assert bar.w == pytest.approx(8 * loss)
        is_right = name in ("the mask", "the decoder's norm 2")
        assert bar.colours == ((blue if is_right else red,),)
        assert f"{name} {loss:.3f}" in drawing.alt


def test_a_part_stands_in_its_box_and_several_in_the_list(drawing):
    boxes = {box.name: box for box in drawing.page.of(Box)}
    texts = {text.text: text for text in drawing.page.of(Label)}
    for part, name in PLACES.items():
        box, text = boxes[name], texts[f"{LOSSES[part]:.3f}"]
        assert 0 < text.y - box.y < box.h + 2
    top = min(box.y for box in boxes.values() if box.name.startswith("encoder / layer 1"))
    for part, called in (("the mask", "the mask"), ("the norms", "all five norms")):
        assert texts[called].y == texts[f"{LOSSES[part]:.3f}"].y < top
    assert not any("×" in text for text in texts), "sizes make room"


def test_a_name_that_is_no_part_of_the_losses_is_told():
    with pytest.raises(ValueError, match="crossed: right holds 'the maks'; did you mean"):
        crossed(toy.worked_example()["logits"], LOSSES, ["the maks"])


def test_the_legend_has_the_colours_of_the_parts(drawing):
    heats = {(heat.y, heat.colours[0][0]) for heat in drawing.page.of(Heat)}
    for said, colour in (("all quotes right", "#cfe0f7"), ("a quote wrong", _COLOURS[5])):
        (text,) = (t for t in drawing.page.of(Label) if t.text == said)
        assert any(abs(y - text.y) < 14 and own == colour for y, own in heats)
        assert not any(
            0 < text.y - y < 10 and own == "#cfe0f7" != colour for y, own in heats
        )


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


def test_a_block_has_a_cube_for_each_product_and_two_edges_of_pairs_grow():
    days = {"day 1": [(2, 3, 4), (2, 3, 2)], "day 2": [(4, 3, 4), (4, 3, 4)]}
    picture = blocks(days, "They grow.", ["hay", "pairs"])
    (ax,) = picture.figure.axes
    assert (
        "hay 2 · 3 · 4 = 24, pairs 2 · 3 · 2 = 12; day 2: hay 4 · 3 · 4 = 48" in picture.alt
    )
    faces = [tuple(np.ptp(patch.get_xy(), axis=0)) for patch in ax.patches]
    assert len(faces) == 12 and faces[::3] == [(4, 2), (2, 2), (4, 4), (4, 4)]
    colours = [to_hex(patch.get_facecolor()) for patch in ax.patches[::3]]
    assert colours[0] == colours[2] != colours[1] == colours[3] == _COLOURS[0]
    thick = [
        np.ptp(line.get_xydata(), axis=0).tolist() for line in ax.lines if line.get_lw() > 1
    ]
    assert thick == [[0, 2], [0, 2], [2, 0], [0, 4], [0, 4], [4, 0]]
    starts = [tuple(line.get_xydata()[0]) for line in ax.lines if line.get_lw() > 1]
    corners = [tuple(patch.get_xy()[0]) for patch in ax.patches[::3]]
    assert starts == [corners[i] for i in (0, 1, 1, 2, 3, 3)]
    thin = [line for line in ax.lines if line.get_lw() < 1]
    assert len(thin) == sum(2 * (n + k + m + 3) for of in days.values() for n, k, m in of)
