"""Exercises of chapter 06: splitting into heads, joining them, and what they cost."""

import math

import numpy as np

from tfmath.attention.heads import multi_head_attention
from tfmath.parts.softmax import softmax
from tfmath.practice.answers import Exercise, Mistake
from tfmath.toy import finish, load

_query, _key = np.array([1, 1, 0, 1]), np.array([2, 3, 1, 4])


def _per_head(query, key):
    return (query * key).sum(axis=-1)


SCORES = Exercise(
    "Query (1, 1, 0, 1), key (2, 3, 1, 4), two heads: which two dot products?",
    _per_head(_query.reshape(2, 2), _key.reshape(2, 2)),
    (
        Mistake(
            _per_head(_query.reshape(2, 2).T, _key.reshape(2, 2).T),
            "every second number goes to a head; heads take neighbours",
        ),
        Mistake((_query @ _key, _query @ _key), "both heads see all four numbers"),
        Mistake((4, 5), "the two heads have changed places"),
        Mistake((5 / math.sqrt(2), 4 / math.sqrt(2)), "you divide already; not asked yet"),
    ),
    ("The query splits into (1, 1) and (0, 1).", "The key splits into (2, 3) and (1, 4)."),
)

SHAPE = Exercise(
    "10 words, d_model 12, 3 heads, d_k 5, d_v 2: what is the shape of W_O?",
    (3 * 2, 12),
    (
        Mistake((12, 12), "you take d_model rows; that fits only if h · d_v = d_model"),
        Mistake((3 * 5, 12), "you take d_k; but the heads hand over values, d_v wide"),
        Mistake((2, 12), "you take one head; W_O sees all of them side by side"),
        Mistake((12, 6), "rows and columns have changed places"),
        Mistake((10, 12), "you give the shape of the output, one row a word"),
        Mistake((10, 6), "you give the shape of the joined heads"),
    ),
    ("Each head gives 10 rows, d_v wide.", "Joined they are 10×6, and must become 10×12."),
)


def _split(wide, n_heads):
    n, width = wide.shape
    return wide.reshape(n, n_heads, width // n_heads).swapaxes(0, 1)


SPLIT = Exercise(
    "Write my_split(wide, n_heads): from (n, h · d) to (h, n, d).",
    _split,
    (
        Mistake(
            lambda wide, h: wide.reshape(h, len(wide), -1),
            "reshape alone cuts up the words: swap the axes after it",
        ),
        Mistake(
            lambda wide, h: np.stack([wide[:, i::h] for i in range(h)]),
            "every head takes each h-th column; a head takes neighbours",
        ),
        Mistake(lambda wide, h: _split(wide, h)[::-1], "the heads come in reverse order"),
        Mistake(
            lambda wide, h: wide.reshape(len(wide), h, -1),
            "words stand on the first axis and heads on the second: swap them",
        ),
        Mistake(
            lambda wide, h: _split(wide, h).swapaxes(1, 2),
            "within a head, rows and columns have changed places",
        ),
    ),
    (
        "Columns 0 … d − 1 belong to the first head, the next d to the second.",
        "wide.reshape(n, n_heads, d) has the axes word, head, column.",
        "return wide.reshape(n, n_heads, d).swapaxes(0, 1)",
    ),
    lambda rng: (rng.normal(size=(7, 12)), 3),
)


def _heads(scale=None, tables=lambda i: i, weigh=softmax):
    """The outputs of the heads, with one thing done differently."""

    def outputs(x, W_Q, W_K, W_V):
        divisor = math.sqrt(W_Q.shape[2]) if scale is None else scale(x, W_Q, W_V)
        picked = [tables(i) for i in range(len(W_Q))]
        scores = [x @ W_Q[i] @ (x @ W_K[i]).T / divisor for i in picked]
        return [weigh(s) @ x @ W_V[i] for s, i in zip(scores, picked, strict=True)]

    return outputs


def _joined(outputs=None, join=lambda parts: np.concatenate(parts, axis=-1)):
    outputs = outputs or _heads()
    return lambda x, W_Q, W_K, W_V, W_O: join(outputs(x, W_Q, W_K, W_V)) @ W_O


def _one_pattern(x, W_Q, W_K, W_V):
    scores = sum(x @ q @ (x @ k).T for q, k in zip(W_Q, W_K, strict=True))
    weights = softmax(scores / math.sqrt(W_Q.shape[0] * W_Q.shape[2]))
    return [weights @ x @ W for W in W_V]


def _interleaved(parts):
    return np.stack(parts, axis=-1).reshape(len(parts[0]), -1)


MULTI_HEAD = Exercise(
    "Write my_multi_head(x, W_Q, W_K, W_V, W_O); W_Q[0] is the table of the first head.",
    lambda x, W_Q, W_K, W_V, W_O: multi_head_attention(x, x, x, W_Q, W_K, W_V, W_O),
    (
        Mistake(_joined(_heads(lambda *_: 1)), "the scores are not divided by √d_k"),
        Mistake(
            _joined(_heads(lambda x, W_Q, W_V: math.sqrt(W_Q.shape[0] * W_Q.shape[2]))),
            "you divide by the root of all heads' width; each head has only d_k",
        ),
        Mistake(
            _joined(_heads(lambda x, W_Q, W_V: math.sqrt(x.shape[1]))),
            "you divide by √d_model instead of √d_k",
        ),
        Mistake(
            _joined(_heads(lambda x, W_Q, W_V: math.sqrt(W_V.shape[2]))),
            "you divide by √d_v instead of √d_k",
        ),
        Mistake(
            _joined(_heads(lambda x, W_Q, W_V: W_Q.shape[2])),
            "you divide by d_k instead of √d_k",
        ),
        Mistake(
            _joined(_heads(tables=lambda i: 0)), "every head uses the tables of the first"
        ),
        Mistake(
            _joined(_one_pattern),
            "the scores of all heads are added before the softmax: one wide head",
        ),
        Mistake(
            _joined(join=lambda parts: np.concatenate(parts[::-1], axis=-1)),
            "the heads are joined in reverse order",
        ),
        Mistake(
            _joined(join=_interleaved),
            "the columns of the heads are mixed by turns; heads stand side by side",
        ),
        Mistake(
            _joined(join=lambda parts: np.tile(np.mean(parts, axis=0), len(parts))),
            "the heads are averaged before W_O, so they can no longer differ",
        ),
        Mistake(
            lambda x, W_Q, W_K, W_V, W_O: np.concatenate(_heads()(x, W_Q, W_K, W_V), -1),
            "W_O is missing",
        ),
        Mistake(
            _joined(_heads(weigh=lambda s: softmax(s.T).T)),
            "the softmax runs down the columns, not along the rows",
        ),
    ),
    (
        "Make a list with one output for each head; chapter 05 has the formula.",
        "heads = np.concatenate(outputs, axis=-1)",
        "return heads @ W_O",
    ),
    lambda rng: tuple(
        rng.normal(size=size) for size in ((7, 5), (3, 5, 4), (3, 5, 4), (3, 5, 2), (6, 5))
    ),
)

_d = 512

COST = Exercise(
    "d_model 512 and 16 heads of width 32: how many numbers do the four tables hold?",
    16 * _d * (32 + 32 + 32) + 16 * 32 * _d,
    (
        Mistake(3 * _d * _d, "W_O is left out"),
        Mistake(_d * _d, "you count one of the four tables"),
        Mistake(16 * 4 * _d * _d, "every head has full-width tables"),
        Mistake(4 * _d * 32, "you count one head"),
        Mistake(8 * _d * _d, "you double the count for 8 heads; these are half as wide"),
    ),
    ("Each head has three tables of 512 × 32.", "W_O has 16 · 32 rows and 512 columns."),
)


def _words_without(head):
    """How many words the toy model writes when one head of its encoder is silenced."""
    tables = load()
    W_O = tables["encoder"]["layer 1"]["self-attention"]["W_O"]
    W_O[3 * head - 3 : 3 * head] = 0
    return len(finish(tables, "when you play game of thrones")) - 1


SILENCED = Exercise(
    "Without which head, 1 or 2, does the model stop after a single word?",
    next(head for head in (1, 2) if _words_without(head) == 1),
    (Mistake(2, "you take the other one"), Mistake(0, "you count the heads from 0")),
    ("Put silenced = 1 and run; then silenced = 2.",),
)

EXERCISES = (SCORES, SHAPE, SPLIT, MULTI_HEAD, COST, SILENCED)
