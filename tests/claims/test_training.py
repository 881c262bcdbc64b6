"""What the chapter on training says, proved."""

import numpy as np
import pytest

from tests.claims.claim import says
from tests.claims.first_words import (  # noqa: F401  (tests, run from here)
    test_a_text_that_changes_from_step_to_step,
    test_from_wall_to_wall,
    test_the_end_comes_first,
    test_the_loss_leaps,
)
from tests.claims.raced import (  # noqa: F401  (tests, run from here)
    test_a_step_up_a_wall,
    test_clipped,
    test_clipping_by_hand,
    test_each_at_its_best,
    test_five_starts_and_fifteen,
    test_helps,
    test_how_far_a_leap_goes,
    test_one_leap,
    test_what_is_forgiven,
    test_what_keeps_from_learning_by_heart,
)
from tests.claims.stepped import (  # noqa: F401  (tests, run from here)
    test_a_narrow_valley,
    test_a_valley_turned,
    test_adams_first_step,
    test_dropout_in_a_sublayer,
    test_how_long_an_average_remembers,
    test_how_the_distance_shrinks,
    test_label_smoothing,
    test_momentum,
    test_one_weight,
    test_slopes_differ,
    test_weight_decay,
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
from tfmath.learning.train import loss_and_gradients, make_batch, train
from tfmath.model.parameters import (
    count,
    flatten,
    rounded,
    shapes,
    traced,
    unflatten,
)
from tfmath.model.transformer import transformer
from tfmath.parts.text import encode
from tfmath.study.scaling import table_sizes
from tfmath.tracing import steps

CHAPTER = "15_training.ipynb"
DEFINITIONS = (
    "The last line is the one that learns: it moves every number *against* its slope.",
    "The factor before the slope is the *learning rate*.",
    "**Momentum** lets a ball roll: it steps by a fading sum of all slopes so far.",
    "**Clipping** shortens all slopes together, in every step in which the arrow is longer "
    "than a limit.",
    "All numbers at 0.1 (the norms' gains at 1), then 100 steps of Adam at 0.02.",
    "300 steps of Adam at 0.02 with label smoothing; then Adam anew, for 100 steps at half "
    "the rate, in which every number is *rounded* when the machine is run, and the "
    "unrounded one behind it moves.",
    "That is **gradient descent** (the *gradient* is all slopes together).",
    "A fair race gives each its own rates, each twice the one before, and fifteen "
    "random starts, the same for all.",
    "A mark is a run, a line joins the medians; burst means past all bounds.",
)

READ = encode("when you play game of thrones", toy.WORDS)
CROSS = "decoder / layer 1 / cross-attention / heads / weights"


# The loop -------------------------------------------------------------------------------


@says(
    "Below is our machine, 690 of its 764 numbers drawn at random (the norms' gains start "
    "at 1, the biases at 0).",
    "Under it, the trained machine, which does.",
)
def test_the_machine_before_training():
    target = encode("<start> you win or you".split(), toy.WORDS)
    logits = transformer(start(), READ, target)
    flat, other = flatten(start()), flatten(start(1))
    assert sum(np.sum(flat[name] != other[name]) for name in flat) == 690
    fixed = {name.split()[-1]: t for name, t in flat.items() if name.endswith("gain")}
    assert all((table == 1).all() for table in fixed.values())
    assert count(start()) == 764 and toy.WORDS[logits[-1].argmax()] == "wait"
    assert toy.WORDS[transformer(toy.load(), READ, target)[-1].argmax()] == "die"


@says("So all places of all quotes are asked at once.")
def test_a_batch_holds_all_places():
    words = [len(right.split()) + 1 for _, right in toy.PAIRS]  # with the end
    assert (BATCH.following != 0).sum() == sum(words)
    assert [row[0] for row in BATCH.target.tolist()] == [1, 1, 1]


@says(
    "If all 26 words were equally probable, the surprise would be ln 26 = 3.26.",
    "More, from nearly every start: a random machine knows nothing, but it has opinions.",
)
def test_a_random_machine_is_worse_than_one_that_says_it_knows_nothing():
    assert round(-np.log(1 / 26), 2) == 3.26
    first = [loss_and_gradients(start(seed), BATCH)[0] for seed in range(40)]
    assert first[0] > np.log(26) and (np.array(first) > np.log(26)).sum() > 36


# All numbers alike ----------------------------------------------------------------------


@says(
    "From 0 it writes one text for all, and the list of tables $W$ that moved is empty.",
    "From 0.1 it recites all three!",
    "From 0.1 they move: the words are asked for in different places, get different "
    "slopes, and part.",
)
def test_all_alike():
    assert len(set(texts(from_equal(0.0)[-1]))) == 1
    words = from_equal(0.1)[0]["embedding"].round(6)
    assert 1 < len(np.unique(words, axis=0))
    assert len(np.unique(from_equal(0.1)[-1]["embedding"][1:], axis=0)) == 25
    assert toy.recites(from_equal(0.1)[-1]) > 0.8
    moved = flatten(from_equal(0.1)[2])
    assert all(np.ptp(table) > 0 for name, table in moved.items() if "W_2" in name)


@says(
    "In a product the slope of each factor has the other as a factor: 0.",
    "So neither ever moves.",
    "None of the encoder's own numbers moves, and no word of it reaches the decoder.",
)
def test_from_zero_nothing_moves():
    first, last = (flatten(from_equal(0.0)[n]) for n in (0, -1))
    tables = [name for name in last if " / W_" in name]
    assert len(tables) == 16 and not any(last[name].any() for name in tables)
    own = [name for name in last if name.startswith("encoder")]
    assert all((last[name] == first[name]).all() for name in own)
    tables = from_equal(0.0)[-1]
    said = [
        transformer(tables, encode(r, toy.WORDS), BATCH.target[1]) for r, _ in toy.PAIRS
    ]
    assert (said[0] == said[1]).all() and (said[1] == said[2]).all()
    moved = flatten(from_equal(0.1)[-1])
    assert all(np.abs(t - 0.1).max() > 0.1 for n, t in moved.items() if " / W_" in n)


@says(
    "The heads stay twins, and so do the columns in them, and the seven hidden numbers of "
    "each network.",
    "Of 764 numbers 272 differ: as many as a machine has with *one* head of *one* column "
    "and *one* hidden number.",
    "It is that small machine which was trained here.",
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


@says("So were the tables above drawn (but the words with $1/5$).")
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


@says(
    "It rises far above ln 26.",
    "(But for `<end>` the quote shares no word with the two.)",
)
def test_the_third_quote():
    *seen, new = (set(" ".join(pair).split()) for pair in toy.PAIRS)
    assert not new & set.union(*seen)
    known = make_batch(toy.PAIRS[:2], toy.WORDS)
    third = make_batch(toy.PAIRS[2:], toy.WORDS)
    for seed in range(3):
        *_, last = train(start(seed), known, 60, 0.02)
        assert last.loss < 1.7
        assert loss_and_gradients(last.parameters, third)[0] > np.log(26) + 1.5


# The real run ---------------------------------------------------------------------------


@says(
    "(Label smoothing, for the reader: the least sure right word has 85 percent, not 99.)",
    "Rounded afterwards it is much less sure; having learned while rounded, hardly.",
    "But rounding is a staircase, flat wherever you stand, and with a slope of 0 nothing "
    "would move.",
)
def test_one_decimal():
    real, _ = real_and_other()
    before, after = real[299].parameters, toy.final(real[-1])
    least = [toy.recites(tables) for tables in (before, rounded(before), after)]
    assert [round(p, 2) for p in least] == [0.85, 0.57, 0.84]
    *_, last = train(start(), BATCH, 300, 0.02)
    assert round(toy.recites(last.parameters), 2) == 0.99


@says(
    'From start 0 most rows settle on "play", by step 25.',
    "From start 2 most keep looking nearly everywhere, with both heads, and it recites "
    "too; made quite even, it still writes this quote and loses the other two.",
)
def test_where_two_runs_look():
    def looking(step):
        record = steps(transformer(traced(step.parameters), READ, BATCH.target[1]))
        return record[CROSS].value

    first, second = real_and_other()
    for n in (25, 50, 100):
        assert (looking(first[n - 1])[1].argmax(axis=-1) == 2).sum() >= 4  # play
        w = looking(second[n - 1])
        assert np.exp(-np.sum(w * np.log(w), axis=-1)).mean(axis=-1).min() > 5
    assert min(toy.recites(run[99].parameters) for run in (first, second)) > 0.5
    even = flatten(second[99].parameters)
    even["decoder / layer 1 / cross-attention / W_Q"] *= 0
    right = [f"{quote} <end>" for _, quote in toy.PAIRS]
    assert [a == b for a, b in zip(texts(unflatten(even)), right, strict=True)] == [0, 1, 0]


@says("**Missing:** it says the most probable word, step by step.")
def test_what_it_says():
    step = toy.next_word(toy.load(), READ)
    word, p = toy.finish(toy.load(), toy.PAIRS[1][0])[0]
    assert toy.WORDS[step([1]).argmax()] == word and np.exp(step([1]).max()) == p
