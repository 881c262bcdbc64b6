"""Looks: numbers that left a record as plain Python, so that what follows is this run's.

A record is a program of what it was given, unless somebody looked: ``if x.max() > 3`` or
``x.value`` let later steps depend on numbers in a way that no step tells.
"""

import sys
from contextlib import contextmanager
from contextvars import ContextVar

_looks: ContextVar[list | None] = ContextVar("looks", default=None)


@contextmanager
def looking():
    """Collect what leaves the records that are made inside, and by which door.

    Yields
    ------
    list of str

    Examples
    --------
    >>> from tfmath.tracing import trace
    >>> x = trace([1.0, 2.0], "x")
    >>> with looking() as looks:
    ...     y = x * 2 if x[0] < 3 else x
    >>> looks
    ['bool()']
    """
    token = _looks.set([])
    try:
        yield _looks.get()
    finally:
        _looks.reset(token)


def looked(door):
    """Say that a number leaves, or that chance enters."""
    if (looks := _looks.get()) is not None:
        looks.append(door)


def looked_from_outside(door):
    """The same, unless this package itself reads what it computes with."""
    if (looks := _looks.get()) is not None:
        reader = sys._getframe(2).f_globals.get("__name__", "")
        if not reader.startswith("tfmath."):
            looks.append(door)
