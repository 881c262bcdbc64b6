"""Running a record again, in another arithmetic."""

from tfmath.errors import TraceError
from tfmath.tracing.record import ancestors
from tfmath.tracing.rules import RULES


def replay(arrays, load, call):
    """Compute again everything that `arrays` came from.

    Parameters
    ----------
    arrays : list of Traced
    load : function
        ``load(node) -> value`` of an input or a constant.
    call : function
        ``call(node, *values) -> value`` of an operation, from its inputs' values.

    Returns
    -------
    dict
        From ``id(node)`` to the value, for each of `arrays`. The others are forgotten as
        soon as no operation needs them.

    Examples
    --------
    The same record, each number doubled at the door: (2·3) · (2·3) = 36.

    >>> from tfmath.tracing import trace
    >>> x = trace([3.0], "x")
    >>> square = x * x
    >>> done = replay([square], lambda n: 2 * n.value, lambda n, a, b: a * b)
    >>> done[id(square)].tolist()
    [36.0]
    """
    done, wanted, over = {}, {id(array) for array in arrays}, last_uses(arrays)
    for node in ancestors(*arrays):
        values = [done[id(source)] for source in node.inputs]
        done[id(node)] = call(node, *values) if node.inputs else load(node)
        for source in over[id(node)]:
            if source not in wanted:
                del done[source]
    return done


def last_uses(arrays):
    """For each node of a record the ids of those that no later node needs."""
    nodes = ancestors(*arrays)
    last = {id(source): id(node) for node in nodes for source in node.inputs}
    over = {id(node): [] for node in nodes}
    for source, node in last.items():
        over[node].append(source)
    return over


def column(node, name):
    """What the table of rules says in one column of a node's operation."""
    try:
        return getattr(RULES[node.op], name)
    except KeyError:
        raise TraceError(
            f"no row in tfmath.tracing.rules.RULES is called {node.op!r}."
        ) from None
