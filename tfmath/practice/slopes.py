"""Exercises of slopes: the chain rule, said minus wanted, softmax, a nudge."""

import numpy as np

from tfmath.learning.loss import cross_entropy_backward
from tfmath.parts.softmax import softmax, softmax_backward
from tfmath.practice.answers import Exercise, Mistake
from tfmath.practice.trials import sizes
from tfmath.study.slope import slope
from tfmath.tracing import gradients, trace

# Pencil ---------------------------------------------------------------------------------

_a, _b, _c, _d = (
    trace(x, name) for x, name in ((3.0, "a"), (2.0, "b"), (1.0, "c"), (4.0, "d"))
)
_loss = (_a * _b + _c) * _d

CHAIN = Exercise(
    "loss = (a · b + c) · d with a = 3, b = 2, c = 1, d = 4: what is the slope of the loss "
    "by a? A whole number.",
    gradients(_loss, of=_a),
    (
        Mistake(2, "you stop at a · b; the bracket is still multiplied by d"),
        Mistake(4, "you forget that a is multiplied by b"),
        Mistake(gradients(_loss, of=_b), "you give the slope by b: a · d"),
        Mistake(7, "you give the slope by d: the bracket"),
        Mistake(
            1, "you give the slope of the bracket by c; a is multiplied by b, and by d"
        ),
        Mistake(_loss.value, "you give the loss itself"),
        Mistake(36, "you give the loss for a = 4: how much more is it than for a = 3?"),
        Mistake(6, "you add the slopes along the path; they are multiplied"),
        Mistake(24, "you multiply by a as well: a · b · d"),
        Mistake(9, "c is added to the slope; a nudge of a does not move c"),
        Mistake(15, "you take the chapter's numbers; here b is 2 and d is 4"),
        Mistake(-8, "the slope's sign is turned round: when a grows, so does the loss"),
    ),
    (
        "Walk back from the loss: what does a nudge of the bracket do to it?",
        "The bracket is multiplied by d, and a inside it by b.",
        "b · d",
    ),
    tolerance=0,
)

_p, _right = np.array([0.5, 0.3, 0.2]), 1
_grad_logits = cross_entropy_backward(1.0, np.log(_p)[None], [_right])[0]

LOGITS = Exercise(
    "The model says 0.5, 0.3, 0.2; the word in the middle is right. Which three numbers "
    "are the gradient of the loss by the three logits? A list, to one decimal.",
    _grad_logits,
    (
        Mistake(-_grad_logits, "you take wanted minus said; it is said minus wanted"),
        Mistake(_p, "nothing is subtracted at the right word"),
        Mistake(np.abs(_grad_logits), "the minus sign at the right word is lost"),
        Mistake(_p - 1, "1 is subtracted everywhere, not only at the right word"),
        Mistake(
            [0, -0.7, 0], "the other words are left out: they are said, and not wanted"
        ),
        Mistake([0.5, -1, 0.2], "what was said of the right word is left out: 0.3 − 1"),
        Mistake([-0.5, 0.3, 0.2], "the first word is taken to be right"),
        Mistake([0.5, 0.3, -0.8], "the last word is taken to be right"),
        Mistake([0, 1, 0], "you give what is wanted; it is taken from what was said"),
        Mistake(
            [0, -1 / 0.3, 0],
            "you stop at the probabilities, before the way back through the softmax",
        ),
        Mistake(
            _p * (1 - _p),
            "you give how fast each weight moves with its own score, w (1 − w)",
        ),
        Mistake(-np.log(_p), "you give the surprises, not their slopes"),
        Mistake(
            _grad_logits / 3,
            "you divide by the number of words; the mean is over places, and there is one",
        ),
        Mistake(-0.7, "you give the slope at the right word alone; there are three"),
    ),
    (
        "p − t: what was said minus what was wanted.",
        "t is 0, 1, 0.",
        "[0.5 − 0, 0.3 − 1, 0.2 − 0]",
    ),
)

# Code -----------------------------------------------------------------------------------

EVENLY = "the average is taken evenly; each gradient counts with its weight"
DOWN = "the averages run down the columns; every row is a softmax of its own"
SWAPPED = "gradient and weights have changed places: w (g − average)"
IN_EVERY_ROW = "said[:, wanted] lowers these words in every row; each row has its own"
IN_A_ROW = "The averages stand in a row; keepdims=True keeps them in a column."


def _gradient_and_weights(rng):
    shape = sizes(rng, 2, most=5)
    return rng.integers(-9, 10, shape).astype(float), softmax(rng.normal(size=shape))


def _some_hidden(rng):
    """A column of weights that are 0, as behind a mask."""
    grad, weights = _gradient_and_weights(rng)
    weights[:, -1] = 0.0
    return grad, weights / weights.sum(axis=-1, keepdims=True)


def _row_by_row(grad_weights, weights):
    rows = zip(grad_weights, weights, strict=True)
    return np.stack([g @ (np.diag(w) - np.outer(w, w)) for g, w in rows])


def _average(g, w):
    return np.sum(g * w, axis=-1, keepdims=True)


def _less(average):
    """The right line, with another average."""
    return lambda g, w: w * (g - average(g, w))


SOFTMAX_BACKWARD = Exercise(
    "Write my_softmax_backward(grad_weights, weights): the gradient by the scores, a table "
    "as large as each of the two.",
    softmax_backward,
    (
        Mistake(_less(lambda g, w: 0), "the weighted average is not subtracted"),
        Mistake(_less(lambda g, w: g * w), "each moves by its own score only"),
        Mistake(_less(lambda g, w: g.mean(1, keepdims=True)), EVENLY),
        Mistake(
            _less(lambda g, w: (g * w).mean(1, keepdims=True)),
            "the products are averaged; weights are shares, so add them up",
        ),
        Mistake(
            _less(lambda g, w: g.sum(1, keepdims=True)), "the sum has no weights in it"
        ),
        Mistake(_less(lambda g, w: np.sum(g * w, axis=0)), DOWN),
        Mistake(_less(lambda g, w: np.sum(g * w)), "one average serves all the rows"),
        Mistake(_less(lambda g, w: np.sum(g * w, axis=1)), IN_A_ROW),
        Mistake(
            lambda g, w: g @ (np.diag(w) - np.outer(w, w)),
            "The chapter's table of moves belongs to one row: take each row by itself.",
        ),
        Mistake(lambda g, w: -softmax_backward(g, w), "the sign is turned round"),
        Mistake(lambda g, w: g - _average(g, w), "the weight in front of it is missing"),
        Mistake(_less(lambda g, w: -_average(g, w)), "the average is added to it"),
        Mistake(lambda g, w: w * g - _average(g, w), "the weight multiplies g alone"),
        Mistake(lambda g, w: softmax_backward(w, g), SWAPPED),
        Mistake(lambda g, w: (g - _average(g, w)) / w, "you divide by the weight"),
        Mistake(_average, "you give the averages; they are only a part of it"),
    ),
    (
        "A weight that costs more than the average should fall, one that costs less rise.",
        "average = the sum of grad_weights * weights along each row, with keepdims=True.",
        "weights * (grad_weights - average)",
    ),
    (_gradient_and_weights, _some_hidden),
    forms=(
        _row_by_row,
        lambda g, w: w * g - w * np.einsum("ij,ij->i", g, w)[:, np.newaxis],
        lambda g, w: [r * (x - x @ r) for x, r in zip(g, w, strict=True)],
    ),
)


def _logits_and_wanted(rng):
    """Some places, more or fewer than words; a word may be wanted twice."""
    n_places, n_words = sizes(rng, 2, most=6)
    return rng.normal(size=(n_places, n_words)), rng.integers(0, n_words, n_places)


def _far_apart(rng):
    """Scores of a thousand: np.exp alone gives infinity."""
    logits, wanted = _logits_and_wanted(rng)
    return 1000 + 3 * logits, wanted


def _wanted_table(logits, wanted):
    return np.eye(logits.shape[1])[wanted]


def _over(divisor, said=softmax):
    """Said minus wanted, divided by something else, or with another `said`."""
    return lambda z, w: (said(z) - _wanted_table(z, w)) / divisor(z)


def _place_by_place(logits, wanted):
    found = softmax(logits)
    for place, word in enumerate(wanted):
        found[place, word] -= 1
    return found / len(wanted)


def _in_every_row(logits, wanted):
    found = softmax(logits)
    found[:, wanted] -= 1
    return found / len(wanted)


GRAD_LOGITS = Exercise(
    "Write my_grad_logits(logits, wanted): the gradient of the mean surprise by the "
    "logits, a table as large as they are; wanted has each row's right word, by its id.",
    lambda z, w: cross_entropy_backward(1.0, z, w),
    (
        Mistake(
            _over(lambda z: 1),
            "you forget that the loss is a mean: each place has its share of it",
        ),
        Mistake(
            _over(lambda z: z.shape[1]),
            "you divide by the number of words; the mean is over the places",
        ),
        Mistake(_over(lambda z: z.size), "you divide by words and places; by places only"),
        Mistake(_over(lambda z: 5), "you divide by the chapter's 5; count the places"),
        Mistake(_over(lambda z: -len(z)), "the sign is turned: it is said minus wanted"),
        Mistake(
            _over(len, lambda z: z),
            "you subtract from the logits; what was said is their softmax",
        ),
        Mistake(
            _over(len, lambda z: softmax(z.T).T),
            "the softmax runs down the columns; every row is a place of its own",
        ),
        Mistake(lambda z, w: softmax(z) / len(z), "nothing is subtracted"),
        Mistake(lambda z, w: (softmax(z) - 1) / len(z), "1 is subtracted everywhere"),
        Mistake(lambda z, w: -_wanted_table(z, w) / len(z), "you give what was wanted"),
        Mistake(
            lambda z, w: -_wanted_table(z, w) / softmax(z) / len(z),
            "you stop at the probabilities; the softmax lies before them",
        ),
        Mistake(_in_every_row, IN_EVERY_ROW),
        Mistake(
            _over(len, lambda z: softmax(z.ravel()).reshape(z.shape)),
            "one softmax serves the whole table; every row is a place of its own",
        ),
        Mistake(
            lambda z, w: -np.log(softmax(z)[np.arange(len(w)), w]),
            "you give the surprises, not their slopes",
        ),
    ),
    (
        "Said minus wanted, row by row; and the loss is the mean over the rows.",
        "softmax(logits), and in each row 1 less at the right word.",
        "(softmax(logits) - np.eye(logits.shape[1])[wanted]) / len(wanted)",
    ),
    (_logits_and_wanted, _far_apart),
    forms=(
        _place_by_place,
        _over(len),
        lambda z, w: [
            [(p - (j == k)) / len(w) for j, p in enumerate(row)]
            for row, k in zip(softmax(z).tolist(), w, strict=True)
        ],
    ),
)

# Wonder ---------------------------------------------------------------------------------


def _cube(x):
    return x * x * x


def _shrinks(error):
    """By what factor, from nudge 0.01 to 0.001."""
    return round(error(1e-2) / error(1e-3))


_errors = [float(abs(slope(_cube, 7.0, nudge) - 147)) for nudge in (1e-2, 1e-3)]
_quotient = _errors[0] / _errors[1]
"""That of the chapter's own errors, not rounded: a hair less than 100."""

NUDGE = Exercise(
    "From nudge 0.01 to 0.001: how many times smaller does the error of “up and down” get? "
    "A whole number.",
    _shrinks(lambda nudge: abs(slope(_cube, 2.0, nudge).item() - 12)),
    (
        Mistake(
            _shrinks(lambda nudge: abs((_cube(2 + nudge) - 8) / nudge - 12)),
            "you read the one-sided slope, the curve named up only",
        ),
        Mistake(1, "you read the left arm, where it stays; 0.01 and 0.001 lie right"),
        Mistake(1000, "you take the cube of the nudge; the error goes with its square"),
        Mistake(10_000, "you go down two tenths, from 0.1 to 0.001; it is one"),
        Mistake(0.01, "you divide the smaller error by the larger: turn it round"),
        Mistake(
            2, "you count the tenths that it falls: on this axis each is a factor of 10"
        ),
        Mistake(20, "you add two factors of 10; they are multiplied"),
        Mistake(1e-6, "you give the error at 0.001; how many times smaller is it?"),
        Mistake(1e-4, "you give the error at 0.01; how many times smaller does it get?"),
    ),
    (
        "Read two points off the curve, or work both errors out.",
        "A tenth of the nudge, squared.",
    ),
    tolerance=0,
    also=(_quotient,),
)
