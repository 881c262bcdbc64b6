"""Exercises of vocabulary: words, vocabularies, ids."""

from collections import Counter

import numpy as np

from tfmath.parts.text import encode, pair_merges, pieces, read_corpus, tokenize, vocabulary
from tfmath.practice.answers import Exercise, Mistake
from tfmath.practice.trials import sizes
from tfmath.practice.wrong_ids import OF_IDS
from tfmath.toy import WORDS

# Pencil ---------------------------------------------------------------------------------

TEXT = "You win, or you die; die or win!"


def _count(fold_case=True, strip_punctuation=True):
    tokens = tokenize(TEXT, fold_case, strip_punctuation)
    return len(tokens), len(set(tokens))


COUNT = Exercise(
    f"How many tokens has {TEXT!r}, and how many different words? A pair.",
    _count(),
    (
        Mistake(_count(fold_case=False), "You and you count as two words"),
        Mistake(
            _count(strip_punctuation=False),
            "punctuation clings: die and die; are two words",
        ),
        Mistake(_count(False, False), "neither case nor punctuation is taken away"),
        Mistake(_count()[::-1], "you give the different words first, then the tokens"),
        Mistake((_count()[1],) * 2, "repeated words are not counted as tokens"),
        Mistake((_count()[0],) * 2, "repeated words count as different ones"),
        Mistake(
            (8, 0), "you count the words that occur once; every word occurs twice here"
        ),
        Mistake((11, 7), "the three marks count as tokens"),
        Mistake((5, 4), "you count the words of the chapter's beginning"),
        Mistake((30, 23), "you count the corpus"),
    ),
    (
        "Write it without capitals and punctuation first.",
        "The tokens are all the words, repeated ones too; then cross out the repetitions.",
        "you win or you die die or win",
    ),
    tolerance=0,
)

SENTENCE = "he brings the storm"
_ids = encode(SENTENCE, WORDS)
_corpus = WORDS[3:]


def _places_in(listed):
    return [listed.index(word) for word in SENTENCE.split()]


IDS = Exercise(
    f"Which ids does {SENTENCE!r} have in the model's list? A list of whole numbers.",
    _ids,
    (
        Mistake(_ids + 1, "you count from 1; here the first word of the list has id 0"),
        Mistake(_ids - 3, "you leave out the three special words, which come first"),
        Mistake(_ids - 2, "you leave out the special words and count from 1"),
        Mistake(
            _places_in(sorted(WORDS)), "the list of all 26 is put in alphabetical order"
        ),
        Mistake(
            _places_in(sorted(_corpus)), "the 23 words are numbered in alphabetical order"
        ),
        Mistake(range(4), "you give the places in the sentence, not those in the list"),
        Mistake(
            np.sort(_ids), "you give the ids in the order of the list, not the sentence"
        ),
        Mistake([24, 25, 11], "`storm` is left out"),
        Mistake([24, 25, 23], "`the` is left out"),
    ),
    (
        "Find each word in the drawing of all 26.",
        "The first of the four is 24.",
        "`the` is one of the words of the second quote, `storm` of the third.",
    ),
    tolerance=0,
)

# Code -----------------------------------------------------------------------------------

_POOL = "win die you or the storm game thrones play know he i and of true wait".split()


def _tokens(rng):
    """Some words, some of them again, and two equal ones side by side."""
    different, again = sizes(rng, 2, most=6)
    listed = rng.permutation(_POOL)[:different].tolist()
    words = rng.permutation(listed + rng.choice(listed, again).tolist()).tolist()
    place = rng.integers(1, len(words))
    return (words[:place] + words[place - 1 :],)


def _a_capital(rng):
    """One word written large and small: two words."""
    return (["You", "win", "or", "you", "You"],)


def _one_after_the_other(tokens):
    listed = []
    for token in tokens:
        if token not in listed:
            listed.append(token)
    return listed


def _whatever_the_case(tokens):
    kept = {}
    for token in tokens:
        kept.setdefault(token.lower(), token)
    return tuple(kept.values())


def _taken_out_on_the_way(tokens):
    for token in tokens:
        if tokens.count(token) > 1:
            tokens.remove(token)
    return tokens


VOCABULARY = Exercise(
    "Write my_vocabulary(tokens): a list, each different word once, by first appearance.",
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
            lambda t: _one_after_the_other(t)[::-1],
            "each new word is put in front: the newest comes first",
        ),
        Mistake(
            lambda t: tuple(word for word in t if t.count(word) == 1),
            "words that stand twice are thrown out altogether",
        ),
        Mistake(
            lambda t: tuple(w for w, last in zip(t, [None, *t], strict=False) if w != last),
            "you look at the word before only: one that comes back later is listed again",
        ),
        Mistake(
            _taken_out_on_the_way,
            "words are taken out of the list that the loop goes through: it skips some",
        ),
        Mistake(
            lambda t: tuple({word.upper(): 0 for word in t}),
            "the words are written in capitals; here they stay as they are",
        ),
        Mistake(
            lambda t: tuple(word.upper() for word in dict.fromkeys(t)),
            "the words of the list are written in capitals; here they stay as they are",
        ),
        Mistake(
            lambda t: tuple({word.lower(): 0 for word in t}),
            "capitals are written small; here they stay as they are",
        ),
        Mistake(
            lambda t: tuple(word.lower() for word in dict.fromkeys(t)),
            "capitals of the list are written small; here they stay as they are",
        ),
        Mistake(
            _whatever_the_case,
            "`You` and `you` are taken for one word; here they are two",
        ),
    ),
    (
        "Go through the tokens; append each one that is not in your list yet.",
        "Or ask a dictionary: its keys keep their order, and none stands twice.",
        "listed = [], then for token in tokens: if token not in listed: …",
    ),
    (_tokens, _a_capital),
    forms=(
        _one_after_the_other,
        lambda t: list(dict.fromkeys(t)),
        lambda t: [word for i, word in enumerate(t) if word not in t[:i]],
        lambda t: sorted(set(t), key=t.index),
    ),
)


def _encoded(words, listed):
    return [listed.index(word) if word in listed else 0 for word in words]


def _known(rng, others=0):
    """A list that begins with <unknown>, words of it, some twice, and others besides."""
    n, known = sizes(rng, 2, most=5)
    pool = rng.permutation(_POOL).tolist()
    words = [*rng.choice(pool[:known], n).tolist(), *pool[known : known + others]]
    return rng.permutation(words).tolist(), ("<unknown>", *pool[:known])


def _sentence(rng):
    return _known(rng, int(rng.integers(1, 3)))


def _look_alike(rng):
    """Words of which one is a part of another."""
    return ["he", "throne", "You"], ("<unknown>", "the", "he", "thrones", "you")


def _with_more(rng):
    """Words that begin with an entry, end with one, or hold one and are another."""
    return ["storms", "nor", "the"], ("<unknown>", "he", "or", "storm", "the")


ENCODE = Exercise(
    "Write my_encode(words, vocabulary): a list of ids, with 0 for an unknown word.",
    _encoded,
    OF_IDS,
    (
        "vocabulary.index(word) is the id of a known word.",
        "word in vocabulary says whether it is known.",
        "[vocabulary.index(word) if word in vocabulary else 0 for word in words]",
    ),
    (_sentence, _known, _look_alike, _with_more),
    forms=(
        lambda w, v: [{x: i for i, x in enumerate(v)}.get(word, 0) for word in w],
        lambda w, v: [
            max((i for i, x in enumerate(v) if x == word), default=0) for word in w
        ],
        lambda w, v: (np.array(w)[:, np.newaxis] == np.array(v)).argmax(axis=1),
    ),
)

# Wonder ---------------------------------------------------------------------------------

TOKENS = tuple(word for quote in read_corpus() for word in tokenize(quote))
_merges = pair_merges(TOKENS, 100)


def _first_whole(word):
    """After how many merges a word is one piece."""
    return next(n for n in range(101) if len(pieces(word, _merges[:n])) == 1)


_whole = _first_whole("things")
_others = {_first_whole(word): word for word in ("the", "storm", "thrones")}

WHOLE = Exercise(
    "After how many merges is `things` one piece for the first time? A whole number.",
    _whole,
    (
        *(Mistake(n, f"you watch `{word}` instead") for n, word in _others.items()),
        Mistake(len(_merges), "you wait until every word is whole"),
        *(
            Mistake(n, f"After {n} it is still in pieces: {' '.join(pieces('things', m))}.")
            for n, m in ((n, _merges[:n]) for n in range(_whole))
            if n not in _others
        ),
        *(
            Mistake(n, f"After {n} it is whole, but so it is with one merge less.")
            for n in range(_whole + 1, len(_merges))
            if n not in _others
        ),
    ),
    (
        "Try 10, then 30, then halve the step.",
        "It is a little above 20.",
        "After 21 merges it is still two pieces.",
    ),
    tolerance=0,
)
