"""What the chapter on the four witnesses says, proved."""

import numpy as np
import pytest
import torch

from tests.claims.claim import says
from tests.claims.who_hears import (  # noqa: F401  (tests, run from here)
    test_a_lie_that_nobody_hears,
    test_control_a_truth_breaks_no_law,
    test_the_softest,
    test_the_toy_has_no_transformer_of_pytorchs,
    test_three_lies,
    test_who_breaks_a_law,
    test_who_hears_is_who_does_not_take,
    test_with_square_heads,
)
from tfmath import toy
from tfmath.model.names import flatten
from tfmath.parts.softmax import log_softmax, softmax
from tfmath.witness import (
    adding,
    blame,
    bounds,
    cases,
    digits,
    exact,
    formats,
    ledger,
)
from tfmath.witness.crosscheck import judge, reference
from tfmath.witness.roads import numpy_road

CHAPTER = "21_four_witnesses.ipynb"
DEFINITIONS = (
    "After every operation it rounds to the nearest such number: 1/3 becomes 0.333.",
    "So the **ledger** begins anew at each step: *from this witness's own numbers before, "
    "does its number follow, within the bound of this one step?* If every step follows, so "
    "does the last from the first.",
    "Four are called, and each is asked about every step that it passes:",
    "**PyTorch, each operation:** our record, every operation done by PyTorch;",
    "All twelve, each told to each witness, take some minutes, so it was done once: "
    "`python -m tfmath measure lies`.",
    "**We can** say how far two right results may differ, judge every step by that, name "
    "the step where a lie begins, and say of each witness what he cannot hear.",
)

ROW = np.array([1.0, 3.0, 4.0, 5.0, 7.0])
U = 2.0**-24


@pytest.fixture(scope="module")
def judged():
    case, mp = blame.worked_case(), exact.Exact()
    record = cases.run(case)
    truth = reference(record, mp)
    return record, judge(case, record, numpy_road("float32"), truth, mp)


# Two right answers ----------------------------------------------------------------------


@says(
    "**We have computed every number of a Transformer.",
    "Our record knows every operation, so it can be run again with fifty digits in each.",
)
def test_the_record_is_run_again():
    record = cases.run(blame.worked_case())
    done = exact.replay_exact(list(record.steps.values()))
    assert len(done) == len(record.steps) > 180
    for node in record.steps.values():
        if node.dtype.kind == "f":
            high, _ = exact.split(done[id(node)])
            np.testing.assert_allclose(high, node.value, rtol=0, atol=1e-12)


@says(
    "The translation agrees, and both are wrong: −3/2 is −1.500. (PyTorch's `std` divides "
    "by $n - 1$ unless told otherwise.) A translation repeats the mistake, because it "
    "repeats the plan.",
    "It disagrees, and it is right.",
)
def test_a_copy():
    tensor = torch.tensor(ROW)
    translated = ((tensor - tensor.mean()) / tensor.std()).numpy()
    ours = (ROW - ROW.mean()) / ROW.std(ddof=1)
    np.testing.assert_allclose(translated, ours, rtol=0, atol=1e-15)
    own = torch.nn.functional.layer_norm(tensor, [5]).numpy()
    np.testing.assert_allclose(own, (ROW - 4) / 2, rtol=0, atol=1e-5)
    assert abs(ours[0] + 1.5) > 0.1
    told = ((tensor - tensor.mean()) / tensor.std(correction=0)).numpy()
    np.testing.assert_allclose(told, (ROW - 4) / 2, rtol=0, atol=1e-15)


@says(
    "Near 1000 this machine knows only tens: 1000, 1010, 1020.",
    "Rounding is off by half a gap at most: 5 of 1000, 5 thousandths of 1.",
)
def test_gaps():
    near = {adding.three_digits(x) for x in np.arange(1000, 1025, 0.5)}
    assert near == {1000, 1010, 1020}
    for x in np.random.default_rng(0).uniform(1, 9999, 500):
        gap = 10.0 ** (np.floor(np.log10(x)) - 2)
        assert abs(adding.three_digits(x) - x) <= gap / 2 * 1.0001
        assert abs(adding.three_digits(x) / x - 1) <= 5 / 1000


@says(
    "A row times a column is a long sum, and every addition rounds.",
    "100 + 0.4 is 100 again, ten times over.",
    "The first order was off by 4.",
)
def test_order_of_a_sum():
    totals = []
    for order in ([100.0] + 10 * [0.4], 10 * [0.4] + [100.0]):
        total = 0.0
        for term in order:
            total = adding.three_digits(total + term)
        totals.append(total)
    assert totals == [100, 104]
    assert bounds.gamma(11, 5 / 1000) > 11 * 5 / 1000 * 1 and 11 * 5 / 1000 * 104 > 4


@says(
    "**No format holds 0.7**, not even float64, which Python uses all day.",
    "A weight with one decimal is a thing of paper; in binary its digits never end, like "
    "those of 1/3.",
    "0.7 is a weight of the toy model.",
)
def test_no_format_holds_it():
    ten = exact.Exact().context.mpf(7) / 10
    for shape in formats.FORMATS.values():
        assert (
            exact.Exact().context.mpf(float(formats.keep_bits(0.7, shape.fraction))) != ten
        )
    assert 7 * 2**60 % 10 != 0  # 7/10 · 2^n is whole for no n: 5 divides no power of two
    assert any((np.abs(t) == 0.7).any() for t in flatten(toy.load()).values())


# Fifty digits ---------------------------------------------------------------------------


@says(
    "Forwards they hardly do: after 66 steps most are within ten $u$.",
    "But where the slopes begin there is a jump.",
)
def test_errors_along_the_run(judged):
    record, found = judged
    off = np.array([f.whole / f.size for f in found]) / U
    forward = np.array([f.step in record.forward for f in found])
    assert forward.sum() == 66 and forward[:66].all()
    assert np.mean(off[:66] < 10) > 0.98 and np.median(off[44:66]) < 5
    assert np.median(off[66:]) > 20 * np.median(off[:66])


@says(
    'The first slope is a difference, *weight minus wanted*, for "die" 0.872 − 0.904 '
    "(smoothing wants a little of all 26 words).",
    "Little is left of the two, but their errors are not smaller.",
)
def test_the_jump_is_a_difference(judged):
    record, found = judged
    slope = record.gradients["grad_logits"].value[0, 4]
    weight = softmax(record.forward["logits"].value)[0, 4]
    wanted = np.full(26, 0.1 / 26)
    wanted[17] += 0.9
    np.testing.assert_allclose(slope, (weight - wanted) / 6, rtol=0, atol=1e-15)
    assert (round(weight[17], 3), round(wanted[17], 3)) == (0.872, 0.904)
    by_step = {f.step: f for f in found}
    loss, first = by_step["loss"], by_step["grad_logits"]
    assert first.whole / first.size > 3 * loss.whole / loss.size
    assert 6 * first.size < 0.05  # of numbers near 1
    assert 6 * first.whole > U / 2


@says(
    "Bounds do not cancel: for the last slope there would come out a billion times the "
    "slope."
)
def test_bounds_of_a_whole_run(judged):
    record, _ = judged
    last = record.steps["grad_embedding"]
    steps_ = list(record.steps.values())
    found = {id(n): e for n, _, e in bounds.follow(steps_, formats.UNITS["float32"], {})}
    ratio = found[id(last)].max() / np.abs(last.value).max()
    assert 1e8 < ratio < 1e10


@says(
    "The most that any of the 151 uses of its bound is 0.99.",
    "(By the same fifty digits each printed decimal of this course is checked: `python -m "
    "tfmath digits`.)",
)
def test_of_its_bound(judged):
    assert len(judged[1]) == 151
    assert round(max(f.share for f in judged[1]), 2) == 0.99
    edges = digits.examine(list(judged[0].forward.values()), decimals=(3,))
    assert sum(len(f.wrong) + len(f.unsure) for f in edges) == 0
    assert sum(f.numbers for f in edges) > 3000


@says(
    "Of two scores, 20 and 0, the first gets almost the whole weight, so the logarithm of "
    "that weight is close to 0.",
    "PyTorch adds 1 and e⁻²⁰ in float32, and that is our 1000 + 0.4: the small one is "
    "gone.",
    "The error is far below $u$, so it is no bug, but *none* of the digits is right.",
)
def test_a_witness_is_wrong():
    scores = np.array([20, 0], np.float32)
    theirs = torch.log_softmax(torch.tensor(scores), -1)[0].item()
    assert theirs == 0 and np.float32(1) + np.float32(np.exp(-20)) == 1
    assert log_softmax(scores)[0] == np.float32(-np.log1p(np.exp(-20)))
    assert 0 < np.log1p(np.exp(-20)) < U / 10


# Elsewhere ------------------------------------------------------------------------------


@says(
    "Ten times at most, for sums a hundred times as long.",
    "A GPU is among them.",
    "In float64 and float32 the GPU is about as good as the processor.",
    "In TF32 a *right* run is off in the second decimal, in bfloat16 by a half: inside "
    "their bounds, too.",
    "the modules show 411 steps, the operations 903;",
)
def test_the_ledger():
    entries = ledger.read(toy.data_path("ledger.json"))
    assert all(r["share"] <= 1 for e in entries for r in e["roads"])
    runs = {
        (e["size"], "CUDA" in e["versions"]): {r["road"]: r for r in e["roads"]}
        for e in entries
    }
    toy_, base, gpu = runs["toy", False], runs["base", False], runs["toy", True]
    for name in base:
        assert base[name]["whole run"] <= 10.5 * toy_[name]["whole run"]
    assert 512 / 5 > 100
    for name in set(toy_) & set(gpu):
        assert 0.5 < gpu[name]["whole run"] / toy_[name]["whole run"] < 2.5
    assert 0.01 < gpu["PyTorch replay tf32"]["whole run"] < 0.1
    assert round(gpu["PyTorch replay bfloat16"]["whole run"], 1) == 0.5
    assert {r["steps"] for n, r in base.items() if "modules" in n} == {411}
    assert {r["steps"] for n, r in base.items() if "modules" not in n} == {903}
