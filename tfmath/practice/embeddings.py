"""Exercises of embeddings: matrix products, one-hot rows, how wide a row is."""

import numpy as np

from tfmath.parts.embedding import one_hot
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

TABLE = np.array([[3, 1], [7, 2], [5, 9]])
_shares = np.array([1, 0, 2])

MIXED = Exercise(
    "What is the row (1, 0, 2) times the table with the rows (3, 1), (7, 2), (5, 9)? A "
    "pair of whole numbers.",
    _shares @ TABLE,
    (
        Mistake((8, 10), "you add rows 0 and 2 once each; row 2 counts double"),
        Mistake((13 / 3, 19 / 3), "you divide by 3, as in an average; nothing is divided"),
        Mistake((19, 13), "the two columns have changed places"),
        Mistake((17, 5), "you read 2 as the number of a row: (7, 2) is multiplied by 0"),
        Mistake((11, 11), "the 1 and the 2 have changed places"),
        Mistake((20, 21), "row 1 is counted too; its share is 0"),
        Mistake((3, 18), "you multiply only column by column, as (1 · 3, 2 · 9)"),
        Mistake((10, 18), "row 0 is left out; its share is 1"),
        Mistake((3, 1), "you take row 0 alone"),
    ),
    (
        "Once (3, 1), not at all (7, 2), twice (5, 9).",
        "1 · 3 + 0 · 7 + 2 · 5 is the first.",
    ),
    tolerance=0,
)

# Code -----------------------------------------------------------------------------------


def _by_hand(left, right):
    """Row times column, in three loops."""
    return [
        [
            sum(left[i, j] * right[j, c] for j in range(len(right)))
            for c in range(right.shape[1])
        ]
        for i in range(len(left))
    ]


def _in_whole_numbers(left, right):
    """In a table made for whole numbers, which drops what stands behind the point."""
    table = np.zeros((len(left), right.shape[1]), dtype=int)
    for j in range(len(right)):
        table[:] = table + np.outer(left[:, j], right[j])
    return table


def _as_on(side):
    """In a table for the kind of numbers that stand in the left one (0), or the right."""

    def added_up(*tables):
        left, right = tables
        table = np.zeros((len(left), right.shape[1]), dtype=tables[side].dtype)
        for j in range(len(right)):
            table[:] = table + np.outer(left[:, j], right[j])
        return table

    return added_up


def _two_tables(rng):
    n, k, m = sizes(rng, 3, most=6)
    return rng.integers(-9, 10, (n, k)), rng.integers(-9, 10, (k, m))


def _wide_ones(rng):
    n, k = sizes(rng, 2, least=6, most=9)
    return rng.integers(-9, 10, (n, k)) / 2, rng.integers(-9, 10, (k, 1)) / 4


def _quarters_on_the_right(rng):
    n, k, m = sizes(rng, 3, most=5)
    return rng.integers(1, 10, (n, k)), (4 * rng.integers(0, 9, (k, m)) + 1) / 4


def _quarters_on_the_left(rng):
    right, left = _quarters_on_the_right(rng)
    return left.T, right.T


PRODUCT = Exercise(
    "Write my_product(left, right): the product of two tables, row times column.",
    lambda left, right: left @ right,
    (
        Mistake(lambda a, b: (a @ b).T, "rows and columns are swapped"),
        Mistake(
            _in_whole_numbers,
            "your table holds only whole numbers: make it with np.zeros(size) alone",
        ),
        Mistake(
            _as_on(0),
            "your table holds whole numbers where left does: make it with np.zeros(size)",
        ),
        Mistake(
            _as_on(1),
            "your table holds whole numbers where right does: make it with np.zeros(size)",
        ),
        Mistake(
            lambda a, b: (a[:, :, None] * b[None]).max(axis=1),
            "you take the largest of the products; add them all",
        ),
        Mistake(
            lambda a, b: (a[:, :, None] * b[None]).mean(axis=1),
            "you take the mean of the products, not their sum",
        ),
        Mistake(
            lambda a, b: a[:, :, None] * b[None],
            "the products stand side by side: they are not added yet",
        ),
        Mistake(
            lambda a, b: (a[:, :, None] + b[None]).sum(axis=1),
            "you add in pairs where you should multiply",
        ),
        Mistake(
            lambda a, b: a[:, :1] @ b[:1], "only the first product of each sum is there"
        ),
        Mistake(
            lambda a, b: a[:, -1:] @ b[-1:],
            "only the last product of each sum is there: add to it, do not replace it",
        ),
        Mistake(
            lambda a, b: a[:, :2] @ b[:2],
            "you stop after two products, as in the 2 × 2 case",
        ),
        Mistake(
            lambda a, b: a[:, :-1] @ b[:-1], "the last product of each sum is left out"
        ),
        Mistake(lambda a, b: (a @ b)[0], "only the first row is there"),
        Mistake(lambda a, b: (a @ b).sum(), "everything is added up into one number"),
        Mistake(
            lambda a, b: a * b,
            "left * right (or +, −) goes number by number; the shapes do not fit",
        ),
        Mistake(
            lambda a, b: b @ a, "right @ left is another product: the shapes do not fit"
        ),
    ),
    (
        "Three loops: over the rows of left, the columns of right, and the pairs.",
        "product[i, c] += left[i, j] * right[j, c], with a table of zeros at the start.",
        "sum(left[i, j] * right[j, c] for j in range(len(right))) is one number.",
    ),
    (_two_tables, _wide_ones, _quarters_on_the_right, _quarters_on_the_left),
    forms=(
        _by_hand,
        lambda a, b: (a[:, :, None] * b[None]).sum(axis=1),
        lambda a, b: np.einsum("ij,jc->ic", a, b),
        lambda a, b: [[(row * column).sum() for column in b.T] for row in a],
    ),
)


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


# Wonder ---------------------------------------------------------------------------------

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
