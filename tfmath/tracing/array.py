"""The traced array: NumPy numbers that remember the operation they came from."""

import inspect
import itertools

import numpy as np

from tfmath.errors import DtypeError, ShapeError, TraceError
from tfmath.tracing.composites import COMPOSITES, LOOKS
from tfmath.tracing.rules import RULES, Rule

_order = itertools.count()


class Traced(np.lib.mixins.NDArrayOperatorsMixin):
    """An array that also knows its operation, its inputs, its name and its labels.

    Made by `trace`, never by hand. It follows NumPy's protocols, so plain NumPy code
    computes with it unchanged; every result is a new `Traced` array.

    Attributes
    ----------
    value : numpy.ndarray
        The numbers.
    op : str
        The operation that made them: a row of `rules.RULES`, ``"input"`` or
        ``"constant"``.
    inputs : tuple of Traced
        What the operation was given.
    options : dict
        What else it was given: axes, indices, masks.
    name : str or None
        The full name of a named step, such as ``"encoder / head 1 / scores"``.
    labels : tuple
        For each axis the words along it, or None.
    varies : bool
        False for constants and what is computed from constants alone.
    """

    def __init__(
        self, value, op, inputs=(), options=None, name=None, labels=None, varies=None
    ):
        self.value = np.asarray(value).view()
        self.value.flags.writeable = False  # what the record holds stays as it was
        self.op = op
        self.inputs = inputs
        self.options = options or {}
        self.name = name
        self.labels = labels or (None,) * self.value.ndim
        self.varies = any(i.varies for i in inputs) if varies is None else varies
        self.order = next(_order)

    # What NumPy asks of an array ---------------------------------------------------

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        given = [key for key, option in options.items() if option is not None]
        if given and (method == "__call__" or "out" in given):
            raise TraceError(
                f"np.{ufunc.__name__}: {', '.join(given)}= would change numbers behind the "
                "record's back. Write x = x + y for x += y and for out=, np.where for "
                "where=, x.astype(...) for dtype=."
            )
        if method == "reduce" and ufunc.__name__ in ("add", "maximum", "minimum"):
            name = {"add": "sum", "maximum": "max", "minimum": "min"}[ufunc.__name__]
            options.setdefault("axis", 0)
            return _call(name, inputs, options)
        if method != "__call__":
            raise TraceError(f"np.{ufunc.__name__}.{method} is not traced; {_HOW_TO_ADD}")
        return _call(ufunc.__name__, inputs, {})

    def __array_function__(self, function, types, args, kwargs):
        return _call(function.__name__, args, kwargs, module=function.__module__)

    def __array__(self, dtype=None, copy=None):
        raise TraceError(
            "NumPy was asked to copy a traced array into a plain one, which would forget "
            "where the numbers came from. Instead of np.array([x, y]) write "
            "np.stack([x, y]); instead of a[i] = x build a with np.where, np.stack or "
            "np.concatenate; for the plain numbers write x.value."
        )

    def __reduce_ex__(self, protocol):
        raise TraceError(
            "a traced array cannot be pickled or deep-copied: it would take its whole "
            "record along. Store x.value and trace it again."
        )

    # What would leave the record -----------------------------------------------------

    def _refuse_number(self, *_):
        raise TraceError(
            "float(), int(), bool() and the functions of `math` take one number out of the "
            "record. Instead of math.exp(x) write np.exp(x); to look at the number write "
            "x.value; to branch write np.where(condition, a, b)."
        )

    __float__ = __int__ = __index__ = __bool__ = __complex__ = _refuse_number
    __round__ = __trunc__ = __floor__ = __ceil__ = item = tolist = _refuse_number

    def __format__(self, how):
        return self._refuse_number() if how else repr(self)

    def __setitem__(self, index, new):
        raise TraceError(
            "item assignment on a traced array would change numbers that the record "
            "already holds. Instead of scores[mask] = -np.inf write "
            "scores = np.where(mask, -np.inf, scores)."
        )

    def _refuse_in_place(self, other):
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
                f"a traced array has no .{attribute}: it is not traced. Use a NumPy "
                f"function that is, or x.value.{attribute} for the plain numbers."
            )
        raise AttributeError(attribute)

    # What an array can do ------------------------------------------------------------

    shape = property(lambda self: self.value.shape)
    ndim = property(lambda self: self.value.ndim)
    size = property(lambda self: self.value.size)
    dtype = property(lambda self: self.value.dtype)
    T = property(lambda self: np.transpose(self))
    mT = property(lambda self: np.swapaxes(self, -1, -2))

    def __len__(self):
        if not self.ndim:
            raise TraceError("a single traced number has no length; its number is x.value.")
        return len(self.value)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __getitem__(self, index):
        return record("getitem", self, index=_plain_index(index))

    def sum(self, axis=None, keepdims=False):
        return np.sum(self, axis=axis, keepdims=keepdims)

    def mean(self, axis=None, keepdims=False):
        return np.mean(self, axis=axis, keepdims=keepdims)

    def max(self, axis=None, keepdims=False):
        return np.max(self, axis=axis, keepdims=keepdims)

    def min(self, axis=None, keepdims=False):
        return np.min(self, axis=axis, keepdims=keepdims)

    def var(self, axis=None, ddof=0, keepdims=False):
        return np.var(self, axis=axis, ddof=ddof, keepdims=keepdims)

    def std(self, axis=None, ddof=0, keepdims=False):
        return np.std(self, axis=axis, ddof=ddof, keepdims=keepdims)

    def argmax(self, axis=None):
        return self.value.argmax(axis=axis)

    def dot(self, other):
        return np.dot(self, other)

    def copy(self):
        return record("copy", self)

    def reshape(self, *shape):
        return np.reshape(self, shape[0] if isinstance(shape[0], tuple | list) else shape)

    def ravel(self):
        return np.reshape(self, (-1,))

    flatten = ravel

    def squeeze(self, axis=None):
        return np.squeeze(self, axis=axis)

    def swapaxes(self, axis1, axis2):
        return np.swapaxes(self, axis1, axis2)

    def transpose(self, *axes):
        axes = axes[0] if axes and isinstance(axes[0], tuple | list) else axes
        return np.transpose(self, axes or None)

    def astype(self, dtype, copy=True):
        return record("astype", self, dtype=np.dtype(dtype))

    def __repr__(self):
        title = self.name or f"({self.op})"
        return f"{title} {self.shape}\n{np.array2string(self.value, precision=4)}"


def trace(array, name, rows=None, cols=None):
    """Give `array` a memory: what is computed from it knows that it came from here.

    Parameters
    ----------
    array : array of numbers
        Integers become float64; float32 and float64 stay.
    name : str
        How tables, formulas and gradients call it.
    rows, cols : sequence of str, optional
        Words for the last axis but one, and for the last axis.

    Returns
    -------
    Traced
        An array with the same numbers that follows NumPy's protocols.

    Raises
    ------
    ShapeError
        If there are not as many words as rows or columns.
    DtypeError
        For bool, float16, complex, text or objects.

    Examples
    --------
    >>> x = trace([[1.0, 2.0], [3.0, 4.0]], "x", rows=["you", "win"])
    >>> (2 * x).sum(axis=1).value
    array([ 6., 14.])
    """
    if isinstance(array, Traced):
        raise TraceError(f"trace: {name} is already traced; use named({name!r}, array).")
    array = np.array(array)
    if array.dtype.kind in "iu":
        array = array.astype(np.float64)
    if not _has_slopes(array):
        raise DtypeError(f"trace: {name} holds {array.dtype}; use float32 or float64.")
    labels = [None] * array.ndim
    for axis, words, side in ((-2, rows, "rows"), (-1, cols, "cols")):
        if words is None:
            continue
        words = tuple(str(word) for word in words)
        if array.ndim < -axis or array.shape[axis] != len(words):
            raise ShapeError(
                f"trace: {name} {array.shape} got {len(words)} words for its {side}."
            )
        labels[axis] = words
    return Traced(array, "input", name=str(name), labels=tuple(labels), varies=True)


def record(op, *inputs, **options):
    """Run the operation `op` on the inputs' numbers and remember that it was run."""
    dtype = next(i.dtype for i in inputs if isinstance(i, Traced))
    nodes = tuple(_node(i, dtype) for i in inputs)
    rule = RULES[op]
    value = rule.call(*(n.value for n in nodes), **options)
    if not _has_slopes(value):
        raise TraceError(
            f"{op} would give {np.asarray(value).dtype} numbers, and a record holds "
            "float32 or float64 only; for plain numbers use x.value."
        )
    labels = rule.labels(nodes, options, np.shape(value)) if rule.labels else None
    return Traced(value, op, nodes, options, labels=labels)


def operation(derivative, formula=None, labels=None, **columns):
    """Decorate a NumPy function so that it is one step of a record, with its own row.

    Parameters
    ----------
    derivative : tuple of functions
        For each array argument ``(grad, output, *arguments, **options) -> gradient``.
    formula : function, optional
        ``(at, node, index) -> Formula`` of one number.
    labels : function, optional
        Which words the result carries; by default those of the first argument.
    """

    def decorate(function):
        name = function.__name__
        n_arrays = len(derivative)

        names = function.__code__.co_varnames[: function.__code__.co_argcount]

        def traceable(*arguments, **options):
            if n_arrays == 1 and arguments and type(arguments[0]) is not Traced:
                return function(*arguments, **options)  # the plain road, taken most
            late = names[len(arguments) : n_arrays]
            arguments += tuple(options.pop(n) for n in late if n in options)
            arrays, rest = arguments[:n_arrays], arguments[n_arrays:]
            if not any(isinstance(a, Traced) for a in arrays):
                return function(*arguments, **options)
            options = dict(zip(names[n_arrays:], rest, strict=False)) | options
            return record(name, *arrays, **options)

        RULES[name] = Rule(
            function,
            derivative,
            formula,
            labels or _labels_of_first,
            source=name,
            **columns,
        )
        traceable.__name__ = name
        traceable.__qualname__ = name
        traceable.__doc__ = function.__doc__
        traceable.__module__ = function.__module__
        traceable.__wrapped__ = function
        return traceable

    return decorate


def _labels_of_first(nodes, options, shape):
    return nodes[0].labels if nodes[0].shape == shape else None


_HOW_TO_ADD = (
    "the table RULES in tfmath/tracing/rules/ has no row for it. Write it with traced "
    "operations, or add a row: its NumPy call, its derivative and its formula."
)


def _call(name, args, kwargs, module="numpy"):
    """Find what a NumPy function means for the record: a step, a few steps, or a look."""
    if name in LOOKS:
        return LOOKS[name](*_values(args), **_values(kwargs))
    if name in COMPOSITES:
        _accepts(name, COMPOSITES[name], args, kwargs)
        return COMPOSITES[name](*args, **kwargs)
    if name not in RULES:
        raise TraceError(f"{module}.{name} is not traced: {_HOW_TO_ADD}")
    _accepts(name, RULES[name].signature, args, kwargs)
    inputs, options = RULES[name].signature(*args, **kwargs)
    return record(name, *inputs, **options)


def _accepts(name, function, args, kwargs):
    if kwargs:  # positional arguments alone need no such care
        try:
            inspect.signature(function).bind(*args, **kwargs)
        except TypeError as error:
            raise TraceError(f"np.{name} is not traced so: {error}.") from None


def _node(array, dtype):
    if isinstance(array, Traced):
        return array
    # As in NumPy, a bare Python number takes the array's own dtype: float32 stays float32.
    weak = isinstance(array, int | float) and not isinstance(array, bool | np.generic)
    if isinstance(array, np.ndarray) and type(array) is not np.ndarray:
        raise TraceError(
            f"a {type(array).__name__} beside a traced array: write np.asarray(...) "
            "around it."
        )
    copy = np.array(np.asarray(array), dtype if weak else None)  # safe from later changes
    return Traced(copy, "constant", varies=False)


def _has_slopes(value):
    dtype = np.asarray(value).dtype
    return dtype.kind == "f" and dtype.itemsize >= 4


def _values(tree):
    if isinstance(tree, Traced):
        return tree.value
    if isinstance(tree, dict):
        return {key: _values(part) for key, part in tree.items()}
    return (
        type(tree)(_values(part) for part in tree) if type(tree) in (tuple, list) else tree
    )


def _plain_index(index):
    parts = index if isinstance(index, tuple) else (index,)
    if any(isinstance(part, Traced) for part in parts):
        raise TraceError("an index must be plain whole numbers; write x[i.value].")
    kept = tuple(np.array(p) if isinstance(p, list | np.ndarray) else p for p in parts)
    return kept if isinstance(index, tuple) else kept[0]
