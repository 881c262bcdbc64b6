"""What the chapter on the soft dictionary says, proved."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest

from tests.claims.claim import says
from tfmath.attention.dot_product import attend
from tfmath.parts.softmax import softmax
from tfmath.study.ab_game import hand_set, longest_game, play, right_answers, share_of_b

CHAPTER = "04_a_soft_dictionary.ipynb"
DEFINITIONS = (
    "On every drawer stands a **key**, in it lies a **value**.",
    "Now ask for a key that is *nearly* there (the error is intended):",
    "Shares may not: none of them is negative, and together they are 1.",
    "Five queries: half-way between the keys, (1, 1); ours, (3, 1); ours, doubled, (6, 2); "
    "nothing, (0, 0); the opposite of ours, (−3, −1).",
    "After each letter say A if all letters so far were A, and B once any of them was B.",
    "A soft dictionary need not: at every place it looks at all letters so far, again.",
    "The letters are a B and then nothing but A's.",
    '"All letters *so far*": each place looks at itself and back.',
)

KEY, VALUE = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[22.0], [12.0]])


def weights_of(*query):
    return softmax(KEY @ np.array(query, dtype=float))


def price_of(*query):
    return float(weights_of(*query) @ VALUE[:, 0])


def one_b(n, place=0):
    letters = np.zeros(n, dtype=int)
    letters[place] = 1
    return letters


def every_game(n):
    return np.array(list(itertools.product([0, 1], repeat=n)))


# A mixture of values --------------------------------------------------------------------


@says("One letter more, and the dictionary knows nothing.")
def test_nearly_the_key_is_no_key():
    car = {"color": "blue", "age": 22, "type": "pickup"}
    assert sorted("colour") == sorted("color" + "u")
    with pytest.raises(KeyError):
        car["colour"]


@says(
    "That is always positive (even $2^{-1} = 1/2$), and here it is $2^3 = 8$ and "
    "$2^1 = 2$.",
    "Then divide by the sum: 8/10 and 2/10.",
)
def test_powers_of_two_are_positive():
    assert 2.0**-1 == 1 / 2 and (2**3, 2**1) == (8, 2)
    assert (2.0 ** np.linspace(-1000, 1000, 999) > 0).all()
    scores = KEY @ [3, 1]
    assert (2.0**scores / (2.0**scores).sum()).tolist() == [8 / 10, 2 / 10]


@says(
    "No car on the list costs 20.",
    'The answer is a mixture, as in "half of *you*, half of *die*", and it lies between '
    "the lowest value and the highest.",
)
def test_an_answer_lies_between_the_values():
    assert 0.8 * 22 + 0.2 * 12 == pytest.approx(20) and 20 not in VALUE
    rng = np.random.default_rng(0)
    for _ in range(200):
        query, key, value = (rng.normal(size=s) for s in ((4, 3), (6, 3), (6, 2)))
        answer = attend(query, key, value, scale=1)
        assert (answer > value.min(axis=0)).all() and (answer < value.max(axis=0)).all()


@says(
    "For the pickup, e³ over e³ + e¹ is 0.881.",
    "Whatever number is raised, the better key gets more; how much more, depends on the "
    "number.",
)
def test_any_number_above_1_can_be_raised():
    assert round(math.e**3 / (math.e**3 + math.e), 3) == 0.881
    shares = [base**3 / (base**3 + base) for base in (1.01, 2, math.e, 10, 1000)]
    assert shares == sorted(shares) and shares[0] > 0.5 and len(set(shares)) == 5


@says(
    "The keys $K$ are turned on their side, and row times column gives all scores in one "
    "product."
)
def test_one_product_gives_every_score():
    rng = np.random.default_rng(1)
    query, key = rng.normal(size=(5, 3)), rng.normal(size=(4, 3))
    single = [[sum(a * b for a, b in zip(q, k, strict=True)) for k in key] for q in query]
    np.testing.assert_allclose(query @ key.T, single, atol=1e-14)


@says(
    "*Half-way*: both keys fit alike, and the price is the mean, 17.",
    "*Doubled*: the same direction, and a surer answer.",
    "The pickup's weight grew from 0.881 to 0.982.",
    "*Nothing*: both scores are 0, and the price is the mean again.",
    "A soft dictionary answers even if you asked for nothing.",
    "*Opposite*: now the sports car fits better, for its score is −1 and the pickup's is "
    "−3.",
)
def test_five_customers():
    assert price_of(1, 1) == price_of(0, 0) == VALUE.mean() == 17
    assert [round(float(weights_of(*q)[0]), 3) for q in ((3, 1), (6, 2))] == [0.881, 0.982]
    assert (KEY @ [0, 0] == 0).all() and (KEY @ [-3, -1]).tolist() == [-3, -1]
    assert weights_of(-3, -1).argmax() == 1


@says(
    "**The direction of a query says what it looks for, its length how sure it is.**",
    "Where one key fits best, its weight runs to 1 as the query grows, and the soft "
    "dictionary becomes the old one.",
    "Where two keys fit equally well, no length helps.",
    "A longer query makes sharper weights; a query of zeros takes the mean.",
)
def test_what_the_length_of_a_query_does():
    rng = np.random.default_rng(2)
    for _ in range(50):
        key, query = rng.normal(size=(5, 3)), rng.normal(size=3)
        best = (key @ query).argmax()
        largest = [softmax(key @ query * t)[best] for t in (0, 1, 2, 4, 8, 1e5)]
        assert largest == sorted(largest)
        assert largest[0] == pytest.approx(1 / 5) and largest[-1] > 1 - 1e-9
        order = [tuple(np.argsort(softmax(key @ query * t))) for t in (1, 2, 4)]
        assert len(set(order)) == 1
    for t in (0, 1, 100, 1e6):
        assert weights_of(t, t).tolist() == [0.5, 0.5]


# The game: outvoted ---------------------------------------------------------------------


@says("Every letter asks the same question, 1.")
def test_the_tables_are_the_ones_told():
    tables = {name: table.ravel().tolist() for name, table in hand_set(3).items()}
    assert tables == {"W_Q": [1, 1], "W_K": [0, 3], "W_V": [0, 1]}


@says(
    "With a pencil: the last place sees three A's and one B, so the share of the B is "
    "$4 / (4 + 3)$, above one half, and it says B.",
    "It would be the same if the B stood first or second: a sum has no order, and in this "
    "game none is needed.",
)
def test_it_does_not_matter_where_the_b_stands():
    for place in range(4):
        share = share_of_b(one_b(4, place), math.log(4))
        assert share[-1] == pytest.approx(4 / 7) and 4 / 7 > 1 / 2
    for n in range(1, 7):
        for some in every_game(n):
            orders = {tuple(order) for order in itertools.permutations(some)}
            assert len({right_answers(order)[-1] for order in orders}) == 1


@says(
    "After four: 4 against 4 is one half, and not above it.",
    "**The A's outvote the B.**",
    "A larger $c$ gives the B more votes.",
)
def test_four_as_are_a_draw():
    share = [Fraction(4, 4 + n_a) for n_a in range(9)]
    np.testing.assert_allclose(share_of_b(one_b(9), math.log(4)), np.array(share, float))
    assert [s > Fraction(1, 2) for s in share] == [True] * 4 + [False] * 5
    found = [share_of_b(one_b(9), c)[-1] for c in (0, 1, 2, 3)]
    assert found == sorted(found) and len(set(found)) == 4


@says(
    "With $c = 3$: 20 A's lose against 20.09, the 21st wins.",
    "So 21 letters are played right, and at the 22nd comes the first mistake.",
)
def test_the_22nd_letter():
    assert 20 < math.e**3 < 21 and round(math.e**3, 2) == 20.09
    assert play(one_b(22), 3, line=0.5).tolist() == [1] * 21 + [0]


@says(
    "One B is the hardest case, for with every further B there is one vote more for B, and "
    "one A less.",
    "So the game is right up to length $n$ if $c$ is above $\\ln (n - 1)$.",
    "The logarithm grows slowly: $c = 20$ is enough for 485 million letters.",
    "But it grows, and no $c$ is enough for all lengths.",
)
def test_how_large_c_must_be():
    for n in range(2, 11):
        above, below = (math.log(n - 1) + d for d in (1e-6, -1e-6))
        games = every_game(n)
        assert (play(games, above, 0.5) == right_answers(games)).all()
        if below >= 0:
            assert (play(games, below, 0.5) != right_answers(games)).any()
    for n in (100, 1000):
        for count in (1, 2, 5):
            letters = np.zeros(n, dtype=int)
            letters[:count] = 1
            share = share_of_b(letters, 1.5)[-1]
            assert share >= share_of_b(one_b(n), 1.5)[-1]
    assert 485e6 < longest_game(20) < 486e6
    for c in (0, 1, 5, 20, 300):
        n = 2 * math.ceil(math.exp(c)) + 1  # one B, more A's than it has votes
        assert n - 1 > math.exp(c) and math.isfinite(longest_game(c))


# The game: perfect ----------------------------------------------------------------------


@says(
    "Every key is 0, every letter counts 1, the dictionary looks at nothing in particular.",
    "It makes none, at any length.",
    "**The player who listens to all alike is perfect.**",
    "No B so far: the share is an average of zeros.",
    "$k$ letters of $n$ were B: the share is $k/n$, at least $1/n$, and that is above 0.",
    "No length occurs in these two lines, so they hold for every length.",
    "(With the line at 0, $c = 3$ makes no mistake either.)",
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
    "We had looked at the B closely enough; what was wrong was the line.",
    "Any line above 0 is crossed by $1/n$ when $n$ is large enough.",
    "One B among $n$ letters has the share $e^c / (e^c + n - 1)$.",
    "Only the line 0 stays below it at all lengths.",
)
def test_the_line_is_what_was_wrong():
    for line, c in itertools.product((0.5, 0.1, 1e-3, 1e-9), (0, 1, 3)):
        n = longest_game(c, line) + 1
        grown = math.exp(c)
        assert grown / (grown + n - 1) <= line < grown / (grown + n - 2)
    for c, n in itertools.product((0, 1, 3), (2, 30, 900)):
        law = math.exp(c) / (math.exp(c) + n - 1)
        assert share_of_b(one_b(n), c)[-1] == pytest.approx(law, rel=1e-12)


# What breaks it -------------------------------------------------------------------------


@says(
    "Because of rounding.",
    "At 20: 1/20 lies half-way between 0 and one tenth, and NumPy rounds it to 0.",
    "One decimal more moves the first mistake about ten times as far, and a $c$ that is "
    "larger by 1 moves it almost e times as far.",
    "**A sharp player needs fewer decimals.**",
)
def test_rounding_loses_the_b():
    first = {
        (c, d): 1 + int((share_of_b(one_b(1500), c).round(d) == 0).argmax())
        for c in (0, 1, 2)
        for d in (1, 2)
    }
    assert (first[0, 1], first[0, 2]) == (20, 200) and np.round(1 / 20, 1) == 0
    for d in (1, 2):
        for c in (0, 1):
            assert 0.97 * math.e < first[c + 1, d] / first[c, d] < math.e
    for c in (0, 1, 2):
        assert 10 <= first[c, 2] / first[c, 1] < 10.5


@says("Then it says B before the B has come.")
def test_who_looks_ahead_says_b_too_early():
    letters = [0, 0, 1, 0]
    ahead = share_of_b(letters, causal=False) > 0
    assert ahead.all() and right_answers(letters).tolist() == [0, 0, 1, 1]


@says("**We can** look up softly: any query gets an answer, a mixture of all values.")
def test_any_query_gets_an_answer():
    rng = np.random.default_rng(4)
    query, key, value = (rng.normal(size=s) for s in ((50, 3), (6, 3), (6, 2)))
    weights = softmax(query @ key.T)
    assert np.isfinite(weights @ value).all() and (weights > 0).all()
