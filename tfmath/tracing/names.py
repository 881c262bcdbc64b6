"""Names for steps, and the scopes that nest them."""

from contextlib import contextmanager
from contextvars import ContextVar

from tfmath.arguments import instance, whole
from tfmath.errors import DtypeError, ShapeError
from tfmath.tracing.array import Traced, given_array, record
from tfmath.tracing.labels import given_words

_scope: ContextVar[tuple[str, ...]] = ContextVar("scope", default=())
_watch: ContextVar[list | None] = ContextVar("watch", default=None)


def named(name, array):
    """Give a step the name that prose, tables and gradients use.

    A plain array comes back untouched, so ordinary computing pays nothing.

    Parameters
    ----------
    name : str
        Put behind the names of the scopes around it.
    array : Traced, or array

    Returns
    -------
    array : of the kind that was given

    Raises
    ------
    ShapeError
        If there are not as many words as places along the axis.
    TypeError, ValueError
        If the array has no such axis.

    Examples
    --------
    >>> named("scores", 3.5)
    3.5
    """
    if not isinstance(array, Traced):
        return array
    instance("named", "name", name, str, "a str, what tables and formulas call the step")
    if array.name is not None:
        array = record("copy", array)
    array.name = full_name(name)
    if (seen := _watch.get()) is not None:
        seen.append(array)
    return array


def full_name(*name):
    """The name that a step called `name` would get here; without one, that of the place.

    Parameters
    ----------
    *name : str

    Returns
    -------
    full_name : str

    Examples
    --------
    >>> with scope("encoder", "layer 1"):
    ...     full_name("norm 1")
    'encoder / layer 1 / norm 1'
    """
    return " / ".join((*_scope.get(), *name))


def constant(name, array, beside, rows=None, cols=None):
    """Let a plain array join the record of the traced array `beside`, under a name.

    Positions, ids and masks are such arrays: given, never learned. The record keeps a copy.
    With an ordinary array `beside` there is no record, and `array` comes back untouched; so
    does an array that is in a record already.

    Parameters
    ----------
    name : str
    array : array of numbers, whole numbers or bools
    beside : Traced, or an ordinary array
    rows, cols : sequence of str, optional
        Words for the last axis but one, and for the last axis.

    Returns
    -------
    array : Traced, or what was given if nothing is recorded

    Raises
    ------
    DtypeError
        For complex numbers or text.
    TraceError
        For a masked array, or objects.
    ShapeError
        For rows of different lengths; if there are not as many words as rows or columns.
    TypeError
        If `rows` or `cols` are no row of words.

    Examples
    --------
    >>> from tfmath.tracing import trace
    >>> mask = constant("mask", [True, False], beside=trace([1.0, 2.0], "scores"))
    >>> mask.name, mask.dtype, mask.varies
    ('mask', dtype('bool'), False)
    """
    if not isinstance(beside, Traced) or isinstance(array, Traced):
        return array
    node = given_array(array, f"constant: {name}")
    if node.dtype.kind not in "biuf":
        raise DtypeError(f"constant: {name} holds {node.dtype}; use numbers or bools.")
    node.labels = given_words(f"constant: {name}", node.shape, rows, cols)
    return named(name, node)


def labelled(array, axis, words):
    """Give one axis of a step its words, unless it has some; a plain array stays as it is.

    Parameters
    ----------
    array : Traced, or array
    axis : int
    words : sequence of str

    Returns
    -------
    array : of the kind that was given

    Raises
    ------
    ShapeError
        If there are not as many words as places along the axis.
    TypeError, ValueError
        If the array has no such axis.

    Examples
    --------
    >>> labelled(3.5, -1, ["head 1"])
    3.5
    """
    if not isinstance(array, Traced):
        return array
    axis = whole("labelled", "axis", axis, least=-array.ndim, most=array.ndim - 1)
    if array.labels[axis] is None:
        if len(words) != array.shape[axis]:
            raise ShapeError(
                f"labelled: {array.name} {array.shape} got {len(words)} words for axis "
                f"{axis}."
            )
        labels = list(array.labels)
        labels[axis] = tuple(words)
        array.labels = tuple(labels)
    return array


class scope:
    """Nest the names given inside: ``with scope("head 1"): named("scores", …)``."""

    # A class, for it is entered and left several times as fast as a @contextmanager.
    __slots__ = ("names", "token")

    def __init__(self, *names):
        self.names = names

    def __enter__(self):
        self.token = _scope.set(_scope.get() + self.names)

    def __exit__(self, *_):
        _scope.reset(self.token)


@contextmanager
def watched():
    """Collect every step as it gets its name, even if an error then cuts the record short.

    Examples
    --------
    >>> from tfmath.tracing import trace
    >>> with watched() as seen:
    ...     twice = named("twice", 2 * trace([1.0], "x"))
    >>> [step.name for step in seen]
    ['twice']
    """
    token = _watch.set([])
    try:
        yield _watch.get()
    finally:
        _watch.reset(token)
