"""What the chapter on decoding says, proved."""

import functools
import re

import numpy as np
import pytest

from tests.claims.claim import output, says
from tests.claims.cut_tails import (  # noqa: F401  (tests, run from here)
    test_a_cut_tail,
    test_the_eighth_text,
)
from tests.claims.kept_rows import (  # noqa: F401  (tests, run from here)
    SOURCE,
    test_old_rows_stay,
    test_what_is_kept,
    test_work,
)
from tfmath import toy
from tfmath.decoding import cache
from tfmath.decoding.filters import top_k, top_p, with_temperature
from tfmath.decoding.search import all_continuations, beam_search, greedy, sample
from tfmath.parts.text import END, START, encode
from tfmath.show.tree import text_tree

CHAPTER = "16_decoding.ipynb"
DEFINITIONS = (
    "A harder one: no word twice.",
    "Everything else is choice, and it is ours.",
    "Here we chose the most probable word: **greedy** decoding.",
    "Let a text have at most three words, where `<end>` counts as a word.",
    "Keep the best few beginnings; write each on by every word; keep the best few again.",
    "The most probable text is *one* text.",
    "Give back all ids as a list: the start, and the end if it was reached.",
    "**We can** let the machine write by greedy choice, by beam, and by lot, and hold each "
    "against the list of all texts.",
)


@functools.cache
def model(text):
    return cache.next_word(toy.load(), encode(text, toy.WORDS))


@functools.cache
def everything():
    return all_continuations(model("i drink the storm"), START, END, 3)


def words(found):
    return " ".join(toy.WORDS[i] for i in found.ids[1:])


def p_of(text, step, given=()):
    """How probable a text is, and each of its words."""
    ids = (START, *given, *(toy.WORDS.index(word) for word in text.split()))
    before = 1 + len(given)
    each = [float(np.exp(step(ids[:n])[ids[n]])) for n in range(before, len(ids))]
    return float(np.prod(each)), each


def beam(text, width, length=3, **how):
    return [words(c) for c in beam_search(model(text), START, END, length, width, **how)]


# The loop -------------------------------------------------------------------------------


@says(
    "After a softmax, the last row says how probable each word is to come next.",
    "That is all it does.",
)
def test_what_the_machine_does():
    record = toy.worked_example()
    assert record["logits"].shape == (5, 26)


@says(
    "The machine comes in as one function, `step(ids)`: the logarithms of the 26 "
    "probabilities.",
    "Each way to choose in this chapter needs that and no more.",
    "(Logarithms, for then the product of many small numbers becomes a sum, which is never "
    "too small for the computer.)",
)
def test_logarithms():
    log_p = model(SOURCE)([START])
    assert log_p.shape == (26,) and np.exp(log_p).sum() == pytest.approx(1)
    many = np.full(400, 0.1)
    assert np.prod(many) == 0.0 and np.log(many).sum() == pytest.approx(400 * np.log(0.1))


@says(
    "With 26 words (`<pad>` and `<start>` among them) we have a luxury that nobody has "
    "with 50,000: we can list **every** text, and hold each way to choose against "
    "the truth.",
    "(One is `<end>` alone.",
    "25 have one word before `<end>`.",
    "The rest have three words.)",
    "Together they have the probability 1.",
)
def test_all_texts():
    assert len(everything()) == 1 + 25 + 25 * 25 * 26 == 16276
    assert sum(np.exp(c.log_probability) for c in everything()) == pytest.approx(1)
    sizes = [len(c.ids) - 1 for c in everything()]
    assert [sizes.count(n) for n in (1, 2, 3)] == [1, 25, 25 * 25 * 26]
    assert {"<pad>", "<start>"} < set(toy.WORDS) and len(toy.WORDS) == 26
    assert 49_999**2 * 50_000 > 10**14


# The tree -------------------------------------------------------------------------------


@says(
    "A box is as tall as the text up to it is probable.",
    "(What is less probable than 3 in 100 is grey.)",
    "By hand: *i* 0.697, then *i* 0.388, then *storm* 0.382, makes 0.697 · 0.388 · 0.382 = "
    "0.103.",
)
def test_the_tree():
    p, each = p_of("i i storm", model("i drink the storm"))
    assert [round(x, 3) for x in each] == [0.697, 0.388, 0.382] and round(p, 3) == 0.103
    assert round(0.697 * 0.388 * 0.382, 3) == 0.103
    drawn = text_tree(model("i drink the storm"), START, END, 3, toy.WORDS, "All.")
    assert "i i storm 0.382 (in all 0.103)" in drawn.alt and "i or" not in drawn.alt
    heights = re.findall(r"height='([\d.]+)' rx", drawn.svg)
    assert float(heights[1]) / float(heights[0]) == pytest.approx(each[0], abs=1e-3)
    shares = [float(x) for x in re.findall(r"in all ([\d.]+)", drawn.alt)]
    assert min(shares) >= 0.03 and "storm i" not in drawn.alt.replace("i storm i", "")


@says(
    "Blue is its way, struck out what it looked at and left, dashed what it never looked "
    "at.",
    "The number on black marks the best text: *i*, and nothing more.",
    "At the second word `<end>` had 0.193, and *i* twice as much.",
    "But behind that *i* the stream splits up, while `<end>` keeps all it has.",
    "Greedy cannot see behind the next corner.",
)
def test_greedy_misses_the_best():
    step = model("i drink the storm")
    assert words(everything()[0]) == "i <end>"
    assert words(greedy(step, START, END, 3)) == "i i storm"
    second = np.exp(step([START, toy.WORDS.index("i")]))
    assert round(second[END], 3) == 0.193
    assert 2 <= second[toy.WORDS.index("i")] / second[END] < 2.05
    assert p_of("i i storm", step)[0] < p_of("i <end>", step)[0]
    assert p_of("i i", step)[0] > p_of("i <end>", step)[0]


@says(
    "No: in the second column *i i* and *i storm* were taller, and what is dropped never "
    "comes back.",
    "(`<end>` stayed for a column, then it was dropped, too.) Width 3:",
    "And as wide as the tree, a beam *is* the list (the `assert`).",
    "With width 1 that is greedy.",
)
def test_beams():
    text = "i drink the storm"
    assert beam(text, 2, 1) == ["i", "<end>"]
    assert beam(text, 2, 2) == ["i i", "i storm"]
    assert beam(text, 2)[0] == "i i storm" and beam(text, 3)[0] == "i <end>"
    assert beam_search(model(text), START, END, 3, 26**3) == everything()
    for text in ("i drink the storm", SOURCE, "wait storm the"):
        assert beam(text, 1, 5) == [words(greedy(model(text), START, END, 5))]


@says(
    "Greedy recites a quote; a better search finds something more probable: silence.",
    "Every further word multiplies by something below 1, so short texts have an advantage "
    "where the machine doubts.",
)
def test_silence():
    text = "wait storm the"
    assert beam(text, 1, 5) == ["he brings the storm <end>"]
    assert all(beam(text, width, 5)[0] == "<end>" for width in (2, 3, 4, 26))
    assert p_of("<end>", model(text))[0] > p_of("he brings the storm <end>", model(text))[0]
    for read, right in toy.PAIRS:  # no doubt, no advantage
        assert 10 * p_of("<end>", model(read))[0] < p_of(f"{right} <end>", model(read))[0]


@says(
    "The 5 and the 6 make it 1 for one word.",
    "For the quote, five words with `<end>`, and $\\alpha = 1$ it is $10/6$.",
)
def test_the_length_penalty():
    assert (5 + 1) / 6 == 1 and (5 + 5) / 6 == 10 / 6


@says(
    "Scores are negative, and the one nearer to 0 wins: with the $\\alpha = 0.6$ of "
    "Vaswani et al. the quote.",
    "But it is no cure for everything.",
    "For *he wait and*, with width 4, silence wins up to 1, and at 2 a stammer of five "
    "words, without an `<end>`.",
)
def test_what_a_penalty_cures():
    quote = "he brings the storm <end>"
    for alpha, best in ((0, "<end>"), (0.6, quote), (1, quote)):
        assert beam("wait storm the", 4, 5, length_penalty=alpha)[0] == best
    for alpha in (0, 0.6, 1):
        assert beam("he wait and", 4, 5, length_penalty=alpha)[0] == "<end>"
    stammer = "know know know know know"
    assert beam("he wait and", 4, 5, length_penalty=2)[0] == stammer


# Drawing --------------------------------------------------------------------------------


@says(
    "Back to the three quotes, where each right word has a probability near nine tenths.",
    "Between a half and two thirds!",
    "For *i know things* it is a product of four probabilities, and each takes its toll.",
    "(Drawn and expected differ by chance: in 19 of 20 cases by at most 31, which is "
    "nearly $2 \\sqrt{1000 \\cdot \\tfrac12 \\cdot \\tfrac12}$.)",
)
def test_drawn_quotes():
    exact = [p_of(f"{right} <end>", model(read)) for read, right in toy.PAIRS]
    every = [p for _, each in exact for p in each]
    assert 0.85 < min(every) and max(every) < 0.93 and len(exact[0][1]) == 4
    assert all(0.5 < p < 0.64 for p, _ in exact)
    assert round(1.96 * np.sqrt(1000 * 0.5 * 0.5)) == 31 < 2 * np.sqrt(250) < 32
    rows = [line.split()[-2:] for line in output(CHAPTER, "c30").splitlines()[-3:]]
    for (p, _), (expected, drawn) in zip(exact, rows, strict=True):
        assert int(expected) == round(1000 * p) and abs(int(drawn) - 1000 * p) <= 31


@says(
    "By hand: $T = \\tfrac12$ doubles the logarithms, so it squares the probabilities.",
    "Towards 0 only the best is left: greedy.",
    "Towards infinity all 26 become equal, 1/26 = 0.038.",
)
def test_temperature():
    log_p = model("i drink the storm")([START])
    squares = np.exp(log_p) ** 2
    sharper = np.exp(with_temperature(log_p, 0.5))
    np.testing.assert_allclose(sharper, squares / squares.sum())
    assert np.exp(with_temperature(log_p, 0.01)).max() > 1 - 1e-9
    np.testing.assert_allclose(np.exp(with_temperature(log_p, 1e6)), 1 / 26, rtol=1e-4)
    assert round(1 / 26, 3) == 0.038


@says(
    'Each of the "22 others" at the bottom of the tree is rare, but together they have '
    "a tenth, and a long text has many places.",
    "*i* alone does not reach 0.7, so `<end>` stays, too.",
    "What is left grows until it fills the tree: *i* from 0.697 to 0.876.",
    "With 0.8 a third word stays.",
    "One word where the machine is sure, three where it doubts.",
    "Top-k with $k = 3$ keeps three in either: beside *die* also `<end>` and *win*, with "
    "0.015 each, and wrong there.",
)
def test_the_nucleus():
    doubt = model("i drink the storm")([START])
    sure = model(SOURCE)([START, *encode("you win or you", toy.WORDS)])
    tail = np.sort(np.exp(doubt))[:22]
    assert round(tail.sum(), 1) == 0.1 and tail.max() < 0.03

    def kept(log_p, p):
        return [toy.WORDS[i] for i in np.argsort(-log_p) if np.isfinite(top_p(log_p, p)[i])]

    assert kept(doubt, 0.7) == ["i", "<end>"] and kept(sure, 0.8) == ["die"]
    assert kept(doubt, 0.8) == ["i", "<end>", "storm"]
    assert all(np.isfinite(top_k(log_p, 3)).sum() == 3 for log_p in (doubt, sure))
    assert [toy.WORDS[i] for i in np.argsort(-sure)[:3]] == ["die", "<end>", "win"]
    assert [round(float(np.exp(p)), 3) for p in np.sort(sure)[[-2, -3]]] == [0.015, 0.015]
    grown = np.exp(top_p(doubt, 0.7))
    assert round(grown.max(), 3) == 0.876 and grown.sum() == pytest.approx(1)


@says(
    'It forbids the second "you", and the quote is spoilt.',
    "(`top_k=1` leaves one word to draw: greedy again.)",
)
def test_no_word_twice():
    rng, step = np.random.default_rng(0), model(SOURCE)
    once = sample(step, START, END, 8, rng, top_k=1, no_repeat=1)
    assert words(once) == "you win or i <end>"
    assert sample(step, START, END, 8, rng, top_k=1) == greedy(step, START, END, 8)
    stuck = [word for word in words(greedy(model("you when"), START, END, 8)).split()]
    assert stuck.count("die") == 5
