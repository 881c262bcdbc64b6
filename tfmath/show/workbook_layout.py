"""Where each table of a workbook stands: its sheet, its row, its column.

A sheet is a part: a scope of names. On it the steps stand one under another, and what a
step was given, its weights say, to the right of it. What comes from another sheet stands on
top once more, so that a formula names cells that can be seen beside it.
"""

import re
from typing import Any, NamedTuple

from tfmath.errors import TraceError
from tfmath.show.workbook_plan import is_given, rows_and_columns
from tfmath.show.workbook_words import word_lists

START, TABLES, RESULT = "start", "tables", "result"
"""The first sheet, and those for what has no scope: what was given, and what came out."""

TOP = 4
"""The first row below the frozen ones."""


class Table(NamedTuple):
    """The numbers of an array on a sheet; `row` and `column` are those of its first one.

    Its title stands `above` so many rows higher.
    """

    array: Any
    title: str
    sheet: str
    row: int
    column: int
    above: int
    upright: bool
    brought: bool

    def cell(self, index):
        """The place of one number: sheet, row, column."""
        if self.upright:
            return self.sheet, self.row + index[0], self.column
        *batch, i, j = (0, 0, *index) if index else (0, 0, 0)
        batch = batch[-(self.array.ndim - 2) :] if self.array.ndim > 2 else []
        return self.sheet, self.row + i, self.column + self._offset(batch) + j

    def _offset(self, batch):
        """By how many columns the k-th of the tables side by side stands to the right."""
        k, width = 0, rows_and_columns(self.array)[2] + 1
        for i, size in zip(batch, self.array.shape, strict=False):
            k = k * size + i
        return k * width

    @property
    def size(self):
        """How many rows and columns its numbers take, gaps between them included."""
        count, rows, columns = rows_and_columns(self.array)
        if self.upright:
            return columns, 1
        return rows, count * (columns + 1) - 1

    @property
    def heads(self):
        """How many rows it needs above: title, formula, what tells columns apart."""
        return 2 + self.says + (rows_and_columns(self.array)[0] > 1)

    @property
    def title_row(self):
        return self.row - self.above

    @property
    def says(self):
        """Whether the first of its formulas is written above it."""
        return self.upright or not (self.brought or is_given(self.array))


class Layout:
    """Where everything stands.

    Attributes
    ----------
    plan : Plan
    sheets : dict of str to list of Table
        In the order in which they are read, `START` not among them.
    words : list of WordList
        The words that can be changed; they stand on `START`.
    """

    def __init__(self, plan):
        self.plan, self.words = plan, word_lists(plan)
        self._upright = {id(words.ids) for words in self.words}
        self._parts = self._assigned()
        names = sheet_names(self._parts)
        self.sheets = {names[key]: self._placed(key, names) for key in self._parts}
        tables = [table for several in self.sheets.values() for table in several]
        self._here = {(t.sheet, id(t.array)): t for t in tables}
        self._home = {id(t.array): t for t in tables if not t.brought}

    def home(self, array):
        """The table of an array, on the sheet of its own part."""
        return self._home[id(array)]

    def cell(self, array, index, sheet):
        """Where a formula on a sheet finds a number: there, if it was brought there."""
        table = self._here.get((sheet, id(array))) or self.home(array)
        return table.cell(index)

    # Which sheet -------------------------------------------------------------------------

    def _assigned(self):
        """For each part the arrays of its sheet, parts in the order of their first step."""
        keys, parts = {}, {}
        for array in reversed(self.plan.tables):
            keys[id(array)] = self._part(array, keys)
        for array in self.plan.tables:
            parts.setdefault(keys[id(array)], []).append(array)
        order = sorted(parts, key=lambda key: (key != TABLES, _begins(parts[key])))
        return {key: parts[key] for key in order}

    def _part(self, array, keys):
        owner = self.plan.owners.get(id(array), array)
        if owner.name is None:  # no name, so no scope: it goes where it is used first
            users = [u for u in self.plan.tables if array in self._read(u)]
            return keys[id(users[0])] if users else RESULT
        scope = owner.name.rpartition(" / ")[0]
        while scope in self._named():
            scope = scope.rpartition(" / ")[0]
        return scope or (TABLES if is_given(owner) else RESULT)

    def _read(self, array):
        """What an array's formulas read; compared by what it is, not by its numbers."""
        return _Same(self.plan.arrays(array))

    def _named(self):
        return {array.name for array in self.plan.tables}

    # Which row and column ----------------------------------------------------------------

    def _placed(self, key, names):
        sheet, arrays = names[key], self._parts[key]
        bands, row, placed = self._bands(arrays), TOP, []
        for band in bands:
            tables, column = [self._table(array, sheet, arrays) for array in band], 2
            above = max(table.heads for table in tables)
            row += above
            for table in tables:
                placed.append(table._replace(row=row, column=column, above=above))
                column += table.size[1] + 2
            row += max(table.size[0] for table in tables) + 1
        return placed

    def _table(self, array, sheet, arrays):
        title, upright = self.plan.titles[id(array)], id(array) in self._upright
        brought = array not in _Same(arrays)
        return Table(array, title, sheet, 0, 0, 0, upright, brought)

    def _bands(self, arrays):
        """Each step, and beside it what was given that no step above it reads."""
        here, beside, bands = _Same(arrays), _Same([]), []
        brought = _Same([])
        for array in arrays:
            if is_given(array):
                continue
            read = self.plan.arrays(array)
            new = [a for a in read if is_given(a) and a in here and a not in beside]
            new = [a for a in new if id(a) not in self._upright]
            brought.add(a for a in read if not is_given(a) and a not in here)
            beside.add(new)
            bands.append([array, *new])
        alone = [[a] for a in arrays if is_given(a) and a not in beside]
        return [[a] for a in brought.arrays] + alone + bands


class _Same:
    """Arrays, told apart by what they are: ``==`` between traced arrays is a step."""

    def __init__(self, arrays):
        self.arrays, self.known = [], set()
        self.add(arrays)

    def add(self, arrays):
        for array in arrays:
            if id(array) not in self.known:
                self.arrays.append(array)
                self.known.add(id(array))

    def __contains__(self, array):
        return id(array) in self.known


def _begins(arrays):
    """When a part begins: with its first step, for weights are older than all steps."""
    return min((a.order for a in arrays if not is_given(a)), default=-1)


# Names of sheets -------------------------------------------------------------------------


def sheet_names(parts):
    """For each part a name that a spreadsheet takes, no two alike.

    Examples
    --------
    >>> sheet_names(["encoder / layer 1 / norm 1", "a / b:c"])
    {'encoder / layer 1 / norm 1': 'encoder layer 1 norm 1', 'a / b:c': 'a b-c'}
    """
    names, taken = {}, {START, "history", ""}  # Excel keeps "history" for itself
    for part in parts:
        name, count = _short(_allowed(part), 31), 1
        while name.lower() in taken:
            count += 1
            name = f"{_short(_allowed(part), 30 - len(str(count)))} {count}"
        taken.add(name.lower())
        names[part] = name
    return names


def _allowed(part):
    name = re.sub(r"[\[\]:*?/\\\x00-\x1f]", "-", part.replace(" / ", " "))
    return re.sub(r"^'|'$", "-", name)


def _short(name, most):
    """The first words cut to three letters, as many as it takes."""
    words = name.split(" ")
    for place, word in enumerate(words):
        if len(" ".join(words)) > most:
            words[place] = word[:3]
    return " ".join(words)[:most].rstrip()


def check_size(layout):
    """Raise for a sheet wider or longer than a spreadsheet is."""
    for sheet, tables in layout.sheets.items():
        row = max(t.row + t.size[0] for t in tables)
        column = max(t.column + t.size[1] for t in tables)
        if row > 1_000_000 or column > 16_000:
            raise TraceError(
                f"workbook: the sheet {sheet} would have {row} rows and {column} columns, "
                "more than a spreadsheet has; give an earlier step, or a smaller model."
            )
