"""The gradient walk: backwards through the record, one rule a step.

There is one walk. Over plain numbers it gives gradients fast; over traced arrays it gives
the backward pass as a record of its own, which can be printed, explained and replayed like
any other.
"""

import numpy as np

from tfmath.errors import ShapeError, TraceError
from tfmath.tracing.array import Traced, record
from tfmath.tracing.record import ancestors, steps
from tfmath.tracing.rules import RULES
from tfmath.tracing.rules.row import slope


def gradients(loss, of=None):
    """How fast the loss grows with each number of each named step.

    Parameters
    ----------
    loss : Traced, one number
        What is differentiated.
    of : Traced, or list or dict of Traced, optional
        The arrays to differentiate by, a dict of dicts such as a model's tables included.
        Without it, every named step.

    Returns
    -------
    dict, array or list
        By default a dict from step names to arrays of the steps' own shapes; with `of`,
        one array, or a list or dict of them with the same keys.

    Raises
    ------
    ShapeError
        If `loss` holds more than one number.
    TraceError
        If `loss` or an array of `of` is not traced, if the loss was not computed from it,
        or if it is a constant, by which nothing is differentiated.

    Examples
    --------
    >>> from tfmath.tracing import trace
    >>> x = trace([3.0, 5.0], "x")
    >>> gradients((x * x).sum(), of=x)
    array([ 6., 10.])
    """
    known, kept = {id(array) for array in _behind(loss)}, set()
    if of is None:
        of = {name: array for name, array in steps(loss).items() if array.varies}
    _each(of, lambda array, where: kept.add(id(_asked(array, where, known))))
    grads = _walk(loss, lambda array: array.value, kept=kept)
    return _each(of, lambda array, where: _gradient_of(array, grads))


def _each(of, find, where="of"):
    if isinstance(of, dict):
        return {key: _each(part, find, f"{where}[{key!r}]") for key, part in of.items()}
    if isinstance(of, list | tuple):
        return [_each(part, find, f"{where}[{i}]") for i, part in enumerate(of)]
    return find(of, where)


def _asked(array, where, known):
    """The array, or a sentence on why the loss has no gradient by it."""
    if not isinstance(array, Traced):
        raise TraceError(
            f"gradients: {where} is a plain {type(array).__name__}; give the traced array "
            "that the loss was computed from, such as W = trace(W, 'W')."
        )
    name = array.name or f"({array.op}) {array.shape}"
    if id(array) not in known:
        raise TraceError(
            f"gradients: the loss was not computed from {where}, {name}. If it was traced "
            "anew, give the array that went into the loss."
        )
    if not array.varies:
        raise TraceError(
            f"gradients: {where}, {name}, is a constant or computed from constants alone; "
            "no slope leads there. Trace what is to vary."
        )
    return array


def backward(loss):
    """The backward pass as a record: a dict from step names to traced gradients.

    Each gradient is named ``grad_`` and its step's own name.

    Parameters
    ----------
    loss : Traced, one number

    Returns
    -------
    dict of str to Traced

    Examples
    --------
    >>> from tfmath.tracing import trace
    >>> x = trace([3.0, 5.0], "x")
    >>> backward((x * x).sum())["x"].value
    array([ 6., 10.])
    """
    names = {id(array): name for name, array in steps(loss).items()}
    grads = _walk(loss, lambda array: array, names)
    return {name: grads[i] for i, name in names.items() if i in grads}


def gradient_name(name):
    """``"head 1 / scores"`` becomes ``"head 1 / grad_scores"``."""
    *scopes, last = name.split(" / ")
    return " / ".join((*scopes, f"grad_{last}"))


def _behind(loss):
    if not isinstance(loss, Traced):
        raise TraceError(
            f"gradients: the loss is a plain {type(loss).__name__}; compute it from traced "
            "arrays, see trace()."
        )
    if loss.size != 1:
        raise ShapeError(f"gradients: the loss must be one number, got shape {loss.shape}.")
    return ancestors(loss)


def _walk(loss, see, names=(), kept=()):
    """The gradients by the arrays that are named or kept; others go as they are used."""
    behind = _behind(loss)
    grads = {id(loss): _start(loss, names)}
    for array in reversed(behind):
        if id(array) not in grads or not array.varies:
            continue
        if id(array) in names:
            grads[id(array)] = _with_name(grads[id(array)], array, names[id(array)])
        for position, source in enumerate(array.inputs):
            if source.varies and slope(RULES[array.op], position):
                grad = _rule(array, position, grads[id(array)], see)
                grads[id(source)] = (
                    grads[id(source)] + grad if id(source) in grads else grad
                )
        if id(array) not in names and id(array) not in kept:
            del grads[id(array)]
    return grads


def _start(loss, names):
    return record("ones_like", loss) if names else np.ones(loss.shape, loss.dtype)


def _rule(array, position, grad, see):
    derivative = slope(RULES[array.op], position)
    inputs = [see(i) for i in array.inputs]
    traced, grad = grad, derivative(grad, see(array), *inputs, **array.options)
    grad = _fitting(grad, array, position, hasattr(traced, "op"))
    # Beside float64 numbers float32 ones are computed in float64; their gradient is theirs.
    dtype = array.inputs[position].dtype
    return grad if grad.dtype == dtype else grad.astype(dtype)


def _fitting(grad, array, position, traced):
    """The gradient by one input, if it has that input's shape and is part of the record."""
    wanted = array.inputs[position]
    if not hasattr(grad, "op"):
        grad = np.asarray(grad)
        if traced or grad.dtype.kind not in "biuf":
            raise TraceError(
                f"{_of(array, position)} gave plain {grad.dtype} numbers, of this "
                "run alone; use NumPy on its arguments, such as 0 * grad for zeros."
            )
    if grad.shape != wanted.shape:
        raise ShapeError(
            f"{_of(array, position)} gave {grad.shape}; it must have the shape of that "
            f"argument, {wanted.shape}."
        )
    return grad


def _of(array, position):
    names = RULES[array.op].names
    name = names[position] if position < len(names) else f"argument {position}"
    return f"the derivative of {array.op} by {name}"


def _with_name(grad, array, name):
    if grad.name is not None:
        grad = Traced(grad.value, "copy", (grad,))
    grad.name, grad.labels = gradient_name(name), array.labels
    return grad


def _gradient_of(array, grads):
    # A copy: the same array may be the gradient by several steps.
    return np.array(grads.get(id(array), np.zeros(array.shape, array.dtype)))
