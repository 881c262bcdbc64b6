"""Loaded before all plugins: what every test process, and every kernel of nbval, needs."""

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

# nbval reads notebooks with nbformat, whose schema checker builds a grammar of web
# addresses when it is imported: three seconds in each process, and no notebook asks for it.
sys.modules.setdefault("rfc3987_syntax", None)  # "not installed", as far as imports go

# A run starts some hundred processes that read the package: they share its compiled files.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

ROOT = str(Path(__file__).resolve().parent.parent)
BEGIN = f"""import sys
sys.path.insert(0, {ROOT!r})
from tests.edges import watch
sys.path.remove({ROOT!r})
watch()
del sys, watch
"""
"""What a kernel runs before the first cell: `tests/edges.py` says why."""

WATCHED = "TFMATH_WATCHED_KERNELS"


def _watch_kernels():
    """Give kernels a profile of their own; processes of this one inherit it."""
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    startup = Path(folder, "profile_default", "startup")
    startup.mkdir(parents=True)
    startup.joinpath("watch.py").write_text(BEGIN)
    os.environ["IPYTHONDIR"] = os.environ[WATCHED] = folder


if WATCHED not in os.environ:
    _watch_kernels()
