"""Who hears which lie, in the chapter on the four witnesses, proved."""

import numpy as np
import pytest
import torch

from tests.claims.claim import output, says
from tfmath import toy
from tfmath.learning.train import traced_loss
from tfmath.study.measured import measured
from tfmath.witness import blame, cases, forger
from tfmath.witness.crosscheck import judge, reference
from tfmath.witness.laws import LAWS

CHAPTER = "21_four_witnesses.ipynb"


PART_OF = {
    "words and numbers": ("number",),
    "what follows what": ("old row", "order"),
    "masks, places, √d, ε": ("root", "clocks", "ε", "padding"),
    "each slope": ("slope",),
    "each operation": ("product", "softmax", "norm", "bend"),
}


def smallest():
    columns = measured("lies")
    rows = zip(*(columns[k] for k in ("lie", "listener", "smallest")), strict=True)
    return {(lie, who): size for lie, who, size in rows}


@says(
    "**A witness hears a lie exactly if he does not take from us what the lie is about.**",
    "Compare the drawing: it holds in all 48 cells.",
    "**What all witnesses share, no witness hears.**",
    'One lie none of the four hears, at any size: the row of "you" with its signs turned.',
    "All read the same wrong table and compute without fault what follows from it.",
)
def test_who_hears_is_who_does_not_take():
    found, taken = smallest(), {k.replace("\n", " "): v for k, v in blame.TAKEN.items()}
    cells = [
        (found[lie, who] > 0) == (taken[who][list(PART_OF).index(part)] != "ours")
        for who in blame.witnesses()
        for part, lies in PART_OF.items()
        for lie in lies
    ]
    assert len(cells) == 48 and all(cells)
    assert sorted(forger.LIES) == sorted(lie for lies in PART_OF.values() for lie in lies)


@pytest.mark.parametrize("name", forger.LIES)
@says("(With square heads `nn.Transformer` hears what our second plan hears.)")
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
    "In float64 the thirteenth digit is enough, except for ε, which is small itself.",
    "In float32 most lies must be a hundred million times as loud, or more.",
    "But the *bend* is heard there just as well: below 0 a ReLU gives exactly 0, and a 0 "
    "is never rounded.",
)
def test_the_softest():
    found, knobs = smallest(), [n for n, lie in forger.LIES.items() if lie.knob]
    wide = {n: found[n, "PyTorch's modules"] for n in knobs if n != "number"}
    short = {n: found[n, forger.WHISPER] for n in wide}
    assert max(size for n, size in wide.items() if n != "ε") <= 1e-13 < wide["ε"]
    louder = [n for n in wide if short[n] / wide[n] > 0.9e8]
    assert len(louder) == 7 > len(wide) / 2
    assert short["bend"] == wide["bend"] == min(forger.SIZES)
    for kind in (np.float32, np.float16):
        assert (np.maximum(np.array([-0.7, -1e-3], kind), 0) == 0).all()


@says("The clocks and ε break none of these laws; there the modules are needed.")
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
    'And there is a lie that none of the eight hears: the row of "you" made 98/100 of '
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
