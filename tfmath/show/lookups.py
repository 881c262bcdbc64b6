"""Drawings of looking up: drawers, arrows, letters; a share is drawn as a thickness."""

import itertools

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.patches import FancyArrowPatch, Rectangle

from tfmath.show.figures import Picture, _axes, new_figure

# One colour a part: who asks, who is asked, what is given, how much of it.
QUERY, KEY, VALUE, SHARE = "#d9730d", "#1f4e9c", "#3a8f3a", "#777777"
PALE = {QUERY: "#fbe6d3", KEY: "#dce6f5", VALUE: "#dff0df"}


def drawers(query, keys, values, shares, answer, title, written=False, column=False):
    """A query, the keys that it meets, their values, and the answer.

    The thickness of a line is the share of its key.

    Parameters
    ----------
    query, answer : text or number
    keys, values : sequence of text or numbers
        One of each a drawer.
    shares : (n,) of numbers, none below 0
    title : str
        The finding, as a sentence.
    written : bool
        Whether each share also stands as a number beside its line to the answer.
    column : bool
        Whether the shares stand in a column of their own, each behind its value.
    """
    keys, values, n = list(keys), list(values), len(list(keys))
    figure, ax = _sheet((0, 10), (-0.55, n - 0.45), 0.7 + 0.5 * n)
    middle, left = (n - 1) / 2, 0.55 if column else 0  # how far the drawers move
    _box(ax, 1.1, middle, query, QUERY)
    _box(ax, 8.9, middle, answer, VALUE)
    for place, (key, value, share) in enumerate(zip(keys, values, shares, strict=True)):
        height = n - 1 - place
        _box(ax, 4.3 - left, height, key, KEY)
        _box(ax, 6.0 - left, height, value, VALUE)
        _line(ax, (2.0, middle), (3.4 - left, height), share)
        _line(ax, (7.2 if column else 6.9, height), (8.0, middle), share)
        if column:
            ax.text(6.4, height, f"· {share:.3f}", va="center", fontsize=9)
        elif written:
            _number(ax, 7.1, height, share, above=height >= middle)
    heads = {"query": 1.1, "key": 4.3 - left, "value": 6.0 - left, "answer": 8.9}
    for name, x in (heads | ({"share": 6.8} if column else {})).items():
        ax.text(x, n - 0.5, name, ha="center", va="bottom", fontsize=8, color="#555")
    ax.set_title(title, fontsize=10, pad=12)
    said = zip(keys, values, shares, strict=True)
    listed = "; ".join(f"{k} holds {v}, share {s:.3g}" for k, v, s in said)
    return Picture(figure, f"{title} Query {query}; {listed}; answer {answer}.")


def arrows(queries, keys, title, x_label, y_label, shadows=False):
    """Queries and keys as arrows from (0, 0).

    Parameters
    ----------
    queries, keys : dict of str to (x, y)
        What each arrow is called, and its tip.
    title : str
        The finding, as a sentence.
    x_label, y_label : str
    shadows : bool
        Whether a dotted line drops from the tip of each query to the horizontal axis.
    """
    figure, (ax,) = new_figure(5, 3.6)
    for parts, colour in ((keys, KEY), (queries, QUERY)):
        for name, (x, y) in parts.items():
            style = {"arrowstyle": "-|>", "mutation_scale": 14, "linewidth": 2}
            style |= {"color": colour, "shrinkA": 0, "shrinkB": 0}
            ax.add_patch(FancyArrowPatch((0, 0), (x, y), **style))
            tip = {"xytext": (5, 4), "ha": "left"}
            tip = tip if x >= 0 else {"xytext": (-5, 4), "ha": "right"}  # outwards
            tip |= {"textcoords": "offset points", "fontsize": 9}
            ax.annotate(name, (x, y), color=colour, **tip)
    for x, y in queries.values() if shadows else ():
        ax.plot((x, x), (y, 0), color=QUERY, linestyle=":", linewidth=1.5)
    tips = np.array([(0, 0), *queries.values(), *keys.values()])
    low, high = tips.min(axis=0) - 0.4, tips.max(axis=0) + 0.9
    ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), aspect="equal")
    ax.set_xticks(np.arange(np.ceil(low[0]), high[0]))
    ax.set_yticks(np.arange(np.ceil(low[1]), high[1]))
    ax.grid(color="#eee")
    ax.set_axisbelow(True)
    ax.set_xlabel(x_label, fontsize=9)
    ax.set_ylabel(y_label, fontsize=9)
    ax.set_title(title, fontsize=10)
    return Picture(figure, f"{title} Arrows from (0, 0) to: {_tips(queries, keys)}.")


def _tips(queries, keys):
    """Each arrow in words; where a key and a query share a name, it says which it is."""
    who = ("key ", "query ") if keys.keys() & queries.keys() else ("", "")
    parts = zip(who, (keys, queries), strict=True)
    tips = [(w + name, tip) for w, part in parts for name, tip in part.items()]
    return ", ".join(f"{name} ({x:g}, {y:g})" for name, (x, y) in tips)


def pulls(values, outputs, names, title, x_label, y_label):
    """Values as points, and from each an arrow to the output of the same word.

    The area is what mixtures of the values can reach: every triangle of three of them.

    Parameters
    ----------
    values, outputs : (n, 2)
    names : sequence of str
        Of the n words.
    title : str
        The finding, as a sentence.
    x_label, y_label : str
    """
    values, outputs = np.asarray(values, dtype=float), np.asarray(outputs, dtype=float)
    figure, (ax,) = new_figure(6, 3.8)
    for three in itertools.combinations(values, 3):
        ax.fill(*np.transpose(three), color=PALE[VALUE], linewidth=0, zorder=0)
    ax.scatter(*values.T, color=VALUE, s=26, zorder=3)
    for name, value, output in zip(names, values, outputs, strict=True):
        _pull(ax, name, value, output, least=np.ptp(values) / 100)
    ax.set_aspect("equal")
    ax.margins(0.1)
    _axes(ax, x_label, y_label)
    ax.set_title(title, fontsize=10)
    ends = zip(names, values, outputs, strict=True)
    listed = ", ".join(f"{n} {_pair(value)} to {_pair(out)}" for n, value, out in ends)
    return Picture(figure, f"{title} Arrows from a value to an output: {listed}.")


def _pull(ax, name, value, output, least):
    """An arrow, unless it is too short to be seen; the name on its other side."""
    if np.linalg.norm(output - value) > least:
        style = {"arrowstyle": "-|>", "mutation_scale": 13, "linewidth": 1.8}
        style |= {"color": SHARE, "shrinkA": 0, "shrinkB": 0}
        ax.add_patch(FancyArrowPatch(value, output, **style))
    up = output[1] > value[1] + least
    tip = {"xytext": (6, -4), "va": "top"} if up else {"xytext": (6, 4)}
    tip |= {"textcoords": "offset points", "fontsize": 9, "color": VALUE}
    ax.annotate(name, value, **tip)


def _pair(xy):
    return f"({', '.join(f'{x:.3g}' for x in xy)})"


def letter_game(letters, answers, title, weights=None):
    """Letters in a row, an answer under each, and how the last one looks back.

    An answer that is wrong in the game "A until a B" has a red frame.

    Parameters
    ----------
    letters, answers : text of A and B, equally long
    title : str
        The finding, as a sentence.
    weights : (n,) of numbers from 0 to 1, optional
        How much the last place takes from each letter: the thickness of its arc, and the
        number under the letter.
    """
    n, (low, top, inches) = len(letters), (-1.1, 0.6, 1.3)
    if weights is not None:
        low, top, inches = -1.45, 2.2, 2.6
    figure, ax = _sheet((-1.6, n - 0.4), (low - 0.5, top), inches)
    for place, (letter, answer) in enumerate(zip(letters, answers, strict=True)):
        _letter(ax, place, 0, letter)
        _letter(
            ax, place, low, answer, wrong=(answer == "B") != ("B" in letters[: place + 1])
        )
    for place, weight in enumerate([] if weights is None else weights):
        _arc(ax, place, n - 1, weight)
        ax.text(place, -0.72, f"{weight:.2f}", ha="center", va="center", fontsize=8)
    names = {0: "letter", low: "answer"} | ({} if weights is None else {-0.72: "weight"})
    for height, name in names.items():
        ax.text(-0.7, height, name, ha="right", va="center", fontsize=8, color="#555")
    ax.set_title(title, fontsize=10)
    seen = [] if weights is None else [f"{w:.3f}" for w in weights]
    looks = f" The last place looks back with weights {', '.join(seen)}." if seen else ""
    return Picture(figure, f"{title} Letters {letters}; answers {answers}.{looks}")


def weight_columns(panels, title, names):
    """The weights of many queries: a column for each query, its weights on one another.

    In a column the largest weight lies at the bottom, in the darkest shade; the columns
    stand in the order of their largest. All weights of a query add up to 1.

    Parameters
    ----------
    panels : dict of str to sequence of (n_query, n_key) of numbers
        What each row of panels is called, and the weights in each of its panels.
    title : str
        The finding, as a sentence.
    names : sequence of str
        One above each column of panels.

    Returns
    -------
    Picture

    Examples
    --------
    >>> weight_columns({"bare": [[[0.25, 0.75], [0.5, 0.5]]]}, "Halves.", ["2 wide"])
    [figure] Halves. Largest weight, in the middle of all: bare 2 wide 0.62.
    """
    figure, axes = new_figure(6, 1.7 * len(panels) + 0.3, len(panels), len(names))
    said, left = [], iter(axes)
    for (row, tables), (at, name) in itertools.product(panels.items(), enumerate(names)):
        weights, ax = -np.sort(-np.asarray(tables[at]), axis=1), next(left)
        _columns(ax, weights[np.argsort(weights[:, 0], kind="stable")])
        ax.set_title(name if ax in axes[: len(names)] else "", fontsize=9)
        if at == 0:
            ax.set_yticks([0, 1], ["0", "1"], fontsize=8)
            ax.set_ylabel(row, fontsize=9)
        said.append(f"{row} {name} {np.median(weights[:, 0]):.2f}")
    figure.suptitle(title, fontsize=10)
    return Picture(
        figure, f"{title} Largest weight, in the middle of all: {'; '.join(said)}."
    )


def _columns(ax, weights):
    """Each weight on top of those that are larger."""
    below, (n_query, n_key) = np.cumsum(weights, axis=1) - weights, weights.shape
    for i, shade in enumerate(np.linspace(1.0, 0.12, n_key)):
        rgb = 1 - shade * (1 - np.array(to_rgb(KEY)))
        ax.bar(np.arange(n_query), weights[:, i], 1.0, below[:, i], color=rgb)
    ax.set(xlim=(-0.5, n_query - 0.5), ylim=(0, 1), xticks=[], yticks=[])
    ax.spines[:].set_visible(False)


def _sheet(across, up, height):
    """A figure without axes, on which one draws."""
    figure, (ax,) = new_figure(6, height)
    ax.set(xlim=across, ylim=up)
    ax.set_axis_off()
    return figure, ax


def _box(ax, x, y, text, colour, width=1.7, height=0.62):
    corner = (x - width / 2, y - height / 2)
    style = {"edgecolor": colour, "facecolor": PALE[colour], "linewidth": 1.2}
    ax.add_patch(Rectangle(corner, width, height, zorder=2, **style))
    ax.text(x, y, str(text), ha="center", va="center", fontsize=9, zorder=3)


def _line(ax, start, end, share):
    """As thick as the share; a share of 0 is dotted."""
    style = {"linestyle": ":", "linewidth": 1} if share == 0 else {"linewidth": 9 * share}
    ax.plot(*zip(start, end, strict=True), color=SHARE, solid_capstyle="butt", **style)


def _number(ax, x, y, share, above):
    """Beside the line, on its outer side."""
    y, side = (y + 0.1, "bottom") if above else (y - 0.1, "top")
    ax.text(x, y, f"{share:g}", ha="left", va=side, fontsize=9, color="#555")


def _letter(ax, x, y, letter, wrong=False):
    """B is filled, so that it is found at a glance; what is wrong has a red frame."""
    dark = letter == "B"
    corner, face = (x - 0.4, y - 0.4), "#7a4fa3" if dark else "#f1edf6"
    edge = {"edgecolor": "#c0392b", "linewidth": 3} if wrong else {"edgecolor": "#7a4fa3"}
    ax.add_patch(Rectangle(corner, 0.8, 0.8, facecolor=face, **edge))
    colour = "white" if dark else "black"
    ax.text(x, y, letter, ha="center", va="center", fontsize=10, color=colour)


def _arc(ax, there, here, weight):
    """From one letter back to another; to itself it is a small loop."""
    end = here + 0.3 if there == here else there
    size = abs(here - end)
    angle, height = np.linspace(0, np.pi, 60), 1.5 * (size / max(here, 1)) ** 0.6
    x = (here + end) / 2 + (here - end) / 2 * np.cos(angle)
    style = {"color": SHARE, "linewidth": max(9 * weight, 0.3), "solid_capstyle": "butt"}
    ax.plot(x, 0.45 + height * np.sin(angle), **style)
