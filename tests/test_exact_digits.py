"""Every decimal printed of the toy model is the correctly rounded exact one, safely so."""

import numpy as np
import pytest

from tfmath.tracing import named, trace
from tfmath.witness import digits
from tfmath.witness.digits import SAFE, course_records, edge_distance, examine, main
from tfmath.witness.exact import Exact

MP = Exact()


RECORDS = dict(course_records())


@pytest.mark.parametrize("title", RECORDS)
def test_no_step_or_gradient_prints_a_wrong_or_unsure_decimal(title):
    found = examine(RECORDS[title], mp=MP)
    assert len(found) == 2 * len({d.step for d in found}) > 300
    assert [d for d in found if d.wrong or d.unsure] == []
    assert SAFE < min(d.nearest for d in found) < 1e-6


def test_float64_is_a_hundred_times_nearer_to_the_exact_numbers_than_an_edge_may_be():
    from tfmath.witness import cases, roads
    from tfmath.witness.crosscheck import crosscheck

    walks = [road for road in roads.all_roads(["float64"]) if "float64" in road.name]
    _, findings = crosscheck(cases.toy_case(), walks, MP)
    assert 0 < max(finding.whole for finding in findings) < SAFE / 20


# Controls: what the gate must stop


def _one(number, decimals=3):
    step = named("step", trace([number], "x") * trace([1.0], "one"))
    return examine([step], (decimals,), MP)[-1]


def test_a_number_on_an_edge_is_unsure():
    assert _one(0.0625).unsure == [(0,)]
    assert _one(0.0625, 4).unsure == []
    assert _one(0.0625 + 2e-13).unsure == [(0,)]
    assert _one(0.0625 + 2e-11).unsure == []


def test_a_number_that_float64_rounds_the_wrong_way_is_wrong():
    """0.1 + 0.2 is 0.3 exactly, but 0.30000000000000004 in float64: 0.3 − that is not 0."""
    ones = trace([1e16], "large") + trace([1.0], "one")
    found = examine([named("lost", ones - trace([1e16], "large again"))], (3,), MP)[-1]
    assert found.wrong == [(0,)]


def test_a_short_decimal_that_float64_misses_is_unsure():
    """It would print as 0.300 here and as 0.3 where the noise falls otherwise."""
    total = named("total", trace([0.1, 0.5], "x") + trace([0.2, 0.25], "y"))
    assert examine([total], (3,), MP)[-1].unsure == [(0,)]


def test_a_minus_sign_before_zero_is_no_mistake():
    assert _one(-1e-9).wrong == _one(-0.0).wrong == []


def test_the_nearest_edge_is_found_in_both_directions():
    near = edge_distance(MP.number(np.array([0.06249, 0.06251, -0.06251, 12.3456])), 3)
    assert near.round(12).tolist() == [1e-5, 1e-5, 1e-5, 1e-4]


def test_the_command_says_how_near_and_fails_if_one_is_unsure(capsys, monkeypatch):
    edge = named("edge", trace([0.0625], "x") * trace([1.0], "one"))
    for shown, status, said in [
        (RECORDS["i drink and, label smoothing 0.0"], 0, "0 wrong, 0 unsure"),
        ([edge], 1, "2 wrong, 2 unsure; nearest to an edge 0.0e+00"),
    ]:
        monkeypatch.setattr(digits, "course_records", lambda shown=shown: [("this", shown)])
        assert main(None) == status
        assert said in capsys.readouterr().out
