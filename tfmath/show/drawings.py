"""Pictures that belong to one chapter; the same rules as in `figures`."""

import itertools

import numpy as np
from matplotlib.patches import Circle, Wedge
from matplotlib.ticker import LogLocator

from tfmath.parts.position import positional_encoding, wavelengths
from tfmath.show.figures import (
    _COLOURS,
    _MARKS,
    Picture,
    _axes,
    _described,
    _scale,
    _short,
    _ticks,
    _values,
    _words,
    new_figure,
)
from tfmath.show.numbers import number


def with_gradient(array, gradient, title, rows=None, cols=None):
    """A table and its gradient side by side, in the same layout, each on its own scale.

    Parameters
    ----------
    array : Traced or array (n_rows, n_cols)
    gradient : array of the same shape
    title : str
        The finding, as a sentence.
    rows, cols : sequence of str, optional
        By default the words of a traced array.
    """
    words = _words(array, rows, cols)
    panels = {"the numbers": _values(array), "their gradient": np.asarray(gradient)}
    n_rows, n_cols = _values(array).shape
    figure, axes = new_figure(6, min(4, 1.5 + 0.33 * n_rows), 1, 2)
    for ax, (name, value), decimals in zip(axes, panels.items(), (2, 3), strict=True):
        low, high, colours = _scale(value.ravel())
        image = ax.imshow(value, cmap=colours, vmin=low, vmax=high, aspect="auto")
        ax.spines[:].set_visible(False)
        _ticks(ax, words[0] if ax is axes[0] else [""] * n_rows, words[1], value.shape)
        _write(ax, value, image, decimals)
        ax.set_title(name, fontsize=9)
    figure.suptitle(title, fontsize=10)
    described = " ".join(f"{n}: {_described(v, words)}" for n, v in panels.items())
    return Picture(figure, f"{title} {described}")


def frames(arrays, names, title, rows=None, cols=None):
    """The same table at several moments, as a strip of small heat maps on one scale.

    Parameters
    ----------
    arrays : sequence of array (n_rows, n_cols)
    names : sequence of str
        What each moment is called, such as ``"step 100"``.
    title : str
        The finding, as a sentence.
    rows, cols : sequence of str, optional
    """
    values = [_values(a) for a in arrays]
    low, high, colours = _scale(np.concatenate([v.ravel() for v in values]))
    figure, axes = new_figure(6, 2.4, 1, len(values))
    for ax, value, name in zip(axes, values, names, strict=True):
        ax.imshow(value, cmap=colours, vmin=low, vmax=high, aspect="auto")
        ax.spines[:].set_visible(False)
        _ticks(ax, rows if ax is axes[0] else [""] * len(value), cols, value.shape)
        ax.tick_params(axis="x", rotation=90)
        ax.set_title(name, fontsize=9)
    figure.suptitle(title, fontsize=10)
    words = _words(arrays[0], rows, cols)
    described = " ".join(
        f"{n}: {_described(v, words)}" for n, v in zip(names, values, strict=True)
    )
    return Picture(figure, f"{title} {described}")


def _write(ax, value, image, decimals):
    """The numbers themselves, up to 8 × 8."""
    if max(value.shape) > 8:
        return
    for (row, col), x in np.ndenumerate(value):
        shade = np.dot(image.cmap(image.norm(x))[:3], (0.299, 0.587, 0.114))
        colour = "black" if shade > 0.5 else "white"
        style = {"ha": "center", "va": "center", "fontsize": 6}
        ax.text(col, row, number(x, decimals), color=colour, **style)


def clock_hands(positions, d_model, title, names=None, base=10000.0, move=0):
    """The positional encoding as clocks: a row for each pair, a column for each position.

    A hand's tip stands at (sine, cosine), so it turns clockwise from the top. The last sine
    of an odd `d_model` has no partner: only its shadow is drawn, on the horizontal.

    Parameters
    ----------
    positions : sequence of int
    d_model : int
    title : str
        The finding, as a sentence.
    names : sequence of str, optional
        A word for each position.
    base : float
    move : int
        So many positions on: a sector shows how far each whole hand turns then.
    """
    encoding = positional_encoding(np.asarray(positions), d_model, base)
    turns, n_pairs = wavelengths(d_model, base), (d_model + 1) // 2
    figure, (ax,) = new_figure(6, min(4, 0.8 + 0.8 * n_pairs))
    for (at, row), pair in itertools.product(enumerate(encoding), range(n_pairs)):
        x, y = [*row[2 * pair : 2 * pair + 2], 0.0][:2]
        whole = 2 * pair + 1 < d_model
        look = {"ec": "#999", "ls": "-" if whole else ":"}
        ax.add_patch(Circle((at, pair), 0.4, fill=False, **look))
        tip = (at + 0.4 * x, pair - 0.4 * y)  # the axis points down
        ax.plot(*zip((at, pair), tip, strict=True), color="#1f4e9c" if whole else "#d9730d")
        ax.plot(at, pair, "o", color="#555", markersize=2)
        if move and whole:
            turned = [360 * (positions[at] + k) / turns[pair] - 90 for k in (0, move)]
            ax.add_patch(Wedge((at, pair), 0.4, *turned, color="#c3d3ec"))
    labels = [f"columns {2 * i}, {2 * i + 1}" for i in range(d_model // 2)]
    labels += [f"column {d_model - 1}"] * (d_model % 2)
    ax.set_yticks(range(n_pairs), labels, fontsize=8)
    ax.set_xticks(range(len(encoding)), names or positions, fontsize=8)
    ax.xaxis.tick_top()
    ax.set(xlim=(-0.6, len(encoding) - 0.4), ylim=(n_pairs - 0.4, -0.6), aspect="equal")
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set_title(title, fontsize=10)
    lengths = ", ".join(f"{w:.4g}" for w in turns)
    return Picture(figure, f"{title} Positions a turn, by clock: {lengths}.")


def number_lines(lines, title, follow=None):
    """Which numbers there are: a line each, with a stroke for every number.

    Parameters
    ----------
    lines : dict of str to sequence of numbers
        Where all have equally many, threads join what stands at the same place.
    title : str
        The finding, as a sentence.
    follow : int, optional
        The place whose strokes and threads stand out.
    """
    figure, (ax,) = new_figure(6, 0.9 + 0.55 * len(lines))
    heights, rows = range(len(lines), 0, -1), list(lines.values())
    for height, numbers in zip(heights, rows, strict=True):
        colours = [_COLOURS[i == follow] for i in range(len(numbers))]
        ax.axhline(height, color="#bbb", linewidth=0.8)
        ax.vlines(numbers, height - 0.25, height + 0.25, color=colours, linewidth=1.6)
    threads = zip(*rows, strict=True) if len(set(map(len, rows))) == 1 else ()
    for place, thread in enumerate(threads):
        for height, ends in zip(heights[:-1], itertools.pairwise(thread), strict=True):
            between, colour = (height - 0.25, height - 0.75), _COLOURS[place == follow]
            ax.plot(ends, between, color=colour, linewidth=0.8)
    ax.set_yticks(heights, list(lines), fontsize=8)
    ax.set_ylim(0.4, len(lines) + 0.6)
    ax.tick_params(axis="y", length=0)
    ax.tick_params(axis="x", labelsize=8)
    ax.spines["left"].set_visible(False)
    ax.set_title(title, fontsize=10)
    listed = "; ".join(
        f"{name}: {', '.join(f'{x:g}' for x in numbers)}" for name, numbers in lines.items()
    )
    return Picture(figure, f"{title} {listed}.")


def growing(columns, amount, title, powers):
    """How an amount grows, a panel for each size that is varied; both axes multiply.

    Parameters
    ----------
    columns : dict of str to list
        As ``measured("growth")`` gives them: what, varied, size, and the amount.
    amount : str
        The column on the vertical axis.
    title : str
        The finding, as a sentence.
    powers : dict of str to dict of str to number
        For each size, and each kind that is drawn: with which power of the size it should
        grow. That is drawn dashed, from the first point on.
    """
    figure, axes = new_figure(6, 3.2, 1, len(powers))
    found = {}
    for ax, varied in zip(axes, powers, strict=True):
        if ax is not axes[0]:
            ax.sharey(axes[0])  # first of all, so that every panel stretches the axis
        drawn = list(_grown(ax, columns, amount, varied, powers[varied]))
        _axes(ax, varied, amount if ax is axes[0] else "", ("x", "y"))
        for what, sizes, heights in drawn:
            found[f"{what}, {varied} from {sizes[0]:g} to {sizes[-1]:g}"] = heights[[0, -1]]
            ax.set_xticks(sizes, [f"{size:g}" for size in sizes])
        ax.minorticks_off()
    figure.legend(
        *axes[0].get_legend_handles_labels(),
        loc="outside lower center",
        ncols=3,
        fontsize=8,
        frameon=False,
    )
    figure.suptitle(title, fontsize=10)
    ends = "; ".join(f"{n}: {_short(a)} to {_short(b)}" for n, (a, b) in found.items())
    return Picture(figure, f"{title} {amount} of {ends}.")


def _grown(ax, columns, amount, varied, powers):
    """One panel: each kind's line, and dashed how its count grows."""
    for i, (what, power) in enumerate(powers.items()):
        sizes, heights = _measured_line(columns, amount, varied, what)
        style = {"color": _COLOURS[i], "lw": 1}
        ax.plot(sizes, heights, marker=_MARKS[i], markersize=4, label=what, **style)
        law = heights[0] * (sizes / sizes[0]) ** power
        ax.plot(sizes, law, linestyle=(0, (2, 2)), **style)
        yield what, sizes, heights


def _measured_line(columns, amount, varied, what):
    chosen = (np.array(columns["varied"]) == varied) & (np.array(columns["what"]) == what)
    return [np.array(columns[key], dtype=float)[chosen] for key in ("size", amount)]


def walks(products, title):
    """Dot products as walks: the products of two rows, added up one after the other.

    On the left the sums, on the right each divided by the root of how many it adds; dashed
    what is typical if all numbers are random, with average 0 and variance 1.

    Parameters
    ----------
    products : array (n_walks, d_k)
        Of a query and a key, number by number.
    title : str
        The finding, as a sentence.
    """
    sums = np.cumsum(_values(products), axis=-1)
    width = np.arange(1, sums.shape[-1] + 1)
    root = np.sqrt(width)
    panels = {
        "sum of the products": (sums, root),
        "divided by the root": (sums / root, np.ones_like(root)),
    }
    figure, axes = new_figure(6, 3, 1, 2)
    for ax, colour, name in zip(axes, _COLOURS, panels, strict=False):
        walked, typical = panels[name]
        ax.plot(width, walked.T, color=colour, linewidth=0.7, alpha=0.5)
        for side in (1, -1):
            ax.plot(width, side * typical, "--", color="black", linewidth=1.4)
        _axes(ax, "width so far", name)
    figure.suptitle(title, fontsize=10)
    ends = "; ".join(
        f"{n}: spread {_short(np.std(w[:, -1]))}" for n, (w, _) in panels.items()
    )
    return Picture(figure, f"{title} {len(sums)} walks, {sums.shape[-1]} wide. {ends}.")


def fans(x, panels, title, x_label, y_label, log=("x", "y")):
    """Curves side by side, those of each divisor; the wider the darker, the lowest ringed.

    Parameters
    ----------
    x : (n,) of numbers
    panels : dict of str to dict of str to (n,) of numbers
        What each panel is called, and its curves.
    title, x_label, y_label : str
    log : "x", "y" or both, optional
        Which axes are logarithmic.
    """
    figure, axes = new_figure(6, 3, 1, len(panels))
    told = []
    for ax, (name, lines) in zip(axes, panels.items(), strict=True):
        ax.sharey(axes[0])
        for i, (line, y) in enumerate(lines.items()):
            shade, low = str(0.7 * (1 - i / max(1, len(lines) - 1))), int(np.argmin(y))
            ax.plot(x, y, label=line, color=shade, marker=_MARKS[i % 6], ms=3.5, lw=1)
            ax.scatter(x[low], y[low], 80, "none", edgecolors=_COLOURS[5], zorder=3)
            told.append(f"{name}, {line}: lowest {_short(y[low])} at {_short(x[low])}")
        _axes(ax, x_label, y_label, log)
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_formatter("{x:g}")
            axis.set_minor_formatter("")
        if "y" in log:
            ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.label_outer()
        ax.set_title(name, fontsize=9)
    figure.legend(
        *ax.get_legend_handles_labels(),
        fontsize=8,
        frameon=False,
        ncols=6,
        loc="outside lower center",
    )
    figure.suptitle(title, fontsize=10)
    return Picture(figure, f"{title} {y_label} over {x_label}. {'; '.join(told)}.")
