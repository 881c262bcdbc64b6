"""Exercises of chapter 12: one step by hand, Adam, clipping, and too large a rate."""

import math

import numpy as np

from tfmath.learning.optimize import State, adam, clip_gradients, sgd
from tfmath.practice.answers import Exercise, Mistake

# Pencil ---------------------------------------------------------------------------------


def valley(w):
    """(w − 3)²: the lowest point is at 3."""
    return (w - 3) ** 2


def valley_slope(w):
    """The derivative of `valley`."""
    return 2 * (w - 3)


_one = {"w": np.array([1.0])}
_down = sgd(_one, {"w": valley_slope(_one["w"])}, 0.25)["w"][0]

STEP = Exercise(
    "The loss is (w − 3)², w is 1, the learning rate 0.25. Where is w after one step?",
    float(_down),
    (
        Mistake(0.0, "the step goes uphill: subtract the gradient"),
        Mistake(5.0, "the gradient is subtracted whole, without the learning rate"),
        Mistake(0.75, "you step by 0.25 against nothing: the gradient is missing"),
        Mistake(1.25, "you step by the learning rate itself, whatever the gradient"),
        Mistake(1.5, "the derivative of (w − 3)² is 2 (w − 3); the 2 is missing"),
    ),
    ("The gradient at 1 is 2 · (1 − 3).", "1 − 0.25 · (−4)"),
    tolerance=1e-9,
)


def _first_adam(w, g, rate):
    table, state = {"w": np.array([w])}, State(0, {"w": np.zeros(1)}, {"w": np.zeros(1)})
    return float(adam(table, {"w": np.array([g])}, state, rate)[0]["w"][0])


ADAM = Exercise(
    "A weight is 2, its gradient −0.005, the learning rate 0.1. Where does Adam's first "
    "step take it? (To two decimals.)",
    round(_first_adam(2.0, -0.005, 0.1), 6),
    (
        Mistake(2.0005, "that is plain SGD; Adam divides by the size of the gradient"),
        Mistake(1.9, "the gradient is negative: the weight should grow"),
        Mistake(
            2 + 0.1 * 0.1 / math.sqrt(0.001), "the averages are not corrected for the start"
        ),
        Mistake(2.005, "you step by the gradient, without the learning rate"),
    ),
    (
        "In the first step m̂ is the gradient, and v̂ its square.",
        "m̂ / √v̂ is −1, however small the gradient.",
    ),
    tolerance=2e-4,
)

# Code -----------------------------------------------------------------------------------


def one_adam_step(w, g, m, v, t, rate):
    """The weights after one step of Adam; m and v are the averages before it."""
    after, _ = adam({"w": w}, {"w": g}, State(t - 1, {"w": m}, {"w": v}), rate)
    return after["w"]


def _adam(w, g, m, v, t, rate, correct=True, root=True, sign=-1, swap=False, late=0):
    beta_1, beta_2 = (0.999, 0.9) if swap else (0.9, 0.999)
    m, v = beta_1 * m + (1 - beta_1) * g, beta_2 * v + (1 - beta_2) * g * g
    if correct:
        m, v = m / (1 - beta_1 ** (t + late)), v / (1 - beta_2 ** (t + late))
    return w + sign * rate * m / ((np.sqrt(v) if root else v) + 1e-8)


ADAM_STEP = Exercise(
    "Write my_adam(w, g, m, v, t, rate), with 0.9, 0.999, 1e-8: the weights after it.",
    one_adam_step,
    (
        Mistake(lambda *a: _adam(*a, correct=False), "m and v are not divided by 1 − βᵗ"),
        Mistake(
            lambda *a: _adam(*a, root=False), "you divide by v itself, not by its root"
        ),
        Mistake(lambda *a: _adam(*a, sign=1), "the step goes uphill"),
        Mistake(lambda *a: _adam(*a, swap=True), "0.9 and 0.999 are swapped"),
        Mistake(
            lambda *a: _adam(*a, late=1),
            "t is counted one too far: it is 1 in the first step",
        ),
        Mistake(lambda w, g, m, v, t, rate: w - rate * g, "that is plain SGD"),
        Mistake(
            lambda w, g, m, v, t, rate: _adam(w, g, 0 * m, 0 * v, t, rate),
            "the averages of the steps before are forgotten",
        ),
    ),
    (
        "First the new averages: m = 0.9 m + 0.1 g, v = 0.999 v + 0.001 g².",
        "m_hat = m / (1 - 0.9**t), v_hat = v / (1 - 0.999**t)",
        "w - rate * m_hat / (np.sqrt(v_hat) + 1e-8)",
    ),
    lambda rng: (
        *(rng.normal(size=5) for _ in range(3)),
        rng.uniform(0.1, 2.0, size=5),
        int(rng.integers(2, 9)),
        0.01,
    ),
)


def clipped(gradient, max_norm):
    """One gradient, shortened to `max_norm` if it is longer."""
    return clip_gradients({"g": gradient}, max_norm)[0]["g"]


CLIP = Exercise(
    "Write my_clip(gradient, max_norm): shortened if it is longer, otherwise as it is.",
    clipped,
    (
        Mistake(
            lambda g, most: np.clip(g, -most, most),
            "every number is cut off by itself; then the direction changes",
        ),
        Mistake(
            lambda g, most: g * most / (np.sqrt(np.sum(g * g)) + 1e-6),
            "a short gradient is made longer",
        ),
        Mistake(
            lambda g, most: g * min(1, most / (np.sum(g * g) + 1e-6)),
            "you divide by the square of the length; the root is missing",
        ),
        Mistake(
            lambda g, most: g * min(1, most / (np.abs(g).sum() + 1e-6)),
            "the length is not the sum of the sizes, but the root of the sum of squares",
        ),
        Mistake(
            lambda g, most: g * min(1, most / (np.abs(g).max() + 1e-6)),
            "the length is not the largest number",
        ),
    ),
    (
        "length = np.sqrt(np.sum(gradient * gradient))",
        "Multiply by min(1, max_norm / (length + 1e-6)); the 1e-6 is PyTorch's habit.",
    ),
    lambda rng: (rng.normal(size=(4, 3)) * rng.choice([0.1, 2.0]), 1.5),
)

# Wonder ---------------------------------------------------------------------------------


def _comes_nearer(rate):
    w = 0.0
    for _ in range(50):
        w = w - rate * valley_slope(w)
    return abs(w - 3) < 3 * (1 - 1e-9)


RATE = Exercise(
    "On (w − 3)²: from which rate on does w no longer come nearer to 3? (One decimal.)",
    next(tenths / 10 for tenths in range(1, 40) if not _comes_nearer(tenths / 10)),
    (
        Mistake(0.5, "0.5 is the best rate there is: one step, and w is at 3"),
        Mistake(0.6, "it jumps over 3 from there on, but comes nearer with every jump"),
        Mistake(1.1, "it runs away there; but does it come nearer one tenth earlier?"),
        Mistake(2.0, "far too large: turn back until it no longer runs away"),
    ),
    (
        "Turn the knob, or look where the curves of the picture end.",
        "At 1, w goes 0, 6, 0, 6, …",
    ),
    tolerance=1e-9,
)
