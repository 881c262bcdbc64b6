"""Decoding: every method held against the list of all continuations."""

import itertools
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
from tfmath.decoding.search import all_continuations, beam_search, greedy, sample
from tfmath.errors import DtypeError, NonFiniteError, ShapeError

START, END, SIZE = 0, 2, 5


def model(seed, size=SIZE, zeros=True, dtype=np.float64):
    """A step whose distribution depends on every id so far, some of them impossible."""

    def step(ids):
        rng = np.random.default_rng([seed, *ids])
        shares = rng.dirichlet(np.ones(size))
        if zeros:
            shares[rng.integers(size)] = 0
        with np.errstate(divide="ignore"):
            return np.log(shares / shares.sum()).astype(dtype)

    return step


def by_hand(step, length):
    """Every continuation, by walking all words**length and stopping at the end."""
    found = {}
    for words in itertools.product(range(SIZE), repeat=length):
        ids, total = [START], 0.0
        for word in words:
            if ids[-1] == END and len(ids) > 1:
                break
            total += step(ids)[word]
            ids.append(word)
        if np.isfinite(total):
            found[tuple(ids)] = total
    return found


@pytest.mark.parametrize("seed", range(3))
def test_all_continuations_are_all_and_exact(seed):
    found = all_continuations(model(seed), START, END, 3)
    expected = by_hand(model(seed), 3)
    assert {c.ids: c.log_probability for c in found} == pytest.approx(expected, abs=1e-12)
    assert len(found) == len(expected)
    assert math.fsum(math.exp(c.log_probability) for c in found) == pytest.approx(
        1, abs=1e-12
    )
    probabilities = [c.log_probability for c in found]
    assert probabilities == sorted(probabilities, reverse=True)
    assert all(c.finished == (c.ids[-1] == END) for c in found)


@given(st.integers(0, 10**6))
@settings(deadline=None, max_examples=25)
def test_a_beam_as_wide_as_the_tree_is_exhaustive(seed):
    everything = all_continuations(model(seed), START, END, 3)
    assert beam_search(model(seed), START, END, 3, beam=SIZE**3) == everything


@given(st.integers(0, 10**6), st.floats(0, 2))
@settings(deadline=None, max_examples=50)
def test_a_beam_of_one_is_greedy(seed, length_penalty):
    found = beam_search(model(seed), START, END, 6, 1, length_penalty)
    assert found == [greedy(model(seed), START, END, 6)]


@given(st.integers(0, 10**6), st.integers(1, 6))
@settings(deadline=None, max_examples=50)
def test_a_beam_lists_true_probabilities_best_first(seed, beam):
    truth = {c.ids: c for c in all_continuations(model(seed), START, END, 3)}
    found = beam_search(model(seed), START, END, 3, beam)
    assert 1 <= len(found) <= beam
    assert [truth[c.ids] for c in found] == found
    assert found == sorted(found, key=lambda c: -c.log_probability)


def table_step(table):
    with np.errstate(divide="ignore"):
        rows = {ids: np.log(row) for ids, row in table.items()}
    return lambda ids: rows[tuple(ids)]


def test_length_penalty_by_hand():
    # "end" at once: 0.4. Two words: 0.6 * 0.6 = 0.36; divided by ((5+n)/6)^alpha.
    step = table_step(
        {(0,): [0.0, 0.6, 0.4], (0, 1): [0.4, 0.0, 0.6], (0, 1, 0): [0, 0, 1.0]}
    )
    best = [c.ids for c in beam_search(step, 0, 2, 2, beam=3)]
    assert best == [(0, 2), (0, 1, 2), (0, 1, 0)]
    # log 0.4 = -0.916 / 1; log 0.36 = -1.022 / (7/6) = -0.876
    best = [c.ids for c in beam_search(step, 0, 2, 2, beam=3, length_penalty=1.0)]
    assert best == [(0, 1, 2), (0, 2), (0, 1, 0)]


def test_a_given_beginning_does_not_count_as_length():
    step = table_step({(1, 0): [0.0, 0.6, 0.4], (1, 0, 1): [0.4, 0.0, 0.6]})
    crossing = math.log(math.log(0.36) / math.log(0.4)) / math.log(7 / 6)
    for penalty, ids in ((crossing - 0.01, (1, 0, 2)), (crossing + 0.01, (1, 0, 1, 2))):
        assert beam_search(step, [1, 0], 2, 2, 3, penalty)[0].ids == ids


def test_equal_scores_come_by_lower_ids():
    # 0.5 * 0.5 by way of word 1 equals 0.25 * 1 by way of word 0.
    half, sure = [0.25, 0.5, 0.25], [1.0, 0.0, 0.0]
    step = table_step({(0,): half, (0, 0): sure, (0, 1): [0.5, 0.0, 0.5]})
    found = beam_search(step, 0, 2, 2, beam=9)
    assert [c.ids for c in found] == [(0, 0, 0), (0, 1, 0), (0, 1, 2), (0, 2)]
    assert found == all_continuations(step, 0, 2, 2)


def test_greedy_follows_the_best_word_and_may_miss_the_best_text():
    step = table_step(
        {
            (0,): [0.4, 0.6, 0.0],
            (0, 1): [0.5, 0.0, 0.5],
            (0, 1, 0): [0.0, 0.0, 1.0],
            (0, 0): [0.0, 0.0, 1.0],
        }
    )
    found = greedy(step, 0, 2, 3)
    assert (found.ids, found.finished) == ((0, 1, 0, 2), True)  # a tie: the lower id
    assert found.log_probability == pytest.approx(math.log(0.3), abs=1e-12)
    assert greedy(step, 0, 2, 2) == ((0, 1, 0), found.log_probability, False)
    assert all_continuations(step, 0, 2, 3)[0].ids == (0, 0, 2)
    assert beam_search(step, 0, 2, 3, beam=2)[0].ids == (0, 0, 2)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_step_gets_a_list_of_its_own_and_may_be_float32(dtype):
    seen = []

    def step(ids):
        seen.append(list(ids))
        row = model(7, dtype=dtype)(ids)
        ids.append(99)
        return row

    for write in (greedy, lambda *a: sample(*a, np.random.default_rng(1))):
        seen.clear()
        found = write(step, [4, 1], END, 6)
        assert seen == [list(found.ids[:n]) for n in range(2, len(found.ids))]
        assert isinstance(found.log_probability, float)


def chi_squared(counts, expected):
    return sum((counts.get(ids, 0) - e) ** 2 / e for ids, e in expected.items())


def test_samples_come_as_often_as_they_should():
    step, draws, rng = model(5, size=3, zeros=False), 4000, np.random.default_rng(17)
    truth = all_continuations(step, START, END, 2)
    expected = {c.ids: draws * math.exp(c.log_probability) for c in truth}
    assert len(expected) == 7
    assert min(expected.values()) > 5
    counts, known = {}, {c.ids: c for c in truth}
    for _ in range(draws):
        found = sample(step, START, END, 2, rng)
        assert found == known[found.ids]
        counts[found.ids] = counts.get(found.ids, 0) + 1
    assert chi_squared(counts, expected) < 22.46  # 6 degrees of freedom, 1 in 1000


def test_filters_act_in_their_stated_order():
    log_p, rng, ids = (
        np.log([0.05, 0.1, 0.2, 0.3, 0.35]),
        np.random.default_rng(3),
        [4, 3, 4],
    )
    left = repetition_penalty(log_p, ids, 1.3)
    left = no_repeat(left, ids, 2)
    left = top_p(top_k(with_temperature(left, 1.7), 3), 0.8)
    counts = np.zeros(5)
    for _ in range(4000):
        found = sample(lambda _: log_p, ids, 0, 1, rng, 1.7, 3, 0.8, 1.3, 2)
        counts[found.ids[-1]] += 1
        assert found.log_probability == log_p[found.ids[-1]]
    expected = 4000 * np.exp(left)
    possible = expected > 0
    assert 1 < possible.sum() < 4
    assert counts[~possible].sum() == 0
    gap = (counts - expected)[possible]
    assert (gap**2 / expected[possible]).sum() < 13.82  # 2 degrees of freedom, 1 in 1000


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
    for seed in range(5):
        step = model(seed, dtype=dtype)
        cold = sample(step, START, END, 6, np.random.default_rng(seed), temperature)
        assert cold == greedy(step, START, END, 6)


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


@given(st.integers(0, 10**6), st.integers(2, 3))
@settings(deadline=None, max_examples=30)
def test_samples_without_repeats_have_none(seed, n):
    rng = np.random.default_rng(seed)
    step = model(seed, zeros=False)
    ids = sample(step, START, END, 12, rng, no_repeat=n).ids
    runs = [ids[i : i + n] for i in range(len(ids) - n + 1)]
    assert len(set(runs)) == len(runs)


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
    with pytest.raises(DtypeError, match=f"{name}: log_p must be float32 or float64"):
        FILTERS[name](np.array([0, 0]))
    for wrong in (np.nan, np.inf):
        with pytest.raises(NonFiniteError, match=f"{name}: log_p holds NaN"):
            FILTERS[name](np.array([0.0, wrong]))
    with pytest.raises(ValueError, match=f"{name}: log_p is −∞ everywhere"):
        FILTERS[name](np.array([-np.inf, -np.inf]))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p: with_temperature(p, 0), "temperature is 0; it must be above 0"),
        (lambda p: with_temperature(p, -1.0), "temperature is -1.0"),
        (lambda p: with_temperature(p, math.nan), "temperature is nan"),
        (lambda p: with_temperature(p, math.inf), "temperature is inf"),
        (lambda p: top_k(p, 0), "k is 0; allowed is 1 … 3"),
        (lambda p: top_k(p, 4), "k is 4; allowed is 1 … 3"),
        (lambda p: top_p(p, 0), "p is 0; allowed is above 0 and at most 1"),
        (lambda p: top_p(p, 1.1), "p is 1.1"),
        (lambda p: top_p(p, math.nan), "p is nan"),
        (lambda p: repetition_penalty(p, [0], 0), "penalty is 0; it must be above 0"),
        (lambda p: repetition_penalty(p, [3], 2.0), "ids holds 3 .* allowed is 0 … 2"),
        (lambda p: repetition_penalty(p, [-1], 2.0), "ids holds -1"),
        (lambda p: no_repeat(p, [0], 0), "n is 0; it must be 1 or more"),
    ],
)
def test_filters_name_the_wrong_argument(call, message):
    with pytest.raises(ValueError, match=message):
        call(logs([1, 2, 3]))


WRITERS = {
    "greedy": greedy,
    "sample": lambda *a: sample(*a, np.random.default_rng(0)),
    "beam_search": lambda *a: beam_search(*a, 2),
    "all_continuations": all_continuations,
}


@pytest.mark.parametrize("name", WRITERS)
def test_writers_name_the_wrong_argument(name):
    write, step = WRITERS[name], model(1)
    for bad, message in (
        ((START, END, 0), f"{name}: the length is 0; it must be 1 or more"),
        ((START, -1, 3), f"{name}: end holds -1"),
        ((START, SIZE, 3), f"{name}: end is 5; allowed is 0 … 4"),
        (([], END, 3), f"{name}: start is empty"),
        ((-1, END, 3), f"{name}: start holds -1"),
    ):
        with pytest.raises(ValueError, match=message):
            write(step, *bad)
    with pytest.raises(TypeError, match=f"{name}: end is None; give the id"):
        write(step, START, None, 3)
    with pytest.raises(ValueError, match=f"{name}: step must give log-prob.*sum to 5"):
        write(lambda ids: np.zeros(SIZE), START, END, 3)
    with pytest.raises(NonFiniteError, match=f"{name}: step: log_p holds NaN"):
        write(lambda ids: np.full(SIZE, np.nan), START, END, 3)


def test_beam_and_rng_are_checked():
    with pytest.raises(ValueError, match="beam is 0; it must be 1 or more"):
        beam_search(model(1), START, END, 3, 0)
    for penalty in (-0.5, math.nan, math.inf):
        with pytest.raises(ValueError, match=f"length_penalty is {penalty}"):
            beam_search(model(1), START, END, 3, 2, penalty)
    with pytest.raises(TypeError, match="rng is 0; pass np.random.default_rng"):
        sample(model(1), START, END, 3, 0)
