"""Pictures of words and their rows: pieces that merge, a product, arrows, near and far."""

import itertools

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle

from tfmath.errors import ShapeError
from tfmath.show.figures import _SIGNED, Picture, _short, _values, new_figure
from tfmath.show.numbers import number

KEPT, LOST = "#1f4e9c", "#d9730d"
"""What still stands, and what does not: the colours above and below zero."""

SHADES = ("#f3f3f3", "#dce6f5", "#b9cdeb", "#8fb1e0", "#6d9bd9", "#1f4e9c")
"""Of a piece of one letter, of two, …, of a whole word."""


# A product as an L ----------------------------------------------------------------------


def product_as_l(left, right, title, at=None, rows=None, inner=None, cols=None, rest=True):
    """A product of tables: one below on the left, one above on the right, it in the corner.

    Each number of the product stands where a row of the left table and a column of the
    right one meet. Numbers are written where all three tables are small.

    Parameters
    ----------
    left : Traced or array (n, k)
    right : Traced or array (k, m)
    title : str
        The finding, as a sentence.
    at : (int, int or None), optional
        A row and a column of the product: framed, with what they come from. Without a
        column, the row is framed, and each row of `right` that has a share in it.
    rows, inner, cols : sequence of str, optional
        Words for the n rows, the k in between, and the m columns. Where no numbers are
        written, the columns on the left are counted, to be found among the words.
    rest : bool, optional
        If False, the numbers of the product that are not `at` the frame are left out.

    Raises
    ------
    ShapeError
        If a row of `left` is not as long as a column of `right`.
    """
    left, right = np.atleast_2d(_values(left)), np.atleast_2d(_values(right))
    if left.shape[1] != right.shape[0]:
        raise ShapeError(
            f"product_as_l: a row of left has {left.shape[1]} numbers, a column of right "
            f"{right.shape[0]}; they must be equally many."
        )
    k, small = left.shape[1], max(*left.shape, right.shape[1]) <= 8
    edge = k + (0.8 if small else 1.5)
    product, shown = np.full((len(left), right.shape[1]), np.nan), ... if rest else at
    product[shown] = (left @ right)[shown]
    blocks = (left, 0, edge), (right, edge, 0), (product, edge, edge)
    figure, ax = _page(edge + right.shape[1], edge + len(left), small)
    ax.set_title(title, fontsize=10, pad=22 if cols is not None else 8)
    size = max(float(np.nanmax(np.abs(block[0]), initial=0)) for block in blocks) or 1.0
    for table, x, y in blocks:
        _block(ax, table, x, y, size, small)
        _size(ax, table, x, y, on_the_right=y == 0)
    for frame in [] if at is None else _frames(left, right, at, edge):
        ax.add_patch(Rectangle(*frame, fill=False, edgecolor="black", lw=1.8, zorder=3))
    _beside(ax, (rows, inner, cols), edge, 8 if small else 7)
    return Picture(figure, f"{title} {_told(left, right, at)}")


def _page(width, height, small):
    """A page of `width` × `height` cells, without axes."""
    each = 0.4 if small else 0.15
    size = min(6, 1.8 + each * width), min(5.6, 0.7 + each * height)
    figure = Figure(figsize=size, layout="constrained")
    ax = figure.subplots()
    ax.set(xlim=(-0.1, width + 0.1), ylim=(height + 0.1, -0.1), aspect="equal")
    ax.set_axis_off()
    return figure, ax


def _block(ax, table, x, y, size, numbers):
    n, m = table.shape
    look = {"cmap": _SIGNED, "vmin": -1.6 * size, "vmax": 1.6 * size, "aspect": "equal"}
    ax.imshow(table, extent=(x, x + m, y + n, y), interpolation="nearest", **look)
    ax.add_patch(Rectangle((x, y), m, n, fill=False, edgecolor="#888", linewidth=0.8))
    for (i, j), entry in np.ndenumerate(table if numbers else np.zeros((0, 0))):
        text = "" if np.isnan(entry) else number(entry, 1).removesuffix(".0")
        ax.text(x + j + 0.5, y + i + 0.5, text, ha="center", va="center", fontsize=9)


def _size(ax, table, x, y, on_the_right):
    """The size of a block: on the right of the upper one, under the others."""
    n, m = table.shape
    place = (x + m + 0.25, y + n / 2) if on_the_right else (x + m / 2, y + n + 0.15)
    ha, va = ("left", "center") if on_the_right else ("center", "top")
    ax.text(*place, f"{n} × {m}", ha=ha, va=va, fontsize=8, color="#555")


def _frames(left, right, at, edge):
    """Corner, width and height of what is framed."""
    (row, col), (k, m) = at, right.shape
    yield (0, edge + row), k, 1
    if col is None:
        yield (edge, edge + row), m, 1
        yield from (((edge, i), m, 1) for i in np.flatnonzero(left[row]))
    else:
        yield (edge + col, edge + row), 1, 1
        yield (edge + col, 0), 1, k


def _beside(ax, words, edge, size):
    """Words beside the rows, beside the right table, and above its columns."""
    rows, inner, cols = (list(w) if w is not None else [] for w in words)
    for i, word in enumerate(rows):
        ax.text(-0.3, edge + i + 0.5, word, ha="right", va="center", fontsize=size)
    for i, word in enumerate(inner):
        ax.text(edge - 0.3, i + 0.5, word, ha="right", va="center", fontsize=size)
    for i in range(len(inner) if size < 8 else 0):
        ax.text(i + 0.5, edge - 0.3, str(i), ha="center", va="bottom", fontsize=5.5)
    for i, word in enumerate(cols):
        ax.text(edge + i + 0.5, -0.2, word, ha="center", va="bottom", fontsize=size)


def _told(left, right, at):
    product = left @ right
    sizes = [f"{len(table)} × {table.shape[1]}" for table in (left, right, product)]
    said = f"{sizes[0]} times {sizes[1]} is {sizes[2]}."
    if at is None:
        return said
    if at[1] is None:
        row = left[at[0]]
        shares = [f"{_short(row[i])} of row {i}" for i in np.flatnonzero(row)]
        return f"{said} Framed, row {at[0]}: {' and '.join(shares)}."
    pairs = zip(left[at[0]], right[:, at[1]], strict=True)
    sums = " + ".join(f"{_short(a)} · {_short(b)}" for a, b in pairs)
    return f"{said} Framed, row {at[0]} and column {at[1]}: {sums} = {_short(product[at])}."


# Pieces that merge ----------------------------------------------------------------------


def merging(states, title):
    """Words in pieces, a line for each state; a piece is the darker the longer it is.

    A piece of one letter is grey, a whole word dark. A piece that the line above did not
    have is framed.

    Parameters
    ----------
    states : dict of str to list of list of str
        What each line is called, and its words, each a list of pieces.
    title : str
        The finding, as a sentence.
    """
    figure, (ax,) = new_figure(6, 0.5 + 0.34 * len(states))
    before, widest = None, 0.0
    for height, (name, words) in enumerate(states.items()):
        ax.text(-0.6, -height, name, ha="right", va="center", fontsize=8, color="#555")
        fresh = set(itertools.chain(*words)) - (before if before is not None else set())
        x = 0.0
        for word in words:
            x = _pieces(ax, x, -height, word, fresh if before is not None else ()) + 0.9
        before, widest = set(itertools.chain(*words)), max(widest, x)
    ax.set(xlim=(-0.2, widest - 0.7), ylim=(-len(states) + 0.45, 0.5))
    ax.set_axis_off()
    ax.set_title(title, fontsize=10)
    lines = "; ".join(f"{n}: {_spelled(words)}" for n, words in states.items())
    return Picture(figure, f"{title} {lines}.")


def _pieces(ax, x, y, word, fresh):
    """One word's pieces side by side; where the next word may begin."""
    for piece in word:
        shade = SHADES[5] if len(word) == 1 else SHADES[min(len(piece), 5) - 1]
        edge, line = ("black", 1.4) if piece in fresh else ("#999", 0.6)
        box = {"boxstyle": "round,pad=0,rounding_size=0.15", "linewidth": line}
        box |= {"facecolor": shade, "edgecolor": edge, "mutation_aspect": 0.6}
        width = len(piece) - 0.12
        ax.add_patch(FancyBboxPatch((x, y - 0.36), width, 0.72, **box))
        style = {"ha": "center", "va": "center", "fontsize": 8, "family": "monospace"}
        colour = "white" if shade == SHADES[5] else "black"
        ax.text(x + width / 2, y, piece, color=colour, **style)
        x += len(piece)
    return x


def _spelled(words):
    return "  ".join("|".join(word) for word in words)


# Arrows ---------------------------------------------------------------------------------


def directions(row, others, title):
    """One row as a black arrow from (0, 0), and others, each with its cosine.

    An arrow that points along with the black one is blue, one across grey, one against
    orange.

    Parameters
    ----------
    row : (x, y)
    others : sequence of (x, y)
    title : str
        The finding, as a sentence.
    """
    figure, (ax,) = new_figure(5.4, 3.6)
    row, *others = (np.asarray(each, dtype=float) for each in (row, *others))
    cosines = [float(row @ o / np.sqrt(row @ row * (o @ o))) for o in others]
    looks = {1: KEPT, 0: "#777777", -1: LOST}
    named = [(row, "black", _pair(row))]
    for other, cos in zip(others, cosines, strict=True):
        colour = looks[round(float(np.sign(np.round(cos, 9))))]
        named.append((other, colour, f"{_pair(other)}, cos {_minus(number(cos, 2))}"))
    for tip, colour, name in named:
        _arrow(ax, tip, colour, name)
    reach = max(float(np.abs(tip).max()) for tip, *_ in named) + 1.6
    ax.set(xlim=(-reach - 3, reach + 3), ylim=(-reach, reach), aspect="equal")
    ax.grid(color="#eee")
    ax.set_axisbelow(True)
    ax.set_xlabel("first number", fontsize=9)
    ax.set_ylabel("second number", fontsize=9)
    ax.tick_params(labelsize=8)
    ax.set_title(title, fontsize=10)
    return Picture(
        figure, f"{title} Arrows from (0, 0) to {'; '.join(n for *_, n in named)}."
    )


def _pair(row):
    return f"({', '.join(_minus(number(x, 1)).removesuffix('.0') for x in row)})"


def _minus(written):
    return written.replace("-", "−")


def _arrow(ax, tip, colour, name):
    style = {"arrowstyle": "-|>", "mutation_scale": 14, "linewidth": 2, "shrinkA": 0}
    ax.add_patch(FancyArrowPatch((0, 0), tip, color=colour, shrinkB=0, **style))
    beyond = tip * (1 + 0.45 / np.sqrt(tip @ tip))
    sides = {"ha": "left" if tip[0] > 0 else "right", "va": "center", "fontsize": 8}
    ax.text(*beyond, name, color=colour, **sides)


# Near and far ---------------------------------------------------------------------------


def kept_or_lost(groups, title, x_label, named=None):
    """A line for each group: dots above it for what is kept, crosses below for the lost.

    Parameters
    ----------
    groups : dict of str to (distances, kept)
        Numbers, and for each a bool.
    title : str
        The finding, as a sentence.
    x_label : str
    named : dict of str to dict of str to number, optional
        For a group the names of some of its marks, and where they are.
    """
    figure, (ax,) = new_figure(6, 0.9 + 0.42 * len(groups))
    kinds = {True: ("o", KEPT, "the quote stands"), False: ("x", LOST, "the quote is lost")}
    for height, (distances, kept) in enumerate(groups.values()):
        ax.axhline(-height, color="#ddd", linewidth=0.8, zorder=0)
        for state, (mark, colour, name) in kinds.items():
            there = np.asarray(distances)[np.asarray(kept) == state]
            aside = [0.17 * (1 if state else -1) - height] * len(there)
            label = name if height == 0 else None
            ax.scatter(there, aside, 26, colour, marker=mark, label=label)
    for group, names in (named or {}).items():
        _beside_marks(ax, -list(groups).index(group), *groups[group], names)
    ax.set_yticks(-np.arange(len(groups)), list(groups), fontsize=8)
    ax.set_ylim(-len(groups) + 0.4, 0.6)
    ax.set_xlabel(x_label, fontsize=9)
    ax.tick_params(labelsize=8)
    figure.legend(
        *ax.get_legend_handles_labels(),
        loc="outside lower center",
        ncols=2,
        fontsize=8,
        frameon=False,
    )
    ax.set_title(title, fontsize=10)
    said = [f"{n}: kept at {sum(map(bool, k))} of {len(k)}" for n, (_, k) in groups.items()]
    return Picture(figure, f"{title} {'; '.join(said)}.")


def _beside_marks(ax, height, distances, kept, names):
    """Names of some marks: above those that are kept, below the lost."""
    for name, at in names.items():
        state = kept[list(distances).index(at)]
        up, colour = (1, KEPT) if state else (-1, LOST)
        look = {"fontsize": 7.5, "ha": "center", "va": "center", "color": colour}
        place = {"xytext": (0, 8 * up), "textcoords": "offset points"}
        ax.annotate(name, (at, height + 0.17 * up), **place, **look)
