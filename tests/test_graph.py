"""The graph of a computation: values, slopes, factors, and what it refuses."""

import numpy as np
import pytest
from matplotlib.colors import to_hex
from notebook_gates import is_a_drawing

from tfmath.errors import ShapeError
from tfmath.show.graph import graph
from tfmath.show.layout import WIDTH, Box, Label, Wire
from tfmath.show.slopes import LOWER, RAISE, areas, balances, dots, lines_at
from tfmath.study.slope import slope
from tfmath.tracing import named, scope, trace

NUMBERS = {"a": 2.0, "b": 3.0, "c": -4.0, "d": 5.0}


def loss_of(a, b, c, d):
    return named("loss", named("total", named("product", a * b) + c) * d)


def four():
    return loss_of(*(trace(x, name) for name, x in NUMBERS.items()))


def test_values_slopes_and_factors_are_those_by_trying():
    x = list(NUMBERS.values())
    by_trying = slope(lambda x: float(loss_of(*(trace(v, n) for v, n in zip(x, "abcd",
                      strict=True))).value), np.array(x))  # fmt: skip
    told = graph(four(), backward=True).alt
    for (name, value), found in zip(NUMBERS.items(), by_trying, strict=True):
        number, slopes = f"{value:g}".replace("-", "−"), round(found)
        assert f"{name} = {number} (slope {slopes})" in told
    assert "product to a, times 3; product to b, times 2" in told
    assert "loss to total, times 5; loss to d, times 2" in told


def test_forwards_there_are_no_slopes_and_the_arrows_run_the_other_way():
    drawings = graph(four()), graph(four(), backward=True)
    flags = [[box for box in d.page.of(Box) if box.kind == "flag"] for d in drawings]
    assert flags[0] == [] and len(flags[1]) == 8  # seven numbers and the legend
    ends = [{wire.points for wire in d.page.of(Wire)} for d in drawings]
    assert ends[1] == {points[::-1] for points in ends[0]} and len(ends[0]) == 6
    assert "slope" not in drawings[0].alt and "a to product" in drawings[0].alt


def test_a_number_that_is_used_twice_has_two_wires():
    x = trace(3.0, "x")
    told = graph(named("square", x * x), backward=True).alt
    assert told.count("square to x, times 3") == 2 and "x = 3 (slope 6)" in told


def test_what_has_no_name_lies_between_and_long_wires_run_above():
    s = [trace(x, name) for x, name in ((np.log(2), "r"), (0.0, "s"), (0.0, "t"))]
    Z = named("Z", np.exp(s[0]) + np.exp(s[1]) + np.exp(s[2]))
    drawing = graph(named("surprise", np.log(Z) - s[0]), backward=True)
    boxes = [box for box in drawing.page.of(Box) if box.kind == "part"]
    assert {box.name for box in boxes} == {"r", "s", "t", "Z", "surprise"}
    assert "Z to r, times 2" in drawing.alt and "surprise to r, times −1" in drawing.alt
    assert "r = 0.693 (slope −0.5)" in drawing.alt
    long = [wire for wire in drawing.page.of(Wire) if len(wire.points) == 4]
    assert any(min(y for _, y in wire.points) < min(b.y for b in boxes) for wire in long)


def test_nothing_overlaps_or_leaves_the_page():
    page = graph(four(), backward=True).page
    boxes = [b for b in page.of(Box) if b.kind == "part"]
    for i, one in enumerate(boxes):
        assert 0 <= one.x and one.x + one.w <= WIDTH and one.y + one.h <= page.h
        for two in boxes[:i]:
            apart = one.x + one.w <= two.x or two.x + two.w <= one.x
            assert apart or one.y + one.h <= two.y or two.y + two.h <= one.y
    for label in page.of(Label):
        x, y, w, h = label.room
        assert 0 <= x and x + w <= WIDTH and 0 <= y and y + h <= page.h


def test_it_is_a_plain_drawing_that_is_the_same_on_every_run():
    one, two = graph(four(), backward=True), graph(four(), backward=True)
    assert one.svg == two.svg
    assert is_a_drawing("data:image/svg+xml," + one.svg)


def test_names_lose_their_scope():
    with scope("layer"):
        product = named("product", trace(2.0, "a") * 3.0)
    assert "product = 6" in graph(product).alt


def test_tables_and_long_chains_are_refused():
    x = trace([1.0, 2.0], "x")
    with pytest.raises(ShapeError, match=r"graph: x is a table, \(2,\); .*single"):
        graph(named("sum", x.sum()))
    y = trace(1.0, "y")
    for step in range(6):
        y = named(f"step {step}", y + 1.0)
    with pytest.raises(ShapeError, match="graph: 7 numbers follow one another"):
        graph(y)
    with pytest.raises(TypeError, match="graph: output is 3; it must be a traced number"):
        graph(3)


# Pictures of slopes ---------------------------------------------------------------------


def test_a_secant_goes_through_two_points_and_a_tangent_through_one():
    lines = {"secant": [3, 5], "tangent": (3, 6)}
    picture = lines_at(lambda x: x * x, (0, 6), lines, "It nears.", "x", "x²")
    _, secant, both, tangent, one = picture.figure.axes[0].get_lines()
    for line, rise in ((secant, 8), (tangent, 6)):
        x, y = line.get_data()
        np.testing.assert_allclose(np.diff(y) / np.diff(x), rise)
        np.testing.assert_allclose(np.interp(3, x, y), 9)
    assert both.get_xydata().tolist() == [[3, 9], [5, 25]]
    assert one.get_xydata().tolist() == [[3, 9]]
    assert "secant goes through 3 with slope 8; tangent goes" in picture.alt
    assert "x² over x: from 0 to 36" in picture.alt


def test_of_a_step_it_is_shown_what_was_promised_and_what_was_found():
    lines = {"tangent": (1, 2), "another": (2, 4)}
    picture = lines_at(lambda x: x * x, (0, 4), lines, "More.", "x", "x²", step=2)
    promised, found = (t for t in picture.figure.axes[0].texts if not t.get_text())
    assert (promised.xyann, promised.xy) == ((3, 1), (3, 5))
    assert (found.xyann[1], found.xy[1]) == (1, 9)
    assert picture.alt.endswith("a step of 2: promised 4, found 8.")


@pytest.mark.parametrize("step", [-2, 9])
def test_both_arrows_of_a_step_end_within_the_picture(step):
    picture = lines_at(lambda x: x * x, (0, 4), {"t": (1, 2)}, "More.", "x", "x²", step)
    (ax,) = picture.figure.axes
    ends = [t.xy[1] for t in ax.texts if not t.get_text()]
    assert ends == [1 + 2 * step, (1 + step) ** 2]
    low, high = ax.get_ylim()
    assert low <= min(ends) and max(ends) <= high


def test_a_bar_without_balance_ends_within_the_picture():
    picture = balances([[3, 1, -0.5], [0, 0, 0]], "ab", "xyz", "One side.", "slope")
    (ax,) = picture.figure.axes
    assert max(bar.get_width() for bar in ax.patches) == 4 < ax.get_xlim()[1]
    balances(np.zeros((1, 2)), "a", "xy", "Nothing.", "slope").png()
    with pytest.raises(ShapeError, match=r"balances: slopes \(1, 3\) must be .* \(1, 2\)"):
        balances([[1.0, -1.0, 0.0]], ["a"], ["x", "y"], "", "")


def test_the_slopes_of_a_row_lie_end_to_end_on_both_sides():
    slopes = [[0.3, -0.5, 0.2], [-0.1, 0.06, 0.04]]
    picture = balances(slopes, ["a", "b"], ["x", "y", "z"], "As long.", "slope")
    (ax,) = picture.figure.axes
    bars = [(bar.get_width(), bar.get_y() + 0.18) for bar in ax.patches]
    np.testing.assert_allclose(bars, [(0.5, -0.2), (0.5, 0.2), (0.1, 0.8), (0.1, 1.2)])
    names = {t.get_text(): t.get_position() for t in ax.texts if t.get_text() in "xyz"}
    assert set(names) == {"x", "y", "z"}
    middles = {name: x for name, (x, _) in names.items()}  # of the pieces of b
    assert middles == pytest.approx({"x": 0.05, "y": 0.03, "z": 0.08})
    ends = [t.get_text() for t in ax.texts if t.get_text() not in "xyz"]
    assert ends == ["−0.5", "0.5", "−0.1", "0.1"]
    assert picture.alt.startswith("As long. slope: a: y -0.5, x 0.3, z 0.2, the rest 0;")


def test_an_area_is_a_weight_times_the_cost_above_the_average():
    picture = areas([0.25, 0.75], [8, 4], "An area.", "weight", "cost")
    (ax,) = picture.figure.axes
    whole, above = ax.patches[:2], ax.patches[2:]
    assert [bar.get_bbox().bounds for bar in whole] == [(0, 0, 0.25, 8), (0.25, 0, 0.75, 4)]
    assert [bar.get_y() for bar in above] == [5, 5]
    assert [bar.get_width() * bar.get_height() for bar in above] == [0.75, -0.75]
    assert [to_hex(bar.get_facecolor()) for bar in above] == [LOWER, RAISE]
    assert "0.25 · (8 − 5) = 0.75; 0.75 · (4 − 5) = −0.75. A line at 5." in picture.alt


def test_areas_are_of_weights_that_add_up_to_one():
    with pytest.raises(ValueError, match="areas: the weights add up to 2, not to 1"):
        areas([1, 1], [8, 4], "", "", "")
    with pytest.raises(ShapeError, match=r"areas: \(2,\) weights, \(3,\) costs"):
        areas([0.5, 0.5], [8, 4, 2], "", "", "")


def test_every_kind_has_a_dot_above_each_name():
    heights = {"right": [0.7, 0.8], "missing": [0.9, 0.75]}
    picture = dots([0, 1], heights, "Which?", "seed", "loss")
    drawn = [line.get_ydata().tolist() for line in picture.figure.axes[0].get_lines()]
    assert drawn == list(heights.values())
    assert picture.alt.endswith("loss by seed: right: 0.7, 0.8; missing: 0.9, 0.75.")
    with pytest.raises(ShapeError, match="dots: right has 2 heights, not 3"):
        dots(range(3), heights, "Which?", "seed", "loss")
