"""Plain NumPy, traced: every number remembers where it came from."""

from tfmath.trace.array import Traced, operation, trace
from tfmath.trace.gradient import backward, gradients
from tfmath.trace.names import constant, named, scope, watched
from tfmath.trace.record import ancestors, steps

__all__ = [
    "Traced",
    "ancestors",
    "backward",
    "constant",
    "gradients",
    "named",
    "operation",
    "scope",
    "steps",
    "trace",
    "watched",
]
