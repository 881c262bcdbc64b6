"""The toy model trained by PyTorch: its own functions, gradients, loss and optimizers.

The heads of the toy model are of a width that ``nn.MultiheadAttention`` cannot build, so
the model is that of `torch_functions`, written from the paper and not from our lines.
"""

import torch

from tfmath.model.parameters import flatten, unflatten
from tfmath.witness.torch_functions import PAD, functional_transformer


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
    logits = functional_transformer(unflatten(flat), batch.source, batch.target)
    targets = torch.tensor(batch.following)
    return loss(logits.flatten(0, 1), targets.flatten())
