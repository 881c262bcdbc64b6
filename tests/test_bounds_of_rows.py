"""Every row on every road: PyTorch and fifty digits agree, within the bound it states."""

import numpy as np
import pytest
from examples import EXAMPLES, LONG, draw

from tfmath import named, trace
from tfmath.tracing import operation
from tfmath.tracing.rules import RULES
from tfmath.witness import cases, exact
from tfmath.witness.bounds import UNITS, follow
from tfmath.witness.crosscheck import judge, reference
from tfmath.witness.roads import (
    autograd_road,
    numpy_road,
    replay_road,
    replay_torch,
    to_numpy,
)

MP = exact.Exact()


def run_of(call, arrays):
    """The example and its gradients, as a record."""
    inputs = [trace(a, f"x{i}") for i, a in enumerate(arrays)]
    total = (named("result", call(*inputs)) * 0.7).sum()
    # Also where the result does not vary there is something to differentiate.
    return cases.record_of(named("total", total + inputs[0].sum()))


def judged(call, shapes, dtype, seed):
    """The findings of NumPy's and PyTorch's roads, judged by exact numbers."""
    arrays = draw(*shapes, seed=seed, dtype=np.float32)
    run = run_of(call, [a.astype(np.float64) for a in arrays])
    ours = run_of(call, [a.astype(dtype) for a in arrays])
    walk = lambda case, record: ((n, node.value) for n, node in ours.steps.items())  # noqa: E731
    roads = [numpy_road(dtype)._replace(walk=walk), replay_road(dtype)]
    roads.append(autograd_road(dtype))
    truth = reference(run, MP)
    return [finding for road in roads for finding in judge(None, run, road, truth, MP)]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", [name for name in EXAMPLES if "long" not in name])
def test_every_row_keeps_its_bound_on_every_road(name, dtype):
    call, _, *shapes = EXAMPLES[name]
    findings = judged(call, shapes, dtype, seed=1)
    assert {"total", "grad_x0"} <= {finding.step for finding in findings}
    assert [finding for finding in findings if not finding.share <= 1] == []


def shares(name, seed=0):
    """The most that NumPy and PyTorch use of the bound of a long example, in float32."""
    call, _, *shapes = EXAMPLES[name]
    arrays = draw(*shapes, seed=seed, dtype=np.float32)
    result = call(*(trace(a, f"x{i}") for i, a in enumerate(arrays)))
    *_, (_, expected, bound) = follow([result], UNITS["float32"], {}, MP)
    theirs = to_numpy(replay_torch([result], "float32")[id(result)])
    with np.errstate(invalid="ignore"):  # 0 / 0: no error where none is allowed
        apart = [np.abs(np.asarray(v - expected, float)) for v in (result.value, theirs)]
        return [float(np.nanmax(error / bound)) for error in apart]


@pytest.mark.parametrize("name", [name for name in EXAMPLES if "long" in name])
def test_a_long_row_keeps_its_bound(name):
    assert max(shares(name)) <= 1


# Bounds that lie --------------------------------------------------------------------------


def running_sum(error):
    """An operation, and how much it uses of what it says of its errors."""

    @operation(
        derivative=(lambda grad, out, x: np.cumsum(grad[::-1])[::-1],),
        torch=lambda torch, x: torch.cumsum(x, 0),
        error=error,
    )
    def running(x):
        return np.cumsum(x)

    return running, None, (LONG,)


def test_control_a_cumulative_sum_may_not_say_that_it_rounds_once(monkeypatch):
    once = lambda unit, out, *_: unit.rounding * np.abs(out)  # noqa: E731
    for error, most in ((once, np.inf), ("chooses", np.inf), ("sums", 1)):
        # As "sums" it says how many terms each number has, and that is true.
        monkeypatch.setitem(EXAMPLES, "running: long", running_sum(error))
        assert (
            4 < max(shares("running: long"))
            if most > 1
            else (0.001 < max(shares("running: long")) <= 1)
        )


@pytest.mark.parametrize("name", ["sum", "mean", "scatter", "matmul", "einsum"])
def test_control_a_row_that_forgets_its_length_is_caught(name, monkeypatch):
    rounding = lambda unit, out, *_, **options: 0.1 * unit.rounding * np.abs(out)  # noqa: E731
    monkeypatch.setitem(RULES, name, RULES[name]._replace(error=rounding))
    assert max(max(shares(f"{name}: long", seed)) for seed in range(3)) > 1


def test_control_a_comparison_that_hangs_on_rounding_is_in_doubt():
    x = trace([0.1, 0.3], "x")
    above = named("above", x + trace([0.2, 0.3], "y") > np.array([0.3, 0.0]))
    choice = np.where(above, x, 100.0)
    bounds = {id(n): e for n, _, e in follow([choice], UNITS["float32"], {}, MP)}
    assert bounds[id(above)].round(3).tolist() == [1, 0]
    assert bounds[id(choice)][0] > 99 and bounds[id(choice)][1] < 1e-6
