"""Exercises of chapter 17: four witnesses."""

import math
from contextlib import contextmanager

import numpy as np

from tfmath import toy
from tfmath.learning.train import PAD, make_batch, traced_loss
from tfmath.parts.feed_forward import relu
from tfmath.parts.norm import pre_norm
from tfmath.parts.softmax import softmax
from tfmath.practice.check import Exercise, Mistake
from tfmath.show import table
from tfmath.tracing import steps
from tfmath.tracing.rules import RULES
from tfmath.witness.cases import Case, run
from tfmath.witness.crosscheck import first_failure, judge, reference
from tfmath.witness.exact import Exact
from tfmath.witness.formats import keep_bits, replay_with_bits
from tfmath.witness.roads import (
    autograd_road,
    modules_road,
    numpy_road,
    replay_road,
)

# Adding -----------------------------------------------------------------------------------


def three_digits(x):
    """The number that the machine with three decimal digits keeps."""
    return float(f"{x:.2e}")


def left_to_right(x):
    """The sum of the numbers, one after the other."""
    return np.cumsum(x)[-1]


def in_pairs(x):
    """The sum of 1, 2, 4, 8, … numbers: first neighbours, then neighbouring sums."""
    while len(x) > 1:
        x = x[0::2] + x[1::2]
    return x[0]


def off_by(add, draws):
    """The worst error of some sums of float32 numbers, in unit roundoffs of the sum."""
    truths = [math.fsum(x.tolist()) for x in draws]
    errors = [abs(float(add(x)) / t - 1) for x, t in zip(draws, truths, strict=True)]
    return max(errors) * 2**24


# Few bits ---------------------------------------------------------------------------------


def in_few_bits(bits, factors=None):
    """All three quotes in float64, and with few bits after every operation.

    Parameters
    ----------
    bits, factors : int
        As for `replay_with_bits`.

    Returns
    -------
    (int, float, float)
        How many of the 15 words come out right, how far the worst logit is off, and the
        probability of "die".
    """
    batch = make_batch(toy.PAIRS, toy.WORDS)
    logits = steps(traced_loss(toy.load(), batch))["logits"]
    (found,) = replay_with_bits([logits], bits, factors)
    right = (found.argmax(axis=-1) == batch.following)[batch.following != PAD]
    die = softmax(found)[1, 4, toy.WORDS.index("die")]
    return int(right.sum()), float(np.abs(found - logits.value).max()), float(die)


def words_right(bits):
    """How many of the 15 words the toy model gets right if it keeps so many bits."""
    return in_few_bits(bits)[0]


# Who notices what -------------------------------------------------------------------------


def worked_case(parameters=None):
    """The toy model and the worked sentence alone."""
    parameters = toy.load() if parameters is None else parameters
    batch = make_batch(toy.PAIRS[1:2], toy.WORDS)
    return Case("worked", parameters, batch, "when you play game of thrones")


@contextmanager
def planted(op, **columns):
    """Put a mistake into the row of one operation, and take it out again."""
    right = RULES[op]
    RULES[op] = right._replace(**columns)
    try:
        yield
    finally:
        RULES[op] = right


def divided_by_n_minus_1(x, epsilon):
    """Layer norm's heart with the variance of a sample."""
    variance = x.var(axis=-1, ddof=1, keepdims=True)
    return (x - x.mean(axis=-1, keepdims=True)) / np.sqrt(variance + epsilon)


def no_sum(grad, weights, scores, mask=None):
    """The derivative of softmax, its second term forgotten."""
    return weights * grad


def norm_before(parameters, batch, label_smoothing):
    """The layers with their norms in front, where this model has them behind."""
    return traced_loss(parameters, batch, label_smoothing, block=pre_norm)


def who_notices(case, loss=traced_loss):
    """For each witness the first step that is not what ours say, or "nothing".

    Parameters
    ----------
    case : Case
    loss : function
        ``loss(parameters, batch, label_smoothing)``, what is to be checked.
    """
    record = run(case, traced_loss=loss)
    witnesses = {
        "fifty digits": (numpy_road("float64", loss), Exact()),
        "PyTorch, each operation": (replay_road("float64"), None),
        "PyTorch's derivatives": (autograd_road("float64"), None),
        "PyTorch's modules": (modules_road("float64"), None),
    }
    truth = reference(record, None)
    found = {
        name: first_failure(judge(case, record, road, truth, mp))
        for name, (road, mp) in witnesses.items()
    }
    return {name: "nothing" if f is None else f.step for name, f in found.items()}


def accusations(found):
    """What `who_notices` found, as a table."""
    steps_named = [[step] for step in found.values()]
    return table(np.array(steps_named), rows=found, cols=["first step in doubt"])


def within(findings, where, parts):
    """Which steps stay within their bounds on which road, as a table.

    Parameters
    ----------
    findings : list of Finding
    where : str
        The beginning of the steps' names.
    parts : sequence of str
        Their ends.
    """
    found = {(f.step, f.road): "within" if f.share <= 1 else "outside" for f in findings}
    roads = list(dict.fromkeys(f.road for f in findings))
    said = [[found.get((f"{where} / {p}", road), "—") for road in roads] for p in parts]
    short = [road.removeprefix("PyTorch ") for road in roads]
    return table(np.array(said), where, rows=parts, cols=short)


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
