"""The language, the models that learn it, and what was measured of them."""

import math

import numpy as np
import pytest
import torch

from tfmath import cross_entropy
from tfmath.errors import ShapeError
from tfmath.model.names import flatten
from tfmath.model.parameters import count, starting_values, traced
from tfmath.study import scaling_runs
from tfmath.study.beyond import LARGER, LONGER
from tfmath.study.flops import counted_both_ways
from tfmath.study.leak import leaks
from tfmath.study.measured import measured
from tfmath.study.scaling_runs import (
    CHECKPOINTS,
    SEEDS,
    WIDTHS,
    decoder_only,
    decoder_only_shapes,
    held_out_loss,
    one_run,
    step_flops,
    train_on_texts,
)
from tfmath.study.small_language import (
    CHANCES,
    FLOOR,
    LENGTH,
    N_TEXTS,
    VOCAB_SIZE,
    draw_language,
    language,
    least_loss,
    write_texts,
)
from tfmath.tracing import gradients

FOLLOWERS, TEXTS = language()


def start(d_model, dtype=np.float64, **sizes):
    rng = np.random.default_rng(0)
    return starting_values(rng, decoder_only_shapes(d_model, **sizes), dtype)


# The language -----------------------------------------------------------------------------


def test_the_floor_is_the_entropy_of_the_chances():
    chances = torch.distributions.Categorical(torch.tensor(CHANCES, dtype=torch.float64))
    assert FLOOR == pytest.approx(chances.entropy().item(), rel=1e-12)
    assert sum(CHANCES) == 1 and FLOOR / math.log(2) == 1.75


def test_four_different_words_follow_each_pair():
    assert FOLLOWERS.shape == (24, 24, 4)
    assert (np.diff(np.sort(FOLLOWERS, axis=-1), axis=-1) > 0).all()
    assert FOLLOWERS.min() == 0 and FOLLOWERS.max() == 23


def test_the_first_follower_is_drawn_by_the_weights_told():
    drawn = draw_language(np.random.default_rng(5), vocab_size=60)[..., 0]
    weights = np.arange(1, 61.0) ** -1.5
    shares = np.bincount(drawn.ravel(), minlength=60) / drawn.size
    np.testing.assert_allclose(shares, weights / weights.sum(), atol=0.025)


def test_texts_follow_the_rule_with_its_chances():
    texts = write_texts(np.random.default_rng(3), FOLLOWERS, n_texts=2000, length=11)
    assert texts.shape == (2000, 13) and (texts[:, :2] == 0).all()
    allowed = FOLLOWERS[texts[:, :-2], texts[:, 1:-1]]
    hits = allowed == texts[:, 2:, np.newaxis]
    assert hits.any(axis=-1).all()
    np.testing.assert_allclose(hits.mean(axis=(0, 1)), CHANCES, atol=0.01)


@pytest.mark.parametrize("seen", [0, 1, 2])
def test_the_least_loss_is_that_of_counting_many_texts(seen):
    """Who counts, place by place, what followed what is below, by what luck gave."""
    texts = write_texts(np.random.default_rng(7), FOLLOWERS, n_texts=20000)
    words = [texts[:, 2 - seen + place : place - seen or None] for place in range(seen)]
    before = sum((24**i * w[:, :LENGTH] for i, w in enumerate(words)), 0 * texts[:, 2:])
    counts = np.zeros((LENGTH, 24**seen, 24))
    np.add.at(counts, (np.arange(LENGTH), before, texts[:, 2:]), 1)
    shares = torch.tensor(counts / np.maximum(counts.sum(axis=-1, keepdims=True), 1))
    rows = torch.special.entr(shares).sum(dim=-1).numpy()
    counted = (counts.sum(axis=-1) * rows).sum() / counts.sum()
    free = (counts > 0).sum() - (counts.sum(axis=-1) > 0).sum()  # Miller, 1955
    counted += free / (2 * 20000) / LENGTH
    assert counted == pytest.approx(least_loss(seen), abs=5e-3)


def test_who_sees_two_words_is_at_the_floor():
    assert least_loss(2) == pytest.approx(FLOOR, rel=1e-12)
    assert least_loss(0) > least_loss(1) + 0.3 > least_loss(2) + 0.8


# The models -------------------------------------------------------------------------------


def test_it_is_torchs_encoder_with_a_causal_mask():
    d, h, layers = 6, 3, 2
    tables = start(d, n_heads=h, n_layers=layers)
    ids = np.array([[3, 1, 4, 1], [5, 9, 2, 6]])
    x = torch.tensor(_words_at_places(tables, ids))
    for number in range(layers):
        x = _torch_layer(tables["encoder"][f"layer {number + 1}"], d, h)(
            x, torch.triu(torch.ones(4, 4, dtype=torch.bool), 1)
        )
    expected = x.detach().numpy() @ tables["embedding"].T
    np.testing.assert_allclose(decoder_only(tables, ids), expected, atol=1e-12)


def _words_at_places(tables, ids):
    d = tables["embedding"].shape[1]
    where, pair = np.arange(ids.shape[1])[:, None], np.arange(0, d, 2)
    places = np.zeros((ids.shape[1], d))
    places[:, 0::2] = np.sin(where / 10000 ** (pair / d))
    places[:, 1::2] = np.cos(where / 10000 ** (pair / d))
    return tables["embedding"][ids] * math.sqrt(d) + places


def _torch_layer(layer, d, h):
    theirs = torch.nn.TransformerEncoderLayer(d, h, 4 * d, 0.0, batch_first=True).double()
    look, think = layer["self-attention"], layer["feed-forward"]
    new = lambda a: torch.nn.Parameter(torch.tensor(a))  # noqa: E731
    joined = [np.concatenate(look[f"W_{t}"], axis=-1).T for t in "QKV"]
    theirs.self_attn.in_proj_weight = new(np.concatenate(joined))
    theirs.self_attn.out_proj.weight = new(look["W_O"].T)
    theirs.linear1.weight, theirs.linear1.bias = new(think["W_1"].T), new(think["b_1"])
    theirs.linear2.weight, theirs.linear2.bias = new(think["W_2"].T), new(think["b_2"])
    return lambda x, mask: theirs(x, src_mask=mask)


def test_nobody_hears_of_a_later_word():
    tables = start(8)
    assert not leaks(lambda ids: decoder_only(tables, ids), TEXTS[0, 1:8], VOCAB_SIZE)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_seven_models_hold_as_many_numbers_as_told(width):
    rows = measured("scaling")
    told = {
        n for d, n in zip(rows["d_model"], rows["parameters"], strict=True) if d == width
    }
    assert told == {count(start(width))}


# The loss ---------------------------------------------------------------------------------


def test_who_knows_the_language_is_at_the_floor(monkeypatch):
    def knowing(_, now):
        logits = np.full((*now.shape, VOCAB_SIZE), -50.0)
        allowed = FOLLOWERS[TEXTS[:, :-2], now]
        np.put_along_axis(logits, allowed, np.log(CHANCES), axis=-1)
        return logits

    monkeypatch.setattr(scaling_runs, "decoder_only", knowing)
    assert held_out_loss({}, FOLLOWERS, TEXTS) == pytest.approx(FLOOR, abs=1e-12)


def test_it_is_the_floor_and_how_far_the_chances_are_apart():
    """KL divergence by PyTorch."""
    tables = start(6)
    logs = torch.log_softmax(torch.tensor(decoder_only(tables, TEXTS[:, 1:-1])), dim=-1)
    true = np.zeros(logs.shape)
    allowed = FOLLOWERS[TEXTS[:, :-2], TEXTS[:, 1:-1]]
    np.put_along_axis(true, allowed, np.array(CHANCES), axis=-1)
    apart = torch.nn.functional.kl_div(logs, torch.tensor(true), reduction="sum")
    found = held_out_loss(tables, FOLLOWERS, TEXTS)
    assert found == pytest.approx(FLOOR + apart.item() / TEXTS[:, 2:].size, rel=1e-12)
    assert found > FLOOR


def test_the_loss_without_luck_is_the_mean_of_the_losses_with_it():
    tables, rng = start(6), np.random.default_rng(8)
    found = []
    for _ in range(30):
        texts = write_texts(rng, FOLLOWERS, n_texts=100)
        found.append(
            float(cross_entropy(decoder_only(tables, texts[:, 1:-1]), texts[:, 2:]))
        )
    error = np.std(found) / math.sqrt(len(found))
    assert abs(np.mean(found) - held_out_loss(tables, FOLLOWERS, TEXTS)) < 4 * error + 0.01


# The training -----------------------------------------------------------------------------


def test_the_program_gives_the_gradients_of_the_record():
    tables = start(6, np.float32)
    texts = write_texts(np.random.default_rng(4), FOLLOWERS)
    program = scaling_runs._program(tables)
    loss, *grads = program(*flatten(tables).values(), texts[:, 1:-1], texts[:, 2:])
    seen = traced(tables)
    record = cross_entropy(decoder_only(seen, texts[:, 1:-1]), texts[:, 2:])
    assert loss == record.value and loss.dtype == np.float32
    for found, expected in zip(
        grads, flatten(gradients(record, of=seen)).values(), strict=True
    ):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("width", [4, 12])
def test_the_operations_told_are_those_of_the_record(width):
    ids = np.zeros((N_TEXTS, LENGTH), int)
    loss = cross_entropy(decoder_only(traced(start(width)), ids), ids)
    assert step_flops(width) == 2 * counted_both_ways(loss)[1]


def test_another_seed_is_another_model_and_the_same_seed_the_same():
    once, again, other = (
        flatten(next(train_on_texts(4, seed, (2,)))[1])["embedding"] for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(once, again)
    assert (once != other).any() and once.dtype == np.float32


# The file ---------------------------------------------------------------------------------


def test_every_run_is_in_the_file_once():
    rows = measured("scaling")
    runs = list(zip(rows["d_model"], rows["seed"], rows["steps"], strict=True))
    assert runs == [(d, s, t) for d in WIDTHS for s in SEEDS for t in CHECKPOINTS]
    assert len(SEEDS) >= 3 and len(WIDTHS) >= 6
    assert min(rows["loss"]) > FLOOR


def test_a_cheap_row_measured_again():
    """Another processor rounds otherwise, and training carries that on."""
    rows = measured("scaling")
    (row,) = one_run(WIDTHS[0], SEEDS[0], CHECKPOINTS[:1])
    stored = {key: column[0] for key, column in rows.items()}
    assert row.pop("loss") == pytest.approx(stored.pop("loss"), abs=1e-3)
    assert row == stored


def test_the_model_that_is_foretold_is_in_its_file_once_and_measured_again():
    rows = measured("scaling_larger")
    runs = list(zip(rows["d_model"], rows["seed"], rows["steps"], strict=True))
    assert runs == [(LARGER, s, t) for s in SEEDS for t in CHECKPOINTS]
    assert set(rows["parameters"]) == {count(start(LARGER))} == {29232}
    assert LARGER > max(WIDTHS) and min(rows["loss"]) > FLOOR
    (row,) = one_run(LARGER, 1, CHECKPOINTS[:1])  # others end elsewhere on other processors
    stored = {key: column[0] for key, column in rows.items()}
    assert row.pop("loss") == pytest.approx(stored.pop("loss"), abs=0.01)
    assert row == stored


def test_the_longer_runs_go_on_where_the_others_were_last_looked_at():
    rows, before = measured("scaling_longer"), measured("scaling")
    runs = list(zip(rows["d_model"], rows["seed"], rows["steps"], strict=True))
    assert runs == [(d, s, t) for d in WIDTHS[-2:] for s in SEEDS for t in LONGER]
    assert min(rows["loss"]) > FLOOR and LONGER[0] == CHECKPOINTS[-1]
    assert [x for x, t in zip(rows["loss"], rows["steps"], strict=True) if t == 2000] == [
        x
        for x, t, d in zip(before["loss"], before["steps"], before["d_model"], strict=True)
        if t == 2000 and d in WIDTHS[-2:]
    ]
    assert {w / t for w, t in zip(rows["words"], rows["steps"], strict=True)} == {64 * 16}


# What cannot be ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: draw_language(np.random.default_rng(0), 3), ValueError, "vocab_size is 3"),
        (
            lambda: write_texts(np.random.default_rng(0), FOLLOWERS[:5]),
            ShapeError,
            "write_texts: followers",
        ),
        (lambda: decoder_only(start(4), 3), ShapeError, "decoder_only: ids is a single"),
        (lambda: decoder_only_shapes(6, n_heads=4), ValueError, "n_heads is 4; it must"),
        (lambda: next(train_on_texts(4, 1, ())), ValueError, "checkpoints is empty"),
    ],
)
def test_what_cannot_be_is_told(call, error, words):
    with pytest.raises(error, match=words):
        call()
