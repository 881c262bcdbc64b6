"""What the chapter on the soft dictionary says of the A/B game, proved."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest

from tests.claims.claim import says
from tfmath.parts.softmax import softmax
from tfmath.study.ab_game import hand_set, longest_game, play, right_answers, share_of_b


def one_b(n, place=0):
    letters = np.zeros(n, dtype=int)
    letters[place] = 1
    return letters


def every_game(n):
    return np.array(list(itertools.product([0, 1], repeat=n)))


# The game: outvoted ---------------------------------------------------------------------


@says("Every letter asks the same question, 1.")
def test_the_tables_are_the_ones_told():
    tables = {name: table.ravel().tolist() for name, table in hand_set(3).items()}
    assert tables == {"W_Q": [1, 1], "W_K": [0, 3], "W_V": [0, 1]}


@says(
    "With a pencil: the last place sees three A's and one B, so the share of the B is "
    "$4 / (4 + 3)$, above one half, and it says B.",
    "If the B stood first or second, it would be the same: a sum does not ask for the "
    "order.",
    "(To AABAA say AABBB.)",
)
def test_it_does_not_matter_where_the_b_stands():
    assert right_answers([0, 0, 1, 0, 0]).tolist() == [0, 0, 1, 1, 1]
    for place in range(4):
        share = share_of_b(one_b(4, place), math.log(4))
        assert share[-1] == pytest.approx(4 / 7) and 4 / 7 > 1 / 2
    for some in every_game(6):
        orders = set(itertools.permutations(some.tolist()))
        shares = [share_of_b(order, math.log(4))[-1] for order in orders]
        np.testing.assert_allclose(shares, shares[0], rtol=1e-12)


@says(
    "After four: 4 against 4 is one half, and not above it.",
    "**The A's outvote the B.**",
)
def test_four_as_are_a_draw():
    share = [Fraction(4, 4 + n_a) for n_a in range(9)]
    np.testing.assert_allclose(share_of_b(one_b(9), math.log(4)), np.array(share, float))
    assert [s > Fraction(1, 2) for s in share] == [True] * 4 + [False] * 5


@says(
    "With $c = 3$: 20 A's lose against 20.09, the 21st wins.",
    "At the 22nd letter comes the first mistake.",
)
def test_the_22nd_letter():
    assert 20 < math.e**3 < 21 and round(math.e**3, 2) == 20.09
    assert play(one_b(22), 3, line=0.5).tolist() == [1] * 21 + [0]


@says(
    "One B is the hardest case: every further B brings $e^c$ votes, and there is one A "
    "less.",
    "So the game is right up to length $n$ if $c$ is above $\\ln (n - 1)$.",
    "(Without a B the share is 0.)",
    "A $c$ of 20 is enough for 485 million letters.",
    "But the logarithm grows, and no $c$ is enough for all lengths.",
    "A score that grows with the length is enough: multiply it by $\\ln n$, and with "
    "$c = 1$ a B counts $e^{\\ln n} = n$, more than $n - 1$ A's.",
)
def test_how_large_c_must_be():
    for n in range(2, 11):
        above, below = (math.log(n - 1) + d for d in (1e-6, -1e-6))
        games = every_game(n)
        assert (play(games, above, 0.5) == right_answers(games)).all()
        if below >= 0:
            assert (play(games, below, 0.5) != right_answers(games)).any()
    for n in (100, 1000):
        assert share_of_b(np.zeros(n, dtype=int), 1.5)[-1] == 0
        for count in (1, 2, 5):
            letters = np.zeros(n, dtype=int)
            letters[:count] = 1
            share = share_of_b(letters, 1.5)[-1]
            assert share >= share_of_b(one_b(n), 1.5)[-1]
    assert 485e6 < longest_game(20) < 486e6
    for n in (2, 30, 1000):
        assert share_of_b(one_b(n), 1.0 * math.log(n))[-1] > 1 / 2
        assert n < 30 or share_of_b(one_b(n), 0.9 * math.log(n))[-1] < 1 / 2
    for c in (0, 1, 5, 20, 300):
        n = 2 * math.ceil(math.exp(c)) + 1  # one B, more A's than it has votes
        assert n - 1 > math.exp(c) and math.isfinite(longest_game(c))


# The game: perfect ----------------------------------------------------------------------


@says(
    "Every key is 0, every letter counts 1.",
    "It makes none, at any length.",
    "**The player who listens to all alike is perfect.**",
    "No B so far: the share is an average of zeros.",
    "$k$ letters of $n$ were B: the share is $k/n$, at least $1/n$, and that is above 0.",
    "With the line at 0, $c = 3$ makes no mistake either: what was wrong was the line.",
)
def test_who_looks_at_all_alike_makes_no_mistake():
    assert not hand_set(0)["W_K"].any()
    for sharpness, n in itertools.product((0, 3), range(1, 11)):
        games = every_game(n)
        assert (play(games, sharpness) == right_answers(games)).all()
    rng = np.random.default_rng(3)
    for n in (1000, 2500):
        for letters in (one_b(n), one_b(n, n // 2), (rng.random(n) < 0.1) + 0):
            count, share = np.cumsum(letters), share_of_b(letters)
            np.testing.assert_allclose(share, count / np.arange(1, n + 1), rtol=1e-9)
            assert ((share > 0) == (count > 0)).all()
            assert (play(letters, 3) == right_answers(letters)).all()
    assert (share_of_b(np.zeros(1500, dtype=int)) == 0).all()
    assert longest_game(0, line=0) == math.inf


@says(
    "Any line above 0 is crossed by $1/n$ when $n$ is large enough.",
    "One B among $n$ letters has the share $e^c / (e^c + n - 1)$.",
    "With $c$ fixed, of the lines from 0 to 1 only 0 stays below it at all lengths.",
)
def test_the_line_is_what_was_wrong():
    for line, c in itertools.product((0.5, 0.1, 1e-3, 1e-9), (0, 1, 3)):
        n = longest_game(c, line) + 1
        grown = math.exp(c)
        assert grown / (grown + n - 1) <= line < grown / (grown + n - 2)
    for c, n in itertools.product((0, 1, 3), (2, 30, 900)):
        law = math.exp(c) / (math.exp(c) + n - 1)
        assert share_of_b(one_b(n), c)[-1] == pytest.approx(law, rel=1e-12)


def encoded(x, layers):
    """Two layers of attention, each followed by a step that bends and adds."""
    for w_q, w_k, w_v, w_in, w_out in layers:
        x = x + softmax(x @ w_q @ (x @ w_k).T) @ (x @ w_v)
        x = x + np.tanh(x @ w_in) @ w_out
    return x


@says(
    "(If the numbers of an encoder and the slopes of its layers do not grow with $n$, one "
    "earlier letter moves its last row by a constant over $n$ at most: Hahn, "
    '"Theoretical Limitations of Self-Attention", 2020.)'
)
def test_one_earlier_letter_moves_an_encoder_by_a_constant_over_n():
    rng = np.random.default_rng(0)
    layers, rows = rng.normal(size=(2, 5, 4, 4)) * 0.3, rng.normal(size=(2, 4))
    moved = {}
    for n in (50, 200, 800):
        letters = rng.integers(0, 2, n)
        other = letters.copy()
        other[0] = 1 - other[0]
        change = abs(encoded(rows[letters], layers) - encoded(rows[other], layers)).max(1)
        moved[n] = n * change[-1]
        assert change[0] > 0.5  # its own row is another matter
    assert max(moved.values()) < 2 * min(moved.values())
    for n in (10, 1000):  # nor does it hold where a score grows with the length
        assert share_of_b(one_b(n), math.log(n))[-1] > 1 / 2


# What breaks it -------------------------------------------------------------------------


@says(
    "A share is of use only if it can be told from 0.",
    "A machine loses the share, too, as soon as it is added to something large: with the "
    "11 binary digits of `np.float16`, 1 + 1/n is 1 from n = 2048 on.",
    "At 101: 1/101 is below one hundredth.",
    "For any $c$ the share is below 1/10 when $n - 1 > 9\\,e^c$, and below 1/100 when "
    "$n - 1 > 99\\,e^c$.",
    "So, once the game is long, a second decimal moves the first mistake about 11 times as "
    "far, and a $c$ larger by 1 about e times.",
    "**A sharp player needs fewer decimals.**",
)
def test_cutting_loses_the_b():
    first = {
        (c, d): 1 + int((np.trunc(share_of_b(one_b(2000), c) * 10**d) == 0).argmax())
        for c in range(4)
        for d in (1, 2)
    }
    assert (first[0, 1], first[3, 1]) == (11, 182)  # as the title of the picture says
    assert first[0, 2] == 101 and 1 / 101 < 1 / 100 == 0.01
    for (c, d), n in first.items():
        assert n == first_loss(c, d)
    assert np.finfo(np.float16).nmant + 1 == 11  # the leading 1 is not stored
    half = [np.float16(1) + np.float16(1 / n) for n in (2047, *range(2048, 5000))]
    assert half[0] > 1 and set(half[1:]) == {1}
    for c in range(3, 25):
        assert first_loss(c, 2) / first_loss(c, 1) == pytest.approx(11, rel=0.01)
        for d in (1, 2):
            further = first_loss(c + 1, d) / first_loss(c, d)
            assert further == pytest.approx(math.e, rel=0.01)


def first_loss(c, decimals):
    """The least n with n - 1 above 9, or 99, times e to c."""
    return 2 + math.floor((10**decimals - 1) * math.exp(c))
