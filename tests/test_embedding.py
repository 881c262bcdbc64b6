"""Embeddings: rows looked up, scaled, and told where they stand."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tables import D_MODEL, VOCAB_SIZE, assert_close, assert_same_function, draw

from tfmath import embed, lookup, one_hot, positional_encoding
from tfmath.errors import DtypeError, ShapeError
from tfmath.tracing import gradients, steps, trace

F = torch.nn.functional
TABLE = draw(np.random.default_rng(0), VOCAB_SIZE, D_MODEL)
IDS = np.array([[3, 0, 22, 3], [1, 1, 7, 9]])


def test_numbers_and_gradients_equal_torchs_embedding():
    """The same word twice in a sentence: both places add to the gradient of its row."""
    assert_same_function(
        lambda p: lookup(IDS, p["table"]),
        lambda p: F.embedding(torch.tensor(IDS), p["table"]),
        {"table": TABLE},
    )


def test_embed_is_torchs_embedding_times_the_root_and_the_positions():
    places = torch.tensor(positional_encoding(4, D_MODEL))
    assert_same_function(
        lambda p: embed(IDS, p["table"]),
        lambda p: F.embedding(torch.tensor(IDS), p["table"]) * math.sqrt(D_MODEL) + places,
        {"table": TABLE},
    )


@given(st.lists(st.integers(0, VOCAB_SIZE - 1), min_size=1, max_size=9))
def test_looking_up_is_multiplying_by_one_hot_rows(ids):
    np.testing.assert_array_equal(lookup(ids, TABLE), one_hot(ids, VOCAB_SIZE) @ TABLE)
    expected = F.one_hot(torch.tensor(ids), VOCAB_SIZE).double()
    np.testing.assert_array_equal(one_hot(ids, VOCAB_SIZE), expected, strict=True)


def test_words_that_do_not_occur_have_gradient_zero():
    grad = gradients(embed(IDS, trace(TABLE, "table")).sum())["table"]
    absent = np.setdiff1d(np.arange(VOCAB_SIZE), IDS)
    assert (grad[absent] == 0).all()
    assert_close(grad[3], np.full(D_MODEL, 2 * math.sqrt(D_MODEL)), "twice", 1e-15)


def test_positions_of_ones_own():
    moved = embed(IDS[0], TABLE, positions=[5, 6, 7, 8])
    whole = embed([0] * 5 + IDS[0].tolist(), TABLE)
    np.testing.assert_array_equal(moved, whole[5:])


def test_the_order_of_words_matters():
    assert np.abs(embed([3, 7], TABLE) - embed([7, 3], TABLE)[::-1]).min() > 1e-4


def test_words_label_the_rows_and_steps_have_names():
    words = [f"word {i}" for i in range(VOCAB_SIZE)]
    embedded = embed([3, 22, 3], trace(TABLE, "table", rows=words))
    assert embedded.labels == (("word 3", "word 22", "word 3"), None)
    names = ["table", "ids", "scaled embedding", "position", "input"]
    assert list(steps(embedded)) == names
    assert set(gradients(embedded.sum())) == {"table", "scaled embedding", "input"}


def test_float32_in_float32_out():
    table = TABLE.astype(np.float32)
    assert embed(IDS, table).dtype == lookup(IDS, table).dtype == np.float32
    traced = embed(IDS, trace(table, "table"))
    assert traced.dtype == gradients(traced.sum())["table"].dtype == np.float32
    assert one_hot([1], 3, np.float32).dtype == np.float32


def test_ids_and_table_as_lists():
    np.testing.assert_array_equal(embed(IDS.tolist(), TABLE.tolist()), embed(IDS, TABLE))


# Refused


@pytest.mark.parametrize("function", [embed, lookup])
@pytest.mark.parametrize("bad", [-1, VOCAB_SIZE])
def test_an_id_outside_the_vocabulary(function, bad):
    with pytest.raises(
        ValueError, match=rf"{function.__name__}: ids holds {bad} at \(1, 0\)"
    ):
        function([[0, 1], [bad, 2]], TABLE)
    with pytest.raises(ValueError, match=rf"one_hot: ids holds {bad} at \(0,\).*0 … 22"):
        one_hot([bad], VOCAB_SIZE)


@pytest.mark.parametrize("function", [embed, lookup])
@pytest.mark.parametrize("ids", [[0.0, 1.0], [True, False], ["you"], None, [1.5]])
def test_ids_are_whole_numbers(function, ids):
    with pytest.raises(DtypeError, match=f"{function.__name__}: ids"):
        function(ids, TABLE)


def test_rows_of_ids_that_differ_in_length():
    with pytest.raises(ShapeError, match="embed: the rows of ids differ in length"):
        embed([[1, 2], [3]], TABLE)


@pytest.mark.parametrize("ids", [[], np.zeros((2, 0), int)])
def test_a_sentence_has_a_word(ids):
    with pytest.raises(ValueError, match="a sentence needs at least one"):
        embed(ids, TABLE)


def test_a_single_id_is_no_sentence():
    with pytest.raises(ValueError, match=r"embed: ids is 3, a single id; .* a row, \[3\]"):
        embed(3, TABLE)


@pytest.mark.parametrize("encoding", [positional_encoding, TABLE, lambda *_, **__: 0])
def test_places_are_whole_numbers_whatever_makes_rows_of_them(encoding):
    with pytest.raises(DtypeError, match="embed: positions must hold whole numbers, got"):
        embed([3, 7], TABLE, positions=[0.5, 1], encoding=encoding)


@pytest.mark.parametrize("shape", [(5,), (2, 23, 5), ()])
def test_a_table_has_two_axes(shape):
    with pytest.raises(ShapeError, match=r"table .* must be \(vocab_size, d_model\)"):
        embed([0], np.ones(shape))


@pytest.mark.parametrize("positions", [[0, 1], 4, [[0], [1]]])
def test_every_word_has_a_position(positions):
    with pytest.raises(ShapeError, match=r"positions .* one for each word, ids \(2, 4\)"):
        embed(IDS, TABLE, positions=positions)


def test_places_may_have_a_learned_table_or_none_and_rows_another_scale():
    learned = draw(np.random.default_rng(1), 9, D_MODEL)
    found = embed([3, 7], TABLE, positions=[8, 2], encoding=learned, scale=1.0)
    np.testing.assert_array_equal(found, TABLE[[3, 7]] + learned[[8, 2]])
    np.testing.assert_array_equal(
        embed([3, 7], TABLE, encoding=None, scale=1), TABLE[[3, 7]]
    )
    traced_rows = trace(learned, "places")
    loss = embed([3, 7, 3], TABLE, encoding=traced_rows).sum()
    expected = np.zeros_like(learned)
    expected[:3] = 1
    np.testing.assert_array_equal(gradients(loss, of=traced_rows), expected)


def test_a_table_of_places_that_does_not_fit_is_named():
    with pytest.raises(ShapeError, match=r"embed: encoding \(9, 4\) must have d_model = 5"):
        embed([3, 7], TABLE, encoding=np.ones((9, 4)))
    with pytest.raises(ValueError, match="positions holds 9 at"):
        embed([3, 7], TABLE, positions=[0, 9], encoding=np.ones((9, D_MODEL)))
