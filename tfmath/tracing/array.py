"""The traced array: NumPy numbers that remember the operation they came from."""

import inspect
import itertools
import weakref
from functools import cache

import numpy as np

from tfmath.arguments import instance
from tfmath.errors import DtypeError, TraceError
from tfmath.tracing.composites import COMPOSITES, LOOKS, SHAPES_ONLY
from tfmath.tracing.frozen import frozen, frozen_options, split_index
from tfmath.tracing.guard import Guarded
from tfmath.tracing.instead import INSTEAD
from tfmath.tracing.labels import given_words
from tfmath.tracing.looks import looked, looked_from_outside
from tfmath.tracing.methods import ALONG_AN_AXIS, Methods
from tfmath.tracing.misfits import misfit
from tfmath.tracing.rules import RULES
from tfmath.tracing.rules.row import leads_to, slope

_order = itertools.count()


class Traced(Methods, Guarded, np.lib.mixins.NDArrayOperatorsMixin):
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
        What else it was given: axes, shapes, slices; Python values, never arrays.
    name : str or None
        The full name of a named step, such as ``"encoder / head 1 / scores"``.
    labels : tuple
        For each axis the words along it, or None.
    varies : bool
        False for constants, for what is computed from constants alone, and for yes or no:
        no slope leads there.
    origin : weakref, int, float or None
        Of a constant what it was copied from: the array itself, or the Python number.
    """

    origin = None

    def __init__(
        self, value, op, inputs=(), options=None, name=None, labels=None, varies=None
    ):
        self._value = np.asarray(value).view()
        self._value.flags.writeable = False  # what the record holds stays as it was
        self.op = op
        self.inputs = inputs
        self.options = options or {}
        self.name = name
        self.labels = labels or (None,) * self._value.ndim
        self.varies = any(i.varies for i in inputs) if varies is None else varies
        self.order = next(_order)

    # What NumPy asks of an array ---------------------------------------------------

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        given = options and [k for k, option in options.items() if option is not None]
        if given and (method == "__call__" or "out" in given):
            raise TraceError(
                f"np.{ufunc.__name__}: {', '.join(given)}= would change numbers behind the "
                "record's back. Write x = x + y for x += y and for out=, np.where for "
                "where=, x.astype(...) for dtype=."
            )
        if method == "__call__":
            return _call(ufunc.__name__, inputs, {})
        if method == "outer":
            first, second = inputs
            return ufunc(
                np.reshape(first, np.shape(first) + (1,) * np.ndim(second)), second
            )
        name = f"{ufunc.__name__}.{method}"
        name = ALONG_AN_AXIS.get(name, name)
        if name not in RULES and name not in COMPOSITES:
            raise TraceError(
                f"np.{name} is not traced: {INSTEAD.get(method, _HOW_TO_ADD)}."
            )
        return _call(name, inputs, {"axis": 0} | options)

    def __array_function__(self, function, types, args, kwargs):
        return _call(function.__name__, args, kwargs, module=function.__module__)

    # What an array can do ------------------------------------------------------------

    @property
    def value(self):
        looked_from_outside(".value")
        return self._value

    @value.setter
    def value(self, value):
        self._value = value

    shape = property(lambda self: self._value.shape)
    ndim = property(lambda self: self._value.ndim)
    size = property(lambda self: self._value.size)
    dtype = property(lambda self: self._value.dtype)

    def __len__(self):
        if not self.ndim:
            raise TraceError("a single traced number has no length; its number is x.value.")
        return len(self.value)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __getitem__(self, index):
        template, places = split_index(index)
        return record("getitem", self, *places, index=template)

    def copy(self):
        return record("copy", self)

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
        If there are not as many words as rows or columns, or rows of different lengths.
    TypeError
        If `rows` or `cols` are no row of words, such as a set, which has no order.
    DtypeError
        For bool, float16, complex, text or objects.

    Examples
    --------
    >>> x = trace([[1.0, 2.0], [3.0, 4.0]], "x", rows=["you", "win"])
    >>> (2 * x).sum(axis=1).value
    array([ 6., 14.])
    """
    instance("trace", "name", name, str, "a str, what tables and formulas call the array")
    if isinstance(array, Traced):
        raise TraceError(f"trace: {name} is already traced; use named({name!r}, array).")
    array = frozen(array, f"trace: {name}")
    if array.dtype.kind in "iu":
        array = array.astype(np.float64)
    if not _has_slopes(array):
        raise DtypeError(f"trace: {name} holds {array.dtype}; use float32 or float64.")
    labels = given_words(f"trace: {name}", array.shape, rows, cols)
    return Traced(array, "input", name=name, labels=labels, varies=True)


def record(op, *inputs, **options):
    """Run the operation `op` on the inputs' numbers and remember that it was run."""
    rule = RULES[op]
    nodes = _nodes(rule, inputs)
    options = frozen_options(op, options) if options else options
    try:
        value = rule.call(*[n._value for n in nodes], **options)
    except (ValueError, IndexError) as error:
        if rule.uses:  # a function of the package or of one's own, with its own sentences
            raise
        raise misfit(op, nodes, error) from None
    varies = any([n.varies and leads_to(rule, i) for i, n in enumerate(nodes)])
    if not _has_slopes(value) and (varies or np.asarray(value).dtype.kind not in "biu"):
        raise TraceError(
            f"{op} would give {np.asarray(value).dtype} numbers, and a record holds "
            "float32 or float64 only; for plain numbers use x.value."
        )
    worded = rule.labels and any([any(node.labels) for node in nodes])
    labels = rule.labels(nodes, options, np.shape(value)) if worded else None
    return Traced(value, op, nodes, options, labels=labels, varies=varies)


def _nodes(rule, inputs):
    """The inputs as nodes of the record; an array that is not traced becomes a constant."""
    if all([type(given) is Traced for given in inputs]):
        return inputs  # the usual case
    return tuple(
        given if isinstance(given, Traced) else _constant(rule, position, inputs)
        for position, given in enumerate(inputs)
    )


def _constant(rule, position, inputs):
    given = inputs[position]
    if isinstance(given, int | float) and not isinstance(given, bool | np.generic):
        node = Traced(np.array(given, _weak(rule, given, inputs)), "constant", varies=False)
        node.origin = given
        return node
    return given_array(given)


def given_array(array, what="an array beside a traced one"):
    """A constant that remembers which array it is a copy of."""
    node = Traced(frozen(array, what), "constant", varies=False)
    if array is None:
        raise TraceError("None beside a traced array; ask `x is None`, not `x == None`.")
    if node.dtype == object:
        raise TraceError("an array of objects beside a traced array: use float64 numbers.")
    if type(array) is np.ndarray:
        node.origin = weakref.ref(array)
    return node


def _weak(rule, number, inputs):
    """As in NumPy, a bare Python number takes the arrays' dtype: float32 stays float32."""
    with_slopes = [a for i, a in enumerate(inputs) if slope(rule, i)] or inputs
    return np.result_type(number, *(a for a in map(_strong, with_slopes) if a is not None))


def _strong(given):
    return getattr(given, "dtype", None)


_HOW_TO_ADD = (
    "the table RULES in tfmath/tracing/rules/ has no row for it. Write it with traced "
    "operations, or add a row: its NumPy call, its derivative and its formula"
)


def _call(name, args, kwargs, module="numpy"):
    """Find what a NumPy function means for the record: a step, a few steps, or a look."""
    if module != "numpy" and f"{module[6:]}.{name}" in COMPOSITES:
        name = f"{module[6:]}.{name}"
    if name in LOOKS:
        if name not in SHAPES_ONLY:
            looked(f"np.{name}")
        return LOOKS[name](*_values(args), **_values(kwargs))
    if name in COMPOSITES:
        return _accepted(name, COMPOSITES[name], args, kwargs)
    own = name in RULES and name in {f.__name__ for f in RULES[name].uses}
    if name not in RULES or own or module.endswith("scimath"):  # complex numbers
        raise TraceError(
            f"{module}.{name} is not traced: {INSTEAD.get(name, _HOW_TO_ADD)}."
        )
    inputs, options = _accepted(name, RULES[name].signature, args, kwargs)
    return record(name, *inputs, **options)


def _accepted(name, function, args, kwargs):
    """What the call comes to; one that NumPy allows and we do not says so."""
    try:
        return function(*args, **kwargs)
    except TypeError:
        if kwargs:  # positional arguments alone need no such care
            _accepts(name, function, args, kwargs)
        raise


def _accepts(name, function, args, kwargs):
    try:
        _signature(function).bind(*args, **kwargs)
    except TypeError as error:
        raise TraceError(f"np.{name} is not traced so: {error}.") from None


_signature = cache(inspect.signature)


def _has_slopes(value):
    dtype = getattr(value, "dtype", None) or np.asarray(value).dtype
    return dtype.kind == "f" and dtype.itemsize >= 4


def _values(tree):
    if isinstance(tree, Traced):
        return tree.value
    if isinstance(tree, dict):
        return {key: _values(part) for key, part in tree.items()}
    return (
        type(tree)(_values(part) for part in tree) if type(tree) in (tuple, list) else tree
    )
