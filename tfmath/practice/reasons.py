"""Why a function gave nothing, in words."""

import traceback
from pathlib import Path

from tfmath.practice import limits
from tfmath.practice.limits import Asked, TooLong

HERE = str(Path(limits.__file__).parent.parent)


def why_it_stopped(outcome, seconds=None):
    """What stopped a function, as what follows ``it``: ``stops with KeyError: 'you'``."""
    error = outcome.error
    for kind, says in SENTENCES.items():
        if isinstance(error, kind):
            return says.format(seconds=f"{seconds or limits.SECONDS:g}")
    told = f"stops with {type(error).__name__}: {error}".rstrip(" .:")
    return f"{told}{_line_of(error)}"


SENTENCES = {
    TooLong: "is not done after {seconds} seconds: a loop that never ends, or far too much "
    "work. It was stopped",
    Asked: "asks for input(), and nobody is there to type: what it needs are its arguments",
    SystemExit: "ends Python with exit(): end a function with return",
    RecursionError: "calls itself without end: nothing stops it",
    MemoryError: "asks for more memory than there is: look at the sizes it makes",
}


def _line_of(error):
    """The learner's line that it stopped in, if it can be read."""
    steps = traceback.extract_tb(error.__traceback__)
    lines = [s.line for s in steps if s.line and not s.filename.startswith(HERE)]
    own = [
        s.line
        for s in steps
        if s.line and "site-packages" not in s.filename and not s.filename.startswith(HERE)
    ]
    line = (own or lines or [None])[-1]
    return f" (in the line {line!r})" if line else ""


def without_result(outcome):
    """Why a function that ran through gave nothing back, as what follows ``it``."""
    if outcome.printed:
        return "prints its result and gives nothing back: write return instead of print"
    return "works, but gives nothing back: what it computes is handed over with return"
