"""Twelve random layers, how sharply they look and how large they grow, and other norms."""

import numpy as np

from tests.claims.claim import says
from tfmath import encoder, encoder_layer, steps, trace
from tfmath.model.names import flatten, unflatten
from tfmath.model.parameters import shapes, starting_values
from tfmath.parts.norm import post_norm, pre_norm, standardize
from tfmath.study.crossed_out import without_norm, without_sum


def stack(seed=0):
    """Twelve random layers, and the rows that go in."""
    rng = np.random.default_rng(seed)
    sizes = shapes(26, d_model=64, n_heads=2, d_k=32, d_v=32, d_ff=256, n_layers=12)
    return starting_values(rng, sizes)["encoder"], rng.normal(size=(6, 64))


def weights(block, seed=0):
    """All attention weights, layer by layer: (layer, head, query, key)."""
    layers, x = stack(seed)
    record = steps(encoder(trace(x, "start"), layers, block=block))
    return np.array([s.value for name, s in record.items() if name.endswith("weights")])


def sample_norm(where, x, sublayer, gain, bias):
    x = x + sublayer(x)
    away = x - x.mean(axis=-1, keepdims=True)
    return away / np.std(x, axis=-1, ddof=1, keepdims=True) * gain + bias


def neither(where, x, sublayer, gain, bias):
    return sublayer(x)


def norm_first(x, after=(60, 240), n_draws=200):
    """After some attentions, draw by draw: rows' distance, their size, the new share."""
    rngs = [np.random.default_rng(seed) for seed in range(n_draws)]
    tables = np.array([rng.normal(0, 5**-0.5, size=(max(after), 3, 5, 5)) for rng in rngs])
    found, rows = {}, np.broadcast_to(x, (n_draws, *x.shape))
    for i, (W_Q, W_K, W_V) in enumerate(np.moveaxis(tables, 0, 2), 1):
        row = standardize(rows)
        scores = np.exp((row @ W_Q) @ np.swapaxes(row @ W_K, -1, -2) / np.sqrt(5))
        new = scores / scores.sum(axis=-1, keepdims=True) @ (row @ W_V)
        share, rows = size_of(new) / size_of(rows), rows + new
        apart = np.ptp(standardize(rows), axis=1).max(axis=-1)
        found[i] = (apart, size_of(rows), share)
    return [found[i] for i in after]


def size_of(rows):
    return np.sqrt((rows**2).mean(axis=(-2, -1)))


BLOCKS = (without_sum, post_norm, pre_norm, without_norm)


@says(
    "Any average of six equal rows is that row again, whatever the weights.",
    "With no sum 1/6: equal rows leave nothing to choose.",
    "Post-norm comes close (0.175).",
    "With no norm 1: one word takes all; the softmax is saturated and hardly learns "
    "([Why divide](07_why_divide_by_the_root.ipynb)).",
    "Rows 10 times as large make scores 100 times as large.",
)
def test_how_sharply_they_look():
    chances = np.random.default_rng(1).dirichlet(np.ones(6), 6)
    np.testing.assert_allclose(chances @ np.full((6, 5), 3.0), 3)
    for seed in range(3):
        found = {block: weights(block, seed) for block in BLOCKS}
        np.testing.assert_allclose(found[without_sum][6:], 1 / 6, atol=1e-9)
        largest = found[without_norm][7:].max(axis=-1)
        assert largest.mean() > 0.98
        last = found[post_norm][-1].max(axis=-1).mean()
        assert 1 / 6 < last < 0.18 and (seed or round(last, 3) == 0.175)
        slopes = {
            block: (w * (1 - w))[7:].max(axis=-1).mean() for block, w in found.items()
        }
        assert slopes[without_norm] < 0.02 < 0.1 < slopes[pre_norm]
    (layers, x), by = stack(), ("W_Q", "W_K")
    W_Q, W_K = (layers["layer 1"]["self-attention"][name][0] for name in by)
    scores = (x @ W_Q) @ (x @ W_K).T
    np.testing.assert_allclose((10 * x @ W_Q) @ (10 * x @ W_K).T, 100 * scores)


@says(
    "Sum after sum, numbers grow.",
    "It is the sums: with neither sums nor norms these tables make the numbers shrink.",
    "Post-norm puts each row back to size 1.",
    "Pre-norm lets the rows grow slowly, so such stacks get one more norm at the very end "
    "(ours here do not).",
)
def test_sizes():
    layers, x = stack()
    sizes = {}
    for block in (without_norm, post_norm, pre_norm, neither):
        rows, sizes[block] = x, []
        for layer in layers.values():
            rows = encoder_layer(rows, layer, block=block)
            sizes[block].append(np.sqrt((rows**2).mean()))
    assert np.all(np.diff(sizes[without_norm]) > 0) and sizes[without_norm][-1] > 300
    np.testing.assert_allclose(sizes[post_norm], 1, atol=1e-3)
    assert 3 < sizes[pre_norm][-1] < 5
    assert np.all(np.diff(sizes[neither]) < 0) and sizes[neither][-1] < 0.01
    half = {name: 0.5 * table for name, table in flatten(layers).items() if "W_" in name}
    rows = x
    for layer in unflatten(flatten(layers) | half).values():
        rows = encoder_layer(rows, layer, block=without_norm)
    assert np.sqrt((rows**2).mean()) > 1.1 * np.sqrt((x**2).mean())
    assert "norm" not in layers  # the one at the very end
