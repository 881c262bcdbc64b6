"""What the chapter on attention before the Transformer says, proved."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from tests.claims.claim import read, says
from tests.claims.looked_back import (  # noqa: F401
    test_additive_by_hand,
    test_luongs_scores,
    test_what_holds_a_score,
)
from tests.claims.recurrent_trained import (  # noqa: F401  (tests, run from here)
    test_a_window,
    test_one_product_for_all_pairs,
    test_one_row_is_slow_to_learn,
    test_our_reader_knows_what_came_before,
    test_the_clock_and_the_chain,
    test_the_honest_table,
    test_the_model_recites,
    test_three_seeds_look_at_different_words,
    test_two_models_two_ways_to_look,
    test_what_is_hidden,
    test_what_is_multiplied_by_much_explodes,
    test_what_the_writer_is_whispered,
)
from tests.claims.who_learns_soon import (  # noqa: F401
    test_one_core_and_more_work,
    test_the_race,
    test_which_gates_the_winners_need,
)
from tfmath import steps, trace
from tfmath.attention.dot_product import scaled_dot_product_attention
from tfmath.attention.luong import dot_scores, general_scores
from tfmath.parts.gated import gru, lstm, sigmoid
from tfmath.parts.recurrent import recurrence
from tfmath.study import alignment, fading
from tfmath.study.measured import measured

CHAPTER = "17_attention_before_the_transformer.ipynb"
DEFINITIONS = (
    "**Machines used to read word by word, and kept all they had read in one row of "
    "numbers.",
    "Here are ten drawings of random tables, as training starts from: a line through the "
    "middle, a band from the lowest to the highest.",
)


def normal(*sizes, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=size) for size in sizes]


def frame(name):
    return pd.DataFrame(measured(name))


# Reading in turn ------------------------------------------------------------------------


@says(
    "In the last 5, the 4 has its full say, and the 8 an eighth of its own: 1.",
    "However much is read, the state stays as wide as it was.",
)
def test_a_state_that_is_halved():
    state, states = 0, []
    for x in (8, 0, 0, 4):
        state = state / 2 + x
        states.append(state)
    assert states == [8, 4, 2, 5] and 4 + 8 / 8 == states[-1]
    x, W_x, W_h = normal((90, 3), (3, 2), (2, 2))
    assert recurrence(x, W_x, W_h).shape == (90, 2)


@says(
    "A real cell has tables in place of $\\tfrac12$ and 1, and a bend, tanh, that keeps "
    "every number between −1 and 1 (Elman, 1990, with another bend).",
    "tanh 0 is 0, tanh 3 nearly 1.",
)
def test_tanh_keeps_the_state_small():
    x, W_x, W_h = normal((40, 3), (3, 2), (2, 2))
    states = recurrence(x, W_x, W_h)
    assert (np.abs(states) < 1).all() and (np.abs(x @ W_x) > 1).any()
    assert math.tanh(0) == 0 and math.tanh(3) > 0.99


@says(
    "How much of the first word is left, $t$ words later? For the halving reader, "
    "$(\\tfrac12)^t$.",
    "With tables: nudge each of the first word's 16 numbers; how far does each of the last "
    "state's 16 move? All 256 [slopes](13_slopes.ipynb) squared, added, and the root "
    "taken: this *size* we divide by what it is when no word comes after.",
    "Each step back multiplies by $W_h$, and by the slope of tanh, at most 1.",
)
def test_a_step_back_multiplies():
    assert [8 / 2**k / 8 for k in range(4)] == [0.5**k for k in range(4)]
    z = np.linspace(-9, 9, 999)
    assert (1 - np.tanh(z) ** 2).max() == 1
    x, W_x, W_h = normal((3, 2), (2, 4), (4, 4))
    states = recurrence(x, W_x, W_h)
    product = W_x * (1 - states[0] ** 2)
    for h in states[1:]:
        product = product @ W_h * (1 - h**2)
    tiny = np.zeros_like(x)
    for i in range(2):
        tiny[0] = 1e-6 * np.eye(2)[i]
        near = [recurrence(x + way * tiny, W_x, W_h)[-1] for way in (1, -1)]
        np.testing.assert_allclose((near[0] - near[1]) / 2e-6, product[i], atol=1e-8)
    assert fading.D**2 == 16 * 16 == 256
    now, later = (fading._slope(fading.READERS["simple"], 3, age) for age in (0, 8))
    (kept,) = frame("fading").query("reader == 'simple' and seed == 3 and age == 8").share
    assert later / now == pytest.approx(kept, rel=1e-3)


@says(
    "A straight line down is $r^t$: the same factor at each step.",
    "After 64 more words less than a ten-billionth is left in all ten drawings: for "
    "training, the slopes have *vanished* (Hochreiter, 1991; Bengio, Simard and Frasconi, "
    "1994).",
)
def test_a_simple_cell_forgets():
    simple = frame("fading").query("reader == 'simple'")
    left = simple.query("age == 64").share
    assert len(left) == 10 and left.max() < 1e-10
    middle = simple.groupby("age").share.median()
    rates = np.diff(np.log(middle)) / np.diff(middle.index)
    assert (-0.7 < rates).all() and (rates < -0.4).all()  # the same, within a little


@says(
    "Attention falls for another reason: $n$ rows share a weight of 1, and each gets $1/n$ "
    "on average.",
)
def test_attention_does_not_know_how_far():
    attention = frame("fading").query("reader == 'attention'")
    middle = attention.groupby("age").share.median()
    assert ((0.3 < middle * (middle.index + 1)) & (middle * (middle.index + 1) < 1.3)).all()
    x, W_Q, W_K, W_V = normal((9, 4), (4, 4), (4, 4), (4, 4))
    moved = x[[3, 1, 2, 0, 4, 5, 6, 7, 8]]
    last = [
        scaled_dot_product_attention(rows @ W_Q, rows @ W_K, rows @ W_V)[-1]
        for rows in (x, moved)
    ]
    np.testing.assert_allclose(*last, atol=1e-14)
    assert frame("alignment").weight.max() > 0.98  # after training one may take it all


# Gates ----------------------------------------------------------------------------------


@says(
    "The **GRU** (Cho and others, 2014) has one gate for both: as much as it lets in, it "
    "forgets: $h_t=(1 - z)\\odot g+z\\odot h_{t-1}$.",
    "A second gate, *reset*, says how much of the old state the candidate $g$ hears.",
)
def test_gates_by_hand():
    assert 3 / 4 * 8 + 1 / 2 * -1 == 5.5 and 0.4999 < math.tanh(5.5) / 2 < 0.5
    assert "5.5" in json.dumps([c for c in read(CHAPTER)["cells"] if c["id"] == "c11"])
    x, W_x, W_h, h = normal((1, 3), (3, 6), (2, 6), (2,))
    found = steps(gru(trace(x, "x"), W_x, W_h, start=h))
    z, g = (found[f"step 1 / {name}"].value for name in ("update", "candidate"))
    np.testing.assert_allclose(found["states"].value[0], (1 - z) * g + z * h, atol=1e-14)
    heard = found["step 1 / reset"].value * (h @ W_h)[4:]
    np.testing.assert_allclose(g, np.tanh((x @ W_x)[0, 4:] + heard), atol=1e-14)


@says(
    "No: after 64 words each has less than a ten-billionth.",
    "Tables drawn around 0 leave a gate about half open, and half of a half of a half is "
    "soon little.",
    "**A gate makes keeping possible; something must open it.** Training can, as we "
    "shall see.",
    "So can a number added before the σ of each forget gate.",
    "With a 4, $\\sigma(4)$ is about 98 parts of 100, and $\\sigma(4)^{64}$ about a third.",
    "All ten drawings keep more than half: more comes round by $W_h$.",
)
def test_gates_must_be_opened():
    late = frame("fading").query("age == 64")
    share = {name: rows.share for name, rows in late.groupby("reader")}
    assert max(share[name].max() for name in ("simple", "LSTM", "GRU")) < 1e-10
    assert round(100 * float(sigmoid(4.0))) == 98
    assert 0.3 < float(sigmoid(4.0)) ** 64 < 1 / 3
    opened = share["LSTM, forget bias 4"]
    assert opened.min() > 1 / 2 and len(late) == 5 * 10
    assert max(left_without_the_state(seed) for seed in range(10)) < 1 / 5
    assert max(left_by_larger_tables(seed) for seed in range(10)) < 1e-9  # small or not
    x, W_x, W_h = normal((50, 16), (16, 64), (16, 64))
    found = steps(lstm(trace(x, "x"), 0.1 * W_x, 0.1 * W_h)[0])
    gate = np.array([found[f"step {t} / forget gate"].value for t in range(1, 51)])
    assert abs(gate.mean() - 0.5) < 0.05


def left_by_larger_tables(seed):
    """The most that GRU or LSTM keep, in numbers as large as the simple cell's."""
    found = []
    for cell, gates in ((gru, 3), (lstm, 4)):

        def reader(x, rng, cell=cell, gates=gates):
            tables, times = fading._cell(rng, gates), math.sqrt((1 + gates) / 2)
            states = cell(x, times * tables["W_x"], times * tables["W_h"])
            return states[0] if cell is lstm else states

        found.append(fading._slope(reader, seed, 64) / fading._slope(reader, seed, 0))
    return max(found)


def left_without_the_state(seed):
    """What is left after 64 words if the gates, opened by 4, do not hear the state."""

    def deaf(x, rng):
        tables = fading._cell(rng, 4)
        tables["b_h"][fading.D : 2 * fading.D] = 4.0
        return lstm(x, **tables | {"W_h": 0 * tables["W_h"]})[0]

    return fading._slope(deaf, seed, 64) / fading._slope(deaf, seed, 0)


# One row, or all ------------------------------------------------------------------------


@says(
    "(By chance one in eight is right.)",
    "Of two models, 16 wide, one has the fixed context, one looks back; 200 steps on 512 "
    "games.",
    "From 8 letters on, the worst of three seeds with attention is ahead of the best one "
    "without.",
)
def test_one_row_gives_way():
    assert (alignment.WIDTH, alignment.STEPS, alignment.GAMES) == (16, 200, 512)
    assert alignment.LETTERS == 8
    runs = frame("backwards").groupby(["context", "length"]).right
    low, high = runs.min(), runs.max()
    for length in (8, 10, 12):
        assert low["attention", length] > high["fixed", length]
    assert low["attention", 6] < high["fixed", 6]  # a control: not yet at 6
    assert runs.count().eq(3).all() and low["fixed", 4] > 0.97


@says(
    "for $a\\cdot k M=a M^\\top\\cdot k$.",
    "**Equal**: whatever two thin tables score, one table can score too.",
    "A thin $W^Q$ makes two numbers of three: two equations, three unknowns, so some query "
    "other than 0 becomes (0, 0).",
    "With the rows (1, 0), (0, 1), (1, 1) it is (1, 1, −1): with any key it scores zero; "
    "by `dot` it scores 3 with itself: even `dot` is out of reach.",
)
def test_general_and_two_tables():
    q, k, W_Q, W_K = normal((4, 5), (6, 5), (5, 2), (5, 2))
    W = W_Q @ W_K.T / math.sqrt(2)
    scaled = (q @ W_Q) @ (k @ W_K).T / math.sqrt(2)
    np.testing.assert_allclose(general_scores(q, k, W), scaled, atol=1e-12)
    assert np.linalg.matrix_rank(W) == 2 < np.linalg.matrix_rank(np.eye(5))
    np.testing.assert_allclose(q[0] @ W @ k[1], (k[1] @ W.T) @ q[0], atol=1e-12)
    thin, lost = np.array([[1, 0], [0, 1], [1, 1]]), np.array([[1, 1, -1]])
    assert (lost @ thin).tolist() == [[0, 0]] and dot_scores(lost, lost) == 3
    keys, other = normal((7, 3), (3, 2))
    for any_thin in normal((3, 2), (3, 2), seed=1):
        query = np.linalg.svd(any_thin.T)[2][-1]  # what two equations leave free
        assert np.abs(query @ any_thin).max() < 1e-12 < 0.9 < query @ query
    np.testing.assert_allclose(general_scores(lost, keys, thin @ other.T), 0, atol=1e-12)
    assert np.linalg.matrix_rank(thin @ other.T) == 2
    assert (np.abs(dot_scores(lost, keys)) > 0.01).all()
