"""Run a command as on a processor with older instructions: do its numbers stay?

    python tools/processor.py avx2 python -m pytest notebooks
    python tools/processor.py sse4 python -m pytest tests/claims

Sums and exponentials end in other last digits where a processor takes more numbers at once,
and training can make much of a last digit. NumPy, OpenBLAS, PyTorch and MKL are told what
not to use; a processor cannot be told what it does not have. For x86-64, and the names that
NumPy has for its loops from 2.4 on.
"""

import os
import platform
import sys

NEWER = {
    "avx2": "X86_V4 AVX512_ICL AVX512_SPR",
    "sse4": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR",
}
"""What NumPy has loops for beyond each: with `avx2` products are added without rounding
between, with `sse4` they are not."""

CORE = {"avx2": "Haswell", "sse4": "Nehalem"}
TORCH = {"avx2": "avx2", "sse4": "default"}
MKL = {"avx2": "AVX2", "sse4": "SSE4_2"}


def settings(processor):
    """The environment in which all four take no newer instructions."""
    return {
        "NPY_DISABLE_CPU_FEATURES": NEWER[processor],
        "OPENBLAS_CORETYPE": CORE[processor],
        "ATEN_CPU_CAPABILITY": TORCH[processor],
        "MKL_ENABLE_INSTRUCTIONS": MKL[processor],
    }


def main(processor="", *command):
    if processor not in NEWER or not command:
        sys.exit(__doc__)
    if platform.machine() not in ("x86_64", "AMD64"):
        sys.exit(
            f"processor.py: this is {platform.machine()}, which never had {processor}."
        )
    os.execvpe(command[0], command, os.environ | settings(processor))


if __name__ == "__main__":
    main(*sys.argv[1:])
