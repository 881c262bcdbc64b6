"""Loss and gradients of the model written by hand: NumPy alone, no record.

The model of "Attention Is All You Need", post-norm, as `tfmath.model.transformer` computes
it, and each derivative typed in after its formula. It shares no line with the model or the
record, checks nothing and remembers nothing: what is left is the cost of the arithmetic.
"""

import math

import numpy as np

EPSILON = 1e-5


def loss_and_gradients(tables, batch, label_smoothing=0.0):
    """The mean loss of a batch, and its gradient by every table.

    Parameters
    ----------
    tables : dict of name → array
        Flat, as `tfmath.model.parameters.flatten` gives it; word scores by the embedding.
    batch : tfmath.learning.train.Batch
        Id 0 is padding.
    label_smoothing : float

    Returns
    -------
    loss : float
    gradients : dict of name → array

    Examples
    --------
    >>> from tfmath import toy
    >>> from tfmath.learning.train import make_batch
    >>> from tfmath.model.parameters import flatten
    >>> tables = flatten(toy.load())
    >>> loss, grads = loss_and_gradients(tables, make_batch(toy.PAIRS, toy.WORDS))
    >>> round(loss, 3), grads["embedding"].shape == tables["embedding"].shape
    (0.117, True)
    """
    source, target, following = batch
    grads = {name: np.zeros_like(table) for name, table in tables.items()}
    seen = (source != 0)[:, None, None, :]
    causal = (target != 0)[:, None, None, :] & np.tri(target.shape[1], dtype=bool)
    x, encoded = _stack(tables, "encoder", _embedded(tables, source), None, seen, seen)
    y, decoded = _stack(tables, "decoder", _embedded(tables, target), x, causal, seen)
    logits = y @ tables["embedding"].T
    loss, grad = _loss(logits, following, label_smoothing)
    grads["embedding"] += _over_rows(grad, y)
    grad = grad @ tables["embedding"]
    grad, grad_x = _stack_back(tables, grads, decoded, grad)
    grad_first, _ = _stack_back(tables, grads, encoded, grad_x)
    scale = math.sqrt(x.shape[-1])
    np.add.at(grads["embedding"], target, grad * scale)
    np.add.at(grads["embedding"], source, grad_first * scale)
    return loss, grads


def adam(tables, grads, mean, square, step, rate):
    """One step of Adam on one long row of all numbers, in place.

    Parameters
    ----------
    tables, grads, mean, square : (count,)
    step : int
        Counted from 1.
    rate : float

    Examples
    --------
    >>> w, mean, square = np.ones(1), np.zeros(1), np.zeros(1)
    >>> adam(w, np.array([5.0]), mean, square, 1, 0.1)
    >>> w.round(6)
    array([0.9])
    """
    mean += 0.1 * (grads - mean)
    square += 0.001 * (grads * grads - square)
    root = np.sqrt(square / (1 - 0.999**step)) + 1e-8
    tables -= rate / (1 - 0.9**step) * mean / root


# There ------------------------------------------------------------------------------------


def _embedded(tables, ids):
    d_model, n = tables["embedding"].shape[1], ids.shape[1]
    pair = np.arange(d_model) // 2 * 2
    angle = np.arange(n)[:, None] / 10000 ** (pair / d_model)
    waves = np.where(np.arange(d_model) % 2, np.cos(angle), np.sin(angle))
    return tables["embedding"][ids] * math.sqrt(d_model) + waves.astype(
        tables["embedding"].dtype
    )


def _stack(tables, stack, x, memory, mask, memory_mask):
    """All layers, and for the way back what each of their parts has seen."""
    seen, layer = [], 1
    while f"{stack} / layer {layer} / norm 1 / gain" in tables:
        at, n = f"{stack} / layer {layer}", iter((1, 2, 3))
        parts = [("self-attention", None, mask)]
        parts += [("cross-attention", memory, memory_mask)] * (memory is not None)
        for part, rows, allowed in parts:
            out, kept = _attention(tables, f"{at} / {part}", x, rows, allowed)
            x = _added(
                tables, f"{at} / norm {next(n)}", x, out, _attention_back, kept, seen
            )
        out, kept = _feed_forward(tables, f"{at} / feed-forward", x)
        x = _added(tables, f"{at} / norm {next(n)}", x, out, _feed_forward_back, kept, seen)
        layer += 1
    return x, seen


def _added(tables, name, x, out, back, kept, seen):
    """The residual sum and its norm."""
    total = x + out
    centred = total - np.sum(total, axis=-1, keepdims=True) / total.shape[-1]
    variance = np.sum(centred * centred, axis=-1, keepdims=True) / total.shape[-1]
    deviation = np.sqrt(variance + EPSILON)
    normal = centred / deviation
    seen.append((back, kept, name, normal, deviation))
    return normal * tables[f"{name} / gain"] + tables[f"{name} / bias"]


def _attention(tables, name, x, rows, mask):
    W_Q, W_K, W_V, W_O = (tables[f"{name} / W_{c}"] for c in "QKVO")
    own = rows is None
    rows = x if own else rows
    q, k, v = x[:, None] @ W_Q, rows[:, None] @ W_K, rows[:, None] @ W_V
    scores = q @ np.swapaxes(k, -1, -2) / math.sqrt(q.shape[-1])
    scores = np.where(mask, scores, -np.inf)
    weights = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    weights /= np.sum(weights, axis=-1, keepdims=True)
    joined = np.swapaxes(weights @ v, 1, 2).reshape(*x.shape[:2], -1)
    return joined @ W_O, (name, x, rows, own, q, k, v, weights, joined)


def _feed_forward(tables, name, x):
    hidden = np.maximum(x @ tables[f"{name} / W_1"] + tables[f"{name} / b_1"], 0)
    return hidden @ tables[f"{name} / W_2"] + tables[f"{name} / b_2"], (name, x, hidden)


def _loss(logits, following, smoothing):
    """Softmax and cross-entropy in one: the gradient is weights minus wanted."""
    counted, size = following != 0, logits.shape[-1]
    logits = logits - np.max(logits, axis=-1, keepdims=True)
    logs = logits - np.log(np.sum(np.exp(logits), axis=-1, keepdims=True))
    wanted = (following[..., None] == np.arange(size)) * (1 - smoothing) + smoothing / size
    share = (counted / counted.sum())[..., None].astype(logits.dtype)
    wanted = wanted.astype(logits.dtype)
    return float(-(wanted * logs * share).sum()), (np.exp(logs) - wanted) * share


# And back ---------------------------------------------------------------------------------


def _stack_back(tables, grads, seen, grad):
    """The gradients by what a stack was given, and by the memory it looked at."""
    of_memory = 0
    for back, kept, name, normal, deviation in reversed(seen):
        grads[f"{name} / gain"] += np.sum(grad * normal, axis=(0, 1))
        grads[f"{name} / bias"] += np.sum(grad, axis=(0, 1))
        grad = grad * tables[f"{name} / gain"]
        along = np.sum(grad * normal, axis=-1, keepdims=True)
        level = np.sum(grad, axis=-1, keepdims=True)
        grad = (grad - (level + normal * along) / grad.shape[-1]) / deviation
        inner, memory = back(tables, grads, grad, *kept)
        grad, of_memory = grad + inner, of_memory + memory
    return grad, of_memory


def _attention_back(tables, grads, grad, name, x, rows, own, q, k, v, weights, joined):
    W_Q, W_K, W_V, W_O = (tables[f"{name} / W_{c}"] for c in "QKVO")
    grads[f"{name} / W_O"] += _over_rows(joined, grad)
    grad = (grad @ W_O.T).reshape(*x.shape[:2], len(W_Q), -1).swapaxes(1, 2)
    of_weights, of_v = grad @ np.swapaxes(v, -1, -2), np.swapaxes(weights, -1, -2) @ grad
    level = np.sum(of_weights * weights, axis=-1, keepdims=True)
    of_scores = weights * (of_weights - level) / math.sqrt(q.shape[-1])
    of_q, of_k = of_scores @ k, np.swapaxes(of_scores, -1, -2) @ q
    for column, of, side in (("Q", of_q, x), ("K", of_k, rows), ("V", of_v, rows)):
        flat = np.swapaxes(of, 0, 1).reshape(len(W_Q), -1, of.shape[-1])
        grads[f"{name} / W_{column}"] += side.reshape(-1, side.shape[-1]).T @ flat
    of_x = np.sum(of_q @ np.swapaxes(W_Q, -1, -2), axis=1)
    of_rows = np.sum(
        of_k @ np.swapaxes(W_K, -1, -2) + of_v @ np.swapaxes(W_V, -1, -2), axis=1
    )
    return (of_x + of_rows, 0) if own else (of_x, of_rows)


def _feed_forward_back(tables, grads, grad, name, x, hidden):
    grads[f"{name} / W_2"] += _over_rows(hidden, grad)
    grads[f"{name} / b_2"] += np.sum(grad, axis=(0, 1))
    grad = (grad @ tables[f"{name} / W_2"].T) * (hidden > 0)
    grads[f"{name} / W_1"] += _over_rows(x, grad)
    grads[f"{name} / b_1"] += np.sum(grad, axis=(0, 1))
    return grad @ tables[f"{name} / W_1"].T, 0


def _over_rows(x, grad):
    """The gradient by the table of a product: all rows of all sentences together."""
    return x.reshape(-1, x.shape[-1]).T @ grad.reshape(-1, grad.shape[-1])
