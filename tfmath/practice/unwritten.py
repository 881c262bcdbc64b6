"""Whether anything is written in a function yet."""

import dis
import functools
import inspect

EMPTY = {
    "RESUME",
    "NOP",
    "LOAD_CONST",
    "RETURN_VALUE",
    "RETURN_CONST",
    "POP_TOP",
    "COPY_FREE_VARS",
    "MAKE_CELL",
}
"""What Python makes of a body of ``...``, ``pass``, a docstring, or ``return None``."""


def is_unwritten(function):
    """Whether a function's own code computes nothing and gives nothing back.

    Told from what Python made of its source, so that work whose result is not handed over
    is not mistaken for no work.

    Examples
    --------
    >>> def empty(weights):
    ...     "To be written."
    ...     ...
    >>> is_unwritten(empty)
    True
    >>> def forgotten(weights):
    ...     weights.sum()
    >>> is_unwritten(forgotten)
    False
    """
    while isinstance(function, functools.partial):
        function = function.func
    code = getattr(
        inspect.unwrap(function) if callable(function) else None, "__code__", None
    )
    if code is None or any(step.opname not in EMPTY for step in dis.get_instructions(code)):
        return False
    constants = [s.argval for s in dis.get_instructions(code) if "CONST" in s.opname]
    return all(value is None or value is ... for value in constants)
