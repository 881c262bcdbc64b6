"""Which tables need not be learned, in the chapter on the way back, proved."""

import numpy as np

from tests.claims.claim import says
from tfmath import toy
from tfmath.model.parameters import starting_values
from tfmath.study.between import average_of
from tfmath.study.held_still import HELD
from tfmath.study.measured import measured


@says(
    "Any one kind can stay as it began, but for the embedding: then no start of ten learns "
    "all three.",
    "The embedding learned alone, with all else as it began, is enough from eight of ten.",
    "What need not be learned, a loss cannot judge.",
)
def test_what_may_stay_as_it_was_drawn():
    columns = measured("held_still")
    right = dict(zip(HELD, np.reshape(columns["right"], (-1, 10)), strict=True))
    assert list(dict.fromkeys(columns["held"])) == list(right)
    all_three = {held: int((row == 3).sum()) for held, row in right.items()}
    assert (all_three["the embedding"], all_three["all but the embedding"]) == (0, 8)
    kinds = [held for held in HELD if "embedding" not in held]
    assert [all_three[held] for held in kinds] == [10] * len(kinds)
    ends_of_names = sum((HELD[held] for held in kinds), ())
    assert all(name.endswith((*ends_of_names, "embedding")) for name in toy.SIZES)


@says(
    "An average of six other rows. So its score is this average of their scores, whatever "
    "the decoder hands over, and **an average never beats them all**: no training of the "
    "rest can make the model say `die`.",
    "On nine of the ten starts it is so for a word of the quotes.",
)
def test_a_word_between_others():
    """Where it is so the quote is not learned, with the embedding as it began."""
    columns = measured("held_still")
    right = dict(zip(HELD, np.reshape(columns["right"], (-1, 10)), strict=True))
    quotes, hopeless = [{*quote.split(), "<end>"} for _, quote in toy.PAIRS], []
    for seed in range(10):
        rows = starting_values(np.random.default_rng(seed), toy.SIZES)["embedding"]
        between = {w for w in set().union(*quotes) if shares_of(rows, w) is not None}
        hopeless.append(bool(between))
        possible = sum(not quote & between for quote in quotes)
        assert right["the embedding"][seed] <= possible
    assert sum(hopeless) == 9
    rows = starting_values(np.random.default_rng(1), toy.SIZES)["embedding"]
    assert np.count_nonzero(shares_of(rows, "die")) == 6
    scores = np.random.default_rng(0).normal(size=(999, 5)) @ rows.T
    die = toy.WORDS.index("die")
    assert (scores[:, die] < np.delete(scores, die, axis=1).max(axis=1)).all()


def shares_of(rows, word):
    place = toy.WORDS.index(word)
    return average_of(rows[place], np.delete(rows, place, axis=0))
