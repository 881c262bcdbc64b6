"""The model's tables: their sizes and their start."""

import math

import numpy as np

from tfmath import arguments
from tfmath.arguments import flag, float_type, generator, whole
from tfmath.memory import check_fits
from tfmath.model.names import flatten, sizes_of, tables_of, unflatten
from tfmath.tracing import labelled, trace


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
    counts = dict(vocab_size=vocab_size, d_model=d_model, n_heads=n_heads, d_k=d_k, d_v=d_v)
    for name, count in (counts | {"d_ff": d_ff, "n_layers": n_layers}).items():
        whole("shapes", name, count, least=1)
    for name, asked in (("biases", biases), ("tied", tied), ("final_norm", final_norm)):
        flag("shapes", name, asked)
    attention = _attention_sizes(d_model, n_heads, d_k, d_v, biases)
    norm = {"gain": (d_model,), "bias": (d_model,)}
    ff = {"W_1": (d_model, d_ff), "b_1": (d_ff,), "W_2": (d_ff, d_model), "b_2": (d_model,)}
    encoder = {"self-attention": attention, "norm 1": norm}
    encoder |= {"feed-forward": ff, "norm 2": norm}
    decoder = {"self-attention": attention, "norm 1": norm, "cross-attention": attention}
    decoder |= {"norm 2": norm, "feed-forward": ff, "norm 3": norm}
    tree = {"embedding": (vocab_size, d_model)}
    for stack, layer in (("encoder", encoder), ("decoder", decoder)):
        tree[stack] = {f"layer {i + 1}": layer for i in range(n_layers)}
        tree[stack] |= {"norm": norm} if final_norm else {}
    if not tied:
        tree["output"] = {"W": (d_model, vocab_size)}
    return flatten(tree)


def _attention_sizes(d_model, n_heads, d_k, d_v, biases):
    sizes = {
        "W_Q": (n_heads, d_model, d_k),
        "W_K": (n_heads, d_model, d_k),
        "W_V": (n_heads, d_model, d_v),
        "W_O": (n_heads * d_v, d_model),
    }
    if biases:
        sizes |= {"b_Q": (n_heads, d_k), "b_K": (n_heads, d_k), "b_V": (n_heads, d_v)}
        sizes |= {"b_O": (d_model,)}
    return sizes


def count(parameters):
    """How many numbers the tables hold.

    Parameters
    ----------
    parameters : dict

    Returns
    -------
    int

    Examples
    --------
    >>> count({"W": np.zeros((2, 3)), "norm": {"gain": np.zeros(5)}})
    11
    """
    return sum(table.size for table in tables_of("count", parameters).values())


def starting_values(rng, sizes, dtype=np.float64):
    r"""Random tables to start training from.

    Weights are drawn from a normal distribution of variance :math:`2/(d_{in} + d_{out})`
    [1]_, the embedding of variance :math:`1/d_{model}`, gains are 1 and biases 0.

    Parameters
    ----------
    rng : numpy.random.Generator
    sizes : dict
        From `shapes`, perhaps with further tables.
    dtype : dtype
        float64 or float32.

    Returns
    -------
    parameters : dict
        Biases are what is called ``bias``, ``b`` or ``b_…``.

    References
    ----------
    .. [1] X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward
       neural networks", 2010.

    Examples
    --------
    >>> sizes = {"norm / gain": (2,), "norm / bias": (2,)}
    >>> starting_values(np.random.default_rng(0), sizes)["norm"]["gain"].tolist()
    [1.0, 1.0]
    """
    generator("starting_values", rng)
    dtype = float_type("starting_values", dtype)
    sizes = sizes_of("starting_values", sizes)
    total = sum(map(math.prod, sizes.values()))
    check_fits("starting_values", "the row of all numbers", (total,), dtype)
    return unflatten(
        {name: _start(rng, name, size).astype(dtype) for name, size in sizes.items()}
    )


def _start(rng, name, size):
    last = name.split(" / ")[-1]
    if last == "gain":
        return np.ones(size)
    if last in ("bias", "b") or last.startswith("b_"):
        return np.zeros(size)
    d_in, d_out = (1, 1, *size)[-2:]
    variance = 1 / d_out if last == "embedding" else 2 / (d_in + d_out)
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

    Examples
    --------
    >>> traced({"norm": {"gain": [1.0, 2.0]}})["norm"]["gain"].name
    'norm / gain'
    """
    if words is not None:
        words = arguments.words("traced", "words", words)
    tables = tables_of("traced", parameters)
    return unflatten({name: _traced(name, table, words) for name, table in tables.items()})


def _traced(name, table, words):
    array = trace(table, name, rows=words if name == "embedding" else None)
    if array.ndim < 3:
        return array
    return labelled(array, -3, [f"head {i + 1}" for i in range(array.shape[-3])])


def rounded(parameters, decimals=1):
    """The same tables, rounded; -0.0 is written 0.0.

    Parameters
    ----------
    parameters : dict
    decimals : int
        Below 0 rounds to tens, hundreds, …

    Returns
    -------
    parameters : dict

    Examples
    --------
    >>> rounded({"W": np.array([0.26, -0.04])})["W"].tolist()
    [0.3, 0.0]
    """
    decimals = whole("rounded", "decimals", decimals, least=-math.inf)
    tables = tables_of("rounded", parameters)
    return unflatten({name: np.round(t, decimals) + 0.0 for name, t in tables.items()})
