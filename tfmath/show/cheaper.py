"""Pictures of cheaper attention: who looks at whom, who shares a key, what it costs."""

import itertools

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, ListedColormap
from matplotlib.patches import Rectangle

from tfmath.show.figures import Picture, new_figure
from tfmath.show.lookups import KEY, QUERY, VALUE

LOOKED_AT, LOUD = ListedColormap(["#eef1f6", KEY]), "#555555"
SHARES = LinearSegmentedColormap.from_list("shares", ["#eef1f6", KEY])
METHODS = {
    "one table": ("#111111", "o"),
    "block by block": ("#1a9ba1", "s"),
    "window": ("#3a8f3a", "^"),
    "window in place": ("#e07ab0", "<"),
    "buckets": ("#8fb83a", "v"),
    "low rank": ("#7a4fa3", "D"),
    "linear": ("#8a5a3c", "P"),
    "random features": ("#b03060", "X"),
}
"""A colour and a mark for each method, the same in every picture."""
EXACT = "one table", "block by block"
KEPT = "largest", "sum of powers", "sum of values"


def who_looks_at_whom(masks, title, words=None):
    """Each pattern as a square: row = who looks, column = who is looked at.

    Parameters
    ----------
    masks : dict of str to (n, n) of bool
        True, drawn dark, may look. At most three in a row.
    title : str
        The finding, as a sentence.
    words : sequence of str, optional
        Beside the first square, from the top.
    """
    n_rows = -(-len(masks) // 3)
    figure, axes = new_figure(6, 0.6 + 1.75 * n_rows, n_rows, min(len(masks), 3))
    for ax in axes:
        ax.set_axis_off()
    for ax, (name, mask) in zip(axes, masks.items(), strict=False):
        mask = np.asarray(mask)
        ax.pcolormesh(
            mask[::-1], cmap=LOOKED_AT, vmin=0, vmax=1, edgecolor="w", linewidth=0.7
        )
        ax.set(aspect="equal")
        ax.set_title(f"{name}: {mask.sum()}", fontsize=9)
    _say_axes(axes[0], len(next(iter(masks.values()))), words)
    figure.suptitle(title, fontsize=10)
    listed = ", ".join(f"{n} {np.sum(m)} of {np.size(m)}" for n, m in masks.items())
    axes_say = "A square each: row = who looks, column = at whom; dark = looks."
    return Picture(figure, f"{title} {axes_say} So many pairs look: {listed}.")


def _say_axes(ax, n, words):
    ax.set_axis_on()
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    places = np.arange(n) + 0.5
    ax.set_xticks([])
    ax.set_yticks(places if words else [], list(words)[::-1] if words else [], fontsize=7)
    ax.set_ylabel("who looks", fontsize=8)
    ax.set_xlabel("at whom", fontsize=8)


def shared_keys(n_heads, groups, title):
    """Which heads look at which keys: heads above, keys and values below.

    Parameters
    ----------
    n_heads : int
    groups : dict of str to int
        What a panel is called, and how many keys there are in it.
    title : str
        The finding, as a sentence.
    """
    figure, axes = new_figure(6, 1.9, 1, len(groups))
    for ax, (name, n_groups) in zip(axes, groups.items(), strict=True):
        ax.set_axis_off()
        size = n_heads / n_groups
        for head in range(n_heads):
            below = (head // size) * size + (size - 1) / 2
            ax.plot([head, below], [1, 0], color="#777777", linewidth=1, zorder=1)
            ax.scatter([head], [1], s=70, color=QUERY, zorder=2)
            ax.scatter([below], [0], s=90, marker="s", color=KEY, zorder=2)
        ax.set(xlim=(-0.6, n_heads - 0.4), ylim=(-0.45, 1.3))
        ax.set_title(name, fontsize=9)
    for height, text in ((1, "queries"), (0, "keys,\nvalues")):
        at = {"ha": "right", "va": "center", "fontsize": 8, "color": "#555"}
        axes[0].text(-0.8, height, text, **at)
    figure.suptitle(title, fontsize=10)
    listed = ", ".join(f"{name} {count}" for name, count in groups.items())
    return Picture(figure, f"{title} {n_heads} heads of queries; tables of keys: {listed}.")


def brackets(n, m, d, title):
    """Products of tables as rectangles, to scale, for both ways to set the brackets.

    Parameters
    ----------
    n, m, d : int
        Words, features, and the width of a value.
    title : str
        The finding, as a sentence.
    """
    figure, axes = new_figure(6, 2.9, 1, 2)
    ways = {
        "(Q Kᵀ) V": [("Q Kᵀ", n, n, LOUD), ("V", n, d, VALUE)],
        "Q (Kᵀ V)": [("Q", n, m, QUERY), ("Kᵀ V", m, d, LOUD)],
    }
    for ax, (name, tables) in zip(axes, ways.items(), strict=True):
        left = 0
        for label, height, width, colour in tables:
            ax.add_patch(Rectangle((left, -height), width, height, color=colour, lw=0))
            at = {"x": left + width / 2, "ha": "center", "fontsize": 8}
            ax.text(y=-height - 0.4, s=f"{label}\n{height} × {width}", va="top", **at)
            left += width + n / 4
        ax.set_axis_off()
        ax.set(xlim=(-0.5, 1.6 * n + d), ylim=(-n - 4, 1), aspect="equal")
        ax.set_title(name, fontsize=9, loc="left")
    figure.suptitle(title, fontsize=10)
    sizes = f"(Q Kᵀ) V makes {n} × {n} numbers on the way, Q (Kᵀ V) {m} × {d}."
    return Picture(figure, f"{title} {sizes}")


def sweep(n, block, d, title):
    """The square of all scores, read a block of keys at a time, and what is kept beside it.

    Parameters
    ----------
    n, block, d : int
        How many words, how many keys are read at once (at most four times), and the width
        of a value.
    title : str
        The finding, as a sentence.
    """
    starts = range(0, n, block)
    figure, axes = new_figure(6, 2.3, 1, len(starts))
    for ax, start in zip(axes, starts, strict=True):
        now = min(block, n - start)
        for left, width, colour in (
            (0, n, "#eef1f6"),
            (start, now, LOUD),
            *((n + 1 + 2 * i, (1, 1, d)[i], VALUE) for i in range(3)),
        ):
            ax.add_patch(Rectangle((left, 0), width, n, color=colour, lw=0))
        ax.set_axis_off()
        ax.set(xlim=(-0.5, n + d + 5.5), ylim=(-0.5, n + 0.5), aspect="equal")
        ax.set_title(f"keys {start} to {start + now - 1}", fontsize=8)
        for i, name in enumerate(KEPT):
            at = {"rotation": 90, "va": "top", "ha": "center", "fontsize": 7}
            ax.text(n + 1 + 2 * i + (1, 1, d)[i] / 2, -0.6, name, **at)
    figure.suptitle(title, fontsize=10)
    kept = f"Beside each the three that are kept: {', '.join(KEPT)}."
    blocks = (
        f"Of {n} × {n} scores {block} columns at a time are there, {len(starts)} times."
    )
    return Picture(figure, f"{title} {blocks} {kept}")


def error_over_cost(columns, title, floor=None):
    """Error against multiply-adds, a panel for each head, a line for each method.

    Parameters
    ----------
    columns : dict of str to list
        As ``measured("cheaper")`` gives them.
    title : str
        The finding, as a sentence.
    floor : dict of str to list of float, optional
        For each head, below which error no table is as low in rank as those of low rank.
    """
    heads = list(dict.fromkeys(columns["head"]))
    figure, axes = new_figure(6, 3.8, 1, len(heads))
    found, cheap = [], [n for n in METHODS if n in columns["method"] and n not in EXACT]
    for ax, head in zip(axes, heads, strict=True):
        here = {"head": head}
        (exact,), _ = _line(columns, "multiply_adds", "error", method="one table", **here)
        _, (mean,) = _line(columns, "multiply_adds", "error", method="mean", **here)
        ax.axvline(exact, color="#888", linestyle=":", linewidth=1, label="exact: error 0")
        ax.axhline(mean, color="#888", linestyle="--", linewidth=1, label="mean of all")
        ends = [f"mean of all {mean:.2g}"]
        if floor is not None:
            ends.append(_floor(ax, columns, floor[head]))
        for method in cheap:
            line = _line(columns, "multiply_adds", "error", method=method, **here)
            ends.append(f"{method} {_draw(ax, method, *line)}")
        found.append(f"{head}: {', '.join(ends)}")
        ax.set(xscale="log", yscale="log", ylim=(0.006, 12))
        ax.set_xticks([1e7, 1e8], ["10 million", "100 million"])
        _looks(ax, "multiply-adds", "error, as a share")
        ax.set_title(head, fontsize=9)
        ax.label_outer()
    _legend(figure, axes[0])
    figure.suptitle(title, fontsize=10)
    axes_say = "A panel each head, a line each method: error over products, fewest first."
    return Picture(figure, f"{title} {axes_say} {'; '.join(found)}.")


def _floor(ax, columns, least):
    wanted = {"method": "low rank", "head": columns["head"][0]}  # as many for each head
    x, _ = _line(columns, "multiply_adds", "error", **wanted)
    style = {"color": METHODS["low rank"][0], "marker": "D", "markerfacecolor": "none"}
    style |= {"zorder": 5}
    ax.plot(x, least, linestyle="none", markersize=6, label="best of that rank", **style)
    return f"best of that rank {least[0]:.2g} to {least[-1]:.2g}"


def as_n_grows(columns, title):
    """Time and memory of each method against the number of words; both axes multiply.

    Parameters
    ----------
    columns : dict of str to list
        As ``measured("cheaper_growth")`` gives them.
    title : str
        The finding, as a sentence.
    """
    figure, axes = new_figure(6, 3.8, 1, 2)
    sizes, found = sorted(set(columns["n"])), []
    for ax, amount in zip(axes, ("seconds", "MiB"), strict=True):
        known = [name for name in METHODS if name in columns["method"]]
        ends = []
        for method in known:
            line = _line(columns, "n", amount, method=method)
            ends.append(f"{method} {_draw(ax, method, *line)}")
        found.append(f"{amount}: {', '.join(ends)}")
        ax.set(xscale="log", yscale="log")
        ax.set_xticks(sizes, [f"{n:,}" for n in sizes], rotation=40)
        _looks(ax, "words", amount)
    _legend(figure, axes[0])
    figure.suptitle(title, fontsize=10)
    n = f"Lines that rise from {sizes[0]} to {sizes[-1]} words, one table to half of it."
    return Picture(figure, f"{title} {n} {'; '.join(found)}.")


def after_examination(columns, title):
    """The weights of trained heads, a square each: row = asked for, column = at whom.

    Parameters
    ----------
    columns : dict of str to list
        As ``measured("examination_looks")`` gives them.
    title : str
        The finding, as a sentence.
    """
    widths, names = (list(dict.fromkeys(columns[k])) for k in ("width", "attention"))
    figure, axes = new_figure(6, 4, len(widths), len(names))
    found = []
    for ax, (width, name) in zip(axes, itertools.product(widths, names), strict=True):
        here = {"attention": name, "width": width}
        lines = [_line(columns, f"name {i}", "right", **here) for i in range(8)]
        weights, right = np.transpose([line[0] for line in lines]), lines[0][1][0]
        ax.imshow(weights, cmap=SHARES, vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
        ax.set_xlabel(f"{right:.2f}", fontsize=8, labelpad=2)
        if width == widths[0]:
            ax.set_title(name, fontsize=8)
        if name == names[0]:
            ax.set_ylabel(f"{width} numbers", fontsize=8)
        found.append(f"{name}, {width}: {right:.2f}, {np.trace(weights):.1f}")
    figure.suptitle(title, fontsize=10)
    says = "Each head, numbers in a key: share of right answers, weights of the diagonal: "
    return Picture(figure, f"{title} {says}{'; '.join(found)}.")


def _line(columns, x, y, **wanted):
    """Two columns, of the rows whose other columns have the wanted values."""
    chosen = np.all([np.array(columns[k]) == v for k, v in wanted.items()], axis=0)
    return np.array(columns[x])[chosen], np.array(columns[y])[chosen]


def _draw(ax, method, x, y):
    """Draw a line, and say its ends."""
    colour, mark = METHODS[method]
    ax.plot(x, y, label=method, color=colour, marker=mark, markersize=5, linewidth=1.1)
    return f"{y[0]:.3g} to {y[-1]:.3g}" if len(y) > 1 else f"{y[0]:.3g}"


def _looks(ax, x_label, y_label):
    ax.minorticks_off()
    ax.yaxis.set_major_formatter("{x:g}")
    ax.tick_params(labelsize=8)
    ax.set_xlabel(x_label, fontsize=9)
    ax.set_ylabel(y_label, fontsize=9)


def _legend(figure, ax):
    place = {"loc": "outside lower center", "ncols": 4, "fontsize": 8, "frameon": False}
    figure.legend(*ax.get_legend_handles_labels(), **place)
