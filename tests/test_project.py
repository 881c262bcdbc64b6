"""The project keeps its own promises: commands, contents, floors, imports, pins."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from statistics import median

import pytest
from packaging.requirements import Requirement

import tfmath

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "tfmath"
README = (ROOT / "README.md").read_text(encoding="utf-8")
ONLY_IN = {"torch": "witness", "pandas": "show", "matplotlib": "show"}
HEAVY = (*ONLY_IN, "IPython", "ipywidgets")


def contents(page):
    """The modules that a contents page lists, each with the floor it stands under."""
    listed, floor = [], None
    for line in page.splitlines():
        if heading := re.match(r"Floor (\d)", line):
            floor = int(heading[1])
        elif entry := re.match(r" {4}([\w.]+) {2,}\S", line):
            listed.append((entry[1], floor))
    return listed


CONTENTS = contents(tfmath.__doc__ or "")
FLOOR = {name.split(".")[0]: floor for name, floor in CONTENTS}


def name_of(path):
    """The dotted name of a module below tfmath: ``trace.array``, ``text``, ``trace``."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


MODULES = {
    name_of(path): ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted(PACKAGE.rglob("*.py"))
}
PACKAGES = {name_of(path) for path in PACKAGE.rglob("__init__.py")}


def imports(name):
    """Everything a module imports, as dotted names, relative imports made absolute."""
    found = set()
    for node in ast.walk(MODULES[name]):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                here = ["tfmath", *filter(None, name.split("."))]
                here = here[: len(here) - node.level + (name in PACKAGES)]
                base = ".".join([*here, *filter(None, [base])])
            found |= {f"{base}.{alias.name}" for alias in node.names}
    return found


def inner_imports(name):
    """The modules of tfmath that a module imports."""
    found = set()
    for target in imports(name):
        first, *parts = target.split(".")
        while first == "tfmath" and ".".join(parts) not in MODULES:
            parts.pop()
        if first == "tfmath" and parts:
            found.add(".".join(parts))
    return found - {name}


def functions():
    """Every function of the package with its number of statement lines.

    Docstrings, comments, blank lines and functions inside it do not count.
    """
    for name, tree in MODULES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                yield f"{name}.{node.name}", len(_lines(node, ast.get_docstring(node)))


def _lines(function, docstring):
    inner = [
        n for n in ast.walk(function) if isinstance(n, ast.FunctionDef) and n != function
    ]
    hidden = {line for node in inner for line in range(node.lineno, node.end_lineno + 1)}
    body = function.body[1:] if docstring else function.body
    nodes = [node for statement in body for node in ast.walk(statement)]
    return {n.lineno for n in nodes if hasattr(n, "lineno")} - hidden


def python(code):
    """What a fresh interpreter prints when it runs `code`."""
    command = [sys.executable, "-c", code]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


# Commands


def commands(mark):
    return re.findall(rf"<!-- {mark} -->\n```bash\n(.*?)\n```", README, re.DOTALL)


def test_each_of_the_two_commands_is_one_line_from_a_fresh_clone():
    for mark, last in [
        ("open", "jupyter lab notebooks/00_start_here.ipynb"),
        ("check", "pytest"),
    ]:
        (command,) = commands(mark)
        assert "\n" not in command
        assert command.startswith("python3 -m venv .venv && ")
        assert ".venv/bin/pip install -r requirements.txt" in command
        assert command.endswith(last)


def test_ci_runs_the_command_of_the_readme():
    show = ["bash", ROOT / ".ci" / "run", "--show"]
    shown = subprocess.run(show, capture_output=True, text=True, check=True)
    assert [shown.stdout.strip()] == commands("check")
    script = (ROOT / ".ci" / "run").read_text()
    assert "pytest" not in script and "pip " not in script


def test_ci_follows_a_changed_readme_and_refuses_one_without_a_command(tmp_path):
    (tmp_path / ".ci").mkdir()
    script = shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci")
    readme = tmp_path / "README.md"
    readme.write_text("<!-- check -->\n```bash\necho hello\n```\n")
    show = ["bash", script, "--show"]
    assert subprocess.run(show, capture_output=True, text=True).stdout == "echo hello\n"
    readme.write_text("```bash\necho hello\n```\n")
    refused = subprocess.run(show, capture_output=True, text=True)
    assert refused.returncode != 0 and "no command" in refused.stderr


def test_the_readme_lists_exactly_the_notebooks_there_are():
    listed = re.findall(r"\(notebooks/(\w+\.ipynb)\)", README)
    assert listed == sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))


# Contents and floors


def test_the_contents_page_lists_exactly_the_modules():
    listed = [name for name, _ in CONTENTS]
    assert len(listed) == len(set(listed)), "listed twice"
    assert sorted(set(listed) - PACKAGES) == sorted(set(MODULES) - PACKAGES)
    assert set(listed) <= set(MODULES)


def test_the_floors_rise_and_a_subject_stands_on_one():
    floors = [floor for _, floor in CONTENTS]
    assert floors == sorted(floors)
    assert len({(name.split(".")[0], floor) for name, floor in CONTENTS}) == len(FLOOR)


def test_a_contents_page_is_read_floor_by_floor():
    page = (
        "Title\n\nFloor 0, low\n    errors   teach\nFloor 4, high\n    show.tables  rows\n"
    )
    assert contents(page) == [("errors", 0), ("show.tables", 4)]


@pytest.mark.parametrize("name", sorted(set(MODULES) - {""}))
def test_no_import_goes_up(name):
    here = name.split(".")[0]
    assert here in FLOOR, f"the contents page does not say on which floor {here} stands"
    for target in inner_imports(name):
        assert FLOOR[target.split(".")[0]] <= FLOOR[here], f"{name} imports {target}"


def test_no_two_subjects_import_each_other():
    edges = {}
    for name in MODULES:
        targets = {target.split(".")[0] for target in inner_imports(name)}
        edges.setdefault(name.split(".")[0], set()).update(targets)

    def follow(subject, path):
        assert subject not in path, " -> ".join([*path, subject])
        for target in edges[subject] - {subject}:
            follow(target, [*path, subject])

    for subject in edges:
        follow(subject, [])


def test_the_walk_over_imports_sees_every_form(monkeypatch):
    """Control of the tests above: each way to write an import is found."""
    code = """
    import tfmath.parts.softmax
    from tfmath.attention.heads import attention
    from tfmath.parts import norm
    from . import array
    from ..errors import ShapeError
    def later():
        import torch.nn
    """
    fake = {"tracing.fake": ast.parse("if True:" + code.replace("\n    ", "\n  "))}
    known = dict.fromkeys(
        ["parts.softmax", "attention.heads", "parts.norm", "tracing.array", "errors", ""]
    )
    monkeypatch.setitem(globals(), "MODULES", {**known, **fake})
    monkeypatch.setitem(globals(), "PACKAGES", {"", "tracing"})
    assert inner_imports("tracing.fake") == {
        "parts.softmax",
        "attention.heads",
        "parts.norm",
        "tracing.array",
        "errors",
    }
    assert "torch.nn" in imports("tracing.fake")


@pytest.mark.parametrize("package", ONLY_IN)
def test_a_heavy_package_is_imported_only_where_it_is_the_subject(package):
    users = {n for n in MODULES if package in {t.split(".")[0] for t in imports(n)}}
    assert {name.split(".")[0] for name in users} <= {ONLY_IN[package]}


def test_the_mathematics_imports_nothing_heavy():
    light = [name for name in MODULES if FLOOR.get(name.split(".")[0], 9) <= 3]
    names = ", ".join(["tfmath", *(f"tfmath.{name}" for name in light)])
    loaded = python(f"import sys, {names}\nprint([m for m in {HEAVY} if m in sys.modules])")
    assert loaded == "[]"


def test_import_adds_little_to_the_time_of_numpy():
    code = "import time, numpy; start = time.perf_counter(); import tfmath\n"
    times = [float(python(code + "print(time.perf_counter() - start)")) for _ in range(5)]
    assert min(times) <= 0.15


# Size


def test_functions_are_short():
    lengths = dict(functions())
    assert {name: n for name, n in lengths.items() if n > 25} == {}
    assert median(lengths.values()) <= 9


def test_everything_public_says_what_it_is():
    """Public: what a module of the mathematics defines, or a package hands out."""
    given = {target for package in PACKAGES for target in imports(package)}
    bare = [
        f"{name}.{node.name}"
        for name, tree in MODULES.items()
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not (node.name.startswith("_") or name == "__main__")
        and ("." not in name or f"tfmath.{name}.{node.name}" in given)
        and not ast.get_docstring(node)
    ]
    assert bare == []
    assert [n for n in set(MODULES) - PACKAGES if not ast.get_docstring(MODULES[n])] == []


# Pins


def test_requirements_are_pinned_inside_the_ranges_of_the_package():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    lines = [line.split("#")[0].strip() for line in lines]
    pins = [Requirement(line) for line in lines if line and line != "-e ."]
    assert "-e ." in lines
    assert all(str(pin.specifier).startswith("==") for pin in pins)
    version = {pin.name: str(pin.specifier).removeprefix("==") for pin in pins}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
        "project"
    ]
    extras = project["optional-dependencies"].values()
    for line in [*project["dependencies"], *(line for extra in extras for line in extra)]:
        wanted = Requirement(line)
        assert wanted.specifier.contains(version[wanted.name]), line


def test_ruff_finds_nothing():
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "."]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout
