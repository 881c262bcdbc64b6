"""Exercises of positions: clocks, wavelengths, and the positional encoding."""

import math

import numpy as np

from tfmath.parts.position import positional_encoding, wavelengths
from tfmath.practice.answers import Exercise, Mistake
from tfmath.practice.trials import sizes

# Pencil ---------------------------------------------------------------------------------

COUNT = Exercise(
    "d_model = 7: how many columns are sines, how many cosines? A pair of whole numbers.",
    (4, 3),
    (
        Mistake((3, 4), "the cosine comes first; but column 0 is a sine"),
        Mistake((4, 4), "every sine has a partner; but 8 columns are too many"),
        Mistake((3, 3), "the last sine is left out because it has no partner"),
        Mistake((7, 7), "every column holds both"),
        Mistake((3.5, 3.5), "you halve the width; a column is one or the other"),
        Mistake((3, 2), "you count for our model, whose width is 5"),
        Mistake((5, 2), "only every third column is taken for a cosine"),
    ),
    ("Columns 0, 2, 4, … are sines.", "Count them: 0, 2, 4, 6."),
    tolerance=0,
)

WAVELENGTH = Exercise(
    "d_model = 4, base 10000: how many turns of the first clock make one of the second? A "
    "whole number.",
    wavelengths(4)[1] / wavelengths(4)[0],
    (
        Mistake(10000.0, "the exponent is doubled: 10000 to the 4/4"),
        Mistake(1000.0, "you take the number of column 3, not that of its pair: 3/4"),
        Mistake(10.0, "you take the number of the pair, 1, over 4, not 2 over 4"),
        *(
            Mistake(found, "you count positions, not turns of the first clock")
            for found in (2 * math.pi * 100, 628)
        ),
        Mistake(0.01, "you count turns of the second clock in one turn of the first"),
        Mistake(10000**0.4, "you take 2/5, the exponent of our model; here d_model is 4"),
        Mistake(5000.0, "you take 2/4 of 10000; it is the power 2/4 of it"),
        Mistake(40000.0, "you multiply base and width"),
        Mistake(2.0, "you count clocks, not turns"),
    ),
    (
        "The first clock has the divisor 1. What is that of columns 2 and 3?",
        "It is 10000 to the 2/4.",
        "The power 2/4 is a root.",
    ),
    tolerance=0.05,
)

_start = np.array([0.6, 0.8])

QUARTER = Exercise(
    "A hand stands at (sine, cosine) = (0.6, 0.8). Where is it a quarter turn later? A "
    "pair with one decimal.",
    (0.8, -0.6),
    (
        Mistake((-0.8, 0.6), "it is moved a quarter turn back"),
        Mistake((-0.6, -0.8), "it is moved half a turn"),
        Mistake((0.8, 0.6), "sine and cosine only change places; mind the sign"),
        Mistake((-0.6, 0.8), "it is reflected, or the cosine stands first"),
        Mistake((0.6, -0.8), "it is reflected up and down, not turned"),
        Mistake(
            (-0.8, -0.6), "both signs are changed; going right from the top, the sine grows"
        ),
        Mistake((1, 0), "you move the hand that stood at the top"),
        Mistake((0.6, 0.8), "it has not moved"),
    ),
    (
        "Draw it: the sine goes to the right, the cosine up, the hand turns clockwise.",
        "From the top, (0, 1), a quarter turn leads to the right, (1, 0).",
        "The new sine is the old cosine; the new cosine is minus the old sine.",
    ),
)

# Code -----------------------------------------------------------------------------------


def _columns(exponent, even=np.sin, odd=np.cos, first=0, base=10000.0, turn=1.0):
    """An encoding in which column j has the exponent ``exponent(j, d_model)``."""

    def variant(n_positions, d_model):
        j = np.arange(d_model)
        positions = turn * (first + np.arange(n_positions))[:, np.newaxis]
        angles = positions / base ** exponent(j, d_model)
        return np.where(j % 2 == 0, even(angles), odd(angles))

    return variant


def _pair(j, d_model):
    return j // 2 * 2 / d_model


def _filled(cosines):
    """The sines and the cosines are written into a table of zeros."""

    def variant(n_positions, d_model):
        powers = 10000 ** (np.arange(0, d_model, 2) / d_model)
        angles, table = (
            np.arange(n_positions)[:, None] / powers,
            np.zeros((n_positions, d_model)),
        )
        table[:, 0::2], table[:, 1::2] = np.sin(angles), cosines(np.cos(angles), d_model)
        return table

    return variant


def _two_by_two(n_positions, d_model):
    table = np.zeros((n_positions, d_model))
    for i in range(0, d_model, 2):
        angles = np.arange(n_positions) / 10000 ** (i / d_model)
        table[:, i], table[:, i + 1] = np.sin(angles), np.cos(angles)
    return table


def _number_by_number(n_positions, d_model):
    rows = []
    for p in range(n_positions):
        row = []
        for j in range(d_model):
            angle = p / 10000 ** ((j - j % 2) / d_model)
            row.append(math.cos(angle) if j % 2 else math.sin(angle))
        rows.append(row)
    return rows


def _odd(rng):
    d_model = 2 * int(rng.integers(0, 5)) + 1
    return int(rng.integers(2, 6)), d_model


def _even(rng):
    n, half = sizes(rng, 2, least=1, most=5)
    return n + 1, 2 * half


def _wide(rng):
    return int(rng.integers(60, 70)), int(rng.integers(500, 513))


def _halves(n_positions, d_model):
    whole = positional_encoding(n_positions, d_model)
    return np.concatenate([whole[:, 0::2], whole[:, 1::2]], axis=1)


ENCODING = Exercise(
    "Write my_encoding(n_positions, d_model): a table, a row a position, for any d_model.",
    positional_encoding,
    (
        Mistake(
            _columns(lambda j, d: 2 * j / d),
            "the exponent is doubled and each column has its own wavelength: if i runs"
            " over 0, 2, 4, … it is 2i already, and the cosine shares it",
        ),
        Mistake(
            _columns(lambda j, d: 2 * _pair(j, d)),
            "the exponent is doubled: 0, 2, 4, … is 2i already",
        ),
        Mistake(
            _columns(lambda j, d: j / d),
            "each column has its own wavelength: a sine and its cosine must share theirs",
        ),
        Mistake(
            _columns(lambda j, d: j // 2 / d), "the exponent is halved: i/d instead of 2i/d"
        ),
        Mistake(
            _columns(lambda j, d: -_pair(j, d)), "you multiply by the power, not divide"
        ),
        Mistake(_columns(_pair, np.cos, np.sin), "sines and cosines have changed places"),
        Mistake(_columns(_pair, np.sin, np.sin), "every column is a sine"),
        Mistake(_columns(_pair, first=1), "positions are counted from 1, not from 0"),
        Mistake(_columns(_pair, base=1000.0), "the base is 1000, not 10000"),
        Mistake(_columns(_pair, turn=math.pi / 180), "the angles are degrees, not radians"),
        Mistake(_halves, "the sines come first, then the cosines, instead of by turns"),
        Mistake(
            lambda n, d: positional_encoding(n, d - 1),
            "the last sine is left out",
        ),
        Mistake(
            lambda n, d: positional_encoding(n, d + d % 2),
            "an odd d_model gets one column too many",
        ),
        Mistake(
            _filled(lambda cosines, d: cosines),
            "For an odd d_model there is one cosine less than sines: cut off the last.",
        ),
        Mistake(
            _two_by_two,
            "For an odd d_model the last sine has no cosine: ask whether i + 1 < d_model.",
        ),
        Mistake(
            _filled(lambda cosines, d: cosines[:, :2]),
            "The first two cosines are kept, as for our five columns: keep d_model // 2.",
        ),
        Mistake(
            _filled(lambda cosines, d: cosines[:, :-1]),
            "The last cosine is cut off always; for an even d_model it is needed.",
        ),
        Mistake(
            lambda n, d: np.hstack(
                [positional_encoding(n, d)[:, : d // 2 * 2], np.zeros((n, d % 2))]
            ),
            "for an odd d_model the last sine is left out: its column stays 0",
        ),
        Mistake(
            _columns(lambda j, d: (j + j % 2) / d),
            "a cosine has the wavelength of the next pair, not that of its sine",
        ),
        Mistake(_columns(_pair, np.cos, np.cos), "every column is a cosine"),
        Mistake(
            _columns(lambda j, d: j // 2 * 2 // d),
            "every exponent is 0, all clocks have one speed: // divides without decimals",
        ),
        Mistake(
            _columns(lambda j, d: j // 2 * 2 / 5), "you divide by 5 whatever d_model is"
        ),
        Mistake(_columns(_pair, base=10.0), "the base is 10, not 10000"),
        Mistake(
            _columns(_pair, turn=2 * math.pi), "a word is a whole turn, not one radian"
        ),
    ),
    (
        "j = np.arange(d_model) numbers the columns; j // 2 * 2 is 0, 0, 2, 2, 4, …",
        "angles = np.arange(n_positions)[:, np.newaxis] / 10000 ** (j // 2 * 2 / d_model)",
        "return np.where(j % 2 == 0, np.sin(angles), np.cos(angles))",
    ),
    (_odd, _even, _wide),
    forms=(
        _number_by_number,
        _filled(lambda cosines, d: cosines[:, : d // 2]),
        lambda n, d: positional_encoding(range(n), d),
        lambda n, d: np.sin(
            np.outer(np.arange(n), 10000.0 ** -(np.arange(d) // 2 * 2 / d))
            + np.arange(d) % 2 * np.pi / 2
        ),
    ),
)

# Wonder ---------------------------------------------------------------------------------

_fit = positional_encoding(41, 6, base=1.0) @ positional_encoding(1, 6, base=1.0)[0]
_nearest = int(1 + _fit[1:].argmax())

TWINS = Exercise(
    "Base 1: which place from 1 to 40 looks most like place 0? A whole number.",
    _nearest,
    (
        Mistake(0, "you take place 0 itself"),
        Mistake(1, "you take its neighbour, as with base 10"),
        Mistake(6, "you take the end of the first turn; a later one ends more exactly"),
        Mistake(19, "you take the end of the third turn; the next one ends more exactly"),
        Mistake(22, "you take the place that looks least like place 0"),
        Mistake(40, "you take the last place"),
        Mistake(44, "you go on to the seventh turn; but place 44 lies beyond 40"),
        Mistake(
            8 * math.pi, "The fourth turn ends there; name the whole place nearest to it."
        ),
        *(
            Mistake(n, f"Place {n} has the product {_fit[n]:.3f}; there is one with more.")
            for n in range(2, 40)
            if n not in (6, 19, 22, _nearest)
        ),
    ),
    (
        "Set base = 1 and look for the highest peak.",
        "A full turn is 6.283 places. How many turns end nearest to a whole place?",
        "Four turns are 25.13 places.",
    ),
    tolerance=0,
)
