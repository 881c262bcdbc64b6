"""Heads drawn, a colour for each: a wide table cut, heads times W_O, whom and what."""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from tfmath import arguments
from tfmath.arguments import whole
from tfmath.errors import ShapeError
from tfmath.show.figures import _SIGNED, Picture, _values, new_figure
from tfmath.show.numbers import number
from tfmath.show.words import _beside, _block, _page, _size

HEADS = ("#3a8f3a", "#7a4fa3", "#b8860b", "#008b8b")
"""The colour of each head."""

WORD = "#555555"
"""The colour of what is of no single head."""

PALE = ("#cfe8cf", "#ddcdec", "#f2e2b8", "#c2e5e5")
"""The same, where something is written on it."""


# Whose columns are these? ---------------------------------------------------------------


def two_cuts(words, n_heads, d, title):
    """A wide table cut by reshape alone, and cut right: a cell's colour is its head's.

    Parameters
    ----------
    words : sequence of str
        One for each row of the wide table.
    n_heads, d : int
        The table has ``n_heads * d`` columns.
    title : str
    """
    n_heads = whole("two_cuts", "n_heads", n_heads, least=1, most=len(HEADS))
    d, n = whole("two_cuts", "d", d, least=1), len(words)
    wide = np.arange(n * n_heads * d).reshape(n, n_heads * d)
    wrong = wide.reshape(n_heads, n, d)
    right = wide.reshape(n, n_heads, d).swapaxes(0, 1)
    figure, ax = _sheet(n_heads * d + 2 * d + 13, n_heads * (n + 1.4) + 0.4)
    names = (f"reshape({n_heads}, {n}, {d})", f"reshape({n}, {n_heads}, {d}), swapaxes")
    said = [_heads(ax, wrong, words, n_heads * d + 3.2, names[0])]
    said += [_heads(ax, right, words, n_heads * d + d + 9.2, names[1])]
    _cells(ax, wide, words, 0, 1.2, d)
    ax.text(n_heads * d / 2, 0.9, "the wide table", ha="center", va="bottom", fontsize=8)
    ax.set_title(title, fontsize=10, pad=10)
    return Picture(figure, f"{title} {' '.join(said)}")


def _sheet(width, height):
    figure = Figure(figsize=(6, 6 * height / (width + 3)), layout="constrained")
    ax = figure.subplots()
    ax.set(xlim=(-3, width), ylim=(height, -0.4), aspect="equal")
    ax.set_axis_off()
    return figure, ax


def _heads(ax, parts, words, x, name):
    """The heads that came out, one below the other."""
    n, d = parts.shape[1:]
    told = []
    ax.text(x + d / 2, 0, name, ha="center", va="bottom", fontsize=7, family="monospace")
    for i, part in enumerate(parts):
        y = 1.2 + i * (n + 1.4)
        ax.text(x + d / 2, y - 0.25, f"head {i + 1}", ha="center", va="bottom", fontsize=8)
        of = [words[row[0] // (len(parts) * d)] for row in part]
        _cells(ax, part, of, x, y, d, len(parts))
        told.append(f"head {i + 1}: rows of {', '.join(of)}")
    return f"{name}, {'; '.join(told)}."


def _cells(ax, places, words, x, y, d, n_heads=None):
    """Each cell with its column in the wide table, in the colour of the head it is for."""
    width = places.shape[1] if n_heads is None else n_heads * d
    for i, word in enumerate(words):
        ax.text(x - 0.25, y + i + 0.5, word, ha="right", va="center", fontsize=7)
    for (i, j), place in np.ndenumerate(places):
        column = int(place) % width
        look = {"facecolor": PALE[column // d], "edgecolor": "white", "linewidth": 0.8}
        ax.add_patch(Rectangle((x + j, y + i), 1, 1, **look))
        style = {"ha": "center", "va": "center", "fontsize": 7}
        ax.text(x + j + 0.5, y + i + 0.5, f"{column}", **style)


# Side by side, times W_O ----------------------------------------------------------------


def joined_times(heads, W_O, n_heads, title, rows=None):
    """Heads side by side times W_O, as an L: each head's columns meet its own rows.

    Parameters
    ----------
    heads : Traced or array (n, n_heads · d_v)
    W_O : Traced or array (n_heads · d_v, d_model)
    n_heads : int
    title : str
    rows : sequence of str, optional
        Words for the n rows.

    Raises
    ------
    ShapeError
        If the heads are not as wide as `W_O` is high, or not all equally wide.
    """
    heads, W_O = np.atleast_2d(_values(heads)), np.atleast_2d(_values(W_O))
    n_heads = whole("joined_times", "n_heads", n_heads, least=1, most=len(HEADS))
    if heads.shape[1] != len(W_O) or len(W_O) % n_heads:
        raise ShapeError(
            f"joined_times: {n_heads} heads in {heads.shape[1]} columns and W_O with "
            f"{len(W_O)} rows; each head needs as many columns as it has rows."
        )
    (n, k), d_model, edge = heads.shape, W_O.shape[1], heads.shape[1] + 0.8
    blocks = (heads, 0, edge), (W_O, edge, 0), (heads @ W_O, edge, edge)
    figure, ax = _page(edge + d_model, edge + n, True)
    size = max(float(np.abs(table).max(initial=0)) for table, *_ in blocks) or 1.0
    for table, x, y in blocks:
        _block(ax, table, x, y, size, max(n, k, d_model) <= 8)
        _size(ax, table, x, y, on_the_right=y == 0)
    for i, colour in enumerate(HEADS[:n_heads]):
        _framed(ax, i, k // n_heads, (n, d_model), edge, colour)
    _beside(ax, (rows, None, None), edge, 8)
    ax.set_title(title, fontsize=10)
    pairs = [_pair(i, k // n_heads) for i in range(n_heads)]
    return Picture(figure, f"{title} {n} × {k} times {k} × {d_model}: {', '.join(pairs)}.")


def _framed(ax, i, d, size, edge, colour):
    """The columns of head i, and the rows of W_O that they meet."""
    look = {"fill": False, "edgecolor": colour, "linewidth": 2.2, "zorder": 3}
    ax.add_patch(Rectangle((i * d, edge), d, size[0], **look))
    ax.add_patch(Rectangle((edge, i * d), size[1], d, **look))
    style = {"s": f"head {i + 1}", "fontsize": 8, "color": colour, "fontweight": "bold"}
    ax.text((i + 0.5) * d, edge - 0.15, ha="center", va="bottom", **style)
    ax.text(edge - 0.2, (i + 0.5) * d, ha="right", va="center", **style)


def _pair(i, d):
    span = f"{i * d}–{i * d + d - 1}"
    return f"head {i + 1}, columns {span}, meets rows {span}"


# Whom, times what -----------------------------------------------------------------------


def whom_and_what(weights, handed, words, title):
    """For each head: whom a word reads, times what words hand over, is what it writes.

    Parameters
    ----------
    weights : Traced or array (h, n, n)
    handed : Traced or array (h, n, d)
        What each head writes for those who look at one word alone.
    words : sequence of str
        The n words.
    title : str

    Raises
    ------
    ShapeError
        If there are more heads than colours, four, or not one word for each row.
    """
    weights, handed = _values(weights), _values(handed)
    if len(weights) > len(HEADS) or handed.shape[:2] != (len(weights), len(words)):
        raise ShapeError(
            f"whom_and_what: weights {weights.shape}, handed {handed.shape} and "
            f"{len(words)} words; (h, n, n), (h, n, d), n, and h at most 4."
        )
    written, (n, d) = weights @ handed, handed.shape[1:]
    places, signed = (0, n + 4, n + d + 5.6), 1.6 * max(map(_largest, (handed, written)))
    figure, ax = _sheet(places[2] + d + 2.8, len(weights) * (n + 1.5) + 2.4)
    for i, tables in enumerate(zip(weights, handed, written, strict=True)):
        y = 2.6 + i * (n + 1.5)
        names = (
            f"whom head {i + 1} reads",
            "what words hand over",
            f"what head {i + 1} writes",
        )
        for x, table, name in zip(places, tables, names, strict=True):
            _shaded(ax, table, x, y, (HEADS[i], 1.3) if x == 0 else (_SIGNED, signed))
            style = {"ha": "center", "va": "top", "fontsize": 8, "color": HEADS[i]}
            ax.text(x + table.shape[1] / 2, y + n + 0.15, name, **style)
        _around(ax, words, places, y, d)
    for j, word in enumerate(words):
        ax.text(j + 0.5, 2.4, word, ha="center", va="bottom", rotation=90, fontsize=7)
    ax.set_title(title, fontsize=10, pad=2)
    told = [f"head {i + 1} writes most, {_most(t, words)}" for i, t in enumerate(written)]
    return Picture(figure, f"{title} {'; '.join(told)}.")


def _largest(table):
    return float(np.abs(table).max(initial=0)) or 1.0


def _most(table, words):
    row, column = np.unravel_index(np.abs(table).argmax(), table.shape)
    return f"{number(table[row, column], 2)}, for {words[row]}, in column {column}"


def _shaded(ax, table, x, y, tint):
    """A table whose cells are darker where a weight, or the size of a number, is larger."""
    (n, m), (tint, most) = table.shape, tint
    least = -most
    if isinstance(tint, str):
        tint, least = LinearSegmentedColormap.from_list("tint", ["#ffffff", tint]), 0
    look = {"cmap": tint, "vmin": least, "vmax": most, "aspect": "equal"}
    ax.imshow(table, extent=(x, x + m, y + n, y), interpolation="nearest", **look)
    ax.add_patch(Rectangle((x, y), m, n, fill=False, edgecolor="#888", linewidth=0.8))
    for (i, j), entry in np.ndenumerate(table):
        text = number(entry, 1).removesuffix(".0") if round(float(entry), 1) else ""
        style = {"ha": "center", "va": "center", "fontsize": 6.5}
        ax.text(x + j + 0.5, y + i + 0.5, text, **style)


def _around(ax, words, places, y, d):
    """The words beside the rows, and the signs between the tables."""
    n = len(words)
    sides = (
        (places[0] - 0.25, "right"),
        (places[1] - 0.25, "right"),
        (places[2] + d + 0.25, "left"),
    )
    for x, side in sides:
        for i, word in enumerate(words):
            ax.text(x, y + i + 0.5, word, ha=side, va="center", fontsize=7)
    for x, sign in ((n + 0.7, "×"), (places[2] - 0.8, "=")):
        ax.text(x, y + n / 2, sign, ha="center", va="center", fontsize=12)


# Weights, multiplied --------------------------------------------------------------------


def multiplied(weights, words, names, title, follow):
    """A row of weights from each head, and below them what one softmax makes of all.

    Parameters
    ----------
    weights : (h + 1, n) of numbers
        Of h heads, at most four, and last of the softmax that they share.
    words : sequence of str
        The n words that are looked at.
    names : sequence of str
        Of the h + 1 rows.
    title : str
    follow : str
        The word whose weights the eye should follow downwards.

    Raises
    ------
    ShapeError
        If there is not one name for each row, and one word for each column.
    ValueError
        If the word to follow is none of them.
    """
    weights, words, colours = np.array(_values(weights), float), list(words), (*HEADS, WORD)
    if weights.shape != (len(names), len(words)) or len(weights) > len(colours):
        raise ShapeError(
            f"multiplied: weights {weights.shape} must be (n_names, n_words) = "
            f"{len(names), len(words)}, and at most {len(colours)} rows."
        )
    arguments.words("multiplied", "follow", [follow], words)
    figure, axes = new_figure(6, 0.85 * len(weights) + 0.5, len(weights))
    for ax, row, name, colour in zip(axes, weights, names, colours, strict=False):
        ax.axvspan(*np.add(words.index(follow), (-0.5, 0.5)), color="#eeeeee", zorder=0)
        drawn = ax.bar(range(len(words)), row, 0.6, color=colour)
        ax.bar_label(drawn, map(_weight, row), fontsize=8)
        ax.set(ylim=(0, 1.3 * weights.max()), yticks=())
        ax.set_xticks(range(len(words)), words)
        ax.tick_params(length=0, labelbottom=ax is axes[-1], labelsize=9)
        ax.spines["left"].set_visible(False)
        style = {"rotation": 0, "ha": "right", "va": "center", "fontsize": 9}
        ax.set_ylabel(name, color=colour, fontweight="bold", **style)
    figure.suptitle(title, fontsize=10)
    told = [
        f"{name}: "
        + ", ".join(f"{w} {_weight(x)}" for w, x in zip(words, row, strict=True))
        for name, row in zip(names, weights, strict=True)
    ]
    return Picture(figure, f"{title} {'; '.join(told)}.")


def _weight(x):
    """Two decimals, and where they would be 0.00, the first digit."""
    if round(x, 2):
        return f"{x:.2f}"
    return np.format_float_positional(float(f"{x:.1g}"), trim="-")
