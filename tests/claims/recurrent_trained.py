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
from tfmath.study import ab_race, alignment, fading
from tfmath.study.ab_game import draw_games
from tfmath.study.costs import layer_costs, layers_until_connected
from tfmath.study.measured import measured
from tfmath.study.scaling import attention_multiply_adds, multiply_adds


def normal(*sizes, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=size) for size in sizes]


def frame(name):
    return pd.DataFrame(measured(name))


# Not trained ----------------------------------------------------------------------------


@says(
    "With a rotation times 4 as $W_h$ they *explode*: ten drawings, each more than "
    "ten-thousandfold.",
    "What is multiplied by $c$ at each step is $c^k$ after $k$: below 1 it fades, above 1 "
    "it explodes, and a gate near 1 keeps it.",
)
def test_what_is_multiplied_by_much_explodes():
    def larger(x, rng):
        tables = fading._cell(rng, 1)
        turn, _ = np.linalg.qr(rng.normal(size=(fading.D, fading.D)))
        return recurrence(x, **tables | {"W_h": 4 * turn})

    for seed in range(10):
        now, later = (fading._slope(larger, seed, age) for age in (0, 64))
        assert later > 10**4 * now
    assert 0.9**64 < 0.01 and 1.1**64 > 100 and 0.999**64 > 0.9


def without_h(x, rng):
    """The forget gate alone: bias 4, and tables of zeros for h."""
    tables = fading._cell(rng, 4)
    tables["b_h"][fading.D : 2 * fading.D], tables["W_h"][:] = 4, 0
    return lstm(x, **tables)[0]


@says(
    "All ten drawings keep more than half, some more than all: the slope comes through $h$ "
    "and its tables as well, and there it can grow.",
    "Jozefowicz and others (2015) advise a 1.",
    "Here, after 10 words, it keeps more than 8 times what none keeps; after 64 less than "
    "a hundred-thousandth is left.",
)
def test_what_the_gate_alone_keeps_and_a_bias_of_1():
    shares = {}
    for seed in range(10):
        for name, reader, age in (
            ("alone", without_h, 64),
            ("none", lambda x, rng: fading._lstm(x, rng), 10),
            ("one", lambda x, rng: fading._lstm(x, rng, 1.0), 10),
            ("one, late", lambda x, rng: fading._lstm(x, rng, 1.0), 64),
        ):
            sizes = [fading._slope(reader, seed, words) for words in (0, age)]
            shares.setdefault(name, []).append(sizes[1] / sizes[0])
    assert max(shares["alone"]) < 1 / 3 and max(shares["one, late"]) < 1e-5
    assert min(shares["one"]) > 8 * max(shares["none"])


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
    "Over 512 new rows, more than 8 parts in 10 of the weight lie where the letter just "
    "written stands; by chance, less than a quarter.",
    "(It knows about where it is, too: before letter 4 it wrote an *a*, and of the *a*'s "
    "at 3, 5 and 8 the near ones share the weight, the far one gets next to nothing.)",
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
    a = letters.min()  # the first of eight
    assert (1 + np.flatnonzero(letters == a)).tolist() == [3, 5, 8]
    rows = frame("alignment").query("task == 'backwards' and seed == 2 and written == 4")
    assert sorted(rows.weight)[-2:] == list(rows.weight.iloc[[2, 4]])
    assert rows.weight.iloc[7] < 0.02


@says(
    "To test it, whisper *another* letter of the row to the writer.",
    "It jumps to where the whispered letter stands: from less than 3 parts in 100 to more "
    "than a third.",
    "At the neighbour, of 7 parts in 10 less than 3 remain.",
)
def test_what_the_writer_is_whispered():
    found = frame("last_heard")
    assert found.there.max() < 0.03 and found.there_whispered.min() > 1 / 3
    assert (found.after.round(1) == 0.7).all() and found.after_whispered.max() < 0.3


@says(
    "But the row was not full: at 12 letters, with new games at each step, it has 6 "
    "letters of 10 right after 200 steps, 7 after 400, 8 after 800.",
    "Attention has 7 after 100.",
)
def test_one_row_is_slow_to_learn():
    found = frame("slow_to_learn").groupby(["context", "steps"]).right
    low, high, middle = found.min(), found.max(), found.mean()
    assert round(10 * low["fixed", 200]) == round(10 * high["fixed", 200]) == 6
    assert round(10 * low["fixed", 400]) == round(10 * high["fixed", 400]) == 7
    assert round(10 * low["fixed", 800]) == round(10 * high["fixed", 800]) == 8
    assert low["attention", 100] > 0.7 and (np.diff(middle["fixed"]) > 0.05).all()
    assert set(frame("slow_to_learn").seed) == {0, 1}


# Costs ----------------------------------------------------------------------------------


@says(
    "With all tables 1, and two rows at a time, 1, 2, 4 become 1, 3, 6.",
    "A layer reaches one row further: the last of 9 words hears the first after 8 layers.",
    "With gaps 1, 2, 4 and 8 it takes 4, for 1 + 2 + 4 + 8 = 15.",
)
def test_a_window():
    ones, words = np.ones((2, 1, 1)), np.ones((9, 1))
    near = layers_until_connected(lambda x, i: convolution(x, ones), words)
    far = layers_until_connected(lambda x, i: convolution(x, ones, 2**i), words)
    assert (near, far) == (8, 4) and 1 + 2 + 4 < 8 <= 1 + 2 + 4 + 8 == 15
    assert convolution([[1], [2], [4]], ones).ravel().tolist() == [1, 3, 6]


@says(
    "a pair of tables is 2, so simple cell 2, GRU 6 (two gates, a candidate), LSTM 8 "
    "(three gates, a candidate); convolution over three words 3;",
    "attention $4+2n/d$: four projections, and the pairs, once to score and once to mix.",
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
    paper = layer_costs(n=n, d=d)
    assert paper["self-attention"][:2] == (n * n * d, 1)
    assert paper["recurrent"][:2] == (n * d * d, n)
    assert paper["convolution"][:2] == (3 * n * d * d, 1)
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
    "It is that, in reading and in training, no word waits for another.**",
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
    "The Transformer has no such slope: one seed fails even at 8 letters, and at 64 four "
    "of five win.",
    "After 1500 steps all five win at 8: the table says who learns *soon*, not who can.",
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
    later = frame("ab_game_later")
    assert ab_race.LATER == 1500 and set(later.length) == {8}
    assert len(later) == 5 and (later.right == 1).all()
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
