"""Exercises of the witnesses: how far each number can be trusted."""

import numpy as np

from tfmath.parts.feed_forward import relu
from tfmath.practice.answers import Exercise, Mistake
from tfmath.witness.adding import three_digits
from tfmath.witness.few_bits import words_right
from tfmath.witness.formats import keep_bits

# Pencil ---------------------------------------------------------------------------------


def _added(start, number, times):
    for _ in range(times):
        start = three_digits(start + number)
    return start


MACHINE = Exercise(
    "The machine keeps three decimal digits. What does it get for 1000 + 6 + 6 + 6, from "
    "left to right?",
    _added(1000, 6, 3),
    (
        Mistake(1018.0, "nothing is rounded"),
        Mistake(three_digits(1018), "you round once, at the end: it rounds every sum"),
        Mistake(1000.0, "the last digit is cut off; 1006 is nearer to 1010 than to 1000"),
        Mistake(three_digits(1012), "you stop after the second 6"),
    ),
    ("Between 1000 and 10,000 it knows only tens.", "1006 becomes 1010. Now add 6."),
)

STORED = Exercise(
    "bfloat16 keeps 7 bits after the leading one. Which number does it store for 2.4? "
    "(A fraction will do.)",
    float(keep_bits(2.4, 7)),
    (
        Mistake(2.4, "nothing is rounded: 2.4 · 64 is not whole"),
        Mistake(
            float(keep_bits(2.4, 8)), "the gap is 1/128, that of the numbers from 1 to 2"
        ),
        Mistake(153 / 64, "the rest is cut off; 153.6 is nearer to 154 than to 153"),
        Mistake(154.0, "you give the number of steps; each is a 64th"),
    ),
    (
        "2.4 lies between 2 and 4. How far are neighbours apart there?",
        "The gap is 2/128 = 1/64. How many 64ths are 2.4?",
        "2.4 · 64 = 153.6",
    ),
    tolerance=1e-6,
)


def _mean_loss(words, losses):
    return float(np.dot(words, losses) / np.sum(words))


MEAN_LOSS = Exercise(
    "Process 0 has 6 words, their mean loss is 1. Process 1 has 2 words, their mean loss "
    "is 5. What is the mean loss of all words?",
    _mean_loss([6, 2], [1.0, 5.0]),
    (
        Mistake(3.0, "you take the mean of the two means: then 2 words weigh as much as 6"),
        Mistake(6.0, "you add the means up"),
        Mistake(16.0, "you have not divided by the number of words"),
        Mistake(
            _mean_loss([2, 6], [1.0, 5.0]),
            "the 6 words get the mean of the 2, and the 2 that of the 6",
        ),
    ),
    ("How large is the sum of the losses on each process?", "6 · 1 + 2 · 5 = 16"),
)

# Code -----------------------------------------------------------------------------------


def my_share(rank, x, W_1, b_1, W_2):
    """What process `rank` of 2 adds to the output of a feed-forward network."""
    half = W_1.shape[1] // 2
    mine = slice(rank * half, (rank + 1) * half)
    return relu(x @ W_1[:, mine] + b_1[mine]) @ W_2[mine]


def _whole(rank, x, W_1, b_1, W_2):
    return relu(x @ W_1 + b_1) @ W_2


def _without_relu(rank, x, W_1, b_1, W_2):
    half = W_1.shape[1] // 2
    mine = slice(rank * half, (rank + 1) * half)
    return (x @ W_1[:, mine] + b_1[mine]) @ W_2[mine]


def _relu_at_the_end(rank, x, W_1, b_1, W_2):
    return relu(_without_relu(rank, x, W_1, b_1, W_2))


def _every_second(rank, x, W_1, b_1, W_2):
    return relu(x @ W_1[:, rank::2] + b_1[rank::2]) @ W_2[rank::2]


SHARE = Exercise(
    "Write my_share(rank, x, W_1, b_1, W_2): what process `rank` (0 or 1) of two adds to "
    "the output; process 0 has the first half of the hidden numbers.",
    my_share,
    (
        Mistake(_whole, "every process computes the whole: the sum is twice too large"),
        Mistake(
            lambda rank, *tables: _whole(rank, *tables) / 2,
            "every process computes the whole and halves it: no work is saved",
        ),
        Mistake(_without_relu, "the ReLU is missing"),
        Mistake(_relu_at_the_end, "the ReLU comes after W_2, not between W_1 and W_2"),
        Mistake(
            lambda rank, x, W_1, b_1, W_2: my_share(rank, x, W_1, 0 * b_1, W_2),
            "b_1 is not added",
        ),
        Mistake(
            lambda rank, *tables: my_share(1 - rank, *tables),
            "the processes are swapped: process 0 has the first half",
        ),
        Mistake(_every_second, "you deal the hidden numbers out in turn, not in halves"),
    ),
    (
        "half = W_1.shape[1] // 2; process 0 has the columns :half of W_1.",
        "b_1 is cut in the same way, and W_2 by its rows.",
        "np.maximum(x @ W_1[:, mine] + b_1[mine], 0) @ W_2[mine]",
    ),
    lambda rng: (
        int(rng.integers(2)),
        *(rng.normal(size=size) for size in [(3, 5), (5, 8), (8,), (8, 4)]),
    ),
)

# Wonder ---------------------------------------------------------------------------------


def _fewest_bits():
    return next(bits for bits in range(1, 53) if words_right(bits) == 15)


FEWEST = Exercise(
    "With how few bits of the fraction does the model still get all 15 words right?",
    _fewest_bits(),
    (
        Mistake(1, "you go one too far: count the right words with that many bits"),
        Mistake(7, "you take bfloat16's; try fewer"),
        Mistake(10, "you take float16's; try fewer"),
        Mistake(3, "that is enough, but not the fewest"),
        Mistake(4, "that is enough, but not the fewest"),
    ),
    ("Turn the knob down until a word goes wrong.", "Between 1 and 4."),
)
