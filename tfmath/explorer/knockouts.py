"""The parts that can be taken out of a model, found in its record by what operations do.

A knock-out replaces steps of the record: by one that was there before, by the same without
one of its inputs, or by itself with a slice of zeros. Nothing is known of names.
"""

from tfmath.tracing import ancestors


def knockouts(nodes, stations):
    """Every knock-out of a record but those of the words that are read.

    Parameters
    ----------
    nodes : list of Traced
    stations : list of Station

    Returns
    -------
    list of dict
        ``"key"``, ``"kind"``, ``"where"``, and ``"replace"``: from the number of a step to
        ``["copy", number]``, ``["without", input]`` or ``["zero", axis, place]``.

    Examples
    --------
    >>> from tfmath import named, trace
    >>> from tfmath.show.machine_record import stations
    >>> x = named("doubled", 2 * trace([[1.0, 2.0]], "x"))
    >>> y = named("total", x + named("tripled", 3 * x))
    >>> [part["key"] for part in knockouts(ancestors(y), stations(y))]
    ['residual: total', 'sublayer: total']
    """
    at = {id(node): i for i, node in enumerate(nodes)}
    sums = [s.steps[-1] for s in stations if s.is_sum]
    found = [part for node in sums for part in _of_sum(node, at)]
    for node in nodes:
        found += _of_norm(node, nodes, at) + _of_weights(node, nodes, at)
    return found


def _part(kind, where, replace, **more):
    title = " / ".join([where, *map(str, more.values())])
    return (
        {"key": f"{kind}: {title}", "kind": kind, "where": where}
        | more
        | {"replace": replace}
    )


def _of_sum(node, at):
    """A sum of what was there and what a part says of it; or of words and places."""
    first, second = node.inputs
    place, name = at[id(node)], node.name or f"step {at[id(node)]}"
    if _behind(first, second):
        first, second = second, first
    if _behind(second, first):
        return [
            _part("residual", name, {place: ["copy", at[id(second)]]}),
            _part("sublayer", _scope(second, name), {place: ["copy", at[id(first)]]}),
        ]
    for places, rows in ((first, second), (second, first)):
        if not _reads(places) and _reads(rows):
            return [_part("positions", name, {place: ["copy", at[id(rows)]]})]
    return []


def _behind(later, earlier):
    return any(node is earlier for node in ancestors(later))


def _reads(node):
    """Whether words, or numbers that were computed from them, are behind a step."""
    return any(n.op == "getitem" and n.name is None for n in ancestors(node))


def _scope(node, otherwise):
    return (node.name or otherwise).rpartition(" / ")[0] or otherwise


def _of_norm(node, nodes, at):
    """A row brought to one size, and what gain and bias make of it: the row itself."""
    if node.op != "standardized":
        return []
    last = node
    for op in ("multiply", "add"):
        users = [n for n in nodes if any(i is last for i in n.inputs)]
        scaled = [n for n in users if n.op == op and any(i.op == "input" for i in n.inputs)]
        last = scaled[0] if len(scaled) == 1 else last
    where = _scope(last, f"step {at[id(last)]}")
    return [_part("norm", where, {at[id(last)]: ["copy", at[id(node.inputs[0])]]})]


def _of_weights(node, nodes, at):
    """Of an attention its mask, the division by the root, and its heads."""
    if node.op != "softmax":
        return []
    where = _scope(node, f"step {at[id(node)]}").removesuffix(" / heads")
    found = []
    if len(node.inputs) > 1:
        found.append(_part("mask", where, {at[id(node)]: ["without", 1]}))
    scores = _divided(node.inputs[0])
    if scores is not None:
        copied = {at[id(scores)]: ["copy", at[id(scores.inputs[0])]]}
        found.append(_part("root", where, copied))
    for mixed in (n for n in nodes if n.op == "matmul" and n.inputs[0] is node):
        found += _of_heads(mixed, where, at[id(mixed)])
    return found


def _divided(scores):
    """The division by a number on the way back from the weights, past what is added."""
    while scores.op in ("add", "where"):
        scores = next((i for i in scores.inputs if i.varies and i.inputs), scores.inputs[0])
    if scores.op == "divide" and scores.inputs[1].op == "constant":
        return scores if scores.inputs[1].ndim == 0 else None
    return None


def _of_heads(mixed, where, place):
    """One knock-out a head: its rows of what was found are zeros."""
    axes = [a for a in range(mixed.ndim - 2) if mixed.labels[a]]
    return [
        _part("head", where, {place: ["zero", axis, i]}, head=word)
        for axis in axes
        for i, word in enumerate(mixed.labels[axis])
    ]
