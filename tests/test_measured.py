"""Stored measurements: each has its command, and the command measures what is stored."""

import csv
import importlib
import inspect

import numpy as np
import pytest

from tfmath import __main__ as command
from tfmath.parts.data import data_path
from tfmath.study import measured as module
from tfmath.study.growth import growth, steepness
from tfmath.study.measured import EXPERIMENTS, measure, measured


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_is_stored_with_its_command(name):
    first, header, *rows = data_path(f"measured/{name}.csv").read_text().splitlines()
    assert first == f"# python -m tfmath measure {name}"
    columns = measured(name)
    assert list(columns) == next(csv.reader([header]))
    assert {len(column) for column in columns.values()} == {len(rows)}


def test_every_stored_measurement_is_an_experiment():
    stored = {path.stem for path in data_path("measured").glob("*.csv")}
    assert stored == set(EXPERIMENTS)


@pytest.fixture
def small(monkeypatch):
    """An experiment with every kind of column."""
    rows = [{"what": "a, b", "n": 1, "x": 0.1}, {"what": "3", "n": 2, "x": 1e-30}]
    monkeypatch.setitem(EXPERIMENTS, "small", "tests.test_measured:small_rows")
    monkeypatch.setattr("tests.test_measured.small_rows", lambda: rows, raising=False)
    return rows


def test_what_is_written_is_read(small, tmp_path, monkeypatch, capsys):
    out = tmp_path / "small.csv"
    assert command.main(["measure", "small", "--out", str(out)]) == 0
    assert capsys.readouterr().out == f"2 rows written to {out}\n"
    monkeypatch.setattr(module, "data_path", lambda name: out)
    assert measured("small") == {"what": ["a, b", "3"], "n": [1, 2], "x": [0.1, 1e-30]}
    assert list(tmp_path.iterdir()) == [out]


def test_a_file_is_never_replaced_unasked(small, tmp_path, capsys):
    out = tmp_path / "small.csv"
    out.write_text("mine")
    assert command.main(["measure", "small", "--out", str(out)]) == 2
    assert out.read_text() == "mine"
    assert capsys.readouterr().err == f"{out} exists; give --overwrite to replace it.\n"
    assert command.main(["measure", "small", "--out", str(out), "--overwrite"]) == 0
    assert out.read_text().startswith("# python -m tfmath measure small\nwhat,n,x\n")


def test_an_unknown_name_is_told_the_nearest(tmp_path):
    for call in (lambda: measured("grwth"), lambda: measure("grwth", tmp_path / "x.csv")):
        with pytest.raises(ValueError, match="'grwth'; did you mean 'growth'"):
            call()
    assert list(tmp_path.iterdir()) == []


def test_growth_measures_what_is_stored():
    """Memory is the same on every machine, to what Python itself takes."""
    again = growth({"n": (128, 256), "d": (64,), "batch": (1, 2)}, rounds=1)
    stored = measured("growth")
    keys = zip(stored["what"], stored["varied"], stored["size"], strict=True)
    MB = dict(zip(keys, stored["MB"], strict=True))
    assert len(again) == 15
    for row in again:
        expected = MB[row["what"], row["varied"], row["size"]]
        np.testing.assert_allclose(row["MB"], expected, rtol=0.02)
        assert row["seconds"] > 0


def test_what_the_chapter_on_the_whole_transformer_says_of_growth():
    """The network keeps to its count; attention hardly feels how wide it is."""
    columns = {key: np.array(column) for key, column in measured("growth").items()}

    def line(what, varied, amount):
        chosen = (columns["what"] == what) & (columns["varied"] == varied)
        return columns["size"][chosen], columns[amount][chosen]

    assert 1.8 < steepness(*line("attention", "n", "seconds")) < 2.2
    assert 0.7 < steepness(*line("feed-forward", "n", "seconds")) < 1.3
    assert 1.7 < steepness(*line("feed-forward", "d", "seconds")) < 2.3
    sizes, seconds = line("attention", "d", "seconds")
    assert sizes[-1] == 8 * sizes[0] and seconds[-1] < 3 * seconds[0]
    assert steepness(*line("feed-forward", "d", "MB")) < 1.05
    assert 1.5 < steepness(*line("feed-forward, training", "d", "MB")) < 2
    for varied in ("n", "d", "batch"):
        _, alone = line("feed-forward", varied, "MB")
        _, training = line("feed-forward, training", varied, "MB")
        assert (training > 2 * alone).all()


def test_equal_products_took_equally_long():
    """256 words, or two texts of 128: the network's rows are as many; so in every panel."""
    stored = measured("growth")
    keys = zip(stored["what"], stored["varied"], stored["size"], strict=True)
    time = dict(zip(keys, stored["seconds"], strict=True))
    for what in ("feed-forward", "feed-forward, training"):
        for times in (1, 2, 4, 8):
            together = time[what, "n", 128 * times] / time[what, "batch", times]
            assert 0.85 < together < 1.15
    for what in set(stored["what"]):
        same = [time[what, "n", 128], time[what, "d", 64], time[what, "batch", 1]]
        assert max(same) < 1.15 * min(same)


@pytest.mark.parametrize("bad", [0, 1.5, True, "3"], ids=repr)
def test_growth_refuses_what_is_no_number_of_rounds(bad):
    with pytest.raises((TypeError, ValueError), match="growth: rounds is"):
        growth(rounds=bad)


def _function(name):
    place, function = EXPERIMENTS[name].split(":")
    return getattr(importlib.import_module(place), function)


OURS = [name for name, place in EXPERIMENTS.items() if place.startswith("tfmath")]
SEEDED = [n for n in OURS if "seeds" in inspect.signature(_function(n)).parameters]


@pytest.mark.parametrize("bad", [1.5, [1.5], [-1], [True], "text", None], ids=repr)
@pytest.mark.parametrize("name", SEEDED)
def test_before_an_experiment_begins_it_refuses_what_is_no_row_of_seeds(name, bad):
    with pytest.raises((TypeError, ValueError), match=r": seeds(\[0\])? is "):
        _function(name)(seeds=bad)
