"""What the chapter on decoding says of what may be kept, proved."""

import numpy as np

from tests.claims.claim import output, says
from tfmath import toy
from tfmath.decoding import cache
from tfmath.model.parameters import traced
from tfmath.model.transformer import decode_target, encode_source
from tfmath.parts.text import START, encode
from tfmath.tracing import steps

CHAPTER = "16_decoding.ipynb"
SOURCE = "when you play game of thrones"


@says(
    "The loop above lets the decoder read *all* words again for each new one.",
    "None.",
    "The mask lets no word see what comes after it, so nothing about it can change.",
)
def test_old_rows_stay():
    tables = traced(toy.load())
    memory = encode_source(toy.load(), encode(SOURCE, toy.WORDS))
    text = [START, *encode("you win or you", toy.WORDS)]
    four, five = (steps(decode_target(tables, text[:n], memory)) for n in (4, 5))
    for name, step in four.items():
        rows = step.shape[-2:-1], five[name].shape[-2:-1]
        if rows == ((4,), (5,)) and step.shape[-1] == five[name].shape[-1]:
            now = five[name].value[..., :4, :]
            np.testing.assert_allclose(now, step.value, rtol=0, atol=1e-12)
    assert name == "logits"
    np.testing.assert_allclose(five[name].value[:4], four[name].value, atol=1e-12)


@says(
    "And what an old word gives to later ones is its **key** and its **value**.",
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


@says(
    "Nearly: by 14 a word, for there is one key and one value more to look at, in two "
    "heads: $2 \\cdot (4 + 3)$.",
    "(The first word also pays for the keys and values of the source.)",
)
def test_work():
    said = output(CHAPTER, "c53").split("with the cache:")[1].split()
    assert set(said[1:11]) == {"14"} and 2 * (4 + 3) == 14
    assert int(said[0]) == 14 - 6 * 5 * (4 + 3) * 2  # 6 words of the source, in two heads
