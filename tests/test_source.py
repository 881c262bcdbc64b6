"""The printed source, executed, must give the record's own numbers and gradients."""

import numpy as np
import pytest
from test_explain import OPERATIONS

from tfmath import (
    cross_entropy,
    multi_head_attention,
    named,
    scaled_dot_product_attention,
    toy,
    trace,
    transformer,
)
from tfmath.learning.train import make_batch, traced_loss
from tfmath.model.parameters import traced
from tfmath.parts.masks import padding_mask
from tfmath.show import backward_source, contents, source
from tfmath.tracing import gradients, steps
from tfmath.tracing.gradient import gradient_name

RNG = np.random.default_rng(3)


def test_attention_reads_as_the_formulas_do():
    x = trace(RNG.normal(size=(4, 3)), "x")
    W_Q, W_K = (trace(RNG.normal(size=(3, 2)), name) for name in ("W_Q", "W_K"))
    query, key = named("query", x @ W_Q), named("key", x @ W_K)
    loss = named("loss", scaled_dot_product_attention(query, key, x).sum())
    text = str(source(loss)).splitlines()
    assert text[0] == "query = x @ W_Q"
    assert text[2].startswith("scores = query @ key.T / 1.414")
    assert text[3] == "weights = softmax(scores)"
    assert "# weights = softmax(scores)\ngrad_scores = weights * (" in str(
        backward_source(loss)
    )


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_runs_as_printed(name):
    x = trace(RNG.normal(size=(4, 3)), "x")
    y = trace(RNG.uniform(0.5, 2, size=(4, 3)), "y")
    result = named("result", OPERATIONS[name](x, y))
    ran = source(result).run()
    np.testing.assert_array_equal(ran["result"], result.value)
    loss = named("loss", (result * result).sum())
    ran, grads = backward_source(loss).run(), gradients(loss)
    assert {"result", "loss"} < grads.keys()
    for step, grad in grads.items():
        np.testing.assert_allclose(ran[f"grad_{step}"], grad, rtol=1e-13, atol=1e-15)


def test_the_whole_toy_model_runs_backwards_as_printed():
    loss = traced_loss(toy.load(), make_batch(toy.PAIRS, toy.WORDS), label_smoothing=0.1)
    program, grads = backward_source(loss), gradients(loss)
    ran = program.run()
    assert len(grads) > 90
    for name, grad in grads.items():
        printed = program.names[gradient_name(name)]
        np.testing.assert_allclose(ran[printed], grad, rtol=1e-12, atol=1e-14)


def test_each_backward_line_stands_under_the_lines_it_undoes():
    x = trace([[1.0, -2.0]], "x")
    twice = named("twice", x * 2)
    both = named("both", twice * twice + x)
    text = str(backward_source(named("loss", both.sum())))
    assert "# twice = x * 2\n# both = twice * twice + x\ngrad_x = " in text


def test_given_arrays_travel_with_the_source():
    batch = make_batch(toy.PAIRS, toy.WORDS)
    parameters = traced(toy.load(), toy.WORDS)
    logits = transformer(parameters, batch.source, batch.target, padding_mask(batch.source))
    ran = source(logits).run()
    np.testing.assert_array_equal(ran["logits"], logits.value)


def test_contents_lists_every_step():
    x = trace(RNG.normal(size=(3, 5)), "x")
    W = toy.load()["encoder"]["layer 1"]["self-attention"]
    result = multi_head_attention(x, x, x, **W)
    lines = str(contents(result)).splitlines()
    assert [line.split("  ")[0] for line in lines] == list(steps(result))
    assert any(line.startswith("head 2 / weights  (3, 3)") for line in lines)


def test_cross_entropy_is_printed_with_its_options():
    logits = trace(RNG.normal(size=(2, 4)), "logits")
    loss = named("loss", cross_entropy(logits, [1, 3], label_smoothing=0.1))
    ran = source(loss).run()
    assert ran["loss"] == loss.value
