"""What would leave the record, refused with a sentence that says what to write instead."""

import numpy as np

from tfmath.errors import TraceError
from tfmath.tracing.instead import METHODS
from tfmath.tracing.looks import looked


class Guarded:
    """The doors through which numbers could slip out of a traced array unseen."""

    def __array__(self, dtype=None, copy=None):
        raise TraceError(
            "NumPy was asked to copy a traced array into a plain one, which would forget "
            "where the numbers came from. Instead of np.array([x, y]) write "
            "np.stack([x, y]); instead of a[i] = x build a with np.where, np.stack or "
            "np.concatenate; instead of as_strided take sliding_window_view; for the plain "
            "numbers write x.value."
        )

    def __reduce_ex__(self, protocol):
        raise TraceError(
            "a traced array cannot be pickled or deep-copied: it would take its whole "
            "record along. Store x.value and trace it again."
        )

    def _refuse_number(self, *_):
        raise TraceError(
            "float(), int(), bool() and the functions of `math` take one number out of the "
            "record. Instead of math.exp(x) write np.exp(x); to look at the number write "
            "x.value; to branch write np.where(condition, a, b)."
        )

    def __bool__(self):
        # One answer of a comparison may be branched on; so may Python's max and sorted.
        looked("bool()")
        return bool(self.value) if self.dtype == bool else self._refuse_number()

    def __index__(self):
        # A place, such as the first of np.argsort, may pick a word from a list.
        looked("a place")
        return self.value.__index__() if self.dtype.kind == "i" else self._refuse_number()

    def __int__(self):
        looked("int()")
        return int(self.value) if self.dtype.kind in "bi" else self._refuse_number()

    def tolist(self):
        looked("tolist()")
        return self.value.tolist() if self.dtype.kind in "bi" else self._refuse_number()

    __float__ = __complex__ = item = _refuse_number
    __round__ = __trunc__ = __floor__ = __ceil__ = _refuse_number

    def __format__(self, how):
        return self._refuse_number() if how else repr(self)

    def __setitem__(self, index, new):
        raise TraceError(
            "item assignment on a traced array would change numbers that the record "
            "already holds. Instead of scores[mask] = -np.inf write "
            "scores = np.where(mask, -np.inf, scores)."
        )

    def _refuse_in_place(self, other):
        if self.ndim == 0:
            return NotImplemented  # one number cannot change: Python then says x = x + y
        raise TraceError(
            "+=, -=, *=, /= change numbers that the record already holds. "
            "Instead of x += y write x = x + y."
        )

    __iadd__ = __isub__ = __imul__ = __itruediv__ = __ipow__ = __imatmul__ = (
        _refuse_in_place
    )
    __ifloordiv__ = __imod__ = __iand__ = __ior__ = __ixor__ = _refuse_in_place

    def __getattr__(self, attribute):
        # NumPy and pickle look for dunder attributes; those must simply be absent.
        if not attribute.startswith("__") and hasattr(np.ndarray, attribute):
            raise AttributeError(
                f"a traced array has no .{attribute}: it is not traced. Write "
                f"{METHODS.get(attribute, 'a NumPy function that is')}, or "
                f"x.value.{attribute} for the plain numbers."
            )
        raise AttributeError(attribute)
