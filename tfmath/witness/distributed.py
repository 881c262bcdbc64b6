"""One model on several processes: heads split, and sentences split.

Run it with ``torchrun --nproc-per-node=2 -m tfmath.witness.distributed``. Each process
keeps ``n_heads / processes`` heads of every attention and as large a share of every
feed-forward network (tensor parallel [1]_); what the parts give is added up. Then each
process keeps all tables and a share of the sentences (data parallel). Every step that the
processes have whole, the loss and every gradient must equal those of one process within the
rounding bound.

References
----------
.. [1] M. Shoeybi et al., "Megatron-LM", 2019, section 3.
"""

import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch.nn import functional as F

from tfmath.arguments import words
from tfmath.learning.train import Batch
from tfmath.model.parameters import flatten, unflatten
from tfmath.tracing.gradient import gradient_name
from tfmath.witness import cases
from tfmath.witness.crosscheck import first_failure, judge, reference
from tfmath.witness.formats import UNITS
from tfmath.witness.roads import Road
from tfmath.witness.torch_functions import PAD, alone, functional_transformer
from tfmath.witness.torch_modules import as_tensors

SPLIT = {"W_Q": 0, "W_K": 0, "W_V": 0, "W_O": 0, "b_Q": 0, "b_K": 0, "b_V": 0}
SPLIT |= {"W_1": 1, "b_1": 0, "W_2": 0}
"""The tables that are cut, and along which axis: by heads, and by hidden numbers."""
ADDED_ONCE = ("b_O", "b_2")
"""The biases of the sum of what all processes give."""
TYPES = ("float64", "float32")
DOUBTED = 3  # the exit status if a step leaves its bound; 1 is Python's if it fails
FORGET = os.environ.get("FORGET", "nothing")  # which sums, see `start`
ROOT = Path(__file__).resolve().parents[2]


def case():
    """What is split: a model of 4 heads and 8 hidden numbers, and 4 sentences."""
    made = cases.square_case(
        "split", 3, words=23, d_model=12, n_heads=4, d_ff=8, n_layers=2
    )
    again = [np.concatenate([ids, ids[::-1]]) for ids in made.batch]
    return made._replace(batch=Batch(*again))


def check_split(processes, n_heads=4, d_ff=8, n_sentences=4):
    """Raise unless everything that is split divides by the number of processes."""
    for what, count in (("heads", n_heads), ("hidden", d_ff), ("sentences", n_sentences)):
        if count % processes:
            raise ValueError(
                f"distributed: {count} {what} cannot be shared equally by {processes} "
                f"processes; use a number that divides {count}."
            )


# Crossing from process to process -------------------------------------------------------


class Spread(torch.autograd.Function):
    """The same numbers for all; on the way back their gradients are added up."""

    @staticmethod
    def forward(ctx: Any, x):
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, grad):
        return grad if FORGET == "back" else added_up(grad)


class Gather(torch.autograd.Function):
    """Add up what all have; on the way back each gets the whole gradient."""

    @staticmethod
    def forward(ctx: Any, x):
        return x.clone() if FORGET == "forth" else added_up(x)

    @staticmethod
    def backward(ctx: Any, grad):
        return grad


def added_up(tensor):
    """The sum of all processes' tensors."""
    total = tensor.clone()
    dist.all_reduce(total)
    return total


def share(name, table, rank, processes):
    """A process's part of a table, or the whole where it is not cut.

    A bias that is added after the parts are is the first process's; the others have zeros.
    """
    last = name.split(" / ")[-1]
    if last in ADDED_ONCE and rank > 0:
        return np.zeros_like(table)
    if last not in SPLIT:
        return table
    return np.split(table, processes, axis=SPLIT[last])[rank]


# One process's part of the work ---------------------------------------------------------


def together(sublayer, *rows):
    """A sublayer of which each process has a part: what the parts give is added up."""
    return Gather.apply(sublayer(*map(Spread.apply, rows)))


def run(tables, batch, counted, among=alone):
    """Every step that all processes have whole, the loss, and their gradients, by name.

    `counted` is how many words the loss is a mean over: those of all sentences.
    """
    tensors, seen = as_tensors(unflatten(tables), requires_grad=True), {}
    logits = functional_transformer(tensors, *batch[:2], see=seen.setdefault, among=among)
    targets = torch.tensor(batch.following).flatten()
    options = {"ignore_index": PAD, "label_smoothing": cases.SMOOTHING, "reduction": "sum"}
    loss = F.cross_entropy(logits.flatten(0, 1), targets, **options) / counted
    seen = {name: step for name, step in seen.items() if not _in_parts(name)}
    wanted = flatten(tensors) | {n: step for n, step in seen.items() if step.requires_grad}
    found = torch.autograd.grad(loss, list(wanted.values()))
    grads = {gradient_name(name): g for name, g in zip(wanted, found, strict=True)}
    return {name: tensor.detach() for name, tensor in seen.items()}, loss.detach(), grads


def _in_parts(name):
    """Whether a step lies inside a sublayer, or is no row of a sentence."""
    inside = ("self-attention", "cross-attention", "feed-forward", "position")
    return any(part in inside for part in name.split(" / "))


# The two ways to split -------------------------------------------------------


def heads_split(tables, batch, rank, processes):
    """Each process with its heads; the tables' gradients are put together again."""
    mine = {name: share(name, table, rank, processes) for name, table in tables.items()}
    counted = int((batch.following != PAD).sum())
    seen, loss, grads = run(mine, batch, counted, together)
    for name, table in mine.items():
        if table.shape != tables[name].shape:
            axis, grad = SPLIT[name.split(" / ")[-1]], gradient_name(name)
            grads[grad] = torch.cat(all_parts(grads[grad], processes), axis)
    return seen | {"loss": loss} | grads


def batch_split(tables, batch, rank, processes):
    """Each process with its sentences; the tables' gradients are added up."""
    mine = Batch(*(np.split(ids, processes)[rank] for ids in batch))
    seen, loss, grads = run(tables, mine, int((batch.following != PAD).sum()))
    of_tables = {gradient_name(name) for name in tables}
    whole = {name: torch.cat(all_parts(step, processes)) for name, step in seen.items()}
    for name, grad in grads.items():
        parts = None if name in of_tables else all_parts(grad, processes)
        whole[name] = added_up(grad) if parts is None else torch.cat(parts)
    return whole | {"loss": added_up(loss)}


def all_parts(tensor, processes):
    """Every process's tensor, in the order of the processes."""
    parts = [torch.empty_like(tensor.contiguous()) for _ in range(processes)]
    dist.all_gather(parts, tensor.contiguous())
    return parts


# The command ----------------------------------------------------------------------


@cache
def known():
    """What is split, its record, and what every step of it is."""
    record = cases.run(case())
    return case(), record, reference(record, None)


def judged(split, dtype, device, rank, processes):
    """The findings of one way to split, each step judged by the record of one process."""
    made, record, truth = known()
    tables = {k: np.asarray(v, dtype) for k, v in flatten(made.parameters).items()}
    with torch.device(device):
        found = split(tables, made.batch, rank, processes)
    given = {name: np.asarray(table, np.float64) for name, table in tables.items()}
    given |= {name: tensor.double().cpu().numpy() for name, tensor in found.items()}
    given = {name: given[name] for name in record.steps if name in given}
    road = Road(f"{split.__name__} {dtype}", UNITS[dtype], lambda *_: given.items())
    return judge(made, record, road, truth)


def main(types=TYPES):
    """Split in both ways and number types; the first process says how it went."""
    if "RANK" not in os.environ:
        return refuse(
            "Start it with torchrun --nproc-per-node=2 -m tfmath.witness.distributed"
        )
    rank, processes = (int(os.environ[name]) for name in ("RANK", "WORLD_SIZE"))
    try:
        check_split(processes)
    except ValueError as refused:
        return refuse(str(refused)) if rank == 0 else 2
    gpus = torch.cuda.device_count() >= processes
    device = f"cuda:{os.environ['LOCAL_RANK']}" if gpus else "cpu"
    meet = os.environ.get("MEET")  # a folder, where torchrun did not start them
    options = {"rank": rank, "world_size": processes} if meet else {}
    where = f"file://{meet}/processes" if meet else None
    dist.init_process_group("nccl" if gpus else "gloo", init_method=where, **options)
    try:
        return report(device, rank, processes, types)
    finally:
        dist.destroy_process_group()


def report(device, rank, processes, types=TYPES):
    """Judge every run; give back `DOUBTED` if a step leaves its bound, else 0."""
    status = 0
    for split in (heads_split, batch_split):
        for dtype in types:
            findings = judged(split, dtype, device, rank, processes)
            failed, worst = first_failure(findings), max(findings, key=lambda f: f.share)
            status = DOUBTED if failed else status
            if rank == 0:
                print(
                    f"{processes} processes on {device}, {worst.road}: "
                    f"{len(findings)} steps and gradients, "
                    f"at most {100 * worst.share:.0f} % of a bound"
                    + (f"; first failure: {failed.step}" if failed else "")
                )
    return status


def start(processes=2, types=TYPES, forget="nothing"):
    """Run the command on several processes of this machine, without ``torchrun``.

    Parameters
    ----------
    processes : int
    types : sequence of str
        The number types, of `formats.UNITS`.
    forget : str
        Which sums are left out where heads are split: "nothing", "forth" or "back".

    Returns
    -------
    list of str
        What the first process says, line by line.

    Raises
    ------
    ValueError
        If a number type, or what to forget, is unknown.
    RuntimeError
        If one fails: no step needs to stay in its bound where a sum is forgotten.
    """
    check_split(processes)
    if forget not in ("nothing", "forth", "back"):
        raise ValueError(f"distributed: forget is {forget!r}; 'nothing', 'forth', 'back'.")
    words("distributed", "types", types, UNITS)
    with tempfile.TemporaryDirectory() as folder:
        place = {"WORLD_SIZE": processes, "MEET": folder, "FORGET": forget}
        started = [_started(rank, place, types) for rank in range(processes)]
        said = [process.communicate() for process in started]
    asked_for = 0 if forget == "nothing" else DOUBTED  # then steps shall leave their bounds
    for process, (_, complaint) in zip(started, said, strict=True):
        if process.returncode not in (0, asked_for):
            raise RuntimeError(f"distributed: a process failed: {complaint[-300:]}")
    return said[0][0].splitlines()


def _started(rank, place, types):
    place = place | {"RANK": rank, "LOCAL_RANK": rank}
    environment = os.environ | {name: str(value) for name, value in place.items()}
    command = [sys.executable, "-m", "tfmath.witness.distributed", *types]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, env=environment, cwd=ROOT, **pipes)


def refuse(sentence):
    """Say it, and give back the exit status 2."""
    print(sentence, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or TYPES))
