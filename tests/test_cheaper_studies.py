"""Cheaper attentions as measured: what is counted, what is kept, and a row once more."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from tfmath import softmax, toy
from tfmath.attention.dot_product import attend
from tfmath.attention.windows import window_mask
from tfmath.errors import ShapeError
from tfmath.study.error_against_cost import (
    WIDTH,
    against_cost,
    growing,
    mean_attention,
    methods,
    multiply_adds_of,
    relative_error,
    table_attention,
    three_heads,
    window_in_place,
)
from tfmath.study.measured import measured
from tfmath.study.other_attentions import (
    finished_with,
    mixing_tables,
    right,
    toy_attentions,
    trained_anew,
)
from tfmath.study.rank import least_error, least_errors


def rows(name, **wanted):
    """The stored rows whose columns have the wanted values."""
    columns = measured(name)
    found = [
        dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)
    ]
    return [row for row in found if all(row[k] == v for k, v in wanted.items())]


# What is compared -----------------------------------------------------------------------


def test_one_table_is_pytorchs_attention():
    rng = np.random.default_rng(0)
    q, k, v = (rng.normal(size=(2, n, d)) for n, d in ((4, 3), (6, 3), (6, 5)))
    expected = F.scaled_dot_product_attention(*map(torch.tensor, (q, k, v))).numpy()
    np.testing.assert_allclose(table_attention(q, k, v), expected, atol=1e-12)


def test_the_mean_is_what_is_left_of_attention_without_scores():
    rng = np.random.default_rng(1)
    q, k, v = rng.normal(size=(3, 2, 6, 4))
    np.testing.assert_allclose(
        mean_attention(q, k, v), attend(q, k, v, scale=0), atol=1e-12
    )
    assert mean_attention(*np.float32([q, k, v])).dtype == np.float32


@pytest.mark.parametrize(("n", "width"), [(0, 2), (1, 0), (7, 0), (23, 2), (40, 64)])
def test_a_window_in_place_is_the_window(n, width):
    q, k, v = (np.random.default_rng(n).normal(size=(n, d)) for d in (3, 3, 5))
    expected = attend(q, k, v, window_mask(n, width))
    np.testing.assert_allclose(window_in_place(q, k, v, width), expected, atol=1e-12)
    assert window_in_place(*np.float32([q, k, q]), width).dtype == np.float32
    if n:
        with pytest.raises(ShapeError, match="window_in_place: query and value"):
            window_in_place(q, k, v[1:], width)


def test_no_table_of_low_rank_is_nearer():
    """The nearest is as far off as said, for many values, and 50 others are farther."""
    rng = np.random.default_rng(6)
    weights = softmax(2 * rng.normal(size=(20, 24)))
    values = rng.normal(size=(24, 4000))
    left, s, right_side = np.linalg.svd(weights, full_matrices=False)
    for rank in (1, 3, 8):
        (least,) = least_error(weights, [rank])
        best = (left[:, :rank] * s[:rank]) @ right_side[:rank]
        assert relative_error(best @ values, weights @ values) == pytest.approx(
            least, rel=0.02
        )
        for _ in range(50):
            one_side = rng.normal(size=(20, rank))
            fitted = one_side @ np.linalg.lstsq(one_side, weights, rcond=None)[0]
            assert relative_error(fitted @ values, weights @ values) > least
    with pytest.raises(ValueError, match="least_error: ranks is -1"):
        least_error(weights, [-1])


def test_least_errors_are_below_what_was_measured():
    for head, least in least_errors((16, 64, 256, 1024)).items():
        for method, floor in (("low rank", least[:3]), ("random features", least[1:])):
            errors = [row["error"] for row in rows("cheaper", method=method, head=head)]
            assert (np.array(errors) > floor).all() and sorted(least)[::-1] == least


def test_three_heads_look_as_they_are_called():
    n = 256
    weights = {
        name: softmax(np.float64(q) @ np.float64(k).T / math.sqrt(WIDTH))
        for name, (q, k, _) in three_heads(n).items()
    }
    distance = abs(np.arange(n)[:, None] - np.arange(n))
    assert weights["broad"].max() < 0.05
    assert ((weights["near"] * (distance <= 32)).sum(axis=1) > 0.97).all()
    largest = weights["one word"].max(axis=1)
    assert np.median(largest) > 0.8
    partner = weights["one word"].argmax(axis=1)
    assert np.median(abs(partner - np.arange(n))) > n / 8  # anywhere
    for other in three_heads(n, seed=1).values():
        assert {array.dtype for array in other} == {np.dtype(np.float32)}


def test_an_error_of_1_is_as_bad_as_answering_0():
    x = np.random.default_rng(2).normal(size=(5, 3))
    assert relative_error(0 * x, x) == pytest.approx(1) and relative_error(x, x) == 0
    assert relative_error(1.5 * x, x) == pytest.approx(0.5)
    with pytest.raises(ShapeError, match="relative_error: found and expected"):
        relative_error(x[:4], x)


def test_what_is_too_short_to_mix_is_refused():
    with pytest.raises(ValueError, match="methods: n is 255; .* 256 or more"):
        methods(255)
    with pytest.raises(ValueError, match="three_heads: n is 0; .* 1 or more"):
        three_heads(0)


# What is counted ------------------------------------------------------------------------

d = WIDTH
PRODUCTS = {
    ("one table", 0): lambda n: 2 * n * n * d,
    ("block by block", 0): lambda n: 2 * n * n * d,
    ("mean", 0): lambda n: 0,
    ("low rank", 16): lambda n: 2 * 16 * n * d + 2 * n * 16 * d,  # to mix, to look
    ("low rank", 64): lambda n: 2 * 64 * n * d + 2 * n * 64 * d,
    ("linear", 0): lambda n: 2 * n * d * d + n * d,  # sums made and asked, totals
    ("random features", 64): lambda n: 2 * n * 64 * d + 2 * n * 64 * d + n * 64,
    ("random features", 256): lambda n: 2 * n * 256 * d + 2 * n * 256 * d + n * 256,
}


@pytest.mark.parametrize("name", PRODUCTS)
def test_multiply_adds_are_those_of_the_formula(name):
    for n in (256, 300):
        found = multiply_adds_of(methods(n)[name], *three_heads(n)["broad"])
        assert found == PRODUCTS[name](n)
    (stored,) = rows("cheaper", method=name[0], setting=name[1], head="near")
    assert stored["multiply_adds"] == PRODUCTS[name](1024)


@pytest.mark.parametrize("width", [8, 32, 128])
def test_a_window_makes_at_most_twice_the_products_of_its_width(width):
    n = 1024
    found = multiply_adds_of(methods(n)["window", width], *three_heads(n)["broad"])
    most = n * (2 * width + max(2 * width, 32))
    least = n * (2 * width + 1) - width * (width + 1)
    assert 2 * d * least < found <= 2 * d * most


def test_windows_are_those_of_their_masks():
    query, key, value = (np.float64(array) for array in three_heads(256)["near"])
    expected = attend(query, key, value, window_mask(256, 8))
    found = methods(256)["window", 8](query, key, value)
    np.testing.assert_allclose(found, expected, atol=1e-12)


# What is measured -----------------------------------------------------------------------


def test_a_method_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="names holds 'lowrank'; did you mean 'low rank'"):
        against_cost(n=256, names=["mean", "lowrank"])
    with pytest.raises(TypeError, match="against_cost: names is 'mean'"):
        against_cost(n=256, names="mean")


def test_error_against_cost_measures_what_is_stored():
    again = against_cost(turns=1, names=["mean", "low rank", "linear", "buckets"])
    assert len(again) == 3 * 8
    for row in again:
        keys = ("head", "method", "setting", "multiply_adds")
        (stored,) = rows("cheaper", **{key: row[key] for key in keys})
        np.testing.assert_allclose(row["error"], stored["error"], atol=2e-4)
        np.testing.assert_allclose(row["MiB"], stored["MiB"], atol=0.02, rtol=0.02)
        assert row["seconds"] > 0


def test_growth_measures_what_is_stored():
    again = growing(sizes=(512,), turns=1)
    assert [row["method"] for row in again] == [
        row["method"] for row in rows("cheaper_growth", n=512)
    ]
    for row in again:
        (stored,) = rows("cheaper_growth", method=row["method"], n=512)
        np.testing.assert_allclose(row["MiB"], stored["MiB"], atol=0.03, rtol=0.02)
    assert {r["method"] for r in growing((512,), most=256, turns=1)} == {
        r["method"] for r in again if r["method"] != "one table"
    }


# In the toy model -----------------------------------------------------------------------


def test_what_is_exact_leaves_the_model_as_it_is():
    found = toy_attentions()
    texts = [target for _, target in toy.PAIRS]
    assert finished_with(toy.load(), found["plain"]) == texts
    assert finished_with(toy.load(), found["block by block"]) == texts
    assert right(texts) == 3 and right(["", *texts[1:]]) == 2


def test_all_weights_alike_is_the_mean():
    alike = toy_attentions()["all weights alike"]
    x = np.random.default_rng(0).normal(size=(5, 3))
    for name in ("attention", "cross_attention"):
        np.testing.assert_allclose(alike[name](x, x, x), mean_attention(x, x, x))
    assert right(finished_with(toy.load(), alike)) == 0


def test_only_low_rank_brings_tables():
    brought = {name: list(mixing_tables(a)) for name, a in toy_attentions().items()}
    assert [name for name, tables in brought.items() if tables] == ["low rank: 2 mixtures"]
    assert brought["low rank: 2 mixtures"] == [
        "encoder / layer 1 / self-attention / E",
        "decoder / layer 1 / cross-attention / E",
    ]


def test_training_begins_as_it_did_when_it_was_stored():
    """All 500 steps take too long here; a few go the same way with a table or blocks."""
    plain, blocks, low = (
        trained_anew([0], steps=5, names=[name])[0]
        for name in ("plain", "block by block", "low rank: 2 mixtures")
    )
    assert plain["loss"] == blocks["loss"] != low["loss"]
    assert list(plain) == list(measured("cheaper_trained"))
    names = measured("cheaper_trained")["attention"]
    assert list(dict.fromkeys(names)) == list(toy_attentions())
