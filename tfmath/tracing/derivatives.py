"""Derivatives that need more than a line of the table of rules.

Each is plain NumPy of ``(grad, output, *inputs, **options)``; see `tfmath.tracing.rules`.
"""

import math

import numpy as np


def like(grad, array):
    """Add `grad` up over the axes along which `array` was repeated to fit."""
    extra = grad.ndim - array.ndim
    if extra:
        grad = np.sum(grad, axis=tuple(range(extra)))
    repeated = tuple(
        axis for axis in range(array.ndim) if array.shape[axis] == 1 != grad.shape[axis]
    )
    return np.sum(grad, axis=repeated, keepdims=True) if repeated else grad


def matmul_left(grad, output, left, right):
    if left.ndim == 1:
        return like(
            matmul_left(_row(grad, right), output, left[None], right)[..., 0, :], left
        )
    if right.ndim == 1:
        return like(grad[..., None] * right, left)
    return like(grad @ np.swapaxes(right, -1, -2), left)


def matmul_right(grad, output, left, right):
    if left.ndim == 1:
        return matmul_right(_row(grad, right), output, left[None], right)
    if right.ndim == 1:
        return like(grad[..., None] * left, right)
    return like(np.swapaxes(left, -1, -2) @ grad, right)


def _row(grad, right):
    return grad[..., None] if right.ndim == 1 else grad[..., None, :]


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


def concatenated(position, grad, output, *inputs, axis=0):
    """The gradient of one part of a concatenation: its own slice."""
    start = sum(part.shape[axis] for part in inputs[:position])
    index = [slice(None)] * output.ndim
    index[axis] = slice(start, start + inputs[position].shape[axis])
    return grad[tuple(index)]


def scatter(grad, index, shape):
    """Put `grad` at the places `index` of an array of zeros; places met twice add up."""
    out = np.zeros(shape, grad.dtype)
    np.add.at(out, index, grad)
    return out


def torch_scatter(torch, grad, index, shape):
    places = torch.arange(math.prod(shape), device=grad.device).reshape(shape)[index]
    flat = torch.zeros(math.prod(shape), dtype=grad.dtype, device=grad.device)
    return flat.index_add(0, places.reshape(-1), grad.reshape(-1)).reshape(shape)


def dims(axis):
    return () if axis is None else axis


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


def power_base(grad, output, base, exponent):
    less = np.where(np.equal(exponent, 0), 1, exponent - 1)  # x ** 0 is flat, also at 0
    return like(grad * (exponent * base**less), base)


def power_exponent(grad, output, base, exponent):
    logs = np.log(np.where(np.equal(base, 0), 1, base))  # 0 ** y is flat for y > 0
    return like(grad * (output * logs), exponent)


def plain(array):
    return getattr(array, "value", array)


def traced_scatter(grad, index, shape):
    if not hasattr(grad, "op"):
        return scatter(grad, index, shape)
    from tfmath.tracing.array import record  # the one place where a derivative adds a step

    return record("scatter", grad, index=index, shape=shape)
