"""Fits against known curves, a brute-force grid, and conditions of a minimum."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tfmath.errors import ShapeError
from tfmath.study.fits import (
    PowerLaw,
    at_budget,
    fit_power_law,
    frontier,
    interval,
    refitted,
)

SIZES = np.repeat([300.0, 700.0, 1500.0, 3000.0, 8000.0], 3)


def noisy(seed=0, spread=0.02):
    true = PowerLaw(30.0, 0.5, 1.2).at(SIZES)
    return true + np.random.default_rng(seed).normal(size=len(SIZES)) * spread


@given(st.floats(0.1, 100), st.floats(0.05, 3), st.floats(-5, 5))
@settings(deadline=None, max_examples=50)
def test_a_known_curve_is_found(a, alpha, c):
    sizes = np.array([1.0, 2, 5, 9, 20])
    law = fit_power_law(sizes, PowerLaw(a, alpha, c).at(sizes))
    np.testing.assert_allclose(law, (a, alpha, c), rtol=1e-4, atol=1e-4)


def test_three_points_are_met_with_a_pencil():
    losses = np.array([19.0, 10.0, 7.0])  # each difference a third of the one before
    law = fit_power_law([1, 9, 81], losses)
    floor = (losses[0] * losses[2] - losses[1] ** 2) / (losses[0] + losses[2] - 20)
    np.testing.assert_allclose(law, (13.5, 0.5, floor), rtol=1e-6)
    assert floor == 5.5


def test_no_point_of_a_grid_is_better():
    losses = noisy()
    law = fit_power_law(SIZES, losses)
    left = ((law.at(SIZES) - losses) ** 2).sum()
    a, alpha, c = np.meshgrid(
        np.linspace(10, 60, 61), np.linspace(0.3, 0.7, 61), np.linspace(1.0, 1.4, 61)
    )
    grid = sum(
        (a * n**-alpha + c - loss) ** 2 for n, loss in zip(SIZES, losses, strict=True)
    )
    assert left < grid.min() < 1.1 * left
    best = np.unravel_index(grid.argmin(), grid.shape)
    assert abs(alpha[best] - law.alpha) < 0.02 and abs(c[best] - law.c) < 0.02


@pytest.mark.parametrize("c", [None, 1.1])
def test_no_slope_is_left_at_the_minimum(c):
    """Slopes by PyTorch's autograd, in units of what each unknown does to the sum."""
    losses = noisy(seed=3)
    law = torch.tensor(fit_power_law(SIZES, losses, c), dtype=torch.float64)
    law.requires_grad_()
    residual = law[0] * torch.tensor(SIZES) ** -law[1] + law[2] - torch.tensor(losses)
    (residual**2).sum().backward()
    free = 3 if c is None else 2
    assert (law.grad * law.detach()).abs()[:free].max() < 1e-5
    assert c is None or (law[2] == c and abs(law.grad[2]) > 1e-3)


def test_units_do_not_matter():
    losses = noisy()
    small, large = fit_power_law(SIZES, losses), fit_power_law(SIZES * 1e9, 1000 * losses)
    assert large.alpha == pytest.approx(small.alpha, rel=1e-6)
    assert large.c == pytest.approx(1000 * small.c, rel=1e-6)
    # So does their order.
    turned = fit_power_law(SIZES[::-1], losses[::-1])
    np.testing.assert_allclose(turned, small, rtol=1e-6)


def test_what_a_line_explains_is_the_square_of_the_correlation():
    losses = noisy()
    law = fit_power_law(SIZES, losses)
    expected = np.corrcoef(SIZES**-law.alpha, losses)[0, 1] ** 2
    assert law.explains(SIZES, losses) == pytest.approx(expected, rel=1e-9)
    assert law._replace(c=law.c + 1).explains(SIZES, losses) < expected


def test_without_a_bend_alpha_is_at_its_bounds():
    sizes = np.array([1.0, 2, 4, 8])
    assert fit_power_law(sizes, -np.log(sizes)).alpha == pytest.approx(0.01)
    assert fit_power_law(sizes, [9, 1, 1, 1]).alpha == pytest.approx(10)
    assert fit_power_law(sizes, [2, 2, 2, 2]).at(3) == pytest.approx(2)


# How sure ---------------------------------------------------------------------------------


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    """With three runs a size the bootstrap is too sure; it must not be much too sure."""
    held = 0
    for seed in range(20):
        laws = refitted(np.random.default_rng(seed), SIZES, noisy(seed), turns=40)
        low, high = interval(laws[:, 2], share=0.9)
        held += low <= 1.2 <= high
    assert 11 <= held <= 19


def test_more_luck_more_doubt():
    spreads = []
    for spread in (0.001, 0.01, 0.1):
        laws = refitted(np.random.default_rng(0), SIZES, noisy(1, spread), turns=50, c=1.2)
        assert (laws[:, 2] == 1.2).all()
        spreads.append(laws[:, 1].std())
    assert spreads[0] < spreads[1] / 4 < spreads[2] / 16


def test_each_size_keeps_its_number_of_runs():
    rng = np.random.default_rng(0)
    sizes, losses = [1, 1, 1, 4, 4, 16, 16], [10, 10, 10, 6, 6, 4, 4]
    np.testing.assert_allclose(refitted(rng, sizes, losses, turns=3)[:, 0], 8, rtol=1e-6)


def test_the_middle_of_some_values():
    values = np.random.default_rng(0).normal(size=20000)
    low, high = interval(values, share=0.9)
    assert low == pytest.approx(-1.645, abs=0.03) and high == pytest.approx(1.645, abs=0.03)
    assert interval([3, 1, 2], share=1) == (1.0, 3.0)


# Who is not beaten ------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=9))
def test_the_frontier_is_who_nobody_beats(runs):
    costs, losses = np.array(runs, float).T
    found = frontier(costs, losses)
    beaten = [
        any(c <= cost and w <= loss and (c, w) != (cost, loss) for c, w in runs)
        for cost, loss in runs
    ]
    points = {runs[place] for place in found}
    assert points == {run for run, lost in zip(runs, beaten, strict=True) if not lost}
    assert len(points) == len(found)
    assert costs[found].tolist() == sorted(costs[found])


COSTS, SEEN = [3.0, 6.0, 12.0, 24.0], [8.0, 5.0, 4.0, 3.5]


def test_at_a_look_it_is_what_was_seen_and_outside_nobody_knows():
    found = [at_budget(COSTS, SEEN, cost) for cost in COSTS]
    np.testing.assert_allclose(found, SEEN, rtol=1e-12)
    assert np.isnan([at_budget(COSTS, SEEN, cost) for cost in (2.9, 24.1)]).all()


@given(st.floats(0, 1), st.integers(0, 2))
def test_between_two_looks_it_is_as_many_shares_of_the_way(share, first):
    """Costs are multiplied on the way, losses added."""
    budget = COSTS[first] * (COSTS[first + 1] / COSTS[first]) ** share
    wanted = SEEN[first] + share * (SEEN[first + 1] - SEEN[first])
    budget = min(max(budget, COSTS[0]), COSTS[-1])
    assert abs(at_budget(COSTS, SEEN, budget) - wanted) < 1e-9


# What cannot be ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: fit_power_law([1, 2], [3, 2]), ValueError, "three different"),
        (lambda: fit_power_law([1, 2, 2], [3, 2, 2]), ValueError, "three different"),
        (lambda: fit_power_law([0, 1, 2], [3, 2, 1]), ValueError, "above 0"),
        (lambda: fit_power_law([1, 2, 3], [3, 2]), ShapeError, r"losses \(2,\)"),
        (
            lambda: refitted(np.random.default_rng(0), [1, 2, 3, 3], [4, 3, 2, 2]),
            ValueError,
            "refitted: a size occurs once",
        ),
        (lambda: interval([]), ShapeError, r"interval: values \(0,\)"),
        (lambda: interval([1.0], share=0), ValueError, "interval: share is 0"),
        (lambda: at_budget([0.0, 1.0], [2, 1], 1.0), ValueError, "at_budget: costs"),
        (lambda: at_budget([2.0, 1.0], [2, 1], 1.0), ValueError, "more than the one"),
        (lambda: at_budget([1.0, 2.0], [2], 1.0), ShapeError, "at_budget: costs"),
        (lambda: frontier([1.0], [[2.0]]), ShapeError, "frontier: costs"),
    ],
)
def test_what_cannot_be_is_told(call, error, words):
    with pytest.raises(error, match=words):
        call()
