"""Who hears which lie, in the chapter on the four witnesses, proved."""

import numpy as np
import pytest
import torch

from tests.claims.claim import output, says
from tfmath import toy
from tfmath.learning.train import PAD, traced_loss
from tfmath.show.machine import toy_logits
from tfmath.show.machine_record import stations
from tfmath.show.witnesses import spread
from tfmath.study.measured import measured
from tfmath.tracing.rules import RULES
from tfmath.witness import blame, cases, forger, hearing
from tfmath.witness.crosscheck import crosscheck, first_failure, judge, reference
from tfmath.witness.exact import Exact
from tfmath.witness.laws import LAWS
from tfmath.witness.roads import modules_road, numpy_road

CHAPTER = "21_four_witnesses.ipynb"


def smallest():
    columns = measured("lies")
    rows = zip(*(columns[k] for k in ("lie", "listener", "smallest")), strict=True)
    return {(lie, who): size for lie, who, size in rows}


@says(
    "**A witness hears a lie exactly if he does not take from us what the lie is about**, "
    "in all 52 cells.",
    "**What all witnesses share, no witness hears.**",
    'One lie none of the four hears, at any size: the row of "you" with its signs turned.',
    "All read the same wrong table.",
)
def test_who_hears_is_who_does_not_take():
    found, taken = smallest(), {k.replace("\n", " "): v for k, v in blame.TAKEN.items()}
    cells = [
        (found[name, who] > 0) == (taken[who][blame.PARTS.index(lie.about)] != "ours")
        for who in blame.witnesses()
        for name, lie in forger.LIES.items()
    ]
    assert len(cells) == 52 and all(cells)
    shown = hearing.who_hears_what(measured("lies"))
    assert {word for words in shown.values() for word in words} == {
        ("ours", ""),
        ("ours, written twice", "hears"),
        ("others'", "hears"),
    }


@says(
    "(In a run without padding nobody hears *padding*.",
    "Pale hears since we lied in *one* of two writings.",
)
def test_nobody_hears_padding_where_there_is_none():
    case = blame.worked_case()
    assert not (case.batch.source == PAD).any() and not (case.batch.target == PAD).any()
    assert set(forger.heard("padding", 1.0, case).values()) == {blame.NOTHING}
    assert (cases.toy_case().batch.source == PAD).any()
    assert forger.heard("padding")["PyTorch's modules"] != blame.NOTHING


@says("Each lie but two has a knob $s$ for its size: 0 is the truth, 1 the whole lie.")
def test_eleven_knobs():
    without = {name for name, lie in forger.LIES.items() if not lie.knob}
    assert without == {"padding", "order"}
    for name in forger.LIES:
        with forger.told(name, 0.0) as (case, loss):
            there = loss(case.parameters, case.batch, 0.1).value
        assert there == traced_loss(case.parameters, case.batch, 0.1).value, name


@pytest.mark.parametrize("name", forger.LIES)
@says("so that PyTorch's `nn.Transformer` itself can testify.")
def test_with_square_heads(name):
    square = cases.square_case("square", 1, 23, 6, 2, 7, n_layers=1)
    if name == "root":  # its size is that of a row of five
        return
    with forger.told(name, 1.0, square) as (case, loss), blame.modules_that_ran() as ran:
        record = cases.run(case, traced_loss=loss)
        road = blame.witnesses()["PyTorch's modules"][0]
        findings = judge(case, record, road, reference(record, None))
    heard = any(not f.share <= 1 for f in findings)
    assert "Transformer" in ran
    assert heard == (smallest()[name, "PyTorch's modules"] > 0)


@says(
    "The toy model's heads are of a width that `nn.Transformer` cannot build; there we "
    "wrote the plan a second time, from the paper, out of PyTorch's functions.",
    "Where the heads together are as wide as a row (two of 3, rows of 6: *square* heads), "
    "it is `nn.Transformer` itself.",
)
def test_the_toy_has_no_transformer_of_pytorchs():
    heads, d_model, d_k = toy.load()["encoder"]["layer 1"]["self-attention"]["W_Q"].shape
    assert heads * d_k != d_model == 5
    with pytest.raises(AssertionError, match="divisible"):
        torch.nn.Transformer(d_model, heads)
    with blame.modules_that_ran() as ran:
        list(blame.witnesses()["PyTorch's modules"][0].walk(*_worked()))
    assert "Transformer" not in ran


def _worked():
    case = blame.worked_case()
    return case, cases.run(case)


@says(
    "*Norm:* all four, and they name the place; the modules show of a norm only its "
    "*output*.",
    "*Slope:* the fifty digits repeat *our* way back with more digits: a wrong formula, "
    "computed very exactly.",
    "Only he hears it who has a plan of his own.",
    "Where our *plan* is, they decide nothing, as you will see.",
)
def test_three_lies():
    found = smallest()
    four = list(blame.witnesses())
    assert [found["norm", who] > 0 for who in four] == [True] * 4
    assert [found["slope", who] > 0 for who in four] == [False, False, True, True]
    assert [found["order", who] > 0 for who in four] == [False, False, False, True]
    shown = output(CHAPTER, "w10")
    assert "PyTorch's Transformer ran: True" in shown
    assert shown.count("encoder / norm 1 / normalized") == 3
    assert shown.count("encoder / norm 1 / output") == 2


@says(
    "But whatever comes after a wrong norm is wrong as well.",
    "Five, the norms themselves.",
    "The rest is wrong: a typical step forwards by an eighth, most slopes by more than "
    "their size.",
    "Yet it *follows* from what it was given.",
    "**The ledger names the culprits, not the victims.**",
)
def test_culprits_and_victims():
    with forger.told("norm", 1.0, blame.worked_case()) as (case, _):
        record, found = crosscheck(case, [numpy_road("float64")], Exact())
    assert len(found) == 151
    blamed = [f.step.split(" / ") for f in found if not f.share <= 1]
    assert [step[-1] for step in blamed] == ["normalized"] * 5
    assert [step[0] for step in blamed] == ["encoder"] * 2 + ["decoder"] * 3
    off = {f.step: f.whole / f.size for f in found}
    names = list(off)
    wrong = [n for n in record.forward if n in off and _behind_a_norm(n, names)]
    assert len(wrong) == 36 and min(off[n] for n in wrong) > 1e-2
    assert all(off[n] < 1e-12 for n in off if n in record.forward and n not in wrong)
    assert 0.11 < np.median([off[n] for n in wrong]) < 0.14
    slopes = [off[n] for n in names if n not in record.forward]
    assert np.mean(np.array(slopes) > 1) > 0.9


def _behind_a_norm(name, names):
    """Whether a stack has come to its first norm; the loss is behind all of them."""
    stack = name.split(" / ")[0]
    first = f"{stack if stack in ('encoder', 'decoder') else 'decoder'} / layer 1 / norm 1"
    return names.index(name) >= names.index(f"{first} / normalized")


@says("Pale is what comes after no norm.")
def test_the_drawing_leaves_pale_what_is_right():
    right = toy_logits()
    with forger.told("norm"):
        wrong = toy_logits()
    parts = {part.name: part for part in stations(right)}
    norms = [n for n, part in parts.items() if not part.is_sum and "norm" in n]
    blamed = [f"{name} / normalized" for name in norms]
    culprits, rest = spread(right, wrong, blamed).alt.split(" Wrong after them: ")
    spoilt, pale = rest.split(". Right still: ")
    assert culprits.endswith(f"Culprits: {', '.join(norms)}.") and len(norms) == 5
    behind = {n for n, part in parts.items() if _comes_after(part, norms)}
    assert pale[:-1].split(", ") == [n for n in parts if n not in {*behind, *norms}]
    assert spoilt.split(", ") == [n for n in parts if n in behind - {*norms}]


def _comes_after(part, names):
    """Whether one of these is on the way to a part."""
    return any(s.name in names or _comes_after(s, names) for s in part.sources)


@says(
    "In float64 the thirteenth digit is enough, except for ε.",
    "In float32 most lies must be a hundred million times as loud, or more.",
    "But the *bend* is heard there just as well, at 10⁻³⁰ still: below 0 a ReLU gives "
    "exactly 0, and a 0 is never rounded.",
)
def test_the_softest():
    found, knobs = smallest(), [n for n, lie in forger.LIES.items() if lie.knob]
    wide = {n: found[n, "PyTorch's modules"] for n in knobs if n != "number"}
    short = {n: found[n, forger.WHISPER] for n in wide}
    assert max(size for n, size in wide.items() if n != "ε") <= 1e-13 < wide["ε"]
    louder = [n for n in wide if short[n] / wide[n] > 0.9e8]
    assert len(louder) == 8 > len(wide) / 2
    assert short["bend"] == wide["bend"] == min(forger.SIZES)
    with forger.told("bend", 1e-30) as lie:
        asked = forger.listeners(*lie)
        assert asked[forger.WHISPER]() and asked["PyTorch's modules"]()
    for kind in (np.float32, np.float16):
        assert (np.maximum(np.array([-0.7, -1e-3], kind), 0) == 0).all()


@says(
    "(The *old row* is heard below $u$: there rounding has used most of the bound already.)"
)
def test_the_old_row_is_heard_below_u():
    """The smallest depends on how a processor rounds: here it was a sixth of u."""
    size = 5e-8
    assert smallest()["old row", forger.WHISPER] < size < 2.0**-24
    doubted = first_failure(_in_float32(size))
    rounded = {f.step: f.share for f in _in_float32(0.0)}
    assert max(rounded.values()) <= 1
    assert 0.5 < rounded[doubted.step] < 1 < doubted.share < 2


def _in_float32(size):
    with forger.told("old row", size) as (case, loss):
        record = cases.run(case, traced_loss=loss)
        return judge(case, record, modules_road("float32"), reference(record, None))


@says(
    "Forge the norm in the fifty digits, too, and they are content.)",
)
def test_two_writings_forged_alike():
    def exact(mp, x, mean, deviation, epsilon):
        off = x - x.mean(axis=-1, keepdims=True)
        variance = (off**2).sum(axis=-1, keepdims=True) / (x.shape[-1] - 1)
        return off / np.vectorize(mp.context.sqrt, otypes=[object])(variance + epsilon)

    with forger.told("norm", 1.0, blame.worked_case()) as (case, loss):
        alone = blame.first_doubts(case, loss)["fifty digits"]
        with blame.planted("standardized", call=RULES["standardized"].call, exact=exact):
            both = blame.first_doubts(case, loss)["fifty digits"]
    assert alone.endswith("norm 1 / normalized") and both == blame.NOTHING


@says(
    '"Slopes are slopes" does, but what it hears is a *contradiction*: the norm lies, its '
    "slope does not.",
    "Write $n - 1$ and leave the slope to PyTorch, and both lie alike (*norm & slope*): no "
    "law hears it.",
)
def test_the_norm_and_its_slope_are_what_autograd_gives():
    x, grad = np.random.default_rng(0).normal(size=(2, 3, 5))
    there = torch.tensor(x, requires_grad=True)
    spread = torch.sqrt(there.var(-1, keepdim=True) + 1e-5)
    normed = (there - there.mean(-1, keepdim=True)) / spread
    normed.backward(torch.tensor(grad))
    with forger.told("norm & slope") as (case, loss):
        rule = RULES["standardized"]
        output = rule.call(x, x.mean(-1, keepdims=True), None, 1e-5)
        back = rule.derivative[0](grad, output, x, None, None, 1e-5)
        kept = [law(case, loss) for law in LAWS.values()]
    np.testing.assert_allclose(output, normed.detach(), rtol=0, atol=1e-12)
    np.testing.assert_allclose(back, there.grad, rtol=0, atol=1e-12)
    assert kept == [True] * 4


@says("The clocks and ε break none of these laws, either; there the modules are needed.")
@says(
    '"The quotes are finished" hears it: what comes out is wrong, though every step is '
    "right.",
    "It does not hear the norm that divides by $n - 1$.",
)
def test_who_breaks_a_law():
    for name, kept in {
        "clocks": [True] * 4,
        "ε": [True] * 4,
        "number": [True, True, True, False],
        "norm": [True, False, True, True],
    }.items():
        with forger.told(name) as lie:
            assert [law(*lie) for law in LAWS.values()] == kept, name


@says(
    'And there is a lie that no witness and no law hears: the row of "you" made 98/100 of '
    "itself, $s$ = 1/100.",
    "The quotes are finished all the same.",
)
def test_a_lie_that_nobody_hears():
    assert set(forger.heard("number", 0.01).values()) == {"nothing"}
    with forger.told("number", 0.01) as lie:
        assert all(law(*lie) for law in LAWS.values())
        changed = lie[1](lie[0].parameters, lie[0].batch, 0.1).value
    case = cases.toy_case()
    assert abs(changed - traced_loss(case.parameters, case.batch, 0.1).value) > 1e-5


@says("the quotes are finished.")
def test_control_a_truth_breaks_no_law():
    assert all(law(cases.toy_case(), traced_loss) for law in LAWS.values())
