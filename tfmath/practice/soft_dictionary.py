"""Exercises of a soft dictionary: mixtures, and the A/B game."""

import numpy as np

from tfmath.attention.dot_product import attend
from tfmath.parts.softmax import softmax
from tfmath.practice.answers import Exercise, Mistake
from tfmath.study.ab_game import longest_game, share_of_b

# Pencil ---------------------------------------------------------------------------------

_KEY, _VALUE = np.array([[1, 0], [0, 1], [1, 1]]), np.array([10, 5, 30])
_GROWN = 2.0 ** (_KEY @ [1, 0])

MIXTURE = Exercise(
    "Raise 2 to the scores: keys (1, 0), (0, 1), (1, 1), query (1, 0), values 10, 5, 30. "
    "What is the answer?",
    float(_GROWN @ _VALUE / _GROWN.sum()),
    (
        Mistake(20.0, "the scores 1, 0, 1 are taken for shares, without raising 2 to them"),
        Mistake(15.0, "all three count alike, as for a query of zeros"),
        Mistake(10.0, "the first value is taken alone; the last key fits as well"),
        Mistake(30.0, "the last value is taken alone; the first key fits as well"),
        Mistake(85.0, "you have not divided by the sum yet"),
        Mistake(float(softmax(_KEY @ [1.0, 0.0]) @ _VALUE), "e is raised in place of 2"),
    ),
    (
        "The scores are 1, 0 and 1.",
        "2 to the scores is 2, 1 and 2; the sum is 5.",
        "2/5 of 10, 1/5 of 5, 2/5 of 30",
    ),
)

OUTVOTED = Exercise(
    "A B counts as much as 16 A's, the line is one half: which is the longest game that is "
    "played right?",
    16,
    (
        Mistake(15, "you count the A's alone: the B is a letter as well"),
        Mistake(17, "a draw counts as won; 16 against 16 is one half, and not above it"),
        Mistake(32, "the line is one third, not one half"),
        Mistake(4, "you take the power of 2, not what it comes to"),
    ),
    ("One B, and A's that vote against it.", "At most 15 A's may be there. And the B."),
)

# Code -----------------------------------------------------------------------------------


def _lookup(query, key, value):
    return attend(query, key, value, scale=1)


def hardest(query, key, value):
    """The best key takes all."""
    return value[np.argmax(query @ key.T, axis=1)]


def not_divided(query, key, value):
    """The powers are not divided by their sum."""
    return np.exp(query @ key.T) @ value


def only_divided(query, key, value):
    """The scores are divided by their sum, without a power."""
    scores = query @ key.T
    return scores / scores.sum(axis=1, keepdims=True) @ value


LOOKUP = Exercise(
    "Write my_lookup(query, key, value): a mixture of the values for each query.",
    _lookup,
    (
        Mistake(
            lambda q, k, v: softmax((q @ k.T).T).T @ v,
            "the softmax runs down the columns: keys share themselves out among queries",
        ),
        Mistake(hardest, "the best key takes all, as in an exact dictionary"),
        Mistake(not_divided, "the powers are not divided by the sum of their row"),
        Mistake(only_divided, "the scores are divided by their sum, without a power of e"),
        Mistake(
            lambda q, k, v: 2.0 ** (q @ k.T) / (2.0 ** (q @ k.T)).sum(1, keepdims=True) @ v,
            "2 is raised in place of e",
        ),
        Mistake(attend, "the scores are divided by a root; that is for later"),
        Mistake(lambda q, k, v: softmax(q @ k.T), "the values are left out"),
        Mistake(
            lambda q, k, v: np.exp(q @ k.T) / np.exp(q @ k.T).sum() @ v,
            "the powers are divided by the sum of the whole table, not of their row",
        ),
    ),
    (
        "query @ key.T is the table of scores: a row for each query.",
        "softmax(scores) works along the rows.",
        "return softmax(query @ key.T) @ value",
    ),
    lambda rng: (
        rng.normal(size=(4, 3)),
        rng.normal(size=(5, 3)),
        rng.normal(size=(5, 2)),
    ),
)


def _counted(weigh_a, weigh_b, so_far=np.cumsum):
    """A share in which letters weigh what they should not, or other letters are seen."""

    def share(letters, c):
        b, a = so_far(letters), so_far(1 - letters)
        with np.errstate(invalid="ignore"):
            return weigh_b(c) * b / (weigh_b(c) * b + weigh_a(c) * a)

    return share


def _before(letters):
    """What came before, without the letter itself."""
    return np.cumsum(letters) - letters


def _all(letters):
    return np.full(len(letters), letters.sum())


def _one(c):
    return 1.0


def _same(c):
    return c


SHARE = Exercise(
    "Write my_share(letters, c): the share of the B's, which count e to c, at each place.",
    share_of_b,
    (
        Mistake(_counted(_one, _one), "a B counts 1, like an A"),
        Mistake(_counted(_one, _same), "a B counts c, not e to the power c"),
        Mistake(_counted(_one, lambda c: 2**c), "a B counts 2 to the power c"),
        Mistake(_counted(np.exp, _one), "the A's count e to c, and the B's 1"),
        Mistake(_counted(_one, np.exp, _all), "each place sees the later letters as well"),
        Mistake(_counted(_one, np.exp, _before), "a place does not see its own letter"),
        Mistake(
            lambda letters, c: np.exp(c) * np.cumsum(letters) / np.cumsum(1 - letters),
            "you divide by the A's alone, not by all letters",
        ),
    ),
    (
        "b = np.cumsum(letters) counts the B's so far.",
        "a = np.cumsum(1 - letters) counts the A's.",
        "np.exp(c) * b / (np.exp(c) * b + a)",
    ),
    lambda rng: (
        np.concatenate([[0], rng.permutation([1, 1, 1, 0, 0, 0, 0, 0])]),
        float(rng.uniform(1.2, 1.9)),
    ),
)

# Wonder ---------------------------------------------------------------------------------

LINE = Exercise(
    "c = 2 and the line at 1/5: which is the longest game?",
    longest_game(2.0, 0.2),
    (
        Mistake(8, "the line is one half"),
        Mistake(67, "the line is one tenth"),
        Mistake(31, "30 A's are let in; the B stands against 29.556 of them"),
        Mistake(29, "you count the A's alone: the B is a letter as well"),
        Mistake(37, "a vote of the B stands against 1 / line A's, not (1 − line) / line"),
        Mistake(20, "you take 8 times 0.5 / 0.2: it grows like (1 − line) / line"),
    ),
    (
        "Run the cell above with line = 1 / 5.",
        "The B has 7.389 votes; it needs one for each four of the A's.",
    ),
)
