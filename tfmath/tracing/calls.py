"""How NumPy's own calls are read: which arguments are arrays, which are options.

And two calls that NumPy lacks, or does less exactly.
"""

import math
import operator
import string

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from tfmath.arguments import said
from tfmath.errors import ShapeError, TraceError


def only(name, others):
    unset = (None, np._NoValue)
    extra = [key for key, v in others.items() if not any(v is nothing for nothing in unset)]
    if extra:
        ways = dict.fromkeys(_way(key, others[key], name) for key in extra)
        raise TraceError(
            f"np.{name}: {', '.join(extra)}= is not traced; {', and '.join(ways)}."
        )


def _way(key, given, name):
    """What gives the same numbers as an option that is not traced."""
    if key in ("dtype", "out") and isinstance(given, int):  # as in x.sum(0, True)
        return f"{given!r} stands in the place of {key}=; give it by name"
    return _INSTEAD_OF.get(key, "leave it out").format(name=name)


_INSTEAD_OF = {
    "out": "write y = np.{name}(...)",
    "dtype": "write x.astype(dtype) before it",
    "where": "choose by np.where, or x[mask], before it",
    "initial": "put that number beside the others by np.append",
    "method": "take the places from np.sort(x)",
    "weights": "take the places from np.sort(x)",
    "fweights": "repeat the columns by np.repeat before it",
    "aweights": "write the sums of weights * x yourself",
    "reflect_type": "join what you want by np.concatenate",
}


def reduction(name):
    def signature(array, axis=None, dtype=None, out=None, keepdims=False, **others):
        only(name, {"dtype": dtype, "out": out} | others)
        if axis in (0, -1) and name != "mean" and np.ndim(array) == 0:
            axis = None  # as NumPy lets one number be summed
        axis = one_axis(name, axis)
        return (array,), {"axis": axis, "keepdims": bool(keepdims)}

    def without_dtype(array, axis=None, out=None, keepdims=False, **others):
        return signature(array, axis, None, out, keepdims, **others)

    return without_dtype if name in ("max", "min") else signature


def running(name):
    """A call that goes along one axis, or along all numbers in order."""

    def signature(a, axis=None, dtype=None, out=None):
        only(name, {"dtype": dtype, "out": out})
        return along(a, axis)

    return signature


def along(array, axis, **options):
    """The array and its axis, counted from the front; without one all numbers in a row."""
    if axis is None or array.ndim == 0:
        array, axis = np.reshape(array, (-1,)), axis or 0
    return (array,), {"axis": normalize_axis_index(axis, array.ndim)} | options


def ordering(a, axis=-1, kind=None, order=None, *, stable=None):
    only("argsort", {"order": order})
    return along(a, axis, kind="stable" if stable else kind)


def product(a, axis=None, dtype=None, out=None, keepdims=False, **others):
    only("prod", {"dtype": dtype, "out": out} | others)
    axis = one_axis("prod", axis)
    if isinstance(axis, tuple):
        raise TraceError("np.prod: several axes are not traced; take one after the other.")
    if a.ndim == 0 and axis in (0, -1):
        axis = None
    axis = None if axis is None else normalize_axis_index(axis, a.ndim)
    return (a,), {"axis": axis, "keepdims": bool(keepdims)}


def one_axis(name, axis):
    """An axis as Python's own int, several as a tuple of them."""
    if axis is None:
        return None
    try:
        several = isinstance(axis, tuple)
        return tuple(map(operator.index, axis)) if several else operator.index(axis)
    except TypeError:
        must = "it must be a whole number, or a tuple of them"
        raise TypeError(f"np.{name}: axis is {said(axis)}; {must}.") from None


def where_signature(condition, *branches):
    if len(branches) != 2:
        raise TraceError(
            "np.where: with a condition alone it gives places; write np.where(x.value)."
        )
    return (condition, *branches), {}


def einsum_signature(subscripts, *operands, optimize=False):
    if not isinstance(subscripts, str):
        raise TraceError("np.einsum: write the letters as text, such as 'ij,jk->ik'.")
    letters, arrow, result = subscripts.replace(" ", "").partition("->")
    parts = letters.split(",")
    if len(parts) != len(operands):
        raise ShapeError(f"np.einsum: {subscripts} is for {len(parts)} arrays.")
    if arrow and "." in letters and "." not in result:
        raise ShapeError(
            f"np.einsum: {subscripts} has '...' on the left only; sum them by "
            "letters of their own."
        )
    for part, operand in zip(parts, operands, strict=True):
        _a_letter_for_each_axis(part, np.shape(operand))
    parts, result = _without_dots(parts, result if arrow else _once(letters), operands)
    _same_letter_same_size("".join(parts), [n for o in operands for n in np.shape(o)])
    pairs = [_without_twins(*pair) for pair in zip(parts, operands, strict=True)]
    parts, operands = zip(*pairs, strict=True)
    return operands, {"subscripts": f"{','.join(parts)}->{result}"}


def _a_letter_for_each_axis(part, shape):
    letters = len(part.replace("...", ""))
    if letters > len(shape) or letters < len(shape) and "..." not in part:
        raise ShapeError(
            f"np.einsum: {part!r} is for {letters} letter{'s' * (letters != 1)}, one an "
            f"axis, but its array is {shape}; write as many letters as it has axes."
        )


def _once(letters):
    """Without an arrow the result has the letters that occur once, in order."""
    once = {letter for letter in letters if letters.count(letter) == 1 and letter.isalpha()}
    return ("..." if "." in letters else "") + "".join(sorted(once))


def _without_dots(parts, result, operands):
    """Letters of their own for the axes that "..." stands for, counted from the last."""
    free = [c for c in string.ascii_uppercase if c not in "".join(parts)]
    hidden = [
        np.ndim(o) - len(p.replace("...", "")) if "..." in p else 0
        for p, o in zip(parts, operands, strict=True)
    ]
    dots = "".join(free[: max(hidden)])
    parts = [
        p.replace("...", dots[len(dots) - n :]) for p, n in zip(parts, hidden, strict=True)
    ]
    return parts, result.replace("...", dots)


def _without_twins(letters, operand):
    """An operand whose letters all differ: of two that are one, the diagonal."""
    for letter in letters:
        if letters.count(letter) > 1:
            first, second = letters.index(letter), letters.rindex(letter)
            rest = letters[:first] + letters[first + 1 : second] + letters[second + 1 :]
            diagonal = np.diagonal(operand, 0, first, second)
            return _without_twins(rest + letter, diagonal)
    return letters, operand


def _same_letter_same_size(letters, shape):
    sizes = {}
    for letter, n in zip(letters, shape, strict=True):
        if sizes.setdefault(letter, n) != n:
            raise ShapeError(f"np.einsum: {letter} is both {sizes[letter]} and {n}.")


def transpose_signature(array, axes=None):
    if axes is None:
        return (array,), {"axes": tuple(range(array.ndim)[::-1])}
    if len(axes) != array.ndim:
        raise ValueError(f"np.transpose: axes {axes} do not match the shape {array.shape}.")
    return (array,), {"axes": normalize_axis_tuple(axes, array.ndim)}


def concatenate_signature(arrays, axis=0, **others):
    only("concatenate", others)
    if axis is None:
        arrays, axis = [np.reshape(a, (-1,)) for a in arrays], 0
    axis = normalize_axis_index(operator.index(axis), np.ndim(arrays[0]))
    return tuple(arrays), {"axis": axis}


def rows_first(name, order):
    """Rows first; the other orders go by columns, or by how the memory happens to lie."""
    if order != "C":
        columns = {"ravel": "np.ravel(x.T)", "reshape": "np.reshape(x.T, shape[::-1]).T"}
        raise TraceError(
            f"np.{name}: order={order!r} is not traced; leave it out for rows first; for "
            f"columns first write {columns[name]}."
        )


def reshape_signature(a, /, shape, order="C", *, copy=None):
    rows_first("reshape", order)
    array, shape = a, sizes(shape)
    known = math.prod(n for n in shape if n != -1)
    if -1 in shape and (shape.count(-1) > 1 or known and array.size % known):
        raise ShapeError(
            f"np.reshape: {array.shape} cannot become {shape}: -1 stands for one size, and "
            f"{array.size} numbers must fill it."
        )
    shape = tuple(array.size // known if n == -1 and known else n for n in shape)
    return (array,), {"shape": shape}


def sizes(shape):
    several = isinstance(shape, tuple | list)
    return tuple(map(operator.index, shape if several else (shape,)))


def error_function(x):
    """erf, from the standard library, one number at a time."""
    x = np.asarray(x)
    return np.array([math.erf(v) for v in x.ravel().tolist()], x.dtype).reshape(x.shape)


def power(base, exponent):
    # A plain x ** 2 is an exact square; np.power need not be.
    weak = np.ndim(exponent) == 0 and exponent.dtype == base.dtype
    return base ** (exponent.item() if weak else exponent)
