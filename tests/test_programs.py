"""The printed source is a program: run with other inputs it gives their gradients."""

import numpy as np
import pytest

from tfmath import (
    cross_entropy,
    gelu,
    layer_norm,
    named,
    relu,
    scaled_dot_product_attention,
    softmax,
    toy,
    trace,
)
from tfmath.learning.train import Batch, make_batch, traced_loss
from tfmath.model.parameters import flatten, unflatten
from tfmath.show import backward_source, source
from tfmath.tracing import Traced, gradients, steps
from tfmath.tracing.gradient import gradient_name


def masked_attention(rng):
    mask = rng.random((4, 6)) < 0.5
    query, key, value = (
        trace(rng.normal(size=shape), name)
        for name, shape in (("query", (4, 3)), ("key", (6, 3)), ("value", (6, 2)))
    )
    return squares(scaled_dot_product_attention(query, key, value, mask))


def squares(array):
    return named("loss", (array * array).sum())


def toy_model(rng, dtype=np.float64):
    tables = {
        name: (table + 0.1 * rng.normal(size=table.shape)).astype(dtype)
        for name, table in flatten(toy.load()).items()
    }
    batch = make_batch(toy.PAIRS, toy.WORDS)
    ids = [
        np.where((a == 0) & (rng.random(a.shape) < 0.7), 0, rng.integers(3, 26, a.shape))
        for a in batch
    ]
    ids[2][0, 0] = 5  # one target at least that counts
    return traced_loss(unflatten(tables), Batch(*ids), label_smoothing=0.1)


def two_layers(activation):
    def loss(rng):
        x, W_1, W_2 = (
            trace(rng.normal(size=shape), name)
            for name, shape in (("x", (3, 4)), ("W_1", (4, 5)), ("W_2", (5, 6)))
        )
        logits = named("logits", activation(x @ W_1) @ W_2)
        targets = rng.integers(0, 6, 3)
        return named("loss", cross_entropy(logits, targets, label_smoothing=0.2))

    return loss


def of_two(function):
    """A loss of two arrays (4, 3): x of any sign, y of positive numbers."""

    def loss(rng):
        x, y = trace(rng.normal(size=(4, 3)), "x"), trace(rng.uniform(0.5, 2, (4, 3)), "y")
        return squares(named("result", function(x, y, rng)))

    return loss


def triple(x, y, rng):
    return np.einsum("ij,kj,k->i", x, y, rng.normal(size=4))


def looked_up(x, y, rng):
    return x[rng.integers(0, 4, 9)] * y[rng.integers(0, 4, 9), ::-1]


PROGRAMS = {
    "attention with a mask": masked_attention,
    "the toy model": toy_model,
    "gelu": two_layers(gelu),
    "relu": two_layers(relu),
    "a learner's relu": two_layers(lambda x: x * (x > 0)),
    "a learner's leaky relu": two_layers(lambda x: np.where(x > 0, x, 0.1 * x)),
    "extremes": of_two(lambda x, y, _: x.max(axis=0) * y.min(axis=1, keepdims=True)),
    "of two": of_two(lambda x, y, _: np.maximum(x, y) - np.minimum(x, 0.1) * y),
    "absolute": of_two(lambda x, y, _: abs(x) + np.abs(y - 1)),
    "clip": of_two(lambda x, y, _: np.clip(x, -0.5, 0.5) * y),
    "where": of_two(lambda x, y, rng: np.where(rng.random((4, 3)) < 0.5, x, y)),
    "a choice of two": of_two(lambda x, y, _: np.where((x > 0) & ~(y > 1), x * y, y)),
    "a row with any": of_two(
        lambda x, y, _: np.where(np.any(x > 1, axis=1, keepdims=True), x, y * y)
    ),
    "powers": of_two(lambda x, y, _: x**2 + y**x + 2**x + y**-0.5),
    "norm": of_two(lambda x, y, _: layer_norm(x, y[0], y[1])),
    "einsum": of_two(triple),
    "concatenate": of_two(lambda x, y, _: np.concatenate([x, y * y, x], axis=1)),
    "places": of_two(looked_up),
    "a mask that picks": of_two(
        lambda x, y, rng: x[rng.permutation(12).reshape(4, 3) < 6] * y[:2].ravel()
    ),
    "softmax with a mask": of_two(
        lambda x, y, rng: softmax(x, rng.random((4, 3)) < 0.7) * y
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_run_with_other_inputs_it_gives_their_numbers_and_gradients(name):
    first, other = (PROGRAMS[name](np.random.default_rng(seed)) for seed in (1, 2))
    program, fresh = backward_source(first), backward_source(other)
    assert str(program) == str(fresh), "something of one run is written into the program"
    assert all(not np.array_equal(program.given[n], fresh.given[n]) for n in own(fresh))
    ran, grads = program.run(**fresh.given), gradients(other)
    assert "loss" in grads and len(grads) > 2
    for step, node in steps(other).items():
        np.testing.assert_array_equal(ran[program.names[step]], node.value)
    for step, grad in grads.items():
        found = ran[program.names[gradient_name(step)]]
        np.testing.assert_allclose(found, grad, rtol=1e-12, atol=1e-13, err_msg=step)
    assert not np.array_equal(program.run()["loss"], other.value)


def own(program):
    """The names of what is drawn anew; positions and who may look back stay the same."""
    return set(program.given) - {"target_mask", "encoder_position", "decoder_position"}


def test_float32_programs_stay_float32():
    loss = toy_model(np.random.default_rng(1), np.float32)
    ran, grads = backward_source(loss).run(), gradients(loss)
    floats = {name: a.dtype for name, a in ran.items() if a.dtype.kind == "f"}
    assert set(floats.values()) == {np.dtype(np.float32)}
    np.testing.assert_array_equal(ran["grad_logits"], grads["logits"], strict=True)


def test_a_program_can_be_traced_itself():
    x = trace([1.0, 2.0], "x")
    program = source(named("y", np.exp(x) / np.exp(x).sum()))
    again = program.run(x=trace([0.5, -1.0], "x"))["y"]
    assert isinstance(again, Traced)
    np.testing.assert_allclose(again.value, softmax(np.array([0.5, -1.0])), rtol=1e-14)
