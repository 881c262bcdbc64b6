"""Rows erased and exchanged: against the model itself, which writes word by word."""

import numpy as np
import pytest

from tfmath import toy
from tfmath.errors import UnknownWordError
from tfmath.study.measured import measured
from tfmath.study.word_rows import (
    QUOTE,
    by_word,
    exchanges,
    nearest_of,
    row_lengths,
    without_words,
    word_rows,
)

TABLES = toy.load()


def test_only_the_rows_of_the_erased_words_become_zero():
    found = without_words(TABLES, ["when", "of"])
    places = [toy.WORDS.index("when"), toy.WORDS.index("of")]
    assert not found["embedding"][places].any()
    others = np.delete(np.arange(26), places)
    np.testing.assert_array_equal(found["embedding"][others], TABLES["embedding"][others])
    assert TABLES["embedding"][places].any() and found["encoder"] is TABLES["encoder"]


def test_a_word_that_is_not_there_cannot_be_erased():
    with pytest.raises(UnknownWordError, match="does not know 'throne'"):
        without_words(TABLES, ["throne"])


def test_whether_the_quote_stands_is_what_the_model_writes():
    rows = exchanges(TABLES)
    assert len(rows) == 6 * 22
    for row in rows[::11]:
        text = QUOTE[0].replace(row["word"], row["other"])
        written = [word for word, _ in toy.finish(TABLES, text)]
        assert (written == [*QUOTE[1].split(), "<end>"]) == row["stands"], row
        one, two = (TABLES["embedding"][toy.WORDS.index(row[w])] for w in ("word", "other"))
        assert row["distance"] == pytest.approx(np.linalg.norm(one - two), abs=1e-12)
    assert {row["stands"] for row in rows[::11]} == {True, False}
    groups = by_word(rows)
    assert list(groups) == QUOTE[0].split()
    assert groups["of"][1] == [row["stands"] for row in rows if row["word"] == "of"]
    assert {len(distances) for distances, _ in groups.values()} == {22}


def test_the_nearest_of_each_word():
    rows = [
        {"word": word, "other": other, "distance": distance}
        for word, other, distance in (("a", "b", 2), ("a", "c", 1), ("d", "a", 3))
    ]
    assert nearest_of(rows) == [rows[1], rows[2]]


def test_the_toy_model_s_row_and_a_short_training():
    stored = measured("word_rows")
    (toys,) = word_rows(seeds=())
    assert toys == {name: column[0] for name, column in stored.items()}
    _, other = word_rows(seeds=(0,), steps=2)
    assert other["model"] == "seed 0" and other["lowest"] == 0
    _, tenth = word_rows(seeds=(10,))  # some of the others end elsewhere elsewhere
    for name, found in tenth.items():
        stands = stored[name][10]
        assert found == (pytest.approx(stands, abs=0.02) if name != "model" else stands)


def test_lengths_while_it_is_trained():
    rows = row_lengths(seed=4, steps=5, every=2)
    assert [row["step"] for row in rows] == [0, 2, 4]
    *_, last = toy.train_toy(np.random.default_rng(4), steps=4, rounded_steps=0)
    for word, vector in zip(toy.WORDS, last.parameters["embedding"], strict=True):
        assert rows[2][word] == round(float(np.linalg.norm(vector)), 2)
    assert rows[0] != rows[2]
    for seed in (None, np.random.default_rng(0), "a", -1):  # two generators are made of it
        with pytest.raises((TypeError, ValueError), match="row_lengths: seed is"):
            row_lengths(seed)


def test_the_first_steps_are_measured_again():
    stored = measured("row_lengths")
    for i, row in enumerate(row_lengths(steps=100)):
        for name in stored:
            assert row[name] == pytest.approx(stored[name][i], abs=0.011)
