"""Try several versions of a copy of the project in one interpreter.

NumPy, PyTorch and pytest are imported once, what lies in the copy anew for each version.
Called by tests/test_mutants.py: from the copy, with a list of [file, text, test] as JSON on
the standard input; the last line printed is the list of pytest's exit codes.
"""

import json
import sys
from pathlib import Path

import pytest

QUIET = ["-x", "-q", "-p", "no:cacheprovider", "-o", "addopts="]


def tried(file, text, test):
    """Pytest's exit code for one test, with one file replaced meanwhile."""
    path = Path(file)
    kept = path.read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    try:
        return int(pytest.main([*QUIET, test]))
    finally:
        path.write_text(kept, encoding="utf-8")
        forget(Path.cwd())


def forget(folder):
    """Let what was imported from a folder be imported anew."""
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None) or "").startswith(f"{folder}/"):
            del sys.modules[name]


if __name__ == "__main__":
    del sys.modules["__main__"].__file__  # this one stays
    print("\n" + json.dumps([tried(*trial) for trial in json.load(sys.stdin)]))
