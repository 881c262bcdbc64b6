"""Whether a size fits into this machine, asked before anything is made."""

import functools
import math
import os
from pathlib import Path

import numpy as np

from tfmath.errors import TooLargeError

LIMIT = Path("/sys/fs/cgroup/memory.max")  # of a container on Linux
UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")


@functools.cache
def room():
    """How many bytes this machine has, or infinity where it does not say.

    Returns
    -------
    float

    Examples
    --------
    >>> room() > 2**20
    True
    """
    try:
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # Windows knows no sysconf
        return math.inf
    try:
        return float(min(total, int(LIMIT.read_text())))
    except (OSError, ValueError):  # no container, or one without a limit: "max"
        return float(total)


def check_fits(where, what, shape, dtype=np.float64, copies=1):
    """Raise if an array would be larger than the machine, saying how large.

    Parameters
    ----------
    where, what : str
        Who asks, and for what.
    shape : tuple of int
    dtype : dtype
    copies : int
        How many arrays of that shape there will be at once.

    Raises
    ------
    TooLargeError
        With the bytes that it needs and those that there are.

    Examples
    --------
    >>> check_fits("causal_mask", "the mask", (10**9, 10**9), bool)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    tfmath.errors.TooLargeError: causal_mask: the mask (1000000000, 1000000000) needs
    1,000,000,000,000,000,000 bytes (888 PiB); this machine has ...
    """
    needed = math.prod(map(int, shape)) * np.dtype(dtype).itemsize * copies
    if needed > room():
        raise TooLargeError(
            f"{where}: {what} {tuple(shape)} needs {needed:,} bytes ({_short(needed)}); "
            f"this machine has {_short(room())}. Choose smaller sizes."
        )


def _short(count):
    power = min(int(math.log2(max(count, 1))) // 10, len(UNITS) - 1)
    return f"{count / 1024**power:.3g} {UNITS[power]}"
