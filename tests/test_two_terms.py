"""Curves over size and words read: against known ones, a grid, conditions of a minimum."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tfmath.errors import ShapeError
from tfmath.study.fits import fit_power_law
from tfmath.study.two_terms import TwoTerms, fit_two_terms

LOOKS = list(itertools.product([300.0, 900.0, 2000.0, 9000.0], [1e5, 3e5, 1e6]))
SIZES, WORDS = np.array(LOOKS * 2).T


def noisy(seed=0):
    true = TwoTerms(1.2, 30.0, 0.5, 80.0, 0.4).at(SIZES, WORDS)
    return true + np.random.default_rng(seed).normal(size=len(SIZES)) * 0.02


@given(
    st.floats(-2, 2),
    st.floats(0.1, 100),
    st.floats(0.1, 2),
    st.floats(0.1, 100),
    st.floats(0.1, 2),
)
@settings(deadline=None, max_examples=25)
def test_a_known_curve_is_found(level, a, alpha, b, beta):
    sizes, words = np.array(list(itertools.product([1, 2.5, 5, 13], [1.0, 3, 7, 10]))).T
    true = TwoTerms(level, a, alpha, b, beta)
    law = fit_two_terms(sizes, words, true.at(sizes, words))
    np.testing.assert_allclose(law.at(sizes, words), true.at(sizes, words), atol=1e-4)
    np.testing.assert_allclose(law, true, rtol=2e-2, atol=2e-2)


def test_no_slope_is_left_at_the_minimum():
    """Slopes by PyTorch's autograd, in units of what each unknown does to the sum.

    The large have read less here: size and words read are not apart.
    """
    kept = SIZES * WORDS < 1e9
    rows = [row[kept] for row in (SIZES, WORDS, noisy(seed=3))]
    assert abs(np.corrcoef(np.log(rows[:2]))[0, 1]) > 0.3
    law = torch.tensor(fit_two_terms(*rows), dtype=torch.float64)
    law.requires_grad_()
    N, D, L = (torch.tensor(row.astype(np.float64)) for row in rows)
    by_size, by_words = law[1] * N ** -law[2], law[3] * D ** -law[4]
    ((law[0] + by_size + by_words - L) ** 2).sum().backward()
    assert (law.grad * law.detach()).abs().max() < 1e-5


@pytest.mark.parametrize("moved", range(5))
def test_whatever_is_moved_it_gets_worse(moved):
    losses = noisy()
    law = np.array(fit_two_terms(SIZES, WORDS, losses))
    explained = TwoTerms(*law).explains(SIZES, WORDS, losses)
    for factor in (0.99, 1.01):
        other = law * np.where(np.arange(5) == moved, factor, 1)
        assert TwoTerms(*other).explains(SIZES, WORDS, losses) < explained < 1


def test_units_and_order_do_not_matter():
    losses = noisy()
    small = fit_two_terms(SIZES, WORDS, losses)
    large = fit_two_terms(SIZES[::-1] * 1e9, WORDS[::-1] * 1e6, 1000 * losses[::-1])
    assert (large.alpha, large.beta) == pytest.approx((small.alpha, small.beta), rel=1e-4)
    assert large.level == pytest.approx(1000 * small.level, rel=1e-4)


def test_where_size_alone_tells_it_is_the_power_law():
    losses = 8 / np.sqrt(SIZES / 300) + 2
    law, one = fit_two_terms(SIZES, WORDS, losses), fit_power_law(SIZES, losses)
    assert law.alpha == pytest.approx(one.alpha, rel=1e-3)
    reading = law.b * WORDS**-law.beta + law.level
    np.testing.assert_allclose(reading, one.c, atol=1e-3)


@pytest.mark.parametrize(
    ("rows", "error", "words"),
    [
        (([1, 2, 2], [1, 2, 3], [3, 2, 1]), ValueError, "sizes must be above 0, three"),
        (([1, 2, 3], [1, 2, 2], [3, 2, 1]), ValueError, "words must be above 0, three"),
        (([0, 2, 3], [1, 2, 3], [3, 2, 1]), ValueError, "sizes must be above 0"),
        (([1, 2, 3], [1, 2], [3, 2, 1]), ShapeError, r"fit_two_terms: .*words \(2,\)"),
    ],
)
def test_what_cannot_be_is_told(rows, error, words):
    with pytest.raises(error, match=words):
        fit_two_terms(*rows)


def test_the_balance_is_where_a_bill_buys_the_least_loss():
    law = TwoTerms(level=1.0, a=9.0, alpha=0.3, b=20.0, beta=0.6)
    for bill in (1e3, 1e6):
        sizes = np.geomspace(1e-3, 1e6, 400_001)
        best = sizes[law.at(sizes, bill / sizes).argmin()]
        assert law.balance([best])[0] == pytest.approx(bill / best, rel=1e-3)


def test_no_model_is_of_less_than_no_size():
    law = TwoTerms(level=2.0, a=8.0, alpha=0.5, b=4.0, beta=1.0)
    for wrong, said in (
        (lambda: law.balance([1, -4]), "balance: sizes holds -4"),
        (lambda: law.at([1, 4], [0, 2]), "at: words holds 0"),
    ):
        with pytest.raises(ValueError, match=said):
            wrong()
