"""The gradient walk: backwards through the record, one rule a step.

There is one walk. Over plain numbers it gives gradients fast; over traced arrays it gives
the backward pass as a record of its own, which can be printed, explained and replayed like
any other.
"""

import numpy as np

from tfmath.errors import ShapeError
from tfmath.tracing.array import Traced
from tfmath.tracing.record import ancestors, steps
from tfmath.tracing.rules import RULES


def gradients(loss, of=None):
    """How fast the loss grows with each number of each named step.

    Parameters
    ----------
    loss : Traced, one number
        What is differentiated.
    of : Traced or list of Traced, optional
        The arrays to differentiate by. Without it, every named step.

    Returns
    -------
    dict, array or list
        By default a dict from step names to arrays of the steps' own shapes; with `of`,
        one array, or a list of them.

    Raises
    ------
    ShapeError
        If `loss` holds more than one number.

    Examples
    --------
    >>> from tfmath.tracing import trace
    >>> x = trace([3.0, 5.0], "x")
    >>> gradients((x * x).sum(), of=x)
    array([ 6., 10.])
    """
    grads = _walk(loss, lambda array: array.value)
    if of is None:
        return {name: _gradient_of(a, grads) for name, a in steps(loss).items() if a.varies}
    if isinstance(of, Traced):
        return _gradient_of(of, grads)
    return [_gradient_of(array, grads) for array in of]


def backward(loss):
    """The backward pass as a record: a dict from step names to traced gradients.

    Each gradient is named ``grad_`` and its step's own name.
    """
    names = {id(array): name for name, array in steps(loss).items()}
    grads = _walk(loss, lambda array: array, names)
    return {name: grads[i] for i, name in names.items() if i in grads}


def gradient_name(name):
    """``"head 1 / scores"`` becomes ``"head 1 / grad_scores"``."""
    *scopes, last = name.split(" / ")
    return " / ".join((*scopes, f"grad_{last}"))


def _walk(loss, see, names=()):
    if loss.size != 1:
        raise ShapeError(f"gradients: the loss must be one number, got shape {loss.shape}.")
    grads = {id(loss): _start(loss, names)}
    for array in reversed(ancestors(loss)):
        if id(array) not in grads or not array.varies:
            continue
        if id(array) in names:
            grads[id(array)] = _with_name(grads[id(array)], array, names[id(array)])
        for position, source in enumerate(array.inputs):
            if source.varies:
                grad = _rule(array, position, grads[id(array)], see)
                grads[id(source)] = (
                    grads[id(source)] + grad if id(source) in grads else grad
                )
    return grads


def _start(loss, names):
    one = np.ones(loss.shape, loss.dtype)
    return Traced(one, "constant", varies=False) if names else one


def _rule(array, position, grad, see):
    derivative = RULES[array.op].derivative
    inputs = [see(i) for i in array.inputs]
    if callable(derivative):
        grad = derivative(position, grad, see(array), *inputs, **array.options)
    else:
        grad = derivative[position](grad, see(array), *inputs, **array.options)
    # Beside float64 numbers float32 ones are computed in float64; their gradient is theirs.
    dtype = array.inputs[position].dtype
    return grad if grad.dtype == dtype else grad.astype(dtype)


def _with_name(grad, array, name):
    if grad.name is not None:
        grad = Traced(grad.value, "copy", (grad,))
    grad.name, grad.labels = gradient_name(name), array.labels
    return grad


def _gradient_of(array, grads):
    # A copy: the same array may be the gradient by several steps.
    return np.array(grads.get(id(array), np.zeros(array.shape, array.dtype)))
