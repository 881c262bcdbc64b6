"""Pictures of places: tables of waves, and which places fit each other."""

import numpy as np

from tfmath.show.figures import _COLOURS, _SIGNED, Picture, _values, new_figure


def waves(tables, title):
    """Tables with a row for each place, side by side, with a bar that says the colours.

    Parameters
    ----------
    tables : dict of str to array (n_places, d_model)
        What each is called, and its numbers from −1 to 1.
    title : str
        The finding, as a sentence.
    """
    tables = {name: _values(table) for name, table in tables.items()}
    figure, axes = new_figure(6 if len(tables) > 1 else 5, 3.6, 1, len(tables))
    for ax, (name, table) in zip(axes, tables.items(), strict=True):
        image = ax.imshow(table, cmap=_SIGNED, vmin=-1, vmax=1, aspect="auto")
        _label(ax, name, "column")
    bar = figure.colorbar(image, ax=axes, ticks=[-1, 0, 1], shrink=0.8)
    bar.ax.tick_params(labelsize=8)
    bar.outline.set_visible(False)
    figure.suptitle(title, fontsize=10)
    sizes = [
        f"{n} {t.shape[0]} places, {t.shape[1]} columns".strip() for n, t in tables.items()
    ]
    slow = "; ".join(sizes)
    return Picture(figure, f"{title} {slow}. Blue is 1, white 0, orange −1.")


def fits(tables, title):
    """Places against places, side by side: the darker, the better they fit.

    A dot marks the best of each row, a dashed line where both places are the same.

    Parameters
    ----------
    tables : dict of str to array (n_places, n_places)
        What each is called, and its dot products: a row for each place that asks.
    title : str
        The finding, as a sentence.
    """
    tables = {name: _values(table) for name, table in tables.items()}
    low, high = (end([*map(end, tables.values())]) for end in (np.min, np.max))
    figure, axes = new_figure(6, 3.2, 1, len(tables))
    said = []
    for ax, (name, table) in zip(axes, tables.items(), strict=True):
        image = ax.imshow(table, cmap="Blues", vmin=low, vmax=high)
        ax.axline((0, 0), slope=1, color="black", lw=0.8, ls=(0, (4, 4)))
        best = table.argmax(axis=1)
        ax.plot(best, range(len(best)), "o", color=_COLOURS[1], ms=2.5)
        _label(ax, name, "fits place")
        tens = ", ".join(f"{p} fits {best[p]}" for p in range(0, len(best), 10))
        said.append(f"{name}: place {tens} best.")
    bar = figure.colorbar(image, ax=axes, shrink=0.8)
    bar.ax.tick_params(labelsize=8)
    bar.outline.set_visible(False)
    figure.suptitle(title, fontsize=10)
    return Picture(figure, " ".join([title, *said]))


def _label(ax, name, below):
    ax.set_title(name, fontsize=9)
    ax.set_xlabel(below, fontsize=9)
    ax.set_ylabel("place", fontsize=9)
    ax.tick_params(labelsize=8)
    ax.spines[:].set_visible(False)
    ax.xaxis.get_major_locator().set_params(integer=True)
