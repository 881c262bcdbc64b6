"""The model's tables: their names, their sizes and their start.

Parameters are a dict of dicts of arrays, named as the steps are: the table
``parameters["encoder"]["layer 1"]["self-attention"]["W_Q"]`` is called
``"encoder / layer 1 / self-attention / W_Q"`` in records, gradients and files.
"""

import math

import numpy as np

from tfmath.tracing import labelled, trace


def flatten(parameters, prefix=""):
    """A dict from full names to tables.

    Examples
    --------
    >>> flatten({"encoder": {"norm": {"gain": 1.0}}})
    {'encoder / norm / gain': 1.0}
    """
    flat = {}
    for name, part in parameters.items():
        inner = flatten(part, f"{prefix}{name} / ") if isinstance(part, dict) else None
        flat |= {prefix + name: part} if inner is None else inner
    return flat


def unflatten(flat):
    """Undo `flatten`.

    Examples
    --------
    >>> unflatten({"encoder / norm / gain": 1.0})
    {'encoder': {'norm': {'gain': 1.0}}}
    """
    parameters = {}
    for name, table in flat.items():
        *path, last = name.split(" / ")
        part = parameters
        for step in path:
            part = part.setdefault(step, {})
        part[last] = table
    return parameters


def shapes(
    vocab_size,
    d_model,
    n_heads,
    d_k,
    d_v,
    d_ff,
    n_layers=1,
    biases=False,
    tied=True,
    final_norm=False,
):
    """The name and the shape of every table of an encoder–decoder.

    Parameters
    ----------
    vocab_size, d_model, n_heads, d_k, d_v, d_ff, n_layers : int
        The paper's symbols; `n_layers` counts the encoder's layers, and the decoder's.
    biases : bool
        Whether the projections of attention have biases.
    tied : bool
        Whether the embedding table also scores the output words.
    final_norm : bool
        Whether each stack ends in a layer norm, as pre-norm models need.

    Returns
    -------
    dict of str to tuple

    Examples
    --------
    >>> sizes = shapes(26, d_model=5, n_heads=2, d_k=4, d_v=3, d_ff=7)
    >>> sum(math.prod(shape) for shape in sizes.values())
    764
    """
    attention = {
        "W_Q": (n_heads, d_model, d_k),
        "W_K": (n_heads, d_model, d_k),
        "W_V": (n_heads, d_model, d_v),
        "W_O": (n_heads * d_v, d_model),
    }
    if biases:
        attention |= {"b_Q": (n_heads, d_k), "b_K": (n_heads, d_k), "b_V": (n_heads, d_v)}
        attention |= {"b_O": (d_model,)}
    norm = {"gain": (d_model,), "bias": (d_model,)}
    ff = {"W_1": (d_model, d_ff), "b_1": (d_ff,), "W_2": (d_ff, d_model), "b_2": (d_model,)}
    encoder = {
        "self-attention": attention,
        "norm 1": norm,
        "feed-forward": ff,
        "norm 2": norm,
    }
    decoder = {"self-attention": attention, "norm 1": norm, "cross-attention": attention}
    decoder |= {"norm 2": norm, "feed-forward": ff, "norm 3": norm}
    tree = {"embedding": (vocab_size, d_model)}
    for stack, layer in (("encoder", encoder), ("decoder", decoder)):
        tree[stack] = {f"layer {i + 1}": layer for i in range(n_layers)}
        tree[stack] |= {"norm": norm} if final_norm else {}
    if not tied:
        tree["output"] = {"W": (d_model, vocab_size)}
    return flatten(tree)


def count(parameters):
    """How many numbers the tables hold.

    Examples
    --------
    >>> count({"W": np.zeros((2, 3)), "norm": {"gain": np.zeros(5)}})
    11
    """
    return sum(np.size(table) for table in flatten(parameters).values())


def starting_values(rng, sizes, dtype=np.float64):
    r"""Random tables to start training from.

    Weights are drawn from a normal distribution of variance :math:`2/(d_{in} + d_{out})`
    [1]_, the embedding of variance :math:`1/d_{model}`, gains are 1 and biases 0.

    Parameters
    ----------
    rng : numpy.random.Generator
    sizes : dict
        From `shapes`.

    References
    ----------
    .. [1] X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward
       neural networks", 2010.
    """
    return unflatten(
        {name: _start(rng, name, size).astype(dtype) for name, size in sizes.items()}
    )


def _start(rng, name, size):
    last = name.split(" / ")[-1]
    if last == "gain":
        return np.ones(size)
    if last.startswith("b"):
        return np.zeros(size)
    variance = 1 / size[-1] if last == "embedding" else 2 / (size[-1] + size[-2])
    return rng.normal(0.0, math.sqrt(variance), size)


def traced(parameters, words=None):
    """The same tables, traced by their full names.

    Parameters
    ----------
    parameters : dict
    words : sequence of str, optional
        Labels of the embedding's rows.

    Returns
    -------
    parameters : dict of Traced
        Tables with one part a head have the labels "head 1", "head 2", …
    """
    return unflatten(
        {name: _traced(name, table, words) for name, table in flatten(parameters).items()}
    )


def _traced(name, table, words):
    array = trace(table, name, rows=words if name == "embedding" else None)
    if array.ndim < 3:
        return array
    return labelled(array, -3, [f"head {i + 1}" for i in range(len(table))])


def rounded(parameters, decimals=1):
    """The same tables, rounded; -0.0 is written 0.0."""
    return unflatten(
        {k: np.round(v, decimals) + 0.0 for k, v in flatten(parameters).items()}
    )
