"""Losses as people write them, in plain NumPy."""

import numpy as np

T = np.array([1, 0, 2, 1])
ONE_HOT = np.eye(3)[T]
SIGNS = np.array([1, -1, -1, 1])
LABELS = np.array([1.0, 0.0, 0.0, 1.0])
NOISE = np.array([[0.3, -1.2, 0.4], [1.1, 0.2, -0.7], [-0.4, 0.9, 0.1], [0.6, -0.1, 1.4]])
KEEP = NOISE < 1


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def log_softmax(z):
    z = z - z.max(axis=-1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


def softmax(z):
    return np.exp(z) / np.sum(np.exp(z), axis=-1, keepdims=True)


# Classes ----------------------------------------------------------------------------------


def cross_entropy(logits):
    logp = log_softmax(logits)
    return -logp[np.arange(len(T)), T].mean()


def cross_entropy_by_one_hot(logits):
    probs = np.clip(softmax(logits), 1e-12, 1.0 - 1e-12)
    return -np.sum(ONE_HOT * np.log(probs + 1e-9)) / probs.shape[0]


def cross_entropy_in_a_loop(logits):
    loss = 0.0
    for row, t in zip(logits, T, strict=True):
        loss += np.log(np.sum(np.exp(row))) - row[t]
    loss /= len(T)
    return loss


def smoothed(logits, eps=0.1):
    n_classes = logits.shape[-1]
    target = ONE_HOT * (1 - eps) + eps / n_classes
    return -(target * log_softmax(logits)).sum(axis=1).mean()


def ignoring(logits):
    counted = T != 0
    loss = -log_softmax(logits)[range(len(T)), T]
    return np.where(counted, loss, 0).sum() / counted.sum()


def focal(logits):
    p = np.take_along_axis(softmax(logits), T[:, None], axis=1)
    return np.mean(-((1 - p) ** 2) * np.log(p))


def hinge(scores):
    correct = scores[np.arange(len(T)), T].reshape(-1, 1)
    margins = np.maximum(0, scores - correct + 1.0)
    return np.sum(margins) / len(T) - 1


def perplexity(logits):
    return np.exp(-np.mean(np.sum(log_softmax(logits) * ONE_HOT, axis=1)))


def binary(z):
    p = sigmoid(z)
    return -np.mean(LABELS * np.log(p + 1e-8) + (1 - LABELS) * np.log(1 - p + 1e-8))


def binary_from_logits(z):
    return np.mean(np.maximum(z, 0) - z * LABELS + np.log1p(np.exp(-np.abs(z))))


def distilled(student, teacher, tau=2.0):
    p, log_q = softmax(teacher / tau), log_softmax(student / tau)
    return tau**2 * np.sum(p * (np.log(p) - log_q), axis=1).mean()


def kl(p, q):
    p, q = softmax(p), softmax(q)
    return np.sum(np.where(p > 0, p * np.log(p / q), 0))


def js(p, q):
    p, q = softmax(p), softmax(q)
    m = 0.5 * (p + q)
    return 0.5 * (p * np.log(p / m)).sum() + 0.5 * (q * np.log(q / m)).sum()


def entropy(logits):
    p = softmax(logits)
    return -(p * np.log2(p)).sum(-1)


def sparsemax(z):
    ordered = np.sort(z, axis=-1)[:, ::-1]
    running = np.cumsum(ordered, axis=-1)
    k = np.arange(1, z.shape[-1] + 1)
    support = 1 + k * ordered > running
    count = support.sum(axis=-1)
    tau = (running[np.arange(len(z)), count - 1] - 1) / count.astype(z.dtype)
    return np.maximum(z - tau[:, None], 0)


# Words ------------------------------------------------------------------------------------


def negative_sampling(centre, outside):
    v, u = centre[2], outside[[1, 0, 3, 3]]
    positive = -np.log(sigmoid(np.dot(u[0], v)))
    return positive - np.sum(np.log(sigmoid(-np.dot(u[1:], v))))


def bag_of_words(embeddings, w):
    context = np.mean(embeddings[[0, 1, 3]], axis=0)
    return -log_softmax(context @ w)[2]


def glove(w, c, b_w, b_c):
    counts = np.array([[3.0, 1.0, 0.5], [1.0, 9.0, 2.0], [0.5, 2.0, 150.0]])
    weight = np.minimum(1, (counts / 100) ** 0.75)
    return np.sum(weight * (w @ c.T + b_w[:, None] + b_c - np.log(counts)) ** 2)


def language_bigram(table):
    words = np.array([0, 2, 1, 2, 3])
    return -log_softmax(table)[words[:-1], words[1:]].sum()


# Pairs ------------------------------------------------------------------------------------


def cosine(a, b):
    return np.dot(a, b) / (np.linalg.norm(a) * np.linalg.norm(b))


def cosine_table(a, b):
    a = a / np.sqrt((a**2).sum(1, keepdims=True))
    b = b / np.sqrt((b**2).sum(1, keepdims=True))
    return a @ b.T


def contrastive(images, texts, t):
    images = images / np.linalg.norm(images, axis=1, keepdims=True)
    texts = texts / np.linalg.norm(texts, axis=1, keepdims=True)
    logits = np.dot(images, texts.T) * np.exp(t)
    there, back = log_softmax(logits), log_softmax(logits.T)
    return -(np.diag(there).mean() + np.diagonal(back).mean()) / 2


def triplet(anchor, positive, negative):
    near = np.sum((anchor - positive) ** 2, axis=1)
    far = np.sum((anchor - negative) ** 2, axis=1)
    return np.maximum(near - far + 0.2, 0.0).mean()


def kernel(x, centres):
    squares = np.sum((x[:, None, :] - centres[None, :, :]) ** 2, axis=-1)
    return np.exp(-squares / (2 * 0.8**2))


def distances(x, y):
    squares = (x**2).sum(1)[:, None] + (y**2).sum(1)[None] - 2 * x.dot(y.T)
    return np.sqrt(np.maximum(squares, 1e-12))


def gram(x):
    flat = x.reshape(x.shape[0], -1)
    return flat @ flat.T / flat.size


LOGITS = {"logits": (4, 3)}
TWO = {"p": (4, 3), "q": (4, 3)}

LOSSES = {
    "cross-entropy": (cross_entropy, LOGITS),
    "cross-entropy by one-hot": (cross_entropy_by_one_hot, LOGITS),
    "cross-entropy in a loop": (cross_entropy_in_a_loop, LOGITS),
    "smoothed": (smoothed, LOGITS),
    "ignoring": (ignoring, LOGITS),
    "focal": (focal, LOGITS),
    "hinge": (hinge, {"scores": (4, 3)}),
    "perplexity": (perplexity, LOGITS),
    "binary": (binary, {"z": (4,)}),
    "binary from logits": (binary_from_logits, {"z": (4,)}),
    "distilled": (distilled, {"student": (4, 3), "teacher": (4, 3)}),
    "kl": (kl, TWO),
    "js": (js, TWO),
    "entropy": (entropy, LOGITS),
    "sparsemax": (sparsemax, {"z": (4, 5)}),
    "negative sampling": (negative_sampling, {"centre": (4, 3), "outside": (4, 3)}),
    "bag of words": (bag_of_words, {"embeddings": (4, 3), "w": (3, 4)}),
    "glove": (glove, {"w": (3, 2), "c": (3, 2), "b_w": (3,), "b_c": (3,)}),
    "bigram": (language_bigram, {"table": (4, 4)}),
    "cosine of two": (cosine, {"a": (4,), "b": (4,)}),
    "cosine table": (cosine_table, {"a": (4, 3), "b": (5, 3)}),
    "contrastive": (contrastive, {"images": (4, 3), "texts": (4, 3), "t": ()}),
    "triplet": (
        triplet,
        {"anchor": (4, 3), "positive": (4, 3), "negative": (4, 3)},
    ),
    "kernel": (kernel, {"x": (4, 3), "centres": (2, 3)}),
    "distances": (distances, {"x": (4, 3), "y": (2, 3)}),
    "gram": (gram, {"x": (3, 4, 2)}),
}
