"""Attention in buckets: full attention with the mask of the buckets, and its products."""

import numpy as np
import pytest

from tfmath.attention.dot_product import attend
from tfmath.errors import ShapeError
from tfmath.study.buckets import bucket_attention
from tfmath.study.error_against_cost import methods, multiply_adds_of, three_heads
from tfmath.study.measured import measured


def bucket(row, directions):
    """By hand: which direction, forwards or backwards, a row points in most."""
    products = [float(sum(row * w)) for w in directions]
    return max((abs(p), n, p > 0) for n, p in enumerate(products))[1:]


@pytest.mark.parametrize(("n", "n_directions"), [(1, 1), (9, 1), (30, 2), (30, 8)])
def test_it_is_attention_with_the_mask_of_the_buckets(n, n_directions):
    rng = np.random.default_rng(n)
    query, key, value = (rng.normal(size=(n, size)) for size in (4, 4, 3))
    directions = rng.normal(size=(n_directions, 4))
    mine, theirs = ([bucket(x, directions) for x in rows] for rows in (query, key))
    mask = np.array([[a == b for b in theirs] for a in mine])
    found = bucket_attention(query, key, value, directions)
    seen = mask.any(axis=1)
    np.testing.assert_allclose(found[seen], attend(query, key, value, mask)[seen])
    assert (found[~seen] == 0).all()
    made = multiply_adds_of(
        lambda *three: bucket_attention(*three, directions), query, key, value
    )
    assert made == mask.sum() * (4 + 3)  # without those to sort


def test_a_row_meets_a_key_that_is_the_same():
    rng = np.random.default_rng(3)
    key, value = rng.normal(size=(2, 20, 4))
    found = bucket_attention(50 * key, key, value, rng.normal(size=(4, 4)))
    expected = attend(50 * key, key, value)
    best = (key @ key.T).argmax(axis=1) == np.arange(20)  # whose largest score is its own
    near = np.abs(found - expected).max(axis=1) < 1e-3
    assert best.any() and near[best].all()


def test_what_is_stored_counts_the_products_to_sort_as_well():
    arrays, columns = three_heads()["one word"], measured("cheaper")
    for k in (16, 8, 4):
        made = [multiply_adds_of(methods(seed=s)["buckets", k], *arrays) for s in range(5)]
        keys = zip(*(columns[n] for n in ("head", "method", "setting")), strict=True)
        stored = columns["multiply_adds"][list(keys).index(("one word", "buckets", k))]
        assert stored == sorted(made)[2] + 2 * 1024 * 64 * (k // 2)


def test_directions_must_fit():
    x = np.ones((3, 4))
    with pytest.raises(ShapeError, match="bucket_attention: directions and key"):
        bucket_attention(x, x, x, np.ones((2, 5)))
