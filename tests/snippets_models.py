"""Small models and choices as people write them, in plain NumPy."""

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


# Numbers ----------------------------------------------------------------------------------


def huber(y, target, delta=1.0):
    error = y - target
    small = np.abs(error) <= delta
    return np.where(small, 0.5 * error**2, delta * (np.abs(error) - 0.5 * delta)).mean()


def gaussian(mu, log_sigma):
    return np.sum(0.5 * ((NOISE - mu) / np.exp(log_sigma)) ** 2 + log_sigma)


def mixture(x, mu, logits):
    logs = log_softmax(logits) - 0.5 * (x[:, None] - mu) ** 2
    top = np.max(logs, axis=1)
    return -(top + np.log(np.sum(np.exp(logs - top[:, None]), axis=1))).mean()


def variational(mu, logvar):
    z = mu + NOISE.astype(mu.dtype) * np.exp(0.5 * logvar)
    return np.sum(z**2) - 0.5 * np.sum(1 + logvar - mu**2 - np.exp(logvar))


def logistic(X, w, b):
    z = X.dot(w) + b
    return np.log(1 + np.exp(-SIGNS * z)).sum() + 0.5 * 0.1 * w.dot(w)


def two_layers(X, W1, b1, W2, b2):
    Z1 = X.dot(W1) + b1
    A1 = Z1 * (Z1 > 0)
    A1 = A1 * KEEP / 0.9
    probs = softmax(A1 @ W2 + b2)
    data_loss = np.sum(-np.log(probs[range(len(X)), T])) / len(X)
    return data_loss + 0.01 / 2 * (np.sum(np.square(W1)) + np.sum(np.square(W2)))


def by_columns(X, W1, b1, W2, b2):
    A2 = sigmoid(np.dot(W2, np.tanh(np.dot(W1, X) + b1)) + b2)
    cost = (-1 / 4) * np.sum(
        np.multiply(LABELS, np.log(A2)) + np.multiply(1 - LABELS, np.log(1 - A2))
    )
    return np.squeeze(cost)


def polynomial(x, w):
    return np.mean((np.stack([x**i for i in range(len(w))], 1) @ w - np.sin(x)) ** 2)


# Choices ----------------------------------------------------------------------------------


def policy(logits, rewards):
    returns = np.cumsum(rewards[::-1])[::-1]
    returns = (returns - returns.mean()) / (returns.std() + 1e-9)
    return -np.sum(log_softmax(logits)[np.arange(4), T] * returns)


def clipped(new, old, advantage):
    ratio = np.exp(new - old)
    return -np.minimum(ratio * advantage, np.clip(ratio, 0.8, 1.2) * advantage).mean()


def adversary(real, fake):
    return -np.mean(np.log(sigmoid(real)) + np.log(1 - sigmoid(fake)))


def gumbel(logits, tau=0.7):
    return softmax((logits + NOISE.astype(logits.dtype)) / tau)


def top_k(logits, k=2):
    threshold = np.sort(logits, axis=-1)[:, -k][:, None]
    return softmax(np.where(logits < threshold, -np.inf, logits))


def nucleus(logits, p=0.8):
    order = np.argsort(logits, axis=-1)[:, ::-1]
    ordered = np.take_along_axis(softmax(logits), order, axis=-1)
    before = np.cumsum(ordered, axis=-1) - ordered
    kept = np.where(before < p, ordered, 0)
    return kept / kept.sum(axis=-1, keepdims=True)


def chain(emissions, transitions):
    """Log of the sum over all paths: the forward algorithm."""
    alpha = emissions[0]
    for emission in emissions[1:]:
        scores = alpha[:, None] + transitions
        top = scores.max(axis=0)
        alpha = top + np.log(np.exp(scores - top).sum(axis=0)) + emission
    return alpha.max() + np.log(np.exp(alpha - alpha.max()).sum())


def best_path(emissions, transitions):
    alpha = emissions[0]
    for emission in emissions[1:]:
        alpha = np.max(alpha[:, None] + transitions, axis=0) + emission
    return np.max(alpha)


LOGITS = {"logits": (4, 3)}

MODELS = {
    "huber": (huber, {"y": (6,), "target": (6,)}),
    "gaussian": (gaussian, {"mu": (4, 3), "log_sigma": (3,)}),
    "mixture": (mixture, {"x": (5,), "mu": (3,), "logits": (3,)}),
    "variational": (variational, {"mu": (4, 3), "logvar": (4, 3)}),
    "logistic": (logistic, {"X": (4, 3), "w": (3,), "b": ()}),
    "two layers": (
        two_layers,
        {"X": (4, 2), "W1": (2, 3), "b1": (1, 3), "W2": (3, 3), "b2": (3,)},
    ),
    "by columns": (
        by_columns,
        {"X": (2, 4), "W1": (5, 2), "b1": (5, 1), "W2": (1, 5), "b2": (1, 1)},
    ),
    "polynomial": (polynomial, {"x": (5,), "w": (4,)}),
    "policy": (policy, {"logits": (4, 3), "rewards": (4,)}),
    "clipped": (clipped, {"new": (4,), "old": (4,), "advantage": (4,)}),
    "adversary": (adversary, {"real": (4,), "fake": (4,)}),
    "gumbel": (gumbel, LOGITS),
    "top k": (top_k, {"logits": (4, 5)}),
    "nucleus": (nucleus, {"logits": (4, 5)}),
    "chain": (chain, {"emissions": (4, 3), "transitions": (3, 3)}),
    "best path": (best_path, {"emissions": (4, 3), "transitions": (3, 3)}),
}
