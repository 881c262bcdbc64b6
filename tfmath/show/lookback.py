"""Drawings of how far back a model looks, of the scores that make it, and of a cure."""

import numpy as np
from matplotlib.patches import Circle, Wedge

from tfmath.show.figures import _SIGNED, Picture, new_figure

_STROKE = "#111111"  # as the sum of the clocks, which makes it
_CLOCKS = ("#00798c", "#8c2d04")
_STOPPED = {
    1: ("the fast clock stops", _CLOCKS[0], "-"),
    2: ("the slow clock stops", _CLOCKS[1], "--"),
}
_SCORES = {"three back": "#111111", "the highest other": "#999999"}


def spikes(weights, title, marks=()):
    """The weight of each distance as a stroke.

    Parameters
    ----------
    weights : (n,)
    title : str
        The finding, as a sentence.
    marks : sequence of int
        Distances that are written above their strokes.
    """
    weights = np.asarray(weights)
    figure, (ax,) = new_figure(6, 2.4)
    ax.vlines(range(len(weights)), 0, weights, color=_STROKE, linewidth=1.6)
    for at in marks:
        ax.text(at, weights[at] + 0.01, at, ha="center", fontsize=8, color="#555")
    ax.set_xlabel("how far back", fontsize=9)
    ax.set_ylabel("weight", fontsize=9)
    ax.tick_params(labelsize=8)
    ax.set_ylim(0, max(0.3, 1.2 * weights.max()))
    ax.set_title(title, fontsize=10)
    far = np.argsort(-weights, kind="stable")[:4]
    listed = ", ".join(f"{weights[i]:.2g} at {i}" for i in far)
    return Picture(figure, f"{title} Weight over distance; the largest: {listed}.")


def clock_scores(lines, trained, marks, title, turn=None):
    """What each clock adds to a score, by distance, and below it the sum of all.

    Parameters
    ----------
    lines : dict of str to (n,)
        What each clock is called, and its part of the score at distance 0, 1, 2, …
    trained : int
        How many distances training has shown; they are grey.
    marks : sequence of int
        Distances that are marked: those looked at.
    title : str
        The finding, as a sentence.
    turn : float, optional
        After how many words the first clock comes round. Then at each mark stands how many
        whole turns it is from the first mark.
    """
    total = np.sum(list(lines.values()), axis=0)
    figure, axes = new_figure(6, 4, 2, 1)
    for i, (name, y) in enumerate(lines.items()):
        style = {"color": _CLOCKS[i], "linestyle": ("-", "--")[i], "lw": 1.4}
        axes[0].plot(y, label=name, **style)
    axes[1].plot(total, color="#111111", lw=1.4, label="their sum")
    for ax in axes:
        ax.axvspan(-0.5, trained - 0.5, color="#e8e8e8", lw=0)
        ax.tick_params(labelsize=8)
        for at in marks:
            ax.axvline(at, color="#555", linestyle=":", lw=1)
    turns = {at: round((at - marks[0]) / turn) for at in marks[1:]} if turn else {}
    _named(axes[0], marks, turns)
    axes[1].axhline(total[marks[0]], color="#555", linestyle="--", lw=1)
    axes[0].set_ylabel("parts of the score", fontsize=9)
    axes[1].set_ylabel("sum", fontsize=9)
    axes[1].set_xlabel("how far back", fontsize=9)
    axes[0].set_title(title, fontsize=10, pad=26 if turns else 14)
    _legend(figure, axes)
    told = f"{title} {_said_of_clocks(lines | {'sum': total}, marks)}"
    listed = ", ".join(f"{n} at {at}" for at, n in turns.items())
    return Picture(
        figure, f"{told} Whole turns from {marks[0]}: {listed}." if turns else told
    )


def _said_of_clocks(lines, marks):
    said = [
        f"{name} {', '.join(f'{y[at]:.1f} at {at}' for at in marks)}"
        for name, y in lines.items()
    ]
    return f"Part of the score: {'; '.join(said)}."


def _legend(figure, axes):
    handles = [line for ax in axes for line in ax.get_legend_handles_labels()[0]]
    style = {"ncols": len(handles), "fontsize": 8, "frameon": False}
    figure.legend(handles=handles, loc="outside lower center", **style)


def _named(ax, marks, turns):
    """Distances above their lines, and turns; of two that touch, each leans outwards."""
    for at in marks:
        side = {-1: "left", 0: "center", 1: "right"}[
            any(0 < other - at < 8 for other in marks)
            - any(0 < at - other < 8 for other in marks)
        ]
        times = turns.get(at, 0)
        text = f"+{times} turn{'s' * (times > 1)}\n{at}" if times else str(at)
        ax.annotate(
            text, (at, 1), (0, 3), xycoords=("data", "axes fraction"),
            textcoords="offset points", fontsize=8, ha=side, va="bottom", color="#555",
        )  # fmt: skip


def dials(lines, speeds, trained, marks, title):
    """Each clock as a dial: a distance is a dot, and what it adds to the score its colour.

    Where the clock adds most stands at the top, as in the wave that fits it best. Distance
    0 is inside, the farthest at the rim; the hand turns as a clock's does.

    Parameters
    ----------
    lines : dict of str to (n,)
        What each clock is called, and its part of the score at distance 0, 1, 2, …
    speeds : sequence of float
        How far each turns at a word, in radians.
    trained : int
        How many distances training has shown; the angles they reach are grey.
    marks : sequence of int
        Distances that are named: those looked at.
    title : str
        The finding, as a sentence.
    """
    figure, axes = new_figure(6, 3.4, 1, len(lines))
    said = []
    for ax, (name, y), speed in zip(axes, lines.items(), speeds, strict=True):
        angles = speed * np.arange(len(y)) - _top(y, speed)
        radii = np.linspace(0.3, 1, len(y))
        _face(ax, angles[0], min(angles[trained - 1] - angles[0], 2 * np.pi))
        x, height = radii * np.sin(angles), radii * np.cos(angles)
        style = {"cmap": _SIGNED, "vmin": -max(abs(y)), "vmax": max(abs(y))}
        ax.scatter(x, height, c=y, s=13, lw=0.3, edgecolors="#bbb", zorder=2, **style)
        for at in marks:
            _named_dot(ax, x[at], height[at], at)
        ax.set_title(f"{name}: {np.degrees(speed):.0f}° a word", fontsize=9)
        share = min(1, (trained - 1) * speed / (2 * np.pi))
        hours = [round(6 * angles[at] / np.pi - 1) % 12 + 1 for at in marks]
        told = ", ".join(f"{at} at {hour}" for at, hour in zip(marks, hours, strict=True))
        said.append(f"{name}, {share:.0%} of a turn seen in training, o'clock: {told}")
    figure.suptitle(title, fontsize=10)
    return Picture(figure, f"{title} {'; '.join(said)}.")


def _top(y, speed):
    """At what angle the wave of that speed that fits best is highest."""
    angles = speed * np.arange(len(y))
    waves = np.stack([np.cos(angles), np.sin(angles), np.ones(len(y))], axis=1)
    across, up, _ = np.linalg.lstsq(waves, np.asarray(y), rcond=None)[0]
    return np.arctan2(up, across)


def _face(ax, start, width):
    """A dial with its grey part, from the angle `start` on, clockwise from the top."""
    ends = 90 - np.degrees([start + width, start])
    ax.add_patch(Wedge((0, 0), 1.06, *ends, color="#e8e8e8", lw=0))
    ax.add_patch(Circle((0, 0), 1.06, fill=False, color="#999999", lw=0.8))
    for height, word in ((1.13, "yes"), (-1.13, "no")):
        side = "bottom" if height > 0 else "top"
        ax.text(0, height, word, fontsize=8, ha="center", va=side, color="#555")
    ax.set(xlim=(-1.3, 1.3), ylim=(-1.3, 1.3), aspect="equal", xticks=[], yticks=[])
    ax.spines[:].set_visible(False)


def _named_dot(ax, x, y, at):
    ax.scatter([x], [y], s=30, facecolors="none", edgecolors="#111111", lw=1.1, zorder=3)
    side, ha = (-1, "right") if x < -0.1 else (1, "left")
    box = {"facecolor": "white", "alpha": 0.7, "lw": 0, "pad": 0.5}
    style = {"fontsize": 8, "ha": ha, "va": "center", "bbox": box}
    ax.annotate(at, (x, y), (6 * side, 0), textcoords="offset points", **style)


def place_scores(ways, trained, title):
    """The score of the word three back by place, beside the highest of the others.

    Parameters
    ----------
    ways : dict of str to (three, other)
        For each way the two scores of place 3, 4, 5, …
    trained : int
        How many places training has shown; they are grey.
    title : str
        The finding, as a sentence.
    """
    figure, axes = new_figure(6, 2.9, 1, len(ways))
    said = []
    for ax, (way, both) in zip(axes, ways.items(), strict=True):
        ax.axvspan(2.5, trained - 0.5, color="#e8e8e8", lw=0)
        for y, name, look in zip(both, _SCORES, ("o-", "--"), strict=True):
            style = {"color": _SCORES[name], "markersize": 3, "lw": 1.2}
            ax.plot(range(3, 3 + len(y)), y, look, label=name, **style)
        ax.set(ylim=(0, 20), xlabel="place of the word that looks")
        ax.xaxis.label.set_size(9)
        ax.tick_params(labelsize=8)
        ax.set_title(way, fontsize=9)
        said.append(_said_of_scores(way, both, trained))
    axes[0].set_ylabel("score", fontsize=9)
    _legend(figure, axes[:1])
    figure.suptitle(title, fontsize=10)
    return Picture(
        figure, f"{title} Three back against the highest other: {'; '.join(said)}."
    )


def _said_of_scores(way, both, trained):
    places = trained - 1, trained, trained + 4
    told = ", ".join(
        "{:.1f} and {:.1f} at {}".format(*(y[at - 3] for y in both), at)
        for at in places
        if at - 3 < len(both[0])
    )
    return f"{way} {told}"


def stops(columns, length, trained, title):
    """Right answers when the fast or the slow clock turns only so far back.

    A line is the mean over seeds; the pale band goes from the lowest seed to the highest.

    Parameters
    ----------
    columns : dict of str to list
        As ``measured("stopped_clocks")`` gives them.
    length : int
        Of the texts.
    trained : int
        How many distances training has shown; they are grey.
    title : str
        The finding, as a sentence.
    """
    figure, (ax,) = new_figure(6, 2.9)
    ax.axvspan(-0.5, trained - 0.5, color="#e8e8e8", lw=0)
    said = []
    for clock, look in _STOPPED.items():
        at, right = stopped(columns, clock, length)
        _line(ax, at, right, *look)
        mean = dict(zip(at, right.mean(axis=0), strict=True))
        told = ", ".join(f"{mean[stop]:.2f} at {stop}" for stop in at[::3])
        said.append(f"{look[0]}, {told}")
    ax.axhline(0.2, color="#bbb", lw=0.8)
    ax.text(-0.3, 0.18, "a guess", fontsize=8, va="top", color="#555")
    ax.text(trained - 1, 0.02, "seen in training", fontsize=8, ha="right", color="#555")
    ax.set(xlim=(-0.5, at[-1] + 0.5), ylim=(0, 1.04))
    ax.tick_params(labelsize=8)
    ax.set_xlabel("how far back that clock still turns", fontsize=9)
    ax.set_ylabel("right answers", fontsize=9)
    ax.set_title(title, fontsize=10)
    _legend(figure, [ax])
    return Picture(figure, f"{title} Right answers at {length} words: {'; '.join(said)}.")


def _line(ax, x, by_seed, name, colour, line):
    style = {
        "color": colour,
        "linestyle": line,
        "marker": "o",
        "markersize": 2.5,
        "lw": 1.4,
    }
    ax.plot(x, by_seed.mean(axis=0), label=name, **style)
    low, high = by_seed.min(axis=0), by_seed.max(axis=0)
    ax.fill_between(x, low, high, color=colour, alpha=0.15, lw=0)


def stopped(columns, clock, length):
    """Where a clock was stopped, and the shares of right answers, (n_seeds, n_stops).

    Parameters
    ----------
    columns, length
        As for `stops`.
    clock : int

    Returns
    -------
    at : list of int
    shares : array
    """
    names = "clock", "length", "stop", "right"
    rows = zip(*(columns[name] for name in names), strict=True)
    chosen = [(stop, share) for *which, stop, share in rows if which == [clock, length]]
    at = list(dict.fromkeys(stop for stop, _ in chosen))
    return at, np.array([share for _, share in chosen]).reshape(-1, len(at))
