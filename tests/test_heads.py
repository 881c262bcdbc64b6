"""Multi-head attention: beside torch's own module, and beside its heads taken singly."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tables import (
    D_K,
    D_MODEL,
    D_V,
    N_HEADS,
    N_KEY,
    N_QUERY,
    TORCHS,
    assert_close,
    assert_same_function,
    attention_tables,
    draw,
)

from tfmath import attention_head, causal_mask, multi_head_attention
from tfmath.errors import ShapeError
from tfmath.model.parameters import traced
from tfmath.tracing import gradients, steps, trace
from tfmath.witness.torch_modules import attention_module, attention_state

RNG = np.random.default_rng(2)
SOME = RNG.random((2, N_QUERY, N_KEY)) < 0.5
SOME[..., 1] = True
TORCHS_WIDTHS = {name: TORCHS[name] for name in ("d_model", "n_heads", "d_k", "d_v")}


def inputs(seed=0, d_model=D_MODEL, batch=(2,), dtype=np.float64):
    rng = np.random.default_rng(seed)
    rows = {"query": N_QUERY, "key": N_KEY, "value": N_KEY}
    return {name: draw(rng, *batch, n, d_model, dtype=dtype) for name, n in rows.items()}


def torchs_own(tensors, mask=None):
    """``nn.MultiheadAttention``, whose mask is True where ours is False."""
    tables = tensors["tables"]
    n_heads, d_model, _ = tables["W_Q"].shape
    module = torch.nn.MultiheadAttention(
        d_model, n_heads, batch_first=True, dtype=torch.float64
    )
    hides = None if mask is None else torch.tensor(~mask).repeat_interleave(n_heads, 0)
    rows = tensors["rows"]["query"], tensors["rows"]["key"], tensors["rows"]["value"]
    state = attention_state(**tables)
    return torch.func.functional_call(module, state, rows, {"attn_mask": hides})[0]


@pytest.mark.parametrize("mask", [None, SOME], ids=["no mask", "mask"])
@pytest.mark.parametrize("biases", [True, False], ids=["biases", "no biases"])
def test_numbers_and_gradients_equal_torchs_module(mask, biases):
    tables = attention_tables(seed=1, **TORCHS_WIDTHS)
    if not biases:
        tables = {name: table for name, table in tables.items() if name[0] == "W"}
    rows = inputs(d_model=TORCHS["d_model"])
    # Softmax does not see what is added to a whole row of scores: b_K has no slope at all.
    tables.pop("b_K", None)
    assert_same_function(
        lambda p: multi_head_attention(**p["rows"], **p["tables"], mask=mask),
        lambda p: torchs_own(p, mask),
        {"rows": rows, "tables": tables},
    )


def test_a_bias_of_the_keys_changes_nothing():
    tables, rows = attention_tables(), inputs()
    without = {name: table for name, table in tables.items() if name != "b_K"}
    expected = multi_head_attention(**rows, **without)
    assert_close(multi_head_attention(**rows, **tables), expected, "output", 1e-13)
    loss = (multi_head_attention(**rows, **traced(tables)) ** 2).sum()
    assert np.abs(gradients(loss)["b_K"]).max() < 1e-10


def test_the_module_with_our_tables():
    tables, rows = attention_tables(seed=1, **TORCHS_WIDTHS), inputs(d_model=6)
    module = attention_module(tables)
    tensors = [torch.tensor(array) for array in rows.values()]
    assert_close(multi_head_attention(**rows, **tables), module(*tensors)[0], "output")


def test_torchs_module_cannot_have_widths_of_its_own():
    with pytest.raises(ShapeError, match=r"d_model / n_heads\.\n  W_Q \(2, 5, 3\)"):
        attention_module(attention_tables())


def test_each_head_is_torchs_attention_of_its_own_views():
    """With any widths: projections and attention by torch, the heads side by side."""

    def theirs(p):
        tables, heads = p["tables"], []
        for i in range(N_HEADS):
            views = [
                torch.nn.functional.linear(
                    p["rows"][rows], tables[f"W_{x}"][i].T, tables[f"b_{x}"][i]
                )
                for rows, x in (("query", "Q"), ("key", "K"), ("value", "V"))
            ]
            heads.append(torch.nn.functional.scaled_dot_product_attention(*views))
        return torch.nn.functional.linear(
            torch.cat(heads, -1), tables["W_O"].T, tables["b_O"]
        )

    tables, rows = attention_tables(), inputs()
    ours = multi_head_attention(**rows, **tables)
    tensors = {
        "rows": {n: torch.tensor(a) for n, a in rows.items()},
        "tables": {n: torch.tensor(a) for n, a in tables.items()},
    }
    assert_close(ours, theirs(tensors), "output")
    tables.pop("b_K")
    assert_same_function(
        lambda p: multi_head_attention(**p["rows"], **p["tables"]),
        lambda p: theirs(
            p
            | {
                "tables": p["tables"]
                | {"b_K": torch.zeros(N_HEADS, D_K, dtype=torch.float64)}
            }
        ),
        {"rows": rows, "tables": tables},
    )


def test_one_head_with_the_identity_is_that_head():
    rows = inputs()
    tables = {n: t[0] for n, t in attention_tables().items() if n not in ("W_O", "b_O")}
    alone = attention_head(**rows, **tables)
    wrapped = {name: table[None] for name, table in tables.items()}
    assert alone.shape == (2, N_QUERY, D_V)
    assert_close(
        multi_head_attention(**rows, **wrapped, W_O=np.eye(D_V)), alone, "output", 0
    )


def test_the_steps_have_their_scopes():
    rows = {name: trace(array, name) for name, array in inputs().items()}
    output = multi_head_attention(**rows, **attention_tables())
    each = ["query", "key", "value", "products", "scores", "weights", "output"]
    expected = [f"heads / {name}" for name in each]
    record = steps(output)
    assert [n for n in record if n not in rows] == [*expected, "heads", "output"]
    assert record["heads / weights"].shape == (2, N_HEADS, N_QUERY, N_KEY)
    assert {record[name].labels[1] for name in expected} == {("head 1", "head 2")}


# Laws


@given(st.integers(0, 10**6))
def test_permuting_tokens_permutes_the_output(seed):
    x, tables = inputs(seed)["key"], attention_tables(seed)
    order = np.random.default_rng(seed).permutation(N_KEY)
    expected = multi_head_attention(x, x, x, **tables)[:, order]
    x = x[:, order]
    assert_close(multi_head_attention(x, x, x, **tables), expected, "output", 1e-11)


@given(st.integers(0, 10**6))
def test_the_order_of_the_heads_does_not_matter(seed):
    rows, tables = inputs(seed), attention_tables(seed)
    expected = multi_head_attention(**rows, **tables)
    swapped = {n: t[::-1] for n, t in tables.items() if n not in ("W_O", "b_O")}
    W_O = np.concatenate([tables["W_O"][D_V:], tables["W_O"][:D_V]])
    output = multi_head_attention(**rows, **swapped, W_O=W_O, b_O=tables["b_O"])
    assert_close(output, expected, "output", 1e-12)


@given(st.integers(0, 10**6), st.integers(1, 5))
def test_the_future_changes_nothing_bit_for_bit(seed, now):
    x, tables = inputs(seed)["key"], attention_tables(seed)
    before = multi_head_attention(x, x, x, **tables, mask=causal_mask(N_KEY))
    x[:, now:] += 1
    after = multi_head_attention(x, x, x, **tables, mask=causal_mask(N_KEY))
    np.testing.assert_array_equal(after[:, :now], before[:, :now])
    assert (after[:, now:] != before[:, now:]).any()


@given(st.integers(0, 10**6))
def test_batched_is_one_by_one(seed):
    rows, tables = inputs(seed, batch=(3, 2)), attention_tables(seed)
    together = multi_head_attention(**rows, **tables)
    for i, j in np.ndindex(3, 2):
        one = {name: array[i, j] for name, array in rows.items()}
        assert_close(multi_head_attention(**one, **tables), together[i, j], "one", 1e-12)


def test_float32_in_float32_out():
    rows, tables = inputs(dtype=np.float32), attention_tables(dtype=np.float32)
    traced_rows = {name: trace(array, name) for name, array in rows.items()}
    output = multi_head_attention(**traced_rows, **tables)
    assert {a.dtype for a in steps(output).values()} == {np.dtype(np.float32)}
    assert multi_head_attention(**rows, **tables).dtype == np.float32


def test_lists_will_do():
    rows, tables = inputs(), attention_tables()
    listed = {name: array.tolist() for name, array in (rows | tables).items()}
    expected = multi_head_attention(**rows, **tables)
    np.testing.assert_array_equal(multi_head_attention(**listed), expected)


# Refused


@pytest.mark.parametrize(
    "name, shape, words",
    [
        ("W_Q", (5, 3), "W_Q (5, 3) must be (n_heads, d_model, width)"),
        ("W_Q", (), "W_Q () must be (n_heads, d_model, width)"),
        ("W_Q", (0, 5, 3), "W_Q (0, 5, 3) must be (n_heads"),
        ("W_K", (3, 5, 3), "W_K (3, 5, 3)"),
        ("W_V", (1, 5, 4), "W_V (1, 5, 4)"),
        ("W_Q", (2, 6, 3), "query (2, 4, 5) has d_model = 5"),
        ("W_K", (2, 3, 3), "W_K (2, 3, 3)"),
        ("W_K", (2, 5, 4), "W_K (2, 5, 4) has d_k = 4"),
        ("W_O", (6, 5), "W_O (6, 5) must have n_heads · d_v = 8 rows"),
        ("W_O", (8,), "W_O (8,) must have"),
        ("b_Q", (3, 3), "b_Q (3, 3) must be (2, 3)"),
        ("b_K", (2, 4), "b_K (2, 4) must be (2, 3)"),
        ("b_V", (4,), "b_V (4,) must be (2, 4)"),
        ("b_O", (4,), "b_O (4,) must be (5,)"),
        ("query", (5,), "query (5,) needs two axes"),
        ("key", (2, 6, 4), "key   (2, 6, 4) has d_model = 4"),
        ("value", (2, 7, 5), "n_key = 7"),
        ("value", (3, 6, 5), "value (3, 6, 5)"),
    ],
)
def test_what_does_not_fit_is_named(name, shape, words):
    arguments = inputs() | attention_tables() | {name: np.ones(shape)}
    with pytest.raises(ShapeError) as caught:
        multi_head_attention(**arguments)
    assert words.replace("   ", " ") in str(caught.value).replace("   ", " ")
