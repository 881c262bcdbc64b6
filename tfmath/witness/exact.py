"""The exact witness: a record replayed with fifty digits."""

import numpy as np

from tfmath.tracing.rules import RULES
from tfmath.tracing.rules.row import slope
from tfmath.witness.replay import column, replay

DIGITS = 50


def available():
    """Whether mpmath is there."""
    try:
        import mpmath  # noqa: F401
    except ImportError:
        return False
    return True


class Exact:
    """mpmath's functions for arrays, one number at a time."""

    def __init__(self, digits=DIGITS):
        import mpmath

        self.context = mpmath.MPContext()
        self.context.dps = digits
        self.number = np.frompyfunc(self.context.mpf, 1, 1)

    def __getattr__(self, name):
        return np.frompyfunc(getattr(self.context, name), 1, 1)

    def load(self, array):
        """The numbers of a float array, exactly; whole numbers and bools stay."""
        return self.number(array) if np.asarray(array).dtype.kind == "f" else array

    def call(self, node, *values):
        """One operation of a record, on arrays of exact numbers."""
        exact, op = column(node, "exact"), RULES[node.op].call
        values = self._as_numbers(node, [np.asarray(value) for value in values])
        if exact is not None:
            found = exact(self, *values, **node.options)
        else:
            found = op(*values, **node.options)
        return np.asarray(found, object if node.dtype.kind == "f" else node.dtype)

    def _as_numbers(self, node, values):
        """Whole numbers and bools as exact numbers, where floats are made of them alone."""
        if node.dtype.kind != "f" or any(value.dtype == object for value in values):
            return values
        return [
            self.number(value.astype(object)) if slope(RULES[node.op], i) else value
            for i, value in enumerate(values)
        ]


def replay_exact(arrays, mp=None, load=None):
    """Replay a record with fifty digits: ``id(node)`` to an array of mpmath numbers.

    Parameters
    ----------
    arrays : list of Traced
    mp : Exact, optional
    load : function, optional
        ``load(node)`` of an input or a constant; by default its float numbers, exactly.

    Examples
    --------
    Three tenths, as float64 adds them up, are not 0.3:

    >>> from tfmath.tracing import trace
    >>> x = trace([0.1, 0.2], "x")
    >>> total = x.sum()
    >>> print(replay_exact([total])[id(total)].item())
    0.3000000000000000166533453693773481063544750213623
    """
    mp = mp or Exact()
    return replay(arrays, load or (lambda node: mp.load(node.value)), mp.call)


def split(numbers):
    """Exact numbers as the sum of two float64 arrays, good to about 32 digits."""
    high = np.asarray(numbers, object).astype(np.float64)
    return high, np.asarray(numbers - high, object).astype(np.float64)
