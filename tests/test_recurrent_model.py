"""The recurrent encoder-decoder: assembled once more from PyTorch's own modules."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from tables import assert_close, assert_same_function, draw

from tfmath import padding_mask, steps, toy, traced
from tfmath.attention.luong import dot_attention, general_attention
from tfmath.errors import MissingError, ShapeError
from tfmath.learning.train import loss_and_gradients, make_batch, traced_loss, train
from tfmath.model.parameters import starting_values, unflatten
from tfmath.model.recurrent import (
    fixed_context,
    mix,
    recurrent_shapes,
    sequence_to_sequence,
)
from tfmath.parts.gated import gru, lstm
from tfmath.parts.recurrent import recurrence
from tfmath.show import explain
from tfmath.show.formulas import value_of

V, D_MODEL, D = 23, 5, 3
SOURCE, TARGET = (
    np.array([[3, 20, 7, 9, 4, 11], [5, 6, 9, 0, 0, 0]]),
    np.array([[1, 8, 8]] * 2),
)
MASK = padding_mask(SOURCE)
KINDS = {
    "dot": {"attention": dot_attention},
    "general": {"attention": general_attention},
    "fixed": {"attention": fixed_context},
    "simple cells": {"read": recurrence},
}
every_kind = pytest.mark.parametrize("kind", KINDS)


def tables(kind, seed=0):
    rng, gates = np.random.default_rng(seed), 1 if kind == "simple cells" else 3
    sizes = recurrent_shapes(V, D_MODEL, D, gates, general=kind == "general")
    return unflatten({name: draw(rng, *size) for name, size in sizes.items()})


def torch_read(kind, x, cell, start=None, lengths=None):
    net = torch.nn.RNN if kind == "simple cells" else torch.nn.GRU
    net = net(D_MODEL, D, batch_first=True, dtype=torch.float64)
    state = {"weight_ih_l0": cell["W_x"].T, "weight_hh_l0": cell["W_h"].T}
    state |= {"bias_ih_l0": cell["b_x"], "bias_hh_l0": cell["b_h"]}
    if lengths is not None:
        pack = torch.nn.utils.rnn.pack_padded_sequence
        x = pack(x, lengths, batch_first=True, enforce_sorted=False)
    states, last = torch.func.functional_call(net, state, (x, start))
    if lengths is not None:
        states = torch.nn.utils.rnn.pad_packed_sequence(states, batch_first=True)[0]
    return states, last


def torchs(kind, t):
    x, y = (F.embedding(torch.tensor(ids), t["embedding"]) for ids in (SOURCE, TARGET))
    memory, last = torch_read(kind, x, t["encoder"], lengths=MASK.sum(-1)[:, 0])
    states, _ = torch_read(kind, y, t["decoder"], start=last)
    query = states @ t["attention"]["W"] if kind == "general" else states
    look, mask = F.scaled_dot_product_attention, torch.tensor(MASK)
    found = look(query, memory, memory, attn_mask=mask, scale=1.0)
    if kind == "fixed":
        found = last[0][:, None].expand_as(states)
    mixed = torch.tanh(torch.cat([found, states], dim=-1) @ t["mixed"]["W_c"])
    return mixed @ t["output"]["W"]


@every_kind
def test_numbers_and_gradients_are_those_of_torchs_modules(kind):
    def ours(t):
        return sequence_to_sequence(t, SOURCE, TARGET, MASK, **KINDS[kind])

    assert_same_function(ours, lambda t: torchs(kind, t), tables(kind))


@every_kind
def test_a_batch_is_one_sentence_after_the_other(kind):
    given, variant = tables(kind), KINDS[kind]
    together = sequence_to_sequence(given, SOURCE, TARGET, MASK, **variant)
    for source, mask, target, found in zip(SOURCE, MASK, TARGET, together, strict=True):
        alone = sequence_to_sequence(given, source[mask[0]], target, **variant)
        assert_close(found, alone, "one", 1e-13)


@every_kind
def test_no_word_hears_of_a_later_one(kind):
    given, later = tables(kind), TARGET.copy()
    later[:, 2] = 4
    expected = sequence_to_sequence(given, SOURCE, TARGET, MASK, **KINDS[kind])
    found = sequence_to_sequence(given, SOURCE, later, MASK, **KINDS[kind])
    np.testing.assert_array_equal(found[:, :2], expected[:, :2])
    assert (found[:, 2] != expected[:, 2]).all()


def test_a_fixed_context_is_the_last_state_for_every_word():
    record = steps(sequence_to_sequence(traced(tables("fixed")), SOURCE, TARGET, MASK,
                                        attention=fixed_context))  # fmt: skip
    context, memory = record["attention / output"].value, record["encoder / states"].value
    for i, length in enumerate(MASK.sum(-1)[:, 0]):
        assert (context[i] == memory[i, length - 1]).all()


def test_traced_and_explained_down_to_the_words():
    given = traced(tables("general"), [f"w{i}" for i in range(V)])
    logits = sequence_to_sequence(given, SOURCE[0], TARGET[0], attention=general_attention)
    weights = steps(logits)["attention / weights"]
    assert weights.labels == (("w1", "w8", "w8"), ("w3", "w20", "w7", "w9", "w4", "w11"))
    formula = explain(weights, 1, "w7", depth=2).formula
    assert value_of(formula) == pytest.approx(weights.value[1, 2], rel=1e-12)
    names = {"encoder / step 6 / reset", "decoder / step 3 / state", "mixed", "logits"}
    assert names <= set(steps(logits))


def test_it_is_trained_by_the_loop_of_the_transformer():
    batch = make_batch(toy.PAIRS, toy.WORDS)
    start = starting_values(np.random.default_rng(0), recurrent_shapes(26, 5, 6))
    option = {"model": sequence_to_sequence}
    *_, last = train(start, batch, 12, 0.02, **option)
    again = loss_and_gradients(last.parameters, batch, **option)[0]
    assert again < float(traced_loss(start, batch, **option).value) - 0.3
    assert set(steps(traced_loss(start, batch, **option))) >= {"source mask", "logits"}


def test_float32_stays_float32():
    given = starting_values(
        np.random.default_rng(0), recurrent_shapes(V, D_MODEL, D), np.float32
    )
    logits = sequence_to_sequence(traced(given), SOURCE, TARGET, MASK)
    kinds = {s.dtype for s in steps(logits).values() if s.dtype.kind == "f"}
    assert kinds == {np.dtype(np.float32)}


# Refused


def without(part):
    return {name: table for name, table in tables("dot").items() if name != part}


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda f: f(without("mixed"), [3], [1]), MissingError, "sequence_.*'mixed'"),
        (lambda f: f(tables("dot") | {"Mixed": {}}, [3], [1]), TypeError, "no 'Mixed'"),
        (lambda f: f(tables("general"), [3], [1]), TypeError, "attention: dot_.* no 'W'"),
        (lambda f: f(tables("dot"), [], [1]), ShapeError, r"source \(0,\) must hold a"),
        (lambda f: f(tables("dot"), [3], 1), ShapeError, r"target \(\) must hold a word"),
        (lambda f: f(tables("dot"), [23], [1]), ValueError, "source holds 23 .* 0 … 22"),
        (lambda f: f(tables("dot"), [3], [1], read="gru"), TypeError, "read is 'gru'"),
        (
            lambda f: f(tables("dot"), [3, 4], [1], np.ones((2, 2), bool)),
            ShapeError,
            "mask",
        ),
    ],
)
def test_what_does_not_fit_is_refused(call, error, words):
    with pytest.raises(error, match=words):
        call(sequence_to_sequence)


def test_a_context_needs_a_row_for_each_state():
    with pytest.raises(ShapeError, match=r"mix: context \(2, 3\) must have a row for each"):
        mix(np.ones((2, 3)), np.ones((4, 3)), np.ones((6, 3)))


@pytest.mark.parametrize("prepared", [traced, lambda tables: tables])
def test_what_is_no_row_for_each_word_or_state_is_refused(prepared):
    four = recurrent_shapes(V, D_MODEL, D, gates=4)
    lstms = prepared(starting_values(np.random.default_rng(0), four))
    with pytest.raises(
        ShapeError, match=r"encoder: read .* row of \(2, 5\), it gave a tuple"
    ):
        sequence_to_sequence(lstms, [3, 4], [1], read=lstm)
    for wrong, gave in (
        (lambda *rows, mask: None, "None"),
        (lambda *rows, mask: (rows[0], 1.0), "a tuple"),
        (lambda *rows, mask: rows[0][:1], r"an array \(1, 3\)"),
    ):
        with pytest.raises(ShapeError, match=f"attention: attention must .* gave {gave}"):
            sequence_to_sequence(prepared(tables("dot")), [3, 4], [1, 5], attention=wrong)


def test_a_gru_is_what_reads_unless_told_otherwise():
    expected = sequence_to_sequence(tables("dot"), SOURCE, TARGET, MASK, read=gru)
    assert_close(sequence_to_sequence(tables("dot"), SOURCE, TARGET, MASK), expected, "", 0)
