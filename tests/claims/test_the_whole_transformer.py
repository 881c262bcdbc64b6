"""What the chapter on the whole Transformer says, proved."""

import numpy as np
import pytest

from tests.claims.claim import output, says
from tfmath import causal_mask, encode, toy, transformer
from tfmath.model.names import flatten, unflatten
from tfmath.model.parameters import shapes, starting_values
from tfmath.parts.softmax import softmax
from tfmath.study.crossed_out import crossed_out, surprise, without_root
from tfmath.study.scaling import attention_multiply_adds, table_sizes
from tfmath.tracing import gradients, named

CHAPTER = "12_the_whole_transformer.ipynb"
DEFINITIONS = (
    "What the chapters before built is one function of three things: the tables, what was "
    'read (the quote without its "the", as before), and what is written so far.',
    "We take one out of the *trained* model, train nothing anew, and let it write the "
    "quote.",
    "The loss is the mean surprise at the right word, over all three quotes.",
    "Now ask one number where it comes from, then the largest part of the answer, and so "
    "on, down to one of the 764.",
    "Where a sum is made of several, we go to the largest, with one exception: of *norm 3 "
    "/ residual* the feed-forward network made the larger part, but it mixes all five "
    "columns.",
    "(Who counts *FLOPs* counts each twice, as a product and a sum.) The law:",
    'Put another word in the place of that "you".',
    "**We can** draw the whole machine, say what it loses with each part, follow a number "
    'from "die" down to a word, and count every number and every product, here and in '
    "models too large to run.",
)

WORDS = "when you play game of thrones".split()
ENCODER, DECODER = "encoder / layer 1 / ", "decoder / layer 1 / "


@pytest.fixture(scope="module")
def record():
    return toy.worked_example()


@pytest.fixture(scope="module")
def rows():
    return {row["without"]: row for row in crossed_out(toy.load())}


def table_of(name):
    return flatten(toy.load())[name]


# Cross it out ---------------------------------------------------------------------------


@says(
    "Two parts can go without a changed word in all three quotes: the root, and the mask.",
    'Without the encoder\'s feed-forward this quote is still right; "he brings the storm" '
    'becomes "he win storm storm".',
    "Without its own attention the decoder writes nothing.",
)
def test_what_is_written(rows):
    texts = {part: [row[read] for read, _ in toy.PAIRS] for part, row in rows.items()}
    same = [part for part in texts if texts[part] == [right for _, right in toy.PAIRS]]
    assert same == ["nothing", "√d_k", "the mask"]
    assert texts["the encoder's feed-forward"][1:] == [
        toy.PAIRS[1][1],
        "he win storm storm",
    ]
    assert texts["the decoder's attention"] == ["", "", ""]


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
    "But beware: this model leans on its parts because it was trained with them.",
    "What another could learn without them, crossing out does not say.",
)
def test_a_model_trained_without_the_root_is_another():
    """√d_k is undone by half of W_Q: what crossing out costs, training could get back."""
    half = flatten(toy.load())
    names = [name for name in half if name.endswith("W_Q")]
    assert len(names) == 3
    other = unflatten(half | {name: half[name] / 2 for name in names})
    lost = surprise(other, attention=without_root, cross_attention=without_root)
    assert lost == pytest.approx(surprise(toy.load()), rel=1e-12)


# The thread -----------------------------------------------------------------------------


def terms(record, step, row, table, column):
    """The terms of a product: a row of a step, times a column of a table."""
    return record[step].value[row] * table[:, column]


@says(
    "Its largest term is the last, 2.544 · 1.8, so we follow column 4 down the decoder.",
    "In cross-attention's product the largest term is head 2's third number, 2.840.",
    'Of its weights the largest, 0.441, is on the source\'s word "when".',
)
def test_the_largest_in_the_decoder(record):
    die = table_of("embedding")[toy.WORDS.index("die")]
    found = record[DECODER + "norm 3 / output"].value[4] * die
    assert found.argmax() == 4 and die[4] == 1.8
    found = terms(
        record,
        DECODER + "cross-attention / heads",
        4,
        table_of(DECODER + "cross-attention / W_O"),
        4,
    )
    assert np.abs(found).argmax() == 5  # two heads of three
    weights = record[DECODER + "cross-attention / heads / weights"].value[1, 4]
    assert WORDS[weights.argmax()] == "when" and round(weights.max(), 3) == 0.441
    value = record[DECODER + "cross-attention / heads / value"].value[1, :, 2]
    assert (weights * value).argmax() == 0
    residual = record[DECODER + "norm 3 / residual"].value[4, 4]
    thought = record[DECODER + "feed-forward / output"].value[4, 4]
    assert thought > residual - thought > 0


@says(
    "At *norm 2 / residual* 3.726 comes from cross-attention and −0.863 from what was "
    "there.",
    'In the encoder "when" looks at "you" with weight 0.982, so head 1 hands it that '
    "word's value, −3.203, as −3.165.",
    'The thread ends at 2.0, in the row of "you"; none of the 764 is larger.',
)
def test_the_largest_in_the_encoder(record):
    assert round(record[DECODER + "cross-attention / output"].value[4, 4], 3) == 3.726
    assert round(record[DECODER + "norm 1 / output"].value[4, 4], 3) == -0.863
    crossing = table_of(DECODER + "cross-attention / W_V")[1]
    assert np.abs(terms(record, ENCODER + "norm 2 / output", 0, crossing, 2)).argmax() == 0
    heads = terms(
        record,
        ENCODER + "self-attention / heads",
        0,
        table_of(ENCODER + "self-attention / W_O"),
        0,
    )
    assert np.abs(heads).argmax() == 2
    weights = record[ENCODER + "self-attention / heads / weights"].value[0, 0]
    value = record[ENCODER + "self-attention / heads / value"].value[0, :, 2]
    assert WORDS[np.abs(weights * value).argmax()] == "you"
    assert (round(weights[1], 3), round(value[1], 3)) == (0.982, -3.203)
    assert round(float(weights @ value), 3) == -3.165
    own = table_of(ENCODER + "self-attention / W_V")[0]
    assert np.abs(terms(record, "encoder / input", 1, own, 2)).argmax() == 2
    numbers = np.concatenate([t.ravel() for t in flatten(toy.load()).values()])
    assert numbers.max() == table_of("embedding")[toy.WORDS.index("you"), 2] == 2.0
    for place in ("norm 2", "norm 1"):
        added = record[ENCODER + f"{place} / residual"].value[0, 0]
        old = {"norm 2": "norm 1 / output"}.get(place)
        before = record[ENCODER + old if old else "encoder / input"].value[0, 0]
        larger = old if abs(before) > abs(added - before) else "sublayer"
        assert larger == {"norm 2": "norm 1 / output", "norm 1": "sublayer"}[place]


@says(
    "698 of the 764 have a say.",
    'Even the rows of words that do not occur have one: each is one of the 26 that "die" '
    "is compared with.",
    "The silent ones sit in the feed-forward networks, before and behind hidden numbers "
    "that the ReLU has switched off.",
)
def test_who_has_a_say(record):
    p = named("p", softmax(record["logits"])[4, toy.WORDS.index("die")])
    slopes = gradients(p)
    silent = {n: int((slopes[n] == 0).sum()) for n in flatten(toy.load())}
    assert {name for name, n in silent.items() if n} <= {
        f"{stack} / layer 1 / feed-forward / {table}"
        for stack in ("encoder", "decoder")
        for table in ("W_1", "b_1", "W_2")
    }
    assert silent["embedding"] == 0 and 764 - sum(silent.values()) == 698
    for stack in ("encoder", "decoder"):
        name = f"{stack} / layer 1 / feed-forward / "
        assert silent[name + "W_1"] == silent[name + "W_2"] == 5 * silent[name + "b_1"] > 0


@says(
    "**A thread shows how a number was made, not what would have come without it.**",
    'With "storm" at its end it is "die" as before, with "the" it is not.',
)
def test_what_other_words_would_have_done():
    written = encode("<start> you win or you".split(), toy.WORDS)
    found = {}
    for word in ("you", "storm", "the"):
        read = encode(f"when {word} play game of thrones", toy.WORDS)
        logits = transformer(toy.load(), read, written)
        found[word] = toy.WORDS[int(logits[-1].argmax())]
    assert found["you"] == found["storm"] == "die" != found["the"]


# Counts ---------------------------------------------------------------------------------


@says(
    "`shapes` says how large the tables are and makes none of them, so that the largest "
    "model costs nothing to count."
)
def test_counting_makes_no_table():
    sizes = shapes(10**9, 10**6, n_heads=10**3, d_k=10**3, d_v=10**3, d_ff=10**7)
    assert sum(table_sizes(sizes).values()) > 10**15


@says("The record knows every product that was made.")
def test_counted():
    assert "5,004 in all" in output(CHAPTER, "c39")


@says(
    "In GPT-3 two thirds are feed-forward, one third is attention, and the embedding is "
    "0.004 of it."
)
def test_shares():
    """The last bar, as the stored picture tells it."""
    shown = output(CHAPTER, "c35").split("GPT-3: ")[1]
    assert shown.startswith("embedding 0.004, attention 0.332, feed-forward 0.664")


@says(
    "What is done for each word doubles.",
    "What is done for each *pair* of words becomes fourfold.",
)
def test_twice_as_many_words():
    once, twice = (attention_multiply_adds(n, n, 5, 2, 4, 3) for n in (6, 12))
    grown = {name: twice[name] / once[name] for name in once}
    assert grown == {"query, key, value": 2, "scores": 4, "weights @ value": 4, "W_O": 2}


@says(
    "Both axes *multiply*: what grows as $n$ is a straight line, what grows as $n^2$ one "
    "that climbs twice as steeply."
)
def test_lines_on_axes_that_multiply():
    n = np.array([128, 256, 512])
    slope = [np.diff(np.log(n**power)) / np.diff(np.log(n)) for power in (1, 2)]
    np.testing.assert_allclose(slope, [[1, 1], [2, 2]])


@says("Twice the words, nearly four times the memory.")
def test_memory_of_a_record():
    kept = [8 * (3 * n**2 + 64 * n) for n in (512, 1024, 2048)]
    assert all(3.9 < b / a < 4 for a, b in zip(kept, kept[1:], strict=False))
