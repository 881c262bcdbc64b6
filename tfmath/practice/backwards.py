"""Exercises of backwards: tables, the norm, attention, a lookup, one step downhill."""

import math

import numpy as np

from tfmath import toy
from tfmath.attention.dot_product import scaled_dot_product_attention_backward
from tfmath.learning.loss import cross_entropy
from tfmath.model.names import flatten, unflatten
from tfmath.model.parameters import traced
from tfmath.model.transformer import transformer
from tfmath.parts.softmax import softmax, softmax_backward
from tfmath.parts.standardize import standardize, standardize_backward
from tfmath.parts.text import encode
from tfmath.practice.answers import Exercise, Mistake
from tfmath.practice.slopes import DOWN, EVENLY, IN_A_ROW, SWAPPED
from tfmath.practice.trials import sizes
from tfmath.tracing import gradients, named

# Pencil ---------------------------------------------------------------------------------

_X, _G = np.array([[1.0, 2.0], [0.0, 3.0]]), np.array([[4.0, 1.0], [5.0, 2.0]])

PRODUCT = Exercise(
    "Y = X W, X has the rows 1, 2 and 0, 3; the gradient by Y has the rows 4, 1 and 5, 2. "
    "What is the gradient by W? A list of two rows of whole numbers.",
    _X.T @ _G,
    (
        Mistake(_X @ _G, "X is not transposed; with a square X no shape can tell"),
        Mistake(_G @ _X, "you multiply in the wrong order, and X is not transposed"),
        Mistake(_G @ _X.T, "you multiply in the wrong order: X stands first, transposed"),
        Mistake(_G.T @ _X, "your answer lies on its side: G is transposed, not X"),
        Mistake(_X.T @ _G.T, "G is transposed as well"),
        Mistake(_X * _G, "you multiply number by number; a row meets a column"),
        Mistake(_X.T * _G, "you multiply number by number; a row meets a column"),
        Mistake(_X, "you give X itself"),
        Mistake(_G, "you give the gradient by Y, as if X were not there"),
    ),
    (
        "Who uses the number in row i, column j of W? Column j of Y, times column i of X.",
        "Xᵀ has the rows 1, 0 and 2, 3.",
        "[[1·4 + 0·5, 1·1 + 0·2], [2·4 + 3·5, …]]",
    ),
    tolerance=0,
)

_row, _g = np.array([0.0, 0.0, 4.0, 4.0]), np.array([4.0, 0.0, 8.0, 0.0])
_normed = standardize(_row, epsilon=0.0)
_BY_ROW = np.round(standardize_backward(_g, _normed, _row, 0.0))

NORMED = Exercise(
    "The row 0, 0, 4, 4 is standardized (without ε), and the gradient by what comes out is "
    "4, 0, 8, 0. What is the gradient by the row? Four whole numbers.",
    _BY_ROW,
    (
        Mistake(_BY_ROW * 2, "you do not divide by σ"),
        Mistake(_BY_ROW / 2, "you divide by σ², the variance; divide by σ"),
        Mistake(
            (_g - 3) / 2, "you take out what a shift would do, and not what a stretch would"
        ),
        Mistake(
            (_g - _normed) / 2, "you take out what a stretch would do, and not the shift"
        ),
        Mistake(_g / 2, "you divide by σ and stop: shift and stretch are still in it"),
        Mistake(_normed, "you give the row standardized"),
        Mistake([0, 0, 0, 0], "the parts taken out are not all that there is"),
        Mistake([2, -2, 0, 0], "that is the chapter's example; here g is another"),
        Mistake(-_BY_ROW, "the sign is turned round"),
        Mistake(
            (_g - 3 + _normed) / 2, "the stretch is not taken out, but put in once more"
        ),
        Mistake((_g - 12 - 4 * _normed) / 2, "you take sums; means are taken out"),
    ),
    (
        "The mean is 2 and σ is 2; so the row standardized is −1, −1, 1, 1.",
        "The mean of g is 3, the mean of g times the standardized row is 1.",
        "(g − 3 − (−1, −1, 1, 1)) / 2",
    ),
    tolerance=1e-6,
)

# Code -----------------------------------------------------------------------------------


def _less(average):
    """The softmax rule, with another average."""
    return lambda g, w: w * (g - average(g, w))


def _attention_arrays(rng, square=True):
    n_query, n_key, d_k, d_v = sizes(rng, 4, most=7)
    n_key = n_query if square else n_key
    query, key = rng.normal(size=(n_query, d_k)), rng.normal(size=(n_key, d_k))
    value, grad = rng.normal(size=(n_key, d_v)), rng.normal(size=(n_query, d_v))
    return grad, query, key, value, softmax(query @ key.T / math.sqrt(d_k))


def _other_lengths(rng):
    return _attention_arrays(rng, square=False)


def _scores(g, v, w):
    return softmax_backward(g @ v.T, w)


def _from(grad_scores):
    """The last line, if the gradient by the scores is found in another way."""
    return lambda g, q, k, v, w: grad_scores(g @ v.T, w).T @ q / math.sqrt(q.shape[-1])


def _divided_by(divisor):
    """The last line, with another divisor."""
    return lambda g, q, k, v, w: _scores(g, v, w).T @ q / divisor(q, k, v)


_all_three = scaled_dot_product_attention_backward


def _by_einsum(grad_output, query, key, value, weights):
    by_weights = np.einsum("iv,jv->ij", grad_output, value)
    average = np.einsum("ij,ij->i", by_weights, weights)
    by_scores = weights * (by_weights - average[:, np.newaxis])
    return np.einsum("ij,id->jd", by_scores, query) / query.shape[1] ** 0.5


GRAD_KEY = Exercise(
    "Write my_grad_key(grad_output, query, key, value, weights): the gradient by the key, "
    "a table of its shape.",
    lambda *a: _all_three(*a)[1],
    (
        Mistake(
            lambda g, q, k, v, w: _scores(g, v, w) @ q / math.sqrt(q.shape[-1]),
            "grad_scores is not transposed: rows and columns are mixed",
        ),
        Mistake(
            _divided_by(lambda q, k, v: 1),
            "the scores were divided by √d_k on the way forward, and you leave it out",
        ),
        Mistake(
            _divided_by(lambda q, k, v: 2),
            "you divide by 2 as in the chapter, where d_k is 4; divide by the root of d_k",
        ),
        Mistake(_divided_by(lambda q, k, v: q.shape[1]), "you divide by d_k, not its root"),
        Mistake(_divided_by(lambda q, k, v: v.shape[1] ** 0.5), "you take √d_v, not √d_k"),
        Mistake(_divided_by(lambda q, k, v: len(k) ** 0.5), "you take √n_key, not √d_k"),
        Mistake(_divided_by(lambda q, k, v: q.shape[1] ** -0.5), "you multiply by √d_k"),
        Mistake(
            lambda g, q, k, v, w: _scores(g, v, w).T @ k / math.sqrt(k.shape[-1]),
            "you multiply by the key; the slope of a score by the key is the query",
        ),
        Mistake(_from(lambda g, w: g), "you skip the softmax on the way back"),
        Mistake(_from(lambda g, w: w * g), "the weighted average is not subtracted"),
        Mistake(_from(_less(lambda g, w: g.mean(1, keepdims=True))), EVENLY),
        Mistake(_from(_less(lambda g, w: np.sum(g * w, axis=0))), DOWN),
        Mistake(_from(_less(lambda g, w: np.sum(g * w, axis=1))), IN_A_ROW),
        Mistake(_from(lambda g, w: softmax_backward(w, g)), SWAPPED),
        Mistake(_from(lambda g, w: -softmax_backward(g, w)), "the sign is turned round"),
        Mistake(lambda *a: _all_three(*a)[0], "you give the gradient by the query"),
        Mistake(lambda *a: _all_three(*a)[2], "you give the gradient by the value"),
        Mistake(
            _all_three, "you give all three gradients; the one by the key is asked for"
        ),
        Mistake(lambda g, q, k, v, w: _scores(g, v, w), "you stop at the scores"),
        Mistake(
            lambda g, q, k, v, w: q.T @ _scores(g, v, w) / math.sqrt(q.shape[-1]),
            "That is the gradient by key.T: turn it over.",
        ),
    ),
    (
        "Back through weights @ value, then the softmax, then query @ key.T / √d_k.",
        "grad_scores = softmax_backward(grad_output @ value.T, weights)",
        "By key.T it is query.T @ grad_scores; turn that over, and do not forget √d_k.",
    ),
    (_attention_arrays, _other_lengths),
    forms=(
        _by_einsum,
        lambda g, q, k, v, w: (q.T @ (_scores(g, v, w) / math.sqrt(q.shape[1]))).T,
    ),
)


def _rows_and_ids(rng):
    """As many words as ids, or fewer; some come twice, and one never."""
    n_ids, vocab_size, width = sizes(rng, 3, least=3, most=8)
    ids = rng.integers(0, vocab_size - 1, n_ids)
    ids[-1] = ids[0]
    return rng.integers(-9, 10, (n_ids, width)).astype(float), ids, vocab_size


def _put(grad_rows, ids, vocab_size, put):
    found = np.zeros((vocab_size, grad_rows.shape[1]))
    put(found, ids, grad_rows)
    return found


def _last_wins(found, ids, rows):
    found[ids] += rows


def _first_wins(found, ids, rows):
    found[ids[::-1]] += rows[::-1]


def _once_each(found, ids, rows):
    np.add.at(found, ids, rows)
    found /= np.maximum(np.bincount(ids, minlength=len(found)), 1)[:, np.newaxis]


GRAD_EMBEDDING = Exercise(
    "Write my_grad_embedding(grad_rows, ids, vocab_size): rows = embedding[ids] backwards, "
    "a table with a row for each of vocab_size words; a word may come twice.",
    lambda rows, ids, n: _put(rows, ids, n, np.add.at),
    (
        Mistake(
            lambda rows, ids, n: _put(rows, ids, n, _last_wins),
            "of a word that comes twice only the last is kept; found[ids] += … does that",
        ),
        Mistake(
            lambda rows, ids, n: _put(rows, ids, n, _first_wins),
            "of a word that comes twice only the first is kept",
        ),
        Mistake(
            lambda rows, ids, n: _put(rows, ids, n, _once_each),
            "of a word that comes twice you take the mean; slopes of two paths are added",
        ),
        Mistake(lambda rows, ids, n: rows, "you give the rows, not the embedding's table"),
        Mistake(
            lambda rows, ids, n: np.eye(n)[ids],
            "you give who reads which row; the gradients are missing",
        ),
        Mistake(
            lambda rows, ids, n: -_put(rows, ids, n, np.add.at), "the sign is turned round"
        ),
        Mistake(
            lambda rows, ids, n: _put(rows, ids, n, np.add.at).T,
            "the table lies on its side",
        ),
        Mistake(
            lambda rows, ids, n: np.repeat(rows.sum(0, keepdims=True), n, 0),
            "every word gets the sum of all rows; only its own places count",
        ),
    ),
    (
        "Start with np.zeros((vocab_size, grad_rows.shape[1])).",
        "Walk over the places: the row of word ids[i] gets grad_rows[i] added.",
        "for i, word in enumerate(ids): table[word] += grad_rows[i]",
    ),
    _rows_and_ids,
    forms=(
        lambda rows, ids, n: np.eye(n)[ids].T @ rows,
        lambda rows, ids, n: [
            [
                sum(r[j] for r, i in zip(rows, ids, strict=True) if i == word)
                for j in range(rows.shape[1])
            ]
            for word in range(n)
        ],
    ),
)


# Wonder ---------------------------------------------------------------------------------


def loss_after(rate):
    """The loss of the chapter's sentence after one step downhill with a rate."""
    now = toy.load()
    loss = named("loss", cross_entropy(transformer(traced(now), *_READ_AND_WRITTEN), _NEXT))
    slopes = gradients(loss)
    moved = {name: table - rate * slopes[name] for name, table in flatten(now).items()}
    return cross_entropy(transformer(unflatten(moved), *_READ_AND_WRITTEN), _NEXT)


_READ_AND_WRITTEN = (
    encode("when you play game of thrones", toy.WORDS),
    encode("<start> you win or you".split(), toy.WORDS),
)
_NEXT = encode("you win or you die".split(), toy.WORDS)

RATE = Exercise(
    "After one step with which rate is the loss lowest? One decimal.",
    min((0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0), key=loss_after),
    (
        Mistake(0.1, "you take the rate that keeps its promise best; others go deeper"),
        Mistake(1, "you take the rate that promises most; try it"),
        Mistake(0.2, "you stop too early: a little more, and the loss is lower still"),
        Mistake(0.3, "you stop too early: a little more, and the loss is lower still"),
        Mistake(0.5, "you are one tenth too far; compare the fourth decimals"),
        Mistake(0.6, "you are too far: the loss is rising again"),
        Mistake(0.7, "you are too far: the loss is rising again"),
        Mistake(0.8, "you take the last rate below the loss of before; others go deeper"),
        Mistake(0.9, "after that step the loss is higher than before"),
    ),
    (
        "Put rate = 0.1, then 0.2, and go on until the loss rises.",
        "It lies between 0.3 and 0.5.",
    ),
    tolerance=0.049,
)
