"""How one number came about: a `Formula` for each operation of the table of rules.

A formula is a function of ``(at, node, index)``: `at(position, place)` is the formula of a
number of one of the inputs.
"""

import math

import numpy as np

from tfmath.tracing import labels as words
from tfmath.tracing.formula import literal, total


def each(combine):
    """The formula of an elementwise operation."""

    def formula(at, node, index):
        places = [words.broadcast_index(index, i.shape) for i in node.inputs]
        return combine(*(at(n, place) for n, place in enumerate(places)))

    return formula


def moved(place):
    """The formula of an operation that only moves numbers: `place` says where from."""
    return lambda at, node, index: at(0, place(node, index))


def matmul_formula(at, node, index):
    left, right = node.inputs
    batch, row = index[: node.ndim - (left.ndim > 1) - (right.ndim > 1)], index
    i = (row[-2 if right.ndim > 1 else -1],) if left.ndim > 1 else ()
    j = (row[-1],) if right.ndim > 1 else ()
    left_batch = words.broadcast_index(batch, left.shape[:-2])
    right_batch = words.broadcast_index(batch, right.shape[:-2])
    pairs = range(left.shape[-1])
    return total(
        [at(0, (*left_batch, *i, k)) * at(1, (*right_batch, k, *j)) for k in pairs]
    )


def reduced(combine):
    """The formula of a reduction: `combine` of the formulas of what was reduced."""

    def formula(at, node, index):
        places = words.reduced_places(node.inputs[0].shape, index, **node.options)
        return combine([at(0, place) for place in places])

    return formula


def concatenate_formula(at, node, index):
    axis, rest = node.options["axis"], index[node.options["axis"]]
    for position, part in enumerate(node.inputs):
        if rest < part.shape[axis]:
            place = list(index)
            place[axis] = rest
            return at(position, tuple(place))
        rest -= part.shape[axis]
    raise IndexError(index)


def where_formula(at, node, index):
    condition, *_ = node.inputs
    chosen = condition.value[words.broadcast_index(index, condition.shape)]
    branch = node.inputs[1 if chosen else 2]
    return at(1 if chosen else 2, words.broadcast_index(index, branch.shape))


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


def einsum_formula(at, node, index):
    operands, result = node.options["subscripts"].split("->")
    fixed = dict(zip(result, index, strict=True))
    sizes = words.einsum_sizes(node.options["subscripts"], node.inputs)
    free = [letter for letter in sizes if letter not in fixed]
    terms = []
    for numbers in np.ndindex(*(sizes[letter] for letter in free)):
        where = fixed | dict(zip(free, numbers, strict=True))
        places = [tuple(where[letter] for letter in o) for o in operands.split(",")]
        factors = [at(n, place) for n, place in enumerate(places)]
        terms.append(math.prod(factors[1:], start=factors[0]))
    return total(terms)


def reshape_place(node, index):
    flat = np.ravel_multi_index(index, node.shape) if index else 0
    return tuple(int(i) for i in np.unravel_index(flat, node.inputs[0].shape))


def getitem_place(node, index):
    source = node.inputs[0]
    numbers = np.arange(source.size).reshape(source.shape)[node.options["index"]]
    return tuple(int(i) for i in np.unravel_index(numbers[index], source.shape))


def transpose_place(node, index):
    place = [0] * len(index)
    for axis, i in zip(node.options["axes"], index, strict=True):
        place[axis] = i
    return tuple(place)
