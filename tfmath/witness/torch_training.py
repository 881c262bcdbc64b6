"""The toy model trained by PyTorch: its own functions, gradients, loss and optimizers.

Written from the paper, not from our lines. The heads of the toy model are of a width that
``nn.MultiheadAttention`` cannot build, so the functions inside the modules are used.
"""

import math

import torch
from torch.nn import functional as F

from tfmath.learning.train import PAD
from tfmath.model.parameters import flatten


def torch_train(
    parameters, batch, steps, learning_rate, label_smoothing=0.0, optimizer=None
):
    """Train with PyTorch, giving after each step the loss before it, and the tables.

    Parameters
    ----------
    parameters : dict
        Where to start; left as they are.
    batch : Batch
    steps : int
    learning_rate, label_smoothing : float
    optimizer : class of ``torch.optim``
        By default ``Adam``.

    Yields
    ------
    loss : float
    tables : dict of full names to tensors
        Changed in place by the next step, as PyTorch does.
    """
    flat = as_tensors(flatten(parameters))
    optimizer = (optimizer or torch.optim.Adam)(list(flat.values()), lr=learning_rate)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = torch_loss(flat, batch, label_smoothing)
        loss.backward()
        optimizer.step()
        yield loss.item(), flat


def as_tensors(flat):
    """The same dict of tables, as tensors that learn."""
    return {name: torch.tensor(table, requires_grad=True) for name, table in flat.items()}


def torch_loss(flat, batch, label_smoothing=0.0):
    """The loss of a batch, by ``torch.nn.CrossEntropyLoss``, from a dict of tensors."""
    loss = torch.nn.CrossEntropyLoss(label_smoothing=label_smoothing, ignore_index=PAD)
    logits = torch_logits(flat, batch)
    targets = torch.tensor(batch.following)
    return loss(logits.reshape(-1, logits.shape[-1]), targets.reshape(-1))


def torch_logits(flat, batch):
    """A score for each next word, from tensors under our full names."""
    source, target = torch.tensor(batch.source), torch.tensor(batch.target)
    seen, n = (source != PAD)[:, None, :], target.shape[1]
    causal = torch.ones(n, n, dtype=torch.bool).tril()
    memory = _layer(_embed(flat, source), "encoder / layer 1", flat, seen)
    x = _layer(_embed(flat, target), "decoder / layer 1", flat, causal, memory, seen)
    return x @ flat["embedding"].T


def _embed(flat, ids):
    table = flat["embedding"]
    n, d_model = ids.shape[1], table.shape[1]
    pairs = torch.arange(0, d_model, 2, dtype=table.dtype)
    angle = torch.arange(n, dtype=table.dtype)[:, None] / 10000 ** (pairs / d_model)
    encoding = torch.zeros(n, d_model, dtype=table.dtype)
    encoding[:, 0::2] = torch.sin(angle)
    encoding[:, 1::2] = torch.cos(angle[:, : d_model // 2])
    return F.embedding(ids, table) * math.sqrt(d_model) + encoding


def _layer(x, where, flat, mask, memory=None, memory_mask=None):
    x = _norm(x + _heads(x, x, f"{where} / self-attention", flat, mask), 1, where, flat)
    number = 2
    if memory is not None:
        found = _heads(x, memory, f"{where} / cross-attention", flat, memory_mask)
        x, number = _norm(x + found, 2, where, flat), 3
    inner = f"{where} / feed-forward / "
    hidden = F.relu(F.linear(x, flat[inner + "W_1"].T, flat[inner + "b_1"]))
    thought = F.linear(hidden, flat[inner + "W_2"].T, flat[inner + "b_2"])
    return _norm(x + thought, number, where, flat)


def _norm(x, number, where, flat):
    name = f"{where} / norm {number} / "
    return F.layer_norm(x, x.shape[-1:], flat[name + "gain"], flat[name + "bias"])


def _heads(x, memory, where, flat, mask):
    W_Q, W_K, W_V, W_O = (
        flat[f"{where} / {name}"] for name in ("W_Q", "W_K", "W_V", "W_O")
    )
    heads = [
        F.scaled_dot_product_attention(x @ q, memory @ k, memory @ v, attn_mask=mask)
        for q, k, v in zip(W_Q, W_K, W_V, strict=True)
    ]
    return torch.cat(heads, -1) @ W_O
