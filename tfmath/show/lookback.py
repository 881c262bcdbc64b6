"""Drawings of how far back a model looks, and of the scores that make it."""

import numpy as np

from tfmath.show.figures import Picture, new_figure

_STROKE = "#1f4e9c"
_CLOCKS = ("#00798c", "#8c2d04")
_SCORES = {"three back": "#111111", "the highest other": "#999999"}


def spikes(weights, title, marks=()):
    """The weight of each distance as a stroke.

    Parameters
    ----------
    weights : (n,)
    title : str
        The finding, as a sentence.
    marks : sequence of int
        Distances that are written above their strokes.
    """
    weights = np.asarray(weights)
    figure, (ax,) = new_figure(6, 2.4)
    ax.vlines(range(len(weights)), 0, weights, color=_STROKE, linewidth=1.6)
    for at in marks:
        ax.text(at, weights[at] + 0.01, at, ha="center", fontsize=8, color="#555")
    ax.set_xlabel("how far back", fontsize=9)
    ax.set_ylabel("weight", fontsize=9)
    ax.tick_params(labelsize=8)
    ax.set_ylim(0, max(0.3, 1.2 * weights.max()))
    ax.set_title(title, fontsize=10)
    far = np.argsort(-weights, kind="stable")[:4]
    listed = ", ".join(f"{weights[i]:.2g} at {i}" for i in far)
    return Picture(figure, f"{title} Weight over distance; the largest: {listed}.")


def clock_scores(lines, trained, marks, title):
    """What each clock adds to a score, by distance, and below it the sum of all.

    Parameters
    ----------
    lines : dict of str to (n,)
        What each clock is called, and its part of the score at distance 0, 1, 2, …
    trained : int
        How many distances training has shown; they are grey.
    marks : sequence of int
        Distances that are marked: those looked at.
    title : str
        The finding, as a sentence.
    """
    total = np.sum(list(lines.values()), axis=0)
    figure, axes = new_figure(6, 4, 2, 1)
    for i, (name, y) in enumerate(lines.items()):
        style = {"color": _CLOCKS[i], "linestyle": ("-", "--")[i], "lw": 1.4}
        axes[0].plot(y, label=name, **style)
    axes[1].plot(total, color="#111111", lw=1.4, label="their sum")
    for ax in axes:
        ax.axvspan(-0.5, trained - 0.5, color="#e8e8e8", lw=0)
        ax.tick_params(labelsize=8)
        for at in marks:
            ax.axvline(at, color="#555", linestyle=":", lw=1)
    _named(axes[0], marks, 1.12 * max(max(y) for y in lines.values()))
    axes[1].axhline(total[marks[0]], color="#555", linestyle=":", lw=1)
    axes[0].set_ylabel("parts of the score", fontsize=9)
    axes[1].set_ylabel("sum", fontsize=9)
    axes[1].set_xlabel("how far back", fontsize=9)
    axes[0].set_title(title, fontsize=10, pad=14)
    _legend(figure, axes)
    return Picture(figure, f"{title} {_said_of_clocks(lines | {'sum': total}, marks)}")


def _said_of_clocks(lines, marks):
    said = [
        f"{name} {', '.join(f'{y[at]:.1f} at {at}' for at in marks)}"
        for name, y in lines.items()
    ]
    return f"Part of the score: {'; '.join(said)}."


def _legend(figure, axes):
    handles = [line for ax in axes for line in ax.get_legend_handles_labels()[0]]
    style = {"ncols": len(handles), "fontsize": 8, "frameon": False}
    figure.legend(handles=handles, loc="outside lower center", **style)


def _named(ax, marks, top):
    """Distances above their lines; of two that touch, each leans outwards."""
    for at in marks:
        side = {-1: "left", 0: "center", 1: "right"}[
            any(0 < other - at < 8 for other in marks)
            - any(0 < at - other < 8 for other in marks)
        ]
        ax.text(at, top, at, fontsize=8, ha=side, color="#555")


def place_scores(ways, trained, title):
    """The score of the word three back by place, beside the highest of the others.

    Parameters
    ----------
    ways : dict of str to (three, other)
        For each way the two scores of place 3, 4, 5, …
    trained : int
        How many places training has shown; they are grey.
    title : str
        The finding, as a sentence.
    """
    figure, axes = new_figure(6, 2.9, 1, len(ways))
    said = []
    for ax, (way, both) in zip(axes, ways.items(), strict=True):
        ax.axvspan(2.5, trained - 0.5, color="#e8e8e8", lw=0)
        for y, name, look in zip(both, _SCORES, ("o-", "--"), strict=True):
            style = {"color": _SCORES[name], "markersize": 3, "lw": 1.2}
            ax.plot(range(3, 3 + len(y)), y, look, label=name, **style)
        ax.set(ylim=(0, 20), xlabel="place of the word that looks")
        ax.xaxis.label.set_size(9)
        ax.tick_params(labelsize=8)
        ax.set_title(way, fontsize=9)
        said.append(_said_of_scores(way, both, trained))
    axes[0].set_ylabel("score", fontsize=9)
    _legend(figure, axes[:1])
    figure.suptitle(title, fontsize=10)
    return Picture(
        figure, f"{title} Three back against the highest other: {'; '.join(said)}."
    )


def _said_of_scores(way, both, trained):
    places = trained - 1, trained, trained + 4
    told = ", ".join(
        "{:.1f} and {:.1f} at {}".format(*(y[at - 3] for y in both), at)
        for at in places
        if at - 3 < len(both[0])
    )
    return f"{way} {told}"
