"""Lies with a knob, laws, and the pictures of both."""

import numpy as np
import pytest

from tfmath.learning.train import traced_loss
from tfmath.show import processes, rounding, witnesses
from tfmath.show.layout import Box, Heat, Label
from tfmath.show.machine import toy_logits
from tfmath.show.machine_record import stations
from tfmath.study.measured import measured
from tfmath.tracing.rules import RULES
from tfmath.witness import adding, blame, cases, forger
from tfmath.witness.laws import LAWS


def test_no_lie_at_size_0():
    case = cases.toy_case()
    true = traced_loss(case.parameters, case.batch, 0.1).value
    for name in forger.LIES:
        with forger.told(name, 0.0) as (lying, loss):
            told = loss(lying.parameters, lying.batch, 0.1).value
        assert told == pytest.approx(true, rel=1e-12), name


def test_a_lie_changes_what_it_is_about_and_is_taken_back():
    case, before = cases.toy_case(), dict(RULES)
    true = traced_loss(case.parameters, case.batch, 0.1).value
    for name in forger.LIES:
        with forger.told(name, 0.5) as (lying, loss):
            told = loss(lying.parameters, lying.batch, 0.1).value
        assert (told == true) == (name == "slope"), name
        assert RULES == before


def test_a_norm_told_with_its_slope_contradicts_nothing():
    for name in ("norm", "norm & slope"):
        with forger.told(name) as lying:
            assert LAWS["slopes are slopes"](*lying) == (name == "norm & slope")


@pytest.mark.parametrize("lie", ["bend", "clocks", "padding"])
def test_what_is_stored_is_measured(lie):
    """The whole lie, and none, of one row for each kind; the rest takes minutes."""
    stored = measured("lies")
    rows = zip(*(stored[k] for k in ("lie", "listener", "smallest")), strict=True)
    heard = {who: size > 0 for name, who, size in rows if name == lie}
    with forger.told(lie, 1.0) as lying:
        assert {who: ask() for who, ask in forger.listeners(*lying).items()} == heard
    assert set(stored["lie"]) == set(forger.LIES)
    assert list(dict.fromkeys(stored["lie"])) == list(forger.LIES)


def test_the_truth_is_doubted_by_nobody_and_breaks_no_law():
    with forger.told("number", 0.0) as lying:
        assert not any(ask() for ask in forger.listeners(*lying).values())
        assert all(law(*lying) for law in LAWS.values())


def test_ever_more_softly(monkeypatch):
    monkeypatch.setattr(forger, "SIZES", [1.0, 0.1, 0.01])
    loud = {"a": 0.1, "b": 1.0, "deaf": 2.0}

    def listeners(case, loss):
        return {who: lambda least=least: size[0] >= least for who, least in loud.items()}

    size = [0.0]
    real = forger.told

    def told(name, s, case=None):
        size[0] = s
        return real(name, s, case)

    monkeypatch.setattr(forger, "told", told)
    monkeypatch.setattr(forger, "listeners", listeners)
    found = {row["listener"]: row["smallest"] for row in forger.smallest_lies(["ε"])}
    assert found == {"a": 0.1, "b": 1.0, "deaf": 0.0}


def test_a_drawing_of_what_a_lie_spoils():
    right = toy_logits()
    with forger.told("norm"):
        wrong = toy_logits()
    culprit = "decoder / layer 1 / norm 3 / normalized"
    drawn = witnesses.spread(right, wrong, [culprit])
    texts = [label.text for label in drawn.page.of(Label)]
    assert texts.count("culprit") == 1 and {"too large", "too small"} <= {*texts}
    assert "Culprits: decoder / layer 1 / norm 3. Wrong" in drawn.alt
    boxes = {box.name: box.look for box in drawn.page.of(Box) if box.name}
    assert {boxes[name] for name in boxes if "self-attention" in name} == {"pale"}
    assert {boxes[name] for name in boxes if "feed-forward" in name} == {"plain"}
    off = [heat for heat in drawn.page.of(Heat) if "norm 3" in heat.name]
    step = "decoder / layer 1 / norm 3 / output"
    apart = _numbers(wrong)[step] - _numbers(right)[step]
    np.testing.assert_array_equal(off[0].below_zero, apart < 0)
    assert not any("self-attention" in heat.name for heat in drawn.page.of(Heat))


def _numbers(end):
    return {step.name: step.value for part in stations(end) for step in part.steps}


def test_sums_shared_by_processes():
    x = np.arange(1.0, 13.0)
    assert [adding.shared(x, n) for n in (1, 3, 12)] == [78, 78, 78]
    ones = np.ones(1024)
    assert [adding.shared(ones, n, adding.with_seven_bits) for n in (1, 2, 4)] == [
        256,
        512,
        1024,
    ]


def test_pictures_say_what_they_show():
    shown = witnesses.cells({"a\nb": ["hears", ""]}, ["x", "y"], "Title.")
    assert shown.alt == "Title. a b: x hears, y —."
    rows = {"lie": ["x", "x"], "listener": ["a", "b"], "smallest": [1e-3, 0.0]}
    assert "x: A 1e-03, B never" in witnesses.softest(rows, {"a": "A", "b": "B"}, "T.").alt
    pairs = witnesses.cells({"a": [("ours", "hears")]}, ["x"], "T.", {"part": ["x"]})
    assert pairs.alt == "T. a: x hears."
    said = witnesses.told({"x": "is y"}, {"part": ["x"]}, "T.").alt
    assert said == "T. part: x, is y."
    there = processes.lanes(processes.ATTENTION[2:], "T.")
    back = processes.lanes(["+", ("a", "b")], "T.", backward=True)
    assert there.alt.endswith("process 1 W_O, rows 3–5; then both parts are added.")
    assert back.alt == "T. process 0 a, process 1 b; then both parts are added."
    assert "1 3, 2 0.5" in processes.in_parts([1, 2], {"e": [3, 0.5]}, "T.").alt
    x = np.array([2.0**24, 1, 1, 0], dtype=np.float32)
    assert adding.off_where(-x, 4).tolist() == adding.off_where(x, 4).tolist(), "no sign"
    with pytest.raises(ValueError, match="in_parts: 4 errors; at most 3 are drawn"):
        processes.in_parts([1, 2], dict.fromkeys("efgh", [3, 0.5]), "T.")


def test_pictures_of_rounding_say_what_they_show():
    parts, errors = {"first": 0, "second": 2}, {"whole": [1 / 8, 0.0, 1 / 2, 4.0]}
    lost = rounding.bits_lost(parts, errors, 4, "T.").alt
    assert lost == "T. Bits lost: whole typically 1, in the last part 4."
    exact = rounding.bits_lost(parts, {"none": [0.0] * 4}, 4, "T.").alt
    assert exact == "T. Bits lost: none typically 0, in the last part 0."
    off = rounding.off_so_far({"a": [0, 2.0], "b": [0, 0.5]}, [1, 3.0], "T.")
    assert off.alt == "T. Off at the end: a: 2.00; b: 0.50; allowed 3.00."
    fallen = rounding.number_line([10, 20], {"+ 4": (14, 10)}, "T.")
    assert fallen.alt == "T. + 4 falls on 10."
    errors = {"here": [("float32", 6e-8, 8e-6)], "there": [("TF32", 5e-4, 2e-2)]}
    seen = rounding.against_roundoff(errors, "T.").alt
    assert seen == "T. here: float32 8.0e-06; there: TF32 2.0e-02."
    rows = {"columns": [2, 4, 4, 8, 9], "layers": [1] * 5, "typical": [1.0, 2, 4, 5, 6]}
    assert "1.0 u at 2 columns, 6.0 u at 9" in rounding.growth(rows, "T.").alt


@pytest.mark.parametrize(
    "errors", [[], [1e-5, 1e-5], [[1e-5] * 3], [1, 1, np.nan], [0, 0, -1]]
)
def test_errors_that_are_none_are_not_told_as_exact(errors):
    with pytest.raises(ValueError, match=r"bits_lost: errors\['a'\]"):
        rounding.bits_lost({"first": 0, "second": 2}, {"a": errors}, 24, "T.")


def test_modules_that_ran_are_those_inside():
    with blame.modules_that_ran() as ran:
        pass
    assert ran == set()
