"""Plain NumPy, traced: every number remembers where it came from."""

from tfmath.tracing.array import Traced, trace
from tfmath.tracing.gradient import backward, gradients
from tfmath.tracing.names import constant, labelled, named, scope, watched
from tfmath.tracing.operations import operation
from tfmath.tracing.record import ancestors, steps

__all__ = [
    "Traced",
    "ancestors",
    "backward",
    "constant",
    "gradients",
    "labelled",
    "named",
    "operation",
    "scope",
    "steps",
    "trace",
    "watched",
]
