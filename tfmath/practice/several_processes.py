"""Exercises of several processes: what is shared, what travels, what is added."""

import numpy as np

from tfmath.practice.answers import Exercise, Mistake
from tfmath.practice.trials import sizes
from tfmath.practice.wrong_shares import WRONG_SHARES, share
from tfmath.witness.adding import shared, with_seven_bits

# Pencil ---------------------------------------------------------------------------------


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

TRAVELS = Exercise(
    "An encoder layer, 10 words, d_model = 8; two processes share its heads and its hidden "
    "numbers. How many numbers does process 0 send forwards? A whole number.",
    2 * 10 * 8,
    (
        Mistake(80, "one sum is counted; attention has one, the feed-forward another"),
        Mistake(320, "both processes are counted; process 0 sends half of that"),
        Mistake(40, "half of a table is sent; each process has a whole table of parts"),
        Mistake(20, "you count words; each word has a row of 8 numbers"),
        Mistake(16, "you count one word; there are 10"),
        Mistake(240, "three sums are counted, as in a decoder layer"),
        Mistake(100, "the words are squared: what travels is a row for each word"),
        Mistake(64, "tables stay where they are; rows travel"),
    ),
    (
        "Where are parts added in an encoder layer?",
        "After W_O and after W_2: a table of 10 rows each.",
        "2 · 10 · 8",
    ),
    tolerance=0,
)

# Code -----------------------------------------------------------------------------------


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
    share,
    WRONG_SHARES,
    (
        "half = W_1.shape[1] // 2; process 0 has the columns :half of W_1.",
        "b_1 is cut in the same way, and W_2 by its rows.",
        "np.maximum(x @ W_1[:, mine] + b_1[mine], 0) @ W_2[mine]",
    ),
    (_on_process(0), _on_process(1)),
    forms=(_number_by_number, _split, _others_silenced),
)


def _together(slopes, words):
    """The mean over all words of slopes that are means over some."""
    return sum(n * slope for slope, n in zip(slopes, words, strict=True)) / sum(words)


def _averaged(slopes, words):
    return np.average(np.array(slopes), axis=0, weights=words)


def _with_einsum(slopes, words):
    return np.einsum("p,pij->ij", np.array(words) / np.sum(words), np.array(slopes))


def _slopes(rng):
    rows, cols, processes = sizes(rng, 3, most=5)
    words = rng.permutation(np.arange(1, 12))[:processes].tolist()
    return [rng.normal(size=(rows, cols)) for _ in words], words


TOGETHER = Exercise(
    "Write my_slope(slopes, words): a list of tables, one from each process, each a mean "
    "over its own words, and how many words each has. Give the mean over all words, a "
    "table.",
    _together,
    (
        Mistake(
            lambda slopes, words: sum(slopes) / len(slopes),
            "the mean of the means: few words pull as hard as many",
        ),
        Mistake(lambda slopes, words: sum(slopes), "the means are added, and not divided"),
        Mistake(
            lambda slopes, words: _together(slopes, words) * sum(words) / len(words),
            "it is divided by the number of processes, not by that of all words",
        ),
        Mistake(
            lambda slopes, words: _together(slopes, words) * sum(words),
            "it is not divided by the number of all words",
        ),
        Mistake(
            lambda slopes, words: words[0] * slopes[0] / sum(words),
            "process 0 alone is counted, as when return stands inside the loop",
        ),
        Mistake(
            lambda slopes, words: sum(slopes) / sum(words),
            "each mean is not multiplied by its own words before they are added",
        ),
        Mistake(
            lambda slopes, words: sum(s / n for s, n in zip(slopes, words, strict=True)),
            "each mean is divided by its words; it is one already, so multiply",
        ),
        Mistake(
            lambda slopes, words: _together(slopes, words[::-1]),
            "the words are those of another process",
        ),
        Mistake(lambda slopes, words: slopes[0], "process 0 alone has a say"),
        Mistake(
            lambda slopes, words: _together(slopes[:2], words[:2]),
            "two processes are counted; there may be more",
        ),
        Mistake(
            lambda slopes, words: (4 * slopes[0] + 6 * slopes[1]) / 10,
            "4 and 6 are the words of the chapter; here they are handed over",
        ),
    ),
    (
        "A mean times its number of words is a sum over words.",
        "Add those sums, and divide by sum(words).",
        "sum(n * s for s, n in zip(slopes, words)) / sum(words)",
    ),
    _slopes,
    forms=(_averaged, _with_einsum),
)

# Wonder ---------------------------------------------------------------------------------

_sums = {2**k: shared(np.ones(4096), 2**k, with_seven_bits) for k in range(7)}
_enough = min(count for count, total in _sums.items() if total == 4096)

ONES = Exercise(
    "4096 ones are added with 7 bits after the leading one. With how few processes, of 1, "
    "2, 4, 8 and so on, is the sum right? A whole number.",
    _enough,
    (
        *(
            Mistake(count, f"With {count} the sum is {total:.0f}.")
            for count, total in _sums.items()
            if count < _enough
        ),
        *(
            Mistake(count, f"With {count} it is right, but with fewer it is too.")
            for count in _sums
            if count > _enough
        ),
        Mistake(
            256, "That is where one process stands still; it is no number of processes."
        ),
        Mistake(4096, "That is the sum, and how many ones there are."),
    ),
    (
        "At which sum does one process stand still?",
        "256 + 1 is 256 again. So each may add 256 ones at most.",
        "4096 / 256",
    ),
    tolerance=0,
)
