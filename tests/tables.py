"""What the tests of the mathematics share: tables, their tensors, and one comparison.

Sizes all differ, so that a transposed table fails instead of passing; no gain is near 1 and
no bias near 0, so that leaving one out is seen.
"""

import numpy as np
import torch

from tfmath.model.parameters import flatten, shapes, traced, unflatten
from tfmath.tracing import gradients

VOCAB_SIZE, D_MODEL, N_HEADS, D_K, D_V, D_FF = 23, 5, 2, 3, 4, 7
N_QUERY, N_KEY = 4, 6
# nn.MultiheadAttention wants d_k = d_v = d_model / n_heads.
TORCHS = {"vocab_size": 23, "d_model": 6, "n_heads": 3, "d_k": 2, "d_v": 2, "d_ff": 7}


def draw(rng, *shape, dtype=np.float64):
    return rng.normal(size=shape).astype(dtype)


def filled(sizes, seed=0, dtype=np.float64):
    """Tables of the given sizes, as a dict of dicts, far from any that do nothing."""
    rng = np.random.default_rng(seed)
    return unflatten({name: draw(rng, *n, dtype=dtype) for name, n in sizes.items()})


def layer(stack="decoder", seed=0, dtype=np.float64, **sizes):
    """One layer with every bias."""
    every = shapes(**(TORCHS | sizes), biases=True)
    return filled(every, seed, dtype)[stack]["layer 1"]


def attention_tables(seed=0, dtype=np.float64, **sizes):
    sizes = {"d_model": D_MODEL, "n_heads": N_HEADS, "d_k": D_K, "d_v": D_V} | sizes
    return layer(seed=seed, dtype=dtype, **sizes)["self-attention"]


def tensors_of(parameters, dtype=torch.float64):
    return unflatten(
        {
            name: torch.tensor(table, dtype=dtype, requires_grad=True)
            for name, table in flatten(parameters).items()
        }
    )


def assert_close(ours, theirs, name, tolerance=1e-12):
    theirs = theirs.detach().numpy() if isinstance(theirs, torch.Tensor) else theirs
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=tolerance, err_msg=name)
    assert np.shape(ours) == np.shape(theirs), name


def assert_same_function(ours, theirs, parameters, seed=5):
    """Both functions of one dict of tables agree: every number, every table's slope.

    `ours` takes traced tables, `theirs` tensors. Each number of the output counts in its
    own way, so that no two mistakes in a gradient can make up for each other.
    """
    tables, tensors = traced(parameters), tensors_of(parameters)
    output, expected = ours(tables), theirs(tensors)
    assert_close(output.value, expected, "output")
    assert_close(ours(parameters), output.value, "without a record", 0)
    share = np.random.default_rng(seed).normal(size=output.shape)
    (expected * torch.tensor(share)).sum().backward()
    grads = gradients((output * share).sum())
    for name, tensor in flatten(tensors).items():
        assert tensor.grad is not None and tensor.grad.abs().max() > 1e-9, f"{name} is idle"
        assert_close(grads[name], tensor.grad, name, 1e-10)
