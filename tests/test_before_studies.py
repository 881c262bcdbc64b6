"""What was measured of recurrent readers: cheap rows again, and what is stored."""

import numpy as np
import pytest

from tfmath import steps, toy, traced
from tfmath.attention.dot_product import scaled_dot_product_attention
from tfmath.attention.luong import general_attention
from tfmath.model.files import load_csv
from tfmath.model.names import flatten
from tfmath.model.recurrent import sequence_to_sequence
from tfmath.parts.data import data_path
from tfmath.study.ab_race import ab_game_time
from tfmath.study.alignment import (
    SIZES,
    alignment,
    backwards,
    backwards_games,
    hidden_places,
)
from tfmath.study.fading import D, fading
from tfmath.study.measured import measured
from tfmath.study.slope import slope


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
    rows = np.random.default_rng(3).normal(size=(65, D))
    sizes = []
    for n in (1, 9):
        x = rows[:n]

        def last(first, i, x=x):
            x = np.concatenate([first[np.newaxis], x[1:]])
            return scaled_dot_product_attention(x, x, x)[-1, i]

        jacobian = [slope(lambda f, i=i: last(f, i), x[0]) for i in range(D)]
        sizes.append(np.linalg.norm(jacobian))
    (found,) = stored("fading", reader="attention", seed=3, age=8)
    assert found["share"] == pytest.approx(sizes[1] / sizes[0], rel=1e-3)


def test_games_backwards_and_what_was_right_again():
    games = backwards_games(np.random.default_rng(0), 5, 4)
    assert (games.following == games.source[:, ::-1]).all()
    assert (games.target[:, 1:] == games.following[:, :-1]).all()
    assert backwards(lengths=(2,), seeds=(0,)) == stored("backwards", length=2, seed=0)


def test_what_is_hidden_is_hidden():
    """Control: a model that has not learned is right by chance, whatever is hidden."""
    rows = hidden_places(seeds=(0,), length=3, n_steps=1)
    assert all(row["right"] < 0.3 for row in rows)
    assert len({row["right"] for row in rows}) > 1


def test_weights_of_every_row_sum_to_one():
    columns = measured("alignment")
    for task, n in (("quote", 6), ("backwards", 8)):
        weights = [row["weight"] for row in stored("alignment", task=task)]
        np.testing.assert_allclose(
            np.reshape(weights, (3 * n, n)).sum(axis=1), 1, atol=5e-4
        )
    assert len(alignment(seeds=(0,), n_steps=(1, 1, 1))) * 3 == len(columns["weight"])


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
    kept = [row["weight"] for row in stored("alignment", task="quote", seed=0)]
    found = steps(output)["attention / weights"].value.ravel()
    np.testing.assert_allclose(found, kept, atol=6e-5)


def test_a_chain_grows_with_the_letters_for_those_that_read_one_by_one():
    for row in ab_game_time(lengths=(4, 9), turns=1):
        expected = 7 if row["player"] == "Transformer" else row["length"] + 1
        assert row["chain"] == expected and row["seconds"] > 0
    assert all(
        row["chain"] == (7 if row["player"] == "Transformer" else row["length"] + 1)
        for row in stored("ab_game_time")
    )
