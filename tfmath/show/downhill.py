"""Pictures of training: steps into a valley, and where runs end."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from tfmath.show.figures import _COLOURS, Picture, _axes, _short, new_figure

VALLEY = "#8a8a8a"
LOOKS = {
    "SGD": (_COLOURS[0], "o"),
    "momentum": (_COLOURS[1], "s"),
    "Adam": (_COLOURS[2], "^"),
    "momentum, clipped": (_COLOURS[1], "D"),
    "Adam, clipped": (_COLOURS[2], "v"),
}
"""A colour and a mark for each way to step, the same in every picture."""

BURST = 10.0
"""What is larger is drawn here."""

LOSSES = [0.001, 0.01, 0.1, 1, BURST], ["0.001", "0.01", "0.1", "1", "10, or burst"]
"""The ticks of an axis of losses, and what stands at them."""


def valley(loss, walks, title, reach=(-1.8, 7.8)):
    """One weight on the curve of its loss, a panel for each walk, each step an arrow.

    Parameters
    ----------
    loss : function
        From an array of weights to their losses.
    walks : dict of str to sequence of numbers
        What each walk is called, and where the weight stands after each step.
    title : str
        The finding, as a sentence.
    reach : pair of numbers
        The least and the largest weight that is drawn.
    """
    figure, axes = new_figure(6, 2.3, 1, len(walks))
    w = np.linspace(*reach, 200)
    for ax, (name, places) in zip(axes, walks.items(), strict=True):
        ax.plot(w, loss(w), color=VALLEY, linewidth=1)
        places = np.asarray(places, dtype=float)
        _arrows(ax, places, loss(places), _COLOURS[0])
        ax.set(xlim=reach, ylim=(-1.5, float(loss(w).max())))
        ax.set_title(name, fontsize=9)
        _axes(ax, "w", "loss" if ax is axes[0] else "")
        ax.tick_params(labelleft=ax is axes[0])
    figure.suptitle(title, fontsize=10)
    said = "; ".join(f"{n}: {', '.join(map(_short, p))}" for n, p in walks.items())
    return Picture(figure, f"{title} Loss over w, a curve with its steps: {said}.")


def _arrows(ax, x, y, colour):
    """A dot for each place, and an arrow from each to the next."""
    ax.plot(x, y, "o", color=colour, markersize=3)
    ax.plot(x[0], y[0], "o", color="white", markeredgecolor=colour, markersize=6)
    for a, b in zip(zip(x, y, strict=True), zip(x[1:], y[1:], strict=True), strict=False):
        look = {"arrowstyle": "->", "color": colour, "linewidth": 0.9}
        ax.annotate("", b, a, arrowprops=look | {"shrinkA": 0, "shrinkB": 0})


def paths(loss, walks, title, reach=((-11, 3), (-1.4, 1.4))):
    """Two weights seen from above, with lines of equal loss; a panel for each walk.

    Both weights are drawn to one scale, so that a narrow valley is narrow.

    Parameters
    ----------
    loss : function
        ``loss(a, b)`` of two arrays.
    walks : dict of str to (n, 2) of numbers
        Both weights after each step.
    title : str
        The finding, as a sentence.
    reach : pair of pairs
        What is drawn of a, and of b.
    """
    figure, axes = new_figure(6, 0.4 + 1.2 * len(walks), len(walks), 1)
    a, b = np.meshgrid(*(np.linspace(*ends, 120) for ends in reach))
    for ax, (name, places) in zip(axes, walks.items(), strict=True):
        levels = float(loss(reach[0][0], 0.0)) * np.array([0.02, 0.1, 0.3, 0.6, 1.0, 1.5])
        ax.contour(a, b, loss(a, b), levels, colors=VALLEY, linewidths=0.6)
        places = np.asarray(places, dtype=float)
        colour = LOOKS.get(name, (_COLOURS[0],))[0]
        ax.plot(*places.T, ".-", color=colour, markersize=3.5, linewidth=0.9)
        ax.plot(*places[0], "o", color="white", markeredgecolor=colour, markersize=6)
        ax.plot(0, 0, "x", color="black", markersize=6)
        ax.set(xlim=reach[0], ylim=reach[1], aspect="equal")
        end = f"loss at the end {loss(*places[-1]):.1f}"
        ax.set_title(f"{name}, {end}", fontsize=9, loc="left", pad=2)
        _axes(ax, "a" if ax is axes[-1] else "", "b")
        ax.tick_params(labelbottom=ax is axes[-1])
    figure.suptitle(title, fontsize=10)
    said = "; ".join(
        f"{n} ends at {_short(p[-1][0])}, {_short(p[-1][1])}, loss {loss(*p[-1]):.1f}"
        for n, p in walks.items()
    )
    return Picture(figure, f"{title} b over a, the lowest point at 0, 0: {said}.")


def over_rates(columns, title, moves=tuple(LOOKS)):
    """Where runs end, over the rate: a mark a run, a line through their medians.

    Parameters
    ----------
    columns : dict of str to list
        As ``measured("rates")`` gives them: move, rate, seed, loss.
    title : str
        The finding, as a sentence.
    moves : sequence of str
        Which ways to step.
    """
    named = np.array(columns["move"])
    rate, loss = (np.array(columns[key], dtype=float) for key in ("rate", "loss"))
    figure, (ax,) = new_figure(6, 3.6)
    said = []
    for name in moves:
        colour, mark = LOOKS[name]
        here = named == name
        ends = np.minimum(loss, BURST)
        ax.plot(rate[here], ends[here], mark, color=colour, markersize=3, alpha=0.4)
        at = np.unique(rate[here])
        middle = [float(np.median(ends[here & (rate == r)])) for r in at]
        dashes = "--" if "clipped" in name else "-"
        ax.plot(at, middle, dashes, color=colour, label=name, linewidth=1.6)
        best = int(np.argmin(middle))
        said.append(f"{name} least {_short(middle[best])} at {_short(at[best])}")
    _axes(ax, "learning rate", "surprise at the right words, in nats", ("x", "y"))
    _ticks(ax.xaxis, [0.005, 0.02, 0.08, 0.32, 1.28])
    _ticks(
        ax.yaxis,
        [0.001, 0.01, 0.1, 1, BURST],
        ["0.001", "0.01", "0.1", "1", "10, or burst"],
    )
    ax.legend(fontsize=8, frameon=False, loc="lower right")
    ax.set_title(title, fontsize=10)
    return Picture(figure, f"{title} Medians of the runs: {'; '.join(said)}.")


def _ticks(axis, places, texts=None):
    axis.set_ticks(places, texts or [f"{place:g}" for place in places], fontsize=8)
    axis.set_minor_locator(NullLocator())


def helped(columns, title):
    """Where runs end, a panel for each group, a line for each help, a dot a run.

    Parameters
    ----------
    columns : dict of str to list
        As ``measured("helped")`` gives them: group, with, seed, loss.
    title : str
        The finding, as a sentence.
    """
    runs = list(zip(*(columns[key] for key in ("group", "with", "loss")), strict=True))
    groups = list(dict.fromkeys(columns["group"]))
    kinds = {
        g: list(dict.fromkeys(what for own, what, _ in runs if own == g)) for g in groups
    }
    figure = Figure(figsize=(6, 4), layout="constrained")
    tall = [len(own) + 0.7 for own in kinds.values()]
    panels = figure.subplots(len(groups), 1, sharex=True, squeeze=False, height_ratios=tall)
    said = []
    for (ax,), group in zip(panels, groups, strict=True):
        ends = {
            what: [x for g, w, x in runs if (g, w) == (group, what)]
            for what in kinds[group]
        }
        said += [
            f"{group}, {what}: {_panel(ax, i, ends[what])}" for i, what in enumerate(ends)
        ]
        ax.spines[["top", "right"]].set_visible(False)
        ax.set_yticks(range(len(ends)), list(ends), fontsize=8)
        ax.set(ylim=(len(ends) - 0.5, -0.6), xscale="log")
        ax.set_title(group, fontsize=8, loc="left", pad=2)
    _ticks(ax.xaxis, *LOSSES)
    ax.set_xlabel("surprise at the right words after 100 steps, in nats", fontsize=9)
    figure.suptitle(title, fontsize=10)
    return Picture(figure, f"{title} {'; '.join(said)}.")


def _panel(ax, place, losses):
    """A dot a run, a stroke for their median; the numbers as text."""
    ends = [min(float(x), BURST) for x in losses]
    ax.plot(ends, [place] * len(ends), "o", color=_COLOURS[0], markersize=4, alpha=0.6)
    ax.plot(np.median(ends), place, "|", color="black", markersize=11)
    return ", ".join(map(_short, sorted(ends)))
