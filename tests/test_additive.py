"""Additive attention: beside the paper's formula as an einsum, and PyTorch's gradients."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import assert_close, assert_same_function, draw

from tfmath import named, steps, traced
from tfmath.attention.additive import additive_attention, additive_scores
from tfmath.errors import DtypeError, ShapeError
from tfmath.show import explain
from tfmath.show.formulas import value_of

BATCH, N_QUERY, N_KEY, D_QUERY, D_KEY, D_V, D_HIDDEN = 2, 4, 6, 5, 3, 8, 7


def rows(seed=0, *batch):
    rng = np.random.default_rng(seed)
    query, key = draw(rng, *batch, N_QUERY, D_QUERY), draw(rng, *batch, N_KEY, D_KEY)
    return {"query": query, "key": key, "value": draw(rng, *batch, N_KEY, D_V)}


def tables(seed=1, *heads):
    rng = np.random.default_rng(seed)
    sizes = {"W": (D_QUERY, D_HIDDEN), "U": (D_KEY, D_HIDDEN), "v": (D_HIDDEN,)}
    return {name: draw(rng, *heads, *size) for name, size in sizes.items()}


def papers(query, key, W, U, v):
    """e_ij = v_a · tanh(W_a s_i + U_a h_j), W_a and U_a as the paper multiplies them."""
    W_a, U_a = W.mT, U.mT
    asked = torch.einsum("ad,bqd->bqa", W_a, query)[:, :, None]
    offered = torch.einsum("ad,bkd->bka", U_a, key)[:, None]
    return torch.einsum("a,bqka->bqk", v, torch.tanh(asked + offered))


def test_scores_and_gradients_are_the_papers():
    given = rows(0, BATCH) | tables()
    del given["value"]
    assert_same_function(lambda t: additive_scores(**t), lambda t: papers(**t), given)


def test_the_context_is_torchs_average_under_a_mask():
    mask = np.random.default_rng(2).random((BATCH, N_QUERY, N_KEY)) < 0.6
    mask[0, 1] = False  # may look at nothing

    def theirs(t):
        scores = papers(*(t[n] for n in ("query", "key", "W", "U", "v")))
        weights = torch.softmax(scores.masked_fill(~torch.tensor(mask), -torch.inf), -1)
        return torch.nan_to_num(weights) @ t["value"]

    given = rows(0, BATCH) | tables()
    found = additive_attention(**given, mask=mask)
    tensors = {name: torch.tensor(array) for name, array in given.items()}
    assert_close(found, theirs(tensors), "output")
    assert (found[0, 1] == 0).all()
    mask[0, 1, 2] = True
    assert_same_function(lambda t: additive_attention(**t, mask=mask), theirs, given)


def test_heads_are_an_axis_with_tables_of_their_own():
    given, own = rows(0, BATCH, 3), tables(1, 3)
    found = additive_attention(**given, **own)
    for h in range(3):
        one = {name: array[:, h] for name, array in given.items()}
        alone = additive_attention(**one, **{n: t[h] for n, t in own.items()})
        assert_close(found[:, h], alone, f"head {h + 1}", 1e-13)


@given(st.integers(0, 99), st.floats(0, 6))
@settings(deadline=None, max_examples=20)
def test_a_score_cannot_pass_the_sum_of_v(seed, power):
    given = rows(seed)
    scores = additive_scores(10**power * given["query"], given["key"], **tables(seed + 1))
    assert (np.abs(scores) <= np.abs(tables(seed + 1)["v"]).sum() * (1 + 1e-12)).all()


@given(st.permutations(range(N_KEY)))
@settings(deadline=None, max_examples=10)
def test_the_order_of_the_keys_does_not_matter(order):
    given, moved = rows(), rows()
    for name in ("key", "value"):
        moved[name] = moved[name][order]
    expected = additive_attention(**given, **tables())
    assert_close(additive_attention(**moved, **tables()), expected, "output")


def test_traced_and_explained():
    given = traced(rows() | tables())
    output = named("out", additive_attention(**given))
    record = steps(output)
    assert set(record) >= {"asked", "offered", "hidden", "scores", "weights"}
    formula = explain(record["scores"], 2, 1, depth=2).formula
    assert value_of(formula) == pytest.approx(record["scores"].value[2, 1], rel=1e-12)
    assert record["hidden"].shape == (N_QUERY, N_KEY, D_HIDDEN)


@pytest.mark.parametrize(
    "change, words",
    [
        ({"W": (4, 7)}, "additive_scores: query and W must have the same d_query"),
        ({"U": (5, 7)}, "additive_scores: key and U must have the same d_key"),
        ({"U": (3, 6)}, "additive_scores: W and U must have the same d_hidden"),
        ({"v": (7, 1)}, r"additive_scores: v \(7, 1\) must have one number .* \(7,\)"),
        ({"W": (5,)}, r"additive_scores: W \(5,\) needs two axes"),
        ({"value": (5, 8)}, "additive_attention: scores and value must have the same n_k"),
    ],
)
def test_what_does_not_fit_is_refused(change, words):
    wrong = {name: np.ones(size) for name, size in change.items()}
    with pytest.raises(ShapeError, match=words):
        additive_attention(**(rows() | tables() | wrong))


def test_a_mask_must_hold_bools_and_fit():
    for mask, error in ((np.ones((4, 6)), DtypeError), (np.ones((6, 4), bool), ShapeError)):
        with pytest.raises(error, match="additive_attention: .*mask"):
            additive_attention(**rows(), **tables(), mask=mask)
