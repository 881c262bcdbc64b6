"""What the chapter on the soft dictionary says, proved."""

import math

import numpy as np
import pytest

from tests.claims.ab_game import (  # noqa: F401  (tests, run from here)
    test_cutting_loses_the_b,
    test_four_as_are_a_draw,
    test_how_large_c_must_be,
    test_it_does_not_matter_where_the_b_stands,
    test_one_earlier_letter_moves_an_encoder_by_a_constant_over_n,
    test_the_22nd_letter,
    test_the_line_is_what_was_wrong,
    test_the_tables_are_the_ones_told,
    test_who_looks_at_all_alike_makes_no_mistake,
)
from tests.claims.claim import output, says
from tfmath.attention.dot_product import attend
from tfmath.parts.softmax import softmax

CHAPTER = "05_a_soft_dictionary.ipynb"
DEFINITIONS = (
    "Every drawer has a **key** on its front and a **value** inside.",
    "Now ask for a key that is *nearly* there (the error is intended):",
    "Shares may not, and together they are 1.",
    "Five queries: one that both keys fit alike, (2, 1); ours, (4, 1); ours, doubled, "
    "(8, 2); nothing, (0, 0); the opposite of ours, (−4, −1).",
    "After each letter say A if all letters so far were A, and B once any of them was B.",
    "It keeps the letters themselves, and at every place it looks at all letters so far, "
    "again.",
    "The letters are a B and then nothing but A's.",
)

KEY, VALUE = np.array([[1.0, -1.0], [0.0, 1.0]]), np.array([[22.0], [12.0]])


def weights_of(*query):
    return softmax(KEY @ np.array(query, dtype=float))


def price_of(*query):
    return float(weights_of(*query) @ VALUE[:, 0])


# A mixture of values --------------------------------------------------------------------


@says("One letter more, and the dictionary knows nothing.")
def test_nearly_the_key_is_no_key():
    car = {"color": "blue", "age": 22, "type": "pickup"}
    assert sorted("colour") == sorted("color" + "u")
    with pytest.raises(KeyError):
        car["colour"]


@says(
    "So first raise 2 to each score: $2^3 = 8$ and $2^1 = 2$, positive even for a score "
    "below 0 ($2^{-1} = 1/2$).",
    "One point more counts twice as much.",
    "Then divide by the sum: 8/10 and 2/10.",
)
def test_powers_of_two_are_positive():
    assert 2.0**-1 == 1 / 2 and (2**3, 2**1) == (8, 2)
    scores = np.linspace(-1000, 1000, 999)
    assert (2.0**scores > 0).all()
    np.testing.assert_allclose(2.0 ** (scores + 1), 2 * 2.0**scores)
    scores = KEY @ [4, 1]
    assert scores.tolist() == [3, 1]
    assert (2.0**scores / (2.0**scores).sum()).tolist() == [8 / 10, 2 / 10]


@says(
    "No car on the list costs 20.",
    "The answer is a mixture, like (½, 0, ½) times a table in "
    "[Embeddings](02_embeddings.ipynb), and it lies between the lowest value and the "
    "highest.",
)
def test_an_answer_lies_between_the_values():
    assert 0.8 * 22 + 0.2 * 12 == pytest.approx(20) and 20 not in VALUE
    assert "(½, 0, ½) times the table" in output("02_embeddings.ipynb", "c12")
    rng = np.random.default_rng(0)
    for _ in range(200):
        query, key, value = (rng.normal(size=s) for s in ((4, 3), (6, 3), (6, 2)))
        answer = attend(query, key, value, scale=1)
        assert (answer > value.min(axis=0)).all() and (answer < value.max(axis=0)).all()


@says(
    "For the pickup, e³ over e³ + e¹ is 0.881.",
    "To raise 2 changes nothing but the scale: $2^s = e^{0.693\\dots s}$, so 2 is e with a "
    "shorter query.",
)
def test_to_raise_2_is_to_raise_e_for_a_shorter_query():
    assert round(math.e**3 / (math.e**3 + math.e), 3) == 0.881
    assert round(math.log(2), 3) == 0.693
    for query in np.random.default_rng(6).normal(size=(50, 2)) * 5:
        raised = 2.0 ** (KEY @ query)
        np.testing.assert_allclose(weights_of(*math.log(2) * query), raised / raised.sum())


@says(
    "The keys $K$ are turned on their side, and row times column gives all scores in one "
    "product.",
    "Softmax works along each row, and a second product mixes the rows of $V$, here one "
    "number each: shapes $(5 \\times 2)(2 \\times 2)(2 \\times 1)$ give $5 \\times 1$.",
)
def test_one_product_gives_every_score():
    rng = np.random.default_rng(1)
    query, key = rng.normal(size=(5, 3)), rng.normal(size=(4, 3))
    single = [[sum(a * b for a, b in zip(q, k, strict=True)) for k in key] for q in query]
    np.testing.assert_allclose(query @ key.T, single, atol=1e-14)
    value, weights = rng.normal(size=(4, 6)), softmax(query @ key.T)
    mixed = [sum(w * v for w, v in zip(row, value, strict=True)) for row in weights]
    np.testing.assert_allclose(weights @ value, mixed, atol=1e-14)
    assert KEY.shape == (2, 2) and VALUE.shape == (2, 1)
    assert (softmax(np.ones((5, 2)) @ KEY.T) @ VALUE).shape == (5, 1)


@says(
    "*Alike*: both scores are 1, and the price is the mean, 17.",
    "*Doubled*: a surer answer.",
    "The pickup's weight grew from 0.881 to 0.982.",
    "*Nothing*: both scores are 0, and the price is the mean again.",
    "A soft dictionary answers even if you asked for nothing.",
    "*Opposite*: now the sports car fits better, for its score is −1 and the pickup's is "
    "−3.",
)
def test_five_customers():
    assert (KEY @ [2, 1]).tolist() == [1, 1]
    assert price_of(2, 1) == price_of(0, 0) == VALUE.mean() == 17
    assert [round(float(weights_of(*q)[0]), 3) for q in ((4, 1), (8, 2))] == [0.881, 0.982]
    assert (KEY @ [0, 0] == 0).all() and (KEY @ [-4, -1]).tolist() == [-3, -1]
    assert weights_of(-4, -1).argmax() == 1


@says(
    "**Along one direction, a longer query is surer, unless all keys fit alike.**",
    "The same query, lengthened, makes sharper weights, unless all keys fit alike; a query "
    "of zeros takes the mean.",
)
def test_a_longer_query_of_one_direction_is_surer():
    rng = np.random.default_rng(2)
    for _ in range(200):
        key, query = rng.normal(size=(5, 3)), rng.normal(size=3)
        weights = [softmax(key @ query * t) for t in (0, 0.5, 1, 2, 4)]
        largest = [w.max() for w in weights]
        unsure = [-(w * np.log(w)).sum() for w in weights]
        assert (np.diff(largest) > 0).all() and (np.diff(unsure) < 0).all()
        assert largest[0] == pytest.approx(1 / 5)
    for t in (0, 1, 100, 1e6):
        assert weights_of(2 * t, t).tolist() == [0.5, 0.5]


@says(
    "(A long *key* is loud: it moves the score more than a short one of the same "
    "direction.)",
)
def test_what_else_a_score_is_made_of():
    for query in np.random.default_rng(4).normal(size=(50, 2)):
        assert abs(query @ (3 * KEY[0])) > abs(query @ KEY[0])


@says(
    "The lines of one price run side by side, for only the difference of the scores "
    "counts: for the query (x, y) it is $(x - y) - y$.",
    "The scores 13 and 11 have the weights of 3 and 1.",
)
def test_a_price_hangs_on_the_difference_of_the_scores():
    rng = np.random.default_rng(3)
    for x, y, further in rng.normal(size=(50, 3)) * 3:
        pickup, sports_car = KEY @ [x, y]
        assert pickup - sports_car == pytest.approx((x - y) - y)
        aside = price_of(x + 2 * further, y + further)  # along the lines
        assert aside == pytest.approx(price_of(x, y), rel=1e-12)
        assert price_of(x + abs(further), y) > price_of(x, y)  # from line to line
    np.testing.assert_allclose(softmax([13.0, 11.0]), softmax([3.0, 1.0]), rtol=1e-12)


@says("Far out a small turn crosses all five: a steep step, but no price jumps.")
def test_far_out_a_small_turn_crosses_the_lines():
    along = math.atan2(1, 2)  # the direction of the line of 17
    for radius in (20, 200, 2000):
        turn = along + np.linspace(1, -1, 40001) / radius
        asked = radius * np.stack([np.cos(turn), np.sin(turn)], axis=1)
        price = softmax(asked @ KEY.T) @ VALUE[:, 0]
        assert price[0] < 13 and price[-1] > 21 and (np.diff(price) > 0).all()
        assert np.diff(price).max() < 1e-3  # a finer turn, a smaller step


@says(
    "On the line of 17 both keys fit alike, and no length helps.",
    "Elsewhere one key has the highest score, and its weight runs to 1 as the query grows: "
    "asked loudly enough, the soft dictionary opens one drawer, as the old one did.",
    "(But one *always* opens, whether or not any key equals the query.",
    "Several keys with the highest score end up sharing the 1.)",
)
def test_what_a_longer_query_hears():
    assert [price_of(2 * t, t) for t in (-20, -1, 1, 3, 20)] == [17] * 5
    x = np.linspace(-1, 5, 121)
    for at in x[abs(x - 2) > 1e-9]:
        best = [weights_of(t * at, t)[0 if at > 2 else 1] for t in (1, 3, 20, 1000)]
        assert best == sorted(best) and best[0] > 1 / 2 and best[-1] > 1 - 1e-9
    tied = [softmax(np.array([3, 3, 1]) * t)[0] for t in (0.0, 1, 2, 4, 20)]
    assert tied == sorted(tied) and tied[0] == pytest.approx(1 / 3)
    assert tied[-1] == pytest.approx(1 / 2)


@says(
    "In `tfmath` this function is called `attend`.",
    "(With `scale=1`; in [Self-attention](06_self_attention.ipynb) the scores are divided "
    "by a number first.)",
)
def test_attend_is_this_function():
    rng = np.random.default_rng(5)
    query, key, value = (rng.normal(size=s) for s in ((4, 3), (6, 3), (6, 2)))
    for scale, scores in ((1, query @ key.T), (None, query @ key.T / math.sqrt(3))):
        found = attend(query, key, value, scale=scale)
        np.testing.assert_allclose(found, softmax(scores) @ value, rtol=1e-12)


@says("**We can** look up softly: any query gets an answer, a mixture of all values.")
def test_any_query_gets_an_answer():
    rng = np.random.default_rng(4)
    query, key, value = (rng.normal(size=s) for s in ((50, 3), (6, 3), (6, 2)))
    weights = softmax(query @ key.T)
    assert np.isfinite(weights @ value).all() and (weights > 0).all()
