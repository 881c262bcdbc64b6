"""Pictures of rounding: where numbers fall, how far they drift, how errors grow."""

import numpy as np

from tfmath.errors import ShapeError
from tfmath.show.figures import Picture, new_figure

ALONE = {"ls": "", "marker": "x", "ms": 5, "mew": 1.4, "color": "#d9730d"}
LINES = {"by this step alone": ALONE}
OTHERS = (
    {"ls": "", "marker": "o", "ms": 3, "color": "#1f4e9c"},
    {"ls": "", "marker": "^", "ms": 3, "color": "#3a8f3a"},
)
"""How the lines of `bits_lost` look: one by its name, the others in turn."""
MACHINES = (("o", 5), ("+", 11))
"""A mark for each machine of `against_roundoff`, and its size."""


def number_line(kept, falls, title):
    """The numbers that a machine keeps, and where others fall on them.

    Parameters
    ----------
    kept : sequence of float
    falls : dict of str to (float, float)
        How a number is called; the number, and what is kept of it.
    title : str
    """
    figure, (ax,) = new_figure(6, 1.6)
    ax.spines["left"].set_visible(False)
    for name, (true, found) in falls.items():
        arrow = {"arrowstyle": "-|>", "color": "#d9730d", "linewidth": 1.2}
        ax.plot(true, 1, "o", color="#d9730d", markersize=4)
        ax.annotate("", (found, 0.03), (true, 1), arrowprops=arrow)
        ax.text(true, 1.15, name, fontsize=8, ha="center", va="bottom")
    ax.set_xticks(kept, [f"{x:g}" if x % 10 == 0 else "" for x in kept], fontsize=8)
    ax.tick_params(axis="x", length=8)
    ax.set(ylim=(0, 1.6), yticks=[], xlim=(min(kept), max(kept) + 1))
    ax.set_xlabel("the numbers that the machine can keep", fontsize=9)
    figure.suptitle(title, fontsize=10)
    said = ", ".join(f"{name} falls on {found:g}" for name, (_, found) in falls.items())
    return Picture(figure, f"{title} {said}.")


def off_so_far(errors, allowed, title):
    """How far a sum is off after each of its terms, in several orders.

    Parameters
    ----------
    errors : dict of str to (n,) of numbers
        For each order the error after each term.
    allowed : (n,) of numbers
        The bound after each term, in the first order.
    title : str
    """
    figure, (ax,) = new_figure(5.4, 2.4)
    counts, first = np.arange(1, len(allowed) + 1), next(iter(errors))
    ax.plot(counts, allowed, color="#777777", lw=1.2)
    ax.fill_between(counts, allowed, color="#eeeeee", lw=0, label=f"allowed, {first}")
    for (name, error), look in zip(errors.items(), OTHERS, strict=False):
        ax.plot(counts, error, label=name, clip_on=False, **{**look, "ms": 4.5})
    ax.set(xticks=counts, ylim=(0, None))
    ax.tick_params(labelsize=8)
    ax.set_xlabel("terms added", fontsize=9)
    ax.set_ylabel("off by", fontsize=9)
    ax.legend(fontsize=8, frameon=False, loc="upper left")
    figure.suptitle(title, fontsize=10)
    said = "; ".join(f"{name}: {error[-1]:.2f}" for name, error in errors.items())
    return Picture(figure, f"{title} Off at the end: {said}; allowed {allowed[-1]:.2f}.")


def bits_lost(steps, errors, bits, title):
    """How many of its bits each step of a run has lost, in their order.

    An error of the unit roundoff costs no bit, twice as much costs one, four times two.

    Parameters
    ----------
    steps : dict of str to int
        Where in the run a part begins: its name, and the number of its first step.
    errors : dict of str to (n,) of numbers
        An error of each step, as a share of its largest number.
    bits : int
        How many the format has, the leading one counted.
    title : str
        What is shown, as a sentence.
    """
    figure, (ax,) = new_figure(6, 3.2)
    ax.axhline(0, color="#777777", linewidth=1.2)
    others, said = iter(OTHERS), []
    for name, error in errors.items():
        error = _one_a_step(name, error, steps)
        lost = _bits(np.where(error > 0, error, np.nan), bits)
        look = LINES.get(name) or next(others)
        ax.plot(np.arange(1, len(lost) + 1), lost, label=name, **look)
        typical = [_typical(part) for part in _cut(lost, steps)]
        said.append(f"{name} typically {typical[0]}, in the last part {typical[1]}")
    _parts(ax, steps)
    ax.set_ylabel(f"bits lost, of {bits}", fontsize=9)
    figure.legend(loc="outside lower center", ncols=3, fontsize=8, frameon=False)
    figure.suptitle(title, fontsize=10)
    return Picture(figure, f"{title} Bits lost: {'; '.join(said)}.")


def _bits(error, bits):
    return np.log2(error * 2.0**bits).clip(None, bits)


def _one_a_step(name, error, steps):
    error = np.asarray(error, float)
    if error.ndim != 1 or len(error) <= max(steps.values()):
        raise ShapeError(
            f"bits_lost: errors[{name!r}] has the shape {error.shape}; the last part "
            f"begins at step {max(steps.values())}."
        )
    if not (error >= 0).all():
        raise ValueError(f"bits_lost: errors[{name!r}] holds {error.min():g}, no error.")
    return error


def _typical(lost):
    """In whole bits, of the steps that are not exact; 0 if all are."""
    lost = lost[np.isfinite(lost)]
    return max(0, round(float(np.median(lost)))) if lost.size else 0


def _cut(lost, steps):
    *_, last = steps.values()
    return lost[:last], lost[last:]


def _parts(ax, steps):
    ax.set_xlabel("step of the run, from the first to the last", fontsize=9)
    ax.tick_params(labelsize=8)
    top = ax.get_ylim()[1]
    for name, first in steps.items():
        ax.axvline(first + 0.5, color="#ccc", linewidth=0.8, zorder=0)
        ax.text(first + 1, top, name, fontsize=8, color="#555", va="bottom")


def against_roundoff(errors, title):
    """The worst error of a run in each number format, against the format's unit roundoff.

    Parameters
    ----------
    errors : dict of str to list of (str, float, float)
        For each machine its formats: a name, the unit roundoff, the worst error.
    title : str
    """
    figure, (ax,) = new_figure(5.4, 3.4)
    ax.loglog([1e-16, 1e-2], [1e-14, 1.0], color="#777777", linewidth=1, label="100 u")
    for (machine, found), (mark, size) in zip(errors.items(), MACHINES, strict=False):
        _, units, worst = zip(*found, strict=True)
        ax.plot(units, worst, mark, ms=size, mew=1.4, color="#1f4e9c", label=machine)
    for name, u, error in {
        name: (name, *at) for name, *at in sum(errors.values(), [])
    }.values():
        at, side = ((9, -8), "left") if name == "TF32" else ((-9, 3), "right")
        ax.annotate(name, (u, error), at, textcoords="offset points", fontsize=8, ha=side)
    ax.set(xlim=(1e-18, 1), ylim=(1e-16, 1e2))
    ax.set_xlabel("unit roundoff u", fontsize=9)
    ax.set_ylabel("worst error in the run", fontsize=9)
    ax.tick_params(labelsize=8)
    ax.legend(fontsize=8, frameon=False, loc="lower right")
    figure.suptitle(title, fontsize=10)
    said = "; ".join(
        f"{machine}: " + ", ".join(f"{name} {error:.1e}" for name, _, error in found)
        for machine, found in errors.items()
    )
    return Picture(figure, f"{title} {said}.")


def growth(columns, title):
    """The typical error of a step against the columns of the model, and the bound's growth.

    Parameters
    ----------
    columns : dict of str to list
        As ``measured("growing")`` gives them.
    title : str
    """
    figure, (ax,) = new_figure(5.4, 3.4)
    widths, layers, typical = (
        np.array(columns[key]) for key in ("columns", "layers", "typical")
    )
    sizes = np.unique(widths)
    means = {n: [_mean(typical, widths, layers, d, n) for d in sizes] for n in set(layers)}
    least = min(means)
    ax.plot(sizes, means[least][0] * sizes / sizes[0], color="#777777", lw=1.2)
    ax.text(sizes[3], means[least][0] * sizes[3] / sizes[0] * 1.3, "as n, like the bound",
            fontsize=8, color="#555", ha="right")  # fmt: skip
    looks = zip(sorted(means), ("#1f4e9c", "#3a8f3a"), "o^", strict=False)
    for n, colour, mark in looks:
        there = layers == n
        ax.plot(widths[there], typical[there], mark, ms=3.5, color=colour, alpha=0.5)
        name = f"{n} + {n} layers"
        ax.plot(sizes, means[n], color=colour, lw=1.2, label=name)
    _columns_axis(ax, sizes)
    figure.suptitle(title, fontsize=10)
    said = "; ".join(
        f"{n} + {n} layers: {means[n][0]:.1f} u at {sizes[0]} columns, "
        f"{means[n][-1]:.1f} u at {sizes[-1]}"
        for n in sorted(means)
    )
    return Picture(figure, f"{title} {said}.")


def _mean(typical, widths, layers, d, n):
    return float(typical[(widths == d) & (layers == n)].mean())


def _columns_axis(ax, sizes):
    ax.set(xscale="log", yscale="log")
    ax.set_xticks(sizes, [str(d) for d in sizes], fontsize=8)
    ax.set_yticks([1, 10, 100], ["1 u", "10 u", "100 u"], fontsize=8)
    ax.minorticks_off()
    ax.set_xlabel("columns", fontsize=9)
    ax.set_ylabel("error of a typical step", fontsize=9)
    ax.legend(fontsize=8, frameon=False, loc="upper left")
