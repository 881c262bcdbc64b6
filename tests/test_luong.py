"""Luong's three scores: beside the paper's formulas as einsums, and PyTorch's gradients."""

import numpy as np
import pytest
import torch
from tables import assert_close, assert_same_function, draw

from tfmath import named, scaled_dot_product_attention, steps, traced
from tfmath.attention.luong import (
    concat_attention,
    concat_scores,
    dot_attention,
    dot_scores,
    general_attention,
    general_scores,
)
from tfmath.errors import ShapeError
from tfmath.show import explain
from tfmath.show.formulas import value_of

BATCH, N_QUERY, N_KEY, D_QUERY, D_KEY, D_V, D_HIDDEN = 2, 4, 6, 5, 3, 8, 7


def papers_dot(query, key):
    return torch.einsum("bqd,bkd->bqk", query, key)


def papers_general(query, key, W):
    return torch.einsum("bqd,de,bke->bqk", query, W, key)


def papers_concat(query, key, W, v):
    """v_a · tanh(W_a [h_t; h_s]): every pair written out, one below the other."""
    q = query[:, :, None].expand(-1, -1, key.shape[1], -1)
    k = key[:, None].expand(-1, query.shape[1], -1, -1)
    pair, W_a = torch.cat([q, k], dim=-1), W.mT
    return torch.einsum(
        "a,bqka->bqk", v, torch.tanh(torch.einsum("ap,bqkp->bqka", W_a, pair))
    )


SCORES = {
    "dot": (dot_scores, dot_attention, papers_dot, {}),
    "general": (general_scores, general_attention, papers_general, {"W": (D_QUERY, D_KEY)}),
    "concat": (
        concat_scores,
        concat_attention,
        papers_concat,
        {"W": (D_QUERY + D_KEY, D_HIDDEN), "v": (D_HIDDEN,)},
    ),
}
every_score = pytest.mark.parametrize("kind", SCORES)


def given_for(kind, seed=0, batch=(BATCH,), heads=()):
    rng = np.random.default_rng(seed)
    d_query = D_KEY if kind == "dot" else D_QUERY
    found = {"query": (N_QUERY, d_query), "key": (N_KEY, D_KEY), "value": (N_KEY, D_V)}
    found = {name: (*batch, *heads, *size) for name, size in found.items()}
    found |= {name: (*heads, *size) for name, size in SCORES[kind][3].items()}
    return {name: draw(rng, *size) for name, size in found.items()}


@every_score
def test_scores_and_gradients_are_the_papers(kind):
    scores, _, papers, _ = SCORES[kind]
    given = given_for(kind)
    del given["value"]
    assert_same_function(lambda t: scores(**t), lambda t: papers(**t), given)


@every_score
def test_the_context_is_torchs_average_under_a_mask(kind):
    _, attention, papers, _ = SCORES[kind]
    mask = np.random.default_rng(2).random((BATCH, 1, N_KEY)) < 0.6
    hidden = ~torch.tensor(mask)

    def theirs(t):
        scores = papers(**{name: tensor for name, tensor in t.items() if name != "value"})
        return torch.softmax(scores.masked_fill(hidden, -torch.inf), -1) @ t["value"]

    assert mask.any(-1).all()
    given = given_for(kind)
    assert_same_function(lambda t: attention(**t, mask=mask), theirs, given)


@every_score
def test_heads_are_an_axis_with_tables_of_their_own(kind):
    attention, own = SCORES[kind][1], SCORES[kind][3]
    given = given_for(kind, heads=(3,))
    found = attention(**given)
    for h in range(3):
        one = {n: a[h] if n in own else a[:, h] for n, a in given.items()}
        assert_close(found[:, h], attention(**one), f"head {h + 1}", 1e-13)


@every_score
def test_traced_and_explained(kind):
    output = named("out", SCORES[kind][1](**traced(given_for(kind, batch=()))))
    scores = steps(output)["scores"]
    formula = explain(scores, 2, 1, depth=2).formula
    assert value_of(formula) == pytest.approx(scores.value[2, 1], rel=1e-12)


def test_the_scores_are_one_another_for_special_tables():
    given = given_for("dot")
    query, key = given["query"], given["key"]
    expected = dot_scores(query, key)
    assert_close(general_scores(query, key, np.eye(D_KEY)), expected, "general", 0)
    tiny = 1e-5  # where tanh(x) is x
    W = tiny * np.concatenate([np.eye(D_KEY), np.eye(D_KEY)])
    sums = (query[:, :, None] + key[:, None]).sum(-1)
    found = concat_scores(query, key, W, np.ones(D_KEY)) / tiny
    assert_close(found, sums, "concat: a sum, no product", 1e-7)


def test_general_is_scaled_dot_product_attention_with_a_table_of_low_rank():
    """One table W_Q W_Kᵀ / √d_k: the same numbers, and rank d_k where W may have rank 5."""
    rng, d, d_k = np.random.default_rng(0), 5, 2
    x, W_Q, W_K = draw(rng, 6, d), draw(rng, d, d_k), draw(rng, d, d_k)
    W = W_Q @ W_K.T / np.sqrt(d_k)
    expected = scaled_dot_product_attention(x @ W_Q, x @ W_K, x)
    assert_close(general_attention(x, x, x, W=W), expected, "output")
    assert np.linalg.matrix_rank(W) == d_k < np.linalg.matrix_rank(draw(rng, d, d))
    without = general_attention(x, x, x, W=W_Q @ W_K.T)
    assert np.abs(without - expected).max() > 0.01, "control: the scale matters"


# Refused


def test_dot_refuses_unequal_widths_and_says_why():
    given = given_for("general")
    words = (
        r"dot_scores: query and key must have the same width, to pair their numbers; "
        r"general_scores puts a table between unequal ones\.\n"
        r"  query \(2, 4, 5\) has width = 5\n  key   \(2, 6, 3\) has width = 3"
    )
    for call in (dot_scores, lambda q, k: dot_attention(q, k, k)):
        with pytest.raises(ShapeError, match=words):
            call(given["query"], given["key"])


@pytest.mark.parametrize(
    "kind, change, words",
    [
        (
            "general",
            {"W": (3, 5)},
            "general_scores: query and W must have the same d_query",
        ),
        ("general", {"W": (5, 4)}, "general_scores: W and key must have the same d_key"),
        ("general", {"W": (5,)}, r"general_scores: W \(5,\) needs two axes"),
        ("concat", {"W": (7, 7)}, r"concat_scores: W \(7, 7\) must have a row .*: 5 \+ 3"),
        ("concat", {"v": (6,)}, r"concat_scores: v \(6,\) must have one number .*\(7,\)"),
        ("dot", {"query": (3,)}, r"dot_scores: query \(3,\) needs two axes"),
        (
            "dot",
            {"value": (2, 5, 8)},
            "dot_attention: scores and value must have the same n",
        ),
        ("general", {"key": (3, 6, 3)}, "general_scores: the axes before the last two"),
    ],
)
def test_what_does_not_fit_is_refused(kind, change, words):
    wrong = {name: np.ones(size) for name, size in change.items()}
    with pytest.raises(ShapeError, match=words):
        SCORES[kind][1](**(given_for(kind) | wrong))
