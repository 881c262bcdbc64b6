"""Exercises of scaling: what a layer costs, and a curve through losses."""

import numpy as np

from tfmath.practice.answers import Exercise, Mistake
from tfmath.practice.trials import sizes
from tfmath.study.budgets import spend
from tfmath.study.fits import fit_power_law
from tfmath.study.flops import crossings
from tfmath.study.measured import measured

# Pencil ---------------------------------------------------------------------------------

CROSSING = Exercise(
    "d_model = 10, d_ff = 30, one head with d_k = d_v = 10. At how many words do scores "
    "and mixtures together take as many multiply-adds as the feed-forward? A whole number.",
    round(crossings(10, 1, 10, 10, 30)["scores and mixtures"]),
    (
        Mistake(40, "you take 4 · d_model, which is right where d_ff is 4 · d_model"),
        Mistake(20, "you take 2 · d_model, the rule with the projections and d_ff = 4 d"),
        Mistake(60, "you leave out the mixtures: they take as much as the scores"),
        Mistake(15, "you count one product of the feed-forward; it has two, up and down"),
        Mistake(10, "the projections are counted as attention; here it is n × n alone"),
        Mistake(600, "600 is what the feed-forward takes for one word; divide it by 20."),
        Mistake(300, "you divide by 2; both sides also hold the width 10"),
    ),
    (
        "Feed-forward: 2 · n · 10 · 30. Scores n · n · 10, mixtures as many.",
        "Cancel n on both sides: 600 = 20 n.",
        "600 / 20",
    ),
    tolerance=0,
)

LEVEL = Exercise(
    "Models of 1, 9 and 81 million parameters have the losses 19, 10 and 7, on a curve "
    "L = a · N^(−α) + c. What is c, to one decimal?",
    round(fit_power_law([1, 9, 81], [19, 10, 7]).c, 6),
    (
        Mistake(7.0, "that is the last loss; it goes on falling."),
        Mistake(6.0, "you take one step more, 7 − 1; after it come 1/3, 1/9, …"),
        Mistake(4.0, "you go on by 3 again; each step is a third of the one before"),
        Mistake(13.5, "that is a, what there is to lose at N = 1; c is what stays."),
        Mistake(0.5, "that is α: nine times the size leaves 1 / 9^½ = 1/3."),
        Mistake(0.0, "you let the loss fall for ever, but its steps add up to a number"),
        Mistake(8.5, "you halve the last step; each is a third of the one before"),
        Mistake(1.5, "that is what is still to come after 7; c is what is left then."),
        Mistake(5.6, "you stop after 1/9; the steps never end, and add up to 3/2"),
    ),
    (
        "The losses fall by 9, then by 3: each step is a third of the one before.",
        "After 7 they fall by 1, by 1/3, by 1/9 …: together 1.5.",
        "7 − 1.5",
    ),
    tolerance=0.05,
)

# Code -----------------------------------------------------------------------------------


def work(n, d, d_ff):
    return 4 * n * d * d + 2 * n * n * d + 2 * n * d * d_ff


def _work_in_parts(n, d, d_ff):
    projections = [n * d * d for _ in "QKVO"]
    return sum(projections) + n * d * n + n * n * d + n * d * d_ff + n * d_ff * d


WORK = Exercise(
    "Write my_work(n, d, d_ff): the multiply-adds of one layer over n words, with one "
    "head, d_model = d_k = d_v = d.",
    work,
    (
        Mistake(
            lambda n, d, d_ff: 3 * n * d * d + 2 * n * n * d + 2 * n * d * d_ff,
            "W_O is left out: there are four products with tables of d × d",
        ),
        Mistake(
            lambda n, d, d_ff: 4 * n * d * d + n * n * d + 2 * n * d * d_ff,
            "the scores are counted, but the mixtures, weights times values, are not",
        ),
        Mistake(
            lambda n, d, d_ff: 4 * n * d * d + 2 * n * n * d + n * d * d_ff,
            "the feed-forward goes up to d_ff and down again: two products",
        ),
        Mistake(
            lambda n, d, d_ff: 2 * work(n, d, d_ff),
            "you count FLOPs: each multiply-add is two of them",
        ),
        Mistake(
            lambda n, d, d_ff: 3 * work(n, d, d_ff),
            "you count training, there and back; asked for is the way there",
        ),
        Mistake(
            lambda n, d, d_ff: 12 * d * d + 2 * n * d,
            "you count for one word, and take d_ff = 4 d",
        ),
        Mistake(
            lambda n, d, d_ff: 4 * n * d * d + 2 * n * n + 2 * n * d * d_ff,
            "each of the n² scores is a sum of d products",
        ),
        Mistake(
            lambda n, d, d_ff: 4 * d * d + 2 * d * d_ff,
            "you count the parameters; each word goes through all of them",
        ),
        Mistake(
            lambda n, d, d_ff: 4 * n * d * d + 2 * n * d * d_ff,
            "scores and mixtures are left out, the part that grows with n²",
        ),
        Mistake(
            lambda n, d, d_ff: 4 * n * d * d + n * (n + 1) * d + 2 * n * d * d_ff,
            "you count what the mask leaves; the hidden scores are computed too",
        ),
        Mistake(
            lambda n, d, d_ff: 4 * n * d * d + 2 * n * n * d + 8 * n * d * d,
            "you take d_ff = 4 d, whatever it is",
        ),
    ),
    (
        "A product of (p × q) by (q × r) takes p · q · r.",
        "Four times n · d · d, twice n · n · d, twice n · d · d_ff.",
    ),
    lambda rng: tuple(sizes(rng, 3)),
    forms=(_work_in_parts, lambda n, d, d_ff: 2 * n * d * (2 * d + n + d_ff)),
)


def line(sizes, losses, alpha):
    a, c = np.polyfit(sizes**-alpha, losses, 1)
    return a, c


def _by_means(sizes, losses, alpha):
    x = sizes**-alpha
    a = np.mean((x - x.mean()) * (losses - losses.mean())) / x.var()
    return a, losses.mean() - a * x.mean()


def _by_solving(sizes, losses, alpha):
    columns = np.stack([sizes**-alpha, np.ones(len(sizes))], axis=1)
    return np.linalg.lstsq(columns, losses, rcond=None)[0]


def _through_the_ends(sizes, losses, alpha):
    """The line through the smallest and the largest size."""
    x = sizes**-alpha
    first, last = x.argmax(), x.argmin()
    a = (losses[first] - losses[last]) / (x[first] - x[last])
    return a, losses[first] - a * x[first]


def _without_a_level(sizes, losses, alpha):
    """c is taken to be 0."""
    x = sizes**-alpha
    return x @ losses / (x @ x), 0.0


def _runs(rng):
    n = int(rng.integers(3, 9))
    many = np.sort(rng.choice(np.arange(1, 30), n, replace=False)).astype(float)
    return many, rng.uniform(1, 9, n), float(rng.uniform(0.2, 2))


LINE = Exercise(
    "Write my_line(sizes, losses, alpha): the a and c for which a · N^(−α) + c is nearest "
    "to the losses, by the sum of squares.",
    line,
    (
        Mistake(
            lambda s, losses, alpha: tuple(np.polyfit(s**alpha, losses, 1)),
            "the exponent has no minus: N^(−α) falls as N grows",
        ),
        Mistake(
            lambda s, losses, alpha: tuple(np.polyfit(s, losses, 1)),
            "the line is laid over N; it is one over N^(−α)",
        ),
        Mistake(
            lambda s, losses, alpha: tuple(np.polyfit(np.log(s), losses, 1)),
            "the line is laid over log N; it is one over N^(−α)",
        ),
        Mistake(
            lambda s, losses, alpha: tuple(np.polyfit(s**-alpha, losses, 1))[::-1],
            "c comes first and a second; a is asked for first",
        ),
        Mistake(
            lambda s, losses, alpha: tuple(np.polyfit(losses, s**-alpha, 1)),
            "x and y are swapped: the losses are the heights",
        ),
        Mistake(_through_the_ends, "only the smallest and the largest size are used"),
        Mistake(_without_a_level, "c is taken to be 0: the line is held at the origin"),
    ),
    (
        "With α known, x = sizes ** -alpha, and the rest is a straight line a · x + c.",
        "np.polyfit(x, losses, 1) gives slope and level.",
    ),
    _runs,
    forms=(_by_means, _by_solving),
)

# Wonder ---------------------------------------------------------------------------------


def best_size(budget):
    """The size with the least mean loss at this many FLOPs, and the words it has read."""
    spent = spend(measured("scaling"), budget)
    best = spent.losses.mean(axis=1).argmin()
    return spent.sizes[best], spent.words[best]


BUDGET = Exercise(
    "96 billion FLOPs, all of them spent: how many words for each parameter has the model "
    "with the least mean loss read? A whole number.",
    round(best_size(96e9)[1] / best_size(96e9)[0]),
    (
        Mistake(7704, "you name its parameters; asked for are the words for each of them."),
        Mistake(85, "that is the largest; its mean is not the least."),
        Mistake(63, "that is the best at a quarter of it, 24 billion."),
        Mistake(126, "that is the best at half of it, 48 billion."),
        Mistake(140, "that is the best at an eighth of it, 12 billion."),
        Mistake(
            13344, "that is the largest model; asked for are words for each parameter."
        ),
        Mistake(1937984, "you name all its words; divide them by its parameters."),
    ),
    (
        "Turn the 12 into 96 and run the cell.",
        'Look for the least number in the column "mean", and along its row.',
    ),
    tolerance=1,
)
