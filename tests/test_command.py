"""The command line: what it refuses before it works, and how it stops."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tfmath import toy
from tfmath.__main__ import main
from tfmath.learning.train import Step
from tfmath.parts.text import data_path

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def trained(monkeypatch):
    """A training that is over at once, and how often it was asked for."""
    asked = []

    def at_once(rng):
        asked.append(rng)
        return iter([Step(100, 0.25, toy.load())])

    monkeypatch.setattr(toy, "train_toy", at_once)
    return asked


def test_training_writes_the_model(trained, tmp_path, capsys):
    assert main(["train", "--out", str(tmp_path / "toy.csv")]) == 0
    assert (tmp_path / "toy.csv").read_bytes() == data_path("toy.csv").read_bytes()
    assert capsys.readouterr().out.endswith("toy.csv\n") and len(trained) == 1


@pytest.mark.parametrize(
    "out, options, words",
    [
        ("old.csv", [], "exists; give --overwrite to replace it."),
        ("nowhere/new.csv", [], "there is no folder"),
        (".", ["--overwrite"], "is a folder or a device; name a file."),
        (
            "new.csv",
            ["--seed", "-1"],
            "--seed is -1; it must be a whole number, 0 or more.",
        ),
    ],
)
def test_what_cannot_end_well_is_not_begun(out, options, words, trained, tmp_path, capsys):
    (tmp_path / "old.csv").write_text("old")
    assert main(["train", "--out", str(tmp_path / out), *options]) == 2
    said = capsys.readouterr().err
    assert words in said and said.count("\n") == 1 and "True" not in said
    assert trained == []
    assert [file.name for file in tmp_path.iterdir()] == ["old.csv"]
    assert (tmp_path / "old.csv").read_text() == "old"


def test_a_full_disk_leaves_the_old_model(trained, tmp_path, monkeypatch, capsys):
    (tmp_path / "old.csv").write_text("old")
    sync = os.fsync

    def full(number):
        if os.fstat(number).st_size:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(number)

    monkeypatch.setattr(os, "fsync", full)
    assert main(["train", "--out", str(tmp_path / "old.csv"), "--overwrite"]) == 2
    assert "could not be written: No space left" in capsys.readouterr().err
    assert (tmp_path / "old.csv").read_text() == "old" and len(trained) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["old.csv"]


def started(code, **options):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code]
    return subprocess.Popen(
        command, env=environment, stderr=subprocess.PIPE, text=True, **options
    )


ENDLESS = """
import sys, time
from tfmath import __main__ as command, toy
def endless(rng):
    print("ready", flush=True)
    while True:
        time.sleep(0.02)
        yield toy.Step(1, 0.0, {})
toy.train_toy = endless
sys.exit(command.main(["train", "--out", "never.csv"]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to send")
def test_ctrl_c_is_one_line(tmp_path):
    with started(ENDLESS, stdout=subprocess.PIPE, cwd=tmp_path) as run:
        assert run.stdout.readline() == "ready\n"
        run.send_signal(signal.SIGINT)
        _, said = run.communicate(timeout=10)
    assert (run.returncode, said) == (130, "tfmath train: stopped.\n")
    assert list(tmp_path.iterdir()) == []


def test_nobody_reading_on_is_no_error():
    read, write = os.pipe()
    os.close(read)
    code = "import sys, tfmath.__main__ as c; sys.exit(c.main(['finish']))"
    with started(code, stdout=write) as run:
        os.close(write)
        _, said = run.communicate(timeout=10)
    assert (run.returncode, said) == (141, "")
