"""Exercises of the witnesses: how far each number can be trusted."""

import math

import numpy as np

from tfmath.practice.answers import Exercise, Mistake
from tfmath.practice.trials import sizes
from tfmath.witness.adding import three_digits
from tfmath.witness.few_bits import words_right
from tfmath.witness.forger import told
from tfmath.witness.formats import keep_bits
from tfmath.witness.laws import quotes_are_finished

# Pencil ---------------------------------------------------------------------------------


def _added(start, number, times):
    for _ in range(times):
        start = three_digits(start + number)
    return start


MACHINE = Exercise(
    "The machine keeps three decimal digits. What does it get for 1000 + 6 + 6 + 6, from "
    "left to right? A whole number.",
    _added(1000, 6, 3),
    (
        Mistake(1018, "nothing is rounded"),
        Mistake(
            three_digits(1018),
            "Either the sum is rounded once, at the end, or the last 6 is missing: the "
            "machine rounds after each of three additions.",
        ),
        Mistake(1000, "the last digit is cut off; 1006 is nearer to 1010 than to 1000"),
        Mistake(_added(1000, 6, 1), "you stop after the first 6"),
        Mistake(_added(1000, 6, 4), "you add four 6's; there are three"),
        Mistake(1012, "you stop after the second 6, and nothing is rounded"),
        Mistake(1006, "you stop after the first 6, and nothing is rounded"),
        Mistake(18, "the 1000 is left out"),
        Mistake(1026, "the last sum is not rounded: 1026 has four digits"),
        Mistake(1016, "you stop after the second 6, before it is rounded"),
        Mistake(103, "you give the three digits it keeps; it knows where the point is"),
        Mistake(1.03, "the point is kept as well: it is thousands"),
    ),
    (
        "Between 1000 and 10,000 it knows only tens.",
        "1006 becomes 1010. Now add 6.",
        "1010 + 6 = 1016 becomes 1020, and 1026?",
    ),
    tolerance=0,
)

STORED = Exercise(
    "bfloat16 keeps 7 bits after the leading one. Which number does it store for 2.54? To "
    "three decimals, or as a fraction.",
    float(keep_bits(2.54, 7)),
    (
        Mistake(2.54, "nothing is rounded: 2.54 · 64 is not whole"),
        Mistake(
            float(keep_bits(2.54, 8)),
            "the gap is too narrow: 1/128 is that of the numbers from 1 to 2",
        ),
        Mistake(
            162 / 64,
            "Either the rest is cut off, and 162.56 is nearer to 163, or the gap is 1/32: "
            "that is twice too wide.",
        ),
        Mistake(163, "you give the number of steps; each is a 64th"),
        Mistake(162, "you give the number of steps, and the rest is cut off"),
        Mistake(
            162.56, "you give the steps before they are rounded, and not divided by 64"
        ),
        Mistake(163 / 128, "you take steps of 1/128, which are those between 1 and 2"),
        Mistake(2.5, "you keep 2 bits after the leading one; bfloat16 keeps 7"),
        Mistake(3, "you round to a whole number; 7 bits come after the leading one"),
        Mistake(1 / 64, "you give the gap between neighbours: how many of them are 2.54?"),
    ),
    (
        "2.54 lies between 2 and 4. How far are neighbours apart there?",
        "The gap is 2/128 = 1/64. How many 64ths are 2.54?",
        "2.54 · 64 = 162.56",
    ),
)


# Code -----------------------------------------------------------------------------------


def _judged(found, terms, u):
    """The error of a sum, as a share of the bound n · u · (|t_1| + … + |t_n|)."""
    return abs(found - math.fsum(terms)) / (len(terms) * u * _sizes(terms))


def _sizes(terms):
    return math.fsum(abs(term) for term in terms)


def _with_numpy(found, terms, u):
    terms = np.asarray(terms)
    bound = u * terms.size * np.abs(terms).sum()
    return np.abs(terms.sum() - found) / bound


def _one_by_one(found, terms, u):
    bound = 0.0
    for term in terms:
        found -= term
        bound += len(terms) * u * (term if term > 0 else -term)
    return (found**2) ** 0.5 / bound


def _sum_by_a_machine(below, too_far=0):
    def drawn(rng):
        (n,) = sizes(rng, 1, least=3, most=9)
        terms = rng.uniform(1, 9, n) * np.where(np.arange(n) % 2, -1, 1)
        off = (rng.uniform(0.1, 0.9) + too_far) * (-1 if below else 1)
        return float(terms.sum() + off), terms.tolist(), float(rng.uniform(1e-3, 9e-3))

    return drawn


def _of_the_other_sign(rng):
    found, terms, u = _sum_by_a_machine(False)(rng)
    return -found, terms, u


JUDGED = Exercise(
    "Write my_share(found, terms, u): a machine with unit roundoff u found this sum of the "
    "terms. Which share of the bound n · u · (|t_1| + … + |t_n|) does its error use?",
    _judged,
    (
        Mistake(
            lambda found, terms, u: _judged(found, terms, u) * _sizes(terms) / sum(terms),
            "the bound takes the size of each term, |t|; terms of both signs cancel",
        ),
        Mistake(
            lambda found, terms, u: (
                _judged(found, terms, u) * _sizes(terms) / abs(sum(terms))
            ),
            "the size is taken of the sum, not of each term",
        ),
        Mistake(
            lambda found, terms, u: (found - sum(terms)) / (len(terms) * u * _sizes(terms)),
            "an error below the truth counts as well: its size is taken",
        ),
        Mistake(
            lambda found, terms, u: (sum(terms) - found) / (len(terms) * u * _sizes(terms)),
            "an error above the truth counts as well: its size is taken",
        ),
        Mistake(
            lambda found, terms, u: abs(found - sum(terms)),
            "that is the error alone; divide it by the bound",
        ),
        Mistake(
            lambda found, terms, u: len(terms) * u * _sizes(terms),
            "that is the bound alone; the error is divided by it",
        ),
        Mistake(
            lambda found, terms, u: 1 / _judged(found, terms, u),
            "the bound is divided by the error; turn it round",
        ),
        Mistake(
            lambda found, terms, u: _judged(found, terms, u) * len(terms),
            "the number of terms is missing in the bound",
        ),
        Mistake(
            lambda found, terms, u: _judged(found, terms, u) * u,
            "u is missing in the bound",
        ),
        Mistake(
            lambda found, terms, u: (
                _judged(found, terms, u) * len(terms) / (len(terms) - 1)
            ),
            "n − 1 additions are counted; the bound takes n",
        ),
        Mistake(
            lambda found, terms, u: (
                abs(found - sum(terms))
                / (len(terms) * u / (1 - len(terms) * u) * _sizes(terms))
            ),
            "you take an older, wider bound, nu / (1 − nu); here n · u is asked for",
        ),
        Mistake(
            lambda found, terms, u: (
                abs(found - sum(terms)) / (len(terms) * u * max(map(abs, terms)))
            ),
            "the largest size is taken; the bound adds all sizes up",
        ),
        Mistake(
            lambda found, terms, u: abs(found - sum(terms)) / (len(terms) * u * abs(found)),
            "the size of what was found is taken; the bound adds the terms' sizes up",
        ),
        Mistake(
            lambda found, terms, u: _judged(found, terms, u) * u * 1000 / 5,
            "u is that of three digits, 5/1000; here it is handed over",
        ),
        Mistake(
            lambda found, terms, u: (
                abs(found - sum(terms)) / len(terms) * u * _sizes(terms)
            ),
            "only n divides: put brackets round the whole bound",
        ),
        Mistake(
            lambda found, terms, u: min(1.0, _judged(found, terms, u)),
            "a share above 1 is not cut off: by it a mistake is heard",
        ),
        Mistake(
            lambda found, terms, u: (
                abs(abs(found) - abs(sum(terms))) / (len(terms) * u * sum(map(abs, terms)))
            ),
            "you compare sizes; a sum of the wrong sign is off, too: abs(found - sum)",
        ),
        Mistake(
            lambda found, terms, u: 100 * _judged(found, terms, u),
            "a share is asked for, not percent",
        ),
    ),
    (
        "How far is `found` from sum(terms)? Take the size of that, abs(…).",
        "The bound: len(terms) * u * sum(abs(t) for t in terms).",
        "abs(found - sum(terms)) / bound",
    ),
    (
        _sum_by_a_machine(False),
        _sum_by_a_machine(True),
        _sum_by_a_machine(False, 7),
        _of_the_other_sign,
    ),
    forms=(_with_numpy, _one_by_one),
)

# Wonder ---------------------------------------------------------------------------------


_right = {bits: words_right(bits) for bits in range(11)}
_fewest = min(bits for bits, right in _right.items() if right == 15)

FEWEST = Exercise(
    "With how few bits of the fraction does the model still get all 15 words right, each "
    "asked after the right words before it? A whole number.",
    _fewest,
    (
        *(
            Mistake(bits, f"With {bits}, only {_right[bits]} of the 15 words are right.")
            for bits in range(_fewest - 1)
        ),
        Mistake(
            _fewest - 1,
            f"With {_fewest - 1}, only {_right[_fewest - 1]} of the 15 words are right: "
            "'he' has the very score of 'storm'.",
        ),
        *(
            Mistake(bits, f"With {bits}, all 15 are right, but with fewer they are too.")
            for bits in range(_fewest + 1, 11)
        ),
        Mistake(23, "That is float32's: all 15 are right, but turn the knob down."),
        Mistake(52, "That is float64's: all 15 are right, but turn the knob down."),
        Mistake(16, "That is all that bfloat16 has; 7 of them are its fraction."),
        Mistake(15, "That is how many words there are, not how many bits they need."),
    ),
    ("Turn the knob down until a word goes wrong.", "Between 1 and 4."),
    tolerance=0,
)

_tenths = [k / 10 for k in range(1, 11)]


def _noticed(size):
    with told("number", size) as lie:
        return not quotes_are_finished(*lie)


_first = next(size for size in _tenths if _noticed(size))

FORGED = Exercise(
    'The row of "you" is 1 − 2s times itself. With which s, of 0.1, 0.2, 0.3 and so on up '
    'to 1, does the law "quotes are finished" hear it first? One decimal.',
    _first,
    (
        *(
            Mistake(size, f"With {size} all 15 words are right: the law is kept.")
            for size in _tenths
            if size < _first
        ),
        *(
            Mistake(size, f"With {size} the law hears it, but with less it does too.")
            for size in _tenths
            if size > _first
        ),
        Mistake(0.0, "With 0 nothing is changed: that is the truth."),
    ),
    ("Turn the knob up from 0.1 until the law is broken.", "It is less than a half."),
    tolerance=0.005,
)
