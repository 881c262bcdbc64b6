"""The chapter on attention before the Transformer: what was trained, and what it costs."""

import math

import numpy as np
import pandas as pd
import pytest

from tests.claims.claim import says
from tfmath import multi_head_attention, steps, toy, trace
from tfmath.attention.luong import concat_scores, dot_scores
from tfmath.parts.gated import gru, lstm
from tfmath.parts.recurrent import convolution, recurrence
from tfmath.study import ab_race, alignment
from tfmath.study.ab_game import draw_games
from tfmath.study.measured import measured
from tfmath.study.scaling import attention_multiply_adds, multiply_adds


def normal(*sizes, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=size) for size in sizes]


def frame(name):
    return pd.DataFrame(measured(name))


# Trained --------------------------------------------------------------------------------


@says(
    "All together: a GRU reads, a second one writes, and `general` attention looks back.",
    "862 numbers of one decimal learned the three quotes by our own gradients "
    "(`alignment.train_quotes`).",
    "It recites without a mistake.",
)
def test_the_model_recites():
    assert sum(math.prod(size) for size in alignment.SIZES.values()) == 862
    for source, target in toy.PAIRS:
        said, _ = alignment.recite(alignment.trained(), source, target)
        assert said == [*target.split(), "<end>"]


@says("Two more models, from other seeds, recite as well.")
def test_three_seeds_look_at_different_words():
    quotes = frame("alignment").query("task == 'quote'")
    assert quotes.right.all() and set(quotes.seed) == {0, 1, 2}
    peaks = [
        tuple(rows.weight.to_numpy().reshape(6, 6).argmax(axis=1))
        for _, rows in quotes.groupby("seed")
    ]
    assert len(set(peaks)) == 3


@says(
    "At place 6, *one beside* the letter!",
    "It is the same for all others but the first one written, number 8, and with the other "
    "two seeds.",
)
def test_the_weight_lies_one_place_after():
    rows = frame("alignment").query("task == 'backwards'")
    for _, one in rows.groupby("seed"):
        peak = 1 + one.weight.to_numpy().reshape(8, 8).argmax(axis=1)
        letter = 8 - np.arange(8)
        assert (peak[1:] == letter[1:] + 1).all() and peak[0] == 8


@says("Hiding the very letter costs next to nothing; hiding its neighbour ruins the model.")
def test_what_is_hidden():
    right = frame("hidden_places").pivot(index="seed", columns="hidden", values="right")
    assert (right["nothing"] - right["its place"]).max() < 0.02
    assert right["the place after it"].max() < 0.4 and right["nothing"].min() > 0.85


@says(
    "Before letter 5, the writer has heard the letter just written, number 6.",
    "It looks for *that*: over 512 new rows, more than 8 parts in 10 of the weight lie "
    "where the letter just written stands.",
    "(Before letter 4 it wrote an *a*.",
    "There are *a*'s at 3 and at 5, and the weight splits.)",
    "And the state at place 6 was made of letter 6 *and of the state before*, which holds "
    "letter 5.",
)
def test_it_looks_for_the_letter_just_written():
    games = alignment.backwards_games(np.random.default_rng(101), 512, 8)
    assert (games.target[:, 4] == games.following[:, 3]).all()
    found = frame("last_heard")
    assert len(found) == 3 and found.weight.min() > 0.8
    assert found.places.max() < 0.25  # a control: what chance would give
    letters = alignment.backwards_games(np.random.default_rng(100), 1, 8).source[0]
    assert letters[4] == letters[2] == letters.min()  # a, the first of eight
    rows = frame("alignment").query("task == 'backwards' and seed == 2 and written == 4")
    assert sorted(rows.weight)[-2:] == list(rows.weight.iloc[[2, 4]])


# Costs ----------------------------------------------------------------------------------


@says("With all tables 1, and two rows at a time, 1, 2, 4 become 1, 3, 6.")
def test_a_window():
    ones = np.ones((2, 1, 1))
    assert convolution([[1], [2], [4]], ones).ravel().tolist() == [1, 3, 6]


@says(
    "simple cell 2, convolution over three words 3, GRU 6, LSTM 8: their tables, once for "
    "each word;",
    "attention $4+2n/d$: four projections, and the pairs.",
    "At none!",
    "Its projections alone cost more than a simple cell or this convolution, whatever $n$ "
    "is.",
    "It costs less than an LSTM as long as $n$ is below $2d$.",
)
def test_the_honest_table():
    n, d = 9, 4
    x = trace(normal((n, d))[0], "x")
    counted = {}
    for name, layer, gates in (("simple", recurrence, 1), ("GRU", gru, 3)):
        W = [trace(t, "W") for t in normal((d, gates * d), (d, gates * d))]
        counted[name] = layer(x, *W)
    W = [trace(t, "W") for t in normal((d, 4 * d), (d, 4 * d))]
    counted["LSTM"] = lstm(x, *W)[0]
    counted["convolution"] = convolution(x, normal((3, d, d))[0])
    units = {k: sum(multiply_adds(y).values()) / (n * d * d) for k, y in counted.items()}
    assert units == {"simple": 2, "GRU": 6, "LSTM": 8, "convolution": 3}
    tables = dict(zip(("W_Q", "W_K", "W_V"), normal(*[(2, d, 2)] * 3), strict=True))
    whole = multi_head_attention(x, x, x, **tables, W_O=np.ones((d, d)))
    assert sum(multiply_adds(whole).values()) == n * d * d * (4 + 2 * n / d)
    for n in (1, 30, 1023, 1024, 1025, 10**5):
        units = sum(attention_multiply_adds(n, n, 512, 8, 64, 64).values()) / (n * 512**2)
        assert units == 4 + 2 * n / 512 > 3 > 2 and (units < 8) == (n < 1024)


@says(
    "The simple cell is the fastest at all five lengths, and at 4096 letters the "
    "Transformer is the slowest: $n^2$ pairs.",
    "But its row of products stays at 7, where the others' grows by one with each letter.",
    "It is that no word waits for another.**",
    "Recurrent: $n$ steps in a row.",
    "Attention: the same few for any $n$, at the price of $n^2$ pairs.",
)
def test_the_clock_and_the_chain():
    times = frame("ab_game_time").pivot(index="length", columns="player")
    assert (times.seconds.idxmin(axis=1) == "simple").all() and len(times) == 5
    assert times.seconds.loc[4096].idxmax() == "Transformer"
    assert (times.chain["Transformer"] == 7).all()
    for player in ("simple", "LSTM"):
        assert (times.chain[player] == times.index + 1).all()


@says("`dot` and `general`: one product for all.")
def test_one_product_for_all_pairs():
    q, k, W, v = normal((4, 5), (6, 5), (10, 7), (7,))
    hidden = steps(concat_scores(trace(q, "q"), k, W, v))["hidden"]
    assert hidden.shape == (4, 6, 7)
    np.testing.assert_allclose(dot_scores(q, k), np.einsum("id,jd->ij", q, k), atol=1e-12)


@says(
    "Each learns from 64 games for 300 steps, from five seeds; of 512 new games the last "
    "answer counts.",
    "The simple cell falls from five to none, the LSTM from five to three.",
    "(Its forget bias did not help *here*.)",
    "The Transformer has no such slope: some seeds fail even at 8 letters, and at 64 four "
    "of five win.",
    "A run of it that fails entirely says B every time, the more frequent answer.",
    "Five seeds cannot tell three wins from four; they can tell five from none.",
)
def test_the_race():
    race = frame("ab_game")
    race["perfect"] = race.right == 1
    wins = race.groupby(["player", "length"]).perfect.sum().unstack()
    assert (ab_race.GAMES, ab_race.STEPS, len(ab_race.SEEDS)) == (64, 300, 5)
    assert wins.loc["simple"].tolist() == [5, 3, 2, 0]
    assert wins.loc["LSTM"].tolist() == [5, 5, 3, 3]
    assert (wins.loc["LSTM, forget bias 4"] <= wins.loc["LSTM"]).all()
    assert wins.loc["Transformer"].tolist() == [4, 3, 2, 4]
    failed = race.query("player == 'Transformer' and right < 0.9")
    assert (failed.right == failed.often).all() and len(failed) == 6
    for length in failed.length.unique():
        letters = draw_games(np.random.default_rng(100), 512, length)
        assert letters.any(axis=1).mean() == pytest.approx(
            failed.query("length == @length").often.iloc[0], abs=1e-4
        )
    both = math.comb(5, 3) * 0.7**3 * 0.3**2, math.comb(5, 4) * 0.7**4 * 0.3
    assert min(both) > 0.3  # the same chance of success gives three as easily as four
    assert max((1 - q) ** 5 * q**5 for q in np.linspace(0, 1, 99)) < 0.001
