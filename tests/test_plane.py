"""A map of all queries: its colours, lines and points are where they should be."""

import math

import matplotlib.colors
import numpy as np
import pytest

from tfmath.errors import ShapeError
from tfmath.show.lookups import KEY, QUERY
from tfmath.show.plane import answer_map, at_angles, between
from tfmath.show.words import KEPT

KEYS, VALUES = {"pickup": (1, -1), "sports car": (0, 1)}, [[22], [12]]
QUERIES = {"doubled": (8, 2), "nothing": (0, 0), "opposite": (-4, -1)}


def price(x, y):
    return (22 * math.exp(x - y) + 12 * math.exp(y)) / (math.exp(x - y) + math.exp(y))


def drawn(queries=QUERIES):
    picture = answer_map(queries, KEYS, VALUES, "It rises.", "carries", "drives")
    return picture, picture.figure.axes[0]


def test_each_place_has_the_colour_of_its_answer():
    _, ax = drawn()
    (ground,) = ax.get_images()
    left, right, low, high = ground.get_extent()
    colours = ground.get_array()
    places = (np.linspace(*ends, 401) for ends in ((low, high), (left, right)))
    y, x = np.meshgrid(*places, indexing="ij")
    for at in ((0, 0), (400, 0), (0, 400), (200, 200), (130, 310)):
        np.testing.assert_allclose(colours[at], price(x[at], y[at]), rtol=1e-9)
    assert ground.get_clim() == (12, 22) and ground.origin == "lower"


def test_five_lines_of_one_answer_and_their_names_at_the_edge():
    _, ax = drawn()
    (lines,) = (c for c in ax.collections if len(c.get_paths()) == 5)
    assert lines.get_linewidths().tolist() == [0.7, 0.7, 2, 0.7, 0.7]
    top = ax.get_ylim()[1]
    for level, path in zip((13, 15, 17, 19, 21), lines.get_paths(), strict=True):
        assert {round(price(x, y), 2) for x, y in path.vertices} == {level}
        (name,) = (t for t in ax.texts if t.get_text() == str(level))
        x, y = name.get_position()
        assert abs(price(x, top) - level) < 0.1 and y > top
    near = {t.get_text(): t.get_position() for t in ax.texts if "near" in t.get_text()}
    for end in (12, 22):
        assert abs(price(*near[f"near {end}"]) - end) < 0.1


def test_near_stands_only_where_an_answer_is():
    """A key between two others never gets most: its value is near no answer."""
    keys = {"a": (2, 0), "b": (-2, 0), "c": (0, 0)}
    picture = answer_map({"q": (1, 1)}, keys, [10, 20, 90], "None.", "x", "y")
    (ax,) = picture.figure.axes
    assert ax.get_images()[0].get_array().max() < 41
    near = [t.get_text() for t in ax.texts if "near" in t.get_text()]
    assert near == ["near 10"]


def test_queries_are_points_and_keys_are_arrows():
    picture, ax = drawn()
    tips = {t.get_text(): t.xy for t in ax.texts if hasattr(t, "xy")}
    assert tips == KEYS | QUERIES
    ends = [tuple(line.get_xydata()[1]) for line in ax.get_lines()]
    assert ends == list(QUERIES.values())
    assert all(line.get_color() == QUERY for line in ax.get_lines())
    assert [t.get_color() == KEY for t in ax.texts[-5:]] == [True] * 2 + [False] * 3
    (low, high), (left, right) = ax.get_ylim(), ax.get_xlim()
    assert left < -4 and right > 8 and low < -1 and high > 2
    assert picture.alt == "It rises. The answers: doubled 21.8, nothing 17, opposite 13.2."


def test_a_row_between_others_lies_so_in_the_plane_too():
    """The plane is that in which the others differ most, and keeps averages."""
    rng = np.random.default_rng(3)
    rows, shares = rng.normal(size=(5, 4)), np.array([0.1, 0.2, 0.3, 0.15, 0.25])
    others = dict(zip("pqrst", rows, strict=True))
    picture = between("m", shares @ rows, others, "It lies between.")
    *spokes, middle = picture.figure.axes[0].get_lines()
    tips = np.array([spoke.get_xydata()[1] for spoke in spokes])
    assert middle.get_xydata().tolist() == [[0, 0]]
    np.testing.assert_allclose(shares @ tips, 0, atol=1e-12)
    spread = np.linalg.svd(rows - rows.mean(axis=0))[1]
    np.testing.assert_allclose(np.linalg.svd(tips - tips.mean(axis=0))[1], spread[:2])
    assert [t.get_text() for t in picture.figure.axes[0].texts] == [*"pqrst", "m"]
    assert picture.alt.startswith("It lies between. From m at (0, 0): p (")
    two, narrow = dict(p=[1, 0], q=[0, 1]), dict(p=[1], q=[2], r=[3])
    for row, others in (([0, 0], two), ([0], narrow), ([0, 0, 0], two | {"r": [1, 1]})):
        with pytest.raises(ShapeError, match="between: .* make no plane"):
            between("m", row, others, "")


def test_pairs_lie_at_their_angles_and_are_counted_below():
    samples = {"apart": [0.0, 0.6, -0.8], "alike": [0.5, 1.0, 0.8]}
    picture = at_angles(samples, "They turn.", level=0.5)
    assert picture.alt == (
        "They turn. apart: 1 of 3 at 0.5 or more; alike: 3 of 3 at 0.5 or more."
    )
    apart, alike, *below = picture.figure.axes
    tips = {line.get_color(): line.get_xydata().tolist() for line in apart.lines}
    np.testing.assert_allclose(tips["#b5b5b5"], [(0, 1), (-0.8, 0.6)])
    np.testing.assert_allclose(tips[KEPT], [(0.6, 0.8)])
    rays = [c.get_segments() for c in alike.collections]
    assert not rays[0] and [ray[0].tolist() for ray in rays[1]] == [[0, 0]] * 3
    np.testing.assert_allclose(
        [ray[1] for ray in rays[1]], [(0.5, 0.75**0.5), (1, 0), (0.8, 0.6)]
    )
    for ax, high in zip(below, (1, 3), strict=True):
        counted = {KEPT: 0, "#b5b5b5": 0}
        for bar in ax.patches:
            counted[matplotlib.colors.to_hex(bar.get_facecolor())] += bar.get_height()
        assert counted == {KEPT: high, "#b5b5b5": 3 - high}
        assert ax.get_ylim() == below[0].get_ylim()
