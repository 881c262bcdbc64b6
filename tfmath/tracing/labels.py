"""Which words an array's rows and columns carry after each step, and where numbers lie.

Each label rule takes the inputs, the options and the shape of the result, and gives for
every axis of the result a tuple of words, or None. Where two inputs disagree about the
words of an axis, the result carries none for it.
"""

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from tfmath.arguments import items
from tfmath.errors import ShapeError
from tfmath.tracing.frozen import filled


def given_words(where, shape, rows=None, cols=None):
    """Words for the last two axes of a shape, as a record keeps them, or say what is wrong.

    Examples
    --------
    >>> given_words("trace: x", (2, 3), rows=["you", "win"])
    (('you', 'win'), None)
    """
    labels = [None] * len(shape)
    for axis, words, side in ((-2, rows, "rows"), (-1, cols, "cols")):
        if words is not None:
            row = list(words) if isinstance(words, str) else words
            words = tuple(map(str, items(where, side, row, "words")))
            if len(shape) < -axis or shape[axis] != len(words):
                raise ShapeError(f"{where} {shape} got {len(words)} words for its {side}.")
            labels[axis] = words
    return tuple(labels)


def elementwise(nodes, options, shape):
    worded = [node for node in nodes if any(node.labels)]
    labels = worded[0].labels if worded else ()
    if all([node.shape == shape and node.labels == labels for node in worded]):
        return labels or (None,) * len(shape)  # the usual case: nobody disagrees
    found = []
    for axis in range(-len(shape), 0):
        fitting = (
            node.labels[axis]
            for node in nodes
            if node.ndim >= -axis and node.shape[axis] == shape[axis]
        )
        found.append(agreed(fitting))
    return tuple(found)


def agreed(several):
    """The words that all agree on who say any, or None.

    Examples
    --------
    >>> agreed([None, ("you", "win"), None]), agreed([("you",), ("win",)])
    (('you', 'win'), None)
    """
    said = {words for words in several if words}
    return said.pop() if len(said) == 1 else None


def matmul(nodes, options, shape):
    left, right = nodes
    rows = (left.labels[-2],) if left.ndim > 1 else ()
    cols = (right.labels[-1],) if right.ndim > 1 else ()
    batch = shape[: len(shape) - len(rows) - len(cols)]
    if not batch:
        return rows + cols
    return elementwise([_Batch(node) for node in nodes], options, batch) + rows + cols


class _Batch:
    """Of a stack of matrices the axes of the stack."""

    def __init__(self, node):
        self.shape, self.labels = node.shape[:-2], node.labels[:-2]
        self.ndim = len(self.shape)


def reduce(nodes, options, shape):
    (node,), axis = nodes, options["axis"]
    axes = range(node.ndim) if axis is None else _axes(axis, node.ndim)
    kept = [None if a in axes else words for a, words in enumerate(node.labels)]
    return tuple(w for a, w in enumerate(kept) if options["keepdims"] or a not in axes)


def transpose(nodes, options, shape):
    return tuple(nodes[0].labels[axis] for axis in options["axes"])


def reshape(nodes, options, shape):
    """Axes that reshaping leaves alone, from the front or the back, keep their words."""
    (node,) = nodes
    found = [None] * len(shape)
    for axes in (
        range(min(len(shape), node.ndim)),
        range(-1, -min(len(shape), node.ndim) - 1, -1),
    ):
        for axis in axes:
            if node.shape[axis] != shape[axis]:
                break
            found[axis] = node.labels[axis]
    if shape == node.shape:
        return node.labels
    return _around_ones(node, shape) or tuple(found)


def _around_ones(node, shape):
    """Words through a reshape that only adds or drops axes of size 1."""
    if [n for n in shape if n != 1] != [n for n in node.shape if n != 1]:
        return None
    longer = iter([w for n, w in zip(node.shape, node.labels, strict=True) if n != 1])
    return tuple(None if n == 1 else next(longer) for n in shape)


def concatenate(nodes, options, shape):
    axis = options["axis"]
    joined = [node.labels[axis] for node in nodes]
    rest = tuple(agreed(node.labels[a] for node in nodes) for a in range(len(shape)))
    along = tuple(w for words in joined for w in words) if all(joined) else None
    return rest[:axis] + (along,) + rest[axis + 1 :]


def getitem(nodes, options, shape):
    """Words follow the numbers: index an array of places and read the words off."""
    node, found = nodes[0], []
    parts = _index_parts(filled(options["index"], [n.value for n in nodes[1:]]), node.ndim)
    if not _keeps_its_place(parts):
        return None
    axis = 0
    for part in parts:
        if part is None:
            found.append(None)
            continue
        words = node.labels[axis] if _width(part) else None
        axis += _width(part)
        if isinstance(part, slice):
            found.append(words[part] if words else None)
        elif np.ndim(part) == 1 and words:
            found.append(tuple(np.array(words, dtype=object)[np.asarray(part)]))
        elif _is_bools(part):
            found.append(None)
        else:
            found.extend([None] * np.ndim(part))
    found.extend(node.labels[axis:])
    if len(found) != len(shape):
        return None
    fits = (not words or len(words) == n for n, words in zip(shape, found, strict=True))
    return tuple(found) if all(fits) else None


def _index_parts(index, ndim):
    """The parts of an index, an Ellipsis written out."""
    parts = list(index) if isinstance(index, tuple) else [index]
    if any(part is Ellipsis for part in parts):
        at = next(i for i, part in enumerate(parts) if part is Ellipsis)
        gap = ndim - sum(_width(part) for part in parts if part is not Ellipsis)
        parts[at : at + 1] = [slice(None)] * gap
    return parts


def _is_bools(part):
    return isinstance(part, np.ndarray) and part.dtype == bool


def _width(part):
    """How many axes a part of an index stands for."""
    return 0 if part is None else part.ndim if _is_bools(part) else 1


def _keeps_its_place(parts):
    """Whether an array among the indices leaves its axis where it was."""
    places = [i for i, part in enumerate(parts) if not isinstance(part, slice | None)]
    arrays = [i for i in places if np.ndim(parts[i]) > 0]
    together = places == list(range(places[0], places[-1] + 1)) if places else True
    return not arrays or (len(arrays) == 1 and together)


def einsum(nodes, options, shape):
    operands, result = options["subscripts"].split("->")
    known = {letter: [] for letter in result}
    for letters, node in zip(operands.split(","), nodes, strict=True):
        for letter, words in zip(letters, node.labels, strict=True):
            known.get(letter, []).append(words)
    return tuple(agreed(known[letter]) for letter in result)


def einsum_sizes(subscripts, nodes):
    """The size of each letter of an einsum, in the order the letters appear."""
    operands = subscripts.split("->")[0].split(",")
    sizes = {}
    for letters, node in zip(operands, nodes, strict=True):
        sizes |= dict(zip(letters, node.shape, strict=True))
    return sizes


def broadcast_index(index, shape):
    """Where the number at `index` of a broadcast result lies in an array of `shape`."""
    index = index[len(index) - len(shape) :]
    return tuple(0 if n == 1 else i for i, n in zip(index, shape, strict=True))


def reduced_place(shape, index, axis=None, keepdims=False):
    """Where the numbers lie that a reduction brought to `index`, and along which sizes.

    Returns
    -------
    place : tuple
        For each axis of an array of `shape` a number, or for a reduced axis an array.
    sizes : tuple of int
        Those of the reduced axes.
    """
    axes = sorted(range(len(shape)) if axis is None else _axes(axis, len(shape)))
    sizes = tuple(shape[a] for a in axes)
    numbers = dict(zip(axes, np.indices(sizes, sparse=True), strict=True))
    rest = iter(i for a, i in enumerate(index) if not keepdims or a not in axes)
    return tuple(
        numbers[a] if a in numbers else next(rest) for a in range(len(shape))
    ), sizes


def moved_axes(ndim, source, destination):
    """The axes of a transpose that says what np.moveaxis says."""
    source = normalize_axis_tuple(source, ndim, "source")
    destination = normalize_axis_tuple(destination, ndim, "destination")
    if len(source) != len(destination):
        raise ValueError(f"np.moveaxis: axes {source} cannot go to {destination}.")
    order = [a for a in range(ndim) if a not in source]
    for to, origin in sorted(zip(destination, source, strict=True)):
        order.insert(to, int(origin))
    return tuple(order)


def _axes(axis, ndim):
    return {a % ndim for a in ((axis,) if isinstance(axis, int) else axis)}
