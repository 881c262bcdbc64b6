"""Convolving and other networks as people write them, in plain NumPy."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

ADJACENT = np.array([[0, 1, 1, 0], [1, 0, 1, 0], [1, 1, 0, 1], [0, 0, 1, 0]])


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    e_x = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e_x / e_x.sum(axis=-1, keepdims=True)


# Convolving -------------------------------------------------------------------------------


def convolution_by_windows(x, kernel):
    windows = sliding_window_view(x, kernel.shape[2:], axis=(2, 3))
    return np.einsum("bchwij,ocij->bohw", windows, kernel)


def convolution_by_padding(x, kernel, bias):
    k = len(kernel)
    padded = np.pad(x, ((k // 2, k // 2), (0, 0)), mode="constant")
    rows = [np.tensordot(padded[i : i + k], kernel, axes=2) for i in range(len(x))]
    return np.maximum(np.stack(rows) + bias, 0)


def convolution_by_columns(x, kernel):
    n, c, height, width = x.shape
    out, _, size, _ = kernel.shape
    h, w = height - size + 1, width - size + 1
    i0 = np.tile(np.repeat(np.arange(size), size), c)
    i = i0.reshape(-1, 1) + np.repeat(np.arange(h), w).reshape(1, -1)
    j = np.tile(np.arange(size), size * c).reshape(-1, 1)
    j = j + np.tile(np.arange(w), h).reshape(1, -1)
    k = np.repeat(np.arange(c), size * size).reshape(-1, 1)
    cols = x[:, k, i, j].transpose(1, 2, 0).reshape(c * size * size, -1)
    return (kernel.reshape(out, -1) @ cols).reshape(out, h, w, n).transpose(3, 0, 1, 2)


def convolution_by_loops(image, kernel):
    h, w = image.shape[0] - 1, image.shape[1] - 1
    rows = [
        [np.sum(image[i : i + 2, j : j + 2] * kernel) for j in range(w)] for i in range(h)
    ]
    return np.stack([np.stack(row) for row in rows])


def convolution_causal(x, kernel):
    padded = np.pad(x, [(len(kernel) - 1, 0), (0, 0)])
    return sum(kernel[i] * padded[i : i + len(x)] for i in range(len(kernel)))


def pooled(x):
    n, c, h, w = x.shape
    blocks = x.reshape(n, c, h // 2, 2, w // 2, 2)
    return np.concatenate([blocks.max(axis=(3, 5)), blocks.mean((3, 5))], axis=1)


def excited(x, w_1, w_2):
    squeezed = np.mean(x, axis=(2, 3))
    gates = sigmoid(np.maximum(squeezed.dot(w_1), 0).dot(w_2))
    return x * gates[:, :, None, None]


def transposed(x, kernel):
    zeros = np.zeros_like(x)
    spread = np.stack([x, zeros], axis=1).reshape(-1)[:-1]
    return np.convolve(spread, kernel, mode="full")


# Norms, gates, graphs ---------------------------------------------------------------------


def batch_norm(x, gamma, beta):
    mu = x.mean(axis=0)
    xc = x - mu
    std = np.sqrt(np.mean(xc**2, axis=0) + 1e-5)
    return gamma * (xc / std) + beta


def group_norm(x, gamma):
    n, c, h, w = x.shape
    groups = x.reshape(n, 2, c // 2, h, w)
    centred = groups - groups.mean(axis=(2, 3, 4), keepdims=True)
    groups = centred / np.sqrt(groups.var(axis=(2, 3, 4), keepdims=True) + 1e-5)
    return groups.reshape(x.shape) * gamma.reshape(1, -1, 1, 1)


def rms_norm(x, weight):
    return x / np.sqrt(np.mean(np.square(x), axis=-1, keepdims=True) + 1e-6) * weight


def weight_norm(x, v, g):
    return x @ (g * v / np.linalg.norm(v, axis=0))


def swiglu(x, w, w_2):
    gate, up = np.split(x @ w, 2, axis=-1)
    return (gate * sigmoid(gate) * up) @ w_2


def experts(x, w_gate, w_in, w_out):
    gates = softmax(x @ w_gate)
    hidden = np.maximum(0, np.einsum("nd,edf->nef", x, w_in))
    return np.einsum("ne,nef,efd->nd", gates, hidden, w_out)


def best_experts(x, w_gate, w_experts):
    logits = x @ w_gate
    chosen = np.argsort(logits, axis=-1)[:, -2:]
    gates = softmax(np.take_along_axis(logits, chosen, axis=-1))
    outputs = np.einsum("nd,edo->neo", x, w_experts)
    picked = outputs[np.arange(len(x))[:, None], chosen]
    return np.sum(gates[..., None] * picked, axis=1)


def capsules(u, w):
    u_hat = np.einsum("id,ijdk->ijk", u, w)
    b = np.zeros(u_hat.shape[:2], u.dtype)
    for _ in range(2):
        s = np.sum(softmax(b)[..., None] * u_hat, axis=0)
        norm = np.linalg.norm(s, axis=-1, keepdims=True)
        v = norm**2 / (1 + norm**2) * s / norm
        b = b + np.einsum("ijk,jk->ij", u_hat, v)
    return v


def graph_convolution(x, w):
    a_hat = ADJACENT + np.eye(len(ADJACENT), dtype=x.dtype)
    d = np.diag(np.power(a_hat.sum(axis=1), -0.5))
    return np.maximum(d @ a_hat @ d @ x @ w, 0)


def factorised(x, w, v):
    pairs = 0.5 * np.sum((x @ v) ** 2 - (x**2) @ (v**2), axis=1)
    return sigmoid(x @ w + pairs)


def residual(x, w_1, w_2):
    return np.maximum(x + np.maximum(x @ w_1, 0.01 * (x @ w_1)) @ w_2, 0)


def fourier_features(x, b, w):
    angles = 2 * np.pi * np.dot(x, b.T)
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=-1) @ w


IMAGES = {"x": (2, 2, 5, 4), "kernel": (3, 2, 2, 2)}

NETS = {
    "convolution by windows": (convolution_by_windows, IMAGES),
    "convolution by padding": (
        convolution_by_padding,
        {"x": (5, 2), "kernel": (3, 2, 4), "bias": (4,)},
    ),
    "convolution by columns": (convolution_by_columns, IMAGES),
    "convolution by loops": (convolution_by_loops, {"image": (4, 3), "kernel": (2, 2)}),
    "convolution, causal": (convolution_causal, {"x": (5, 3), "kernel": (3, 3)}),
    "pooled": (pooled, {"x": (2, 3, 4, 6)}),
    "excited": (excited, {"x": (2, 4, 3, 2), "w_1": (4, 3), "w_2": (3, 4)}),
    "transposed": (transposed, {"x": (4,), "kernel": (3,)}),
    "batch norm": (batch_norm, {"x": (5, 3), "gamma": (3,), "beta": (3,)}),
    "group norm": (group_norm, {"x": (2, 4, 3, 2), "gamma": (4,)}),
    "rms norm": (rms_norm, {"x": (4, 3), "weight": (3,)}),
    "weight norm": (weight_norm, {"x": (4, 3), "v": (3, 2), "g": (2,)}),
    "swiglu": (swiglu, {"x": (4, 3), "w": (3, 10), "w_2": (5, 3)}),
    "experts": (
        experts,
        {"x": (4, 3), "w_gate": (3, 2), "w_in": (2, 3, 5), "w_out": (2, 5, 3)},
    ),
    "best experts": (
        best_experts,
        {"x": (4, 3), "w_gate": (3, 5), "w_experts": (5, 3, 2)},
    ),
    "capsules": (capsules, {"u": (4, 3), "w": (4, 2, 3, 5)}),
    "graph convolution": (graph_convolution, {"x": (4, 3), "w": (3, 2)}),
    "factorised": (factorised, {"x": (4, 3), "w": (3,), "v": (3, 2)}),
    "residual": (residual, {"x": (4, 3), "w_1": (3, 5), "w_2": (5, 3)}),
    "fourier features": (
        fourier_features,
        {"x": (4, 2), "b": (3, 2), "w": (6, 2)},
    ),
}
