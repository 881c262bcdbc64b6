"""Exercises of what a table knows: rows apart, scores, tying, the factor √d_model."""

import math

import numpy as np

from tfmath import toy
from tfmath.parts.embedding import embed, lookup, one_hot
from tfmath.practice.answers import Exercise, Mistake
from tfmath.practice.trials import sizes
from tfmath.study.word_rows import exchanges

# Pencil ---------------------------------------------------------------------------------

OWN = Exercise(
    "Word a has the row (2, 1), word b the row (3, 3), and x is (2, 1). Which scores do a "
    "and b get? A pair of whole numbers.",
    (5, 9),
    (
        Mistake((9, 5), "the score of b stands first"),
        Mistake((5, 18), "for b you take its dot product with itself, not with x"),
        Mistake((5**0.5, 18**0.5), "those are the lengths of the rows"),
        Mistake((0, 5**0.5), "those are distances from x; a score is a dot product"),
        Mistake((0, 5), "those are squared distances from x; a score is a dot product"),
        Mistake((3, 6), "you add the numbers of each row, without x"),
        Mistake((1, 9 / 90**0.5), "those are cosines: here nothing is divided by lengths"),
        Mistake((4, 6), "only the first product of each sum is there"),
        Mistake((1, 3), "only the second product of each sum is there"),
        Mistake((6, 9), "you add in pairs where you should multiply"),
    ),
    ("Multiply in pairs, and add.", "For b: 2 · 3 + 1 · 3."),
    tolerance=0,
)

_words, _width = 50, 6

SAVED = Exercise(
    "A vocabulary of 50 words, width 6: how many numbers does tying three tables save? A "
    "whole number.",
    2 * _words * _width,
    (
        Mistake(3 * _words * _width, "you count all three tables; one of them stays"),
        Mistake(_words * _width, "you count the table that stays, or only one that goes"),
        Mistake(2 * (_words + _width), "you add the sides instead of multiplying them"),
        Mistake(2 * _words, "you count one number a word, not a row of six"),
        Mistake(2 * _width, "you count one row a table, not fifty"),
        Mistake(2 * 26 * 5, "you take the sizes of our model: 26 words, width 5"),
    ),
    ("One table has 50 rows of 6 numbers.", "Three tables become one: two are saved."),
    tolerance=0,
)

# Code -----------------------------------------------------------------------------------


def _scaled_lookup(ids, table):
    return lookup(ids, table) * math.sqrt(table.shape[1])


def _scaled(factor):
    return lambda ids, table: lookup(ids, table) * factor(ids, table)


def _ids_and_table(rng):
    n, vocab_size, d_model = sizes(rng, 3)
    ids = rng.integers(0, vocab_size, n)
    return rng.permutation([*ids, ids[0]]), rng.normal(size=(vocab_size, d_model))


EMBED = Exercise(
    "Write my_embed(ids, table): the rows of the ids, times √d_model.",
    _scaled_lookup,
    (
        Mistake(lookup, "the factor √d_model is missing"),
        Mistake(
            _scaled(lambda i, t: math.sqrt(5)),
            "you multiply by √5 whatever the width; here d_model is that of the table",
        ),
        Mistake(
            _scaled(lambda i, t: t.shape[1]), "you multiply by d_model, not by its root"
        ),
        Mistake(
            _scaled(lambda i, t: math.sqrt(len(t))),
            "you multiply by the root of the number of words in the table",
        ),
        Mistake(
            _scaled(lambda i, t: 1 / math.sqrt(t.shape[1])),
            "you divide by √d_model; that comes later, with the scores of attention",
        ),
        Mistake(
            embed,
            "you call the embed of tfmath, which adds the place of each word as well",
        ),
        Mistake(
            lambda i, t: _scaled_lookup(list(dict.fromkeys(i.tolist())), t),
            "a word that stands twice gets one row only",
        ),
        Mistake(
            lambda i, t: t[: len(i)] * math.sqrt(t.shape[1]),
            "you take the first rows of the table, not those of the ids",
        ),
        Mistake(
            lambda i, t: t * math.sqrt(t.shape[1]),
            "you scale the table and look up nothing",
        ),
        Mistake(
            lambda i, t: _scaled_lookup(i, toy.load()["embedding"]),
            "you use the table E of the chapter, not the one that is handed over",
        ),
        Mistake(lambda i, t: _scaled_lookup(i, t).T, "rows and columns are swapped"),
    ),
    (
        "table[ids] are the rows; one_hot(ids, len(table)) @ table are the same.",
        "d_model is table.shape[1].",
        "return table[ids] * math.sqrt(table.shape[1])",
    ),
    _ids_and_table,
    forms=(
        lambda i, t: one_hot(i, len(t)) @ t * t.shape[1] ** 0.5,
        lambda i, t: [[x * math.sqrt(len(t[k])) for x in t[k]] for k in i],
        lambda i, t: np.take(np.sqrt(t.shape[1]) * t, i, axis=0),
    ),
)


def _distances(table, i):
    return np.sqrt(((table - table[i]) ** 2).sum(axis=1))


def _table_and_row(rng):
    n, d = sizes(rng, 2, most=7)
    return rng.integers(-9, 10, (n, d)) / 2, int(rng.integers(1, n))


DISTANCES = Exercise(
    "Write my_distances(table, i): how far each row is from row i, a list of numbers.",
    _distances,
    (
        Mistake(lambda t, i: _distances(t, i) ** 2, "the root is missing"),
        Mistake(
            lambda t, i: np.abs(t - t[i]).sum(axis=1),
            "you add without squaring first, or take the root of each square by itself",
        ),
        Mistake(
            lambda t, i: (t - t[i]).sum(axis=1),
            "you add the differences as they are: up and down cancel; square them first",
        ),
        Mistake(
            lambda t, i: np.sqrt(((t - i) ** 2).sum(axis=1)),
            "you subtract the number i, not row i of the table",
        ),
        Mistake(
            lambda t, i: np.abs((t - t[i]).sum(axis=1)),
            "you add before you square: differences up and down cancel",
        ),
        Mistake(
            lambda t, i: np.sqrt(((t - t[i]) ** 2).sum(axis=0)),
            "you add down the columns: axis=1 adds along each row",
        ),
        Mistake(
            lambda t, i: np.sqrt(((t - t[i]) ** 2).sum()),
            "you add up the whole table: axis=1 adds along each row",
        ),
        Mistake(lambda t, i: t @ t[i], "those are dot products, not distances"),
        Mistake(
            lambda t, i: np.sqrt((t**2).sum(axis=1)),
            "those are the lengths of the rows, their distances from zeros",
        ),
        Mistake(
            lambda t, i: np.sqrt(((t - t[i]) ** 2).mean(axis=1)),
            "you take the mean of the squares where you should add them",
        ),
        Mistake(
            lambda t, i: np.abs(t - t[i]).max(axis=1),
            "only the largest difference of each row is there",
        ),
        Mistake(lambda t, i: _distances(t, 0), "you measure from row 0, whatever i is"),
        Mistake(
            lambda t, i: np.stack([_distances(t, k) for k in range(len(t))]),
            "every row is measured from every row; only those from row i are asked for",
        ),
        Mistake(
            lambda t, i: np.delete(_distances(t, i), i),
            "row i itself is left out; its distance, 0, is asked for as well",
        ),
    ),
    (
        "table - table[i] gives all the differences at once.",
        "Square, add along each row (axis=1), take the root.",
    ),
    _table_and_row,
    forms=(
        lambda t, i: np.linalg.norm(t - t[i], axis=1),
        lambda t, i: [math.dist(row, t[i]) for row in t],
    ),
)

# Wonder ---------------------------------------------------------------------------------

SENTENCE = "when you play game of thrones"
_lost = [
    row for row in exchanges(toy.load()) if row["other"] == "won't" and not row["stands"]
]

LOST = Exercise(
    "Put `won't` in the place of each word of the sentence in turn. Of the two that lose "
    "the quote, which is nearer to `won't`? A word.",
    min(_lost, key=lambda row: row["distance"])["word"],
    (
        Mistake("you", "`you` goes out: it loses the quote, too, from a farther row"),
        Mistake("of", "`of` goes out: it has the very row of `won't`, so nothing changes"),
        Mistake("won't", "you give the word that comes in, not the one that goes out"),
        *(
            Mistake(w, f"you take {w}; without it the quote stands: run it once more")
            for w in ("when", "game", "thrones")
        ),
    ),
    (
        "Change the line of `text` six times, and look for quotes that are not whole.",
        "my_distances(tables['embedding'], i) measures from row i, that of won't.",
    ),
)
