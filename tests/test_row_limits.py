"""How far a row may move, and how short it may become: against the model itself."""

import numpy as np
import pytest

from tfmath import encode, toy
from tfmath.errors import UnknownWordError
from tfmath.model.transformer import transformer
from tfmath.study import row_limits
from tfmath.study.row_limits import row_map, shorter, shortest_rows
from tfmath.study.word_rows import QUOTE, WRITTEN

TABLES = toy.load()
FEW = {"x": (-0.4, 2, 4), "y": (-0.5, 0.7, 3)}


def row(word):
    return TABLES["embedding"][toy.WORDS.index(word)]


def with_row(word, row):
    table = TABLES["embedding"].copy()
    table[toy.WORDS.index(word)] = row
    return {**TABLES, "embedding": table}


def leads(tables, pair):
    """How far each right word's score is above the next, in plain Python."""
    ids = encode(["<start>", *pair[1].split(), "<end>"], toy.WORDS)
    scores = np.array(transformer(tables, encode(pair[0], toy.WORDS), ids[:-1])).tolist()
    return [
        line[i] - max(x for j, x in enumerate(line) if j != i)
        for line, i in zip(scores, ids[1:], strict=True)
    ]


def test_the_three_rows_lie_in_the_plane_as_far_apart_as_they_are():
    *_, at = row_map(TABLES, "play", "brings", "of", FEW)
    assert at["play"] == (0, 0) and at["brings"][1] == 0 < at["of"][1]
    for one, two in (("play", "brings"), ("play", "of"), ("brings", "of")):
        far = np.linalg.norm(row(one) - row(two))
        assert np.hypot(*np.subtract(at[one], at[two])) == pytest.approx(far, abs=1e-12)


@pytest.mark.parametrize("word", ["play", "thrones"])
def test_the_lead_is_that_of_a_model_with_the_row_exchanged(word):
    """(`play` and `thrones` are far from being written: their own scores do not matter.)"""
    x, y, lead, at = row_map(TABLES, word, "brings", "of", FEW)
    along = (row("brings") - row(word)) / at["brings"][0]
    up = (row("of") - row(word) - at["of"][0] * along) / at["of"][1]
    for i, j in ((0, 0), (2, 0), (1, 3), (2, 2)):
        moved = row(word) + x[j] * along + y[i] * up
        found = min(leads(with_row(word, moved), QUOTE))
        assert lead[i, j] == pytest.approx(found, abs=1e-9)
    assert lead.min() < 0 < lead.max()


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        (
            ("throne", "of", "die"),
            UnknownWordError,
            "word: the model does not know 'throne'",
        ),
        (("play", 3, "die"), TypeError, "right is 3; it must be a str"),
        (("die", "of", "play"), UnknownWordError, "'die' does not stand in"),
        (("of", "won't", "die"), ValueError, "lie on one line"),
        (("play", "die", "play"), ValueError, "lie on one line"),
    ],
)
def test_words_that_give_no_plane_are_refused(words, error, said):
    with pytest.raises(error, match=said):
        row_map(TABLES, *words, FEW)


def test_a_word_is_written_down_to_its_shortest_row_and_no_further():
    found = shortest_rows(TABLES)
    assert set(found) == WRITTEN
    assert [own for _, own in found.values()] == sorted(own for _, own in found.values())
    for word, (shortest, own) in found.items():
        assert own == pytest.approx(np.linalg.norm(row(word)), abs=1e-12)
        assert scaled(word, shortest * 1.001 / own) and not scaled(
            word, shortest * 0.999 / own
        )


def test_a_word_whose_score_is_not_above_0_has_no_shortest_row(monkeypatch):
    places = [([2.0, 4.0, 1.0], 1), ([0.0, -1.0, 3.0], 0), ([-2.0, -3.0, -1.0], 2)]
    monkeypatch.setattr(row_limits, "_places", lambda _: places)
    monkeypatch.setattr(row_limits, "WRITTEN", toy.WORDS[:3])
    shares = {word: short / own for word, (short, own) in shortest_rows(TABLES).items()}
    assert shares == {toy.WORDS[0]: np.inf, toy.WORDS[1]: 0.5, toy.WORDS[2]: 0.0}


def scaled(word, factor):
    """Whether all quotes stand when a word's scores, where it is right, are scaled."""
    for read, text in toy.PAIRS:
        ids = encode(["<start>", *text.split(), "<end>"], toy.WORDS)
        scores = np.array(transformer(TABLES, encode(read, toy.WORDS), ids[:-1]))
        own = (np.arange(len(ids) - 1)[ids[1:] == toy.WORDS.index(word)],)
        scores[(*own, toy.WORDS.index(word))] *= factor
        if (scores.argmax(axis=1) != ids[1:]).any():
            return False
    return True


def test_probabilities_with_a_shorter_row():
    found = shorter(TABLES, 0.7)
    assert [word for word, _ in found] == [
        word for _, text in toy.PAIRS for word in (*text.split(), "<end>")
    ]
    read, written = QUOTE
    ids = encode(["<start>", *written.split()], toy.WORDS)
    scores = np.array(transformer(TABLES, encode(read, toy.WORDS), ids))[4]
    own = np.exp(0.7 * scores[toy.WORDS.index("die")])
    others = np.exp(np.delete(scores, toy.WORDS.index("die"))).sum()
    assert dict(found)["die"] == pytest.approx(own / (own + others), rel=1e-12)
