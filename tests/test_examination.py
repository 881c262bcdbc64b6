"""The examination: what its notes are, what may pass, and what is stored of it."""

import numpy as np
import pytest

from tfmath import softmax, trace
from tfmath.attention.dot_product import attend
from tfmath.learning.loss import cross_entropy
from tfmath.study.examination import (
    answers,
    candidates,
    examination,
    examined,
    looks,
    notes,
)
from tfmath.study.measured import measured
from tfmath.study.slope import slope
from tfmath.tracing import gradients


def test_every_name_stands_once_and_the_answer_is_its_letter():
    names, letters, asked, answer = notes(np.random.default_rng(3), 50)
    assert (np.sort(names, axis=1) == np.arange(8)).all()
    for row in range(50):
        book = dict(zip(names[row].tolist(), letters[row].tolist(), strict=True))
        assert book[int(asked[row])] == answer[row]


def test_a_head_that_finds_the_name_is_always_right():
    one = np.eye(8)
    tables = {"asked": 40 * one, "name": one, "letter": one, "out": one}
    *given, answer = notes(np.random.default_rng(4), 200)
    assert (answers(tables, attend, *given).argmax(axis=1) == answer).all()
    # The mean knows how often each letter stands there, and no more.
    counts = np.eye(8)[given[1]].sum(axis=1)
    blind = answers(tables, candidates(8)["all weights alike"], *given)
    np.testing.assert_allclose(blind, counts / 8, atol=1e-12)


@pytest.mark.parametrize("name", candidates(4))
def test_the_gradients_are_the_slopes(name):
    tables = examined(candidates(4)[name], 4, seed=5, n_steps=0)
    *given, answer = notes(np.random.default_rng(6), 5)

    def loss_of(some):
        return cross_entropy(answers(some, candidates(4)[name], *given), answer)

    traced = {n: trace(t, n) for n, t in tables.items()}
    found = gradients(loss_of(traced), of=traced)
    for n, table in tables.items():
        measured_slope = slope(lambda x, n=n: loss_of(tables | {n: x}), table)
        np.testing.assert_allclose(found[n], measured_slope, atol=1e-6)


def test_what_is_stored_is_measured_again():
    *given, answer = notes(np.random.default_rng(100), 1000)
    columns = measured("examination")
    for name, right in (("plain", 1.0), ("all weights alike", 0.333)):
        attention = candidates(4)[name]
        tables = examined(attention, 4, seed=0, n_steps=400)
        again = (answers(tables, attention, *given).argmax(axis=1) == answer).mean()
        keys = zip(*(columns[n] for n in ("attention", "width", "seed")), strict=True)
        assert columns["right"][list(keys).index((name, 4, 0))] == again == right


def test_an_examination_says_what_it_measured():
    rows = examination(widths=[5], seeds=[1], n_steps=0)
    assert [row["attention"] for row in rows] == list(candidates(5))
    assert {(row["width"], row["seed"]) for row in rows} == {(5, 1)}


def test_only_who_draws_has_another_draw():
    """By hand: the same tables, asked with directions of seed 1 in place of seed 0."""
    rows = examination(widths=[4], seeds=[2], n_steps=40)
    changed = [row["attention"] for row in rows if row["right"] != row["another_draw"]]
    assert changed == ["64 random features"]
    *given, answer = notes(np.random.default_rng(100), 1000)
    drawn = [candidates(4, draw)["64 random features"] for draw in (0, 1)]
    tables = examined(drawn[0], 4, seed=2, n_steps=40)
    found = [(answers(tables, a, *given).argmax(axis=1) == answer).mean() for a in drawn]
    row = rows[1]
    assert [row["right"], row["another_draw"]] == [round(float(f), 4) for f in found]


def test_whom_the_head_least_often_right_looks_at():
    *given, answer = notes(np.random.default_rng(100), 1000)
    heads = [examined(attend, 3, seed, n_steps=30) for seed in (0, 1)]
    right = [(answers(t, attend, *given).argmax(axis=1) == answer).mean() for t in heads]
    worst = heads[int(np.argmin(right))]
    rows = looks(widths=[3], seeds=[0, 1], n_steps=30)
    plain = [row for row in rows if row["attention"] == "plain"]
    assert [row["asked"] for row in plain] == list(range(8)) and right[0] != right[1]
    assert {row["right"] for row in plain} == {min(right)}
    found = [[row[f"name {i}"] for i in range(8)] for row in plain]
    scores = worst["asked"] @ worst["name"].T / np.sqrt(3)
    np.testing.assert_allclose(found, softmax(scores), atol=6e-4)
    assert [row["attention"] for row in rows[::8]][-2:] == [
        "64 random features",
        "64, redrawn",
    ]
    first, again = (rows[place]["name 0"] for place in (-16, -8))
    assert first != again and rows[-16]["asked"] == rows[-8]["asked"] == 0


def test_the_mean_can_do_no_better_than_the_commonest_letter():
    """Who knows only which letters are there guesses the one that is there most often."""
    *given, answer = notes(np.random.default_rng(7), 20_000)
    counts = np.eye(8)[given[1]].sum(axis=1)
    best = counts.max(axis=1).mean() / 8
    columns = measured("examination")
    alike = [
        right
        for name, right in zip(columns["attention"], columns["right"], strict=True)
        if name == "all weights alike"
    ]
    assert 0.31 < best < 0.34 and max(alike) < best + 3 * np.sqrt(best / 1000)
