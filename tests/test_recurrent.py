"""Recurrent cells: PyTorch's modules with our tables in them, and their laws."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import assert_close, assert_same_function, draw

from tfmath import named, slope, steps, trace, traced
from tfmath.errors import ShapeError
from tfmath.parts.gated import gru, lstm, sigmoid
from tfmath.parts.recurrent import convolution, recurrence
from tfmath.show import backward_source, explain
from tfmath.show.formulas import value_of
from tfmath.tracing import constant, gradients

D_IN, D, N, BATCH = 5, 3, 6, 2


def lstm_states(*args, **options):
    return lstm(*args, **options)[0]


KINDS = {
    "recurrence": (recurrence, torch.nn.RNN, 1),
    "gru": (gru, torch.nn.GRU, 3),
    "lstm": (lstm_states, torch.nn.LSTM, 4),
}
every_kind = pytest.mark.parametrize("kind", KINDS)


def tables(kind, seed=0, biases=True, dtype=np.float64):
    gates, rng = KINDS[kind][2], np.random.default_rng(seed)
    found = {"W_x": draw(rng, D_IN, gates * D), "W_h": draw(rng, D, gates * D)}
    if biases:
        found |= {"b_x": draw(rng, gates * D), "b_h": draw(rng, gates * D)}
    return {name: table.astype(dtype) for name, table in found.items()}


def rows(*batch, seed=1, n=N):
    return draw(np.random.default_rng(seed), *batch, n, D_IN)


def torchs(kind, tensors, x, *start):
    """PyTorch's module, with `tensors` in the place of its own weights."""
    biases = "b_x" in tensors
    net = KINDS[kind][1](D_IN, D, bias=biases, batch_first=True, dtype=torch.float64)
    state = {"weight_ih_l0": tensors["W_x"].T, "weight_hh_l0": tensors["W_h"].T}
    if biases:
        state |= {"bias_ih_l0": tensors["b_x"], "bias_hh_l0": tensors["b_h"]}
    return torch.func.functional_call(net, state, (x, *start))


def as_tensors(arrays):
    return {name: torch.tensor(array) for name, array in arrays.items()}


@every_kind
@pytest.mark.parametrize("biases", [True, False])
@pytest.mark.parametrize("batch", [(), (BATCH,)])
def test_numbers_and_gradients_are_those_of_torchs_module(kind, biases, batch):
    def ours(given):
        x, start = given.pop("x"), given.pop("start")
        start = (start, given.pop("cell")) if kind == "lstm" else start
        return KINDS[kind][0](x, **given, start=start)

    def theirs(given):
        start, cell = given["start"][None], given.get("cell")
        start = start if cell is None else (start, cell[None])
        return torchs(kind, given, given["x"], start)[0]

    rng = np.random.default_rng(2)
    given = tables(kind, biases=biases) | {"x": rows(*batch), "start": draw(rng, *batch, D)}
    if kind == "lstm":
        given["cell"] = draw(rng, *batch, D)
    assert_same_function(lambda t: ours(dict(t)), theirs, given)


@every_kind
def test_without_a_start_the_state_before_the_first_row_is_zero(kind):
    given, x = tables(kind), rows(BATCH)
    expected = torchs(kind, as_tensors(given), torch.tensor(x))[0]
    assert_close(KINDS[kind][0](x, **given), expected, "states")


def test_the_cells_of_an_lstm_are_torchs_after_every_row():
    given, x = tables("lstm"), rows(BATCH)
    _, cells = lstm(x, **given)
    for n in range(1, N + 1):
        _, (_, expected) = torchs("lstm", as_tensors(given), torch.tensor(x[:, :n]))
        assert_close(cells[:, n - 1], expected[0], f"cell {n}")


@every_kind
def test_padding_is_read_past_as_torch_does_with_packed_sequences(kind):
    given, x, lengths = tables(kind), rows(3), [4, 6, 1]
    mask = np.arange(N) < np.array(lengths)[:, None]
    pack = torch.nn.utils.rnn.pack_padded_sequence
    packed = pack(torch.tensor(x), lengths, batch_first=True, enforce_sorted=False)
    last = torchs(kind, as_tensors(given), packed)[1]
    last = last[0] if kind == "lstm" else last
    found = KINDS[kind][0](x, **given, mask=mask)
    assert_close(found[:, -1], last[0], "the last state")
    for one, n, states in zip(x, lengths, found, strict=True):
        assert_close(states[:n], KINDS[kind][0](one[:n], **given), "alone", 1e-13)


def test_a_traced_mask_stays_in_the_record():
    given, x = tables("gru"), trace(rows(), "x")
    mask = constant("mask", np.arange(N) < 4, beside=x)
    states = gru(x, **given, mask=mask)
    assert steps(states)["mask"] is mask
    assert_close(states.value, gru(rows(), **given, mask=mask.value), "states", 0)


def test_the_papers_gru_resets_before_the_product_and_is_another_function():
    """Control: with the reset where Cho et al. have it, the numbers differ."""
    given, x = tables("gru", biases=False), rows(n=2)
    W_x, W_h = given.values()
    before = gru(x[:1], W_x, W_h)[0]
    (x_r, x_z, x_n), (h_r, h_z, _) = np.split(x[1] @ W_x, 3), np.split(before @ W_h, 3)
    r, z = 1 / (1 + np.exp(-x_r - h_r)), 1 / (1 + np.exp(-x_z - h_z))
    papers, torchs_n = (r * before) @ W_h[:, 2 * D :], r * (before @ W_h[:, 2 * D :])
    found = gru(x, W_x, W_h)[1]
    assert_close(found, (1 - z) * np.tanh(x_n + torchs_n) + z * before, "ours", 1e-13)
    assert np.abs(found - ((1 - z) * np.tanh(x_n + papers) + z * before)).max() > 0.001


# Laws


@every_kind
@given(cut=st.integers(0, N), seed=st.integers(0, 99))
@settings(deadline=None, max_examples=15)
def test_reading_on_from_a_state_is_reading_in_one_go(kind, cut, seed):
    given, x = tables(kind, seed), rows(BATCH, seed=seed + 1)
    if kind == "lstm":
        whole, cells = lstm(x, **given)
        start = (np.zeros((BATCH, D)),) * 2
        start = (whole[:, cut - 1], cells[:, cut - 1]) if cut else start
    else:
        whole = KINDS[kind][0](x, **given)
        start = whole[:, cut - 1] if cut else np.zeros((BATCH, D))
    after = KINDS[kind][0](x[:, cut:], **given, start=start)
    assert_close(after, whole[:, cut:], "states", 1e-13)


@every_kind
def test_no_state_hears_of_a_later_row(kind):
    given, x = tables(kind), rows(BATCH)
    expected, later = KINDS[kind][0](x, **given), x.copy()
    later[:, 4:] += 1
    found = KINDS[kind][0](later, **given)
    np.testing.assert_array_equal(found[:, :4], expected[:, :4])
    assert (found[:, 4:] != expected[:, 4:]).all()


@every_kind
def test_batches_stand_in_front(kind):
    given, x = tables(kind), rows(2, 4)
    found = KINDS[kind][0](x, **given, mask=np.ones((4, N), bool))
    for i, j in np.ndindex(2, 4):
        assert_close(found[i, j], KINDS[kind][0](x[i, j], **given), "one", 1e-13)


@every_kind
def test_states_stay_within_one_and_large_rows_overflow_nothing(kind):
    for dtype in (np.float32, np.float64):
        x = 1e4 * rows(BATCH).astype(dtype)
        with np.errstate(all="raise", under="ignore"):
            found = KINDS[kind][0](x, **tables(kind, dtype=dtype))
        assert found.dtype == dtype and np.abs(found).max() <= 1


def test_sigmoid_is_torchs():
    x = np.linspace(-800, 800, 1601)
    assert_close(sigmoid(x), torch.sigmoid(torch.tensor(x)), "sigmoid", 3e-16)


@every_kind
def test_nothing_to_read_is_no_state(kind):
    given = tables(kind)
    assert KINDS[kind][0](np.ones((2, 0, D_IN)), **given).shape == (2, 0, D)


def test_convolution_takes_batches_as_torch_does():
    x, W = rows(2, 4), draw(np.random.default_rng(3), 3, D_IN, D)
    kernel = torch.tensor(W[::-1].transpose(2, 1, 0).copy())
    padded = torch.nn.functional.pad(torch.tensor(x).reshape(8, N, D_IN).mT, (4, 0))
    expected = torch.nn.functional.conv1d(padded, kernel, dilation=2).mT
    found = convolution(x, W, dilation=2)
    assert_close(found, expected.reshape(2, 4, N, D), "convolution")


# The record


@every_kind
def test_traced_explained_differentiated_and_printed(kind):
    given, x = tables(kind), trace(rows(), "x", rows="abcdef")
    states = KINDS[kind][0](x, **traced(given))
    loss = named("loss", (states * states).mean())
    assert states.labels[0] == tuple("abcdef")
    formula = explain(states, "c", 1, depth=3).formula
    assert value_of(formula) == pytest.approx(states.value[2, 1], rel=1e-12)
    assert "step 3 / state" in steps(loss)
    program = backward_source(loss)
    ran, grads = program.run(), gradients(loss)
    for name, table in given.items():
        assert_close(ran[program.names[f"grad_{name}"]], grads[name], name, 1e-13)

        def nudged(moved, name=name):
            states = KINDS[kind][0](x.value, **(given | {name: moved}))
            return (states * states).mean()

        expected = slope(nudged, table)
        np.testing.assert_allclose(grads[name], expected, rtol=1e-6, atol=1e-9)


# Refused

W_X, W_H, X = np.ones((D_IN, 3 * D)), np.ones((D, 3 * D)), np.ones((2, N, D_IN))


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: gru(X, W_X, W_H[:2]), r"gru: W_h \(2, 9\) .* 3 · d .* reset, update, can"),
        (lambda: lstm(X, W_X, W_H), r"lstm: W_h \(3, 9\) .* 4 · d .* input gate, forget"),
        (lambda: recurrence(X, W_X, W_H), r"recurrence: W_h \(3, 9\) .* d rows and d col"),
        (lambda: gru(X, W_X[:, 1:], W_H), "gru: W_x and W_h must have the same columns"),
        (lambda: gru(X, W_X[1:], W_H), "gru: x and W_x must have the same d_in"),
        (lambda: gru(X, W_X, W_H, b_h=W_H[0, 1:]), r"gru: b_h \(8,\) must have one number"),
        (lambda: gru(X[0, 0], W_X, W_H), r"gru: x \(5,\) needs two axes, rows and width"),
        (
            lambda: gru(X, W_X, W_H, start=np.ones(D)),
            r"gru: start \(3,\) .* = \(2, 3\), one",
        ),
        (lambda: gru(X, W_X, W_H, mask=np.ones((N, 2), bool)), "gru: the mask must have"),
    ],
)
def test_what_does_not_fit_is_refused(call, words):
    with pytest.raises(ShapeError, match=words):
        call()


def test_an_lstm_starts_from_two_states():
    W_x, W_h = tables("lstm", biases=False).values()
    with pytest.raises(ValueError, match="lstm: start holds 3 states, not 2"):
        lstm(X[0], W_x, W_h, start=np.ones(D))
    with pytest.raises(ShapeError, match=r"lstm: the cell in start \(2,\) must be"):
        lstm(X[0], W_x, W_h, start=(np.ones(D), np.ones(2)))
