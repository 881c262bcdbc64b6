"""Pictures of losses: many runs, a curve through them, and what no model falls below."""

import numpy as np
from matplotlib.colors import to_rgb

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
    lines : dict of str to `tfmath.study.budgets.Spent`, or (n,) and (n, n_runs)
        What each budget is called, from the smallest; the sizes, rising, and the losses of
        their runs: the mean is a point, from the least to the most a bar.
    title : str
        The finding, as a sentence.
    """
    figure, (ax,) = new_figure()
    said, ticks = [], set()
    for i, (name, spent) in enumerate(lines.items()):
        sizes, losses = _tables("losses_at_budgets", *spent[:2])
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


def losses_as_a_map(sizes, words, losses, title, budgets=None, best=None):
    """The mean loss over size and words read: level lines, the lower the darker.

    Parameters
    ----------
    sizes, words, losses : (n,)
        A look at a run each: its parameters, the words it has read, its loss. The mean of
        the looks at one size after as many words is a dot; every size has a dot after each
        number of words. Between the dots the loss is straight over both logarithms.
    title : str
        The finding, as a sentence.
    budgets : dict of str to `tfmath.study.budgets.Spent`, optional
        What each is called, and what it gave: a dotted line, the least mean in a ring.
    best : function, optional
        How many words are best for sizes: a line.
    """
    at, losses = _rows("losses_as_a_map", sizes, losses)
    read, _ = _rows("losses_as_a_map", words, losses, "words")
    xs, ys, means = _means_on_a_grid(at, read, losses)
    figure, (ax,) = new_figure()
    _level_lines(ax, xs, ys, means)
    ax.scatter(*np.meshgrid(xs, ys), s=7, color=MEASURED, zorder=3, clip_on=False)
    said = [f"{_short(means[0, 0])} at the smallest and fewest"]
    said += [f"{_short(means[-1, -1])} at the largest and most"]
    if best is not None:
        x = np.geomspace(xs[0], xs[-1], 50)
        y = np.asarray(best(x))
        seen = (ys[0] <= y) & (y <= ys[-1])
        ax.plot(x[seen], y[seen], color=FITTED, linewidth=2)
        said.append(f"best from {y[0]:,.0f} to {y[-1]:,.0f} words")
    said += [_bill(ax, *one) for one in (budgets or {}).items()]
    _axes(ax, "parameters", "words read", ("x", "y"))
    _sizes_on_the_axis(ax, xs)
    ax.set_yticks(ys, [f"{n:,.0f}" for n in ys])
    ax.minorticks_off()
    ax.set_title(title, fontsize=10)
    return Picture(figure, f"{title} loss over parameters and words: {'; '.join(said)}.")


def _means_on_a_grid(sizes, words, losses):
    xs, ys = np.unique(sizes), np.unique(words)
    looks = [[losses[(sizes == x) & (words == y)] for y in ys] for x in xs]
    if len(xs) < 2 or len(ys) < 2 or not all(len(one) for row in looks for one in row):
        raise ShapeError(
            f"losses_as_a_map: {len(xs)} sizes and {len(ys)} numbers of words must be two "
            "at least, with a look at each size after each of them."
        )
    return xs, ys, np.array([[one.mean() for one in row] for row in looks])


def _level_lines(ax, xs, ys, means):
    x, y = (np.geomspace(row[0], row[-1], 200) for row in (xs, ys))
    upwards = np.array([np.interp(np.log(y), np.log(ys), row) for row in means])
    fine = np.array([np.interp(np.log(x), np.log(xs), row) for row in upwards.T])
    low, high = np.floor(10 * fine.min()), np.ceil(10 * fine.max())
    levels = np.arange(low, max(high, low + 1) + 1) / 10
    ax.contourf(x, y, fine, levels, colors=_shades(len(levels) - 1))
    lines = ax.contour(x, y, fine, levels, colors=MEASURED, linewidths=0.8)
    ax.clabel(lines, fmt="%.1f", fontsize=8)


def _shades(n):
    """From blue to white."""
    blue = np.array(to_rgb(BLUES[1]))
    return [blue + (1 - blue) * share for share in np.linspace(0, 1, n)]


def _bill(ax, name, spent):
    means, black = np.mean(spent.losses, axis=1), "#222222"
    least = means.argmin()
    ax.plot(spent.sizes, spent.words, ":", color=black, linewidth=1.6, zorder=4)
    ring = {"markersize": 11, "fillstyle": "none", "color": black}
    ax.plot(spent.sizes[least], spent.words[least], "o", zorder=4, **ring)
    place = {"xytext": (6, -3), "textcoords": "offset points", "annotation_clip": False}
    ax.annotate(name, (spent.sizes[-1], spent.words[-1]), fontsize=8, **place)
    return f"{name} least {_short(means[least])} at {spent.sizes[least]:g}"


def _rows(where, sizes, losses, name="sizes"):
    sizes, losses = np.asarray(sizes, dtype=float), np.asarray(losses, dtype=float)
    if sizes.ndim != 1 or not sizes.size or sizes.shape != losses.shape:
        raise ShapeError(
            f"{where}: {name} {sizes.shape} and losses {losses.shape} must be rows of one "
            "length, with one run at least."
        )
    _above_zero(where, name, sizes)
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
