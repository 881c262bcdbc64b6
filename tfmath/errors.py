"""Errors that teach, and the checks of arrays and tables that raise them."""

import math
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

from tfmath.arguments import instance, nearest, said


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


class TooLargeError(MemoryError):
    """A size that this machine cannot hold."""


class TraceError(TypeError):
    """A step would have escaped the record."""


def floats(where, beside=None, /, **arrays):
    """Give back `arrays` as floating-point arrays, or say what is wrong with them.

    Here is the rule of number types. Arrays of float32 and float64, traced or not, pass
    untouched. What has no such type, lists, whole numbers and NumPy's single numbers, takes
    that of the first array that has one: of `beside`, then of `arrays`; alone it becomes
    float64. Where arrays meet, NumPy decides: float32 and float32 give float32, a float64
    array beside them gives float64. A single number widens nothing, and what is put onto
    scores or words (`bias`, `scale`, `encoding`) takes their type, whatever it had.

    Examples
    --------
    >>> x, gain = floats("here", x=np.ones(2, np.float32), gain=[1.0, 1.0])
    >>> gain.dtype, floats("here", gain=[1, 1]).dtype
    (dtype('float32'), dtype('float64'))

    Raises
    ------
    DtypeError
        For bool, float16, complex, text or objects. float16 ends at 65504, which a
        score of this course can pass: use float32. Also for masked arrays.
    NonFiniteError
        If any number is NaN or infinite.
    """
    all_of_them = beside, *arrays.values()
    checked = [_floats(where, name, a, all_of_them) for name, a in arrays.items()]
    return checked[0] if len(checked) == 1 else checked


def is_sound(array):
    """Whether an array passes every check of `floats` as it is."""
    plain = type(array) is np.ndarray and array.dtype.char in "fd"
    return plain and math.isfinite(np.vdot(array, array))


def all_sound(arrays, few=2**16):
    """`is_sound` of all of them; together where they hold few numbers, for one look."""
    plain = [a for a in arrays if type(a) is np.ndarray and a.dtype.char in "fd"]
    if len(plain) < len(arrays) or not plain or sum(a.size for a in plain) > few:
        return all(map(is_sound, arrays))
    together = np.concatenate(plain, axis=None)
    return math.isfinite(np.vdot(together, together))


# Which arrays need not be looked at again, by their ids.
_sound: ContextVar[frozenset] = ContextVar("sound", default=frozenset())


@contextmanager
def known_sound(arrays):
    """Inside, `floats` takes these arrays as they are: they were checked at the door.

    Examples
    --------
    >>> table = np.ones(2)
    >>> with known_sound([table]):
    ...     floats("here", table=table) is table
    True
    """
    token = _sound.set(frozenset(map(id, arrays)))
    try:
        yield
    finally:
        _sound.reset(token)


def _floats(where, name, array, beside):
    if id(array) in _sound.get():
        return array
    array = float_array(where, name, array, beside)
    x = getattr(array, "value", array)
    # One product tells that all is finite; it may overflow, so only then look at each.
    if not (math.isfinite(np.vdot(x, x)) or np.isfinite(x).all()):
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(x))[0])
        raise NonFiniteError(
            f"{where}: {name} holds {x[place]} at {place}; every number must be finite."
        )
    return array


def float_array(where, name, array, beside=()):
    """As `floats` for one array beside others, except that it may hold NaN or infinity."""
    typed = _has_type(array)
    if type(array) is not np.ndarray and not hasattr(array, "op"):
        array = _numbers(where, name, array)
    if array.dtype.kind in "iu":
        array = array.astype(_first_type(beside, np.float64))
    elif not typed and array.dtype.char in "fd":
        with np.errstate(over="ignore"):
            array = array.astype(_first_type(beside, array.dtype), copy=False)
    if array.dtype.kind != "f" or array.dtype.itemsize < 4:
        raise DtypeError(
            f"{where}: {name} holds {array.dtype} numbers; use float32 or float64, "
            f"for example {name}.astype(np.float64)."
        )
    return array


def _has_type(array):
    return isinstance(array, np.ndarray) or hasattr(array, "op")


def _first_type(arrays, otherwise):
    """The number type of the first array of floats, traced or not."""
    types = (array.dtype for array in arrays if _has_type(array))
    return next((dtype for dtype in types if dtype.char in "fd"), otherwise)


def as_array(where, name, array):
    """Give back what NumPy makes of nested lists; masked arrays would lose their mask."""
    if isinstance(array, np.ma.MaskedArray):
        raise DtypeError(
            f"{where}: {name} is a masked array, and its mask would be lost; give "
            f"{name}.filled(0), and say with mask= who may look where."
        )
    try:
        return np.asarray(array)
    except ValueError:
        raise ShapeError(f"{where}: the rows of {name} differ in length.") from None


def _numbers(where, name, array):
    found = as_array(where, name, array)
    if found.dtype.kind in "OSUV" and not isinstance(array, np.ndarray):
        raise DtypeError(
            f"{where}: {name} is {said(array)}; it must be an array of numbers."
        )
    return found


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
    ids = _numbers(where, name, untraced(where, name, ids))
    if ids.size == 0 and ids.dtype == np.float64:  # as NumPy reads an empty list
        ids = ids.astype(np.int64)
    if ids.dtype.kind not in "iu":
        raise DtypeError(f"{where}: {name} must hold whole numbers, got {ids.dtype}.")
    return ids


def untraced(where, name, array):
    """Give back `array` unless it is traced, where no slope could come of it."""
    if hasattr(array, "op"):
        raise TraceError(
            f"{where}: {name} is traced; no slope comes here, give {name}.value."
        )
    return array


def axes(where, count, **arrays):
    """Raise unless every array has just so many axes."""
    for name, array in arrays.items():
        if array.ndim != count:
            raise ShapeError(f"{where}: {name} {array.shape} must have {count} axes.")


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


def part(where, parameters, name):
    """Give back ``parameters[name]``, or say which names there are."""
    instance(where, "parameters", parameters, dict, f"a dict with {name!r}")
    if name in parameters:
        return parameters[name]
    meant = nearest(name, parameters)
    raise MissingError(f"{where}: the parameters have no {name!r}{meant}")
