"""The way back without a transpose: right forwards, wrong backwards, measured again."""

import numpy as np
import pytest

from tfmath import scaled_dot_product_attention, toy
from tfmath.learning.train import make_batch
from tfmath.study.measured import measured
from tfmath.study.missing_transpose import (
    WAYS,
    error_of_slope,
    missing_transpose,
    without_transpose,
)
from tfmath.tracing import gradients, trace

RNG = np.random.default_rng(4)


def arrays(n_query, n_key):
    sizes = (2, n_query, 3), (2, n_key, 3), (2, n_key, 4)
    return [RNG.normal(size=size) for size in sizes]


def test_forwards_it_is_the_usual_attention():
    given = arrays(5, 6)
    mask = np.tri(5, 6, 1, dtype=bool)
    ours = without_transpose(*given, mask)
    np.testing.assert_allclose(ours, scaled_dot_product_attention(*given, mask), atol=1e-14)


def test_backwards_the_gradient_by_the_key_alone_is_wrong():
    weights = RNG.normal(size=(2, 5, 4))
    found = []
    for attention in (scaled_dot_product_attention, without_transpose):
        given = [trace(a, n) for a, n in zip(arrays_of_five, "qkv", strict=True)]
        found.append(gradients((attention(*given) * weights).sum(), of=given))
    same = [np.allclose(one, two, atol=1e-12) for one, two in zip(*found, strict=True)]
    assert same == [True, False, True]
    assert [one.shape == two.shape for one, two in zip(*found, strict=True)] == [True] * 3


arrays_of_five = arrays(5, 5)


@pytest.mark.parametrize(("way", "part"), [("right", 1), ("zero", 0), ("turned", -1)])
def test_the_gradient_by_the_key_is_nothing_or_turned_round(way, part):
    weights, attention = RNG.normal(size=(2, 5, 4)), scaled_dot_product_attention
    found = []
    for one in (attention, WAYS[way].get("attention", attention)):
        given = [trace(a, n) for a, n in zip(arrays_of_five, "qkv", strict=True)]
        found.append(gradients((one(*given) * weights).sum(), of=given))
    for right, here, times in zip(*found, (1, part, 1), strict=True):
        np.testing.assert_allclose(here, times * right, atol=1e-12)


def test_with_other_sizes_it_stops():
    query, key, value = (trace(a, n) for a, n in zip(arrays(5, 6), "qkv", strict=True))
    with pytest.raises(ValueError):
        gradients(without_transpose(query, key, value).sum(), of=key)


def test_a_stored_row_comes_out_again():
    stored = measured("missing_transpose")
    names = list(stored)
    rows = [
        dict(zip(names, row, strict=True)) for row in zip(*stored.values(), strict=True)
    ]
    for row in missing_transpose(at=(20,), seeds=(3,)):
        same = {k: v for k, v in row.items() if k in ("seed", "transpose", "step")}
        (kept,) = [r for r in rows if same.items() <= r.items()]
        assert kept["loss"] == pytest.approx(row["loss"], abs=2e-4)
        assert kept["off"] == pytest.approx(row["off"], abs=2e-3)
        assert kept["right"] == row["right"]


def test_the_slope_is_asked_of_any_table():
    batch = make_batch(toy.PAIRS[:1], toy.WORDS)
    wrong = {"attention": without_transpose}
    values = "encoder / layer 1 / self-attention / W_V"
    assert error_of_slope(toy.load(), batch, values, **wrong) < 1e-6
    assert error_of_slope(toy.load(), batch, **wrong) > 0.1
