"""Attention with a running maximum gives plain attention's numbers in little memory."""

import warnings

import numpy as np
import pytest
from few import assert_is_torchs, paddings, rows, torchs
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import assert_close

from tfmath import causal_mask, scaled_dot_product_attention, steps, trace
from tfmath.attention import blockwise
from tfmath.attention.blockwise import blockwise_attention, taken_in
from tfmath.errors import NonFiniteError, ShapeError
from tfmath.show import backward_source, explain, source
from tfmath.study.scaling import multiply_adds
from tfmath.tracing import gradients, named
from tfmath.witness import exact
from tfmath.witness.bounds import UNITS, follow
from tfmath.witness.contest import peak_bytes
from tfmath.witness.roads import replay_torch, to_numpy

MP = exact.Exact()


@settings(max_examples=60)
@given(
    st.integers(0, 10**6),
    st.integers(1, 9),
    st.integers(0, 12),
    st.integers(1, 15),
    st.integers(1, 9),
    st.sampled_from([None, 0.3, 4.0]),
)
def test_any_block_any_mask_gives_plain_attention(
    seed, n_query, n_key, block, n_rows, scale
):
    mask = paddings(seed, n_query, n_key)[seed % 6]

    def ours(query, key, value):
        return blockwise_attention(query, key, value, mask, block, scale)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blockwise, "ROWS", n_rows)
        assert_is_torchs(ours, rows(seed, n_query, n_key), mask, scale=scale)


def test_scores_of_thousands_that_grow_and_fall():
    """Each block brings a largest score of its own; e^1000 is too large for a float64."""
    query, value = np.ones((2, 1)), np.random.default_rng(0).normal(size=(7, 3))
    for scores in (
        [-1000, 0, 1000, 999, 1001, -5, 1000.5],
        [1001, 1000, 999, 0, -1, -2, 7],
    ):
        key = np.array(scores, float)[:, np.newaxis]
        expected = scaled_dot_product_attention(query, key, value)
        for block in (1, 2, 3, 7):
            found = blockwise_attention(query, key, value, block=block)
            assert_close(found, expected, f"block {block}", 1e-12)


def test_by_hand_the_state_after_each_key():
    """Scores ln 1, ln 2, ln 5, values 8, 16, 0: all divided by the largest so far."""
    query, key = trace([[1.0]], "query"), np.log([[1.0], [2.0], [5.0]])
    record = steps(blockwise_attention(query, key, [[8.0], [16.0], [0.0]], block=1))
    expected = {"total": (1, 1.5, 1.6), "sums": (8, 20, 8)}
    for name, numbers in expected.items():
        found = [record[f"block {n} / {name}"].value.item() for n in (1, 2, 3)]
        np.testing.assert_allclose(found, numbers, rtol=0, atol=1e-12)
    tops = [record[f"block {n} / top"].value.item() for n in (1, 2, 3)]
    np.testing.assert_allclose(np.exp(tops), (1, 2, 5), rtol=1e-12)
    assert record["output"].value.item() == pytest.approx(5, abs=1e-12)


def test_control_a_sum_that_does_not_shrink_is_seen():
    query, key, value = (array[0, 0] for array in rows(0, 1, 4))
    scores = query @ key.T / 2
    state = taken_in(-np.inf, 0.0, 0.0, scores[:, :2], value[:2])
    kept = taken_in(scores.min() - 1, *state[1:], scores[:, 2:], value[2:])
    right = taken_in(*state, scores[:, 2:], value[2:])
    expected, _ = torchs(*(a[None] for a in (query, key, value)), None)
    assert_close(right[2] / right[1], expected[0], "right")
    assert np.abs(kept[2] / kept[1] - expected[0].detach().numpy()).max() > 1e-3


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_plain_numbers_keep_to_the_bound_of_the_witnesses(causal, dtype):
    """From start to output, against fifty digits; PyTorch's replay of the record too."""
    query, key, value = (a[0] for a in rows(0, 19, 31, dtype=dtype))
    mask = np.tri(19, 31, 3, dtype=bool) if causal else None
    record = blockwise_attention(
        *(trace(a, n) for a, n in zip((query * 3, key, value), "qkv", strict=True)), mask, 7
    )
    *_, (_, expected, bound) = follow([record], UNITS[np.dtype(dtype).name], {}, MP)
    plain = blockwise_attention(query * 3, key, value, mask, 7)
    theirs = to_numpy(replay_torch([record], np.dtype(dtype).name)[id(record)])
    assert plain.dtype == record.value.dtype == dtype
    for found in (plain, record.value, theirs):
        assert (np.abs(np.asarray(found - expected, float)) <= bound).all()
    assert bound.max() < 1e6 * np.finfo(dtype).eps


def test_the_bound_is_one():
    """Control: a number less for the largest score, and it is left."""
    query, key, value = (a[0, 0] for a in rows(0, 19, 31, dtype=np.float32))
    record = blockwise_attention(trace(query, "q"), key, value, block=7)
    *_, (_, expected, bound) = follow([record], UNITS["float32"], {}, MP)
    fewer = blockwise_attention(query, key[:-1], value[:-1], block=7)
    assert (np.abs(np.asarray(fewer - expected, float)) > bound).any()


# What it costs


LONG = """
import numpy as np
from tfmath.attention.blockwise import blockwise_attention
from tfmath.attention.dot_product import scaled_dot_product_attention
n = 16_384
query, key, value = np.random.default_rng(0).normal(size=(3, n, 64)).astype(np.float32)
triangle = np.lib.stride_tricks.sliding_window_view(np.arange(2 * n - 1) < n, n)[::-1]
seen = [0, 1, 700, n - 1]
def attention(mask):
    found = blockwise_attention(query, key, value, mask)[seen]
    allowed = None if mask is None else mask[seen]
    expected = scaled_dot_product_attention(query[seen], key, value, allowed)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)
"""


@pytest.mark.parametrize("mask", ["None", "triangle"])
def test_the_memory_of_sixteen_thousand_words(mask):
    """4 MiB of them are the output; one table of all scores would have 1,024."""
    assert 4 * 2**20 < peak_bytes(LONG, f"attention({mask})") < 16 * 2**20


def test_keys_that_no_query_of_a_block_may_see_are_left_out(monkeypatch):
    met, real = [], blockwise.taken_in
    monkeypatch.setattr(blockwise, "taken_in", lambda *a: met.append(a[3].size) or real(*a))
    x = np.random.default_rng(0).normal(size=(2048, 2))
    blockwise_attention(x, x, x)
    assert sum(met) == 2048**2
    met.clear()
    blockwise_attention(x, x, x, causal_mask(2048))
    assert sum(met) <= 0.6 * 2048**2


# In a record


def traced_record(mask=None, block=2):
    rng = np.random.default_rng(0)
    arrays = (rng.normal(size=(3, 4)), rng.normal(size=(5, 4)), rng.normal(size=(5, 2)))
    arrays = [trace(a, name) for a, name in zip(arrays, "qkv", strict=True)]
    return blockwise_attention(*arrays, mask, block), arrays


def test_a_record_keeps_every_block():
    output, _ = traced_record(np.tri(3, 5, dtype=bool))
    names = [
        f"block {n} / {step}" for n in (1, 2, 3) for step in "scores top total sums".split()
    ]
    assert list(steps(output)) == ["q", "k", "v", *names, "output"]
    assert sum(multiply_adds(output).values()) == 3 * 5 * (4 + 2)


@pytest.mark.parametrize("mask", [None, np.tri(3, 5, dtype=bool), np.arange(5) > 2])
def test_it_is_explained_and_printed_forwards_and_backwards(mask):
    output, arrays = traced_record(mask)
    text = str(explain(output, 2, 1, depth=1))
    assert "= sums[2, 1] / total[2, 0]" in text.replace("block 3 / ", "")
    assert_close(
        source(output).run()[source(output).names["output"]], output.value, "run", 0
    )
    loss = named("loss", (output * output).sum())
    program, grads = backward_source(loss), gradients(loss)
    ran = program.run()
    for name in "qkv":
        assert_close(ran[program.names[f"grad_{name}"]], grads[name], name, 1e-12)


def test_a_traced_mask_is_a_step():
    wish = trace([[1.0, -1.0, 1.0]], "wish")
    x = np.ones((3, 2))
    output = blockwise_attention(x[:1], x, np.eye(3), wish > 0, block=2)
    assert output.value.tolist() == [[0.5, 0.0, 0.5]]
    assert "wish > 0" in str(source(output))


# Bad input


def test_what_does_not_fit_is_named():
    x = np.ones((4, 2))
    for block in (0, -3):
        with pytest.raises(
            ValueError, match=f"blockwise_attention: block is {block}; it must"
        ):
            blockwise_attention(x, x, x, block=block)
    with pytest.raises(TypeError, match=r"blockwise_attention: block is 2\.5"):
        blockwise_attention(x, x, x, block=2.5)
    with pytest.raises(ShapeError, match="blockwise_attention: the mask must have"):
        blockwise_attention(x, x, x, np.ones((4, 5), bool))
    with pytest.raises(TypeError, match="blockwise_attention: scale is 'hot'"):
        blockwise_attention(x, x, x, scale="hot")


@pytest.mark.parametrize("traced", [False, True])
def test_scores_too_large_for_their_type_are_told(traced):
    x = np.full((2, 2), 1e30, np.float32)
    query = trace(x, "q") if traced else x
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy warns of the product itself
        with pytest.raises(
            NonFiniteError, match="blockwise_attention: the product of a query"
        ):
            blockwise_attention(query, x, x)
    assert blockwise_attention(np.float64(x), np.float64(x), np.float64(x)).max() > 9e29


@pytest.mark.parametrize("traced", [False, True])
def test_no_keys_no_queries_and_one(traced):
    query, key, value = rows(0, 3, 1)
    given = [trace(query, "q") if traced else query, key, value]
    one = blockwise_attention(*given)
    assert_close(getattr(one, "value", one), np.repeat(value, 3, axis=-2), "one", 0)
    none = blockwise_attention(given[0], key[..., :0, :], value[..., :0, :])
    np.testing.assert_array_equal(getattr(none, "value", none), np.zeros((2, 3, 3, 5)))
    assert blockwise_attention(query[..., :0, :], key, value).shape == (2, 3, 0, 5)
