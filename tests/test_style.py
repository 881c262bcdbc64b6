"""Short files, short functions, names that mean one thing; ruff and mypy find nothing."""

import ast
import importlib
import inspect
import subprocess
import sys
from pathlib import Path
from statistics import median

import pytest
from house import MODULES, PACKAGES, ROOT, functions, imports

LONGEST_FILE, LONGEST_BODY, MEDIAN_BODY = 300, 25, 5

# Today's exceptions. Each test below also fails if one of them is needed no more.
STILL_LONG: set[str] = set()
STILL_BOTH: set[str] = set()


# Size


def long_files(root, folders=("tfmath", "tests", "tools")):
    """The Python files with too many lines."""
    paths = [path for folder in folders for path in (root / folder).rglob("*.py")]
    return {
        path.relative_to(root).as_posix()
        for path in paths
        if len(path.read_text(encoding="utf-8").splitlines()) > LONGEST_FILE
    }


def test_files_are_short():
    assert long_files(ROOT) - STILL_LONG == set()
    assert STILL_LONG - long_files(ROOT) == set(), "take these out of STILL_LONG"


def test_functions_are_short():
    lengths = functions(MODULES)
    assert {name: n for name, n in lengths.items() if n > LONGEST_BODY} == {}
    assert median(lengths.values()) <= MEDIAN_BODY


def test_control_long_files_and_functions_are_seen(tmp_path):
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "long.py").write_text("1\n" * 301)
    (tmp_path / "tools" / "short.py").write_text("1\n" * 300)
    assert long_files(tmp_path) == {"tools/long.py"}
    inner = "    def inner():\n        '''One.\n\n        Two.'''\n" + "        1\n" * 3
    code = "def outer():\n    '''One.'''\n" + "    1\n\n    # more\n" * 26 + inner
    assert list(functions({"m": ast.parse(code)}).values()) == [26, 3]


# Names


def both(packages):
    """The dotted names below tfmath at which a module and something else are found."""
    found = set()
    for name in packages:
        package = importlib.import_module(f"tfmath.{name}".rstrip("."))
        for path in Path(package.__file__).parent.iterdir():
            known = vars(package).get(path.stem)
            if known is not None and not inspect.ismodule(known):
                found.add(f"{name}.{path.stem}".strip("."))
    return found


def test_no_name_is_both_a_module_and_something_else():
    assert both(PACKAGES) - STILL_BOTH == set()
    assert STILL_BOTH - both(PACKAGES) == set(), "take these out of STILL_BOTH"


def test_control_a_name_that_is_both_is_seen(monkeypatch):
    monkeypatch.setattr(importlib.import_module("tfmath.parts"), "softmax", lambda s: s)
    assert both({"parts"}) == {"parts.softmax"}


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


# Tools


def tool(*command):
    """What a tool says about the project, or nothing if it is content."""
    run = subprocess.run(
        [sys.executable, "-m", *map(str, command)], cwd=ROOT, capture_output=True, text=True
    )
    return run.stdout + run.stderr if run.returncode else ""


CONFIG = {"lint": "--config", "format": "--config", "types": "--config-file"}
COMMANDS = {
    "lint": ("ruff", "check", "--no-cache"),
    "format": ("ruff", "format", "--check", "--no-cache"),
    "types": ("mypy",),
}
WHERE = {"lint": ["."], "format": ["tfmath", "tests", "tools"], "types": []}
WRONG = {
    "lint": "import os\n",
    "format": "x = {  'a':1 }\n",
    "types": "def half(x: str) -> int:\n    return x\n",
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_tool_finds_nothing(name):
    found = tool(*COMMANDS[name], *WHERE[name])
    assert not found, found


@pytest.mark.parametrize("name", COMMANDS)
def test_control_a_tool_sees_a_mistake(name, tmp_path):
    wrong = tmp_path / "wrong.py"
    wrong.write_text(WRONG[name])
    options = [CONFIG[name], "pyproject.toml"]
    assert "wrong.py" in tool(*COMMANDS[name], *options, wrong)
