"""Pictures of places: a table of waves, and what is wrong with one."""

from tfmath.show.figures import _SIGNED, Picture, _values, new_figure


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
        ax.set_title(name, fontsize=9)
        ax.set_xlabel("column", fontsize=9)
        ax.set_ylabel("place", fontsize=9)
        ax.tick_params(labelsize=8)
        ax.spines[:].set_visible(False)
        ax.xaxis.get_major_locator().set_params(integer=True)
    bar = figure.colorbar(image, ax=axes, ticks=[-1, 0, 1], shrink=0.8)
    bar.ax.tick_params(labelsize=8)
    bar.outline.set_visible(False)
    figure.suptitle(title, fontsize=10)
    sizes = [
        f"{n} {t.shape[0]} places, {t.shape[1]} columns".strip() for n, t in tables.items()
    ]
    slow = "; ".join(sizes)
    return Picture(figure, f"{title} {slow}. Blue is 1, white 0, orange −1.")
