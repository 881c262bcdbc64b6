"""A NumPy function of one's own as one step of a record, with its own row of the table."""

import inspect

from tfmath.errors import TraceError
from tfmath.tracing.array import Traced, record
from tfmath.tracing.rules import RULES, Rule


def operation(derivative, formula=None, labels=None, **columns):
    """Decorate a NumPy function so that it is one step of a record, with its own row.

    Parameters
    ----------
    derivative : tuple of functions or None
        For each array argument ``(grad, output, *arguments, **options) -> gradient``, or
        None for an array without a slope, such as a mask or targets. Where a call leaves
        out the last arrays, or gives None, they are no inputs.
    formula : function, optional
        ``(at, node, index) -> Formula`` of one number.
    labels : function, optional
        Which words the result carries; by default those of the first argument.
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
        If the table has a row of that name from elsewhere: that function would be replaced
        in every record.

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

    def decorate(function):
        name, signature = function.__name__, inspect.signature(function)
        names = tuple(signature.parameters)[: len(derivative)]
        _only_once(name, function)

        def traceable(*arguments, **options):
            if Traced not in map(type, arguments) and (
                not options or Traced not in map(type, options.values())
            ):
                return function(*arguments, **options)  # the plain road, taken most
            given = signature.bind(*arguments, **options).arguments
            arrays = [given.pop(array, None) for array in names]
            return record(name, *_present(name, names, arrays), **given)

        RULES[name] = Rule(
            function,
            derivative,
            formula,
            labels or _labels_of_first,
            names=names,
            uses=(traceable,),
            **{"source": name} | columns,
        )
        traceable.__name__ = name
        traceable.__qualname__ = name
        traceable.__doc__ = function.__doc__
        traceable.__module__ = function.__module__
        traceable.__wrapped__ = function
        return traceable

    return decorate


def _only_once(name, function):
    there = RULES[name].call if name in RULES else None
    again = getattr(there, "__module__", "") == function.__module__
    if name in ("input", "constant") or there is not None and not again:
        raise TraceError(
            f"@operation: a record knows another operation {name!r} already, and this "
            "function would take its place in every record. Give it another name."
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
