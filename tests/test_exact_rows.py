"""Fifty digits are a witness of their own: no row lends them its call."""

import numpy as np
import pytest
from examples import EXAMPLES, draw
from house import of_a_test
from test_bounds_of_rows import MP, run_of

from tfmath.tracing import operation, trace
from tfmath.tracing.rules import RULES
from tfmath.witness.crosscheck import first_failure, judge, reference
from tfmath.witness.exact import replay_exact
from tfmath.witness.roads import Road, numpy_road


def heard(op):
    """The first step that fifty digits do not find, in the example of one row."""
    call, _, *shapes = EXAMPLES[op]
    run = run_of(call, draw(*shapes))
    ours = [(name, node.value) for name, node in run.steps.items()]
    road = Road("ours", numpy_road("float64").unit, lambda case, record: ours)
    return first_failure(judge(None, run, road, reference(run, MP), MP))


OTHER = {"max": "min", "min": "max"}  # they choose a number, and lie with another


def lying(call):
    def lie(*inputs, **options):
        found = np.asarray(call(*inputs, **options))
        if found.dtype.kind in "bi":
            return ~found
        return (found * 1.001).astype(found.dtype)

    return lie


def test_every_row_says_its_exact_value():
    silent = {name: rule for name, rule in RULES.items() if rule.exact is None}
    assert [name for name, rule in silent.items() if not of_a_test(rule)] == []


@pytest.mark.parametrize("op", [op for op, rule in RULES.items() if not of_a_test(rule)])
def test_a_lie_in_a_rows_call_is_heard(op, monkeypatch):
    assert heard(op) is None
    wrong = RULES[OTHER[op]].call if op in OTHER else lying(RULES[op].call)
    monkeypatch.setitem(RULES, op, RULES[op]._replace(call=wrong))
    assert heard(op) is not None


def test_an_operation_of_ones_own_is_replayed_by_its_call():
    @operation(derivative=(None,))
    def thirds(x):
        return x / 3

    found = thirds(trace([1.0], "x"))
    assert str(replay_exact([found], MP)[id(found)].item()).startswith(
        "0.3333333333333333333"
    )
