"""What the chapter on the whole Transformer says, proved."""

import itertools

import numpy as np
import pytest

from tests.claims.claim import output, says
from tests.claims.counted import (  # noqa: F401  (tests, run from here)
    test_counted,
    test_counting_makes_no_table,
    test_eleven_sizes_of_the_paper,
    test_growth,
    test_layers_of_gpt_3,
    test_lines_on_axes_that_multiply,
    test_numbers_times_rows,
    test_numbers_times_words,
    test_shares,
    test_twice_as_many_words,
    test_wide_layers,
)
from tests.claims.thread_tested import (  # noqa: F401  (tests, run from here)
    swapped,
    test_other_words_in_each_place,
    test_zeros_at_the_end_of_the_thread,
)
from tfmath import causal_mask, encode, steps, toy, transformer
from tfmath.model.names import flatten
from tfmath.model.parameters import shapes, starting_values, traced
from tfmath.parts.norm import post_norm
from tfmath.show import source
from tfmath.show.thread import followed
from tfmath.study.crossed_out import (
    CROSSED,
    ONE_PLACE,
    crossed_out,
    without_norm,
    without_root,
)
from tfmath.tracing.names import full_name

CHAPTER = "12_the_whole_transformer.ipynb"
DEFINITIONS = (
    "What the chapters before built is one function of three things: the tables, what was "
    'read (the quote without its "the", as before), and what is written so far.',
    "An attention or a network that is out says zeros; without a sum only what was said "
    "goes on; a norm takes its gain and bias along; without positions the words go in "
    "alone.",
    "The loss is the mean surprise at the right word, over all three quotes.",
    "Now ask one number where it comes from, then the largest part of the answer, and so "
    "on, here down to one of the 764.",
    "Below it stand the terms that it is the sum of, the largest in a frame; beside the "
    "arrow, what the number below is multiplied by.",
    "We count the work of matrix products only.",
    "(Who counts *FLOPs* counts each twice, as a product and a sum.) The law:",
    "**We can** read the whole machine, say what it loses with each part, follow a number "
    'from "die" down to a word, and count every number and every product, here and in '
    "models too large to run.",
)

RIGHT = [write for _, write in toy.PAIRS]
TRIED = [part for part in (*CROSSED, *ONE_PLACE) if "head" not in part]
WORDS = "when you play game of thrones".split()
ENCODER, DECODER = "encoder / layer 1 / ", "decoder / layer 1 / "


@pytest.fixture(scope="module")
def record():
    return toy.worked_example()


@pytest.fixture(scope="module")
def rows():
    return {row["without"]: row for row in crossed_out(toy.load(), TRIED)}


def table_of(name):
    return flatten(toy.load())[name]


@says(
    "The record can also be printed, as NumPy and four functions (softmax, and three of "
    "the norm): lines that give the same numbers, to the last bit."
)
def test_the_record_printed(record):
    program = source(record["logits"])
    of_the_norm = {"row_mean", "row_deviation", "standardized"}
    assert set(program.functions) == {"np", "softmax"} | of_the_norm
    lines, again = str(program).splitlines(), program.run()
    assert {program.names[name] for name in record} >= {
        line.split(" = ")[0] for line in lines
    }
    for name, step in record.items():
        assert np.array_equal(again[program.names[name]], step.value)
    for called in of_the_norm:
        where = [line for line in lines if f"{called}(" in line]
        assert len(where) == 5 and all("norm_" in line for line in where)
    shown = [f"{len(lines)} lines in source(logits):", *lines[:9], "…"]
    assert "\n".join([*shown, *lines[-6:]]) in output(CHAPTER, "c12")


# Cross it out ---------------------------------------------------------------------------


@says(
    "Blue can go: the root √d_k, the mask, or one of three norms, and all three quotes are "
    "still right.",
    'And without the look at the encoder the three answers are the same: "win storm storm '
    '…".',
)
def test_what_is_written(rows):
    texts = {part: [row[read] for read, _ in toy.PAIRS] for part, row in rows.items()}
    right = {part for part in texts if texts[part] == RIGHT}
    norms = {"the encoder's norm 1", "the encoder's norm 2", "the decoder's norm 2"}
    assert right == {"nothing", "√d_k", "the mask"} | norms
    (same,) = set(texts["the look at the encoder"])
    assert same.startswith("win storm storm storm")


@says(
    "**But one at a time: without any two of those three norms a quote is wrong.**",
)
def test_two_norms_out():
    places = [ENCODER + "norm 1", ENCODER + "norm 2", DECODER + "norm 2"]

    def written(*out):
        def block(where, x, sublayer, gain, bias):
            here = without_norm if full_name(where) in out else post_norm
            return here(where, x, sublayer, gain, bias)

        found = [toy.finish(toy.load(), read, block=block) for read, _ in toy.PAIRS]
        return [" ".join(w for w, _ in said if w != "<end>") for said in found]

    assert all(written(place) == RIGHT for place in places)
    pairs = [written(*two) for two in itertools.combinations(places, 2)]
    assert len(pairs) == 3 and RIGHT not in pairs


@says(
    "There is one decoder layer, so the *last* row, which chooses the word, sees what it "
    "saw before.",
    "(In a second layer it would look at rows that have changed.) But the rows above it "
    "now see words that come later, and the loss, which asks every row, is 24 times as "
    "large.",
)
def test_where_the_mask_acts(rows):
    assert round(rows["the mask"]["loss"] / rows["nothing"]["loss"]) == 24
    causal = np.tri(5) > 0
    assert causal[-1].all() and not causal[:-1].all(axis=1).any()
    for n_layers in (1, 2):
        sizes = shapes(26, 6, n_heads=2, d_k=3, d_v=3, d_ff=7, n_layers=n_layers)
        tables = starting_values(np.random.default_rng(0), sizes)
        read, written = np.arange(3, 9), np.arange(4, 9)
        masked, seen = (
            transformer(tables, read, written, target_mask=mask)[-1]
            for mask in (causal_mask(5), np.ones((5, 5), bool))
        )
        assert (abs(masked - seen).max() > 1e-3) == (n_layers == 2)


@says(
    "Without the root the largest weight of every row grows (a 1 stays 1); in nearly all "
    "rows (91 of 94) it stays on the same word."
)
def test_weights_without_the_root():
    without = {"attention": without_root, "cross_attention": without_root}
    grown, same = [], []
    for read, write in toy.PAIRS:
        words = encode(read, toy.WORDS), encode(f"<start> {write}".split(), toy.WORDS)
        with_it, other = (
            steps(transformer(traced(toy.load()), *words, **variant))
            for variant in ({}, without)
        )
        for name in (name for name in with_it if name.endswith("weights")):
            before, after = with_it[name].value, other[name].value
            largest, then = before.max(-1), after.max(-1)
            one = largest > 1 - 1e-12
            grown += np.where(one, then > 1 - 1e-12, then > largest).ravel().tolist()
            same += (after.argmax(-1) == before.argmax(-1)).ravel().tolist()
    assert all(grown) and (sum(same), len(same)) == (91, 94)


# The thread -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stations(record):
    return {s.array.name: s for s in followed(record["logits"], 4, "die")}


@says(
    "Its largest term (signs aside) is the last, 2.544 · 1.8, so the thread goes on to "
    "2.544; then to the largest term of *that*.",
    "**Down the decoder** it goes through the feed-forward network, which made the larger "
    "part of *norm 3 / residual*, 1.191.",
    "At *norm 2 / residual* −4.537 comes from cross-attention, and in its product the "
    "largest term is head 2's third number, 2.840.",
    "Of that head's weights the largest, 0.441, is on the source's word \"when\".",
)
def test_the_thread_in_the_decoder(record, stations):
    die = table_of("embedding")[toy.WORDS.index("die")]
    found = record[DECODER + "norm 3 / output"].value[4] * die
    assert np.abs(found).argmax() == 4 and die[4] == 1.8
    assert stations["logits"].terms == pytest.approx(found.tolist(), abs=1e-12)
    residual = record[DECODER + "norm 3 / residual"].value[4, 4]
    thought = record[DECODER + "feed-forward / output"].value[4, 4]
    assert round(thought, 3) == 1.191 and thought > residual - thought > 0
    assert DECODER + "feed-forward / hidden" in stations
    place = stations[DECODER + "norm 2 / residual"].index
    assert round(record[DECODER + "cross-attention / output"].value[place], 3) == -4.537
    heads = record[DECODER + "cross-attention / heads"].value[4]
    into = table_of(DECODER + "cross-attention / W_O")[:, place[1]]
    assert np.abs(heads * into).argmax() == 5  # two heads of three
    assert round(heads[5], 3) == 2.840
    weights = record[DECODER + "cross-attention / heads / weights"].value[1, 4]
    assert WORDS[weights.argmax()] == "when" and round(weights.max(), 3) == 0.441
    assert stations[DECODER + "cross-attention / heads / value"].index == (1, 0, 2)


@says(
    '**Down the encoder** "when" looks at "you" with weight 0.982, so head 1 hands it '
    "nearly that word's value: −3.165 for −3.203.",
    'The thread ends at 2.0, in the row of "you"; none of the 764 is larger.',
)
def test_the_thread_in_the_encoder(record, stations):
    weights = record[ENCODER + "self-attention / heads / weights"].value[0, 0]
    value = record[ENCODER + "self-attention / heads / value"].value[0, :, 2]
    assert WORDS[np.abs(weights * value).argmax()] == "you"
    assert (round(weights[1], 3), round(value[1], 3)) == (0.982, -3.203)
    assert round(float(weights @ value), 3) == -3.165
    assert stations[ENCODER + "self-attention / heads / value"].index == (0, 1, 2)
    numbers = np.concatenate([t.ravel() for t in flatten(toy.load()).values()])
    assert numbers.max() == table_of("embedding")[toy.WORDS.index("you"), 2] == 2.0
    last = list(stations.values())[-1]
    assert (last.array.name, last.value) == ("embedding", 2.0)
    assert last.index == (toy.WORDS.index("you"), 2)
