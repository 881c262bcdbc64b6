"""Three ways to share a model between two processes, and who waits for whom."""

import numpy as np
from matplotlib.patches import Rectangle

from tfmath.show.figures import Picture, new_figure
from tfmath.show.processes import LANES, STAYS, TRAVELS


def _pipeline(parts):
    """Two halves of the layers: a part of the sentences at a time, forwards, then back."""
    beat, forwards = 2 / parts, 2 + 2 / parts
    lanes = [], []
    for rank, lane in enumerate(lanes):
        starts = [(j + rank) * beat for j in range(parts)]
        starts += [forwards + (j + 1 - rank) * beat for j in range(parts)]
        lane += [(start, start + beat) for start in starts]
    crossings = [(j + 1) * beat for j in range(parts)]
    return lanes, crossings + [forwards + at for at in crossings]


def _side_by_side(pieces, crossings):
    lane = [(4 * i / pieces, 4 * (i + 1) / pieces) for i in range(pieces)]
    return (lane, lane), crossings


CUTS = {
    "between\nlayers": ("layers", _pipeline(1)),
    "the same,\nin 4 parts": ("layers", _pipeline(4)),
    "between\nheads": ("heads", _side_by_side(16, [(i + 1) / 4 for i in range(16)])),
    "between\nsentences": ("sentences", _side_by_side(8, [4])),
}
"""How a model of four layers may be cut: what it looks like, who works when, what travels.

One step of training, forwards and then back; one process alone would need the time 8.
"""


def cuts(title):
    """Three ways to cut a model in two: its parts, and who works when.

    Parameters
    ----------
    title : str
        The finding, as a sentence.
    """
    figure, axes = new_figure(6, 4, len(CUTS), 1)
    for ax, (name, (kind, (lanes, crossings))) in zip(axes, CUTS.items(), strict=True):
        ax.set_axis_off()
        ax.text(-3.9, 0.5, name, va="center", fontsize=8)
        _cut_model(ax, kind)
        _clock(ax, lanes, crossings)
        ax.set(xlim=(-3.9, 8.1), ylim=(-0.62, 1.4))
    for x, y, word in ((1, 0.9, "forwards"), (3, 0.1, "forwards"), (5, 0.1, "back"),
                       (7, 0.9, "back")):  # fmt: skip
        axes[0].text(x, y, word, ha="center", va="center", fontsize=7, color="white")
    axes[-1].annotate("", (8, -0.5), (0, -0.5), arrowprops={"arrowstyle": "->", "lw": 0.8})
    axes[-1].text(
        8, -0.42, "time, without the talking", ha="right", va="bottom", fontsize=7
    )
    figure.suptitle(title, fontsize=10)
    said = "; ".join(map(_cut_said, CUTS, CUTS.values()))
    return Picture(figure, f"{title} {said}.")


def _cut_said(name, cut):
    lanes, crossings = cut[1]
    end = max(b for lane in lanes for _, b in lane)
    idle = 1 - sum(b - a for a, b in lanes[0]) / end
    name = name.replace("\n", " ")
    times = "once" if len(crossings) == 1 else f"{len(crossings)} times"
    return f"{name}: done at {end:g}, each idle {idle:.0%}, something travels {times}"


def _cut_model(ax, kind):
    """Four layers of two heads, each in the colour of the process that keeps it."""
    for layer, head in np.ndindex(4, 2):
        y = 0.4 * layer - 0.3
        if kind == "sentences":
            for rank, x in enumerate((-2.1, -1.3)):
                _block(ax, x + 0.35 * head, y, 0.3, LANES[rank])
        else:
            rank = head if kind == "heads" else layer // 2
            _block(ax, -1.85 + 0.5 * head, y, 0.45, LANES[rank])


def _block(ax, x, y, width, colour):
    ax.add_patch(Rectangle((x, y), width, 0.34, fc=colour, ec="none"))


def _clock(ax, lanes, crossings):
    """When each process works (in its colour) or waits (blank), and what travels when."""
    end = max(b for lane in lanes for _, b in lane)
    for y, lane, colour in zip((0.6, -0.2), lanes, LANES, strict=True):
        ax.add_patch(Rectangle((0, y), end, 0.6, fc="white", ec=STAYS, ls=":", lw=0.8))
        for a, b in lane:
            ax.add_patch(Rectangle((a, y), b - a, 0.6, fc=colour, ec="white", lw=0.8))
    for at in crossings:
        ax.plot([at, at], [-0.1, 1.1], color=TRAVELS, lw=2, marker="o", markersize=3)
