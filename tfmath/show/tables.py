"""Numbers with words beside them: text in a terminal, shaded HTML in a notebook."""

import html
import itertools

import numpy as np

from tfmath.arguments import instance, said, whole
from tfmath.errors import ShapeError, as_array
from tfmath.show.numbers import cell, decimals_of
from tfmath.tracing import Traced

_CELL = "padding:2px 8px;text-align:right;white-space:nowrap;"
_HEAD = _CELL + "font-weight:bold;"


class Table:
    """A table to look at; made by `table`.

    Attributes
    ----------
    title : str or None
    numbers : numpy.ndarray (n_rows, n_cols)
        Unrounded.
    rows, cols : list of str or range
        The words beside and above, or the places where there are none.
    """

    def __init__(self, title, numbers, rows, cols, decimals, shade):
        self.title, self.numbers, self.rows, self.cols = title, numbers, rows, cols
        self.decimals, self.shade = decimals, shade

    def frame(self):
        """The same as a pandas DataFrame, with the words as index and columns.

        Returns
        -------
        pandas.DataFrame (n_rows, n_cols)
            The numbers are not rounded. Places without words are whole numbers.

        Examples
        --------
        >>> table([[0.25, 0.75]], rows=["you"], cols=["win", "die"]).frame()
              win   die
        you  0.25  0.75
        """
        from pandas import DataFrame

        rows = [self.title or 0] if self.rows == [""] else list(self.rows)
        return DataFrame(self.numbers.copy(), rows, list(self.cols))

    def _cells(self):
        return [[_text(x, self.decimals) for x in row] for row in self.numbers]

    def __repr__(self):
        lines = [["", *map(str, self.cols)]]
        lines += [[str(r), *c] for r, c in zip(self.rows, self._cells(), strict=True)]
        widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
        text = [
            "  ".join(
                [line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]
            ).rstrip()
            for line in lines
        ]
        return "\n".join(([self.title] if self.title else []) + text)

    def _repr_html_(self):
        head = "".join(_head(word) for word in ["", *self.cols])
        rows = zip(self.rows, self.numbers, self._cells(), strict=True)
        body = "".join(
            f"<tr>{_head(word)}{''.join(map(self._cell, values, texts))}</tr>"
            for word, values, texts in rows
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
    """Several tables, shown one after the other.

    Parameters
    ----------
    tables : iterable of Table
    keys : list, optional
        What each is of: "head 1", or for four axes (0, "head 1"). By default the titles.
    """

    def __init__(self, tables=(), keys=None):
        super().__init__(tables)
        self.keys = keys

    def frame(self):
        """All of them as one pandas DataFrame, the keys before the words of the rows.

        Returns
        -------
        pandas.DataFrame
            ``frame().loc["head 1"]`` is the table of that head.

        Raises
        ------
        ShapeError
            If there are none, or they have different columns; make a frame of each.

        Examples
        --------
        >>> table(np.arange(4.0).reshape(2, 1, 2), cols=["win", "die"]).frame()
             win  die
        0 0  0.0  1.0
        1 0  2.0  3.0
        """
        from pandas import concat

        if not self:
            raise ShapeError("Tables.frame: there is no table to make a frame of.")
        if any(list(t.cols) != list(self[0].cols) for t in self):
            raise ShapeError(
                "Tables.frame: the tables have different columns; write "
                "[t.frame() for t in tables]."
            )
        keys = self.keys or [t.title or i for i, t in enumerate(self)]
        return concat([t.frame() for t in self], keys=keys)

    def __repr__(self):
        return "\n\n".join(map(repr, self))

    def _repr_html_(self):
        return "".join(t._repr_html_() for t in self)


def table(array, title=None, rows=None, cols=None, decimals=None, shade=True):
    """Show an array with its words; a traced array brings its own.

    Parameters
    ----------
    array : Traced or array, of one to four axes
        Three axes become one table for each entry of the first, such as a head; four one
        for each entry of the first two, such as a sentence and a head. Text is shown as it
        is, bools as yes and no.
    title : str, optional
        By default the name of the step.
    rows, cols : sequence, optional
        Words beside and above; by default the array's own, or 0, 1, 2, …
    decimals : int, optional
        By default as many as the numbers need: three at most, unless all are smaller than
        0.01.
    shade : bool
        Whether the cells are coloured: numbers all within 0 … 1 from white to blue, others
        orange below zero and blue above; several tables on one scale.

    Returns
    -------
    Table or Tables
        Both have ``.frame()``, the unrounded numbers as a pandas DataFrame.

    Raises
    ------
    ShapeError
        If `array` has no axis or more than four, or rows of different lengths; if `rows` or
        `cols` are too few or many.
    TypeError, ValueError
        If `title` is no text, or `decimals` no whole number from 0 to 99.

    Notes
    -----
    Only 0 is printed as 0.000: what would be rounded to it is printed ``<0.001`` or, below
    zero, ``>-0.001``.

    Examples
    --------
    >>> table([[0.25, 0.75]], "weights", rows=["you"], cols=["win", "die"])
    weights
           win    die
    you  0.250  0.750
    """
    _check(title, decimals)
    title = array.name if title is None and isinstance(array, Traced) else title
    numbers = (
        array.value if isinstance(array, Traced) else as_array("table", "array", array)
    )
    numbers = np.array(numbers)  # a copy: what is shown stays as it was
    labels = list(getattr(array, "labels", [None] * numbers.ndim))
    if not 1 <= numbers.ndim <= 4:
        found = f"of shape {numbers.shape}" if hasattr(array, "shape") else said(array)
        raise ShapeError(f"table: array is {found}; it must have one to four axes.")
    for axis, given in ((-2, rows), (-1, cols)):
        if given is not None and numbers.ndim >= -axis:
            labels[axis] = [str(word) for word in given]
    if numbers.ndim == 1:
        labels = [[str(rows[0])] if rows is not None else [""], *labels]
        numbers = numbers[None]
    look = _look(numbers, decimals, shade)
    if numbers.ndim == 2:
        return _table(title, numbers, labels, look)
    keys = _keys(numbers.shape[:-2], labels[:-2])
    parts = numbers.reshape(len(keys), *numbers.shape[-2:])
    heads = [f"{title or ''}{_bracketed(key)}".strip() for key in keys]
    tables = [
        _table(h, part, labels[-2:], look) for h, part in zip(heads, parts, strict=True)
    ]
    return Tables(tables, [key[0] if len(key) == 1 else key for key in keys])


def _check(title, decimals):
    if title is not None:
        instance("table", "title", title, str, "a str, or None for the name of the step")
    if decimals is not None:
        whole("table", "decimals", decimals, most=99)


# How tables look ------------------------------------------------------------------------


def _look(numbers, decimals, shade):
    """One number of decimals and one scale of colours, for all tables of an array."""
    measurable = decimals is None and numbers.dtype.kind in "fiu"
    decimals = decimals_of(numbers) if measurable else decimals
    return decimals, _scale(numbers) if shade else None


def _table(title, numbers, labels, look):
    words = [
        list(given) if given is not None else range(size)
        for given, size in zip(labels, numbers.shape, strict=True)
    ]
    for side, given, size in zip(("rows", "cols"), words, numbers.shape, strict=True):
        if len(given) != size:
            raise ShapeError(f"table: {len(given)} words for {size} {side}.")
    return Table(title, numbers, *words, *look)


def _keys(shape, labels):
    """What each of several tables is of: the words along the first axes, or places."""
    words = [w or range(size) for w, size in zip(labels, shape, strict=True)]
    return list(itertools.product(*words))


def _bracketed(key):
    """`` [head 1]``; of two axes the first counts sentences, unless it has words."""
    named = [f"sentence {key[0]}" if isinstance(key[0], int) else key[0], *key[1:]]
    return "".join(f" [{word}]" for word in (named if len(key) > 1 else key))


def _head(word):
    return f"<th style='{_HEAD}'>{html.escape(str(word))}</th>"


def _text(x, decimals):
    if isinstance(x, bool | np.bool_):
        return "yes" if x else "no"
    return cell(x, decimals) if np.asarray(x).dtype.kind in "fiu" else str(x)


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
