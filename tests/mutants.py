"""Planted mistakes: ``python -m tests.mutants`` shows that the tests kill each of them.

Every mutant replaces one piece of text in a copy of the project, and the tests of that
module must fail. The result is written to docs/kill_matrix.md, with a mark for each mutant
that changes when its text does. Words after the command choose mutants by their line.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from tests.mistakes import MUTANTS

ROOT = Path(__file__).resolve().parent.parent
COPIED = (
    "tfmath",
    "tests",
    "data",
    "tools",
    "pyproject.toml",
    "README.md",
    "requirements.txt",
)
TARGET = ROOT / "docs" / "kill_matrix.md"


def text_of(mutant, root=ROOT):
    """The mutated file's text, or an error if the right text is not there exactly once."""
    text = (root / "tfmath" / mutant.file).read_text(encoding="utf-8")
    if text.count(mutant.right) != 1:
        raise ValueError(
            f"{mutant.file}: {mutant.right!r} occurs {text.count(mutant.right)} times."
        )
    return text.replace(mutant.right, mutant.wrong)


def killers_of(mutant, root=ROOT):
    """The test files that should kill a mutant, its own module's first."""
    stem = Path(mutant.file).stem
    names = mutant.tests.split() or [stem, "slope", "transformer"]
    paths = [f"tests/test_{name}.py" for name in names]
    return [path for path in paths if (root / path).exists()]


def python_in(root, command, **options):
    """Run Python in the copy, without pytest's plugins: some take seconds to import."""
    alone = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    environment = {**os.environ, **alone, "PYTHONPATH": str(root)}
    options |= {"cwd": root, "env": environment, "capture_output": True, "text": True}
    return subprocess.run([sys.executable, *command], **options)


def run_tests(tests, root):
    """The name of the first test that fails, or None."""
    command = ["-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-o", "addopts="]
    command += tests
    run = python_in(root, command)
    if run.returncode == 0:
        return None
    found = re.search(r"^(?:FAILED|ERROR) tests/(test_\S+)", run.stdout, re.MULTILINE)
    return found.group(1) if found else f"stopped: {run.stdout[-200:]} {run.stderr[-200:]}"


@contextmanager
def copied():
    """A copy of what the tests need, in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name in COPIED:
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, root / name)
        yield root


def kill(mutant, root, tests=None):
    """Plant a mutant in the copy, run its tests, and take it out again."""
    path, wrong = root / "tfmath" / mutant.file, text_of(mutant, root)
    kept = path.read_text(encoding="utf-8")
    path.write_text(wrong, encoding="utf-8")
    try:
        return run_tests(tests or killers_of(mutant, root), root)
    finally:
        path.write_text(kept, encoding="utf-8")


def kill_together(mutants, tests, root):
    """Pytest's exit code for each mutant and the one test of it, all in one interpreter."""
    pairs = zip(mutants, tests, strict=True)
    trials = [(f"tfmath/{m.file}", text_of(m, root), f"tests/{test}") for m, test in pairs]
    run = python_in(root, ["tests/trials.py"], input=json.dumps(trials))
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]
    return json.loads(run.stdout.splitlines()[-1])


def mark(mutant):
    """Six digits that change when the mutant's text does."""
    return hashlib.sha256("\n".join(mutant).encode()).hexdigest()[:6]


def page(results):
    """The kill matrix as Markdown."""
    killed = sum(killer is not None for _, killer in results)
    lines = [
        "# Planted mistakes",
        "",
        f"{killed} of {len(results)} killed. Written by `python -m tests.mutants`: each "
        "mistake is planted in a copy of the package, and the tests named last must fail.",
        "",
        "| | mistake | in | killed by |",
        "| --- | --- | --- | --- |",
    ]
    for mutant, killer in results:
        killer = "**nobody**" if killer is None else f"`{killer.split('[')[0]}`"
        lines.append(f"| {mark(mutant)} | {mutant.mistake} | {mutant.file} | {killer} |")
    return "\n".join(lines) + "\n"


def rows(text):
    """The stored matrix: for each mark the mistake, the file and the test that kills it."""
    cells = [line[2:-2].split(" | ") for line in text.splitlines() if line[:2] == "| "]
    return {mark: (*said, killer.strip("`")) for mark, *said, killer in cells[2:]}


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument(
        "words", nargs="*", help="only mutants whose line holds one of these"
    )
    words = parser.parse_args().words
    mutants = [m for m in MUTANTS if not words or any(w in str(m) for w in words)]
    with copied() as root:
        for mutant in mutants:  # all apply, or none is tried
            text_of(mutant, root)
        paths = sorted({path for mutant in mutants for path in killers_of(mutant, root)})
        if broken := run_tests(paths, root):
            print(f"Without any mutant {broken} fails.", file=sys.stderr)
            return 2
        results = [(mutant, _told(mutant, root)) for mutant in mutants]
    if all(killer for _, killer in results):
        TARGET.write_text(page(_with_others(results)), encoding="utf-8")
    return 0 if all(killer for _, killer in results) else 1


def _with_others(results):
    """These results, and for every other mutant what the matrix says of it."""
    found = dict(results)
    for mutant in MUTANTS:
        *_, known = rows(TARGET.read_text(encoding="utf-8")).get(mark(mutant), [None])
        found.setdefault(mutant, known)
    return [(mutant, found[mutant]) for mutant in MUTANTS]


def _told(mutant, root):
    start, killer = time.perf_counter(), kill(mutant, root)
    seconds = time.perf_counter() - start
    print(f"{seconds:5.1f} s  {killer or 'SURVIVES':60.60}  {mutant.mistake}", flush=True)
    return killer


if __name__ == "__main__":
    sys.exit(main())
