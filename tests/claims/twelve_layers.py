"""Twelve random layers, what moves when one table is exchanged, and a norm with d − 1."""

import numpy as np

from tfmath import encoder
from tfmath.model.parameters import shapes, starting_values
from tfmath.parts.norm import standardize


def stack(seed=0):
    """Twelve random layers, as many others, and the rows that go in."""
    rng = np.random.default_rng(seed)
    sizes = shapes(26, d_model=64, n_heads=2, d_k=32, d_v=32, d_ff=256, n_layers=12)
    one, other = (starting_values(rng, sizes)["encoder"] for _ in range(2))
    return one, other, rng.normal(size=(6, 64))


def moves(block, name, part, table, seed=0):
    one, other, x = stack(seed)
    changed = one[name] | {part: one[name][part] | {table: other[name][part][table]}}
    ends = [encoder(x, layers, block=block) for layers in (one, one | {name: changed})]
    return np.abs(standardize(ends[0]) - standardize(ends[1])).max()


def sample_norm(where, x, sublayer, gain, bias):
    x = x + sublayer(x)
    away = x - x.mean(axis=-1, keepdims=True)
    return away / np.std(x, axis=-1, ddof=1, keepdims=True) * gain + bias
