"""The roads to a number: NumPy and PyTorch, each in several number types."""

from typing import Any, NamedTuple

import numpy as np

from tfmath.learning.train import traced_loss
from tfmath.tracing.gradient import gradient_name
from tfmath.tracing.rules import RULES
from tfmath.tracing.rules.row import slope
from tfmath.witness import cases
from tfmath.witness.formats import UNITS, Unit
from tfmath.witness.replay import column, replay


class Road(NamedTuple):
    """One way to compute all steps.

    Attributes
    ----------
    name : str
    unit : Unit
        How it rounds.
    walk : function
        ``walk(case, record) -> iterator of (step name, array)``, all or some steps.
    """

    name: str
    unit: Unit
    walk: Any


def numpy_road(dtype, traced_loss=traced_loss):
    """Our own functions, run in `dtype`."""

    def walk(case, record):
        run = cases.run(case, np.dtype(dtype), traced_loss)
        for name, node in run.steps.items():
            if node.dtype.kind == "f" and node.dtype != dtype:
                raise TypeError(f"{name} holds {node.dtype} in a run of {dtype}.")
            yield name, node.value

    return Road(f"NumPy {dtype}", UNITS[dtype], walk)


def replay_road(dtype, device="cpu"):
    """The record, each operation done by PyTorch's own."""

    def walk(case, record):
        with _number_type(dtype):
            done = replay_torch(list(record.steps.values()), dtype, device)
        for name, node in record.steps.items():
            yield name, to_numpy(done[id(node)])

    return Road(f"PyTorch replay {dtype}", UNITS[dtype], walk)


def autograd_road(dtype, device="cpu"):
    """The forward record replayed by PyTorch, the gradients by PyTorch's own autograd."""

    def walk(case, record):
        with _number_type(dtype):
            return _learned(record, dtype, device).items()

    return Road(f"PyTorch autograd {dtype}", UNITS[dtype], walk)


def _learned(record, dtype, device):
    """Every forward step of a record by PyTorch, and every gradient by its autograd."""
    import torch

    done = replay_torch(list(record.forward.values()), dtype, device, learn=True)
    named = {name: done[id(node)] for name, node in record.forward.items()}
    wanted = {gradient_name(name): tensor for name, tensor in named.items()}
    wanted = {name: wanted[name] for name in record.gradients}
    found = torch.autograd.grad(done[id(record.loss)], list(wanted.values()))
    return {name: to_numpy(tensor) for name, tensor in named.items()} | {
        name: to_numpy(grad) for name, grad in zip(wanted, found, strict=True)
    }


def modules_road(dtype, device="cpu"):
    """PyTorch's own modules with the same tables; of its steps those that PyTorch shows."""

    def walk(case, record):
        from tfmath.witness.torch_steps import walk_modules

        with _number_type(dtype):
            return list(walk_modules(case, record, dtype, device))

    return Road(f"PyTorch modules {dtype}", UNITS[dtype], walk)


def replay_torch(arrays, dtype, device="cpu", learn=False):
    """Replay a record with PyTorch: ``id(node)`` to a tensor.

    Parameters
    ----------
    arrays : list of Traced
    dtype : str
        A row of `formats.UNITS`; TF32 stores float32.
    device : str
    learn : bool
        Let autograd follow.
    """
    import torch

    kind = getattr(torch, "float32" if dtype == "tf32" else dtype)

    def load(node):
        tensor = _tensor(torch, node.value, kind, device)
        return tensor.requires_grad_() if learn and node.op == "input" else tensor

    def call(node, *values):
        function, rule = column(node, "torch"), RULES[node.op]
        values = [v if slope(rule, i) else v.detach() for i, v in enumerate(values)]
        if function is None:
            return getattr(torch, node.op)(*values, **node.options)
        return function(torch, *values, **node.options)

    before = torch.get_default_dtype()
    torch.set_default_dtype(kind)  # what whole numbers become when they are divided
    try:
        return replay(arrays, load, call)
    finally:
        torch.set_default_dtype(before)


def to_numpy(tensor):
    """A tensor's numbers as float64."""
    return tensor.detach().double().cpu().numpy()


def _tensor(torch, array, kind, device):
    fresh = array.ndim == 0 or not (array.flags.writeable and array.flags.c_contiguous)
    tensor = torch.from_numpy(np.array(array) if fresh else array)
    return tensor.to(device, kind) if array.dtype.kind == "f" else tensor.to(device)


class _number_type:
    """Say how PyTorch is to multiply matrices, and put it back afterwards."""

    def __init__(self, dtype):
        import torch

        self.settings = torch.backends.cuda.matmul
        self.wanted = {
            "allow_tf32": dtype == "tf32",
            "allow_fp16_reduced_precision_reduction": False,
            "allow_bf16_reduced_precision_reduction": False,
        }

    def __enter__(self):
        self.before = {name: getattr(self.settings, name) for name in self.wanted}
        self._set(self.wanted)

    def __exit__(self, *_):
        self._set(self.before)

    def _set(self, values):
        for name, value in values.items():
            setattr(self.settings, name, value)


# The roads a device has -------------------------------------------------------------------


class Refused(ValueError):
    """A wish that this machine cannot meet, in one sentence."""


def check_device(device):
    """Say in one sentence what is missing, or give the device back."""
    import torch

    there = {
        "cpu": True,
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }
    if not there[device]:
        raise Refused(f"--device {device}: PyTorch {torch.__version__} finds none here.")
    return device


def all_roads(dtypes, device="cpu"):
    """Every road for the given number types on a device, NumPy's two first."""
    check_device(device)
    for dtype in dtypes:
        if dtype not in UNITS:
            raise Refused(
                f"--dtype {dtype}: there is no such type; take {', '.join(UNITS)}."
            )
        if dtype == "tf32" and device != "cuda":
            raise Refused("--dtype tf32: only a CUDA device multiplies in TF32.")
        if dtype == "float64" and device == "mps":
            raise Refused("--dtype float64: an MPS device has no float64.")
    made = [numpy_road("float64"), numpy_road("float32")]
    for dtype in dtypes:
        made += [replay_road(dtype, device), autograd_road(dtype, device)]
    return made + [modules_road(t, device) for t in dtypes if t in ("float64", "float32")]
