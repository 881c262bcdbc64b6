"""One table: what the record knows of each operation.

A row says how NumPy computes it, how a gradient passes backwards through it, how the
formula of one of its numbers reads, how its line of NumPy is written, and which words its
rows and columns carry. To let the record know one more NumPy function, add one row to
`RULES`, or a line to `COMPOSITES` if it can be said with operations that are there.

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

import itertools
import math
import operator
from typing import Any, NamedTuple

import numpy as np

from tfmath.errors import ShapeError, TraceError
from tfmath.trace import labels as words
from tfmath.trace.formula import function, literal, total


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


# Derivatives that need more than a line -------------------------------------------------


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


def _dims(axis):
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


def error_function(x):
    """erf, from the standard library, one number at a time."""
    x = np.asarray(x)
    return np.array([math.erf(v) for v in x.ravel().tolist()], x.dtype).reshape(x.shape)


def power(base, exponent):
    # A plain x ** 2 is an exact square; np.power need not be.
    weak = np.ndim(exponent) == 0 and exponent.dtype == base.dtype
    return base ** (exponent.item() if weak else exponent)


def power_base(grad, output, base, exponent):
    less = np.where(np.equal(exponent, 0), 1, exponent - 1)  # x ** 0 is flat, also at 0
    return like(grad * (exponent * base**less), base)


def power_exponent(grad, output, base, exponent):
    logs = np.log(np.where(np.equal(base, 0), 1, base))  # 0 ** y is flat for y > 0
    return like(grad * (output * logs), exponent)


# Formulas of one number ------------------------------------------------------------------


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


# How NumPy's own calls are read ----------------------------------------------------------


def _only(name, others):
    unset = (None, np._NoValue)
    extra = [key for key, v in others.items() if not any(v is nothing for nothing in unset)]
    if extra:
        raise TraceError(f"np.{name}: {', '.join(extra)}= is not traced; leave it out.")


def reduction(name):
    def signature(array, axis=None, dtype=None, out=None, keepdims=False, **others):
        _only(name, {"dtype": dtype, "out": out} | others)
        return (array,), {"axis": _axis(axis), "keepdims": bool(keepdims)}

    def without_dtype(array, axis=None, out=None, keepdims=False, **others):
        return signature(array, axis, None, out, keepdims, **others)

    return without_dtype if name in ("max", "min") else signature


def _axis(axis):
    """An axis as Python's own int, several as a tuple of them."""
    several = isinstance(axis, tuple | list)
    return tuple(map(operator.index, axis)) if several else _index_or_none(axis)


def _index_or_none(axis):
    return None if axis is None else operator.index(axis)


def where_signature(condition, *branches):
    if len(branches) != 2:
        raise TraceError(
            "np.where: with a condition alone it gives places; write np.where(x.value)."
        )
    return (condition, *branches), {}


def einsum_signature(subscripts, *operands, optimize=False):
    if not isinstance(subscripts, str) or "." in subscripts:
        raise TraceError("np.einsum: write the letters out as text, without '...'.")
    subscripts = subscripts.replace(" ", "")
    letters = subscripts.split("->")[0].replace(",", "")
    if "->" not in subscripts:
        once = sorted(letter for letter in set(letters) if letters.count(letter) == 1)
        subscripts = f"{subscripts}->{''.join(once)}"
    if any(len(set(o)) < len(o) for o in subscripts.split("->")[0].split(",")):
        raise TraceError(
            "np.einsum: a letter twice in one operand (a diagonal) is not traced."
        )
    _same_letter_same_size(letters, [n for o in operands for n in np.shape(o)])
    return operands, {"subscripts": subscripts}


def _same_letter_same_size(letters, shape):
    sizes = {}
    for letter, n in zip(letters, shape, strict=True):
        if sizes.setdefault(letter, n) != n:
            raise ShapeError(f"np.einsum: {letter} is both {sizes[letter]} and {n}.")


def transpose_signature(array, axes=None):
    axes = range(array.ndim)[::-1] if axes is None else [a % array.ndim for a in axes]
    return (array,), {"axes": tuple(axes)}


def concatenate_signature(arrays, axis=0, **others):
    _only("concatenate", others)
    if axis is None:
        raise TraceError("np.concatenate: axis=None is not traced; ravel the parts first.")
    return tuple(arrays), {"axis": axis % np.ndim(arrays[0])}


def _rows_first(name, order):
    if order not in ("C", "K", "A"):
        raise TraceError(f"np.{name}: order={order!r} is not traced; transpose first.")


def reshape_signature(a, /, shape, order="C", *, copy=None):
    _rows_first("reshape", order)
    array, shape = a, _sizes(shape)
    known = math.prod(n for n in shape if n != -1)
    shape = tuple(array.size // known if n == -1 and known else n for n in shape)
    return (array,), {"shape": shape}


def _sizes(shape):
    several = isinstance(shape, tuple | list)
    return tuple(map(operator.index, shape if several else (shape,)))


def _unravel(node, index):
    flat = np.ravel_multi_index(index, node.shape) if index else 0
    return tuple(int(i) for i in np.unravel_index(flat, node.inputs[0].shape))


def _getitem_place(node, index):
    source = node.inputs[0]
    numbers = np.arange(source.size).reshape(source.shape)[node.options["index"]]
    return tuple(int(i) for i in np.unravel_index(numbers[index], source.shape))


def _transpose_place(node, index):
    place = [0] * len(index)
    for axis, i in zip(node.options["axes"], index, strict=True):
        place[axis] = i
    return tuple(place)


# The table -------------------------------------------------------------------------------

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
            lambda g, out, condition, a, b: like(np.where(_plain(condition), g, 0), a),
            lambda g, out, condition, a, b: like(np.where(_plain(condition), 0, g), b),
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
        torch=lambda torch, a, axis, keepdims: torch.amax(a, _dims(axis), keepdims),
        error="chooses",
    ),
    "min": Rule(
        np.min,
        (extreme,),
        reduced(lambda terms: function("min", *terms)),
        labels=words.reduce,
        signature=reduction("min"),
        torch=lambda torch, a, axis, keepdims: torch.amin(a, _dims(axis), keepdims),
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
        moved(_transpose_place),
        labels=words.transpose,
        signature=transpose_signature,
        torch=lambda torch, a, axes: torch.permute(a, axes),
        error="moves",
    ),
    "reshape": Rule(
        lambda array, shape: np.reshape(array, shape),
        (lambda g, out, a, shape: np.reshape(g, a.shape),),
        moved(_unravel),
        labels=words.reshape,
        signature=reshape_signature,
        error="moves",
    ),
    "broadcast_to": Rule(
        np.broadcast_to,
        (lambda g, out, a, shape: like(g, a),),
        moved(lambda node, index: words.broadcast_index(index, node.inputs[0].shape)),
        signature=lambda array, shape, subok=False: ((array,), {"shape": _sizes(shape)}),
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
        (lambda g, out, a, index: _scatter(g, index, a.shape),),
        moved(_getitem_place),
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


def _plain(array):
    return getattr(array, "value", array)


def _scatter(grad, index, shape):
    if not hasattr(grad, "op"):
        return scatter(grad, index, shape)
    from tfmath.trace.array import record  # the one place where a derivative adds a step

    return record("scatter", grad, index=index, shape=shape)


# What other NumPy functions mean, said with operations of the table -----------------------


def _swapaxes(array, axis1, axis2):
    axes = list(range(array.ndim))
    axes[axis1], axes[axis2] = axes[axis2], axes[axis1]
    return np.transpose(array, tuple(axes))


def _expand_dims(array, axis):
    axes = (axis,) if isinstance(axis, int) else axis
    ndim = array.ndim + len(axes)
    places = {a % ndim for a in axes}
    sizes = iter(array.shape)
    return np.reshape(array, tuple(1 if a in places else next(sizes) for a in range(ndim)))


def _squeeze(array, axis=None):
    ones = {a for a, n in enumerate(array.shape) if n == 1}
    axes = ones if axis is None else {a % array.ndim for a in np.atleast_1d(axis)}
    if not axes <= ones:
        raise ValueError(f"np.squeeze: an axis of {array.shape} given is not of size 1.")
    return np.reshape(array, tuple(n for a, n in enumerate(array.shape) if a not in axes))


def _stack(arrays, axis=0, **others):
    _only("stack", others)
    return np.concatenate([np.expand_dims(a, axis) for a in arrays], axis=axis)


def _split(array, sections, axis=0):
    size = array.shape[axis]
    if np.ndim(sections) == 0 and size % sections:
        raise ValueError(f"np.split: axis of size {size} does not divide by {sections}.")
    return _array_split(array, sections, axis)


def _array_split(array, sections, axis=0):
    size = array.shape[axis]
    if np.ndim(sections) == 0:
        each, longer = divmod(size, sections)
        sections = [i * each + min(i, longer) for i in range(1, sections)]
    edges = [0, *sections, size]
    before = (slice(None),) * (axis % array.ndim)
    return [array[(*before, slice(*edge))] for edge in itertools.pairwise(edges)]


def _var(array, axis=None, dtype=None, out=None, ddof=0, keepdims=False, **others):
    _only("var", {"dtype": dtype, "out": out} | others)
    centred = array - np.mean(array, axis=axis, keepdims=True)
    squares = np.sum(centred * centred, axis=axis, keepdims=bool(keepdims))
    return squares / (array.size // max(squares.size, 1) - ddof)


def _dot(a, b, out=None):
    _only("dot", {"out": out})
    return _product("dot", a, b)


def _inner(a, b):
    return _product("inner", a, np.swapaxes(b, -1, -2) if np.ndim(b) > 1 else b)


def _product(name, a, b):
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return a * b
    if np.ndim(b) > 2:
        raise TraceError(f"np.{name}: more than two axes on the right; write a @ b.")
    return a @ b


def _outer(a, b, out=None):
    _only("outer", {"out": out})
    return np.reshape(a, (-1, 1)) * np.reshape(b, (1, -1))


def _ravel(a, order="C"):
    _rows_first("ravel", order)
    return np.reshape(a, (-1,))


def _clip(a, a_min=None, a_max=None, *, min=None, max=None):
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    a = a if low is None else np.maximum(a, low)
    return a if high is None else np.minimum(a, high)


def _full_like(a, fill_value, dtype=None, order="K", subok=True, shape=None, **others):
    if not hasattr(fill_value, "op"):
        return np.full_like(_plain(a), fill_value, dtype, order, subok, shape)
    _only("full_like", {"dtype": dtype} | others)
    return np.broadcast_to(fill_value, np.shape(a) if shape is None else shape)


def _vstack(arrays, *, dtype=None, casting="same_kind"):
    _only("vstack", {"dtype": dtype})
    return np.concatenate([_at_least_2d(a) for a in arrays], axis=0)


def _hstack(arrays, *, dtype=None, casting="same_kind"):
    _only("hstack", {"dtype": dtype})
    arrays = [np.reshape(a, (1,)) if np.ndim(a) == 0 else a for a in arrays]
    return np.concatenate(arrays, axis=0 if np.ndim(arrays[0]) == 1 else 1)


def _take(a, indices, axis=None):
    if axis is None:
        return np.reshape(a, (-1,))[indices]
    return a[(slice(None),) * (axis % a.ndim) + (indices,)]


COMPOSITES = {
    "swapaxes": _swapaxes,
    "matrix_transpose": lambda x, /: _swapaxes(x, -1, -2),
    "moveaxis": lambda a, source, destination: np.transpose(
        a, words.moved_axes(a.ndim, source, destination)
    ),
    "expand_dims": _expand_dims,
    "squeeze": _squeeze,
    "ravel": _ravel,
    "stack": _stack,
    "vstack": _vstack,
    "hstack": _hstack,
    "split": _split,
    "array_split": _array_split,
    "dot": _dot,
    "inner": _inner,
    "outer": _outer,
    "var": _var,
    "std": lambda *args, **kwargs: np.sqrt(_var(*args, **kwargs)),
    "average": lambda a, axis=None: np.mean(a, axis=axis),
    "amax": lambda *args, **kwargs: np.max(*args, **kwargs),
    "amin": lambda *args, **kwargs: np.min(*args, **kwargs),
    "clip": _clip,
    "full_like": _full_like,
    "fabs": lambda a: np.absolute(a),
    "positive": lambda a: np.copy(a),
    "reciprocal": lambda a: 1 / a,
    "take": _take,
    "tril": lambda m, k=0: np.where(np.tri(*m.shape[-2:], k=k, dtype=bool), m, 0),
    "triu": lambda m, k=0: np.where(np.tri(*m.shape[-2:], k=k - 1, dtype=bool), 0, m),
    "copy": lambda a, order="K", subok=False: a.copy(),
}


def _at_least_2d(array):
    return np.reshape(array, (1, -1)) if np.ndim(array) == 1 else array


# Looking at numbers, not computing with them: the answer is plain (places, yes or no).
LOOKS = {
    name: getattr(np, name)
    for name in (
        "shape ndim size argmax argmin argsort isfinite isnan isinf allclose array_equal "
        "isclose zeros_like ones_like empty_like greater greater_equal less less_equal "
        "equal not_equal logical_and logical_or logical_not iscomplexobj isrealobj "
        "result_type array_repr array_str array2string count_nonzero any all "
        "may_share_memory shares_memory"
    ).split()
}
