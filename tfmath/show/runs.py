"""Pictures of runs: word by word, one gone wrong, few against many, loss against work."""

import numpy as np
from matplotlib import colormaps

from tfmath.show.downhill import HELP, LOOKS, _ticks
from tfmath.show.figures import Picture, _axes, _short, new_figure
from tfmath.show.losses import FITTED, KNOWN, MEASURED, _level, _rows


def word_by_word(found, title):
    """How probable each right word is, a row a word, over the steps of a run.

    Parameters
    ----------
    found : sequence of list of list of (str, float)
        For each step, what `right_words` gives: quotes, their words and probabilities.
    title : str
        The finding, as a sentence.
    """
    figure, (ax,) = new_figure(6, 4)
    top, said = 0, []
    for quote in zip(*found, strict=True):
        words = [word for word, _ in quote[0]]
        p = np.array([[p for _, p in step] for step in quote]).T
        reach = (-0.5, len(found) - 0.5, top + len(words), top)
        ax.imshow(p, cmap="Blues", vmin=0, vmax=1, aspect="auto", extent=reach)
        for place, (word, ends) in enumerate(zip(words, p[:, -1], strict=True)):
            at = len(found) + 0.5, top + place + 0.5
            ax.text(*at, f"{word}  {ends:.2f}", fontsize=8, va="center")
        said.append(", ".join(f"{w} {a:.2f}" for w, a in zip(words, p[:, -1], strict=True)))
        top += len(words) + 0.6
    _axes(ax, "step", "")
    ax.set(xlim=(-3, 1.2 * len(found)), ylim=(top - 0.6, 0), yticks=[])
    ax.set_xticks(range(0, len(found), max(1, len(found) // 6)))
    ax.spines[:].set_visible(False)
    ax.set_title(title, fontsize=10)
    return Picture(figure, f"{title} After the last step: {'; '.join(said)}.")


def gone_wrong(runs, title):
    """The loss, and under it the length of all slopes, over the steps; a line for each run.

    Parameters
    ----------
    runs : dict of str to dict
        What each run is called, and its columns as `followed` gives them; the first is
        solid, others dashed.
    title : str
        The finding, as a sentence.
    """
    figure, axes = new_figure(6, 3.8, 2)
    for ax, key in zip(axes, ("loss", "length"), strict=True):
        for i, (name, run) in enumerate(runs.items()):
            colour = LOOKS["Adam"][0] if i == 0 else HELP
            ax.plot(run[key], "--" if i else "-", color=colour, label=name, linewidth=1.4)
        _axes(ax, "", key if key == "loss" else "length of all slopes", ("y",))
        _ticks(ax.yaxis, [0.01, 0.1, 1, 10])
        ax.tick_params(labelbottom=ax is axes[1])
    axes[0].legend(fontsize=8, frameon=False, loc="lower left")
    axes[1].set_xlabel("steps done", fontsize=9)
    figure.suptitle(title, fontsize=10)
    said = "; ".join(f"{name}: {_longest(run)}" for name, run in runs.items())
    return Picture(figure, f"{title} {said}.")


def _longest(run):
    at = int(np.argmax(run["length"]))
    longest = f"slopes longest, {_short(run['length'][at])}, after {at} steps"
    return f"{longest}, the loss then up to {max(run['loss'][at:]):.2f}, at the end " + (
        f"{run['loss'][-1]:.1g}"
    )


def few_and_many(columns, race, few, title):
    """The least median of Adam alone and of each help: by the first starts, and by all.

    Parameters
    ----------
    columns, race : dict of str to list
        As ``measured("helped")`` and ``measured("rates")`` give them.
    few : int
        How many starts are the first.
    title : str
        The finding, as a sentence.
    """
    ends = {"Adam alone": _few_and_all(race, "move", "Adam", few)}
    for name in dict.fromkeys(columns["with"]):
        ends[name] = _few_and_all(columns, "with", name, few)
    figure, (ax,) = new_figure(6, 3.4)
    first = min(ends, key=lambda name: ends[name][0])
    for (name, both), height in zip(ends.items(), _apart(ends.values()), strict=True):
        colour = LOOKS["Adam"][0] if name == "Adam alone" else HELP
        wide = 2.4 if name == first else 1.2
        ax.plot([0, 1], both, "o-", color=colour, markersize=4, linewidth=wide)
        weight = "bold" if name == first else "normal"
        said = f"{name}  {_short(both[1])}"
        ax.text(1.06, height, said, fontsize=8, va="center", color=colour, weight=weight)
    _axes(ax, "", "least median", ("y",))
    ax.set_xlim(-0.15, 1.75)
    ax.set_xticks([0, 1], [f"{few} starts", f"{len(set(race['seed']))} starts"], fontsize=9)
    _ticks(ax.yaxis, [0.003, 0.01, 0.03, 0.1])
    ax.set_title(title, fontsize=10)
    said = "; ".join(f"{n} {_short(a)}, then {_short(b)}" for n, (a, b) in ends.items())
    return Picture(figure, f"{title} Least medians: {said}.")


def _few_and_all(columns, key, name, few):
    """The least median over all rates, of the starts below `few` and of all."""
    named = np.array(columns[key]) == name
    rate, seed, loss = (np.array(columns[k])[named] for k in ("rate", "seed", "loss"))
    return [
        min(float(np.median(loss[(rate == r) & (seed < n)])) for r in set(rate.tolist()))
        for n in (few, np.inf)
    ]


def _apart(ends, least=1.22):
    """Heights for the words at the right ends, none nearer to the next than a factor."""
    heights, below = {}, 0.0
    for place, (_, end) in sorted(enumerate(ends), key=lambda pair: pair[1][1]):
        below = heights[place] = max(end, least * below)
    return [heights[place] for place in range(len(heights))]


def losses_over_work(sizes, work, losses, title, known=None):
    """The mean loss of each size over what it has cost so far, a line for each size.

    Parameters
    ----------
    sizes, work, losses : (n,)
        A look at a run each: its parameters, the FLOPs it has taken, its loss. The mean of
        the looks at one size after the same work is a dot; the larger, the darker.
    title : str
        The finding, as a sentence.
    known : dict of str to number, optional
        Levels: what each is called, and its height.
    """
    at, losses = _rows("losses_over_work", sizes, losses)
    spent, _ = _rows("losses_over_work", work, losses, "work")
    figure, (ax,) = new_figure(6, 4)
    lines = {n: _means_over(spent[at == n], losses[at == n]) for n in np.unique(at)}
    x = np.geomspace(spent.min(), spent.max(), 400)
    heights = [
        np.interp(np.log(x), np.log(w), y, np.inf, np.inf) for w, y in lines.values()
    ]
    shades = colormaps["Blues"](np.linspace(0.35, 1, len(lines)))
    for (size, line), colour in zip(lines.items(), shades, strict=True):
        ax.plot(*line, "o-", color=colour, markersize=3.5, linewidth=1.6, label=f"{size:g}")
    least = {"color": "#dddddd", "linewidth": 9, "solid_capstyle": "round", "zorder": 1}
    ax.plot(x, np.min(heights, axis=0), label="the least for what is spent", **least)
    ends = "; ".join(f"{size:g} ends at {y[-1]:.3f}" for size, (_, y) in lines.items())
    said = [_level(ax, x[0], *level) for level in (known or {}).items()]
    _axes(ax, "FLOPs spent so far", "loss", "x")
    place = {"loc": (0.02, 0.1), "title": "parameters", "title_fontsize": 8}
    ax.legend(fontsize=8, frameon=False, alignment="left", **place)
    ax.set_title(title, fontsize=10)
    return Picture(figure, f"{title} loss over FLOPs: {'; '.join([ends, *said])}.")


def _means_over(work, losses):
    places = np.unique(work)
    return places, np.array([losses[work == place].mean() for place in places])


def foretold(rows, known, measured, title):
    """What fits give: c with its interval, and a loss foretold, a row for each fit.

    Parameters
    ----------
    rows : dict of str to (c, from, to, foretold)
        What each fit is called, from the top, and what it gives.
    known : dict of str to number
        One level: what it is called, and where it is.
    measured : (n,)
        What was foretold, as runs measured it.
    title : str
        The finding, as a sentence.
    """
    figure, axes = new_figure(6, 3.2, 1, 2)
    level, low, high, ahead = np.array(list(rows.values()), dtype=float).T
    places = np.arange(len(rows))
    axes[0].hlines(places, low, high, color=FITTED, linewidth=7, alpha=0.4)
    for ax, found, mark in zip(axes, (level, ahead), "|o", strict=True):
        ax.plot(found, places, mark, color=FITTED, markersize=8 if mark == "|" else 4)
        ax.set_yticks(places, list(rows), fontsize=8)
        ax.set_ylim(len(rows) - 0.5, -0.5)
    ((name, height),) = known.items()
    axes[0].axvline(height, color=KNOWN, linewidth=1, zorder=0)
    axes[0].set_title(f"c with its interval, and {name}", fontsize=9, color=KNOWN)
    for run in measured:
        axes[1].axvline(run, color=MEASURED, linewidth=1, alpha=0.6, zorder=0)
    axes[1].set_title("foretold, and measured", fontsize=9, color=MEASURED)
    axes[1].tick_params(labelleft=False)
    for ax in axes:
        _axes(ax, "loss", "")
    figure.suptitle(title, fontsize=10)
    said = [
        f"{key}: {a:.3f}, from {b:.3f} to {c:.3f}, foretold {d:.3f}"
        for key, (a, b, c, d) in rows.items()
    ]
    ends = f"{name} {height:.3f}; measured from {min(measured):.3f} to {max(measured):.3f}"
    return Picture(figure, f"{title} {'; '.join([*said, ends])}.")
