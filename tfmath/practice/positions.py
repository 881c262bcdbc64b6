"""Exercises of chapter 03: clocks, wavelengths, and the positional encoding."""

import math

import numpy as np

from tfmath.parts.position import positional_encoding, wavelengths
from tfmath.practice.answers import Exercise, Mistake

COUNT = Exercise(
    "d_model = 7: how many sines, how many cosines?",
    (4, 3),
    (
        Mistake((3, 4), "the cosine comes first; but column 0 is a sine"),
        Mistake((4, 4), "every sine has a partner; but 8 columns are too many"),
        Mistake((3, 3), "the last sine is left out because it has no partner"),
        Mistake((7, 7), "every column holds both"),
    ),
    ("Columns 0, 2, 4, … are sines.", "Count them: 0, 2, 4, 6."),
)

WAVELENGTH = Exercise(
    "d_model = 4, base 10000: how many turns of the first clock make one of the second?",
    wavelengths(4)[1] / wavelengths(4)[0],
    (
        Mistake(10000.0, "the exponent is doubled: 10000 to the 4/4"),
        Mistake(1000.0, "you take the number of column 3, not that of its pair: 3/4"),
        Mistake(10.0, "you take the number of the pair, 1, over 4, not 2 over 4"),
        *(
            Mistake(found, "you count positions, not turns of the first clock")
            for found in (2 * math.pi * 100, 628.32, 628.3, 628)
        ),
        Mistake(0.01, "you count turns of the second clock in one turn of the first"),
    ),
    ("The divisor of columns 2 and 3 is 10000 to the 2/4.", "The power 2/4 is a root."),
)

_start = np.array([0.6, 0.8])

QUARTER = Exercise(
    "A hand stands at (sine, cosine) = (0.6, 0.8). Where is it a quarter turn later?",
    (0.8, -0.6),
    (
        Mistake((-0.8, 0.6), "it is moved a quarter turn back"),
        Mistake((-0.6, -0.8), "it is moved half a turn"),
        Mistake((0.8, 0.6), "sine and cosine only change places; mind the sign"),
        Mistake((-0.6, 0.8), "it is reflected, not turned"),
    ),
    (
        "Draw it: the sine goes to the right, the cosine up, the hand turns clockwise.",
        "From the top, (0, 1), a quarter turn leads to the right, (1, 0).",
    ),
)


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


def _halves(n_positions, d_model):
    whole = positional_encoding(n_positions, d_model)
    return np.concatenate([whole[:, 0::2], whole[:, 1::2]], axis=1)


ENCODING = Exercise(
    "Write my_encoding(n_positions, d_model), which also works for an odd d_model.",
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
            lambda n, d: positional_encoding(n, d + 1),
            "an odd d_model gets one column too many",
        ),
    ),
    (
        "j = np.arange(d_model) numbers the columns; j // 2 * 2 is 0, 0, 2, 2, 4, …",
        "angles = np.arange(n_positions)[:, np.newaxis] / 10000 ** (j // 2 * 2 / d_model)",
        "return np.where(j % 2 == 0, np.sin(angles), np.cos(angles))",
    ),
    lambda rng: (int(rng.integers(8, 12)), int(2 * rng.integers(2, 4) + 1)),
)

_fit = positional_encoding(61, 6, base=1.0) @ positional_encoding(1, 6, base=1.0)[0]
_nearest = int(1 + _fit[1:].argmax())

TWINS = Exercise(
    "Base 1: which position from 1 to 60 looks most like position 0?",
    _nearest,
    (
        Mistake(0, "you take position 0 itself"),
        Mistake(1, "you take its neighbour, as with base 10000"),
        Mistake(6, "you take the end of the first turn; a later one ends more exactly"),
        Mistake(25, "you take the end of the fourth turn; a later one ends more exactly"),
        Mistake(22, "you take the position that looks least like position 0"),
        Mistake(60, "you take the last position"),
    ),
    (
        "Set base = 1 and look for the highest peak.",
        "Seven turns are 43.98 positions.",
    ),
)

EXERCISES = (COUNT, WAVELENGTH, QUARTER, ENCODING, TWINS)
