"""The toy model: 764 stored literals that recite, and the training that found them."""

import re

import numpy as np
import pytest

from tfmath import toy
from tfmath.model.files import save_csv
from tfmath.model.parameters import count, flatten, rounded
from tfmath.model.transformer import transformer
from tfmath.parts.text import data_path

NUMBERS = [
    cell
    for line in data_path("toy.csv").read_text(encoding="utf-8").splitlines()[1:]
    for cell in line.split(",")[2:]
    if cell
]


def test_the_file_holds_764_numbers_of_one_decimal():
    assert len(NUMBERS) == 764 == count(toy.load())
    assert [n for n in NUMBERS if not re.fullmatch(r"-?\d\.\d", n)] == []
    assert "-0.0" not in NUMBERS


def test_every_number_is_the_float_of_its_literal():
    tables = flatten(toy.load())
    loaded = np.concatenate([table.ravel() for table in tables.values()])
    assert loaded.tolist() == [float(n) for n in NUMBERS]
    np.testing.assert_array_equal(np.round(loaded, 1), loaded)
    assert 0.1 < np.abs(loaded).mean() < 1.5


def test_the_sizes_are_those_of_the_course():
    sizes = toy.SIZES
    assert sizes["embedding"] == (26, 5)
    assert sizes["decoder / layer 1 / cross-attention / W_K"] == (2, 5, 4)
    assert sizes["decoder / layer 1 / cross-attention / W_V"] == (2, 5, 3)
    assert sizes["encoder / layer 1 / feed-forward / W_1"] == (5, 7)
    assert {name: table.shape for name, table in flatten(toy.load()).items()} == sizes


@pytest.mark.parametrize("source, target", toy.PAIRS)
def test_it_finishes_every_quote(source, target):
    written = toy.finish(toy.load(), source)
    assert [word for word, _ in written] == [*target.split(), "<end>"]
    assert min(p for _, p in written) > 0.75


def test_the_words_are_what_the_whole_model_says():
    """Not only the decoding, word by word: the whole row of logits at once."""
    parameters = toy.load()
    for source, target in toy.PAIRS:
        ids = [toy.WORDS.index(word) for word in ("<start>", *target.split())]
        logits = transformer(parameters, [toy.WORDS.index(w) for w in source.split()], ids)
        assert logits.argmax(axis=-1).tolist() == [*ids[1:], toy.WORDS.index("<end>")]


def test_reciting_needs_the_weights():
    parameters = toy.load()
    assert toy.recites(parameters) == min(
        p for source, _ in toy.PAIRS for _, p in toy.finish(parameters, source)
    )
    assert toy.recites(rounded(parameters, 0)) == 0
    parameters["decoder"]["layer 1"]["cross-attention"]["W_V"] *= 0
    assert toy.recites(parameters) == 0


def test_training_again_recites():
    """A fresh start, the same recipe with fewer steps."""
    losses = []
    for step in toy.train_toy(np.random.default_rng(1), steps=350, rounded_steps=150):
        losses.append(step.loss)
    trained = toy.final(step)
    assert step.number == 500 and losses[0] > 2.5
    for table in flatten(trained).values():
        np.testing.assert_array_equal(np.round(table, 1), table)
    assert toy.recites(trained) > 0.5


def test_training_is_the_same_from_the_same_start():
    ends = []
    for _ in range(2):
        *_, last = toy.train_toy(np.random.default_rng(4), steps=3, rounded_steps=2)
        ends.append(flatten(last.parameters))
    for name, table in ends[0].items():
        np.testing.assert_array_equal(ends[1][name], table)


def test_a_stored_model_is_loaded_back(tmp_path):
    parameters = toy.load()
    save_csv(tmp_path / "again.csv", parameters, toy.WORDS)
    assert (tmp_path / "again.csv").read_bytes() == data_path("toy.csv").read_bytes()
    again = toy.load(tmp_path / "again.csv")
    for name, table in flatten(again).items():
        np.testing.assert_array_equal(table, flatten(parameters)[name])


def test_a_model_of_other_words_is_refused(tmp_path):
    words = ("<pad>", "<start>", "<end>", "we", *toy.WORDS[4:])
    save_csv(tmp_path / "other.csv", toy.load(), words)
    with pytest.raises(ValueError, match=r"other\.csv.*words are not those of the corpus"):
        toy.load(tmp_path / "other.csv")
    with pytest.raises(FileNotFoundError):
        toy.load(tmp_path / "nothing.csv")
    (tmp_path / "empty").touch()
    with pytest.raises(ValueError, match="missing"):
        toy.load(tmp_path / "empty")
