"""Operations whose every number depends on those before it: running sums, order, products.

Everything here goes along one axis.
"""

import numpy as np

from tfmath.tracing import labels as words
from tfmath.tracing.calls import ordering, product, running
from tfmath.tracing.formula import Formula, Terms, literal, total
from tfmath.tracing.rules.reductions import reduced, spread
from tfmath.tracing.rules.row import Rule


def summed_backwards(grad, output, array, axis):
    """The gradient of a running sum: each number is in every sum from its own on."""
    return np.flip(np.cumsum(np.flip(grad, axis), axis=axis), axis)


def others(array, axis):
    """For each number the product of the others along an axis, zeros among them or not."""
    return _before(array, axis) * np.flip(_before(np.flip(array, axis), axis), axis)


def _before(array, axis):
    """For each number the product of all before it; of none it is 1."""
    array = np.moveaxis(array, axis, -1)
    ones = np.ones((*array.shape[:-1], 1), array.dtype)
    products = np.concatenate([ones, np.cumprod(array[..., :-1], axis=-1)], axis=-1)
    return np.moveaxis(products, -1, axis)


def product_slope(grad, output, array, axis=None, keepdims=False):
    flat = np.reshape(array, (-1,)) if axis is None else array
    rest = np.reshape(others(flat, axis or 0), array.shape)
    return spread(grad, array, axis, keepdims) * rest


def running_product_slope(grad, output, array, axis):
    """Row by row of a table: which numbers are in which of the products."""
    array, grad = np.moveaxis(array, axis, -1), np.moveaxis(grad, axis, -1)
    inside = np.tri(array.shape[-1], dtype=bool)
    table = np.where(inside, array[..., None, :], np.ones((), array.dtype))
    slopes = np.where(inside, others(table, table.ndim - 1), 0)
    return np.moveaxis(np.sum(grad[..., None] * slopes, axis=-2), -1, axis)


def running_formula(combine):
    def formula(at, node, index):
        axis = node.options["axis"]
        up_to = np.arange(index[axis] + 1)
        place = (*index[:axis], up_to, *index[axis + 1 :])
        return combine(Terms(at(0, place), up_to.shape))

    return formula


def _product(terms):
    return terms[0] if len(terms) == 1 else Formula("product", terms)


def product_error(unit, out, values, errors, node, axis, keepdims=False):
    """Factor by factor: what each may be off, and one rounding for each product."""
    value, error = (_factors(np.abs(a), axis) for a in (values[0], errors[0]))
    size, wrong, all_wrong = np.ones(value.shape[1:]), np.zeros(value.shape[1:]), []
    for number, off in zip(value, error, strict=True):
        wrong, size = wrong * number + size * off, size * number
        wrong = wrong + unit.rounding * size
        all_wrong.append(wrong)
    if node.op == "cumprod":
        return np.moveaxis(np.stack(all_wrong), 0, axis)
    return np.reshape(wrong, out.shape)


def _factors(array, axis):
    """The factors one after the other, along the first axis."""
    return array.reshape(-1) if axis is None else np.moveaxis(array, axis, 0)


def order_error(unit, out, values, errors, node, axis, kind):
    """Nothing; but any place at all, where two neighbours could change theirs."""
    (value,), (error,) = values, errors
    order = np.argsort(value, axis=axis, kind="stable")
    value, error = (np.take_along_axis(a, order, axis) for a in (value, error))
    reach = np.delete(error, 0, axis) + np.delete(error, -1, axis)
    doubt = np.any((reach > 0) & (np.diff(value, axis=axis) <= reach), axis, keepdims=True)
    return np.broadcast_to(doubt * float(value.shape[axis]), value.shape)


RUNNING = {
    "cumsum": Rule(
        np.cumsum,
        (summed_backwards,),
        running_formula(total),
        signature=running("cumsum"),
        torch=lambda torch, a, axis: torch.cumsum(a, axis),
        error="sums",
    ),
    "cumprod": Rule(
        np.cumprod,
        (running_product_slope,),
        running_formula(_product),
        signature=running("cumprod"),
        torch=lambda torch, a, axis: torch.cumprod(a, axis),
        error=product_error,
    ),
    "prod": Rule(
        np.prod,
        (product_slope,),
        reduced(_product),
        labels=words.reduce,
        signature=product,
        torch=lambda torch, a, axis, keepdims: (
            torch.prod(a) if axis is None else torch.prod(a, axis, keepdims)
        ),
        error=product_error,
    ),
    "argsort": Rule(
        np.argsort,
        (None,),
        lambda at, node, index: literal(int(node.value[index])),
        signature=ordering,
        torch=lambda torch, a, axis, kind: torch.argsort(a, dim=axis, stable=True),
        exact=lambda mp, a, axis, kind: np.argsort(a, axis=axis, kind="stable"),
        error=order_error,
    ),
}
