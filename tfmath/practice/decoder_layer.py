"""Exercises of the decoder layer: who asks whom, and one word at a time."""

import math

import numpy as np

from tfmath import toy
from tfmath.attention.dot_product import scaled_dot_product_attention
from tfmath.attention.heads import attention_head
from tfmath.parts.softmax import softmax
from tfmath.practice.answers import Exercise, Mistake
from tfmath.practice.trials import sizes
from tfmath.practice.wrong_crossing import WRONG_CROSSING, WRONG_LOOP, greedy

# Pencil ---------------------------------------------------------------------------------

_QUERY, _KEY = np.array([[1.0]]), np.log([[4.0], [1.0]])
_VALUE = np.array([[5.0], [10.0]])

MIXED = Exercise(
    "One word asks two source words: d_k = 1, query 1, keys ln 4 and ln 1, "
    "values 5 and 10: what does it get, as a whole number?",
    float(scaled_dot_product_attention(_QUERY, _KEY, _VALUE)[0, 0]),
    (
        Mistake(7.5, "both source words weigh the same"),
        Mistake(9.0, "the two weights are exchanged"),
        Mistake(30.0, "you have not divided by the sum of the exponentials"),
        Mistake(0.8, "you give the first weight; it still has to weigh the values"),
        Mistake((0.8, 0.2), "you give the weights; they still have to weigh the values"),
        Mistake((4.0, 2.0), "you give the two parts; they still have to be added"),
        Mistake(4.0, "you give the part of the first word alone"),
        Mistake(
            5.0,
            "the scores are taken for weights, without a power of e, or it is the answer "
            "of the example in the text",
        ),
        Mistake(10.0, "the second word is taken alone; the first fits better"),
        Mistake(
            float((softmax(np.array([4.0, 1.0])) * _VALUE[:, 0]).sum()),
            "4 and 1 are taken for scores; the keys are their logarithms",
        ),
        Mistake(5 * math.log(4), "ln 4 and ln 1 are taken for weights"),
    ),
    (
        "The scores are ln 4 and ln 1, so the exponentials are 4 and 1.",
        "The weights are 4/5 and 1/5.",
        "4/5 · 5 + 1/5 · 10",
    ),
)

SHAPE = Exercise(
    "The source has 9 words, the target so far 7; d_model = 5, d_k = 4, d_v = 3: "
    "what is the shape of one head's weights in the cross-attention, as a pair (rows, "
    "columns)?",
    (7, 9),
    (
        Mistake((9, 7), "the source asks and the target is asked: the two are exchanged"),
        Mistake((7, 7), "the target looks at itself: that is self-attention"),
        Mistake((9, 9), "the source looks at itself: that is the encoder"),
        Mistake((7, 3), "you give the shape of the head's output, n_query × d_v"),
        Mistake((7, 5), "you give the shape after W_O, n_query × d_model"),
        Mistake((7, 4), "you give the shape of the queries, n_query × d_k"),
        Mistake((9, 4), "you give the shape of the keys, n_key × d_k"),
        Mistake((9, 3), "you give the shape of the values, n_key × d_v"),
        Mistake((2, 7, 9), "you count the heads in front; one head is asked for"),
        Mistake((4, 9), "you give the shape of the keys turned round, d_k × n_key"),
        Mistake((1, 9), "you give the row of one word; all seven ask"),
        Mistake((5, 6), "you give the shape in the chapter's model"),
        Mistake(63, "you count the weights: 7 · 9; their shape is asked"),
        Mistake(16, "you add the two numbers; a shape is a pair"),
    ),
    (
        "Row = who looks, column = who is looked at.",
        "The queries come from the target, the keys from the source.",
        "(words of the target, words of the source)",
    ),
    tolerance=0,
)

# Code -----------------------------------------------------------------------------------


def _crossing(rng):
    n, n_source, d_model, d_k, d_v = sizes(rng, 5, most=8)
    shapes = ((n, d_model), (n_source, d_model), (d_model, d_k), (d_model, d_k))
    return tuple(rng.normal(size=shape) for shape in (*shapes, (d_model, d_v)))


def _word_by_word(x, memory, W_Q, W_K, W_V):
    rows, key, value = [], memory @ W_K, memory @ W_V
    for query in x @ W_Q:
        grown = [math.exp(query @ k / math.sqrt(len(k))) for k in key]
        rows.append(sum(g / sum(grown) * v for g, v in zip(grown, value, strict=True)))
    return rows


def _in_one(x, memory, W_Q, W_K, W_V):
    scores = np.einsum("id,dk,jk->ij", x, W_Q, memory @ W_K) / W_Q.shape[1] ** 0.5
    return np.einsum("ij,jd,dv->iv", softmax(scores), memory, W_V)


CROSS_ATTENTION = Exercise(
    "Write my_cross_attention(x, memory, W_Q, W_K, W_V), one head: x asks, memory is "
    "asked; a table, one row of d_v numbers for each row of x.",
    lambda x, memory, W_Q, W_K, W_V: attention_head(x, memory, memory, W_Q, W_K, W_V),
    tuple(Mistake(wrong, because) for because, wrong in WRONG_CROSSING.items()),
    (
        "query = x @ W_Q; key and value come from memory.",
        "scores = query @ key.T / np.sqrt(W_Q.shape[1])",
        "softmax(scores) @ value",
    ),
    _crossing,
    forms=(
        _word_by_word,
        _in_one,
        lambda x, memory, W_Q, W_K, W_V: scaled_dot_product_attention(
            x @ W_Q, memory @ W_K, memory @ W_V
        ),
    ),
)


def _writing(rng, until, longest):
    """A model that scores by all words so far and their places; it ends when it is time."""
    size = int(rng.integers(5, 10))
    start, end = (int(i) for i in rng.permutation(size)[:2])
    table = rng.normal(size=(size, size))

    def step(ids):
        scores = np.cos(1.3 * np.arange(len(ids))) @ table[list(ids)]
        scores[end] = 99.0 if len(ids) >= until else -99.0
        return scores

    return step, start, end, longest


def _ends_by_itself(rng):
    until = int(rng.integers(3, 8))
    return _writing(rng, until, until + int(rng.integers(0, 4)))


def _is_cut_off(rng):
    until = int(rng.integers(4, 9))
    return _writing(rng, until, until - int(rng.integers(1, 3)))


def _goes_on(rng):
    return _writing(rng, int(rng.integers(14, 40)), int(rng.integers(9, 13)))


def _begins_again(rng):
    """The model writes `start` once more, as its second word."""
    step, start, end, longest = _ends_by_itself(rng)

    def other(ids):
        scores = step(ids)
        scores[start] += 200.0 * (len(ids) == 2)
        return scores

    return other, start, end, longest


def _until_the_limit(step, start, end, longest):
    ids = np.array([start])
    while len(ids) < longest + 1:
        ids = np.append(ids, step(ids).argmax())
        if ids[-1] == end:
            return ids
    return ids


def _by_calling_itself(step, start, end, longest):
    def after(ids):
        done = len(ids) > longest or (len(ids) > 1 and ids[-1] == end)
        return ids if done else after([*ids, int(np.argmax(step(ids)))])

    return after([start])


def _one_by_one(step, start, end, longest):
    ids = [start]
    yield start
    for _ in range(longest):
        scores = list(step(ids))
        ids.append(scores.index(max(scores)))
        yield ids[-1]
        if ids[-1] == end:
            return


WRITE = Exercise(
    "Write my_write(step, start, end, longest): a list of ids that begins with start; "
    "append the word of the largest score of step(ids); stop after end, or after longest "
    "words.",
    greedy,
    tuple(Mistake(wrong, because) for because, wrong in WRONG_LOOP.items()),
    (
        "ids = [start], then a loop of `longest` rounds.",
        "ids.append(int(np.argmax(step(ids))))",
        "if ids[-1] == end: break",
    ),
    (_ends_by_itself, _is_cut_off, _goes_on, _begins_again),
    forms=(_until_the_limit, _by_calling_itself, _one_by_one),
)

# Wonder ---------------------------------------------------------------------------------


def _finishes_without(place, word="drink"):
    """Whether the model still ends the quote when one word of the source is another."""
    source, quote = (text.split() for text in toy.PAIRS[1])
    source[place] = word
    written = [word for word, _ in toy.finish(toy.load(), " ".join(source))]
    return written == [*quote, "<end>"]


_harmless = sum(map(_finishes_without, range(6)))

HARMLESS = Exercise(
    "Exchange one of the six source words for 'drink': for how many of the six places does "
    "the model still finish the quote, as a whole number?",
    _harmless,
    (
        Mistake(6 - _harmless, "you count the places where it fails"),
        Mistake(6, "you think that no single word matters"),
        Mistake(0, "you think that every word matters"),
        Mistake(5, "you think that one word matters; two do, for 'drink'"),
        Mistake(3, "you count one that goes wrong after all, or miss one that ends"),
    ),
    (
        "Try place = 0, 1, 2, 3, 4, 5.",
        "Right is what it writes for place = 0, word for word to <end>.",
    ),
    tolerance=0,
)
