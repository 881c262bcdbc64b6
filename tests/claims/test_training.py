"""What the chapter on training says, proved."""

import numpy as np
import pytest

from tests.claims.claim import output, says
from tests.claims.raced import (  # noqa: F401  (tests, run from here)
    test_clipped,
    test_clipping_by_hand,
    test_each_at_its_best,
    test_helps,
    test_momentum_too_fast,
    test_what_is_forgiven,
)
from tests.claims.trained import (
    BATCH,
    from_equal,
    one_of_each,
    real_and_other,
    start,
    texts,
)
from tfmath import toy
from tfmath.learning.optimize import adam, momentum, sgd, start_state
from tfmath.learning.train import loss_and_gradients, make_batch, train
from tfmath.model.parameters import (
    count,
    flatten,
    rounded,
    shapes,
    traced,
)
from tfmath.model.transformer import transformer
from tfmath.parts.text import encode
from tfmath.study.scaling import table_sizes
from tfmath.tracing import steps

CHAPTER = "15_training.ipynb"
DEFINITIONS = (
    "The last line is the one that learns: it moves every number *against* its slope, by "
    "0.16 times as much.",
    "**Momentum** lets a ball roll: it steps by a fading sum of all slopes so far.",
    "**Clipping** shortens all slopes together, as one long arrow, if it is longer than a "
    "limit.",
    "All numbers at 0.1 (the norms' gains at 1), then 100 steps of Adam.",
    "300 steps of Adam with label smoothing; then Adam anew, for 100 steps at half the "
    "rate, in which every number is *rounded* when the machine is run, and the unrounded "
    "one behind it moves.",
    "A fair race gives each its own rates, each twice the one before, and five random "
    "starts, the same for all.",
)

READ = encode("when you play game of thrones", toy.WORDS)
CROSS = "decoder / layer 1 / cross-attention / heads / weights"


# The loop -------------------------------------------------------------------------------


@says("Below is our machine, all its 764 numbers drawn at random.", "It writes `wait`.")
def test_the_machine_before_training():
    target = encode("<start> you win or you".split(), toy.WORDS)
    logits = transformer(start(), READ, target)
    assert count(start()) == 764 and toy.WORDS[logits[-1].argmax()] == "wait"


@says("So all places of all quotes are asked at once.")
def test_a_batch_holds_all_places():
    words = [len(right.split()) + 1 for _, right in toy.PAIRS]  # with the end
    assert (BATCH.following != 0).sum() == sum(words)
    assert [row[0] for row in BATCH.target.tolist()] == [1, 1, 1]


@says(
    "If all 26 words were equally probable, the surprise would be ln 26 = 3.258.",
    "A random machine knows nothing.",
    "More, from nearly every start: a random machine knows nothing, but it has opinions.",
)
def test_a_random_machine_is_worse_than_one_that_says_it_knows_nothing():
    assert round(-np.log(1 / 26), 3) == 3.258
    first = [loss_and_gradients(start(seed), BATCH)[0] for seed in range(40)]
    assert first[0] > np.log(26) and (np.array(first) > np.log(26)).sum() > 36


@says(
    "Then words come before order: it learns to stop, stammers, has the quote at step 60, "
    "loses it by step 80, and has it again at 100."
)
def test_how_the_text_comes():
    shown = output(CHAPTER, "tr-texts")
    lines = {line.split()[1]: line.split()[3:] for line in shown.splitlines()[3:]}
    quote = "you win or you die <end>".split()
    assert {n for n, text in lines.items() if text == quote} == {"60", "100", "120"}
    assert lines["10"][-1] == "<end>" and set(lines["30"]) == {"you"}


# Steps ----------------------------------------------------------------------------------


@says(
    "One weight, the loss $(w - 3)^2$, so the slope is $2(w - 3)$ and the lowest point at "
    "3."
)
def test_one_weight():
    w = np.linspace(-2, 8, 1001)
    assert w[((w - 3) ** 2).argmin()] == pytest.approx(3)
    np.testing.assert_allclose(np.gradient((w - 3) ** 2, w)[1:-1], 2 * (w - 3)[1:-1])


@says(
    "A step multiplies $b$ by $1 - 20\\,\\eta$ and $a$ by $1 - \\eta$: above 0.1 $b$ is "
    "thrown out, while $a$ still creeps.",
    "Twenty steps each, from the ring; the lowest point is the cross:",
)
def test_a_narrow_valley():
    def after(rate, n=20):
        w = {"ab": np.array([-10.0, 2.0])}
        for _ in range(n):
            w = sgd(w, {"ab": w["ab"] * [1, 20]}, rate)
        return np.abs(w["ab"])

    assert after(0.101)[1] > 2 > after(0.099)[1]
    assert after(0.1)[0] > 1
    np.testing.assert_allclose(after(0.05, 1), [10 * (1 - 0.05), 2 * (1 - 20 * 0.05)])


@says(
    "share 0.1 of what is asked for among all 26 words, so that being certain is no longer "
    "best."
)
def test_label_smoothing():
    def loss(p):
        asked = np.full(26, 0.1 / 26)
        asked[0] += 0.9
        given = np.full(26, (1 - p) / 25)
        given[0] = p
        return -np.sum(asked * np.log(given))

    assert loss(0.9 + 0.1 / 26) < min(loss(0.8), loss(0.99), loss(1 - 1e-9))


@says("Where they agree they add up, where they change sign they cancel.")
def test_momentum():
    def moved(pushes):
        w, state = {"w": np.zeros(1)}, start_state({"w": np.zeros(1)})
        for g in pushes:
            w, state = momentum(w, {"w": np.array([g])}, state, 0.1)
        return abs(state.mean["w"][0])

    assert moved([1.0] * 60) == pytest.approx(10, abs=0.1)
    assert moved([1.0, -1.0] * 30) < 0.6


@says(
    "In our machine slopes differ more than in that valley: at the start the largest of "
    "the 764 is 68 times as large as the one in the middle."
)
def test_slopes_differ():
    _, slopes = loss_and_gradients(start(), BATCH)
    sizes = np.abs(np.concatenate([table.ravel() for table in slopes.values()]))
    assert sizes.size == 764 and round(sizes.max() / np.median(sizes)) == 68


@says(
    "So Adam's first step moves every weight by the whole rate, be its slope a thousandth "
    "or a thousand."
)
def test_adams_first_step():
    w, g = {"w": np.zeros(2)}, {"w": np.array([0.001, -1000.0])}
    moved, _ = adam(w, g, start_state(w), 0.1)
    np.testing.assert_allclose(moved["w"], [-0.1, 0.1], rtol=1e-4)


@says("The 0.9 remembers about ten slopes, the 0.999 about a thousand.")
def test_how_long_an_average_remembers():
    for beta, about in ((0.9, 10), (0.999, 1000)):
        ages = np.arange(100_000)
        assert np.sum((1 - beta) * beta**ages * (ages + 1)) == pytest.approx(about)


# All numbers alike ----------------------------------------------------------------------


@says(
    "From 0 it writes one text for all three.",
    "From 0.1 it recites all three!",
    "Words and places differ, and that is enough to begin with.",
)
def test_all_alike():
    assert len(set(texts(from_equal(0.0)[-1]))) == 1
    assert toy.recites(from_equal(0.1)[-1]) > 0.8
    moved = flatten(from_equal(0.1)[2])
    assert all(np.ptp(table) > 0 for name, table in moved.items() if "W_2" in name)


@says(
    "The heads stay twins, and so do the columns in them, and the seven hidden numbers of "
    "each network.",
    "Of 764 numbers 272 differ: as many as a machine has with *one* head of *one* column "
    "and *one* hidden number.",
    "It is that small machine which was trained here, and for three quotes it is enough.",
)
def test_twins():
    tables = from_equal(0.1)[-1]
    differ = sum(len(np.unique(table.round(9))) for table in flatten(tables).values())
    sizes = table_sizes(shapes(26, 5, n_heads=1, d_k=1, d_v=1, d_ff=1))
    assert differ == 272 == sum(sizes.values()) == count(one_of_each(tables))
    logits = [transformer(t, READ, BATCH.target[1]) for t in (tables, one_of_each(tables))]
    np.testing.assert_allclose(*logits, rtol=0, atol=1e-8)
    flat = flatten(tables)
    for name in flat:
        if name.endswith(("W_Q", "W_K", "W_V")):
            assert np.ptp(flat[name], axis=(0, 2)).max() < 1e-9
        if name.endswith(("W_1", "b_1")):
            assert np.ptp(flat[name], axis=-1).max() < 1e-9


@says("A random start lets the other 492 go their own ways.")
def test_a_random_start_has_no_twins():
    *_, last = train(start(), BATCH, 100, 0.02)
    differ = sum(len(np.unique(t.round(9))) for t in flatten(last.parameters).values())
    assert 764 - 272 == 492 and differ > 750


@says("So did the drawing above (but $1/d$ for the words).")
def test_how_far_apart():
    starts = [flatten(start(seed)) for seed in range(100)]
    for name, wanted in (
        ("embedding", 1 / 5),
        ("encoder / layer 1 / self-attention / W_Q", 2 / (5 + 4)),
        ("encoder / layer 1 / feed-forward / W_1", 2 / (5 + 7)),
    ):
        drawn = np.var([tables[name] for tables in starts])
        assert drawn == pytest.approx(wanted, rel=0.1)


# What it has not seen, and helps --------------------------------------------------------


@says("It rises far above ln 26, the loss of one that knows nothing and says so.")
def test_the_third_quote():
    known = make_batch(toy.PAIRS[:2], toy.WORDS)
    third = make_batch(toy.PAIRS[2:], toy.WORDS)
    for seed in range(3):
        *_, last = train(start(seed), known, 60, 0.02)
        assert last.loss < 1.7
        assert loss_and_gradients(last.parameters, third)[0] > np.log(26) + 1.5


# The real run ---------------------------------------------------------------------------


@says(
    "Rounded afterwards it is much less sure; having learned while rounded, 0.84 comes "
    "close to 0.85.",
    "Zero: rounding is a staircase, and you hardly ever stand on an edge.",
)
def test_one_decimal():
    real, _ = real_and_other()
    before, after = real[299].parameters, toy.final(real[-1])
    least = [toy.recites(tables) for tables in (before, rounded(before), after)]
    assert [round(p, 2) for p in least] == [0.85, 0.57, 0.84]


@says(
    'From start 0 most rows settle on "play", by step 25.',
    "From start 2 they keep looking nearly everywhere, all the way, and it recites too.",
    "Nobody told either what to look at, and a picture of one run is a picture of one run.",
)
def test_where_two_runs_look():
    def looking(step):
        record = steps(transformer(traced(step.parameters), READ, BATCH.target[1]))
        return record[CROSS].value[1]

    first, second = real_and_other()
    for n in (25, 50, 100):
        assert (looking(first[n - 1]).argmax(axis=-1) == 2).sum() >= 4  # play
        w = looking(second[n - 1])
        assert np.exp(-np.sum(w * np.log(w), axis=-1)).mean() > 5
    assert min(toy.recites(run[99].parameters) for run in (first, second)) > 0.5


@says("**Missing:** it says the most probable word, step by step.")
def test_what_it_says():
    step = toy.next_word(toy.load(), READ)
    word, p = toy.finish(toy.load(), toy.PAIRS[1][0])[0]
    assert toy.WORDS[step([1]).argmax()] == word and np.exp(step([1]).max()) == p
