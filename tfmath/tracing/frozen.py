"""What a record keeps: copies of arrays, and options that nobody can change behind it."""

import copy
import operator

import numpy as np

from tfmath.errors import ShapeError, TraceError

ARRAY = "array"
"""Stands in the option ``index`` where an array stood; the arrays are inputs, in order."""


def frozen(array, what="an array"):
    """A copy of an array of numbers, whole numbers or bools, safe from later changes.

    Raises
    ------
    TraceError
        For a masked array or another subclass: its own rules would be lost.
    ShapeError
        For rows of different lengths; `what` says of which array.

    Examples
    --------
    >>> mask = np.array([True, False])
    >>> kept, mask[0] = frozen(mask), False
    >>> kept.tolist()
    [True, False]
    """
    if isinstance(array, np.ndarray) and type(array) is not np.ndarray:
        raise TraceError(
            f"a {type(array).__name__} beside a traced array: its own rules would be lost. "
            "Write np.asarray(...) around it, and say with np.where what is masked."
        )
    try:
        return np.array(np.asarray(array))
    except ValueError:
        raise ShapeError(
            f"{what} has rows of different lengths; fill up the short ones."
        ) from None


def frozen_options(op, options):
    """Options as the record keeps them: Python values only, lists and dicts copied.

    Raises
    ------
    TraceError
        If an option is an array or holds one.

    Examples
    --------
    >>> frozen_options("sum", {"axis": 0})
    {'axis': 0}
    """
    for name, option in options.items():
        if _holds_array(option):
            raise TraceError(
                f"{op}: {name}= holds an array, and a record keeps arrays as inputs, never "
                "as options. In @operation(derivative=...) give it a place of its own, "
                "with None where it has no slope."
            )
    if any(isinstance(option, list | dict | set) for option in options.values()):
        return copy.deepcopy(options)
    return options


def _holds_array(option):
    if isinstance(option, tuple | list):
        return any(_holds_array(part) for part in option)
    if isinstance(option, dict):
        return any(_holds_array(part) for part in option.values())
    return isinstance(option, np.ndarray) or hasattr(option, "op")


# The parts of an index --------------------------------------------------------------------


def split_index(index):
    """An index as its arrays, and the same index with `ARRAY` where each of them stood.

    Examples
    --------
    >>> template, arrays = split_index((slice(1, None), [2, 0]))
    >>> template, [array.tolist() for array in arrays]
    ((slice(1, None, None), 'array'), [[2, 0]])
    """
    arrays = []
    parts = index if isinstance(index, tuple) else (index,)
    kept = tuple(_part(part, arrays) for part in parts)
    return (kept if isinstance(index, tuple) else kept[0]), arrays


def _part(part, arrays):
    if part is None or part is Ellipsis:
        return part
    if isinstance(part, slice):
        ends = (part.start, part.stop, part.step)
        return slice(*(None if end is None else operator.index(end) for end in ends))
    if isinstance(part, int | np.integer) and not isinstance(part, bool):
        return int(part)
    arrays.append(_places(part))
    return ARRAY


def _places(part):
    if not isinstance(part, np.ndarray) and not hasattr(part, "op"):
        part = np.asarray(part)
        part = part.astype(int) if part.size == 0 and part.dtype == np.float64 else part
    if part.dtype.kind not in "iub":
        raise TraceError(
            f"an index holds {part.dtype}; it must be whole numbers or bools. A "
            "traced array holds floats; write x[i] with the plain places i."
        )
    return part


def filled(template, arrays):
    """The index again: each `ARRAY` of a template is the next of the arrays.

    Examples
    --------
    >>> filled((slice(0, 2), ARRAY), [[2, 0]])
    (slice(0, 2, None), [2, 0])
    """
    arrays = iter(arrays)
    if not isinstance(template, tuple):
        return next(arrays) if is_array(template) else template
    return tuple(next(arrays) if is_array(part) else part for part in template)


def indexed_sizes(shape, template, arrays):
    """For each array of an index how many places there are along the axis it picks from.

    Examples
    --------
    >>> indexed_sizes((5, 6, 7), (Ellipsis, None, ARRAY, slice(None)), [np.array([2, 0])])
    [6]
    """
    parts = template if isinstance(template, tuple) else (template,)
    arrays, sizes = iter(arrays), []
    spans = [_axes_of(part, arrays) for part in parts]
    whole, axis = len(shape) - sum(span for span, _ in spans), 0
    for part, (span, picks) in zip(parts, spans, strict=True):
        if picks:
            sizes.append(shape[axis])
        axis += whole if part is Ellipsis else span
    return sizes


def _axes_of(part, arrays):
    """Over how many axes a part of an index goes, and whether it is an array."""
    if is_array(part):
        array = next(arrays)
        return array.ndim if array.dtype.kind == "b" else 1, True
    return int(part is not None and part is not Ellipsis), False


def is_array(part):
    """Whether a part of a template stands for an array."""
    return isinstance(part, str)
