"""The first sheet: the words, what comes after them, and the way to every part."""

from openpyxl.styles import Alignment
from openpyxl.utils import get_column_letter

from tfmath.show.workbook_formulas import reference
from tfmath.show.workbook_layout import START
from tfmath.show.workbook_pages import (
    GIVEN,
    QUIET,
    THREE,
    YOURS,
    fill,
    font,
    for_paper,
    link,
    text,
    typed_word,
)

LEGEND = (
    (YOURS, "weights and words: change them, and all that follows is worked out anew"),
    (GIVEN, "given too, but never learned: places, masks"),
)
COLUMN = 13


class Start:
    """Where things stand on the first sheet.

    Parameters
    ----------
    layout : Layout
    title : str
    notes : sequence of str
        Lines below the title.
    """

    def __init__(self, layout, title, notes):
        self.layout, self.title, self.notes = layout, title, notes
        self.first = len(notes) + len(LEGEND) + 6
        self.lists, column = [], 1
        for one in layout.words:
            rows = range(self.first, self.first + len(one.words))
            self.lists.append((one, [(START, row, column) for row in rows]))
            column += 4 if self._answers(one) else 2
        self.aside = column

    def _answers(self, one):
        """Whether the last rows of the record are those of these words."""
        root = self.layout.plan.root
        return root.ndim == 2 and bool(root.labels[1]) and root.labels[0] is one.words

    def write(self, page, words):
        """All of it, on an empty page."""
        page.sheet_view.showGridLines = False
        for column in range(1, self.aside + 6):
            page.column_dimensions[get_column_letter(column)].width = COLUMN
        text(page, 1, 1, self.title).font = font(bold=True, size=16)
        self._told(page)
        for one, cells in self.lists:
            self._list(page, one, cells, words)
        self._parts(page)
        page.freeze_panes = page.cell(2, 1)
        for_paper(page)

    def _told(self, page):
        for row, note in enumerate(self.notes, 2):
            text(page, row, 1, note)
        for row, (colour, meaning) in enumerate(LEGEND, len(self.notes) + 3):
            page.cell(row, 1).fill = fill(colour)
            text(page, row, 2, meaning).font = font(color=QUIET)

    # The words ---------------------------------------------------------------------------

    def _list(self, page, one, cells, words):
        _, row, column = cells[0]
        home = self.layout.home(one.ids)
        head = text(page, row - 1, column, home.title.rpartition(" / ")[0] or home.title)
        link(head, home.sheet, f"A{home.title_row}")
        head.font = font(bold=True, color=head.font.color)
        choice = words.choice(one)
        page.add_data_validation(choice)
        for (_, row, column), word in zip(cells, one.words, strict=True):
            cell = text(page, row, column, word)
            typed_word(cell)
            choice.add(cell)
        if self._answers(one):
            self._written(page, cells)

    def _written(self, page, cells):
        """Beside each word the one that the last row of numbers says, and how surely."""
        table = self.layout.home(self.layout.plan.root)
        _, row, column = cells[0]
        for offset, title in ((1, "then"), (2, table.title)):
            head = text(page, row - 1, column + offset, title)
            head.alignment = Alignment(horizontal="right")
            head.font = font(bold=True)
        link(head, table.sheet, f"A{table.title_row}")
        for place, (_, row, column) in enumerate(cells):
            line = _line(table, place)
            best = f"MATCH(MAX({line}),{line},0)"
            cell = page.cell(row, column + 1, f"=INDEX({_line(table, -1)},{best})")
            cell.font, cell.alignment = font(bold=True), Alignment(horizontal="right")
            page.cell(row, column + 2, f"=MAX({line})").number_format = THREE

    # The parts ---------------------------------------------------------------------------

    def _parts(self, page):
        row, column = self.first - 1, self.aside
        text(page, row, column, "Sheets").font = font(bold=True)
        for row, (sheet, tables) in enumerate(self.layout.sheets.items(), self.first):
            link(text(page, row, column, sheet), sheet)
            said = text(page, row, column + 3, _holds(tables))
            said.font = font(color=QUIET)


def _line(table, place):
    """A row of a table's numbers, as the first sheet calls it; row -1 is its head."""
    _, columns = table.size
    ends = [(table.sheet, table.row + place, table.column + j) for j in (0, columns - 1)]
    first, last = (reference(end, START) for end in ends)
    return f"{first}:{last.rpartition('!')[2]}"


def _holds(tables):
    own = [table.array for table in tables if not table.brought]
    weights = sum(array.size for array in own if array.op == "input")
    steps = sum(1 for array in own if array.inputs)
    parts = [f"{steps} steps" * bool(steps), f"{weights} weights" * bool(weights)]
    return ", ".join(part for part in parts if part)
