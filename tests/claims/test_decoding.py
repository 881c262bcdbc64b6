"""What the chapter on decoding says, proved."""

import functools
import itertools
import re

import numpy as np
import pytest

from tests.claims.claim import output, says
from tests.claims.cut_tails import (  # noqa: F401  (tests, run from here)
    test_a_cut_tail,
    test_the_eighth_text,
)
from tests.claims.drawn_by_lot import (  # noqa: F401
    test_drawn_quotes,
    test_temperature,
)
from tests.claims.kept_rows import (  # noqa: F401  (tests, run from here)
    SOURCE,
    test_old_rows_stay,
    test_the_drawing_of_the_cache,
    test_the_loop_had_it,
    test_what_is_kept,
    test_what_serves_later_words,
    test_work,
)
from tfmath import toy
from tfmath.decoding import cache
from tfmath.decoding.filters import top_k, top_p
from tfmath.decoding.search import all_continuations, beam_search, greedy, sample
from tfmath.parts.text import END, START, encode
from tfmath.show.tree import text_tree

CHAPTER = "16_decoding.ipynb"
DEFINITIONS = (
    "A harder one: no word twice.",
    "Everything else is choice, and it is ours.",
    "Here we chose the most probable word: **greedy** decoding.",
    "Let a text have at most three words, where `<end>` counts as a word.",
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


def at_random(n=60):
    """Sources of three words."""
    rng = np.random.default_rng(0)
    return [" ".join(toy.WORDS[i] for i in rng.integers(3, 26, 3)) for _ in range(n)]


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
    "(Logarithms, for then the product of many small numbers becomes a sum, which is never "
    "too small for the computer.)",
)
def test_logarithms():
    log_p = model(SOURCE)([START])
    assert log_p.shape == (26,) and np.exp(log_p).sum() == pytest.approx(1)
    many = np.full(400, 0.1)
    assert np.prod(many) == 0.0 and np.log(many).sum() == pytest.approx(400 * np.log(0.1))


@says(
    "With 26 words (`<pad>` and `<start>` among them) we have a luxury: we can list "
    "**every** text (with 50,000 words nobody can), and hold each way to choose against "
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
    "(A text less probable than 3 in 100 is grey.)",
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
    "Blue is its way, struck out what it looked at and dropped, dashed what it never "
    "looked at.",
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
    "Keep the best few texts; write each on by every word (a finished one stays as it is, "
    "and keeps its place only while it is among the best); keep the best few again.",
    "(Blue is what was kept in *its* column: `<end>` alone was dropped in the next.) Width "
    "3:",
    "With width 1 that is greedy.",
)
def test_beams():
    text = "i drink the storm"
    assert beam(text, 2, 1) == ["i", "<end>"]
    assert beam(text, 2, 2) == ["i i", "i storm"]
    assert beam(text, 2)[0] == "i i storm" and beam(text, 3)[0] == "i <end>"
    assert beam_search(model(text), START, END, 3, 26**3) == everything()
    assert all(
        "<end>" in beam(text, n, 1) and "<end>" not in beam(text, n, 2) for n in (2, 3)
    )
    for text in ("i drink the storm", SOURCE, "wait storm the"):
        assert beam(text, 1, 5) == [words(greedy(model(text), START, END, 5))]


@says(
    "A text only gets less probable as it grows.",
    "So let the most probable beginning grow by a word, again and again.",
    "As soon as the best of all that wait is a *whole* text, no other can overtake it.",
    "Four times: at `<start>`, *i*, *i i* and *i storm*; what is struck out still waits.",
    "So even with 32,000 words one can know the best text, where the machine is not too "
    "unsure; and what it is, is a surprise.",
)
def test_the_best_text_without_the_list():
    for text, n in (("you true win brings", 6), ("i drink the storm", 4)):
        step, asked, waiting = model(text), [], [(0.0, (START,))]
        while waiting[0][1][-1] != END and len(waiting[0][1]) < 4:
            surprise, ids = waiting.pop(0)
            asked.append(" ".join(toy.WORDS[i] for i in ids))
            waiting += [(surprise - p, (*ids, word)) for word, p in enumerate(step(ids))]
            waiting.sort()
        assert waiting[0][1] == all_continuations(step, START, END, 3)[0].ids
        assert len(asked) == n
    assert asked == ["<start>", "<start> i", "<start> i i", "<start> i storm"]
    assert "4 times, not 651" in output(CHAPTER, "de-exact")


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
    "The 5 and the 6 make the divisor 1 for one word.",
    "For the quote, five words with `<end>`, and $\\alpha = 1$ it is $10/6$.",
)
def test_the_length_penalty():
    assert (5 + 1) / 6 == 1 and (5 + 5) / 6 == 10 / 6


@says(
    "Scores are negative, and the one nearer to 0 wins: with the $\\alpha = 0.6$ of "
    "Vaswani et al. the quote.",
    "But it is no cure for everything.",
    "For *he wait and*, with width 4, silence wins up to 1, and at 2 a stammer that fills "
    "the limit of eight words.",
)
def test_what_a_penalty_cures():
    quote = "he brings the storm <end>"
    for alpha, best in ((0, "<end>"), (0.6, quote), (1, quote)):
        assert beam("wait storm the", 4, 5, length_penalty=alpha)[0] == best
    for alpha in (0, 0.6, 1):
        assert beam("he wait and", 4, 8, length_penalty=alpha)[0] == "<end>"
    stammer = " ".join(["know"] * 8)
    assert beam("he wait and", 4, 8, length_penalty=2)[0] == stammer


@says(
    'Each of the "22 others" at the bottom of the very first tree is rare, but together '
    "they have a tenth, and a long text has many places.",
    "*i* alone does not reach 0.7, so `<end>` stays, too.",
    "What is left grows until it fills the tree: *i* from 0.697 to 0.876.",
    "With 0.8 a third word stays.",
    "But after *you win or you*, where the machine is sure, *die* alone: **one word where "
    "it is sure, three where it doubts.**",
    "Top-k with $k = 3$ keeps three in either: beside *die* also `<end>` and *win*, both "
    "wrong.",
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
    grown = np.exp(top_p(doubt, 0.7))
    assert round(grown.max(), 3) == 0.876 and grown.sum() == pytest.approx(1)


@says(
    'The harder one forbids the second "you", and the quote is spoilt.',
    "The softer one leaves it whole: where the machine is sure, 0.917³ still wins.",
    "Greedy texts like to get stuck: 41 of 60 sources of three random words make it say a "
    "word twice running.",
    "One help: the probability of every used word is cubed, log p · 3 (after Keskar et "
    "al., 2019, who change the scores).",
    "It leaves 31 of the 41.",
    "(`top_k=1` leaves one word to draw: greedy again.)",
)
def test_no_word_twice():
    rng, step = np.random.default_rng(0), model(SOURCE)
    once = sample(step, START, END, 8, rng, top_k=1, no_repeat=1)
    assert words(once) == "you win or i <end>"
    assert sample(step, START, END, 8, rng, top_k=1) == greedy(step, START, END, 8)
    softer = sample(step, START, END, 8, rng, top_k=1, penalty=3.0)
    assert words(softer) == "you win or you die <end>"
    second = np.sort(np.exp(step([START, *encode("you win or", toy.WORDS)])))
    assert round(second[-1], 3) == 0.917 and second[-1] ** 3 > 10 * second[-2]
    stutter = [0, 0]
    for text in at_random():
        for i, cubed in enumerate((1.0, 3.0)):
            ids = sample(model(text), START, END, 8, rng, top_k=1, penalty=cubed).ids
            stutter[i] += any(a == b for a, b in itertools.pairwise(ids))
    assert stutter == [41, 31]
    stuck = [word for word in words(greedy(model("you when"), START, END, 8)).split()]
    assert stuck.count("die") == 5
