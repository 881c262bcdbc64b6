"""Numbers with words beside them: text in a terminal, shaded HTML in a notebook."""

import html

import numpy as np

from tfmath.errors import ShapeError
from tfmath.show.numbers import decimals_of, number
from tfmath.tracing import Traced

_CELL = "padding:2px 8px;text-align:right;white-space:nowrap;"
_HEAD = _CELL + "font-weight:bold;"


class Table:
    """A table to look at; made by `table`."""

    def __init__(self, title, numbers, rows, cols, decimals, shade):
        self.title, self.numbers, self.rows, self.cols = title, numbers, rows, cols
        self.decimals, self.shade = decimals, shade

    def _cells(self):
        return [[_text(x, self.decimals) for x in row] for row in self.numbers]

    def __repr__(self):
        lines = [["", *self.cols]]
        lines += [[r, *c] for r, c in zip(self.rows, self._cells(), strict=True)]
        widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
        text = [
            "  ".join(
                [line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]
            ).rstrip()
            for line in lines
        ]
        return "\n".join(([self.title] if self.title else []) + text)

    def _repr_html_(self):
        head = "".join(
            f"<th style='{_HEAD}'>{html.escape(c)}</th>" for c in ["", *self.cols]
        )
        body = "".join(
            f"<tr><th style='{_HEAD}'>{html.escape(label)}</th>"
            + "".join(self._cell(x, text) for x, text in zip(values, texts, strict=True))
            + "</tr>"
            for label, values, texts in zip(
                self.rows, self.numbers, self._cells(), strict=True
            )
        )
        title = f"<div><b>{html.escape(self.title)}</b></div>" if self.title else ""
        return (
            f"<div style='overflow-x:auto;display:inline-block;"
            f"vertical-align:top;margin-right:2em'>{title}"
            f"<table style='border-collapse:collapse'><thead><tr>{head}</tr></thead>"
            f"<tbody>{body}</tbody></table></div>"
        )

    def _cell(self, x, text):
        colour = _colour(x, self.shade)
        style = f"{_CELL}background:{colour};color:#111;" if colour else _CELL
        return f"<td style='{style}'>{html.escape(text)}</td>"


class Tables(list):
    """Several tables, shown one after the other."""

    def __repr__(self):
        return "\n\n".join(map(repr, self))

    def _repr_html_(self):
        return "".join(t._repr_html_() for t in self)


def table(array, title=None, rows=None, cols=None, decimals=None, shade=True):
    """Show an array with its words; a traced array brings its own.

    Parameters
    ----------
    array : Traced or array, of one, two or three axes
        Three axes become one table for each entry of the first. Text is shown as it is.
    title : str, optional
        By default the name of the step.
    rows, cols : sequence, optional
        Words beside and above; by default the array's own, or 0, 1, 2, …
    decimals : int, optional
        By default as many as the numbers need, three at most.
    shade : bool
        Whether the cells are coloured: numbers all within 0 … 1 from white to blue, others
        orange below zero and blue above.

    Returns
    -------
    Table or Tables

    Examples
    --------
    >>> table([[0.25, 0.75]], "weights", rows=["you"], cols=["win", "die"])
    weights
           win    die
    you  0.250  0.750
    """
    title = array.name if title is None and isinstance(array, Traced) else title
    labels = list(array.labels) if isinstance(array, Traced) else None
    numbers = array.value if isinstance(array, Traced) else np.asarray(array)
    labels = labels or [None] * numbers.ndim
    if not 1 <= numbers.ndim <= 3:
        raise ShapeError(f"table: array {numbers.shape} must have one, two or three axes.")
    for axis, given in ((-2, rows), (-1, cols)):
        if given is not None and numbers.ndim >= -axis:
            labels[axis] = [str(word) for word in given]
    if numbers.ndim == 1:
        label = [str(rows[0])] if rows is not None else [""]
        return _table(title, numbers[None], [label, labels[0]], decimals, shade)
    if numbers.ndim == 2:
        return _table(title, numbers, labels, decimals, shade)
    names = labels[0] or range(len(numbers))
    return Tables(
        _table(f"{title or ''} [{name}]", part, labels[1:], decimals, shade)
        for name, part in zip(names, numbers, strict=True)
    )


def _table(title, numbers, labels, decimals, shade):
    words = [
        list(given) if given is not None else [str(i) for i in range(size)]
        for given, size in zip(labels, numbers.shape, strict=True)
    ]
    for side, given, size in zip(("rows", "cols"), words, numbers.shape, strict=True):
        if len(given) != size:
            raise ShapeError(f"table: {len(given)} words for {size} {side}.")
    measurable = numbers.dtype.kind in "fiu"
    decimals = decimals_of(numbers) if decimals is None and measurable else decimals
    return Table(title, numbers, *words, decimals, _scale(numbers) if shade else None)


def _text(x, decimals):
    if isinstance(x, bool | np.bool_):
        return "yes" if x else "no"
    return number(x, decimals) if np.asarray(x).dtype.kind in "fiu" else str(x)


def _scale(numbers):
    """What makes a cell fully coloured: ("one", 1) or ("both", the largest size)."""
    if numbers.dtype.kind == "b":
        return "one", 1.0
    if numbers.dtype.kind not in "fiu" or not np.isfinite(numbers).any():
        return None
    finite = numbers[np.isfinite(numbers)]
    if finite.min() >= 0 and finite.max() <= 1:
        return "one", 1.0
    return "both", float(np.abs(finite).max())


def _colour(x, scale):
    """White at zero, blue above, orange below; the size of the number sets the strength."""
    if scale is None or not np.isfinite(x):
        return ""
    strength = min(abs(float(x)) / scale[1], 1.0) * 0.75
    full = (230, 130, 30) if x < 0 else (60, 120, 200)
    return "#" + "".join(f"{round(255 - strength * (255 - c)):02x}" for c in full)
