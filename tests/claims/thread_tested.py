"""What the chapter on the whole Transformer says of its thread, put to the test."""

import numpy as np
import pytest

from tests.claims.claim import output, says
from tfmath import encode, steps, toy, transformer
from tfmath.model.parameters import traced
from tfmath.parts.softmax import softmax
from tfmath.show.thread import followed

CHAPTER = "12_the_whole_transformer.ipynb"
READ = "when you play game of thrones".split()
YOU, DIE = toy.WORDS.index("you"), toy.WORDS.index("die")
WRITTEN = encode("<start> you win or you".split(), toy.WORDS)


def following(read, tables=None):
    """Of each word written so far, the probabilities of what follows it."""
    tables = tables or toy.load()
    return softmax(transformer(tables, read, WRITTEN)[:, : len(toy.WORDS)])


@pytest.fixture(scope="module")
def swapped():
    """With each word in each place: what follows "win", and all of it; then "die" there."""
    found = {}
    for place, old in enumerate(READ):
        for word in toy.WORDS:
            read = encode([*READ[:place], word, *READ[place + 1 :]], toy.WORDS)
            after = following(read)
            rows = after.argmax(axis=-1)
            found[old, word] = toy.WORDS[rows[2]], toy.WORDS[rows[4]], after[4, DIE]
    return found


def kept(swapped, row, said):
    """For each place, how many of the 25 other words leave a word on top."""
    return {
        old: sum(swapped[old, word][row] == said for word in toy.WORDS if word != old)
        for old in READ
    }


@says(
    "White is 0, the darkest square 0.872.",
    'Of the 25 other words in the place of "you", 7 leave "die" on top; in every other '
    "place at least 20 do.",
    'In the place of "when" it is 23: all but "know" and "win", the two pale columns.',
    '"know" takes "die" from the top in every place, "win" in all but that of "thrones".',
)
def test_other_words_in_each_place(swapped):
    count = kept(swapped, 1, "die")
    assert round(max(likely for _, _, likely in swapped.values()), 3) == 0.872
    shown = '"die" stays on top: {} {} {} {} {} {} of 25'.format(*count.values())
    assert shown in output(CHAPTER, "c23a")
    assert count["you"] == 7 and count["when"] == 23
    assert min(n for old, n in count.items() if old != "you") == 20
    spoiled = {
        word: [old for old in READ if swapped[old, word][1] != "die"] for word in toy.WORDS
    }
    assert spoiled["know"] == READ and spoiled["win"] == READ[:-1]
    assert [w for w, places in spoiled.items() if "when" in places] == ["know", "win"]


def zeroed(column):
    """The probabilities if a number of "you" is 0, where "you" is read."""
    tables = toy.load()
    row = tables["embedding"][YOU] * (np.arange(5) != column)
    tables = tables | {"embedding": np.vstack([tables["embedding"], row])}
    read = encode(READ, toy.WORDS)
    return following(np.where(read == YOU, len(toy.WORDS), read), tables)[-1]


@says(
    "**A thread shows how a number was made, not what would have come without it.**",
    'And without the −0.7 "things" wins.',
    'Put a 0 there, and only where "you" is read: a 27th word, "you" but for that number.',
)
def test_zeros_at_the_end_of_the_thread():
    """The thread's end may go, and "die" gains; a number beside it may not."""
    before = following(encode(READ, toy.WORDS))[-1]
    np.testing.assert_allclose(zeroed(None), before, rtol=1e-12)
    assert toy.load()["embedding"][YOU, [0, 2]].tolist() == [-0.7, 2.0]
    assert zeroed(2)[DIE] > before[DIE]
    assert toy.WORDS[zeroed(0).argmax()] == "things"
    for column, number in ((2, "2.0"), (0, "-0.7")):
        left = zeroed(column)
        said = f"{number} → 0: {left[DIE]:.3f} {toy.WORDS[left.argmax()]}"
        assert said in output(CHAPTER, "c24")


@says(
    "Nor need its end be the place that counts.",
    'The thread of "or", written two words before, crosses over at "play" and ends at the '
    "same 2.0.",
    'With other words where "you" is read 19 of 25 leave "or" on top, where "play" is read '
    "only 6.",
)
def test_the_place_of_or(swapped):
    logits = transformer(traced(toy.load(), toy.WORDS), encode(READ, toy.WORDS), WRITTEN)
    assert "encoder / input" in steps(logits)
    threads = [followed(logits, 2, "or"), followed(logits, 4, "die")]
    for thread in threads:
        places = {station.array.name: station.index for station in thread}
        assert places["encoder / input"] == (READ.index("you"), 2)
        assert places["embedding"] == (YOU, 2) and thread[-1].value == 2.0
    crossing = "decoder / layer 1 / cross-attention / heads / value"
    places = {station.array.name: station.index for station in threads[0]}
    assert places[crossing][1] == READ.index("play")
    count = kept(swapped, 0, "or")
    assert (count["you"], count["play"]) == (19, 6)
