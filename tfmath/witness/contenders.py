"""What `python -m tfmath bench` measures: our functions, and who computes the same.

Each contender is built when its turn comes and forgotten afterwards.
"""

import warnings
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch.nn import functional as F

from tfmath import toy
from tfmath.attention.blockwise import blockwise_attention
from tfmath.attention.dot_product import scaled_dot_product_attention
from tfmath.learning.loss import cross_entropy
from tfmath.learning.recorded import Recorded
from tfmath.learning.train import make_batch, traced_loss, train
from tfmath.model.layers import encoder_layer
from tfmath.model.parameters import flatten, starting_values, traced, unflatten
from tfmath.model.transformer import transformer
from tfmath.parts.norm import EPSILON, layer_norm
from tfmath.parts.softmax import log_softmax, softmax
from tfmath.witness import by_hand, cases, torch_modules, torch_training
from tfmath.witness.contest import Contest
from tfmath.witness.torch_cache import cached_words
from tfmath.witness.untraced import without_record

SMOOTHING = 0.1
SINGLE, DOUBLE = 3e-5, 1e-9  # what two orders of adding may differ by


class Contender(NamedTuple):
    """A line of the table, before it is measured."""

    name: str
    against: str
    build: Callable


# Training -------------------------------------------------------------------------------


def _toy_start():
    start = starting_values(np.random.default_rng(0), toy.SIZES)
    return start, make_batch(toy.PAIRS, toy.WORDS)


def toy_step_with_torch(compiled=False):
    """One step of training the toy model, beside PyTorch with its fused Adam."""
    start, batch = _toy_start()
    ours = train(start, batch, 10**9, 0.02, SMOOTHING)
    tables = torch_training.as_tensors(flatten(start))
    adam = torch.optim.Adam(list(tables.values()), lr=0.02, fused=True)
    loss_of = torch_training.torch_loss
    loss_of = torch.compile(loss_of) if compiled else loss_of

    def theirs():
        adam.zero_grad()
        with warnings.catch_warnings(action="ignore"):  # compiling, PyTorch warns of itself
            loss = loss_of(tables, batch, SMOOTHING)
        loss.backward()
        adam.step()
        return loss.detach().numpy()

    reach = 0.9 if compiled else 0.45
    return Contest(lambda: np.float64(next(ours).loss), theirs, DOUBLE, reach)


def toy_step_by_hand():
    """The same beside forward, backward and Adam typed in by hand."""
    start, batch = _toy_start()
    ours, flat = train(start, batch, 10**9, 0.02, SMOOTHING), flatten(start)
    row = np.concatenate([table.ravel() for table in flat.values()])
    ends = np.cumsum([table.size for table in flat.values()])[:-1]
    pieces = zip(flat.items(), np.split(row, ends), strict=True)
    tables = {name: piece.reshape(table.shape) for (name, table), piece in pieces}
    mean, square, step = np.zeros_like(row), np.zeros_like(row), iter(range(1, 10**9))

    def theirs():
        loss, grads = by_hand.loss_and_gradients(tables, batch, SMOOTHING)
        grads = np.concatenate([grads[name].ravel() for name in tables])
        by_hand.adam(row, grads, mean, square, next(step), 0.02)
        return np.float64(loss)

    return Contest(lambda: np.float64(next(ours).loss), theirs, DOUBLE, 3.0)


def model_gradients(case, reach):
    """Loss and all gradients of a float32 model, beside ``torch.nn.Transformer``."""
    tables = {name: np.float32(table) for name, table in flatten(case.parameters).items()}
    ours = _program(tables, case.batch)
    tensors = torch_modules.as_tensors(unflatten(tables), True)
    flat = flatten(tensors)

    def theirs():
        logits = torch_modules.transformer_logits(tensors, *case.batch[:2])
        targets = torch.tensor(case.batch.following)
        loss = F.cross_entropy(
            logits.flatten(0, 1),
            targets.flatten(),
            ignore_index=0,
            label_smoothing=SMOOTHING,
        )
        grads = torch.autograd.grad(loss, list(flat.values()))
        return [loss.detach().numpy(), *(grad.numpy() for grad in grads)]

    return Contest(ours, theirs, 1e-3, reach)


def _program(tables, batch):
    """What `train` runs from the third step on."""
    parameters = unflatten(tables)
    found = Recorded(lambda tables: traced_loss(tables, batch, SMOOTHING), batch)
    for _ in range(2):
        found.by_record(parameters)

    def ours():
        loss, grads = found.by_program(tables)
        return [np.float64(loss), *(grads[name] for name in tables)]

    return ours


def square(d_model, n_layers, words, n, reach):
    """A case of 8 heads and 8 sentences of `n` words."""
    sizes = {"d_model": d_model, "n_heads": 8, "d_ff": 4 * d_model, "n_layers": n_layers}
    case = cases.square_case("bench", 0, words=words, **sizes)
    ids = np.random.default_rng(1).integers(1, words, (3, 8, n))
    return model_gradients(case._replace(batch=type(case.batch)(*ids)), reach)


def loss_of_many_words():
    """The loss of 32 positions over 32,000 words."""
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(32, 32_000)).astype(np.float32)
    targets = rng.integers(0, 32_000, 32)
    theirs = torch.tensor(logits), torch.tensor(targets)
    return Contest(
        lambda: cross_entropy(logits, targets, 0.1),
        lambda: F.cross_entropy(*theirs, label_smoothing=0.1).numpy(),
        SINGLE,
        6.0,
    )


# Functions ------------------------------------------------------------------------------


def attention(n, causal, reach, ours=scaled_dot_product_attention):
    """float32 attention of 8 sentences and 8 heads."""
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=(8, 8, n, 64)).astype(np.float32) for _ in range(3)]
    tensors = [torch.tensor(array) for array in arrays]
    mask = np.tri(n, dtype=bool) if causal else None
    theirs = F.scaled_dot_product_attention
    return Contest(
        lambda: ours(*arrays, mask),
        lambda: theirs(*tensors, is_causal=causal).numpy(),
        SINGLE,
        reach,
    )


def _rows():
    return np.random.default_rng(0).normal(size=(1024, 512)).astype(np.float32)


def _plain_softmax(x):
    grown = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return grown / np.sum(grown, axis=-1, keepdims=True)


def _plain_log_softmax(x):
    shifted = x - np.max(x, axis=-1, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis=-1, keepdims=True))


def _plain_layer_norm(x, gain, bias):
    centred = x - np.mean(x, axis=-1, keepdims=True)
    variance = np.mean(centred * centred, axis=-1, keepdims=True)
    return centred / np.sqrt(variance + np.float32(EPSILON)) * gain + bias


def row_function(ours, plain, *tables):
    """A function of rows, beside the same in three lines, all in float32."""
    x = _rows()
    return Contest(lambda: ours(x, *tables), lambda: plain(x, *tables), 1e-5, 1.8)


def norm():
    gain, bias = np.random.default_rng(1).normal(size=(2, 512)).astype(np.float32)
    return row_function(layer_norm, _plain_layer_norm, gain, bias)


def traceable(d_model):
    """An encoder layer of plain arrays, beside our own source without a record."""
    sizes = {"d_model": d_model, "n_heads": 8, "d_ff": 4 * d_model, "n_layers": 1}
    case = cases.square_case("bench", 0, words=9, **sizes)
    layer = case.parameters["encoder"]["layer 1"]
    x = np.random.default_rng(0).normal(size=(64, d_model))
    plain = without_record()["model.layers"]["encoder_layer"]
    return Contest(lambda: encoder_layer(x, layer), lambda: plain(x, layer), 0.0, 1.1)


def tracing(case, reach):
    """Scores of a whole model with a record, beside without."""
    source, target, _ = case.batch
    parameters = case.parameters
    return Contest(
        lambda: transformer(traced(parameters), source, target).value,
        lambda: transformer(parameters, source, target),
        0.0,
        reach,
    )


CONTENDERS = [
    Contender("toy training step", "torch eager, fused Adam", toy_step_with_torch),
    Contender("", "torch.compile, fused Adam", lambda: toy_step_with_torch(True)),
    Contender("", "NumPy by hand, no record", toy_step_by_hand),
    Contender(
        "d_model 64, 2 + 2 layers, 1000 words, gradients",
        "nn.Transformer",
        lambda: square(64, 2, 1000, 32, 1.0),
    ),
    Contender(
        "d_model 512, 2 + 2 layers, 1000 words, gradients",
        "nn.Transformer",
        lambda: square(512, 2, 1000, 32, 1.3),
    ),
    Contender(
        "base model, 6 + 6 layers, gradients",
        "nn.Transformer",
        lambda: square(512, 6, 32_000, 7, 2.0),
    ),
    Contender("loss over 32,000 words, float32", "torch", loss_of_many_words),
    *(
        Contender(
            f"{'causal ' if causal else ''}attention, n {n}, float32",
            "torch SDPA",
            lambda n=n, causal=causal, reach=reach: attention(n, causal, reach),
        )
        for causal, reaches in ((False, (1.6, 2.2, 2.5)), (True, (2.0, 2.0, 2.0)))
        for n, reach in zip((128, 512, 2048), reaches, strict=True)
    ),
    *(
        Contender(
            f"{'causal ' if causal else ''}blockwise attention, n {n}, float32",
            "torch SDPA",
            lambda n=n, causal=causal: attention(
                n, causal, 1.25 + 0.15 * causal, blockwise_attention
            ),
        )
        for causal in (False, True)
        for n in (512, 2048)
    ),
    Contender(
        "softmax 1024 × 512, float32",
        "three lines, float32",
        lambda: row_function(softmax, _plain_softmax),
    ),
    Contender(
        "log_softmax 1024 × 512, float32",
        "three lines, float32",
        lambda: row_function(log_softmax, _plain_log_softmax),
    ),
    Contender("layer_norm 1024 × 512, float32", "three lines, float32", norm),
    Contender(
        "a word by the base model, cached", "torch, cached, its layout", cached_words
    ),
    Contender("", "torch, cached, our layout", lambda: cached_words(turned=False)),
    Contender("encoder layer, d_model 64", "itself, not traceable", lambda: traceable(64)),
    Contender(
        "encoder layer, d_model 512", "itself, not traceable", lambda: traceable(512)
    ),
    Contender(
        "toy forward, with a record", "without", lambda: tracing(cases.toy_case(), 2.2)
    ),
    Contender(
        "d_model 64 forward, with a record",
        "without",
        lambda: tracing(
            cases.square_case(
                "bench", 0, words=1000, d_model=64, n_heads=8, d_ff=256, n_layers=2
            ),
            2.5,
        ),
    ),
]
