"""Models changed on purpose: against the formula, and against the unchanged model."""

from functools import partial

import numpy as np
import pytest
from tables import assert_close

from tfmath.attention.rotary import rotary_attention
from tfmath.parts.masks import causal_mask
from tfmath.study import lengths, what_if
from tfmath.study.lengths import LENGTHS, QUESTIONS, SEEDS
from tfmath.study.measured import measured
from tfmath.study.what_if import (
    ASKED,
    CLOCKS,
    LAST_START,
    STOPS,
    _stopped_attention,
    _with_sines,
    any_start,
    two_layers,
)

ROWS = np.random.default_rng(0).normal(size=(3, 2, 30, 8))


def by_complex_numbers(clock, stop):
    """Each pair a complex number; the angle of the clock grows up to `stop` back."""
    query, key, value = ROWS
    q, k = (x[..., 0::2] + 1j * x[..., 1::2] for x in (query, key))
    back = np.subtract.outer(np.arange(30), np.arange(30))[..., np.newaxis]
    ends = np.full(4, 1000)
    ends[clock - 1] = stop
    turns = np.exp(1j * np.minimum(back, ends) * 10.0 ** -np.arange(4))
    scores = np.einsum("bip,bjp,ijp->bij", q, k.conj(), turns).real / np.sqrt(8)
    weights = np.where(back[..., 0] >= 0, np.exp(scores), 0)
    return weights / weights.sum(axis=-1, keepdims=True) @ value


@pytest.mark.parametrize("clock", CLOCKS)
def test_a_clock_stands_where_it_was_at_the_stop(clock):
    for stop in (0, 7, 29):
        found = _stopped_attention(*ROWS, causal_mask(30), clock=clock, stop=stop)
        assert_close(found, by_complex_numbers(clock, stop), f"stop {stop}", 1e-12)
        turning = rotary_attention(*ROWS, causal_mask(30))
        assert_close(found[:, : stop + 1], turning[:, : stop + 1], "before", 1e-12)
        assert (np.abs(found - turning).max() > 1e-6) == (stop < 29)


@pytest.fixture
def few_texts(monkeypatch):
    """Answers are counted in four texts, not in 256."""
    counted = partial(lengths.right_share, n_texts=4)
    for place in (lengths, what_if):
        monkeypatch.setattr(place, "right_share", counted)


def test_sines_that_begin_at_0_are_the_sines_of_the_other_experiment(few_texts):
    rows = lengths._tested("three back", "sinusoids", 1, n_steps=30)
    keys = "seed", "length", "right", "near"
    wanted = [{key: row[key] for key in keys} for row in rows]
    assert list(_with_sines(1, 0, n_steps=30)) == wanted
    assert list(_with_sines(1, LAST_START, n_steps=30)) != wanted


def test_sines_from_anywhere_are_measured_again(few_texts):
    stored, lines = measured("any_start"), list(LENGTHS)
    for found in any_start([0]):
        at = lines.index(found["length"])
        assert found["near"] == pytest.approx(stored["near"][at], abs=0.3)
    assert stored["seed"][:13] == [0] * 13 and stored["near"][12] > 0.99


def test_texts_begin_anywhere_up_to_the_last_place_that_fits(monkeypatch, few_texts):
    seen = []
    of_steps = lengths._trained

    def watching(tables, way, draw, n_steps, given):
        seen.extend(given()["position"] for _ in range(2000))
        return of_steps(tables, way, draw, n_steps, given)

    monkeypatch.setattr(what_if, "_trained", watching)
    list(_with_sines(0, LAST_START, n_steps=1))
    places = lengths.positional_encoding(128, 16)
    assert {rows.shape for rows in seen} == {(16, 16)}
    firsts = [abs(places - rows[0]).sum(axis=1).argmin() for rows in seen]
    assert set(firsts) == set(range(113))
    np.testing.assert_array_equal(seen[0], places[firsts[0] : firsts[0] + 16])


def test_a_second_layer_has_tables_of_its_own_and_acts():
    one, two = (lengths._sizes("none", n_layers) for n_layers in (1, 2))
    added = {name.replace("layer 2", "layer 1"): size for name, size in two.items()}
    assert len(two) > len(one) and added == one
    tables = lengths.learned("the latest", "none", 0, n_steps=2, n_layers=2)
    assert set(tables["encoder"]) >= {"layer 1", "layer 2"}


def test_what_is_stored_is_what_is_asked():
    stopped = measured("stopped_clocks")
    stops = [(c, at) for c in (1, 2) for at in STOPS] + [(3, 15), (4, 15)]
    asked = [(seed, *stop, n) for seed in SEEDS for stop in stops for n in ASKED]
    names = "seed", "clock", "stop", "length"
    assert list(zip(*(stopped[name] for name in names), strict=True)) == asked
    begun, layers = measured("any_start"), measured("two_layers")
    assert begun["length"] == list(LENGTHS) * 5 and begun["seed"][12:14] == [0, 1]
    assert layers["length"] == list(LENGTHS) * 10
    assert list(dict.fromkeys(layers["question"])) == list(QUESTIONS)
    assert any_start([]) == two_layers([]) == []
