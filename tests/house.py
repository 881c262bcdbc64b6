"""The package read as text: modules, floors, what each imports, and how long it is."""

import ast
import importlib
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import tfmath
import tfmath.practice

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "tfmath"
README = (ROOT / "README.md").read_text(encoding="utf-8")


def contents(page):
    """The modules that a contents page lists, each with the floor it stands under."""
    listed, floor = [], None
    for line in page.splitlines():
        if heading := re.match(r"Floor (\d)", line):
            floor = int(heading[1])
        elif entry := re.match(r" {4}([\w.]+) {2,}\S", line):
            listed.append((entry[1], floor))
    return listed


CONTENTS_PAGES = [contents(page.__doc__ or "") for page in (tfmath, tfmath.practice)]
"""The contents page, and the one of the exercises."""

CONTENTS = [line for page in CONTENTS_PAGES for line in page]
FLOOR = {name.split(".")[0]: floor for name, floor in CONTENTS}


def name_of(path):
    """The dotted name of a module below tfmath: ``tracing.array``, ``toy``, ``tracing``."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


SOURCES = {name_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}
MODULES = {n: ast.parse(path.read_text(encoding="utf-8")) for n, path in SOURCES.items()}
PACKAGES = {name_of(path) for path in PACKAGE.rglob("__init__.py")}


def imports(name, tree=None):
    """Everything a module imports, as dotted names, relative imports made absolute."""
    found = set()
    for node in ast.walk(MODULES[name] if tree is None else tree):
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


def inner_imports(name, tree=None):
    """The modules of tfmath that a module imports, also late, inside a function."""
    found = set()
    for target in imports(name, tree):
        first, *parts = target.split(".")
        while first == "tfmath" and ".".join(parts) not in MODULES:
            parts.pop()
        if first == "tfmath" and parts:
            found.add(".".join(parts))
    return found - {name}


def public(names, floors=(2, 3)):
    """Every public function of some modules by its full name below tfmath.

    Public is what a module of one of the floors defines, and what a package hands out.
    """
    found = {}
    for name in names:
        low = FLOOR.get(name.split(".")[0]) in floors
        if name and (low or name in PACKAGES):
            found |= _public_in(name, low)
    return dict(sorted(found.items()))


def _public_in(name, low):
    module, found = importlib.import_module(f"tfmath.{name}"), {}
    for key, value in vars(module).items():
        here = getattr(value, "__module__", "").removeprefix("tfmath.")
        handed = name in PACKAGES and f"{here}.".startswith(f"{name}.")
        if inspect.isfunction(value) and key[0] != "_" and (low and here == name or handed):
            found[f"{here}.{value.__name__}"] = value
    return found


def functions(modules):
    """Every function with its number of statement lines, by ``module:line name``.

    Docstrings, comments, blank lines and functions inside it do not count.
    """
    return {
        f"{name}:{node.lineno} {node.name}": len(_lines(node))
        for name, tree in modules.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
    }


def _lines(function):
    inner = [
        n for n in ast.walk(function) if isinstance(n, ast.FunctionDef) and n != function
    ]
    hidden = {line for node in inner for line in range(node.lineno, node.end_lineno + 1)}
    body = function.body[1:] if ast.get_docstring(function) else function.body
    nodes = [node for statement in body for node in ast.walk(statement)]
    return {n.lineno for n in nodes if hasattr(n, "lineno")} - hidden


def python(code, **variables):
    """What a fresh interpreter prints when it runs `code`, with these variables set."""
    command = [sys.executable, "-c", code]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    run = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def of_a_test(rule):
    """Whether an operation was declared by a test, in whose process this one may run."""
    return getattr(rule.call, "__module__", "").startswith("test_")
