"""Pictures of what a whole is made of, and of what is lost with a part."""

import numpy as np

from tfmath.arguments import words
from tfmath.errors import ShapeError
from tfmath.show.figures import _COLOURS, Picture, _axes, _short, _values, new_figure
from tfmath.show.layout import SMALL, Box, Heat, Label, written
from tfmath.show.machine import Drawing, machine

LEGIBLE = 0.045
"""A share that is smaller has no room for its number."""

_OF_TERMS = [_COLOURS[i] for i in (0, 2, 3, 5, 4)]
"""Without orange, which is below 0 in other drawings; here that is where a bar stands."""


def stacked(shares, title, names, parts):
    """A bar for each whole, divided into its parts.

    Parameters
    ----------
    shares : (n, p) of numbers
        The parts of each whole; a row adds up to 1.
    title : str
    names : sequence of str
        Of the n wholes.
    parts : sequence of str
        Of the p parts.

    Returns
    -------
    Picture

    Examples
    --------
    >>> stacked([[0.25, 0.75]], "Mostly milk.", ["latte"], ["coffee", "milk"])
    [figure] Mostly milk. latte: coffee 0.250, milk 0.750.
    """
    shares = np.asarray(_values(shares, "stacked", "shares"), dtype=float)
    figure, (ax,) = new_figure(6, 0.9 + 0.5 * len(names))
    for i, part in enumerate(parts):
        before = shares[:, :i].sum(axis=1)
        drawn = ax.barh(range(len(names)), shares[:, i], left=before, label=part,
                        color=_COLOURS[i], edgecolor="white")  # fmt: skip
        said = [f"{s:.2f}" if s >= LEGIBLE else "" for s in shares[:, i]]
        ax.bar_label(drawn, said, label_type="center", color="white", fontsize=8)
    ax.set_yticks(range(len(names)), names, fontsize=8)
    ax.invert_yaxis()
    ax.set_xlim(0, 1)
    _axes(ax, "share of all", "")
    ax.legend(ncols=len(parts), fontsize=8, frameon=False, loc="lower center",
              bbox_to_anchor=(0.5, 1.0))  # fmt: skip
    figure.suptitle(title, fontsize=10)
    listed = "; ".join(
        f"{name}: " + ", ".join(f"{p} {s:.3f}" for p, s in zip(parts, row, strict=True))
        for name, row in zip(names, shares, strict=True)
    )
    return Picture(figure, f"{title} {listed}.")


def summed(terms, title, names, parts, label):
    """A bar for each sum: terms above 0 upwards, those below 0 downwards, a dot at the sum.

    Parameters
    ----------
    terms : (n, p) of numbers
        The terms of each sum. Those that are largest over all stand next to 0.
    title : str
        The finding, as a sentence.
    names : sequence of str
        Of the n sums.
    parts : sequence of str
        Of the p terms, at most five.
    label : str
        What the sums are.

    Returns
    -------
    Picture

    Raises
    ------
    ShapeError
        If there is not one name for each sum and each term, or more than five terms.

    Examples
    --------
    >>> summed([[3, -1]], "Rain wins.", ["lake"], ["rain", "sun"], "level")
    [figure] Rain wins. level: lake 2; the terms of lake: rain 3, sun -1.
    """
    terms = np.asarray(_values(terms, "summed", "terms"), dtype=float)
    if terms.shape != (len(names), len(parts)) or len(parts) > len(_OF_TERMS):
        raise ShapeError(
            f"summed: terms {terms.shape} must be (n_names, n_parts) = "
            f"{len(names), len(parts)}, and at most {len(_OF_TERMS)} parts."
        )
    figure, (ax,) = new_figure()
    _bars_of_terms(ax, terms, parts)
    ax.plot(terms.sum(axis=1), "o", color="black", markerfacecolor="white", markersize=4.5,
            label="sum")  # fmt: skip
    ax.axhline(0, color="#555", linewidth=0.8)
    ax.set_xticks(range(len(names)), names, rotation=90, fontsize=8)
    _axes(ax, "", label)
    ax.legend(fontsize=8, frameon=False, ncols=len(parts) + 1, loc="lower center",
              bbox_to_anchor=(0.5, 1.0), columnspacing=1, handletextpad=0.4)  # fmt: skip
    figure.suptitle(title, fontsize=10)
    return Picture(figure, f"{title} {label}: {_told_of(terms, names, parts)}.")


def _bars_of_terms(ax, terms, parts):
    """The terms of one sign, one behind another, the largest of all next to 0."""
    ends = {True: np.zeros(len(terms)), False: np.zeros(len(terms))}
    order = np.argsort(-abs(terms).sum(axis=0), kind="stable")
    for i, colour in zip(order, _OF_TERMS, strict=False):
        own, above = terms[:, i], terms[:, i] >= 0
        bottom = np.where(above, ends[True], ends[False])
        looks = {"color": colour, "edgecolor": "white", "linewidth": 0.4}
        ax.bar(range(len(own)), own, bottom=bottom, label=parts[i], **looks)
        for side in ends:
            ends[side] = ends[side] + np.where(above == side, own, 0)


def _told_of(terms, names, parts):
    """All sums, and the terms of the largest."""
    sums = terms.sum(axis=1)
    listed = ", ".join(f"{name} {_short(s)}" for name, s in zip(names, sums, strict=True))
    row = terms[sums.argmax()]
    own = ", ".join(f"{part} {_short(t)}" for part, t in zip(parts, row, strict=True))
    return f"{listed}; the terms of {names[sums.argmax()]}: {own}"


def crossed(output, losses, right=()):
    """The machine, and in each part how large the loss is without it.

    Parameters
    ----------
    output : Traced
        The toy model's logits.
    losses : dict of str to number
        By the names of `study.crossed_out`. What is no single box stands at the top left.
    right : sequence of str
        Names of parts that are blue: all quotes are right without them.

    Returns
    -------
    Drawing

    Raises
    ------
    ValueError
        If a name in `right` is none of `losses`.

    Examples
    --------
    >>> from tfmath import toy
    >>> logits = toy.worked_example()["logits"]
    >>> crossed(logits, {"the decoder's sum 1": 1.5, "the mask": 3}, ["the mask"])
    [drawing] The loss without a part: the decoder's sum 1 1.500, the mask 3.000. The \
quotes are right without: the mask.
    """
    right = words("crossed", "right", right, losses)
    page = machine(output, heat=False).page
    boxes = {box.name: box for box in page.of(Box) if box.kind in ("part", "sum")}
    page.shapes = [s for s in page.shapes if not _is_size(s, boxes.values())]
    page.add(written("loss without …", (_LEFT, 2, 120, _LINE), SMALL, look="bold"))
    low = 2 + _LINE
    for name, loss in losses.items():
        box = boxes.get(_place(name))
        if box is None:
            page.add(written(_SEVERAL.get(name, name), (_LEFT, low, 92, _LINE), SMALL))
            box, low = Box(_LEFT - 4, low, 202, _LINE, name), low + _LINE
        page.add(*_bar_in(box, loss, name not in right))
    for colour, means in ((_FREE, "all quotes right"), (_LOST[1], "a quote wrong")):
        page.add(_filled(_LEFT, low + 5, 14, 8, colour))
        page.add(written(means, (_LEFT + 20, low + 2, 120, _LINE), SMALL, look="quiet"))
        low += _LINE
    listed = ", ".join(f"{name} {loss:.3f}" for name, loss in losses.items())
    said = f"The quotes are right without: {', '.join(right) or 'none of them'}."
    return Drawing(page, f"The loss without a part: {listed}. {said}")


_LOST, _FREE = (_COLOURS[0], _COLOURS[5]), "#cfe0f7"
_SEVERAL = {f"the {part}": f"all five {part}" for part in ("sums", "norms")}
_SEVERAL |= {"positions": "all positions", "√d_k": "the root √d_k"}
_LEFT, _LINE, _NAT = 14.0, 14.0, 8.0
"""Where the list at the top left begins, how high a line is, how long a loss of 1."""


def _place(part):
    """The name of the box of a part, which is called as in `study.crossed_out`."""
    if part == "the look at the encoder":
        return "decoder / layer 1 / cross-attention"
    stack, _, own = part.removeprefix("the ").partition("'s ")
    own = {"attention": "self-attention"}.get(own, own)
    own = f"norm {own[-1]} / residual" if own.startswith("sum ") else own
    return f"{stack} / layer 1 / {own}"


def _is_size(shape, boxes):
    """Whether it is the size that is written in one of the boxes."""
    return (
        isinstance(shape, Label)
        and shape.look == "quiet"
        and any(
            box.x < shape.x < box.x + box.w and box.y < shape.y < box.y + box.h
            for box in boxes
        )
    )


def _bar_in(box, loss, is_lost):
    """A bar and its number: in the right half of a box, or at the free side of a sum."""
    left, middle = box.x + box.w / 2 + 12, box.y + box.h / 2
    if box.kind == "sum" and box.name.startswith("decoder"):
        left = box.x - 76
    free = [] if is_lost else [_filled(box.x + 2, box.y + 1, box.w - 4, box.h - 2, _FREE)]
    bar = _filled(left, middle - 4, max(loss * _NAT, 0.5), 8, _LOST[is_lost])
    room = (left + bar.w + 4, middle - 7, 40, _LINE)
    return *free, bar, written(f"{loss:.3f}", room, SMALL)


def _filled(x, y, w, h, colour):
    return Heat(x, y, (w, h), ((colour,),), ((False,),))


_BACK, _APART, _BELOW = np.array([0.5, 0.35]), 3.8, 3.6
"""How far a step into the depth goes on paper; the room beside a block, and below it."""

_STILL = "#a8a8a8"


def blocks(products, title, names):
    """Products of tables as blocks of little cubes, one cube for each multiply-add.

    An edge that is not the same in all rows is thick, and a block with two of them blue.

    Parameters
    ----------
    products : dict of str to list of (int, int, int)
        For each row its blocks, from left to right: (n × k) · (k × m) is n high, k deep, m
        wide.
    title : str
        The finding, as a sentence.
    names : sequence of str
        Of the blocks of a row.

    Returns
    -------
    Picture

    Examples
    --------
    >>> blocks({"day 1": [(1, 2, 3)], "day 2": [(2, 2, 3)]}, "It grows.", ["hay"])
    [figure] It grows. day 1: hay 1 · 2 · 3 = 6; day 2: hay 2 · 2 · 3 = 12.
    """
    sizes = np.array(list(products.values()))  # (rows, blocks, 3)
    figure, (ax,) = new_figure(6, 3.1)
    grows = (sizes != sizes[0]).any(axis=0)
    wide = (sizes[..., 2] + _BACK[0] * sizes[..., 1]).max(axis=0) + _APART
    high = (sizes[..., 0] + _BACK[1] * sizes[..., 1]).max(axis=1) + _BELOW
    lefts, lows = np.cumsum(wide) - wide, -np.cumsum(high)
    for r, c in np.ndindex(sizes.shape[:2]):
        _block(ax, np.array([lefts[c], lows[r]]), sizes[r, c], grows[c])
        ax.text(lefts[c], lows[r] - 0.8, _counted(sizes[r, c]), va="top", fontsize=7)
    for row, low, n in zip(products, lows, sizes[:, 0, 0], strict=True):
        ax.text(-1, low + n / 2, row, ha="right", va="center", fontsize=8)
    for name, left in zip(names, lefts, strict=True):
        ax.text(left, 0.2 - _BELOW / 2, name, fontsize=7.5, fontweight="bold")
    ax.set(xlim=(-8, wide.sum()), ylim=(lows[-1] - 2, 0.5), aspect="equal")
    ax.set_axis_off()
    figure.suptitle(title, fontsize=10)
    told = "; ".join(
        f"{row}: " + ", ".join(f"{n} {_counted(s)}" for n, s in zip(names, of, strict=True))
        for row, of in products.items()
    )
    return Picture(figure, f"{title} {told}.")


def _counted(sizes):
    n, k, m = map(int, sizes)
    return f"{n} · {k} · {m} = {n * k * m}"


def _block(ax, corner, sizes, grows):
    """Three faces with their cubes, and the edges that grow: up, into the depth, across."""
    ends = sizes[:, None] * np.array([[0, 1], _BACK, [1, 0]])
    up, back, across = zip(ends, sizes, strict=True)
    right, above = corner + across[0], corner + up[0]
    faces = ((corner, across, up), (above, across, back), (right, back, up))
    colour = _COLOURS[0] if grows.sum() > 1 else _STILL
    for (at, one, other), shade in zip(faces, (0.75, 0.45, 1), strict=True):
        (a, _), (b, _) = one, other
        shape = np.array([at, at + a, at + a + b, at + b])
        ax.fill(*shape.T, facecolor=colour, alpha=shade, edgecolor="none")
        for (way, n), (over, _) in ((one, other), (other, one)):
            for part in np.linspace(0, 1, n + 1)[:, None] * way:
                ax.plot(*np.array([at + part, at + part + over]).T, color="white", lw=0.5)
    for at, way in zip(np.array([corner, right, corner])[grows], ends[grows], strict=True):
        ax.plot(*np.array([at, at + way]).T, color="black", lw=2)
