"""Pictures of losses: many runs, a curve through them, and what no model falls below."""

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.patheffects import withStroke

from tfmath.errors import ShapeError
from tfmath.show.figures import _MARKS, _STYLES, Picture, _axes, _short, new_figure

# One colour a thing: what was measured, what was fitted, what is known.
MEASURED, FITTED, KNOWN = "#1f4e9c", "#d9730d", "#3a8f3a"
# What was measured at several budgets: from the smallest to the largest, light to dark.
BLUES = ("#8fb8e8", "#4f86cf", "#12306b")
TICKS = [k * 10.0**power for power in range(-6, 3) for k in (1, 2, 5)]


def losses_of_runs(
    sizes, losses, title, fits=None, known=None, later=None, band=(), ahead=None
):
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
        Sizes and losses of runs that the curves do not know: hollow.
    band : sequence of functions, optional
        Other curves, as in `fits`; what lies between the lowest and the highest is pale.
    ahead : number, optional
        A size that is asked for: it stands on the axis, with a question mark.
    """
    sizes, losses = _rows("losses_of_runs", sizes, losses)
    figure, (ax,) = new_figure()
    marked = ax.scatter(sizes, losses, s=14, color=MEASURED, label="a run", zorder=3)
    said = [f"{len(sizes)} runs, from {_short(losses[0])} to {_short(losses[-1])}"]
    x = np.geomspace(sizes.min(), (4 if fits else 1) * sizes.max(), 100)
    said += _curves(ax, x, fits or {}, band)
    ticks = {*sizes, *([] if ahead is None else [ahead])}
    if later is not None:
        more, lost = _rows("losses_of_runs", *later)
        _hollow(ax, more, lost)
        ticks |= {*more}
        said.append(f"{len(more)} later runs, from {_short(lost.min())} up")
    if ahead is not None:
        said.append(_asked(ax, ahead))
    said += [_level(ax, x.min(), *level) for level in (known or {}).items()]
    _axes(ax, "parameters", "loss", "x")
    _sizes_on_the_axis(ax, ticks)
    if fits:
        handles = [h for h in ax.get_legend_handles_labels()[0] if h is not marked]
        ax.legend(handles=[marked, *handles], fontsize=8, loc="upper right", frameon=False)
    ax.set_title(title, fontsize=10)
    return Picture(figure, f"{title} loss over parameters: {'; '.join(said)}.")


def _curves(ax, x, fits, band):
    said = []
    for i, (name, law) in enumerate(fits.items()):
        y = np.asarray(law(x))
        ax.plot(x, y, color=FITTED, linestyle=_STYLES[i % 6], label=name)
        said.append(f"{name} from {_short(y[0])} to {_short(y[-1])}")
    if len(band):
        rows = np.array([law(x) for law in band])
        low, high = rows.min(axis=0), rows.max(axis=0)
        name = f"{len(rows)} fits of the bootstrap"
        ax.fill_between(x, low, high, color=FITTED, alpha=0.25, linewidth=0, label=name)
        said.append(f"{name} end between {_short(low[-1])} and {_short(high[-1])}")
    return said


def _hollow(ax, sizes, losses):
    """Runs as rings."""
    looks = {"facecolors": "none", "edgecolors": MEASURED, "zorder": 4}
    ax.scatter(sizes, losses, s=22, label="a run that it does not know", **looks)


def _level(ax, left, name, height):
    ax.axhline(height, color=KNOWN, linewidth=1)
    place = {"xytext": (0, 2), "textcoords": "offset points"}
    ax.annotate(name, (left, height), color=KNOWN, fontsize=8, **place)
    return f"{name} {_short(height)}"


def _asked(ax, size):
    ax.axvline(size, color="#555555", linestyle=":", linewidth=1)
    place = {"xycoords": ("data", "axes fraction"), "ha": "center", "fontsize": 14}
    ax.annotate("?", (size, 1.01), color="#555555", **place)
    return f"asked for at {size:g}"


def _sizes_on_the_axis(ax, sizes):
    """The sizes themselves as ticks, if they are few."""
    if len(sizes) <= 10:
        ax.set_xticks(sorted(sizes), [f"{n:g}" for n in sorted(sizes)])
        ax.minorticks_off()


def losses_above(floor, sizes, losses, title):
    """How far losses are above a floor, both axes logarithmic, and a straight line.

    The line is what a power law would be; it runs from the first point to the last.

    Parameters
    ----------
    floor : number
    sizes : (n,)
        Rising.
    losses : (n, n_runs)
        The runs of each size: their mean is a point, from the least to the most a bar.
    title : str
        The finding, as a sentence.
    """
    sizes, losses = _tables("losses_above", sizes, losses)
    distances = losses.mean(axis=1) - floor
    _above_zero("losses_above", "losses - floor", losses - floor)
    figure, (ax,) = new_figure()
    ax.plot(sizes, distances, "o-", color=MEASURED, markersize=4, label="mean of the runs")
    law = {"color": FITTED, "label": "a power law through the ends"}
    ax.plot(sizes[[0, -1]], distances[[0, -1]], "--", **law)
    ends = losses.min(axis=1) - floor, losses.max(axis=1) - floor
    name = "from the least run to the most"
    ax.vlines(sizes, *ends, color=MEASURED, linewidth=1, label=name)
    _axes(ax, "parameters", f"loss − {floor:.3f}", ("x", "y"))
    _sizes_on_the_axis(ax, sizes)
    ticks = [t for t in TICKS if distances.min() <= 1.3 * t and t <= 1.3 * distances.max()]
    ax.set_yticks(ticks, [f"{t:g}" for t in ticks])
    ax.minorticks_off()
    ax.legend(fontsize=8, frameon=False)
    ax.set_title(title, fontsize=10)
    said = ", ".join(f"{_short(d)} at {s:g}" for s, d in zip(sizes, distances, strict=True))
    return Picture(figure, f"{title} loss − {floor:.3f} over parameters: {said}.")


def losses_at_budgets(lines, title):
    """For each budget, the losses of the sizes that it can be spent on.

    The least mean of each is marked by a ring.

    Parameters
    ----------
    lines : dict of str to pair of (n,) and (n, n_runs)
        What each budget is called, from the smallest; the sizes, rising, and the losses of
        their runs: the mean is a point, from the least to the most a bar.
    title : str
        The finding, as a sentence.
    """
    figure, (ax,) = new_figure()
    said, ticks = [], set()
    for i, (name, (sizes, losses)) in enumerate(lines.items()):
        sizes, losses = _tables("losses_at_budgets", sizes, losses)
        colour, means = BLUES[i % 3], losses.mean(axis=1)
        aside = sizes * 1.02 ** (i - (len(lines) - 1) / 2)  # so that no bar hides another
        ax.vlines(aside, losses.min(axis=1), losses.max(axis=1), color=colour, linewidth=1)
        style = {"color": colour, "linestyle": _STYLES[i % 6], "marker": _MARKS[i % 6]}
        ax.plot(aside, means, label=name, markersize=4, **style)
        best = means.argmin()
        ring = {"markersize": 11, "fillstyle": "none", "color": colour}
        ax.plot(aside[best], means[best], "o", **ring)
        said.append(f"{name} least {_short(means[best])} at {sizes[best]:g}")
        ticks |= {*sizes}
    _axes(ax, "parameters", "loss", "x")
    _sizes_on_the_axis(ax, ticks)
    place = {"loc": "upper center", "title": "FLOPs", "title_fontsize": 8}
    ax.legend(fontsize=8, frameon=False, **place)
    ax.set_title(title, fontsize=10)
    return Picture(figure, f"{title} loss over parameters, by FLOPs: {'; '.join(said)}.")


def losses_over_work(sizes, work, losses, title, known=None, at=()):
    """How the mean loss of each size falls with its work, and the least of them all.

    Parameters
    ----------
    sizes, work, losses : (n,)
        A look at a run each: its parameters, its FLOPs so far, its loss. The mean of the
        looks at one size after as much work is a point; its curve is straight over the
        logarithm of the work.
    title : str
        The finding, as a sentence.
    known : dict of str to number, optional
        Levels: what each is called, and its height.
    at : sequence of numbers, optional
        Budgets, from the smallest: each a dotted line.
    """
    sizes, losses = _rows("losses_over_work", sizes, losses)
    sizes, work = _rows("losses_over_work", sizes, work)
    _above_zero("losses_over_work", "work", work)
    figure, (ax,) = new_figure()
    curves = {
        n: _mean_curve(work[sizes == n], losses[sizes == n]) for n in np.unique(sizes)
    }
    x, least = _least_of_all(curves.values())
    ax.plot(x, least, color="#d9d9d9", linewidth=9, label="the least of all", zorder=0)
    shades = _shades(len(curves))
    for shade, (size, curve) in zip(shades, curves.items(), strict=True):
        _curve_of_a_size(ax, size, curve, shade)
    said = [f"{n:g} to {_short(y[-1])}" for n, (_, y) in curves.items()]
    said += [_level(ax, x[0], *level) for level in (known or {}).items()]
    for i, budget in enumerate(at):
        ax.axvline(budget, color=BLUES[i % 3], linestyle=":", zorder=0)
    _axes(ax, "FLOPs", "loss", "x")
    ax.legend(fontsize=8, loc="upper right", frameon=False)
    ax.set_title(title, fontsize=10)
    return Picture(figure, f"{title} loss over FLOPs, by parameters: {'; '.join(said)}.")


def _mean_curve(work, losses):
    places = np.unique(work)
    return places, np.array([losses[work == place].mean() for place in places])


def _least_of_all(curves):
    """At each work the least loss of the curves that reach it."""
    ends = [(np.log(x), y) for x, y in curves]
    low, high = min(x[0] for x, _ in ends), max(x[-1] for x, _ in ends)
    grid = np.unique(np.concatenate([np.linspace(low, high, 400), *(x for x, _ in ends)]))
    outside = {"left": np.inf, "right": np.inf}
    rows = [np.interp(grid, x, y, **outside) for x, y in ends]
    return np.exp(grid), np.min(rows, axis=0)


def _shades(n):
    """From light to dark, as `BLUES`."""
    light, dark = (np.array(to_rgb(colour)) for colour in BLUES[::2])
    return [light + (dark - light) * share for share in np.linspace(0, 1, n)]


def _curve_of_a_size(ax, size, curve, shade):
    ax.plot(*curve, "o-", color=shade, markersize=3, linewidth=1.3)
    end = (curve[0][-1], curve[1][-1])
    place = {"xytext": (3, 4), "textcoords": "offset points", "ha": "left"}
    halo = [withStroke(linewidth=3, foreground="white")]
    ax.annotate(f"{size:g}", end, color=shade, fontsize=8, path_effects=halo, **place)


def _rows(where, sizes, losses):
    sizes, losses = np.asarray(sizes, dtype=float), np.asarray(losses, dtype=float)
    if sizes.ndim != 1 or not sizes.size or sizes.shape != losses.shape:
        raise ShapeError(
            f"{where}: sizes {sizes.shape} and losses {losses.shape} must be rows of one "
            "length, with one run at least."
        )
    _above_zero(where, "sizes", sizes)
    return sizes, losses


def _tables(where, sizes, losses):
    sizes, losses = np.asarray(sizes, dtype=float), np.asarray(losses, dtype=float)
    if sizes.ndim != 1 or losses.ndim != 2 or len(losses) != len(sizes) or not losses.size:
        raise ShapeError(
            f"{where}: sizes {sizes.shape} and losses {losses.shape} must be (n,) and "
            "(n, n_runs), with one run at least."
        )
    _above_zero(where, "sizes", sizes)
    return sizes, losses


def _above_zero(where, name, values):
    """What stands on a logarithmic axis."""
    if not (values > 0).all():
        raise ValueError(
            f"{where}: {name} holds {np.min(values):g}; on a logarithmic axis all must be "
            "above 0."
        )
