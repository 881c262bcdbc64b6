"""Blocks that do not do the same at every step, or that a record cannot follow."""

import numpy as np

from tfmath.learning.dropout import with_dropout
from tfmath.parts.norm import post_norm, pre_norm


def branching(where, x, sublayer, **tables):
    block = pre_norm if np.abs(x).max() > 3 else post_norm
    return block(where, x, sublayer, **tables)


def reading(where, x, sublayer, **tables):
    large = float(getattr(x, "value", x).max())
    return post_norm(where, x * (1.0 if large < 3 else 0.5), sublayer, **tables)


def placing(where, x, sublayer, **tables):
    place = np.argmax(x[..., 0], axis=-1)
    return post_norm(where, x + 0.1 * np.take(x, place[:1], axis=-2), sublayer, **tables)


def listing(where, x, sublayer, **tables):
    first = (x[0, 0, 0] > 0).tolist()
    return post_norm(where, -x if first else x, sublayer, **tables)


def impatient():
    calls = []

    def block(where, x, sublayer, **tables):
        calls.append(where)
        return post_norm(where, x * (1 + 0.001 * len(calls)), sublayer, **tables)

    return block


BLOCKS = 2 * 2 + 2 * 3  # two layers of an encoder, two of a decoder


def late_looking(after=BLOCKS):
    """From the second record on it looks at a number."""

    def block(where, x, sublayer, **tables):
        block.calls += 1
        if block.calls > after and np.abs(x).max() > 1e9:
            return x
        return post_norm(where, x, sublayer, **tables)

    block.calls = 0
    return block


def chance():
    return with_dropout(1e-9, np.random.default_rng(1))


LEAVING = {
    "a branch": lambda: branching,
    ".value": lambda: reading,
    "argmax": lambda: placing,
    "tolist": lambda: listing,
    "dropout": chance,
    "a counter": impatient,
    "a late look": late_looking,
}


class Tiring:
    """Does as it did for so many calls, then something else, and tells nobody."""

    def __init__(self, patience):
        self.calls, self.patience = 0, patience

    def __call__(self, where, x, sublayer, **tables):
        self.calls += 1
        return post_norm(where, x * (1 + (self.calls > self.patience)), sublayer, **tables)
