"""Pictures: row = query, column = key, first word top left, in every figure of the course.

A figure's title is its finding, as a sentence. Each becomes a `Picture`, which carries the
same finding and its main numbers as text for those who cannot see it.
"""

import base64
import io
import itertools

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from tfmath.errors import ShapeError, as_array
from tfmath.parts.masks import check_mask
from tfmath.show.numbers import decimals_of, number
from tfmath.tracing import Traced

_COLOURS = ("#1f4e9c", "#d9730d", "#3a8f3a", "#7a4fa3", "#555555", "#b03060")
# The colours of the tables: orange below zero, white at zero, blue above.
_SIGNED = LinearSegmentedColormap.from_list(
    "signed", ["#a65200", "#f2a24a", "#ffffff", "#6d9bd9", "#123f8c"]
)
_STYLES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)))
_MARKS = ("o", "s", "^", "D", "v", "P")


class Picture:
    """A finished figure, as PNG, and what it shows in words."""

    def __init__(self, figure, alt):
        if not alt.strip():
            raise ValueError("Picture: alt is empty; say what the figure shows.")
        self.alt, self.figure = alt, figure

    def png(self):
        buffer = io.BytesIO()
        # Without metadata the bytes do not depend on the matplotlib version's name.
        self.figure.savefig(buffer, format="png", dpi=110, bbox_inches="tight", metadata={})
        return buffer.getvalue()

    def __repr__(self):
        return f"[figure] {self.alt}"

    def _repr_mimebundle_(self, include=None, exclude=None):
        picture = base64.b64encode(self.png()).decode()
        data = {"image/png": picture, "text/plain": repr(self)}
        return data, {"image/png": {"alt": self.alt}}


def new_figure(width=6, height=3.6, n_rows=1, n_cols=1):
    """An empty figure, at most 6 × 4 inches, and its axes in a row-by-row list."""
    figure = Figure(figsize=(min(width, 6), min(height, 4)), layout="constrained")
    axes = figure.subplots(n_rows, n_cols, squeeze=False).ravel().tolist()
    for ax in axes:
        ax.spines[["top", "right"]].set_visible(False)
    return figure, axes


def heat_map(array, title, rows=None, cols=None, mask=None):
    """A table as a picture: weights from white to blue, signed numbers orange and blue.

    Parameters
    ----------
    array : Traced or array (n_rows, n_cols)
    title : str
        The finding, as a sentence.
    rows, cols : sequence of str, optional
        By default the words of a traced array.
    mask : (n_rows, n_cols) of bool, optional
        ``False`` is hatched: hidden.

    Raises
    ------
    ShapeError
        If `array` does not have two axes, or `mask` does not broadcast to it.
    DtypeError
        If `mask` is not of bool: 0 and 1 could mean either.
    """
    return heat_maps([array], title, [""], rows, cols, mask)


def heat_maps(arrays, title, names, rows=None, cols=None, mask=None):
    """Several heat maps side by side, such as one for each head, on one scale.

    Parameters and errors as for `heat_map`; `names` are the titles of the single maps.
    """
    values = [_values(a, "heat_map") for a in arrays]
    if any(v.ndim != 2 for v in values):
        raise ShapeError(
            f"heat_maps: every array needs two axes, got {[v.shape for v in values]}."
        )
    hidden = [_hidden(mask, v.shape) for v in values]
    low, high, colours = _scale(np.concatenate([v.ravel() for v in values]))
    widest = max(v.shape[0] / v.shape[1] for v in values)
    height = min(4, 0.9 + 5.0 / len(arrays) * min(widest, 1.2))
    figure, axes = new_figure(6 if len(arrays) > 1 else 5, height, 1, len(arrays))
    for ax, array, value, name, places in zip(
        axes, arrays, values, names, hidden, strict=True
    ):
        words = _words(array, rows, cols)
        image = ax.imshow(value, cmap=colours, vmin=low, vmax=high, aspect="auto")
        ax.spines[:].set_visible(False)
        _ticks(ax, *words, value.shape, room=44 if len(arrays) < 3 else 26)
        _write_values(ax, value, image, len(arrays))
        _hatch(ax, places)
        ax.set_title(name, fontsize=9)
    figure.suptitle(title, fontsize=10)
    described = [
        f"{n} {_described(v, _words(a, rows, cols))}".strip()
        for n, a, v in zip(names, arrays, values, strict=True)
    ]
    return Picture(figure, f"{title} " + " ".join(described))


def curves(x, lines, title, x_label, y_label, log=(), marks=False, looks=range(6)):
    """Several curves over one axis.

    Parameters
    ----------
    x : (n,) of numbers
    lines : dict of str to (n,) of numbers
        What each curve is called, and its heights.
    title, x_label, y_label : str
    log : "x", "y" or both, optional
        Which axes are logarithmic.
    marks : bool
        Whether the single points are marked.
    looks : sequence of int, optional
        Which of the six colours and dashes each has, where a colour has its meaning.
    """
    figure, (ax,) = new_figure()
    for i, (name, y) in zip(itertools.cycle(looks), lines.items(), strict=False):
        style = {"color": _COLOURS[i % 6], "linestyle": _STYLES[i % 6]}
        ax.plot(
            x, y, label=name, marker=_MARKS[i % 6] if marks else None, markersize=4, **style
        )
    _axes(ax, x_label, y_label, log)
    if "x" in log and len(x) <= 8:
        ax.set_xticks(x, [f"{at:g}" for at in x])
        ax.minorticks_off()
    if len(lines) > 1:
        ax.legend(fontsize=8, frameon=False)
    ax.set_title(title, fontsize=10)
    drawn = [abs(height) for y in lines.values() for height in y if np.isfinite(height)]
    dust = 0 if "y" in log else 1e-12 * max(drawn, default=0)  # no more than rounding
    ends = "; ".join(
        f"{n} from {_short(y[0], dust)} to {_short(y[-1], dust)}" for n, y in lines.items()
    )
    return Picture(figure, f"{title} {y_label} over {x_label}: {ends}.")


def bars(names, heights, title, y_label, highlight=None, level=None):
    """One bar a name, those of `highlight` in the second colour; a line at `level`."""
    figure, (ax,) = new_figure()
    heights = np.asarray(_values(heights, "bars", "heights"), dtype=float)
    colours = [_COLOURS[n in (highlight or ())] for n in names]
    drawn = ax.bar(range(len(heights)), heights, color=colours)
    if len(heights) <= 12:
        ax.bar_label(drawn, [_short(h) for h in heights], fontsize=8, padding=2)
    crowded = len(heights) > 8
    ax.set_xticks(range(len(heights)), names, rotation=90 if crowded else 0, fontsize=8)
    if (heights == heights.round()).all():
        ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    if level is not None:
        ax.axhline(level, color="#555", linestyle="--", linewidth=1)
    _axes(ax, "", y_label)
    ax.set_title(title, fontsize=10)
    listed = ", ".join(f"{n} {_short(h)}" for n, h in zip(names, heights, strict=True))
    line = "" if level is None else f" A line at {_short(level)}."
    return Picture(figure, f"{title} {y_label}: {listed}.{line}")


def points(xy, names, title, x_label, y_label):
    """Labelled points in the plane, such as two columns of an embedding table."""
    figure, (ax,) = new_figure()
    xy = _values(xy, "points", "xy")
    ax.axhline(0, color="#bbb", linewidth=0.8)
    ax.axvline(0, color="#bbb", linewidth=0.8)
    ax.scatter(xy[:, 0], xy[:, 1], color=_COLOURS[0], s=18)
    for name, (x, y) in zip(names, xy, strict=True):
        ax.annotate(name, (x, y), xytext=(4, 3), textcoords="offset points", fontsize=8)
    _axes(ax, x_label, y_label)
    ax.set_title(title, fontsize=10)
    listed = ", ".join(
        f"{n} ({_short(x)}, {_short(y)})" for n, (x, y) in zip(names, xy, strict=True)
    )
    return Picture(figure, f"{title} {listed}.")


def histograms(samples, title, x_label, level=None, shared=False):
    """How often which value occurs, by sample; a line at `level`; one scale if `shared`."""
    figure, axes = new_figure(6, 2.8, 1, len(samples))
    low, high = (float(end([end(s) for s in samples.values()])) for end in (np.min, np.max))
    for ax, (name, sample) in zip(axes, samples.items(), strict=True):
        ax.hist(np.ravel(sample), bins=40, range=(low, high), color=_COLOURS[0])
        ax.sharey(axes[0] if shared else ax)
        if level is not None:
            ax.axvline(level, color="#555555", linestyle="--", linewidth=1)
        ax.set_title(name, fontsize=9)
        _axes(ax, x_label, "")
        ax.set_yticks([])
    figure.suptitle(title, fontsize=10)
    told = [f"{n}: standard deviation {_short(np.std(s))}" for n, s in samples.items()]
    return Picture(figure, f"{title} {'; '.join(told)}.")


def _values(array, where="picture", name="array"):
    return array.value if isinstance(array, Traced) else as_array(where, name, array)


def _words(array, rows, cols):
    labels = array.labels if isinstance(array, Traced) else (None, None)
    return [
        list(given) if given is not None else own
        for given, own in zip((rows, cols), labels[-2:], strict=True)
    ]


def _scale(numbers):
    """Weights (0 … 1) on one fixed scale; signed numbers with white in the middle."""
    finite = numbers[np.isfinite(numbers)]
    if finite.size and finite.min() >= 0 and finite.max() <= 1:
        return 0.0, 1.0, "Blues"
    size = float(np.abs(finite).max(initial=0)) or 1.0
    return -size, size, _SIGNED


def _ticks(ax, rows, cols, shape, room=44):
    for axis, words, size in ((ax.yaxis, rows, shape[0]), (ax.xaxis, cols, shape[1])):
        if words is not None or size <= 30:
            axis.set_ticks(
                range(size), words if words is not None else range(size), fontsize=8
            )
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    if cols is not None and max(map(len, cols)) * shape[1] > room:
        ax.tick_params(axis="x", rotation=90)


def _write_values(ax, value, image, n_panels):
    """The numbers themselves, up to 8 × 8."""
    if max(value.shape) > 8 or value.size * n_panels > 160:
        return
    decimals = min(decimals_of(value), 2)
    for (row, col), x in np.ndenumerate(value):
        shade = np.dot(image.cmap(image.norm(x))[:3], (0.299, 0.587, 0.114))
        colour = "black" if shade > 0.5 else "white"
        ax.text(
            col,
            row,
            number(x, decimals),
            ha="center",
            va="center",
            fontsize=7 if n_panels < 3 else 5,
            color=colour,
        )


def _hidden(mask, shape):
    """The places that a mask hides."""
    if mask is None:
        return []
    mask = check_mask(_values(mask), shape, where="heat_map")
    return np.argwhere(~np.broadcast_to(mask, shape))


def _hatch(ax, places):
    look = {"facecolor": "white", "edgecolor": "#999", "hatch": "///", "lw": 0}
    for row, col in places:
        ax.add_patch(Rectangle((col - 0.5, row - 0.5), 1, 1, **look))


def _axes(ax, x_label, y_label, log=()):
    ax.set_xlabel(x_label, fontsize=9)
    ax.set_ylabel(y_label, fontsize=9)
    ax.tick_params(labelsize=8)
    if "x" in log:
        ax.set_xscale("log")
    if "y" in log:
        ax.set_yscale("log")


def _described(value, words):
    """The largest number of a heat map, and where it stands, for the alternative text."""
    row, col = np.unravel_index(
        np.nanargmax(np.where(np.isfinite(value), value, -np.inf)), value.shape
    )
    at = zip(words, (row, col), strict=True)
    where = ", ".join(str(i if w is None else w[i]) for w, i in at)
    largest = f"largest {_short(value[row, col])} at {where}"
    return f"{len(value)} rows, {value.shape[1]} columns; {largest}."


def _short(x, dust=0):
    return f"{0.0 if abs(x) <= dust else float(x):.3g}"  # 0 for −0
