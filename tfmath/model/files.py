"""The tables of a model in a file that a spreadsheet opens."""

import csv
import io
import math
import os
import re
import shutil

import numpy as np

from tfmath import arguments
from tfmath.arguments import flag, path_of
from tfmath.errors import ShapeError, floats
from tfmath.model.names import sizes_of, tables_of, unflatten

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
"""A number as it is written: no ``1_0``, no space, no digits of other scripts."""


def save_csv(path, parameters, words, overwrite=False):
    """Write the tables to one CSV file that a spreadsheet opens: a line for each row.

    The file is written whole beside its place and then put there at once: a full disk or
    a power cut leaves what was there before.

    Parameters
    ----------
    path : path of the file
    parameters : dict
    words : sequence of str
        A label for each row of the embedding.
    overwrite : bool
        Whether a file that is there may be replaced.

    Raises
    ------
    FileExistsError
        If the file is there and `overwrite` is not true.
    OSError
        If the place cannot be written to; see `check_place`.
    NonFiniteError
        If a table holds NaN or infinity.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_csv(f"{folder}/small.csv", {"norm": {"gain": [1.0, 0.5]}}, words=())
    ...     pathlib.Path(folder, "small.csv").read_text().splitlines()
    ['table,row,0,1', 'norm / gain,,1.0,0.5']
    """
    overwrite = flag("save_csv", "overwrite", overwrite)
    place = check_place(path_of("save_csv", "path", path), overwrite)
    tables = tables_of("save_csv", parameters)
    words = arguments.words("save_csv", "words", words)
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(_lines(tables, words))
    write_whole(place, text.getvalue())


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
        In the order of `sizes`, whatever the order in the file.
    words : tuple of str

    Raises
    ------
    ValueError
        If a table is missing, unknown, cut short, of another shape, or holds something that
        is not a finite number: named, with the line. Nothing is half loaded.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_csv(f"{folder}/small.csv", {"norm": {"gain": [1.0, 0.5]}}, words=())
    ...     load_csv(f"{folder}/small.csv", {"norm / gain": (2,)})
    ({'norm': {'gain': array([1. , 0.5])}}, ())
    """
    sizes = sizes_of("load_csv", sizes)
    found, words = {}, []
    for number, line in _read(path_of("load_csv", "path", path), sizes):
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


def check_place(path, overwrite=False, way="overwrite=True"):
    """Give back the place that `path` means, or say why no file can be put there.

    Parameters
    ----------
    path : path of the file
    overwrite : bool
        Whether a file that is there may be replaced.
    way : str
        How that is asked for, for the error message.

    Returns
    -------
    place : Path
        The file itself, where `path` is a link to it.

    Raises
    ------
    FileExistsError
        If a file is there and may not be replaced.
    OSError
        If there is a folder or a device, or no folder to put the file in, or one that
        cannot be written to.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     check_place(f"{folder}/toy.csv").name
    'toy.csv'
    """
    place = path_of("check_place", "path", path).resolve()
    if place.exists() and not place.is_file():
        raise OSError(f"{path} is a folder or a device; name a file.")
    if place.exists() and not overwrite:
        raise FileExistsError(f"{path} exists; give {way} to replace it.")
    if not place.parent.is_dir():
        raise FileNotFoundError(f"{path}: there is no folder {place.parent}.")
    write_whole(_beside(place), "")  # a folder that nobody may write to is told now
    _beside(place).unlink()
    return place


def write_whole(place, text):
    """Write a file whole or not at all: beside its place first, then there at once.

    Parameters
    ----------
    place : Path
    text : str

    Raises
    ------
    OSError
        If the disk is full, say. What was there is as it was.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_whole(pathlib.Path(folder) / "note.txt", "you win")
    ...     (pathlib.Path(folder) / "note.txt").read_text()
    'you win'
    """
    beside = _beside(place)
    try:
        with open(beside, "x", newline="", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if place.exists():
            shutil.copymode(place, beside)
        os.replace(beside, place)
    except OSError as error:
        raise OSError(f"{place} could not be written: {error.strerror}.") from None
    finally:
        beside.unlink(missing_ok=True)


def _beside(place):
    return place.with_name(f".{place.name}.{os.getpid()}")


def _header(sizes):
    width = max((n for size in sizes.values() for n in size[-1:]), default=0)
    return ["table", "row", *map(str, range(width))]


def _lines(tables, words):
    """The header, and a line for each row of each table, filled up to one length."""
    header = _header({name: table.shape for name, table in tables.items()})
    lines, width = [header], len(header)
    for name, table in tables.items():
        table = np.asarray(floats("save_csv", **{f"{name} in parameters": table}))
        if table.ndim == 0 or name == "embedding" and len(table) != len(words):
            raise ShapeError(
                f"save_csv: {name} {table.shape} in parameters needs rows, and the "
                f"embedding a word for each; words has {len(words)}."
            )
        for index in np.ndindex(table.shape[:-1]):
            lines.append([name, _row_label(name, index, words), *map(float, table[index])])
    return [line + [""] * (width - len(line)) for line in lines]


def _row_label(name, index, words):
    if name == "embedding":
        return words[index[0]]
    heads = [f"head {index[0] + 1}"] if len(index) == 2 else []
    return " ".join(heads + [f"row {i}" for i in index[-1:]])


def _read(path, sizes):
    """The lines below the header that are not empty, each with its number."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(text, newline="")))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path}: it is no CSV file in UTF-8: {error}.") from None
    if text and not text.endswith("\n"):
        raise ValueError(f"{path}: the last line has no end; the file was cut short.")
    header = _header(sizes)
    if lines and lines[0] != header:
        raise ValueError(
            f"{path}, line 1: the header should be table,row,0,1,… up to {header[-1]}, "
            f"got {','.join(lines[0])[:60]!r}."
        )
    return [(number, line) for number, line in enumerate(lines[1:], 2) if line]


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
    row = [_number(path, number, cell) for cell in cells]
    if not all(math.isfinite(x) for x in row):
        raise ValueError(
            f"{path}, line {number}: {line[0]} holds a number that is not finite."
        )
    return row


def _number(path, number, cell):
    if NUMBER.fullmatch(cell) or cell.lower().strip("+-") in ("nan", "inf", "infinity"):
        return float(cell)
    raise ValueError(
        f"{path}, line {number}: {cell!r} is no number; write it as in -0.25 or 1e-3."
    )


def _table(path, name, rows, size):
    if rows is None:
        raise ValueError(f"{path}: the table {name!r} is missing.")
    if len(rows) != math.prod(size[:-1]):
        raise ValueError(
            f"{path}: {name} {size} needs {math.prod(size[:-1])} rows, found {len(rows)}."
        )
    return np.array(rows).reshape(size)
