"""The cross-check finds what is wrong, names where it begins, and passes what is right."""

import errno
import json
import math
import os

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tfmath import toy
from tfmath.__main__ import main
from tfmath.errors import TraceError
from tfmath.tracing import backward, named, trace
from tfmath.tracing.rules import RULES
from tfmath.witness import cases, exact, ledger
from tfmath.witness.bounds import UNITS, follow
from tfmath.witness.crosscheck import crosscheck, first_failure, judge, reference
from tfmath.witness.roads import (
    all_roads,
    autograd_road,
    modules_road,
    numpy_road,
    replay_road,
)

MP = exact.Exact()
CASE = cases.toy_case()
needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")


# The toy model on every road


def test_the_toy_model_passes_on_every_road(capsys, tmp_path):
    assert main(["crosscheck", "--json", str(tmp_path / "report.json")]) == 0
    report = json.loads((tmp_path / "report.json").read_text())
    assert len(report["findings"]) == 6 * 151 + 2 * 113
    assert all(f["share"] <= 1 and f["local"] < 1e-14 for f in report["findings"][:151])
    page = capsys.readouterr().out
    assert "within its rounding bound: 1132 comparisons" in page
    assert page.count("NumPy float") == 2 + 2 and "50 digits" in page


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_half_precision_keeps_its_wider_bounds(dtype):
    roads = [replay_road(dtype), autograd_road(dtype)]
    assert first_failure(crosscheck(CASE, roads, MP)[1]) is None


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_pytorchs_own_transformer_shows_the_same_steps(dtype):
    case = cases.square_case("small", 1, words=23, d_model=6, n_heads=2, d_ff=7, n_layers=2)
    run, findings = crosscheck(case, [modules_road(dtype)], MP)
    assert first_failure(findings) is None
    seen = {finding.step for finding in findings}
    assert len(seen) == 147
    assert {"decoder / layer 2 / cross-attention / grad_b_K", "logits", "loss"} <= seen


@pytest.mark.gpu
@needs_cuda
def test_the_toy_model_passes_on_the_gpu():
    roads = all_roads([*UNITS], "cuda")
    assert first_failure(crosscheck(CASE, roads, MP)[1]) is None


def test_every_step_and_gradient_is_compared():
    run, findings = crosscheck(CASE, [numpy_road("float64")], MP)
    computed = {
        name: node
        for name, node in run.steps.items()
        if node.op != "input" and node.dtype.kind == "f"
    }
    assert [f.step for f in findings] == sorted(
        computed, key=lambda name: run.steps[name].order
    )
    loss = cases.traced_loss(CASE.parameters, CASE.batch, cases.SMOOTHING)
    gradients = {cases.gradient_name(name) for name in backward(loss)}
    assert gradients <= set(run.steps)


# What is wrong is found where it begins


def _broken(monkeypatch, op, **columns):
    monkeypatch.setitem(RULES, op, RULES[op]._replace(**columns))


def test_a_broken_operation_is_the_first_failing_step(monkeypatch, capsys):
    right = RULES["softmax"].call
    wrong = lambda scores, mask=None: right(scores, mask) * (1 + 1e-14)  # noqa: E731
    _broken(monkeypatch, "softmax", call=wrong)
    assert main(["crosscheck", "--dtype", "float64"]) == 1
    first = "'encoder / layer 1 / self-attention / heads / weights'"
    assert f"NumPy float64 leaves its bound first at {first}" in capsys.readouterr().out


def test_a_broken_pytorch_call_is_found_on_pytorchs_road_alone(monkeypatch):
    wrong = lambda torch, x, mean, deviation, epsilon: x  # noqa: E731
    _broken(monkeypatch, "standardized", torch=wrong)
    _, findings = crosscheck(CASE, all_roads(["float64"]))
    failed = [f for f in findings if f.share > 1]
    assert {f.road.split()[1] for f in failed} == {"replay", "autograd"}
    assert failed[0].step == "encoder / layer 1 / norm 1 / normalized"


def test_a_broken_derivative_is_found_by_autograd(monkeypatch):
    wrong = (lambda grad, weights, scores, mask=None: weights * grad,)
    _broken(monkeypatch, "softmax", derivative=wrong)
    _, findings = crosscheck(CASE, all_roads(["float64"]))
    first = first_failure(findings)
    assert first.road == "PyTorch autograd float64"
    assert first.step == "decoder / layer 1 / cross-attention / heads / grad_scores"


def test_a_number_type_that_leaks_is_named(monkeypatch):
    right = RULES["softmax"].call
    wide = lambda scores, mask=None: right(scores, mask).astype(np.float64)  # noqa: E731
    _broken(monkeypatch, "softmax", call=wide)
    with pytest.raises(
        TypeError, match="heads / weights holds float64 in a run of float32"
    ):
        crosscheck(CASE, [numpy_road("float32")], MP)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_few_bounds_too_many_are_seen_in_every_step(dtype):
    """Control: the bounds are near enough to catch an error of a few roundings anywhere."""
    run, road = cases.run(CASE), numpy_road(dtype)
    truth, given = reference(run, None), dict(road.walk(CASE, run))
    judged = {finding.step for finding in judge(CASE, run, road, truth)}
    for step in [*sorted(judged)[::3], "loss"]:
        roundings = 1000 if step == "loss" else 200  # a loss adds up all words' losses
        size = roundings * float(np.finfo(dtype).eps) * np.abs(given[step]).max()
        moved = road._replace(walk=_walk(given | {step: given[step] + size}))
        assert first_failure(judge(CASE, run, moved, truth)).step == step


@pytest.mark.parametrize("spoil", [lambda x: x * np.nan, lambda x: x[:, :1]])
def test_nan_and_a_wrong_shape_fail(spoil):
    run, road = cases.run(CASE), numpy_road("float64")
    truth, given = reference(run, None), dict(road.walk(CASE, run))
    logits = road._replace(walk=_walk({"logits": spoil(given["logits"])}))
    assert first_failure(judge(CASE, run, logits, truth)).step == "logits"


def _walk(given):
    return lambda case, record: given.items()


# What bounds say


def test_an_operation_without_a_word_on_errors_is_refused(monkeypatch):
    _broken(monkeypatch, "tanh", error=None)
    y = np.tanh(trace([1.0], "x"))
    with pytest.raises(TraceError, match="the row 'tanh' .* says nothing of errors"):
        list(follow([y], UNITS["float64"], {}))


@given(st.integers(0, 10**6), st.integers(1, 40), st.sampled_from([1.0, 1e-3, 1e4]))
def test_a_product_keeps_its_bound_whatever_the_size(seed, n, scale):
    rng = np.random.default_rng(seed)
    left, right = rng.normal(size=(2, n)) * scale, rng.normal(size=(n, 3))
    left, right = left.astype(np.float32), right.astype(np.float32)
    product = trace(left, "left") @ trace(right, "right")
    *_, (_, expected, bound) = follow([product], UNITS["float32"], {}, MP)
    error = np.abs((left @ right) - expected).astype(float)
    assert (error <= bound).all()
    assert (bound <= (n + 5) * 2.0**-24 * (np.abs(left) @ np.abs(right)) * 1.01).all()


def test_a_choice_that_hangs_on_rounding_may_go_either_way():
    """relu of a sum that is 0 up to rounding: its gradient may be 0 or whole."""
    x, y = trace([0.1, 0.3], "x"), trace([0.2, -0.3], "y")
    total = named("total", (np.maximum(x + y - trace([0.3, 5.0], "z"), 0) * 7.0).sum())
    run = cases.record_of(total)
    given = {name: node.value for name, node in run.forward.items()}
    bounds = {
        id(n): e for n, _, e in follow([*run.steps.values()], UNITS["float32"], given)
    }
    assert bounds[id(run.steps["grad_x"])][0] >= 7.0
    assert bounds[id(run.steps["grad_x"])][1] < 1e-5


# Bad input


def _weights(tmp_path, change):
    lines = toy.data_path("toy.csv").read_text().splitlines()
    path = tmp_path / "weights.csv"
    path.write_text("\n".join(change(lines)) + "\n")
    return str(path)


@pytest.mark.parametrize(
    "change, said",
    [
        (lambda lines: lines[:-5], "rows, found"),
        (
            lambda lines: [x for x in lines if not x.startswith("embedding")],
            "'embedding' is mis",
        ),
        (lambda lines: [*lines[:5], lines[5].replace(",", ",nan,", 2)], "line 6"),
        (lambda lines: [*lines[:9], lines[9].rsplit(",", 3)[0][:-5]], "line 10"),
        (lambda lines: [*lines, "strange,row 1,1,2,3"], "no table 'strange'"),
    ],
)
def test_a_bad_weights_file_is_refused_by_name(tmp_path, capsys, change, said):
    path = _weights(tmp_path, change)
    assert main(["crosscheck", "--weights", path]) == 2
    shown = capsys.readouterr()
    assert shown.out == "" and path in shown.err and said in shown.err


def test_what_this_machine_cannot_do_is_one_sentence(capsys):
    wishes = [["--dtype", "float12"], ["--dtype", "tf32"], ["--weights", "nowhere.csv"]]
    if not torch.cuda.is_available():
        wishes.append(["--device", "cuda"])
    for wish in wishes:
        assert main(["crosscheck", *wish]) == 2
        shown = capsys.readouterr()
        assert shown.out == "" and shown.err.count("\n") == 1 and wish[1] in shown.err


@pytest.mark.parametrize("option", ["--json", "--ledger"])
@pytest.mark.parametrize(
    "place, words", [("nowhere/a.json", "no folder"), (".", "a folder")]
)
def test_where_nothing_can_be_written_nothing_is_compared(
    option, place, words, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(cases, "toy_case", None)  # called, it would fail
    assert main(["crosscheck", option, str(tmp_path / place)]) == 2
    shown = capsys.readouterr()
    assert shown.out == "" and words in shown.err and shown.err.count("\n") == 1


def test_a_file_that_is_no_ledger_is_said_to_be_none_and_kept(tmp_path, capsys):
    path = tmp_path / "ledger.json"
    for text in ("[", "{}", "3"):
        path.write_text(text)
        assert main(["crosscheck", "--ledger", str(path)]) == 2
        assert "ledger.json: it is no ledger" in capsys.readouterr().err
        assert path.read_text() == text


def test_without_mpmath_float64_is_the_reference_and_the_page_says_so(monkeypatch, capsys):
    monkeypatch.setattr(exact, "available", lambda: False)
    assert main(["crosscheck", "--dtype", "float32"]) == 0
    assert "mpmath is not installed" in capsys.readouterr().out


def test_fifty_digits_are_split_without_loss():
    third = MP.number(np.array([1.0])) / 3
    high, low = exact.split(third)
    assert high[0] == 1 / 3 and abs(low[0]) <= math.ulp(1 / 3) / 2
    assert (
        abs(MP.context.mpf(1) / 3 - (MP.context.mpf(high[0]) + MP.context.mpf(low[0])))
        < 1e-32
    )


# The ledger


def test_the_stored_ledger_holds_both_sizes_and_says_what_is_missing():
    entries = ledger.read(toy.data_path("ledger.json"))
    assert {entry["size"] for entry in entries} == {"toy", "base"}
    assert all(road["first failure"] is None for e in entries for road in e["roads"])
    text = ledger.shown()
    has_gpu = any("CUDA" in entry["versions"] for entry in entries)
    assert ("No GPU has been recorded yet." in text) == (not has_gpu)
    assert all(entry["device"] in text and entry["date"] in text for entry in entries)


def test_a_ledger_keeps_one_entry_a_device_and_size(tmp_path):
    path = tmp_path / "ledger.json"
    for device, date in [("cpu: a", "1"), ("cpu: b", "2"), ("cpu: a", "3")]:
        ledger.record(path, {"device": device, "size": "toy", "date": date})
    assert [entry["date"] for entry in ledger.read(path)] == ["2", "3"]


def test_a_full_disk_leaves_the_ledger_as_it_was(tmp_path, monkeypatch):
    def full(number):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    (path := tmp_path / "ledger.json").write_text("[]")
    monkeypatch.setattr(os, "fsync", full)
    for write in (ledger.record, lambda path, report: ledger.write(path, report, [])):
        with pytest.raises(OSError, match="could not be written: No space left"):
            write(path, {"device": "cpu", "size": "toy"})
        assert path.read_text() == "[]"
    assert list(tmp_path.iterdir()) == [path]
