"""The road of PyTorch's own modules: which of our steps they pass, and with what gradient.

Where ``d_k = d_v = d_model / n_heads`` the model is an ``nn.Transformer``, watched from
outside by a hook. The toy model's heads are of another width, which that class cannot
build; there the same model is written with the functions inside its modules: ``embedding``,
``scaled_dot_product_attention``, ``linear``, ``relu``, ``layer_norm``, ``cross_entropy``.
"""

import math

import numpy as np
import torch
from torch.nn import functional as F

from tfmath.learning.train import PAD
from tfmath.model.parameters import flatten, unflatten
from tfmath.parts.masks import padding_mask
from tfmath.parts.norm import EPSILON
from tfmath.parts.position import positional_encoding
from tfmath.tracing.gradient import gradient_name
from tfmath.witness.cases import SMOOTHING
from tfmath.witness.torch_modules import ATTENTIONS, NORMS, as_tensors, transformer_logits


def walk_modules(case, record, dtype, device="cpu"):
    """Each step that PyTorch's modules pass, then each gradient: (name, float64 array)."""
    tables = {k: np.asarray(v, dtype) for k, v in flatten(case.parameters).items()}
    with torch.device(device):
        tensors = as_tensors(unflatten(tables), requires_grad=True)
        run = _run_module if _square(case.parameters) else _run_functions
        seen = flatten(tensors) | run(tensors, case.batch)
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


def _run_module(tensors, batch):
    outputs, modules = {}, {}

    def watch(module, inputs, output):
        outputs[id(module)] = output[0] if isinstance(output, tuple) else output
        if isinstance(module, torch.nn.Transformer):
            modules.update(module.named_modules())

    hook = torch.nn.modules.module.register_module_forward_hook(watch)
    try:
        mask = padding_mask(batch.source, PAD)
        logits = transformer_logits(tensors, batch.source, batch.target, mask)
    finally:
        hook.remove()
    named = {_our_name(path): outputs.get(id(module)) for path, module in modules.items()}
    return {name: out for name, out in named.items() if name} | {"logits": logits}


def _our_name(path):
    """``encoder.layers.0.norm1`` is ``encoder / layer 1 / norm 1 / output``."""
    parts = path.split(".")
    if len(parts) != 4 or parts[3] not in PARTS:
        return None
    return f"{parts[0]} / layer {int(parts[2]) + 1} / {PARTS[parts[3]]}"


# The same with functions ------------------------------------------------------------------


def _run_functions(tensors, batch):
    seen, table = {}, tensors["embedding"]
    sees = torch.tensor(padding_mask(batch.source, PAD))
    back = torch.ones(2 * batch.target.shape[-1:], dtype=bool).tril()
    memory = seen["encoder / input"] = embedded(batch.source, table)
    for name, layer in tensors["encoder"].items():
        memory = _layer(seen, f"encoder / {name}", memory, layer, sees)
    x = seen["decoder / input"] = embedded(batch.target, table)
    for name, layer in tensors["decoder"].items():
        x = _layer(seen, f"decoder / {name}", x, layer, back, memory, sees)
    seen["logits"] = F.linear(x, table)
    return seen


def embedded(ids, table):
    """The rows of the words, times √d_model, and the positions."""
    d_model = table.shape[-1]
    position = torch.tensor(positional_encoding(ids.shape[-1], d_model)).to(table.dtype)
    return F.embedding(torch.tensor(ids), table) * math.sqrt(d_model) + position


def _layer(seen, where, x, layer, mask, memory=None, memory_mask=None):
    changed = [("self-attention", x, mask), ("cross-attention", memory, memory_mask)]
    changed = [part for part in changed if part[0] in layer]
    for i, (name, others, may_look) in enumerate(changed, 1):
        others = x if name == "self-attention" else others
        new = _attention(seen, f"{where} / {name}", x, others, layer[name], may_look)
        x = _norm(seen, f"{where} / norm {i}", x + new, layer[f"norm {i}"])
    ff, inside = layer["feed-forward"], f"{where} / feed-forward"
    before = seen[f"{inside} / before activation"] = F.linear(x, ff["W_1"].T, ff["b_1"])
    hidden = seen[f"{inside} / hidden"] = F.relu(before)
    new = seen[f"{inside} / output"] = F.linear(hidden, ff["W_2"].T, ff["b_2"])
    last = f"norm {len(changed) + 1}"
    return _norm(seen, f"{where} / {last}", x + new, layer[last])


def _norm(seen, where, residual, tables):
    seen[f"{where} / residual"] = residual
    output = F.layer_norm(
        residual, residual.shape[-1:], tables["gain"], tables["bias"], EPSILON
    )
    seen[f"{where} / output"] = output
    return output


def _attention(seen, where, x, others, tables, mask):
    outputs = []
    for i in range(len(tables["W_Q"])):
        head = f"{where} / head {i + 1}"
        query = seen[f"{head} / query"] = F.linear(x, tables["W_Q"][i].T)
        key = seen[f"{head} / key"] = F.linear(others, tables["W_K"][i].T)
        value = seen[f"{head} / value"] = F.linear(others, tables["W_V"][i].T)
        output = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        seen[f"{head} / output"] = output
        outputs.append(output)
    heads = seen[f"{where} / heads"] = torch.cat(outputs, -1)
    output = seen[f"{where} / output"] = F.linear(heads, tables["W_O"].T)
    return output
