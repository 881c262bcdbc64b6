"""What the chapter on the whole Transformer says of its thread, put to the test."""

import numpy as np
import pytest

from tests.claims.claim import output, says
from tfmath import encode, toy, transformer
from tfmath.parts.softmax import softmax

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
    """With each word in each place: what is written last, and how likely "die" is there."""
    found = {}
    for place, old in enumerate(READ):
        for word in toy.WORDS:
            read = encode([*READ[:place], word, *READ[place + 1 :]], toy.WORDS)
            after = following(read)
            found[old, word] = toy.WORDS[after[4].argmax()], after[4, DIE]
    return found


def kept(swapped):
    """For each place, how many of the 25 other words leave "die" on top."""
    return {
        old: sum(swapped[old, word][0] == "die" for word in toy.WORDS if word != old)
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
    count = kept(swapped)
    assert round(max(likely for _, likely in swapped.values()), 3) == 0.872
    shown = '"die" stays on top: {} {} {} {} {} {} of 25'.format(*count.values())
    assert shown in output(CHAPTER, "c23a")
    assert count["you"] == 7 and count["when"] == 23
    assert min(n for old, n in count.items() if old != "you") == 20
    spoiled = {
        word: [old for old in READ if swapped[old, word][0] != "die"] for word in toy.WORDS
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
