"""The Transformer in PyTorch's functions passes our steps, and takes none of our lines."""

import ast
from pathlib import Path

import numpy as np
import pytest
import torch
from tables import assert_close, filled

from tfmath import gelu, post_norm, pre_norm, relu, steps, transformer
from tfmath.model.parameters import shapes, traced
from tfmath.parts.masks import padding_mask
from tfmath.witness import torch_functions
from tfmath.witness.torch_functions import functional_transformer, sinusoids
from tfmath.witness.torch_modules import as_tensors

SIZES = {"vocab_size": 23, "d_model": 5, "n_heads": 2, "d_k": 3, "d_v": 4, "d_ff": 7}
SOURCE = np.array([[3, 20, 7, 9, 4, 11], [5, 3, 22, 0, 0, 0]])
TARGET = np.array([[1, 8, 8, 2], [1, 19, 4, 0]])
PLACES = {"position": (9, 5)}
MODELS = {
    "as the paper": {},
    "biases": {"biases": True},
    "a last norm": {"final_norm": True, "biases": True},
    "words scored by a table of their own": {"tied": False},
    "learned places": {},
}


def model(name):
    sizes = shapes(**SIZES, n_layers=2, **MODELS[name])
    sizes |= {"output / b": (23,)} if name.startswith("words") else {}
    return filled(sizes | (PLACES if name == "learned places" else {}))


def seen(tables, **built):
    steps_of_torch = {}
    see = steps_of_torch.setdefault
    functional_transformer(as_tensors(tables), SOURCE, TARGET, see=see, **built)
    return steps_of_torch


@pytest.mark.parametrize("block", [post_norm, pre_norm])
@pytest.mark.parametrize("activation", [relu, gelu])
@pytest.mark.parametrize("name", MODELS)
def test_every_step_it_passes_is_ours(name, activation, block):
    tables = model(name)
    mask = padding_mask(SOURCE, 0)
    variant = {"block": block, "activation": activation}
    logits = transformer(traced(tables), SOURCE, TARGET, mask, **variant)
    bend = getattr(torch.nn.functional, activation.__name__)
    found = seen(tables, norm_first=block is pre_norm, activation=bend)
    ours = steps(logits)
    for step, tensor in found.items():
        largest = np.abs(ours[step].value).max()  # up to 200
        assert_close(ours[step].value, tensor, step, 2e-13 * max(largest, 1))
    words, layers = 2 * 3, 2 * (6 + 4 + 3) + 2 * (6 + 6 + 6 + 3)
    assert len(found) == words + layers + 1 + 2 * (name == "a last norm")


def test_it_imports_nothing_of_ours():
    tree = ast.parse(Path(torch_functions.__file__).read_text(encoding="utf-8"))
    names = {
        alias.name for n in ast.walk(tree) if isinstance(n, ast.Import) for alias in n.names
    }
    names |= {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert names == {"math", "functools", "torch", "torch.nn"}


def test_each_pair_of_columns_turns_by_the_papers_angle():
    encoding = sinusoids(4, 5)
    assert encoding.shape == (4, 5) and encoding[0].tolist() == [0, 1, 0, 1, 0]
    angle = 3 / 10000 ** (2 / 5)
    expected = [np.sin(3), np.cos(3), np.sin(angle), np.cos(angle)]
    assert_close(np.array(expected), encoding[3, :4], "position 3", 1e-15)


def test_a_sublayer_may_be_computed_among_others():
    tables = as_tensors(model("biases"))
    calls = []

    def among(sublayer, *rows):
        calls.append(len(rows))
        return sublayer(*rows)

    whole = functional_transformer(tables, SOURCE, TARGET)
    together = functional_transformer(tables, SOURCE, TARGET, among=among)
    assert torch.equal(whole, together)
    assert calls == 2 * [1, 1] + 2 * [1, 2, 1]  # cross-attention has rows of the memory too
