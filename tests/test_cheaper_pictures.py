"""Pictures of cheaper attention: what they say in words, and that they fit a page."""

import functools

import numpy as np

from tfmath.attention.windows import window_mask
from tfmath.show.cheaper import (
    after_examination,
    as_n_grows,
    brackets,
    error_over_cost,
    shared_keys,
    sweep,
    who_looks_at_whom,
)
from tfmath.study.measured import measured

MASKS = {"all": np.ones((5, 5), bool), "near": window_mask(5, 1)}
FINDINGS = "Fewer", "Shared", "None", "More", "Moved", "Swept", "Looked"
FLOOR = {head: [0.9, 0.5, 0.1] for head in ("broad", "near", "one word")}


@functools.cache
def pictures():
    grown = measured("cheaper_growth")
    return {
        "pairs": who_looks_at_whom(MASKS, "Fewer.", list("abcde")),
        "keys": shared_keys(6, {"own": 6, "two": 2, "one": 1}, "Shared."),
        "error": error_over_cost(measured("cheaper"), "None.", FLOOR),
        "growth": as_n_grows(grown, "More."),
        "brackets": brackets(9, 3, 2, "Moved."),
        "sweep": sweep(10, 4, 3, "Swept."),
        "looks": after_examination(measured("examination_looks"), "Looked."),
    }


def test_a_picture_fits_the_page_and_says_its_finding():
    for picture in pictures().values():
        width, height = picture.figure.get_size_inches()
        assert width <= 6 and height <= 4 and len(picture.png()) > 5000
        assert picture.alt.split(".")[0] in FINDINGS


def test_pairs_are_counted_and_drawn_where_they_are():
    picture = pictures()["pairs"]
    assert "all 25 of 25, near 13 of 25" in picture.alt
    first, second = picture.figure.axes
    drawn = second.collections[0].get_array().reshape(5, 5)[::-1]
    assert (drawn == MASKS["near"]).all()
    assert [t.get_text() for t in first.get_yticklabels()] == list("edcba")
    assert first.get_yticks().tolist() == [0.5, 1.5, 2.5, 3.5, 4.5]  # from below


def test_each_key_has_its_heads():
    lines = [ax.lines for ax in pictures()["keys"].figure.axes]
    below = [[float(line.get_xdata()[1]) for line in some] for some in lines]
    assert below[0] == [0, 1, 2, 3, 4, 5]
    assert below[1] == [1, 1, 1, 4, 4, 4] and below[2] == [2.5] * 6


def sizes(ax):
    return [(patch.get_height(), patch.get_width()) for patch in ax.patches]


def test_tables_are_as_large_as_their_products():
    """Q and K are (9, 3), V (9, 2): with the brackets moved 3 × 2 is made, not 9 × 9."""
    first, second = pictures()["brackets"].figure.axes
    assert sizes(first) == [(9, 9), (9, 2)] and sizes(second) == [(9, 3), (3, 2)]
    for ax in (first, second):
        words = [f"{height} × {width}" for height, width in sizes(ax)]
        assert [text.get_text().split("\n")[1] for text in ax.texts] == words


def test_blocks_of_keys_are_read_from_the_left_and_three_things_kept():
    axes = pictures()["sweep"].figure.axes
    assert [sizes(ax)[1] for ax in axes] == [(10, 4), (10, 4), (10, 2)]
    assert [ax.patches[1].get_x() for ax in axes] == [0, 4, 8]
    for ax in axes:
        assert sizes(ax)[0] == (10, 10)
        assert sizes(ax)[2:] == [(10, 1), (10, 1), (10, 3)]  # a value is 3 wide
        named = {text.get_text(): text.get_position()[0] for text in ax.texts}
        assert list(named) == ["largest", "sum of powers", "sum of values"]
        middles = [p.get_x() + p.get_width() / 2 for p in ax.patches[2:]]
        assert list(named.values()) == middles


def test_each_square_shows_its_head():
    columns = measured("examination_looks")
    axes = pictures()["looks"].figure.axes
    names = list(dict.fromkeys(columns["attention"]))
    assert [ax.get_title() for ax in axes] == names + [""] * 15
    assert [ax.get_ylabel() for ax in axes[::5]] == [f"{n} numbers" for n in (2, 4, 6, 8)]
    for place, ax in enumerate(axes):
        shown = ax.images[0].get_array()
        for asked in range(8):
            row = 8 * place + asked
            assert columns["asked"][row] == asked
            assert ax.get_xlabel() == f"{columns['right'][row]:.2f}"
            assert shown[asked].tolist() == [columns[f"name {i}"][row] for i in range(8)]
    assert "linear, 4: 0.59, 3.5" in pictures()["looks"].alt


def test_a_method_has_one_colour_in_every_picture():
    looks = {}
    for name in ("error", "growth"):
        for ax in pictures()[name].figure.axes:
            for line in ax.lines:
                looks.setdefault(line.get_label(), set()).add(line.get_color())
    assert all(len(colours) == 1 for colours in looks.values()) and len(looks) == 11


def test_the_numbers_drawn_are_those_measured():
    columns = measured("cheaper")
    (ax,) = [a for a in pictures()["error"].figure.axes if a.get_title() == "near"]
    (line,) = [x for x in ax.lines if x.get_label() == "low rank"]
    rows = zip(columns["head"], columns["method"], columns["error"], strict=True)
    expected = [e for head, method, e in rows if (head, method) == ("near", "low rank")]
    assert line.get_ydata().tolist() == expected
    (below,) = [x for x in ax.lines if x.get_label() == "best of that rank"]
    assert below.get_ydata().tolist() == FLOOR["near"]
    assert below.get_xdata().tolist() == line.get_xdata().tolist()
