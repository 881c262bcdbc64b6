"""The Transformer once more, in PyTorch's functions: what our own lines are held against.

Written from the paper [1]_ and importing nothing of ours, so that no mistake is made twice:
the positions, √d_model, ε and both masks are its own. It takes our tables as tensors, shows
each step it passes to `see`, and can be taken apart among processes.

References
----------
.. [1] A. Vaswani et al., "Attention Is All You Need", 2017.
"""

import math
from functools import partial

import torch
from torch.nn import functional as F

PAD, EPSILON = 0, 1e-5


def unseen(name, tensor):
    """Watch nothing."""
    return tensor


def alone(sublayer, *rows):
    """Compute a sublayer whole, on one process."""
    return sublayer(*rows)


def functional_transformer(tables, source, target, see=unseen, **built):
    """A score for each next word.

    Parameters
    ----------
    tables : dict of dicts of tensors
        Named and laid out as ours.
    source, target : (n_sentences, n) of int
        What is 0 among the source is padding, and hidden from everybody.
    see : function
        ``see(name, tensor) -> tensor``, called with each step by the name it has with us.
    **built
        ``norm_first`` (False), ``activation`` (``F.relu``), and ``among`` (`alone`):
        ``among(sublayer, *rows)`` computes a sublayer, perhaps with other processes.

    Returns
    -------
    logits : tensor, (n_sentences, n_target, vocab_size)
    """
    source, target = torch.as_tensor(source), torch.as_tensor(target)
    words, n = (source != PAD)[:, None, None, :], target.shape[-1]
    so_far = torch.ones(n, n, dtype=torch.bool).tril()
    memory = _stack("encoder", tables, source, {"self-attention": (words,)}, see, built)
    looks = {"self-attention": (so_far,), "cross-attention": (words, memory)}
    x = _stack("decoder", tables, target, looks, see, built)
    return see("logits", word_scores(x, tables))


def embedded(ids, tables, see=unseen):
    """Sections 3.4 and 3.5: the words' rows times √d_model, and the positions."""
    ids, table = torch.as_tensor(ids), tables["embedding"]
    n, d_model = ids.shape[-1], table.shape[-1]
    position = tables["position"][:n] if "position" in tables else sinusoids(n, d_model)
    rows = see("scaled embedding", F.embedding(ids, table) * math.sqrt(d_model))
    return see("input", rows + see("position", position.to(table.dtype)))


def sinusoids(n, d_model):
    """Section 3.5: for the columns 2i and 2i + 1 sine and cosine of pos / 10000^(2i/d)."""
    pairs = torch.arange(0, d_model, 2, dtype=torch.float64)
    angles = torch.arange(n, dtype=torch.float64)[:, None] / 10000 ** (pairs / d_model)
    return torch.stack([angles.sin(), angles.cos()], -1).flatten(-2)[:, :d_model]


def word_scores(x, tables):
    """Section 3.4: by the embedding again, or by a table of their own."""
    own = tables.get("output", {"W": tables["embedding"].T})
    return _linear(x, own["W"], own.get("b"))


def inside(see, where):
    """`see` for the steps of a part, told by their full names."""
    return lambda name, tensor: see(f"{where} / {name}", tensor)


def _stack(name, tables, ids, looks, see, built):
    see, stack = inside(see, name), tables[name]
    x = embedded(ids, tables, see)
    for i in range(1, 1 + sum(part != "norm" for part in stack)):
        x = _layer(x, stack[f"layer {i}"], looks, inside(see, f"layer {i}"), **built)
    return _norm(x, stack["norm"], inside(see, "norm")) if "norm" in stack else x


def _layer(x, tables, looks, see, norm_first=False, activation=F.relu, among=alone):
    """Section 3.1; `looks` says for each attention who may look at what, and where."""
    sublayers = [
        (partial(_attend, tables[name], mask, inside(see, name)), others)
        for name, (mask, *others) in looks.items()
    ]
    think = partial(_think, tables["feed-forward"], activation, inside(see, "feed-forward"))
    for i, (sublayer, others) in enumerate([*sublayers, (think, ())], 1):
        norm = partial(_norm, tables=tables[f"norm {i}"], see=inside(see, f"norm {i}"))
        rows = norm(x) if norm_first else x
        x = see(f"norm {i} / residual", x + among(sublayer, rows, *others))
        x = x if norm_first else norm(x)
    return x


def _norm(x, tables, see):
    gain, bias = tables["gain"], tables["bias"]
    return see("output", F.layer_norm(x, gain.shape, gain, bias, EPSILON))


def _attend(tables, mask, see, x, memory=None):
    """Section 3.2: all heads look at once, W_O mixes what they found."""
    others = x if memory is None else memory
    query = see("heads / query", _by_head(x, tables["W_Q"], tables.get("b_Q")))
    key = see("heads / key", _by_head(others, tables["W_K"], tables.get("b_K")))
    value = see("heads / value", _by_head(others, tables["W_V"], tables.get("b_V")))
    found = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
    heads = see("heads", see("heads / output", found).transpose(1, 2).flatten(2))
    return see("output", _linear(heads, tables["W_O"], tables.get("b_O")))


def _by_head(rows, W, b):
    return rows[:, None] @ W if b is None else rows[:, None] @ W + b[:, None]


def _think(tables, activation, see, x):
    """Section 3.3: each row by itself, widened, bent and brought back."""
    before = see("before activation", _linear(x, tables["W_1"], tables.get("b_1")))
    hidden = see("hidden", activation(before))
    return see("output", _linear(hidden, tables["W_2"], tables.get("b_2")))


def _linear(x, W, b=None):
    return F.linear(x, W.T, b)
