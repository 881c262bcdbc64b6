"""Exercises of the witnesses: how far each number can be trusted."""

import numpy as np

from tfmath.parts.feed_forward import relu
from tfmath.practice.answers import Exercise, Mistake
from tfmath.practice.trials import sizes
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
    "left to right? A whole number.",
    _added(1000, 6, 3),
    (
        Mistake(1018, "nothing is rounded"),
        Mistake(
            three_digits(1018),
            "Either the sum is rounded once, at the end, or the last 6 is missing: the "
            "machine rounds after each of three additions.",
        ),
        Mistake(1000, "the last digit is cut off; 1006 is nearer to 1010 than to 1000"),
        Mistake(_added(1000, 6, 1), "you stop after the first 6"),
        Mistake(_added(1000, 6, 4), "you add four 6's; there are three"),
        Mistake(1012, "you stop after the second 6, and nothing is rounded"),
        Mistake(1006, "you stop after the first 6, and nothing is rounded"),
        Mistake(18, "the 1000 is left out"),
        Mistake(1026, "the last sum is not rounded: 1026 has four digits"),
        Mistake(1016, "you stop after the second 6, before it is rounded"),
        Mistake(103, "you give the three digits it keeps; it knows where the point is"),
        Mistake(1.03, "the point is kept as well: it is thousands"),
    ),
    (
        "Between 1000 and 10,000 it knows only tens.",
        "1006 becomes 1010. Now add 6.",
        "1010 + 6 = 1016 becomes 1020, and 1026?",
    ),
    tolerance=0,
)

STORED = Exercise(
    "bfloat16 keeps 7 bits after the leading one. Which number does it store for 2.54? To "
    "three decimals, or as a fraction.",
    float(keep_bits(2.54, 7)),
    (
        Mistake(2.54, "nothing is rounded: 2.54 · 64 is not whole"),
        Mistake(
            float(keep_bits(2.54, 8)),
            "the gap is too narrow: 1/128 is that of the numbers from 1 to 2",
        ),
        Mistake(
            162 / 64,
            "Either the rest is cut off, and 162.56 is nearer to 163, or the gap is 1/32: "
            "that is twice too wide.",
        ),
        Mistake(163, "you give the number of steps; each is a 64th"),
        Mistake(162, "you give the number of steps, and the rest is cut off"),
        Mistake(
            162.56, "you give the steps before they are rounded, and not divided by 64"
        ),
        Mistake(163 / 128, "you take steps of 1/128, which are those between 1 and 2"),
        Mistake(2.5, "you keep 2 bits after the leading one; bfloat16 keeps 7"),
        Mistake(3, "you round to a whole number; 7 bits come after the leading one"),
        Mistake(1 / 64, "you give the gap between neighbours: how many of them are 2.54?"),
    ),
    (
        "2.54 lies between 2 and 4. How far are neighbours apart there?",
        "The gap is 2/128 = 1/64. How many 64ths are 2.54?",
        "2.54 · 64 = 162.56",
    ),
)


def _mean_loss(words, losses):
    return float(np.dot(words, losses) / np.sum(words))


MEAN_LOSS = Exercise(
    "Process 0 has 6 words, their mean loss is 1. Process 1 has 2 words, their mean loss "
    "is 5. What is the mean loss of all words? A whole number.",
    _mean_loss([6, 2], [1, 5]),
    (
        Mistake(3, "you take the mean of the two means: then 2 words weigh as much as 6"),
        Mistake(6, "you add the means up"),
        Mistake(16, "you have not divided by the number of words"),
        Mistake(8, "you divide by the two processes, not by the eight words"),
        Mistake(
            _mean_loss([2, 6], [1, 5]),
            "the 6 words get the mean of the 2, and the 2 that of the 6",
        ),
        Mistake(0.75, "you divide the sum of the means by the words: 6 / 8"),
        Mistake(0.5, "you divide words by loss: turn it round"),
        Mistake(7, "you add words and losses; they are multiplied"),
        Mistake(1, "you take process 0 alone"),
        Mistake(5, "you take process 1 alone"),
        Mistake(1.75, "you divide 14 by 8; the losses sum to 6 · 1 + 2 · 5"),
    ),
    (
        "How large is the sum of the losses on each process?",
        "6 · 1 + 2 · 5 = 16",
        "There are 6 + 2 words.",
    ),
    tolerance=0,
)

# Code -----------------------------------------------------------------------------------


def _share(rank, x, W_1, b_1, W_2):
    """What process `rank` of 2 adds to the output of a feed-forward network."""
    return _of(_half(rank, W_1), x, W_1, b_1, W_2)


def _of(mine, x, W_1, b_1, W_2, bend=relu):
    """What these hidden numbers add."""
    return bend(x @ W_1[:, mine] + b_1[mine]) @ W_2[mine]


def _half(rank, W_1):
    half = W_1.shape[1] // 2
    return slice(rank * half, (rank + 1) * half)


def _same(x):
    return x


def _number_by_number(rank, x, W_1, b_1, W_2):
    half, total = len(b_1) // 2, 0.0
    for hidden in range(rank * half, rank * half + half):
        total += np.outer(np.maximum(x @ W_1[:, hidden] + b_1[hidden], 0), W_2[hidden])
    return total


def _split(rank, x, W_1, b_1, W_2):
    W, b = np.split(W_1, 2, axis=1)[rank], np.split(b_1, 2)[rank]
    return np.where(x @ W + b > 0, x @ W + b, 0) @ np.vsplit(W_2, 2)[rank]


def _others_silenced(rank, x, W_1, b_1, W_2):
    keep = np.arange(len(b_1)) // (len(b_1) // 2) == rank
    return (keep * np.maximum(0, x @ W_1 + b_1)) @ W_2


def _on_process(rank):
    def drawn(rng):
        n, d_in, half, d_out = sizes(rng, 4, most=6)
        shapes = [(n, d_in), (d_in, 2 * half), (2 * half,), (2 * half, d_out)]
        return rank, *(rng.normal(size=shape) for shape in shapes)

    return drawn


SHARE = Exercise(
    "Write my_share(rank, x, W_1, b_1, W_2): what process `rank` (0 or 1) of two adds to "
    "the output, a table; process 0 has the first half of the hidden numbers.",
    _share,
    (
        Mistake(
            lambda rank, *given: _of(slice(None), *given),
            "every process computes the whole: the sum is twice too large",
        ),
        Mistake(
            lambda rank, *given: _of(slice(None), *given) / 2,
            "every process computes the whole and halves it: no work is saved",
        ),
        Mistake(
            lambda rank, x, W, b, V: _of(_half(rank, W), x, W, b, V, _same),
            "the ReLU is missing",
        ),
        Mistake(
            lambda rank, x, W, b, V: relu(_of(_half(rank, W), x, W, b, V, _same)),
            "the ReLU comes after W_2, not between W_1 and W_2",
        ),
        Mistake(
            lambda rank, x, W, b, V: _of(_half(rank, W), x, W, b, V, np.abs),
            "numbers below 0 change their sign; the ReLU makes them 0",
        ),
        Mistake(lambda rank, x, W, b, V: _share(rank, x, W, 0 * b, V), "b_1 is not added"),
        Mistake(
            lambda rank, x, W, b, V: (
                relu(x @ W[:, _half(rank, W)]) @ V[_half(rank, W)]
                + _share(rank, 0 * x, W, b, V)
            ),
            "b_1 is added after the ReLU; it belongs before it",
        ),
        Mistake(
            lambda rank, x, W, b, V: relu(x @ W[:, _half(rank, W)] + b) @ V[_half(rank, W)],
            "b_1 is not cut: each process has its half of it",
        ),
        Mistake(
            lambda rank, x, W, b, V: relu(x @ W[:, _half(rank, W)] + b[_half(rank, W)]) @ V,
            "W_2 is not cut by its rows: each process has its half of them",
        ),
        Mistake(
            lambda rank, x, W, b, V: relu(x @ W[_half(rank, W)] + b[_half(rank, W)]) @ V,
            "W_1 is cut by its rows, not by its columns",
        ),
        Mistake(
            lambda rank, x, W, b, V: relu(x @ W[:, _half(rank, W)] + b[_half(rank, W)]),
            "you stop at the hidden numbers: W_2 is still to come",
        ),
        Mistake(
            lambda rank, x, W, b, V: _of(slice(4 * rank, 4 * rank + 4), x, W, b, V),
            "four hidden numbers are taken; it is half of them, however many",
        ),
        Mistake(
            lambda rank, x, W, b, V: _of(_half(rank, W.T), x, W, b, V),
            "half of W_1's rows are counted; its columns make the hidden numbers",
        ),
        Mistake(
            lambda rank, *given: _share(rank, *given) / 2,
            "the share is halved; the two shares together are the whole",
        ),
        Mistake(
            lambda rank, x, W, b, V: _of(_half(0, W), x, W, b, V),
            "rank is not used: both processes take the first half",
        ),
        Mistake(
            lambda rank, x, W, b, V: _of([rank], x, W, b, V),
            "each process takes one hidden number; it is half of them",
        ),
        Mistake(
            lambda rank, *given: _share(1 - rank, *given),
            "the processes are swapped: process 0 has the first half",
        ),
        Mistake(
            lambda rank, *given: _of(slice(rank, None, 2), *given),
            "you deal the hidden numbers out in turn, not in halves",
        ),
    ),
    (
        "half = W_1.shape[1] // 2; process 0 has the columns :half of W_1.",
        "b_1 is cut in the same way, and W_2 by its rows.",
        "np.maximum(x @ W_1[:, mine] + b_1[mine], 0) @ W_2[mine]",
    ),
    (_on_process(0), _on_process(1)),
    forms=(_number_by_number, _split, _others_silenced),
)

# Wonder ---------------------------------------------------------------------------------


_right = {bits: words_right(bits) for bits in range(11)}
_fewest = min(bits for bits, right in _right.items() if right == 15)

FEWEST = Exercise(
    "With how few bits of the fraction does the model still get all 15 words right? A "
    "whole number.",
    _fewest,
    (
        *(
            Mistake(bits, f"With {bits}, only {_right[bits]} of the 15 words are right.")
            for bits in range(_fewest)
        ),
        *(
            Mistake(bits, f"With {bits}, all 15 are right, but with fewer they are too.")
            for bits in range(_fewest + 1, 11)
        ),
        Mistake(23, "That is float32's: all 15 are right, but turn the knob down."),
        Mistake(52, "That is float64's: all 15 are right, but turn the knob down."),
        Mistake(16, "That is all that bfloat16 has; 7 of them are its fraction."),
        Mistake(15, "That is how many words there are, not how many bits they need."),
    ),
    ("Turn the knob down until a word goes wrong.", "Between 1 and 4."),
    tolerance=0,
)
