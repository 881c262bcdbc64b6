"""Exercises of chapter 00: read a table, write a function, turn a knob."""

from tfmath import toy
from tfmath.model.parameters import traced
from tfmath.model.transformer import transformer
from tfmath.parts.text import encode
from tfmath.practice.answers import Exercise, Mistake
from tfmath.tracing import steps

SENTENCE = "when you play game of thrones"
WRITTEN = "<start> you win or you"


def worked_example():
    """The record of the course's example: every step on the way to the word `die`."""
    parameters = traced(toy.load(), toy.WORDS)
    source = encode(SENTENCE, toy.WORDS)
    return steps(transformer(parameters, source, encode(WRITTEN.split(), toy.WORDS)))


# Pencil ---------------------------------------------------------------------------------

THIRD = Exercise(
    "What is a third of 6?",
    6 / 3,
    (
        Mistake(3 / 6, "you divide 3 by 6: it is turned upside down"),
        Mistake(6 * 3, "you multiply instead of dividing"),
        Mistake(6 / 4, "you cut into four parts, not three"),
    ),
    ("Cut 6 into three equal parts.", "6 / 3"),
)
"""An exercise to see how exercises work."""

_words = SENTENCE.split()
_weights = worked_example()["encoder / layer 1 / self-attention / heads / weights"].value
_play, _game = _words.index("play"), _words.index("game")

READ = Exercise(
    "Head 1: which weight does `game` give to `play`?",
    _weights[0][_game, _play],
    (
        Mistake(
            round(_weights[0][_play, _game], 3),
            "you read row play, column game; the row is the word that looks",
        ),
        Mistake(round(_weights[1][_game, _play], 3), "you read the table of head 2"),
        Mistake(round(_weights[0][_play, _play], 3), "you read the row of play"),
        Mistake(round(_weights[0][_game, _game], 3), "you read the column of game"),
        Mistake(
            round(_weights[0][_game, _play + 2], 3), "you are in a column farther right"
        ),
    ),
    ("Row = the word that looks. Column = the word that is looked at.",),
    tolerance=6e-4,
)

# Code -----------------------------------------------------------------------------------


def _mixture(weights, values):
    return (weights * values).sum() / weights.sum()


AVERAGE = Exercise(
    "Write my_average(weights, values): the weighted average.",
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
        Mistake(lambda w, v: w.sum() * v.sum() / w.sum(), "you add before you multiply"),
    ),
    (
        "Multiply each value by its weight, and add.",
        "Divide by the sum of the weights.",
        "(weights * values).sum() / weights.sum()",
    ),
    lambda rng: (rng.uniform(1, 3, size=5), rng.normal(size=5)),
)

# Wonder ---------------------------------------------------------------------------------


def enough(sentence):
    """From how many words on the model finishes the beginning of a sentence right."""
    source, target = sentence.split(), dict(toy.PAIRS)[sentence].split()

    def right(n):
        written = toy.finish(toy.load(), " ".join(source[:n]))
        return [word for word, _ in written] == [*target, "<end>"]

    return min(n for n in range(1, len(source) + 1) if right(n))


_enough = enough(SENTENCE)

ENOUGH = Exercise(
    "How many words of the sentence, from its start, are enough?",
    _enough,
    (
        Mistake(_enough - 1, "you stop one word early: try it"),
        Mistake(len(_words), "you take all six; fewer are enough"),
        Mistake(1, "you take the first word alone: read what it writes"),
        *(
            Mistake(n, "it is right there, but fewer words are enough too")
            for n in range(_enough + 1, len(_words))
        ),
    ),
    ("Take words off the end until the answer changes.",),
    tolerance=0,
)
