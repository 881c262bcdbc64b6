"""What the chapter on scaling says of fits and budgets, proved by the stored runs."""

import numpy as np
import pytest

from tests.claims.claim import says
from tfmath.study import fits
from tfmath.study.measured import measured
from tfmath.study.scaling_runs import CHECKPOINTS, SEEDS
from tfmath.study.small_language import FLOOR
from tfmath.study.two_terms import fit_two_terms

RUNS = {name: np.array(column) for name, column in measured("scaling").items()}
LATER = {name: np.array(column) for name, column in measured("scaling_larger").items()}
LONGER = {name: np.array(column) for name, column in measured("scaling_longer").items()}
LATER = {name: column[LATER["steps"] == CHECKPOINTS[-1]] for name, column in LATER.items()}
LAST = {name: column[RUNS["steps"] == CHECKPOINTS[-1]] for name, column in RUNS.items()}
SIZES = np.unique(RUNS["parameters"])
PARTS = ((0, 1), (1, 5), (5, 6))  # the first step, those between, the last


def mean_loss(size, steps):
    chosen = (RUNS["parameters"] == size) & (RUNS["steps"] == steps)
    return RUNS["loss"][chosen].mean()


def mean_of(runs, size, left_out=None):
    chosen = (runs["parameters"] == size) & (runs["seed"] != left_out)
    return runs["loss"][chosen].mean()


def straight_on(size):
    """The line through the last two means, over the logarithm of the size."""
    x, y = np.log(SIZES[-2:]), [mean_loss(n, 2000) for n in SIZES[-2:]]
    return np.polyval(np.polyfit(x, y, 1), np.log(size))


def interval_of_c(some, seed=0, share=0.9, runs=LAST):
    sizes, losses = runs["parameters"][some], runs["loss"][some]
    laws = fits.refitted(np.random.default_rng(seed), sizes, losses, turns=100)
    return fits.interval(laws[:, 2], share)


# The fit --------------------------------------------------------------------------------


@says(
    "They fall by 4, then by 2: each step is half of the one before.",
    "The loss ends at $c = 4 - 2 = 2$.",
    "At $N = 1$ there is $a = 10 - 2 = 8$ to lose, and four times the size leaves half: "
    "$4^{-\\alpha} = 1/2$, so $\\alpha = 1/2$.",
)
def test_a_fit_with_a_pencil():
    assert 2 * sum(0.5**k for k in range(1, 60)) == pytest.approx(2)
    assert [8 * n ** (-1 / 2) + 2 for n in (1, 4, 16)] == [10, 6, 4]
    law = fits.fit_power_law([1, 4, 16], [10, 6, 4])
    np.testing.assert_allclose(law, (8, 0.5, 2), rtol=1e-6)


@says(
    "The curve leaves 2 per cent of the squared distances of the runs from their mean: it "
    "*explains* 98.",
    "**The fit is good, its interval is narrow, and it is wrong.**",
    "The curve goes below: a model of 23,000 parameters, not twice our largest, would "
    "have to foresee the dice.",
    "$c$ is the loss that no size falls below; after 2000 steps or any number of them it "
    "cannot be less than 1.213.",
)
def test_the_fit_is_good_and_wrong():
    law = fits.fit_power_law(LAST["parameters"], LAST["loss"])
    assert round(law.explains(LAST["parameters"], LAST["loss"]), 2) == 0.98
    assert law.at([23000])[0] < FLOOR < law.at([22700])[0] and 23000 < 2 * SIZES[-1]
    assert (RUNS["loss"] > FLOOR).all()  # why, see `test_no_model_is_below_the_floor`
    everything = np.full(len(LAST["loss"]), True)
    for seed in range(2):
        low, high = interval_of_c(everything, seed)
        assert high - low < 0.07 and high < FLOOR
        assert interval_of_c(everything, seed, share=0.99)[1] < FLOOR
    for left_out in SEEDS:  # nor is it the luck of one start
        assert interval_of_c(LAST["seed"] != left_out)[1] < FLOOR
    for at in (500, 1000):  # nor of this number of steps
        runs = {name: column[RUNS["steps"] == at] for name, column in RUNS.items()}
        assert interval_of_c(everything, runs=runs)[1] < FLOOR


@says(
    "A model 48 wide has 29,232 parameters.",
    "It learned 2000 steps as well, from four starts (`python -m tfmath measure "
    "scaling_larger`), and the curve does not know of it.",
    "It foretold 1.201.",
    "Each of the four runs lies above that, and above the highest of the 200 fits.",
    "A finger along the last points ends near 1.27, and was nearer.",
    "Once the eighth is known, $c$ is below the floor still.",
)
def test_the_larger_model_lies_above_every_fit():
    """Whatever is drawn in the bootstrap, and with any start left out."""
    assert set(LATER["parameters"]) == {29232} and list(LATER["seed"]) == list(SEEDS)
    law = fits.fit_power_law(LAST["parameters"], LAST["loss"])
    assert round(law.at([29232])[0], 3) == 1.201
    fingers = [straight_on(29232), mean_loss(SIZES[-1], 2000)]  # or not falling any more
    assert np.abs(np.array(fingers) - 1.27).max() < 0.007
    found = LATER["loss"].mean()
    assert np.abs(np.array(fingers) - found).max() < 0.25 * (found - law.at([29232])[0])
    both = {name: np.concatenate([LAST[name], LATER[name]]) for name in LAST}
    for seed in range(3):
        rng = np.random.default_rng(seed)
        laws = fits.refitted(rng, LAST["parameters"], LAST["loss"], turns=200)
        foretold = laws[:, 0] * 29232.0 ** -laws[:, 1] + laws[:, 2]
        assert foretold.max() + 0.04 < LATER["loss"].min()
        everything = np.full(len(both["loss"]), True)
        low, high = interval_of_c(everything, seed, runs=both)
        assert (
            high < FLOOR and high - low < 0.05 and low > fits.interval(laws[:, 2])[1] + 0.02
        )
    for left_out in SEEDS:
        kept = both["seed"] != left_out
        low, _ = interval_of_c(kept, runs=both)
        assert low > interval_of_c(LAST["seed"] != left_out)[1]


@says(
    "They do not: all four runs of the smallest model lie below it, all four of the "
    "largest above.",
    "If they did, $\\ln(L - c) = \\ln a - \\alpha \\ln N$ would be a straight line over "
    "$\\ln N$.",
    "It falls slowly, then faster, then hardly; no larger $c$ makes it straight.",
    "Measured from the floor, $\\alpha$ was 0.45 at first, 1.17 in the middle, and 0.19 "
    "from 7704 to 13344.",
)
def test_it_is_no_straight_line():
    fitted = fits.fit_power_law(LAST["parameters"], LAST["loss"])
    above = LAST["loss"] - fitted.at(LAST["parameters"])
    assert (above[LAST["parameters"] == SIZES[0]] < 0).all()
    assert (above[LAST["parameters"] == SIZES[-1]] > 0).all()
    law = fits.PowerLaw(3.0, 0.6, FLOOR)
    straight = np.log(law.at(SIZES) - FLOOR)
    np.testing.assert_allclose(np.diff(straight) / np.diff(np.log(SIZES)), -0.6)
    for left_out in (None, *SEEDS):
        kept = LAST["seed"] != left_out
        means = [LAST["loss"][kept & (LAST["parameters"] == n)].mean() for n in SIZES]
        y, x = np.log(np.array(means) - FLOOR), np.log(SIZES)
        first, middle, last = ((y[i] - y[j]) / (x[j] - x[i]) for i, j in PARTS)
        assert last < 0.5 and first < 0.6 and middle > 0.75
        assert mean_of(LATER, 29232, left_out) > means[-1] - 0.01  # α up to 0.2
    means = np.array([mean_loss(n, 2000) for n in SIZES])
    for c in np.append(np.arange(FLOOR, 1.2625, 0.005), 1.26):
        alphas = -np.diff(np.log(means - c)) / np.diff(np.log(SIZES))
        assert alphas[0] < 0.5 and alphas[2:5].max() > 2.3 * alphas[0]
        assert alphas[-1] < alphas[2:5].max() / 2
    alphas = -np.diff(np.log(means - FLOOR)) / np.diff(np.log(SIZES))
    assert alphas[[0, 3, -1]].round(2).tolist() == [0.45, 1.17, 0.19]


# Two terms ------------------------------------------------------------------------------


def level(runs):
    return fit_two_terms(runs["parameters"], runs["words"], runs["loss"]).level


@says(
    "$E$ is 0.938, more than a fifth below the floor: one term more, and farther off than "
    "$c$ was.",
)
def test_two_terms_end_below_the_floor():
    """Whole runs are drawn, with all their looks."""
    assert len(RUNS["loss"]) == 140 and round(level(RUNS), 3) == 0.938 < 0.8 * FLOOR
    assert level(RUNS) < fits.fit_power_law(LAST["parameters"], LAST["loss"]).c
    later = {name: np.array(column) for name, column in measured("scaling_larger").items()}
    both = {name: np.concatenate([RUNS[name], later[name]]) for name in RUNS}
    assert len(both["loss"]) == 160 and level(both) < FLOOR
    looks = np.arange(140).reshape(len(SIZES), len(SEEDS), len(CHECKPOINTS))
    rng = np.random.default_rng(0)
    for _ in range(200):
        rows = [of_size[rng.integers(4, size=4)] for of_size in looks]
        drawn = np.concatenate(rows).ravel()
        assert level({name: column[drawn] for name, column in RUNS.items()}) < FLOOR


@says(
    "Whether the curve is the right one it does not tell: look at what is left over, and "
    "leave some out.",
)
def test_what_an_interval_tells():
    """Without any luck it is narrow and wrong, if the curve is."""
    sizes = np.repeat([1.0, 2, 4, 8], 2)
    losses = 1 / (1 + sizes**2)  # falls to 0, and is no such curve
    laws = fits.refitted(np.random.default_rng(0), sizes, losses, turns=20)
    low, high = fits.interval(laws[:, 2])
    assert high - low < 1e-6 and abs(low) > 0.01
