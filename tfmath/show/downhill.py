"""Pictures of training: steps into a valley, texts on the way, and where runs end."""

import numpy as np
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

HELP = _COLOURS[3]
"""The colour of Adam with a help beside it."""

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

    Both weights are drawn to one scale, so that a narrow valley is narrow. Panels that are
    wide stand one under the other, others side by side.

    Parameters
    ----------
    loss : function
        ``loss(a, b)`` of two arrays.
    walks : dict of str to (n, 2) of numbers
        Both weights after each step.
    title : str
        The finding, as a sentence.
    reach : pair of pairs, or pair of numbers
        What is drawn of a, and of b; a pair of numbers is of both.
    """
    reach = reach if np.ndim(reach) == 2 else (reach, reach)
    (left, right), (low, high) = reach
    wide, n = right - left > 2 * (high - low), len(walks)
    shape = (6, 0.4 + 1.2 * n, n, 1) if wide else (6, 0.9 + 6 / n, 1, n)
    figure, axes = new_figure(*shape)
    for ax, (name, places) in zip(axes, walks.items(), strict=True):
        places = np.asarray(places, dtype=float)
        _contours(ax, loss, reach, float(loss(*places[0])))
        colour = LOOKS.get(name, (_COLOURS[0],))[0]
        ax.plot(*places.T, ".-", color=colour, markersize=3.5, linewidth=0.9)
        ax.plot(*places[0], "o", color="white", markeredgecolor=colour, markersize=6)
        end = f"loss at the end {loss(*places[-1]):.2f}"
        ax.set_title(
            f"{name}, {end}" if wide else f"{name},\n{end}", fontsize=9, loc="left", pad=2
        )
        outer = ax is axes[-1] if wide else True, True if wide else ax is axes[0]
        _axes(ax, "a" if outer[0] else "", "b" if outer[1] else "")
        ax.tick_params(labelbottom=outer[0], labelleft=outer[1])
    figure.suptitle(title, fontsize=10)
    said = "; ".join(
        f"{n} ends at {_short(p[-1][0])}, {_short(p[-1][1])}, loss {loss(*p[-1]):.2f}"
        for n, p in walks.items()
    )
    return Picture(figure, f"{title} b over a, the lowest point at 0, 0: {said}.")


def _contours(ax, loss, reach, top):
    """Lines of equal loss, as shares of `top`, and a cross where it is lowest."""
    a, b = np.meshgrid(*(np.linspace(*ends, 160) for ends in reach))
    levels = top * np.array([0.01, 0.06, 0.18, 0.36, 0.6, 0.9])
    ax.contour(a, b, loss(a, b), levels, colors=VALLEY, linewidths=0.6)
    ax.plot(0, 0, "x", color="black", markersize=6)
    ax.set(xlim=reach[0], ylim=reach[1], aspect="equal")


def over_rates(columns, title, *panels):
    """Where runs end, over the rate: a mark a run, a line through their medians.

    Parameters
    ----------
    columns : dict of str to list
        As ``measured("rates")`` gives them: move, rate, seed, loss.
    title : str
        The finding, as a sentence.
    *panels : sequences of str
        Which ways to step are drawn in each panel; without them all, in one.
    """
    panels = panels or (tuple(LOOKS),)
    figure, axes = new_figure(6, 3.6, 1, len(panels))
    said = []
    for ax, moves in zip(axes, panels, strict=True):
        for i, name in enumerate(moves):
            runs, aside = _runs(columns, "move", name), 1.08 ** (i - (len(moves) - 1) / 2)
            dashes = "--" if "clipped" in name else "-"
            _ends(ax, runs, aside, *LOOKS[name], dashes, name)
            loss, rate = min(zip(*_medians(runs)[::-1], strict=True))
            said.append(f"{name} least {_short(loss)} at {_short(rate)}")
        _axes(ax, "learning rate", "", ("x", "y"))
        lines = (line for line in ax.lines if line.get_label()[0] != "_")
        _rates(ax, sorted({rate for line in lines for rate in line.get_xdata()}))
        ax.set_ylim(LOSSES[0][0] / 3, 1.5 * BURST)
        _ticks(ax.yaxis, LOSSES[0], LOSSES[1] if ax is axes[0] else [""] * 5)
        ax.legend(fontsize=8, frameon=False, loc="lower left")
    axes[0].set_ylabel("surprise at the right words, in nats", fontsize=9)
    figure.suptitle(title, fontsize=10)
    return Picture(figure, f"{title} Medians of the runs: {'; '.join(said)}.")


def _rates(ax, rates, size=7):
    """A tick at each rate, its number leaning."""
    _ticks(ax.xaxis, rates)
    ax.tick_params(axis="x", labelsize=size, labelrotation=45)


def _ticks(axis, places, texts=None):
    axis.set_ticks(places, texts or [f"{place:g}" for place in places], fontsize=8)
    axis.set_minor_locator(NullLocator())


def helped(columns, race, title):
    """Where runs of Adam end, over the rate: a panel for each help, beside Adam alone.

    Parameters
    ----------
    columns : dict of str to list
        As ``measured("helped")`` gives them: with, rate, seed, loss.
    race : dict of str to list
        As ``measured("rates")`` gives them; of these Adam alone.
    title : str
        The finding, as a sentence.
    """
    alone = _runs(race, "move", "Adam")
    runs = {w: _runs(columns, "with", w) for w in dict.fromkeys(columns["with"])}
    figure, axes = new_figure(6, 4, 2, len(runs) // 2)
    said = [f"Adam alone {_least(alone)}"]
    for i, (ax, (name, found)) in enumerate(zip(axes, runs.items(), strict=True)):
        _ends(ax, alone, 0.92, LOOKS["Adam"][0], "o", "-")
        _ends(ax, found, 1.08, HELP, "o", "--")
        _axes(ax, "", "", ("x", "y"))
        _rates(ax, list(found), 6.5)
        ax.set_title(name, fontsize=9, pad=3)
        ax.set_ylim(LOSSES[0][0] / 2, 1.5 * BURST)
        _ticks(ax.yaxis, LOSSES[0], None if i % 3 == 0 else [""] * 5)
        said.append(f"{name} {_least(found)}")
    figure.supxlabel("learning rate", fontsize=9)
    figure.supylabel("surprise at the right words, in nats", fontsize=9)
    figure.suptitle(title, fontsize=10)
    return Picture(figure, f"{title} Medians of the runs: {'; '.join(said)}.")


def _runs(columns, key, name):
    """The losses of all runs at each rate, by what they were trained with."""
    found = {}
    for what, rate, loss in zip(
        columns[key], columns["rate"], columns["loss"], strict=True
    ):
        if what == name:
            found.setdefault(rate, []).append(min(loss, BURST))
    return found


def _medians(runs):
    return list(runs), [float(np.median(losses)) for losses in runs.values()]


def _least(runs):
    loss, rate = min(zip(*_medians(runs)[::-1], strict=True))
    ends = f"{_short(min(runs[rate]))} to {_short(max(runs[rate]))}"
    return f"least {_short(loss)} at {_short(rate)}, runs {ends}"


def _ends(ax, runs, aside, colour, mark, dashes, label=None):
    """A mark a run, a little aside, and a line through the medians, over the rate."""
    for rate, losses in runs.items():
        at = [aside * rate] * len(losses)
        ax.plot(at, losses, mark, color=colour, markersize=2, alpha=0.35)
    ax.plot(*_medians(runs), dashes, color=colour, linewidth=1.4, label=label)


def told(losses, texts, title, wanted):
    """The loss as it falls, and what the model writes at some of the steps.

    Parameters
    ----------
    losses : (n,) of numbers
        The loss before each step.
    texts : dict of int to str
        What is written after so many steps.
    title : str
        The finding, as a sentence.
    wanted : str
        The text that is drawn bold.
    """
    figure, (ax,) = new_figure(6, 3.6)
    ax.plot(losses, color=_COLOURS[0], linewidth=1.4)
    heights = np.linspace(1.1 * max(losses), 0.2 * max(losses), len(texts))
    for (n, text), height in zip(texts.items(), heights, strict=True):
        ax.plot([n, n], [losses[n], height], color=VALLEY, linewidth=0.7)
        ax.plot(n, losses[n], "o", color=_COLOURS[0], markersize=4)
        weight = "bold" if text == wanted else "normal"
        ax.text(n + 1, height, f"{n}: {text}", fontsize=8, va="center", weight=weight)
    ax.set(xlim=(-3, 1.55 * len(losses)), ylim=(0, 1.18 * max(losses)))
    _axes(ax, "step", "loss")
    ax.set_xticks(range(0, len(losses), max(1, len(losses) // 6)))
    ax.set_title(title, fontsize=10)
    said = "; ".join(f"step {n}: {losses[n]:.2f}, {text}" for n, text in texts.items())
    return Picture(figure, f"{title} The loss over steps, and the text: {said}.")
