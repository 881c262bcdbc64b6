"""Pictures of losses: points where the runs are, curves where the fits are."""

import numpy as np
import pytest

from tfmath.errors import ShapeError
from tfmath.show.losses import (
    FITTED,
    KNOWN,
    losses_above,
    losses_at_budgets,
    losses_of_runs,
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
    assert x[0] == 1 and x[-1] == pytest.approx(160) and curve.get_color() == FITTED
    np.testing.assert_allclose(y, 8 / np.sqrt(x) + 2)
    assert set(floor.get_ydata()) == {2.5} and floor.get_color() == KNOWN
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_xscale()) == (
        "parameters",
        "loss",
        "log",
    )
    assert picture.alt == (
        "It falls. loss over parameters: 3 runs, from 10 to 4.5; fit from 10 to 2.63; "
        "floor 2.5."
    )


def test_without_a_fit_nothing_goes_beyond_the_runs():
    (ax,) = losses_of_runs([1, 4], [3, 2], "Two.").figure.axes
    assert not ax.get_lines() and ax.get_xlim()[1] < 10
    assert ax.get_legend() is None  # its sign would look like a run


def test_runs_that_the_curve_does_not_know_are_hollow():
    picture = losses_of_runs([1, 4], [3, 2], "More.", later=([9, 9], [1.5, 1.75]))
    _, later = picture.figure.axes[0].collections
    assert later.get_offsets().tolist() == [[9, 1.5], [9, 1.75]]
    assert later.get_facecolor().tolist() == [[1, 1, 1, 1]]
    assert picture.alt.endswith("2 runs, from 3 to 2; 2 later runs, from 1.5 up.")


def test_a_bar_goes_from_the_least_to_the_most():
    picture = losses_above(1.0, [1, 2], [0.5, 0.3], "Bars.", ([0.4, 0.2], [0.7, 0.4]))
    (bars,) = picture.figure.axes[0].collections
    found = [part.tolist() for part in bars.get_segments()]
    assert found == [[[1, 0.4], [1, 0.7]], [[2, 0.2], [2, 0.4]]]


def test_a_power_law_would_be_the_straight_line():
    sizes = [1.0, 10, 100]
    picture = losses_above(1.5, sizes, [0.8, 0.5, 0.05], "It bends.")
    (ax,) = picture.figure.axes
    found, line = ax.get_lines()
    assert found.get_ydata().tolist() == [0.8, 0.5, 0.05]
    assert np.array(line.get_data()).tolist() == [[1, 100], [0.8, 0.05]]
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert [t.get_text() for t in ax.get_yticklabels()] == [
        "0.05",
        "0.1",
        "0.2",
        "0.5",
        "1",
    ]
    assert picture.alt.endswith(
        "loss − 1.500 over parameters: 0.8 at 1, 0.5 at 10, 0.05 at 100."
    )


def test_a_ring_stands_round_the_least_of_each_budget():
    lines = {"small": ([1, 2, 3], [9, 7, 8]), "large": ([2, 3], [6, 5])}
    picture = losses_at_budgets(lines, "It moves.")
    (ax,) = picture.figure.axes
    rings = [line for line in ax.get_lines() if line.get_fillstyle() == "none"]
    assert [(r.get_xdata()[0], r.get_ydata()[0]) for r in rings] == [(2, 7), (3, 5)]
    assert picture.alt.endswith("small least 7 at 2; large least 5 at 3.")


@pytest.mark.parametrize(("sizes", "losses"), [([1, 2], [3]), ([], []), ([[1]], [[1]])])
def test_one_loss_for_each_size(sizes, losses):
    with pytest.raises(ShapeError, match="losses_of_runs: sizes"):
        losses_of_runs(sizes, losses, "None.")
    with pytest.raises(ShapeError, match="losses_at_budgets: sizes"):
        losses_at_budgets({"a": (sizes, losses)}, "None.")
