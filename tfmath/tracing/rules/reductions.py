"""Operations that bring many numbers to one: sums, means, extremes."""

import numpy as np

from tfmath.tracing import labels as words
from tfmath.tracing.calls import reduction
from tfmath.tracing.formula import Terms, chosen, literal, total
from tfmath.tracing.rules.row import Rule


def spread(grad, array, axis, keepdims):
    """Undo a reduction's loss of axes: `grad` repeated to the shape of `array`."""
    if axis is not None and not keepdims:
        axes = (axis,) if isinstance(axis, int) else axis
        grad = np.expand_dims(grad, tuple(a % array.ndim for a in axes))
    return np.broadcast_to(grad, array.shape)


def extreme(grad, output, array, axis=None, keepdims=False):
    """The gradient of max and min: to the number that reached it, shared by several."""
    reached = np.equal(array, spread(output, array, axis, keepdims))
    share = np.sum(reached, axis=axis, keepdims=True)
    return spread(grad, array, axis, keepdims) * (reached / share.astype(array.dtype))


def dims(axis):
    return () if axis is None else axis


def reduced(combine):
    """The formula of a reduction: `combine` of the terms that were reduced."""

    def formula(at, node, index):
        place, shape = words.reduced_place(node.inputs[0].shape, index, **node.options)
        return combine(Terms(at(0, place), shape))

    return formula


REDUCTIONS = {
    "sum": Rule(
        np.sum,
        (lambda g, out, a, axis=None, keepdims=False: spread(g, a, axis, keepdims),),
        reduced(total),
        labels=words.reduce,
        signature=reduction("sum"),
        torch=lambda torch, a, axis, keepdims: torch.sum(a, axis, keepdims),
        error="sums",
    ),
    "mean": Rule(
        np.mean,
        (
            lambda g, out, a, axis=None, keepdims=False: (
                spread(g, a, axis, keepdims) / (a.size // max(out.size, 1))
            ),
        ),
        reduced(lambda terms: total(terms) / literal(len(terms))),
        labels=words.reduce,
        signature=reduction("mean"),
        torch=lambda torch, a, axis, keepdims: torch.mean(a, axis, keepdims),
        error="sums",
    ),
    "max": Rule(
        np.max,
        (extreme,),
        reduced(lambda terms: chosen("max", terms)),
        labels=words.reduce,
        signature=reduction("max"),
        torch=lambda torch, a, axis, keepdims: torch.amax(a, dims(axis), keepdims),
        error="chooses",
    ),
    "min": Rule(
        np.min,
        (extreme,),
        reduced(lambda terms: chosen("min", terms)),
        labels=words.reduce,
        signature=reduction("min"),
        torch=lambda torch, a, axis, keepdims: torch.amin(a, dims(axis), keepdims),
        error="chooses",
    ),
}
