"""How long a reader remembers its first row, before anything was learned."""

import numpy as np

from tfmath.arguments import wholes
from tfmath.attention.dot_product import scaled_dot_product_attention
from tfmath.model.parameters import starting_values
from tfmath.parts.gated import gru, lstm
from tfmath.parts.recurrent import recurrence
from tfmath.tracing import gradients, trace

D = 16
AGES = (0, 1, 2, 4, 8, 16, 32, 64)
SEEDS = tuple(range(10))


def fading(ages=AGES, seeds=SEEDS):
    r"""How strongly the last output still depends on the first row.

    The size of :math:`\partial h_n / \partial x_1`, the root of the sum of its squares,
    divided by what it is when the first row is also the last. The tables are random, as
    training starts from them, and so are the rows.

    Parameters
    ----------
    ages : sequence of int
        How many rows come after the first.
    seeds : sequence of int

    Returns
    -------
    rows : list of dict
        Reader, seed, age, share.

    Examples
    --------
    >>> first, later = fading(ages=(0, 16), seeds=(0,))[:2]
    >>> first["share"], later["share"] < 0.1
    (1.0, True)
    """
    ages = wholes("fading", "ages", ages)
    seeds = wholes("fading", "seeds", seeds)
    rows = []
    for name, reader in READERS.items():
        for seed in seeds:
            now = _slope(reader, seed, 0)
            rows += [
                {"reader": name, "seed": seed, "age": age}
                | {"share": float(f"{_slope(reader, seed, age) / now:.4g}")}
                for age in ages
            ]
    return rows


def _slope(reader, seed, age):
    """The size of ∂h/∂x₁: d copies of the rows, and one number of h from each."""
    rows = np.random.default_rng(seed).normal(size=(AGES[-1] + 1, D))[: age + 1]
    x = trace(np.repeat(rows[np.newaxis], D, axis=0), "x")
    last = reader(x, np.random.default_rng(1000 + seed))[:, -1]
    return np.linalg.norm(gradients((last * np.eye(D)).sum(), of=x)[:, 0])


def _cell(rng, gates):
    columns = gates * D
    sizes = {"W_x": (D, columns), "W_h": (D, columns), "b_x": (columns,), "b_h": (columns,)}
    return starting_values(rng, sizes)


def _lstm(x, rng, forget=0.0):
    tables = _cell(rng, 4)
    tables["b_h"][D : 2 * D] = forget
    return lstm(x, **tables)[0]


def _attention(x, rng):
    tables = starting_values(rng, {name: (D, D) for name in ("W_Q", "W_K", "W_V")})
    return scaled_dot_product_attention(*(x @ tables[name] for name in tables))


READERS = {
    "simple": lambda x, rng: recurrence(x, **_cell(rng, 1)),
    "GRU": lambda x, rng: gru(x, **_cell(rng, 3)),
    "LSTM": _lstm,
    "LSTM, forget bias 4": lambda x, rng: _lstm(x, rng, 4.0),
    "attention": _attention,
}
"""What reads: each a function of rows and of where its tables are drawn from."""
