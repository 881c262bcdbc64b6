"""Time and memory as they grow: counted by hand, and told when they cannot be told."""

import numpy as np
import pytest

from tfmath import scaled_dot_product_attention
from tfmath.errors import ShapeError
from tfmath.study.growth import growth, peak_memory, recorded_bytes, seconds, steepness
from tfmath.tracing import trace


def test_the_shortest_turn_counts(monkeypatch):
    clock = iter([0, 5, 10, 12, 20, 24])
    monkeypatch.setattr("time.process_time", lambda: next(clock))
    assert seconds(lambda: None, turns=3) == 2


def test_of_all_rounds_the_shortest_time_counts(monkeypatch):
    clock = iter([*range(1, 10), *range(9, 0, -1)])
    monkeypatch.setattr("tfmath.study.growth.seconds", lambda function: next(clock))
    rows = growth({"n": (4,), "d": (2,), "batch": (1,)}, rounds=2)
    assert [row["seconds"] for row in rows] == [1, 2, 3, 4, 5, 4, 3, 2, 1]


def test_what_is_given_back_and_what_is_forgotten_both_count():
    kept = np.ones(10**5)  # was there before
    assert (
        16e5 <= peak_memory(lambda: np.ones(10**5) + np.ones(10**5)[:, None][:, 0]) < 25e5
    )
    assert peak_memory(lambda: kept) < 1e4


def test_one_measurement_inside_another_would_spoil_it():
    with pytest.raises(RuntimeError, match="one at a time"):
        peak_memory(lambda: peak_memory(lambda: np.ones(10**5)))
    assert peak_memory(lambda: np.ones(10**5)) >= 8e5


def test_an_error_inside_is_the_callers():
    with pytest.raises(ZeroDivisionError):
        peak_memory(lambda: 1 / 0)
    assert peak_memory(lambda: np.ones(10**4)) >= 8e4


@pytest.mark.parametrize("power", [-1, 0, 0.5, 1, 3])
def test_powers_are_found(power):
    sizes = np.array([3.0, 10.0, 40.0, 90.0])
    assert steepness(sizes, 7 * sizes**power) == pytest.approx(power, abs=1e-12)


def test_a_record_of_attention_keeps_three_tables_of_pairs():
    n, x = 50, np.random.default_rng(0).normal(size=(50, 4))
    output = scaled_dot_product_attention(trace(x, "x"), x, x)
    assert recorded_bytes(output) == 8 * (3 * n * n + n * 4)
    small = recorded_bytes(scaled_dot_product_attention(trace(x[:25], "x"), x[:25], x[:25]))
    assert small == 8 * (3 * 25 * 25 + 25 * 4)


def test_turning_and_cutting_make_nothing_new():
    x = trace(np.ones((2, 3)), "x")
    assert recorded_bytes(x.T, x[1:], x.reshape(6)) == 0
    assert recorded_bytes(x[[0, 1]]) == 48


def test_what_cannot_be_measured_is_named():
    with pytest.raises(TypeError, match="seconds: function is 3"):
        seconds(3)
    with pytest.raises(TypeError, match="peak_memory: function is None"):
        peak_memory(None)
    with pytest.raises(ShapeError, match=r"steepness: sizes \(1,\)"):
        steepness([1.0], [1.0])
    for sizes in ([1.0, 0.0], [2.0, 2.0]):
        with pytest.raises(ValueError, match="sizes must differ, and all must be above 0"):
            steepness(sizes, [1.0, 2.0])
    with pytest.raises(TypeError, match="recorded_bytes: outputs is empty"):
        recorded_bytes()
    with pytest.raises(TypeError, match="recorded_bytes: outputs is 3"):
        recorded_bytes(3)


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        ({"n": (4,), "d": (2,)}, "must have ['n', 'd', 'batch']"),
        ({"n": (4,), "d": (2,), "batch": (1,), "m": (1,)}, "it must have"),
        ({"n": (), "d": (2,), "batch": (1,)}, "sizes['n'] has 0 numbers; 1 or more"),
        ({"n": (4, 8, 4), "d": (2,), "batch": (1,)}, "one of them stands twice"),
        ({"n": (0,), "d": (2,), "batch": (1,)}, "sizes['n'][0] is 0"),
    ],
)
def test_sizes_that_would_be_dropped_are_refused(sizes, said):
    with pytest.raises(ValueError) as refused:
        growth(sizes, rounds=1)
    assert said in str(refused.value)
