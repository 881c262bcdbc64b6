"""Each number that a notebook prints lies far from an edge of rounding.

Every number of a table, a formula or a figure goes through `tfmath.show.numbers.number`.
The notebooks are run with that function watched. A number nearer to an edge than float64
results can differ between machines could be printed otherwise elsewhere: it fails here.
"""

import ast
import json
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest

import tfmath.show.figures  # noqa: F401  (every module that prints numbers is to be watched)
from tfmath.show import numbers
from tfmath.witness.digits import SAFE

DUST = 1e-18
"""Smaller numbers are no remains of a sum of ordinary ones, but meant."""

NOTEBOOKS = sorted((Path(__file__).resolve().parent.parent / "notebooks").glob("*.ipynb"))


def watched(monkeypatch, printed):
    """Let `number` note what it prints, wherever it was imported."""
    real = numbers.number

    def number(x, decimals=None):
        text = real(x, decimals)
        printed.append((float(x), text, decimals is None))
        return text

    real_cell = numbers.cell

    def cell(x, decimals):
        text = real_cell(x, decimals)
        printed.append((float(x), text, decimals is None))
        return text

    for name, module in list(sys.modules.items()):
        if name.startswith("tfmath.show"):
            for watch, old in ((number, real), (cell, real_cell)):
                if getattr(module, old.__name__, None) is old:
                    monkeypatch.setattr(module, old.__name__, watch)


def run(path):
    """Run a notebook's code cells, each last value shown as JupyterLab would show it."""
    space = {"__name__": "__main__", "display": lambda *values: [*map(shown, values)]}
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            try:
                run_cell("".join(cell["source"]), space)
            except Exception:
                if "raises-exception" not in cell["metadata"].get("tags", []):
                    raise


def run_cell(source, space):
    body = ast.parse(source).body
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    exec(compile(ast.Module(body, []), "cell", "exec"), space)
    if last:
        shown(eval(compile(ast.Expression(last.value), "cell", "eval"), space))


def shown(value):
    getattr(value, "_repr_html_", value.__repr__)()


def places(x, text, free):
    """To how many decimals a number was rounded, zeros at its end included."""
    if free and 0 < abs(x) < numbers.SMALL:
        return numbers.DIGITS - 1 - int(np.floor(np.log10(abs(x))))
    return len(text.partition(".")[2])


def unsure(x, text, free):
    """Whether another machine might print this number otherwise."""
    if not np.isfinite(x):
        return False
    if DUST < abs(x) <= SAFE:  # elsewhere it may be 0, which is printed otherwise
        return free or text.startswith(("<", ">"))
    scaled = abs(x) * 10.0 ** places(x, text, free)
    edge = abs(scaled - np.floor(scaled) - 0.5) * abs(x / scaled if scaled else 1)
    short = free and abs(x - round(x, 1)) <= SAFE and x != round(x, 1)
    return edge <= SAFE or short


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_printed_number_is_near_an_edge(path, monkeypatch, capsys):
    printed = []
    matplotlib.use("Agg")
    watched(monkeypatch, printed)
    run(path)
    assert printed, "this notebook prints no number through number()"
    assert [(x, text) for x, text, free in printed if unsure(x, text, free)] == []


@pytest.mark.parametrize(
    "x, text, free, expected",
    [
        (0.0625, "0.062", True, True),
        (0.0625 + 1e-11, "0.063", True, False),
        (-2.5, "-2", False, True),
        (0.1 + 0.2, "0.300", True, True),
        (0.1 + 0.2, "0.300", False, False),
        (0.3, "0.3", True, False),
        (0.0, "0.000", False, False),
        (-np.inf, "-inf", True, False),
        (0.001205, "0.00120", True, True),
        (0.0012, "0.0012", True, False),
        (1.235e-9, "1.24e-9", True, True),
        (1.23e-9, "1.23e-9", True, False),
        (1e-17, "1e-17", True, True),
        (1e-17, "<0.001", False, True),
        (1e-17, "0.00", False, False),
        (1e-40, "<0.001", False, False),
    ],
)
def test_what_is_unsure(x, text, free, expected):
    assert unsure(x, text, free) == expected


def test_every_module_that_prints_is_watched(monkeypatch):
    """Control: a table's, a formula's and a figure's numbers are all noted."""
    from tfmath.show import explain, table
    from tfmath.tracing import named, trace

    printed = []
    watched(monkeypatch, printed)
    half = named("half", trace([[0.25, 0.75]], "x") / 2)
    table(half).__repr__()
    assert {0.125, 0.375} <= {x for x, _, _ in printed}
    table([[0.25, 1e-4]]).__repr__()
    assert (1e-4, "<0.001", False) in printed
    printed.clear()
    explain(half, 0, 1).__repr__()
    assert {0.75, 0.375} <= {x for x, _, _ in printed}
