"""Exercises of attention before the Transformer: states and scores."""

import numpy as np

from tfmath.attention.additive import additive_scores
from tfmath.attention.luong import general_scores
from tfmath.parts.recurrent import recurrence
from tfmath.parts.softmax import softmax
from tfmath.practice.answers import Exercise, Mistake
from tfmath.practice.trials import sizes

# Pencil ---------------------------------------------------------------------------------

STATE = Exercise(
    "A state is halved, and what is heard is added: 8, 0, 4, 4. What is it at the end?",
    7.0,
    (
        Mistake(16.0, "the state is not halved"),
        Mistake(8.0, "what is heard is halved, not the state"),
        Mistake(3.5, "the state is halved once more, after the last word"),
        Mistake(9.5, "you read from the last word to the first"),
        Mistake(4.0, "you take the average"),
    ),
    (
        "Go word by word: 8, then 8/2 + 0.",
        "The states are 8, 4, 6 and one more.",
        "6/2 + 4",
    ),
)

_W = np.array([[1, 0, 2], [0, 1, 1]])

GENERAL = Exercise(
    "The query is (1, 2), the key (3, 0, 2), and W has the rows (1, 0, 2) and (0, 1, 1). "
    "What is the `general` score?",
    float(general_scores([[1, 2]], [[3, 0, 2]], W=_W)[0, 0]),
    (
        Mistake(7.0, "the query's second number, 2, is left out"),
        Mistake(9.0, "the query counts as (1, 1)"),
        Mistake(3.0, "numbers are paired as they stand, and W is left out"),
        Mistake(11 / 2**0.5, "it is divided by √2; there is no root in this score"),
        Mistake(11 / 3**0.5, "it is divided by √3; there is no root in this score"),
    ),
    (
        "First the query times W: 1 · (1, 0, 2) + 2 · (0, 1, 1).",
        "That is (1, 2, 4). Then the dot product with the key.",
        "1 · 3 + 2 · 0 + 4 · 2",
    ),
)

# Code -----------------------------------------------------------------------------------


def state_after_state(x, W_x, W_h):
    """A loop, and a list."""
    state, states = np.zeros(len(W_h)), []
    for row in x:
        state = np.tanh(row @ W_x + state @ W_h)
        states.append(state)
    return np.array(states)


def _filled_in(x, W_x, W_h):
    heard = x @ W_x
    states = np.zeros((len(x) + 1, len(W_h)))
    for t in range(len(x)):
        states[t + 1] = np.tanh(heard[t] + states[t] @ W_h)
    return states[1:]


def one_word_late(x, W_x, W_h):
    """The state before each word."""
    return np.concatenate([np.zeros((1, len(W_h))), state_after_state(x, W_x, W_h)[:-1]])


def never_bent(x, W_x, W_h):
    """No tanh."""
    state, states = np.zeros(len(W_h)), []
    for row in x:
        state = row @ W_x + state @ W_h
        states.append(state)
    return np.array(states)


def half_bent(x, W_x, W_h):
    """The tanh of the state alone."""
    state, states = np.zeros(len(W_h)), []
    for row in x:
        state = row @ W_x + np.tanh(state @ W_h)
        states.append(state)
    return np.array(states)


READ = Exercise(
    "Write my_recurrence(x, W_x, W_h): the state after each row, (n, d), from a state of "
    "zeros.",
    recurrence,
    (
        Mistake(lambda x, W_x, W_h: np.tanh(x @ W_x), "the state before is left out"),
        Mistake(
            lambda x, W_x, W_h: state_after_state(x, W_x, W_h.T),
            "W_h is turned: the state is multiplied as W_h @ state",
        ),
        Mistake(never_bent, "the tanh is left out"),
        Mistake(half_bent, "the tanh bends the state alone, not the whole sum"),
        Mistake(one_word_late, "you give the state before each row, not after it"),
        Mistake(
            lambda x, W_x, W_h: state_after_state(x, W_x, W_h)[-1],
            "the last state alone is given back",
        ),
        Mistake(
            lambda x, W_x, W_h: state_after_state(x[::-1], W_x, W_h)[::-1],
            "you read from the last row to the first",
        ),
    ),
    (
        "state = np.zeros(len(W_h)), and a list for the states.",
        "For each row: state = np.tanh(row @ W_x + state @ W_h).",
        "states.append(state) in the loop; np.array(states) after it.",
    ),
    lambda rng: _drawn(rng, (0, 1), (1, 2), (2, 2)),
    forms=(state_after_state, _filled_in),
)


def _drawn(rng, *which):
    """Arrays whose axes have sizes that all differ, said by number."""
    every = sizes(rng, 1 + max(max(axes) for axes in which))
    return tuple(rng.normal(size=[every[i] for i in axes]) for axes in which)


def _hidden(query, key, W, U):
    return np.tanh((query @ W)[:, np.newaxis] + (key @ U)[np.newaxis])


def _pair_by_pair(query, key, W, U, v):
    return [[np.tanh(q @ W + k @ U) @ v for k in key] for q in query]


def _by_einsum(query, key, W, U, v):
    pairs = np.einsum("id,dh->ih", query, W)[:, None] + np.einsum("jd,dh->jh", key, U)
    return np.einsum("ijh,h->ij", np.tanh(pairs), v)


def _product(query, key, W, U, v):
    return np.tanh((query @ W)[:, np.newaxis] * (key @ U)[np.newaxis]) @ v


SCORES = Exercise(
    "Write my_scores(query, key, W, U, v): Bahdanau's scores, (n_query, n_key).",
    additive_scores,
    (
        Mistake(
            lambda query, key, W, U, v: (query @ W)[:, None] @ v + key @ U @ v,
            "the tanh is left out",
        ),
        Mistake(
            lambda query, key, W, U, v: np.tanh((query @ W) @ v[:, None] + key @ U @ v),
            "the tanh comes after v; it bends the hidden numbers, before v weighs them",
        ),
        Mistake(_product, "what the query brings and what the key brings are multiplied"),
        Mistake(
            lambda query, key, W, U, v: _hidden(query, key, W, U).sum(axis=-1),
            "the hidden numbers are added up, without v",
        ),
        Mistake(
            lambda query, key, W, U, v: softmax(additive_scores(query, key, W, U, v)),
            "these are the weights: the softmax comes later",
        ),
        Mistake(
            lambda query, key, W, U, v: (query @ W) @ (key @ U).T,
            "this is the dot product of q W and k U, not the score of a small network",
        ),
        Mistake(
            lambda query, key, W, U, v: additive_scores(query, key, W, U, v).T,
            "rows and columns are swapped: a row is a query",
        ),
    ),
    (
        "For one pair: np.tanh(q @ W + k @ U) @ v.",
        "All pairs: an axis for the keys in query @ W, one for the queries in key @ U.",
        "np.tanh((query @ W)[:, None] + (key @ U)[None]) @ v",
    ),
    lambda rng: _drawn(rng, (0, 2), (1, 3), (2, 4), (3, 4), (4,)),
    forms=(_pair_by_pair, _by_einsum),
)
