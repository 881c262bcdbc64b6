"""Exercises of chapter 01: words, vocabularies, ids."""

import os
import subprocess
import sys
from collections import Counter

import numpy as np

from tfmath.parts.text import encode, pair_merges, pieces, read_corpus, tokenize, vocabulary
from tfmath.practice.answers import Exercise, Mistake
from tfmath.toy import WORDS


def set_in_a_new_python(words, run):
    """How a freshly started Python lists ``set(words)``.

    `run` stands for the number that Python draws by chance at every start; it is given
    here, so that the same run can be had again.
    """
    command = [sys.executable, "-c", "import sys; print(*set(sys.argv[1:]))", *words]
    settings = {**os.environ, "PYTHONHASHSEED": str(run)}
    done = subprocess.run(command, env=settings, capture_output=True, text=True, check=True)
    return tuple(done.stdout.split())


# Pencil ---------------------------------------------------------------------------------

TEXT = "You win, or you die; die or win!"


def _count(fold_case=True, strip_punctuation=True):
    tokens = tokenize(TEXT, fold_case, strip_punctuation)
    return len(tokens), len(set(tokens))


COUNT = Exercise(
    f"How many tokens are there in {TEXT!r}, and how many different words?",
    _count(),
    (
        Mistake(_count(fold_case=False), "You and you count as two words"),
        Mistake(
            _count(strip_punctuation=False),
            "punctuation clings: die and die; are two words",
        ),
        Mistake(_count(False, False), "neither case nor punctuation is taken away"),
        Mistake(_count()[::-1], "you give the different words first, then the tokens"),
    ),
    (
        "Write it without capitals and punctuation first.",
        "The tokens are all the words, repeated ones too; then cross out the repetitions.",
    ),
)

SENTENCE = "he brings the storm"
_ids = encode(SENTENCE, WORDS)

IDS = Exercise(
    f"Which ids does {SENTENCE!r} have?",
    _ids,
    (
        Mistake(_ids + 1, "you count from 1; here the first word of the list has id 0"),
        Mistake(_ids - 3, "you leave out the three special words, which come first"),
        Mistake(_ids - 2, "you leave out the special words and count from 1"),
        Mistake(
            [sorted(WORDS).index(word) for word in SENTENCE.split()],
            "you number the words in alphabetical order",
        ),
        Mistake(range(4), "you give the places in the sentence, not those in the list"),
        Mistake(
            np.sort(_ids), "you give the ids in the order of the list, not the sentence"
        ),
    ),
    ("Find each word in the table of all 26.", "The first of the four is 24."),
)

# Code -----------------------------------------------------------------------------------

_POOL = "win die you or the storm game thrones play know he i and of true wait".split()


def _tokens(rng):
    return (list(rng.choice(_POOL, 30).tolist()),)


VOCABULARY = Exercise(
    "Write my_vocabulary(tokens): every different word once, by first appearance.",
    vocabulary,
    (
        Mistake(tuple, "a word that stands twice is listed twice"),
        Mistake(
            lambda t: tuple(set(t)),
            "the order is that of a set: it changes from run to run",
        ),
        Mistake(lambda t: tuple(sorted(set(t))), "the words are in alphabetical order"),
        Mistake(
            lambda t: tuple(word for word, _ in Counter(t).most_common()),
            "the most frequent word comes first",
        ),
        Mistake(
            lambda t: tuple(dict.fromkeys(t[::-1]))[::-1],
            "each word stands where it appears last",
        ),
        Mistake(
            lambda t: tuple(word for word in t if t.count(word) == 1),
            "words that stand twice are thrown out altogether",
        ),
    ),
    (
        "Go through the tokens; append each one that is not in your list yet.",
        "Or ask a dictionary: its keys keep their order, and none stands twice.",
    ),
    _tokens,
)


def _reference(words, listed):
    return [listed.index(word) if word in listed else 0 for word in words]


def _sentence(rng):
    listed = ["<unknown>", *rng.permutation(_POOL[:12]).tolist()]
    words = [*rng.choice(listed[1:], 7).tolist(), *_POOL[12:14]]
    return rng.permutation(words).tolist(), listed


def _otherwise(unknown):
    def variant(words, listed):
        return [listed.index(word) if word in listed else unknown(listed) for word in words]

    return variant


ENCODE = Exercise(
    "Write my_encode(words, vocabulary): ids, and 0 for an unknown word.",
    _reference,
    (
        Mistake(lambda w, v: [i + 1 for i in _reference(w, v)], "you count from 1"),
        Mistake(
            lambda w, v: [v.index(x) for x in w if x in v],
            "unknown words are left out: the sentence becomes shorter",
        ),
        Mistake(
            _otherwise(lambda v: -1), "unknown words get −1; Python reads that as the last"
        ),
        Mistake(_otherwise(len), "unknown words get an id that no word of the list has"),
        Mistake(
            lambda w, v: [sorted(v).index(x) if x in v else 0 for x in w],
            "you number the words in alphabetical order",
        ),
        Mistake(lambda w, v: list(range(len(w))), "you give the places in the sentence"),
        Mistake(
            lambda w, v: [int(x in v) for x in w], "you say only whether a word is known"
        ),
    ),
    (
        "vocabulary.index(word) is the id of a known word.",
        "word in vocabulary says whether it is known.",
    ),
    _sentence,
)

# Wonder ---------------------------------------------------------------------------------

TOKENS = tuple(word for quote in read_corpus() for word in tokenize(quote))


def first_whole(word):
    """After how many merges a word is one piece."""
    merges = pair_merges(TOKENS, 100)
    return next(n for n in range(101) if len(pieces(word, merges[:n])) == 1)


_whole = first_whole("storm")

WHOLE = Exercise(
    "After how many merges is `storm` one piece for the first time?",
    _whole,
    (
        Mistake(_whole - 1, "you stop one early: it is still two pieces"),
        Mistake(_whole + 1, "you go one too far, or count from 1"),
        Mistake(first_whole("the"), "you watch `the` instead"),
        Mistake(first_whole("thrones"), "you watch `thrones` instead"),
        Mistake(len(pair_merges(TOKENS, 100)), "you wait until every word is whole"),
    ),
    ("Try 10, then 15, then halve the step.", "It is a little above 10."),
    tolerance=0,
)
