"""Two processes train one model, and forget the sum of slopes on the way back.

Two threads stand for the processes. Each has its own tables, and they share nothing but
what they hand over when they meet, so that a training of minutes is one of seconds, and the
same in every run. What both keep whole, such as the embedding, is there in two copies, and
stays the same in both only as long as both find the same slope for it.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from tfmath import toy
from tfmath.arguments import wholes, words
from tfmath.errors import floats
from tfmath.learning.optimize import adam, start_state
from tfmath.learning.train import make_batch
from tfmath.model.names import flatten, tables_of, unflatten
from tfmath.model.parameters import starting_values
from tfmath.witness.distributed import ADDED_ONCE, SPLIT
from tfmath.witness.torch_functions import PAD, alone, functional_transformer

RATE = 0.02


class Meeting:
    """Where two processes add what they have."""

    def __init__(self):
        self.barrier, self.brought = Barrier(2, timeout=60), [None, None]

    def added(self, rank, tensor):
        """The sum of what both have; each waits for the other, before and after."""
        self.brought[rank] = tensor
        self.barrier.wait()
        total = self.brought[0] + self.brought[1]
        self.barrier.wait()
        return total


class Copied(torch.autograd.Function):
    """The same rows for both; on the way back `added` puts their slopes together."""

    @staticmethod
    def forward(ctx: Any, x, added):
        ctx.added = added
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, grad):
        return ctx.added(grad), None


class Added(torch.autograd.Function):
    """The sum of both parts; on the way back each has the whole slope."""

    @staticmethod
    def forward(ctx: Any, part, added):
        return added(part)

    @staticmethod
    def backward(ctx: Any, grad):
        return grad, None


def _mine(name, table, rank):
    """A process's share of a table; a bias of the sum is the first process's alone."""
    last = name.split(" / ")[-1]
    if last in SPLIT:
        return np.array_split(table, 2, axis=SPLIT[last])[rank]
    return table * (last not in ADDED_ONCE or rank == 0)


def _loss(tables, batch, among=alone):
    logits = functional_transformer(unflatten(tables), *batch[:2], among=among)
    targets = torch.tensor(batch.following).flatten()
    return F.cross_entropy(logits.flatten(0, 1), targets, ignore_index=PAD)


def _steps(rank, start, batch, steps, meeting, forgotten):
    """One process's tables and loss at each step of Adam, the last one included."""
    added = partial(meeting.added, rank)
    on_the_way_back = _kept if forgotten else added

    def among(sublayer, *rows):
        copies = [Copied.apply(x, on_the_way_back) for x in rows]
        return Added.apply(sublayer(*copies), added)

    tables = {name: _mine(name, table, rank) for name, table in flatten(start).items()}
    state, seen = start_state(tables), []
    for _ in range(steps + 1):
        loss, slopes = _slopes(tables, batch, among, rank)
        seen.append((tables, loss))
        tables, state = adam(tables, slopes, state, RATE)
    return seen


def _kept(slope):
    return slope


def _slopes(tables, batch, among, rank):
    tensors = {n: torch.tensor(table, requires_grad=True) for n, table in tables.items()}
    loss = _loss(tensors, batch, among)
    found = torch.autograd.grad(loss, list(tensors.values()))
    slopes = {name: slope.numpy() for name, slope in zip(tensors, found, strict=True)}
    once = [name for name in slopes if rank and name.split(" / ")[-1] in ADDED_ONCE]
    return loss.item(), slopes | {name: 0 * slopes[name] for name in once}


def trained(start, batch, steps, forgotten):
    """What both processes have at each step of a training.

    Parameters
    ----------
    start : nested dict
        The whole model's tables.
    batch : Batch
    steps : int
    forgotten : bool
        Whether the slopes of what both were given are not added on the way back.

    Returns
    -------
    list of (tables, loss) pairs
        For each step what process 0 and what process 1 has, ``steps + 1`` in all.
    """
    process = partial(_steps, start=start, batch=batch, steps=steps)
    with ThreadPoolExecutor(2) as pool:
        process = partial(process, meeting=Meeting(), forgotten=forgotten)
        return list(zip(*pool.map(process, (0, 1)), strict=True))


SUMS = ("encoder: self-attention", "encoder: feed-forward", "decoder: self-attention",
        "decoder: cross-attention", "decoder: feed-forward")  # fmt: skip
"""The sublayers of the toy model in the order of the run; each ends in a sum."""


def quotes_right(parameters, forgotten=()):
    """How many quotes two processes say right that leave out some sums on the way forth.

    Parameters
    ----------
    parameters : nested dict
        Of the toy model's sizes.
    forgotten : sequence of str
        Of `SUMS`: there each process goes on with its own part.

    Returns
    -------
    (int, int)
        Of three quotes, each word asked for after the right words before it; what process
        0 says, and process 1.

    Examples
    --------
    >>> quotes_right(toy.load())
    (3, 3)
    """
    forgotten = words("quotes_right", "forgotten", forgotten, SUMS)
    tables = tables_of("quotes_right", parameters, toy.SIZES)
    floats("quotes_right", **tables)  # no NaN: every comparison with one says no
    process = partial(_said, tables=tables, forgotten=forgotten)
    with ThreadPoolExecutor(2) as pool:
        return tuple(pool.map(partial(process, meeting=Meeting()), (0, 1)))


def _said(rank, tables, forgotten, meeting):
    """How many quotes one process says right."""
    mine = {n: torch.tensor(_mine(n, np.asarray(t), rank)) for n, t in tables.items()}
    batch, sublayers = make_batch(toy.PAIRS, toy.WORDS), iter(SUMS)

    def among(sublayer, *rows):
        part = sublayer(*rows)
        return part if next(sublayers) in forgotten else meeting.added(rank, part)

    with torch.no_grad():
        logits = functional_transformer(unflatten(mine), *batch[:2], among=among)
    right = logits.argmax(-1).numpy() == batch.following
    return int((right | (batch.following == PAD)).all(axis=1).sum())


def saved(first, second):
    """The model that is kept: the shares of both, and of what both have, the first's copy.

    Parameters
    ----------
    first, second : dict of arrays
        Each process's tables, by name.

    Returns
    -------
    nested dict

    Examples
    --------
    >>> saved({"W_2": np.array([[1.0]]), "gain": 2}, {"W_2": np.array([[3.0]]), "gain": 5})
    {'W_2': array([[1.],
           [3.]]), 'gain': 2}
    """
    whole = {
        name: np.concatenate([table, second[name]], SPLIT[name.split(" / ")[-1]])
        if name.split(" / ")[-1] in SPLIT
        else table
        for name, table in first.items()
    }
    return unflatten(whole)


def two_copies(seeds=(0, 1, 2), steps=200, every=10):
    """Train the toy model from random numbers on two processes, rightly and not.

    Parameters
    ----------
    seeds : sequence of int
    steps, every : int
        How long, and how often it is looked at.

    Returns
    -------
    list of dict
        ``seed``, ``sum`` (added or forgotten), ``step``, ``loss`` of both together,
        ``saved``, the loss of the model that process 0 saves, ``apart``, the largest
        difference of the two embeddings, ``quotes``, how many the saved one finishes, and
        what it ``says``.
    """
    batch = make_batch(toy.PAIRS, toy.WORDS)
    rows = []
    for seed in wholes("two_copies", "seeds", seeds):
        start = starting_values(np.random.default_rng(seed), toy.SIZES)
        for forgotten in (False, True):
            seen = trained(start, batch, steps, forgotten)
            which = {"seed": seed, "sum": "forgotten" if forgotten else "added"}
            rows += [
                which | {"step": at} | _looked_at(*seen[at], batch)
                for at in range(0, steps + 1, every)
            ]
    return rows


def _looked_at(one, other, batch):
    (first, loss), (second, _) = one, other
    kept = saved(first, second)
    tensors = {name: torch.tensor(table) for name, table in flatten(kept).items()}
    apart = np.abs(first["embedding"] - second["embedding"]).max().item()
    found = {"loss": loss, "saved": _loss(tensors, batch).item(), "apart": apart}
    said = [" ".join(word for word, _ in toy.finish(kept, text)) for text, _ in toy.PAIRS]
    right = sum(s == f"{q} <end>" for s, (_, q) in zip(said, toy.PAIRS, strict=True))
    numbers = {name: round(x, 5) for name, x in found.items()}
    return numbers | {"quotes": right, "says": " / ".join(said)}
