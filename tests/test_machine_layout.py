"""In no drawing of a machine does anything lie over anything else."""

import string
from dataclasses import replace

import pytest
from matplotlib.font_manager import FontProperties, findfont
from matplotlib.ft2font import FT2Font
from pages import complaints
from test_machine import ATTENTION, LOGITS, WORDS, another
from variants import SOURCE, TARGET, VARIANTS, model

from tfmath import gelu, pre_norm, transformer
from tfmath.model.parameters import traced
from tfmath.show.layout import WIDER, WIDTH, Box, Heat, Label, Wire, cut, width_of
from tfmath.show.machine import machine
from tfmath.show.machine_record import stations

SEEN = {
    "whole": {},
    "marked": {"here": ATTENTION, "whole": True, "pale": ["norm 2"], "crossed": ["norm 1"]},
    "crossed": {"crossed": ["residual", "cross-attention"], "pale": ["logits"]},
    "frame": {"here": "decoder / layer 1", "whole": True},
    "stack": {"here": "encoder", "whole": True},
    "words": {"here": "words", "pale": ["encoder", "decoder", "logits"]},
    **{name: {"here": name} for name in (
        ATTENTION, "cross-attention", "feed-forward", "norm 1", "decoder / layer 1",
        "encoder / layer 1", "logits", "scaled embedding", "encoder", "residual")},
}  # fmt: skip


@pytest.mark.parametrize("name", SEEN)
def test_nothing_lies_over_anything_else(name):
    assert complaints(machine(LOGITS, **SEEN[name]).page) == []


OTHERS = {
    "pre-norm, GELU": {"block": pre_norm, "activation": gelu},
    "one word": {"lengths": (1, 1)},
    "sixteen words": {"lengths": (16, 16), "n_layers": 1},
    "eight heads": {"n_heads": 8, "n_layers": 1},
    "one head": {"n_heads": 1, "n_layers": 1},
    "no places": {"encoding": None, "n_layers": 1},
}


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("here", [None, "cross-attention", "decoder / layer 1"])
def test_another_model_is_drawn_as_well(name, here):
    output = another(**OTHERS[name])
    assert complaints(machine(output, here=here).page) == []


@pytest.mark.parametrize("name", [v for v in VARIANTS if v != "plain"])
def test_another_attention_is_drawn_without_a_change(name):
    tables, variant = model(name)
    output = transformer(traced(tables, WORDS), SOURCE, TARGET, **variant)
    here = "encoder / layer 2 / self-attention"
    page = machine(output, here=here).page
    assert complaints(page) + complaints(machine(output).page) == []
    (part,) = [s for s in stations(output) if s.name == here]
    names = {step.name for step in part.steps}
    drawn = {box.name for box in page.of(Box)} & names
    assert part.steps[-1].name in drawn
    assert drawn == names or len(names) > 12  # those of many blocks are folded


# Controls: each of these is seen


PLANTED = {
    "two boxes": lambda p: p.add(moved_box(p, 5)),
    "leaves the page": lambda p: p.add(Box(WIDTH - 5, 5, 30, 10, kind="flag")),
    "a text across a box": lambda p: p.add(label(p, "self-attention", 0, -14)),
    "two texts": lambda p: p.add(label(p, "feed-forward", 3, 0)),
    "too long": lambda p: p.add(replace(label(p, "die", 0, 0), text="d" * 30)),
    "a wire through": lambda p: p.add(Wire(((100, 0), (100, p.h)))),
    "two wires along each other": lambda p: p.add(beside(p)),
    "a text over numbers": lambda p: p.add(over(p)),
    "numbers across a box": lambda p: p.add(replace(p.of(Heat)[0], x=0)),
    "a number too long": lambda p: p.add(
        replace(p.of(Heat)[0], cell=(9, 9), texts=(("−10.5",),), colours=(("",),))
    ),
    "a box across a frame": lambda p: p.add(
        replace(next(b for b in p.of(Box) if b.kind == "frame"), y=300)
    ),
}


def moved_box(page, by):
    box = next(b for b in page.of(Box) if b.kind == "part")
    return replace(box, x=box.x + by)


def label(page, text, right, down):
    found = next(t for t in page.of(Label) if t.text == text)
    return replace(found, x=found.x + right, y=found.y + down)


def over(page):
    heat = page.of(Heat)[0]
    return Label(heat.x, heat.y + 12, "you", (heat.x, heat.y, 60, 14))


def beside(page):
    wire = max(page.of(Wire), key=lambda w: len(w.points))
    (a, b), *rest = wire.points
    return replace(wire, points=((a - 20, b), (a, b), *rest))


@pytest.mark.parametrize("kind", PLANTED)
def test_control_what_lies_over_something_is_seen(kind):
    page = machine(LOGITS).page
    PLANTED[kind](page)
    assert any(said.startswith(kind) for said in complaints(page))


# Widths of texts


@pytest.mark.parametrize(("weight", "factor"), [("normal", 1), ("bold", WIDER)])
def test_a_letter_is_no_wider_than_is_said(weight, factor):
    """In the widest of the usual fonts, DejaVu Sans, which comes with matplotlib."""
    font = FT2Font(findfont(FontProperties(family="DejaVu Sans", weight=weight)))
    font.set_size(100, 72)
    for letter in string.ascii_letters + string.digits + " <>-−.,:/×'!?()äßé…":
        wide = font.load_char(ord(letter)).linearHoriAdvance / 65536
        assert wide <= factor * width_of(letter, 100), letter


def test_what_is_cut_fits_and_says_that_it_is_cut():
    for width in range(14, 200, 7):
        shown = cut("m" * 12, width)
        assert width_of(shown) <= width
        assert shown == "m" * 12 or shown.endswith("…")
