"""Bars before and after something was done; ways from the first word to the last."""

import numpy as np

from tfmath.errors import ShapeError
from tfmath.show.figures import Picture, _axes, new_figure
from tfmath.show.reading import LOOKS, WORD

PAIR = "#9db4d6", "#d9730d"
"""The colours of before and after."""
PALE = "#cccccc"


def before_after(panels, names, times, title, label):
    """Two bars for each name, one panel a model; each bar has its number at its end.

    Parameters
    ----------
    panels : dict of str to (2, n) of numbers from 0 to 1
        What each model does, before and after.
    names : sequence of str
        Of the n pairs, from the top down.
    times : (str, str)
        What the bars of a pair are called.
    title : str
        The finding, as a sentence.
    label : str
        What the bars measure.

    Raises
    ------
    ShapeError
        If a model has not one number before and one after for each name.

    Examples
    --------
    >>> before_after({"a": [[0.5], [0.25]]}, ["seen"], ("now", "then"), "Half.", "share")
    [figure] Half. share, now and then: a: seen 0.50, 0.25.
    """
    heights = {name: np.asarray(both, dtype=float) for name, both in panels.items()}
    for name, both in heights.items():
        if both.shape != (2, len(names)):
            raise ShapeError(
                f"before_after: {name} {both.shape} must be (2, n_names) = {2, len(names)}."
            )
    figure, axes = new_figure(7, 0.9 + 0.5 * len(names), 1, len(panels))
    for ax, (name, both) in zip(axes, heights.items(), strict=True):
        _two_bars(ax, both, times)
        ax.set_yticks(range(len(names)), names if ax is axes[0] else [], fontsize=8)
        ax.set_title(name, fontsize=9)
        _axes(ax, label, "")
    axes[-1].legend(fontsize=8, frameon=False, loc="upper right", bbox_to_anchor=(1.02, 1))
    figure.suptitle(title, fontsize=10)
    said = "; ".join(f"{name}: {_pairs(names, both)}" for name, both in heights.items())
    return Picture(figure, f"{title} {label}, {times[0]} and {times[1]}: {said}.")


def _two_bars(ax, both, times):
    at = np.arange(both.shape[1])
    for row, place, colour, time in zip(both, (-0.2, 0.2), PAIR, times, strict=True):
        drawn = ax.barh(at + place, row, height=0.38, color=colour, label=time)
        ax.bar_label(drawn, [f"{x:.2f}" for x in row], fontsize=7, padding=2)
    ax.set_xlim(0, 1.2)
    ax.set_xticks([0, 0.5, 1])
    ax.invert_yaxis()


def _pairs(names, both):
    return ", ".join(f"{n} {a:.2f}, {b:.2f}" for n, a, b in zip(names, *both, strict=True))


def first_to_last(n, gaps, title):
    """Three ways from the first of n words to the last, that of the first drawn strong.

    Parameters
    ----------
    n : int
        How many words.
    gaps : sequence of int
        How far back the window of each layer looks, from the lowest layer on.
    title : str
        The finding, as a sentence.

    Raises
    ------
    ShapeError
        If after those layers the last word has not heard the first.

    Examples
    --------
    >>> first_to_last(4, [1, 2], "Three, two, one.")
    [figure] Three, two, one. Steps: in turn 3; windows with gaps 2; one look 1.
    """
    ways = {
        "in turn": ("simple", [((i, 0), (i + 1, 0)) for i in range(n - 1)]),
        "windows with gaps": ("convolution", _windows(n, gaps)),
        "one look": ("attention", [((i, 0), (n - 1, 1)) for i in range(n)]),
    }
    figure, axes = new_figure(6, 2.4, n_cols=3)
    told = []
    for ax, (name, (look, lines)) in zip(axes, ways.items(), strict=True):
        strong = _from_the_first(lines)
        if not strong or strong[-1][1][0] != n - 1:
            raise ShapeError(f"first_to_last: gaps {list(gaps)} do not join {n} words.")
        _draw(ax, n, lines, strong, LOOKS[look][0])
        ax.set_title(f"{name}: {len(strong)}", fontsize=9)
        ax.set_ylim(-1, len(gaps) + 0.5)
        told.append(f"{name} {len(strong)}")
    figure.suptitle(title, fontsize=10)
    return Picture(figure, f"{title} Steps: {'; '.join(told)}.")


def _windows(n, gaps):
    """What the last word hears, from the lowest layer on: lines from row to row."""
    heard, lines = {n - 1}, []
    for level in range(len(gaps), 0, -1):
        gap = gaps[level - 1]
        pairs = {(i - back, i) for i in heard for back in (0, gap) if i >= back}
        lines = [((a, level - 1), (b, level)) for a, b in sorted(pairs)] + lines
        heard = {a for a, _ in pairs}
    return lines


def _from_the_first(lines):
    """The lines on which the first word travels; each line begins where one ended."""
    here, walked = (0, 0), []
    for start, end in lines:
        if start == here:
            here = end
            walked.append((start, end))
    return walked


def _draw(ax, n, lines, strong, colour):
    for line in lines:
        style = {"color": colour, "linewidth": 3} if line in strong else {"color": PALE}
        ax.plot(*zip(*line, strict=True), zorder=1 + (line in strong), **style)
    dots = {(i, 0) for i in range(n)} | {end for line in lines for end in line}
    ax.scatter(*zip(*sorted(dots), strict=True), 14, WORD, zorder=3)
    for i in range(n):
        ax.text(i, -0.5, str(i + 1), fontsize=8, color=WORD, ha="center", va="center")
    ax.set_axis_off()
