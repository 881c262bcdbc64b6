"""What the chapter on more ways to say where says, proved."""

import math

import numpy as np
import pytest

from tests.claims.claim import output, says
from tfmath import causal_mask, embed, encode, one_hot, softmax, toy, transformer
from tfmath.attention.buckets import bucket_starts, look_back_bucket, two_way_bucket
from tfmath.attention.relative import alibi_attention, alibi_slopes, relative_attention
from tfmath.attention.rotary import halves, halves_first, rotate
from tfmath.model.parameters import starting_values
from tfmath.show.where import means_of, shares_of
from tfmath.study import lengths as study
from tfmath.study.lengths import QUESTIONS, WAYS, learned, letter_scores
from tfmath.study.measured import measured

CHAPTER = "15_more_ways_to_say_where.ipynb"
DEFINITIONS = (
    "Let them be numbers like all others, and let training find them.",
    "A line is the mean of five seeds, its band goes from the lowest to the highest.",
    "Let each word look at itself and the 15 before it, and leave all numbers of the "
    "models as they are.",
)


def shares(way, n, height="right", question="three back"):
    """The share of right answers, a number for each seed."""
    known, found = shares_of(measured("lengths"), question, way, height)
    return found[:, known.index(n)]


def clocks(seed):
    """The four clocks' parts of the score, (4, 128), and the weights."""
    columns, rows = measured("clocks"), slice(128 * seed, 128 * (seed + 1))
    assert set(columns["seed"][rows]) == {seed}
    *parts, weight = list(columns.values())[2:]
    return np.array([part[rows] for part in parts]), np.array(weight[rows])


def looks(way):
    """The weights by distance, with 128 words."""
    stored = measured("lookback")
    return np.array(stored["weight"])[np.array(stored["way"]) == way]


# The ways -------------------------------------------------------------------------------


@says(
    "the fifth row was never moved: it holds the random numbers it began with.",
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
    "With eight heads they are 1/2, 1/4, 1/8 and so on to 1/256:",
    "the first head sees little but its neighbours, the last one sees far.",
    "Nothing is learned, and no distance is too long.",
    "Two heads, so the first slope is $2^{-4}$, and two steps back cost 2/16.",
)
def test_a_slope_for_each_head():
    i = np.arange(4)
    weights = softmax(-np.log(2) * abs(i[:, np.newaxis] - i), causal_mask(4))
    np.testing.assert_allclose(weights[3], np.array([1, 2, 4, 8]) / 15, rtol=1e-14)
    assert round(8 / 15, 3) == 0.533 and "0.533" in output(CHAPTER, "c10")
    slopes = alibi_slopes(8)
    assert slopes.tolist() == [1 / 2**k for k in range(1, 9)]
    first, last = (softmax(-slope * np.arange(100.0)) for slope in (slopes[0], slopes[-1]))
    assert first[:6].sum() > 0.9 and last[:6].sum() < 0.1
    assert WAYS["ALiBi"].own == () and WAYS["ALiBi"].encoding is None
    rows = np.random.default_rng(0).normal(size=(3, 2, 1000, 4))
    assert np.isfinite(alibi_attention(*rows)).all()
    assert alibi_slopes(2)[0] == 2**-4 and "0.125" in output(CHAPTER, "c12")


@says(
    "In the whole model two arguments exchange the sines for the slopes.",
    "The toy model was trained with the sines, and without them it recites none of its "
    "quotes.",
)
def test_the_toy_model_needs_its_sines():
    def recited(**variant):
        for source, target in toy.PAIRS:
            words = source, f"<start> {target}", f"{target} <end>"
            *given, wanted = (encode(text.split(), toy.WORDS) for text in words)
            best = transformer(toy.load(), *given, **variant).argmax(axis=-1)
            yield (best == wanted).all()

    assert list(recited()) == [True] * 3
    assert list(recited(encoding=None, attention=alibi_attention)) == [False] * 3


@says(
    "so their product is $3 + 2 = 5$.",
    "It adds $0 + 2 = 2$, and the product becomes 7. A query (1, 0) would not care.",
    "What is farther takes the last one.",
    "Along a diagonal it is the same row, wherever the text begins.",
)
def test_a_row_for_each_distance():
    query, key, row = np.array([1, 2]), np.array([3, 1]), np.array([0, 1])
    assert (query @ key, query @ row, query @ (key + row), row @ [1, 0]) == (5, 2, 7, 0)
    table, keys = np.log(np.array([[9.0], [3.0], [1.0], [1.0], [1.0]])), np.zeros((6, 1))
    found = relative_attention(keys + 1, keys, np.eye(6), keys_by_distance=table)
    np.testing.assert_allclose(found[5], np.array([9, 9, 9, 9, 3, 1]) / 40, rtol=1e-12)
    np.testing.assert_allclose(found[2], np.array([9, 3, 1, 1, 1, 1]) / 16, rtol=1e-12)


@says(
    "Sixteen buckets are enough for 128 words and more.",
    "20 and 22 share bucket 10; 40 and 50 are in two.",
    "From 8 on every second bucket begins twice as far away: 8, 16, 32, 64.",
    "(T5 has sixteen others for what is ahead.)",
)
def test_sixteen_buckets():
    assert bucket_starts(16, max_distance=128)[8::2].tolist() == [8, 16, 32, 64]
    buckets = look_back_bucket([7, 8, 20, 22, 40, 50, 47, 48, 127, 10**6], 16, 128)
    assert buckets.tolist() == [7, 8, 10, 10, 12, 13, 13, 13, 15, 15]
    assert set(two_way_bucket(-np.arange(1, 500), 32, 128)) == set(range(17, 32))


@says(
    "Both have turned by the same angle, so the angle between them has stayed:",
    "turns by one radian a word, 57 degrees, and each further pair more slowly:",
    "The law: however far both move, the scores stay.",
    "Places come into its scores by their difference alone.",
    "Both are right, and they differ by the order of the columns.",
    "read with the other give other scores, and no error:",
)
def test_scores_stay_when_both_move():
    turned = rotate(np.tile([1.0, 0.0], (1, 4)), [1])[0].reshape(4, 2)
    speeds = np.arctan2(turned[:, 1], turned[:, 0])
    assert speeds[0] == pytest.approx(1) and (np.diff(speeds) < 0).all()
    assert round(math.degrees(1)) == 57
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
    assert np.abs(mixed[~np.eye(4, dtype=bool)]).min() > 0.05  # oneself is 0 away, in both


# Train short, test long -----------------------------------------------------------------


@says(
    "Seven small models: no places at all, a learned table, sines, Shaw, T5, rotary, "
    "ALiBi. Each has one layer that looks back, four heads, and rows of 16 numbers. They "
    "read five letters in random order and answer, at every place, one of two questions:",
    "All learn from texts of 16 words, in 400 steps, and are asked in texts of up to 128, "
    "with five seeds each (`python -m tfmath measure lengths`).",
    "A guess is right in one of five.",
)
def test_the_experiment_is_as_it_is_told():
    stored = measured("lengths")
    names = ["none", "learned", "sinusoids", "Shaw", "T5", "rotary", "ALiBi"]
    assert list(WAYS) == names == list(dict.fromkeys(stored["way"]))
    assert list(QUESTIONS) == ["three back", "the latest"]
    assert set(stored["seed"]) == set(range(5)) and max(stored["length"]) == 128
    assert (study.TRAINED, study.STEPS, study.D_MODEL, study.N_HEADS) == (16, 400, 16, 4)
    layers = {name.split(" / ")[1] for name in study._sizes("none") if "layer" in name}
    assert layers == {"layer 1"}
    ids, wanted, asked = QUESTIONS["three back"](np.random.default_rng(0), 2000, 16)
    assert set(ids.flat) == {1, 2, 3, 4, 5}
    assert np.mean(wanted[asked] == 1) == pytest.approx(0.2, abs=0.01)


@says(
    "- **learned**: perfect at 16 words, a guess at 17.",
    "- **sinusoids**: the sines go on, and yet it is lost at 32 words.",
    "At 17 the seeds lie between 39% and 100%.",
    "- **Shaw**: perfect at every length.",
    "Three back has a row of its own, however long the text is.",
    "- **T5**: fails slowly.",
)
def test_distances_hold_out_longer_than_rows_of_places():
    assert (shares("learned", 16) == 1).all() and (shares("learned", 17) < 0.25).all()
    assert (shares("sinusoids", 32) < 0.4).all()
    ends = shares("sinusoids", 17).min(), shares("sinusoids", 17).max()
    assert [round(100 * end) for end in ends] == [39, 100]
    _, found = shares_of(measured("lengths"), "three back", "Shaw")
    assert found.shape == (5, 13) and (found == 1).all() and looks("Shaw")[3] > 0.8
    assert dict(WAYS["Shaw"].own)["keys_by_distance"][0] // 2 > 3
    falls = np.diff([shares("T5", n).mean() for n in (24, 32, 48, 64, 96, 128)])
    assert (falls < 0).all() and (falls > -0.2).all()


@says(
    "- **ALiBi**: not even at 4 words.",
    "A slope has no peak at three back: two back is always preferred.",
    "But look at the other panel: asked for *the latest*, its mean is the highest of all "
    "at 128.",
    "So the best way depends on the question.",
)
def test_each_question_has_a_best_way():
    assert all(shares("ALiBi", n).mean() < 0.5 for n in study.LENGTHS)
    for slope in alibi_slopes(4):
        assert (np.diff(softmax(-slope * np.arange(128.0))) < 0).all()
    assert looks("ALiBi")[2] > 1.5 * looks("ALiBi")[3]
    for question, best in (("three back", "Shaw"), ("the latest", "ALiBi")):
        means = means_of(measured("lengths"), question, [128])[:, 0]
        assert list(WAYS)[means.argmax()] == best


@says(
    "- **none**: the order of the words before the last one changes nothing.",
    "In a short text there are few letters to choose from, and it guesses well.",
)
def test_without_places_order_changes_nothing():
    ids = np.array([3, 1, 4, 1, 5, 2, 2])
    for way, same in (("none", True), ("Shaw", False)):
        tables = learned("three back", way, seed=0, n_steps=9)
        texts = one_hot([ids, [*ids[:-1][::-1], ids[-1]]], 6)[:, np.newaxis]
        found = [letter_scores(tables, text, way)[..., -1, :] for text in texts]
        assert np.allclose(*found, rtol=0, atol=1e-12) == same
    assert shares("none", 4).mean() > 0.4 and shares("none", 128).mean() < 0.3


@says(
    "It is right in 98% at 32 words. At 48 it guesses.",
    "Not near three: *far* away, and in four sharp places.",
    "It is the same with all five seeds.",
)
def test_where_the_rotary_model_looks():
    assert round(100 * shares("rotary", 32).mean()) == 98
    assert (shares("rotary", 48) < 0.3).all()
    places = [47, 53, 110, 116]
    assert clocks(0)[1][places].sum() > 0.85 and clocks(0)[1][places].min() > 0.15
    for _, weight in map(clocks, range(5)):
        assert weight[3] < 0.01 and weight[:16].sum() < 0.02
        assert len(set(np.argsort(-weight)[:4]) & set(places)) >= 3


@says(
    "Two of the four clocks turn fast enough to matter here:",
    "The grey part is all that training has shown. There the **fast clock** says 3.",
    "But it comes round after $2\\pi$, a little more than 6 words, and 9 back suits it "
    "nearly as well.",
    "So the **slow clock** has to choose, and it has learned: *the nearer, the better*.",
    "The slow one turns by a tenth of a radian a word, so after 63 words it stands where "
    "it stood, and shortly before, at about 50, it gives more than it gave to any distance "
    "in training. Where the fast clock agrees, the score is higher than at 3. In sixteen "
    'words the slow clock makes a quarter of a turn. **The model never learned "near". It '
    "learned a quarter of a turn.**",
)
def test_the_slow_clock_says_near_and_comes_round():
    for (fast, slow, *others), _ in map(clocks, range(5)):
        assert all(np.ptp(other) < 0.15 * np.ptp(slow) for other in others)
        assert np.argsort(-fast[:16])[:2].tolist() == [3, 9]
        assert fast[9] > fast[3] - 0.1 * np.ptp(fast[:16])
        assert slow[:16].argmax() == 0 and slow[3] - slow[9] > 2
        assert np.polyfit(np.arange(16), slow[:16], 1)[0] < -0.5
    assert 10000 ** (-2 / 8) == 0.1 and round(2 * math.pi / 0.1) == 63
    assert round(15 * 0.1 / (2 * math.pi), 2) == 0.24
    for (fast, slow, *_), _ in map(clocks, range(5)):
        both, ended = fast + slow, np.where(np.arange(128) < 16, slow, slow[15])
        assert 45 <= slow[:63].argmax() <= 55 and slow[:63].max() > slow[:16].max()
        np.testing.assert_allclose(slow[:60], slow[63:123], atol=2.5)
        assert both[:16].argmax() == 3 and both[47] > both[3] < both[110]
        assert (fast + ended).argmax() == 3  # had it stopped where training ends


@says(
    "**Rotary and T5 are perfect.** They knew three back all along, and were led astray by "
    "what was far: rotary by a clock that came round, T5 by sheer number. T5 gives three "
    "back about eight times the weight of a far word. But there are more than a hundred of "
    "those, and they outvote it",
    "The learned table and the sines are not cured.",
    "Our T5 has eight buckets, and whatever is 12 words back or more shares the last.",
)
def test_who_gets_well_when_far_words_are_covered():
    for way in ("rotary", "T5"):
        assert (shares(way, 128, "near") == 1).all() and shares(way, 128).max() < 0.7
    for way in ("learned", "sinusoids"):
        assert shares(way, 128, "near").max() < 0.5
    far, bucket = np.arange(12, 128), WAYS["T5"].attention.keywords["bucket"]
    assert looks("T5")[3] / looks("T5")[far].mean() == pytest.approx(8, abs=0.5)
    assert len(far) > 100 and looks("T5")[far].sum() > 10 * looks("T5")[3]
    assert dict(WAYS["T5"].own)["by_bucket"] == (4, 8)
    assert set(bucket(far, 8)) == {7} and bucket(np.array(11), 8) == 6
