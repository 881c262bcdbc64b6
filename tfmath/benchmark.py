"""What plain arrays pay for being traceable: ``python -m tfmath.benchmark``.

Two comparisons:

- beside *our own source* with every ``named``, ``scope`` and ``operation`` taken out, which
  is what being traceable costs;
- beside *the bare formulas*, typed here, which is what that and all the checks cost.

All are called in turns, on one thread. Each turn gives a ratio, and the median of those
counts: what else the machine does slows down the parts of one turn alike.
"""

import argparse
import ast
import importlib
import inspect
import math
import os
import subprocess
import sys
from time import perf_counter
from typing import NamedTuple

import numpy as np

from tfmath.model.parameters import shapes, starting_values
from tfmath.parts.norm import EPSILON

LIMIT = 1.10
MODULES = (
    "parts.softmax attention.dot_product parts.feed_forward attention.heads parts.norm "
    "model.layers"
).split()
SIZES = ((64, 8, 8), (64, 8, 64), (128, 8, 64), (512, 8, 64))  # d_model, n_heads, n
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}


class Row(NamedTuple):
    """One comparison.

    Attributes
    ----------
    name : str
    seconds : float
        Of one call of our function.
    traceable : float
        How many times as long as without a record.
    checked : float
        How many times as long as the bare formula.
    """

    name: str
    seconds: float
    traceable: float
    checked: float


# Our own source, without a record ---------------------------------------------------------


class _TakenOut(ast.NodeTransformer):
    """``named("x", y)`` becomes ``y``, ``with scope(…):`` its lines; no `operation`."""

    def visit_Call(self, node):
        self.generic_visit(node)
        return node.args[1] if _is_call(node, "named") else node

    def visit_With(self, node):
        self.generic_visit(node)
        scopes = all(_is_call(item.context_expr, "scope") for item in node.items)
        return node.body if scopes else node

    def visit_FunctionDef(self, node):
        self.generic_visit(node)
        node.decorator_list = []
        return node


def _is_call(node, name):
    return isinstance(node, ast.Call) and getattr(node.func, "id", None) == name


def without_record():
    """The layers of the model, compiled from our own source without a record.

    Returns
    -------
    dict
        From the names of the modules to their names.
    """
    spaces = {}
    for name in MODULES:
        module = importlib.import_module(f"tfmath.{name}")
        tree = _TakenOut().visit(ast.parse(inspect.getsource(module)))
        space = {"__name__": f"tfmath.{name} without a record"}
        for node in [n for n in tree.body if isinstance(n, ast.ImportFrom)]:
            known = spaces.get((node.module or "").removeprefix("tfmath."))
            if known is not None:
                tree.body.remove(node)
                space |= {alias.name: known[alias.name] for alias in node.names}
        exec(compile(tree, module.__file__, "exec"), space)  # our own source, nobody else's
        spaces[name] = space
    return spaces


# The bare formulas ------------------------------------------------------------------------


def bare_attention(x, W_Q, W_K, W_V, W_O, b_Q, b_K, b_V, b_O):
    """Multi-head self-attention, nothing but NumPy."""
    heads = []
    for i in range(len(W_Q)):
        query, key, value = x @ W_Q[i] + b_Q[i], x @ W_K[i] + b_K[i], x @ W_V[i] + b_V[i]
        scores = query @ np.swapaxes(key, -1, -2) / math.sqrt(query.shape[-1])
        grown = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
        heads.append(grown / np.sum(grown, axis=-1, keepdims=True) @ value)
    return np.concatenate(heads, axis=-1) @ W_O + b_O


def bare_norm(x, gain, bias):
    """Layer norm, nothing but NumPy."""
    centred = x - np.mean(x, axis=-1, keepdims=True)
    variance = np.mean(centred * centred, axis=-1, keepdims=True)
    return centred / np.sqrt(variance + EPSILON) * gain + bias


def bare_encoder_layer(x, layer):
    """A post-norm encoder layer, nothing but NumPy."""
    ff = layer["feed-forward"]
    x = bare_norm(x + bare_attention(x, **layer["self-attention"]), **layer["norm 1"])
    hidden = np.maximum(x @ ff["W_1"] + ff["b_1"], 0)
    return bare_norm(x + (hidden @ ff["W_2"] + ff["b_2"]), **layer["norm 2"])


# Measuring --------------------------------------------------------------------------------


def in_turns(functions, rounds):
    """The seconds of every call: a row for each round, a column for each function.

    Every second round goes backwards, for a call profits from what the one before it left
    in the processor's memory.
    """
    times = np.empty((rounds, len(functions)))
    for i in range(rounds):
        for j in range(len(functions))[:: 1 if i % 2 else -1]:
            times[i, j] = _seconds(functions[j])
    return times


def _seconds(function):
    start = perf_counter()
    function()
    return perf_counter() - start


def compared(d_model, n_heads, n, dtype=np.float64):
    """For each of two subjects three functions: ours, without a record, bare."""
    from tfmath.attention.heads import multi_head_attention
    from tfmath.model.layers import encoder_layer

    width, rng, taken_out = d_model // n_heads, np.random.default_rng(0), without_record()
    sizes = shapes(1, d_model, n_heads, width, width, 4 * d_model, biases=True)
    layer = starting_values(rng, sizes, dtype)["encoder"]["layer 1"]
    x, tables = rng.normal(size=(n, d_model)).astype(dtype), layer["self-attention"]
    plain_heads = taken_out["attention.heads"]["multi_head_attention"]
    plain_layer = taken_out["model.layers"]["encoder_layer"]
    return {
        "multi-head attention": (
            lambda: multi_head_attention(x, x, x, **tables),
            lambda: plain_heads(x, x, x, **tables),
            lambda: bare_attention(x, **tables),
        ),
        "encoder layer": (
            lambda: encoder_layer(x, layer),
            lambda: plain_layer(x, layer),
            lambda: bare_encoder_layer(x, layer),
        ),
    }


def measured(sizes=SIZES, rounds=200):
    """A `Row` for each subject at each size."""
    for d_model, n_heads, n in sizes:
        for subject, functions in compared(d_model, n_heads, n).items():
            name = f"{subject}, d_model {d_model}, {n_heads} heads, {n} words"
            times = in_turns(functions, rounds)
            ratios = np.median(times[:, :1] / times, axis=0)
            yield Row(name, float(np.median(times[:, 0])), *map(float, ratios[1:]))


def main(arguments=None):
    """Print every comparison; exit status 1 if being traceable costs more than `LIMIT`."""
    parser = argparse.ArgumentParser(prog="python -m tfmath.benchmark", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200, help="calls of each function")
    chosen = parser.parse_args(arguments)
    if any(os.environ.get(name) != "1" for name in ONE_THREAD):
        command = [sys.executable, "-m", "tfmath.benchmark", "--rounds", str(chosen.rounds)]
        return subprocess.call(command, env={**os.environ, **ONE_THREAD})
    print(f"{'ours, ms':>9} {'being traceable':>17} {'with the checks':>17}")
    worst = 0.0
    for row in measured(rounds=chosen.rounds):
        worst = max(worst, row.traceable)
        ratios = f"{row.traceable:16.2f}x {row.checked:16.2f}x"
        print(f"{row.seconds * 1e3:9.3f} {ratios}  {row.name}")
    print(f"Being traceable costs {worst:.2f}x at most; allowed is {LIMIT:.2f}x.")
    return 0 if worst <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
