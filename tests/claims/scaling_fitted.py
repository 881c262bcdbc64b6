"""What the chapter on scaling says of fits and budgets, proved by the stored runs."""

import numpy as np
import pytest

from tests.claims.claim import says
from tfmath.study import fits
from tfmath.study.measured import measured
from tfmath.study.scaling_runs import CHECKPOINTS, SEEDS
from tfmath.study.small_language import FLOOR, least_loss

RUNS = {name: np.array(column) for name, column in measured("scaling").items()}
LAST = {name: column[RUNS["steps"] == CHECKPOINTS[-1]] for name, column in RUNS.items()}
SIZES = np.unique(RUNS["parameters"])
PARTS = ((0, 1), (1, 5), (5, 6))  # the first step, those between, the last


def mean_loss(size, steps):
    chosen = (RUNS["parameters"] == size) & (RUNS["steps"] == steps)
    return RUNS["loss"][chosen].mean()


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
    "The curve explains 98 per cent of the differences between the runs, and the interval "
    "is narrow.",
    "**The fit is good, its interval is narrow, and it is wrong.**",
    "A model of 23,000 parameters, not twice our largest, would have to foresee the dice.",
    "Even the middle 99 per cent of the fits end below the floor.",
)
def test_the_fit_is_good_and_wrong():
    law = fits.fit_power_law(LAST["parameters"], LAST["loss"])
    assert round(law.explains(LAST["parameters"], LAST["loss"]), 2) == 0.98
    assert law.at([23000])[0] < FLOOR < law.at([22700])[0] and 23000 < 2 * SIZES[-1]
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
    "If they did, $\\ln(L - c) = \\ln a - \\alpha \\ln N$ would be a straight line over "
    "$\\ln N$.",
    "It falls slowly, then faster, then hardly.",
)
def test_it_is_no_straight_line():
    law = fits.PowerLaw(3.0, 0.6, FLOOR)
    straight = np.log(law.at(SIZES) - FLOOR)
    np.testing.assert_allclose(np.diff(straight) / np.diff(np.log(SIZES)), -0.6)
    for left_out in (None, *SEEDS):
        kept = LAST["seed"] != left_out
        means = [LAST["loss"][kept & (LAST["parameters"] == n)].mean() for n in SIZES]
        y, x = np.log(np.array(means) - FLOOR), np.log(SIZES)
        first, middle, last = ((y[i] - y[j]) / (x[j] - x[i]) for i, j in PARTS)
        assert last < 0.5 and first < 0.6 and middle > 0.75


@says(
    "The smallest model ends at 1.985.",
    "That is above 1.887: one who sees a single word can do better.",
    "What the second word is worth cannot be read off it.",
    "The largest is still learning.",
    "From step 1000 to step 2000 its loss fell from 1.310 to 1.273.",
)
def test_the_smallest_and_the_largest():
    smallest = LAST["loss"][LAST["parameters"] == SIZES[0]]
    assert round(smallest.mean(), 3) == 1.985 and smallest.min() > least_loss(1)
    assert round(least_loss(1), 3) == 1.887
    assert round(mean_loss(SIZES[-1], 1000), 3) == 1.310
    assert round(mean_loss(SIZES[-1], 2000), 3) == 1.273
    for seed in SEEDS:
        chosen = (RUNS["parameters"] == SIZES[-1]) & (RUNS["seed"] == seed)
        assert (np.diff(RUNS["loss"][chosen]) < 0).all()


@says(
    "With each model more, $c$ moves up, and not one of the first four intervals holds the "
    "floor.",
    "With fewer than all seven, the loss foretold for the largest is below what is "
    "possible; it was 1.273.",
    "The interval of the largest five does hold it.",
)
def test_fewer_models():
    found, foretold = [], []
    for k in (4, 5, 6, 7):
        some = np.isin(LAST["parameters"], SIZES[:k])
        law = fits.fit_power_law(LAST["parameters"][some], LAST["loss"][some])
        found.append(law.c)
        foretold.append(law.at([SIZES[-1]])[0])
        assert interval_of_c(some)[1] < FLOOR
    assert found == sorted(found) and max(foretold[:3]) < FLOOR
    low, high = interval_of_c(np.isin(LAST["parameters"], SIZES[2:]))
    assert low < FLOOR < high


# Budgets --------------------------------------------------------------------------------


def at_budget(billions):
    """The runs near a budget, and the mean loss of each size."""
    near = fits.at_budget(RUNS["flops"], billions * 1e9)
    runs = {name: column[near] for name, column in RUNS.items()}
    sizes = np.unique(runs["parameters"])
    return runs, {n: runs["loss"][runs["parameters"] == n].mean() for n in sizes}


@says(
    "Our models were looked at after 125, 250, … 2000 steps, so each has at most one look "
    "near a budget.",
    "Each line hangs through: on the left the model is small and has read much, on the "
    "right it is large and has read little.",
    "A larger budget goes into both.",
    "Ours say between 66 and 241, and they are not sure.",
)
def test_a_budget_is_best_spent_between():
    best = []
    for billions in (3, 6, 12, 24, 48):
        runs, means = at_budget(billions)
        pairs = list(zip(runs["parameters"], runs["seed"], strict=True))
        assert len(pairs) == len(set(pairs))
        least, losses = min(means, key=means.get), list(means.values())
        place = losses.index(means[least])
        assert 0 < place < len(losses) - 1
        assert losses[: place + 1] == sorted(losses[: place + 1], reverse=True)
        assert losses[place:] == sorted(losses[place:])
        read = [runs["words"][runs["parameters"] == n][0] for n in means]
        assert read == sorted(read, reverse=True) and read[0] > read[-1]
        words = runs["words"][runs["parameters"] == least]
        best.append((int(least), int(words[0])))
    sizes, words = zip(*best, strict=True)
    assert list(sizes) == sorted(sizes) and list(words) == sorted(words)
    assert sizes[0] < sizes[-1] and words[0] < words[-1]
    ratios = [round(w / n) for n, w in best]
    assert (min(ratios), max(ratios)) == (66, 241)


@says(
    "At 24 billion the four starts do not agree:",
    "Two of four say 3600, two 7704.",
    "With a single start for each size there would have been one answer, and no doubt to "
    "be seen.",
)
def test_the_starts_do_not_agree():
    runs, _ = at_budget(24)
    best = []
    for seed in SEEDS:
        of_seed = runs["seed"] == seed
        best.append(int(runs["parameters"][of_seed][runs["loss"][of_seed].argmin()]))
    assert sorted(best) == [3600, 3600, 7704, 7704]


@says("Whether the curve is the right one it does not tell.")
def test_what_an_interval_tells():
    """Without any luck it is narrow and wrong, if the curve is."""
    sizes = np.repeat([1.0, 2, 4, 8], 2)
    losses = 1 / (1 + sizes**2)  # falls to 0, and is no such curve
    laws = fits.refitted(np.random.default_rng(0), sizes, losses, turns=20)
    low, high = fits.interval(laws[:, 2])
    assert high - low < 1e-6 and abs(low) > 0.01
