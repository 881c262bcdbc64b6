"""Pictures of what a whole is made of, and of what is lost with a part."""

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
        said = [f"{s:.2f}" if s >= LEGIBLE else "" for s in shares[:, i]]
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


def lost(heights, names, said, title, label, right=()):
    """A bar for each name, and what is said of it beside; orange if it is not in `right`.

    Parameters
    ----------
    heights : (n,) of numbers
    names, said : sequence of str
        Of each bar: what it is called, and the text at its right.
    title, label : str
        `label` names the axis.
    right : sequence of str
        Names of the bars that are blue.

    Returns
    -------
    Picture

    Examples
    --------
    >>> lost([1, 3], ["nothing", "salt"], ["good", ""], "The soup.", "loss", ["nothing"])
    [figure] The soup. loss without nothing 1.000: good; salt 3.000: (nothing).
    """
    figure, (ax, beside) = new_figure(6, 0.9 + 0.22 * len(names), 1, 2)
    heights = np.asarray(_values(heights, "lost", "heights"), dtype=float)
    colours = [_COLOURS[name not in right] for name in names]
    drawn = ax.barh(range(len(names)), heights, color=colours, height=0.7)
    ax.bar_label(drawn, [f"{h:.3f}" for h in heights], fontsize=7, padding=2)
    ax.margins(x=0.2)  # room for the number of the longest
    said = [text or "(nothing)" for text in said]
    beside.sharey(ax)
    beside.axis("off")
    for i, text in enumerate(said):
        beside.text(0, i, text, va="center", fontsize=7)
    ax.set_yticks(range(len(names)), names, fontsize=8)
    ax.invert_yaxis()
    _axes(ax, label, "")
    figure.suptitle(title, fontsize=10)
    listed = "; ".join(
        f"{n} {h:.3f}: {text}" for n, h, text in zip(names, heights, said, strict=True)
    )
    return Picture(figure, f"{title} {label} without {listed}.")
