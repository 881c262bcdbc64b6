"""Being traceable costs plain arrays little, and the comparison compares like with like."""

import inspect
import os
import subprocess
import sys

import numpy as np
import pytest

from tfmath import benchmark
from tfmath.trace import trace


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
    head = spaces["heads"]["multi_head_attention"].__globals__["attend"]
    assert head is spaces["attention"]["attend"]
    softmax = head.__globals__["softmax"]
    assert softmax is spaces["softmax"]["softmax"] and not hasattr(softmax, "__wrapped__")


def test_the_checks_are_still_in_it():
    spaces = benchmark.without_record()
    with pytest.raises(ValueError, match="NaN"):
        spaces["softmax"]["softmax"](np.array([np.nan]))
    with pytest.raises(TypeError):  # no record any more
        spaces["softmax"]["softmax"](trace([1.0], "x"))


def test_the_command_measures_and_keeps_the_limit():
    """Noise only ever adds: one quiet measurement of three is enough."""
    command = [sys.executable, "-m", "tfmath.benchmark", "--rounds", "60"]
    environment = {**os.environ, **benchmark.ONE_THREAD}
    for _ in range(3):
        run = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert run.stderr == "" and "Being traceable costs" in run.stdout
        assert run.stdout.count("d_model 64") == 4
        if run.returncode == 0:
            break
    assert run.returncode == 0, run.stdout
