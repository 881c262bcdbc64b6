"""A page of shapes as SVG: plain attributes, no style sheet, the same text on every run."""

import html
import math
from urllib.parse import quote

from tfmath.show.layout import BOLD, PLAIN, SMALL, WIDTH, Box, Heat, Label, Wire

INK, QUIET, PALE, GROUND, PANEL = "#1a1a1a", "#555555", "#8a8a8a", "#ffffff", "#f4f4f2"
FONT = "Helvetica, Arial, Liberation Sans, DejaVu Sans, sans-serif"
SHOWN = 500
"""How wide a drawing is in a notebook, in pixels, if there is so much room."""

_FILLS = {"frame": PANEL, "words": PANEL, "outside": PANEL, "flag": INK}
_ROUND = {"frame": 7, "words": 9, "word": 9, "outside": 9, "flag": 2}
_TEXT = {"pale": {"fill": PALE}, "quiet": {"fill": QUIET}, "light": {"fill": GROUND}}
_TEXT |= {look: {"font-weight": "bold"} for look in BOLD}
_TEXT |= {"crossed": {"text-decoration": "line-through"}}
_LINES = {
    "pale": {"stroke": PALE},
    "here": {"stroke": INK, "stroke-width": 3.5},
    "crossed": {"stroke": INK, "stroke-dasharray": "4 3"},
    "thin": {"stroke": QUIET, "stroke-width": 0.5},
}


def svg(page, alt):
    """The text of a picture.

    Parameters
    ----------
    page : Page
    alt : str
        What those hear who cannot see it: its first sentence, then all of it.

    Returns
    -------
    str
    """
    title, size = alt.partition(". ")[0], {"width": WIDTH, "height": page.h}
    head = {"xmlns": "http://www.w3.org/2000/svg", "role": "img"}
    head |= {"viewBox": f"0 0 {_n(WIDTH)} {_n(page.h)}", **size}
    head |= {"font-family": FONT, "font-size": PLAIN, "fill": INK}
    inside = [_tag("title", text=title), _tag("desc", text=alt)]
    inside.append(_tag("rect", size | {"fill": GROUND}))
    inside += [_WRITE[type(shape)](shape) for shape in sorted(page.shapes, key=_layer)]
    return _tag("svg", head, inside="\n" + "\n".join(inside) + "\n")


def image(text, alt):
    """A picture in a page of HTML, which needs no network, no style and no trust.

    Parameters
    ----------
    text : str
        From `svg`.
    alt : str

    Returns
    -------
    str
    """
    data = quote(text, safe=" ~()*!.',/:;=-_\n").replace("\n", "%0A")
    look = f'width="{SHOWN}" style="max-width:100%;height:auto"'
    return f'<img alt="{html.escape(alt)}" {look} src="data:image/svg+xml,{data}">'


def _layer(shape):
    """Frames lie under wires, wires under boxes, boxes under tables and texts."""
    kinds = (Wire, Box, Heat, Label)
    under = getattr(shape, "kind", "") in ("frame", "words")
    return 0 if under else 1 + kinds.index(type(shape))


def _tag(name, attributes=None, text="", inside=""):
    told = "".join(f" {k}='{_said(v)}'" for k, v in (attributes or {}).items())
    inside = inside or html.escape(text)
    return f"<{name}{told}>{inside}</{name}>" if inside else f"<{name}{told}/>"


def _said(value):
    return value if isinstance(value, str) else _n(value)


def _n(x):
    """A length in tenths of a unit, as short as possible."""
    text = f"{round(float(x), 1):.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def _path(points, close=""):
    return "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in points) + close


def _line(path, colour, width, more=None):
    look = {"d": path, "fill": "none", "stroke": colour, "stroke-width": width}
    return _tag("path", look | (more or {}))


# Boxes ----------------------------------------------------------------------------------


def _box(box):
    line = dict(_LINES.get(box.look, {"stroke": INK}))
    if box.kind == "sum":
        return _circle(box, line)
    if box.kind in ("frame", "words") and box.look == "plain":
        line["stroke-width"] = 0.8
    fill = INK if box.look == "black" else _FILLS.get(box.kind, GROUND)
    corner = 1 if box.look in ("thin", "black") else _ROUND.get(box.kind, 4)
    return _rect(box, {"rx": corner, "fill": fill} | line) + _cross(box)


def _rect(box, look):
    return _tag("rect", {"x": box.x, "y": box.y, "width": box.w, "height": box.h} | look)


def _cross(box):
    """At the right, where no name stands."""
    if box.look != "crossed" or box.kind not in ("part", "outside"):
        return ""
    right, middle = box.x + box.w - 14, box.y + box.h / 2
    path = f"M{_n(right - 20)} {_n(middle - 10)}l20 20m-20 0l20 -20"
    return _line(path, INK, 3.5)


def _circle(box, line):
    x, y, r = box.x + box.w / 2, box.y + box.h / 2, box.w / 2
    fill = INK if box.look == "black" else GROUND
    arm, colour = r - 4, PALE if box.look == "pale" else INK
    plus = f"M{_n(x - arm)} {_n(y)}h{_n(2 * arm)}M{_n(x)} {_n(y - arm)}v{_n(2 * arm)}"
    circle = _tag("circle", {"cx": x, "cy": y, "r": r, "fill": fill} | line)
    return circle + _line(plus, colour, 1.6) if arm > 0 else circle


def _label(label):
    look = {"x": label.x, "y": label.y}
    look |= {"text-anchor": label.anchor} if label.anchor != "start" else {}
    look |= {"font-size": label.size} if label.size != PLAIN else {}
    look |= _TEXT.get(label.look, {})
    if label.upright:
        look["transform"] = f"rotate(-90 {_n(label.x)} {_n(label.y)})"
    full = _tag("title", text=label.full) if label.full else ""
    return _tag("text", look, inside=full + html.escape(label.text))


def _heat(heat):
    """Cells of one colour are one path; so are the hatches, and the signs below zero."""
    (w, h), cells, texts = heat.cell, {}, []
    places = [(i, j) for i, row in enumerate(heat.colours) for j, _ in enumerate(row)]
    marks = {"hidden": "", "below": ""}
    for i, j in places:
        x, y, colour = heat.x + j * w, heat.y + i * h, heat.colours[i][j]
        square = f"M{_n(x)} {_n(y)}h{_n(w)}v{_n(h)}h{_n(-w)}z"
        cells[colour] = cells.get(colour, "") + square
        if not colour:
            marks["hidden"] += f"M{_n(x)} {_n(y + h)}L{_n(x + w)} {_n(y)}"
        elif heat.below_zero[i][j] and not heat.texts and w >= 4:
            marks["below"] += f"M{_n(x + 0.3 * w)} {_n(y + h / 2)}h{_n(0.4 * w)}"
        if heat.texts and heat.texts[i][j]:
            texts.append(_number(heat.texts[i][j], x + w - 3, y + h / 2))
    parts = [_tag("path", {"d": d, "fill": c or GROUND}) for c, d in cells.items()]
    parts += [_line(marks["hidden"], PALE, 0.7)] if marks["hidden"] else []
    parts += [_line(marks["below"], INK, 0.7)] if marks["below"] else []
    border = _rect(heat, {"fill": "none", "stroke": PALE, "stroke-width": 0.6})
    return "".join([*parts, border, *texts])


def _number(text, right, middle):
    look = {"x": right, "y": middle + 0.35 * SMALL, "text-anchor": "end"}
    return _tag("text", look | {"font-size": SMALL}, text=text)


def _wire(wire):
    colour = {"pale": PALE, "thin": QUIET}.get(wire.look, INK)
    dashes = {"stroke-dasharray": "3 3"} if wire.look == "crossed" else {}
    line = _line(_path(wire.points), colour, 0.4 if wire.look == "thin" else 1.3, dashes)
    cross = _wire_cross(wire) if wire.look == "crossed" else ""
    return line + cross + (_head(wire, colour) if wire.arrow else "")


def _wire_cross(wire):
    """A cross on the longest piece."""
    pieces = zip(wire.points, wire.points[1:], strict=False)
    (a, b), (x, y) = max(pieces, key=lambda ends: math.dist(*ends))
    corner = f"M{_n((a + x) / 2 - 5)} {_n((b + y) / 2 - 5)}"
    return _line(corner + "l10 10m-10 0l10 -10", INK, 2.5)


def _head(wire, colour):
    """The arrow's head, in the direction of the last piece."""
    (a, b), (x, y) = wire.points[-2:]
    right, down = (x > a) - (x < a), (y > b) - (y < b)
    back, wide = 6.5, 3.2
    one = x - back * right + wide * down, y - back * down + wide * right
    two = x - back * right - wide * down, y - back * down - wide * right
    return _tag("path", {"d": _path(((x, y), one, two), "z"), "fill": colour})


_WRITE = {Box: _box, Label: _label, Heat: _heat, Wire: _wire}
