"""Exercises of chapter 05: scores, softmax, the scale, and one head of self-attention."""

import math

import numpy as np

from tfmath.attention.dot_product import scaled_dot_product_attention
from tfmath.parts.embedding import embed
from tfmath.parts.softmax import softmax
from tfmath.parts.text import encode
from tfmath.practice.answers import Exercise, Mistake
from tfmath.toy import WORDS, load

SENTENCE = "when you play game of thrones"

_query, _key = np.array([1.0, 2.0, 0.0, 1.0]), np.array([2.0, 1.0, 3.0, 0.0])

SCORE = Exercise(
    "What is the score of query (1, 2, 0, 1) with key (2, 1, 3, 0)?",
    _query @ _key / math.sqrt(4),
    (
        Mistake(_query @ _key, "the dot product is not divided by √d_k"),
        Mistake(_query @ _key / 4, "you divide by d_k instead of by its root"),
        Mistake(_query @ _key / math.sqrt(5), "you divide by √d_model, the width of x"),
        Mistake((_query + _key).sum() / 2, "you add the pairs instead of multiplying them"),
    ),
    (
        "Multiply the first by the first, the second by the second …, and add.",
        "The sum is 1·2 + 2·1 + 0·3 + 1·0. How wide is the query?",
    ),
)

_scores, _values = np.log([1.0, 3.0]), np.array([8.0, 4.0])

OUTPUT = Exercise(
    "Scores 0 and ln 3, values 8 and 4: what is the output?",
    softmax(_scores) @ _values,
    (
        Mistake(_values.mean(), "both values get the same weight"),
        Mistake(softmax(_scores) @ _values[::-1], "the two weights are swapped"),
        Mistake(_values.sum(), "the values are added without weights"),
        Mistake(np.exp(_scores) @ _values, "the weights are not divided by their sum"),
        Mistake(_values[1], "the winner takes everything, or e to the 0 is taken for 0"),
    ),
    ("e to the power ln 3 is 3. And e to the power 0?", "The weights are 1/4 and 3/4."),
)


def _over(scores, axis=None):
    grown = np.exp(scores - scores.max())
    return grown / grown.sum(axis=axis, keepdims=True)


def _hard(scores):
    return (scores == scores.max(axis=-1, keepdims=True)).astype(float)


SOFTMAX = Exercise(
    "Write my_softmax(scores): every row positive, every row sums to 1.",
    softmax,
    (
        Mistake(lambda s: _over(s, 0), "each column sums to 1, not each row: axis=-1"),
        Mistake(_over, "the whole table sums to 1, not each row: axis=-1"),
        Mistake(np.exp, "nothing is divided by the sum of its row"),
        Mistake(
            lambda s: np.exp(s - s.max(-1, keepdims=True)),
            "each row is divided by its largest, not by its sum",
        ),
        Mistake(
            lambda s: s / s.sum(-1, keepdims=True),
            "the scores are divided by their sum without taking e to their power first",
        ),
        Mistake(lambda s: softmax(-s), "the smallest score gets the largest weight"),
        Mistake(_hard, "the winner takes everything: that is a maximum, not a soft one"),
    ),
    (
        "np.exp(scores) makes everything positive.",
        "Divide by np.exp(scores).sum(axis=-1, keepdims=True).",
    ),
    lambda rng: (rng.normal(size=(4, 6)),),
)


def _attention(scale=None, weigh=softmax, score=None, value=None):
    """A variant of one head, with one thing done differently."""

    def variant(x, W_Q, W_K, W_V):
        query, key = x @ W_Q, x @ W_K
        scores = query @ key.T if score is None else score(x, query, key)
        divisor = math.sqrt(W_Q.shape[1]) if scale is None else scale(x, W_Q, W_V)
        values = x @ W_V if value is None else value(x, W_V)
        return weigh(scores / divisor) @ values

    return variant


def _reference(x, W_Q, W_K, W_V):
    return scaled_dot_product_attention(x @ W_Q, x @ W_K, x @ W_V)


ATTENTION = Exercise(
    "Write my_attention(x, W_Q, W_K, W_V): one head of self-attention.",
    _reference,
    (
        Mistake(_attention(lambda *_: 1), "the scores are not divided by √d_k"),
        Mistake(
            _attention(lambda x, W_Q, W_V: W_Q.shape[1]),
            "you divide by d_k instead of by √d_k",
        ),
        Mistake(
            _attention(lambda x, W_Q, W_V: math.sqrt(x.shape[1])),
            "you divide by √d_model, the width of x; scores are made of queries and keys",
        ),
        Mistake(
            _attention(lambda x, W_Q, W_V: math.sqrt(W_V.shape[1])),
            "you divide by √d_v; the values have no part in the scores",
        ),
        Mistake(
            _attention(lambda x, W_Q, W_V: math.sqrt(len(x))),
            "you divide by the root of the number of words",
        ),
        Mistake(
            _attention(weigh=lambda s: _over(s, 0)),
            "the softmax runs down the columns: each query's row must sum to 1",
        ),
        Mistake(
            _attention(weigh=_over), "the softmax runs over the whole table, not row by row"
        ),
        Mistake(_attention(weigh=lambda s: s), "the softmax is missing"),
        Mistake(_attention(weigh=_hard), "each query takes only the value of its winner"),
        Mistake(
            _attention(lambda *_: 1, lambda s: softmax(s) / math.sqrt(3)),
            "you divide by √d_k after the softmax instead of before",
        ),
        Mistake(
            _attention(score=lambda x, query, key: key @ query.T),
            "queries and keys are swapped: the row must be the one that asks",
        ),
        Mistake(
            _attention(score=lambda x, query, key: query @ query.T),
            "the queries are compared with the queries: W_K is not used",
        ),
        Mistake(
            _attention(score=lambda x, query, key: x @ x.T),
            "the rows of x are compared themselves, without W_Q and W_K",
        ),
        Mistake(
            _attention(weigh=lambda s: softmax(s).T), "the weights are turned on their side"
        ),
        Mistake(
            _attention(value=lambda x, W_V: x), "you average the rows of x, without W_V"
        ),
        Mistake(
            _attention(lambda *_: math.inf), "every value gets the same weight: no scores"
        ),
    ),
    (
        "Three products make query, key and value; two more make scores and output.",
        "scores = query @ key.T / math.sqrt(d_k), and d_k is W_Q.shape[1].",
        "return softmax(scores) @ value",
    ),
    lambda rng: tuple(rng.normal(size=size) for size in ((7, 5), (5, 3), (5, 3), (5, 2))),
)


def _head_1():
    """The scores of the first trained head."""
    tables = load()
    x = embed(encode(SENTENCE, WORDS), tables["embedding"])
    first = tables["encoder"]["layer 1"]["self-attention"]
    return (x @ first["W_Q"][0]) @ (x @ first["W_K"][0]).T / math.sqrt(4)


_words = SENTENCE.split()
_play = _head_1()[_words.index("play")]
_others = [w for w in _words if w != _words[_play.argmax()]]
_why = {
    "play": "you expect a word to look at itself",
    "you": "you take the word that the other rows look at",
    _words[_play.argmin()]: "you take the lowest score",
}

KNOB = Exercise(
    "As the knob grows, whose value does the output of `play` become?",
    _words[_play.argmax()],
    tuple(
        Mistake(w, _why.get(w, f"you take {w}, whose score is not the highest"))
        for w in _others
    ),
    ("Put knob = 10 and read the row of play.", "It is the word with the highest score."),
)

WIDTHS = Exercise(
    "d_model 512, d_k 64, d_v 100, 30 words: by what are the dot products divided?",
    math.sqrt(64),
    (
        Mistake(64.0, "you divide by d_k itself, not by its root"),
        Mistake(math.sqrt(512), "you take d_model, the width of x"),
        Mistake(math.sqrt(100), "you take d_v, the width of the values"),
        Mistake(math.sqrt(30), "you take the number of words"),
    ),
    ("A score is a sum of products. How many products?",),
)

EXERCISES = (SCORE, OUTPUT, SOFTMAX, ATTENTION, KNOB, WIDTHS)
