"""Several processes that share heads, or sentences, compute what one computes."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np

from tfmath.model.parameters import flatten
from tfmath.witness import distributed
from tfmath.witness.distributed import case, check_split, share

ROOT = Path(__file__).resolve().parent.parent


def torchrun(processes):
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += [f"--nproc-per-node={processes}", "-m", "tfmath.witness.distributed"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, capture_output=True, text=True, env=environment, cwd=ROOT
    )


def test_heads_and_sentences_split_among_processes(processes=2):
    run = torchrun(processes)
    assert run.returncode == 0, run.stderr
    lines = run.stdout.splitlines()
    assert [line.split(", ")[1].split(":")[0] for line in lines] == [
        "heads_split float64",
        "heads_split float32",
        "batch_split float64",
        "batch_split float32",
    ]
    assert all(line.startswith(f"{processes} processes on") for line in lines)
    assert all("136 steps and gradients" in line and "first" not in line for line in lines)


def test_one_process_is_a_split_too(monkeypatch, capsys):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "LOCAL_RANK": "0"}
    for name, value in ({"RANK": "0", "WORLD_SIZE": "1"} | place).items():
        monkeypatch.setenv(name, value)
    assert distributed.main() == 0
    assert capsys.readouterr().out.count("136 steps") == 4


def test_a_count_that_does_not_divide_is_refused(monkeypatch, capsys):
    """By one sentence, of the first process alone, before any of them waits for another."""
    monkeypatch.setenv("WORLD_SIZE", "3")
    for rank, said in (("0", "4 heads cannot be shared equally by 3 processes"), ("2", "")):
        monkeypatch.setenv("RANK", rank)
        assert distributed.main() == 2
        shown = capsys.readouterr()
        assert said in shown.err and bool(shown.err) == bool(said) and shown.out == ""
    check_split(4)


def test_without_torchrun_it_says_how_to_start(monkeypatch, capsys):
    monkeypatch.delenv("RANK", raising=False)
    assert distributed.main() == 2
    assert "torchrun --nproc-per-node=2" in capsys.readouterr().err


def test_the_shares_are_parts_of_the_tables():
    for name, table in flatten(case().parameters).items():
        parts = [share(name, table, rank, 2) for rank in range(2)]
        cut = parts[0].shape != table.shape
        assert cut == (name.split(" / ")[-1] in distributed.SPLIT)
        if cut:
            axis = distributed.SPLIT[name.split(" / ")[-1]]
            np.testing.assert_array_equal(np.concatenate(parts, axis), table)
