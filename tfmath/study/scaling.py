"""How large, how much work: numbers counted by formula, and counted in the record."""

import math

import numpy as np

from tfmath.tracing import ancestors
from tfmath.tracing.rules import RULES


def table_sizes(tables):
    """How many numbers each table holds.

    Parameters
    ----------
    tables : dict of str to array, or to shape
        Arrays from `flatten`, or shapes from `shapes`: nothing need be allocated.

    Examples
    --------
    >>> table_sizes({"W_1": (12288, 49152), "b_1": np.zeros(7)})
    {'W_1': 603979776, 'b_1': 7}
    """
    return {
        name: math.prod(table if isinstance(table, tuple) else np.shape(table))
        for name, table in tables.items()
    }


def by_part(counts):
    """Add up what was counted by step or table, for each part of the model.

    Layers and heads are added together.

    Examples
    --------
    >>> by_part({"encoder / layer 1 / norm": 5, "encoder / layer 2 / norm": 5})
    {'encoder / norm': 10}
    """
    parts = {}
    for name, count in counts.items():
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
    >>> from tfmath.tracing import named, trace
    >>> x, W = trace(np.ones((6, 5)), "x"), trace(np.ones((5, 4)), "W_Q")
    >>> multiply_adds(named("query", x @ W))
    {'query': 120}
    """
    counts, owner = {}, {}
    for node in reversed(ancestors(*outputs)):
        step = node.name or owner.get(id(node), "output")
        owner |= {id(source): step for source in node.inputs}
        if matrix_products(node):
            counts[step] = counts.get(step, 0) + matrix_products(node)
    return dict(reversed(counts.items()))


def matrix_products(node):
    """How many multiply-adds one operation of a record does, if it is a matrix product."""
    work = RULES[node.op].work if node.inputs else None
    return work(node) if work else 0


# Counted by formula ---------------------------------------------------------------------


def attention_multiply_adds(n_query, n_key, d_model, n_heads, d_k, d_v):
    r"""Multiply-adds of multi-head attention, for each of its four products.

    .. math:: h\,d_{model}\,(n_q d_k + n_k d_k + n_k d_v) + h\,n_q n_k d_k + h\,n_q n_k d_v
              + n_q\,h\,d_v\,d_{model}

    Examples
    --------
    >>> attention_multiply_adds(6, 6, d_model=5, n_heads=2, d_k=4, d_v=3)
    {'query, key, value': 660, 'scores': 288, 'weights @ value': 216, 'W_O': 180}
    """
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

    Examples
    --------
    >>> parts = transformer_multiply_adds(6, 5, 26, 5, n_heads=2, d_k=4, d_v=3, d_ff=7)
    >>> parts["decoder / feed-forward"], parts["logits"]
    (350, 650)
    """
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
