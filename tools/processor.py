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

OLDER = {
    "avx2": {
        "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
        "OPENBLAS_CORETYPE": "Haswell",
        "ATEN_CPU_CAPABILITY": "avx2",
        "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    },
    "sse4": {
        "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR",
        "OPENBLAS_CORETYPE": "Nehalem",
        "ATEN_CPU_CAPABILITY": "default",
        "MKL_ENABLE_INSTRUCTIONS": "SSE4_2",
    },
}
"""The environment in which all four take no newer instructions: with `avx2` products are
added without rounding between, with `sse4` they are not."""


def main(processor="", *command):
    if processor not in OLDER or not command:
        sys.exit(f"{__doc__}\nIt takes a processor and a command; there is avx2, and sse4.")
    if platform.machine() not in ("x86_64", "AMD64"):
        sys.exit(
            f"processor.py: this is {platform.machine()}, which never had {processor}."
        )
    try:
        os.execvpe(command[0], command, os.environ | OLDER[processor])
    except OSError as error:
        sys.exit(f"processor.py: {command[0]}: {error.strerror}.")


if __name__ == "__main__":
    main(*sys.argv[1:])
