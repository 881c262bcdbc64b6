"""Who looks at whom, drawn as lines from word to word: a weight is a thickness."""

import numpy as np

from tfmath.show.figures import Picture, _values, _words, new_figure
from tfmath.show.lookups import SHARE

WIDEST = 9
"""How thick the whole attention of a word is, a weight of 1, in points."""


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
