"""What was measured of recurrent readers: cheap rows again, and what is stored."""

import numpy as np
import pytest

from tfmath import steps, toy, traced
from tfmath.attention.dot_product import scaled_dot_product_attention
from tfmath.attention.luong import general_attention
from tfmath.model.files import load_csv
from tfmath.model.names import flatten
from tfmath.model.parameters import starting_values
from tfmath.model.recurrent import fixed_context, sequence_to_sequence
from tfmath.parts.data import data_path
from tfmath.study import ab_race
from tfmath.study.ab_race import (
    _set_back,
    _tables,
    _tested,
    ab_game,
    ab_game_later,
    ab_game_time,
    opened_gates,
)
from tfmath.study.alignment import (
    CONTEXTS,
    MODELS,
    SIZES,
    STEPS,
    _hiding,
    _learned,
    _right,
    alignment,
    backwards_games,
    hidden_places,
)
from tfmath.study.fading import D, fading
from tfmath.study.last_heard import last_heard, whispered
from tfmath.study.measured import measured
from tfmath.study.slope import slope
from tfmath.study.slow_to_learn import _forward_games, in_order, slow_to_learn
from tfmath.study.two_ways import two_ways


def stored(name, **wanted):
    """The stored rows of an experiment that have these numbers in these columns."""
    columns = measured(name)
    rows = [
        dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)
    ]
    return [row for row in rows if all(row[key] == value for key, value in wanted.items())]


def test_fading_again():
    found = fading(ages=(0, 1, 8), seeds=(3,))
    kept = [row for row in stored("fading", seed=3) if row["age"] in (0, 1, 8)]
    assert [r["reader"] for r in found] == [r["reader"] for r in kept]
    for now, before in zip(found, kept, strict=True):
        assert now["share"] == pytest.approx(before["share"], rel=1e-3), now


def test_what_fades_is_the_slope():
    """The attention's share from differences: the last row against the first row moved."""
    rows, draw = np.random.default_rng(3).normal(size=(65, D)), np.random.default_rng(1003)
    every = [(name, (D, D)) for name in ("W_Q", "W_K", "W_V")]
    W_Q, W_K, W_V = starting_values(draw, dict(every)).values()
    sizes = []
    for n in (1, 9):
        x = rows[:n]

        def last(first, i, x=x):
            x = np.concatenate([first[np.newaxis], x[1:]])
            return scaled_dot_product_attention(x @ W_Q, x @ W_K, x @ W_V)[-1, i]

        jacobian = [slope(lambda f, i=i: last(f, i), x[0]) for i in range(D)]
        sizes.append(np.linalg.norm(jacobian))
    (found,) = stored("fading", reader="attention", seed=3, age=8)
    assert found["share"] == pytest.approx(sizes[1] / sizes[0], rel=1e-3)


def test_games_backwards_and_what_was_right_again():
    games = backwards_games(np.random.default_rng(0), 5, 4)
    assert (games.following == games.source[:, ::-1]).all()
    assert (games.target[:, 1:] == games.following[:, :-1]).all()
    right = float(_right(_learned("fixed", 2, 0, STEPS), fixed_context, 2).mean())
    assert [round(right, 4)] == [
        row["right"] for row in stored("backwards", length=2, seed=0, context="fixed")
    ]


def test_what_one_context_learns_step_by_step_again():
    (row,) = [r for r in slow_to_learn(at=(10,), seeds=(0,)) if r["context"] == "fixed"]
    assert [row] == stored("slow_to_learn", context="fixed", seed=0, steps=10)


def test_letters_in_the_order_read():
    games = _forward_games(np.random.default_rng(0), 5, 4)
    assert (games.following == games.source).all()
    assert (games.target[:, 1:] == games.source[:, :-1]).all()
    assert set(games.target[:, 0]) == {toy.START}
    assert all(row["right"] < 0.3 for row in in_order(seeds=(0,), length=3, n_steps=1))
    kept = [(row["context"], row["seed"]) for row in stored("in_order")]
    assert kept == [(context, seed) for context in CONTEXTS for seed in range(3)]


def test_what_is_hidden_is_hidden():
    """Control: a model that has not learned is right by chance, whatever is hidden."""
    rows = hidden_places(seeds=(0,), length=3, n_steps=1)
    assert all(row["right"] < 0.3 for row in rows)
    assert len({row["right"] for row in rows}) > 1


@pytest.mark.parametrize("name", ["hidden_places", "last_heard", "two_ways", "whispered"])
def test_the_models_that_are_looked_into(name):
    assert sorted(set(measured(name)["seed"])) == list(MODELS)


def test_where_an_untrained_model_looks_and_what_is_stored():
    """Control: without learning no place stands out; trained, one does for each letter."""
    rows = two_ways(seeds=(0,), length=3, n_steps=1)
    assert [(r["letter"], r["place"]) for r in rows[:4]] == [(3, 1), (3, 2), (3, 3), (2, 1)]
    assert all(abs(row["weight"] - 1 / 3) < 0.15 for row in rows)
    kept = [(r["letter"], r["place"]) for r in stored("two_ways", seed=12)]
    assert kept == [(i, j) for i in range(8, 0, -1) for j in range(1, 9)]
    weights = np.reshape(measured("two_ways")["weight"], (len(MODELS) * 8, 8))
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=5e-4)
    assert weights.max(axis=1).min() > 0.4


@pytest.mark.parametrize("after", [0, 1])
def test_what_is_hidden_gets_no_weight(after):
    """Letter i to be written is the last but i; values that are places tell the weights."""
    rows = np.random.default_rng(0).normal(size=(4, 3))
    weights = _hiding(after)(rows, rows, np.eye(4), W=np.eye(3))
    hidden = {(i, j) for i, j in np.argwhere(weights == 0).tolist()}
    assert hidden == {(i, 3 - i + after) for i in range(4) if 3 - i + after < 4}


def test_weights_of_every_row_sum_to_one():
    weights = np.reshape(measured("alignment")["weight"], (3 * 6, 6))
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=5e-4)
    (rows, kept) = alignment(seeds=(0,), n_steps=(1, 1)), stored("alignment", seed=0)
    assert [[*row.values()][:2] for row in rows] == [[*row.values()][:2] for row in kept]
    assert [row["read"] for row in rows] == [row["read"] for row in kept]


def test_the_stored_model_recites_and_has_one_decimal():
    tables, words = load_csv(data_path("recurrent.csv"), SIZES)
    assert words == toy.WORDS
    assert all((np.round(t, 1) == t).all() for t in flatten(tables).values())
    for source, target in toy.PAIRS:
        read = toy.encode(source, toy.WORDS)
        write = [toy.START, *toy.encode(target, toy.WORDS)]
        logits = sequence_to_sequence(tables, read, write, attention=general_attention)
        assert [toy.WORDS[i] for i in logits.argmax(-1)] == [*target.split(), "<end>"]


def test_the_stored_model_is_that_of_seed_0():
    tables, _ = load_csv(data_path("recurrent.csv"), SIZES)
    read, written = (toy.encode(text, toy.WORDS) for text in toy.PAIRS[1])

    output = sequence_to_sequence(
        traced(tables), read, [toy.START, *written], attention=general_attention
    )
    kept = [row["weight"] for row in stored("alignment", seed=0)]
    found = steps(output)["attention / weights"].value.ravel()
    np.testing.assert_allclose(found, kept, atol=6e-5)


def test_the_race_again():
    (row,) = stored("ab_game", player="simple", length=8, seed=0)
    assert _tested("simple", 8, 0, ab_race.STEPS).items() <= row.items()
    players = [row["player"] for row in ab_game(lengths=(1,), seeds=(0,), n_steps=1)]
    assert players == list(dict.fromkeys(measured("ab_game")["player"]))


def test_who_looks_for_what_was_just_written():
    """Control: without learning all places get about the same weight."""
    (row,) = last_heard(seeds=(0,), n_steps=1)
    (kept,) = stored("last_heard", seed=0)
    assert row["places"] == kept["places"] and abs(row["weight"] - row["places"]) < 0.1
    assert kept["weight"] > 3 * kept["places"]
    assert abs(row["there_whispered"] - row["there"]) < 0.05  # nothing jumps


def test_a_whisper_changes_one_letter_heard_and_moves_the_weight(monkeypatch):
    """A reader that looks at the letter heard, whichever it is: all its weight moves."""

    def looking(tables, source, target):
        alike = source[:, np.newaxis] == target[:, :, np.newaxis]
        return None, alike / np.maximum(alike.sum(axis=2, keepdims=True), 1)

    monkeypatch.setattr("tfmath.study.last_heard._looking", looking)
    monkeypatch.setattr("tfmath.study.last_heard._learned", lambda *given: None)
    (row,) = last_heard(seeds=(0,))
    assert (row["there"], row["there_whispered"], row["after_whispered"]) == (0, 1, 0)
    assert row["weight"] == 1 and 0.6 < row["after"] < 1
    assert row["own"] < row["after"] and row["own_whispered"] == 0


def writes_the_letter_before(tables, source, target):
    """A writer that looks wherever the letter heard stands, and writes what is before."""
    alike = source[:, np.newaxis] == target[:, :, np.newaxis]
    places = np.argmax(alike, axis=2) - 1
    written = np.take_along_axis(source, places, axis=1)
    return written, alike / np.maximum(alike.sum(axis=2, keepdims=True), 1)


def test_who_hears_a_whisper_and_looks_for_the_letter_writes_the_one_before(monkeypatch):
    """By construction; and for it a letter and its twin are the same."""
    study = "tfmath.study.last_heard."
    monkeypatch.setattr(study + "_looking", writes_the_letter_before)
    monkeypatch.setattr(study + "_learned", lambda *given: None)
    (row,) = whispered(seeds=(0,))
    assert (row["previous_whispered"], row["right_whispered"]) == (1, 0)
    assert row["heard"] < 0.2 and row["heard_whispered"] == 0
    assert row["right"] > 0.6 and row["previous"] < 0.1
    assert (row["true_place"], row["twin"]) == (0.5, 0.5)


def test_a_whisper_to_who_has_learned_nothing_and_what_is_stored():
    """Control: without learning a whisper changes little, and twins look alike."""
    (row,) = whispered(seeds=(0,), n_steps=1)
    assert abs(row["right_whispered"] - row["right"]) < 0.1
    assert abs(row["true_place"] - row["twin"]) < 0.05
    (kept,), (free,) = (
        stored("whispered", seed=0),
        stored("hidden_places", seed=0, hidden="nothing"),
    )
    assert abs(kept["right"] - free["right"]) < 0.03  # the same games, some letters fewer


def test_the_same_game_later():
    """The longer training begins as the shorter: with its steps it gives its rows."""
    (row,) = ab_game_later(lengths=(8,), seeds=(0,), n_steps=20)
    expected = _tested("Transformer", 8, 0, 20)
    assert row == {"length": 8, "seed": 0} | expected
    kept = stored("ab_game_later")
    assert [r["seed"] for r in kept] == list(range(12))
    assert {r["right"] for r in kept} == {1}


def test_a_chain_grows_with_the_letters_for_those_that_read_one_by_one():
    for row in ab_game_time(lengths=(4, 9), turns=1):
        expected = 7 if row["player"] == "Transformer" else row["length"] + 1
        assert row["chain"] == expected and row["seconds"] > 0
    assert all(
        row["chain"] == (7 if row["player"] == "Transformer" else row["length"] + 1)
        for row in stored("ab_game_time")
    )


def test_gates_that_are_set_back_and_the_rest_that_stays():
    first, learned = (_tables("LSTM", np.random.default_rng(seed)) for seed in (0, 1))
    back = _set_back(learned, first, "forget")
    old = slice(8, 16)  # the second block of four, each 8 wide
    for name in ("W_x", "W_h", "b_x", "b_h"):
        table, trained = back["cell"][name], learned["cell"][name]
        np.testing.assert_array_equal(table[..., old], first["cell"][name][..., old])
        for stays in (slice(0, 8), slice(16, 32)):
            np.testing.assert_array_equal(table[..., stays], trained[..., stays])
    assert not np.array_equal(back["cell"]["W_h"], learned["cell"]["W_h"])


def test_the_gates_before_anything_was_learned():
    """Control: then they stand half open. The runs are those of the race."""
    rows = opened_gates(length=8, seeds=(0,), n_steps=1)
    for row in rows:
        assert abs(row["before"] - 1 / 2) < 0.1 and abs(row["after"] - row["before"]) < 0.1
    kept, race = stored("opened_gates"), stored("ab_game", player="LSTM", length=64)
    assert [row["gates"] for row in kept[:3]] == [row["gates"] for row in rows]
    assert [row["right"] for row in kept[::3]] == [row["right"] for row in race]
