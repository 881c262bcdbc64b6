"""A row times a table as wires: the slopes on them, and where each stands."""

import numpy as np
import pytest

from tfmath.errors import ShapeError
from tfmath.show.graph import wires
from tfmath.show.layout import WIDTH, Box, Label, Wire
from tfmath.tracing import gradients, trace

X, W, G = [1.0, -2.0], [[3.0, 4.0, 0.0], [5.0, 6.0, 1.0]], [1.0, 10.0, 100.0]


def test_all_slopes_are_those_of_the_record():
    row, table = trace(X, "X"), trace(W, "W")
    by_row, by_table = gradients(((row @ table) * G).sum(), of=[row, table])
    told = wires(X, W, G).alt.replace("−", "-")
    for (i, j), fast in np.ndenumerate(by_table):
        source = f"X₀{'₀₁'[i]} = {X[i]:g} (slope {by_row[i]:g})"
        assert f"(slope {G[j]:g}) to {source} along {W[i][j]:g} (slope {fast:g})." in told


def test_each_wire_leads_back_and_has_its_number_on_it():
    page = wires(X, W, G, to=1).page
    lines, boxes = page.of(Wire), page.of(Box)
    assert [line.look for line in lines] == ["pale"] * 3 + ["plain"] * 3
    left, right = ([b for b in boxes if b.name.startswith(letter)] for letter in ("X", "Y"))
    ends = [(line.points[0], line.points[-1]) for line in lines]
    assert ends == [
        ((b.x, b.y + b.h / 2), (a.x + a.w, a.y + a.h / 2)) for a in left for b in right
    ]
    on_wires = [b for b in boxes if b.kind == "part" and not b.name]
    for line, box in zip(lines, on_wires, strict=True):
        (x, y), (u, v) = line.points[0], line.points[1]
        at = np.interp(box.x + box.w, (u, x), (v, y))
        assert box.y < at < box.y + box.h
    assert np.ptp(np.diff(sorted(box.y for box in on_wires))) < 1e-9, (
        "all equally far apart"
    )


def test_nothing_overlaps_or_leaves_the_page():
    page = wires(X, W, G).page
    boxes = page.of(Box)
    for i, one in enumerate(boxes):
        assert 0 <= one.x and one.x + one.w <= WIDTH and one.y + one.h <= page.h
        for two in boxes[:i]:
            apart = one.x + one.w <= two.x or two.x + two.w <= one.x
            assert apart or one.y + one.h <= two.y or two.y + two.h <= one.y
    assert {label.full for label in page.of(Label)} == {""}  # none is cut


def test_what_does_not_fit_is_refused():
    for row, slopes in (([1.0], G), (X, [1.0])):
        with pytest.raises(ShapeError, match="wires: "):
            wires(row, W, slopes)
    for to in (-1, 2):
        with pytest.raises(ValueError, match="wires: to is .*; it must be a whole number"):
            wires(X, W, G, to=to)
