"""Rounding by hand gives what NumPy's and PyTorch's own number types give."""

import numpy as np
import pytest
import torch

from tfmath import toy
from tfmath.learning.train import make_batch, traced_loss
from tfmath.tracing import steps, trace
from tfmath.witness.few_bits import replay_with_bits
from tfmath.witness.formats import FORMATS, UNITS, keep_bits

OWN = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
SIZES = np.array([0.01, 0.1, 1.0, 10.0])[:, np.newaxis]
NUMBERS = SIZES * np.random.default_rng(17).normal(size=(4, 1000))


@pytest.mark.parametrize("name", OWN)
def test_rounding_equals_pytorchs(name):
    smallest = torch.finfo(OWN[name]).tiny  # below it float16 has fewer bits
    numbers = NUMBERS[np.abs(NUMBERS) >= smallest]
    theirs = torch.tensor(numbers).to(OWN[name]).double().numpy()
    np.testing.assert_array_equal(keep_bits(numbers, FORMATS[name].fraction), theirs)


def test_float64_keeps_everything_and_zero_stays():
    np.testing.assert_array_equal(keep_bits(NUMBERS, 52), NUMBERS)
    assert keep_bits(np.zeros(3), 7).tolist() == [0, 0, 0]


@pytest.mark.parametrize("name", FORMATS)
def test_the_formats_agree_with_the_bounds_and_with_pytorch(name):
    unit, shape = UNITS[name.lower()], FORMATS[name]
    if name == "TF32":  # a GPU may cut the factors instead of rounding them
        assert unit.entering == 2 * shape.roundoff
        assert shape.largest <= FORMATS["float32"].largest
    else:
        own = torch.finfo(getattr(torch, name))
        assert unit.rounding == shape.roundoff == own.eps / 2
        assert (own.max, own.bits) == (shape.largest, shape.bits)
        assert own.smallest_normal * own.eps == shape.smallest == unit.tiny


def test_a_replay_rounds_every_step_and_leaves_words_alone():
    loss = traced_loss(toy.load(), make_batch(toy.PAIRS[:1], toy.WORDS))
    named = list(steps(loss).values())
    for value in replay_with_bits(named, 9):
        np.testing.assert_array_equal(value, keep_bits(value, 9))
    exactly = replay_with_bits(named, 52)
    for node, value in zip(named, exactly, strict=True):
        np.testing.assert_array_equal(value, node.value)


def test_only_the_factors_of_products_are_cut():
    left, right = trace([[1.01]], "left"), trace([[1.0]], "right")
    product, total = left @ right, left + right
    found = replay_with_bits([product, total], 52, factors=3)
    assert [value.item() for value in found] == [1.0, 2.01]
