"""Dropout: what is kept grows, what is dropped passes nothing back, and off is off."""

import numpy as np
import pytest
import torch

from tfmath import gradients, toy, trace, transformer
from tfmath.learning.dropout import dropout, with_dropout
from tfmath.learning.train import loss_and_gradients, make_batch
from tfmath.parts.norm import post_norm, pre_norm

SHAPE = (23, 5, 7)


def draw(p, seed=0, dtype=np.float64):
    x = np.random.default_rng(9).normal(size=SHAPE).astype(dtype)
    return x, dropout(x, p, np.random.default_rng(seed))


@pytest.mark.parametrize("p", [0.0, 0.1, 0.5, 0.9])
def test_every_number_is_dropped_or_enlarged_as_torch_enlarges_it(p):
    x, output = draw(p)
    kept = output != 0
    theirs = (
        torch.tensor(x) * torch.tensor(kept) / (1 - p)
    )  # torch.nn.Dropout's own formula
    np.testing.assert_allclose(output, theirs.numpy(), rtol=1e-15, atol=0)
    share, spread = 1 - kept.mean(), np.sqrt(p * (1 - p) / x.size)
    assert abs(share - p) <= 4 * spread


def test_torch_enlarges_by_the_same_factor():
    torch.manual_seed(0)
    theirs = torch.nn.Dropout(0.2)(torch.ones(1000, dtype=torch.float64)).numpy()
    ours = dropout(np.ones(1000), 0.2, np.random.default_rng(0))
    np.testing.assert_allclose(np.unique(ours), np.unique(theirs), rtol=0, atol=1e-15)


def test_on_average_nothing_changes():
    x = np.array([3.0, -2.0, 0.5])
    rng = np.random.default_rng(4)
    many = np.mean([dropout(x, 0.25, rng) for _ in range(20000)], axis=0)
    np.testing.assert_allclose(many, x, rtol=0.02)


def test_without_rng_nothing_is_dropped():
    x = np.random.default_rng(1).normal(size=SHAPE)
    np.testing.assert_array_equal(dropout(x, 0.9), x)
    np.testing.assert_array_equal(dropout(x, 0.0, np.random.default_rng(0)), x)


def test_the_gradient_goes_where_the_numbers_went():
    x = trace(np.random.default_rng(1).normal(size=(5, 7)), "x")
    output = dropout(x, 0.4, np.random.default_rng(3))
    grad = gradients(output.sum(), of=x)
    np.testing.assert_array_equal(grad == 0, output.value == 0)
    np.testing.assert_allclose(grad * x.value, output.value, rtol=0, atol=1e-15)


def test_the_same_draw_gives_the_same_numbers_traced_or_not():
    x, plain = draw(0.3, seed=8)
    traced = dropout(trace(x, "x"), 0.3, np.random.default_rng(8))
    np.testing.assert_array_equal(traced.value, plain)


def test_float32_stays_float32():
    assert draw(0.3, dtype=np.float32)[1].dtype == np.float32
    assert draw(0.0, dtype=np.float32)[1].dtype == np.float32


@pytest.mark.parametrize("p", [-0.1, 1, 1.5, float("nan")])
def test_what_is_no_share_is_refused(p):
    for refuse in (lambda: dropout(np.ones(3), p), lambda: with_dropout(p)):
        with pytest.raises(
            ValueError, match=f"dropout: p is {p}; it must be a number, 0 or"
        ):
            refuse()


def test_a_seed_is_no_generator():
    with pytest.raises(
        TypeError, match="dropout: rng is 3; it must be np.random.default_rng"
    ):
        dropout(np.ones(3), 0.1, 3)


@pytest.mark.parametrize("block", [post_norm, pre_norm])
def test_a_model_with_dropout_off_is_the_model(block):
    parameters, ids = toy.load(), np.array([[8, 9, 10]])
    plain = transformer(parameters, ids, ids, block=block)
    for off in (
        with_dropout(0.5, block=block),
        with_dropout(0.0, np.random.default_rng(0), block),
    ):
        np.testing.assert_array_equal(transformer(parameters, ids, ids, block=off), plain)


def test_a_model_with_dropout_learns_from_another_model_at_every_step():
    batch, rng = make_batch(toy.PAIRS, toy.WORDS), np.random.default_rng(0)
    dropping = with_dropout(0.1, rng)
    first, grads = loss_and_gradients(toy.load(), batch, block=dropping)
    second, _ = loss_and_gradients(toy.load(), batch, block=dropping)
    assert first != second
    again, _ = loss_and_gradients(
        toy.load(), batch, block=with_dropout(0.1, np.random.default_rng(0))
    )
    assert again == first
    assert all(np.isfinite(grad).all() for grad in grads.values())


def test_a_norm_of_ones_own_keeps_its_tables():
    """Whatever tables and options a block takes besides, dropout hands them on."""

    def block(where, x, sublayer, scales, epsilon):
        return sublayer(x) * scales + epsilon

    dropping = with_dropout(0.5, block=block)
    found = dropping("norm 1", np.ones((1, 2)), lambda x: x + 1, scales=3.0, epsilon=0.5)
    assert found.tolist() == [[6.5, 6.5]]
