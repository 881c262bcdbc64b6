"""A learner's function cannot hang the kernel, fill the memory, ask, or end Python."""

import contextlib
import itertools
import sys
import threading
import time

import numpy as np
import pytest

from tfmath.practice import Exercise, check, limits
from tfmath.practice.limits import Asked, TooLong, outcome_of

# Endless --------------------------------------------------------------------------------


def loops():
    while True:
        pass


def never_meets_the_end():
    ids = [1]
    while ids[-1] != 7:
        ids.append(int(np.argmax([0, 1])))


def catches_exceptions():
    while True:
        try:
            sum(range(5))
        except Exception:
            pass


def catches_everything():
    while True:
        try:
            sum(range(5))
        except:  # noqa: E722
            pass


def _work():
    for i in range(10**5):
        i * i


def catches_everything_where_it_works():
    while True:
        try:
            _work()
        except BaseException:
            continue


def hands_out_nothing():
    while True:
        pass
    yield


def gives_a_generator():
    return hands_out_nothing()


def counts():
    for _ in itertools.count():
        pass


def adds_up_all_numbers():
    return sum(itertools.count())


def lists_all_numbers():
    return list(itertools.count())


ENDLESS = [
    loops,
    never_meets_the_end,
    catches_exceptions,
    catches_everything,
    catches_everything_where_it_works,
    gives_a_generator,
    counts,
    adds_up_all_numbers,
    lists_all_numbers,
]


@pytest.mark.parametrize("function", ENDLESS)
def test_what_never_ends_is_ended(function):
    before = set(threading.enumerate())
    outcome = outcome_of(function, seconds=0.05)
    assert isinstance(outcome.error, TooLong)
    assert set(threading.enumerate()) <= before


@contextlib.contextmanager
def _left_behind():
    """A thread that sleeps is left behind; here it may wake at the end."""
    wake = threading.Event()
    yield wake
    wake.set()


def test_what_sleeps_is_left_behind_and_ends_when_it_wakes():
    after = []

    def sleeps():
        wake.wait()
        after.append("it went on")

    with _left_behind() as wake:
        begun = time.perf_counter()
        assert isinstance(outcome_of(sleeps, seconds=0.05).error, TooLong)
        assert time.perf_counter() - begun < 10
    deadline = time.monotonic() + 10
    while any("_go_on" in t.name for t in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert after == []


def test_the_names_that_were_replaced_are_back():
    count, usual = itertools.count, (input, sys.stdout)
    outcome_of(adds_up_all_numbers, seconds=0.05)
    assert itertools.count is count and (input, sys.stdout) == usual
    assert list(itertools.islice(itertools.count(3), 2)) == [3, 4]


def test_an_interrupted_kernel_takes_the_function_with_it(monkeypatch):
    def interrupted(self, timeout=None):
        monkeypatch.undo()
        raise KeyboardInterrupt

    before = set(threading.enumerate())
    monkeypatch.setattr(threading.Thread, "join", interrupted)
    with pytest.raises(KeyboardInterrupt):
        outcome_of(loops)
    assert set(threading.enumerate()) <= before


# Too much, too deep, asking, ending -----------------------------------------------------


@pytest.mark.parametrize(
    "function", [lambda: np.zeros((10**6, 10**6)), lambda: [0] * 10**12]
)
def test_an_enormous_array_is_refused(function):
    assert isinstance(outcome_of(function).error, MemoryError)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the memory")
def test_memory_is_limited_and_given_free_again():
    import resource

    usual = resource.getrlimit(resource.RLIMIT_AS)
    assert isinstance(outcome_of(lambda: bytearray(2**31)).error, MemoryError)
    assert resource.getrlimit(resource.RLIMIT_AS) == usual


def _itself():
    return _itself()


@pytest.mark.parametrize(
    "function, kind",
    [(_itself, RecursionError), (lambda: input(), Asked), (lambda: sys.exit(), SystemExit)],
)
def test_what_else_would_end_or_hold_the_kernel_is_an_error(function, kind):
    assert isinstance(outcome_of(function).error, kind)


def test_what_is_printed_is_kept_and_not_all_of_it(capsys):
    outcome = outcome_of(lambda: print("you win " * 1000))
    assert outcome.printed.startswith("you win you") and len(outcome.printed) == 2000
    assert capsys.readouterr().out == ""


def test_a_value_and_an_error_come_back():
    assert outcome_of(max, (1, 2)).value == 2
    assert outcome_of(lambda: (i for i in (1, 2))).value == [1, 2]
    assert isinstance(outcome_of(lambda: 1 / 0).error, ZeroDivisionError)


def test_the_function_finds_the_settings_of_the_notebook():
    with np.errstate(divide="raise"):
        error = outcome_of(lambda: np.float64(1) / np.float64(0)).error
    assert isinstance(error, FloatingPointError)


# What is said of it ---------------------------------------------------------------------

COUNT = Exercise("Write f(n): n + 1.", lambda n: n + 1, (), (), lambda rng: (3,))


@pytest.mark.parametrize(
    "function, says",
    [
        (loops, "yours takes no argument"),
        (lambda n: loops(), "for n = 3 it is not done after 0.05 seconds: a loop that"),
        (lambda n: [0] * 10**12, "for n = 3 it asks for more memory than there is"),
        (lambda n: input("how many? "), "it asks for input(), and nobody is there"),
        (lambda n: sys.exit(), "it ends Python with exit(): end a function with return"),
        (lambda n: _itself(), "it calls itself without end"),
        (lambda n: {}["you"], "it stops with KeyError: 'you' (in the line"),
    ],
)
def test_it_is_said_why(function, says, monkeypatch):
    monkeypatch.setattr(limits, "SECONDS", 0.05)
    verdict = check(COUNT, function)
    assert verdict.state == "wrong" and says in verdict.text


def test_an_answer_that_never_ends_is_said_so_as_well(monkeypatch):
    monkeypatch.setattr(limits, "SECONDS", 0.05)
    verdict = check(Exercise("Which?", (1, 2)), hands_out_nothing())
    assert "yours is not done after 0.05 seconds" in verdict.text
    verdict = check(Exercise("Which?", (1, 2)), itertools.count())
    assert verdict.text == "Not yet: two numbers are asked for; yours are 10000."
