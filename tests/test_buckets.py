"""Attention in buckets: full attention with the mask of the buckets, and its products."""

import numpy as np
import pytest

from tfmath.attention.dot_product import attend
from tfmath.errors import NonFiniteError, ShapeError
from tfmath.study.buckets import bucket_attention
from tfmath.study.error_against_cost import methods, multiply_adds_of, three_heads
from tfmath.study.measured import measured


def bucket(row, directions):
    """By hand: which direction, forwards or backwards, a row points in most."""
    products = [float(sum(row * w)) for w in directions]
    return max((abs(p), n, p > 0) for n, p in enumerate(products))[1:]


SIZES = [(1, 1, 1), (9, 9, 1), (30, 30, 2), (30, 30, 8), (6, 9, 3), (1, 9, 1), (0, 9, 2)]


@pytest.mark.parametrize(("n_query", "n", "n_directions"), SIZES)
def test_it_is_attention_with_the_mask_of_the_buckets(n_query, n, n_directions):
    rng = np.random.default_rng(n)
    query, key, value = (rng.normal(size=size) for size in [(n_query, 4), (n, 4), (n, 3)])
    directions = rng.normal(size=(n_directions, 4))
    mine, theirs = ([bucket(x, directions) for x in rows] for rows in (query, key))
    mask = np.array([[a == b for b in theirs] for a in mine], bool).reshape(n_query, n)
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
    for directions, said in [
        (np.ones((2, 5)), "directions and key"),
        (np.ones(4), r"directions \(4,\) must have 2 axes"),
        (np.ones((0, 4)), r"directions \(0, 4\) has no row; give one"),
    ]:
        with pytest.raises(ShapeError, match=f"bucket_attention: {said}"):
            bucket_attention(x, x, x, directions)
    with pytest.raises(NonFiniteError, match="bucket_attention: directions holds nan"):
        bucket_attention(x, x, x, np.full((1, 4), np.nan))
    with pytest.raises(ShapeError, match=r"query \(2, 3, 4\) must have 2 axes"):
        bucket_attention(*np.ones((3, 2, 3, 4)), x)
