"""The bench compares like with like, in turns, and says what it found."""

import inspect
import json

import numpy as np
import pytest

from tfmath.__main__ import main
from tfmath.attention.blockwise import blockwise_attention
from tfmath.tracing import trace
from tfmath.witness import bench, contenders, torch_cache
from tfmath.witness.contest import Contest, Row, difference, in_turns, judged, peak_bytes
from tfmath.witness.untraced import without_record


class Clock:
    """Seconds that pass only when a function says so."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def taking(self, seconds):
        def function():
            self.now += seconds
            return np.ones(1)

        return function


def test_every_turn_times_every_function_and_every_second_one_backwards():
    calls, clock = [], Clock()
    both = [lambda: calls.append("a"), clock.taking(0.5)]
    functions = [both[0], lambda: (calls.append("b"), both[1]())]
    seconds = in_turns(functions, 3, clock)
    assert "".join(calls) == "abbaab"
    np.testing.assert_array_equal(seconds, [[0, 0.5]] * 3)


def test_the_ratio_is_ours_by_theirs(monkeypatch):
    clock = Clock()
    ours, theirs = clock.taking(0.3), clock.taking(0.1)
    timed = in_turns
    monkeypatch.setattr(
        "tfmath.witness.contest.in_turns", lambda *given: timed(*given, clock)
    )
    row = judged("a", "b", Contest(ours, theirs, 0.0, 2.0))
    assert row.ratio == pytest.approx(3) and row.low <= row.ratio <= row.high
    assert row.seconds == pytest.approx(0.3) and (row.name, row.against) == ("a", "b")


@pytest.mark.parametrize("wrong", [np.ones(2) * 1.1, np.ones(3), np.array([1, np.nan])])
def test_what_is_wrong_is_not_timed(wrong):
    contest = Contest(lambda: wrong, lambda: np.ones(2), 1e-3, 1.0)
    with pytest.raises(ValueError, match="bench: a pair: the results differ by"):
        judged("a pair", "another", contest)


def test_differences_are_parts_of_the_largest_number():
    assert difference([np.ones(1), np.full(2, 8.0)], [np.ones(1), np.full(2, 10.0)]) == 0.2
    assert difference(np.zeros(2), np.zeros(2)) == 0


SMALL = {
    "toy": contenders.toy_step_with_torch,
    "by hand": contenders.toy_step_by_hand,
    "gradients": lambda: contenders.square(16, 1, 30, 4, 1.0),
    "attention": lambda: contenders.attention(6, False, 1.0),
    "causal": lambda: contenders.attention(6, True, 1.0),
    "blockwise": lambda: contenders.attention(6, True, 1.4, blockwise_attention),
    "norm": contenders.norm,
    "without a record": lambda: contenders.traceable(64),
    "cache": lambda: torch_cache.cached_words(words=30, d_model=16, d_ff=8, n_layers=2),
    "cache, our layout": lambda: torch_cache.cached_words(
        False, words=30, d_model=16, d_ff=8, n_layers=2
    ),
}


@pytest.mark.parametrize("name", SMALL)
def test_both_sides_compute_the_same_more_than_once(name):
    contest = SMALL[name]()
    for _ in range(3):
        assert difference(contest.ours(), contest.theirs()) <= contest.tolerance


def test_a_wrong_side_is_seen(monkeypatch):
    """Control: gradients off by a thousandth, and a mask that is forgotten."""
    contest = contenders.square(16, 1, 30, 4, 1.0)
    off = [1.002 * array for array in contest.ours()]
    assert difference(off, contest.theirs()) > contest.tolerance
    contest, full = contenders.attention(6, True, 1.0), contenders.attention(8, False, 1.0)
    assert difference(full.ours(), contest.theirs()) > contest.tolerance


def test_the_table_is_written_and_never_over_another(monkeypatch, capsys, tmp_path):
    for name, value in bench.ONE_THREAD.items():
        monkeypatch.setenv(name, value)
    row = Row("softmax", "three lines", 1.5, 1.4, 1.75, 0.002, 1.8, 1e-8)
    monkeypatch.setattr(bench, "measured", lambda only, seconds: [row])
    path = tmp_path / "bench.json"
    assert main(["bench", "softmax", "--json", str(path)]) == 0
    assert "1.40 … 1.75" in capsys.readouterr().out
    found = json.loads(path.read_text())
    assert found["rows"][0]["ratio"] == 1.5 and "one thread" in found["machine"]
    assert main(["bench", "softmax", "--json", str(path)]) == 2
    assert "--overwrite" in capsys.readouterr().err


def test_chosen_rows_are_those_that_hold_a_word(monkeypatch):
    monkeypatch.setattr(bench, "judged", lambda name, against, contest, seconds: name)
    names = list(bench.measured(["log_softmax"]))
    assert names == ["log_softmax 1024 × 512, float32"]


@pytest.mark.parametrize(
    "wrong, said",
    [(["nobody"], "no row holds 'nobody'"), (["--seconds=0"], "--seconds is 0")],
)
def test_a_word_of_no_row_and_no_time_are_refused(wrong, said, monkeypatch, capsys):
    for name, value in bench.ONE_THREAD.items():
        monkeypatch.setenv(name, value)
    assert main(["bench", *wrong]) == 2
    shown = capsys.readouterr()
    assert said in shown.err and shown.out == ""


def test_on_more_threads_it_starts_again_with_all_that_was_chosen(monkeypatch):
    started = []
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    monkeypatch.setattr(
        bench.subprocess, "call", lambda command, env: started.append((command, env)) or 7
    )
    given = ["softmax", "loss", "--json=x.json", "--overwrite", "--seconds=3.0"]
    assert main(["bench", *given]) == 7
    ((command, environment),) = started
    assert set(given) <= set(command) and environment["OMP_NUM_THREADS"] == "1"


def test_memory_is_counted_in_a_process_of_its_own():
    kept = [np.ones(10**6)]  # of this process, not of that
    found = peak_bytes("import numpy as np; x = np.ones(3)", "np.ones(10**5)")
    assert 8e5 <= found < 9e5 and kept


# The source without a record


def test_nothing_of_the_record_is_left_in_the_other_source():
    spaces = without_record()
    for name, space in spaces.items():
        called = set()
        for value in space.values():
            if inspect.isfunction(value) and value.__module__ == space["__name__"]:
                called |= set(value.__code__.co_names)
        assert not called & {"named", "scope", "operation"}, name
    softmax = spaces["parts.softmax"]["softmax"]
    assert spaces["attention.dot_product"]["softmax"] is softmax
    assert not hasattr(softmax, "__wrapped__")


def test_the_checks_are_still_in_it():
    softmax = without_record()["parts.softmax"]["softmax"]
    with pytest.raises(ValueError, match="NaN"):
        softmax(np.array([np.nan]))
    with pytest.raises(TypeError):  # no record any more
        softmax(trace([1.0], "x"))
