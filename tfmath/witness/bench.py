"""``python -m tfmath bench``: our times divided by those of others, one row a contest."""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np

from tfmath.arguments import number
from tfmath.model.files import check_place, write_whole
from tfmath.witness.contest import judged, peak_bytes, warm_up

ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
LONG = "import numpy as np; from tfmath import scaled_dot_product_attention as attention\n"
LONG += (
    "query, key, value = np.ones((3, 16384, 64), np.float32); attention(*[query[:9]] * 3)"
)
MIB = 2**20
MEMORY = "memory of attention, one head, n 16,384"


def main(chosen):
    """Measure and print every row whose name or opponent holds the chosen words.

    Parameters
    ----------
    chosen : argparse.Namespace
        With ``only`` (words), ``seconds`` a row, ``json`` (a file to write) and
        ``overwrite``.

    Returns
    -------
    int
        0; nothing is judged by its speed, only by its results.
    """
    if any(os.environ.get(name) != "1" for name in ONE_THREAD):
        return _again_on_one_thread(chosen)
    number("tfmath bench", "--seconds", chosen.seconds, above=0)
    _check_words(chosen.only)
    if chosen.json:
        check_place(chosen.json, chosen.overwrite, way="--overwrite")
    import torch

    torch.set_num_threads(1)
    warm_up()
    print(machine())
    print(f"{'ours / theirs':>15} {'quarters':>13} {'reach':>6} {'ours, ms':>9}")
    rows = []
    for row in measured(chosen.only, chosen.seconds):
        rows.append(row._asdict())
        print(line(row), flush=True)
    memory = memory_of_long_attention() if _asked(chosen.only, MEMORY) else None
    if memory is not None:
        print(f"{MEMORY}: {memory / MIB:.0f} MiB above its arguments; reach 40")
    if chosen.json:
        found = {"machine": machine(), "rows": rows, "memory of one head": memory}
        write_whole(Path(chosen.json), json.dumps(found, indent=1) + "\n")
    return 0


def _again_on_one_thread(chosen):
    """BLAS reads how many threads it may have when it is loaded."""
    command = [sys.executable, "-m", "tfmath", "bench", f"--seconds={chosen.seconds}"]
    command += [f"--json={chosen.json}"] if chosen.json else []
    command += ["--overwrite"] if chosen.overwrite else []
    command += ["--", *chosen.only]
    return subprocess.call(command, env=os.environ | ONE_THREAD)


def _check_words(only):
    """Raise if a word is in no row: a table without it would look as if all was well."""
    from tfmath.witness.contenders import CONTENDERS

    said = " ".join([MEMORY, *(f"{c.name} {c.against}" for c in CONTENDERS)])
    for word in only:
        if word not in said:
            raise ValueError(f"tfmath bench: no row holds {word!r}; without words all run.")


def _asked(only, *names):
    return not only or any(word in " ".join(names) for word in only)


def measured(only=(), seconds=2.0):
    """A `Row` for each contender, one after the other.

    Parameters
    ----------
    only : sequence of str
        Words that its name or its opponent's must hold one of; all if none is given.
    seconds : float
        To spend on each, about.

    Yields
    ------
    Row
    """
    from tfmath.witness.contenders import CONTENDERS

    name = ""
    for contender in CONTENDERS:
        name = contender.name or name
        if _asked(only, name, contender.against):
            yield judged(name, contender.against, contender.build(), seconds)


def line(row):
    """A row of the table.

    Parameters
    ----------
    row : tfmath.witness.contest.Row

    Returns
    -------
    str

    Examples
    --------
    >>> from tfmath.witness.contest import Row
    >>> line(Row("softmax", "three lines", 1.5, 1.4, 1.75, 0.002, 1.8, 0.0))
    '           1.50   1.40 … 1.75   1.80     2.000  softmax / three lines'
    """
    quarters = f"{row.low:.2f} … {row.high:.2f}"
    times = f"{row.ratio:15.2f} {quarters:>13} {row.reach:6.2f} {row.seconds * 1e3:9.3f}"
    return f"{times}  {row.name} / {row.against}"


def memory_of_long_attention():
    """What one head of 16,384 words needs above its arguments, in bytes."""
    return peak_bytes(LONG, "attention(query, key, value)")


def machine():
    """The processor and the versions, in one line."""
    import torch

    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        models = [x for x in info.read_text().splitlines() if x.startswith("model name")]
        name = models[0].split(": ", 1)[1] if models else name
    return f"{name}; Python {platform.python_version()}, NumPy {np.__version__}, " + (
        f"PyTorch {torch.__version__}; one thread, processor time"
    )
