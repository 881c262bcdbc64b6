"""Attention and its surroundings as people write them: plain NumPy, all in small functions.

Each entry of `ATTENTION` is a function and what it is given: a shape for an array of
numbers, a dict for a dict of them, an array for one that is handed over as it is.
"""

import math

import numpy as np
from snippets_gpt import softmax

MASK = np.array([[1, 1, 0, 0], [1, 1, 1, 1]])
GRAPH = np.array([[1, 1, 0, 0], [1, 1, 1, 0], [0, 1, 1, 1], [0, 0, 1, 1]])


# Heads ------------------------------------------------------------------------------------


def heads_by_transpose(x, w_qkv, w_o):
    batch, n, d = x.shape
    q, k, v = np.moveaxis((x @ w_qkv).reshape(batch, n, 3, 2, d // 2), 2, 0)
    q, k, v = (a.transpose(0, 2, 1, 3) for a in (q, k, v))
    att = q @ k.swapaxes(-2, -1) * (1.0 / math.sqrt(k.shape[-1]))
    att = np.where(np.tril(np.ones((n, n))) == 0, -np.inf, att)
    y = softmax(att) @ v
    return y.transpose(0, 2, 1, 3).reshape(batch, n, d) @ w_o


def heads_by_einsum(x, w_q, w_k, w_v, w_o):
    q = np.einsum("...nd,hdk->...hnk", x, w_q)
    k = np.einsum("...nd,hdk->...hnk", x, w_k)
    v = np.einsum("...nd,hdv->...hnv", x, w_v)
    logits = np.einsum("...qk,...mk->...qm", q, k) / np.sqrt(w_q.shape[-1])
    return np.einsum("...hqm,...hmv,hvd->...qd", softmax(logits), v, w_o)


def heads_by_a_list(x, w_q, w_k, w_v, w_o):
    outputs = []
    for i in range(len(w_q)):
        scores = np.dot(x, w_q[i]).dot(np.dot(x, w_k[i]).T)
        scores = scores / np.sqrt(w_q.shape[-1])
        outputs.append(np.matmul(softmax(scores), np.dot(x, w_v[i])))
    return np.concatenate(outputs, axis=-1).dot(w_o)


def heads_shared(q, k, v):
    groups = q.shape[0] // k.shape[0]
    k, v = np.repeat(k, groups, axis=0), np.repeat(v, groups, axis=0)
    return softmax(np.matmul(q, np.transpose(k, (0, 2, 1))) / k.shape[-1] ** 0.5) @ v


def heads_shared_by_a_new_axis(q, k, v):
    n_kv, n, d = k.shape
    q = q.reshape(n_kv, -1, q.shape[1], d)
    scores = q @ k[:, None].swapaxes(-1, -2) / np.sqrt(np.float32(d))
    return (softmax(scores) @ v[:, None]).reshape(-1, n, d)


def heads_padded(x, w_q, w_k):
    q, k = x @ w_q, x @ w_k
    extended = (1.0 - MASK[:, np.newaxis, :]) * -10000.0
    return softmax(q @ np.transpose(k, axes=(0, 2, 1)) + extended) @ x


def across(x, memory, w_q, w_kv):
    k, v = np.array_split(memory @ w_kv, 2, axis=-1)
    scores = np.tensordot(x @ w_q, k, axes=([-1], [-1]))
    weights = np.exp(scores - scores.max(-1)[..., None])
    weights = weights / weights.sum(-1)[..., None]
    return x + np.tensordot(weights, v, axes=1)


def with_a_cache(x, w_q, w_k, w_v):
    keys, values = np.zeros((0, 3), x.dtype), np.zeros((0, 2), x.dtype)
    outputs = []
    for t in range(len(x)):
        now = x[t : t + 1]
        keys = np.vstack([keys, now @ w_k])
        values = np.append(values, now @ w_v, axis=0)
        outputs.append(softmax(now @ w_q @ keys.T / 3**0.5) @ values)
    return np.vstack(outputs)


# Positions --------------------------------------------------------------------------------


def rotate_half(x):
    half = x.shape[-1] // 2
    x1, x2 = x[..., :half], x[..., half:]
    return np.concatenate([-x2, x1], axis=-1)


def rotary_by_halves(q, k):
    inv_freq = 1.0 / (10000 ** (np.arange(0, q.shape[-1], 2) / q.shape[-1]))
    angles = np.outer(np.arange(q.shape[-2]), inv_freq).astype(q.dtype)
    emb = np.concatenate([angles, angles], axis=-1)
    cos, sin = np.cos(emb), np.sin(emb)
    q, k = q * cos + rotate_half(q) * sin, k * cos + rotate_half(k) * sin
    return q @ k.swapaxes(-1, -2)


def rotary_by_pairs(x):
    theta = 10000.0 ** (-2 * np.arange(x.shape[-1] // 2) / x.shape[-1])
    m = (np.arange(x.shape[0])[:, None] * theta[None, :]).astype(x.dtype)
    even, odd = x[..., 0::2], x[..., 1::2]
    turned = [even * np.cos(m) - odd * np.sin(m), even * np.sin(m) + odd * np.cos(m)]
    return np.stack(turned, axis=-1).reshape(x.shape)


def sines_and_cosines(x):
    n, d = x.shape
    pos, i = np.arange(n)[:, np.newaxis], np.arange(d)[np.newaxis, :]
    angle = pos / np.power(10000, (2 * (i // 2)) / np.float32(d))
    return x * np.sqrt(x.dtype.type(d)) + np.where(
        i % 2 == 0, np.sin(angle), np.cos(angle)
    ).astype(x.dtype)


def sines_put_in_place(x):
    pe = np.zeros(x.shape, x.dtype)
    position = np.arange(0, len(x))[:, None]
    div_term = np.exp(np.arange(0, x.shape[1], 2) * -(np.log(10000.0) / x.shape[1]))
    pe[:, 0::2] = np.sin(position * div_term)
    pe[:, 1::2] = np.cos(position * div_term)
    return x + pe


def alibi(q, k, v):
    n_heads, n, d = q.shape
    slopes = 2.0 ** (-8.0 * np.arange(1, n_heads + 1) / n_heads)
    distance = np.arange(n)[None, :] - np.arange(n)[:, None]
    bias = (slopes[:, None, None] * np.minimum(distance, 0)).astype(q.dtype)
    scores = q @ k.transpose(0, 2, 1) / math.sqrt(d) + bias
    scores = scores + np.triu(np.full((n, n), -np.inf, q.dtype), k=1)
    return softmax(scores) @ v


def relative_table(q, k, table):
    n = len(q)
    places = np.clip(np.arange(n)[None, :] - np.arange(n)[:, None], -2, 2) + 2
    return softmax(q @ k.T + table[places])


def relative_by_shifting(q, table):
    n = len(q)
    scores = np.pad(q @ table.T, ((0, 0), (1, 0)))
    return scores.reshape(-1, n)[1:].reshape(n, n)


# Other attentions -------------------------------------------------------------------------


def additive(query, keys, w_a, u_a, v_a):
    scores = np.tanh(query @ w_a + keys @ u_a) @ v_a
    weights = np.exp(scores) / np.exp(scores).sum()
    return np.sum(weights[:, None] * keys, axis=0)


def general(query, keys, w_a, w_c):
    align = np.exp(keys @ w_a @ query)
    context = (align / np.sum(align)) @ keys
    return np.tanh(np.hstack((context, query)) @ w_c)


def window(q, k, v):
    i, j = np.indices((len(q), len(k)))
    scores = np.where(abs(i - j) <= 1, q @ k.T, -np.inf)
    return softmax(scores) @ v


def linear_attention(q, k, v):
    q, k = (np.where(a > 0, a + 1, np.exp(np.minimum(a, 0))) for a in (q, k))
    state = np.cumsum(k[:, :, None] * v[:, None, :], axis=0)
    z = np.cumsum(k, axis=0)
    return np.einsum("nd,ndv->nv", q, state) / (q * z).sum(axis=1, keepdims=True)


def one_more(q, k, v):
    """Softmax with a one below the line: a head may look at nothing."""
    scores = q @ k.T
    top = np.maximum(scores.max(axis=-1, keepdims=True), 0)
    grown = np.exp(scores - top)
    return grown / (np.exp(-top) + grown.sum(axis=-1, keepdims=True)) @ v


def cosine(q, k, v, tau):
    q = q / np.linalg.norm(q, axis=-1, keepdims=True)
    k = k / np.linalg.norm(k, axis=-1, keepdims=True)
    return softmax(q @ k.T / np.maximum(tau, 0.01)) @ v


def graph(h, w, a):
    wh = h @ w
    n = wh.shape[0]
    pairs = np.concatenate([np.repeat(wh, n, axis=0), np.tile(wh, (n, 1))], axis=1)
    e = (pairs @ a).reshape(n, n)
    e = np.where(e > 0, e, 0.2 * e)
    return softmax(np.where(GRAPH > 0, e, -9e15)) @ wh


def by_blocks(q, k, v, size=2):
    """One pass over the keys, a largest score and a sum carried along."""
    top = np.full((len(q), 1), -1e30, q.dtype)
    below, out = np.zeros((len(q), 1), q.dtype), np.zeros((len(q), v.shape[1]), q.dtype)
    for start in range(0, len(k), size):
        scores = q @ k[start : start + size].T
        new = np.maximum(top, scores.max(axis=1, keepdims=True))
        p, keep = np.exp(scores - new), np.exp(top - new)
        below = keep * below + p.sum(axis=1, keepdims=True)
        out, top = keep * out + p @ v[start : start + size], new
    return out / below


HEADS = {"x": (5, 4), "w_q": (2, 4, 3), "w_k": (2, 4, 3), "w_v": (2, 4, 2)}
ROWS = {"q": (4, 6), "k": (4, 6), "v": (4, 3)}
LAYERS = {"q": (4, 5, 6), "k": (2, 5, 6), "v": (2, 5, 6)}

ATTENTION = {
    "heads by transpose": (
        heads_by_transpose,
        {"x": (2, 3, 4), "w_qkv": (4, 12), "w_o": (4, 4)},
    ),
    "heads by einsum": (heads_by_einsum, {**HEADS, "w_o": (2, 2, 4)}),
    "heads by a list": (heads_by_a_list, {**HEADS, "w_o": (4, 4)}),
    "heads shared": (heads_shared, LAYERS),
    "heads shared by a new axis": (heads_shared_by_a_new_axis, LAYERS),
    "heads padded": (heads_padded, {"x": (2, 4, 3), "w_q": (3, 2), "w_k": (3, 2)}),
    "across": (
        across,
        {"x": (4, 3), "memory": (5, 2), "w_q": (3, 4), "w_kv": (2, 7)},
    ),
    "with a cache": (
        with_a_cache,
        {"x": (4, 5), "w_q": (5, 3), "w_k": (5, 3), "w_v": (5, 2)},
    ),
    "rotary by halves": (rotary_by_halves, {"q": (2, 5, 6), "k": (2, 5, 6)}),
    "rotary by pairs": (rotary_by_pairs, {"x": (5, 6)}),
    "sines and cosines": (sines_and_cosines, {"x": (5, 6)}),
    "sines put in place": (sines_put_in_place, {"x": (5, 6)}),
    "alibi": (alibi, {"q": (2, 4, 3), "k": (2, 4, 3), "v": (2, 4, 5)}),
    "relative table": (relative_table, {"q": (4, 3), "k": (4, 3), "table": (5,)}),
    "relative by shifting": (relative_by_shifting, {"q": (4, 3), "table": (4, 3)}),
    "additive": (
        additive,
        {"query": (3,), "keys": (5, 4), "w_a": (3, 6), "u_a": (4, 6), "v_a": (6,)},
    ),
    "general": (
        general,
        {"query": (3,), "keys": (5, 4), "w_a": (4, 3), "w_c": (7, 2)},
    ),
    "window": (window, ROWS),
    "linear": (linear_attention, ROWS),
    "one more": (one_more, ROWS),
    "cosine": (cosine, {**ROWS, "tau": ()}),
    "graph": (graph, {"h": (4, 3), "w": (3, 2), "a": (4,)}),
    "by blocks": (by_blocks, ROWS),
}
