"""Relative rows, buckets and slopes beside their papers' formulas, written out here."""

import math
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tables import assert_close, draw

from tfmath import gradients, slope, steps, trace
from tfmath.attention.buckets import (
    bucket_starts,
    look_back_bucket,
    t5_attention,
    two_way_bucket,
)
from tfmath.attention.dot_product import attend
from tfmath.attention.relative import alibi_attention, alibi_slopes, relative_attention
from tfmath.errors import DtypeError, ShapeError

N, HEADS, D_K, D_V, REACH = 7, 3, 4, 5, 2
CAUSAL = np.tri(N, dtype=bool)
masks = pytest.mark.parametrize("mask", [None, CAUSAL], ids=["all", "causal"])


def drawn(seed=0):
    rng = np.random.default_rng(seed)
    rows = [draw(rng, 2, HEADS, N, width) for width in (D_K, D_K, D_V)]
    return *rows, draw(rng, 2 * REACH + 1, D_K), draw(rng, 2 * REACH + 1, D_V)


def torchs(*arrays, **options):
    tensors = [torch.tensor(a) for a in arrays]
    return torch.nn.functional.scaled_dot_product_attention(*tensors, **options)


# Shaw's rows


def shaws(query, key, value, a_K, a_V, mask):
    """Equations 3 to 5 of the paper with every a_ij written out, one einsum a sum."""
    clipped = [[max(-REACH, min(REACH, j - i)) for j in range(N)] for i in range(N)]
    a_K, a_V = (table[np.array(clipped) + REACH] for table in (a_K, a_V))
    e = np.einsum("bhik,bhjk->bhij", query, key) + np.einsum("bhik,ijk->bhij", query, a_K)
    e = np.where(True if mask is None else mask, e / math.sqrt(D_K), -np.inf)
    alpha = torch.softmax(torch.tensor(e), -1).numpy()
    z = np.einsum("bhij,bhjv->bhiv", alpha, value)
    return z + np.einsum("bhij,ijv->bhiv", alpha, a_V)


@masks
def test_relative_rows_are_the_papers_sums(mask):
    arrays = drawn()
    assert_close(
        relative_attention(*arrays[:3], mask, *arrays[3:]), shaws(*arrays, mask), "z"
    )
    bare = relative_attention(*arrays[:3], mask, arrays[3])
    alone = shaws(*arrays[:4], np.zeros_like(arrays[4]), mask)
    assert_close(bare, alone, "without rows for values")
    other = arrays[3][::-1], arrays[4]  # control: back and ahead exchanged
    assert np.abs(relative_attention(*arrays[:3], mask, *other) - alone).max() > 0.1


def test_rows_of_zeros_are_plain_attention():
    query, key, value, a, b = drawn(1)
    found = relative_attention(query, key, value, CAUSAL, 0 * a, 0 * b)
    assert_close(found, torchs(query, key, value, is_causal=True), "output")


def test_what_is_beyond_the_reach_has_the_last_row():
    query, key, value, *tables = drawn(2)
    wide = [np.concatenate([t[:1]] * 4 + [t] + [t[-1:]] * 4) for t in tables]
    found = relative_attention(query, key, value, None, *tables)
    assert_close(found, relative_attention(query, key, value, None, *wide), "wider", 1e-14)


def test_a_text_may_stand_anywhere():
    """With two words more in front, hidden, everybody sees what he saw."""
    arrays = drawn(3)
    mask = np.tri(N, dtype=bool) & (np.arange(N) >= 2)
    late = relative_attention(*arrays[:3], mask, *arrays[3:])[..., 2:, :]
    cut = [a[..., 2:, :] for a in arrays[:3]]
    now = relative_attention(*cut, np.tri(N - 2, dtype=bool), *arrays[3:])
    assert_close(late, now, "shifted", 1e-14)


# T5's buckets


def published(distance, n_buckets, max_distance, both_ways):
    """Mesh TensorFlow's function, on PyTorch's float32 logarithms as in its ports."""
    found, far = 0, torch.tensor(distance)
    if both_ways:
        n_buckets //= 2
        found, far = (far < 0) * n_buckets, abs(far)
    far, exact = far.clamp(min=0), n_buckets // 2
    log = torch.log(far.float() / exact) / math.log(max_distance / exact)
    large = exact + (log * (n_buckets - exact)).to(torch.int64)
    return found + torch.where(far < exact, far, large.clamp(max=n_buckets - 1))


SETTINGS = [(32, 128), (64, 128), (12, 100), (32, 64), (40, 1000), (8, 20), (4, 8)]


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("bucket", [two_way_bucket, look_back_bucket])
def test_buckets_are_the_published_ones(bucket, setting):
    distance = np.arange(-1100, 1100)
    expected = published(distance, *setting, bucket is two_way_bucket).numpy()
    np.testing.assert_array_equal(bucket(distance, *setting), expected)


@given(st.integers(2, 40), st.integers(1, 200), st.integers(0, 400))
def test_a_bucket_is_the_exact_one(n_buckets, more, distance):
    """In whole numbers: the last m with (n / E)^(B − E) at least (M / E)^m."""
    exact, n = n_buckets // 2, distance
    max_distance, far = exact + more, n_buckets - exact
    expected = min(n, exact)
    while n >= exact and expected < n_buckets - 1:
        m = expected + 1 - exact
        if n**far * exact**m < max_distance**m * exact**far:
            break
        expected += 1
    assert look_back_bucket(distance, n_buckets, max_distance) == expected


def test_a_few_published_values_as_anyone_can_read_them():
    """The 32 buckets of every T5, both ways: 16 each way, 8 of them exact, up to 128."""
    assert bucket_starts(16).tolist() == [*range(9), 12, 16, 23, 32, 46, 64, 91]
    assert two_way_bucket([0, 7, 8, 11, 12, 127, 128, 5000]).tolist() == [
        0, 7, 8, 8, 9, 15, 15, 15
    ]  # fmt: skip
    assert two_way_bucket([-1, -8, -5000]).tolist() == [17, 24, 31]
    assert look_back_bucket([-1, 0, 15, 16, 18, 19, 113, 114]).tolist() == [
        0, 0, 15, 16, 16, 17, 31, 31
    ]  # fmt: skip


@masks
@pytest.mark.parametrize("bucket", [two_way_bucket, look_back_bucket])
def test_t5_is_torchs_attention_with_its_bias(mask, bucket):
    query, key, value, *_ = drawn(4)
    table = draw(np.random.default_rng(5), HEADS, 6)
    bias = np.zeros((HEADS, N, N))
    for h, i, j in np.ndindex(bias.shape):
        bias[h, i, j] = table[h, published([i - j], 6, 128, bucket is two_way_bucket)[0]]
    hidden = np.where(CAUSAL if mask is not None else True, bias, -np.inf)
    found = t5_attention(query, key, value, mask, table, bucket)
    assert_close(found, torchs(query, key, value, attn_mask=torch.tensor(hidden)), "T5")
    one = t5_attention(query, key, value, mask, table, bucket, scale=1.0)
    expected = torchs(query, key, value, attn_mask=torch.tensor(hidden), scale=1.0)
    assert_close(one, expected, "as T5 scales")


# ALiBi


def published_slopes(n):
    """`get_slopes` of the paper's code, in logarithms as it is there."""
    start = 2 ** (-(2 ** -(math.log2(n) - 3)))
    if math.log2(n).is_integer():
        return [start * start**i for i in range(n)]
    closest = 2 ** math.floor(math.log2(n))
    more = published_slopes(2 * closest)[0::2][: n - closest]
    return published_slopes(closest) + more


def test_slopes_are_the_published_ones():
    for n in range(1, 41):
        assert_close(alibi_slopes(n), np.array(published_slopes(n)), f"{n} heads", 1e-15)
    assert alibi_slopes(8).tolist() == [2**-k for k in range(1, 9)]  # as the paper prints
    simple = 2.0 ** (-8 * np.arange(1, 13) / 12)
    assert np.abs(alibi_slopes(12) - simple).max() > 0.1  # control: another rule


@pytest.mark.parametrize("causal", [True, False])
def test_alibi_is_torchs_attention_with_its_bias(causal):
    """Causal m · (j − i) as the paper has it, and symmetric −m · |j − i|."""
    query, key, value, *_ = drawn(6)
    i, m = torch.arange(N), torch.tensor(published_slopes(HEADS))[:, None, None]
    far = i[None, :] - i[:, None]
    bias = m * far if causal else -m * far.abs()
    bias = bias.masked_fill(torch.tensor(~CAUSAL), -math.inf) if causal else bias
    found = alibi_attention(query, key, value, CAUSAL if causal else None)
    assert_close(found, torchs(query, key, value, attn_mask=bias.double()), "ALiBi")


def test_under_a_causal_mask_the_keys_place_alone_does_the_same():
    """The paper's code adds m · j: in a row that differs from m · (j − i) by one number."""
    query, key, value, *_ = drawn(7)
    bias = torch.tensor(published_slopes(HEADS))[:, None, None] * torch.arange(N)
    bias = bias.double().masked_fill(torch.tensor(~CAUSAL), -math.inf)
    expected = torchs(query, key, value, attn_mask=bias)
    assert_close(alibi_attention(query, key, value, CAUSAL), expected, "ALiBi")


def test_slopes_of_zero_are_plain_attention_and_steep_ones_see_oneself():
    query, key, value, *_ = drawn(8)
    flat = alibi_attention(query, key, value, slopes=[0, 0, 0])
    assert_close(flat, attend(query, key, value), "flat", 1e-14)
    steep = alibi_attention(query, key, value, slopes=[1e4] * 3)
    assert_close(steep, value, "steep")


# What all of them share


@pytest.mark.parametrize("name", ["Shaw", "T5", "ALiBi"])
def test_slopes_are_those_of_trying(name):
    query, key, value, a, b = drawn(9)
    share = draw(np.random.default_rng(10), 2, HEADS, N, D_V)
    variant, own = {
        "Shaw": (relative_attention, {"keys_by_distance": a, "values_by_distance": b}),
        "T5": (t5_attention, {"by_bucket": draw(np.random.default_rng(11), HEADS, 6)}),
        "ALiBi": (alibi_attention, {"slopes": np.array([0.5, 0.1, 0.3])}),
    }[name]
    arrays = {"query": query, "key": key, "value": value} | own
    record = {name: trace(array, name) for name, array in arrays.items()}
    loss = (variant(mask=CAUSAL, **record) * share).sum()
    assert {"products", "scores", "weights", "output"} <= set(steps(loss))
    grads = gradients(loss)
    for name, array in arrays.items():

        def loss_of(x, name=name):
            return (variant(mask=CAUSAL, **arrays | {name: x}) * share).sum()

        tried = slope(loss_of, array)
        np.testing.assert_allclose(grads[name], tried, rtol=0, atol=1e-6, err_msg=name)


def test_new_queries_stand_at_the_last_keys():
    query, key, value, a, b = drawn(12)
    table = draw(np.random.default_rng(13), HEADS, 8)
    for variant in (
        partial(relative_attention, keys_by_distance=a, values_by_distance=b),
        partial(t5_attention, by_bucket=table),
        alibi_attention,
    ):
        all_at_once = variant(query, key, value, CAUSAL)[..., -2:, :]
        last = variant(query[..., -2:, :], key, value, CAUSAL[-2:])
        assert_close(last, all_at_once, "last two", 1e-14)


# Refused


def test_wrong_tables_are_named():
    query, key, value, a, b = drawn(14)
    with pytest.raises(ShapeError, match=r"keys_by_distance \(4, 4\).*odd number of rows"):
        relative_attention(query, key, value, None, a[:4])
    with pytest.raises(ShapeError, match=r"values_by_distance \(5, 4\).*d_v = 5 columns"):
        relative_attention(query, key, value, None, a, a)
    with pytest.raises(TypeError, match="keys_by_distance is None; give the table"):
        relative_attention(query, key, value)
    with pytest.raises(ShapeError, match=r"by_bucket \(2, 8\) must have one row for each"):
        t5_attention(query, key, value, by_bucket=np.ones((2, 8)))
    with pytest.raises(ShapeError, match="one row for each head of query"):
        t5_attention(query[0, 0], key[0, 0], value[0, 0], by_bucket=np.ones((7, 8)))
    with pytest.raises(TypeError, match="t5_attention: by_bucket is None"):
        t5_attention(query, key, value)
    with pytest.raises(TypeError, match="t5_attention: bucket is 8; it must be"):
        t5_attention(query, key, value, by_bucket=np.ones((3, 8)), bucket=8)
    with pytest.raises(ShapeError, match=r"alibi_attention: slopes \(2,\) must have one"):
        alibi_attention(query, key, value, slopes=[0.5, 0.25])


def test_wrong_numbers_are_named():
    with pytest.raises(ValueError, match="n_buckets is 1; it must be .* 2 or more"):
        look_back_bucket([0], n_buckets=1)
    with pytest.raises(ValueError, match="max_distance is 4; it must be .* 5 or more"):
        look_back_bucket([0], n_buckets=8, max_distance=4)
    with pytest.raises(ValueError, match="n_buckets is 7; it must be even"):
        two_way_bucket([0], n_buckets=7)
    with pytest.raises(DtypeError, match="two_way_bucket: distance"):
        two_way_bucket([0.5])
    with pytest.raises(ValueError, match="alibi_slopes: n_heads is 0"):
        alibi_slopes(0)
