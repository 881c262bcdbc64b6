"""Exercises of chapter 13: temperature, nucleus, the loop, and how wide a beam must be."""

import numpy as np

from tfmath.decoding.cache import next_word
from tfmath.decoding.filters import top_p, with_temperature
from tfmath.decoding.search import all_continuations, beam_search, greedy
from tfmath.learning.train import END, START
from tfmath.parts.softmax import log_softmax
from tfmath.parts.text import encode
from tfmath.practice.answers import Exercise, Mistake
from tfmath.toy import WORDS, load

# Pencil ---------------------------------------------------------------------------------

THREE = np.array([0.6, 0.3, 0.1])

TEMPERATURE = Exercise(
    "Three words have p = 0.6, 0.3, 0.1. At temperature 1/2, how probable is the first?",
    float(np.exp(with_temperature(np.log(THREE), 0.5))[0]),
    (
        Mistake(0.36, "you square, but do not divide by the sum of the squares"),
        Mistake(
            float(np.exp(with_temperature(np.log(THREE), 2.0))[0]),
            "you take roots: that is temperature 2, which flattens",
        ),
        Mistake(0.6, "temperature 1 would leave it as it is; 1/2 does not"),
        Mistake(0.3, "you multiply by the temperature; it divides the logarithm"),
    ),
    (
        "log p divided by 1/2 is 2 · log p: the square of p.",
        "0.36 : 0.09 : 0.01. Their sum?",
    ),
)

FOUR = np.array([0.4, 0.3, 0.2, 0.1])

NUCLEUS = Exercise(
    "Four words have p = 0.4, 0.3, 0.2, 0.1. With top-p 0.6, how probable is the first?",
    float(np.exp(top_p(np.log(FOUR), 0.6))[0]),
    (
        Mistake(0.4, "the kept ones must sum to 1 again"),
        Mistake(0.4 / 0.6, "you divide by p; divide by what the kept words sum to"),
        Mistake(1.0, "you stop before 0.6 is reached; the word that crosses it is kept"),
        Mistake(0.4 / 0.9, "you keep one word too many: two already reach 0.6"),
    ),
    ("0.4 does not reach 0.6. 0.4 + 0.3 does.", "Two are kept, in their old proportions."),
)

# Code -----------------------------------------------------------------------------------


def _top_p(probabilities, p):
    return np.exp(top_p(np.log(probabilities), p))


def _kept(probabilities, p, more=0, order=None, share=True):
    order = np.argsort(-probabilities) if order is None else order
    count = np.searchsorted(np.cumsum(probabilities[order]), p) + 1 + more
    kept = np.zeros_like(probabilities)
    kept[order[:count]] = probabilities[order[:count]]
    return kept / kept.sum() if share and kept.sum() else kept


TOP_P = Exercise(
    "Write my_top_p(probabilities, p): the fewest words that reach p, summing to 1 again.",
    _top_p,
    (
        Mistake(
            lambda q, p: _kept(q, p, share=False),
            "the kept ones are not divided by their sum",
        ),
        Mistake(
            lambda q, p: _kept(q, p, more=-1),
            "the word that crosses p is dropped; without it p is not reached",
        ),
        Mistake(lambda q, p: _kept(q, p, more=1), "one word too many is kept"),
        Mistake(
            lambda q, p: _kept(q, p, order=np.arange(q.size)),
            "the words are taken in the order of the vocabulary, not the best first",
        ),
        Mistake(
            lambda q, p: _kept(q, p, order=np.argsort(q)),
            "the least probable words are taken first",
        ),
        Mistake(
            lambda q, p: (
                q * (q >= q.max() * (1 - p)) / (q * (q >= q.max() * (1 - p))).sum()
            ),
            "each word is compared with a threshold; it is their sum that counts",
        ),
    ),
    (
        "order = np.argsort(-probabilities); then np.cumsum of probabilities[order].",
        "How many sums are below p? That many and one more are kept.",
    ),
    lambda rng: (rng.dirichlet(np.ones(7)), rng.uniform(0.5, 0.8)),
)


def _walk(step, start, end, max_length, stop=True, choose=np.argmax, begun=True, more=0):
    ids = [start]
    for _ in range(max_length + more):
        ids.append(int(choose(step(ids))))
        if stop and ids[-1] == end:
            break
    return ids if begun else ids[1:]


def _fixed(step, start, end, max_length):
    return _walk(lambda ids: step([start]), start, end, max_length)


def _before_end(*arguments):
    ids = _walk(*arguments)
    return ids[:-1] if ids[-1] == arguments[2] else ids


def _step_and_its_words(rng):
    table = log_softmax(3 * rng.normal(size=(6, 6)))
    table[4] = log_softmax(np.eye(6)[1] * 9)  # word 4 leads to the end
    table[0] = log_softmax(np.eye(6)[2 + rng.integers(3)] * 9)
    return (lambda ids: table[ids[-1]]), 0, 1, 5


GREEDY = Exercise(
    "Write my_greedy(step, start, end, max_length): all ids, from start to end.",
    lambda *arguments: greedy(*arguments).ids,
    (
        Mistake(lambda *a: _walk(*a, stop=False), "it writes on after the end"),
        Mistake(lambda *a: _walk(*a, choose=np.argmin), "the least probable word is taken"),
        Mistake(lambda *a: _walk(*a, begun=False), "the start is missing"),
        Mistake(lambda *a: _walk(*a, more=1), "one word more than max_length is written"),
        Mistake(
            _fixed, "the model is always asked about the start, not about the ids so far"
        ),
        Mistake(_before_end, "the end was chosen, and is then thrown away"),
    ),
    (
        "ids = [start]; then, max_length times, append the best word of step(ids).",
        "int(np.argmax(step(ids))) is the best; break when it is the end.",
    ),
    _step_and_its_words,
)

# Wonder ---------------------------------------------------------------------------------

UNSURE = "you true win brings"


def narrowest(text, length=3):
    """The narrowest beam that finds the most probable continuation of a text."""
    step = next_word(load(), encode(text, WORDS))
    best = all_continuations(step, START, END, length)[0].ids
    widths = range(1, len(WORDS) + 1)
    return next(
        w for w in widths if beam_search(step, START, END, length, w)[0].ids == best
    )


BEAM = Exercise(
    f"How wide must the beam be to find the most probable three words after “{UNSURE}”?",
    narrowest(UNSURE),
    (
        Mistake(1, "1 is greedy, and greedy misses it"),
        Mistake(2, "2 finds it in the chapter's table of beams, but not for this text"),
        Mistake(3, "3 was enough for the text of the chapter, not for this one"),
        Mistake(26, "26 is wide enough, but narrower beams find it too"),
    ),
    ("Turn the knob: 1, 2, 3 …, and compare with the best of the whole list.",),
)
