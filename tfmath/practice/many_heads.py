"""Exercises of many heads: splitting, joining, and what they cost."""

import math

import numpy as np

from tfmath.attention.heads import multi_head_attention
from tfmath.parts.softmax import softmax
from tfmath.practice.answers import Exercise, Mistake
from tfmath.practice.trials import sizes
from tfmath.practice.wrong_heads import (
    HEADS_WRONGLY,
    JOINED_WRONGLY,
    heads,
    joined,
    side_by_side,
)
from tfmath.toy import finish, load

# Pencil ---------------------------------------------------------------------------------

_query, _key = np.array([[1, 1], [0, 1]]), np.array([[2, 3], [1, 4]])
"""A row for each head."""

SCORES = Exercise(
    "Query (1, 1, 0, 1), key (2, 3, 1, 4), two heads: which two dot products, as a pair of "
    "whole numbers (head 1, head 2), before any division?",
    (_query * _key).sum(axis=1),
    (
        Mistake(
            (_query.T * _key.T).sum(axis=1),
            "every second number goes to a head; heads take neighbours",
        ),
        Mistake((9, 9), "both heads see all four numbers"),
        Mistake(9, "the two products are added: that is one wide head"),
        Mistake((4, 5), "the two heads have changed places"),
        Mistake((5, 3), "the query of each head meets the key of the other"),
        Mistake((10, 5), "you add up each half first; a dot product multiplies first"),
        Mistake((2, 3, 0, 4), "nothing is added up yet: each head adds its own two"),
        Mistake(_query * _key, "nothing is added up yet: each head adds its own two"),
        Mistake((5 / math.sqrt(2), 4 / math.sqrt(2)), "you divide already; not asked yet"),
        Mistake((2.5, 2), "you divide by √4: not asked yet, and a head is 2 wide"),
    ),
    (
        "The first half of the query and of the key is head 1's, the second half head 2's.",
        "The query splits into (1, 1) and (0, 1), the key into (2, 3) and (1, 4).",
        "(1 · 2 + 1 · 3, 0 · 1 + 1 · 4)",
    ),
)

# Code -----------------------------------------------------------------------------------


def _split(wide, n_heads):
    return wide.reshape(len(wide), n_heads, -1).swapaxes(0, 1)


def _d_of(wide, n_heads):
    return wide.shape[1] // n_heads


def _wide(rng):
    n, n_heads, d = sizes(rng, 3, most=6)
    return rng.integers(-9, 10, size=(n, n_heads * d)), n_heads


SPLIT_WRONGLY = {
    "reshape alone cuts up the words: swap the axes after it": (
        lambda wide, h: wide.reshape(h, len(wide), -1)
    ),
    "every head takes each h-th column; a head takes neighbours": (
        lambda wide, h: np.stack([wide[:, i::h] for i in range(h)])
    ),
    "the heads come in reverse order": lambda wide, h: _split(wide, h)[::-1],
    "words stand on the first axis and heads on the second: swap them": (
        lambda wide, h: wide.reshape(len(wide), h, -1)
    ),
    "words and columns stand in front of the heads: swap axes 0 and 1": (
        lambda wide, h: wide.reshape(len(wide), h, -1).swapaxes(1, 2)
    ),
    "within a head, rows and columns have changed places": (
        lambda wide, h: _split(wide, h).swapaxes(1, 2)
    ),
    "the chapter's sizes stand in it (6, 2, 4): take n and d from wide.shape": (
        lambda wide, h: wide.reshape(6, 2, 4).swapaxes(0, 1)
    ),
    "the chapter's 6 words of width 4 stand in it: take n and d from wide.shape": (
        lambda wide, h: wide.reshape(6, h, 4).swapaxes(0, 1)
    ),
    "d is taken for the whole width; it is wide.shape[1] // n_heads": (
        lambda wide, h: wide.reshape(len(wide), h, wide.shape[1])
    ),
    "the rows are sliced, not the columns: a colon and a comma come first, wide[:, …]": (
        lambda wide, h: [wide[i * _d_of(wide, h) :][: _d_of(wide, h)] for i in range(h)]
    ),
    "head i begins at column i; it begins at column i · d": (
        lambda wide, h: [wide[:, i : i + _d_of(wide, h)] for i in range(h)]
    ),
    "the first head is handed over alone: return stands inside the loop": (
        lambda wide, h: wide[:, : _d_of(wide, h)]
    ),
    "it is the chapter's wrong way: reshape(2, 6, 4) alone, with its sizes": (
        lambda wide, h: wide.reshape(2, 6, 4)
    ),
    "the chapter's two heads, 4 wide, stand in it: n_heads says how many": (
        lambda wide, h: [wide[:, :4], wide[:, 4:]]
    ),
    "n_heads is taken for the width of a head; it says how many heads": (
        lambda wide, h: wide.reshape(len(wide), -1, h).swapaxes(0, 1)
    ),
    "a size is divided with /, which gives 3.0 and not 3: write //": (
        lambda wide, h: wide.reshape(len(wide), h, wide.shape[1] / h)
    ),
    "np.split cuts along the rows, if you do not say axis=1: it cuts up the text": (
        lambda wide, h: np.split(wide, h)
    ),
    "there are always two heads; n_heads says how many": (
        lambda wide, h: np.split(wide, 2, axis=1)
    ),
}

SPLIT = Exercise(
    "Write my_split(wide, n_heads): from a table (n, h · d) to an array (h, n, d), "
    "the first head first.",
    _split,
    tuple(Mistake(wrong, because) for because, wrong in SPLIT_WRONGLY.items()),
    (
        "Columns 0 … d − 1 belong to the first head, the next d to the second.",
        "wide.reshape(n, n_heads, d) has the axes word, head, column.",
        "return wide.reshape(n, n_heads, d).swapaxes(0, 1)",
    ),
    _wide,
    forms=(
        lambda wide, n_heads: np.split(wide, n_heads, axis=1),
        lambda wide, n_heads: wide.T.reshape(n_heads, -1, len(wide)).swapaxes(1, 2),
        lambda wide, n_heads: [part.T.tolist() for part in np.split(wide.T, n_heads)],
    ),
)


def _by_head(W_O, W_V):
    return W_O.reshape(len(W_V), W_V.shape[2], -1)


def _all_at_once(x, W_Q, W_K, W_V, W_O):
    weights = softmax((x @ W_Q) @ (x @ W_K).swapaxes(1, 2) / math.sqrt(W_Q.shape[2]))
    return np.einsum("hij,jd,hdv,hvo->io", weights, x, W_V, _by_head(W_O, W_V))


def _written(x, W_Q, W_K, W_V, W_O):
    """A sum of what each head writes."""
    outputs = zip(heads()(x, W_Q, W_K, W_V), _by_head(W_O, W_V), strict=True)
    return sum(output @ W for output, W in outputs)


def _tables(rng):
    n, d_model, h, d_k, d_v = sizes(rng, 5, most=8)
    each = ((n, d_model), (h, d_model, d_k), (h, d_model, d_k), (h, d_model, d_v))
    return tuple(rng.normal(size=size) for size in (*each, (h * d_v, d_model)))


MULTI_HEAD = Exercise(
    "Write my_multi_head(x, W_Q, W_K, W_V, W_O): a table, one row of d_model numbers for "
    "each word; W_Q[0] is the table of the first head.",
    lambda x, W_Q, W_K, W_V, W_O: multi_head_attention(x, x, x, W_Q, W_K, W_V, W_O),
    (
        *(Mistake(joined(wrong), because) for because, wrong in HEADS_WRONGLY.items()),
        *(Mistake(joined(join=j), because) for because, j in JOINED_WRONGLY.items()),
        Mistake(
            lambda x, W_Q, W_K, W_V, W_O: side_by_side(heads()(x, W_Q, W_K, W_V)),
            "W_O is missing",
        ),
        Mistake(
            lambda x, W_Q, W_K, W_V, W_O: heads()(x, W_Q, W_K, W_V),
            "the heads are neither joined nor multiplied by W_O",
        ),
        Mistake(
            lambda x, W_Q, W_K, W_V, W_O: heads()(x, W_Q, W_K, W_V)[0],
            "the first head is handed over alone: return stands inside the loop",
        ),
        Mistake(
            lambda x, W_Q, W_K, W_V, W_O: heads()(x, W_Q, W_K, W_V)[0] @ W_O[:3],
            "W_O is cut after row 3, as in the chapter; a head's rows are d_v",
        ),
        Mistake(
            lambda x, W_Q, W_K, W_V, W_O: joined()(x, W_Q, W_K, W_V, W_O.T),
            "W_O is turned round; it has a row for each column of the joined heads",
        ),
        Mistake(
            lambda x, *W: x + multi_head_attention(x, x, x, *W),
            "x is added already; that comes later, around the attention",
        ),
    ),
    (
        "Make a list with one output for each head: attention(x @ W_Q[i], …).",
        "heads = np.concatenate(outputs, axis=-1)",
        "return heads @ W_O",
    ),
    _tables,
    forms=(_all_at_once, _written, joined()),
)

# Wonder ---------------------------------------------------------------------------------

_d = 512

COST = Exercise(
    "d_model 512 and 16 heads of width 32: how many numbers do W_Q, W_K, W_V and W_O hold "
    "together, as a whole number?",
    16 * _d * (32 + 32 + 32) + 16 * 32 * _d,
    (
        Mistake(3 * _d * _d, "W_O is left out"),
        Mistake(_d * _d, "you count one of the four tables"),
        Mistake(16 * 4 * _d * _d, "every head has full-width tables"),
        Mistake(4 * _d * 32, "you count one head, or take tables of 32 × 32 for all"),
        Mistake(16 * 3 * _d * 32 + 32 * _d, "W_O has rows for one head only"),
        Mistake(8 * _d * _d, "you double the count for 8 heads; these are half as wide"),
        Mistake(4 * 16 * 32, "you count columns; each has 512 numbers"),
        Mistake(
            100 * 4 * _d * _d + 2 * 100 * 100 * _d,
            "you give the multiplications for 100 words; tables do not grow with a text",
        ),
    ),
    (
        "Each head has three tables of 512 × 32.",
        "W_O has 16 · 32 rows and 512 columns.",
        "16 · 3 · 512 · 32 + 16 · 32 · 512",
    ),
    tolerance=0,
    also=("1,048,576",),
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
    (
        Mistake(2, "you take the other one"),
        Mistake("head 2", "you take the other one"),
        Mistake(0, "you count the heads from 0; here they are called 1 and 2"),
    ),
    ("Put silenced = 1 and run; then silenced = 2.", "It then writes “i” and <end>."),
    tolerance=0,
    also=("head 1",),
)
