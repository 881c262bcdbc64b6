"""As `good_calls`, for the attentions that look at few, or at a few at a time."""

import numpy as np

RNG = np.random.default_rng(0)
X, MASK = RNG.normal(size=(2, 4, 5)), np.ones((2, 4, 4), bool)
LAYOUT = np.tri(2, dtype=bool)
n = ("whole", 4)
qkv = dict.fromkeys(("query", "key", "value"), ("array", X)) | {"mask": ("flag?", MASK)}
window = {"width": n, "ahead": ("whole?", 1)}
layout = {"layout": ("flag", LAYOUT), "block": ("whole", 2)}

CHEAPER = {
    "attention.windows.sliding_window_attention": qkv
    | window
    | {"dilation": n, "block": ("whole?", 2)},
    "attention.windows.global_window_attention": qkv
    | window
    | {"n_global": n, "block": ("whole?", 2)},
    "attention.windows.window_mask": {"n": n, "dilation": n} | window,
    "attention.windows.global_window_mask": {"n": n, "n_global": n} | window,
    "attention.sparse.strided_attention": qkv | {"stride": n},
    "attention.sparse.fixed_attention": qkv | {"stride": n, "n_summary": n},
    "attention.sparse.block_sparse_attention": qkv | layout,
    "attention.patterns.strided_mask": {"n": n, "stride": n},
    "attention.patterns.fixed_mask": {"n": n, "stride": n, "n_summary": n},
    "attention.patterns.block_mask": {"n": n} | layout,
    "attention.blockwise.blockwise_attention": qkv
    | {"block": n, "scale": ("number?", 0.5)},
    "attention.grouped.grouped_query_attention": qkv,
}
