"""A NumPy function of one's own as one step of a record, with its own row of the table."""

import inspect
from collections import Counter
from functools import wraps

from tfmath.arguments import said
from tfmath.errors import TraceError
from tfmath.tracing.array import Traced, record
from tfmath.tracing.rules import RULES, Rule
from tfmath.tracing.rules.row import Own

_times: Counter[str] = Counter()


def operation(derivative, formula=None, labels=None, **columns):
    """Decorate a NumPy function so that it is one step of a record, with its own row.

    Parameters
    ----------
    derivative : tuple of functions or None
        For each array argument ``(grad, output, *arguments, **options) -> gradient`` of
        that argument's shape, or None for an array without a slope, such as a mask or
        targets. Where a call leaves out the last arrays, or gives None, they are no inputs.
    formula : function, optional
        ``(at, node, index) -> Formula`` of the number at `index` of the result `node`:
        ``at(n, place)`` stands for the number at `place` of the n-th array argument, and
        `tfmath.tracing.formula` has `literal`, `function` and `total` to go with it.
    labels : function, optional
        Which words the result carries, asked where an argument carries some; by default
        those of the first argument.
    **columns
        Others of the table of rules: source, torch, exact, error.

    Returns
    -------
    decorate : function
        From a function to one of the same arguments. Without a traced array among them it
        is the function itself that runs.

    Raises
    ------
    TraceError
        If `derivative` is no tuple of functions or None, `formula` or `labels` no function,
        a column not one of the table; if the package has an operation of that name; and,
        once called, if the function gives several arrays.

    Notes
    -----
    Each decorated function has its own row, and a record keeps the rows it was made with.
    A name that is used again is counted in the record, ``"stretched (2)"``, so that the two
    can be told apart.

    Examples
    --------
    >>> import numpy as np
    >>> from tfmath.tracing import gradients, trace
    >>> @operation(derivative=(lambda grad, output, x, factor: grad * factor,))
    ... def stretched(x, factor):
    ...     return x * factor
    >>> x = trace([1.0, 2.0], "x")
    >>> gradients(stretched(x, factor=3.0).sum(), of=x)
    array([3., 3.])
    """
    derivative = _one_each(derivative)
    for name, column in (("formula", formula), ("labels", labels)):
        if column is not None and not callable(column):
            raise TraceError(
                f"@operation: {name} is {said(column)}; it must be a function."
            )
    if unknown := sorted(set(columns) - {"source", "torch", "exact", "error", "work"}):
        raise TraceError(
            f"@operation: the table of rules has no column {unknown[0]!r} to be given; "
            "there are source, torch, exact, error and work."
        )

    def decorate(function):
        name, signature = function.__name__, inspect.signature(function)
        names = _arrays_of(name, signature, derivative)
        _is_free(name, function)

        def traceable(*arguments, **options):
            if Traced not in map(type, arguments) and (
                not options or Traced not in map(type, options.values())
            ):
                return function(*arguments, **options)  # the plain road, taken most
            given = signature.bind(*arguments, **options).arguments
            arrays = [given.pop(array, None) for array in names]
            return record(op, *_present(name, names, arrays), **given)

        row = Rule(
            function if _is_ours(function) else _one_array(function),
            derivative,
            formula,
            labels or _labels_of_first,
            names=names,
            uses=(traceable,),
            **{"source": name} | columns,
        )
        op = _kept(name, row, function)
        traceable.__name__ = name
        traceable.__qualname__ = name
        traceable.__doc__ = function.__doc__
        traceable.__module__ = function.__module__
        traceable.__wrapped__ = function
        return traceable

    return decorate


def _one_each(derivative):
    """The derivatives as a tuple; anything else would fail only when a slope is asked."""
    parts = derivative if isinstance(derivative, tuple | list) else ()
    if parts and all(part is None or callable(part) for part in parts):
        return tuple(parts)
    raise TraceError(
        f"@operation: derivative is {said(derivative)}; it must be a tuple with a function "
        "or None for each array argument, such as derivative=(slope,) or (None,)."
    )


def _arrays_of(name, signature, derivative):
    names = tuple(signature.parameters)
    if len(derivative) > len(names):
        raise TraceError(
            f"@operation: {name} takes {len(names)} arguments, and derivative has "
            f"{len(derivative)} parts; it must have one for each array argument."
        )
    return names[: len(derivative)]


def _kept(name, row, function):
    """Put a row where records find it: the package's in the table, others in their name."""
    if _is_ours(function):
        RULES[name] = row
        return name
    _times[name] += 1
    op = Own(name if _times[name] == 1 else f"{name} ({_times[name]})")
    op.row = row
    return op


def _one_array(function):
    """The function, of which a tuple of arrays would be taken for one array."""

    @wraps(function)
    def call(*arguments, **options):
        value = function(*arguments, **options)
        if isinstance(value, tuple | list):
            raise TraceError(
                f"{function.__name__} gave a {type(value).__name__} of {len(value)}; a "
                "step is one array. Give np.stack(...) of them, or make two operations."
            )
        return value

    return call


def _is_ours(function):
    return _module(function).partition(".")[0] == "tfmath"


def _module(function):
    return getattr(function, "__module__", None) or ""


def _is_free(name, function):
    again = name in RULES and _module(RULES[name].call) == _module(function)
    if (
        name in ("input", "constant")
        or name in RULES
        and not (again and _is_ours(function))
    ):
        raise TraceError(
            f"@operation: a record knows another operation {name!r} already, and a printed "
            "line could mean either. Give this function another name."
        )


def _present(name, names, arrays):
    """The arrays that a call gave; only the last ones may be left out."""
    while arrays and arrays[-1] is None:
        arrays.pop()
    if any(array is None for array in arrays):
        missing = names[next(i for i, array in enumerate(arrays) if array is None)]
        raise TraceError(
            f"{name}: {missing} is None, but an array after it is not; a record keeps "
            f"arrays in order. Give {missing} too."
        )
    return arrays


def _labels_of_first(nodes, options, shape):
    return nodes[0].labels if nodes[0].shape == shape else None
