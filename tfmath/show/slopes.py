"""Pictures of slopes: lines that touch a curve, what adds up to 0, runs side by side."""

import numpy as np

from tfmath.errors import ShapeError
from tfmath.show.figures import (
    _COLOURS,
    _MARKS,
    _STYLES,
    Picture,
    _axes,
    _short,
    _values,
    new_figure,
)

CURVE = "#555555"
RAISE, LOWER = "#f2a24a", "#8fb3e6"
"""The colours of a slope below 0 and of one above, as in the tables."""


def lines_at(function, span, lines, title, x_label, y_label, step=None):
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
    step : number, optional
        How far to go from the first line's point: arrows show what that line promises there
        and what the curve keeps.
    """
    figure, (ax,) = new_figure()
    x = np.linspace(*span, 200)
    ax.plot(x, function(x), color=CURVE, linewidth=2)
    bottom, top = ax.get_ylim()
    said = []
    for i, (name, line) in enumerate(lines.items()):
        at, slope, marked = _line(function, line)
        style = {"color": _COLOURS[i % 6], "linestyle": _STYLES[i % 6]}
        label = name.replace(" -", " −")
        ax.plot(x, function(at) + slope * (x - at), label=label, **style)
        ax.plot(marked, function(marked), "o", color=_COLOURS[i % 6], markersize=5)
        said.append(f"{name} goes through {_short(at)} with slope {_short(slope)}")
    ax.set_ylim(bottom, top)
    if step is not None:
        said.append(
            _promise(ax, function, *_line(function, [*lines.values()][0])[:2], step)
        )
    _axes(ax, x_label, y_label)
    ax.legend(fontsize=8, frameon=False)
    ax.set_title(title, fontsize=10)
    ends = [_short(h) for h in function(x[[0, -1]])]
    curve = f"{y_label} over {x_label}: from {ends[0]} to {ends[1]}"
    return Picture(figure, f"{title} {curve}; {'; '.join(said)}.")


def _promise(ax, function, at, slope, step):
    """Two arrows from the height of the start: to the line, and to the curve."""
    start, kept = float(function(at)), float(function(at + step) - function(at))
    where = at + step * np.array([1, 1.12])
    ax.hlines(start, at, where[1], color=CURVE, linestyle=":", linewidth=1)
    ends = (("promised", slope * step, _COLOURS[0], 1), ("found", kept, CURVE, 0.5))
    told = []
    for x, (name, rise, colour, low) in zip(where, ends, strict=True):
        arrow = {"arrowstyle": "-|>", "color": colour, "shrinkA": 0, "shrinkB": 0}
        ax.annotate("", (x, start + rise), (x, start), arrowprops=arrow)
        told.append(f"{name} {_signed(rise)}")
        look = {"va": "center", "fontsize": 8, "color": colour}
        ax.text(x, start + low * rise, f"  {told[-1]}", **look)
    seen = [*ax.get_ylim(), start + slope * step, start + kept]  # or no arrow is drawn
    ax.set_ylim(min(seen), max(seen))
    return f"a step of {_short(step)}: {', '.join(told)}"


def _line(function, line):
    """The x of a point, a slope, and the points that are marked."""
    at, other = map(float, line)
    if isinstance(line, tuple):
        return at, other, np.array([at])
    both = np.array([at, other])
    return at, np.diff(function(both))[0] / (other - at), both


def balances(slopes, rows, cols, title, x_label):
    """For each row its slopes below 0 end to end, and under them all those above 0.

    Where a row adds up to 0, the two are of one length. A piece with room has its name.

    Parameters
    ----------
    slopes : array (n_rows, n_cols)
    rows, cols : sequence of str
        What each row and each column is called.
    title : str
        The finding, as a sentence.
    x_label : str

    Raises
    ------
    ShapeError
        If there is not one name for each row and each column.
    """
    slopes = np.asarray(_values(slopes, "balances", "slopes"), dtype=float)
    if slopes.shape != (len(rows), len(cols)):
        raise ShapeError(
            f"balances: slopes {slopes.shape} must be (n_rows, n_cols) = "
            f"{len(rows), len(cols)}."
        )
    figure, (ax,) = new_figure(6, 4)
    sides, said = [np.maximum(s * slopes, 0).sum(axis=1) for s in (-1, 1)], []
    longest = np.max(sides) or 1.0
    for y, (name, row) in enumerate(zip(rows, slopes, strict=True)):
        order = np.argsort(-np.abs(row))
        for sign, colour, at in ((-1, RAISE, y - 0.2), (1, LOWER, y + 0.2)):
            pieces = [(cols[i], abs(row[i])) for i in order if row[i] * sign > 0]
            end = _end_to_end(ax, pieces, at, colour, longest)
            ax.text(end + longest / 90, at, _signed(sign * end), fontsize=8, va="center")
        most = [f"{cols[i]} {_short(row[i])}" for i in order[:4]]
        said.append(f"{name}: {', '.join(most)}, the rest {_short(row[order[4:]].sum())}")
    ax.set_yticks(range(len(slopes)), rows)
    ax.set_xlim(0, longest * 1.12)
    ax.invert_yaxis()
    _axes(ax, x_label, "")
    ax.set_title(title, fontsize=10)
    return Picture(figure, f"{title} {x_label}: {'; '.join(said)}.")


def _end_to_end(ax, pieces, y, colour, longest):
    """Pieces of a bar one after another, with their names; where the last one ends."""
    left, whole = 0.0, sum(size for _, size in pieces)
    ax.barh(y, whole, 0.36, color=colour)
    for name, size in pieces:
        if 0 < left < whole - longest / 250:
            ax.vlines(left, y - 0.18, y + 0.18, color="white", linewidth=0.7)
        if size > longest * 0.014 * (1 + len(name)):
            middle = {"ha": "center", "va": "center_baseline", "fontsize": 8}
            ax.text(left + size / 2, y, name, **middle)
        left += size
    return whole


def areas(weights, costs, title, x_label, y_label):
    """Bars as wide as their weights, filled from the average cost to their own.

    A filled area is weight · (cost − average), the slope by that weight's score; the areas
    above the average and those below it are equally large.

    Parameters
    ----------
    weights, costs : sequence of numbers
        The weights add up to 1.
    title : str
        The finding, as a sentence.
    x_label, y_label : str

    Raises
    ------
    ShapeError
        If there is not one weight for each cost.
    ValueError
        If the weights do not add up to 1: then the line would be no average.
    """
    weights, costs = (np.asarray(given, dtype=float) for given in (weights, costs))
    if weights.ndim != 1 or weights.shape != costs.shape:
        raise ShapeError(f"areas: {weights.shape} weights, {costs.shape} costs.")
    if not np.isclose(weights.sum(), 1, atol=1e-5):
        raise ValueError(f"areas: the weights add up to {weights.sum():g}, not to 1.")
    average, left = weights @ costs, np.cumsum(weights) - weights
    slopes = weights * (costs - average)
    figure, (ax,) = new_figure(6, 3.6)
    style = {"align": "edge", "edgecolor": "white", "linewidth": 1}
    ax.bar(left, costs, weights, color="#e8e8e8", **style)
    colours = [RAISE if s < 0 else LOWER for s in slopes]
    ax.bar(left, costs - average, weights, average, color=colours, **style)
    ax.axhline(average, color=CURVE, linestyle="--", linewidth=1)
    told = []
    for x, w, c, s in zip(left, weights, costs, slopes, strict=True):
        told.append(f"{_signed(w)} · ({_signed(c)} − {_signed(average)}) = {_signed(s)}")
        look = {"ha": "center", "va": "center", "fontsize": 8}
        ax.text(x + w / 2, (c + average) / 2, told[-1].replace(" =", "\n="), **look)
    ax.set_xticks([*left, 1], map(_short, [*left, 1]))
    ax.set_yticks(sorted({0, *costs, average}))
    _axes(ax, x_label, y_label)
    ax.set_title(title, fontsize=10)
    return Picture(figure, f"{title} {'; '.join(told)}. A line at {_short(average)}.")


def _signed(x):
    return _short(x).replace("-", "−")


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
