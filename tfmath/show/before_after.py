"""Pairs of bars: what is before, and what is after something was done."""

import numpy as np

from tfmath.errors import ShapeError
from tfmath.show.figures import Picture, _axes, new_figure

PAIR = "#9db4d6", "#d9730d"
"""The colours of before and after."""


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
