"""One program for sentences of every length, found by comparing records of a few lengths.

What differs from record to record must differ as the lengths do: a size that grows with the
words read is written "S", one that grows with the words written "T". Nothing is known here
of names or shapes.
"""

import numpy as np

from tfmath.errors import TraceError

LENGTHS = ((5, 3), (7, 12), (9, 4))
"""Words read and written in the records that are compared; one of the most words joins."""


def merged(records, words, lengths):
    """Several records of one model as one program.

    Parameters
    ----------
    records : list of list of Traced
        What `ancestors` gives, for each pair of lengths; the longest last.
    words : list of dict of str to list of str
        For each record the words behind ``"S"``, ``"T"`` and ``"F"``, and ``"vocabulary"``.
    lengths : list of (int, int)

    Returns
    -------
    nodes : list of dict
        As `program` describes them.

    Raises
    ------
    TraceError
        If the records are not one program.

    Examples
    --------
    >>> from tfmath.tracing import ancestors, trace
    >>> said = {"S": [], "T": [], "F": [], "vocabulary": []}
    >>> x = trace([[1.0, 2.0]], "x")
    >>> lengths = [(5, 3), (7, 12), (9, 4), (8, 8)]
    >>> records = [ancestors(np.broadcast_to(x, (2 * s, 2))) for s, _ in lengths]
    >>> merged(records, [said] * 4, lengths)[-1]["shape"]
    [{'plus': 0, 'S': 2, 'T': 0}, 2]
    """
    if len({len(record) for record in records}) > 1:
        counts = ", ".join(str(len(record)) for record in records)
        raise TraceError(
            f"explorer: records of other lengths have other steps ({counts} of them); the "
            "page shows a model whose steps are the same for every sentence."
        )
    places = [{id(n): i for i, n in enumerate(record)} for record in records]
    return [_node(nodes, places, words, lengths) for nodes in zip(*records, strict=True)]


def _node(nodes, places, words, lengths):
    one, where = nodes[-1], _where(nodes[-1])
    inputs = [
        tuple(at[id(i)] for i in n.inputs) for n, at in zip(nodes, places, strict=True)
    ]
    _alike(where, "operation", [n.op for n in nodes])
    _alike(where, "name", [n.name for n in nodes])
    _alike(where, "inputs", inputs)
    found = {"op": str(one.op), "in": list(inputs[-1])}
    found["opt"] = {
        key: _fitted(where, [n.options[key] for n in nodes], lengths) for key in one.options
    }
    found["name"] = one.name
    found["shape"] = [_fitted(where, sizes, lengths) for sizes in _shapes(where, nodes)]
    labels = zip(*(n.labels for n in nodes), strict=True)
    found["labels"] = [_labels(where, several, words) for several in labels]
    found["kind"] = {"u": "i"}.get(one.dtype.kind, one.dtype.kind)
    return found if one.inputs else found | _given(where, nodes, words)


def _where(node):
    return f"explorer: {node.name or 'a step without a name'} ({node.op})"


def _alike(where, what, several):
    if any(one != several[0] for one in several):
        raise TraceError(
            f"{where} has another {what} where the sentences are longer; the page shows a "
            "model whose steps are the same for every sentence."
        )


def _shapes(where, nodes):
    _alike(where, "number of axes", [n.ndim for n in nodes])
    return list(zip(*(n.shape for n in nodes), strict=True))


# Sizes and options ------------------------------------------------------------------------


def _fitted(where, several, lengths):
    """One option or size for all lengths, in what JSON knows."""
    one = several[-1]
    if isinstance(one, bool | str | type(None)) or one is Ellipsis:
        _alike(where, "option", several)
        return "..." if one is Ellipsis else one
    if isinstance(one, slice):
        ends = [(s.start, s.stop, s.step) for s in several]
        return {"slice": [_fitted(where, end, lengths) for end in zip(*ends, strict=True)]}
    if isinstance(one, tuple | list):
        _alike(where, "number of options", [len(part) for part in several])
        return [_fitted(where, part, lengths) for part in zip(*several, strict=True)]
    if isinstance(one, np.dtype):
        return one.name
    if isinstance(one, float):
        _alike(where, "option", several)
        return one
    return _size(where, several, lengths)


def _size(where, several, lengths):
    """A whole number as a + b S + c T: an int, "S", "T", or a dict of what is not 0."""
    table = np.array([(1, *pair) for pair in lengths], dtype=np.float64)
    solved = np.linalg.lstsq(table, np.array(several, np.float64), rcond=None)[0]
    plus, with_s, with_t = (round(x) for x in solved.tolist())
    if [plus + with_s * s + with_t * t for s, t in lengths] != list(several):
        raise TraceError(
            f"{where} has the sizes {list(several)} for sentences of {list(lengths)} "
            "words; the page knows sizes that grow evenly with the words."
        )
    if not (with_s or with_t):
        return plus
    simple = {(0, 1, 0): "S", (0, 0, 1): "T"}
    return simple.get((plus, with_s, with_t), {"plus": plus, "S": with_s, "T": with_t})


# Words and numbers ------------------------------------------------------------------------


def _labels(where, several, words):
    """Words that are the sentence's, words that are always the same, or none."""
    for side in ("S", "T"):
        if all(w == tuple(said[side]) for w, said in zip(several, words, strict=True)):
            return side
    _alike(where, "words", several)
    return None if several[-1] is None else list(several[-1])


def _given(where, nodes, words):
    """The numbers that a node was given, or of which sentence its ids are."""
    one = nodes[-1]
    if one.op == "constant" and one.dtype.kind in "iu":
        for side in ("S", "T", "F"):
            if all(_is_ids(n, said, side) for n, said in zip(nodes, words, strict=True)):
                return {"from": side}
    for node in nodes:
        leading = one.value[tuple(map(slice, node.shape))]
        if not np.array_equal(node.value, leading, equal_nan=node.dtype.kind == "f"):
            raise TraceError(
                f"{where} is given other numbers where the sentence is another; the page "
                "keeps numbers that begin alike whatever the sentence."
            )
    found = {"given": _flat(one.value)}
    if isinstance(one.origin, int | float):
        found["typed"] = type(one.origin).__name__
    return found


def _is_ids(node, said, side):
    ids = [said["vocabulary"].index(word) for word in said[side]]
    return node.value.tolist() == ids


def _flat(value):
    numbers = value.ravel().tolist()
    if value.dtype.kind != "f":
        return [int(number) for number in numbers]
    return [int(x) if x == int(x) and str(x) != "-0.0" else x for x in numbers]
