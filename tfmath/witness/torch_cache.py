"""Decoding with a cache by PyTorch's functions, and ours beside it."""

import math
from functools import partial

import numpy as np
import torch
from torch.nn import functional as F

from tfmath.decoding.cache import decode_next, start_cache
from tfmath.model.parameters import flatten, unflatten
from tfmath.parts.norm import EPSILON
from tfmath.witness import cases, torch_modules
from tfmath.witness.contest import Contest

SIZES = {"words": 32_000, "d_model": 512, "n_heads": 8, "d_ff": 2048, "n_layers": 6}


def cached_words(turned=True, count=8, **sizes):
    """The scores of a few words, one after the other, each of the base model's size.

    Parameters
    ----------
    turned : bool
        Whether PyTorch's tables lie as its modules store them, (out, in), or as ours do.
    count : int
        How many words.
    **sizes
        Other sizes than the base model's.

    Returns
    -------
    Contest
    """
    case = cases.square_case("bench", 0, **(SIZES | sizes))
    flat = {name: np.float32(table) for name, table in flatten(case.parameters).items()}
    parameters, (words, d_model) = unflatten(flat), flat["embedding"].shape
    memory = np.random.default_rng(0).normal(size=(16, d_model)).astype(np.float32)
    ids = np.random.default_rng(1).integers(1, words, count).tolist()
    begun = start_cache(parameters, memory)
    theirs = TorchDecoder(torch_modules.as_tensors(parameters), memory, turned)

    def ours():
        cache, logits = begun, None
        for word in ids:
            logits, cache = decode_next(parameters, word, cache)
        return logits[0]

    reach = 0.85 if turned else 1.2
    return Contest(ours, lambda: theirs.written(ids), 1e-3, reach)


class TorchDecoder:
    """A decoder of PyTorch's functions that keeps the keys and values it has made."""

    def __init__(self, parameters, memory, turned=True):
        decoder = parameters["decoder"]
        self.embedding, self.turned = parameters["embedding"], turned
        self.layers = [layer for name, layer in decoder.items() if "layer" in name]
        self.n_heads = len(self.layers[0]["self-attention"]["W_Q"])
        self.maps = [self._maps(layer) for layer in self.layers]
        memory = torch.tensor(memory)[None]
        over = [maps["cross-attention"] for maps in self.maps]
        self.memory = [[self._heads(maps[c](memory)) for c in "KV"] for maps in over]

    def _maps(self, layer):
        """Every linear map of a layer, with its heads side by side."""
        found = {}
        for part in ("self-attention", "cross-attention"):
            tables = layer[part]
            wide = {c: tables[f"W_{c}"].transpose(0, 1).flatten(1) for c in "QKV"}
            bias = {c: tables[f"b_{c}"].flatten() for c in "QKVO"}
            wide["O"] = tables["W_O"]
            found[part] = {c: self._map(wide[c], bias[c]) for c in "QKVO"}
        ff = layer["feed-forward"]
        found["feed-forward"] = [self._map(ff[f"W_{i}"], ff[f"b_{i}"]) for i in "12"]
        return found

    def _map(self, table, bias):
        if self.turned:
            return partial(F.linear, weight=table.T.contiguous(), bias=bias)
        table = table.contiguous()
        return lambda x: x @ table + bias

    @torch.no_grad()
    def written(self, ids):
        """The scores after the last of some words."""
        kept = [{} for _ in self.layers]
        for position, word in enumerate(ids):
            logits = self._next(word, position, kept)
        return logits.numpy()

    def _next(self, word, position, kept):
        x = self._begun(word, position)
        for layer, maps, own, memory in zip(
            self.layers, self.maps, kept, self.memory, strict=True
        ):
            looks = maps["self-attention"]
            for c in "KV":
                new = self._heads(looks[c](x))
                own[c] = torch.cat((own[c], new), 2) if c in own else new
            x = _added(x, self._look(x, looks, own.values()), layer["norm 1"])
            over = self._look(x, maps["cross-attention"], memory)
            x = _added(x, over, layer["norm 2"])
            first, second = maps["feed-forward"]
            x = _added(x, second(F.relu(first(x))), layer["norm 3"])
        return F.linear(x[0, 0], self.embedding)

    def _begun(self, word, position):
        d_model = self.embedding.shape[1]
        column = torch.arange(d_model)
        angle = position / 10000 ** (column // 2 * 2 / d_model)
        waves = torch.where(column % 2 > 0, angle.cos(), angle.sin())
        return (self.embedding[word] * math.sqrt(d_model) + waves).view(1, 1, -1)

    def _look(self, x, maps, kept):
        query = self._heads(maps["Q"](x))
        found = F.scaled_dot_product_attention(query, *kept)
        return maps["O"](found.transpose(1, 2).flatten(2))

    def _heads(self, x):
        return x.unflatten(-1, (self.n_heads, -1)).transpose(1, 2)


def _added(x, out, norm):
    return F.layer_norm(x + out, x.shape[-1:], norm["gain"], norm["bias"], EPSILON)
