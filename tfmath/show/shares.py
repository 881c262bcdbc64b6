"""Pictures of what a whole is made of."""

import numpy as np

from tfmath.show.figures import _COLOURS, Picture, _axes, _values, new_figure

LEGIBLE = 0.045
"""A share that is smaller has no room for its number."""


def stacked(shares, title, names, parts):
    """A bar for each whole, divided into its parts.

    Parameters
    ----------
    shares : (n, p) of numbers
        The parts of each whole; a row adds up to 1.
    title : str
    names : sequence of str
        Of the n wholes.
    parts : sequence of str
        Of the p parts.

    Returns
    -------
    Picture

    Examples
    --------
    >>> stacked([[0.25, 0.75]], "Mostly milk.", ["latte"], ["coffee", "milk"])
    [figure] Mostly milk. latte: coffee 0.250, milk 0.750.
    """
    shares = np.asarray(_values(shares, "stacked", "shares"), dtype=float)
    figure, (ax,) = new_figure(6, 0.9 + 0.5 * len(names))
    for i, part in enumerate(parts):
        before = shares[:, :i].sum(axis=1)
        drawn = ax.barh(range(len(names)), shares[:, i], left=before, label=part,
                        color=_COLOURS[i], edgecolor="white")  # fmt: skip
        said = [f"{s:.3f}" if s >= LEGIBLE else "" for s in shares[:, i]]
        ax.bar_label(drawn, said, label_type="center", color="white", fontsize=8)
    ax.set_yticks(range(len(names)), names, fontsize=8)
    ax.invert_yaxis()
    ax.set_xlim(0, 1)
    _axes(ax, "share of all", "")
    ax.legend(ncols=len(parts), fontsize=8, frameon=False, loc="lower center",
              bbox_to_anchor=(0.5, 1.0))  # fmt: skip
    figure.suptitle(title, fontsize=10)
    listed = "; ".join(
        f"{name}: " + ", ".join(f"{p} {s:.3f}" for p, s in zip(parts, row, strict=True))
        for name, row in zip(names, shares, strict=True)
    )
    return Picture(figure, f"{title} {listed}.")
