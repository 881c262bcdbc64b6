"""Who looks at whom, drawn as lines from word to word: a weight is a thickness."""

import itertools

import numpy as np
from matplotlib.patches import Rectangle

from tfmath.arguments import whole
from tfmath.errors import ShapeError
from tfmath.parts.masks import check_mask
from tfmath.show.figures import Picture, _values, _words, new_figure
from tfmath.show.lookups import SHARE

WIDEST = 9
"""How thick the whole attention of a word is, a weight of 1, in points."""
LEAK, HEARD = "#b03060", "#b8b8b8"
"""The colours of what leads or is noticed where it must not, and of all other lines."""
NOTICED = "#6d9bd9"
"""The colour of a word that is noticed and may be, as in the tables."""


def glances(weights, title, names=("",), words=None, colours=None):
    """A line from each word, on the left, to each that it looks at, on the right.

    Parameters
    ----------
    weights : sequence of Traced or array (n, n)
        A panel for each, such as one for each head.
    title : str
        The finding, as a sentence.
    names : sequence of str
        What each panel is called.
    words : sequence of str, optional
        By default those of a traced array.
    colours : sequence of str, optional
        One for each panel, such as `show.heads.HEADS`; by default that of shares.
    """
    colours = [SHARE] * len(weights) if colours is None else colours
    figure, axes = new_figure(6 if len(weights) > 1 else 4, 3.1, 1, len(weights))
    said = []
    for ax, of_panel, name, colour in zip(axes, weights, names, colours, strict=True):
        rows, _ = _words(of_panel, words, words)
        _panel(ax, _values(of_panel), rows, colour)
        ax.set_title(name, fontsize=9, pad=16)
        said.append(_said(_values(of_panel), rows, name))
    figure.suptitle(title, fontsize=10)
    return Picture(figure, f"{title} {' '.join(said)}")


def _panel(ax, weights, words, colour):
    n = len(words)
    for i, j in np.ndindex(weights.shape):
        look = {"color": colour, "solid_capstyle": "butt", "alpha": 0.8}
        ax.plot((0, 1), (i, j), linewidth=WIDEST * float(weights[i, j]), **look)
    for place, word in enumerate(words):
        ax.text(-0.05, place, word, ha="right", va="center", fontsize=9)
        ax.text(1.05, place, word, ha="left", va="center", fontsize=9)
    for x, name, side in ((-0.05, "looks", "right"), (1.05, "is looked at", "left")):
        ax.text(x, -0.8, name, ha=side, va="bottom", fontsize=8, color="#555")
    ax.set(xlim=(-0.6, 1.6), ylim=(n - 0.5, -0.9))
    ax.set_axis_off()


def _said(weights, words, name):
    best = weights.argmax(axis=1)
    told = [
        f"{w} at {words[j]} ({weights[i, j]:.2f})"
        for i, (w, j) in enumerate(zip(words, best, strict=True))
    ]
    return f"{name} Each word, and whom it looks at most: {', '.join(told)}.".strip()


def ways_back(masks, n_layers, title, words):
    """Layers of looks, one above another; the ways from a later word back are drawn strong.

    From each word a line goes up to each that may look at it, and to itself, since what is
    added to a row keeps the row.

    Parameters
    ----------
    masks : dict of str to (n, n) of bool
        What each panel is called, and who may look at whom in each of its layers.
    n_layers : int
    title : str
        The finding, as a sentence.
    words : sequence of str
        The n words, from left to right.

    Examples
    --------
    >>> ways_back({"causal": np.tri(3, dtype=bool)}, 2, "No way leads back.", "abc")
    [figure] No way leads back. causal: no way back.
    >>> ways_back({"open": np.ones((2, 2), dtype=bool)}, 1, "One does.", "ab")
    [figure] One does. open: ways back (0, 1).
    """
    n_layers, words = whole("ways_back", "n_layers", n_layers, least=1), list(words)
    figure, axes = new_figure(6, 1.2 + 0.9 * n_layers, 1, len(masks))
    told = []
    for ax, (name, mask) in zip(axes, masks.items(), strict=True):
        up = check_mask(mask, 2 * [len(words)], "ways_back") | np.eye(
            len(words), dtype=bool
        )
        _layers(ax, up, n_layers, words)
        heard = np.linalg.matrix_power(up.astype(float), n_layers) > 0
        back = [f"({i}, {j})" for i, j in np.argwhere(np.triu(heard, 1))]
        told.append(
            f"{name}: {'ways' if back else 'no way'} back {', '.join(back)}".strip()
        )
        many = f"{name}: {len(back)} ways back"
        ax.set_title(told[-1] if len(back) < 5 else many, fontsize=9)
    for level in range(n_layers):
        axes[0].text(-0.5, level + 0.5, f"layer {level + 1}", ha="right", fontsize=8)
    figure.suptitle(title, fontsize=10)
    return Picture(figure, f"{title} {'; '.join(told)}.")


def _layers(ax, up, n_layers, words):
    latest, earliest = _ends(up, n_layers)
    for level, i, j in np.ndindex(n_layers, *up.shape):
        if up[i, j]:
            strong = latest[level][j] > earliest[level + 1][i]
            look = {"color": LEAK if strong else HEARD, "linewidth": 2.5 if strong else 1}
            ax.plot((j, i), (level, level + 1), zorder=1 + strong, **look)
    places = np.indices((len(words), n_layers + 1)).reshape(2, -1)
    ax.scatter(*places, 14, "#333333", zorder=3)
    for place, word in enumerate(words):
        ax.text(place, n_layers + 0.15, str(place), ha="center", va="bottom", fontsize=8)
        ax.text(place, -0.15, f"{place}\n{word}", ha="center", va="top", fontsize=8)
    ax.set(xlim=(-0.6, len(words) - 0.4), ylim=(-0.55, n_layers + 0.4))
    ax.set_axis_off()


def _ends(up, n_layers):
    """Level by level: the latest word that a place hears, the earliest row it gets to."""
    latest = [np.arange(len(up))]
    earliest = [np.arange(len(up))]
    for _ in range(n_layers):
        latest.append(np.where(up, latest[-1], -1).max(axis=1))
        earliest.insert(0, np.where(up.T, earliest[0], len(up)).min(axis=1))
    return latest, earliest


def leak_squares(masks, tables, title):
    """Who notices whom, a square for each model: what is hidden, and yet noticed, is red.

    Parameters
    ----------
    masks : dict of str to (n, n) of bool
        Who may look at whom, for each line of squares.
    tables : dict of str to dict of str to (n, n) of bool
        For each line its models, by name, and who notices whom in them: the same models
        in every line.
    title : str
        The finding, as a sentence.

    Raises
    ------
    ShapeError
        If a line has other models, or a mask does not fit.
    DtypeError
        If a mask is not of bool.

    Examples
    --------
    >>> shut, wide = np.eye(2) > 0, np.ones((2, 2)) > 0
    >>> leak_squares({"one": shut}, {"one": {"good": shut, "bad": wide}}, "Red.")
    [figure] Red. Noticed, though hidden: one, good 0; one, bad 2.
    """
    names, told = list(next(iter(tables.values()))), []
    for line, models in tables.items():
        if set(models) != set(names):
            raise ShapeError(f"leak_squares: {line} has {[*models]}, not {names}.")
    n_cols, panels = len(names), itertools.product(tables, names)
    figure, axes = new_figure(6, 0.5 + 1.5 * len(tables), len(tables), n_cols)
    for at, (ax, (line, name)) in enumerate(zip(axes, panels, strict=True)):
        noticed = np.asarray(tables[line][name], dtype=bool)
        wrong = noticed & ~check_mask(masks[line], 2 * [len(noticed)], "leak_squares")
        _square(ax, noticed, wrong)
        if at < n_cols:
            ax.set_title(name, fontsize=9)
        if at % n_cols == 0:
            ax.set_ylabel(line, fontsize=9)
        told.append(f"{line}, {name} {wrong.sum()}")
    figure.suptitle(title, fontsize=10)
    return Picture(figure, f"{title} Noticed, though hidden: {'; '.join(told)}.")


def _square(ax, noticed, wrong):
    n = len(noticed)
    for i, j in np.ndindex(noticed.shape):
        colour = LEAK if wrong[i, j] else NOTICED if noticed[i, j] else "white"
        ax.add_patch(Rectangle((j, i), 1, 1, facecolor=colour, edgecolor="#cccccc"))
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0, labelsize=7, labeltop=True, labelbottom=False)
    ax.set_xticks(np.arange(n) + 0.5, range(n))
    ax.set_yticks(np.arange(n) + 0.5, range(n))
    ax.set(xlim=(0, n), ylim=(n, 0), aspect="equal")


def until_heard(layers, title):
    """After how many layers a word has heard of another: the later, the darker.

    Parameters
    ----------
    layers : dict of str to (n, n) of int
        Row = who hears, column = of whom; 0, left white, is oneself, or never.
    title : str
        The finding, as a sentence.
    """
    figure, axes = new_figure(6, 1.8, 1, len(layers))
    last = max(np.max(count) for count in layers.values())
    for ax, (name, count) in zip(axes, layers.items(), strict=True):
        ax.imshow(count, cmap="Blues", vmin=0, vmax=last)
        ax.set(xticks=[], yticks=[])
        ax.set_title(name, fontsize=7)
        unit = "layer" if np.max(count) == 1 else "layers"
        ax.set_xlabel(f"{np.max(count)} {unit}", fontsize=8)
    axes[0].set_ylabel("who hears", fontsize=8)
    figure.suptitle(title, fontsize=10)
    listed = ", ".join(f"{name} {np.max(count)}" for name, count in layers.items())
    return Picture(figure, f"{title} Layers until all is heard: {listed}.")
