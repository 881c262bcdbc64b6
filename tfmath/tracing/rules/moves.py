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
from tfmath.tracing.formula import Terms, literal, total
from tfmath.tracing.frozen import filled
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
    picked = _picked(node.inputs[0].shape, _index_of(node))
    return tuple(int(places[index]) for places in picked)


def _picked(shape, index):
    """For each axis of an array of `shape` the places that ``array[index]`` picks there."""
    for axis, size in enumerate(shape):
        along = np.arange(size).reshape(-1, *[1] * (len(shape) - axis - 1))
        yield np.broadcast_to(along, shape)[index]  # no copy of the array's size


def _index_of(node):
    return filled(node.options["index"], [array.value for array in node.inputs[1:]])


def _numbered(shape):
    return np.arange(math.prod(shape)).reshape(shape)


def scattered(grad, output, array, *places, index):
    """The gradient of ``array[index]``: each number back to where it came from."""
    if not places and _keeps_all(index):
        return np.reshape(grad, array.shape)
    if not hasattr(grad, "op"):
        return scatter(grad, filled(index, places), array.shape)
    from tfmath.tracing.array import record  # the one place where a derivative adds a step

    return record("scatter", grad, *places, index=index, shape=array.shape)


def _keeps_all(index):
    """Whether an index picks nothing and turns nothing, but may add axes."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(part in (None, Ellipsis, slice(None)) for part in parts)


def scatter(grad, index, shape):
    """Put `grad` at the places `index` of an array of zeros; places met twice add up."""
    out = np.zeros(shape, grad.dtype)
    if _meets_once(index):
        out[index] = grad
    else:
        np.add.at(out, index, grad)
    return out


def _meets_once(index):
    """Whether an index of whole numbers and slices alone, which meets no place twice."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(isinstance(part, int | slice | None) or part is ... for part in parts)


def torch_getitem(torch, array, *places, index):
    """As NumPy picks: PyTorch knows no step backwards, and takes a number for a slice."""
    if not places and not _steps_back(index):
        return array[index]
    numbers = _numbered(tuple(array.shape))[
        filled(index, [place.cpu().numpy() for place in places])
    ]
    flat = torch.as_tensor(np.ascontiguousarray(numbers), device=array.device)
    return array.reshape(-1)[flat]


def _steps_back(index):
    parts = index if isinstance(index, tuple) else (index,)
    return any(isinstance(part, slice) and (part.step or 1) < 0 for part in parts)


def torch_scatter(torch, grad, *places, index, shape):
    numbers = _numbered(shape)[filled(index, [place.cpu().numpy() for place in places])]
    hit = torch.as_tensor(np.ascontiguousarray(numbers), device=grad.device)
    flat = torch.zeros(math.prod(shape), dtype=grad.dtype, device=grad.device)
    return flat.index_add(0, hit.reshape(-1), grad.reshape(-1)).reshape(shape)


def exact_scatter(mp, grad, *places, index, shape):
    """Number by number: each is added where the index points."""
    out = np.zeros(shape, object)
    numbers = _numbered(shape)[filled(index, places)]
    for place, number in zip(numbers.reshape(-1), grad.reshape(-1), strict=True):
        out.reshape(-1)[place] += number
    return out


def torch_astype(torch, array, dtype):
    """A replay keeps the number type of its road; only bools become numbers."""
    return (
        array.clone() if array.is_floating_point() else array.to(torch.get_default_dtype())
    )


def cast_error(unit, out, values, errors, node, dtype):
    """What the narrower type cannot hold is lost, whatever the road's own type."""
    bits = np.finfo(dtype).eps / 2 if dtype.kind == "f" else 0
    return errors[0] + bits * np.abs(out)


def scatter_formula(at, node, index):
    picked = zip(_picked(node.options["shape"], _index_of(node)), index, strict=True)
    hit = np.broadcast_to(True, node.inputs[0].shape)
    for places, wanted in picked:
        hit = hit & (places == wanted)
    places = np.argwhere(hit)
    return total(Terms(at(0, tuple(places.T)), (len(places),)))


# Their lines of NumPy ---------------------------------------------------------------------


def transpose_source(array, axes):
    if axes == (1, 0):
        return f"{array:atom}.T"
    if axes == (*range(len(axes) - 2), len(axes) - 1, len(axes) - 2):
        return f"np.swapaxes({array}, -1, -2)"
    return f"np.transpose({array}, {axes})"


def getitem_source(array, *places, index):
    index = filled(index, places)
    parts = index if isinstance(index, tuple) else (index,)
    return f"{array:atom}[{', '.join(map(_part_text, parts)) or '()'}]"


def _part_text(part):
    if isinstance(part, slice):
        ends = [part.start, part.stop] + ([] if part.step is None else [part.step])
        return ":".join("" if end is None else str(end) for end in ends)
    return {None: "np.newaxis", Ellipsis: "..."}.get(part, str(part))


def scatter_source(grad, *places, index, shape):
    index = filled(index, places)
    texts = [str(part) for part in (index if isinstance(index, tuple) else (index,))]
    several = f"({', '.join(texts)}{',' * (len(texts) == 1)})"
    return f"scatter({grad}, {several if isinstance(index, tuple) else texts[0]}, {shape})"


MOVES = {
    "transpose": Rule(
        np.transpose,
        (lambda g, out, a, axes: np.transpose(g, tuple(map(axes.index, range(a.ndim)))),),
        moved(transpose_place),
        labels=words.transpose,
        signature=transpose_signature,
        source=transpose_source,
        torch=lambda torch, a, axes: torch.permute(a, axes),
        error="moves",
    ),
    "reshape": Rule(
        lambda array, shape: np.reshape(array, shape),
        (lambda g, out, a, shape: np.reshape(g, a.shape),),
        moved(reshape_place),
        labels=words.reshape,
        signature=reshape_signature,
        source=lambda a, shape: f"{a:atom}.reshape({shape})",
        exact=lambda mp, a, shape: a.reshape(shape),
        error="moves",
    ),
    "broadcast_to": Rule(
        np.broadcast_to,
        (lambda g, out, a, shape: like(g, a),),
        moved(lambda node, index: words.broadcast_index(index, node.inputs[0].shape)),
        signature=lambda array, shape, subok=False: ((array,), {"shape": sizes(shape)}),
        source=lambda a, shape: f"np.broadcast_to({a}, {shape})",
        torch=lambda torch, a, shape: torch.broadcast_to(a, shape),
        error="moves",
    ),
    "concatenate": Rule(
        lambda *arrays, axis: np.concatenate(arrays, axis=axis),
        concatenated,
        concatenate_formula,
        labels=words.concatenate,
        signature=concatenate_signature,
        source=lambda *parts, axis: (
            f"np.concatenate([{', '.join(map(str, parts))}], axis={axis})"
        ),
        torch=lambda torch, *arrays, axis: torch.cat(arrays, axis),
        exact=lambda mp, *arrays, axis: np.concatenate(arrays, axis=axis),
        error="moves",
    ),
    "getitem": Rule(
        lambda array, *places, index: array[filled(index, places)],
        (scattered,),
        moved(getitem_place),
        labels=words.getitem,
        source=getitem_source,
        torch=torch_getitem,
        exact=lambda mp, a, *places, index: a[filled(index, places)],
        error="moves",
        names=("array", "index"),
    ),
    "scatter": Rule(
        lambda grad, *places, index, shape: scatter(grad, filled(index, places), shape),
        (lambda g, out, a, *places, index, shape: g[filled(index, places)],),
        scatter_formula,
        labels=None,
        source=scatter_source,
        uses=(scatter,),
        names=("array", "index"),
        torch=torch_scatter,
        exact=exact_scatter,
        error="sums",
    ),
    "astype": Rule(
        lambda array, dtype: array.astype(dtype),
        (lambda g, out, a, dtype: g.astype(a.dtype),),
        each(lambda a: a),
        source=lambda a, dtype: f"{a:atom}.astype({dtype.name!r})",
        torch=torch_astype,
        exact=lambda mp, a, dtype: a,
        error=cast_error,
    ),
    "ones_like": Rule(
        lambda array: np.ones_like(array),
        (None,),
        lambda at, node, index: literal(1),
        exact=lambda mp, a: a * 0 + 1,
        error=lambda unit, out, *_: np.zeros(out.shape),
    ),
    "copy": Rule(
        np.copy,
        (lambda g, out, a: g,),
        each(lambda a: a),
        source=lambda a: a,
        torch=lambda torch, a: torch.clone(a),
        error="moves",
    ),
}
