"""Exercises of embeddings: one-hot rows, matrix products, rows of a table."""

import math

import numpy as np

from tfmath import toy
from tfmath.parts.embedding import embed, lookup, one_hot
from tfmath.practice.answers import Exercise, Mistake
from tfmath.practice.trials import sizes

# Pencil ---------------------------------------------------------------------------------

LEFT = np.array([[1, 2], [3, 4]])
RIGHT = np.array([[1, 3], [2, 0]])
_product = LEFT @ RIGHT

ENTRY = Exercise(
    "What stands in row 1, column 0 of the product? A whole number.",
    _product[1, 0],
    (
        Mistake(_product[0, 1], "you take row 0 and column 1: the row comes first"),
        Mistake(_product[1, 1], "you take column 1: columns are counted from 0"),
        Mistake((LEFT * RIGHT)[1, 0], "you multiply only the two numbers at that place"),
        Mistake((RIGHT @ LEFT)[1, 0], "you take the row of the right table"),
        Mistake((LEFT @ RIGHT.T)[1, 0], "you multiply a row by a row, not by a column"),
        Mistake(_product[0, 0], "you count from 1: row 1 is the second"),
        Mistake(3 + 4 + 1 + 2, "you add the four numbers, without multiplying pairs"),
        Mistake((3 + 1) * (4 + 2), "you add in pairs and multiply the sums"),
        Mistake(4 * 2, "you leave out the first product, 3 · 1"),
    ),
    (
        "Row 1 of the left table is (3, 4). Which numbers stand in column 0 of the right?",
        "3 · 1 + 4 · 2",
    ),
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


def _ids_and_size(rng):
    """Some ids, one of them twice, below a size of its own."""
    n, vocab_size = sizes(rng, 2, most=7)
    ids = rng.integers(0, vocab_size, n)
    return rng.permutation([*ids, ids[0]]), vocab_size


def _hot(place):
    """A table of zeros with 1s at some place."""

    def variant(ids, vocab_size):
        hot = np.zeros((len(ids), vocab_size))
        hot[place(ids)] = 1
        return hot

    return variant


def _hot_one_by_one(ids, vocab_size):
    return [[1 if column == i else 0 for column in range(vocab_size)] for i in ids]


ONE_HOT = Exercise(
    "Write my_one_hot(ids, vocab_size): a table, a row for each id, 1 at the id, else 0.",
    one_hot,
    (
        Mistake(lambda i, n: one_hot(i, n).T, "rows and columns are swapped"),
        Mistake(lambda i, n: np.roll(one_hot(i, n), -1, axis=1), "you count from 1"),
        Mistake(
            lambda i, n: one_hot(i, n) * i[:, None], "the id itself stands there, not a 1"
        ),
        Mistake(lambda i, n: np.eye(len(i), n), "the 1 stands at the place, not at the id"),
        Mistake(lambda i, n: one_hot(i, n).sum(axis=0), "all the 1s stand in a single row"),
        Mistake(lambda i, n: one_hot(i, n)[-1], "only the row of the last id is there"),
        Mistake(lambda i, n: 1 - one_hot(i, n), "0 and 1 are swapped"),
        Mistake(lambda i, n: np.zeros((len(i), n)), "no 1 was written"),
        Mistake(
            _hot(lambda ids: ([list(ids).index(i) for i in ids], ids)),
            "you ask at which place an id stands, and index says the first: where an id "
            "comes twice, its second row stays empty",
        ),
        Mistake(
            _hot(lambda ids: (slice(None), ids)),
            "every row gets the 1s of all ids; row r has the id ids[r]",
        ),
        Mistake(
            _hot(lambda ids: ids),
            "hot[ids] = 1 fills whole rows: a row and a column are needed",
        ),
        Mistake(
            lambda i, n: np.eye(max(i) + 1)[i],
            "the table is as wide as the largest id needs, not vocab_size wide",
        ),
        Mistake(
            lambda i, n: np.eye(26)[i], "the table is 26 wide, as in the chapter; not here"
        ),
    ),
    (
        "Begin with np.zeros((len(ids), vocab_size)).",
        "Row r gets its 1 in column ids[r].",
        "Or take rows of np.eye(vocab_size).",
    ),
    _ids_and_size,
    forms=(
        _hot_one_by_one,
        lambda i, n: np.eye(n)[i],
        lambda i, n: np.array(i)[:, np.newaxis] == np.arange(n),
    ),
)


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
_read = dict(zip(toy.WORDS, toy.load()["embedding"].tolist(), strict=True))

TWIN = Exercise(
    "Which word of the sentence can be replaced by `won't` without any change? A word.",
    next(w for w in SENTENCE.split() if _read[w] == _read["won't"]),
    (
        Mistake("thrones", "you look for `out`: that is the twin of thrones"),
        Mistake("play", "you take a row near that of won't; near is not the same"),
        Mistake("won't", "you give the word that comes in, not the one that goes out"),
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
    "By the law, at which width is the spread of the cosines half of that at width 5? A "
    "whole number.",
    4 * 5,
    (
        Mistake(2 * 5, "you double the width; the spread falls with its root"),
        Mistake(5 / 2, "you halve the width; wider tables have a smaller spread"),
        Mistake(5 / 4, "you divide by four; wider tables have a smaller spread"),
        Mistake(5**2, "you square the width"),
        Mistake(8 * 5, "you double the width three times; twice is enough"),
        Mistake(21, "you go one too far: 1/√21 is 0.218, and half of 1/√5 is 0.224"),
        Mistake(19, "you stop one early: 1/√19 is 0.229, and half of 1/√5 is 0.224"),
    ),
    ("The spread is 1 over the root of the width.", "√(4 · 5) is 2 · √5."),
    tolerance=0,
)
