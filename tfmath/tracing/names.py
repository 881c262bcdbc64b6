"""Names for steps, and the scopes that nest them."""

from contextlib import contextmanager
from contextvars import ContextVar

from tfmath.tracing.array import Traced, record

_scope: ContextVar[tuple[str, ...]] = ContextVar("scope", default=())
_watch: ContextVar[list | None] = ContextVar("watch", default=None)


def named(name, array):
    """Give a step the name that prose, tables and gradients use.

    A plain array comes back untouched, so ordinary computing pays nothing.

    Examples
    --------
    >>> named("scores", 3.5)
    3.5
    """
    if not isinstance(array, Traced):
        return array
    if array.name is not None:
        array = record("copy", array)
    array.name = " / ".join((*_scope.get(), name))
    if (seen := _watch.get()) is not None:
        seen.append(array)
    return array


def constant(name, array, beside, rows=None, cols=None):
    """Let a plain array join the record of the traced array `beside`, under a name.

    Positions are such numbers: given, never learned. With an ordinary array `beside` there
    is no record, and `array` comes back untouched.
    """
    if not isinstance(beside, Traced):
        return array
    labels = (None,) * (array.ndim - 2) + (rows, cols)
    return named(
        name, Traced(array, "constant", labels=labels[-array.ndim :], varies=False)
    )


def labelled(array, axis, words):
    """Give one axis of a step its words, unless it has some; a plain array stays as it is.

    Examples
    --------
    >>> labelled(3.5, -1, ["head 1"])
    3.5
    """
    if isinstance(array, Traced) and array.labels[axis] is None:
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
