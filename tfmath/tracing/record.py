"""Walking the record of a traced array."""

from collections import Counter

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


def used_again(nodes):
    """The unnamed steps that others use more than once, and that are more than a slice."""
    uses = Counter(id(i) for node in nodes for i in node.inputs)
    unnamed = [n for n in nodes if n.inputs and n.name is None]
    return [n for n in unnamed if uses[id(n)] > 1 and not is_cheap(n)]


def is_cheap(node):
    """Reading the same slice or transpose twice is easier than following one more name."""
    while node.op in ("getitem", "transpose"):
        node = node.inputs[0]
        if node.name is not None:
            return True
    return False
