"""A small GPT without a single name, as people write it: plain NumPy in small functions."""

import numpy as np


def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def softmax(x):
    exp_x = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return exp_x / np.sum(exp_x, axis=-1, keepdims=True)


def layer_norm(x, g, b, eps: float = 1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    x = (x - mean) / np.sqrt(variance + eps)
    return g * x + b


def linear(x, w, b):
    return x @ w + b


def ffn(x, c_fc, c_proj):
    return linear(gelu(linear(x, **c_fc)), **c_proj)


def attention(q, k, v, mask):
    return softmax(q @ k.T / np.sqrt(q.shape[-1]) + mask) @ v


def mha(x, c_attn, c_proj, n_head):
    x = linear(x, **c_attn)
    qkv = np.split(x, 3, axis=-1)
    qkv_heads = list(map(lambda part: np.split(part, n_head, axis=-1), qkv))
    causal_mask = (1 - np.tri(x.shape[0], dtype=x.dtype)) * -1e10
    out_heads = [
        attention(q, k, v, causal_mask) for q, k, v in zip(*qkv_heads, strict=True)
    ]
    return linear(np.hstack(out_heads), **c_proj)


def transformer_block(x, mlp, attn, ln_1, ln_2, n_head=2):
    x = x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    return x + ffn(layer_norm(x, **ln_2), **mlp)


def gpt(inputs, wte, wpe, blocks, ln_f, n_head=2):
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks.values():
        x = transformer_block(x, **block, n_head=n_head)
    return layer_norm(x, **ln_f) @ wte.T


def affine(d_in, d_out):
    return {"w": (d_in, d_out), "b": (d_out,)}


NORM = {"g": (4,), "b": (4,)}
BLOCK = {
    "mlp": {"c_fc": affine(4, 8), "c_proj": affine(8, 4)},
    "attn": {"c_attn": affine(4, 12), "c_proj": affine(4, 4)},
    "ln_1": NORM,
    "ln_2": NORM,
}

GPT = {
    "gpt block": (transformer_block, {"x": (3, 4), **BLOCK}),
    "gpt": (
        gpt,
        {
            "inputs": np.array([2, 0, 2]),
            "wte": (5, 4),
            "wpe": (6, 4),
            "blocks": {"one": BLOCK, "two": BLOCK},
            "ln_f": NORM,
        },
    ),
}
