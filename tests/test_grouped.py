"""Fewer heads of keys and values than of queries: PyTorch's, and a smaller cache."""

import numpy as np
import pytest
import torch
from few import assert_is_torchs, paddings, rows
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import assert_close

from tfmath import steps, trace, traced, transformer
from tfmath.attention import blocks
from tfmath.attention.dot_product import attend
from tfmath.attention.grouped import grouped_query_attention
from tfmath.attention.heads import multi_head_attention
from tfmath.decoding.cache import decode_next, start_cache
from tfmath.errors import ShapeError
from tfmath.model.parameters import flatten, shapes, starting_values
from tfmath.model.transformer import encode_source
from tfmath.study.growth import peak_memory
from tfmath.study.scaling import multiply_adds


def many(seed, n_heads, n_groups, n_query=4, n_key=7):
    rng = np.random.default_rng(seed)
    sizes = (n_heads, n_query, 5), (n_groups, n_key, 5), (n_groups, n_key, 3)
    return [rng.normal(size=(2, *size)) for size in sizes]


@pytest.mark.parametrize(("n_heads", "n_groups"), [(6, 6), (6, 3), (6, 2), (6, 1), (1, 1)])
@pytest.mark.parametrize("few", [False, True])
def test_it_is_pytorchs(n_heads, n_groups, few, monkeypatch):
    """Also where the scores are too many for one table."""
    if few:
        monkeypatch.setattr(blocks, "MANY", 0)
        monkeypatch.setattr(blocks, "AT_ONCE", 20)
    rng, arrays = np.random.default_rng(1), many(0, n_heads, n_groups)
    shapes = [(7,), (4, 7), (2, 1, 1, 7), (2, 1, 4, 7), (n_heads, 4, 7), (2, n_heads, 4, 7)]
    for mask in [None, *(rng.random(shape) < 0.6 for shape in shapes)]:

        def ours(*given):
            return grouped_query_attention(*given, mask)  # noqa: B023

        assert_is_torchs(ours, arrays, mask, enable_gqa=True)


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.integers(1, 9), st.integers(0, 9))
def test_with_as_many_groups_as_heads_it_is_attend(seed, n_query, n_key):
    arrays, mask = rows(seed, n_query, n_key), paddings(seed, n_query, n_key)[seed % 6]
    expected = attend(*arrays, mask)
    assert_close(grouped_query_attention(*arrays, mask), expected, "output", 1e-14)


def test_neighbouring_heads_share_and_not_every_second():
    """Control: the same heads dealt out in turns are something else."""
    query, key, value = many(0, 6, 2)
    found = grouped_query_attention(query, key, value)
    for head in range(6):
        group = head // 3
        alone = attend(query[:, head], key[:, group], value[:, group])
        assert_close(found[:, head], alone, f"head {head}", 1e-12)
    in_turns = attend(query, *(np.tile(a, (1, 3, 1, 1)) for a in (key, value)))
    assert np.abs(found - in_turns).max() > 0.1


# In the model


SIZES = shapes(23, d_model=5, n_heads=4, d_k=4, d_v=3, d_ff=7, n_layers=2)
SOURCE, TARGET = np.array([3, 20, 7, 9, 4, 11]), np.array([1, 8, 8, 2])


def with_groups(n_groups):
    small = {
        name: (n_groups, *size[1:])
        for name, size in SIZES.items()
        if "self-attention" in name and name.endswith(("W_K", "W_V"))
    }
    return starting_values(np.random.default_rng(0), SIZES | small)


def kept_bytes(n_groups):
    tables, own = with_groups(n_groups), {"attention": grouped_query_attention}
    cache = start_cache(tables, encode_source(tables, SOURCE, **own))
    for word in TARGET:
        _, cache = decode_next(tables, word, cache, **own)
    return sum(array.nbytes for kept in cache.words.values() for array in kept)


def test_the_cache_shrinks_with_the_groups():
    """Two layers keep, of each of 4 words, d_k + d_v float64 numbers a group."""
    for n_groups in (4, 2, 1):
        assert kept_bytes(n_groups) == 2 * len(TARGET) * n_groups * (4 + 3) * 8
    tables = [sum(t.size for t in flatten(with_groups(g)).values()) for g in (4, 2)]
    assert tables[0] - tables[1] == 2 * 2 * 2 * 5 * (4 + 3)  # two stacks of two layers


def test_the_steps_are_those_of_all_heads_with_their_names():
    record = steps(
        transformer(
            traced(with_groups(2)), SOURCE, TARGET, attention=grouped_query_attention
        )
    )
    scores = record["encoder / layer 1 / self-attention / heads / scores"]
    assert scores.shape == (4, 6, 6)
    assert scores.labels[0] == ("head 1", "head 2", "head 3", "head 4")
    assert record["encoder / layer 1 / self-attention / heads / key"].shape == (2, 6, 4)


def test_sharing_saves_tables_and_memory_but_no_products():
    query, key, value = many(0, 6, 2)
    arrays = [trace(a, n) for a, n in zip((query, key, value), "qkv", strict=True)]
    work = multiply_adds(grouped_query_attention(*arrays))
    assert sum(work.values()) == 2 * 6 * 4 * 7 * (5 + 3)
    rng = np.random.default_rng(0)
    query, key = rng.normal(size=(32, 1, 64)), rng.normal(size=(2, 4096, 64))
    repeated = peak_memory(lambda: attend(query, *[np.repeat(key, 16, axis=0)] * 2))
    assert peak_memory(lambda: grouped_query_attention(query, key, key)) < repeated / 4


# Bad input


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        (
            ((6, 4, 5), (4, 7, 5), (4, 7, 3)),
            r"query \(6, 4, 5\) has 6 heads, .* divide that",
        ),
        (
            ((6, 4, 5), (3, 7, 5), (2, 7, 3)),
            r"key \(3, 7, 5\) has 3 and value .* 2; key and",
        ),
        (((6, 4, 5), (0, 7, 5), (0, 7, 3)), "has 0 and value"),
        (((2, 4, 5), (4, 7, 5), (4, 7, 3)), "2 heads"),
        (((4, 5), (2, 7, 5), (2, 7, 3)), r"query \(4, 5\) needs three axes, heads, rows"),
        (((6, 4, 5), (3, 7, 4), (3, 7, 3)), "same d_k"),
        (((6, 4, 5), (3, 7, 5), (3, 6, 3)), "same n_key"),
        (((2, 6, 4, 5), (3, 3, 7, 5), (3, 7, 3)), "the batch, must be the same or 1"),
    ],
)
def test_what_does_not_fit_is_named(sizes, words):
    with pytest.raises(ShapeError, match=f"grouped_query_attention: .*{words}"):
        grouped_query_attention(*(np.ones(size) for size in sizes))


def test_a_wrong_mask_and_the_plain_attention_say_what_to_do():
    query, key, value = many(0, 6, 2)
    with pytest.raises(ShapeError, match="grouped_query_attention: the mask must have"):
        grouped_query_attention(query, key, value, np.ones((2, 2, 4, 7), bool))
    x, tables = np.ones((4, 5)), [np.ones((n, 5, 3)) for n in (6, 2, 2)]
    with pytest.raises(ShapeError, match="attention=grouped_query_attention"):
        multi_head_attention(x, x, x, *tables, np.ones((18, 5)))
    output = multi_head_attention(
        x, x, x, *tables, np.ones((18, 5)), attention=grouped_query_attention
    )
    assert output.shape == (4, 5)


@pytest.mark.parametrize("n_query", [0, 1])
@pytest.mark.parametrize("n_key", [0, 1])
def test_no_rows_and_one(n_query, n_key):
    arrays = many(0, 4, 2, n_query, n_key)
    expected = torch.nn.functional.scaled_dot_product_attention(
        *map(torch.tensor, arrays), enable_gqa=True
    )
    assert_close(grouped_query_attention(*arrays), expected, "output")
