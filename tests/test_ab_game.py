"""The A/B game: answers by plain Python, shares by counting, lengths by trying them all."""

import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tfmath.errors import DtypeError, ShapeError
from tfmath.study.ab_game import (
    draw_games,
    hand_set,
    longest_game,
    play,
    right_answers,
    share_of_b,
)

words = st.lists(st.integers(0, 1), min_size=1, max_size=30)


def said(letters):
    """The rule as it is told, letter by letter."""
    return [int("B" in letters[: place + 1]) for place in range(len(letters))]


@given(st.text("AB", min_size=1, max_size=30))
def test_the_answers_are_the_rule(letters):
    ids = [int(letter == "B") for letter in letters]
    assert right_answers(ids).tolist() == said(letters)
    assert right_answers([ids, ids]).tolist() == [said(letters)] * 2


@given(words, st.floats(0, 6))
def test_the_share_is_the_formula(letters, c):
    seen = [letters[: place + 1] for place in range(len(letters))]
    counts = [(sum(some) * math.exp(c), len(some) - sum(some)) for some in seen]
    found = share_of_b(letters, c)
    np.testing.assert_allclose(found, [k / (k + m) for k, m in counts], rtol=0, atol=1e-14)


def test_the_head_is_pytorchs():
    letters, tables = draw_games(np.random.default_rng(3), 5, 7), hand_set(1.3)
    x = torch.nn.functional.one_hot(torch.tensor(letters), 2).double()
    query, key, value = (x @ torch.tensor(table) for table in tables.values())
    expected = torch.nn.functional.scaled_dot_product_attention(
        query, key, value, is_causal=True
    )
    np.testing.assert_allclose(share_of_b(letters, 1.3), expected[..., 0], atol=1e-14)


# Always right -----------------------------------------------------------------------------


@pytest.mark.parametrize("sharpness", [0.0, 0.5, 3.0, 1000.0])
def test_with_the_line_at_0_all_short_games_are_right(sharpness):
    for n in range(1, 9):
        games = np.array(list(product([0, 1], repeat=n)))
        assert (play(games, sharpness) == right_answers(games)).all()


@given(words)
def test_without_sharpness_the_share_is_at_least_one_nth(letters):
    share = share_of_b(letters)
    for n, (found, right) in enumerate(zip(share, right_answers(letters), strict=True), 1):
        assert found >= float(Fraction(1, n)) - 1e-15 if right else found == 0


@pytest.mark.parametrize("sharpness", [0.0, 3.0, 1000.0])
def test_long_games_are_right(sharpness):
    n = 1500
    single = np.zeros((3, n), dtype=int)
    single[0, 0] = single[1, n - 1] = 1  # the third has no B at all
    assert (play(single, sharpness) == right_answers(single)).all()


# Right up to a length ---------------------------------------------------------------------


def first_mistake(sharpness, line, n=450):
    """At which place a B followed by A's is first answered wrongly, counted from 1."""
    wrong = play([1] + [0] * (n - 1), sharpness, line) == 0
    return int(wrong.argmax()) + 1 if wrong.any() else None


@pytest.mark.parametrize("line", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("sharpness", [0.3, 1.0, 2.0, 3.0])
def test_the_longest_game_is_where_the_first_mistake_comes(sharpness, line):
    assert first_mistake(sharpness, line) == longest_game(sharpness, line) + 1


@pytest.mark.parametrize("sharpness", [0.5, 1.0, 1.5])
def test_no_other_letters_are_harder_than_one_b(sharpness):
    longest = longest_game(sharpness)
    for n in range(1, 9):
        games = np.array(list(product([0, 1], repeat=n)))
        right = (play(games, sharpness, 0.5) == right_answers(games)).all()
        assert right == (n <= longest)


def test_the_longest_game_by_hand():
    # e = 2.718…, e² = 7.389…, e³ = 20.085…: so many A's does a B weigh
    assert [longest_game(c) for c in (1, 2, 3)] == [3, 8, 21]
    assert longest_game(2, line=0.2) == 30  # four times 7.389 is 29.56
    assert longest_game(0.0, 0.0) == longest_game(1e9) == math.inf
    assert longest_game(700, 1e-9) == math.inf
    assert longest_game(0.0, 1e-9) == 999_999_999


def test_who_sees_later_letters_answers_too_early():
    assert share_of_b([0, 0, 1, 0], causal=False).tolist() == [0.25] * 4
    assert share_of_b([0, 0, 1, 0]).tolist()[:2] == [0, 0]


# Drawn games ------------------------------------------------------------------------------


def test_games_with_one_b_on_average():
    n = 20
    letters = draw_games(np.random.default_rng(1), 20000, n)
    assert letters.shape == (20000, n) and set(np.unique(letters)) == {0, 1}
    assert abs(letters.sum(axis=1).mean() - 1) < 0.03
    assert abs((letters.sum(axis=1) == 0).mean() - (1 - 1 / n) ** n) < 0.02
    assert np.abs(letters.mean(axis=0) - 1 / n).max() < 0.01
    assert draw_games(np.random.default_rng(1), 3, 1).tolist() == [[1]] * 3


def test_as_many_games_as_letters():
    square = draw_games(np.random.default_rng(2), 6, 6)
    assert share_of_b(square, 0.5).tolist() == [share_of_b(g, 0.5).tolist() for g in square]


# Bad input --------------------------------------------------------------------------------

RNG = np.random.default_rng(0)
BAD = {
    "a third letter": (lambda: right_answers([0, 2]), ValueError, "letters holds 2 at"),
    "text": (lambda: right_answers(list("AB")), DtypeError, "right_answers: letters"),
    "one letter": (lambda: play(1), ShapeError, "letters is a single number; give a row"),
    "sharpness": (lambda: play([0], -1), ValueError, "hand_set: sharpness is -1; .*0 or"),
    "line 1": (lambda: play([0], 1, 1), ValueError, "play: line is 1; .*below 1"),
    "line": (lambda: longest_game(1, -0.5), ValueError, r"longest_game: line is -0\.5"),
    "length 0": (lambda: draw_games(RNG, 1, 0), ValueError, "draw_games: length is 0"),
    "seed": (lambda: draw_games(0, 1, 5), TypeError, "draw_games: rng is 0"),
    "causal": (lambda: share_of_b([0], causal="no"), TypeError, "causal is 'no'"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_told(name):
    call, kind, words = BAD[name]
    with pytest.raises(kind, match=words):
        call()


def test_no_letters_no_answers():
    assert play([]).shape == right_answers([]).shape == (0,)
