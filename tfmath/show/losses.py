"""Pictures of losses: many runs, a curve through them, and what no model falls below."""

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

# One colour a thing: what was measured, what was fitted, what is known.
MEASURED, FITTED, KNOWN = "#1f4e9c", "#d9730d", "#3a8f3a"
TICKS = [k * 10.0**power for power in range(-6, 3) for k in (1, 2, 5)]


def losses_of_runs(sizes, losses, title, fits=None, known=None, later=None):
    """Each run as a point, curves fitted to them, and levels that are known.

    Parameters
    ----------
    sizes, losses : (n,)
        One of each a run.
    title : str
        The finding, as a sentence.
    fits : dict of str to function, optional
        What each curve is called, and the losses that it gives for sizes.
    known : dict of str to number, optional
        Levels: what each is called, and its height.
    later : pair of (m,), optional
        Sizes and losses of runs that the curves do not know, hollow.
    """
    sizes, losses = _rows("losses_of_runs", sizes, losses)
    figure, (ax,) = new_figure()
    ax.scatter(sizes, losses, s=14, color=MEASURED, label="a run", zorder=3)
    x = np.geomspace(sizes.min(), 10 * sizes.max(), 100) if fits else sizes
    said = [f"{len(sizes)} runs, from {_short(losses[0])} to {_short(losses[-1])}"]
    for i, (name, law) in enumerate((fits or {}).items()):
        y = np.asarray(law(x))
        ax.plot(x, y, color=FITTED, linestyle=_STYLES[i % 6], label=name)
        said.append(f"{name} from {_short(y[0])} to {_short(y[-1])}")
    if later is not None:
        more, lost = _rows("losses_of_runs", *later)
        looks = {"facecolors": "white", "edgecolors": MEASURED, "zorder": 4}
        ax.scatter(more, lost, s=22, label="a run that it does not know", **looks)
        said.append(f"{len(more)} later runs, from {_short(lost.min())} up")
    for name, height in (known or {}).items():
        ax.axhline(height, color=KNOWN, linewidth=1)
        place = {"xytext": (0, 2), "textcoords": "offset points"}
        ax.annotate(name, (x.min(), height), color=KNOWN, fontsize=8, **place)
        said.append(f"{name} {_short(height)}")
    _axes(ax, "parameters", "loss", "x")
    if fits:
        ax.legend(fontsize=8, loc="upper right")
    ax.set_title(title, fontsize=10)
    return Picture(figure, f"{title} loss over parameters: {'; '.join(said)}.")


def losses_above(floor, sizes, distances, title, ranges=None):
    """How far losses are above a floor, both axes logarithmic, and a straight line.

    The line is what a power law would be; it runs from the first point to the last.

    Parameters
    ----------
    floor : number
    sizes, distances : (n,)
        Sizes, rising, and loss − floor of each.
    title : str
        The finding, as a sentence.
    ranges : pair of (n,), optional
        The least and the largest of the runs of each size, minus the floor: a bar.
    """
    sizes, distances = _rows("losses_above", sizes, distances)
    figure, (ax,) = new_figure()
    ax.plot(sizes, distances, "o-", color=MEASURED, markersize=4, label="mean of the runs")
    ends = [0, -1]
    ax.plot(
        sizes[ends],
        distances[ends],
        "--",
        color=FITTED,
        label="a power law through the ends",
    )
    if ranges is not None:
        name = "from the least run to the most"
        ax.vlines(sizes, *ranges, color=MEASURED, linewidth=1, label=name)
    _axes(ax, "parameters", f"loss − {floor:.3f}", ("x", "y"))
    ax.set_xticks(sizes, [f"{size:g}" for size in sizes])
    ticks = [t for t in TICKS if distances.min() <= 1.3 * t and t <= 1.3 * distances.max()]
    ax.set_yticks(ticks, [f"{t:g}" for t in ticks])
    ax.minorticks_off()
    ax.legend(fontsize=8, frameon=False)
    ax.set_title(title, fontsize=10)
    said = ", ".join(f"{_short(d)} at {s:g}" for s, d in zip(sizes, distances, strict=True))
    return Picture(figure, f"{title} loss − {floor:.3f} over parameters: {said}.")


def losses_at_budgets(lines, title):
    """For each budget, the losses of the sizes that it can be spent on.

    The least loss of each is marked by a ring.

    Parameters
    ----------
    lines : dict of str to pair of (n,)
        What each budget is called; the sizes, rising, and their losses.
    title : str
        The finding, as a sentence.
    """
    figure, (ax,) = new_figure()
    said = []
    for i, (name, (sizes, losses)) in enumerate(lines.items()):
        sizes, losses = _rows("losses_at_budgets", sizes, losses)
        style = {"color": _COLOURS[i % 6], "linestyle": _STYLES[i % 6]}
        ax.plot(sizes, losses, label=name, marker=_MARKS[i % 6], markersize=4, **style)
        best = losses.argmin()
        ring = {"markersize": 11, "fillstyle": "none", "color": _COLOURS[i % 6]}
        ax.plot(sizes[best], losses[best], "o", **ring)
        said.append(f"{name} least {_short(losses[best])} at {_short(sizes[best])}")
    _axes(ax, "parameters", "loss", "x")
    ax.legend(fontsize=8, frameon=False, title="FLOPs", title_fontsize=8)
    ax.set_title(title, fontsize=10)
    return Picture(figure, f"{title} loss over parameters, by FLOPs: {'; '.join(said)}.")


def _rows(where, sizes, losses):
    sizes, losses = np.asarray(sizes, dtype=float), np.asarray(losses, dtype=float)
    if sizes.ndim != 1 or not sizes.size or sizes.shape != losses.shape:
        raise ShapeError(
            f"{where}: sizes {sizes.shape} and losses {losses.shape} must be rows of one "
            "length, with one run at least."
        )
    return sizes, losses
