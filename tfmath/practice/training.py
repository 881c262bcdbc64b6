"""Exercises of training: one step by hand, Adam, clipping, and too large a rate."""

import math

import numpy as np
from numpy.linalg import norm

from tfmath.learning.optimize import State, adam, clip_gradients, sgd
from tfmath.practice.answers import Exercise, Mistake
from tfmath.practice.trials import sizes

# Pencil ---------------------------------------------------------------------------------


def _slope(w):
    """Of (w − 3)², whose lowest point is at 3."""
    return 2 * (w - 3)


_eight = {"w": np.array([8.0])}

STEP = Exercise(
    "The loss is (w − 3)², w is 8, the learning rate 0.25. Where is w after one step of "
    "gradient descent? To one decimal.",
    float(sgd(_eight, {"w": _slope(_eight["w"])}, 0.25)["w"][0]),
    (
        Mistake(10.5, "the step goes uphill: subtract the gradient"),
        Mistake(-2.0, "the gradient is subtracted whole, without the learning rate"),
        Mistake(7.75, "you step by the learning rate itself, whatever the gradient"),
        Mistake(8.25, "you step up by the learning rate, whatever the gradient"),
        Mistake(6.75, "the 2 of the slope, 2 (w − 3), is missing"),
        Mistake(1.75, "you step by the loss, (w − 3)² = 25; it is its slope that counts"),
        Mistake(2.5, "you give the step; it is taken away from w"),
        Mistake(-2.5, "you give the step; it is added to w"),
        Mistake(3.0, "you go to the lowest point at once; one step is shorter than that"),
        Mistake(4.25, "you take two steps; one is asked for"),
        Mistake(6.25, "you give the loss after the step; where is w?"),
        Mistake(-32.0, "you divide by the learning rate; the gradient is times the rate"),
    ),
    ("The gradient at 8 is 2 · (8 − 3).", "w − rate · gradient", "8 − 0.25 · 10"),
    tolerance=0,
)


def _first_adam(w, g, rate):
    table, state = {"w": np.array([w])}, State(0, {"w": np.zeros(1)}, {"w": np.zeros(1)})
    return float(adam(table, {"w": np.array([g])}, state, rate)[0]["w"][0])


ADAM = Exercise(
    "A weight is 2, its gradient −0.2, the learning rate 0.1. Where does Adam's first "
    "step take it? To two decimals.",
    round(_first_adam(2.0, -0.2, 0.1), 6),
    (
        Mistake(2.02, "you step by rate · gradient; Adam divides by the gradient's size"),
        Mistake(1.98, "you step uphill, and by rate · gradient as plain SGD does"),
        Mistake(
            1.9, "the sign is lost: the gradient is negative, so the weight should grow"
        ),
        Mistake(2 + 0.01 / 0.001**0.5, "the averages are not corrected for the start"),
        Mistake(2 - 0.01 / 0.001**0.5, "nothing is corrected, and the step goes uphill"),
        Mistake(2 + 0.1 / 0.001**0.5, "of the two averages only m is corrected"),
        Mistake(2.01, "of the two averages only v is corrected"),
        Mistake(2.5, "you divide by v̂ itself, not by its root"),
        Mistake(2.2, "you step by the gradient, without the learning rate"),
        Mistake(3.0, "you step by m̂ / √v̂, without the learning rate"),
        Mistake(0.1, "you give the step; it is added to the weight"),
        Mistake(2.09, "β₁ comes in: in the first step the correction undoes it"),
    ),
    (
        "In the first step m̂ is the gradient, and v̂ its square.",
        "m̂ / √v̂ is −1, however small the gradient.",
        "2 − 0.1 · (−1)",
    ),
    tolerance=5e-3,
)

# Code -----------------------------------------------------------------------------------


def _one_adam_step(w, g, m, v, t, rate):
    """The weights after one step of Adam; m and v are the averages before it."""
    after, _ = adam({"w": w}, {"w": g}, State(t - 1, {"w": m}, {"w": v}), rate)
    return after["w"]


def _averages(g, m, v, beta_1=0.9, beta_2=0.999):
    return beta_1 * m + (1 - beta_1) * g, beta_2 * v + (1 - beta_2) * g * g


def _step(m_hat, v_hat):
    return m_hat / (np.sqrt(v_hat) + 1e-8)


def _hats(m, v, t, beta_1=0.9, beta_2=0.999):
    return m / (1 - beta_1**t), v / (1 - beta_2**t)


def _by(step, *betas):
    """Adam, with another step made of the averages corrected, and of those not."""

    def wrong(w, g, m, v, t, rate):
        m, v = _averages(g, m, v, *betas)
        return w - rate * step(*_hats(m, v, t, *betas), m, v)

    return wrong


def _after(**changes):
    """Adam, with other arguments."""

    def wrong(w, g, m, v, t, rate):
        given = {"w": w, "g": g, "m": m, "v": v, "t": t, "rate": rate}
        changed = {name: change(given[name]) for name, change in changes.items()}
        return _one_adam_step(**given | changed)

    return wrong


def _in_steps_of_pytorch(w, g, m, v, t, rate):
    m, v = _averages(g, m, v)
    root = np.sqrt(v) / math.sqrt(1 - 0.999**t) + 1e-8
    return w - rate / (1 - 0.9**t) * m / root


def _weights(rng, size=1.0):
    """Averages as after a few steps; with a small size ε is not small beside them."""
    (n,) = sizes(rng, 1, most=7)
    w, (g, m) = rng.normal(size=n), size * rng.normal(size=(2, n))
    v, rate = size**2 * rng.uniform(0.1, 2.0, size=n), 0.01 * rng.integers(1, 9)
    return w, g, m, v, int(rng.integers(2, 9)), float(rate)


def _first_weights(rng):
    """The first step: both averages are 0, and one gradient is."""
    w, g, m, v, _, rate = _weights(rng)
    g[0] = 0.0
    return w, g, 0 * m, 0 * v, 1, rate


ADAM_STEP = Exercise(
    "Write my_adam(w, g, m, v, t, rate), with 0.9, 0.999 and 1e-8: the weights after the "
    "step, a list as long as w.",
    _one_adam_step,
    (
        Mistake(_by(lambda M, V, m, v: _step(m, v)), "m and v are not divided by 1 − βᵗ"),
        Mistake(_by(lambda M, V, m, v: _step(M, v)), "v is not divided by 1 − βᵗ"),
        Mistake(_by(lambda M, V, m, v: _step(m, V)), "m is not divided by 1 − βᵗ"),
        Mistake(_by(lambda M, V, *_: M / (V + 1e-8)), "you divide by v, not by its root"),
        Mistake(_by(lambda M, V, *_: M / np.sqrt(V + 1e-8)), "ε is under the root"),
        Mistake(_by(lambda M, V, *_: M / np.sqrt(V)), "ε is left out: 0 / 0 needs it"),
        Mistake(_by(lambda M, V, *_: M / (np.sqrt(V) + 1e-9)), "ε is the paper's, 1e-9"),
        Mistake(_by(lambda M, V, *_: -_step(M, V)), "the step goes uphill"),
        Mistake(_by(lambda M, V, *_: M), "the division by √v̂ is left out"),
        Mistake(_by(lambda M, V, *_: _step(M, V), 0.999, 0.9), "the two βs are swapped"),
        Mistake(_by(lambda M, V, *_: _step(M, V), 0.9, 0.98), "β₂ is the paper's, 0.98"),
        Mistake(_after(t=lambda t: t + 1), "t is one too far: it is 1 in the first step"),
        Mistake(_after(t=lambda t: 1), "m and v are corrected as if t were always 1"),
        Mistake(
            _after(m=lambda m: 0 * m, v=lambda v: 0 * v),
            "the averages of the steps before are forgotten",
        ),
        Mistake(
            lambda w, g, m, v, t, rate: w - rate * _step(*_hats(m, v, t)),
            "the new gradient is left out: the averages before the step are used",
        ),
        Mistake(
            lambda w, g, m, v, t, rate: (
                w - rate * _step(*_hats(_averages(g, m, v)[0], 0.999 * v + 0.001 * g, t))
            ),
            "for v, which is an average of squares, g is not squared",
        ),
        Mistake(lambda w, g, m, v, t, rate: w - rate * g, "you step by rate · g, as SGD"),
        Mistake(
            lambda w, g, m, v, t, rate: w - rate * (0.9 * m + g),
            "you step as momentum does",
        ),
        Mistake(
            lambda w, *a: _one_adam_step(w, *a) - w, "you give the step, not w after it"
        ),
        Mistake(
            lambda *a: (_one_adam_step(*a), *_averages(*a[1:4])),
            "you give the averages as well; the weights alone are asked for",
        ),
    ),
    (
        "First the new averages: m = 0.9 m + 0.1 g, v = 0.999 v + 0.001 g².",
        "m_hat = m / (1 - 0.9**t), v_hat = v / (1 - 0.999**t)",
        "w - rate * m_hat / (np.sqrt(v_hat) + 1e-8)",
    ),
    (_weights, _first_weights, lambda rng: _weights(rng, size=1e-7)),
    forms=(_in_steps_of_pytorch,),
)


def _clipped(gradient, max_norm):
    return clip_gradients({"g": gradient}, max_norm)[0]["g"]


def _shortened(length):
    """Clipping with another length. In thousands an added 1e-6 is nothing."""
    return lambda g, most: g * min(1, most / length(g))


def _long(rng):
    n, m = sizes(rng, 2, most=6)
    gradient, limit = rng.integers(1, 10, (n, m)), int(rng.integers(1, 5))
    return 1000.0 * gradient * rng.choice([-1, 1], (n, m)), 1000.0 * limit


def _short(rng):
    gradient, limit = _long(rng)
    return gradient, 100 * limit


def _of_small_numbers(rng):
    """No number is longer than max_norm; all together are."""
    gradient, _ = _long(rng)
    return gradient, float(np.abs(gradient).max()) + 1000


CLIP = Exercise(
    "Write my_clip(gradient, max_norm): shortened to max_norm if it is longer, otherwise "
    "as it is; a table of the same shape.",
    _clipped,
    (
        Mistake(
            lambda g, most: np.clip(g, -most, most),
            "every number is cut off by itself; then the direction changes",
        ),
        Mistake(lambda g, most: g * most / norm(g), "a short gradient is made longer"),
        Mistake(_shortened(lambda g: norm(g) ** 2), "the root of the sum is left out"),
        Mistake(_shortened(lambda g: np.abs(g).sum()), "sizes are added, not squares"),
        Mistake(_shortened(lambda g: np.abs(g).max()), "you take the largest size"),
        Mistake(_shortened(lambda g: np.sqrt(np.mean(g * g))), "the squares are averaged"),
        Mistake(
            lambda g, most: g * np.minimum(1, most / norm(g, axis=1)[:, None]),
            "every row is shortened by itself; all together are one arrow",
        ),
        Mistake(
            lambda g, most: g / max(1, norm(g)),
            "a long gradient gets the length 1, not max_norm",
        ),
        Mistake(lambda g, most: g * max(1, most / norm(g)), "you take max for min"),
        Mistake(lambda g, most: g, "nothing is shortened"),
        Mistake(
            lambda g, most: g * most / norm(g) if np.abs(g).max() > most else g,
            "it is shortened where one number is too long; their length counts",
        ),
        Mistake(
            lambda g, most: (_clipped(g, most), norm(g)),
            "you give the length as well; the gradient alone is asked for",
        ),
    ),
    (
        "length = np.sqrt(np.sum(gradient * gradient))",
        "Multiply by min(1, max_norm / length). (PyTorch adds 1e-6 to the length.)",
    ),
    (_long, _short, _of_small_numbers),
    forms=(
        lambda g, most: g if norm(g) <= most else g * most / norm(g),
        lambda g, most: g / max(1, norm(g) / most),
        lambda g, most: g * min(1, most / (math.sqrt(sum(x * x for x in g.flat)) + 1e-6)),
    ),
)

# Wonder ---------------------------------------------------------------------------------


def _comes_nearer(rate):
    w = 0.0
    for _ in range(50):
        w = w - rate * _slope(w)
    return abs(w - 3) < 3 * (1 - 1e-9)


RATE = Exercise(
    "On (w − 3)²: from which rate on does w no longer come nearer to 3? To one decimal.",
    next(tenths / 10 for tenths in range(1, 40) if not _comes_nearer(tenths / 10)),
    (
        *(
            Mistake(r, f"At {r} w comes nearer with every step, if slowly.")
            for r in (0.1, 0.2, 0.3, 0.4)
        ),
        Mistake(0.5, "At 0.5 one step takes w to 3: there is no better rate."),
        *(
            Mistake(r, f"At {r} w jumps over 3, but comes nearer with every jump.")
            for r in (0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
        ),
        *(
            Mistake(r, f"At {r} w runs away, but look at smaller rates too: turn back.")
            for r in (1.05, 1.1, 1.15, 1.2, 1.5, 2.0)
        ),
    ),
    (
        "Turn the knob, or look where the arrows of the picture go.",
        "At 1, w goes 0, 6, 0, 6, …",
    ),
    tolerance=0,
)
