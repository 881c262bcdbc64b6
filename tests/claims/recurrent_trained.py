"""The chapter on attention before the Transformer: what was trained, and what it costs."""

import math

import numpy as np
import pandas as pd

from tests.claims.claim import says
from tfmath import multi_head_attention, steps, toy, trace
from tfmath.attention.luong import concat_scores, dot_scores
from tfmath.model.parameters import starting_values, traced
from tfmath.model.recurrent import recurrent_shapes, sequence_to_sequence
from tfmath.parts.feed_forward import feed_forward
from tfmath.parts.gated import gru, lstm
from tfmath.parts.recurrent import convolution, recurrence
from tfmath.study import ab_race, alignment, fading
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
    "With 4 times a turn for $W_h$ (turns keep lengths) they *explode*, in each of ten "
    "drawings more than a thousandfold.",
    "Of what is multiplied by $r$ at each step, the bend's share counted, $r^t$ is left "
    "after $t$: "
    "below 1 it fades, above 1 it explodes, and a gate near 1 keeps it.",
)
def test_what_is_multiplied_by_much_explodes():
    def turned(times):
        def reader(x, rng):
            tables = fading._cell(rng, 1)
            turn, _ = np.linalg.qr(rng.normal(size=(fading.D, fading.D)))
            return recurrence(x, **tables | {"W_h": times * turn})

        return reader

    for seed in range(10):
        for times, least, most in ((1.5, 0, 1e-3), (4, 1000, math.inf)):
            now, later = (fading._slope(turned(times), seed, age) for age in (0, 64))
            assert least < later / now < most
    assert 0.9**64 < 0.01 and 1.1**64 > 100 and 0.999**64 > 0.9


# Trained --------------------------------------------------------------------------------


@says(
    "All together: a GRU reads, a second one writes, and `general` attention looks back.",
    "It has learned the three quotes.",
    "It recites without a mistake.",
)
def test_the_model_recites():
    assert sum(math.prod(size) for size in alignment.SIZES.values()) == 862
    for source, target in toy.PAIRS:
        said, _ = alignment.recite(alignment.trained(), source, target)
        assert said == [*target.split(), "<end>"]


@says("Two more models, from other seeds, recite as well.")
def test_three_seeds_look_at_different_words():
    quotes = frame("alignment")
    assert quotes.right.all() and set(quotes.seed) == {0, 1, 2}
    peaks = [
        tuple(rows.weight.to_numpy().reshape(6, 6).argmax(axis=1))
        for _, rows in quotes.groupby("seed")
    ]
    assert len(set(peaks)) == 3


def peaks_of_two_ways():
    """At which place each of the thirteen models looks most, for the letters 8, 7, … 1."""
    maps = {
        seed: rows.weight.to_numpy().reshape(8, 8)
        for seed, rows in frame("two_ways").groupby("seed")
    }
    assert [*maps] == list(range(13))
    return {seed: (1 + weights.argmax(axis=1)).tolist() for seed, weights in maps.items()}


AT, BESIDE = [8, 7, 6, 5, 4, 3, 2, 1], [8, 8, 7, 6, 5, 4, 3, 2]


@says(
    "No.",
    "Two models, from seeds 0 and 5, learn 512 games each; both write more than 9 letters "
    "of 10 right.",
    "Seed 5 draws the diagonal.",
    "Seed 0 looks at place 6, *one beside*, and so on for all but the first one written, "
    "8.",
)
def test_two_models_two_ways_to_look():
    rows = frame("two_ways")
    assert rows.letter.tolist()[:64:8] == AT and rows.place.tolist()[:8] == AT[::-1]
    np.testing.assert_allclose(rows.groupby(["seed", "letter"]).weight.sum(), 1, atol=5e-4)
    peaks = peaks_of_two_ways()
    assert peaks[0] == BESIDE and peaks[5] == AT and peaks[0][8 - 5] == 6
    right = frame("hidden_places").query("hidden == 'nothing'").set_index("seed").right
    assert right[0] > 0.9 and right[5] > 0.9


@says(
    "Of the first 13 seeds three look at the letter, and write best; hide it, and fewer "
    "than 20 letters of 100 are right.",
    "Ten look beside it; hide the letter, and more than 85 are.",
)
def test_what_is_hidden():
    peaks = peaks_of_two_ways()
    at = [seed for seed, places in peaks.items() if places == AT]
    beside = [seed for seed, places in peaks.items() if places == BESIDE]
    assert len(at) == 3 and len(beside) == 10
    right = frame("hidden_places").pivot(index="seed", columns="hidden", values="right")
    assert right.loc[at, "nothing"].min() > right.loc[beside, "nothing"].max()
    assert right.loc[at, "the letter's place"].max() < 0.2
    assert right.loc[beside, "the letter's place"].min() > 0.85
    assert right.loc[at, "the place after it"].min() > 0.94  # and the other way round
    assert right.loc[beside, "the place after it"].max() < 0.56


@says(
    "Before letter 5, the writer has heard the letter just written, number 6.",
    "In seed 0 a third goes to the whispered letter's place, and a quarter stays; and 42 "
    "times of 100 it writes the letter *before* the whispered one.",
    "So it looks for the letter just written, though not for it alone (where it stands a "
    "second time, that place gets a quarter as much), and reads what came before: the "
    "state there was made of letter 6 *and of the state before*, which holds letter 5.",
    "Seed 5 stumbles too, but does not look at the whispered letter: 0.02, then 0.01.",
)
def test_what_the_writer_is_whispered():
    games = alignment.backwards_games(np.random.default_rng(101), 512, 8)
    assert (games.target[:, 4] == games.following[:, 3]).all()
    found, peaks = frame("last_heard").set_index("seed"), peaks_of_two_ways()
    jump = found.there_whispered / found.there
    for seed, places in peaks.items():  # as the two, so all that look as they do
        assert jump[seed] > 2.5 if places == BESIDE else jump[seed] < 1
    assert abs(found.there_whispered[0] - 1 / 3) < 0.01 and found.there[0] < 0.03
    assert abs(found.after_whispered[0] - 1 / 4) < 0.02 and found.after[0] > 0.6
    assert abs(found.after_whispered[5] - found.after[5] - 1 / 5) < 0.02
    assert found.own[5] - found.own_whispered[5] > 0.17
    written = frame("whispered").set_index("seed")
    assert round(100 * written.previous_whispered[0]) == 42 and written.previous[0] < 0.02
    assert written.right[5] - written.right_whispered[5] > 0.4  # it does listen
    beside = [seed for seed, places in peaks.items() if places == BESIDE]
    at = [seed for seed in peaks if seed not in beside]  # as the two, so all, once more
    before = written.previous_whispered
    assert before[beside].min() > 0.23 > 0.16 > before[at].max()
    assert (written.true_place > 2 * written.twin)[beside].all()
    assert abs(written.twin[0] / written.true_place[0] - 1 / 4) < 0.01
    assert (round(found.there[5], 2), round(found.there_whispered[5], 2)) == (0.02, 0.01)
    assert written.heard_whispered.max() < 0.002  # what it hears it does not write
    assert found.places.max() < 0.25 < 0.65 < found.weight[beside].min()  # and by chance


@says(
    "Bahdanau's reader read both ways, and joined the two states of a word; ours reads "
    "forwards only.",
)
def test_our_reader_knows_what_came_before():
    sizes = recurrent_shapes(vocab_size=9, d_model=5, d=3)
    tables = traced(starting_values(np.random.default_rng(0), sizes))
    states = [
        steps(sequence_to_sequence(tables, source, [1]))["encoder / states"].value
        for source in ([3, 4, 5, 6], [3, 4, 5, 7], [8, 4, 5, 6])
    ]
    np.testing.assert_array_equal(states[0][:3], states[1][:3])  # what comes after: unknown
    assert (np.abs(states[0] - states[2]) > 1e-6).all()  # what came before: in each state


@says(
    "But the row was not full: at 12 letters, with new games at each step, it has 6 "
    "letters of 10 right after 200 steps, 8 after 800.",
    "It is not the order: written as read, at 8 letters, attention has 98 letters of 100 "
    "right or more, the fixed row fewer than 80.",
    "One row for all is slow to learn.",
)
def test_one_row_is_slow_to_learn():
    found = frame("slow_to_learn").groupby(["context", "steps"]).right
    low, high, middle = found.min(), found.max(), found.mean()
    assert round(10 * low["fixed", 200]) == round(10 * high["fixed", 200]) == 6
    assert round(10 * low["fixed", 400]) == round(10 * high["fixed", 400]) == 7
    assert round(10 * low["fixed", 800]) == round(10 * high["fixed", 800]) == 8
    assert low["attention", 100] > 0.7 and (np.diff(middle["fixed"]) > 0.05).all()
    assert set(frame("slow_to_learn").seed) == {0, 1}
    rows = frame("in_order")
    right = {name: column.tolist() for name, column in rows.groupby("context").right}
    assert min(right["attention"]) >= 0.98 and max(right["fixed"]) < 0.8
    turned = frame("backwards").query("length == 8").groupby("context").right
    assert turned.max()["attention"] < 0.95 and turned.min()["fixed"] > max(right["fixed"])


# Costs ----------------------------------------------------------------------------------


@says(
    "With all tables 1, and two rows at a time, 1, 2, 4 become 1, 3, 6.",
    "A layer reaches one row further: the last of 9 words hears the first after 8 layers.",
    "With gaps 1, 2, 4 and 8 it takes 4.",
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
    "Alone it costs less than an LSTM as long as $n$ is below $2d$; with its feed-forward "
    "network, 8 more, never.",
    "**What attention gained is not cheapness.",
    "No word waits for another in reading and in training: so it is in a convolution too; "
    "but every word is one step away, as in none of the others.**",
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
    assert paper["self-attention"] == (n * n * d, 1, 1)
    assert paper["recurrent"] == (n * d * d, n, n)
    assert paper["convolution"] == (3 * n * d * d, 1, math.log(n, 3))
    units = {k: sum(multiply_adds(y).values()) / (n * d * d) for k, y in counted.items()}
    assert units == {"simple": 2, "GRU": 6, "LSTM": 8, "convolution": 3}
    tables = dict(zip(("W_Q", "W_K", "W_V"), normal(*[(2, d, 2)] * 3), strict=True))
    whole = multi_head_attention(x, x, x, **tables, W_O=np.ones((d, d)))
    assert sum(multiply_adds(whole).values()) == n * d * d * (4 + 2 * n / d)
    W = normal((d, 4 * d), (4 * d, d))  # the paper's width, 2048 for 512
    inside = feed_forward(x, W[0], W_2=W[1])
    assert sum(multiply_adds(inside).values()) == 8 * n * d * d
    for n in (1, 30, 1023, 1024, 1025, 10**5):
        units = sum(attention_multiply_adds(n, n, 512, 8, 64, 64).values()) / (n * 512**2)
        assert units == 4 + 2 * n / 512 > 3 > 2 and (units < 8) == (n < 1024)
        assert units + 8 > 8


@says(
    "Each player has one layer, 8 wide.",
    "The simple cell is the fastest at all five lengths, and at 4096 letters the "
    "Transformer is the slowest: $n^2$ pairs.",
    "But its longest chain of products that wait for one another is 7 at any length "
    "(project, score, mix, project, two of the feed-forward, answer); the others' has one "
    "more than there are letters.",
    "Recurrent: $n$ steps in a row.",
    "Attention, in reading: the same few for any $n$, and every word one step away, at the "
    "price of $n^2$ pairs.",
)
def test_the_clock_and_the_chain():
    times = frame("ab_game_time").pivot(index="length", columns="player")
    assert (times.seconds.idxmin(axis=1) == "simple").all() and len(times) == 5
    assert times.seconds.loc[4096].idxmax() == "Transformer"
    assert (times.chain["Transformer"] == 7).all()
    assert ab_race.D == 8  # one layer: only one has tables
    tables = ab_race._tables("Transformer", np.random.default_rng(0))
    assert list(tables["encoder"]) == ["layer 1"]
    for player in ("simple", "LSTM"):
        assert (times.chain[player] == times.index + 1).all()


@says(
    "Looking back reads each state where it stands: additive and `concat` by a small "
    "network for each pair, `dot` and `general` by one product for all.",
)
def test_one_product_for_all_pairs():
    q, k, W, v = normal((4, 5), (6, 5), (10, 7), (7,))
    hidden = steps(concat_scores(trace(q, "q"), k, W, v))["hidden"]
    assert hidden.shape == (4, 6, 7)
    np.testing.assert_allclose(dot_scores(q, k), np.einsum("id,jd->ij", q, k), atol=1e-12)
