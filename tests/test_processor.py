"""The tool that leaves out a processor's newer instructions."""

import platform
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

TOOL = str(Path(__file__).parent.parent / "tools" / "processor.py")
DOT = """
import numpy as np, torch
print(*[loop["current"] for loop in np.lib.introspect.opt_func_info("add")["add"].values()])
print(torch.backends.cpu.get_cpu_capability())
"""
CORES = ("avx2", "sse4")
with_avx2 = pytest.mark.skipif(
    not np._core._multiarray_umath.__cpu_features__.get("X86_V3"),
    reason="no x86-64 processor with AVX2, or a NumPy before 2.4",
)


def run(*arguments):
    command = [sys.executable, TOOL, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@with_avx2
@pytest.mark.parametrize("processor, torch_takes", [("avx2", "AVX2"), ("sse4", "DEFAULT")])
def test_numpy_and_pytorch_take_no_newer_instructions(processor, torch_takes):
    ran = run(processor, sys.executable, "-c", DOT)
    loops, capability = ran.stdout.splitlines()
    assert "X86_V4" not in loops and (processor == "avx2" or "X86_V3" not in loops)
    assert capability in (torch_takes, "DEFAULT", "NO AVX")


@with_avx2
def test_last_digits_differ():
    """Without one rounding between product and sum: so it is not the same run twice."""
    take = "import numpy as np; x = np.sin(np.arange(3600.0)).reshape(60, 60)"
    said = [run(p, sys.executable, "-c", f"{take}; print((x @ x).sum())") for p in CORES]
    found = [float(ran.stdout) for ran in said]
    assert found[0] != found[1] == pytest.approx(found[0], abs=1e-10)


@pytest.mark.parametrize("arguments", [[], ["avx2"], ["z80", "true"]])
def test_it_says_how_it_is_called(arguments):
    ran = run(*arguments)
    assert ran.returncode == 1 and "python tools/processor.py avx2" in ran.stderr
    assert ran.stderr.endswith("there is avx2, and sse4.\n")


def test_another_machine_is_told(monkeypatch):
    main = runpy.run_path(TOOL)["main"]
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    with pytest.raises(SystemExit, match="this is arm64, which never had avx2"):
        main("avx2", "true")


def test_a_command_that_is_not_there_is_told():
    ran = run("sse4", "no-such-command")
    assert ran.stderr == "processor.py: no-such-command: No such file or directory.\n"
