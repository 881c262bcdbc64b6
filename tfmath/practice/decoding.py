"""Exercises of decoding: temperature, nucleus, the loop, and how wide a beam must be."""

import heapq
from functools import cache, partial

import numpy as np

from tfmath.decoding.cache import next_word
from tfmath.decoding.filters import top_p, with_temperature
from tfmath.decoding.search import beam_search, greedy
from tfmath.learning.train import END, START
from tfmath.parts.softmax import log_softmax, softmax
from tfmath.parts.text import encode
from tfmath.practice.answers import Exercise, Mistake
from tfmath.practice.trials import sizes
from tfmath.toy import WORDS, load

# Pencil ---------------------------------------------------------------------------------

THREE = np.array([0.6, 0.3, 0.1])


def _at(temperature):
    return float(np.exp(with_temperature(np.log(THREE), temperature))[0])


TEMPERATURE = Exercise(
    "Three words have p = 0.6, 0.3, 0.1. At temperature 1/2, how probable is the first? To "
    "three decimals.",
    _at(0.5),
    (
        Mistake(0.36, "you square, but do not divide by the sum of the squares"),
        Mistake(_at(2.0), "you take roots: that is temperature 2, which flattens"),
        Mistake(0.6**0.5, "you take the root; at 1/2 it is squared, and shared out"),
        Mistake(0.6, "nothing is changed; that is temperature 1"),
        Mistake(0.3, "you multiply p by the temperature; it divides the logarithm"),
        Mistake(1.2, "you divide p by the temperature; its logarithm is divided"),
        Mistake(float(softmax(2 * THREE)[0]), "p is divided; its logarithm should be"),
        Mistake(float(softmax(THREE)[0]), "you take a softmax of the probabilities"),
        Mistake(0.36 / 0.45, "the third word is left out of the sum"),
        Mistake(0.09 / 0.46, "you give the second word"),
        Mistake(0.5, "you give the temperature"),
        Mistake(0.46, "you give the sum of the squares: it divides the first of them"),
        Mistake(1.0, "you take the best word alone; that is temperature 0"),
    ),
    (
        "log p divided by 1/2 is 2 · log p: the square of p.",
        "0.36 : 0.09 : 0.01. Their sum?",
        "0.36 / 0.46",
    ),
)

FOUR = np.array([0.4, 0.3, 0.2, 0.1])

NUCLEUS = Exercise(
    "Four words have p = 0.4, 0.3, 0.2, 0.1. With top-p 0.6, how probable is the first? To "
    "three decimals.",
    float(np.exp(top_p(np.log(FOUR), 0.6))[0]),
    (
        Mistake(0.4, "you do not divide; the kept ones must sum to 1 again"),
        Mistake(0.4 / 0.6, "you divide by p; divide by what the kept words sum to"),
        Mistake(1.0, "you stop before 0.6 is reached; the word that crosses it is kept"),
        Mistake(0.4 / 0.9, "you keep one word too many: two already reach 0.6"),
        Mistake(0.3 / 0.7, "you give the second word"),
        Mistake(0.7, "you give what the kept words sum to: it divides the 0.4"),
        Mistake(0.3, "you give the second word, as it was before"),
        Mistake(0.5, "the two kept ones are made alike; they keep their proportions"),
        Mistake(0.0, "you keep words of at least 0.6, and there are none; sums count"),
        Mistake(0.6, "you give p, which the kept words must reach together"),
    ),
    (
        "0.4 does not reach 0.6. 0.4 + 0.3 does.",
        "Two are kept, in their old proportions.",
        "0.4 / (0.4 + 0.3)",
    ),
)

# Code -----------------------------------------------------------------------------------


def _count(ordered, p, side="left"):
    """How many words, in this order, reach p: as soon as it is reached, or once passed."""
    return int(np.searchsorted(np.cumsum(ordered), p, side)) + 1


def _shared_out(probabilities, ids):
    kept = np.zeros_like(probabilities)
    kept[ids] = probabilities[ids]
    return kept / kept.sum() if kept.sum() else kept


def _best_first(q):
    return np.argsort(-q)


def _kept(q, p, more=0, order=_best_first, side="left"):
    best = order(q)
    return _shared_out(q, best[: _count(q[best], p, side) + more])


def _only(words):
    """Other words are kept, and share all of it."""
    return lambda q, p: _shared_out(q, words(q, p))


def _where_kept(numbers):
    """The right words, with other numbers."""
    return lambda q, p: np.where(_kept(q, p) > 0, numbers(q, p), 0.0)


def _word_by_word(probabilities, p):
    kept, total = [0.0] * len(probabilities), 0.0
    for i in sorted(range(len(probabilities)), key=lambda i: -probabilities[i]):
        if total < p:
            kept[i] = probabilities[i]
            total += probabilities[i]
    return [number / total for number in kept]


def _some_words(rng):
    (n,) = sizes(rng, 1, most=8)
    return rng.dirichlet(np.ones(n)), float(rng.integers(20, 95)) / 100


def _reached_exactly(rng):
    """Halves of halves, which float64 adds up without rounding, reach p exactly."""
    n = int(rng.integers(3, 7))
    halves = 0.5 ** np.append(np.arange(1, n), n - 1)
    return rng.permutation(halves), float(halves[: rng.integers(1, n - 1)].sum())


TOP_P = Exercise(
    "Write my_top_p(probabilities, p): the fewest words that reach p, summing to 1 again, "
    "and 0 for the others; a list as long as probabilities.",
    _kept,
    (
        Mistake(_where_kept(lambda q, p: q), "the kept ones are not divided by their sum"),
        Mistake(_where_kept(lambda q, p: q / p), "you divide by p, not by the kept ones"),
        Mistake(_where_kept(lambda q, p: softmax(q)), "a softmax divides by another sum"),
        Mistake(partial(_kept, more=-1), "the word that crosses p is dropped"),
        Mistake(partial(_kept, more=-1, side="right"), "what goes beyond p is cut off"),
        Mistake(top_p, "top_p is given p for log p: it takes and gives logarithms"),
        Mistake(partial(_kept, more=1), "one word too many is kept"),
        Mistake(partial(_kept, side="right"), "a sum that is p does not count"),
        Mistake(
            partial(_kept, order=lambda q: np.arange(q.size)),
            "the words are not sorted first",
        ),
        Mistake(partial(_kept, order=np.argsort), "the least probable are taken first"),
        Mistake(
            _only(lambda q, p: np.arange(_count(np.sort(q)[::-1], p))),
            "so many words of the vocabulary are kept, but not the best: order is needed",
        ),
        Mistake(_only(lambda q, p: q >= p), "each word is compared with p; sums count"),
        Mistake(_only(lambda q, p: q >= 1 - p), "each word is compared with 1 − p"),
        Mistake(_only(lambda q, p: _best_first(q)[:1]), "the best word alone is kept"),
        Mistake(_only(lambda q, p: _best_first(q)[:2]), "two are kept, whatever it takes"),
        Mistake(lambda q, p: np.sort(_kept(q, p))[::-1], "the words come sorted"),
        Mistake(
            lambda q, p: np.sort(_kept(q, p)[_kept(q, p) > 0])[::-1],
            "you give the kept ones alone: the others get 0, each in its place",
        ),
        Mistake(
            lambda q, p: _best_first(q)[: _count(np.sort(q)[::-1], p)],
            "you give the ids of the kept words; their probabilities are asked for",
        ),
        Mistake(lambda q, p: _kept(q, p) > 0, "you say which are kept, not how probable"),
    ),
    (
        "order = np.argsort(-probabilities); then np.cumsum of probabilities[order].",
        "How many sums are below p? That many and one more are kept.",
        "kept[order[:count]] = probabilities[order[:count]], and divide by kept.sum().",
    ),
    (_some_words, _reached_exactly),
    forms=(_word_by_word, lambda q, p: np.exp(top_p(np.log(q), p))),
)


def _walk(step, start, end, max_length, more=0, choose=np.argmax):
    ids = [start]
    while len(ids) <= max_length + more and (len(ids) == 1 or ids[-1] != end):
        ids.append(choose(step(ids)))
    return ids


def _asked(what):
    """The loop, if the model is asked about something else."""
    return lambda step, *a: _walk(lambda ids: step(what(ids)), *a)


def _texts(stops):
    """A model whose best word depends on all words before, and its end on how many."""

    def drawn(rng):
        vocab_size, start, end, max_length = sizes(rng, 4)
        vocab_size, seed = vocab_size + 10, int(rng.integers(1000))

        def step(ids):
            past = [abs(int(i)) for i in ids]
            log_p = np.random.default_rng([seed, *past]).normal(size=vocab_size)
            log_p[[start, end]] = -5, 9 if len(past) >= max(1, max_length + stops) else -9
            return log_softmax(log_p)

        return step, start, end, max_length

    return drawn


GREEDY = Exercise(
    "Write my_greedy(step, start, end, max_length): a list of all ids, the start first, "
    "then at most max_length words, the last of them the end if it was reached.",
    lambda *arguments: greedy(*arguments).ids,
    (
        Mistake(lambda s, b, e, n: _walk(s, b, None, n), "it writes on after the end"),
        Mistake(partial(_walk, choose=np.argmin), "the least probable word is taken"),
        Mistake(partial(_walk, choose=np.max), "you take max, not argmax"),
        Mistake(
            partial(_walk, choose=lambda log_p: np.argmax(log_p[-1])),
            "step(ids) is the list for the last place already: leave the [-1] out.",
        ),
        Mistake(lambda *a: _walk(*a)[1:], "the start is missing"),
        Mistake(lambda *a: _walk(*a)[-1], "you give the last word; all ids are asked for"),
        Mistake(partial(_walk, more=1), "one word more than max_length is written"),
        Mistake(
            partial(_walk, more=-1), "the start is counted as one of the max_length words"
        ),
        Mistake(
            partial(_walk, more=99), "it writes on until the end, whatever max_length is"
        ),
        Mistake(lambda s, b, e, n: _walk(s, b, e, 8), "the chapter's limit is in it"),
        Mistake(lambda s, b, e, n: _walk(s, 1, e, n), "1 is written where start belongs"),
        Mistake(lambda s, b, e, n: _walk(s, b, 2, n), "2 is written where end belongs"),
        Mistake(lambda s, b, e, n: _walk(s, 1, 2, 8), "the chapter's numbers are in it"),
        Mistake(lambda s, b, e, n: _walk(s, b, e, 1), "the loop ends after one word"),
        Mistake(greedy, "you give more than the ids: it is its .ids that are asked for"),
        Mistake(_asked(lambda ids: ids[:1]), "step is always asked about the start"),
        Mistake(_asked(lambda ids: ids[-1:]), "step is asked about the last word alone"),
        Mistake(
            lambda step, start, end, n: [i for i in _walk(step, start, end, n) if i != end],
            "the end was chosen, and is then thrown away",
        ),
    ),
    (
        "ids = [start]; then, max_length times, append the best word of step(ids).",
        "int(np.argmax(step(ids))) is the best; break when it is the end.",
    ),
    (_texts(stops=-2), _texts(stops=-1), _texts(stops=3)),
    forms=(_walk,),
)

# Wonder ---------------------------------------------------------------------------------

UNSURE = "you true win brings"


def _most_probable(step, length):
    """The best text of all: a beginning is written on while none is more probable."""
    waiting = [(0.0, (START,))]
    while True:
        surprise, ids = heapq.heappop(waiting)
        if ids[-1] == END or len(ids) > length:
            return ids
        for word, log_p in enumerate(step(ids)):
            heapq.heappush(waiting, (surprise - log_p, (*ids, word)))


def _widths_that_find_it(text, length=3):
    """Of all widths up to that of the vocabulary."""
    asked = cache(next_word(load(), encode(text, WORDS)))
    best, found = _most_probable(asked, length), {}
    for width in range(1, len(WORDS) + 1):
        first = beam_search(lambda ids: asked(tuple(ids)), START, END, length, width)[0]
        found[width] = first.ids == best
    return [width for width in found if found[width]]


_wide_enough = _widths_that_find_it(UNSURE)

BEAM = Exercise(
    f"How wide must the beam be, at least, to find the most probable text of at most "
    f"three words after “{UNSURE}”? A whole number.",
    _wide_enough[0],
    (
        Mistake(1, "A beam of 1 is greedy, and greedy misses the best text."),
        Mistake(2, "A beam of 2 has dropped the best text after two words."),
        Mistake(3, "3 was enough for the text of the chapter, and is not for this one."),
        *(
            Mistake(width, f"A beam of {width} finds it, but a narrower one does too.")
            for width in _wide_enough[1:]
        ),
        Mistake(26**3, "As wide as the tree it finds every text; a narrow one is enough."),
    ),
    (
        "Turn the knob: 1, 2, 3 …, and compare with the best of the whole list.",
        "The best text ends early. After two words, how many beginnings are better?",
    ),
    tolerance=0,
)
