"""All queries with two numbers, in the colours of their answers; a row between others.

And pairs of rows at their angles.
"""

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from tfmath.errors import ShapeError, as_array
from tfmath.parts.softmax import softmax
from tfmath.show.figures import Picture, new_figure
from tfmath.show.lookups import KEY, PALE, QUERY, VALUE
from tfmath.show.words import KEPT

_RISING = LinearSegmentedColormap.from_list("rising", ["white", PALE[VALUE], "#9fcf9f"])
_PARTS = (0.1, 0.3, 0.5, 0.7, 0.9)  # of the way from the lowest value to the highest
_FINE = 401  # places along each axis
_GREY = {"fontsize": 8, "color": "#555", "ha": "center"}


def answer_map(queries, keys, values, title, x_label, y_label):
    """Every query of the plane in the colour of its answer, and some with their names.

    Five lines join queries of one answer, spread evenly between the lowest value and the
    highest; the middle one is thick. Where a line meets the upper edge its answer stands,
    and "near" the lowest and the highest where an answer is.

    Parameters
    ----------
    queries, keys : dict of str to (x, y)
        What each is called, and its numbers; the keys are arrows.
    values : sequence of numbers
        One for each key.
    title : str
        The finding, as a sentence.
    x_label, y_label : str
    """
    figure, (ax,) = new_figure(6, 3)
    tips, values = np.array([*queries.values(), *keys.values()]), np.ravel(values)
    low, high = tips.min(axis=0) - (2.4, 1.2), tips.max(axis=0) + (1.4, 1.2)
    x, y = (np.linspace(*ends, _FINE) for ends in zip(low, high, strict=True))
    grid = np.stack(np.meshgrid(x, y), axis=-1)
    _ground(ax, x, y, _answers(grid, keys, values), (values.min(), values.max()))
    _draw_keys(ax, keys)
    _draw_queries(ax, queries)
    ax.set_xlabel(x_label, fontsize=9)
    ax.set_ylabel(y_label, fontsize=9)
    ax.tick_params(labelsize=8)
    ax.set_title(title, fontsize=10, pad=18)
    heard = _answers(np.array([*queries.values()]), keys, values)
    told = (f"{n} {a:.3g}" for n, a in zip(queries, heard, strict=True))
    return Picture(figure, f"{title} The answers: {', '.join(told)}.")


def _answers(asked, keys, values):
    return softmax(asked @ np.array([*keys.values()], dtype=float).T) @ values


def _ground(ax, x, y, answers, ends):
    """The colours, the lines of one answer, and which answer that is."""
    extent, (low, high) = (x[0], x[-1], y[0], y[-1]), ends
    ax.imshow(answers, _RISING, extent=extent, origin="lower", vmin=low, vmax=high)
    levels = low + (high - low) * np.array(_PARTS)
    ax.contour(x, y, answers, levels, colors="#555", linewidths=(0.7, 0.7, 2, 0.7, 0.7))
    for level in levels:
        for place in np.flatnonzero(np.diff(answers[-1] > level)):
            ax.text(x[place], y[-1] + 0.1, f"{level:g}", va="bottom", **_GREY)
    for end, place in ((low, answers.argmin()), (high, answers.argmax())):
        row, col = np.unravel_index(place, answers.shape)
        if abs(answers[row, col] - end) > _PARTS[0] * (high - low):
            continue  # no query of the plane comes near
        inwards = (x[0] + x[-1]) / 2 - x[col], (y[0] + y[-1]) / 2 - y[row]
        at = x[col] + 0.15 * inwards[0], y[row] + 0.15 * inwards[1]
        ax.text(*at, f"near {end:g}", va="center", **_GREY)


def _draw_keys(ax, keys):
    look = {"arrowstyle": "-|>", "mutation_scale": 12, "linewidth": 1.8, "color": KEY}
    for name, (x, y) in keys.items():
        ax.add_patch(FancyArrowPatch((0, 0), (x, y), shrinkA=0, shrinkB=0, **look))
        side, va = (3, "bottom") if y >= 0 else (-3, "top")  # outwards
        tip = {"xytext": (0, side), "textcoords": "offset points", "fontsize": 8}
        ax.annotate(name, (x, y), color=KEY, ha="center", va=va, **tip)


def _draw_queries(ax, queries):
    """A point, a dotted line to it from (0, 0), and its name at its upper left."""
    for name, (x, y) in queries.items():
        ax.plot((0, x), (0, y), ":o", color=QUERY, markersize=5, markevery=[1])
        tip = {"xytext": (-4, 4), "textcoords": "offset points", "fontsize": 8}
        ax.annotate(name, (x, y), ha="right", **tip)


def between(name, row, others, title):
    """A row and others around it, seen flat: in the plane in which the others lie widest.

    What holds of directions in all numbers holds of those in the plane: where the row is
    an average of the others, one of them lies further out, whichever way one goes from it.

    Parameters
    ----------
    name : str
    row : d numbers
    others : dict of str to d numbers
        At least three, and two numbers each.
    title : str
        The finding, as a sentence.

    Raises
    ------
    ShapeError
        If there are fewer, or they are not as long as the row.
    """
    row, rows = np.asarray(row, float), as_array("between", "others", [*others.values()])
    if len(rows) < 3 or row.size < 2 or rows.shape != (len(rows), *row.shape):
        raise ShapeError(
            f"between: {len(rows)} others and a row {row.shape} make no plane; three rows "
            "of two numbers or more, all equally long, do."
        )
    axes = np.linalg.svd(rows - rows.mean(axis=0))[2][:2]
    largest = np.abs(axes).argmax(axis=1)
    flat = (rows - row) @ (axes * np.sign(axes[[0, 1], largest])[:, None]).T
    figure, (ax,) = new_figure(5, 2.8)
    look = {"textcoords": "offset points", "fontsize": 9, "va": "center"}
    for word, (x, y) in zip(others, flat, strict=True):
        ax.plot((0, x), (0, y), "-o", color=KEY, linewidth=1, markersize=5, markevery=[1])
        side = {"xytext": (-7, 0), "ha": "right"} if x < -abs(y) else {"xytext": (7, 0)}
        ax.annotate(word, (x, y), **side, **look)
    ax.plot(0, 0, "o", color=QUERY, markersize=9, zorder=3)
    ax.annotate(
        name, (0, 0), xytext=(-8, -9), ha="right", weight="bold", color=QUERY, **look
    )
    ax.set_aspect("equal")
    ax.margins(0.12)
    ax.axis("off")
    ax.set_title(title, fontsize=10)
    places = (
        f"{word} ({x:.2f}, {y:.2f})" for word, (x, y) in zip(others, flat, strict=True)
    )
    return Picture(figure, f"{title} From {name} at (0, 0): {', '.join(places)}.")


def at_angles(samples, title, level):
    """Pairs of rows as arrows at their angles, and below them how often which cosine is.

    Each pair is seen flat and turned, both of length 1, so that the first of it is the
    black arrow. The tip of the second then stands above its cosine.

    Parameters
    ----------
    samples : dict of str to cosines
    title : str
        The finding, as a sentence.
    level : number
        A cosine that is not below it is blue, arrow and count; the others are grey.
    """
    figure = Figure(figsize=(6, 3.1), layout="constrained")
    look = {"sharex": True, "sharey": "row", "height_ratios": (1.3, 1)}
    axes = figure.subplots(2, len(samples), squeeze=False, **look)
    told = []
    for (name, cosines), fan, counts in zip(samples.items(), *axes, strict=True):
        high = np.asarray(cosines) >= level
        told.append((name, f"{high.sum()} of {high.size} at {level:g} or more"))
        fan.set_title("\n".join(told[-1]), fontsize=8.5)
        _fan(fan, np.asarray(cosines), high)
        _below(counts, np.asarray(cosines), high)
    figure.suptitle(title, fontsize=10)
    told = (f"{name}: {said}" for name, said in told)
    return Picture(figure, f"{title} {'; '.join(told)}.")


def _fan(ax, cosines, high):
    """The arrows of length 1, their tips on half a circle; the high ones on top."""
    for these, colour in ((~high, "#b5b5b5"), (high, KEPT)):
        tips = np.stack((cosines, np.sqrt(np.maximum(0, 1 - cosines**2))), axis=-1)[these]
        rays = np.stack((np.zeros_like(tips), tips), axis=1)
        ax.add_collection(LineCollection(rays, colors=colour, linewidths=0.4))
        ax.plot(*tips.T, ".", color=colour, markersize=2.2)
    style = {"arrowstyle": "-|>", "mutation_scale": 11, "linewidth": 1.8, "color": "black"}
    ax.add_patch(FancyArrowPatch((0, 0), (1, 0), shrinkA=0, shrinkB=0, zorder=3, **style))
    ax.set(xlim=(-1.08, 1.08), ylim=(-0.06, 1.06), aspect="equal", anchor="S")
    ax.axis("off")


def _below(ax, cosines, high):
    looks = {"bins": 40, "range": (-1, 1), "stacked": True, "color": ("#b5b5b5", KEPT)}
    ax.hist([cosines[~high], cosines[high]], **looks)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.set_xticks((-1, -0.5, 0, 0.5, 1), ("−1", "−½", "0", "½", "1"), fontsize=8)
    ax.set_yticks([])
    ax.set_xlabel("cosine", fontsize=9)
