"""The notebooks pass every gate, and every gate stops a notebook that was tampered with."""

import copy
import difflib
import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from functools import partial
from pathlib import Path

import nbformat
import notebook_gates as gates
import pytest

from tools.notebook import FOLDED, METADATA, build, clean, name_cells, run, text, unbuild

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
NOTEBOOKS = sorted(
    path
    for path in (ROOT / "notebooks").rglob("*.ipynb")
    if ".ipynb_checkpoints" not in path.parts
)
SCRIPT = """\
# %% [markdown]
# The half of 3 is 1.5, as section 3.2 says. A third source says 7.25.
# <!-- from: a third source -->

# %%
from tfmath import errors

# %% id=half folded
3 / 2

# %%
"a picture"

# %% tags=["raises-exception"]
raise errors.ShapeError("no")
"""
PICTURE = {"data": {"image/png": "iVBO"}, "metadata": {"image/png": {"alt": "A line."}}}


def good_notebook():
    """A small notebook as it is stored after a run; every gate lets it pass."""
    notebook = build(SCRIPT)
    code = gates.code_cells(notebook)
    for count, cell in enumerate(code, start=1):
        cell.execution_count = count
    new = nbformat.v4.new_output
    half = {"data": {"text/plain": "1.5"}, "execution_count": 2}
    code[1].outputs = [new("execute_result", **half)]
    code[2].outputs = [new("display_data", **copy.deepcopy(PICTURE))]
    error = {"ename": "ShapeError", "evalue": "no", "traceback": ["ShapeError: no"]}
    code[3].outputs = [new("error", **error)]
    return notebook


def code_cell(notebook, number):
    return gates.code_cells(notebook)[number - 1]


def write(number, source):
    """A way to tamper: put other source into a code cell."""
    return lambda notebook: code_cell(notebook, number).update(source=source)


def say(source):
    """A way to tamper: put other prose into the first cell."""
    return lambda notebook: notebook.cells[0].update(source=source)


def printing(printed):
    """A way to tamper: let the second code cell print something."""
    output = nbformat.v4.new_output("stream", text=printed)
    return lambda notebook: code_cell(notebook, 2).outputs.append(output)


def storing(kind, data):
    """A way to tamper: let the second code cell store something."""
    output = nbformat.v4.new_output("display_data", {kind: data})
    return lambda notebook: code_cell(notebook, 2).outputs.append(output)


TAMPERED = {
    gates.was_run_in_order: [
        lambda n: code_cell(n, 2).update(execution_count=None),
        lambda n: code_cell(n, 2).update(execution_count=7),
        lambda n: n.cells.reverse(),
    ],
    gates.has_only_expected_errors: [
        lambda n: code_cell(n, 4).metadata.pop("tags"),
        lambda n: code_cell(n, 4).update(outputs=[]),
    ],
    gates.is_compared: [
        write(2, "# NBVAL_SKIP\n3 / 2"),
        write(2, "# NBVAL_IGNORE_OUTPUT\n3 / 2"),
        lambda n: code_cell(n, 2).metadata.update(tags=["nbval-skip"]),
    ],
    gates.types_no_unseen_decimal: [
        say("The half of 3 is 1.6."),
        say(r"$\frac{3}{2} = 1.51$"),
        say("It is `1.15` in code."),
        say("Version 7.25.\n\n<!-- from: another paragraph -->"),
    ],
    gates.stores_no_svg: [
        storing("image/svg+xml", "<svg></svg>"),
        storing("text/html", "<p><svg></svg></p>"),
    ],
    gates.describes_its_pictures: [
        lambda n: code_cell(n, 3).outputs[0].update(metadata={}),
        lambda n: code_cell(n, 3).outputs[0].metadata["image/png"].update(alt=" "),
        storing("text/html", '<img src="data:," alt="">'),
        say("![](picture.png)"),
    ],
    gates.has_small_cells: [
        write(2, "\n".join(["1"] * 13)),
        lambda n: [c.update(source="\n".join(["1"] * 5)) for c in gates.code_cells(n)],
        say("word " * 151),
        lambda n: n.cells.extend([n.cells[0]] * 71),
    ],
    gates.is_plain_python: [
        write(2, "%matplotlib inline"),
        write(2, "!ls"),
        write(2, "print?"),
        write(1, "import warnings\nwarnings.filterwarnings('ignore')"),
    ],
    gates.imports_once: [
        write(2, "import math"),
        write(2, "def half():\n    from math import pi\n    return pi / 2"),
    ],
    gates.draws_nothing_itself: [
        write(1, "import matplotlib.pyplot as plt"),
        write(2, "plt.show()"),
        write(2, "table.plot()"),
    ],
    gates.shows_no_machine: [
        printing("/home/someone/tfmath/errors.py"),
        printing("<tfmath.Array object at 0x7f22c0ffee10>"),
        printing("<class 'int'>"),
        printing("array([1.], dtype=float32)"),
        lambda n: code_cell(n, 4).outputs[0].update(traceback=["/tmp/cell.py"]),
    ],
    gates.is_clean: [
        lambda n: code_cell(n, 2).update(id=code_cell(n, 1).id),
        lambda n: code_cell(n, 2).metadata.update(jupyter={"source_hidden": True}),
        lambda n: code_cell(n, 2).metadata.update(execution={"iopub.status.idle": "now"}),
        lambda n: n.metadata.language_info.update(version="3.11.7"),
        lambda n: n.metadata.kernelspec.update(name="my-kernel"),
        lambda n: code_cell(n, 4).outputs[0].update(traceback=["frame", "ShapeError: no"]),
    ],
}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_passes_every_gate(path):
    notebook = nbformat.read(path, 4)
    nbformat.validate(notebook)
    complaints = [f"{gate.__name__}: {c}" for gate in gates.GATES for c in gate(notebook)]
    assert not complaints, "\n".join([path.name, *complaints])


def test_a_good_notebook_passes():
    assert [complaint for gate in gates.GATES for complaint in gate(good_notebook())] == []


@pytest.mark.parametrize("gate", gates.GATES, ids=lambda gate: gate.__name__)
def test_gate_stops_every_tampered_notebook(gate):
    assert TAMPERED[gate]
    for number, tamper in enumerate(TAMPERED[gate]):
        notebook = good_notebook()
        tamper(notebook)
        assert gate(notebook), f"control {number} of {gate.__name__} was not stopped"


def cell_with(source, printed, count):
    """A cell that has stored `printed`."""
    cell = nbformat.v4.new_code_cell(source, execution_count=count)
    output = nbformat.v4.new_output("stream", text=printed)
    cell.outputs = [output] if printed else []
    return cell


def test_nbval_stops_a_changed_output_and_is_blind_to_a_stripped_one(tmp_path):
    """What nbval does not see is why `was_run_in_order` is needed."""
    stored = [("2\n", 1), ("3\n", 2), ("", None)]
    cells = [cell_with("print(1 + 1)", printed, count) for printed, count in stored]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=METADATA)
    nbformat.write(notebook, tmp_path / "three.ipynb")
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\naddopts = --nbval --nbval-current-env\n"
    )
    command = [sys.executable, "-m", "pytest", "-p", "tests.quick", "--junit-xml=out.xml"]
    options = {"cwd": tmp_path, "env": {**os.environ, "PYTHONPATH": str(ROOT)}}
    run = subprocess.run(command, **options, capture_output=True, text=True, timeout=120)
    assert run.returncode == 1, run.stdout
    report = ElementTree.parse(tmp_path / "out.xml")
    failed = [case.find("failure") is not None for case in report.iter("testcase")]
    assert failed == [False, True, False]


def test_a_script_survives_the_way_to_a_notebook_and_back():
    script = unbuild(build(SCRIPT))
    assert unbuild(build(script)) == script
    assert build(script) == build(SCRIPT)
    assert "# %% id=half folded\n3 / 2" in script
    assert code_cell(build(script), 2).metadata.jupyter.outputs_hidden is True


def numbered_cells(*sources):
    """A notebook whose cells were named when it was new: c01, c02, …"""
    script = "".join(f"# %% id=c{i:02}\n{s}\n" for i, s in enumerate(sources, start=1))
    return build(script)


def test_a_cell_keeps_its_id_whatever_comes_before_it():
    old = numbered_cells("1 + 1", "2 + 2", "1 + 1")
    script = "# %%\n1 + 1\n" + unbuild(old)
    new = build(script)
    assert [cell.id for cell in new.cells[1:]] == ["c01", "c02", "c03"]
    assert len(new.cells[0].id) == 8 and new == build(script)
    script = unbuild(new).replace("\n1 + 1", "\n1 + 7", 1)
    assert [c.id for c in build(script).cells] == [c.id for c in new.cells]
    cleaned = copy.deepcopy(new)
    clean(cleaned)
    assert cleaned == new


def test_of_two_cells_with_one_id_the_first_keeps_it():
    notebook = numbered_cells("1", "2", "3")
    notebook.cells[2].id = "c01"
    name_cells(notebook.cells)
    ids = [cell.id for cell in notebook.cells]
    assert ids[:2] == ["c01", "c02"] and len(set(ids)) == 3


def test_running_keeps_ids_and_folds_and_counts_from_one(tmp_path):
    notebook = build("# %%\n6 * 7\n" + unbuild(numbered_cells("1 + 1", "2 + 2")))
    notebook.cells[2].metadata = nbformat.from_dict({**FOLDED, "trusted": True})
    ids = [cell.id for cell in notebook.cells]
    run(notebook, tmp_path)
    assert [cell.id for cell in notebook.cells] == ids
    assert [cell.execution_count for cell in notebook.cells] == [1, 2, 3]
    assert [cell.metadata for cell in notebook.cells] == [{}, {}, FOLDED]
    assert [gates.was_run_in_order(notebook), gates.is_clean(notebook)] == [[], []]


def test_one_more_cell_changes_only_its_own_lines_of_the_text():
    """So ``git diff`` shows only what changed, with the line of the README."""
    old = good_notebook()
    new = copy.deepcopy(old)
    new.cells.insert(0, build("# %% id=first\n2 + 2").cells[0])
    for count, cell in enumerate(gates.code_cells(new), start=1):
        cell.execution_count = count
    changed = difflib.ndiff(text(old).splitlines(), text(new).splitlines())
    changed = [line for line in changed if line[0] in "+-"]
    assert changed == ["+ --- first code", "+ > 2 + 2"]


def test_the_text_tells_a_changed_picture():
    old, new = good_notebook(), good_notebook()
    code_cell(new, 3).outputs[0].data["image/png"] = "iVBP"
    assert text(old) != text(new)


def test_git_shows_notebooks_as_text(tmp_path):
    """The attribute and the line of the README together, tried in a repository."""
    (line,) = re.findall(r"^git config diff\.notebook\.textconv .*$", README, re.MULTILINE)
    git = partial(subprocess.run, cwd=tmp_path, check=True, capture_output=True, text=True)
    shutil.copy(ROOT / ".gitattributes", tmp_path)
    tool = f"{sys.executable} {ROOT / 'tools' / 'notebook.py'}"
    nbformat.write(numbered_cells("1 + 1", "2 + 2"), tmp_path / "small.ipynb")
    git(["git", "init", "-q"])
    git(line.replace(".venv/bin/python tools/notebook.py", tool), shell=True)
    git(["git", "add", "."])
    nbformat.write(numbered_cells("1 + 1", "2 + 3"), tmp_path / "small.ipynb")
    shown = git(["git", "diff", "-U0", "small.ipynb"]).stdout.splitlines()
    assert shown[-2:] == ["-> 2 + 2", "+> 2 + 3"] and len(shown) == 7


def test_a_cell_line_that_is_not_understood_is_refused():
    with pytest.raises(ValueError, match="not understood"):
        build("# %% [markdwon]\n# Hello")


def test_text_says_prose_code_and_outputs():
    said = text(good_notebook())
    assert said == text(json.loads(nbformat.writes(good_notebook())))
    assert "The half of 3 is 1.5" in said
    assert "> 3 / 2\n    1.5\n" in said
    assert "[picture: A line.]" in said
    assert "    ShapeError: no" in said
