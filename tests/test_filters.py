"""Filters: each by hand, and what is no distribution."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfmath.decoding.filters import (
    no_repeat,
    repetition_penalty,
    top_k,
    top_p,
    with_temperature,
)
from tfmath.errors import DtypeError, NonFiniteError, ShapeError, TraceError
from tfmath.tracing import trace

shares = st.lists(st.integers(0, 9), min_size=1, max_size=9).filter(any)


def logs(weights, dtype=np.float64):
    with np.errstate(divide="ignore"):
        return np.log(np.array(weights) / sum(weights)).astype(dtype)


@given(shares, st.integers(1, 100))
@settings(deadline=None)
def test_top_p_is_exactly_the_smallest_set(weights, percent):
    order = sorted(range(len(weights)), key=lambda i: (-weights[i], i))
    kept = []
    for i in order:
        kept.append(i)
        if sum(weights[j] for j in kept) * 100 >= percent * sum(weights):  # whole numbers
            break
    if percent == 100:
        kept = [i for i in order if weights[i]]
    for dtype in (np.float32, np.float64):
        left = top_p(logs(weights, dtype), percent / 100)
        assert np.flatnonzero(np.isfinite(left)).tolist() == sorted(kept)
        total = sum(weights[i] for i in kept)
        expected = [w / total if i in kept else 0 for i, w in enumerate(weights)]
        tolerance = 2e-6 if dtype == np.float32 else 1e-14
        np.testing.assert_allclose(np.exp(left), expected, rtol=tolerance)


@pytest.mark.parametrize("tenths", [(7, 2, 1), (6, 3, 1), (5, 3, 2)])
def test_top_p_is_reached_although_logarithms_are_rounded(tenths):
    # The exponentials of the rounded logarithms sum to a last digit less than p.
    left = top_p(logs(tenths), (tenths[0] + tenths[1]) / 10)
    assert np.isfinite(left).tolist() == [True, True, False]


def test_top_p_of_one_keeps_what_rounding_would_lose():
    log_p = np.array([0.0, -60.0, -np.inf])
    assert np.isfinite(top_p(log_p, 1.0)).tolist() == [True, True, False]


@given(shares, st.data())
@settings(deadline=None)
def test_top_k_keeps_the_k_best_by_lower_id(weights, data):
    k = data.draw(st.integers(1, len(weights)))
    order = sorted(range(len(weights)), key=lambda i: (-weights[i], i))[:k]
    total = sum(weights[i] for i in order)
    expected = [w / total if i in order else 0 for i, w in enumerate(weights)]
    np.testing.assert_allclose(np.exp(top_k(logs(weights), k)), expected, rtol=1e-14)


@given(shares, st.floats(0.05, 20))
@settings(deadline=None)
def test_temperature_is_a_power(weights, temperature):
    powers = (np.array(weights) / max(weights)) ** (1 / temperature)
    found = np.exp(with_temperature(logs(weights), temperature))
    np.testing.assert_allclose(found, powers / powers.sum(), rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("temperature", [1e-3, 1e-50, 5e-324])
def test_towards_temperature_zero_only_the_best_are_left(dtype, temperature):
    left = with_temperature(logs([3, 0, 5, 5, 2], dtype), temperature)
    np.testing.assert_allclose(np.exp(left), [0, 0, 0.5, 0.5, 0], rtol=1e-6, atol=1e-99)


def test_repetition_penalty_by_hand():
    log_p = logs([1, 2, 5, 0])
    left = np.exp(repetition_penalty(log_p, [2, 2, 3, 0], 2.0))
    weights = np.array([1 / 64, 2 / 8, 25 / 64, 0])
    np.testing.assert_allclose(left, weights / weights.sum(), rtol=1e-14)
    np.testing.assert_allclose(repetition_penalty(log_p, [], 2.0), log_p, atol=1e-15)
    np.testing.assert_allclose(repetition_penalty(log_p, [1, 2], 1.0), log_p, atol=1e-15)


@pytest.mark.parametrize(
    ("n", "ids", "allowed"),
    [
        (1, [0, 1, 2], [3]),
        (2, [0, 1, 1], [0, 2, 3]),  # "1 1" was written
        (3, [1, 1, 0, 2, 1, 1], [1, 2, 3]),  # "1 1 0" was written
        (3, [1, 1], [0, 1, 2, 3]),
        (9, [1, 1], [0, 1, 2, 3]),
        (1, [], [0, 1, 2, 3]),
    ],
)
def test_no_repeat_by_hand(n, ids, allowed):
    left = no_repeat(logs([1, 1, 1, 1]), ids, n)
    assert np.flatnonzero(np.isfinite(left)).tolist() == allowed


def test_a_penalty_beyond_all_numbers_leaves_what_was_not_used():
    left = repetition_penalty(logs([1, 1, 2]), [0, 2], 1e308)
    assert np.exp(left).tolist() == [0, 1, 0]
    with pytest.raises(ValueError, match="repetition_penalty: log_p is −∞ everywhere"):
        repetition_penalty(logs([1] * 10), list(range(10)), 1e308)


def test_no_word_left_is_said():
    with pytest.raises(ValueError, match="no word is left that repeats no 1 words"):
        no_repeat(logs([1, 1, 0]), [0, 1], 1)


FILTERS = {
    "with_temperature": lambda log_p: with_temperature(log_p, 0.7),
    "top_k": lambda log_p: top_k(log_p, 1),
    "top_p": lambda log_p: top_p(log_p, 0.5),
    "repetition_penalty": lambda log_p: repetition_penalty(log_p, [0], 1.2),
    "no_repeat": lambda log_p: no_repeat(log_p, [0], 2),
}


@pytest.mark.parametrize("name", FILTERS)
def test_filters_keep_the_number_type_and_the_impossible(name):
    for dtype in (np.float32, np.float64):
        log_p = logs([4, 0, 3, 0], dtype)
        left = FILTERS[name](log_p)
        assert left.dtype == dtype
        assert not np.isnan(left).any()
        assert np.isneginf(left[[1, 3]]).all()
        assert np.exp(left).sum() == pytest.approx(1, abs=4 * float(np.finfo(dtype).eps))


@pytest.mark.parametrize("name", FILTERS)
def test_filters_refuse_what_is_no_distribution(name):
    with pytest.raises(ShapeError, match=rf"{name}: log_p must have shape \(vocab_size,\)"):
        FILTERS[name](np.zeros((1, 3)))
    with pytest.raises(DtypeError, match=f"{name}: log_p holds bool numbers; use float32"):
        FILTERS[name](np.array([True, False]))
    with pytest.raises(TraceError, match=rf"{name}: log_p is traced; .* log_p\.value"):
        FILTERS[name](trace(np.log([0.5, 0.5]), "log_p"))
    for wrong in (np.nan, np.inf):
        with pytest.raises(NonFiniteError, match=f"{name}: log_p holds NaN"):
            FILTERS[name](np.array([0.0, wrong]))
    with pytest.raises(ValueError, match=f"{name}: log_p is −∞ everywhere"):
        FILTERS[name](np.array([-np.inf, -np.inf]))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p: with_temperature(p, 0), "temperature is 0; it must be a number above 0"),
        (lambda p: with_temperature(p, -1.0), "temperature is -1.0"),
        (lambda p: with_temperature(p, math.nan), "temperature is nan"),
        (lambda p: with_temperature(p, math.inf), "temperature is inf"),
        (lambda p: top_k(p, 0), "k is 0; it must be a whole number from 1 to 3"),
        (lambda p: top_k(p, 4), "k is 4; it must be a whole number from 1 to 3"),
        (lambda p: top_p(p, 0), "p is 0; it must be a number above 0 and at most 1"),
        (lambda p: top_p(p, 1.1), "p is 1.1"),
        (lambda p: top_p(p, math.nan), "p is nan"),
        (
            lambda p: repetition_penalty(p, [0], 0),
            "penalty is 0; it must be a number above 0",
        ),
        (lambda p: repetition_penalty(p, [3], 2.0), "ids holds 3 .* allowed is 0 … 2"),
        (lambda p: repetition_penalty(p, [-1], 2.0), "ids holds -1"),
        (lambda p: no_repeat(p, [0], 0), "n is 0; it must be a whole number, 1 or more"),
    ],
)
def test_filters_name_the_wrong_argument(call, message):
    with pytest.raises(ValueError, match=message):
        call(logs([1, 2, 3]))
