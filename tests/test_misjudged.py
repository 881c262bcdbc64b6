"""Answers that were misjudged once: right ones pass, and each wrong one is told why."""

import math

import numpy as np
import pytest

from tfmath.attention.dot_product import scaled_dot_product_attention
from tfmath.parts.embedding import lookup
from tfmath.parts.position import positional_encoding
from tfmath.parts.softmax import softmax
from tfmath.practice import (
    check,
    embeddings,
    positions,
    self_attention,
    start_here,
    vocabulary,
    what_a_table_knows,
    why_divide_by_the_root,
)
from tfmath.tracing import trace

# Start here -----------------------------------------------------------------------------


def five_values(weights, values):
    total = 0
    for i in range(5):
        total += weights[i] * values[i]
    return total / weights.sum()


def forgotten(weights, values):
    ...
    (weights * values).sum() / weights.sum()


# Vocabulary -----------------------------------------------------------------------------


def ids_in_place(words, vocabulary):
    for k, word in enumerate(words):
        words[k] = vocabulary.index(word) if word in vocabulary else 0
    return words


def once_in_place(tokens):
    for word in set(tokens):
        while tokens.count(word) > 1:
            del tokens[len(tokens) - 1 - tokens[::-1].index(word)]
    return tokens


def the_first_in_any_case(tokens):
    return [
        token
        for i, token in enumerate(tokens)
        if token.lower() not in [before.lower() for before in tokens[:i]]
    ]


def from_one(words, vocabulary):
    return [vocabulary.index(w) + 1 if w in vocabulary else 0 for w in words]


def by_a_part(holds, and_stop=True):
    def my_encode(words, vocabulary):
        ids = []
        for word in words:
            ids.append(0)
            for i, entry in enumerate(vocabulary):
                if holds(word, entry):
                    ids[-1] = i
                    if and_stop:
                        break
        return ids

    return my_encode


# Embeddings -----------------------------------------------------------------------------


def by_the_first(ids, vocab_size):
    hot = np.zeros((len(ids), vocab_size))
    for i in ids:
        hot[list(ids).index(i), i] = 1
    return hot


def each_id_once(ids, table):
    return lookup(list(dict.fromkeys(ids.tolist())), table) * math.sqrt(table.shape[1])


# Positions ------------------------------------------------------------------------------


def with_cosines(cosines):
    def encoding(n_positions, d_model):
        powers = 10000 ** (np.arange(0, d_model, 2) / d_model)
        angles = np.arange(n_positions)[:, np.newaxis] / powers
        table = np.zeros((n_positions, d_model))
        table[:, 0::2], table[:, 1::2] = np.sin(angles), cosines(np.cos(angles))
        return table

    return encoding


def odd_only(n_positions, d_model):
    if d_model % 2 == 0:
        return None
    return positional_encoding(n_positions, d_model)


def in_float32(n_positions, d_model):
    return positional_encoding(n_positions, d_model).astype(np.float32)


# Self-attention -------------------------------------------------------------------------


def bare_softmax(scores):
    return np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)


def divided_by(number):
    def attention(x, W_Q, W_K, W_V):
        return softmax(x @ W_Q @ (x @ W_K).T / math.sqrt(number)) @ (x @ W_V)

    return attention


def one_head(x, W_Q, W_K, W_V):
    return scaled_dot_product_attention(x @ W_Q, x @ W_K, x @ W_V)


WRONG = {
    "a column farther right": (start_here.READ, 0.542, "row game, but column you"),
    "two decimals": (start_here.READ, 0.06, "right to two decimals; three are asked for"),
    "five of them": (start_here.AVERAGE, five_values, "stops with IndexError"),
    "no return": (start_here.AVERAGE, forgotten, "handed over with return"),
    "printed": (
        start_here.AVERAGE,
        lambda w, v: print((w * v).sum() / w.sum()),
        "write return instead of print",
    ),
    "more than enough": (
        start_here.ENOUGH,
        4,
        ": With 4 words it writes the quote, but fewer are enough too.",
    ),
    "ids in place": (vocabulary.ENCODE, ids_in_place, "it changes words on the way"),
    "counted from 1": (vocabulary.ENCODE, from_one, "you count from 1"),
    "an entry in it": (vocabulary.ENCODE, by_a_part(str.__contains__), "holds an entry"),
    "the last in it": (
        vocabulary.ENCODE,
        by_a_part(str.__contains__, and_stop=False),
        "the last entry that it holds",
    ),
    "begins like it": (
        vocabulary.ENCODE,
        by_a_part(str.startswith),
        "begins with an entry",
    ),
    "ends like it": (vocabulary.ENCODE, by_a_part(str.endswith), "ends with an entry"),
    "once in place": (vocabulary.VOCABULARY, once_in_place, "it changes tokens on the way"),
    "in capitals": (
        vocabulary.VOCABULARY,
        lambda t: [word.upper() for word in dict.fromkeys(t)],
        "written in capitals",
    ),
    "all small": (
        vocabulary.VOCABULARY,
        lambda t: [word.lower() for word in dict.fromkeys(t)],
        "written small",
    ),
    "in any case": (
        vocabulary.VOCABULARY,
        the_first_in_any_case,
        "`You` and `you` are taken for one word",
    ),
    "in any case, the last": (
        vocabulary.VOCABULARY,
        lambda t: list({word.lower(): word for word in t}.values()),
        "`You` and `you` are taken for one word",
    ),
    "brackets": (embeddings.ENTRY, [11], "one number is asked for, without brackets"),
    "the first of two": (embeddings.ONE_HOT, by_the_first, "where an id comes twice"),
    "always √5": (
        what_a_table_knows.EMBED,
        lambda ids, table: lookup(ids, table) * math.sqrt(5),
        "√5 whatever the width",
    ),
    "each id once": (
        what_a_table_knows.EMBED,
        each_id_once,
        "a word that stands twice gets one",
    ),
    "one column less": (
        positions.ENCODING,
        with_cosines(lambda cosines: cosines[:, :-1]),
        "for an even d_model it is needed",
    ),
    "odd only": (positions.ENCODING, odd_only, "gives nothing back"),
    "no cosine cut off": (
        positions.ENCODING,
        with_cosines(lambda cosines: cosines),
        "cut off the last",
    ),
    "e to the 1000": (
        self_attention.SOFTMAX,
        bare_softmax,
        "each row's largest is not subtracted",
    ),
    "always √3": (self_attention.ATTENTION, divided_by(3), "√3 whatever the widths"),
    "always √4": (self_attention.ATTENTION, divided_by(4), "√4 whatever the widths"),
    "always √5, too": (self_attention.ATTENTION, divided_by(5), "√5 whatever the widths"),
}
RIGHT = {
    "keys": (vocabulary.VOCABULARY, lambda tokens: dict.fromkeys(tokens).keys()),
    "one by one": (
        vocabulary.VOCABULARY,
        lambda tokens: (w for w in dict.fromkeys(tokens)),
    ),
    "float32": (positions.ENCODING, in_float32),
    "traced": (why_divide_by_the_root.SCORE, trace(4.0, "a")),
    "traced rows": (
        self_attention.ATTENTION,
        lambda x, *tables: one_head(trace(x, "x"), *tables),
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_once_passed_or_was_told_wrongly_is_told(name):
    exercise, answer, words = WRONG[name]
    verdict = check(exercise, answer)
    assert verdict.state == "wrong" and words in verdict.text


@pytest.mark.parametrize("name", RIGHT)
def test_what_once_was_refused_passes(name):
    exercise, answer = RIGHT[name]
    assert check(exercise, answer).text == "Right."


def test_the_softmax_of_1000_and_1001_is_tried():
    tried = [
        np.ptp(scores) for kind in self_attention.SOFTMAX.inputs for scores in kind_of(kind)
    ]
    assert max(tried) > 1000 and min(tried) < 10


def kind_of(kind):
    return [kind(np.random.default_rng(seed))[0] for seed in range(3)]


def test_the_knob_shows_what_the_law_says():
    """At the width asked for, the printed spread is nearest to half of that at width 5."""

    def spread(d):
        one, other = np.random.default_rng(0).normal(size=(2, 100000, d))
        lengths = np.sqrt((one**2).sum(axis=-1) * (other**2).sum(axis=-1))
        return ((one * other).sum(axis=-1) / lengths).std()

    off = {d: abs(spread(d) - spread(5) / 2) for d in (18, 19, 20, 21, 22)}
    assert min(off, key=off.get) == embeddings.SPREAD.answer
