"""Exercises of chapter 11: slopes, the chain rule, softmax and attention backwards."""

import math

import numpy as np

from tfmath.attention.dot_product import scaled_dot_product_attention_backward
from tfmath.learning.loss import cross_entropy_backward
from tfmath.parts.softmax import softmax, softmax_backward
from tfmath.practice.answers import Exercise, Mistake
from tfmath.study.slope import slope
from tfmath.tracing import gradients, trace

# Pencil ---------------------------------------------------------------------------------

_a, _b, _c, _d = (
    trace(x, name) for x, name in ((3.0, "a"), (2.0, "b"), (1.0, "c"), (4.0, "d"))
)
_loss = (_a * _b + _c) * _d

CHAIN = Exercise(
    "loss = (a · b + c) · d with a = 3, b = 2, c = 1, d = 4: what is the gradient by a?",
    gradients(_loss, of=_a),
    (
        Mistake(_b.value, "you stop at a · b; the bracket is still multiplied by d"),
        Mistake(_d.value, "you forget that a is multiplied by b"),
        Mistake(gradients(_loss, of=_b), "you give the gradient by b"),
        Mistake(_loss.value, "you give the loss itself"),
        Mistake((_b + _d).value, "you add the slopes along a path; they are multiplied"),
    ),
    (
        "Walk back from the loss: what does a nudge of the bracket do to it?",
        "The bracket is multiplied by d, and a inside it by b.",
    ),
    tolerance=1e-9,
)

_p, _right = np.array([0.5, 0.3, 0.2]), 1
_grad_logits = cross_entropy_backward(1.0, np.log(_p)[None], [_right])[0]

LOGITS = Exercise(
    "The model says 0.5, 0.3, 0.2; the word in the middle is right. Which three numbers "
    "are the gradient of the loss by the three logits?",
    _grad_logits,
    (
        Mistake(-_grad_logits, "you take wanted minus said; it is said minus wanted"),
        Mistake(_p, "nothing is subtracted at the right word"),
        Mistake(np.abs(_grad_logits), "the minus sign at the right word is lost"),
        Mistake(_p - 1, "1 is subtracted everywhere, not only at the right word"),
        Mistake(
            np.array([0, -1 / 0.3, 0]),
            "you stop at the probabilities, before the way back through the softmax",
        ),
    ),
    ("p − q: what was said minus what should have been said.", "q is 0, 1, 0."),
    tolerance=1e-9,
)

# Code -----------------------------------------------------------------------------------


def _weights_and_gradient(rng):
    return rng.normal(size=(4, 3)), softmax(rng.normal(size=(4, 3)))


SOFTMAX_BACKWARD = Exercise(
    "Write my_softmax_backward(grad_weights, weights): the gradient by the scores.",
    softmax_backward,
    (
        Mistake(lambda g, w: g * w, "the weighted average is not subtracted"),
        Mistake(
            lambda g, w: g * w * (1 - w),
            "you use only how each weight depends on its own score; it depends on all",
        ),
        Mistake(
            lambda g, w: w * (g - g.mean(axis=-1, keepdims=True)),
            "the average is taken evenly; each gradient counts with its weight",
        ),
        Mistake(
            lambda g, w: w * (g - np.sum(g * w, axis=0)),
            "the average runs down the columns; every row is a softmax of its own",
        ),
        Mistake(
            lambda g, w: w * (g - np.sum(g * w)),
            "one average over the whole table; every row is a softmax of its own",
        ),
        Mistake(
            lambda g, w: w * (np.sum(g * w, axis=-1, keepdims=True) - g),
            "the sign is turned round",
        ),
        Mistake(
            lambda g, w: g - np.sum(g * w, axis=-1, keepdims=True),
            "the difference is not multiplied by the weight",
        ),
    ),
    (
        "average = the sum of grad_weights * weights along each row, with keepdims=True.",
        "weights * (grad_weights - average)",
    ),
    _weights_and_gradient,
)


def _attention_arrays(rng):
    # As many queries as keys: a missing transpose then changes no shape, and must be seen.
    grad_output, query, key, value = (rng.normal(size=(4, n)) for n in (2, 3, 3, 2))
    return grad_output, query, key, value, softmax(query @ key.T / math.sqrt(3))


def _grad_scores(grad_output, value, weights):
    return softmax_backward(grad_output @ value.T, weights)


def found_backward(grad_output, query, key, value, weights):
    """The gradient by the key, with the transpose of grad_scores left out."""
    return _grad_scores(grad_output, value, weights) @ query / math.sqrt(query.shape[-1])


GRAD_KEY = Exercise(
    "Write my_grad_key(grad_output, query, key, value, weights).",
    lambda *arrays: scaled_dot_product_attention_backward(*arrays)[1],
    (
        Mistake(
            found_backward, "grad_scores is not transposed: rows and columns are mixed"
        ),
        Mistake(
            lambda g, q, k, v, w: _grad_scores(g, v, w).T @ q,
            "the scores were divided by √d_k on the way forward, and you leave it out",
        ),
        Mistake(
            lambda g, q, k, v, w: _grad_scores(g, v, w).T @ q / q.shape[-1],
            "you divide by d_k, not by its root",
        ),
        Mistake(
            lambda g, q, k, v, w: _grad_scores(g, v, w).T @ k / math.sqrt(k.shape[-1]),
            "a score is query times key: the slope by the key is the query",
        ),
        Mistake(
            lambda g, q, k, v, w: (g @ v.T).T @ q / math.sqrt(q.shape[-1]),
            "you skip the softmax: that is the gradient by the weights, not by the scores",
        ),
        Mistake(
            lambda g, q, k, v, w: scaled_dot_product_attention_backward(g, q, k, v, w)[0],
            "you give the gradient by the query",
        ),
    ),
    (
        "Back through weights @ value, then the softmax, then query @ key.T.",
        "grad_scores = softmax_backward(grad_output @ value.T, weights)",
        "By key.T it is query.T @ grad_scores; turn that over, and do not forget √d_k.",
    ),
    _attention_arrays,
)

# Wonder ---------------------------------------------------------------------------------


def _error(nudge):
    return abs(slope(_cube, 2.0, nudge).item() - 12)


def _one_sided(nudge):
    return abs((_cube(2 + nudge) - 8) / nudge - 12)


def _cube(x):
    return x * x * x


NUDGE = Exercise(
    "From nudge 0.01 to 0.001: by what factor does the two-sided slope get better?",
    round(_error(1e-2) / _error(1e-3)),
    (
        Mistake(
            round(_one_sided(1e-2) / _one_sided(1e-3)),
            "you read the one-sided slope, the curve named up only",
        ),
        Mistake(1, "you read the left arm, where it stays; 0.01 and 0.001 lie right"),
        Mistake(1000, "you take the cube of the nudge; the error goes with its square"),
    ),
    (
        "Read two points off the curve, or work both errors out.",
        "A tenth of the nudge, squared.",
    ),
)
