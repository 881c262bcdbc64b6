"""What the chapter on several processes says, proved."""

import numpy as np
import pytest

from tests.claims import shared_work
from tests.claims.claim import output, says
from tests.claims.sums_in_parts import test_added_in_a_ring, test_sums_in_parts  # noqa: F401
from tfmath import attention_head, embed, encode, multi_head_attention, toy, trace
from tfmath.attention.heads import multi_head_attention as all_heads
from tfmath.learning.train import loss_and_gradients, make_batch
from tfmath.model.parameters import flatten, shapes, starting_values
from tfmath.parts.activation import relu
from tfmath.study.measured import measured
from tfmath.study.scaling import table_sizes
from tfmath.tracing import gradients
from tfmath.witness import distributed, forger, two_copies
from tfmath.witness.blame import worked_case
from tfmath.witness.cases import run
from tfmath.witness.torch_functions import functional_transformer
from tfmath.witness.torch_modules import as_tensors

CHAPTER = "22_several_processes.ipynb"
DEFINITIONS = (
    "The smallest case: a row times a column, cut in the middle.",
    "A number that is used twice has the sum of two slopes.",
)
LAYER = toy.load()["encoder"]["layer 1"]
ATTENTION = LAYER["self-attention"]
W = [ATTENTION[name] for name in ("W_Q", "W_K", "W_V", "W_O")]


def words():
    return embed(
        encode("when you play game of thrones", toy.WORDS), toy.load()["embedding"]
    )


def part(rank, x, W_Q, W_K, W_V, W_O):
    head = attention_head(x, x, x, W_Q[rank], W_K[rank], W_V[rank])
    return head @ W_O[3 * rank : 3 * rank + 3]


# Three cuts -------------------------------------------------------------------------------


@says(
    "*Between layers* one waits while the other works: half of the time, or a fifth if "
    'the sentences come in 4 parts (Huang et al., "GPipe", 2019).',
    "*Between heads* or *sentences* both work at once.",
)
def test_who_waits():
    found = shared_work.waiting_shares()
    np.testing.assert_allclose(found, [1 / 2, 1 / 5, 0, 0], rtol=0, atol=1e-12)
    shared_work.rows_cross_when_they_are_done()


# Heads and hidden numbers ---------------------------------------------------------------


@says(
    "Each has a whole table of 6×5 numbers, and neither is right: green goes on "
    "where blue ends, and comes to the line, their *sum*.",
    "One number travels each way, and both have 70.",
)
def test_the_sum_of_heads():
    x = words()
    parts, whole = [part(rank, x, *W) for rank in (0, 1)], multi_head_attention(x, x, x, *W)
    np.testing.assert_allclose(parts[0] + parts[1], whole, rtol=0, atol=1e-12)
    assert all(p.shape == (6, 5) and (np.abs(p - whole) > 1e-3).all() for p in parts)
    assert 0 < np.abs(parts[0] + parts[1] - whole).max() < 1e-15
    assert np.dot([1, 2], [5, 6]) + np.dot([3, 4], [7, 8]) == 17 + 53 == 70


@says(
    "Why not rows of $W_1$?",
    "Each process would have a *part* of every hidden number, say 3 and −5, and parts "
    "cannot be bent: relu(3) + relu(−5) is 3, but relu(3 − 5) is 0.",
    "Cut by columns, each hidden number lives in one process, whole, and is bent there.",
    "Then one sum is enough for the whole network.",
)
def test_cutting_the_network():
    assert relu(3) + relu(-5) == 3 and relu(3 - 5) == 0
    x = run(worked_case()).steps["encoder / layer 1 / norm 1 / output"].value[0]
    W_1, b_1, W_2 = (LAYER["feed-forward"][n] for n in ("W_1", "b_1", "W_2"))
    cuts = slice(0, 4), slice(4, 7)
    shares = [relu(x @ W_1[:, mine] + b_1[mine]) @ W_2[mine] for mine in cuts]
    whole = relu(x @ W_1 + b_1) @ W_2
    np.testing.assert_allclose(sum(shares), whole, rtol=0, atol=1e-12)
    parts = x[:, :3] @ W_1[:3] + b_1, x[:, 3:] @ W_1[3:]
    assert all(p.shape == (6, 7) and p.all() for p in parts)  # of every hidden number
    np.testing.assert_allclose(sum(parts), x @ W_1 + b_1, rtol=0, atol=1e-12)
    assert np.abs(sum(map(relu, parts)) @ W_2 - whole).max() > 0.1


# The way back ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def coming():
    name = "encoder / layer 1 / self-attention / grad_output"
    return run(worked_case()).gradients[name].value[0]


@says(
    "**where numbers were copied, slopes are added; where numbers were added, slopes are "
    "copied.**",
    "At the first step, forwards, nothing: each number is right, and so is the loss.",
    "Even the slopes of the process's own $W^Q$, $W^K$, $W^V$, $W^O$ are right.",
    "Wrong are those of what lies *before* the attention.",
)
def test_the_second_sum(coming):
    shared_work.sums_stand_where_they_should()
    names = ("x", "W_Q", "W_K", "W_V", "W_O")
    both = []
    for rank in (0, 1):
        given = [trace(a, n) for a, n in zip((words(), *W), names, strict=True)]
        both.append(gradients((part(rank, *given) * coming).sum()))
    given = [trace(a, n) for a, n in zip((words(), *W), names, strict=True)]
    x, *tables = given
    right = gradients((all_heads(x, x, x, *tables) * coming).sum())
    np.testing.assert_allclose(both[0]["x"] + both[1]["x"], right["x"], rtol=0, atol=1e-15)
    for rank in (0, 1):
        assert np.abs(both[rank]["x"] - right["x"]).max() > 1e-4
        for name in ("W_Q", "W_K", "W_V"):
            mine = both[rank][name][rank]
            np.testing.assert_allclose(mine, right[name][rank], rtol=0, atol=1e-15)
        rows = slice(3 * rank, 3 * rank + 3)
        mine = both[rank]["W_O"][rows]
        np.testing.assert_allclose(mine, right["W_O"][rows], rtol=0, atol=1e-15)


@says(
    "The embedding lies there, in two copies, and each process moves its own.",
    "The toy is trained from random numbers, that sum forgotten in every sublayer.",
    "The loss falls as if nothing were wrong.",
    "(In two other starts it falls below 0.02, then jumps up.)",
    "But the copies are far apart, and here the model saved with one is worse than the "
    "random numbers it came from.",
    "A falling loss is no proof that the sums are right.",
)
def test_two_copies():
    seen = measured("two_copies")
    rows = [dict(zip(seen, row, strict=True)) for row in zip(*seen.values(), strict=True)]
    at = {(r["seed"], r["sum"], r["step"]): r for r in rows}
    right, wrong = at[0, "added", 200], at[0, "forgotten", 200]
    for step in range(0, 201, 10):
        both = [at[0, which, step]["loss"] for which in ("added", "forgotten")]
        assert abs(both[0] - both[1]) < 0.1
    assert right["loss"] < 0.01 > wrong["loss"]
    assert right["apart"] == 0 and right["saved"] == right["loss"] and right["quotes"] == 3
    assert wrong["apart"] > 0.8
    assert wrong["saved"] > at[0, "forgotten", 0]["saved"]
    assert "i i i i" in wrong["says"] and "he he he he" in wrong["says"]
    for seed in (1, 2):
        fallen = [at[seed, "forgotten", step]["loss"] for step in range(0, 201, 10)]
        least = int(np.argmin(fallen))
        assert fallen[least] < 0.02 and max(fallen[least:]) > 0.1
    assert wrong["says"] in output(CHAPTER, "w30")


# Sentences ------------------------------------------------------------------------------


@says(
    "The mean of all ten words is not the mean of the two means: there a short sentence "
    "would pull as hard as a long one; here the loss would look better than it is.",
    "Each mean counts as often as it has words; so does each slope, as the cell asserts, "
    "to rounding.",
    'So that the losses differ, the row of "you" in the embedding has its signs turned.',
)
def test_losses_of_sentences():
    pairs = [toy.PAIRS[:1], toy.PAIRS[1:2], toy.PAIRS[:2]]
    with forger.told("number") as (case, _):
        found = [
            loss_and_gradients(case.parameters, make_batch(p, toy.WORDS)) for p in pairs
        ]
    (one, _), (other, _), (both, slopes) = found
    assert (4 * one + 6 * other) / 10 == pytest.approx(both, rel=1e-12)
    assert (one + other) / 2 < both and other > 10 * one
    trained = [
        loss_and_gradients(toy.load(), make_batch(p, toy.WORDS))[0] for p in pairs[:2]
    ]
    assert abs(trained[0] - trained[1]) < 0.001
    for name, slope in slopes.items():
        parts = (4 * found[0][1][name] + 6 * found[1][1][name]) / 10
        np.testing.assert_allclose(parts, slope, rtol=0, atol=1e-12)
    lengths = [len(make_batch(p, toy.WORDS).following[0]) for p in pairs[:2]]
    assert lengths == [4, 6]


@says(
    "Between sentences nothing grows with the words.",
    "But here each process holds the whole model, its slopes and Adam's averages.",
    "Between heads it holds half of each layer's tables: a model too large for one fits.",
    "But at 25000 words it sends 13 times as much, and it talks 66 times.",
    "63.05 million / (66 · 512) is about 1866.",
    "Back, ours add one for each thing that a sublayer was given: 6·2 + 6·4 = 36 "
    "(cross-attention was given two).",
)
def test_what_travels():
    sizes = shapes(37000, 512, 8, d_k=64, d_v=64, d_ff=2048, n_layers=6)
    assert round(sum(table_sizes(sizes).values()) / 1e6) == 63
    norms = sum(name.endswith("gain") for name in sizes)
    assert norms == 6 * 2 + 6 * 3 == 30  # a sum before each
    count = sum(table_sizes(sizes).values())
    assert round(count / 1e6, 2) == 63.05 and round(count / (66 * 512)) == 1866
    assert round(66 * 512 * 25000 / count) == 13
    shown = output(CHAPTER, "w13")
    assert shown.count("and 63.0") == 4 and "equal at 1866 words" in shown
    given = []

    def among(sublayer, *rows):
        given.append(len(rows))
        return sublayer(*rows)

    case = distributed.case()
    functional_transformer(as_tensors(case.parameters), *case.batch[:2], among=among)
    assert (len(given), sum(given)) == (2 * 2 + 2 * 3, 2 * 2 + 2 * 4)
    for name, table in flatten(case.parameters).items():
        if name.split(" / ")[-1].startswith("W"):
            assert distributed.share(name, table, 0, 2).size * 2 == table.size


@says(
    "None may.",
    "But where one is forgotten, a quote or two may still be right, word for word: "
    "**right words do not prove right numbers.**",
)
def test_forgotten_sums():
    assert two_copies.quotes_right(toy.load()) == (3, 3)
    one = [two_copies.quotes_right(toy.load(), [name]) for name in two_copies.SUMS]
    assert max(max(both) for both in one) == 2 and len(one) == 5
    assert two_copies.quotes_right(toy.load(), two_copies.SUMS) == (0, 0)


@says(
    "Forgotten in *every* sublayer, it spoils all slopes but those of the last sublayer "
    "and its norm.",
)
def test_what_the_forgotten_sums_spoil():
    start = starting_values(np.random.default_rng(0), toy.SIZES)
    right, wrong = (
        shared_work.first_slopes(start, forgotten) for forgotten in (False, True)
    )
    last = ("decoder / layer 1 / feed-forward", "decoder / layer 1 / norm 3")
    for ours, theirs in zip(right, wrong, strict=True):
        for name, slope in ours.items():
            same = np.allclose(slope, theirs[name], rtol=0, atol=1e-12)
            assert same == name.startswith(last) or not slope.any(), name


# The same numbers -----------------------------------------------------------------------


@says(
    "They split another model: 4 heads, then 4 sentences.",
    "Its tables' slopes, and the steps between sublayers, are judged by the ledger of "
    "[Four witnesses](21_four_witnesses.ipynb).",
    "The first that misses a sum: on the way back the slope before the last sublayer, on "
    "the way forth the row after the first.",
    "**The ledger names at once what the loss did not tell in 200 steps.**",
)
def test_real_processes():
    made = distributed.case()
    heads = made.parameters["encoder"]["layer 1"]["self-attention"]["W_Q"]
    assert len(heads) == len(made.batch.source) == 4
    *_, one, other, back, forth = output(CHAPTER, "w16").splitlines()
    for line, split in ((one, "heads_split"), (other, "batch_split")):
        assert split in line and line.endswith("first doubt: none")
    assert back.endswith("decoder / layer 2 / norm 2 / grad_output")  # norm 3 is the last
    assert forth.endswith("encoder / layer 1 / norm 1 / residual")
