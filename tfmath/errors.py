"""Errors that teach, and the checks at every door that raise them."""

import difflib
import math
from numbers import Integral, Number, Real

import numpy as np


class ShapeError(ValueError):
    """Two arrays do not fit together."""


class DtypeError(TypeError):
    """An array holds the wrong kind of number."""


class NonFiniteError(ValueError):
    """An array holds NaN or infinity."""


class UnknownWordError(ValueError):
    """A word that is not in the vocabulary."""


class MissingError(KeyError):
    """A table or a part that a model needs is not there."""

    __str__ = Exception.__str__  # KeyError would show its sentence in quotes


class TraceError(TypeError):
    """A step would have escaped the record."""


def floats(where, **arrays):
    """Give back `arrays` as floating-point arrays, or say what is wrong with them.

    float32 and float64 pass untouched (so float32 in gives float32 out), integers and
    nested lists become float64. A traced array stays traced.

    Raises
    ------
    DtypeError
        For bool, float16, complex, text or objects. float16 ends at 65504, which a
        score of this course can pass: use float32. Also for masked arrays.
    NonFiniteError
        If any number is NaN or infinite.
    """
    checked = [_floats(where, name, array) for name, array in arrays.items()]
    return checked[0] if len(checked) == 1 else checked


def _floats(where, name, array):
    array = float_array(where, name, array)
    x = getattr(array, "value", array)
    # One product tells that all is finite; it may overflow, so only then look at each.
    if not (math.isfinite(np.vdot(x, x)) or np.isfinite(x).all()):
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(x))[0])
        raise NonFiniteError(
            f"{where}: {name} holds {x[place]} at {place}; every number must be finite."
        )
    return array


def float_array(where, name, array):
    """As `floats` for one array, except that it may hold NaN or infinity."""
    if type(array) is not np.ndarray and not hasattr(array, "op"):
        array = _as_array(where, name, array)
    if array.dtype.kind in "iu":
        array = array.astype(np.float64)
    if array.dtype.kind != "f" or array.dtype.itemsize < 4:
        raise DtypeError(
            f"{where}: {name} holds {array.dtype} numbers; use float32 or float64, "
            f"for example {name}.astype(np.float64)."
        )
    return array


def _as_array(where, name, array):
    if array is None:
        raise DtypeError(f"{where}: {name} is None; it must be an array of numbers.")
    if isinstance(array, np.ma.MaskedArray):
        raise DtypeError(
            f"{where}: {name} is a masked array, and its mask would be lost; give "
            f"{name}.filled(0), and say with mask= who may look where."
        )
    try:
        return np.asarray(array)
    except ValueError:
        raise ShapeError(f"{where}: the rows of {name} differ in length.") from None


def whole_numbers(where, name, ids, below=None):
    """Give back `ids` as an integer array with every id in 0 … below−1."""
    ids = integer_array(where, name, ids)
    bad = (ids < 0) if below is None else (ids < 0) | (ids >= below)
    if bad.any():
        place = tuple(int(i) for i in np.argwhere(bad)[0])
        allowed = "0 or more" if below is None else f"0 … {below - 1}" if below else "none"
        raise ValueError(
            f"{where}: {name} holds {ids[place]} at {place}; allowed is {allowed}."
        )
    return ids


def integer_array(where, name, ids):
    """Give back `ids` as an integer array, also with numbers below 0."""
    if hasattr(ids, "op"):
        raise TraceError(f"{where}: {name} is traced; it has no slope, give {name}.value.")
    ids = _as_array(where, name, ids)
    if ids.size == 0 and ids.dtype == np.float64:  # as NumPy reads an empty list
        ids = ids.astype(np.int64)
    if ids.dtype.kind not in "iu":
        raise DtypeError(f"{where}: {name} must hold whole numbers, got {ids.dtype}.")
    return ids


def rows_and_width(where, **arrays):
    """Raise unless every array has rows and columns, and the batches before them fit."""
    for name, array in arrays.items():
        if array.ndim < 2:
            raise ShapeError(
                f"{where}: {name} {array.shape} needs two axes, rows and width."
            )
    try:
        np.broadcast_shapes(*(array.shape[:-2] for array in arrays.values()))
    except ValueError:
        shapes = "\n".join(f"  {name} {array.shape}" for name, array in arrays.items())
        raise ShapeError(
            f"{where}: the axes before the last two, the batch, must be the same or 1.\n"
            + shapes
        ) from None


def one_number_each(where, row, array, sizes):
    """Raise unless a row of numbers, ``(name, array)``, has one for each column of `array`.

    `sizes` are the sizes it must have.
    """
    (row_name, numbers), (name, table) = row, array
    if numbers.shape != sizes:
        raise ShapeError(
            f"{where}: {row_name} {numbers.shape} must have one number for each column of "
            f"{name} {table.shape}: {sizes}."
        )


def same_size(where, left, left_axis, right, right_axis, size, why):
    """Raise unless two named arrays agree in one axis.

    `left` and `right` are ``(name, array)``, `size` is the symbol of the shared size.
    """
    (left_name, left_array), (right_name, right_array) = left, right
    a, b = left_array.shape[left_axis], right_array.shape[right_axis]
    if a == b:
        return
    width = max(len(left_name), len(right_name))
    raise ShapeError(
        f"{where}: {left_name} and {right_name} must have the same {size}, {why}.\n"
        f"  {left_name:<{width}} {left_array.shape} has {size} = {a}\n"
        f"  {right_name:<{width}} {right_array.shape} has {size} = {b}"
    )


# What is no array ------------------------------------------------------------------------


def number(
    where, name, value, above=-math.inf, least=-math.inf, below=math.inf, most=math.inf
):
    """Give back `value` as a finite Python float within its bounds, or say what it must be.

    Examples
    --------
    >>> number("adam", "beta_1", np.float32(0.5), least=0, below=1)
    0.5
    """
    found = _plain(value)
    kind = isinstance(found, Real) and not isinstance(found, bool)
    if kind and above < found < below and least <= found <= most and abs(found) < math.inf:
        return float(found)
    raise _refused(where, name, value, kind, _must("a number", above, least, below, most))


def whole(where, name, value, least=0, most=math.inf):
    """Give back `value` as a Python int within its bounds, or say what it must be."""
    found = _plain(value)
    kind = isinstance(found, Integral) and not isinstance(found, bool)
    if kind and least <= found <= most:
        return int(found)
    must = _must("a whole number", -math.inf, least, math.inf, most)
    raise _refused(where, name, value, kind, must)


def flag(where, name, value):
    """Give back `value` if it is True or False; a text such as "no" would count as yes."""
    if isinstance(_plain(value), bool):
        return bool(value)
    raise _refused(where, name, value, False, "True or False")


def callable_(where, name, value, form):
    """Give back `value` if it can be called, or say the `form` of function it must be."""
    if callable(value):
        return value
    raise _refused(where, name, value, False, f"a function, {form}")


def instance(where, name, value, kind, way):
    """Give back `value` if it is of the class `kind`, or say which `way` leads to one."""
    if isinstance(value, kind):
        return value
    raise _refused(where, name, value, False, way)


def generator(where, rng):
    """Give back `rng` if numbers can be drawn from it."""
    return instance(where, "rng", rng, np.random.Generator, "np.random.default_rng(seed)")


def items(where, name, value, what):
    """Give back a row of things as a tuple; no text, and nothing that has no order."""
    if np.iterable(value) and not isinstance(value, str | bytes | dict | set | frozenset):
        return tuple(value)
    raise _refused(where, name, value, False, f"a list or tuple of {what}")


def part(where, parameters, name):
    """Give back ``parameters[name]``, or say which names there are."""
    instance(where, "parameters", parameters, dict, f"a dict with {name!r}")
    if name in parameters:
        return parameters[name]
    meant = nearest(name, parameters)
    raise MissingError(f"{where}: the parameters have no {name!r}{meant}")


def nearest(name, known):
    """The end of a sentence: the known name that is meant, or else all of them.

    Examples
    --------
    >>> nearest("norm1", ["norm 1", "norm 2"]), nearest("W", ["gain"]), nearest("W", [])
    ("; did you mean 'norm 1'?", "; there is 'gain'.", '.')
    """
    near = difflib.get_close_matches(str(name), map(str, known), 1)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; there is {', '.join(map(repr, known))}." if known else "."


def said(value):
    """A value as it is said in a sentence, never longer than a few words.

    Examples
    --------
    >>> said(np.ones((2, 3))), said("hot"), said({}), said(len)
    ('an array (2, 3)', "'hot'", 'an empty dict', 'a builtin_function_or_method')
    """
    value = _plain(value)
    if value is None or isinstance(value, Number):
        return str(value)
    if isinstance(value, str):
        return repr(value if len(value) <= 40 else value[:39] + "…")
    if isinstance(value, np.ndarray):
        return f"an array {value.shape}"
    kind = type(value).__name__
    if isinstance(value, list | tuple | dict) and not value:
        return f"an empty {kind}"
    return f"{'an' if kind[0] in 'aeio' else 'a'} {kind}"


def _refused(where, name, value, kind, must):
    """The error for an argument: a wrong value, or not even of the right kind."""
    error = ValueError if kind else TypeError
    return error(f"{where}: {name} is {said(value)}; it must be {must}.")


def _plain(value):
    """A number of NumPy's, also an array of no axes, as Python's own."""
    single = isinstance(value, np.generic) or type(value) is np.ndarray and value.ndim == 0
    return value.item() if single else value


def _must(kind, above, least, below, most):
    """What is asked for: "a number above 0", "a whole number from 1 to 3"."""
    if least > -math.inf and most < math.inf:
        return f"{kind} from {least} to {most}"
    low = f" above {above}" if above > -math.inf else ""
    low = f", {least} or more" if least > -math.inf else low
    high = f"below {below}" if below < math.inf else ""
    high = f"at most {most}" if most < math.inf else high
    return kind + low + (f" and {high}" if low and high else f" {high}" if high else "")
