"""Operations that move, repeat or pick numbers and compute none."""

import math

import numpy as np

from tfmath.tracing import labels as words
from tfmath.tracing.calls import (
    concatenate_signature,
    reshape_signature,
    sizes,
    transpose_signature,
)
from tfmath.tracing.formula import literal, total
from tfmath.tracing.rules.row import Rule, each, like


def moved(place):
    """The formula of an operation that only moves numbers: `place` says where from."""
    return lambda at, node, index: at(0, place(node, index))


def transpose_place(node, index):
    place = [0] * len(index)
    for axis, i in zip(node.options["axes"], index, strict=True):
        place[axis] = i
    return tuple(place)


def reshape_place(node, index):
    flat = np.ravel_multi_index(index, node.shape) if index else 0
    return tuple(int(i) for i in np.unravel_index(flat, node.inputs[0].shape))


def concatenated(position, grad, output, *inputs, axis=0):
    """The gradient of one part of a concatenation: its own slice."""
    start = sum(part.shape[axis] for part in inputs[:position])
    index = [slice(None)] * output.ndim
    index[axis] = slice(start, start + inputs[position].shape[axis])
    return grad[tuple(index)]


def concatenate_formula(at, node, index):
    axis, rest = node.options["axis"], index[node.options["axis"]]
    for position, part in enumerate(node.inputs):
        if rest < part.shape[axis]:
            place = list(index)
            place[axis] = rest
            return at(position, tuple(place))
        rest -= part.shape[axis]
    raise IndexError(index)


def getitem_place(node, index):
    source = node.inputs[0]
    numbers = np.arange(source.size).reshape(source.shape)[node.options["index"]]
    return tuple(int(i) for i in np.unravel_index(numbers[index], source.shape))


def traced_scatter(grad, index, shape):
    if not hasattr(grad, "op"):
        return scatter(grad, index, shape)
    from tfmath.tracing.array import record  # the one place where a derivative adds a step

    return record("scatter", grad, index=index, shape=shape)


def scatter(grad, index, shape):
    """Put `grad` at the places `index` of an array of zeros; places met twice add up."""
    out = np.zeros(shape, grad.dtype)
    np.add.at(out, index, grad)
    return out


def torch_scatter(torch, grad, index, shape):
    places = torch.arange(math.prod(shape), device=grad.device).reshape(shape)[index]
    flat = torch.zeros(math.prod(shape), dtype=grad.dtype, device=grad.device)
    return flat.index_add(0, places.reshape(-1), grad.reshape(-1)).reshape(shape)


def scatter_formula(at, node, index):
    source = np.arange(node.inputs[0].size).reshape(node.inputs[0].shape)
    hits = scatter_hits(source, node.options, index)
    return total([at(0, place) for place in hits]) if hits else literal(0)


def scatter_hits(source, options, index):
    places = np.arange(math.prod(options["shape"])).reshape(options["shape"])[
        options["index"]
    ]
    wanted = np.ravel_multi_index(index, options["shape"])
    return [tuple(int(i) for i in hit) for hit in np.argwhere(places == wanted)]


MOVES = {
    "transpose": Rule(
        np.transpose,
        (lambda g, out, a, axes: np.transpose(g, tuple(np.argsort(axes))),),
        moved(transpose_place),
        labels=words.transpose,
        signature=transpose_signature,
        torch=lambda torch, a, axes: torch.permute(a, axes),
        error="moves",
    ),
    "reshape": Rule(
        lambda array, shape: np.reshape(array, shape),
        (lambda g, out, a, shape: np.reshape(g, a.shape),),
        moved(reshape_place),
        labels=words.reshape,
        signature=reshape_signature,
        error="moves",
    ),
    "broadcast_to": Rule(
        np.broadcast_to,
        (lambda g, out, a, shape: like(g, a),),
        moved(lambda node, index: words.broadcast_index(index, node.inputs[0].shape)),
        signature=lambda array, shape, subok=False: ((array,), {"shape": sizes(shape)}),
        torch=lambda torch, a, shape: torch.broadcast_to(a, shape),
        error="moves",
    ),
    "concatenate": Rule(
        lambda *arrays, axis: np.concatenate(arrays, axis=axis),
        concatenated,
        concatenate_formula,
        labels=words.concatenate,
        signature=concatenate_signature,
        torch=lambda torch, *arrays, axis: torch.cat(arrays, axis),
        error="moves",
    ),
    "getitem": Rule(
        lambda array, index: array[index],
        (lambda g, out, a, index: traced_scatter(g, index, a.shape),),
        moved(getitem_place),
        labels=words.getitem,
        torch=lambda torch, a, index: a[index],
        error="moves",
    ),
    "scatter": Rule(
        scatter,
        (lambda g, out, a, index, shape: g[index],),
        scatter_formula,
        labels=None,
        source="scatter",
        torch=torch_scatter,
        error="sums",
    ),
    "astype": Rule(
        lambda array, dtype: array.astype(dtype),
        (lambda g, out, a, dtype: g.astype(a.dtype),),
        each(lambda a: a),
        torch=lambda torch, a, dtype: torch.clone(a),
        exact=lambda mp, a, dtype: a,
        error="moves",
    ),
    "copy": Rule(
        np.copy,
        (lambda g, out, a: g,),
        each(lambda a: a),
        torch=lambda torch, a: torch.clone(a),
        error="moves",
    ),
}
