"""Pictures of witnesses: what they take from us, what they hear, and how softly."""

from dataclasses import replace

import numpy as np
from matplotlib.patches import Rectangle

from tfmath.show.figures import Picture, new_figure
from tfmath.show.layout import Label
from tfmath.show.machine import Drawing
from tfmath.show.machine_record import stations
from tfmath.show.machine_signs import HERE
from tfmath.show.machine_tables import Manner
from tfmath.show.machine_whole import whole_page

OURS, AGAIN, OTHERS = "ours", "ours, written twice", "others'"
HEARS, DEAF = "hears", ""
LOOKS = {
    OURS: ("#d9730d", "white"),
    AGAIN: ("#dfe7f3", "#1a1a1a"),
    OTHERS: ("#1f4e9c", "white"),
    HEARS: ("#444444", "white"),
    DEAF: ("#f4f4f2", "#1a1a1a"),
}
"""A colour and a colour of text for what can stand in a cell of `cells`."""
MARKS = (("#1f4e9c", "o"), ("#3a8f3a", "^"), ("#7a4fa3", "D"), ("#b03060", "s"))
FAINT = ("#777777", "v")
SAYS = {HERE: "culprit", "above 0": "too large", "below 0": "too small"}
"""What `spread` writes in the place of words of `machine`."""
ROUNDOFFS = {"u of float64": 2.0**-53, "u of float32": 2.0**-24}


def cells(columns, rows, title, groups=None):
    """A word in each cell, and a colour for each word.

    Parameters
    ----------
    columns : dict of str to sequence
        For each column its words, from the top; those of `LOOKS`. Where one word gives the
        colour and another is written: pairs of both.
    rows : sequence of str
    title : str
        The finding, as a sentence.
    groups : dict of str to list of str, optional
        What some rows have in common, written beside them.
    """
    figure, (ax,) = new_figure(6, 0.9 + 0.24 * len(rows))
    ax.set_axis_off()
    pairs = {name: [_pair(word) for word in words] for name, words in columns.items()}
    for x, (name, words) in enumerate(pairs.items()):
        ax.text(x, -0.75, name, ha="center", va="bottom", fontsize=7.5)
        for y, (look, word) in enumerate(words):
            _cell(ax, x, y, word, *LOOKS[look])
    for y, row in enumerate(rows):
        ax.text(-0.6, y, row, ha="right", va="center", fontsize=8)
    left = -0.5 if groups is None else _groups(ax, groups, -1.6, -3.1)
    ax.set(xlim=(left, len(columns) - 0.5), ylim=(len(rows) - 0.5, -0.7))
    looks = {look: None for words in pairs.values() for look, word in words if look != word}
    if looks:
        _colours(figure, looks)
    figure.suptitle(title, fontsize=10)
    said = "; ".join(f"{name}: {_read(rows, words)}" for name, words in pairs.items())
    return Picture(figure, f"{title} {said}.".replace("\n", " "))


def _pair(word):
    return word if isinstance(word, tuple) else (word, word)


def _cell(ax, x, y, word, fill, ink):
    ax.add_patch(Rectangle((x - 0.48, y - 0.46), 0.96, 0.92, facecolor=fill, lw=0))
    size = 7.5 if len(word) < 9 else 6.5
    ax.text(x, y, word, ha="center", va="center", fontsize=size, color=ink)


def _colours(figure, looks):
    shown = [
        Rectangle((0, 0), 1, 1, facecolor=LOOKS[look][0], label=look) for look in looks
    ]
    where = {"loc": "outside lower center", "ncols": 3, "frameon": False}
    figure.legend(handles=shown, fontsize=7.5, **where)


def _read(rows, pairs):
    heard = (word or "—" for _, word in pairs)
    return ", ".join(f"{row} {word}" for row, word in zip(rows, heard, strict=True))


def _groups(ax, groups, right, left):
    """Beside the rows what they have in common, with a line along them."""
    first = 0
    for name, rows in groups.items():
        last = first + len(rows) - 1
        ax.plot([right, right], [first - 0.35, last + 0.35], color="#777", linewidth=1)
        at = (first + last) / 2
        ax.text(right - 0.08, at, name, ha="right", va="center", fontsize=7.5)
        first = last + 1
    return left


def told(lies, groups, title):
    """Sentences, each with its short name, under what they are about.

    Parameters
    ----------
    lies : dict of str to str
        What each lie says, by its name.
    groups : dict of str to list of str
        The names, in the order of `lies`.
    title : str
    """
    figure, (ax,) = new_figure(6, 0.4 + 0.23 * len(lies))
    ax.set_axis_off()
    for y, (name, says) in enumerate(lies.items()):
        ax.text(0.05, y, name, va="center", fontsize=8, weight="bold")
        ax.text(1.15, y, says, va="center", fontsize=8)
    left = _groups(ax, groups, -0.1, -1.75)
    ax.set(xlim=(left, 5.0), ylim=(len(lies) - 0.5, -0.5))
    figure.suptitle(title, fontsize=10)
    said = "; ".join(
        f"{part}: " + ", ".join(f"{name}, {lies[name]}" for name in names)
        for part, names in groups.items()
    )
    return Picture(figure, f"{title} {said}.")


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
        height = np.arange(len(lies)) + 0.23 * (at - (len(looks) - 1) / 2)
        sizes = np.array([found[lie, who] or np.nan for lie in lies])
        ax.plot(sizes, height, mark, color=colour, markersize=3.8, label=listeners[who])
    _size_axis(ax, lies)
    for name, size in ROUNDOFFS.items():
        ax.axvline(size, color="#777", linewidth=1, linestyle="--", zorder=0)
        ax.text(size * 1.3, -0.6, name, fontsize=7.5, color="#555", va="bottom")
    for y, lie in enumerate(lies):
        if not any(found[lie, who] for who in listeners):
            ax.text(1e-11, y, "nobody, at any size", ha="center", va="center", fontsize=8)
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
    ax.set(xlim=(2e-17, 10), ylim=(len(lies) - 0.4, -0.6))
    ax.set_yticks(range(len(lies)), lies, fontsize=8)
    ax.set_xlabel("size of the lie", fontsize=9)
    ax.tick_params(axis="x", labelsize=8)
    ax.tick_params(axis="y", length=0)
    ax.hlines(np.arange(len(lies) - 1) + 0.5, 2e-17, 10, color="#ddd", linewidth=0.6)


def spread(right, wrong, culprits):
    """The machine, and how far each of its numbers is off; what is right still is pale.

    Parameters
    ----------
    right, wrong : Traced
        The end of two runs of one machine, such as their logits.
    culprits : sequence of str
        Steps, whose boxes are marked.

    Returns
    -------
    Drawing

    Examples
    --------
    A run beside itself: nothing is wrong, and nobody did it.

    >>> from tfmath.show.machine import toy_logits
    >>> spread(toy_logits(), toy_logits(), []).alt.partition(" Right")[0]
    'The machine, and what is wrong in it. Culprits: none. Wrong after them: none.'
    """
    true = {step.name: step.value for part in stations(right) for step in part.steps}
    parts = stations(wrong)
    off = {s.name: s.value - true[s.name] for part in parts for s in part.steps}
    off = {name: apart for name, apart in off.items() if np.any(apart)}
    looks = {part.name: _look(part, off, culprits) for part in parts}
    manner = Manner(lambda thing: looks.get(getattr(thing, "name", thing), "plain"), off)
    page = whole_page(parts, wrong, manner)
    page.shapes[:] = [_renamed(shape) for shape in page.shapes]
    return Drawing(page, f"The machine, and what is wrong in it. {_told_apart(looks)}")


def _told_apart(looks):
    """Which parts look how, in words."""
    said = {"here": "Culprits", "plain": "Wrong after them", "pale": "Right still"}
    named = {word: [n for n in looks if looks[n] == look] for look, word in said.items()}
    return " ".join(f"{word}: {', '.join(ns) or 'none'}." for word, ns in named.items())


def _look(part, off, culprits):
    names = {step.name for step in part.steps}
    return "here" if names & {*culprits} else "plain" if names & {*off} else "pale"


def _renamed(shape):
    if isinstance(shape, Label) and shape.text in SAYS:
        return replace(shape, text=SAYS[shape.text])
    return shape
