"""Three ways to share a model between processes, who waits for whom, and how many add."""

import numpy as np
from matplotlib.patches import Circle, Rectangle

from tfmath.errors import ShapeError
from tfmath.show.figures import Picture, new_figure
from tfmath.show.numbers import number
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
                       (7, 0.9, "back"), (1, 0.1, "waits"), (4, 0.9, "waits"),
                       (7, 0.1, "waits")):  # fmt: skip
        colour = STAYS if word == "waits" else "white"
        axes[0].text(x, y, word, ha="center", va="center", fontsize=7, color=colour)
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


def added(parts, whole, title, decimals=3):
    """What two processes have in the place of each number, and that number.

    Parameters
    ----------
    parts : (2, n)
        The second goes on where the first ends.
    whole : (n,)
        A line at each.
    title : str
        The finding, as a sentence.
    decimals : int
        Of the numbers that are told.
    """
    figure, (ax,) = new_figure(6, 2.6)
    ax.use_sticky_edges = False  # no bar ends at the frame
    places = np.arange(len(whole))
    for rank, (below, part) in enumerate(zip((0 * parts[0], parts[0]), parts, strict=True)):
        ax.bar(places + 0.36 * rank - 0.18, part, 0.32, below, color=LANES[rank],
               label=f"process {rank}")  # fmt: skip
    ends = places - 0.42, places + 0.42
    ax.hlines(whole, *ends, color="#222222", lw=2, label="all heads at once")
    ax.axhline(0, color=STAYS, lw=0.8)
    ax.set_xticks(places, [f"column {n}" for n in places])
    ax.tick_params(labelsize=8)
    ax.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    figure.suptitle(title, fontsize=10)
    said = "; ".join(_made(row, decimals) for row in zip(*parts, whole, strict=True))
    return Picture(figure, f"{title} {said}.")


def _made(row, decimals):
    return "{} and {} make {}".format(*(number(x, decimals) for x in row))


# More than two add ----------------------------------------------------------------------

OF_FOUR = (*LANES, "#b03060", "#d1a800")


def ring(parts):
    """What each process has after each round, when all add their tables in a ring.

    In each round everybody hands one piece to the next. At first the next adds it to its
    own; when each has one piece of the sum, it takes what comes.

    Parameters
    ----------
    parts : (processes, processes, ...)
        Each process's table, cut into as many pieces as there are processes.

    Returns
    -------
    (2 processes - 1, processes, processes, ...)

    Raises
    ------
    ShapeError
        If there are not as many pieces as processes.

    Examples
    --------
    Two processes, with 1, 2 and 30, 40. In the first round each has a piece of the sum:

    >>> ring(np.array([[1, 2], [30, 40]])).tolist()
    [[[1, 2], [30, 40]], [[1, 42], [31, 40]], [[31, 42], [31, 42]]]
    """
    processes, seen = len(parts), [np.asarray(parts)]
    if seen[0].shape[:2] != (processes, processes):
        raise ShapeError(f"ring: parts {seen[0].shape} must be (processes, processes, …).")
    for at in range(2 * (processes - 1)):
        have, adding = seen[-1].copy(), at < processes - 1
        for rank, to, piece in hands_over(processes, at):
            have[to, piece] = seen[-1][rank, piece] + adding * seen[-1][to, piece]
        seen.append(have)
    return np.array(seen)


def hands_over(processes, at):
    """Who hands which piece to whom in a round of the ring: (from, to, piece)."""
    return [(r, (r + 1) % processes, (r - at) % processes) for r in range(processes)]


def rounds(title):
    """Four processes add in a ring: whose parts are in each piece, round by round.

    Parameters
    ----------
    title : str
        The finding, as a sentence.
    """
    whose = np.broadcast_to(np.eye(4, dtype=int)[:, None], (4, 4, 4))
    seen = ring(whose)
    figure, axes = new_figure(6, 3.7, 2, 4)
    panels = axes[:4] + axes[5:]
    for at, (ax, have) in enumerate(zip(panels, seen, strict=True)):
        came = [(to, piece) for _, to, piece in hands_over(4, at - 1)] if at else []
        _pieces(ax, have, came)
        name = "adds" if at < 4 else "hands on"
        ax.set_title(f"round {at}: {name}" if at else "before", fontsize=8)
    _circle(axes[4])
    for row in range(4):
        axes[0].text(-0.2, 3.5 - row, f"process {row}", ha="right", va="center", fontsize=7,
                     color=OF_FOUR[row])  # fmt: skip
    figure.suptitle(title, fontsize=10)
    done = ", ".join(str((have.sum(-1) == 4).sum()) for have in seen)
    return Picture(figure, f"{title} Pieces of the sum after each round: {done} of 16.")


def _pieces(ax, have, came):
    """A row a process, a cell a piece: whose parts are in it, placed as in the ring."""
    ax.set_axis_off()
    for rank, piece in np.ndindex(4, 4):
        x, y = piece, 3 - rank
        for whose in np.flatnonzero(have[rank, piece]):
            across, down = whose in (1, 2), whose in (2, 3)
            place = x + 0.1 + 0.4 * across, y + 0.5 - 0.4 * down
            ax.add_patch(Rectangle(place, 0.4, 0.4, fc=OF_FOUR[whose], ec="none"))
        new = (rank, piece) in came
        look = (
            {"ec": TRAVELS, "lw": 2, "zorder": 3} if new else {"ec": "#cccccc", "lw": 0.6}
        )
        ax.add_patch(Rectangle((x + 0.05, y + 0.05), 0.9, 0.9, fc="none", **look))
    ax.set(xlim=(-0.05, 4.05), ylim=(-0.05, 4.05), aspect="equal")


def _circle(ax):
    """Who hands to whom."""
    ax.set_axis_off()
    places = [(1, 3), (3, 3), (3, 1), (1, 1)]
    for rank, (place, colour) in enumerate(zip(places, OF_FOUR, strict=True)):
        ax.add_patch(Circle(place, 0.5, fc=colour, ec="none"))
        ax.text(*place, rank, ha="center", va="center", fontsize=9, color="white")
        look = {
            "arrowstyle": "->",
            "color": TRAVELS,
            "lw": 1.5,
            "shrinkA": 11,
            "shrinkB": 11,
        }
        ax.annotate("", places[(rank + 1) % 4], place, arrowprops=look)
    ax.set(xlim=(-0.05, 4.05), ylim=(-0.05, 4.05), aspect="equal")
