"""Pictures of one model on several processes."""

from matplotlib.patches import FancyBboxPatch

from tfmath.show.figures import Picture, new_figure

LANES = ("#1f4e9c", "#3a8f3a")
TRAVELS, STAYS = "#d9730d", "#888888"
ATTENTION = [
    ("x\n6 × 5", "x\n6 × 5"),
    ("head 1\n6 × 3", "head 2\n6 × 3"),
    ("W_O, rows\n0–2", "W_O, rows\n3–5"),
    "+",
]
FEED_FORWARD = [
    ("norm\n6 × 5", "norm\n6 × 5"),
    ("hidden\n0–3", "hidden\n4–6"),
    ("W_2, rows\n0–3", "W_2, rows\n4–6"),
    "+",
]
"""The encoder layer of the toy model, for `lanes`."""


def lanes(stations, title, backward=False):
    """Two processes as two lanes: what each computes, and where their parts are added.

    Parameters
    ----------
    stations : sequence of (str, str) or str
        For each place from left to right the two boxes; or a sign, in which both lanes
        meet: ``"+"`` where they are added, ``"="`` where both have the same
        and nothing travels.
    title : str
        The finding, as a sentence.
    backward : bool
        Whether the arrows run from right to left, as slopes do.
    """
    figure, (ax,) = new_figure(6, 2.3)
    ax.set_axis_off()
    widths = [0.44 if isinstance(s, tuple) else 0.025 * len(stations) for s in stations]
    ends = [(x - width, x + width) for x, width in enumerate(widths)]
    for x, station in enumerate(stations):
        _boxes(ax, x, station) if isinstance(station, tuple) else _sign(ax, x, station)
    for left, right, a, b in zip(ends, ends[1:], stations, stations[1:], strict=False):
        _arrows(ax, left[1], right[0], (a, b), backward)
    for y, name, colour in zip((1, 0), ("process 0", "process 1"), LANES, strict=True):
        ax.text(-0.55, y, name, ha="right", va="center", fontsize=8, color=colour)
    ax.text(-0.55, 0.5, "travels", ha="right", va="center", fontsize=8, color=TRAVELS)
    ax.set(xlim=(-1.3, len(stations) - 0.5), ylim=(-0.45, 1.45))
    figure.suptitle(title, fontsize=10)
    order = stations[::-1] if backward else stations
    return Picture(figure, f"{title} {'; then '.join(map(_said, order))}.")


def _said(station):
    if isinstance(station, tuple):
        return "process 0 {}, process 1 {}".format(*(s.replace("\n", " ") for s in station))
    return {"+": "both parts are added", "=": "both have the same"}[station]


def _boxes(ax, x, texts):
    for y, text, colour in zip((1, 0), texts, LANES, strict=True):
        look = {"boxstyle": "round,pad=0,rounding_size=0.05", "ec": colour, "fc": "white"}
        ax.add_patch(FancyBboxPatch((x - 0.44, y - 0.3), 0.88, 0.6, lw=1.3, **look))
        ax.text(x, y, text, ha="center", va="center", fontsize=6.5)


def _sign(ax, x, sign):
    colour = TRAVELS if sign == "+" else STAYS
    ax.plot([x], [0.5], "o", color="white", markeredgecolor=colour, markersize=15)
    ax.text(x, 0.49, sign, ha="center", va="center", fontsize=11, color=colour)


def _arrows(ax, left, right, between, backward):
    for y, colour in zip((1, 0), LANES, strict=True):
        meets = [not isinstance(s, tuple) for s in between]
        sign = next((s for s in between if not isinstance(s, tuple)), None)
        colour = {"+": TRAVELS, "=": STAYS}.get(sign, colour)
        start, tip = [
            (at, 0.5 if m else y) for at, m in zip((left, right), meets, strict=True)
        ]
        start, tip = (tip, start) if backward else (start, tip)
        look = {"arrowstyle": "->", "color": colour, "lw": 1.3}
        ax.annotate("", tip, start, arrowprops=look | {"shrinkA": 1, "shrinkB": 1})


def in_parts(counts, errors, title):
    """How far a sum is off, by the number of processes that share it.

    Parameters
    ----------
    counts : sequence of int
    errors : dict of str to sequence of numbers
    title : str
        The finding, as a sentence.
    """
    figure, (ax,) = new_figure(6, 2.8)
    for (name, y), mark, colour in zip(errors.items(), "os", LANES, strict=False):
        ax.plot(counts, y, marker=mark, color=colour, markersize=4, label=name)
    ax.set_xscale("log", base=2)
    ax.set_yscale("log", base=2)
    ax.yaxis.set_major_formatter("{x:g}")
    ax.set_xticks(counts, [f"{n:,}" for n in counts], fontsize=7)
    ax.tick_params(labelsize=7)
    ax.set_xlabel("processes", fontsize=9)
    ax.set_ylabel("off, in u of the sum", fontsize=9)
    if len(errors) > 1:
        ax.legend(fontsize=8, frameon=False)
    figure.suptitle(title, fontsize=10)
    said = "; ".join(
        f"{name}: " + ", ".join(f"{n} {e:.2g}" for n, e in zip(counts, y, strict=True))
        for name, y in errors.items()
    )
    return Picture(figure, f"{title} By processes, {said}.")
