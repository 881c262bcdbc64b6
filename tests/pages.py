"""What lies over something else on a page of shapes, leaves its room, or the page."""

import itertools

from tfmath.show.layout import BOLD, SMALL, WIDER, WIDTH, Box, Heat, Label, Wire, width_of


def rectangle(shape):
    return (shape.x, shape.y, shape.w, shape.h)


def meet(a, b, by=0.3):
    """Whether two rectangles have more in common than an edge."""
    return all(min(a[i] + a[i + 2], b[i] + b[i + 2]) - max(a[i], b[i]) > by for i in (0, 1))


def holds(outer, inner, by=0.3):
    return all(
        outer[i] <= inner[i] + by
        and inner[i] + inner[i + 2] <= outer[i] + outer[i + 2] + by
        for i in (0, 1)
    )


def pieces(wire):
    """The pieces of a wire as rectangles without width."""
    for (a, b), (x, y) in itertools.pairwise(wire.points):
        assert abs(a - x) < 0.1 or abs(b - y) < 0.1, "a slanting wire"
        yield (min(a, x), min(b, y), abs(a - x), abs(b - y))


def crosses(piece, place, by=1.0):
    x, y, w, h = place
    inner = (x + by, y + by, w - 2 * by, h - 2 * by)
    return all(
        max(piece[i], inner[i]) <= min(piece[i] + piece[i + 2], inner[i] + inner[i + 2])
        for i in (0, 1)
    )


def complaints(page):
    """What lies over something else, leaves its room or the page."""
    thin = ("thin", "black")
    boxes = [b for b in page.of(Box) if b.look not in thin]
    solid = [b for b in boxes if b.kind not in ("frame", "words")]
    around = [b for b in boxes if b.kind in ("frame", "words")]
    labels, heats = page.of(Label), page.of(Heat)
    wires = [w for w in page.of(Wire) if w.look not in thin]
    whole = (0, 0, WIDTH, page.h)
    found = [
        f"leaves the page: {s}" for s in boxes + heats if not holds(whole, rectangle(s))
    ]
    found += [f"leaves the page: {s}" for s in labels if not holds(whole, s.room)]
    pairs = itertools.combinations(solid, 2)
    found += [f"two boxes: {a} {b}" for a, b in pairs if meet(rectangle(a), rectangle(b))]
    for a, b in itertools.product(around, solid):
        inside = holds(rectangle(a), rectangle(b), by=5)
        if meet(rectangle(a), rectangle(b)) and not inside:
            found.append(f"a box across a frame: {a} {b}")
    found += [f"too long: {s}" for s in labels if not fits(s)]
    rooms = [text_place(s) for s in labels]
    pairs = itertools.combinations(zip(labels, rooms, strict=True), 2)
    found += [f"two texts: {a} {b}" for (a, p), (b, q) in pairs if meet(p, q)]
    for b, (s, room) in itertools.product(solid, zip(labels, rooms, strict=True)):
        if meet(rectangle(b), room) and not holds(rectangle(b), room):
            found.append(f"a text across a box: {b} {s}")
    for h in heats:
        found += [
            f"a text over numbers: {h.name} {s}"
            for s, r in zip(labels, rooms, strict=True)
            if meet(rectangle(h), r)
        ]
        found += [
            f"numbers across a box: {h.name} {b}"
            for b in solid
            if meet(rectangle(h), rectangle(b)) and not holds(rectangle(b), rectangle(h))
        ]
        found += [
            f"a number too long: {t}"
            for row in h.texts
            for t in row
            if width_of(t, SMALL) + 3 > h.cell[0] + 0.1
        ]
    for wire in wires:
        for piece in pieces(wire):
            found += [f"a wire through {b}" for b in solid if crosses(piece, rectangle(b))]
            found += [
                f"a wire through {s}"
                for s, r in zip(labels, rooms, strict=True)
                if crosses(piece, r)
            ]
            found += [f"a wire through {h}" for h in heats if crosses(piece, rectangle(h))]
    return found + together(wires)


def fits(label):
    x, y, w, h = label.room
    long, high = (h, w) if label.upright else (w, h)
    return wide(label) <= long + 0.1 and 0.9 * label.size <= high


def wide(label):
    return width_of(label.text, label.size) * (WIDER if label.look in BOLD else 1)


def text_place(label):
    """Where the letters are: as wide as the text is at most, as high as its letters."""
    w, high = wide(label), 0.75 * label.size
    if label.upright:
        return (label.x - high, label.y - w, high, w)
    left = {"start": 0, "middle": w / 2, "end": w}[label.anchor]
    return (label.x - left, label.y - high, w, high)


def together(wires):
    """Pieces of wires from different places that run along each other."""
    found = []
    for a, b in itertools.combinations(wires, 2):
        if a.points[0] == b.points[0]:
            continue
        for p, q in itertools.product(pieces(a), pieces(b)):
            across = [abs(p[i] - q[i]) < 1 and p[i + 2] < 0.1 > q[i + 2] for i in (0, 1)]
            along = [
                min(p[i] + p[i + 2], q[i] + q[i + 2]) - max(p[i], q[i]) for i in (0, 1)
            ]
            if (across[0] and along[1] > 1) or (across[1] and along[0] > 1):
                found.append(f"two wires along each other: {a.points} {b.points}")
    return found
