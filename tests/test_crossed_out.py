"""The trained model without one of its parts: two ways to take it out agree."""

import numpy as np
import pytest

from tfmath import toy
from tfmath.attention.dot_product import attend
from tfmath.learning.train import make_batch, traced_loss
from tfmath.model.names import flatten, unflatten
from tfmath.model.transformer import transformer
from tfmath.parts.norm import layer_norm, post_norm
from tfmath.study import crossed_out as crossing
from tfmath.study.crossed_out import (
    CROSS,
    CROSSED,
    DECODER,
    ENCODER,
    ONE_PLACE,
    crossed_out,
    silenced,
    surprise,
    without_head,
    without_mask,
    without_norm,
    without_root,
    without_sum,
)

MODEL = toy.load()
SOURCE, TARGET = make_batch([toy.PAIRS[1]], toy.WORDS)[:2]
ROWS = np.random.default_rng(2).normal(size=(3, 5))
RIGHT = {text: written for text, written in toy.PAIRS}


@pytest.fixture(scope="module")
def rows():
    return {row["without"]: row for row in crossed_out(MODEL)}


def logits(parameters=MODEL, **variant):
    return transformer(parameters, SOURCE, TARGET, **variant)


def changed(name, change):
    flat = flatten(MODEL)
    return unflatten(flat | {name: change(flat[name])})


def skipping(*sublayers):
    """A block that leaves out whole sublayers, by their norms, and keeps their norm."""

    def block(where, x, sublayer, gain, bias):
        called.append(where)
        left_out = len(called) in sublayers
        return (
            layer_norm(x, gain, bias)
            if left_out
            else post_norm(where, x, sublayer, gain, bias)
        )

    called = []
    return block


# Encoder: attention 1, feed-forward 2. Decoder: attention 3, cross-attention 4, 5.
SUBLAYERS = {
    "the encoder's attention": 1,
    "the encoder's feed-forward": 2,
    "the decoder's attention": 3,
    "the look at the encoder": 4,
    "the decoder's feed-forward": 5,
}


@pytest.mark.parametrize(("part", "sublayer"), SUBLAYERS.items())
def test_a_silenced_table_is_a_sublayer_left_out(part, sublayer):
    tables, variant = CROSSED[part](MODEL)
    found, expected = logits(tables, **variant), logits(block=skipping(sublayer))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
    assert np.abs(found - logits()).max() > 0.1


@pytest.mark.parametrize("place", [ENCODER, DECODER, CROSS])
@pytest.mark.parametrize("head", [1, 2])
def test_a_head_without_its_rows_is_a_head_whose_values_are_0(place, head):
    def without_values(W_V):  # (n_heads, d_model, d_v)
        return W_V * (np.arange(2) != head - 1)[:, None, None]

    expected = logits(changed(f"{place} / W_V", without_values))
    found = logits(without_head(MODEL, place, head, n_heads=2))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_without_root_is_twice_the_query_for_keys_of_four():
    tables = MODEL
    for place in (ENCODER, DECODER, CROSS):
        flat = flatten(tables)
        tables = unflatten(flat | {f"{place} / W_Q": 2 * flat[f"{place} / W_Q"]})
    found = logits(attention=without_root, cross_attention=without_root)
    np.testing.assert_allclose(found, logits(tables), rtol=0, atol=1e-12)


def test_without_mask_is_a_mask_that_hides_nothing():
    shape = (1, TARGET.shape[1], TARGET.shape[1])
    found = logits(attention=without_mask)
    expected = logits(target_mask=np.ones(shape, bool))
    np.testing.assert_array_equal(found, expected)


def test_blocks_without_a_half_of_theirs():
    rng = np.random.default_rng(2)
    x, gain, bias = rng.normal(size=(3, 5)), rng.normal(size=5), rng.normal(size=5)
    found = without_sum("norm 1", x, np.sin, gain, bias)
    np.testing.assert_array_equal(found, layer_norm(np.sin(x), gain, bias))
    np.testing.assert_array_equal(
        without_norm("norm 1", x, np.sin, gain, bias), x + np.sin(x)
    )


@pytest.mark.parametrize("part", ONE_PLACE)
def test_one_place_is_a_block_exchanged_once(part):
    """The encoder's two blocks are called first, then the decoder's three."""
    exchanged = {"sum": without_sum, "norm": without_norm}[part.split()[-2]]
    number, called = int(part[-1]) + 2 * ("decoder" in part), []

    def block(where, x, sublayer, gain, bias):
        called.append(where)
        here = exchanged if len(called) == number else post_norm
        return here(where, x, sublayer, gain, bias)

    found = logits(**ONE_PLACE[part](MODEL)[1])
    np.testing.assert_array_equal(found, logits(block=block))
    assert np.abs(found - logits()).max() > 0.1


def test_the_loss_is_that_of_training():
    batch = make_batch(toy.PAIRS, toy.WORDS)
    assert surprise(MODEL) == pytest.approx(traced_loss(MODEL, batch).value, rel=1e-12)


def test_nothing_crossed_out_recites(rows):
    assert {text: rows["nothing"][text] for text in RIGHT} == RIGHT
    assert rows["nothing"]["loss"] == min(row["loss"] for row in rows.values())


def test_who_writes_the_same(rows):
    """Without the mask the last word sees what it saw; four columns need no root."""
    same = {part for part, row in rows.items() if all(row[t] == RIGHT[t] for t in RIGHT)}
    assert same == {"nothing", "√d_k", "the mask"}
    assert rows["the mask"]["loss"] > 20 * rows["nothing"]["loss"]
    assert rows["√d_k"]["loss"] < 1.25 * rows["nothing"]["loss"]


def test_the_tables_given_stay_as_they_were(rows):
    for name, table in flatten(toy.load()).items():
        np.testing.assert_array_equal(flatten(MODEL)[name], table)


def test_a_part_that_would_change_nothing_would_be_seen(monkeypatch):
    monkeypatch.setitem(crossing.CROSSED, "the sums", lambda tables: (tables, {}))
    (row,) = crossed_out(MODEL, ["the sums"])
    with pytest.raises(AssertionError):
        assert row["loss"] > 1


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: crossed_out(MODEL, ["the sum"]), "crossed_out: .*'the sum'.*'the sums'"),
        (lambda: silenced(MODEL, "encoder / W_O"), "silenced: place 'encoder / W_O'"),
        (lambda: without_head(MODEL, CROSS, 3, 2), "without_head: head is 3"),
        (lambda: without_head(MODEL, "look", 1, 2), "without_head: place 'look / W_O'"),
        (lambda: without_head(MODEL, CROSS, 1, 4), "without_head: .*6 rows.*4 heads"),
        (
            lambda: without_head({"a": {"W_O": [1.0, 2.0]}}, "a", 1, 2),
            "without_head: a / W_O",
        ),
        (lambda: surprise(MODEL, []), "surprise: pairs is empty"),
        (lambda: without_norm("n", ROWS, lambda x: x[:, :2], 1, 1), "the sublayer gives"),
        (
            lambda: without_norm("n", ROWS * np.nan, np.sin, 1, 1),
            "x holds nan",
        ),
    ],
)
def test_what_is_not_there_is_named(call, said):
    with pytest.raises(ValueError, match=said):
        call()


def test_lists_are_rows_and_no_lists_to_be_joined():
    found = without_norm("norm 1", [[1.0, 2.0]], lambda rows: 2 * rows, [1, 1], [0, 0])
    assert found.tolist() == [[3.0, 6.0]]
    with pytest.raises(TypeError, match="crossed_out: parts is 3"):
        crossed_out(MODEL, 3)


def test_attend_is_what_the_model_uses():
    np.testing.assert_array_equal(logits(attention=attend), logits())
