"""Exercises of chapter 02: one-hot rows, matrix products, embeddings."""

import math

import numpy as np

from tfmath import toy
from tfmath.parts.embedding import lookup, one_hot
from tfmath.practice.answers import Exercise, Mistake

# Pencil ---------------------------------------------------------------------------------

LEFT = np.array([[1, 2], [3, 4]])
RIGHT = np.array([[1, 3], [2, 0]])
_product = LEFT @ RIGHT

ENTRY = Exercise(
    "What stands in row 1, column 0 of the product?",
    _product[1, 0],
    (
        Mistake(_product[0, 1], "you take row 0 and column 1: the row comes first"),
        Mistake((LEFT * RIGHT)[1, 0], "you multiply only the two numbers at that place"),
        Mistake((RIGHT @ LEFT)[1, 0], "you take the row of the right table"),
        Mistake((LEFT @ RIGHT.T)[1, 0], "you multiply a row by a row, not by a column"),
        Mistake(_product[0, 0], "you count from 1: row 1 is the second"),
    ),
    (
        "Row 1 of the left table is (3, 4). Which numbers stand in column 0 of the right?",
        "3 · 1 + 4 · 2",
    ),
    tolerance=0,
)

_words, _width = 50, 6

SAVED = Exercise(
    "A vocabulary of 50 words, width 6: how many numbers does tying three tables save?",
    2 * _words * _width,
    (
        Mistake(3 * _words * _width, "you count all three tables; one of them stays"),
        Mistake(_words * _width, "you count the table that stays, or only one that goes"),
        Mistake(2 * (_words + _width), "you add the sides instead of multiplying them"),
        Mistake(2 * _words, "you count one number a word, not a row of six"),
        Mistake(2 * _words * _words, "you count the one-hot rows"),
    ),
    ("One table has 50 rows of 6 numbers.", "Three tables become one: two are saved."),
    tolerance=0,
)

# Code -----------------------------------------------------------------------------------


def _ids(rng):
    return rng.permutation(9)[:4], 9


ONE_HOT = Exercise(
    "Write my_one_hot(ids, vocab_size): a row for each id, 1 at the id, 0 elsewhere.",
    one_hot,
    (
        Mistake(lambda i, n: one_hot(i, n).T, "rows and columns are swapped"),
        Mistake(lambda i, n: np.roll(one_hot(i, n), -1, axis=1), "you count from 1"),
        Mistake(
            lambda i, n: one_hot(i, n) * i[:, None], "the id itself stands there, not a 1"
        ),
        Mistake(
            lambda i, n: np.eye(n)[: len(i)], "the 1 stands at the place, not at the id"
        ),
        Mistake(lambda i, n: one_hot(i, n).sum(axis=0), "all the 1s stand in a single row"),
        Mistake(lambda i, n: 1 - one_hot(i, n), "0 and 1 are swapped"),
        Mistake(lambda i, n: np.zeros((len(i), n)), "no 1 was written"),
    ),
    (
        "Begin with np.zeros((len(ids), vocab_size)).",
        "Row r gets its 1 in column ids[r].",
        "Or take rows of np.eye(vocab_size).",
    ),
    _ids,
)


def scaled_lookup(ids, table):
    """Rows of the table, times √d_model."""
    return lookup(ids, table) * math.sqrt(table.shape[1])


def _scaled(factor):
    return lambda ids, table: lookup(ids, table) * factor(ids, table)


EMBED = Exercise(
    "Write my_embed(ids, table): the rows of the ids, times √d_model.",
    scaled_lookup,
    (
        Mistake(lookup, "the factor √d_model is missing"),
        Mistake(
            _scaled(lambda i, t: t.shape[1]), "you multiply by d_model, not by its root"
        ),
        Mistake(
            _scaled(lambda i, t: math.sqrt(len(t))),
            "you multiply by the root of the number of words in the table",
        ),
        Mistake(
            _scaled(lambda i, t: math.sqrt(len(i))),
            "you multiply by the root of the length of the sentence",
        ),
        Mistake(
            _scaled(lambda i, t: 1 / math.sqrt(t.shape[1])),
            "you divide by √d_model; that comes later, with the scores of attention",
        ),
        Mistake(
            lambda i, t: scaled_lookup(np.arange(len(i)), t),
            "you take the first rows of the table, not those of the ids",
        ),
        Mistake(lambda i, t: scaled_lookup(i, t).T, "rows and columns are swapped"),
    ),
    (
        "table[ids] are the rows; one_hot(ids, len(table)) @ table are the same.",
        "d_model is table.shape[1].",
    ),
    lambda rng: (rng.permutation(11)[:4], rng.normal(size=(11, 5))),
)


def distances(table, i):
    """How far each row is from row i."""
    return np.sqrt(((table - table[i]) ** 2).sum(axis=1))


DISTANCES = Exercise(
    "Write my_distances(table, i): how far each row is from row i.",
    distances,
    (
        Mistake(lambda t, i: distances(t, i) ** 2, "the root is missing"),
        Mistake(
            lambda t, i: np.abs(t - t[i]).sum(axis=1),
            "you add the differences without squaring them first",
        ),
        Mistake(
            lambda t, i: np.abs((t - t[i]).sum(axis=1)),
            "you add before you square: differences up and down cancel",
        ),
        Mistake(lambda t, i: distances(t.T, i), "you compare columns, not rows"),
        Mistake(
            lambda t, i: np.sqrt(((t - t[i]) ** 2).sum(axis=0)),
            "you add down the columns: axis=1 adds along each row",
        ),
        Mistake(lambda t, i: t @ t[i], "those are dot products, not distances"),
        Mistake(lambda t, i: distances(t, 0), "you measure from row 0, whatever i is"),
        Mistake(
            lambda t, i: np.sqrt(((t - t[i]) ** 2).mean(axis=1)),
            "you take the mean of the squares, not their sum",
        ),
    ),
    (
        "table - table[i] gives all the differences at once.",
        "Square, add along each row (axis=1), take the root.",
    ),
    lambda rng: (rng.normal(size=(7, 5)), int(rng.integers(1, 4))),
)

# Wonder ---------------------------------------------------------------------------------

SENTENCE = "when you play game of thrones"


def _twin(word):
    """The words other than `word` that have the very same row."""
    table = toy.load()["embedding"]
    same = (table == table[toy.WORDS.index(word)]).all(axis=1)
    return [w for w, equal in zip(toy.WORDS, same, strict=True) if equal and w != word]


TWIN = Exercise(
    "Which word of the sentence can be replaced by `won't` without any change?",
    next(w for w in SENTENCE.split() if "won't" in _twin(w)),
    (
        Mistake("thrones", "you look for `out`: that is the twin of thrones"),
        Mistake("play", "you take a row near that of won't; near is not the same"),
        *(
            Mistake(w, f"you take {w}, whose row is another: some probability moves")
            for w in ("when", "you", "game")
        ),
    ),
    (
        "Compare the rows in the table E.",
        "Which row of the six is -0.1, 0, 0.1, -0.2, 0.1?",
    ),
)

SPREAD = Exercise(
    "At which width is the spread of the cosines half of that at width 5?",
    4 * 5,
    (
        Mistake(2 * 5, "you double the width; the spread falls with its root"),
        Mistake(5 / 2, "you halve the width; wider tables have a smaller spread"),
        Mistake(5 / 4, "you divide by four; wider tables have a smaller spread"),
        Mistake(5**2, "you square the width"),
    ),
    ("The spread is 1 over the root of the width.", "√(4 · 5) is 2 · √5."),
    tolerance=0,
)
