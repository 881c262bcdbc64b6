"""The watch over printed numbers, and that the kernels of the notebooks are watched."""

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from tests.edges import unsure


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


BEGINS = """
from tfmath.show import explain, table
from tfmath.show.figures import heat_map
from tfmath.tracing import named, trace

def refused(call):
    try:
        call()
    except Exception as error:
        return type(error).__name__

def three(x):
    half = named("half", trace([[x, 0.5]], "x") / 2)
    asked = table(half)._repr_html_, explain(half, 0, 0)._repr_html_
    return [*map(refused, asked), refused(lambda: heat_map(half, "half"))]
"""


def ran(source):
    """Run a cell in a kernel such as nbval starts, and give what it printed."""
    cells = [nbformat.v4.new_code_cell(text) for text in (BEGINS, source)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, kernel_name="python3").execute()
    return [output.text for output in notebook.cells[-1].outputs if "text" in output]


def test_a_kernel_refuses_what_is_near_an_edge_in_a_table_a_formula_and_a_figure():
    """Half of 1/8 has an edge at three decimals, half of 1/4 at two, half of 1/2 none."""
    assert ran("for x in 0.125, 0.25, 0.5: print(three(x))") == [
        "['NearAnEdge', 'NearAnEdge', None]\n"
        "[None, None, 'NearAnEdge']\n"
        "[None, None, None]\n"
    ]


def test_it_is_the_beginning_of_the_kernel_that_refuses(monkeypatch, tmp_path):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    assert ran("print(three(0.125))") == ["[None, None, None]\n"]
