"""The thread of one number: where it goes, and that its drawing can be read."""

import numpy as np
import pytest

from tfmath import named, scope, softmax, toy, trace
from tfmath.practice.start_here import worked_example
from tfmath.show.layout import WIDTH, Box, Heat, Label
from tfmath.show.machine_tables import _text
from tfmath.show.thread import followed, thread

RECORD = worked_example()
PROBABILITY = named("probability", softmax(RECORD["logits"]))
ENCODER, DECODER = "encoder / layer 1 / ", "decoder / layer 1 / "
PAST = ["feed-forward"]
BY_HAND = [
    ("probability", (4, 17)),
    ("logits", (4, 17)),
    (DECODER + "norm 3 / output", (4, 4)),
    (DECODER + "norm 3 / residual", (4, 4)),
    (DECODER + "norm 2 / output", (4, 4)),
    (DECODER + "norm 2 / residual", (4, 4)),
    (DECODER + "cross-attention / output", (4, 4)),
    (DECODER + "cross-attention / heads / output", (1, 4, 2)),
    (DECODER + "cross-attention / heads / value", (1, 0, 2)),
    (ENCODER + "norm 2 / output", (0, 0)),
    (ENCODER + "norm 2 / residual", (0, 0)),
    (ENCODER + "norm 1 / output", (0, 0)),
    (ENCODER + "norm 1 / residual", (0, 0)),
    (ENCODER + "self-attention / output", (0, 0)),
    (ENCODER + "self-attention / heads / output", (0, 0, 2)),
    (ENCODER + "self-attention / heads / value", (0, 1, 2)),
    ("encoder / input", (1, 2)),
    ("encoder / scaled embedding", (1, 2)),
    ("embedding", (9, 2)),
]


@pytest.fixture(scope="module")
def die():
    return followed(PROBABILITY, 4, "die", past=PAST)


def test_the_thread_of_die_is_the_one_followed_by_hand(die):
    assert [(station.array.name, station.index) for station in die] == BY_HAND


def test_terms_add_up_and_the_largest_is_followed(die):
    for station in (with_terms := [s for s in die if s.terms]):
        assert sum(station.terms) == pytest.approx(station.value, rel=1e-12)
    largest = [int(np.argmax(np.abs(s.terms))) == s.followed for s in with_terms]
    assert [
        s.title() for s, is_it in zip(with_terms, largest, strict=True) if not is_it
    ] == [
        "norm 3 / residual"  # where the feed-forward network made more
    ]


def test_a_term_is_the_next_number_times_what_stands_at_the_arrow(die):
    checked = 0
    for above, below in zip(die, die[1:], strict=False):
        if above.terms:
            factor = float(above.factor.replace("−", "-").removeprefix("· ") or 1)
            term = above.terms[above.followed]
            assert below.value * factor == pytest.approx(term, abs=2e-3)
            checked += 1
    assert checked == 12
    assert [s.factor for s in die if not s.factor.startswith("·")].count("normalized") == 4


def test_without_a_part_to_go_past_it_goes_through_the_network(die):
    found = followed(PROBABILITY, 4, "die")
    assert all(np.argmax(np.abs(s.terms)) == s.followed for s in found if s.terms)
    names = [station.array.name for station in found]
    assert names[4:7] == [
        DECODER + f"feed-forward / {step}"
        for step in ("output", "hidden", "before activation")
    ]
    assert [s.index for s in found[-12:]] == [s.index for s in die[-12:]]


def test_it_ends_where_every_way_is_closed():
    found = followed(RECORD["encoder / input"], 1, 2, past=["encoder"])
    assert [s.array.name for s in found] == ["encoder / input"]
    zero = named("sum", trace([[0.0, 0.0]], "x") @ trace([[1.0], [2.0]], "W"))
    assert [s.value for s in followed(zero, 0, 0)] == [0, 0]


def apart(one, other):
    beside = one.x >= other.x + other.w or other.x >= one.x + one.w
    return beside or one.y >= other.y + other.h or other.y >= one.y + one.h


@pytest.mark.parametrize("past", [PAST, []], ids=str)
def test_nothing_leaves_the_page_or_lies_on_another(past):
    page = thread(PROBABILITY, 4, "die", past=past).page
    things = [s for s in page.shapes if isinstance(s, Heat | Box) and s.y < page.h]
    parts = [s for s in things if getattr(s, "kind", "") != "flag"]  # frames of terms
    for i, one in enumerate(parts):
        assert (
            0 <= one.x <= one.x + one.w <= WIDTH and 0 <= one.y <= one.y + one.h <= page.h
        )
        assert all(apart(one, other) for other in parts[:i])
    assert all(label.x <= WIDTH and label.y <= page.h for label in page.of(Label))
    assert not any(label.full for label in page.of(Label)), "a text is cut"


def test_the_frame_is_around_the_term_that_is_followed(die):
    page = thread(PROBABILITY, 4, "die", past=PAST).page
    frames = [box for box in page.of(Box) if box.kind == "flag"]
    strips = [heat for heat in page.of(Heat) if heat.texts]
    summed = [station for station in die if station.terms]
    for frame, station in zip(frames, summed, strict=True):
        column = [h for h in strips if (h.x > WIDTH / 2) == (frame.x > WIDTH / 2)]
        row = [heat for heat in column if heat.y == frame.y + 2]
        (own,) = [heat for heat in row if heat.x == frame.x + 2]
        assert own.texts == ((_text(station.terms[station.followed], 2),),)
        assert own.x + own.cell[0] + 2 == pytest.approx(frame.x + frame.w)
        assert sum(len(heat.texts[0]) for heat in row) == len(station.terms)


def test_a_term_that_is_nothing_has_an_empty_cell():
    """The legend says so; and in the network's strip of eight a number needs the room."""
    strips = [h for h in thread(PROBABILITY, 4, "die").page.of(Heat) if h.texts]
    texts = [text for heat in strips for text in heat.texts[0]]
    assert "" in texts and "0.00" not in texts and "−0.00" not in texts


def test_every_number_of_the_thread_stands_in_its_box(die):
    page = thread(PROBABILITY, 4, "die", past=PAST).page
    texts = [label.text for label in page.of(Label) if label.size == 15.0]
    assert texts[:8] == [
        "0.872",
        "6.069",
        "2.544",
        "2.187",
        "0.996",
        "2.863",
        "3.726",
        "2.840",
    ]
    assert texts[9] == "decoder" and texts[-1] == "encoder" and texts[-2] == "2.000"


def test_one_stack_is_one_column_and_no_stack_too():
    x, W = trace(np.arange(6.0).reshape(2, 3), "x"), trace(np.ones((3, 2)), "W")
    with scope("net"):
        y = named("y", x @ W)
    for array in (y, named("plain", x @ W)):
        page = thread(array, 1, 0).page
        assert len({box.x for box in page.of(Box) if box.kind == "part"}) == 1


@pytest.mark.parametrize("past", ["feed-forward", 3, [None]], ids=repr)
def test_what_is_no_row_of_names_is_refused(past):
    with pytest.raises((TypeError, ValueError), match="thread: "):
        thread(RECORD["logits"], 4, "die", past=past)


def test_the_same_record_gives_the_same_drawing():
    again = toy.worked_example()["logits"]
    assert thread(again, 4, "die").svg == thread(RECORD["logits"], 4, "die").svg
