"""float32 in, float32 out: every public function of the mathematics, found by itself.

A function that is not in `CALLS` and not in `no_arrays` fails the test, so a new one cannot
be forgotten, whatever module it stands in.
"""

import sys
from collections import Counter
from types import ModuleType

import numpy as np
import pytest
from house import FLOOR, MODULES, public
from no_arrays import NO_ARRAYS

import tfmath
from tfmath import toy
from tfmath.attention.dot_product import attend
from tfmath.decoding.cache import start_cache
from tfmath.decoding.kept import kept_of
from tfmath.learning.optimize import start_state
from tfmath.learning.train import Step, make_batch
from tfmath.model.packed import attention_state
from tfmath.model.parameters import shapes, starting_values, traced
from tfmath.model.recurrent import recurrent_shapes
from tfmath.model.states import layer_state, stack_state, transformer_state
from tfmath.model.transformer import encode_source, transformer
from tfmath.parts.feed_forward import linear, relu
from tfmath.parts.norm import post_norm
from tfmath.study.examination import notes
from tfmath.tracing import Traced, ancestors, backward, named

SIZES = shapes(26, d_model=5, n_heads=2, d_k=3, d_v=2, d_ff=7, biases=True, final_norm=True)
SOURCE, TARGET = np.array([3, 1, 4, 1, 5, 9]), np.array([2, 6, 5, 3])
BATCH = make_batch(toy.PAIRS, toy.WORDS)


def arguments(dtype):
    """For each function its arguments, every float among them of one type."""
    rng = np.random.default_rng(0)
    new = lambda *shape: rng.normal(size=shape).astype(dtype)  # noqa: E731
    tables = starting_values(rng, SIZES, dtype)
    encoder, decoder = tables["encoder"], tables["decoder"]
    recurrent = starting_values(rng, recurrent_shapes(26, d_model=5, d=3), dtype)
    square = starting_values(rng, shapes(23, 4, 2, 2, 2, 7), dtype)
    layer, attention = decoder["layer 1"], decoder["layer 1"]["self-attention"]
    head = {name: table[0] for name, table in attention.items() if name[2] != "O"}
    x, memory, ff = new(4, 5), new(6, 5), layer["feed-forward"]
    log_p, mask = np.log(np.full(26, 1 / 26, dtype)), np.tri(4, 6, 2, dtype=bool)
    examined_tables = {n: new(8, 8) for n in ("asked", "name", "letter", "out")}
    flat, state = {"W": new(5, 3)}, {"W": new(5, 3)}
    start = start_state(flat)
    step, kept = start_cache(tables, memory), kept_of(memory, layer["cross-attention"])
    bend = lambda rows: rows * dtype(2)  # noqa: E731
    norm = (np.ones(5, dtype), new(5))
    heads = (new(2, 4, 3), new(2, 6, 3), new(2, 6, 2))
    record = traced({"x": x})["x"]
    doubled = named("doubled", record * 2)
    return {
        "log_probabilities": ("here", log_p),
        "average_of": (memory[2:].mean(axis=0), memory),
        "loss_and_gradients": (tables, BATCH),
        "softmax": (new(4, 6), mask), "softmax_backward": (new(4, 6), new(4, 6)),
        "log_softmax": (new(4, 6),), "log_softmax_backward": (new(4, 6), new(4, 6)),
        "logsumexp": (new(4, 6), mask), "one_hot": ([2, 0], 3, dtype),
        "lookup": (SOURCE, tables["embedding"]), "embed": (SOURCE, tables["embedding"]),
        "positional_encoding": (4, 5, 1e4, dtype),
        "scaled_dot_product_attention": (new(4, 3), new(6, 3), new(6, 2), mask),
        "attend": (new(4, 3), new(6, 3), new(6, 2), mask),
        "in_blocks": (tfmath.scaled_dot_product_attention, *new(3, 4, 3), mask[:, :4]),
        "scaled_dot_product_attention_backward": (
            new(4, 2), new(4, 3), new(6, 3), new(6, 2), new(4, 6)
        ),
        "matched_rows": ("here", *heads, mask), "elu_plus_one": (x,),
        "linear_attention": (*heads, mask),
        "causal_linear_attention": (x, x, new(4, 2)),
        "recurrent_attention": (x, x, new(4, 2)),
        "by_sums": heads, "share": (x, np.ones((4, 1), dtype)),
        "without_hidden": (new(6, 2), mask),
        "low_rank_attention": (*heads, None, new(3, 6), new(3, 8)),
        "positive_features": (x, new(7, 5)),
        "random_feature_attention": (*heads, mask, np.ones((7, 3))),
        "answers": (examined_tables, attend, *notes(rng, 3)[:3]),
        "table_attention": heads, "mean_attention": (x, x, new(4, 3)),
        "window_in_place": (x, x, new(4, 3), 1),
        "bucket_attention": (x, x, new(4, 3), new(2, 5)),
        "biased_attention": (*heads, mask, new(2, 4, 6)), "scaled": (new(4, 6), 3),
        "relative_attention": (*heads, mask, new(5, 3), new(5, 2)),
        "t5_attention": (*heads, mask, np.ones((2, 4))), "alibi_attention": (*heads, mask),
        "by_head": ("here", "slopes", [0.5, 0.25], heads[0]),
        "rotate": (new(4, 6), [0, 1, 2, 3]),
        "rotary_attention": (new(2, 4, 6), new(2, 6, 6), heads[2], mask),
        "fitted": (
            "here", 2, {"query": x, "key": memory, "value": memory},
            {n: head[n] for n in ("W_Q", "W_K", "W_V")}, dict.fromkeys("QKV"), mask,
        ),
        "fitted_output": (attention["W_O"], attention["b_O"], 4),
        "asked": (x, attention["W_Q"], attention["b_Q"]),
        "offered": (x, x, *(attention[n] for n in ("W_K", "W_V", "b_K", "b_V"))),
        "look": (*heads, attention["W_O"], attention["b_O"], mask),
        "attention_head": (x, memory, memory, *(head[f"W_{t}"] for t in "QKV")),
        "multi_head_attention": (
            x, memory, memory, *(attention[f"W_{t}"] for t in "QKVO"),
            *(attention[f"b_{t}"] for t in "QKVO"), mask,
        ),
        "row_mean": (x,), "row_deviation": (x, new(4, 1)),
        "varying_deviation": (x, new(4, 1)),
        "standardized": (x, new(4, 1), np.ones((4, 1), dtype)),
        "standardize": (x,), "standardize_backward": (new(4, 5), new(4, 5), x),
        "layer_norm": (x, *norm), "layer_norm_backward": (new(4, 5), new(4, 5), x, new(5)),
        "post_norm": ("norm", x, bend, *norm), "pre_norm": ("norm", x, bend, *norm),
        "linear": (x, new(5, 7), new(7)), "affine": (x, new(5, 7), new(7)),
        "linear_backward": (new(4, 7), x, new(5, 7)), "relu": (x,), "erf": (x,),
        "relu_backward": (x, x), "gelu_backward": (x, x), "gelu_tanh_backward": (x, x),
        "gelu": (x,), "gelu_tanh": (x,), "feed_forward": (x, *ff.values()),
        "feed_forward_backward": (new(4, 5), x, ff["W_1"], ff["b_1"], ff["W_2"]),
        "encoder_layer": (x, encoder["layer 1"]), "decoder_layer": (x, memory, layer),
        "encoder": (x, encoder), "decoder": (x, memory, decoder),
        "encode_source": (tables, SOURCE), "decode_target": (tables, TARGET, memory),
        "transformer": (tables, SOURCE, TARGET), "word_scores": (x, tables),
        "last_norm": (x, encoder),
        "handed": lambda f: f("here", {"W": new(5, 3)}, linear, x),
        "looking": lambda f: f("self-attention", layer, None, attend)(x),
        "in_block": lambda f: f(post_norm, "norm 1", x, bend, layer),
        "kept_of": (x, attention),
        "rows_and_kept": (x, layer, None, kept, np.tri(4, 4) > 0),
        "think": lambda f: f(layer, relu)(x),
        "target_distribution": (TARGET, 23, 0.1, dtype),
        "cross_entropy": (new(4, 23), TARGET, 0.1, 2),
        "cross_entropy_backward": (dtype(1), new(4, 23), TARGET, 0.1, 2),
        "tables_of": ("here", tables), "matched": ("here", flat, state),
        "arrays": ("here", "gradients", flat), "as_one_row": (lambda w: (w,), flat),
        "start_state": (flat,), "sgd": (flat, state, 0.1),
        "momentum": (flat, state, start, 0.1),
        "adam": (flat, state, start, 0.1), "adamw": (flat, state, start, 0.1),
        "clip_gradients": (flat, 0.1),
        "with_temperature": (log_p, 0.5), "top_k": (log_p, 3), "top_p": (log_p, 0.5),
        "repetition_penalty": (log_p, [1], 2.0), "no_repeat": (log_p, [1, 2, 1], 2),
        "start_cache": (tables, memory), "decode_next": (tables, [2], step),
        "decoding.cache.next_word": lambda f: f(tables, SOURCE)([2, 6]),
        "toy.next_word": lambda f: f(tables, SOURCE)([2, 6]),
        "final": (Step(1, 0.0, tables),),
        "trace": (x, "x"), "named": ("doubled", doubled),
        "labelled": (doubled, 0, list("abcd")),
        "constant": ("c", new(4, 5), record), "ancestors": (doubled,), "steps": (doubled,),
        "gradients": (doubled.sum(),), "backward": (doubled.sum(),),
        "dropout": (x, 0.5, rng),
        "with_dropout": lambda f: f(0.5, rng)("norm", x, bend, *norm),
        "pack": [new(2, 4, 2) for _ in range(3)], "unpack": (new(12, 4), new(12), 2),
        "attention_state": (*[new(2, 4, 2) for _ in range(3)], new(4, 4)),
        "attention_from_state": (attention_state(*new(3, 2, 4, 2), new(4, 4)), 2),
        "linear_state": (new(5, 7),), "linear_from_state": ({"weight": new(7, 5)},),
        "norm_state": norm, "norm_from_state": ({"weight": new(5)},),
        "layer_state": (square["encoder"]["layer 1"],),
        "layer_from_state": (layer_state(square["decoder"]["layer 1"]), 2),
        "stack_state": (square["encoder"],), "transformer_state": (square,),
        "stack_from_state": (stack_state(square["decoder"]), 2),
        "transformer_from_state": (transformer_state(square), 2),
        "loaded": ({"bias": x}, ["bias"], [], "here"), "given": lambda f: f("here", x=x),
        "recurrence": (x, new(5, 7), new(7, 7)), "convolution": (x, new(3, 5, 7), 2),
        "sequence_to_sequence": (recurrent, SOURCE, TARGET),
        "mix": (x, new(4, 3), new(8, 2)), "fixed_context": (x, memory, new(6, 2)),
        "gru": (x, new(5, 6), new(2, 6), new(6), new(6)), "sigmoid": (x,),
        "lstm": (x, new(5, 8), new(2, 8), new(8), new(8)),
        "one_by_one": ("here", lambda heard, h: (h + heard,), x, (new(5),)),
        "fitted_cell": ("here", ("d",), x, new(5, 7), new(7, 7), None, new(7)),
        "first_state": ("here", "start", None, x, new(7, 7)),
        "additive_scores": (x, new(6, 3), new(5, 7), new(3, 7), new(7)),
        "additive_attention": lambda f: f(
            x, new(6, 3), new(6, 2), mask, W=new(5, 7), U=new(3, 7), v=new(7)
        ),
        "weighted_average": ("here", new(4, 6), new(6, 2), mask),
        "dot_scores": (x, memory), "general_scores": (x, new(6, 3), new(5, 3)),
        "concat_scores": (x, new(6, 3), new(8, 7), new(7)),
        "dot_attention": (x, memory, new(6, 2), mask),
        "general_attention": lambda f: f(x, new(6, 3), new(6, 2), mask, W=new(5, 3)),
        "concat_attention": lambda f: f(
            x, new(6, 3), new(6, 2), mask, W=new(8, 7), v=new(7)
        ),
        "restricted_attention": (x, 2),
        "rows_of_one_text": lambda f: f("here", x, memory, memory, mask),
        "attend_in_pairs": (x, x, x, None, [(range(4), range(4))], np.greater_equal),
        "attend_and_total": (*heads, mask), "merged": (new(4, 3), new(4, 3)),
        "sliding_window_attention": lambda f: f(*heads, mask, width=1, block=3),
        "global_window_attention": lambda f: f(*heads, mask, width=1, block=3),
        "strided_attention": lambda f: f(*heads, mask, stride=2),
        "fixed_attention": lambda f: f(*heads, mask, stride=2),
        "block_sparse_attention": lambda f: f(*heads, layout=np.eye(3) > 0, block=2),
        "blockwise_attention": (*heads, mask, 2), "running_attention": (*heads, mask, 2),
        "taken_in": (new(4, 1), new(4, 1), new(4, 2), new(4, 6), new(6, 2), mask),
        "letter_scores": (tables | {"output": new(5, 6)}, new(4, 26), "none"),
        "grouped_query_attention": (new(4, 4, 3), *heads[1:], mask),
        "decoder_only": (tables, SOURCE),
        "without_sum": ("norm", x, bend, *norm), "without_norm": ("norm", x, bend, *norm),
        "without_mask": (*heads, mask), "without_transpose": (*heads, mask),
        "with_only": ({"norm": {"gain": new(3)}}, [True, False, True]),
        "without_root": (*heads, mask), "one_softmax": (*heads, mask),
        "starting_values": (rng, SIZES, dtype), "traced": (tables,), "rounded": (tables,),
    }  # fmt: skip


def found(modules=MODULES):
    """The public functions of floors 1 to 3, by name; by the full name if two share one."""
    low = [name for name in modules if FLOOR.get(name.split(".")[0]) in (1, 2, 3)]
    low = [name for name in low if not name.endswith("_row")]  # for the witnesses' types
    functions = public(low)
    shared = Counter(name.rpartition(".")[2] for name in functions)
    names = {name: name.rpartition(".")[2] for name in functions}
    return {s if shared[s] == 1 else n: functions[n] for n, s in names.items()}


CALLS = arguments(np.float32)
FUNCTIONS = found()


def floats_in(result):
    """Every float array and number of a result, however it is packed."""
    if isinstance(result, Traced):
        return [result.value]
    if isinstance(result, dict):
        return [x for part in result.values() for x in floats_in(part)]
    if isinstance(result, tuple | list):
        return [x for part in result for x in floats_in(part)]
    is_float = isinstance(result, np.ndarray | np.floating) and result.dtype.kind == "f"
    return [result] if is_float else []


def test_every_public_function_is_called_or_has_no_arrays():
    known = set(CALLS) | NO_ARRAYS
    new, gone = sorted(set(FUNCTIONS) - known), sorted(known - set(FUNCTIONS))
    assert not new, f"add a call of each in `arguments` above, or to no_arrays.py: {new}"
    assert not gone, f"these are not there any more: {gone}"
    assert set(CALLS) & NO_ARRAYS == set()
    faces = {name for name in tfmath.__all__ if name in FUNCTIONS}
    assert len(faces) > 20


def test_control_a_new_module_is_looked_at(monkeypatch):
    module = ModuleType("tfmath.parts.newest")
    code = "import numpy as np\ndef wide(x): return x / np.sqrt(7)\n"
    exec(code, vars(module))
    monkeypatch.setitem(sys.modules, "tfmath.parts.newest", module)
    new = found([*MODULES, "parts.newest"])
    assert set(new) - set(FUNCTIONS) == {"wide"}
    assert {a.dtype for a in floats_in(new["wide"](np.float32([1, 2])))} == {
        np.dtype(float)
    }


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", CALLS)
def test_the_type_that_goes_in_comes_out(name, dtype):
    given = arguments(dtype)[name]
    function = FUNCTIONS[name]
    result = given(function) if callable(given) else function(*given)
    found = floats_in(result)
    if dtype == np.float32:
        assert found
    assert {array.dtype for array in found} <= {np.dtype(dtype)}


def test_no_step_and_no_gradient_on_the_way_leaves_float32():
    tables = traced(starting_values(np.random.default_rng(0), SIZES, np.float32))
    logits = transformer(tables, SOURCE, TARGET)
    loss = tfmath.cross_entropy(logits, TARGET, label_smoothing=0.1)
    nodes = ancestors(loss, *backward(loss).values())
    floats = [node for node in nodes if node.dtype.kind == "f"]
    assert len(floats) > 300
    assert {node.dtype for node in floats} == {np.dtype(np.float32)}


def test_the_encoders_memory_is_of_the_tables_type():
    """Control: a float64 table among float32 ones is seen."""
    tables = starting_values(np.random.default_rng(0), SIZES, np.float32)
    assert floats_in(encode_source(tables, SOURCE))[0].dtype == np.float32
    norm = tables["encoder"]["norm"]
    tables["encoder"]["norm"] = norm | {"gain": norm["gain"].astype(np.float64)}
    assert floats_in(encode_source(tables, SOURCE))[0].dtype == np.float64
