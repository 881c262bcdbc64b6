"""Exercises of start here: read a table, write a function, turn a knob."""

import numpy as np

from tfmath import toy
from tfmath.practice.answers import Exercise, Mistake
from tfmath.practice.trials import sizes
from tfmath.toy import worked_example

SENTENCE = "when you play game of thrones"

# Pencil ---------------------------------------------------------------------------------

THIRD = Exercise(
    "What is a third of 6?",
    6 / 3,
    (
        Mistake(3 / 6, "you divide 3 by 6: it is turned upside down"),
        Mistake(6 * 3, "you multiply instead of dividing"),
        Mistake(6 / 4, "you cut into four parts, not three"),
        Mistake(6 - 3, "you take 3 away instead of dividing by it"),
    ),
    ("Cut 6 into three equal parts.", "6 / 3"),
)
"""An exercise to see how exercises work."""

_words = SENTENCE.split()
_weights = worked_example()["encoder / layer 1 / self-attention / heads / weights"].value
_play, _game = _words.index("play"), _words.index("game")


def _misread():
    """The other numbers of that row and of that column, and why somebody takes them."""
    taken = [_weights[0][_game, _play], _weights[1][_game, _play]]
    row = [((_game, i), f"you read row game, but column {w}") for i, w in enumerate(_words)]
    column = [
        ((i, _play), f"you read column play, but row {w}") for i, w in enumerate(_words)
    ]
    turned = (
        (_play, _game),
        "you read row play, column game; the row is the word that looks",
    )
    for place, why in [turned, *row, *column]:
        if min(abs(_weights[0][place] - number) for number in taken) > 2e-3:
            taken.append(_weights[0][place])
            yield Mistake(round(_weights[0][place], 3), why)


READ = Exercise(
    "Head 1: which weight does `game` give to `play`, to three decimals?",
    _weights[0][_game, _play],
    (
        Mistake(round(_weights[1][_game, _play], 3), "you read the table of head 2"),
        *_misread(),
    ),
    (
        "Row = the word that looks. Column = the word that is looked at.",
        "It is the fourth row. Go along it to the column `play`.",
    ),
    tolerance=6e-4,
)

MIXED = Exercise(
    "The values 10 and 4 have the weights 1 and 2. What is their weighted average?",
    (1 * 10 + 2 * 4) / (1 + 2),
    (
        Mistake((10 + 4) / 2, "both values count the same: no weights"),
        Mistake(1 * 10 + 2 * 4, "you do not divide by the sum of the weights"),
        Mistake(
            (1 * 10 + 2 * 4) / 2,
            "you divide by the number of values, not by the sum of the weights",
        ),
        Mistake((2 * 10 + 1 * 4) / (1 + 2), "the two weights are swapped"),
        Mistake(
            (1 * 10 + 2 * 4) / (10 + 4),
            "you divide by the sum of the values, not of the weights",
        ),
        Mistake((1 + 10 + 2 + 4) / (1 + 2), "you add weight and value, not multiply them"),
        Mistake((1 * 8 + 3 * 4) / (1 + 3), "you take the numbers of the chapter"),
        Mistake(10 + 2 * 4 / (1 + 2), "you divide the last product alone: put brackets"),
    ),
    (
        "Multiply each value by its weight, and add.",
        "Divide by 1 + 2.",
        "(1 · 10 + 2 · 4) / (1 + 2)",
    ),
)

# Code -----------------------------------------------------------------------------------


def _mixture(weights, values):
    return (weights * values).sum() / weights.sum()


def _in_a_loop(weights, values):
    total = 0.0
    for i in range(len(values)):
        total += weights[i] * values[i]
    return total / sum(weights)


def _weights_and_values(rng):
    (n,) = sizes(rng, 1, most=7)
    return rng.integers(1, 6, n) / 2, rng.integers(-9, 10, n) / 2


AVERAGE = Exercise(
    "Write my_average(weights, values): the weighted average, one number.",
    _mixture,
    (
        Mistake(lambda w, v: (w * v).sum(), "you do not divide by the sum of the weights"),
        Mistake(lambda w, v: v.mean(), "every value counts the same: no weights"),
        Mistake(
            lambda w, v: (w * v).mean(),
            "you divide by the number of values, not by the sum of the weights",
        ),
        Mistake(
            lambda w, v: (w * v).sum() / v.sum(),
            "you divide by the sum of the values, not of the weights",
        ),
        Mistake(
            lambda w, v: w * v / w.sum(), "you have not added yet: several numbers, not one"
        ),
        Mistake(lambda w, v: w * v, "you have only multiplied: add, and divide"),
        Mistake(lambda w, v: w.sum() * v.sum() / w.sum(), "you add before you multiply"),
        Mistake(
            lambda w, v: (w[0] * v[0] + w[1] * v[1]) / (w[0] + w[1]),
            "you use the first two values only: there may be more",
        ),
        Mistake(
            lambda w, v: (w * v).sum() / (w[0] + w[1]),
            "you divide by the first two weights only: there may be more",
        ),
        Mistake(
            lambda w, v: (w[0] * v[0] + w[1] * v[1]) / w.sum(),
            "you add up the first two products only: there may be more",
        ),
        Mistake(
            lambda w, v: w[-1] * v[-1] / w.sum(),
            "only the last product is kept: add each to what came before",
        ),
        Mistake(
            lambda w, v: (w + v).sum() / w.sum(),
            "you add weight and value, not multiply them",
        ),
        Mistake(
            lambda w, v: 5.0,
            "you compute with the w and v of the chapter, not with what is handed over",
        ),
        Mistake(
            lambda w, v: (w * v).sum() / w.sum() ** 2,
            "you divide by the sum of the weights twice",
        ),
    ),
    (
        "Multiply each value by its weight, and add.",
        "Divide by the sum of the weights.",
        "(weights * values).sum() / weights.sum()",
    ),
    _weights_and_values,
    forms=(
        _in_a_loop,
        lambda w, v: np.average(v, weights=w),
        lambda w, v: w @ v / np.sum(w),
        lambda w, v: (w / w.sum()) @ v,
    ),
)

# Wonder ---------------------------------------------------------------------------------


def _least(sentence):
    """From how many words on the model finishes the beginning of a sentence right."""
    source, target = sentence.split(), dict(toy.PAIRS)[sentence].split()

    def right(n):
        written = toy.finish(toy.load(), " ".join(source[:n]))
        return [word for word, _ in written] == [*target, "<end>"]

    return min(n for n in range(1, len(source) + 1) if right(n))


_enough = _least(SENTENCE)

ENOUGH = Exercise(
    "How many words of the sentence, from its start, are enough? A whole number.",
    _enough,
    (
        Mistake(0, "you take no word at all; it must read something"),
        *(
            Mistake(n, f"you stop too early: after {n} it does not write the quote")
            for n in range(1, _enough)
        ),
        Mistake(len(_words), "you take all six; fewer are enough"),
        Mistake(len(_words) + 1, "The sentence has six words."),
        *(
            Mistake(n, f"With {n} words it writes the quote, but fewer are enough too.")
            for n in range(_enough + 1, len(_words))
        ),
    ),
    (
        "Take words off the end until the answer changes.",
        "The last beginning before it changes is the one to count.",
    ),
    tolerance=0,
)
