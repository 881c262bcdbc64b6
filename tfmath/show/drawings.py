"""Pictures that belong to one chapter; the same rules as in `figures`."""

import numpy as np

from tfmath.show.figures import (
    Picture,
    _described,
    _scale,
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
        ax.text(
            col,
            row,
            number(x, decimals),
            ha="center",
            va="center",
            fontsize=6,
            color=colour,
        )
