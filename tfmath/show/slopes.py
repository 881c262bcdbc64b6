"""Pictures of slopes: lines that touch a curve or cut it, runs side by side."""

import numpy as np

from tfmath.errors import ShapeError
from tfmath.show.figures import (
    _COLOURS,
    _MARKS,
    _STYLES,
    Picture,
    _axes,
    _short,
    new_figure,
)

CURVE = "#555555"


def lines_at(function, span, lines, title, x_label, y_label):
    """A curve, and straight lines through points of it, each with its slope.

    Parameters
    ----------
    function : function
        From an array of x to the heights.
    span : (low, high)
        Where the curve is drawn.
    lines : dict of str to (x, slope) or (x, other x)
        What each line is called; the x of the point through which it goes, and its slope;
        or, in a list of two, two such x: a line that cuts the curve in both.
    title : str
        The finding, as a sentence.
    x_label, y_label : str
    """
    figure, (ax,) = new_figure()
    x = np.linspace(*span, 200)
    ax.plot(x, function(x), color=CURVE, linewidth=2)
    bottom, top = ax.get_ylim()
    said = []
    for i, (name, line) in enumerate(lines.items()):
        at, slope, marked = _line(function, line)
        style = {"color": _COLOURS[i % 6], "linestyle": _STYLES[i % 6]}
        ax.plot(x, function(at) + slope * (x - at), label=name, **style)
        ax.plot(marked, function(marked), "o", color=_COLOURS[i % 6], markersize=5)
        said.append(f"{name} goes through {_short(at)} with slope {_short(slope)}")
    ax.set_ylim(bottom, top)
    _axes(ax, x_label, y_label)
    ax.legend(fontsize=8, frameon=False)
    ax.set_title(title, fontsize=10)
    ends = [_short(h) for h in function(x[[0, -1]])]
    curve = f"{y_label} over {x_label}: from {ends[0]} to {ends[1]}"
    return Picture(figure, f"{title} {curve}; {'; '.join(said)}.")


def _line(function, line):
    """The x of a point, a slope, and the points that are marked."""
    at, other = map(float, line)
    if isinstance(line, tuple):
        return at, other, np.array([at])
    both = np.array([at, other])
    return at, np.diff(function(both))[0] / (other - at), both


def dots(names, heights, title, x_label, y_label):
    """Several heights above each name, a mark and a colour for each kind.

    Parameters
    ----------
    names : sequence
        Along the axis, such as the seeds of runs.
    heights : dict of str to sequence of numbers
        Of each kind one for each name.
    title : str
        The finding, as a sentence.
    x_label, y_label : str

    Raises
    ------
    ShapeError
        If a kind has not one height for each name.
    """
    figure, (ax,) = new_figure(6, 3)
    for i, (kind, column) in enumerate(heights.items()):
        if len(column) != len(names):
            raise ShapeError(f"dots: {kind} has {len(column)} heights, not {len(names)}.")
        style = {"color": _COLOURS[i % 6], "marker": _MARKS[i % 6], "linestyle": ""}
        ax.plot(range(len(names)), column, label=kind, markersize=6, **style)
    ax.set_xticks(range(len(names)), names)
    _axes(ax, x_label, y_label)
    ax.grid(axis="x", color="#eee")
    ax.set_axisbelow(True)
    ax.legend(fontsize=8, frameon=False)
    ax.set_title(title, fontsize=10)
    said = [f"{k}: {', '.join(_short(h) for h in hs)}" for k, hs in heights.items()]
    return Picture(figure, f"{title} {y_label} by {x_label}: {'; '.join(said)}.")
