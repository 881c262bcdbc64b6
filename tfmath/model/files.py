"""The tables of a model in a file that a spreadsheet opens."""

import csv
import io
import math
from pathlib import Path

import numpy as np

from tfmath.model.parameters import flatten, unflatten


def save_csv(path, parameters, words, overwrite=False):
    """Write the tables to one CSV file that a spreadsheet opens: a line for each row.

    Raises
    ------
    FileExistsError
        If the file is there and `overwrite` is not true.
    """
    path = Path(path)
    if path.exists() and not overwrite:
        raise FileExistsError(f"{path} exists; give overwrite=True to replace it.")
    lines, width = [], max(np.shape(t)[-1] for t in flatten(parameters).values())
    for name, table in flatten(parameters).items():
        for index in np.ndindex(table.shape[:-1]):
            lines.append([name, _row_label(name, index, words), *map(float, table[index])])
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["table", "row", *range(width)])
        writer.writerows(line + [""] * (width + 2 - len(line)) for line in lines)


def load_csv(path, sizes):
    """Read the tables that `save_csv` wrote, and the words of the embedding.

    Parameters
    ----------
    path : path of the file
    sizes : dict
        From `shapes`: every table that must be there, and its shape.

    Returns
    -------
    parameters : dict
    words : tuple of str

    Raises
    ------
    ValueError
        If a table is missing, unknown, cut short, of another shape, or holds something that
        is not a finite number: named, with the line. Nothing is half loaded.
    """
    with open(path, newline="", encoding="utf-8-sig") as file:
        text = file.read()
    if text and not text.endswith("\n"):
        raise ValueError(f"{path}: the last line has no end; the file was cut short.")
    lines = list(enumerate(csv.reader(io.StringIO(text, newline="")), 1))[1:]
    found, words = {}, []
    for number, line in lines:
        if not line:
            continue
        name, label = line[0], line[1] if len(line) > 1 else ""
        if name not in sizes:
            raise ValueError(
                f"{path}, line {number}: there is no table {name!r} in this model."
            )
        rows = found.setdefault(name, [])
        words += [label] if name == "embedding" else []
        _check_label(path, number, name, sizes[name], len(rows), words, label)
        rows.append(_numbers(path, number, line, sizes[name][-1]))
    tables = {
        name: _table(path, name, found.get(name), size) for name, size in sizes.items()
    }
    return unflatten(tables), tuple(words)


def _row_label(name, index, words):
    if name == "embedding":
        return words[index[0]]
    heads = [f"head {index[0] + 1}"] if len(index) == 2 else []
    return " ".join(heads + [f"row {i}" for i in index[-1:]])


def _check_label(path, number, name, size, row, words, label):
    """Rows must come in their order: each says which it is."""
    if row >= math.prod(size[:-1]):
        raise ValueError(f"{path}, line {number}: {name} {size} has no further row.")
    expected = _row_label(name, np.unravel_index(row, size[:-1]), words)
    if label != expected:
        raise ValueError(
            f"{path}, line {number}: {name} should go on with {expected!r}, got {label!r}."
        )


def _numbers(path, number, line, width):
    cells = line[2 : 2 + width]
    if len(cells) != width or "" in cells or any(line[2 + width :]):
        cells = [cell for cell in line[2:] if cell != ""]
        raise ValueError(
            f"{path}, line {number}: {line[0]} needs {width} numbers a row, "
            f"got {len(cells)}."
        )
    try:
        row = [float(cell) for cell in cells]
    except ValueError:
        raise ValueError(f"{path}, line {number}: {cells} are not all numbers.") from None
    if not all(math.isfinite(x) for x in row):
        raise ValueError(
            f"{path}, line {number}: {line[0]} holds a number that is not finite."
        )
    return row


def _table(path, name, rows, size):
    if rows is None:
        raise ValueError(f"{path}: the table {name!r} is missing.")
    if len(rows) != math.prod(size[:-1]):
        raise ValueError(
            f"{path}: {name} {size} needs {math.prod(size[:-1])} rows, found {len(rows)}."
        )
    return np.array(rows).reshape(size)
