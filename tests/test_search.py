"""Choosing words: every method held against the list of all continuations."""

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
from tfmath.errors import NonFiniteError

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


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("temperature", [1e-3, 1e-50, 5e-324])
def test_towards_temperature_zero_sampling_is_greedy(dtype, temperature):
    for seed in range(5):
        step = model(seed, dtype=dtype)
        cold = sample(step, START, END, 6, np.random.default_rng(seed), temperature)
        assert cold == greedy(step, START, END, 6)


@given(st.integers(0, 10**6), st.integers(2, 3))
@settings(deadline=None, max_examples=30)
def test_samples_without_repeats_have_none(seed, n):
    rng = np.random.default_rng(seed)
    step = model(seed, zeros=False)
    ids = sample(step, START, END, 12, rng, no_repeat=n).ids
    runs = [ids[i : i + n] for i in range(len(ids) - n + 1)]
    assert len(set(runs)) == len(runs)


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
        ((START, END, 0), f"{name}: (max_)?length is 0; it must be a whole number, 1"),
        ((START, -1, 3), f"{name}: end is -1"),
        ((START, SIZE, 3), f"{name}: end is 5; allowed is 0 … 4"),
        (([], END, 3), f"{name}: start is empty"),
        ((-1, END, 3), f"{name}: start holds -1"),
    ):
        with pytest.raises(ValueError, match=message):
            write(step, *bad)
    with pytest.raises(TypeError, match=f"{name}: end is None; it must be a whole number"):
        write(step, START, None, 3)
    with pytest.raises(ValueError, match=f"{name}: step must give log-prob.*sum to 5"):
        write(lambda ids: np.zeros(SIZE), START, END, 3)
    with pytest.raises(NonFiniteError, match=f"{name}: step: log_p holds NaN"):
        write(lambda ids: np.full(SIZE, np.nan), START, END, 3)


def test_beam_and_rng_are_checked():
    with pytest.raises(ValueError, match="beam is 0; it must be a whole number, 1 or more"):
        beam_search(model(1), START, END, 3, 0)
    for penalty in (-0.5, math.nan, math.inf):
        with pytest.raises(ValueError, match=f"length_penalty is {penalty}"):
            beam_search(model(1), START, END, 3, 2, penalty)
    with pytest.raises(TypeError, match=r"sample: rng is 0; it must be np\.random"):
        sample(model(1), START, END, 3, 0)
