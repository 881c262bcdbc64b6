"""What the chapter on scaling says of budgets, proved by the stored runs."""

import numpy as np

from tests.claims.claim import says
from tests.claims.scaling_fitted import RUNS, SIZES
from tfmath.study import fits
from tfmath.study.scaling_runs import SEEDS


def spent(billions):
    """A row of four starts for each size that can spend as much."""
    found = {}
    for size in SIZES:
        of_size = RUNS["parameters"] == size
        looks = [of_size & (RUNS["seed"] == seed) for seed in SEEDS]
        runs = [(RUNS["flops"][look], RUNS["loss"][look]) for look in looks]
        row = np.array([fits.at_budget(*run, billions * 1e9) for run in runs])
        if not np.isnan(row).any():
            found[int(size)] = row
    return found


@says(
    "Between two looks we read the loss off a straight line over the logarithm of the "
    "FLOPs: so all spend exactly the same.",
    "Five of our sizes, 1032 to 13344, can spend 12 billion FLOPs.",
    "Each line sags: on the left the model is small and has read much, on the right it is "
    "large and has read little.",
    "From 12 to 24 billion it moves to the larger model; from 24 to 48 it stays, and has "
    "read twice as much.",
)
def test_a_budget_is_best_spent_between():
    assert list(spent(12)) == [1032, 2124, 3600, 7704, 13344]
    flops_a_word = dict(zip(RUNS["parameters"], RUNS["flops"] / RUNS["words"], strict=True))
    best, ratios = [], []
    for billions in (12, 24, 48):
        means = {n: row.mean() for n, row in spent(billions).items()}
        least, losses = min(means, key=means.get), list(means.values())
        place = losses.index(means[least])
        assert 0 < place < len(losses) - 1
        assert losses[: place + 1] == sorted(losses[: place + 1], reverse=True)
        assert losses[place:] == sorted(losses[place:])
        read = [billions * 1e9 / flops_a_word[n] for n in means]
        assert read == sorted(read, reverse=True) and read[0] > read[-1]
        best.append(least)
        ratios.append(round(read[place] / least))
    assert best == [3600, 7704, 7704] and ratios == [140, 63, 126]


@says(
    "At 24 billion, start by start:",
    "And 3600 has read 280 words for each parameter, 7704 has read 63: no size of ours "
    "stands between.",
    "Three of the four columns say 3600, and so do 11 of the 16 pairs.",
    "The mean says 7704: one run of 3600 went badly, and without start 1 the mean would "
    "say 3600 too.",
)
def test_the_starts_do_not_agree():
    rows = spent(24)
    sizes, table = list(rows), np.array(list(rows.values()))
    best = [sizes[place] for place in table.argmin(axis=0)]
    assert sorted(best) == [3600, 3600, 3600, 7704]
    assert (rows[3600][:, np.newaxis] < rows[7704]).sum() == 11
    assert sizes[table.mean(axis=1).argmin()] == 7704
    assert sizes[table[:, 1:].mean(axis=1).argmin()] == 3600
    assert rows[3600][0] > rows[3600][1:].max() + 0.1
    flops_a_word = dict(zip(RUNS["parameters"], RUNS["flops"] / RUNS["words"], strict=True))
    assert [round(24e9 / flops_a_word[n] / n) for n in (3600, 7704)] == [280, 63]
    assert not [n for n in SIZES if 3600 < n < 7704]
