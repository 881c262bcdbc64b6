"""The variants put into the whole model: attentions, norms, places of one's own."""

from functools import partial

import numpy as np
from tables import draw

from tfmath import named
from tfmath.attention.additive import additive_attention
from tfmath.attention.blockwise import blockwise_attention
from tfmath.attention.buckets import t5_attention
from tfmath.attention.dot_product import attend, biased_attention, scaled
from tfmath.attention.grouped import grouped_query_attention
from tfmath.attention.linear import linear_attention
from tfmath.attention.low_rank import low_rank_attention
from tfmath.attention.luong import concat_attention, dot_attention, general_attention
from tfmath.attention.positional import distances, places
from tfmath.attention.random_features import draw_directions, random_feature_attention
from tfmath.attention.relative import alibi_attention, relative_attention
from tfmath.attention.rotary import rotary_attention
from tfmath.attention.sparse import (
    block_sparse_attention,
    fixed_attention,
    strided_attention,
)
from tfmath.attention.windows import global_window_attention, sliding_window_attention
from tfmath.model.parameters import flatten, shapes, starting_values, unflatten
from tfmath.parts.norm import pre_norm

N_HEADS, D_K = 3, 4
SIZES = shapes(23, d_model=5, n_heads=N_HEADS, d_k=D_K, d_v=2, d_ff=7, n_layers=2)
SOURCE, TARGET = np.array([3, 20, 7, 9, 4, 11]), np.array([1, 8, 8, 2])


def alibi(query, key, value, mask=None):
    slopes = 2.0 ** (-8 * np.arange(1, query.shape[-3] + 1) / query.shape[-3])
    bias = -slopes[:, np.newaxis, np.newaxis] * distances(query, key)
    return biased_attention(query, key, value, mask, bias)


def turned(rows, where):
    x, y = np.split(rows, 2, axis=-1)
    angles = np.outer(where, 10000.0 ** -(np.arange(x.shape[-1]) / x.shape[-1]))
    cos, sin = np.cos(angles).astype(rows.dtype), np.sin(angles).astype(rows.dtype)
    return np.concatenate([x * cos - y * sin, x * sin + y * cos], axis=-1)


def rotary(query, key, value, mask=None):
    here, there = places(query, key)
    return attend(turned(query, here), turned(key, there), value, mask)


def t5(query, key, value, mask=None, by_distance=None):
    bucket = np.clip(distances(query, key), 0, by_distance.shape[-1] - 1)
    return biased_attention(query, key, value, mask, by_distance[:, bucket])


def short_sighted(query, key, value, mask=None):
    near = distances(query, key) <= 2
    return attend(query, key, value, near if mask is None else np.logical_and(mask, near))


def sigmoid(query, key, value, mask=None, *, threshold):
    products = query @ np.swapaxes(key, -1, -2)
    scores = scaled(products, query.shape[-1]) - threshold[:, np.newaxis, np.newaxis]
    weights = 1 / (1 + np.exp(-named("scores", scores)))
    if mask is not None:
        weights = np.where(mask, weights, 0)
    return named("output", named("weights", weights) @ value)


def tempered(query, key, value, mask=None, *, log_heat):
    heat = np.exp(log_heat)[:, np.newaxis, np.newaxis]
    return attend(query / heat, key, value, mask)


def grouped(query, key, value, mask=None):
    repeats = query.shape[-3] // key.shape[-3]
    key, value = (np.repeat(a, repeats, axis=-3) for a in (key, value))
    return attend(query, key, value, mask)


def rms_norm(x, gain):
    return named("output", x / np.sqrt((x * x).mean(axis=-1, keepdims=True)) * gain)


def rms_block(where, x, sublayer, gain):
    return x + sublayer(rms_norm(x, gain))


def own_table(sizes):
    for stack in ("encoder", "decoder"):
        for i in (1, 2):
            sizes[f"{stack} / layer {i} / self-attention / by_distance"] = (N_HEADS, 3)
    return sizes


def one_number_a_head(name, sizes):
    layers = [n[:-3] for n in sizes if n.endswith("self-attention / W_Q")]
    return sizes | {f"{layer}{name}": (N_HEADS,) for layer in layers}


def shaws_tables(sizes):
    for layer in [
        n.removesuffix("W_Q") for n in sizes if n.endswith("self-attention / W_Q")
    ]:
        sizes[f"{layer}keys_by_distance"] = (2 * 2 + 1, D_K)
        sizes[f"{layer}values_by_distance"] = (2 * 3 + 1, 2)
    return sizes


def t5s_tables(sizes):
    for layer in [
        n.removesuffix("W_Q") for n in sizes if n.endswith("self-attention / W_Q")
    ]:
        sizes[f"{layer}by_bucket"] = (N_HEADS, 4)
    return sizes


def shared(sizes, n=1):
    found = {}
    for name, size in sizes.items():
        small = "self-attention" in name and name[-3:] in ("W_K", "W_V")
        found[name] = (n, *size[1:]) if small else size
    return found


def without_bias(sizes):
    sizes = sizes | {"encoder / norm / gain": (5,), "decoder / norm / gain": (5,)}
    return {n: s for n, s in sizes.items() if not ("norm" in n and n.endswith("bias"))}


def hidden_tables(sizes):
    for layer in [n[:-3] for n in sizes if n.endswith("self-attention / W_Q")]:
        sizes[f"{layer}W"] = sizes[f"{layer}U"] = (N_HEADS, D_K, 6)
        sizes[f"{layer}v"] = (N_HEADS, 6)
    return sizes


def concats_tables(sizes):
    for layer in [n[:-3] for n in sizes if n.endswith("self-attention / W_Q")]:
        sizes[f"{layer}W"], sizes[f"{layer}v"] = (N_HEADS, 2 * D_K, 6), (N_HEADS, 6)
    return sizes


def generals_table(sizes):
    for layer in [n[:-3] for n in sizes if n.endswith("self-attention / W_Q")]:
        sizes[f"{layer}W"] = (N_HEADS, D_K, D_K)
    return sizes


def learned_places(sizes):
    return {"position": (9, 5)} | sizes


def mixing_tables(sizes):
    """Where nobody looks back: the encoder's words, and the source from the decoder."""
    for i in (1, 2):
        sizes[f"encoder / layer {i} / self-attention / E"] = (4, 9)
        sizes[f"encoder / layer {i} / self-attention / F"] = (N_HEADS, 4, 9)
        sizes[f"decoder / layer {i} / cross-attention / E"] = (3, 6)
    return sizes


LOW_RANK = dict.fromkeys(("attention", "cross_attention"), low_rank_attention)
RANDOM = partial(
    random_feature_attention,
    directions=draw_directions(np.random.default_rng(0), n_features=6, d_k=D_K),
)


LOOK_AT_FEW = {
    "a window": partial(sliding_window_attention, width=1, block=2),
    "every second word": partial(sliding_window_attention, width=1, dilation=2),
    "a word that sees all": partial(global_window_attention, width=1, block=2),
    "strides": partial(strided_attention, stride=2),
    "stretches": partial(fixed_attention, stride=2),
    "blocks": partial(block_sparse_attention, layout=np.tri(3) > 0, block=2),
}


def as_it_is(sizes):
    return sizes


VARIANTS = {
    "plain": (as_it_is, {}),
    "ALiBi": (as_it_is, {"attention": alibi_attention}),
    "rotary": (as_it_is, {"attention": rotary_attention}),
    "T5's table": (own_table, {"attention": t5}),
    "Shaw's rows": (shaws_tables, {"attention": relative_attention}),
    "T5's buckets": (t5s_tables, {"attention": partial(t5_attention, scale=1.0)}),
    "a mask of one's own": (as_it_is, {"attention": short_sighted}),
    "sigmoid": (partial(one_number_a_head, "threshold"), {"attention": sigmoid}),
    "a learned heat": (partial(one_number_a_head, "log_heat"), {"attention": tempered}),
    "low rank": (mixing_tables, LOW_RANK),
    "linear": (as_it_is, {"attention": linear_attention}),
    "random features": (as_it_is, {"attention": RANDOM, "cross_attention": RANDOM}),
    "grouped heads": (shared, {"attention": grouped}),
    "one key for all heads": (shared, {}),
    "one group": (shared, {"attention": grouped_query_attention}),
    "a running maximum": (as_it_is, {"attention": partial(blockwise_attention, block=2)}),
    **{name: (as_it_is, {"attention": found}) for name, found in LOOK_AT_FEW.items()},
    "additive": (hidden_tables, {"attention": additive_attention}),
    "Luong's dot": (as_it_is, {"attention": dot_attention}),
    "Luong's general": (generals_table, {"attention": general_attention}),
    "Luong's concat": (concats_tables, {"attention": concat_attention}),
    "another scale": (as_it_is, {"attention": partial(attend, scale=0.3)}),
    "another ε": (as_it_is, {"block": partial(pre_norm, epsilon=0.3)}),
    "another norm": (without_bias, {"block": rms_block, "norm": rms_norm}),
    "learned places, no √d": (learned_places, {"scale": 1.0}),
    "no places": (as_it_is, {"encoding": None}),
    "cross-attention as well": (as_it_is, {"cross_attention": partial(attend, scale=2.0)}),
}


def model(name, dtype=np.float64, seed=0):
    change, variant = VARIANTS[name]
    rng = np.random.default_rng(seed)
    tables = flatten(starting_values(rng, change(dict(SIZES)), dtype))
    return unflatten(
        {n: t + 0.3 * draw(rng, *t.shape, dtype=dtype) for n, t in tables.items()}
    ), variant
