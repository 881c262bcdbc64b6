"""A formula as a spreadsheet writes it: cells, ranges, and functions of Excel 2007.

How strongly each kind holds together is a spreadsheet's own: there ``-2^2`` is 4.
"""

import math
from itertools import pairwise

from openpyxl.utils import get_column_letter

from tfmath.errors import TraceError
from tfmath.show.printing import ATOM, CLAIM, POWER, PRODUCT, SUM, Style, visitor
from tfmath.tracing.formula import MANY, fold

LONG = 12
"""More products than this are not written out one by one."""

LONGEST = 8000
"""As many letters fit into a cell's formula."""


def formula_text(formula, cell, sheet):
    """A formula as the text of a cell, with its ``=``.

    Parameters
    ----------
    formula : Formula
    cell : callable
        ``(array, index) -> Cell``: where a number stands.
    sheet : str
        The sheet that the formula is written on; cells of others are named with theirs.

    Returns
    -------
    str
    """

    def show(array, index):
        return reference(cell(array, index), sheet), ATOM

    write = visitor(show, EXCEL, True)

    def visit(part, made):
        if part.kind == "literal":
            return _number(part.parts[0])
        if part.kind == "pick":
            return _pick(part, made, cell, sheet)
        by_range = part.kind in MANY and _by_range(part, cell, sheet)
        return (by_range, ATOM) if by_range else write(part, made)

    text = "=" + fold(formula, visit)[0]
    if len(text) > LONGEST:
        raise TraceError(
            f"workbook: a formula would have {len(text)} letters, and a cell holds "
            f"{LONGEST}; name a step on the way to it."
        )
    return text


# Cells and ranges ------------------------------------------------------------------------


def reference(cell, sheet):
    """A cell as it is called on a sheet.

    Examples
    --------
    >>> reference(("a b", 3, 2), "a b"), reference(("a b", 3, 2), "c")
    ('B3', "'a b'!B3")
    """
    where, row, column = cell
    name = f"{get_column_letter(column)}{row}"
    return name if where == sheet else f"{quoted(where)}!{name}"


def quoted(sheet):
    """A sheet's name as formulas write it.

    Examples
    --------
    >>> quoted("tables"), quoted("layer 1"), quoted("A1")
    ('tables', "'layer 1'", "'A1'")
    """
    if sheet.isascii() and sheet.isalpha() and len(sheet) > 3:
        return sheet
    return "'" + sheet.replace("'", "''") + "'"


def block(cells, sheet):
    """Cells in one line as a range, or None where they are not.

    Examples
    --------
    >>> block([("s", 1, 2), ("s", 1, 3)], "s"), block([("s", 1, 2), ("s", 2, 3)], "s")
    ('B1:C1', None)
    """
    if len(cells) < 2 or _step(cells) is None:
        return None
    _, row, column = cells[-1]
    return f"{reference(cells[0], sheet)}:{get_column_letter(column)}{row}"


def _step(cells):
    """By how many rows and columns a line of cells goes on: (0, 1), (1, 0), or None."""
    steps = {(b[1] - a[1], b[2] - a[2]) for a, b in pairwise(cells)}
    one_sheet = len({where for where, _, _ in cells}) == 1
    step = steps.pop() if len(steps) == 1 and one_sheet else None
    return step if step in ((0, 1), (1, 0)) else None


def _by_range(part, cell, sheet):
    """A sum, a product, an extreme of a line of cells; the products of two lines."""
    if all(p.kind == "leaf" for p in part.parts):
        if any(p.parts[0].dtype.kind == "b" for p in part.parts):
            return None  # a spreadsheet's SUM passes over yes and no
        line = block([cell(*p.parts) for p in part.parts], sheet)
        return line and f"{part.kind.upper()}({line})"
    if part.kind != "sum" or not all(map(_is_product_of_cells, part.parts)):
        return None
    lines = [[cell(*p.parts[k].parts) for p in part.parts] for k in (0, 1)]
    return _products(lines, [block(line, sheet) for line in lines])


def _is_product_of_cells(part):
    kinds = [p.kind for p in part.parts] if part.kind == "product" else []
    numbers = all(p.parts[0].dtype.kind != "b" for p in part.parts) if kinds else False
    return kinds == ["leaf", "leaf"] and numbers


def _products(lines, ranges):
    """Two rows, or two columns, have a function; a row and a column if they are long."""
    if None in ranges:
        return None
    steps = [_step(line) for line in lines]
    if steps[0] == steps[1]:
        return f"SUMPRODUCT({', '.join(ranges)})".replace(", ", ",")
    if len(lines[0]) > LONG:
        across = ranges if steps[0] == (0, 1) else ranges[::-1]
        return f"SUMPRODUCT(MMULT({','.join(across)}))"
    return None


def _pick(part, made, cell, sheet):
    """The number at a place that a cell says, counted from 0."""
    (place, _), *cells = made
    line = [p.parts for p in part.parts[1:]]
    found = all(p.kind == "leaf" for p in part.parts[1:])
    line = block([cell(*at) for at in line], sheet) if found else None
    if line:
        return f"INDEX({line},{place}+1)", ATOM
    return f"CHOOSE({place}+1,{','.join(text for text, _ in cells)})", ATOM


# How a spreadsheet writes a formula ------------------------------------------------------


def _number(number):
    """A number with all its digits; a root of a whole number as a root."""
    if isinstance(number, bool):
        return str(number).upper() + "()", ATOM
    number = number.item() if hasattr(number, "item") else number
    square = round(number * number) if abs(number) < 1e6 else 0
    if square and number != round(number) and math.sqrt(square) == number:
        return f"SQRT({square})", ATOM
    whole = number == round(number) and abs(number) < 1e15
    text = str(round(number)) if whole else repr(number).upper()
    return text, SUM if text.startswith("-") else ATOM


SIGNS = {"greater": ">", "greater_equal": ">=", "less": "<", "less_equal": "<="}
SIGNS |= {"equal": "=", "not_equal": "<>"}

FUNCTIONS = {
    **{name: name.upper() for name in ("exp", "ln", "log10", "tanh", "sin", "cos", "tan")},
    **{name: name.upper() for name in ("sinh", "cosh", "erf", "abs", "sign", "max", "min")},
    **{f"arc{name}": f"A{name.upper()}" for name in ("sin", "cos", "tan")},
    **{f"arc{name}": f"A{name.upper()}" for name in ("sinh", "cosh", "tanh")},
    **{"√": "SQRT", "floor": "INT", "trunc": "TRUNC", "remainder": "MOD", "where": "IF"},
    **{f"{kind}_and": "AND" for kind in ("logical", "bitwise")},
    **{f"{kind}_or": "OR" for kind in ("logical", "bitwise")},
    **{f"{kind}_xor": "<>" for kind in ("logical", "bitwise")},
    **{"logical_not": "NOT", "invert": "NOT"},
}
"""What a function of a formula is called."""

TEMPLATES = {
    "exp2": "POWER(2,{0})",
    "log2": "LOG({0},2)",
    "cbrt": "(SIGN({0})*ABS({0})^(1/3))",
    "ceil": "(-INT(-({0})))",
    "arctan2": "ATAN2({1},{0})",
    "hypot": "SQRT(({0})^2+({1})^2)",
}
"""How those are written that a spreadsheet has not, or has with its arguments turned."""


def _function(name, texts):
    if name in SIGNS:
        return SIGNS[name].join(texts), CLAIM
    if name in TEMPLATES:
        return TEMPLATES[name].format(*texts), ATOM
    if name not in FUNCTIONS:
        raise TraceError(
            f"workbook: a formula calls {name!r}, and a spreadsheet has no such function; "
            "give it a row of FUNCTIONS in tfmath/show/workbook_formulas.py."
        )
    if FUNCTIONS[name] == "<>":
        return "<>".join(f"({text})" for text in texts), CLAIM
    return f"{FUNCTIONS[name]}({','.join(texts)})", ATOM


EXCEL = Style(
    forms={
        "negative": ("-{}", (ATOM,), SUM),
        "difference": ("{}-{}", (SUM, PRODUCT), SUM),
        "fraction": ("{}/{}", (PRODUCT, POWER), PRODUCT),
        "power": ("{}^{}", (ATOM, ATOM), POWER),
    },
    joins={
        "sum": ("+", SUM, PRODUCT, SUM),
        "product": ("*", PRODUCT, POWER, PRODUCT),
    },
    function=_function,
    number=_number,
    rest=None,
)
