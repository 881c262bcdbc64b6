"""The models that are cross-checked, and their records: every step and every gradient."""

import math
from typing import Any, NamedTuple

import numpy as np

from tfmath import toy
from tfmath.learning.train import PAD, START, Batch, make_batch, traced_loss
from tfmath.model.parameters import count, flatten, shapes, starting_values, unflatten
from tfmath.tracing import backward, steps
from tfmath.tracing.gradient import gradient_name
from tfmath.tracing.record import ancestors

SMOOTHING = 0.1


class Case(NamedTuple):
    """A model, and sentences to show it."""

    name: str
    parameters: dict
    batch: Batch
    note: str


class Record(NamedTuple):
    """What one run leaves: the loss, every named step and every gradient, by name."""

    loss: Any
    forward: dict
    gradients: dict

    @property
    def steps(self):
        return self.forward | self.gradients


def toy_case(path=None):
    """The toy model reading its three quotes side by side, the shorter ones padded."""
    parameters = toy.load(path)
    note = f"{count(parameters)} trained numbers of one decimal; the three quotes, padded."
    return Case("toy", parameters, make_batch(toy.PAIRS, toy.WORDS), note)


def base_case(seed=0):
    """A model of the paper's base size, with random numbers, a small vocabulary, biases."""
    case = square_case(
        "base", seed, words=64, d_model=512, n_heads=8, d_ff=2048, n_layers=6
    )
    return case._replace(
        note=f"{count(case.parameters):,} random numbers (seed {seed}): d_model 512, "
        "8 heads, d_k = d_v = 64, d_ff 2048, 6 + 6 layers. Two short sentences, a "
        "vocabulary of 64 words in place of 37,000."
    )


def square_case(name, seed, words, d_model, n_heads, d_ff, n_layers):
    """Random tables, d_k = d_v = d_model / n_heads as in nn.Transformer, and sentences."""
    rng, width = np.random.default_rng(seed), d_model // n_heads
    widths = {"d_k": width, "d_v": width, "d_ff": d_ff, "n_layers": n_layers}
    sizes = shapes(words, d_model, n_heads, **widths, biases=True)
    parameters = _shaken(rng, starting_values(rng, sizes))
    source, following = (rng.integers(3, words, (2, n)) for n in (7, 5))
    source[1, 5:], following[1, 4:] = PAD, PAD
    target = np.concatenate([np.full((2, 1), START), following[:, :-1]], axis=1)
    return Case(name, parameters, Batch(source, target, following), "random numbers")


def _shaken(rng, parameters):
    """Gains of 1 and biases of 0 would hide mistakes: move them all."""
    flat = flatten(parameters)
    for name, table in flat.items():
        if name.split(" / ")[-1].startswith(("gain", "b")):
            flat[name] = table + rng.normal(0, 0.1, table.shape)
    return unflatten(flat)


def run(case, dtype=np.float64, traced_loss=traced_loss):
    """Run a case and its backward pass, traced, in one number type."""
    cast = {k: np.asarray(v, dtype) for k, v in flatten(case.parameters).items()}
    loss = traced_loss(unflatten(cast), case.batch, SMOOTHING)
    record = _without_scraps(record_of(loss))
    for name in cast.keys() & record.forward.keys():  # one copy of each table is enough
        record.forward[name].value = cast[name]
    return record


def record_of(loss):
    """Everything that has a name on the way to a loss, and every gradient but its own 1."""
    back = {gradient_name(name): node for name, node in backward(loss).items()}
    return Record(loss, steps(loss), {n: node for n, node in back.items() if node.inputs})


def _without_scraps(record):
    """Forget the numbers of unnamed steps, keeping their shapes: they can be replayed."""
    for node in ancestors(*record.steps.values()):
        if node.inputs and node.name is None:
            node.value = np.broadcast_to(np.zeros((), node.dtype), node.shape)
    return record


def size_of(record):
    """How many numbers a record's steps hold."""
    return sum(math.prod(node.shape) for node in record.steps.values())


CASES = {"toy": toy_case, "base": base_case}
