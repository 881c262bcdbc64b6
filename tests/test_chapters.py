"""The map of the course against the chapters: every arrow, every name, nothing crossed."""

import json
import re

from house import ROOT

from tfmath.show.chapters import NEEDS, PARTS, chapter_map
from tfmath.show.layout import Box, Label, Wire

NOTEBOOKS = ROOT / "notebooks"
LINK = re.compile(r"\[([^\]]*)\]\((\d\d_\w+\.ipynb)\)")
DRAWN = {tuple(need.split(" > ")) for need in NEEDS}


def links_of_the_map():
    """The parts as the first chapter lists them: the names that they have there."""
    cells = json.loads((NOTEBOOKS / "00_start_here.ipynb").read_text("utf-8"))["cells"]
    (listed,) = (
        t for t in map("".join, (c["source"] for c in cells)) if "**Beyond.**" in t
    )
    parts = [part for part in listed.split("\n\n") if part.startswith("**")]
    return {part.split(".**")[0].strip("*"): LINK.findall(part) for part in parts}


NAMES = {file: name for links in links_of_the_map().values() for name, file in links}
NAMES["00_start_here.ipynb"] = "Start here"


def needed():
    """For each chapter those that its first lines name."""
    for file in sorted(NOTEBOOKS.glob("*.ipynb")):
        first = "".join(json.loads(file.read_text("utf-8"))["cells"][0]["source"])
        line = re.search(r"^Needs: .*?minutes", first, re.MULTILINE | re.DOTALL).group()
        yield NAMES[file.name], {NAMES[name] for _, name in LINK.findall(line)}


def test_every_chapter_stands_in_its_part_and_the_list_below_has_the_same_parts():
    drawn = {p: {n for line in lines for n in line if n} for p, lines in PARTS.items()}
    assert drawn.pop("") == {"Start here"}
    assert drawn == {p: {n for n, _ in of} for p, of in links_of_the_map().items()}
    assert set(NAMES) == {file.name for file in NOTEBOOKS.glob("*.ipynb")}


def test_each_arrow_is_a_need_and_each_need_is_reached_by_arrows():
    needs = dict(needed())
    assert {one for other in needs for one in needs[other]} <= set(NAMES.values())
    assert all(one in needs[other] for one, other in DRAWN)

    def before(name):
        own = {one for one, other in DRAWN if other == name}
        return own.union(*(before(one) for one in own))

    assert all(of <= before(name) for name, of in needs.items())
    # ... and no arrow is there that others make superfluous
    for one, other in DRAWN:
        ways = {other_one for other_one, name in DRAWN if name == other} - {one}
        assert all(one not in before(way) for way in ways)


def pieces(wire):
    for (a, b), (x, y) in zip(wire.points, wire.points[1:], strict=False):
        yield min(a, x), min(b, y), max(a, x), max(b, y)


def test_no_wire_runs_through_a_box_or_a_name():
    page = chapter_map().page
    rooms = [(b.x, b.y, b.w, b.h) for b in page.of(Box) if b.kind == "part"]
    for label in page.of(Label):
        x, y, w, h = label.room
        wide = min(w, 7.5 * len(label.text))
        rooms.append((x + (w - wide) / 2 if label.anchor == "middle" else x, y, wide, h))
    for wire in page.of(Wire):
        for left, top, right, low in pieces(wire):
            for x, y, w, h in rooms:
                beside = right <= x or left >= x + w or low <= y or top >= y + h
                assert beside, (wire, x, y)


def test_the_first_chapter_is_marked_and_all_names_are_whole():
    page = chapter_map().page
    assert [box.name for box in page.of(Box) if box.look == "here"] == ["Start here"]
    written = " ".join(label.text for label in page.of(Label))
    assert "…" not in written and all(name in written for name in NAMES.values())
