"""Recurrent networks as people write them, in plain NumPy."""

import numpy as np

IDS, TARGETS = [1, 0, 2], [0, 2, 1]


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    e_x = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e_x / e_x.sum(axis=-1, keepdims=True)


def character_rnn(Wxh, Whh, Why, bh, by):
    xs, hs, ys, ps = {}, {}, {}, {}
    hs[-1] = np.zeros((len(bh), 1), bh.dtype)
    loss = 0
    for t in range(len(IDS)):
        xs[t] = np.zeros((3, 1), bh.dtype)
        xs[t][IDS[t]] = 1
        hs[t] = np.tanh(np.dot(Wxh, xs[t]) + np.dot(Whh, hs[t - 1]) + bh)
        ys[t] = np.dot(Why, hs[t]) + by
        ps[t] = np.exp(ys[t]) / np.sum(np.exp(ys[t]))
        loss += -np.log(ps[t][TARGETS[t], 0])
    return loss


def lstm_by_hsplit(x, w_x, w_h, b):
    h = np.zeros((x.shape[1], w_h.shape[0]), x.dtype)
    c = np.zeros_like(h)
    for x_t in x:
        i, f, g, o = np.hsplit(x_t @ w_x + h @ w_h + b, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
    return h


def lstm_by_slices(x, W):
    d = W.shape[0] // 4
    h, c, states = np.zeros(d, x.dtype), np.zeros(d, x.dtype), []
    for t in range(x.shape[0]):
        a = np.dot(W, np.concatenate((h, x[t])))
        gates = sigmoid(a[: 3 * d])
        i, f, o = gates[:d], gates[d : 2 * d], gates[2 * d :]
        c = f * c + i * np.tanh(a[3 * d :])
        h = o * np.tanh(c)
        states.append(h)
    return np.stack(states)


def lstm_by_reshape(x, w, u, b):
    n = u.shape[0]
    h = c = np.zeros((n,), x.dtype)
    for row in x:
        z = (row @ w + h @ u + b).reshape(4, n)
        i, f, o = 1.0 / (1.0 + np.exp(-z[:3]))
        c = np.multiply(f, c) + np.multiply(i, np.tanh(z[3]))
        h = np.multiply(o, np.tanh(c))
    return np.concatenate([h, c])


def gru(x, W_z, W_r, W_h):
    h = np.zeros(W_z.shape[1], x.dtype)
    for x_t in x:
        hx = np.hstack([h, x_t])
        z, r = sigmoid(hx @ W_z), sigmoid(hx @ W_r)
        candidate = np.tanh(np.hstack([r * h, x_t]) @ W_h)
        h = (1 - z) * h + z * candidate
    return h


def gru_with_one_table(x, w_ih, w_hh, b_ih, b_hh):
    h, outputs = np.zeros((x.shape[0], w_hh.shape[1]), x.dtype), []
    for t in range(x.shape[1]):
        i_r, i_z, i_n = np.split(x[:, t, :] @ w_ih.T + b_ih, 3, axis=1)
        h_r, h_z, h_n = np.split(h @ w_hh.T + b_hh, 3, axis=1)
        r, z = sigmoid(i_r + h_r), sigmoid(i_z + h_z)
        n = np.tanh(i_n + r * h_n)
        h = n - n * z + z * h
        outputs.append(h[:, None])
    return np.concatenate(outputs, axis=1)


def both_ways(x, w, u):
    def run(rows):
        h, states = np.zeros(u.shape[0], x.dtype), []
        for row in rows:
            h = np.tanh(row @ w + u @ h)
            states += [h]
        return states

    return np.column_stack([np.stack(run(x)), np.stack(run(x[::-1])[::-1])])


def encode_then_attend(x, w, u, w_o):
    h, states = np.zeros(u.shape[1], x.dtype), []
    for x_t in x:
        h = np.tanh(np.dot(w, x_t) + np.dot(u, h))
        states.append(h)
    H = np.vstack(states)
    alpha = softmax(H.dot(h))
    return np.dot(w_o, np.append((alpha[:, np.newaxis] * H).sum(axis=0), h))


def state_space(x, a, b, c):
    decay, h, ys = np.exp(-np.log1p(np.exp(a))), np.zeros_like(b), []
    for x_t in x:
        h = decay * h + b * x_t
        ys.append(np.sum(c * h))
    return np.stack(ys)


def highway(x, w_h, w_t):
    gate = sigmoid(x @ w_t - 1)
    return gate * np.maximum(x @ w_h, 0) + (1 - gate) * x


def euler(h, w, b):
    for _ in range(5):
        h = h + 0.1 * np.tanh(h @ w + b)
    return h


RECURRENT = {
    "character rnn": (
        character_rnn,
        {"Wxh": (4, 3), "Whh": (4, 4), "Why": (3, 4), "bh": (4, 1), "by": (3, 1)},
    ),
    "lstm by hsplit": (
        lstm_by_hsplit,
        {"x": (3, 2, 4), "w_x": (4, 12), "w_h": (3, 12), "b": (12,)},
    ),
    "lstm by slices": (lstm_by_slices, {"x": (3, 4), "W": (12, 7)}),
    "lstm by reshape": (
        lstm_by_reshape,
        {"x": (3, 4), "w": (4, 12), "u": (3, 12), "b": (12,)},
    ),
    "gru": (gru, {"x": (4, 2), "W_z": (5, 3), "W_r": (5, 3), "W_h": (5, 3)}),
    "gru with one table": (
        gru_with_one_table,
        {"x": (2, 3, 4), "w_ih": (9, 4), "w_hh": (9, 3), "b_ih": (9,), "b_hh": (9,)},
    ),
    "both ways": (both_ways, {"x": (4, 2), "w": (2, 3), "u": (3, 3)}),
    "encode then attend": (
        encode_then_attend,
        {"x": (4, 2), "w": (3, 2), "u": (3, 3), "w_o": (5, 6)},
    ),
    "state space": (state_space, {"x": (5,), "a": (3,), "b": (3,), "c": (3,)}),
    "highway": (highway, {"x": (4, 3), "w_h": (3, 3), "w_t": (3, 3)}),
    "euler": (euler, {"h": (4, 3), "w": (3, 3), "b": (3,)}),
}
