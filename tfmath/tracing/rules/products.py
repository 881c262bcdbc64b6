"""Products of matrices, and of more than two axes."""

import math

import numpy as np

from tfmath.tracing import labels as words
from tfmath.tracing.calls import einsum_signature
from tfmath.tracing.formula import Terms, total
from tfmath.tracing.rules.row import Rule, like


def matmul_left(grad, output, left, right):
    if left.ndim == 1:
        return like(
            matmul_left(_row(grad, right), output, left[None], right)[..., 0, :], left
        )
    if right.ndim == 1:
        return like(grad[..., None] * right, left)
    return like(grad @ _turned(right), left)


def matmul_right(grad, output, left, right):
    if left.ndim == 1:
        return matmul_right(_row(grad, right), output, left[None], right)
    if right.ndim == 1:
        return like(grad[..., None] * left, right)
    if right.ndim == 2 < left.ndim:  # all rows of the batch together: nothing to add up
        return _rows(left).T @ _rows(grad)
    return like(_turned(left) @ grad, right)


def _rows(array):
    return np.reshape(array, (math.prod(array.shape[:-1]), array.shape[-1]))


def _turned(matrix):
    """The transpose; what is one already is turned back, so that no line says ``x.T.T``."""
    axes = getattr(matrix, "options", {}).get("axes")
    if axes == (*range(matrix.ndim - 2), matrix.ndim - 1, matrix.ndim - 2):
        return matrix.inputs[0]
    return np.swapaxes(matrix, -1, -2)


def _row(grad, right):
    return grad[..., None] if right.ndim == 1 else grad[..., None, :]


def matmul_formula(at, node, index):
    left, right = node.inputs
    batch, row = index[: node.ndim - (left.ndim > 1) - (right.ndim > 1)], index
    i = (row[-2 if right.ndim > 1 else -1],) if left.ndim > 1 else ()
    j = (row[-1],) if right.ndim > 1 else ()
    left_batch = words.broadcast_index(batch, left.shape[:-2])
    right_batch = words.broadcast_index(batch, right.shape[:-2])
    k = np.arange(left.shape[-1])
    product = at(0, (*left_batch, *i, k)) * at(1, (*right_batch, k, *j))
    return total(Terms(product, k.shape))


def einsummed(position, grad, output, *inputs, subscripts):
    """The gradient of one operand: the others and `grad`, summed into its letters."""
    operands, result = subscripts.split("->")
    operands = operands.split(",")
    wanted = operands[position]
    others = [o for i, o in enumerate(operands) if i != position]
    arrays = [a for i, a in enumerate(inputs) if i != position]
    present = "".join([result, *others])
    kept = "".join(letter for letter in wanted if letter in present)
    part = np.einsum(f"{','.join([result, *others])}->{kept}", grad, *arrays)
    for axis, letter in enumerate(wanted):
        if letter not in present:
            part = np.expand_dims(part, axis)
    return np.broadcast_to(part, inputs[position].shape)


def einsum_formula(at, node, index):
    operands, result = node.options["subscripts"].split("->")
    sizes = words.einsum_sizes(node.options["subscripts"], node.inputs)
    fixed = dict(zip(result, index, strict=True))
    free = [letter for letter in sizes if letter not in fixed]
    shape = tuple(sizes[letter] for letter in free)
    where = fixed | dict(zip(free, np.indices(shape, sparse=True), strict=True))
    places = [tuple(where[letter] for letter in o) for o in operands.split(",")]
    factors = [at(n, place) for n, place in enumerate(places)]
    return total(Terms(math.prod(factors[1:], start=factors[0]), shape))


def einsum_work(node):
    sizes = words.einsum_sizes(node.options["subscripts"], node.inputs)
    return math.prod(sizes.values()) if len(node.inputs) > 1 else 0


PRODUCTS = {
    "matmul": Rule(
        np.matmul,
        (matmul_left, matmul_right),
        matmul_formula,
        labels=words.matmul,
        source="@",
        error="products",
        work=lambda node: node.size * node.inputs[0].shape[-1],
    ),
    "einsum": Rule(
        lambda *operands, subscripts: np.einsum(subscripts, *operands),
        einsummed,
        einsum_formula,
        labels=words.einsum,
        signature=einsum_signature,
        source=lambda *operands, subscripts: (
            f"np.einsum({subscripts!r}, {', '.join(map(str, operands))})"
        ),
        torch=lambda torch, *operands, subscripts: torch.einsum(subscripts, *operands),
        exact=lambda mp, *operands, subscripts: np.einsum(subscripts, *operands),
        error="products",
        work=einsum_work,
    ),
}
