"""Pictures of the rows of a table: their lengths, their reach, how far one may move."""

import math

import numpy as np

from tfmath import arguments
from tfmath.show.figures import Picture, _short, new_figure
from tfmath.show.numbers import number
from tfmath.show.words import KEPT, LOST

CHOSEN, OTHERS = "#7a4fa3", "#a5a5a5"
"""The colours of the words that are meant, and of the others."""

_LOOKS = (("#1a1a1a", "-", "o"), (CHOSEN, "--", "s"), ("#777777", ":", "^"))


def lengths_over(columns, chosen, names, title):
    """A line for the length of each row over the steps of a training, in two colours.

    Parameters
    ----------
    columns : dict of str to (n,) of numbers
        ``"step"``, and for each word the lengths of its row.
    chosen : set of str
        The words of the first kind.
    names : (str, str)
        What the two kinds are called.
    title : str
    """
    figure, (ax,) = new_figure(6, 4)
    lines = {word: x for word, x in columns.items() if word != "step"}
    for kind, name, colour in ((False, names[1], OTHERS), (True, names[0], CHOSEN)):
        own = [x for word, x in lines.items() if (word in chosen) == kind]
        if own:
            ax.plot(columns["step"], np.transpose(own), color=colour, linewidth=1)
        ax.plot([], color=colour, label=name)
    words = sorted(lines, key=lambda word: lines[word][-1])
    _names_beside(ax, columns["step"][-1], {w: lines[w][-1] for w in words}, chosen)
    ax.set(xlim=(0, columns["step"][-1]), ylim=(0, None))
    ax.set_xlabel("steps of training", fontsize=9)
    ax.set_ylabel("length of the row", fontsize=9)
    ax.tick_params(labelsize=8)
    look = {"ncols": 2, "fontsize": 8, "frameon": False}
    figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", **look)
    ax.set_title(title, fontsize=10)
    told = ", ".join(
        f"{word}{'*' * (word in chosen)} {_short(lines[word][0])} {_short(lines[word][-1])}"
        for word in words
    )
    said = f"* {names[0]}; without, {names[1]}. First and last: {told}."
    return Picture(figure, f"{title} {said}")


def _names_beside(ax, x, ends, chosen):
    """Each word beside the end of its line, as near as there is room."""
    heights = np.array(list(ends.values()), dtype=float)
    room = 0.036 * heights.max()
    for _ in range(999):
        push = np.maximum(room - np.diff(heights), 0) / 2
        heights[1:] += push
        heights[:-1] -= push
        heights[0] = max(heights[0], 0)
    for (word, end), height in zip(ends.items(), heights, strict=True):
        colour = CHOSEN if word in chosen else "#777777"
        look = {"fontsize": 6.5, "va": "center", "color": colour, "annotation_clip": False}
        thin = {"arrowstyle": "-", "linewidth": 0.4, "color": colour}
        thin |= {"shrinkA": 0, "shrinkB": 0, "relpos": (0, 0.5)}
        ax.annotate(word, (x, end), (1.04 * x, height), arrowprops=thin, **look)


def gaps(panels, marks, title, x_label, y_label="", level=None):
    """Two marks in each line, joined: where one number ends, and where the other begins.

    Parameters
    ----------
    panels : dict of str to dict of str to (number, number)
        For each panel its lines, from above: a name, and the numbers of its two marks.
    marks : (str, str)
        What the first mark means, a grey ring, and the second, a violet square.
    title, x_label, y_label : str
    level : (str, number), optional
        A broken line across, and its name.
    """
    most = max(len(lines) for lines in panels.values())
    figure, axes = new_figure(6, 1.1 + 0.17 * most, 1, len(panels))
    for ax, (name, lines) in zip(axes, panels.items(), strict=True):
        _pairs(ax, lines, marks, level)
        ax.set_title(name, fontsize=9)
        ax.set_xlabel(x_label, fontsize=9)
    axes[0].set_ylabel(y_label, fontsize=9)
    highest = max(ax.get_xlim()[1] for ax in axes)
    for ax in axes:
        ax.set_xlim(-0.02 * highest, highest)  # a mark at 0 is whole
    handles = axes[0].get_legend_handles_labels()
    look = {"ncols": 3, "fontsize": 8, "frameon": False}
    figure.legend(*handles, loc="outside lower center", **look)
    figure.suptitle(title, fontsize=10)
    return Picture(figure, f"{title} {_told(panels, marks, level)}")


def _pairs(ax, lines, marks, level):
    """The lines of one panel."""
    first, second = np.array(list(lines.values()), dtype=float).T
    rows = -np.arange(len(lines))
    ax.hlines(rows, first, second, color="#cccccc", linewidth=1.5, zorder=1)
    ring = {"facecolors": "white", "edgecolors": "#555555", "linewidths": 1.4}
    ax.scatter(first, rows, 26, label=marks[0], zorder=2, **ring)
    ax.scatter(second, rows, 24, CHOSEN, marker="s", label=marks[1], zorder=2)
    if level is not None:
        ax.axvline(level[1], color="#555555", linestyle="--", linewidth=1, label=level[0])
    ax.set_yticks(rows, list(lines), fontsize=8)
    ax.set_ylim(0.6 - len(lines), 0.6)
    ax.tick_params(labelsize=8)


def _told(panels, marks, level):
    said = [f"Two marks: {marks[0]}, {marks[1]}."]
    for name, lines in panels.items():
        pairs = ", ".join(f"{n} {_short(a)} {_short(b)}" for n, (a, b) in lines.items())
        said.append(f"{name}: {pairs}." if name else f"{pairs}.")
    said += [] if level is None else [f"{level[0]} at {_short(level[1])}."]
    return " ".join(said)


def kept_map(x, y, lead, at, title):
    """A plane through three rows: blue where the quote stands, orange where it is lost.

    Parameters
    ----------
    x, y, lead, at
        As of `row_map`; each row is marked, with its distance from the first.
    title : str
    """
    figure, (ax,) = new_figure(6, 3.4)
    lead = np.asarray(lead)
    ax.contourf(x, y, lead, [-np.inf, 0, np.inf], colors=["#fae3cf", "#dce6f5"])
    ax.contour(x, y, lead, [0], colors="#555555", linewidths=1)
    told = []
    for word, (right, up) in at.items():
        stands = bool(lead[np.abs(y - up).argmin(), np.abs(x - right).argmin()] > 0)
        told.append(_marked(ax, word, right, up, stands))
    _in_words(ax, x, y, lead > 0)
    here, there, third = at
    ax.set(
        aspect="equal",
        xlabel=f"from {here} straight to {there}",
        ylabel=f"across, towards {third}",
    )
    ax.tick_params(labelsize=8)
    ax.set_title(title, fontsize=10)
    return Picture(figure, f"{title} {'; '.join(told)}.")


def _marked(ax, word, right, up, stands):
    """One row of a map: a dot or a cross, its word and how far it is; and this in words."""
    mark, colour = ("o", KEPT) if stands else ("x", LOST)
    ax.scatter([right], [up], 36, colour, marker=mark, zorder=3)
    far = math.hypot(right, up)
    label = f"{word}, {number(far, 3)}" if far else word
    where = {"xytext": (0, -7), "ha": "center", "va": "top"}
    where = where if stands else {"xytext": (-4, 6), "ha": "right"}
    ax.annotate(label, (right, up), textcoords="offset points", fontsize=9, **where)
    return f"{label}: {'kept' if stands else 'lost'}"


def _in_words(ax, x, y, kept):
    """What the two colours mean, written where there is most room."""
    for state, text in ((True, "the quote stands"), (False, "the quote is lost")):
        rows, cols = np.nonzero(kept == state)
        if len(rows):
            look = {"ha": "center", "va": "center", "fontsize": 9, "style": "italic"}
            ax.text(np.median(x[cols]), np.median(y[rows]), text, **look)


def reaches(table, words, panels, chosen, names, title):
    """The rows of a table as spokes around an `x`: how far does each reach along it?

    Each spoke has the length of its row, and the angle that the row has with `x`. So where
    it ends, on the horizontal axis, is the row's score, divided by the length of `x`.

    Parameters
    ----------
    table : (n, d)
    words : sequence of n str
    panels : dict of str to ((d,), sequence of str)
        For each panel its `x`, and the words that get their names and scores; so does the
        word with the highest score.
    chosen : set of str
        The words of the first kind.
    names : (str, str)
        What the two kinds are called.
    title : str

    Raises
    ------
    ValueError
        If an `x` is 0, for nothing reaches along it, or a word is none of the n.
    """
    figure, axes = new_figure(6, 2.6, 1, len(panels))
    said = []
    for ax, (panel, (x, named)) in zip(axes, panels.items(), strict=True):
        arguments.words("reaches", f"panels[{panel!r}]", named, words)
        if not np.any(x):
            raise ValueError(f"reaches: the x of {panel!r} is 0; nothing reaches along it.")
        along, across = _reach(np.asarray(table), x)
        _spokes(ax, along, across, [word in chosen for word in words])
        told = [int(along.argmax()), *map(list(words).index, named)]
        labels = {i: f"{words[i]} {number(along[i] * math.hypot(*x), 2)}" for i in told}
        for i, label in labels.items():
            _reached(ax, along[i], across[i], label, words[i] in chosen)
        said.append(f"{panel}: {', '.join(labels.values())}.")
        ax.set_title(panel, fontsize=9)
    _one_scale(axes, math.sqrt((np.asarray(table) ** 2).sum(axis=1).max()))
    for name, colour in zip(names, (CHOSEN, OTHERS), strict=True):
        axes[0].plot([], color=colour, label=name)
    look = {"ncols": 2, "fontsize": 8, "frameon": False}
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", **look)
    figure.suptitle(title, fontsize=10)
    return Picture(figure, f"{title} Scores. {' '.join(said)}")


def _reach(table, x):
    """How far each row reaches along `x`, and how far across."""
    along = table @ x / math.hypot(*x)
    return along, np.sqrt(np.maximum((table**2).sum(axis=1) - along**2, 0))


def _spokes(ax, along, across, chosen):
    ax.axhline(0, color="#555555", linewidth=0.8, zorder=0)
    rows = sorted(zip(chosen, along, across, strict=True))  # the chosen on top
    for own, right, up in rows:
        look = {"linewidth": 0.9, "marker": "o", "markersize": 3, "markevery": [1]}
        ax.plot([0, right], [0, up], color=CHOSEN if own else OTHERS, **look)


def _reached(ax, right, up, label, chosen):
    """A word and its score, on the axis, below the end of its row."""
    colour = CHOSEN if chosen else "#555555"
    ax.plot([right, right], [0, up], color=colour, linestyle=":", linewidth=1)
    look = {"ha": "center", "va": "top", "fontsize": 8, "color": colour}
    ax.annotate(
        label.replace(" ", "\n"), (right, 0), (0, -4), textcoords="offset points", **look
    )


def _one_scale(axes, longest):
    """The same axes for all panels, with one scale in both directions."""
    for ax in axes:
        ax.set(aspect="equal", xlim=(-1.05 * longest, 1.3 * longest))
        ax.set_ylim(-0.3 * longest, 1.05 * longest)
        ax.set_xlabel("along x", fontsize=9)
        ax.tick_params(labelsize=8)
    axes[0].set_ylabel("across", fontsize=9)


def jobs(x, panels, title, x_label, y_label):
    """Curves in panels side by side with the same heights, both axes logarithmic.

    Parameters
    ----------
    x : (n,) of numbers
    panels : dict of str to dict of str to (n,) of numbers
        Curves of one name look alike in all panels.
    title, x_label, y_label : str
    """
    figure, axes = new_figure(6, 3, 1, len(panels))
    names = list(dict.fromkeys(name for lines in panels.values() for name in lines))
    said = []
    for ax, (panel, lines) in zip(axes, panels.items(), strict=True):
        for name, heights in lines.items():
            _curve(ax, x, heights, names.index(name), name)
            said.append(
                f"{panel}, {name} from {_short(heights[0])} to {_short(heights[-1])}"
            )
        ax.set_xticks(x, [f"{at:g}" for at in x])
        ax.minorticks_off()
        ax.set_xlabel(x_label, fontsize=9)
        ax.set_title(panel, fontsize=9)
    axes[0].set_ylabel(y_label, fontsize=9)
    low, high = zip(*(ax.get_ylim() for ax in axes), strict=True)
    for ax in axes:
        ax.set_ylim(min(low), 2 * max(high))
        ax.yaxis.set_major_formatter(lambda at, _: f"{at:g}")
    figure.suptitle(title, fontsize=10)
    return Picture(figure, f"{title} {y_label} over {x_label}: {'; '.join(said)}.")


def _curve(ax, x, heights, i, name):
    """One curve, with its name near its end: above it, the third one's below."""
    colour, style, mark = _LOOKS[i % 3]
    ax.loglog(x, heights, color=colour, linestyle=style, marker=mark, markersize=4)
    look = {"textcoords": "offset points", "fontsize": 8, "ha": "right"}
    ax.annotate(name, (x[-1], heights[-1]), xytext=(-3, 6 if i < 2 else -12), **look)
    ax.tick_params(labelsize=8)
