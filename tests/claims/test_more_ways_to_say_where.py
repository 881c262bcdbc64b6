"""What the chapter on more ways to say where says, proved."""

import math

import numpy as np
import pytest

from tests.claims.claim import output, says
from tests.claims.clocks_stopped import (  # noqa: F401  (tests, run from here)
    test_a_clock_stopped_too_early_leaves_a_crowd,
    test_beyond_40_the_two_clocks_agree_on_41,
    test_on_the_dials_the_far_ones_stand_where_both_say_yes,
    test_the_fast_clock_saves_the_model_where_it_says_no,
    test_the_slow_clock_is_right_until_it_comes_up_again,
)
from tests.claims.where_measured import (  # noqa: F401  (tests, run from here)
    test_distances_hold_out_longer_than_rows_of_places,
    test_each_question_has_a_best_way,
    test_rows_of_places_are_cured_by_other_places_alone,
    test_the_experiment_is_as_it_is_told,
    test_the_sines_learned_places_and_not_a_distance,
    test_the_slow_clock_says_near_and_comes_round,
    test_where_the_rotary_model_looks,
    test_who_gets_well_when_far_words_are_covered,
    test_without_places_order_changes_nothing,
)
from tfmath import causal_mask, embed, softmax
from tfmath.attention.buckets import bucket_starts, look_back_bucket, two_way_bucket
from tfmath.attention.relative import alibi_attention, alibi_slopes, relative_attention
from tfmath.attention.rotary import halves, halves_first, rotate
from tfmath.model.parameters import starting_values
from tfmath.parts.position import rotation
from tfmath.study import lengths as study
from tfmath.study.lengths import WAYS, learned

CHAPTER = "18_more_ways_to_say_where.ipynb"
DEFINITIONS = (
    "Let training find them.",
    "A line is the mean of five seeds, its band goes from the lowest to the highest.",
    "Or let each word look only at itself and the 15 before it.",
    "All numbers of the model stay as they are, but one clock stands still beyond some "
    "distance.",
    "Here is the score of the word three back, place by place, in the head that looks at "
    "it most (seed 0):",
)


# The ways -------------------------------------------------------------------------------


@says(
    "the fifth row was never moved: it holds the random numbers it began with.",
    "A text of five words is refused, for there is no fifth row.",
    "That is the row that was never moved.",
    "A row for each place knows the places it was trained on.",
)
def test_a_row_beyond_the_texts_of_training_stays_as_it_began():
    with pytest.raises(ValueError, match="positions holds 4"):
        embed([0, 1, 1, 0, 1], np.zeros((2, 2)), encoding=np.zeros((4, 2)), scale=1)
    rng = np.random.default_rng(0)
    start = starting_values(rng, study._sizes("learned"))["position"]
    after = learned("three back", "learned", seed=0, n_steps=3)["position"]
    assert (after[16:] == start[16:]).all() and (after[:16] != start[:16]).all()


@says(
    "so one step back halves the weight.",
    "From far to near the last row counts 1, 2, 4, 8.",
    "Together that is 15, and 8/15 is 0.533.",
    "With $h$ heads (a power of two) the slopes are $2^{-8/h}$, $2^{-16/h}$, … down to "
    "$2^{-8}$; with eight heads 1/2, 1/4, 1/8, … 1/256.",
    "The first head sees mostly its neighbours, the last one sees far.",
    "Nothing is learned, and every distance has its number.",
)
def test_a_slope_for_each_head():
    i = np.arange(4)
    weights = softmax(-np.log(2) * abs(i[:, np.newaxis] - i), causal_mask(4))
    np.testing.assert_allclose(weights[3], np.array([1, 2, 4, 8]) / 15, rtol=1e-14)
    assert round(8 / 15, 3) == 0.533 and "0.533" in output(CHAPTER, "c10")
    slopes = alibi_slopes(8)
    assert slopes.tolist() == [1 / 2**k for k in range(1, 9)]
    for h in (1, 2, 4, 16):
        powers = 2.0 ** (-8 / h * np.arange(1, h + 1))
        np.testing.assert_allclose(alibi_slopes(h), powers, rtol=1e-14)
    first, last = (softmax(-slope * np.arange(100.0)) for slope in (slopes[0], slopes[-1]))
    assert first[:2].sum() > 0.6 and last[:6].sum() < 0.1
    assert WAYS["ALiBi"].own == () and WAYS["ALiBi"].encoding is None
    alike = np.zeros((2, 1000, 4))
    last = np.log(alibi_attention(alike, alike, np.eye(1000), causal_mask(1000))[:, -1])
    found = (last[:, ::-1] - last[:, -1:]) / alibi_slopes(2)[:, np.newaxis]
    np.testing.assert_allclose(found, [-np.arange(1000.0)] * 2, atol=1e-9)


@says(
    "so their product is $3 + 2 = 5$.",
    "It adds $0 + 2 = 2$, and the product becomes 7. A query (1, 0) would not care.",
    "What is farther takes the last one.",
    "With reach 2 the last of six words uses $a_{-2}$ four times, then $a_{-1}$ and $a_0$.",
    "At the same distance it is the same row, wherever the text begins.",
)
def test_a_row_for_each_distance():
    query, key, row = np.array([1, 2]), np.array([3, 1]), np.array([0, 1])
    assert (query @ key, query @ row, query @ (key + row), row @ [1, 0]) == (5, 2, 7, 0)
    table, keys = np.log(np.array([[9.0], [3.0], [1.0], [1.0], [1.0]])), np.zeros((6, 1))
    found = relative_attention(keys + 1, keys, np.eye(6), keys_by_distance=table)
    np.testing.assert_allclose(found[5], np.array([9, 9, 9, 9, 3, 1]) / 40, rtol=1e-12)
    np.testing.assert_allclose(found[2], np.array([9, 3, 1, 1, 1, 1]) / 16, rtol=1e-12)


@says(
    "20 and 22 share bucket 10; 40 and 50 are in two.",
    "0 to 7 have a bucket each.",
    "Then 8–16, 16–32, 32–64 and 64–128 are each cut in two, where the distance has grown "
    "by √2.",
    "What is farther takes the last.",
    "In T5's encoder what is back falls into sixteen *buckets*.",
)
def test_sixteen_buckets():
    starts = [round(2**power + 0.49) for power in (3.5, 4.5, 5.5, 6.5)]  # rounded up
    cut = [n for pair in zip((8, 16, 32, 64), starts, strict=True) for n in pair]
    assert bucket_starts(16, max_distance=128).tolist() == [*range(8), *cut]
    buckets = look_back_bucket([7, 8, 20, 22, 40, 50, 47, 48, 127, 10**6], 16, 128)
    assert buckets.tolist() == [7, 8, 10, 10, 12, 13, 13, 13, 15, 15]
    ahead, back = (two_way_bucket(sign * np.arange(500), 32, 128) for sign in (-1, 1))
    assert set(ahead[1:]) == set(range(17, 32)) and set(back) == set(range(16))
    of_decoder = look_back_bucket(np.arange(500), 32, 128)
    assert set(of_decoder) == set(range(32))
    assert (of_decoder[:16] == np.arange(16)).all() and of_decoder[17] == of_decoder[16]


@says(
    "Both have turned by the same angle, so the angle between them has stayed, and the "
    "product, too.",
    "turns by one radian a word, 57 degrees, from (1, 0) towards (0, 1), and each further "
    "pair more slowly:",
    "However far both move, the scores stay:",
    "Places come into its scores by their difference alone.",
    "Here neighbouring columns are a pair. Other programs pair column $i$ with column $i + "
    "d/2$. Tables trained with one pairing and read with the other give other products, "
    "and no error.",
)
def test_scores_stay_when_both_move():
    turned = rotate(np.tile([1.0, 0.0], (1, 4)), [1])[0].reshape(4, 2)
    speeds = np.arctan2(turned[:, 1], turned[:, 0])
    assert speeds[0] == pytest.approx(1) and (np.diff(speeds) < 0).all()
    assert round(math.degrees(1)) == 57 and "a place turns 30°" in output(CHAPTER, "c20")
    arrows = np.exp(1j * np.radians(30) * np.array([(5, 3), (6, 4), (9, 7)]))
    products = (arrows[:, 0] * arrows[:, 1].conj()).real
    np.testing.assert_allclose(products, 1 / 2, rtol=1e-12)
    rows, places = np.random.default_rng(0).normal(size=(2, 4, 8)), np.arange(4)

    def scores(rows, of_queries=places, of_keys=places, **pairing):
        query, key = rows
        return rotate(query, of_queries, **pairing) @ rotate(key, of_keys, **pairing).T

    for move in (1, 17, 1000, 12345):
        moved = scores(rows, places + move, places + move)
        np.testing.assert_allclose(moved, scores(rows), atol=1e-11)
        assert np.abs(scores(rows, places + move) - scores(rows)).max() > 0.1
    ordered = scores(rows[..., halves_first(8)], pairing=halves)
    np.testing.assert_allclose(ordered, scores(rows), atol=1e-12)
    mixed = scores(rows, pairing=halves) - scores(rows)
    assert np.abs(mixed[~np.eye(4, dtype=bool)]).min() > 0.05


@says(
    "With $R_p$ for the turns of place $p$ their law is",
    "$$(q_i R_i) \\cdot (k_j R_j) = q_i \\cdot (k_j R_{j-i})$$",
    "Only the difference of the places is left.",
    "Nothing makes training find $R_{-3}$; rotary has its turns built in.",
)
def test_the_turns_of_rotary_are_tables():
    query, key = np.random.default_rng(1).normal(size=(2, 1, 8))
    for i, j in ((5, 2), (0, 40), (300, 7)):
        turned_key = rotate(key, [j - i])
        np.testing.assert_allclose(turned_key, key @ rotation(i - j, 8), atol=1e-12)
        both = rotate(query, [i]) @ rotate(key, [j]).T
        np.testing.assert_allclose(both, query @ turned_key.T, atol=1e-12)
