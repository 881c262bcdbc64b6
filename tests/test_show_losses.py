"""Pictures of losses: points where the runs are, curves where the fits are."""

import numpy as np
import pytest

from tfmath.errors import ShapeError
from tfmath.show.losses import (
    BLUES,
    FITTED,
    KNOWN,
    losses_above,
    losses_as_a_map,
    losses_at_budgets,
    losses_of_runs,
)
from tfmath.show.runs import foretold, losses_over_work
from tfmath.study.budgets import Spent
from tfmath.study.fits import PowerLaw


def test_runs_curves_and_levels_stand_where_they_are():
    law = PowerLaw(8.0, 0.5, 2.0)
    picture = losses_of_runs(
        [1, 4, 16], [10, 6, 4.5], "It falls.", {"fit": law.at}, {"floor": 2.5}
    )
    (ax,) = picture.figure.axes
    (dots,) = ax.collections
    assert dots.get_offsets().tolist() == [[1, 10], [4, 6], [16, 4.5]]
    curve, floor = ax.get_lines()
    x, y = curve.get_data()
    assert x[0] == 1 and x[-1] == pytest.approx(64) and curve.get_color() == FITTED
    np.testing.assert_allclose(y, 8 / np.sqrt(x) + 2)
    assert set(floor.get_ydata()) == {2.5} and floor.get_color() == KNOWN
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_xscale()) == (
        "parameters",
        "loss",
        "log",
    )
    assert picture.alt == (
        "It falls. loss over parameters: 3 runs, from 10 to 4.5; fit from 10 to 3; "
        "floor 2.5."
    )


def test_without_a_fit_nothing_goes_beyond_the_runs():
    (ax,) = losses_of_runs([1, 4], [3, 2], "Two.").figure.axes
    assert not ax.get_lines() and ax.get_xlim()[1] < 10
    assert ax.get_legend() is None  # its sign would look like a run


def test_runs_that_the_curve_does_not_know_are_hollow():
    picture = losses_of_runs([1, 4], [3, 2], "More.", later=([9, 9, 20], [1.75, 1.5, 1]))
    _, later = picture.figure.axes[0].collections
    assert later.get_offsets().tolist() == [[9, 1.75], [9, 1.5], [20, 1]]
    assert not later.get_facecolor().size and later.get_edgecolor().size
    assert picture.alt.endswith("2 runs, from 3 to 2; 3 later runs, from 1 up.")


def test_a_band_goes_from_the_lowest_fit_to_the_highest():
    laws = [PowerLaw(8.0, 0.5, c).at for c in (2.0, 2.5, 1.5)]
    picture = losses_of_runs([1, 4], [10, 6], "Sure.", {"fit": laws[0]}, band=laws)
    _, band = picture.figure.axes[0].collections
    heights = band.get_paths()[0].vertices[:, 1]
    assert (heights.min(), heights.max()) == (8 / 16**0.5 + 1.5, 10.5)
    assert "3 fits of the bootstrap end between 3.5 and 4.5" in picture.alt


def test_what_is_asked_for_stands_on_the_axis():
    picture = losses_of_runs([1, 4], [3, 2], "And then?", ahead=30)
    (ax,) = picture.figure.axes
    (line,) = ax.get_lines()
    assert set(line.get_xdata()) == {30} and picture.alt.endswith("asked for at 30.")
    assert [t.get_text() for t in ax.get_xticklabels()] == ["1", "4", "30"]
    assert ax.get_xlim()[1] > 30


RUNS = [[0.4, 0.6], [0.2, 0.4]]


def test_a_bar_goes_from_the_least_to_the_most():
    above = losses_above(0.0, [1, 2], RUNS, "Bars.").figure.axes[0]
    budget = losses_at_budgets({"one": ([1, 2], RUNS)}, "Bars.").figure.axes[0]
    for ax in (above, budget):
        (bars,) = ax.collections
        found = [part.tolist() for part in bars.get_segments()]
        assert found == [[[1, 0.4], [1, 0.6]], [[2, 0.2], [2, 0.4]]]
        np.testing.assert_allclose(ax.get_lines()[0].get_ydata(), [0.5, 0.3])


def test_a_power_law_would_be_the_straight_line():
    sizes = [1.0, 10, 100]
    picture = losses_above(1.5, sizes, [[2.3], [2.0], [1.55]], "It bends.")
    (ax,) = picture.figure.axes
    found, line = ax.get_lines()
    np.testing.assert_allclose(found.get_ydata(), [0.8, 0.5, 0.05])
    np.testing.assert_allclose(line.get_data(), [[1, 100], [0.8, 0.05]])
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    ticks = [t.get_text() for t in ax.get_yticklabels()]
    assert ticks == ["0.05", "0.1", "0.2", "0.5", "1"]
    assert picture.alt.endswith(
        "loss − 1.500 over parameters: 0.8 at 1, 0.5 at 10, 0.05 at 100."
    )


def test_a_ring_stands_round_the_least_mean_of_each_budget():
    lines = {"small": ([1, 2, 3], [[9, 9], [9, 5], [6, 10]]), "large": ([2, 3], [[6], [5]])}
    picture = losses_at_budgets(lines, "It moves.")
    (ax,) = picture.figure.axes
    rings = [line for line in ax.get_lines() if line.get_fillstyle() == "none"]
    found = [(round(r.get_xdata()[0]), r.get_ydata()[0]) for r in rings]
    assert found == [(2, 7), (3, 5)]
    assert [r.get_color() for r in rings] == list(BLUES[:2])  # light to dark
    assert [t.get_text() for t in ax.get_xticklabels()] == ["1", "2", "3"]
    assert picture.alt.endswith("small least 7 at 2; large least 5 at 3.")


LOOKS = [5, 5, 5, 80, 80], [10, 10, 90, 10, 90], [1.85, 1.95, 1.4, 1.6, 1.15]


def test_the_map_is_straight_over_both_logarithms():
    """Half way over both lies the mean of the four corners, of 1.9, 1.4, 1.6 and 1.15."""
    spent = Spent(np.array([5, 80]), np.array([[2.0, 3.0], [1.0, 1.5]]), np.array([80, 20]))
    picture = losses_as_a_map(*LOOKS, "It falls.", {"one": spent}, lambda x: 2 * x)
    (ax,) = picture.figure.axes
    best, bill, ring = ax.get_lines()
    assert bill.get_xydata().tolist() == [[5, 80], [80, 20]] and bill.get_color() != FITTED
    assert ring.get_xydata().tolist() == [[80, 20]] and ring.get_fillstyle() == "none"
    x, y = best.get_data()
    np.testing.assert_allclose(y, 2 * x)
    assert best.get_color() == FITTED and y.min() >= 10 and y.max() <= 90
    (filled, lines), dots = ax.collections[:2], ax.collections[2]
    assert sorted(map(tuple, dots.get_offsets())) == [(5, 10), (5, 90), (80, 10), (80, 90)]
    np.testing.assert_allclose(lines.levels, np.arange(11, 20) / 10)
    level = lines.get_paths()[list(lines.levels).index(1.5)].vertices
    u, v = np.log(level[:, 0] / 5) / np.log(16), np.log(level[:, 1] / 10) / np.log(9)
    heights = 1.9 - 0.3 * u - 0.5 * v + 0.05 * u * v
    np.testing.assert_allclose(heights, 1.5, atol=1e-3)
    darker = filled.get_facecolor()[:, 0]
    assert (np.diff(darker) > 0).all()  # the lower the darker
    assert picture.alt == (
        "It falls. loss over parameters and words: 1.9 at the smallest and fewest; 1.15 at "
        "the largest and most; best from 10 to 160 words; one least 1.25 at 80."
    )


def test_a_map_without_a_budget_and_what_it_needs():
    (ax,) = losses_as_a_map(*LOOKS, "It falls.").figure.axes
    assert not ax.get_lines() and (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert [t.get_text() for t in ax.get_yticklabels()] == ["10", "90"]
    for few in ([0, 2, 3], [0, 3], [0, 2]):
        some = [np.array(row)[few] for row in LOOKS]
        with pytest.raises(ShapeError, match="with a look at each size"):
            losses_as_a_map(*some, "Too few.")


def test_a_line_for_each_size_over_what_it_has_cost():
    at, work, losses = [2, 2, 2, 8, 8], [1, 1, 100, 10, 1000], [6, 8, 5, 4, 3]
    picture = losses_over_work(at, work, losses, "In turn.", {"floor": 2.5})
    (ax,) = picture.figure.axes
    small, large, least, floor = ax.get_lines()
    assert small.get_xydata().tolist() == [[1, 7], [100, 5]]  # the mean of 6 and 8
    assert large.get_xydata().tolist() == [[10, 4], [1000, 3]]
    assert sum(small.get_color()[:3]) > sum(large.get_color()[:3])  # the larger, the darker
    x, y = least.get_data()
    assert y[x < 10] == pytest.approx(7 - np.log10(x[x < 10]))
    assert y[x > 10] == pytest.approx(4 - np.log10(x[x > 10] / 10) / 2)
    assert set(floor.get_ydata()) == {2.5} and floor.get_color() == KNOWN
    assert picture.alt == (
        "In turn. loss over FLOPs: 2 ends at 5.000; 8 ends at 3.000; floor 2.5."
    )


def test_what_fits_foretold_stands_beside_what_was_measured():
    rows = {"few": (1.0, 0.5, 1.25, 1.5), "all": (2.0, 1.75, 2.25, 2.5)}
    picture = foretold(rows, {"floor": 1.75}, [2.25, 3.0], "It moves.")
    left, right = picture.figure.axes
    bars = [bar.tolist() for bar in left.collections[0].get_segments()]
    assert bars == [[[0.5, 0], [1.25, 0]], [[1.75, 1], [2.25, 1]]]
    found, floor = left.get_lines()
    assert found.get_xdata().tolist() == [1, 2] and set(floor.get_xdata()) == {1.75}
    ahead, *runs = right.get_lines()
    assert ahead.get_xdata().tolist() == [1.5, 2.5]
    assert [run.get_xdata()[0] for run in runs] == [2.25, 3]
    assert [t.get_text() for t in left.get_yticklabels()] == ["few", "all"]
    assert left.get_ylim() == right.get_ylim() and left.yaxis_inverted()
    assert picture.alt == (
        "It moves. few: 1.000, from 0.500 to 1.250, foretold 1.500; all: 2.000, from 1.750 "
        "to 2.250, foretold 2.500; floor 1.750; measured from 2.250 to 3.000."
    )


@pytest.mark.parametrize(("sizes", "losses"), [([1, 2], [3]), ([], []), ([[1]], [[1]])])
def test_one_loss_for_each_size(sizes, losses):
    with pytest.raises(ShapeError, match="losses_of_runs: sizes"):
        losses_of_runs(sizes, losses, "None.")
    with pytest.raises(ShapeError, match="losses_above: sizes"):
        losses_above(0.0, sizes, losses, "None.")
    with pytest.raises(ShapeError, match="losses_at_budgets: sizes"):
        losses_at_budgets({"a": (sizes, losses)}, "None.")
    with pytest.raises(ShapeError, match="losses_as_a_map: sizes"):
        losses_as_a_map(sizes, losses, losses, "None.")


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        (lambda: losses_as_a_map([9, 9], [0, 1], [3, 2], "T."), "map: words holds 0"),
        (lambda: losses_as_a_map([-9], [1], [2], "T."), "a_map: sizes holds -9"),
        (
            lambda: losses_above(2, [3, 9], [[3, 3], [3, 1]], "T."),
            "losses - floor holds -1",
        ),
        (lambda: losses_at_budgets({"a": ([0], [[1]])}, "T."), "budgets: sizes holds 0"),
    ],
)
def test_nothing_falls_off_a_logarithmic_axis(draw, said):
    with pytest.raises(ValueError, match=said):
        draw()
