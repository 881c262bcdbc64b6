"""What one look hands over of two numbers: guesses of both, and their errors."""

import itertools
import math

import numpy as np

from tests.claims.claim import says

RNG = np.random.default_rng(3)
PAIRS = math.sqrt(500) * np.linalg.qr(RNG.normal(size=(500, 2)))[0]
"""What A and B hold: of mean square 1, and with no correlation, exactly."""


def mixed(pairs, w):
    return pairs @ [[w], [1 - w]]


def errors_of(found):
    """The mean square error of the best linear guess of each of the pair."""
    guess = found @ np.linalg.lstsq(found, PAIRS, rcond=None)[0]
    return ((PAIRS - guess) ** 2).mean(axis=0)


def with_more_columns(w):
    """Five, each with a number of its own for A and for B beside what they hold."""
    W_V, own = RNG.normal(size=(1, 5)), RNG.normal(size=(2, 5))
    rows = [w * (a * W_V + own[0]) + (1 - w) * (b * W_V + own[1]) for a, b in PAIRS]
    return _with_a_bias(np.concatenate(rows))


def keys_that_tell_what():
    """Who holds more gets more: the weight, and the mixture."""
    a, b = PAIRS[:, :1], PAIRS[:, 1:]
    weight = 1 / (1 + np.exp(b - a))
    return _with_a_bias(np.hstack([weight, weight * a + (1 - weight) * b]))


def _with_a_bias(found):
    return np.hstack([found, np.ones((len(found), 1))])


@says(
    "Here it would: with the share $w = \\frac45$ for A it finds 12, turned round 18.",
    "Flat, near 1. The factor $c$ misses $a$ by $(1-cw)^2 + c^2(1-w)^2$, at best by "
    "$\\frac{(1-w)^2}{w^2 + (1-w)^2}$ (set the slope along $c$ to 0), and $b$ by "
    "$\\frac{w^2}{w^2 + (1-w)^2}$: together 1.",
    "**One look hands over one mixture.**",
    "More columns of values do not help if A and B use the same ones (and keys do not tell "
    "what is held): all are mixed by the same $w$.",
    "(With columns of their own, and $0 < w < 1$, one head would know both.)",
    "Two heads, $w = 1$ and $w = 0$, do.",
    "3. One softmax hands over one mixture of the rows; $h$ heads hand over $h$.",
)
def test_one_look_hands_over_one_mixture():
    np.testing.assert_allclose(mixed(np.array([[10, 20], [20, 10]]), 0.8).ravel(), [12, 18])
    shares = np.linspace(0, 1, 11)
    of_a, of_b = np.transpose([errors_of(mixed(PAIRS, w)) for w in shares])
    whole = shares**2 + (1 - shares) ** 2
    np.testing.assert_allclose(of_a, (1 - shares) ** 2 / whole, atol=1e-12)
    np.testing.assert_allclose(of_b, shares**2 / whole, atol=1e-12)
    for w, c in itertools.product(shares, (-1, 0.3, 2)):
        missed = ((PAIRS[:, :1] - c * mixed(PAIRS, w)) ** 2).mean()
        np.testing.assert_allclose(missed, (1 - c * w) ** 2 + c**2 * (1 - w) ** 2)
    assert (np.diff(of_a) < 0).all() and (np.diff(of_b) > 0).all()
    for w in shares:
        assert errors_of(with_more_columns(w)).sum() > 0.98
    np.testing.assert_allclose(errors_of(mixed(PAIRS, 1)), [0, 1], atol=1e-12)
    both = np.hstack([mixed(PAIRS, 1), mixed(PAIRS, 0)])
    np.testing.assert_allclose(errors_of(both), 0, atol=1e-12)
    assert errors_of(keys_that_tell_what()).sum() < 0.5
    for w in shares[1:-1]:
        two_columns = PAIRS * [w, 1 - w]
        np.testing.assert_allclose(errors_of(two_columns), 0, atol=1e-12)
