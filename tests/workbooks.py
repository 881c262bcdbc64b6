"""Records that become workbooks, and workbooks as LibreOffice computes them."""

import shutil
import subprocess

import numpy as np
import openpyxl

from tfmath import toy
from tfmath.model.parameters import shapes, starting_values, traced
from tfmath.model.transformer import transformer
from tfmath.parts.activation import gelu
from tfmath.parts.norm import pre_norm
from tfmath.parts.softmax import softmax
from tfmath.parts.text import encode
from tfmath.tracing import constant, named, trace

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
TEXT = toy.PAIRS[1][0]
ODD = ["=1+1", "?", "*", "I", "i", "12", "+x", "@y", "#N/A", "'quoted", "TRUE"]


def computed(folder, *files):
    """The files as LibreOffice computes them, opened: one start for all."""
    out = folder / "computed"
    profile = f"-env:UserInstallation=file://{folder / 'profile'}"
    command = [OFFICE, profile, "--headless", "--convert-to", "xlsx", "--outdir", out]
    subprocess.run([*command, *files], check=True, capture_output=True, timeout=120)
    return [openpyxl.load_workbook(out / file.name, data_only=True) for file in files]


def found(book, cell):
    sheet, _, place = cell.rpartition("!")
    return book[sheet][place].value


def differing(book, numbers, most=1e-12):
    """The cells whose number is not Python's, by name."""
    return [cell for cell, number in numbers.items() if not _same(book, cell, number, most)]


def _same(book, cell, number, most):
    value = found(book, cell)
    return isinstance(value, int | float) and abs(value - number) <= most * max(
        1, abs(number)
    )


def written(book):
    """Each word of the first sheet beside the one that the model then writes."""
    rows = [list(row) for row in book["start"].iter_rows(values_only=True)]
    first = next(n for n, row in enumerate(rows) if "then" in row)
    column = rows[first].index("then")
    lines = [row[column - 1 : column + 2] for row in rows[first + 1 :]]
    return [line for line in lines if line[0] is not None]


def other():
    """Two layers each way, three heads, sizes that all differ, words like formulas."""
    sizes = shapes(
        len(ODD), 7, n_heads=3, d_k=2, d_v=5, d_ff=4, n_layers=2, final_norm=True
    )
    parameters = starting_values(np.random.default_rng(3), sizes)
    record = transformer(
        traced(parameters, ODD),
        [0, 3, 5, 0],
        [1, 0, 8],
        source_mask=np.array([[True, True, True, False]]),
        block=pre_norm,
        activation=gelu,
    )
    return named("chances", softmax(record))


def by_a_learner():
    """What a model does not do, but a learner's own NumPy may."""
    x = trace([[1.5, -2.0, 0.25], [0.5, 3.0, -1.0]], "x", rows=["a", "b"])
    W = trace(np.arange(42.0).reshape(14, 3) / 8 - 2, "W")
    parts = [
        np.where(x > 0, x, -x) ** 2 - -x,
        np.tanh(x) * np.log1p(np.exp(-x)) / (1 + np.sqrt(np.abs(x))),
        np.cumsum(x, axis=1),
        np.broadcast_to(np.max(x, axis=0), x.shape) - np.min(x),
        np.floor(x) + np.ceil(x) + np.sign(x) + np.trunc(x),
        np.arctan2(x, x[::-1]) + np.hypot(x, x + 1) + np.cbrt(x) + np.exp2(x),
        np.concatenate([x[:, 1:], x[:, :1]], axis=1),
        np.log10(x * x) + np.log2(x * x) + x % 2.0 + np.prod(x, axis=1, keepdims=True),
        np.einsum("ij,kj->ik", x, W)[:, :3] + (x > 0).astype(float),
        x[np.array([1, 0])] + W[constant("which", [3, 13], beside=x)],
    ]
    wide = named("wide", np.concatenate(parts, axis=1)[:, :14] @ W)
    logs = named("logs", np.log(softmax(wide)) + np.mean(wide, axis=1, keepdims=True))
    return named("all", np.concatenate([*parts, logs, wide * 1e-9], axis=1))


def as_read(parameters, text):
    """The record of the words as they stand in the unchanged workbook."""
    read = ["<start>", *(word for word, _ in toy.finish(toy.load(), TEXT)[:-1])]
    ids = encode(text, toy.WORDS), encode(read, toy.WORDS)
    return named("probability", softmax(transformer(traced(parameters, toy.WORDS), *ids)))
