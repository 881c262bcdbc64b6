"""Many heads with one thing done differently: what a wrong answer is compared with."""

import math

import numpy as np

from tfmath.attention.dot_product import scaled_dot_product_attention as attention
from tfmath.parts.softmax import softmax


def heads(scale=None, weigh=softmax, asking=lambda q, k: (q, k), table=lambda i: i):
    """The outputs of the heads, with one thing done differently."""

    def outputs(x, W_Q, W_K, W_V):
        divisor = math.sqrt(W_Q.shape[2]) if scale is None else scale(x, W_Q, W_V)
        picked = [table(i) for i in range(len(W_Q))]
        pairs = [asking(x @ W_Q[i], x @ W_K[i]) for i in picked]
        scores = [q @ k.T / divisor for q, k in pairs]
        return [weigh(s) @ (x @ W_V[i]) for s, i in zip(scores, picked, strict=True)]

    return outputs


def side_by_side(parts):
    return np.concatenate(list(parts), axis=-1)


def joined(outputs=None, join=side_by_side):
    outputs = outputs or heads()
    return lambda x, W_Q, W_K, W_V, W_O: join(outputs(x, W_Q, W_K, W_V)) @ W_O


def _one_pattern(x, W_Q, W_K, W_V):
    scores = sum(x @ q @ (x @ k).T for q, k in zip(W_Q, W_K, strict=True))
    weights = softmax(scores / math.sqrt(W_Q.shape[0] * W_Q.shape[2]))
    return [weights @ x @ W for W in W_V]


def _cut_up(x, W_Q, W_K, W_V):
    """A wide table, split by reshape alone."""
    asked = [x @ np.concatenate(list(W), axis=1) for W in (W_Q, W_K, W_V)]
    return attention(*(wide.reshape(len(W_Q), len(x), -1) for wide in asked))


def _slices(x, W_Q, W_K, W_V):
    """Each head gets some columns of x."""
    tables = zip(np.split(x, len(W_Q), axis=1), W_Q, W_K, W_V, strict=True)
    return [attention(part @ q, part @ k, part @ v) for part, q, k, v in tables]


DIVISORS = {
    "the scores are not divided by √d_k": lambda x, W_Q, W_V: 1,
    "√4 from the chapter stands in it; take the width of W_Q": lambda x, W_Q, W_V: 2,
    "√2 from the chapter stands in it; take the width of W_Q": (
        lambda x, W_Q, W_V: math.sqrt(2)
    ),
    "√8 from the chapter stands in it: the width of both its heads together": (
        lambda x, W_Q, W_V: math.sqrt(8)
    ),
    "you divide by the root of all heads' width; each head has only d_k": (
        lambda x, W_Q, W_V: math.sqrt(W_Q.shape[0] * W_Q.shape[2])
    ),
    "you divide by √d_model instead of √d_k": lambda x, W_Q, W_V: math.sqrt(x.shape[1]),
    "you divide by √d_v instead of √d_k": lambda x, W_Q, W_V: math.sqrt(W_V.shape[2]),
    "you divide by √h, the number of heads": lambda x, W_Q, W_V: math.sqrt(len(W_Q)),
    "you divide by d_k instead of √d_k, or by √d_k twice: attention() does it": (
        lambda x, W_Q, W_V: W_Q.shape[2]
    ),
}
HEADS_WRONGLY = {because: heads(scale) for because, scale in DIVISORS.items()} | {
    "every head uses the tables of the first": heads(table=lambda i: 0),
    "queries and keys are swapped: the row must be the one that asks": (
        heads(asking=lambda q, k: (k, q))
    ),
    "the scores of all heads are added before the softmax: one wide head": _one_pattern,
    "the softmax runs down the columns, not along the rows": (
        heads(weigh=lambda s: softmax(s.T).T)
    ),
    "the softmax is missing": heads(weigh=lambda s: s),
    "the wide table is split by reshape alone, which cuts up the words: swap axes": _cut_up,
    "each head gets a part of x; every head reads all of x": _slices,
    "x is overwritten inside the loop: the second head reads what the first gave": (
        lambda x, W_Q, W_K, W_V: [x @ W_V[0] @ W_Q[1]]
    ),
    "all three axes are turned round by .T, the heads too: take swapaxes(1, 2)": (
        lambda x, W_Q, W_K, W_V: softmax((x @ W_Q) @ (x @ W_K).T) @ (x @ W_V)
    ),
    "the values are x itself: W_V is left out": (
        lambda x, *W: [attention(x @ q, x @ k, x) for q, k, _ in zip(*W, strict=True)]
    ),
}
JOINED_WRONGLY = {
    "the heads are joined by reshape alone, which mixes up the words: swap axes first": (
        lambda parts: np.reshape(parts, (len(parts[0]), -1))
    ),
    "W_O meets rows as wide as one head: put all heads side by side first, with "
    "np.concatenate(…, axis=1)": sum,
    "there are always two heads, 0 and 1; len(W_Q) says how many": (
        lambda parts: side_by_side(parts[:2])
    ),
    "the first head is left out: Python counts from 0, range(len(W_Q))": (
        lambda parts: side_by_side(parts[1:])
    ),
    "the heads are joined in reverse order": lambda parts: side_by_side(parts[::-1]),
    "the columns of the heads are mixed by turns; heads stand side by side": (
        lambda parts: np.stack(parts, axis=-1).reshape(len(parts[0]), -1)
    ),
    "the heads are averaged before W_O, so they can no longer differ": (
        lambda parts: np.tile(np.mean(parts, axis=0), len(parts))
    ),
}
