"""Pictures of witnesses: what they take from us, what they hear, how far numbers drift."""

import numpy as np
from matplotlib.patches import Rectangle

from tfmath.show.figures import Picture, new_figure

OURS, AGAIN, OTHERS = "ours", "ours, written twice", "others'"
HEARS, DEAF = "hears", ""
LOOKS = {
    OURS: ("#d9730d", "white"),
    AGAIN: ("#dfe7f3", "#1a1a1a"),
    OTHERS: ("#1f4e9c", "white"),
    HEARS: ("#1f4e9c", "white"),
    DEAF: ("#f4f4f2", "#1a1a1a"),
}
"""A colour and a colour of text for what can stand in a cell of `cells`."""
MARKS = (("#1f4e9c", "o"), ("#3a8f3a", "^"), ("#7a4fa3", "D"), ("#b03060", "s"))
FAINT = ("#777777", "v")


def cells(columns, rows, title):
    """A word in each cell, and a colour for each word.

    Parameters
    ----------
    columns : dict of str to sequence of str
        For each column its words, from the top; those of `LOOKS`.
    rows : sequence of str
    title : str
        The finding, as a sentence.
    """
    figure, (ax,) = new_figure(6, 0.9 + 0.27 * len(rows))
    ax.set_axis_off()
    for x, (name, words) in enumerate(columns.items()):
        ax.text(x, -0.75, name, ha="center", va="bottom", fontsize=7.5)
        for y, word in enumerate(words):
            fill, ink = LOOKS[word]
            ax.add_patch(Rectangle((x - 0.48, y - 0.46), 0.96, 0.92, facecolor=fill, lw=0))
            ax.text(x, y, word, ha="center", va="center", fontsize=6.5, color=ink)
    for y, row in enumerate(rows):
        ax.text(-0.6, y, row, ha="right", va="center", fontsize=8)
    ax.set(xlim=(-0.5, len(columns) - 0.5), ylim=(len(rows) - 0.5, -0.7))
    figure.suptitle(title, fontsize=10)
    said = "; ".join(
        f"{name}: " + ", ".join(f"{r} {w or '—'}" for r, w in zip(rows, words, strict=True))
        for name, words in columns.items()
    )
    return Picture(figure, f"{title} {said}.".replace("\n", " "))


def softest(columns, listeners, title):
    """The softest lie that each listener hears, on an axis that multiplies.

    Parameters
    ----------
    columns : dict of str to list
        As ``measured("lies")`` gives them.
    listeners : dict of str to str
        Who is shown, by the names in `columns`, and what they are called.
    title : str
        The finding, as a sentence.
    """
    rows = zip(*(columns[key] for key in ("lie", "listener", "smallest")), strict=True)
    found = {(lie, who): size for lie, who, size in rows}
    lies = list(dict.fromkeys(columns["lie"]))
    figure, (ax,) = new_figure(6, 1.1 + 0.26 * len(lies))
    looks = (*MARKS[: len(listeners) - 1], FAINT)
    for at, (who, (colour, mark)) in enumerate(zip(listeners, looks, strict=True)):
        height = np.arange(len(lies)) + 0.2 * (at - (len(looks) - 1) / 2)
        sizes = np.array([found[lie, who] or np.nan for lie in lies])
        ax.plot(sizes, height, mark, color=colour, markersize=4.5, label=listeners[who])
    _size_axis(ax, lies)
    for y, lie in enumerate(lies):
        if not any(found[lie, who] for who in listeners):
            ax.text(1e-8, y, "nobody, at any size", ha="center", va="center", fontsize=8)
    figure.legend(loc="outside lower center", ncols=4, fontsize=7.5, frameon=False)
    figure.suptitle(title, fontsize=10)
    heard = {key: f"{size:.0e}" if size else "never" for key, size in found.items()}
    said = "; ".join(
        f"{lie}: "
        + ", ".join(f"{name} {heard[lie, who]}" for who, name in listeners.items())
        for lie in lies
    )
    return Picture(figure, f"{title} {said}.")


def _size_axis(ax, lies):
    ax.set_xscale("log")
    ax.set(xlim=(1e-16, 10), ylim=(len(lies) - 0.4, -0.6))
    ax.set_yticks(range(len(lies)), lies, fontsize=8)
    ax.set_xlabel("size of the lie", fontsize=9)
    ax.tick_params(axis="x", labelsize=8)
    ax.tick_params(axis="y", length=0)
    ax.hlines(np.arange(len(lies) - 1) + 0.5, 1e-16, 10, color="#ddd", linewidth=0.6)


def along(steps, lines, title):
    """Errors of the steps of one run, in their order, on an axis that multiplies.

    Parameters
    ----------
    steps : dict of str to int
        Where in the run a part begins: its name, and the number of its first step.
    lines : dict of str to (n,) of numbers
        An error, or a bound, of each step.
    title : str
        The finding, as a sentence.
    """
    figure, (ax,) = new_figure(6, 3.4)
    looks = (
        {"ls": "-", "lw": 1.2},
        {"ls": "", "marker": "o", "ms": 3},
        {"ls": "", "marker": "x", "ms": 3.5},
    )
    colours = ("#777777", "#1f4e9c", "#d9730d")
    for (name, y), look, colour in zip(lines.items(), looks, colours, strict=False):
        y = np.where(np.asarray(y) > 0, y, np.nan)
        ax.plot(np.arange(1, len(y) + 1), y, color=colour, label=name, **look)
    ax.set_yscale("log")
    ax.set_xlabel("step of the run, from the first to the last", fontsize=9)
    ax.set_ylabel("as a share of its largest number", fontsize=9)
    ax.tick_params(labelsize=8)
    top = ax.get_ylim()[1]
    for name, first in steps.items():
        ax.axvline(first + 0.5, color="#ccc", linewidth=0.8, zorder=0)
        ax.text(first + 1, top, name, fontsize=8, color="#555", va="bottom")
    figure.legend(loc="outside lower center", ncols=3, fontsize=8, frameon=False)
    figure.suptitle(title, fontsize=10)
    said = "; ".join(f"{name} at most {np.nanmax(y):.1e}" for name, y in lines.items())
    return Picture(figure, f"{title} {said}.")
