"""Pictures of places: what stands in them, and what they say in words."""

import numpy as np
import pytest

from tfmath.show.lookback import (
    clock_scores,
    dials,
    place_scores,
    spikes,
    stopped,
    stops,
)
from tfmath.show.where import (
    KEY,
    QUERY,
    bucket_line,
    by_length,
    covered,
    means_of,
    shares_of,
    three_ideas,
    turned_pairs,
)

COLUMNS = {
    "question": ["first"] * 8 + ["last"] * 4,
    "way": ["a"] * 4 + ["b"] * 4 + ["a"] * 4,
    "seed": [0, 0, 1, 1] * 3,
    "length": [16, 128] * 6,
    "right": [1.0, 0.5, 0.5, 0.25, 0.75, 0.25, 1.0, 0.75, 0.0, 0.0, 1.0, 0.5],
}


def test_three_ideas_are_a_row_a_number_and_a_turn():
    picture = three_ideas(4)
    rows, distances, turns = picture.figure.axes
    assert rows.get_images()[0].get_array().shape == (4, 4)
    found = distances.get_images()[0].get_array()
    assert found.tolist() == [[abs(i - j) for j in range(4)] for i in range(4)]
    assert len(turns.patches) == 4 and [t.get_text() for t in turns.texts] == list("0123")
    assert picture.alt == (
        "Three ways to say where a word stands: a row for each place; a number for each "
        "distance; a turn for each place; 4 words."
    )


def test_a_query_and_a_key_turn_by_their_places():
    picture = turned_pairs([(5, 2), (10, 7)], "The same angle.", angle=0.25)
    assert [ax.get_title() for ax in picture.figure.axes] == ["3 apart: 43° between"] * 2
    for ax, places in zip(picture.figure.axes, ((5, 2), (10, 7)), strict=True):
        assert len(ax.patches) == 3
        arc, ends = ax.patches[2], np.degrees(np.sort(places) * 0.25)
        assert [arc.theta1, arc.theta2] == pytest.approx(ends)
        for text, place in zip(ax.texts, places, strict=True):
            x, y = text.get_position()
            assert [x, y] == pytest.approx(
                [1.25 * np.cos(place * 0.25), 1.25 * np.sin(place * 0.25)]
            )
        assert [t.get_color() for t in ax.texts] == [QUERY, KEY]
    assert "query at 10, key at 7; a place turns 14°." in picture.alt


def test_a_bucket_is_as_wide_as_the_distances_in_it():
    picture = bucket_line([0, 1, 2, 4, 9], 14, "Far ones share.")
    (ax,) = picture.figure.axes
    assert [bar.get_width() for bar in ax.patches] == [1, 1, 2, 5, 6]
    assert [bar.get_x() for bar in ax.patches] == [0, 1, 2, 4, 9]
    assert [t.get_text() for t in ax.texts] == ["3", "4", "0–1"]
    assert picture.alt == "Far ones share. Buckets begin at 0, 1, 2, 4, 9."


def test_a_line_is_a_mean_and_a_band_goes_from_the_lowest_seed_to_the_highest():
    columns = {key: [*column] for key, column in COLUMNS.items()}
    lengths, shares = shares_of(columns, "first", "a")
    assert lengths == [16, 128] and shares.tolist() == [[1, 0.5], [0.5, 0.25]]
    columns["question"][8:], columns["way"][8:] = ["first"] * 4, ["c"] * 4
    picture = by_length(columns, 16, "It falls.")
    (ax,) = picture.figure.axes
    assert ax.get_lines()[0].get_ydata().tolist() == [0.75, 0.375]
    band = ax.collections[0].get_paths()[0].get_extents()
    assert (band.y0, band.y1) == (0.25, 1)
    assert picture.alt == (
        "It falls. right answers at 16 words, and at 128: first, a: 0.75 to 0.38; "
        "first, b: 0.88 to 0.50; first, c: 0.50 to 0.25."
    )


def test_strokes_stand_at_their_distances():
    picture = spikes([0.1, 0.0, 0.5, 0.4], "It looks back.", marks=(2,))
    (ax,) = picture.figure.axes
    ends = [stroke[1].tolist() for stroke in ax.collections[0].get_segments()]
    assert ends == [[0, 0.1], [1, 0], [2, 0.5], [3, 0.4]]
    assert [t.get_text() for t in ax.texts] == ["2"]
    assert picture.alt == (
        "It looks back. Weight over distance; the largest: 0.5 at 2, 0.4 at 3, 0.1 at 0, "
        "0 at 1."
    )


def test_means_stand_a_row_a_way_and_a_column_a_length():
    found = means_of(COLUMNS, "first", [128, 16])
    assert found.tolist() == [[0.375, 0.75], [0.5, 0.875]]


def test_what_covering_does_is_drawn_from_ring_to_dot_among_the_seeds():
    columns = COLUMNS | {"near": [1.0, 0.75, 0.5, 0.75, 0.25, 0.5, 1.0, 1.0, 0, 0, 0, 0]}
    own = {"seed": [0, 1], "length": [128, 128], "right": [0.5, 0.0], "near": [1.0, 0.5]}
    picture = covered(columns, "first", {"c": own}, 128, "They rise.")
    (ax,) = picture.figure.axes
    assert [t.get_text() for t in ax.get_yticklabels()] == ["a", "b", "c"]
    lines = [tuple(line.get_xdata()) for line in ax.get_lines()[1:]]
    assert lines == [(0.375, 0.75), (0.5, 0.75), (0.25, 0.75)]
    dots = [dots.get_offsets().tolist() for dots in ax.collections]
    for row, seeds in enumerate((([0.5, 0.25], [0.75, 0.75]), ([0.25, 0.75], [0.5, 1.0]))):
        before, after, ring, full = dots[4 * row : 4 * row + 4]
        assert (before, after) == tuple([[x, row] for x in some] for some in seeds)
        assert [*ring, *full] == [[x, row] for x in lines[row]]
    ring, full = ax.collections[2:4]
    assert ring.get_facecolor()[0].tolist() == [1, 1, 1, 1] and ring.get_sizes() > 50
    assert full.get_facecolor()[0].tolist() != [1, 1, 1, 1]
    named = [t.get_text() for t in picture.figure.legends[0].get_texts()]
    assert named == ["all words seen", "far words covered", "a seed"]
    assert picture.alt == (
        "They rise. Right answers: a 0.38 to 0.75, b 0.50 to 0.75, c 0.25 to 0.75."
    )


def test_clocks_are_drawn_over_grey_where_training_was():
    lines = {"fast": [1.0, -2.0, 3.0, 0.5], "slow": [0.5, 0.25, 0.0, -0.5]}
    picture = clock_scores(lines, 2, (1, 3), "It came round.")
    parts, total = picture.figure.axes
    for ax in (parts, total):
        assert (ax.patches[0].get_x(), ax.patches[0].get_width()) == (-0.5, 2)
    drawn = {line.get_label(): list(line.get_ydata()) for line in parts.get_lines()[:2]}
    assert drawn == lines
    marked = [list(line.get_xdata()) for line in parts.get_lines()[2:]]
    assert marked == [[1, 1], [3, 3]]
    assert list(total.get_lines()[0].get_ydata()) == [1.5, -1.75, 3.0, 0.0]
    sides = [(t.get_text(), t.get_ha()) for t in parts.texts]
    assert sides == [("1", "right"), ("3", "left")]
    assert picture.alt == (
        "It came round. Part of the score: fast -2.0 at 1, 0.5 at 3; slow 0.2 at 1, "
        "-0.5 at 3; sum -1.8 at 1, 0.0 at 3."
    )


def test_whole_turns_are_counted_from_the_first_mark():
    line = np.cos(np.arange(20.0))
    picture = clock_scores({"fast": line}, 5, (1, 7, 14), "It turns.", turn=2 * np.pi)
    named = [t.get_text() for t in picture.figure.axes[0].texts]
    assert named == ["1", "+1 turn\n7", "+2 turns\n14"]
    assert picture.alt.endswith("Whole turns from 1: 1 at 7, 2 at 14.")


def test_a_dial_has_its_best_distance_at_the_top_and_turns_as_a_clock():
    far, best = np.arange(30), 2  # a quarter of a turn later: 2 + 5
    quick, slow = (np.cos(speed * np.pi * (far - best)) + 5 for speed in (1 / 10, 1 / 40))
    speeds = np.pi / 10, np.pi / 40
    picture = dials({"a": quick, "b": slow}, speeds, 11, (2, 7), "They turn.")
    for ax, y, later, width in zip(
        picture.figure.axes, (quick, slow), (7, 22), (180, 45), strict=True
    ):
        dots, *rings = ax.collections
        x, height = np.array(dots.get_offsets()).T
        assert dots.get_array().tolist() == y.tolist()
        radii = np.hypot(x, height)
        np.testing.assert_allclose(radii, np.linspace(0.3, 1, 30))
        assert (x[best], height[best]) == pytest.approx((0, radii[best]))
        assert (x[later], height[later]) == pytest.approx((radii[later], 0))
        assert [ring.get_offsets()[0].tolist() for ring in rings] == [
            [x[at], height[at]] for at in (2, 7)
        ]
        seen = ax.patches[0]
        assert seen.theta2 - seen.theta1 == pytest.approx(width)
        start = np.degrees(np.arctan2(height[0], x[0]))
        assert seen.theta2 == pytest.approx(start)
    assert [ax.get_title() for ax in picture.figure.axes] == [
        "a: 18° a word", "b: 4° a word",
    ]  # fmt: skip
    assert picture.alt == (
        "They turn. a, 50% of a turn seen in training, o'clock: 2 at 12, 7 at 3; "
        "b, 12% of a turn seen in training, o'clock: 2 at 12, 7 at 1."
    )


def test_a_dial_seen_all_round_is_all_grey():
    line = np.cos(np.arange(20.0))
    picture = dials({"a": line}, [1], 16, (), "It turns.")
    (ax,) = picture.figure.axes
    assert ax.patches[0].theta2 - ax.patches[0].theta1 == pytest.approx(360)
    assert "a, 100% of a turn" in picture.alt


def test_a_clock_that_stops_is_drawn_with_its_seeds():
    rows = [
        (seed, clock, stop, length, clock / 10 + seed / 100 + stop / 1000 + length / 10**4)
        for seed in (0, 1)
        for clock in (1, 2, 3)
        for stop in (3, 4)
        for length in (5, 6)
    ]
    names = "seed", "clock", "stop", "length", "right"
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    at, shares = stopped(columns, 2, 6)
    assert at == [3, 4]
    np.testing.assert_allclose(shares, [[0.2036, 0.2046], [0.2136, 0.2146]], rtol=1e-12)
    picture = stops(columns, 6, 4, "Stop it.")
    (ax,) = picture.figure.axes
    drawn = {line.get_label(): line.get_ydata() for line in ax.get_lines()[:2]}
    np.testing.assert_allclose(drawn["the slow clock stops"], [0.2086, 0.2096], rtol=1e-12)
    band = ax.collections[1].get_paths()[0].get_extents()
    assert [band.y0, band.y1] == pytest.approx([0.2036, 0.2146])
    assert ax.patches[0].get_x() + ax.patches[0].get_width() == 3.5
    assert [t.get_text() for t in ax.texts] == ["a guess", "seen in training"]
    assert picture.alt == (
        "Stop it. Right answers at 6 words: the fast clock stops, 0.11 at 3; the slow "
        "clock stops, 0.21 at 3."
    )


def test_scores_begin_at_place_three_and_grey_ends_with_training():
    ways = {"a": ([9.0, 8.0, 7.0], [1.0, 2.0, 10.0]), "b": ([5.0, 5.0, 5.0], [1.0] * 3)}
    picture = place_scores(ways, 5, "It is lost.")
    for ax, (way, both) in zip(picture.figure.axes, ways.items(), strict=True):
        assert ax.get_title() == way
        assert [list(line.get_ydata()) for line in ax.get_lines()] == list(map(list, both))
        assert [list(line.get_xdata()) for line in ax.get_lines()] == [[3, 4, 5]] * 2
        assert ax.patches[0].get_x() + ax.patches[0].get_width() == 4.5
    assert picture.alt == (
        "It is lost. Three back against the highest other: a 8.0 and 2.0 at 4, 7.0 and "
        "10.0 at 5; b 5.0 and 1.0 at 4, 5.0 and 1.0 at 5."
    )
