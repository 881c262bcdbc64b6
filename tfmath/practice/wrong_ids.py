"""Numbering words in ways that were not asked for."""

from tfmath.parts.text import encode
from tfmath.practice.answers import Mistake


def _where(alike):
    """The first place of the list that a word is like."""

    def variant(words, listed):
        return [next((i for i, x in enumerate(listed) if alike(w, x)), 0) for w in words]

    return variant


def _last(alike):
    """The last place of the list that a word is like."""

    def variant(words, listed):
        return [
            max((i for i, x in enumerate(listed) if alike(w, x)), default=0) for w in words
        ]

    return variant


def _otherwise(unknown):
    """Another id for the unknown words."""

    def variant(words, listed):
        return [listed.index(w) if w in listed else unknown(listed, w) for w in words]

    return variant


OF_IDS = (
    Mistake(
        lambda w, v: [v.index(x) + 1 if x in v else 0 for x in w],
        "you count from 1; here the first word of the list has id 0",
    ),
    Mistake(
        lambda w, v: [v[1:].index(x) if x in v else 0 for x in w],
        "you leave out <unknown>, which has the first place of the list",
    ),
    Mistake(
        lambda w, v: [v.index(x) for x in w if x in v],
        "unknown words are left out: the sentence becomes shorter",
    ),
    Mistake(
        lambda w, v: [v.index(x) for x in w],
        "An unknown word is looked for in the list, and it is not there: ask first "
        "whether it is in.",
    ),
    Mistake(
        lambda w, v: [0 if x in v else v.index(x) for x in w],
        "0 is given to the words that are known, not to the others",
    ),
    Mistake(encode, "The encode of tfmath refuses unknown words; here they get the id 0."),
    Mistake(_otherwise(lambda v, w: -1), "unknown words get −1; Python reads that as last"),
    Mistake(
        _otherwise(lambda v, w: 26),
        "unknown words get 26, as behind the model's list in the chapter; here it is 0",
    ),
    Mistake(
        _otherwise(lambda v, w: len(v)),
        "unknown words get an id that no word of the list has",
    ),
    Mistake(
        lambda w, v: [sorted(v).index(x) if x in v else 0 for x in w],
        "you number the words in alphabetical order",
    ),
    Mistake(lambda w, v: list(range(len(w))), "you give the places in the sentence"),
    Mistake(lambda w, v: [int(x in v) for x in w], "you say only whether a word is known"),
    Mistake(
        _where(lambda w, x: w in x),
        "a part of a word is taken for the word: `he` stands in `the`, too; use ==",
    ),
    Mistake(
        _where(lambda w, x: x in w),
        "a word that holds an entry is taken for it: `storms` holds `storm`; use ==",
    ),
    Mistake(
        _last(lambda w, x: x in w),
        "a word gets the id of the last entry that it holds: `the` holds `he`; use ==",
    ),
    Mistake(
        _where(str.startswith),
        "a word that begins with an entry is taken for it: `storms` is not `storm`; use ==",
    ),
    Mistake(
        _where(str.endswith),
        "a word that ends with an entry is taken for it: `nor` is not `or`; use ==",
    ),
    Mistake(
        _where(lambda w, x: w.lower() == x.lower()),
        "`You` is taken for `you`; the list has only one of them",
    ),
)
"""Each with what it does, in the order in which they are compared."""
