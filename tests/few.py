"""What the tests of attentions that look at few share: rows, and PyTorch with a mask."""

import numpy as np
import torch
from tables import assert_close

from tfmath import trace
from tfmath.tracing import gradients

BATCH, N_HEADS, D_K, D_V = 2, 3, 4, 5


def rows(seed, n_query, n_key, shared=N_HEADS, dtype=np.float64):
    rng = np.random.default_rng(seed)
    sizes = (N_HEADS, n_query, D_K), (shared, n_key, D_K), (shared, n_key, D_V)
    return [rng.normal(size=(BATCH, *size)).astype(dtype) for size in sizes]


def paddings(seed, n_query, n_key):
    """Masks of every shape, of which some rows may look at nothing."""
    rng = np.random.default_rng(seed + 1)
    sizes = (
        (BATCH, 1, 1, n_key),
        (n_query, n_key),
        (BATCH, N_HEADS, n_query, n_key),
        (n_key,),
    )
    masks = [rng.random(size) < 0.6 for size in sizes]
    causal = np.tri(n_query, n_key, n_key - n_query, dtype=bool)
    return [None, *masks, causal]


def by_rule(n_query, n_key, rule):
    """A mask number by number; the last query stands at the last key."""
    here = range(n_key - n_query, n_key)
    mask = [[bool(rule(i, j)) for j in range(n_key)] for i in here]
    return np.array(mask, bool).reshape(n_query, n_key)


def torchs(query, key, value, mask, **options):
    """PyTorch's attention; what may look at nothing gives 0 there as well."""
    shape = (*query.shape[:-1], key.shape[-2])
    mask = torch.tensor(np.broadcast_to(True if mask is None else mask, shape).copy())
    tensors = [torch.tensor(array, requires_grad=True) for array in (query, key, value)]
    attention = torch.nn.functional.scaled_dot_product_attention
    return attention(*tensors, attn_mask=mask, **options), tensors


def assert_is_torchs(ours, arrays, mask, tolerance=1e-12, **options):
    """The output, with and without a record, and the slopes by query, key and value."""
    expected, tensors = torchs(*arrays, mask, **options)
    plain = ours(*arrays)
    assert_close(plain, expected, "output", tolerance)
    traced = [trace(a, name) for a, name in zip(arrays, "qkv", strict=True)]
    output = ours(*traced)
    assert_close(output.value, expected, "with a record", tolerance)
    share = np.random.default_rng(5).normal(size=output.shape)
    (expected * torch.tensor(share)).sum().backward()
    slopes = gradients((output * share).sum(), of=traced)
    for slope, tensor, name in zip(slopes, tensors, "qkv", strict=True):
        # PyTorch has NaN for a query of which no key may be seen.
        assert_close(slope, torch.nan_to_num(tensor.grad), name, 10 * tolerance)
