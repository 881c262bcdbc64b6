"""A learner's function, run so that it cannot take the notebook with it.

It runs in a thread of its own. If it is not back in time, an exception is thrown into it,
again and again until it ends, from the line it is at; what sleeps or waits inside one call
is left behind. On Linux the memory that it may take is limited as well. What it prints is
kept; what it asks of the keyboard is refused. The two things that none of this can stop
are one call into C that never comes back and never asks, such as ``10 ** 10 ** 10``, and
`os._exit`.
"""

import builtins
import contextlib
import contextvars
import ctypes
import io
import itertools
import sys
import threading
import time
from collections.abc import Iterator, KeysView, ValuesView
from typing import Any, NamedTuple

SECONDS = 3.0
"""How long a function may take on one input."""

ROOM = 2**30
"""How many bytes a function may take beyond what was taken before."""

LONGEST = 10_000
"""How many things are taken from what hands them out one by one."""


class Outcome(NamedTuple):
    """What came of a call: a value, or what stopped it; and what was printed."""

    value: Any = None
    error: BaseException | None = None
    printed: str = ""


class TooLong(Exception):
    """It was not back in time."""


class Asked(Exception):
    """It waits for somebody to type."""


def outcome_of(function, arguments=(), seconds=None):
    """Call a function of a learner, and be back soon whatever it does.

    Parameters
    ----------
    function : function
    arguments : sequence
        What it is called with.
    seconds : float, optional
        How long it may take; by default `SECONDS`.

    Returns
    -------
    Outcome
    """
    box = []
    printed = _Little()
    kept = contextvars.copy_context()
    worker = threading.Thread(
        target=kept.run, args=(_work, box, function, arguments), daemon=True
    )
    with _kept_in(printed, getattr(function, "__globals__", {})):
        worker.start()
        try:
            worker.join(SECONDS if seconds is None else seconds)
        finally:
            late = worker.is_alive()
            _end(worker)
    outcome = Outcome(error=TooLong()) if late or not box else box[0]
    return outcome._replace(printed=printed.getvalue())


def is_lazy(value):
    """Whether something hands out its parts one by one."""
    return isinstance(value, Iterator | KeysView | ValuesView | range)


def listed(value):
    """The list of what is handed out one by one; anything else as it is."""
    return list(itertools.islice(value, LONGEST)) if is_lazy(value) else value


def _work(box, function, arguments):
    try:
        try:
            box.append(Outcome(listed(function(*arguments))))
        except BaseException as error:  # a learner's function may fail in any way
            sys.settrace(None)
            box.append(Outcome(error=error))
    except _Stopped:  # stopped once more, on its way out
        sys.settrace(None)


class _Little(io.StringIO):
    """The first 2,000 characters of what is printed."""

    def write(self, text):
        super().write(text[: max(0, 2000 - self.tell())])
        return len(text)


# Around it ------------------------------------------------------------------------------


@contextlib.contextmanager
def _kept_in(printed, names):
    """What the function finds around it: no screen, no keyboard, less memory."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.redirect_stdout(printed))
        stack.enter_context(_others(vars(builtins), {"input": _nobody_types}))
        for known in (vars(itertools), names):
            endless = {n: _ENDLESS[id(v)] for n, v in known.items() if id(v) in _ENDLESS}
            stack.enter_context(_others(known, endless))
        stack.enter_context(_less_memory())
        yield


@contextlib.contextmanager
def _others(names, instead):
    """Other things stand behind some names for a while."""
    usual = {name: names[name] for name in instead}
    names.update(instead)
    try:
        yield
    finally:
        names.update(usual)


def _nobody_types(*prompt):
    raise Asked()


def _in_python(endless):
    """The same, one by one, with a place in between where it can be stopped."""

    def one_by_one(*arguments, **options):
        for item in endless(*arguments, **options):  # noqa: UP028
            yield item

    return one_by_one


_ENDLESS = {
    id(f): _in_python(f) for f in (itertools.count, itertools.cycle, itertools.repeat)
}


@contextlib.contextmanager
def _less_memory():
    """Where the system can do it, a request for much more memory fails at once."""
    try:
        import resource

        with open("/proc/self/statm", encoding="ascii") as file:
            taken = int(file.read().split()[0]) * resource.getpagesize()
    except (ImportError, OSError):  # no Linux
        yield
        return
    usual = resource.getrlimit(resource.RLIMIT_AS)
    least = min(n for n in (taken + ROOM, *usual) if n != resource.RLIM_INFINITY)
    resource.setrlimit(resource.RLIMIT_AS, (least, usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, usual)


# Its end --------------------------------------------------------------------------------


class _Stopped(SystemExit):
    """Thrown into a thread that must end; a thread that ends of it says nothing.

    It is made inside that thread, at the line where it is. From there on every line of
    the function throws it again, so that no ``except:`` of its own keeps it alive.
    """

    def __init__(self, *arguments):
        super().__init__(*arguments)
        frame = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename != __file__:
            frame.f_trace, frame = _at_each_line, frame.f_back
        sys.settrace(_at_each_line)


def _at_each_line(frame, event, _):
    if frame.f_code.co_filename == __file__:
        return None
    if event == "line":
        raise _Stopped
    return _at_each_line


def _end(worker, grace=1.0):
    """End a thread, or leave behind what does not react while it waits."""
    last = time.monotonic() + grace
    while worker.is_alive() and time.monotonic() < last:
        _throw(worker)
        worker.join(0.002)
    if worker.is_alive():
        threading.Thread(target=_go_on, args=(worker,), daemon=True, name="_go_on").start()


def _go_on(worker):
    """It ends as soon as it wakes."""
    while worker.is_alive():
        _throw(worker)
        worker.join(0.2)


def _throw(worker):
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(worker.ident), ctypes.py_object(_Stopped)
    )
