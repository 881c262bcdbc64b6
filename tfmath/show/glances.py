"""Who looks at whom, drawn as lines from word to word: a weight is a thickness."""

import numpy as np

from tfmath.show.figures import Picture, _values, _words, new_figure
from tfmath.show.lookups import QUERY, SHARE

WIDEST, THINNEST = 8, 0.4


def glances(weights, title, names=("",), asks=None, words=None):
    """A line from each word, on the left, to each that it looks at, on the right.

    Parameters
    ----------
    weights : sequence of Traced or array (n, n)
        A panel for each, such as one for each head.
    title : str
        The finding, as a sentence.
    names : sequence of str
        What each panel is called.
    asks : str, optional
        The word whose lines are drawn in the colour of queries; the others' are pale.
    words : sequence of str, optional
        By default those of a traced array.
    """
    figure, axes = new_figure(6 if len(weights) > 1 else 4, 3.1, 1, len(weights))
    said = []
    for ax, of_panel, name in zip(axes, weights, names, strict=True):
        rows, _ = _words(of_panel, words, words)
        _panel(ax, _values(of_panel), rows, asks)
        ax.set_title(name, fontsize=9, pad=16)
        said.append(_said(_values(of_panel), rows, name))
    figure.suptitle(title, fontsize=10)
    return Picture(figure, f"{title} {' '.join(said)}")


def _panel(ax, weights, words, asks):
    n = len(words)
    for i, j in np.ndindex(weights.shape):
        _line(ax, i, j, weights[i, j], _look(words[i], asks))
    for place, word in enumerate(words):
        bold = {"fontweight": "bold", "color": QUERY} if word == asks else {}
        ax.text(-0.05, place, word, ha="right", va="center", fontsize=9, **bold)
        ax.text(1.05, place, word, ha="left", va="center", fontsize=9)
    for x, name, side in ((-0.05, "looks", "right"), (1.05, "is looked at", "left")):
        ax.text(x, -0.8, name, ha=side, va="bottom", fontsize=8, color="#555")
    ax.set(xlim=(-0.6, 1.6), ylim=(n - 0.5, -0.9))
    ax.set_axis_off()


def _look(word, asks):
    if asks is None or word == asks:
        return {"color": SHARE if asks is None else QUERY, "zorder": 2}
    return {"color": "#dddddd", "zorder": 1}


def _line(ax, start, end, weight, look):
    width = max(WIDEST * float(weight), THINNEST)
    style = {"solid_capstyle": "butt", "alpha": 0.85} | look
    ax.plot((0, 1), (start, end), linewidth=width, **style)


def _said(weights, words, name):
    best = weights.argmax(axis=1)
    told = [
        f"{w} at {words[j]} ({weights[i, j]:.2f})"
        for i, (w, j) in enumerate(zip(words, best, strict=True))
    ]
    return f"{name} Each word, and whom it looks at most: {', '.join(told)}.".strip()
