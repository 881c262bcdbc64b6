"""What the chapter on the whole Transformer says, proved."""

import numpy as np
import pytest

from tests.claims.claim import says
from tests.claims.counted import (  # noqa: F401  (tests, run from here)
    test_counted,
    test_counting_makes_no_table,
    test_growth,
    test_layers_of_gpt_3,
    test_lines_on_axes_that_multiply,
    test_memory_of_a_record,
    test_numbers_times_rows,
    test_shares,
    test_twice_as_many_words,
)
from tfmath import causal_mask, encode, steps, toy, transformer
from tfmath.model.names import flatten, unflatten
from tfmath.model.parameters import shapes, starting_values, traced
from tfmath.parts.softmax import softmax
from tfmath.show.thread import followed
from tfmath.study.crossed_out import crossed_out, surprise, without_root
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
    "Below it stand the terms that it is the sum of, the largest in a frame; beside the "
    "arrow, what the number below is multiplied by.",
    "The picture below shows the most that is held at once, with 4 bytes a number.",
    "The dashes let all that attention holds grow as $n^2$, as its pairs do.",
    "(Who counts *FLOPs* counts each twice, as a product and a sum.) The law:",
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


@says(
    "Without the root the largest weight of every row grows (a 1 stays 1); in 91 of the 94 "
    "rows, over all heads and quotes, it stays on the same word."
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
    "Its largest term is the last, 2.544 · 1.8, so the thread goes on to 2.544; then to "
    "the largest term of *that*.",
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
    '**Down the encoder** "when" looks at "you" with weight 0.982, so head 1 hands it that '
    "word's value, −3.203, as −3.165.",
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


@says(
    '`past=["feed-forward"]` goes past it: the thread comes to the same 2.840 of head 2, '
    "and to the same 2.0."
)
def test_past_the_network(record, stations):
    heads = DECODER + "cross-attention / heads / output"
    past = followed(record["logits"], 4, "die", past=["feed-forward"])
    other = {station.array.name: station for station in past}
    assert other[heads].index == stations[heads].index == (1, 4, 2)
    assert past[-1].index == list(stations.values())[-1].index
    assert not any("feed-forward" in name for name in other)


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


@pytest.fixture(scope="module")
def swapped():
    """What is written, and the probability of "die", with each word in each place."""
    written = encode("<start> you win or you".split(), toy.WORDS)
    found = {}
    for place, old in enumerate(WORDS):
        for word in toy.WORDS:
            read = encode([*WORDS[:place], word, *WORDS[place + 1 :]], toy.WORDS)
            p = softmax(transformer(toy.load(), read, written))[-1]
            found[old, word] = toy.WORDS[int(p.argmax())], p[toy.WORDS.index("die")]
    return found


@says(
    'Of the 25 other words in the place of "you", 7 leave "die" on top; in every other '
    "place at least 20 do.",
    'In the place of "when" it is 23: the thread went through its *row*, and that row '
    'carries "you".',
)
def test_the_thread_found_the_place_that_counts(record, swapped):
    kept = {
        old: sum(swapped[old, word][0] == "die" for word in toy.WORDS if word != old)
        for old in WORDS
    }
    assert kept["you"] == 7 and kept["when"] == 23
    assert min(n for old, n in kept.items() if old != "you") == 20
    mean = {o: np.mean([swapped[o, word][1] for word in toy.WORDS]) for o in WORDS}
    assert min(mean, key=mean.get) == "you"
    assert record[ENCODER + "self-attention / heads / weights"].value[0, 0, 1] > 0.98


@says(
    "**But a thread shows how a number was made, not what would have come without it.**",
    '"brings" does as well as "you".',
    'And two columns are pale: "know" turns "die" away from every place, "win" from all '
    "but the last.",
    'With "know" anywhere the machine writes "know" or "things", of another quote.',
)
def test_what_other_words_would_have_done(swapped):
    assert swapped["you", "brings"] == ("die", pytest.approx(0.872, abs=5e-4))
    written = {word: [swapped[old, word][0] for old in WORDS] for word in toy.WORDS}
    assert set(written["know"]) == {"know", "things"}
    assert [word == "die" for word in written["win"]] == [False] * 5 + [True]
    lost = {word: sum(w != "die" for w in ws) for word, ws in written.items()}
    assert sorted(lost, key=lost.get)[-2:] == ["win", "know"]
    assert [q for q in toy.PAIRS if {"know", "things"} & set(" ".join(q).split())] == [
        ("i drink and", "i know things")
    ]
