"""One table: what the record knows of each operation.

A row says how NumPy computes it, how a gradient passes backwards through it, how the
formula of one of its numbers reads, how its line of NumPy is written, and which words its
rows and columns carry. To let the record know one more NumPy function, add one row to
`RULES`, or a line to `composites.COMPOSITES` if the operations here can say it.

A derivative is plain NumPy of ``(grad, output, *inputs, **options)``, one function for each
input: `grad` is the gradient by the output, the result the gradient by that input. Because
it is plain NumPy, it can be traced too.

Three columns are for the witnesses. `torch` and `exact` compute the same operation with the
library they are given, ``(torch, *inputs, **options)`` and ``(mp, *inputs, **options)``, so
neither is imported here; without them PyTorch's function of the same name is taken, and of
mpmath that, or the NumPy call itself on an array of 50-digit numbers. `error` says how
rounding errors pass through, see `tfmath.witness.bounds`: ``"moves"``, ``"sums"``,
``"products"``, ``"chooses"``, a function, or for an operation on single numbers how far its
result may lie from the exact one, in unit roundoffs.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from tfmath.tracing import labels as words
from tfmath.tracing.calls import (
    concatenate_signature,
    einsum_signature,
    error_function,
    power,
    reduction,
    reshape_signature,
    sizes,
    transpose_signature,
    where_signature,
)
from tfmath.tracing.derivatives import (
    concatenated,
    dims,
    einsummed,
    extreme,
    like,
    matmul_left,
    matmul_right,
    plain,
    power_base,
    power_exponent,
    scatter,
    spread,
    torch_scatter,
    traced_scatter,
)
from tfmath.tracing.formula import function, literal, total
from tfmath.tracing.formulas import (
    concatenate_formula,
    each,
    einsum_formula,
    getitem_place,
    matmul_formula,
    moved,
    reduced,
    reshape_place,
    scatter_formula,
    transpose_place,
    where_formula,
)


class Rule(NamedTuple):
    """One row of the table."""

    call: Any
    derivative: Any
    formula: Any = None
    labels: Any = words.elementwise
    source: str = ""
    signature: Any = lambda *inputs: (inputs, {})
    torch: Any = None
    exact: Any = None
    error: Any = None


RULES: dict[str, Rule] = {
    "add": Rule(
        np.add,
        (lambda g, out, a, b: like(g, a), lambda g, out, a, b: like(g, b)),
        each(lambda a, b: a + b),
        source="+",
        error=1,
    ),
    "subtract": Rule(
        np.subtract,
        (lambda g, out, a, b: like(g, a), lambda g, out, a, b: like(-g, b)),
        each(lambda a, b: a - b),
        source="-",
        error=1,
    ),
    "multiply": Rule(
        np.multiply,
        (lambda g, out, a, b: like(g * b, a), lambda g, out, a, b: like(g * a, b)),
        each(lambda a, b: a * b),
        source="*",
        error=1,
    ),
    "divide": Rule(
        np.divide,
        (lambda g, out, a, b: like(g / b, a), lambda g, out, a, b: like(-g * out / b, b)),
        each(lambda a, b: a / b),
        source="/",
        error=1,
    ),
    "power": Rule(
        power,
        (power_base, power_exponent),
        each(lambda a, b: a**b),
        source="**",
        torch=lambda torch, a, b: torch.pow(a, b),
        exact=lambda mp, a, b: a**b,
        error=4,
    ),
    "matmul": Rule(
        np.matmul,
        (matmul_left, matmul_right),
        matmul_formula,
        labels=words.matmul,
        source="@",
        error="products",
    ),
    "negative": Rule(
        np.negative, (lambda g, out, a: -g,), each(lambda a: -a), source="-", error=1
    ),
    "exp": Rule(
        np.exp, (lambda g, out, a: g * out,), each(lambda a: function("exp", a)), error=4
    ),
    "log": Rule(
        np.log, (lambda g, out, a: g / a,), each(lambda a: function("ln", a)), error=4
    ),
    "expm1": Rule(
        np.expm1,
        (lambda g, out, a: g * (out + 1),),
        each(lambda a: function("exp", a) - literal(1)),
        exact=lambda mp, a: mp.exp(a) - 1,
        error=4,
    ),
    "log1p": Rule(
        np.log1p,
        (lambda g, out, a: g / (1 + a),),
        each(lambda a: function("ln", literal(1) + a)),
        exact=lambda mp, a: mp.log(1 + a),
        error=4,
    ),
    "sqrt": Rule(
        np.sqrt,
        (lambda g, out, a: g / (2 * out),),
        each(lambda a: function("√", a)),
        error=2,
    ),
    "square": Rule(
        np.square,
        (lambda g, out, a: g * (2 * a),),
        each(lambda a: a ** literal(2)),
        error=1,
    ),
    "tanh": Rule(
        np.tanh,
        (lambda g, out, a: g * (1 - out * out),),
        each(lambda a: function("tanh", a)),
        error=4,
    ),
    "sin": Rule(
        np.sin,
        (lambda g, out, a: g * np.cos(a),),
        each(lambda a: function("sin", a)),
        error=4,
    ),
    "cos": Rule(
        np.cos,
        (lambda g, out, a: -g * np.sin(a),),
        each(lambda a: function("cos", a)),
        error=4,
    ),
    "erf": Rule(
        error_function,
        (lambda g, out, a: g * (2 / math.sqrt(math.pi) * np.exp(-a * a)),),
        each(lambda a: function("erf", a)),
        source="error_function",
        error=4,
    ),
    "absolute": Rule(
        np.absolute,
        (lambda g, out, a: g * np.where(np.less(a, 0), -1, 1).astype(a.dtype),),
        each(lambda a: function("abs", a)),
        error=1,
    ),
    "maximum": Rule(
        np.maximum,
        (
            lambda g, out, a, b: like(np.where(np.greater(a, b), g, 0), a),
            lambda g, out, a, b: like(np.where(np.greater(a, b), 0, g), b),
        ),
        each(lambda a, b: function("max", a, b)),
        error="chooses",
    ),
    "minimum": Rule(
        np.minimum,
        (
            lambda g, out, a, b: like(np.where(np.less(a, b), g, 0), a),
            lambda g, out, a, b: like(np.where(np.less(a, b), 0, g), b),
        ),
        each(lambda a, b: function("min", a, b)),
        error="chooses",
    ),
    "where": Rule(
        np.where,
        (
            lambda g, out, condition, a, b: like(0 * g, condition),
            lambda g, out, condition, a, b: like(np.where(plain(condition), g, 0), a),
            lambda g, out, condition, a, b: like(np.where(plain(condition), 0, g), b),
        ),
        where_formula,
        signature=where_signature,
        error="chooses",
    ),
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
        reduced(lambda terms: function("max", *terms)),
        labels=words.reduce,
        signature=reduction("max"),
        torch=lambda torch, a, axis, keepdims: torch.amax(a, dims(axis), keepdims),
        error="chooses",
    ),
    "min": Rule(
        np.min,
        (extreme,),
        reduced(lambda terms: function("min", *terms)),
        labels=words.reduce,
        signature=reduction("min"),
        torch=lambda torch, a, axis, keepdims: torch.amin(a, dims(axis), keepdims),
        error="chooses",
    ),
    "einsum": Rule(
        lambda *operands, subscripts: np.einsum(subscripts, *operands),
        einsummed,
        einsum_formula,
        labels=words.einsum,
        signature=einsum_signature,
        torch=lambda torch, *operands, subscripts: torch.einsum(subscripts, *operands),
        error="products",
    ),
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
