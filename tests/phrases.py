"""Example calls of NumPy functions that are said with rows: a part of `examples.py`."""

import numpy as np
import torch

LONG = 3000

PHRASES = {
    "swapaxes": (lambda a: np.swapaxes(a, 0, -1), lambda a: a.swapaxes(0, -1), (2, 3, 4)),
    "matrix_transpose": (np.matrix_transpose, lambda a: a.mT, (2, 3, 4)),
    "moveaxis": (
        lambda a: np.moveaxis(a, source=[0, 2], destination=[1, 0]),
        lambda a: torch.movedim(a, (0, 2), (1, 0)), (2, 3, 4)),
    "expand_dims": (
        lambda a: np.expand_dims(a, (0, -1)), lambda a: a[None, ..., None], (2, 3)),
    "squeeze": (lambda a: np.squeeze(a, axis=1), lambda a: a.squeeze(1), (2, 1, 3, 1)),
    "ravel": (np.ravel, torch.ravel, (2, 3)),
    "stack": (
        lambda a, b: np.stack([a, b], axis=-1),
        lambda a, b: torch.stack([a, b], -1), (2, 3), (2, 3)),
    "stack: unpacked": (lambda a: np.stack([*a][::-1]), lambda a: a.flip(0), (3, 4)),
    "vstack": (
        lambda a, b: np.vstack([a, b]), lambda a, b: torch.vstack([a, b]), (3,), (2, 3)),
    "hstack": (
        lambda a, b: np.hstack([a, b]), lambda a, b: torch.hstack([a, b]), (2, 3), (2, 4)),
    "split": (
        lambda a: np.split(a, [1, 4], axis=1)[1],
        lambda a: torch.tensor_split(a, (1, 4), 1)[1], (2, 6)),
    "array_split": (
        lambda a: np.array_split(a, 3)[1], lambda a: torch.tensor_split(a, 3)[1], (7, 2)),
    "dot": (np.dot, torch.matmul, (2, 3, 4), (4,)),
    "dot: tables": (np.dot, torch.matmul, (2, 3), (3, 4)),
    "dot: rows": (np.dot, torch.matmul, (3,), (3,)),
    "inner": (np.inner, torch.inner, (2, 3, 4), (5, 4)),
    "outer": (np.outer, torch.outer, (3,), (4,)),
    "var": (
        lambda a: a.var(axis=0, ddof=1, keepdims=True),
        lambda a: a.var(0, keepdim=True), (3, 4)),
    "var: long": (lambda a: a.var(axis=0), lambda a: a.var(0, correction=0), (LONG,)),
    "std": (lambda a: np.std(a, axis=-1), lambda a: a.std(-1, correction=0), (3, 4)),
    "average": (lambda a: np.average(a, axis=0), lambda a: a.mean(0), (3, 4)),
    "amax": (lambda a: np.amax(a, 0), lambda a: a.amax(0), (3, 4)),
    "amin": (lambda a: np.amin(a, axis=1), lambda a: a.amin(1), (3, 4)),
    "clip": (lambda a: np.clip(a, 0.8, 1.5), lambda a: a.clip(0.8, 1.5), (3, 4)),
    "clip: one side": (
        lambda a: np.clip(a, None, 1.2), lambda a: a.clip(None, 1.2), (3, 4)),
    "full_like": (
        lambda a: np.full_like(a, a.sum()), lambda a: a.sum() * torch.ones_like(a), (3, 4)),
    "fabs": (lambda a: np.fabs(a - 1), lambda a: abs(a - 1), (3, 4)),
    "positive": (lambda a: +a, None, (3, 4)),
    "reciprocal": (np.reciprocal, torch.reciprocal, (3, 4)),
    "take": (
        lambda a: np.take(a, [1, 1, 0], axis=1), lambda a: a[:, [1, 1, 0]], (3, 4)),
    "tril": (lambda a: np.tril(a, -1), lambda a: a.tril(-1), (2, 3, 4)),
    "triu": (lambda a: np.triu(a, 1), lambda a: a.triu(1), (2, 3, 4)),
    "any": (lambda a: np.any(a > 1.9, axis=1), lambda a: (a > 1.9).any(1), (3, 4)),
    "all": (lambda a: (a > 0.6).all(axis=1), lambda a: (a > 0.6).all(1), (3, 4)),
}  # fmt: skip
