"""The case of the word "the", in the chapter on the decoder layer, proved."""

import numpy as np
import pytest

from tests.claims.claim import output, says
from tfmath import encode, steps, toy, transformer
from tfmath.decoding.search import greedy
from tfmath.learning.train import make_batch
from tfmath.model.parameters import starting_values, traced
from tfmath.model.transformer import decode_target, encode_source
from tfmath.parts.position import positional_encoding
from tfmath.parts.softmax import log_softmax
from tfmath.study.measured import measured
from tfmath.study.one_word import RIGHT as QUOTE
from tfmath.study.one_word import one_word
from tfmath.study.one_word import with_word as written_with

CHAPTER = "11_decoder_layer.ipynb"
DECODER = "decoder / layer 1 / "
SOURCE, ENDING = toy.PAIRS[1]
SIX, RIGHT = SOURCE.split(), f"{ENDING} <end>"
SEEN = "<start> you win or you".split()


@pytest.fixture(scope="module")
def record():
    return toy.worked_example()


def written(memory, mask=None):
    """What the decoder writes for rows of the encoder, by the package's own search."""

    def step(ids):
        logits = decode_target(toy.load(), np.array(ids), memory, source_mask=mask)
        return log_softmax(logits[-1])

    ids = greedy(step, toy.START, toy.END, toy.LONGEST).ids
    return " ".join(toy.WORDS[i] for i in ids[1:])


def read(words, mask=None, **variant):
    return encode_source(toy.load(), encode(words, toy.WORDS), mask, **variant)


def with_word(word, place):
    return [*SIX[:place], word, *SIX[place:]]


@says(
    "It is lost.",
    '"game", "of" and "thrones" have moved by one, to places where they did not stand in '
    "training.",
    'Moving the three does no harm by itself, and "the" at place 3 does it without them.',
    "But at place 5 it does none, unless the three move, too.",
)
def test_the_places():
    """Empty places before any of the words, and before several, do no harm either."""
    assert written(read(SIX)) == RIGHT != written(read(with_word("the", 3)))
    stood = {
        word: {s.split().index(word) for s, _ in toy.PAIRS if word in s.split()}
        for word in SIX
    }
    assert all(stood[word] == {SIX.index(word)} for word in SIX)
    place = positional_encoding(7, 5)
    for empty in range(7):
        others = np.delete(np.arange(7), empty)
        assert written(read(SIX, encoding=place[others])) == RIGHT
    place = positional_encoding(9, 5)
    for its_own in range(9):  # the other six are where they were
        rows = place[[0, 1, 2, its_own, 3, 4, 5]]
        fine = written(read(with_word("the", 3), encoding=rows)) == RIGHT
        assert fine == (its_own == 5)
        rows = place[[0, 1, 2, its_own, 4, 5, 6]]  # the three moved: none heals
        assert written(read(with_word("the", 3), encoding=rows)) != RIGHT


@says(
    "Yet with the right words handed in, it misses *one*.",
    "The rest it does to itself: it reads back its own mistake, and training never showed "
    "it one (*exposure bias*; Ranzato and others, 2016).",
    "So one word is left to explain.",
)
def test_one_word_is_wrong():
    """Alone, all goes wrong from there on. What training hands in: the quotes, no more."""
    memory, right = read(with_word("the", 3)), RIGHT.split()
    ids = encode(["<start>", *right[:-1]], toy.WORDS)
    named = [toy.WORDS[i] for i in decode_target(toy.load(), ids, memory).argmax(axis=-1)]
    assert named == ["you", "brings", *right[2:]]
    alone = written(memory).split()
    assert alone[:2] == named[:2]
    assert not any(a == b for a, b in zip(alone[2:], right[2:], strict=False))
    for (_, text), row in zip(
        toy.PAIRS, make_batch(toy.PAIRS, toy.WORDS).target, strict=True
    ):
        handed = [toy.WORDS[i] for i in row if toy.WORDS[i] != "<pad>"]
        assert handed == ["<start>", *text.split()]


@says(
    "Sixteen do no harm.",
    "It is not the length, it is the *word*.",
    "(Six others do harm, too: two through head 1 below, four inside the encoder.",
)
def test_the_length():
    fine = [w for w in toy.WORDS[3:] if written(read(with_word(w, 3))) == RIGHT]
    assert len(fine) == 16 and len(toy.WORDS[3:]) == 23 and "the" not in fine
    others = [w for w in toy.WORDS[3:] if w not in (*fine, "the")]
    by_head = {w: [h for h in (1, 2) if healed(3, h, w)] for w in others}
    assert [w for w, heads in by_head.items() if heads == [1]] == ["you", "brings"]
    rest = [w for w, heads in by_head.items() if not heads]
    assert len(rest) == 4 and not any(healed(3, (1, 2), w) for w in rest)


@says("The decoder hears the source in two heads.")
def test_where_it_was_heard(record):
    """The title of the picture: six are heard, then one."""
    ids = encode(with_word("the", 3), toy.WORDS), encode(SEEN, toy.WORDS)
    step = DECODER + "cross-attention / heads / weights"
    heard = steps(transformer(traced(toy.load(), toy.WORDS), *ids))[step].value
    assert len(heard) == 2 and heard[1, 1, 3] > 0.99
    assert (record[step].value[1, 1] > 0.08).all()


@says(
    'That is the end of the *third* quote, "the true enemy won\'t wait out the storm", and '
    '"brings" stands nowhere else.',
    "Alone, none of the other 22 words calls for it.",
)
def test_what_it_says():
    assert toy.PAIRS[2] == (
        "the true enemy won't wait out the storm",
        "he brings the storm",
    )
    assert sum(text.split().count("brings") for pair in toy.PAIRS for text in pair) == 1
    assert written(read(["the"])).startswith("he brings the storm")
    callers = [w for w in toy.WORDS[3:] if toy.PAIRS[2][1] in written(read([w]))]
    assert callers == ["the"] and len(toy.WORDS[3:]) == 23


def healed(place, heads=(), word="the"):
    """Whether the quote is right with a word at a place, hidden from some heads."""
    across = np.ones((2, 1, 7), bool)
    for head in np.atleast_1d(heads).astype(int):
        across[head - 1, 0, place] = False
    return written(read(with_word(word, place)), across) == RIGHT


@says(
    'Hidden from head 2, "the" does no harm anywhere, though the other words have looked '
    "at it in the encoder.",
    "Hidden from head 1, it does.",
    'The case is solved: *head 2 of the decoder heard "the"*.',
)
def test_who_heard_it():
    places = range(7)
    assert [healed(p) for p in places] == [p == 5 for p in places]
    assert [healed(p, 1) for p in places] == [p == 5 for p in places]
    assert all(healed(p, 2) for p in places)
    found = steps(read_traced(with_word("the", 3)))
    weights = found["encoder / layer 1 / self-attention / heads / weights"].value
    assert weights[0, [2, 4, 5], 3].min() > 0.05


def read_traced(words):
    return encode_source(traced(toy.load(), toy.WORDS), encode(words, toy.WORDS))


def after_you(stands, lender, head=1):
    """The scores after the first "you"; "the" hands over the value of another place."""
    W_V = toy.load()["decoder"]["layer 1"]["cross-attention"]["W_V"][head]
    lent = read(with_word("the", lender))[lender] @ W_V

    def look(query, key, value, mask=None):
        scores = np.einsum("hid,hjd->hij", query, key) / np.sqrt(query.shape[-1])
        value = value.copy()
        value[head, stands] = lent
        return np.exp(log_softmax(scores)) @ value

    ids = encode(SEEN[:2], toy.WORDS)
    memory = read(with_word("the", stands))
    return decode_target(toy.load(), ids, memory, cross_attention=look)[-1]


@says(
    'Before "thrones" it does no harm, and yet 0.967 of what head 2 hears there is "the", '
    "too.",
    "The column: what it *says*.",
    'With the value that it has before "thrones", "win" is the likeliest word at all seven '
    'places; with any other, at none, not even before "thrones".',
    'Before "thrones" it stands at place 5; but at place 5, with all the three moved, it '
    "did harm. **So places decide after all: its own, and theirs with it.**",
)
def test_what_it_hands_over_decides():
    """In head 1 nothing depends on it: there it is the place alone.

    What "the" at place 5 does, the six where they were or the three moved:
    `test_the_places`.
    """
    assert SIX[5] == "thrones" and healed(5)
    ids = encode(with_word("the", 5), toy.WORDS), encode(SEEN, toy.WORDS)
    step = DECODER + "cross-attention / heads / weights"
    heard = steps(transformer(traced(toy.load(), toy.WORDS), *ids))[step].value
    assert round(heard[1, 1, 5], 3) == 0.967
    win = toy.WORDS.index("win")
    for stands, lender in np.ndindex(7, 7):
        assert (after_you(stands, lender).argmax() == win) == (lender == 5)
        assert (after_you(stands, lender, head=0).argmax() == win) == (stands == 5)


@says(
    "The first sounded right, and two lines of code refuted it; two more, and half of it "
    "was true after all.",
)
def test_two_lines_refuted_it():
    lines = output(CHAPTER, "0a090006").splitlines()
    assert [RIGHT in line for line in lines] == [True, False, True, False]


@says(
    "Eight were trained anew, the first from our model's own start, seven from others; all "
    "recite the three quotes.",
    'Hidden from all, "the" only moves the others.',
    "As it is, it does harm in seven of the eight, but not by the same road.",
    "In two, hiding it from the decoder heals all, as here.",
    "In four that heals nothing: there the encoder's road is enough.",
    "Seed 1 is a mixture.",
)
def test_other_models():
    """The row of the toy model is measured again; another way to it is `healed`."""
    columns = measured("one_word")
    assert columns["model"] == ["the toy model", *(f"seed {n}" for n in range(8))]
    heard, unheard = columns["harm"], columns["harm_unheard"]
    assert min(columns["lowest"]) > 0.75  # all of them recite
    own = starting_values(np.random.default_rng(0), toy.SIZES)["embedding"].ravel()
    ours = np.array(toy.load()["embedding"]).ravel()
    assert np.corrcoef(own, ours)[0, 1] > 0.5  # 20 other starts: below 0.2
    assert sum(n > 0 for n in heard[1:]) == 7
    both = list(zip(heard[1:], unheard[1:], strict=True))
    assert sum(a > 0 == b for a, b in both) == 2
    assert sum(a == b > 0 for a, b in both) == 4
    assert both[1][0] > both[1][1] > 0 == both[4][0]
    moving = columns["harm_by_moving"][1:]
    assert sum(n == 0 for n in moving) == 7
    assert all(n == 0 for n, (a, b) in zip(moving, both, strict=True) if a == b > 0)
    assert one_word(seeds=()) == [{name: column[0] for name, column in columns.items()}]
    assert heard[0] == sum(not healed(place) for place in range(7))
    row = positional_encoding(7, 5)
    for gone in range(7):
        moved = read(SIX, encoding=row[np.delete(np.arange(7), gone)])
        alone = written_with(toy.load(), "storm", gone, heard=False, met=False)
        assert f"{alone} <end>" == written(moved)


def test_untrained_no_place_is_harmless():
    (_, new) = one_word(seeds=(0,), steps=1, rounded_steps=1)
    assert (new["model"], new["harm"], new["harm_unheard"]) == ("seed 0", 7, 7)
    assert new["harm_by_moving"] == 7
    assert written_with(toy.load(), "the", 5) == QUOTE
