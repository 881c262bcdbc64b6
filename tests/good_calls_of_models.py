"""As `good_calls`, for attention, the model, its loss and its cache.

Left out is what takes only what was checked: the plug-ins that attention calls, and the
ways back, which get what the way forward gave.
"""

import numpy as np
from good_calls import MODEL, RNG, ROWS
from good_calls_before import OF_MODELS
from tables import attention_tables

from tfmath.attention.dot_product import attend
from tfmath.decoding.cache import start_cache
from tfmath.model.transformer import encode_source
from tfmath.parts.feed_forward import relu
from tfmath.parts.norm import layer_norm, post_norm
from tfmath.parts.position import positional_encoding

SOURCE, TARGET = [3, 4, 5], [1, 3]
MEMORY = encode_source(MODEL, SOURCE)
MASK = np.ones((4, 4), bool)
GAIN = RNG.normal(size=5)

rows, gain, epsilon = ("array", ROWS), ("array", GAIN), ("number", 1e-5)
mask, scale = ("no?", MASK), ("number?", 0.5)
qkv = {name: rows for name in ("query", "key", "value")}
kinds = {"W": "array", "b": "array?"}
heads = {n: (kinds[n[0]], table) for n, table in attention_tables().items()}
one = {n: (k, t[0]) for n, (k, t) in heads.items() if n[-1] != "O"}
function = {
    name: ("function", value)
    for name, value in dict(
        block=post_norm, activation=relu, attention=attend, cross_attention=attend
    ).items()
}
norm = ("function", layer_norm)
tables = ("no", MODEL)
targets = ("ids", np.ones((2, 4), int))
smoothing = {"label_smoothing": ("number", 0.1)}
loss = {"logits": rows, "targets": targets} | smoothing | {"ignore_id": ("whole?", 0)}
places = {"encoding": ("function?", positional_encoding), "scale": scale}
ids = {"source": ("ids", SOURCE), "target": ("ids", TARGET)}
masks = {"source_mask": ("no?", np.ones((1, 3), bool)), "target_mask": ("no?", None)}
block = {"where": ("text", "norm"), "x": rows, "sublayer": ("function", np.zeros_like)}
block |= {"gain": gain, "bias": gain, "epsilon": epsilon}
layer = {stack: MODEL[stack]["layer 1"] for stack in ("encoder", "decoder")}
encoder = {n: function[n] for n in ("block", "activation", "attention")}

GOOD = {
    **OF_MODELS,
    "parts.embedding.one_hot": {
        "ids": ("ids", [3, 0]),
        "vocab_size": ("whole", 4),
        "dtype": ("no", np.float64),
    },
    "parts.embedding.lookup": {"ids": ("ids", [3, 0]), "table": rows[:1] + (ROWS[0],)},
    "parts.embedding.embed": {
        "ids": ("ids", [3, 0]),
        "table": ("array", ROWS[0]),
        "positions": ("ids?", None),
    }
    | places,
    "parts.masks.causal_mask": {"n": ("whole", 3)},
    "parts.masks.padding_mask": {"ids": ("ids", [3, 0]), "pad_id": ("whole", 0)},
    "parts.masks.sliding_window_mask": {"n": ("whole", 3), "width": ("whole", 1)},
    "parts.masks.both": {"mask": ("no", MASK), "other": ("no", MASK)},
    "parts.softmax.softmax": {"scores": rows, "mask": ("no?", ROWS > 0)},
    "parts.softmax.log_softmax": {"scores": rows, "mask": ("no?", ROWS > 0)},
    "parts.softmax.logsumexp": {"scores": rows, "mask": ("no?", ROWS > 0)},
    "parts.standardize.standardize": {"x": rows, "epsilon": epsilon},
    "parts.norm.layer_norm": {"x": rows, "gain": gain, "bias": gain, "epsilon": epsilon},
    "parts.norm.post_norm": block,
    "parts.norm.pre_norm": block,
    "attention.dot_product.scaled_dot_product_attention": qkv
    | {"mask": ("no?", MASK[None]), "scale": scale},
    "attention.heads.attention_head": qkv | one | {"mask": ("no?", MASK[None])},
    "attention.heads.multi_head_attention": qkv
    | heads
    | {"mask": ("no?", MASK[None]), "attention": function["attention"]},
    "learning.loss.cross_entropy": loss,
    "learning.loss.perplexity": {"loss": ("number", 1.0)},
    "learning.loss.target_distribution": {
        "targets": ("ids", [3, 0]),
        "vocab_size": ("whole", 4),
        **smoothing,
        "dtype": ("no", "float64"),
    },
    "model.layers.encoder_layer": {"x": rows, "layer": ("no", layer["encoder"])}
    | {"mask": ("no?", MASK[None])}
    | encoder,
    "model.layers.decoder_layer": {
        "x": rows,
        "memory": rows,
        "layer": ("no", layer["decoder"]),
        "mask": ("no?", MASK[None]),
        "memory_mask": ("no?", MASK[None]),
    }
    | function,
    "model.layers.encoder": {"x": rows, "parameters": ("no", MODEL["encoder"])}
    | {"mask": ("no?", MASK[None]), "norm": norm},
    "model.layers.decoder": {
        "x": rows,
        "memory": rows,
        "parameters": ("no", MODEL["decoder"]),
        "mask": ("no?", MASK[None]),
        "memory_mask": ("no?", MASK[None]),
        "norm": norm,
    },
    "model.transformer.transformer": {"parameters": tables}
    | ids
    | masks
    | {"cross_attention": function["cross_attention"]},
    "model.transformer.encode_source": {
        "parameters": tables,
        "source": ids["source"],
        "source_mask": masks["source_mask"],
    }
    | places,
    "model.transformer.decode_target": {
        "parameters": tables,
        "target": ids["target"],
        "memory": ("array", MEMORY),
    }
    | masks
    | places,
    "decoding.cache.start_cache": {
        "parameters": tables,
        "memory": ("array", MEMORY),
        "max_length": ("whole?", 4),
    },
    "decoding.cache.decode_next": {
        "parameters": tables,
        "words": ("ids", [1]),
        "cache": ("no", start_cache(MODEL, MEMORY)),
        "norm": norm,
    }
    | places,
    "decoding.cache.next_word": {
        "parameters": tables,
        "source": ids["source"],
        "max_length": ("whole?", 4),
    },
}
