"""Pictures of losses: points where the runs are, curves where the fits are."""

import numpy as np
import pytest

from tfmath.errors import ShapeError
from tfmath.show.losses import (
    BLUES,
    FITTED,
    KNOWN,
    losses_above,
    losses_at_budgets,
    losses_of_runs,
    losses_over_work,
)
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


def test_a_curve_for_each_size_over_its_work_and_the_least_of_all():
    """Size 5 is the best until it stops, at 40; from there on only size 9 is left."""
    sizes, work = [5, 5, 5, 5, 9, 9], [10, 10, 40, 40, 20, 80]
    losses = [3, 5, 1, 1, 6, 0.5]
    picture = losses_over_work(sizes, work, losses, "Turns.", {"floor": 0.2}, at=(15, 30))
    (ax,) = picture.figure.axes
    least, small, large, floor, *budgets = ax.get_lines()
    np.testing.assert_allclose(small.get_data(), [[10, 40], [4, 1]])  # the mean of 3 and 5
    np.testing.assert_allclose(large.get_data(), [[20, 80], [6, 0.5]])
    x, y = least.get_data()
    assert (x[0], x[-1]) == (pytest.approx(10), pytest.approx(80))
    read = 4 - 3 * np.log(x / 10) / np.log(4)  # of size 5, straight over the logarithm
    np.testing.assert_allclose(y[x < 39.9], read[x < 39.9])
    assert (y[x > 40.1] > 1).any() and y[-1] == 0.5
    assert set(floor.get_ydata()) == {0.2} and floor.get_color() == KNOWN
    assert [b.get_xdata()[0] for b in budgets] == [15, 30]
    assert [b.get_color() for b in budgets] == list(BLUES[:2])  # as in losses_at_budgets
    assert [t.get_text() for t in ax.texts][:2] == ["5", "9"]
    assert (ax.get_xscale(), ax.get_xlabel()) == ("log", "FLOPs")
    assert picture.alt == (
        "Turns. loss over FLOPs, by parameters: 5 to 1; 9 to 0.5; floor 0.2."
    )


@pytest.mark.parametrize(("sizes", "losses"), [([1, 2], [3]), ([], []), ([[1]], [[1]])])
def test_one_loss_for_each_size(sizes, losses):
    with pytest.raises(ShapeError, match="losses_of_runs: sizes"):
        losses_of_runs(sizes, losses, "None.")
    with pytest.raises(ShapeError, match="losses_above: sizes"):
        losses_above(0.0, sizes, losses, "None.")
    with pytest.raises(ShapeError, match="losses_at_budgets: sizes"):
        losses_at_budgets({"a": (sizes, losses)}, "None.")
    with pytest.raises(ShapeError, match="losses_over_work: sizes"):
        losses_over_work(sizes, losses, losses, "None.")


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        (lambda: losses_over_work([9, 9], [0, 1], [3, 2], "T."), "over_work: work holds 0"),
        (lambda: losses_over_work([-9], [1], [2], "T."), "over_work: sizes holds -9"),
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
