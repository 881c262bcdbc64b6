"""How large, how much work: numbers counted by formula, and counted in the record."""

import math

from tfmath.arguments import instance, number, said, whole
from tfmath.errors import TraceError, float_array
from tfmath.tracing import Traced, ancestors
from tfmath.tracing.rules import RULES


def table_sizes(tables):
    """How many numbers each table holds.

    Parameters
    ----------
    tables : dict of str to array, or to shape
        Arrays from `flatten`, or shapes from `shapes`: nothing need be allocated.

    Returns
    -------
    dict of str to int

    Examples
    --------
    >>> import numpy as np
    >>> table_sizes({"W_1": (12288, 49152), "b_1": np.zeros(7)})
    {'W_1': 603979776, 'b_1': 7}
    """
    instance("table_sizes", "tables", tables, dict, "a dict of name → table, or shape")
    return {name: math.prod(_shape(name, table)) for name, table in tables.items()}


def _shape(name, table):
    if isinstance(table, tuple):
        return [whole("table_sizes", f"{name} in tables", size) for size in table]
    return float_array("table_sizes", f"{name} in tables", table).shape


def by_part(counts):
    """Add up what was counted by step or table, for each part of the model.

    Layers are added together.

    Parameters
    ----------
    counts : dict of str to number

    Returns
    -------
    dict of str to number

    Examples
    --------
    >>> by_part({"encoder / layer 1 / norm": 5, "encoder / layer 2 / norm": 5})
    {'encoder / norm': 10}
    """
    instance("by_part", "counts", counts, dict, "a dict of name → number")
    parts = {}
    for name, count in counts.items():
        instance("by_part", "a name in counts", name, str, "a str")
        number("by_part", f"{name} in counts", count)
        path = [step for step in name.split(" / ") if not step.startswith("layer ")]
        part = " / ".join(path[:2])
        parts[part] = parts.get(part, 0) + count
    return parts


# Counted in the record ------------------------------------------------------------------


def multiply_adds(*outputs):
    """Count the multiply-adds of the matrix products behind `outputs`.

    One multiply-add is one ``a · b`` and the addition that takes it into a sum. Only matrix
    products are counted; they are nearly all of the work. Softmax and norm are not.

    Parameters
    ----------
    *outputs : Traced

    Returns
    -------
    dict of str to int
        For each named step, oldest first, the products that lead to it from the named steps
        before.

    Examples
    --------
    >>> import numpy as np
    >>> from tfmath.tracing import named, trace
    >>> x, W = trace(np.ones((6, 5)), "x"), trace(np.ones((5, 4)), "W_Q")
    >>> multiply_adds(named("query", x @ W))
    {'query': 120}
    """
    counts, owner = {}, {}
    for node in reversed(ancestors(*records("multiply_adds", outputs))):
        step = node.name or owner.get(id(node), "output")
        owner |= {id(source): step for source in node.inputs}
        if matrix_products(node):
            counts[step] = counts.get(step, 0) + matrix_products(node)
    return dict(reversed(counts.items()))


def matrix_products(node):
    """How many multiply-adds one operation of a record does, if it is a matrix product.

    Parameters
    ----------
    node : Traced

    Returns
    -------
    int
        0 for any other operation.

    Examples
    --------
    >>> from tfmath.tracing import trace
    >>> matrix_products(trace([[1.0, 2.0]], "x") @ trace([[3.0], [4.0]], "W"))
    2
    """
    records("matrix_products", [node], "node")
    work = RULES[node.op].work if node.inputs else None
    return work(node) if work else 0


def records(where, outputs, name="outputs"):
    """Give back traced arrays, or say that one of them has no record.

    Parameters
    ----------
    where : str
        Who asks, for the error message.
    outputs : sequence of Traced
    name : str
        What they are called.

    Returns
    -------
    outputs : sequence of Traced

    Examples
    --------
    >>> from tfmath.tracing import trace
    >>> len(records("multiply_adds", [trace([1.0], "x")]))
    1
    """
    if not outputs:
        raise TypeError(f"{where}: {name} is empty; give a traced array.")
    for output in outputs:
        if not isinstance(output, Traced):
            raise TraceError(
                f"{where}: {name} is {said(output)}; it must be a traced array: trace(…)."
            )
    return outputs


# Counted by formula ---------------------------------------------------------------------


def attention_multiply_adds(n_query, n_key, d_model, n_heads, d_k, d_v):
    r"""Multiply-adds of multi-head attention, for each of its four products.

    .. math:: h\,d_{model}\,(n_q d_k + n_k d_k + n_k d_v) + h\,n_q n_k d_k + h\,n_q n_k d_v
              + n_q\,h\,d_v\,d_{model}

    Parameters
    ----------
    n_query, n_key, d_model, n_heads, d_k, d_v : int

    Returns
    -------
    dict of str to int

    Examples
    --------
    >>> attention_multiply_adds(6, 6, d_model=5, n_heads=2, d_k=4, d_v=3)
    {'query, key, value': 660, 'scores': 288, 'weights @ value': 216, 'W_O': 180}
    """
    sizes = {"n_query": n_query, "n_key": n_key, "d_model": d_model, "n_heads": n_heads}
    _check_sizes("attention_multiply_adds", **sizes, d_k=d_k, d_v=d_v)
    return {
        "query, key, value": n_heads * d_model * (n_query * d_k + n_key * (d_k + d_v)),
        "scores": n_heads * n_query * n_key * d_k,
        "weights @ value": n_heads * n_query * n_key * d_v,
        "W_O": n_query * n_heads * d_v * d_model,
    }


def transformer_multiply_adds(
    n_source, n_target, vocab_size, d_model, n_heads, d_k, d_v, d_ff, n_layers=1
):
    """Multiply-adds of one run of the encoder–decoder, for each part, as in `by_part`.

    Parameters
    ----------
    n_source, n_target, vocab_size, d_model, n_heads, d_k, d_v, d_ff, n_layers : int

    Returns
    -------
    dict of str to int

    Examples
    --------
    >>> parts = transformer_multiply_adds(6, 5, 26, 5, n_heads=2, d_k=4, d_v=3, d_ff=7)
    >>> parts["decoder / feed-forward"], parts["logits"]
    (350, 650)
    """
    _check_sizes(
        "transformer_multiply_adds",
        n_source=n_source,
        n_target=n_target,
        vocab_size=vocab_size,
        d_model=d_model,
        n_heads=n_heads,
        d_k=d_k,
        d_v=d_v,
        d_ff=d_ff,
        n_layers=n_layers,
    )
    sizes = (d_model, n_heads, d_k, d_v)
    parts = {
        "encoder / self-attention": _attention(n_source, n_source, *sizes),
        "encoder / feed-forward": 2 * n_source * d_model * d_ff,
        "decoder / self-attention": _attention(n_target, n_target, *sizes),
        "decoder / cross-attention": _attention(n_target, n_source, *sizes),
        "decoder / feed-forward": 2 * n_target * d_model * d_ff,
    }
    parts = {part: n_layers * count for part, count in parts.items()}
    return parts | {"logits": n_target * d_model * vocab_size}


def _attention(*sizes):
    return sum(attention_multiply_adds(*sizes).values())


def _check_sizes(where, **sizes):
    for name, size in sizes.items():
        whole(where, name, size)
