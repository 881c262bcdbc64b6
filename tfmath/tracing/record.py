"""Walking the record of a traced array."""

from tfmath.errors import TraceError
from tfmath.tracing.array import Traced


def ancestors(*arrays):
    """All traced arrays that `arrays` came from, themselves included, oldest first.

    Parameters
    ----------
    *arrays : Traced

    Returns
    -------
    list of Traced

    Examples
    --------
    >>> from tfmath.tracing import trace
    >>> [node.op for node in ancestors(-trace([1.0], "x"))]
    ['input', 'negative']
    """
    seen, waiting = {}, list(arrays)
    while waiting:
        array = waiting.pop()
        if not isinstance(array, Traced):
            raise TraceError(
                f"expected a traced array, got {type(array).__name__}; see trace()."
            )
        if id(array) not in seen:
            seen[id(array)] = array
            waiting.extend(array.inputs)
    return sorted(seen.values(), key=lambda array: array.order)


def steps(*arrays):
    """The named steps behind `arrays`, by name, oldest first.

    A name that occurs twice gets a number: ``"scores"``, ``"scores (2)"``.

    Parameters
    ----------
    *arrays : Traced

    Returns
    -------
    dict of str to Traced

    Examples
    --------
    >>> from tfmath.tracing import named, trace
    >>> x = trace([1.0, 2.0], "x")
    >>> list(steps(named("twice", 2 * x)))
    ['x', 'twice']
    """
    found = {}
    for array in ancestors(*arrays):
        if array.name is not None:
            name, count = array.name, 1
            while name in found:
                count += 1
                name = f"{array.name} ({count})"
            found[name] = array
    return found
