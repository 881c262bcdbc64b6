"""The drawing of the machine: what is in it, and that nothing lies over anything else."""

import numpy as np
import pytest

from tfmath import gradients, named, pre_norm, scope, softmax, toy, trace, transformer
from tfmath.model.parameters import shapes, starting_values, traced
from tfmath.model.transformer import encode_source
from tfmath.practice.start_here import worked_example
from tfmath.show.layout import WIDTH, Box, Heat, Label, Wire
from tfmath.show.machine import machine, toy_machine
from tfmath.show.machine_record import stations
from tfmath.show.machine_whole import written_word

RECORD = worked_example()
LOGITS = RECORD["logits"]
WORDS = [f"w{i}" for i in range(21)] + ["<b>&'\"x", "m" * 30]
ATTENTION = "encoder / layer 1 / self-attention"


def another(n_layers=2, n_heads=3, lengths=(7, 4), **variant):
    """The logits of another model: other sizes, other words, nothing trained."""
    sizes = shapes(23, d_model=6, n_heads=n_heads, d_k=3, d_v=2, d_ff=8, n_layers=n_layers)
    tables = traced(starting_values(np.random.default_rng(3), sizes), WORDS)
    source, target = (np.arange(3, 3 + n) % 23 for n in lengths)
    source[0], target[-1] = 21, 22
    return transformer(tables, source, target, **variant)


# What is in it ----------------------------------------------------------------------------


def test_the_stations_of_the_toy_model_are_those_of_the_papers_figure():
    found = [(s.title(), s.is_sum) for s in stations(LOGITS)]
    bottom = [("scaled embedding", False), ("position", False), ("input", True)]
    look, norm = (
        ("self-attention", False),
        lambda i: [("residual", True), (f"norm {i}", False)],
    )
    think = ("feed-forward", False)
    encoder = [*bottom, look, *norm(1), think, *norm(2)]
    cross = [("cross-attention", False), *norm(2), think, *norm(3)]
    assert found == [*encoder, *bottom, look, *norm(1), *cross, ("logits", False)]


def wired(output):
    """(source, target) by name, of all that are read by a station."""
    return {(s.name, t.name) for t in stations(output) for s in t.sources}


def test_who_reads_whom():
    crossing = ("encoder / layer 1 / norm 2", "decoder / layer 1 / cross-attention")
    residual = ("decoder / input", "decoder / layer 1 / norm 1 / residual")
    assert {crossing, residual} <= wired(LOGITS)
    between = [(a, b) for a, b in wired(LOGITS) if a.split(" ")[0] != b.split(" ")[0]]
    assert sorted(between) == [("decoder / layer 1 / norm 3", "logits"), crossing]


def test_before_the_sublayer_the_norm_is_drawn_before_it():
    output = another(block=pre_norm)
    titles = [s.title() for s in stations(output) if s.frame == "encoder / layer 2"]
    half = ["norm 1", "self-attention", "residual", "norm 2", "feed-forward", "residual"]
    assert titles == half
    first = "encoder / layer 1 / norm 1"
    assert ("encoder / input", first) in wired(output)
    assert ("encoder / input", f"{first} / residual") in wired(output)
    assert (first, f"{first} / residual") not in wired(output)


def test_a_sum_without_a_name_is_a_sum():
    x = trace([[1.0, 2.0]], "x")
    with scope("double"):
        doubled = named("output", 2 * x)
    with scope("treble"):
        trebled = named("output", 3 * x)
    total = stations(named("half", (doubled + trebled) / 2))
    assert [(s.name, s.is_sum) for s in total] == [
        ("double", False), ("treble", False), ("sum", True), ("half", False),
    ]  # fmt: skip


def test_probabilities_are_not_made_probabilities_again():
    """The softmax of the scores writes the same word, with the same share."""
    for output in (LOGITS, named("probability", softmax(LOGITS))):
        assert 'It writes "die" (0.872).' in machine(output).alt
    nothing = trace(np.zeros((1, 2)), "logits", cols=["a", "b"])
    assert written_word(nothing) == ("a", "0.500")


def test_the_words_stand_at_the_bottom_and_the_written_one_at_the_top():
    texts = [label.text for label in machine(LOGITS).page.of(Label)]
    for word in ["when", "thrones", "<start>", "or", "encoder", "decoder", "die", "0.872"]:
        assert word in texts
    page = machine(LOGITS).page
    at = {label.text: label for label in page.of(Label)}
    assert at["die"].y < at["logits"].y < at["cross-attention"].y < at["<start>"].y
    assert at["when"].x < WIDTH / 2 < at["<start>"].x
    above = [text for text, label in at.items() if label.y < at["logits"].y - 20]
    assert set(above) - {"above 0", "below 0", "hidden"} == {"die", "0.872"}


def test_without_words_the_ids_stand_there():
    tables = traced(toy.load())
    texts = [t.text for t in machine(encode_source(tables, [8, 9])).page.of(Label)]
    assert "id 8" in texts and "id 9" in texts


def test_each_head_has_its_table_of_weights():
    for output, heads in ((LOGITS, 2), (another(), 3)):
        name = f"{ATTENTION} / heads / weights"
        assert sum(h.name == name for h in machine(output).page.of(Heat)) == heads


def test_a_hidden_weight_is_hatched_and_one_that_rounds_to_0_is_empty():
    page = machine(LOGITS, here="decoder / layer 1 / self-attention").page
    weights = RECORD["decoder / layer 1 / self-attention / heads / weights"].value
    drawn = [h for h in page.of(Heat) if h.name.endswith("weights")]
    for heat, numbers in zip(drawn, weights, strict=True):
        assert [[not c for c in row] for row in heat.colours] == (numbers == 0).tolist()
        shown = [[bool(text) for text in row] for row in heat.texts]
        assert shown == (numbers.round(2) > 0).tolist()


def test_the_numbers_in_the_cells_are_the_records():
    page = machine(LOGITS, here="cross-attention").page
    (heat,) = [h for h in page.of(Heat) if h.name == "decoder / layer 1 / norm 1 / output"]
    found = [[float(t.replace("−", "-") or 0) for t in row] for row in heat.texts]
    assert found == RECORD[heat.name].value.round(1).tolist()


# How it looks -----------------------------------------------------------------------------


def looks(drawing):
    return {box.name: box.look for box in drawing.page.of(Box) if box.name}


def test_here_pale_and_crossed():
    options = {"pale": ["decoder", "logits"], "crossed": ["encoder / layer 1 / norm 1"]}
    found = looks(machine(LOGITS, here=ATTENTION, whole=True, **options))
    assert found[ATTENTION] == "here"
    assert found["encoder / layer 1 / norm 1"] == "crossed"
    assert found["encoder / layer 1 / norm 1 / residual"] == "plain"
    assert {found[name] for name in found if name.startswith("decoder")} == {"pale"}
    assert found["logits"] == "pale" and found["encoder / layer 1 / norm 2"] == "plain"


def test_the_sums_are_crossed_out_by_their_own_name():
    found = looks(machine(LOGITS, crossed=["residual"]))
    crossed = {name for name, look in found.items() if look == "crossed"}
    assert len(crossed) == 5 and all(name.endswith("residual") for name in crossed)


def test_where_you_are_changes_no_place():
    plain, marked = (
        {b.name: (b.x, b.w, b.h) for b in d.page.of(Box) if b.name}
        for d in (machine(LOGITS), machine(LOGITS, pale=["decoder"], crossed=["norm 2"]))
    )
    assert plain == marked


@pytest.mark.parametrize("here", [ATTENTION, "norm 1", "residual", "encoder", "layer 1"])
def test_you_are_here_is_written_once_in_each_marked_place(here):
    page = machine(LOGITS, here=here, whole=True).page
    flags = [label for label in page.of(Label) if label.text == "you are here"]
    marked = [b for b in page.of(Box) if b.look == "here"]
    assert len(flags) == (1 if here == "encoder" else len(marked)) - sum(
        b.kind == "sum" for b in marked if here == "norm 1"
    )


def test_a_flag_on_a_narrow_box_is_one_whole_word():
    page = machine(LOGITS, here="scaled embedding", whole=True).page
    said = [label.text for label in page.of(Label)]
    assert said.count("here") == 2 and not [text for text in said if text.endswith("…")]


def test_a_step_marks_the_part_that_it_stands_in():
    found = looks(machine(LOGITS, here=f"{ATTENTION} / heads / scores", whole=True))
    assert [name for name, look in found.items() if look == "here"] == [ATTENTION]


def test_other_numbers_may_stand_in_the_same_places():
    slopes = gradients(LOGITS[4, 17] * 1.0)
    plain, changed = machine(LOGITS), machine(LOGITS, heat=slopes)
    assert [(h.x, h.y) for h in plain.page.of(Heat) if h.name in slopes] == [
        (h.x, h.y) for h in changed.page.of(Heat) if h.name
    ]
    assert plain.svg != changed.svg
    assert not [h for h in machine(LOGITS, heat=False).page.of(Heat)]


def test_the_words_may_be_marked_where_all_else_is_pale():
    page = machine(LOGITS, here="words", pale=["encoder", "decoder", "logits"]).page
    panels = [box for box in page.of(Box) if box.kind == "words"]
    assert [box.look for box in panels] == ["here", "here"]
    assert sum(label.text == "you are here" for label in page.of(Label)) == 2


def test_backward_every_wire_runs_the_other_way():
    there, back = machine(LOGITS), machine(LOGITS, backward=True)
    ways = [wire.points[::-1] for wire in there.page.of(Wire)]
    assert ways == [wire.points for wire in back.page.of(Wire)]
    assert there.page.of(Box) == back.page.of(Box)
    assert repr(back).endswith("The arrows run backwards.")


def test_the_example_of_the_course():
    assert toy_machine("norm 1").svg == machine(LOGITS, here="norm 1").svg


def test_a_stack_without_layers_is_drawn_whole():
    x = trace([[1.0, 2.0]], "x")
    for part in ("one", "two"):
        with scope("stack", part):
            x = named("output", 2 * x)
    drawn = looks(machine(x, here="stack"))
    assert set(drawn) == {"stack / one", "stack / two"}


# What is refused --------------------------------------------------------------------------


WRONG = {
    "no record": (lambda: machine(np.ones((2, 3))), "output is ndarray; .* traced array"),
    "no names": (lambda: machine(trace([[1.0]], "x") * 2), "no step .* has a name"),
    "a batch": (lambda: machine(several()), r"several sentences.*without the axis"),
    "an unknown part": (lambda: machine(LOGITS, here="norm1"), "here.*'norm1'.*'norm 1'"),
    "crossed": (lambda: machine(LOGITS, crossed=["nrom 2"]), "crossed.*mean 'norm 2'"),
    "pale: a text": (lambda: machine(LOGITS, pale="decoder"), "pale is 'decoder'; .*list"),
    "pale: numbers": (lambda: machine(LOGITS, pale=[3]), "pale is 3; .*names of parts"),
    "here: a number": (lambda: machine(LOGITS, here=3), "here is 3; .*a str"),
    "whole": (lambda: machine(LOGITS, whole="yes"), "whole is 'yes'"),
    "backward": (lambda: machine(LOGITS, backward=1.5), "backward is 1.5"),
    "heat": (lambda: machine(LOGITS, heat=[1]), "heat is a list; .*dict"),
    "heat's shape": (
        lambda: machine(LOGITS, heat={"logits": np.ones((2, 2))}),
        r"heat of 'logits' is \(2, 2\); the step is \(5, 26\)",
    ),
    "three stacks": (lambda: machine(three()), "the stacks a, b, c; two at most"),
}


def several():
    return encode_source(traced(toy.load()), np.array([[3, 4], [5, 6]]))


def three():
    x = trace([[1.0, 2.0]], "x")
    for stack in "abc":
        for part in ("one", "two"):
            with scope(stack, "layer", part):
                x = named("output", 2 * x)
    return x


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_in_a_sentence(name):
    call, words = WRONG[name]
    with pytest.raises((TypeError, ValueError), match=words):
        call()
