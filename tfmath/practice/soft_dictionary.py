"""Exercises of a soft dictionary: mixtures, and the A/B game."""

import math

import numpy as np

from tfmath.attention.dot_product import attend
from tfmath.parts.softmax import softmax
from tfmath.practice.answers import Exercise, Mistake
from tfmath.practice.trials import sizes
from tfmath.study.ab_game import longest_game, share_of_b

# Pencil ---------------------------------------------------------------------------------

_KEY, _VALUE = np.array([[1, 0], [0, 1], [1, 1]]), np.array([10, 5, 30])
_GROWN = 2.0 ** (_KEY @ [1, 0])

MIXTURE = Exercise(
    "What is the answer of the soft dictionary? A number, to one decimal.",
    float(_GROWN @ _VALUE / _GROWN.sum()),
    (
        Mistake(
            20.0, "the second value gets no share: its score is 0, and 2 to the 0 is 1"
        ),
        Mistake(15.0, "all three count alike, as for a query of zeros"),
        Mistake(10.0, "the first value is taken alone; the last key fits as well"),
        Mistake(30.0, "the last value is taken alone; the first key fits as well"),
        Mistake(85.0, "you have not divided by the sum yet"),
        Mistake(40.0, "the scores 1, 0, 1 are taken for shares, and are not divided"),
        Mistake(85 / 3, "you divide by the number of values, not by the sum 2 + 1 + 2"),
        Mistake(85 / 45, "you divide by the sum of the values, not by 2 + 1 + 2"),
        Mistake(float(softmax(_KEY @ [1.0, 0.0]) @ _VALUE), "e is raised in place of 2"),
        Mistake((10 + 10 + 60) / 5, "the query (0, 1) is taken; it is (1, 0)"),
    ),
    (
        "The scores are 1, 0 and 1.",
        "2 to the scores is 2, 1 and 2; the sum is 5.",
        "2/5 of 10, 1/5 of 5, 2/5 of 30",
    ),
    tolerance=0.05,
)

OUTVOTED = Exercise(
    "Which is the longest game that is played right? A whole number of letters.",
    48,
    (
        Mistake(47, "you count the A's alone: the B is a letter as well"),
        Mistake(49, "a draw counts as won; 16 of 64 votes are one quarter, not above it"),
        Mistake(16, "the line is one half, not one quarter"),
        Mistake(32, "the line is one third, not one quarter"),
        Mistake(64, "you let each vote of the B stand against 4 A's; it is 3"),
        Mistake(4, "you take a quarter of the votes; what is a quarter is the share"),
        Mistake(longest_game(16.0, 1 / 4), "16 is taken for c; it is e to c"),
    ),
    (
        "One B, and A's that vote against it.",
        "How many votes are there, when 16 of them are one quarter?",
        "Of 64 votes the A's have 48: a draw. So 47 A's, and the B.",
    ),
    tolerance=0,
)

# Code -----------------------------------------------------------------------------------


def _lookup(query, key, value):
    return attend(query, key, value, scale=1)


def _looked_up(weigh):
    """A dictionary in which something else becomes of the scores."""
    return lambda query, key, value: weigh(query @ key.T) @ value


def _powers_of(base, axis):
    """The powers, divided by their sum along an axis, or by that of the table."""

    def shares(scores):
        grown = base**scores
        return grown / grown.sum(axis=axis, keepdims=True)

    return shares


def _one_by_one(query, key, value):
    rows = []
    for q in query:
        grown = [math.exp(sum(a * b for a, b in zip(q, k, strict=True))) for k in key]
        rows.append(sum(g * v for g, v in zip(grown, value, strict=True)) / sum(grown))
    return rows


def _tables(rng, thin=False):
    """Tables of any sizes; or one query and one column: 1 × 1 is a table, too."""
    n_query, n_key, d_k, d_v = sizes(rng, 4, most=7)
    n_query, d_v = (1, 1) if thin else (n_query, d_v)
    shapes = (n_query, d_k), (n_key, d_k), (n_key, d_v)
    return tuple(rng.integers(-4, 5, shape) / 4 for shape in shapes)


LOOKUP = Exercise(
    "Write my_lookup(query, key, value): a table, for each query a mixture of the values.",
    _lookup,
    (
        Mistake(
            _looked_up(_powers_of(math.e, 0)),
            "the softmax runs down the columns: keys share themselves out among queries",
        ),
        Mistake(
            lambda q, k, v: v[np.argmax(q @ k.T, axis=1)],
            "the best key takes all, as in an exact dictionary",
        ),
        Mistake(_looked_up(np.exp), "the powers are not divided by the sum of their row"),
        Mistake(
            _looked_up(lambda s: s / s.sum(axis=1, keepdims=True)),
            "the scores are divided by their sum, without a power of e",
        ),
        Mistake(_looked_up(_powers_of(2.0, 1)), "2 is raised in place of e"),
        Mistake(attend, "the scores are divided by a root; that is for later"),
        Mistake(lambda q, k, v: softmax(q @ k.T), "the values are left out"),
        Mistake(
            _looked_up(_powers_of(math.e, None)),
            "the powers are divided by the sum of the whole table, not of their row",
        ),
        Mistake(
            lambda q, k, v: _lookup(q[:1], k, v)[0],
            "only the first query is answered; each has a row of the answer",
        ),
        Mistake(
            _looked_up(_powers_of(2.0, None)),
            "2 is raised, and its powers divided by the sum of the whole table",
        ),
        Mistake(
            lambda q, k, v: softmax(q @ k.T @ v), "you mix before the softmax, not after it"
        ),
        Mistake(
            lambda q, k, v: softmax(q * k) @ v,
            "Query and key are taken number by number; the scores are query @ key.T.",
        ),
        Mistake(
            lambda q, k, v: softmax(q @ k) @ v,
            "Tables that do not fit are multiplied: the scores are query @ key.T.",
        ),
        Mistake(
            lambda q, k, v: softmax(k @ q.T) @ v,
            "A row of weights belongs to a key here; it belongs to a query: query @ key.T.",
        ),
        Mistake(_looked_up(lambda s: softmax(-s)), "the key that fits worst gets most"),
        Mistake(
            lambda q, k, v: np.exp(q @ k.T) / np.exp(q @ k.T).sum(axis=1) @ v,
            "The sums stand in a row: keepdims=True keeps them in a column, beside theirs.",
        ),
    ),
    (
        "query @ key.T is the table of scores: a row for each query.",
        "grown = np.exp(query @ key.T); a row of weights is a row of grown over its sum.",
        "grown / grown.sum(axis=1, keepdims=True) @ value",
    ),
    (_tables, lambda rng: _tables(rng, thin=True)),
    forms=(
        lambda q, k, v: softmax(q @ k.T) @ v,
        _looked_up(_powers_of(math.e, 1)),
        _one_by_one,
        lambda q, k, v: (v.T @ softmax(np.einsum("id,jd->ij", q, k)).T).T,
    ),
)


def _counted(weigh_a, weigh_b, so_far=np.cumsum):
    """A share in which letters weigh what they should not, or other letters are seen."""

    def share(letters, c):
        b, a = so_far(letters), so_far(1 - letters)
        with np.errstate(invalid="ignore"):
            return weigh_b(c) * b / (weigh_b(c) * b + weigh_a(c) * a)

    return share


def _one(c):
    return 1.0


def _letter_by_letter(letters, c):
    votes, shares = [0.0, 0.0], []
    for letter in letters:
        votes[letter] += math.exp(c * letter)
        shares.append(votes[1] / sum(votes))
    return shares


def _letters(rng, c=None):
    """A and B by chance, at least one of each; A comes first, or B."""
    n = sizes(rng, 1, least=3, most=8)[0]
    letters = rng.permutation([0, 1, *rng.integers(0, 2, n - 2)])
    return letters, int(rng.integers(1, 12)) / 4 if c is None else c


def _alike(letter):
    """Games of A alone, or of B alone; also with a single letter."""
    return lambda rng: (np.full(rng.integers(1, 3), letter), int(rng.integers(1, 12)) / 4)


SHARE = Exercise(
    "Write my_share(letters, c): at each place the share of the B's, which count e to c.",
    share_of_b,
    (
        Mistake(_counted(_one, _one), "a B counts 1, like an A"),
        Mistake(_counted(_one, lambda c: c), "a B counts c, not e to the power c"),
        Mistake(_counted(_one, lambda c: 2**c), "a B counts 2 to the power c"),
        Mistake(
            _counted(_one, lambda c: np.exp(3)),
            "c is 3 always, as in the chapter; here it is handed over",
        ),
        Mistake(
            _counted(_one, lambda c: 4), "a B counts 4, as in the example of the chapter"
        ),
        Mistake(
            lambda x, c: np.exp(c) / (np.exp(c) + np.arange(len(x))),
            "you take one B, at the start; there may be none yet, or several",
        ),
        Mistake(
            lambda x, c: 1 / (1 + np.cumsum(1 - x) / np.exp(c * np.cumsum(x))),
            "c is multiplied by the number of B's; it is e to c that is",
        ),
        Mistake(_counted(np.exp, _one), "the A's count e to c, and the B's 1"),
        Mistake(
            lambda x, c: 1 - share_of_b(x, c), "that is the share of the A's, not the B's"
        ),
        Mistake(
            _counted(_one, np.exp, lambda x: np.full(len(x), x.sum())),
            "each place sees the later letters as well",
        ),
        Mistake(
            _counted(_one, np.exp, lambda x: np.cumsum(x) - x),
            "a place does not see its own letter",
        ),
        Mistake(
            lambda x, c: np.exp(c) * np.cumsum(x) / np.cumsum(1 - x),
            "you divide by the A's alone, not by all letters",
        ),
        Mistake(
            lambda x, c: np.exp(c) * np.cumsum(x) / np.arange(1, len(x) + 1),
            "you divide by the number of letters; a B is not one vote but e to c",
        ),
        Mistake(
            lambda x, c: np.exp(c) * np.cumsum(x), "you have not divided by all votes yet"
        ),
        Mistake(lambda x, c: share_of_b(x, c)[-1], "only the share at the end is there"),
        Mistake(
            lambda x, c: softmax(c * x),
            "those are the weights with which the last place looks; add up the B's shares",
        ),
        Mistake(
            lambda x, c: np.cumsum(softmax(c * x) * x),
            "every place has the sum of the last; each has a sum of its own",
        ),
    ),
    (
        "b = np.cumsum(letters) counts the B's so far.",
        "a = np.cumsum(1 - letters) counts the A's.",
        "np.exp(c) * b / (np.exp(c) * b + a)",
    ),
    (_letters, lambda rng: _letters(rng, c=0.0), _alike(0), _alike(1)),
    forms=(
        _letter_by_letter,
        _counted(_one, np.exp),
        lambda x, c: [softmax(c * x[: i + 1]) @ x[: i + 1] for i in range(len(x))],
    ),
)

# Wonder ---------------------------------------------------------------------------------

LINE = Exercise(
    "c = 2, the line at 1/1000: which is the longest game? A whole number of letters.",
    longest_game(2.0, 0.001),
    (
        Mistake(8, "the line is one half"),
        Mistake(30, "the line is 1/5"),
        Mistake(67, "the line is one tenth"),
        Mistake(2000, "The cell tries no more than 2000 letters; the law goes on."),
        Mistake(4000, "you take 8 times 0.5 / line: it grows like (1 − line) / line"),
        Mistake(7992, "you take 8 votes for the B; it has 7.389"),
        Mistake(7993, "you take 8 votes for the B; it has 7.389, and is a letter itself"),
        Mistake(7381, "you count the A's alone: the B is a letter as well"),
        Mistake(7383, "7382 A's are let in; the B stands against 7381.667 of them"),
        Mistake(7389, "a vote of the B stands against 999 A's; and count the B"),
        Mistake(7390, "a vote of the B stands against 1 / line A's, not (1 − line) / line"),
        Mistake(longest_game(3.0, 0.001), "c is 3; here it is 2"),
        Mistake(
            999 * math.exp(2), "The B stands against so many A's; count whole letters."
        ),
    ),
    (
        "At 1/5 the B, with its 7.389 votes, needs one for each four of the A's.",
        "The share is above 1/1000 while a vote meets fewer than 999 A's.",
    ),
    tolerance=0,
)
