"""What the chapter on the decoder layer says, proved."""

import numpy as np
import pytest

from tests.claims.claim import output, says
from tests.claims.the_case import (  # noqa: F401  (tests, run from here)
    test_one_word_is_wrong,
    test_other_models,
    test_the_length,
    test_the_places,
    test_two_lines_refuted_it,
    test_what_it_hands_over_decides,
    test_what_it_says,
    test_where_it_was_heard,
    test_who_heard_it,
)
from tfmath import encode, feed_forward, multi_head_attention, steps, toy, transformer
from tfmath.learning.train import make_batch
from tfmath.model.layers import decoder_layer
from tfmath.model.parameters import count, shapes, starting_values, traced
from tfmath.model.transformer import decode_target, encode_source
from tfmath.parts.masks import causal_mask
from tfmath.parts.position import positional_encoding
from tfmath.parts.softmax import softmax
from tfmath.study.crossed_out import CROSS, crossed_out, silenced

CHAPTER = "11_decoder_layer.ipynb"
DEFINITIONS = (
    "`step(ids)` gives the scores of the next word after the list `ids`, one row of "
    "numbers; `longest` is the most words it may write, `start` not counted.",
)

DECODER = "decoder / layer 1 / "
SOURCE, ENDING = toy.PAIRS[1]
SIX, RIGHT = SOURCE.split(), f"{ENDING} <end>"
SEEN = "<start> you win or you".split()
THE = toy.WORDS.index("the")


@pytest.fixture(scope="module")
def record():
    return toy.worked_example()


@pytest.fixture(scope="module")
def rows():
    parts = ["nothing", "the look at the encoder", "the decoder's attention"]
    return {row["without"]: row for row in crossed_out(toy.load(), parts)}


# The layer ------------------------------------------------------------------------------


@says(
    "Its input begins with `<start>`, so it is moved by one place: row $i$ has seen the "
    "words up to $i$ and names the next one."
)
def test_moved_by_one_place(record):
    named = [toy.WORDS[i] for i in record["logits"].value.argmax(axis=-1)]
    assert named == [*SEEN[1:], "die"]
    for i in range(5):
        other = [*SEEN[: i + 1], *["storm"] * (4 - i)]
        logits = transformer(toy.load(), encode(SIX, toy.WORDS), encode(other, toy.WORDS))
        same = np.isclose(logits, record["logits"].value, rtol=0, atol=1e-12).all(axis=-1)
        assert same[: i + 1].all() and not same[i + 1 :].any()


@says(
    "With several layers, every layer of the decoder asks that same table: what the *last* "
    "layer of the encoder made."
)
def test_all_ask_the_last_layer_of_the_encoder():
    tables = starting_values(np.random.default_rng(0), shapes(9, 6, 2, 3, 2, 5, n_layers=3))
    found = steps(transformer(traced(tables), [3, 4, 5, 6], [1, 7]))
    last = found["encoder / layer 3 / norm 2 / output"].value
    others = [found[f"encoder / layer {n} / norm 2 / output"].value for n in (1, 2)]
    for n in (1, 2, 3):
        W_K = tables["decoder"][f"layer {n}"]["cross-attention"]["W_K"]
        key = found[f"decoder / layer {n} / cross-attention / heads / key"].value
        np.testing.assert_allclose(key, last @ W_K, rtol=0, atol=1e-12)
        assert not any(np.allclose(key, rows @ W_K) for rows in others)


@says("Every row puts all but a hundredth of its weight on one word.")
def test_looking_back(record):
    weights = record[DECODER + "self-attention / heads / weights"].value
    assert weights.shape == (2, 5, 5) and weights.max(axis=-1).min() > 0.99


def sees_two():
    """Each row sees `<start>` and itself."""
    return np.eye(5, dtype=bool) | (np.arange(5) == 0)


@says(
    'They differ: the second "you" sees more words.',
    'In head 1 the first finds only `<start>` before it, the second finds "win".',
    "(Positions, left out here, are a second reason, enough by itself: then the rows that "
    "go in differ already.)",
)
def test_two_reasons(record):
    """One reason at a time: no positions, or both at one place; or no look back."""
    first, second = record[DECODER + "self-attention / heads / weights"].value[0, [1, 4]]
    assert (SEEN[first.argmax()], SEEN[second.argmax()]) == ("<start>", "win")
    assert toy.WORDS[encode(SEEN, toy.WORDS)[1]] == toy.WORDS[encode(SEEN, toy.WORDS)[4]]
    layer = toy.load()["decoder"]["layer 1"]
    for place in (0, positional_encoding(5, 5)[[0, 1, 2, 3, 1]]):
        x = record["decoder / scaled embedding"].value + place
        back = multi_head_attention(x, x, x, **layer["self-attention"], mask=causal_mask(5))
        assert (x[1] == x[4]).all() and abs(back[1] - back[4]).max() > 0.5
        y = x[[0, 1, 0, 0, 1]]  # the second sees no other words than the first
        back = multi_head_attention(y, y, y, **layer["self-attention"], mask=sees_two())
        np.testing.assert_allclose(back[1], back[4], rtol=0, atol=1e-12)
    x = record["decoder / input"].value
    assert abs(x[1] - x[4]).max() > 0.5


@says(
    "Nor does the order of memory's rows count: their places are in their numbers.",
)
def test_memory_is_a_set():
    """Turned round, its rows give the same scores; read in another order, others."""
    source, target = encode(SIX, toy.WORDS), encode(SEEN, toy.WORDS)
    memory = encode_source(toy.load(), source)
    logits = decode_target(toy.load(), target, memory)
    shuffled = decode_target(toy.load(), target, memory[::-1])
    np.testing.assert_allclose(shuffled, logits, rtol=0, atol=1e-12)
    otherwise = decode_target(toy.load(), target, encode_source(toy.load(), source[::-1]))
    assert abs(otherwise - logits).max() > 1
    unplaced = encode_source(toy.load(), source[::-1], encoding=np.zeros((6, 5)))
    alike = encode_source(toy.load(), source, encoding=np.zeros((6, 5)))
    np.testing.assert_allclose(unplaced[::-1], alike, rtol=0, atol=1e-12)


@says(
    "No causal mask: the source has been read to its end.",
    'In head 2 three of the five words look at "play" and hardly anywhere else.',
)
def test_the_look_at_the_source(record):
    weights = record[DECODER + "cross-attention / heads / weights"].value
    assert weights.shape == (2, 5, 6) and (weights > 0).all()
    assert (weights[1, :, SIX.index("play")] > 0.97).sum() == 3
    tables = toy.load()["decoder"]["layer 1"]["cross-attention"]
    memory = encode_source(toy.load(), encode(SIX, toy.WORDS))
    w = weights[0, SEEN.index("win")]
    said = w[:, None] * (memory @ np.array(tables["W_V"])[0] @ np.array(tables["W_O"])[:3])
    lengths = np.sqrt((said**2).sum(axis=-1))
    for word, weight, arrives in (("game", 0.18, 0.12), ("play", 0.09, 0.16)):
        i = SIX.index(word)
        assert (round(w[i], 2), round(lengths[i] / sum(lengths), 2)) == (weight, arrives)


@says(
    "With a source of five words there would be no error, only wrong numbers.",
)
def test_exchanged(record):
    tables = toy.load()["decoder"]["layer 1"]["cross-attention"]
    memory = encode_source(toy.load(), encode(SIX[:5], toy.WORDS))
    asks, asked = record[DECODER + "norm 1 / output"].value, memory
    right = multi_head_attention(asks, asked, asked, **tables)
    wrong = multi_head_attention(asked, asks, asks, **tables)
    assert (asks + wrong).shape == (asks + right).shape
    assert abs(wrong - right).max() > 1


# Cross it out ---------------------------------------------------------------------------


@says(
    "It cannot: nothing of the source reaches it, so it writes the same whatever was read.",
    "Without the look back it stops before the first word.",
)
def test_without_the_new_part(rows):
    cut = silenced(toy.load(), f"{CROSS} / W_O")
    for text in ("i drink and", SOURCE, "storm", "die die die die"):
        ids = encode(text, toy.WORDS), encode(SEEN, toy.WORDS)
        np.testing.assert_array_equal(
            transformer(cut, *ids)[-1], transformer(cut, [5], ids[1])[-1]
        )
    endings = {rows["the look at the encoder"][text] for text, _ in toy.PAIRS}
    assert len(endings) == 1 and endings.isdisjoint(right for _, right in toy.PAIRS)
    assert [rows["the decoder's attention"][text] for text, _ in toy.PAIRS] == [""] * 3


# Words ----------------------------------------------------------------------------------


@says(
    "Softmax makes probabilities of them: *die* gets 0.872, the last in the first table.",
    "The rest lies on the other 25 words, if unevenly.",
    "That is on purpose: training asked for a little of each of them (label smoothing, "
    "[Training](15_training.ipynb)).",
)
def test_the_rest(record):
    p = softmax(record["logits"].value[-1])
    assert p.size == 26 and p.min() > 0 and np.sort(p)[-2] > 100 * p.min()
    assert round(p[toy.WORDS.index("die")], 3) == 0.872
    assert output(CHAPTER, "c05").split()[-1] == "0.872"


@says("Six, one a word, and `<end>` is a word too.")
def test_six_runs():
    assert output(CHAPTER, "c40").endswith(f"6 runs: {RIGHT}\n")


@says("Training does not wait: the *right* words go in together, in one run")
def test_teacher_forcing():
    batch = make_batch([toy.PAIRS[1]], toy.WORDS)
    assert batch.target.tolist() == [encode([*SEEN, "die"], toy.WORDS).tolist()]


@says(
    "With the mask, the six rows are equal: the staircase *is* the causal mask, and one "
    "run does the work of six.",
)
def test_one_run_does_the_work_of_six():
    source, all_six = encode(SIX, toy.WORDS), encode([*SEEN, "die"], toy.WORDS)
    runs = [transformer(toy.load(), source, all_six[:n])[-1] for n in range(1, 7)]
    together = transformer(toy.load(), source, all_six)
    np.testing.assert_allclose(together, runs, rtol=0, atol=1e-12)


@says("| numbers | 242 | 392: one attention (140) and one norm (10) more |")
def test_sizes():
    tables = toy.load()
    own, other = tables["encoder"]["layer 1"], tables["decoder"]["layer 1"]
    assert (count(own), count(other)) == (242, 392)
    more = count(other["cross-attention"]), count(other["norm 3"])
    assert more == (140, 10) and 242 + sum(more) == 392
    x = np.random.default_rng(1).normal(size=(4, 5))
    assert (
        decoder_layer(x, x[:3], other).shape == feed_forward(x, **own["feed-forward"]).shape
    )
