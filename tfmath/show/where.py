"""Drawings of places: on the word, on the score, on the angle; and how long each holds."""

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Arc, FancyArrowPatch

from tfmath.parts.position import positional_encoding
from tfmath.show.figures import Picture, new_figure

# As in the drawings of looking up: who asks, who is asked.
QUERY, KEY = "#d9730d", "#1f4e9c"
_COLOURS = (
    "#999999", "#b03060", "#b8960c", "#3a8f3a", "#7a4fa3", "#1490b5", "#111111"
)  # fmt: skip
_MARKS = "xsv^DoP"
_SIGHTS = {
    "all words seen": {"size": 80, "fill": False},
    "far words covered": {"size": 26, "fill": True},
}


def three_ideas(n=6):
    """Where a place can be told: on each word, on each score, or as an angle.

    Parameters
    ----------
    n : int
        How many words.
    """
    figure, axes = new_figure(6, 2.6, 1, 3)
    places = np.arange(n)
    rows = positional_encoding(n, 4, base=10.0)
    axes[0].imshow(rows, cmap="Greys", vmin=-1.6, vmax=1.6, aspect="auto")
    distance = abs(places[:, np.newaxis] - places)
    axes[1].imshow(distance, cmap="Greys_r", vmin=-2, vmax=n, aspect="auto")
    named = ("column (dark: 1, pale: −1)", "looked at (dark: near)")
    for ax, name in zip(axes[:2], named, strict=True):
        ax.set(xlabel=name, xticks=[], yticks=places)
    axes[0].set_ylabel("place", fontsize=8)
    axes[1].set_ylabel("who looks", fontsize=8)
    for place in places:
        _arrow(axes[2], (0, 0), _tip(place * 0.5), KEY)
        axes[2].text(*(1.2 * np.array(_tip(place * 0.5))), place, fontsize=8, ha="center")
    axes[2].set(xlim=(-1.4, 1.4), ylim=(-0.5, 1.4), aspect="equal", xticks=[], yticks=[])
    axes[2].spines[:].set_visible(False)
    ideas = ("a row for each place", "a number for each distance", "a turn for each place")
    for ax, name in zip(axes, ideas, strict=True):
        ax.tick_params(labelsize=8, length=0)
        ax.xaxis.label.set_size(8)
        ax.set_title(name, fontsize=9)
    figure.suptitle("Three ways to say where a word stands.", fontsize=10)
    told = "; ".join(ideas)
    return Picture(figure, f"Three ways to say where a word stands: {told}; {n} words.")


def turned_pairs(pairs, title, angle=0.5):
    """A query and a key, each turned by its place: a panel for each pair of places.

    Parameters
    ----------
    pairs : sequence of (int, int)
        The place of the query and that of the key.
    title : str
        The finding, as a sentence.
    angle : float
        How far a place turns, in radians.
    """
    figure, axes = new_figure(6, 2.7, 1, len(pairs))
    for ax, (query, key) in zip(axes, pairs, strict=True):
        ends = {"query": (query, QUERY), "key": (key, KEY)}
        for name, (place, colour) in ends.items():
            tip = _tip(place * angle)
            _arrow(ax, (0, 0), tip, colour)
            x, y = 1.25 * np.array(tip)
            style = {"fontsize": 8, "color": colour, "ha": "center", "va": "center"}
            ax.text(x, y, f"{name}\nat {place}", **style)
        low, high = sorted(np.degrees(place * angle) for place in (query, key))
        ax.add_patch(Arc((0, 0), 0.7, 0.7, theta1=low, theta2=high, color="#555"))
        ax.set(xlim=(-1.6, 1.6), ylim=(-1.6, 1.6), aspect="equal", xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
        ax.set_title(f"{abs(query - key)} apart: {high - low:.0f}° between", fontsize=9)
    figure.suptitle(title, fontsize=10)
    listed = "; ".join(f"query at {q}, key at {k}" for q, k in pairs)
    return Picture(figure, f"{title} {listed}; a place turns {np.degrees(angle):.0f}°.")


def bucket_line(starts, last, title):
    """Distances in a row, cut where a new bucket begins.

    Parameters
    ----------
    starts : sequence of int
        As `bucket_starts` gives them.
    last : int
        The last distance that is drawn.
    title : str
        The finding, as a sentence.
    """
    figure, (ax,) = new_figure(6, 1.3)
    ends = [*starts[1:], last + 1]
    for i, (start, end) in enumerate(zip(starts, ends, strict=True)):
        ax.barh(0, end - start, left=start, color=("#dce6f5", "#8fb0e0")[i % 2], height=1)
        if end - start > 3:
            ax.text((start + end) / 2, 0, i, ha="center", va="center", fontsize=8)
    narrow = sum(end - start == 1 for start, end in zip(starts, ends, strict=True))
    ax.text(narrow / 2, 0.6, f"0–{narrow - 1}", ha="center", fontsize=8)
    ax.set(yticks=[], xlim=(0, last + 1), xlabel="how far back")
    named = [int(start) for start in starts if start == 0 or start >= 8]
    ax.set_xticks(named, named, fontsize=7)
    ax.xaxis.label.set_size(8)
    ax.spines["left"].set_visible(False)
    ax.set_title(title, fontsize=10)
    return Picture(figure, f"{title} Buckets begin at {', '.join(map(str, starts))}.")


def by_length(columns, trained, title, height="right"):
    """The share of right answers as texts grow, a panel a question, a line a way.

    A line is the mean over seeds; the pale band goes from the lowest seed to the highest.

    Parameters
    ----------
    columns : dict of str to list
        As ``measured("lengths")`` gives them.
    trained : int
        The length in training.
    title : str
        The finding, as a sentence.
    height : str
        The column on the vertical axis.
    """
    questions, ways = (list(dict.fromkeys(columns[key])) for key in ("question", "way"))
    figure, axes = new_figure(6, 3.7, 1, len(questions))
    said = []
    for ax, question in zip(axes, questions, strict=True):
        for i, way in enumerate(ways):
            lengths, shares = shares_of(columns, question, way, height)
            _line_of_seeds(ax, lengths, shares, way, i)
            ends = shares.mean(axis=0)[[lengths.index(trained), -1]]
            said.append(f"{question}, {way}: {ends[0]:.2f} to {ends[1]:.2f}")
        _axis_of_words(ax, trained)
        ax.set_title(question, fontsize=9)
    axes[0].set_ylabel("right answers", fontsize=9)
    axes[0].text(trained * 0.94, 0.03, "trained", fontsize=8, ha="right", color="#555")
    axes[0].text(3.7, 0.15, "a guess", fontsize=8, color="#555")
    handles = axes[0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside lower center", ncols=7, fontsize=7, frameon=False)
    figure.suptitle(title, fontsize=10)
    ends = f"right answers at {trained} words, and at {lengths[-1]}"
    return Picture(figure, f"{title} {ends}: {'; '.join(said)}.")


def _line_of_seeds(ax, lengths, shares, name, i):
    style = {"color": _COLOURS[i], "marker": _MARKS[i], "markersize": 3.5, "lw": 1}
    ax.plot(lengths, shares.mean(axis=0), label=name, **style)
    low, high = shares.min(axis=0), shares.max(axis=0)
    ax.fill_between(lengths, low, high, color=_COLOURS[i], alpha=0.15, lw=0)


def _axis_of_words(ax, trained):
    ax.axvline(trained, color="#555", linestyle=":", lw=1)
    ax.axhline(0.2, color="#bbb", lw=0.8)
    ax.set_xscale("log")
    ax.set_xticks([4, 8, 16, 32, 64, 128], [4, 8, 16, 32, 64, 128], fontsize=8)
    ax.minorticks_off()
    ax.set_ylim(0, 1.04)
    ax.tick_params(labelsize=8)
    ax.set_xlabel("words", fontsize=9)


def shares_of(columns, question, way, height="right"):
    """The lengths, and the shares of right answers, (n_seeds, n_lengths).

    Parameters
    ----------
    columns, height
        As for `by_length`.
    question, way : str

    Returns
    -------
    lengths : list of int
    shares : array
    """
    chosen = [
        (seed, n, share)
        for q, w, seed, n, share in zip(
            *(columns[key] for key in ("question", "way", "seed", "length", height)),
            strict=True,
        )
        if (q, w) == (question, way)
    ]
    lengths = list(dict.fromkeys(n for _, n, _ in chosen))
    return lengths, np.array([share for *_, share in chosen]).reshape(-1, len(lengths))


def means_of(columns, question, lengths, height="right"):
    """The share of right answers, a mean over seeds: a row a way, a column a length.

    Parameters
    ----------
    columns, question, height
        As for `shares_of`.
    lengths : sequence of int

    Returns
    -------
    means : (n_ways, n_lengths)
    """
    rows = []
    for way in dict.fromkeys(columns["way"]):
        known, shares = shares_of(columns, question, way, height)
        rows.append(shares.mean(axis=0)[[known.index(n) for n in lengths]])
    return np.array(rows)


def covered(columns, question, more, length, title):
    """Right answers before and after far words are covered: a row a way.

    A ring is the mean over seeds when everything is seen, a full dot the mean when no more
    is seen than in training; a pale dot is a seed.

    Parameters
    ----------
    columns : dict of str to list
        As ``measured("lengths")`` gives them.
    question : str
    more : dict of str to dict
        What further models are called, and their columns, which are of this question.
    length : int
        Of the texts.
    title : str
        The finding, as a sentence.
    """
    found = dict.fromkeys(columns["way"], columns)
    for name, own in more.items():
        n = len(own["seed"])
        found[name] = {"question": [question] * n, "way": [name] * n} | own
    figure, (ax,) = new_figure(6, 1.2 + 0.3 * len(found))
    ax.axvline(0.2, color="#bbb", lw=0.8)
    ax.text(0.19, -0.55, "a guess", fontsize=8, ha="right", color="#555")
    said, colours = [], (*_COLOURS, *["#8c2d04"] * len(more))
    for row, (name, own) in enumerate(found.items()):
        both = [_shares_at(own, question, name, length, how) for how in ("right", "near")]
        _moved(ax, row, *both, colours[row])
        said.append(f"{name} {both[0].mean():.2f} to {both[1].mean():.2f}")
    ax.set(xlim=(0, 1.03), ylim=(len(found) - 0.5, -0.9), xlabel="right answers")
    ax.set_yticks(range(len(found)), found, fontsize=9)
    ax.tick_params(axis="x", labelsize=8)
    ax.tick_params(axis="y", length=0)
    ax.xaxis.label.set_size(9)
    ax.set_title(title, fontsize=10)
    _named_sights(figure)
    return Picture(figure, f"{title} Right answers: {', '.join(said)}.")


def _shares_at(columns, question, way, length, height):
    lengths, shares = shares_of(columns, question, way, height)
    return shares[:, lengths.index(length)]


def _moved(ax, row, before, after, colour):
    """A ring and a dot on a line, each among its seeds, pale."""
    ends = before.mean(), after.mean()
    ax.plot(ends, [row, row], color=colour, lw=1.6, zorder=1)
    for shares in (before, after):
        ax.scatter(shares, [row] * len(shares), s=12, color=colour, alpha=0.35, lw=0)
    for x, look in zip(ends, _SIGHTS.values(), strict=True):
        faces = colour if look["fill"] else "white"
        style = {"s": look["size"], "facecolors": faces, "edgecolors": colour, "lw": 1.4}
        ax.scatter([x], [row], zorder=2, **style)


def _named_sights(figure):
    handles = [
        Line2D([], [], ls="", marker="o", color="#555", label=name, ms=look["size"] ** 0.5,
               mfc="#555" if look["fill"] else "white")
        for name, look in _SIGHTS.items()
    ]  # fmt: skip
    style = {"ncols": 3, "fontsize": 8, "frameon": False}
    seed = Line2D([], [], ls="", marker="o", color="#555", ms=3.5, alpha=0.35, mew=0)
    seed.set_label("a seed")
    figure.legend(handles=[*handles, seed], loc="outside lower center", **style)


def _tip(angle):
    return float(np.cos(angle)), float(np.sin(angle))


def _arrow(ax, start, tip, colour):
    style = {"arrowstyle": "-|>", "mutation_scale": 10, "linewidth": 1.6}
    ax.add_patch(FancyArrowPatch(start, tip, color=colour, shrinkA=0, shrinkB=0, **style))
