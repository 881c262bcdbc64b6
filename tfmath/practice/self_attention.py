"""Exercises of self-attention: a query, softmax, and one head."""

import math

import numpy as np

from tfmath.attention.dot_product import scaled_dot_product_attention
from tfmath.parts.embedding import embed
from tfmath.parts.softmax import softmax
from tfmath.parts.text import encode
from tfmath.practice.answers import Exercise, Mistake
from tfmath.practice.trials import sizes
from tfmath.toy import WORDS, load

# Pencil ---------------------------------------------------------------------------------

QUERY = Exercise(
    "Row (1, 2), W_Q with the rows (3, 0) and (1, −1): what is the query, as a pair?",
    np.array([1.0, 2.0]) @ np.array([[3.0, 0.0], [1.0, -1.0]]),
    (
        Mistake((3, -1), "the rows of W_Q are used where its columns belong"),
        Mistake((7, -1), "1 and 2 have changed places: the first meets the first row"),
        Mistake((6, 1), "1 and 2 have changed places, and rows are taken for columns"),
        Mistake((3, -2), "you take the diagonal only; each column has two products"),
        Mistake((4, -1), "you add up W_Q's rows without the word's own numbers, 1 and 2"),
        Mistake((5, 2), "a sign is lost: 2 · (−1) is −2"),
        Mistake((5, -1), "the −1 is not multiplied by the word's second number, 2"),
        Mistake((-2, 5), "the two numbers have changed places"),
        Mistake([[3, 0], [2, -2]], "nothing is added up yet: add down each column"),
        Mistake(3, "you add up the two; a query keeps them apart"),
    ),
    (
        "Row times column: a number for each column of W_Q.",
        "The columns are (3, 1) and (0, −1).",
        "(1 · 3 + 2 · 1, 1 · 0 + 2 · (−1))",
    ),
    tolerance=0.005,
    also=([[5, -2]],),
)

_scores, _values = np.log([1.0, 3.0]), np.array([8.0, 4.0])

OUTPUT = Exercise(
    "Scores 0 and ln 3, values 8 and 4: what is the output? A whole number.",
    softmax(_scores) @ _values,
    (
        Mistake(_values.mean(), "both values get the same weight"),
        Mistake(softmax(_scores) @ _values[::-1], "the two weights are swapped"),
        Mistake(_values.sum(), "the values are added without weights"),
        Mistake(np.exp(_scores) @ _values, "the weights are not divided by their sum"),
        Mistake(
            np.exp(_scores) @ _values / 2, "you divide by how many there are, not by 4"
        ),
        Mistake(_values[1], "the winner takes everything, or e to the 0 is taken for 0"),
        Mistake(_values[0], "the lower score takes everything"),
        Mistake(_scores @ _values, "the scores are taken for weights, without a softmax"),
        Mistake(softmax([0.0, 3.0]) @ _values, "3 is taken for the score; it is ln 3"),
    ),
    (
        "ln 3 is the number to whose power e is 3. And e to the power 0?",
        "The weights are 1/4 and 3/4.",
        "1/4 of 8 and 3/4 of 4",
    ),
    tolerance=0.005,
)

# Code -----------------------------------------------------------------------------------


def _over(scores, axis=None):
    grown = np.exp(scores - scores.max())
    return grown / grown.sum(axis=axis, keepdims=True)


def _moved(by):
    """A softmax of the scores after something was subtracted."""

    def variant(scores):
        grown = np.exp(scores - by(scores))
        return grown / grown.sum(axis=-1, keepdims=True)

    return variant


_bare = _moved(lambda s: 0)


def _down(scores):
    return _over(scores, 0)


def _by_hand(scores):
    rows = [[math.exp(s - max(row)) for s in row] for row in scores.tolist()]
    return [[g / sum(row) for g in row] for row in rows]


def _ordinary(rng):
    return (rng.integers(-8, 9, sizes(rng, 2, most=6)) / 4,)


def _large(rng):
    """Scores of 1000, some rows far below the others, and some numbers within a row."""
    scores = rng.integers(-8, 9, sizes(rng, 2, least=3, most=6)) / 4
    scores[0] += 1000
    scores[1] -= 1000
    scores[2, :2] += [1000, -1000]
    return (scores,)


def _uneven(scores):
    """The largest of each row is taken off above the line only."""
    grown = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return grown / np.exp(scores).sum(axis=-1, keepdims=True)


def _lowered(axis):
    """Each row without its largest, and then the sums along another axis."""

    def variant(scores):
        grown = np.exp(scores - scores.max(axis=-1, keepdims=True))
        return grown / grown.sum(axis=axis, keepdims=True)

    return variant


NO_SOFTMAX = {
    "each column sums to 1, not each row: axis=-1": _down,
    "the whole table sums to 1, not each row: axis=-1": _over,
    "each row's largest is not subtracted: e to the power of 1000 is too large": _bare,
    "you divide by the sum of each column, not of each row: axis=-1": _lowered(0),
    "you divide by the sum of the whole table, not of each row: axis=-1": _lowered(None),
    "all rows are lowered alike, by the largest of one: a low row becomes 0 / 0": (
        _moved(np.max)
    ),
    "the largest is subtracted above the line of the fraction, and not below it": _uneven,
    "Sums, or largest, stand in a row; keepdims=True keeps each beside its row.": (
        lambda s: np.exp(s) / np.exp(s).sum(axis=-1)
    ),
    "nothing is divided by the sum of its row": np.exp,
    "each row is divided by its largest, not by its sum": (
        lambda s: np.exp(s - s.max(axis=-1, keepdims=True))
    ),
    "the scores are divided by their sum without taking e to their power first": (
        lambda s: s / s.sum(axis=-1, keepdims=True)
    ),
    "2 is raised in place of e": lambda s: softmax(s * math.log(2)),
}

SOFTMAX = Exercise(
    "Write my_softmax(scores): a table, every row of sum 1, also for scores of 1000.",
    softmax,
    tuple(Mistake(function, why) for why, function in NO_SOFTMAX.items()),
    (
        "np.exp(scores) makes everything positive.",
        "Before that, subtract scores.max(axis=-1, keepdims=True).",
        "Divide by the sum of each row: .sum(axis=-1, keepdims=True).",
    ),
    (_ordinary, _large),
    forms=(
        _lowered(-1),
        _by_hand,
        lambda s: np.exp(s - np.logaddexp.reduce(s, axis=-1, keepdims=True)),
    ),
)


def _attention(divisor=None, weigh=softmax, score=None, value=None):
    """A variant of one head, with one thing done differently."""

    def variant(x, W_Q, W_K, W_V):
        query, key = x @ W_Q, x @ W_K
        scores = score(x, query, key) if score else query @ key.T
        by = divisor(len(x), *W_Q.shape, W_V.shape[1]) if divisor else W_Q.shape[1] ** 0.5
        return weigh(scores / by) @ (value(x, W_V) if value else x @ W_V)

    return variant


def _reference(x, W_Q, W_K, W_V):
    return scaled_dot_product_attention(x @ W_Q, x @ W_K, x @ W_V)


def _word_by_word(x, W_Q, W_K, W_V):
    scores = [[(a @ W_Q) @ (b @ W_K) / len(W_Q[0]) ** 0.5 for b in x] for a in x]
    return [softmax(np.array(row)) @ [b @ W_V for b in x] for row in scores]


SENTENCE = "when you play game of thrones"
_words, _tables = SENTENCE.split(), load()
_x = embed(encode(SENTENCE, WORDS), _tables["embedding"])
_layer = _tables["encoder"]["layer 1"]["self-attention"]
_head = [_layer[name][0] for name in ("W_Q", "W_K", "W_V")]


def _head_of(size):
    """A row for each word, and three tables; scores of that size."""

    def draw(rng):
        n, d_model, d_k, d_v = sizes(rng, 4, most=7)
        shapes = (n, d_model), (d_model, d_k), (d_model, d_k), (d_model, d_v)
        x, *tables = (rng.integers(-4, 5, shape) / 4 for shape in shapes)
        return size * x, *tables

    return draw


DIVISORS = {
    "the scores are not divided by √d_k": lambda n, d, d_k, d_v: 1,
    "you divide by √4 whatever the widths; here d_k is that of W_Q": lambda *_: 2,
    "you divide by √5 whatever the widths; here d_k is that of W_Q": lambda *_: 5**0.5,
    "you divide by √3 whatever the widths; here d_k is that of W_Q": lambda *_: 3**0.5,
    "you divide by d_k instead of by √d_k": lambda n, d, d_k, d_v: d_k,
    "you divide by √d_model, the width of x": lambda n, d, d_k, d_v: d**0.5,
    "you divide by √d_v, the width of the values": lambda n, d, d_k, d_v: d_v**0.5,
    "you divide by the root of the number of words": lambda n, *_: n**0.5,
    "you multiply by √d_k instead of dividing": lambda n, d, d_k, d_v: d_k**-0.5,
    "every value gets the same weight: no scores": lambda *_: math.inf,
}
WEIGHTS = {
    "the softmax runs down the columns: each query's row must sum to 1": _down,
    "the softmax runs over the whole table, not row by row": _over,
    "each row's largest is not subtracted: e to the power of 1000 is too large": _bare,
    "the softmax is missing": lambda s: s,
    "the weights are transposed before they meet the values": lambda s: softmax(s).T,
    "a word looks at the words up to itself only; here it looks at all": (
        lambda s: softmax(np.where(np.tri(len(s)) > 0, s, -np.inf))
    ),
}
SCORES = {
    "queries and keys are swapped: the row must be the one that asks": (
        lambda x, query, key: key @ query.T
    ),
    "the queries meet the queries: W_K is not used": lambda x, query, key: query @ query.T,
    "the keys meet the keys: W_Q is not used": lambda x, query, key: key @ key.T,
    "the rows of x meet themselves, without W_Q and W_K": lambda x, query, key: x @ x.T,
    "Tables that do not fit are multiplied; scores are query @ key.T.": lambda x, q, key: (
        q @ key
    ),
}

ATTENTION = Exercise(
    "Write my_attention(x, W_Q, W_K, W_V): one head of self-attention, a row a word.",
    _reference,
    (
        *(Mistake(_attention(by), why) for why, by in DIVISORS.items()),
        *(Mistake(_attention(weigh=weigh), why) for why, weigh in WEIGHTS.items()),
        *(Mistake(_attention(score=score), why) for why, score in SCORES.items()),
        Mistake(
            lambda x, W_Q, *rest: (
                _attention(lambda *_: 1)(x, W_Q, *rest) / math.sqrt(W_Q.shape[1])
            ),
            "you divide by √d_k after the softmax instead of before",
        ),
        Mistake(_attention(value=lambda x, W: x), "you average the rows of x, without W_V"),
        Mistake(
            _attention(value=lambda x, W: W),
            "Tables that do not fit are multiplied; weights meet the values, x @ W_V.",
        ),
        Mistake(
            lambda x, W_Q, W_K, W_V: softmax(x @ W_Q @ (x @ W_K).T / W_Q.shape[1] ** 0.5),
            "the weights do not meet the values",
        ),
        Mistake(
            lambda *tables: _reference(_x, *_head),
            "you compute with the chapter's tables, not with those that are handed over",
        ),
    ),
    (
        "Three products make query, key and value; two more make scores and output.",
        "scores = query @ key.T / math.sqrt(d_k), and d_k is W_Q.shape[1].",
        "return softmax(scores) @ value",
    ),
    (_head_of(1), _head_of(40)),
    forms=(_attention(), _word_by_word),
)

# Wonder ---------------------------------------------------------------------------------

_play = (_x @ _head[0] @ (_x @ _head[1]).T)[_words.index("play")]
_why = {
    "play": "you expect a word to look at itself",
    "you": "you take the word that the other rows look at",
}

KNOB = Exercise(
    "As the knob grows, whose value does the output of `play` become? A word.",
    _words[_play.argmax()],
    tuple(
        Mistake(w, _why.get(w, f"you take {w}, whose score is not the highest"))
        for w in _words
        if w != _words[_play.argmax()]
    ),
    ("Put knob = 10 and read the row of play.", "It is the word with the highest score."),
)
