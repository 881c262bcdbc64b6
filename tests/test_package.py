"""The wheel in a fresh environment that has NumPy and nothing else."""

import os
import subprocess
import sys
import tomllib
from importlib.metadata import distribution
from pathlib import Path
from types import SimpleNamespace

import pytest
from house import ROOT

import tfmath
from tfmath.__main__ import EXTRAS, main

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def run(*command, **options):
    """Run a command far away from the checkout, so that only what is installed is found."""
    alone = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    command = [str(part) for part in command]
    options = {"cwd": "/", "env": alone, "capture_output": True, "text": True} | options
    return subprocess.run(command, **options)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """The commands of a new environment with NumPy and the wheel of this checkout."""
    folder = tmp_path_factory.mktemp("fresh")
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check"]
    offline = ["--no-index", "--no-deps"]
    wheel = ["wheel", *offline, "--no-build-isolation", "-w", folder, ROOT]
    run(*pip, *wheel, check=True)
    run(sys.executable, "-m", "venv", "--without-pip", folder / "venv", check=True)
    (built,) = folder.glob("tfmath-*.whl")
    there = folder / "venv" / "bin" / "python"
    run(*pip, "--python", there, "install", *offline, built, check=True)
    site = next((folder / "venv" / "lib").glob("python*/site-packages"))
    numpy = distribution("numpy").locate_file("")
    for part in [*Path(numpy).glob("numpy*")]:
        (site / part.name).symlink_to(part)
    return there.parent


def test_the_model_finishes_the_quotes_with_numpy_alone(fresh):
    found = run(fresh / "tfmath", "finish")
    assert (found.returncode, found.stderr) == (0, "")
    assert "you (0.92) win (0.88) or (0.86) you (0.92) die" in found.stdout


@pytest.mark.parametrize(
    "command, package",
    [("crosscheck", "torch"), ("digits", "mpmath"), ("accuracy", "torch")],
)
def test_a_command_that_needs_more_says_how_to_get_it(fresh, command, package):
    found = run(fresh / "tfmath", command)
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr == (
        f"tfmath {command}: {package} is not installed; "
        f'pip install "tfmath[{EXTRAS[package]}]" brings it.\n'
    )


def test_types_version_and_data_come_with_the_wheel(fresh):
    code = (
        "import tfmath, importlib.metadata as m, pathlib, tfmath.parts.text as text\n"
        "print(tfmath.__version__, m.version('tfmath'), tfmath.__file__)\n"
        "print((pathlib.Path(tfmath.__file__).parent / 'py.typed').exists())\n"
        "print(text.data_path('toy.csv'))"
    )
    version, typed, data = run(fresh / "python", "-c", code, check=True).stdout.splitlines()
    one, other, file = version.split()
    assert one == other == tfmath.__version__ and typed == "True"
    assert file.startswith(str(fresh.parent)) and data.startswith(str(fresh.parent))


def test_every_package_of_an_extra_is_one_that_pyproject_lists():
    for package, extra in EXTRAS.items():
        listed = PROJECT["optional-dependencies"][extra]
        assert any(line.startswith(package) for line in listed), package


def test_the_changelog_begins_with_this_version():
    first = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").split("\n## ")[1]
    assert first.split()[0] == tfmath.__version__


def test_control_a_module_of_our_own_that_is_missing_is_a_mistake(monkeypatch):
    def broken(name):
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr("tfmath.__main__.importlib", SimpleNamespace(import_module=broken))
    with pytest.raises(ModuleNotFoundError, match="tfmath.witness.digits"):
        main(["digits"])
