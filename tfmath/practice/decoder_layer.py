"""Exercises of chapter 09: the decoder layer."""

import numpy as np

from tfmath import toy
from tfmath.attention.dot_product import scaled_dot_product_attention
from tfmath.attention.heads import attention_head
from tfmath.parts.softmax import softmax
from tfmath.practice.answers import Exercise, Mistake

# Pencil ---------------------------------------------------------------------------------

QUERY = np.array([[1.0]])
KEY = np.log([[4.0], [1.0]])
VALUE = np.array([[5.0], [10.0]])

MIXED = Exercise(
    "One word asks two source words: d_k = 1, query 1, keys ln 4 and ln 1, "
    "values 5 and 10. What does it get?",
    float(scaled_dot_product_attention(QUERY, KEY, VALUE)[0, 0]),
    (
        Mistake(7.5, "both source words weigh the same"),
        Mistake(9.0, "the two weights are exchanged"),
        Mistake(30.0, "you have not divided by the sum of the exponentials"),
        Mistake(0.8, "you give the first weight; it still has to weigh the values"),
    ),
    (
        "The scores are ln 4 and ln 1, so the exponentials are 4 and 1.",
        "The weights are 4/5 and 1/5.",
        "4/5 · 5 + 1/5 · 10",
    ),
)

SHAPE = Exercise(
    "The source has 9 words, the target so far 4; d_model = 5, d_k = 4, d_v = 3. "
    "What is the shape of one head's weights in the cross-attention, (rows, columns)?",
    (4, 9),
    (
        Mistake((9, 4), "the source asks and the target is asked: the two are exchanged"),
        Mistake((4, 4), "the target looks at itself: that is self-attention"),
        Mistake((9, 9), "the source looks at itself: that is the encoder"),
        Mistake((4, 3), "you give the shape of the head's output, n_query × d_v"),
        Mistake((4, 5), "you give the shape after W_O, n_query × d_model"),
    ),
    ("Row = who looks, column = who is looked at.", "The queries come from the target."),
)

# Code -----------------------------------------------------------------------------------


def _crossing(rng):
    x, memory = rng.normal(size=(4, 5)), rng.normal(size=(6, 5))
    W_Q, W_K = rng.normal(size=(2, 5, 3))
    return x, memory, W_Q, W_K, rng.normal(size=(5, 2))


def _cross(x, memory, W_Q, W_K, W_V):
    return attention_head(x, memory, memory, W_Q, W_K, W_V)


CROSS_ATTENTION = Exercise(
    "Write cross_attention(x, memory, W_Q, W_K, W_V), one head: x asks, memory is asked.",
    _cross,
    (
        Mistake(
            lambda x, memory, *W: attention_head(memory, x, x, *W),
            "the encoder asks and the decoder is asked: x and memory are exchanged",
        ),
        Mistake(
            lambda x, memory, *W: attention_head(x, x, x, *W),
            "x looks at itself: that is self-attention",
        ),
        Mistake(
            lambda x, memory, *W: attention_head(memory, memory, memory, *W),
            "the memory looks at itself: that is the encoder",
        ),
        Mistake(
            lambda x, memory, W_Q, W_K, W_V: attention_head(
                x, memory, memory, W_K, W_Q, W_V
            ),
            "W_Q and W_K are exchanged",
        ),
        Mistake(
            lambda x, memory, W_Q, W_K, W_V: (
                softmax((x @ W_Q) @ (memory @ W_K).T) @ (memory @ W_V)
            ),
            "the scores are not divided by √d_k",
        ),
        Mistake(
            lambda x, memory, W_Q, W_K, W_V: (
                softmax((x @ W_Q) @ (memory @ W_K).T / np.sqrt(5)) @ (memory @ W_V)
            ),
            "you divide by √d_model, not by √d_k",
        ),
        Mistake(
            lambda x, memory, W_Q, W_K, W_V: (
                softmax(((x @ W_Q) @ (memory @ W_K).T / np.sqrt(3)).T).T @ (memory @ W_V)
            ),
            "the softmax runs over the target's words instead of the source's",
        ),
    ),
    (
        "query = x @ W_Q; key and value come from memory.",
        "scores = query @ key.T / np.sqrt(W_Q.shape[1])",
        "softmax(scores) @ value",
    ),
    _crossing,
)


def _greedy(step, start, end, longest):
    ids = [start]
    while len(ids) <= longest and (len(ids) == 1 or ids[-1] != end):
        ids.append(int(np.argmax(step(ids))))
    return ids


def _step(scores):
    """A model of 7 words that scores the next word by the last one and by the length."""
    return lambda ids: np.roll(scores[ids[-1]], len(ids))


def _writing(rng):
    """Writing that comes to <end> by itself, or is cut off one word before."""
    cut_off = rng.random() < 0.5
    while True:
        step = _step(rng.normal(size=(7, 7)))
        ids = _greedy(step, 1, 2, 8)
        if 4 <= len(ids) <= 7:
            return step, 1, 2, len(ids) - 2 if cut_off else 8


WRITE = Exercise(
    "Write write(step, start, end, longest): begin with [start], append the word of the "
    "largest score of step(ids), stop after end, or after longest words.",
    _greedy,
    (
        Mistake(lambda *given: _greedy(*given)[1:], "<start> is missing from the list"),
        Mistake(lambda *given: _greedy(*given)[:-1], "<end> is missing from the list"),
        Mistake(
            lambda step, start, end, longest: _greedy(step, start, -1, longest),
            "it never stops at <end>",
        ),
        Mistake(
            lambda step, start, end, longest: _greedy(step, start, end, 8),
            "it does not stop after longest words",
        ),
        Mistake(
            lambda step, start, end, longest: _greedy(step, start, end, longest - 1),
            "the limit counts <start> as one of the words written",
        ),
        Mistake(
            lambda step, start, end, longest: _greedy(
                lambda ids: -step(ids), start, end, longest
            ),
            "the smallest score is taken",
        ),
        Mistake(
            lambda step, start, end, longest: _greedy(
                lambda ids: step(ids[-1:]), start, end, longest
            ),
            "the model sees only the last word, not all so far",
        ),
        Mistake(
            lambda step, start, end, longest: [start, int(np.argmax(step([start])))],
            "only one word is written: the loop is missing",
        ),
    ),
    (
        "ids = [start], then a loop of `longest` rounds.",
        "ids.append(int(np.argmax(step(ids))))",
        "if ids[-1] == end: break",
    ),
    _writing,
)

# Wonder ---------------------------------------------------------------------------------


def finish_with(place, word="drink"):
    """The words the model writes when one word of the source is exchanged."""
    source = toy.PAIRS[1][0].split()
    source[place] = word
    return [written for written, _ in toy.finish(toy.load(), " ".join(source))]


def _harmless():
    quote = [*toy.PAIRS[1][1].split(), "<end>"]
    return sum(finish_with(place) == quote for place in range(6))


HARMLESS = Exercise(
    "Exchange one of the six source words for 'drink'. For how many of the six places does "
    "the model still finish the quote?",
    _harmless(),
    (
        Mistake(6 - _harmless(), "you count the places where it fails"),
        Mistake(6, "you think that no single word matters"),
        Mistake(0, "you think that every word matters"),
    ),
    ("Try place = 0, 1, 2, 3, 4, 5.",),
)
