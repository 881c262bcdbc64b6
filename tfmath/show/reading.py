"""Drawings of reading in turn: states in a row, a decoder that looks back, many runs."""

import numpy as np
from matplotlib.patches import FancyArrowPatch, Rectangle

from tfmath.errors import ShapeError
from tfmath.show.figures import Picture, _axes, curves, heat_maps, new_figure

# One colour a part: what is read, the states of the reader, those of the writer, weights.
WORD, STATE, WRITER, SHARE = "#555555", "#1f4e9c", "#d9730d", "#777777"
PALE = {STATE: "#dce6f5", WRITER: "#fbe6d3"}

# One look for each that reads, in every figure: colour, line, mark.
LOOKS = {
    "attention": ("#3a8f3a", "-", "o"),
    "Transformer": ("#3a8f3a", "-", "o"),
    "simple": ("#1f4e9c", "--", "s"),
    "fixed": ("#8c6d1f", (0, (4, 2)), "X"),
    "GRU": ("#7a4fa3", "-.", "^"),
    "LSTM": ("#d9730d", ":", "D"),
    "LSTM, forget bias 4": ("#b03060", (0, (5, 1, 1, 1)), "v"),
    "convolution": ("#222222", (0, (1, 1)), "P"),
    "at the letter": ("#008080", "-", "o"),
    "beside it": ("#222222", "--", "s"),
}


def read_in_turn(words, title, numbers=None):
    """States in a row, each made of the one before and of a word.

    Parameters
    ----------
    words : sequence of str
    title : str
        The finding, as a sentence.
    numbers : sequence of numbers, optional
        What stands in each state; by default its name, h₁, h₂, …
    """
    words = list(words)
    said = [f"{x:.3g}" for x in numbers] if numbers is not None else _names("h", len(words))
    figure, ax = _sheet((-1.1, len(words) - 0.4), (-1.0, 0.6), 1.6)
    _arrow(ax, (-0.9, 0), (-0.32, 0), STATE)
    for place, (word, text) in enumerate(zip(words, said, strict=True)):
        _state(ax, place, 0, text, STATE)
        ax.text(place, -0.85, word, ha="center", va="center", fontsize=9, color=WORD)
        _arrow(ax, (place, -0.68), (place, -0.3), WORD)
        if place:
            _arrow(ax, (place - 0.68, 0), (place - 0.32, 0), STATE)
    ax.set_title(title, fontsize=10)
    listed = "; ".join(f"{word}: {text}" for word, text in zip(words, said, strict=True))
    return Picture(figure, f"{title} Word and state in turn: {listed}.")


def looking_back(read, written, weights, title):
    """A reader below, a writer above; lines say how much each word takes from each state.

    Parameters
    ----------
    read, written : sequence of str
    weights : (n_written, n_read) of numbers from 0 to 1
        How thick the lines are; below 0.05 none is drawn.
    title : str
        The finding, as a sentence.

    Raises
    ------
    ShapeError
        If there is not one row of weights a written word, one column a read one.
    """
    weights = np.asarray(getattr(weights, "value", weights))
    read, written = list(read), list(written)
    if weights.shape != (len(written), len(read)):
        raise ShapeError(
            f"looking_back: weights {weights.shape} must be (n_written, n_read) = "
            f"({len(written)}, {len(read)})."
        )
    width = max(len(read), len(written)) - 1
    across = [np.linspace(0, width, len(words)) for words in (read, written)]
    figure, ax = _sheet((-0.7, width + 0.7), (-0.95, 3.05), 2.9)
    for (i, j), weight in np.ndenumerate(weights):
        if weight >= 0.05:
            ends, thick = [across[0][j], across[1][i]], 7 * weight
            ax.plot(ends, [0.3, 1.8], color=SHARE, linewidth=thick, zorder=0)
    _chain(ax, across[0], read, 0, -0.65, STATE)
    _chain(ax, across[1], written, 2.1, 2.75, WRITER)
    ax.set_title(title, fontsize=10)
    most = [read[j] for j in weights.argmax(axis=1)]
    listed = "; ".join(f"{w} from {r}" for w, r in zip(written, most, strict=True))
    return Picture(figure, f"{title} Each word takes most: {listed}.")


def where_it_looks(maps, title, names, rows, cols, framed=()):
    """Weights of several models side by side: what is written, and what is looked at.

    Parameters
    ----------
    maps : sequence of (n_written, n_read)
    title : str
        The finding, as a sentence.
    names : sequence of str
        The titles of the single maps.
    rows, cols : sequence of str
        What is written, and what is looked at.
    framed : sequence of (int, int), optional
        Row and column of the cells with a frame, in every map.
    """
    picture = heat_maps(maps, title, names, rows, cols)
    axes = picture.figure.axes
    axes[0].set_ylabel("to be written", fontsize=9)
    for ax in axes:
        ax.xaxis.set_label_position("top")
        ax.set_xlabel("looked at", fontsize=9)
        for row, col in framed:
            style = {"fill": False, "edgecolor": WRITER, "linewidth": 1.6}
            ax.add_patch(Rectangle((col - 0.47, row - 0.47), 0.94, 0.94, **style))
    return picture


def line_each(columns, x, y, each, kind, bold, title, y_label, chance):
    """A line for each model over a few trials; two kinds of models in two looks.

    Parameters
    ----------
    columns : dict of str to list
    x, y, each, kind : str
        The columns of the trials, of the heights, of the models and of what kind they are.
    bold : sequence
        The models whose line is thick and has its name at its end.
    title : str
        The finding, as a sentence.
    y_label : str
    chance : number
        Where a dotted line says "by chance".
    """
    rows = list(zip(*(columns[name] for name in (x, y, each, kind)), strict=True))
    trials, said = list(dict.fromkeys(row[0] for row in rows)), []
    figure, (ax,) = new_figure(6, 3.4)
    for model, what in dict.fromkeys((row[2], row[3]) for row in rows):
        line = [height for _, height, one, _ in rows if one == model]
        colour, dashes, mark = LOOKS[what]
        style = {"color": colour, "linestyle": dashes, "marker": mark, "label": what}
        ax.plot(trials, line, **style, **(_THICK if model in bold else _THIN))
        if model in bold:
            at = {"va": "center", "fontsize": 9, "color": colour}
            ax.text(len(trials) - 0.93, line[-1], f"{each} {model}", **at)
            said.append(f"{each} {model}: " + ", ".join(f"{h:.3g}" for h in line))
    _finish_lines(ax, len(trials), chance, x, y_label)
    ax.set_title(title, fontsize=10)
    return Picture(figure, f"{title} {y_label}; {', '.join(trials)}; {'; '.join(said)}.")


_THICK = {"linewidth": 3, "markersize": 8, "zorder": 4}
_THIN = {"linewidth": 0.8, "markersize": 3, "zorder": 3}


def _finish_lines(ax, n, chance, x_label, y_label):
    """The line of chance, the frame, and one name for all lines that look alike."""
    ax.axhline(chance, color=SHARE, linestyle=":", linewidth=1)
    ax.text(-0.35, chance + 0.02, "by chance", fontsize=8, color=SHARE)
    ax.set(xlim=(-0.4, n - 0.5), ylim=(0, 1.05))
    _axes(ax, x_label, y_label)
    kinds = {line.get_label(): line for line in ax.get_lines()[:-1]}
    look = {"fontsize": 8, "frameon": False, "loc": (0.02, 0.2)}
    ax.legend(kinds.values(), kinds, **look)


def over_seeds(columns, x, y, each, title, x_label, y_label, log=(), band=True):
    """Curves through the middle of several seeds, in a band from the lowest to the highest.

    Parameters
    ----------
    columns : dict of str to list
        As `tfmath.study.measured.measured` gives them.
    x, y, each : str
        The columns to the right, upwards, and of what has a curve each.
    title : str
        The finding, as a sentence.
    x_label, y_label : str
    log : "x", "y" or both, optional
        Which axes are logarithmic; an upward one that is not begins at 0.
    band : bool
        Whether the band is drawn.
    """
    lines, said = {}, []
    rows = list(zip(columns[each], columns[x], columns[y], strict=True))
    for name in dict.fromkeys(columns[each]):
        at = sorted({place for what, place, _ in rows if what == name})
        runs = [[h for what, p, h in rows if (what, p) == (name, place)] for place in at]
        lines[name] = np.median(runs, axis=1)
        said.append((at, runs))
    picture = curves(said[0][0], lines, title, x_label, y_label, log, marks=True)
    (ax,) = picture.figure.axes
    for (at, runs), line, name in zip(said, ax.get_lines(), lines, strict=True):
        colour, dashes, mark = LOOKS[name]
        line.set(color=colour, linestyle=dashes, marker=mark)
        if band:
            pale = {"color": colour, "alpha": 0.15, "linewidth": 0}
            ax.fill_between(at, np.min(runs, axis=1), np.max(runs, axis=1), **pale)
    if "y" not in log:
        ax.set_ylim(bottom=0)
    ax.legend(fontsize=8, frameon=False)
    return picture


def _chain(ax, places, words, height, said, colour):
    """States in a row, with arrows from one to the next, and their words."""
    for place, word in zip(places, words, strict=True):
        _state(ax, place, height, "", colour)
        ax.text(place, said, word, ha="center", va="center", fontsize=9, color=WORD)
    for a, b in zip(places, places[1:], strict=False):
        _arrow(ax, (a + 0.32, height), (b - 0.32, height), colour)


def _names(letter, n):
    return [f"${letter}_{{{i + 1}}}$" for i in range(n)]


def _sheet(across, up, height):
    figure, (ax,) = new_figure(6, height)
    ax.set(xlim=across, ylim=up)
    ax.set_axis_off()
    return figure, ax


def _state(ax, x, y, text, colour, width=0.6):
    style = {"edgecolor": colour, "facecolor": PALE[colour], "linewidth": 1.2}
    ax.add_patch(Rectangle((x - width / 2, y - 0.28), width, 0.56, zorder=2, **style))
    ax.text(x, y, text, ha="center", va="center", fontsize=9, zorder=3)


def _arrow(ax, start, end, colour):
    style = {"arrowstyle": "-|>", "mutation_scale": 9, "shrinkA": 0, "shrinkB": 0}
    ax.add_patch(FancyArrowPatch(start, end, color=colour, linewidth=1.4, **style))
