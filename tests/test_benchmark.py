"""Being traceable costs plain arrays little, and the comparison compares like with like."""

import inspect

import numpy as np
import pytest

from tfmath import benchmark
from tfmath.benchmark import Row, in_turns
from tfmath.tracing import trace


@pytest.mark.parametrize("subject", ["multi-head attention", "encoder layer"])
def test_the_three_compute_the_same_numbers(subject):
    functions = benchmark.compared(64, 8, 6)[subject]
    ours, without_record, bare = (function() for function in functions)
    np.testing.assert_array_equal(without_record, ours)
    np.testing.assert_allclose(bare, ours, rtol=0, atol=1e-12)


def test_nothing_of_the_record_is_left_in_the_other_source():
    spaces = benchmark.without_record()
    for name, space in spaces.items():
        called = set()
        for value in space.values():
            if inspect.isfunction(value) and value.__module__ == space["__name__"]:
                called |= set(value.__code__.co_names)
        assert not called & {"named", "scope", "operation"}, name
    head = spaces["attention.heads"]["multi_head_attention"].__globals__["attend"]
    assert head is spaces["attention.dot_product"]["attend"]
    softmax = head.__globals__["softmax"]
    assert softmax is spaces["parts.softmax"]["softmax"] and not hasattr(
        softmax, "__wrapped__"
    )


def test_the_checks_are_still_in_it():
    spaces = benchmark.without_record()
    with pytest.raises(ValueError, match="NaN"):
        spaces["parts.softmax"]["softmax"](np.array([np.nan]))
    with pytest.raises(TypeError):  # no record any more
        spaces["parts.softmax"]["softmax"](trace([1.0], "x"))


@pytest.mark.parametrize("ratio, status", [(1.07, 0), (1.11, 1)])
def test_the_command_judges_by_the_worst_ratio(monkeypatch, capsys, ratio, status):
    rows = [Row("a layer", 0.001, 1.01, 1.5), Row("another", 0.002, ratio, 2.0)]
    monkeypatch.setattr(benchmark, "measured", lambda rounds: rows)
    for name, value in benchmark.ONE_THREAD.items():
        monkeypatch.setenv(name, value)
    assert benchmark.main([]) == status
    printed = capsys.readouterr().out
    assert f"costs {ratio:.2f}x at most; allowed is 1.10x" in printed
    assert "a layer" in printed and "another" in printed


def test_every_turn_times_every_function():
    calls = []
    times = in_turns([lambda: calls.append("a"), lambda: calls.append("b")], rounds=3)
    assert times.shape == (3, 2) and (times > 0).all()
    assert "".join(calls) in ("abbaab", "baabba")
