"""The road of PyTorch's own modules: which of our steps they pass, and with what gradient.

Where ``d_k = d_v = d_model / n_heads`` the model is an ``nn.Transformer``, watched from
outside by a hook. The toy model's heads are of another width, which that class cannot
build; there it is the same model in the functions inside its modules, `torch_functions`.
The record of ours lends its tables and the ids, nothing else: no mask and no position.
"""

import numpy as np
import torch
from torch.nn import functional as F

from tfmath.model.parameters import flatten, unflatten
from tfmath.model.states import ATTENTIONS, NORMS
from tfmath.tracing.gradient import gradient_name
from tfmath.witness.cases import SMOOTHING
from tfmath.witness.torch_functions import PAD, functional_transformer
from tfmath.witness.torch_modules import as_tensors, transformer_logits


def walk_modules(case, record, dtype, device="cpu"):
    """Each step that PyTorch's modules pass, then each gradient: (name, float64 array)."""
    tables = {k: np.asarray(v, dtype) for k, v in flatten(case.parameters).items()}
    with torch.device(device):
        tensors = as_tensors(unflatten(tables), requires_grad=True)
        run = _run_module if _square(case.parameters) else _run_functions
        seen = flatten(tensors) | run(tensors, *case.batch[:2])
        seen["loss"] = _loss(seen["logits"], case.batch)
    seen = {name: seen[name] for name in record.forward if name in seen}
    wanted = {n: t for n, t in seen.items() if gradient_name(n) in record.gradients}
    yield from ((name, _numbers(tensor)) for name, tensor in seen.items())
    found = torch.autograd.grad(seen["loss"], list(wanted.values()))
    for name, grad in zip(wanted, found, strict=True):
        yield gradient_name(name), _numbers(grad)


def _square(parameters):
    attention = parameters["encoder"]["layer 1"]["self-attention"]
    n_heads, d_model, d_k = attention["W_Q"].shape
    return n_heads * d_k == n_heads * attention["W_V"].shape[-1] == d_model


def _loss(logits, batch):
    targets = torch.tensor(batch.following).flatten()
    return F.cross_entropy(
        logits.flatten(0, 1), targets, ignore_index=PAD, label_smoothing=SMOOTHING
    )


def _numbers(tensor):
    return tensor.detach().double().cpu().numpy()


# nn.Transformer, watched ------------------------------------------------------------------

PARTS = {"linear1": "feed-forward / before activation", "linear2": "feed-forward / output"}
PARTS |= {name: f"{ours} / output" for ours, name in (ATTENTIONS | NORMS).items()}


def _run_module(tensors, source, target):
    seen, outputs, modules = {}, {}, {}

    def watch(module, inputs, output):
        outputs[id(module)] = output[0] if isinstance(output, tuple) else output
        if isinstance(module, torch.nn.Transformer):
            modules.update(module.named_modules())

    hook = torch.nn.modules.module.register_module_forward_hook(watch)
    try:
        words = (source != PAD)[:, None]
        transformer_logits(tensors, source, target, words, see=seen.setdefault)
    finally:
        hook.remove()
    named = {_our_name(path): outputs.get(id(module)) for path, module in modules.items()}
    return seen | {name: out for name, out in named.items() if name}


def _our_name(path):
    """``encoder.layers.0.norm1`` is ``encoder / layer 1 / norm 1 / output``."""
    parts = path.split(".")
    if len(parts) != 4 or parts[3] not in PARTS:
        return None
    return f"{parts[0]} / layer {int(parts[2]) + 1} / {PARTS[parts[3]]}"


# The same with functions ------------------------------------------------------------------


def _run_functions(tensors, source, target):
    seen = {}
    functional_transformer(tensors, source, target, see=seen.setdefault)
    return seen
