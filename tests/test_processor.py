"""The tool that leaves out a processor's newer instructions."""

import subprocess
import sys
from pathlib import Path

import pytest

TOOL = str(Path(__file__).parent.parent / "tools" / "processor.py")
DOT = """
import numpy as np, torch
print(*[loop["current"] for loop in np.lib.introspect.opt_func_info("add")["add"].values()])
print(torch.backends.cpu.get_cpu_capability())
"""
CORES = ("avx2", "sse4")


def run(*arguments):
    command = [sys.executable, TOOL, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("processor, torch_takes", [("avx2", "AVX2"), ("sse4", "DEFAULT")])
def test_numpy_and_pytorch_take_no_newer_instructions(processor, torch_takes):
    ran = run(processor, sys.executable, "-c", DOT)
    loops, capability = ran.stdout.splitlines()
    assert "X86_V4" not in loops and (processor == "avx2" or "X86_V3" not in loops)
    assert capability in (torch_takes, "DEFAULT", "NO AVX")


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
