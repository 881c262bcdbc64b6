"""Every public function with arguments it takes: name -> {argument: (kind, value)}."""

import tempfile

import numpy as np
from good_calls_before import BEFORE
from good_calls_cheaper import CHEAPER
from good_calls_scaling import SCALING

from tfmath import toy
from tfmath.learning.optimize import adam, start_state
from tfmath.learning.train import make_batch
from tfmath.model.parameters import flatten
from tfmath.model.transformer import transformer
from tfmath.parts.feed_forward import relu
from tfmath.parts.norm import post_norm
from tfmath.parts.text import data_path
from tfmath.tracing import trace

FOLDER = tempfile.mkdtemp(prefix="tfmath-")
RNG = np.random.default_rng(0)
LOG_P = np.log([0.2, 0.5, 0.3])
TABLE = np.log([[0.1, 0.6, 0.3], [0.05, 0.05, 0.9]])
WEIGHTS = {"w": np.array([1.0, 2.0])}
MODEL, SIZES, WORDS = toy.load(), toy.SIZES, toy.WORDS
BATCH = make_batch([("you win", "or die"), ("you", "die")], WORDS)
ROWS = RNG.normal(size=(2, 4, 5))
W_1, W_2 = RNG.normal(size=(5, 7)), RNG.normal(size=(7, 5))
B_1, B_2 = RNG.normal(size=7), RNG.normal(size=5)

rows = ("array", ROWS)
vocab, text, pairs = ("words", WORDS), ("text", "you win"), ("no", [("t", "h")])
n, rng = ("whole", 4), ("no", np.random.default_rng(0))
step = ("function", lambda ids: TABLE[ids[-1] % 2])
log_p = ("row", LOG_P)
writing = {"step": step, "start": ("ids", 0), "end": ("ids", 2), "max_length": ("whole", 3)}
moves = {"parameters": ("dict", WEIGHTS), "gradients": ("dict", WEIGHTS)}
rate = {"learning_rate": ("number", 0.1)}
state = {"state": ("no", start_state(WEIGHTS))}
betas = {"beta_1": ("number", 0.9), "beta_2": ("number", 0.99), "epsilon": ("number", 1e-8)}
costs = "n_query n_key d_model n_heads d_k d_v"
whole_model = "n_source n_target vocab_size d_model n_heads d_k d_v d_ff n_layers"
sizes = "vocab_size d_model n_heads d_k d_v d_ff n_layers"
flags = dict.fromkeys("biases tied final_norm".split(), ("flag", False))
tables = ("no", MODEL)
smoothing = {"label_smoothing": ("number", 0.1)}

GOOD = {
    "parts.data.data_path": {"name": ("text", "toy.csv")},
    "parts.text.read_corpus": {},
    "parts.text.tokenize": {"text": text}
    | dict.fromkeys(("fold_case", "strip_punctuation"), ("flag", True)),
    "parts.text.vocabulary": {"tokens": vocab, "specials": vocab},
    "parts.text.encode": {"words": ("text or words", ["you", "win"]), "vocabulary": vocab},
    "parts.text.decode": {"ids": ("ids", [3, 4]), "vocabulary": vocab},
    "parts.text.pair_merges": {"words": ("words", ["the", "then"]), "n_merges": n},
    "parts.text.pieces": {"word": text, "merges": ("words", [("t", "h")])},
    "parts.position.positional_encoding": {
        "n_positions": ("ids", 3),
        "d_model": n,
        "base": ("number", 10.0),
        "dtype": ("no", np.float64),
    },
    "parts.position.wavelengths": {"d_model": n, "base": ("number", 10.0)},
    "parts.position.rotation": {
        "offset": ("number", 2.0),
        "d_model": n,
        "base": ("number", 10.0),
    },
    "parts.feed_forward.linear": {
        "x": ("array", ROWS),
        "W": ("array", W_1),
        "b": ("array?", B_1),
    },
    "parts.activation.relu": {"x": rows},
    "parts.activation.erf": {"x": rows},
    "parts.activation.gelu": {"x": rows},
    "parts.activation.gelu_tanh": {"x": rows},
    "parts.activation.relu_backward": {"grad_output": rows, "x": rows},
    "parts.activation.gelu_backward": {"grad_output": rows, "x": rows},
    "parts.activation.gelu_tanh_backward": {"grad_output": rows, "x": rows},
    "parts.feed_forward.feed_forward": {
        "x": ("array", ROWS),
        "W_1": ("array", W_1),
        "b_1": ("array?", B_1),
        "W_2": ("array", W_2),
        "b_2": ("array?", B_2),
        "activation": ("function", relu),
    },
    "parts.feed_forward.linear_backward": {
        "grad_output": ("array", ROWS @ W_1),
        "x": ("array", ROWS),
        "W": ("array", W_1),
    },
    "parts.feed_forward.feed_forward_backward": {
        "grad_output": ("array", ROWS),
        "x": ("array", ROWS),
        "W_1": ("array", W_1),
        "b_1": ("array?", B_1),
        "W_2": ("array", W_2),
        "activation": ("no", relu),
    },
    "decoding.filters.with_temperature": {"log_p": log_p, "temperature": ("number", 0.5)},
    "decoding.filters.top_k": {"log_p": log_p, "k": ("whole", 2)},
    "decoding.filters.top_p": {"log_p": log_p, "p": ("number", 0.5)},
    "decoding.filters.repetition_penalty": {
        "log_p": log_p,
        "ids": ("ids", [0]),
        "penalty": ("number", 2.0),
    },
    "decoding.filters.no_repeat": {"log_p": log_p, "ids": ("ids", [0]), "n": ("whole", 2)},
    "decoding.search.greedy": writing,
    "decoding.search.sample": writing
    | {
        "rng": rng,
        "temperature": ("number", 1.0),
        "top_k": ("whole?", 2),
        "top_p": ("number", 1.0),
        "penalty": ("number", 1.0),
        "no_repeat": ("whole?", 4),
    },
    "decoding.search.beam_search": writing
    | {"beam": ("whole", 2), "length_penalty": ("number", 0.5)},
    "decoding.search.all_continuations": {
        "step": step,
        "start": ("ids", 0),
        "end": ("ids", 2),
        "length": ("whole", 2),
    },
    "learning.optimize.start_state": {"parameters": ("dict", WEIGHTS)},
    "learning.optimize.sgd": moves | rate,
    "learning.optimize.momentum": moves | state | rate | {"beta": ("number", 0.9)},
    "learning.optimize.adam": moves | state | rate | betas,
    "learning.optimize.adamw": moves
    | state
    | rate
    | betas
    | {"weight_decay": ("number", 0.1)},
    "learning.optimize.clip_gradients": {
        "gradients": ("dict", WEIGHTS),
        "max_norm": ("number", 1.0),
    },
    "learning.optimize.inverse_square_root": dict.fromkeys(
        ("step", "d_model", "warmup"), n
    ),
    "learning.train.make_batch": {
        "pairs": ("no", [("you win", "or die")]),
        "vocabulary": vocab,
    },
    "learning.train.traced_loss": {"parameters": tables, "batch": ("no", BATCH)}
    | smoothing
    | {"model": ("function", transformer)},
    "learning.train.loss_and_gradients": {"parameters": tables, "batch": ("no", BATCH)}
    | smoothing,
    "learning.train.train": {
        "parameters": tables,
        "batch": ("no", BATCH),
        "steps": ("whole", 2),
        "decimals": ("whole?", 1),
        "max_norm": ("number?", 1.0),
        "move": ("function", adam),
    }
    | rate
    | smoothing,
    "learning.dropout.dropout": {
        "x": ("array", ROWS),
        "p": ("number", 0.5),
        "rng": ("no?", rng[1]),
    },
    "learning.dropout.with_dropout": {
        "p": ("number", 0.5),
        "rng": ("no?", rng[1]),
        "block": ("function", post_norm),
    },
    "model.names.flatten": {"parameters": ("tree", MODEL), "prefix": ("text", "a")},
    "model.names.unflatten": {"flat": ("tree", flatten(MODEL))},
    "model.parameters.shapes": dict.fromkeys(sizes.split(), n) | flags,
    "model.parameters.count": {"parameters": ("dict", MODEL)},
    "model.parameters.starting_values": {
        "rng": rng,
        "sizes": ("sizes", SIZES),
        "dtype": ("no", np.float64),
    },
    "model.parameters.traced": {"parameters": ("dict", MODEL), "words": ("words?", WORDS)},
    "model.parameters.rounded": {"parameters": ("dict", MODEL), "decimals": ("whole", 1)},
    "model.files.save_csv": {
        "path": ("text", f"{FOLDER}/tables.csv"),
        "parameters": ("dict", MODEL),
        "words": vocab,
        "overwrite": ("flag", True),
    },
    "model.files.load_csv": {
        "path": ("text", data_path("toy.csv")),
        "sizes": ("sizes", SIZES),
    },
    "study.slope.slope": {
        "function": ("function", lambda x: x.sum()),
        "x": ("plain array", ROWS[0]),
        "nudge": ("number", 1e-5),
    },
    "study.leak.who_notices": {
        "model": ("function", np.cumsum),
        "ids": ("ids", [2, 0, 1]),
        "vocab_size": ("whole", 3),
    },
    "study.leak.leaks": {
        "model": ("function", np.cumsum),
        "ids": ("ids", [2, 0, 1]),
        "vocab_size": ("whole", 3),
    },
    "study.averaging.spreads": {
        "x": ("plain array", ROWS[0]),
        "join": ("function", lambda x, attended: x + attended),
        "n_layers": ("whole", 2),
        "seed": ("whole", 1),
    },
    "study.scaling.table_sizes": {"tables": ("dict", toy.SIZES)},
    "study.scaling.by_part": {"counts": ("dict", {"encoder / layer 1 / norm": 5})},
    "study.scaling.multiply_adds": {"*outputs": ("traced", trace([1.0], "x"))},
    "study.scaling.matrix_products": {"node": ("traced", trace([1.0], "x"))},
    "study.scaling.attention_multiply_adds": dict.fromkeys(costs.split(), n),
    "study.scaling.transformer_multiply_adds": dict.fromkeys(whole_model.split(), n),
    "study.costs.layer_costs": dict.fromkeys("n d kernel window".split(), n),
    "study.costs.longest_chain": {"*outputs": ("traced", trace([1.0], "x"))},
    "study.ab_game.draw_games": {"rng": rng, "n_games": n, "length": n},
    "study.ab_game.right_answers": {"letters": ("ids", [0, 1, 0])},
    "study.ab_game.hand_set": {"sharpness": ("number", 1.0)},
    "study.ab_game.share_of_b": {"letters": ("ids", [0, 1]), "causal": ("flag", True)}
    | {"sharpness": ("number", 1.0)},
    "study.ab_game.play": {"letters": ("ids", [0, 1]), "line": ("number", 0.5)}
    | {"sharpness": ("number", 1.0)},
    "study.ab_game.longest_game": {"sharpness": ("number", 1.0), "line": ("number", 0.5)},
    **BEFORE,
    **CHEAPER,
    **SCALING,
    "parts.recurrent.convolution": {
        "x": ("array", ROWS[0]),
        "W": ("array", W_1[None]),
        "dilation": n,
    },
    "attention.sparse.restricted_attention": {"x": ("array", ROWS[0]), "window": n},
    "study.costs.layers_until_connected": {
        "layer": ("function", lambda x, number: x + x.sum()),
        "x": ("plain array", ROWS[0]),
    },
    "toy.load": {"path": ("text?", data_path("toy.csv"))},
    "toy.finish": {"parameters": tables, "text": text},
    "toy.next_word": {"parameters": tables, "source": ("ids", [3, 4])},
    "toy.recites": {"parameters": tables},
    "toy.train_toy": {"rng": rng, "steps": ("whole", 2), "rounded_steps": ("whole", 2)}
    | rate,
    "toy.final": {"step": ("no", next(toy.train_toy(rng[1])))},
}
