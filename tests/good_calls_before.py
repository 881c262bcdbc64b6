"""As `good_calls`, for what came before the Transformer: recurrence, additive and Luong."""

import numpy as np

from tfmath.attention.luong import dot_attention
from tfmath.model.parameters import starting_values
from tfmath.model.recurrent import recurrent_shapes
from tfmath.parts.gated import gru

RNG = np.random.default_rng(0)
X = RNG.normal(size=(4, 5))
rows, mask = ("array", X), ("flag?", np.ones(4, bool))
qkv = {"query": rows, "key": rows}
seen = {"value": rows, "mask": ("flag?", np.ones((4, 4), bool))}


def table(*size, kind="array"):
    return kind, RNG.normal(size=size)


def cell(gates):
    return {
        "x": rows,
        "W_x": table(5, gates * 3),
        "W_h": table(3, gates * 3),
        "b_x": table(gates * 3, kind="array?"),
        "b_h": table(gates * 3, kind="array?"),
        "mask": mask,
    }


additive = {"W": table(5, 7), "U": table(5, 7), "v": table(7)}
general = {"W": table(5, 5)}
concat = {"W": table(10, 7), "v": table(7)}

BEFORE = {
    "parts.recurrent.recurrence": cell(1) | {"start": table(3, kind="array?")},
    "parts.gated.sigmoid": {"x": rows},
    "parts.gated.gru": cell(3) | {"start": table(3, kind="array?")},
    "parts.gated.lstm": cell(4) | {"start": ("no?", (np.ones(3), np.ones(3)))},
    "attention.additive.additive_scores": qkv | additive,
    "attention.additive.additive_attention": qkv | seen | additive,
    "attention.luong.dot_scores": qkv,
    "attention.luong.general_scores": qkv | general,
    "attention.luong.concat_scores": qkv | concat,
    "attention.luong.dot_attention": qkv | seen,
    "attention.luong.general_attention": qkv | seen | general,
    "attention.luong.concat_attention": qkv | seen | concat,
}

TABLES = starting_values(RNG, recurrent_shapes(9, d_model=5, d=3))
OF_MODELS = {
    "model.recurrent.sequence_to_sequence": {
        "parameters": ("no", TABLES),
        "source": ("ids", [3, 4]),
        "target": ("ids", [1]),
        "source_mask": ("flag?", np.ones((1, 2), bool)),
        "read": ("function", gru),
        "attention": ("function", dot_attention),
    },
    "model.recurrent.mix": {"context": rows, "states": rows, "W_c": table(10, 3)},
    "model.recurrent.recurrent_shapes": dict.fromkeys(
        ("vocab_size", "d_model", "d", "gates"), ("whole", 4)
    )
    | {"general": ("flag", True)},
}
