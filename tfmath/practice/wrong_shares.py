"""A process's share of a feed-forward network, with one thing done differently."""

import numpy as np

from tfmath.parts.feed_forward import relu
from tfmath.practice.answers import Mistake


def share(rank, x, W_1, b_1, W_2):
    """What process `rank` of 2 adds to the output of a feed-forward network."""
    return _of(_half(rank, W_1), x, W_1, b_1, W_2)


def _of(mine, x, W_1, b_1, W_2, bend=relu):
    """What these hidden numbers add."""
    return bend(x @ W_1[:, mine] + b_1[mine]) @ W_2[mine]


def _half(rank, W_1):
    half = W_1.shape[1] // 2
    return slice(rank * half, (rank + 1) * half)


def _by_rows(rank, x, W_1, b_1, W_2):
    mine = _half(rank, W_1.T)
    return relu(x[:, mine] @ W_1[mine] + b_1) @ W_2


def _same(x):
    return x


WRONG_SHARES = (
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
    Mistake(lambda rank, x, W, b, V: share(rank, x, W, 0 * b, V), "b_1 is not added"),
    Mistake(
        lambda rank, x, W, b, V: (
            relu(x @ W[:, _half(rank, W)]) @ V[_half(rank, W)] + share(rank, 0 * x, W, b, V)
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
        lambda rank, x, W, b, V: _of([slice(4), slice(4, 7)][rank], x, W, b, V),
        "0–3 and 4–6 are the chapter's; here it is half of them, however many",
    ),
    Mistake(
        _by_rows,
        "W_1 is cut by its rows and x by its columns: the ReLU bends a part of a sum",
    ),
    Mistake(
        lambda rank, x, W, b, V: share(rank, x, W, b * (rank == 0), V),
        "process 1 leaves out its half of b_1; each hidden number has one of its own",
    ),
    Mistake(
        lambda rank, x, W, b, V: _of(_half(rank, W.T), x, W, b, V),
        "half of W_1's rows are counted; its columns make the hidden numbers",
    ),
    Mistake(
        lambda rank, *given: share(rank, *given) / 2,
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
        lambda rank, *given: share(1 - rank, *given),
        "the processes are swapped: process 0 has the first half",
    ),
    Mistake(
        lambda rank, *given: _of(slice(rank, None, 2), *given),
        "you deal the hidden numbers out in turn, not in halves",
    ),
)
