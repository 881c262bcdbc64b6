"""Pictures of what a whole is made of, and of what is lost with a part."""

import numpy as np

from tfmath.errors import ShapeError
from tfmath.show.figures import _COLOURS, Picture, _axes, _short, _values, new_figure

LEGIBLE = 0.045
"""A share that is smaller has no room for its number."""

_OF_TERMS = [_COLOURS[i] for i in (0, 2, 3, 5, 4)]
"""Without orange, which is below 0 in other drawings; here that is where a bar stands."""


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


def summed(terms, title, names, parts, label):
    """A bar for each sum: terms above 0 upwards, those below 0 downwards, a dot at the sum.

    Parameters
    ----------
    terms : (n, p) of numbers
        The terms of each sum. Those that are largest over all stand next to 0.
    title : str
        The finding, as a sentence.
    names : sequence of str
        Of the n sums.
    parts : sequence of str
        Of the p terms, at most five.
    label : str
        What the sums are.

    Returns
    -------
    Picture

    Raises
    ------
    ShapeError
        If there is not one name for each sum and each term, or more than five terms.

    Examples
    --------
    >>> summed([[3, -1]], "Rain wins.", ["lake"], ["rain", "sun"], "level")
    [figure] Rain wins. level: lake 2; the terms of lake: rain 3, sun -1.
    """
    terms = np.asarray(_values(terms, "summed", "terms"), dtype=float)
    if terms.shape != (len(names), len(parts)) or len(parts) > len(_OF_TERMS):
        raise ShapeError(
            f"summed: terms {terms.shape} must be (n_names, n_parts) = "
            f"{len(names), len(parts)}, and at most {len(_OF_TERMS)} parts."
        )
    figure, (ax,) = new_figure()
    _bars_of_terms(ax, terms, parts)
    ax.plot(terms.sum(axis=1), "o", color="black", markerfacecolor="white", markersize=4.5,
            label="sum")  # fmt: skip
    ax.axhline(0, color="#555", linewidth=0.8)
    ax.set_xticks(range(len(names)), names, rotation=90, fontsize=8)
    _axes(ax, "", label)
    ax.legend(fontsize=8, frameon=False, ncols=len(parts) + 1, loc="lower center",
              bbox_to_anchor=(0.5, 1.0), columnspacing=1, handletextpad=0.4)  # fmt: skip
    figure.suptitle(title, fontsize=10)
    return Picture(figure, f"{title} {label}: {_told_of(terms, names, parts)}.")


def _bars_of_terms(ax, terms, parts):
    """The terms of one sign, one behind another, the largest of all next to 0."""
    ends = {True: np.zeros(len(terms)), False: np.zeros(len(terms))}
    order = np.argsort(-abs(terms).sum(axis=0), kind="stable")
    for i, colour in zip(order, _OF_TERMS, strict=False):
        own, above = terms[:, i], terms[:, i] >= 0
        bottom = np.where(above, ends[True], ends[False])
        looks = {"color": colour, "edgecolor": "white", "linewidth": 0.4}
        ax.bar(range(len(own)), own, bottom=bottom, label=parts[i], **looks)
        for side in ends:
            ends[side] = ends[side] + np.where(above == side, own, 0)


def _told_of(terms, names, parts):
    """All sums, and the terms of the largest."""
    sums = terms.sum(axis=1)
    listed = ", ".join(f"{name} {_short(s)}" for name, s in zip(names, sums, strict=True))
    row = terms[sums.argmax()]
    own = ", ".join(f"{part} {_short(t)}" for part, t in zip(parts, row, strict=True))
    return f"{listed}; the terms of {names[sums.argmax()]}: {own}"


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
