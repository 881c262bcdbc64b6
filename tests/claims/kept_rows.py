"""What the chapter on decoding says of what may be kept, proved."""

import re

import numpy as np

from tests.claims.claim import output, says
from tfmath import toy
from tfmath.attention.dot_product import scaled_dot_product_attention
from tfmath.decoding import cache
from tfmath.model.parameters import shapes, starting_values, traced
from tfmath.model.transformer import decode_target, encode_source
from tfmath.parts.text import START, encode
from tfmath.study.crossed_out import without_mask
from tfmath.study.scaling import multiply_adds
from tfmath.tracing import steps

CHAPTER = "16_decoding.ipynb"
SOURCE = "when you play game of thrones"
TEXT = [START, *encode("you win or you", toy.WORDS)]
TOP = "decoder / layer 1 / norm 3 / output"


def rows_of_a_second_layer(attention, n):
    """The keys of layer 2 of a model drawn at random, for n words of five."""
    sizes = shapes(26, 5, n_heads=2, d_k=4, d_v=3, d_ff=7, n_layers=2)
    tables = starting_values(np.random.default_rng(0), sizes)
    memory = encode_source(tables, encode(SOURCE, toy.WORDS))
    target = decode_target(traced(tables), TEXT[:n], memory, attention=attention)
    return steps(target)["decoder / layer 2 / self-attention / heads / key"].value


@says(
    "Not at all: the mask lets no word see what comes after it.",
    "So in a second layer, too, keys and values stay.",
)
def test_old_rows_stay():
    memory = encode_source(toy.load(), encode(SOURCE, toy.WORDS))
    for attention, alike in ((scaled_dot_product_attention, True), (without_mask, False)):
        records = (
            steps(decode_target(traced(toy.load()), TEXT[:n], memory, attention=attention))
            for n in (4, 5)
        )
        four, five = (record[TOP].value for record in records)
        assert np.allclose(five[:4], four, rtol=0, atol=1e-12) is alike
        four, five = (rows_of_a_second_layer(attention, n) for n in (4, 5))
        assert np.allclose(five[:, :4], four, rtol=0, atol=1e-12) is alike
    said = output(CHAPTER, "c48").split("with the mask")[1].split()
    assert said[:3] == ["0.000"] * 3 and said[3] == "without"
    assert all(float(far) > 0.05 for far in said[4:]) and float(said[6]) > 3


def next_scores(old, new, words=TEXT):
    """Of the last word, if the words before it were read with `old` tables for looks."""
    memory = encode_source(toy.load(), encode(SOURCE, toy.WORDS))
    tables = [toy.load(), toy.load()]
    for own, changed in zip(tables, (old, new), strict=True):
        own["decoder"]["layer 1"]["self-attention"] |= changed
    kept = cache.start_cache(tables[0], memory)
    _, kept = cache.decode_next(tables[0], words[:-1], kept)
    return cache.decode_next(tables[1], words[-1], kept)[0]


@says(
    "And a word's query asks only at its own step, while its **key** and its **value** "
    "serve all later ones."
)
def test_what_serves_later_words():
    """Old queries may be anything, in one layer; its own, old keys and values may not."""
    plain = next_scores({}, {})
    looks = toy.load()["decoder"]["layer 1"]["self-attention"]
    nothing = {name: {name: np.zeros_like(looks[name])} for name in ("W_Q", "W_K", "W_V")}
    assert np.array_equal(next_scores(nothing["W_Q"], {}), plain)
    for other in (
        next_scores({}, nothing["W_Q"]),
        *(next_scores(nothing[name], {}) for name in ("W_K", "W_V")),
    ):
        assert np.abs(other - plain).max() > 0.1


@says(
    "Down a column nothing changes; and the scores are the same, to twelve decimals.",
    "Keep those, and each step works out one row: the *key–value cache*.",
)
def test_the_drawing_of_the_cache():
    told = output(CHAPTER, "c50")
    made = re.findall(r"(\d) made, (\d) kept", told)
    assert made == [("1", str(n)) for n in range(5)]  # kept: bit by bit as one line higher
    assert "0.000000000000 from the scores of everything" in told


@says(
    "(Keys and values of the *source* never change; they are worked out once.) Now the "
    "work, in multiply-adds, for each new word of a text of twelve.",
)
def test_what_is_kept():
    memory = encode_source(toy.load(), encode(SOURCE, toy.WORDS))
    kept = cache.start_cache(toy.load(), memory)
    source = kept.source["layer 1"]
    for n, word in enumerate([START, *encode("you win", toy.WORDS)], start=1):
        _, kept = cache.decode_next(toy.load(), word, kept)
        assert kept.words["layer 1"].key.shape == (2, n, 4)
        assert kept.words["layer 1"].value.shape == (2, n, 3)
    assert kept.source["layer 1"] is source


@says("Our `cache.next_word` has done this from the first loop on.")
def test_the_loop_had_it(monkeypatch):
    asked, truly = [], cache.decode_next
    monkeypatch.setattr(
        cache,
        "decode_next",
        lambda *args, **how: asked.append(args[1]) or truly(*args, **how),
    )
    step = cache.next_word(toy.load(), encode(SOURCE, toy.WORDS))
    for n in range(1, len(TEXT) + 1):
        step(TEXT[:n])
    assert asked == TEXT  # each word once


@says(
    "Nearly: it grows by 14 a word, for there is one key and one value more to look at, in "
    "two heads: $2 \\cdot (4 + 3)$.",
    "(The first word also pays 420 for the keys and values of the source.",
    "Without the cache, each word does.)",
)
def test_work():
    said = output(CHAPTER, "c53").split("with the cache:")[1].split()
    assert set(said[1:11]) == {"14"} and 2 * (4 + 3) == 14
    assert int(said[0]) == 14 - 420 and 6 * 5 * (4 + 3) * 2 == 420  # 6 words, in two heads
    tables, memory = (
        traced(toy.load()),
        encode_source(toy.load(), encode(SOURCE, toy.WORDS)),
    )
    for n in (1, 2, 5):
        whole = multiply_adds(decode_target(tables, TEXT[:n], memory))
        source = sum(
            work
            for name, work in whole.items()
            if "cross-attention" in name and name.endswith((" key", " value"))
        )
        assert source == 420
