"""The pictures of single chapters: same layout, own words, numbers in the alt text."""

import numpy as np
from matplotlib.patches import Wedge

from tfmath.show.drawings import (
    clock_hands,
    fans,
    frames,
    growing,
    number_lines,
    walks,
    with_gradient,
)
from tfmath.tracing import trace


def test_a_table_and_its_gradient_share_the_layout():
    table = trace(np.arange(6.0).reshape(2, 3) / 10, "W", rows=["you", "win"], cols="abc")
    picture = with_gradient(table, np.array([[0, 0, 0], [0, -0.25, 0.125]]), "It moves.")
    left, right = picture.figure.axes
    assert [ax.get_title() for ax in (left, right)] == ["the numbers", "their gradient"]
    assert [t.get_text() for t in left.get_yticklabels()] == ["you", "win"]
    assert [t.get_text() for t in right.get_xticklabels()] == ["a", "b", "c"]
    assert left.get_ylim() == right.get_ylim()
    assert "-0.250" in [t.get_text() for t in right.texts]
    assert "largest 0.125 at win, c" in picture.alt
    assert picture.png()[:4] == b"\x89PNG"


def test_frames_share_one_scale():
    moments = [np.full((2, 3), 0.5), np.eye(2, 3)]
    picture = frames(
        moments, ["step 0", "step 9"], "It forms.", ["you", "win"], list("abc")
    )
    images = [ax.get_images()[0] for ax in picture.figure.axes]
    assert {image.get_clim() for image in images} == {(0.0, 1.0)}
    assert "step 9: 2 rows, 3 columns; largest 1 at you, a." in picture.alt


def test_the_tip_of_a_clock_hand_is_its_sine_and_cosine():
    picture = clock_hands([0, 3], 5, "They turn.", ["when", "game"])
    (ax,) = picture.figure.axes
    hands = [line for line in ax.get_lines() if len(line.get_xdata()) == 2]
    assert len(hands) == 2 * 3
    for hand, (at, pair) in zip(
        hands, [(a, p) for a in (0, 3) for p in range(3)], strict=True
    ):
        (x0, x1), (y0, y1) = hand.get_data()
        angle = at / 10000 ** (2 * pair / 5)
        assert abs((x1 - x0) / 0.4 - np.sin(angle)) < 1e-12
        height = 0 if pair == 2 else np.cos(angle)  # the last sine has no cosine
        assert abs((y0 - y1) / 0.4 - height) < 1e-12
    assert [t.get_text() for t in ax.get_xticklabels()] == ["when", "game"]
    assert "Positions a turn, by clock: 6.283" in picture.alt


def test_a_sector_leads_from_the_hand_to_where_the_move_takes_it():
    (ax,) = clock_hands([0, 20], 5, "On.", move=3).figure.axes
    sectors = [patch for patch in ax.patches if isinstance(patch, Wedge)]
    spans = [sector.theta2 - sector.theta1 for sector in sectors]
    angles = np.degrees([3, 3 / 10000**0.4] * 2)  # the unpaired sine has none
    np.testing.assert_allclose(spans, angles, atol=1e-10)
    outline = sectors[2].get_path().vertices  # place 20, the first clock
    for angle in (20, 23):
        tip = [1 + 0.4 * np.sin(angle), -0.4 * np.cos(angle)]  # the axis points down
        assert np.linalg.norm(outline - tip, axis=1).min() < 1e-9
    (ax,) = clock_hands([0, 20], 5, "They stand.").figure.axes
    assert not any(isinstance(patch, Wedge) for patch in ax.patches)


def test_every_number_has_its_stroke_and_the_first_line_is_on_top():
    picture = number_lines({"1 bit": [1, 1.5, 2], "2 bits": [1, 1.25]}, "Gaps.")
    (ax,) = picture.figure.axes
    strokes = [c.get_segments() for c in ax.collections]
    assert [[line[0][0] for line in each] for each in strokes] == [[1, 1.5, 2], [1, 1.25]]
    assert strokes[0][0][0][1] > strokes[1][0][1][1]
    assert picture.alt == "Gaps. 1 bit: 1, 1.5, 2; 2 bits: 1, 1.25."
    joined = [line for line in ax.get_lines() if len(set(line.get_ydata())) == 2]
    assert not joined  # three numbers and two: nothing stands below the third


def test_threads_join_what_stands_at_the_same_place():
    (ax,) = number_lines({"in": [1, 2], "out": [3, 2.5]}, "They cross.", 1).figure.axes
    threads = [line for line in ax.get_lines() if len(set(line.get_ydata())) == 2]
    assert [line.get_xdata().tolist() for line in threads] == [[1, 3], [2, 2.5]]
    plain, followed = [line.get_color() for line in threads]
    assert plain != followed
    for strokes in ax.collections:
        assert len(strokes.get_colors()) == 2
        assert np.any(strokes.get_colors()[0] != strokes.get_colors()[1])


def test_growing_draws_what_was_measured_and_what_was_counted():
    columns = {
        "what": ["pairs", "words"] * 4,
        "varied": ["n"] * 4 + ["d"] * 4,
        "size": [10, 10, 20, 20, 3, 3, 6, 6],
        "seconds": [1.0, 2.0, 4.5, 4.0, 1.0, 2.0, 1.0, 8.0],
    }
    powers = {"n": {"pairs": 2, "words": 1}, "d": {"words": 2}}
    picture = growing(columns, "seconds", "It grows.", powers)
    left, right = picture.figure.axes
    assert [ax.get_xlabel() for ax in (left, right)] == ["n", "d"]
    heights = [line.get_ydata().tolist() for line in left.get_lines()]
    assert heights == [[1.0, 4.5], [1.0, 4.0], [2.0, 4.0], [2.0, 4.0]]
    assert len(right.get_lines()) == 2
    assert "pairs, n from 10 to 20: 1 to 4.5" in picture.alt


def test_a_walk_adds_up_the_products_and_is_divided_by_the_root_of_their_number():
    picture = walks([[1, 2, -4, 1], [-1, 1, 1, 1]], "They walk.")
    left, right = picture.figure.axes
    (first, second, above, below) = (line.get_ydata() for line in left.get_lines())
    assert first.tolist() == [1, 3, -1, 0] and second.tolist() == [-1, 0, 1, 2]
    np.testing.assert_allclose(above, [1, 2**0.5, 3**0.5, 2])
    np.testing.assert_allclose(below, -above)
    divided = right.get_lines()
    np.testing.assert_allclose(divided[1].get_ydata(), [-1, 0, 1 / 3**0.5, 1])
    assert divided[2].get_ydata().tolist() == [1, 1, 1, 1]
    assert left.get_lines()[0].get_xdata().tolist() == [1, 2, 3, 4]
    assert picture.alt == (
        "They walk. 2 walks, 4 wide. sum of the products: spread 1; divided by the root: "
        "spread 0.5."
    )


def test_a_fan_has_a_panel_a_name_a_curve_a_width_and_one_scale():
    panels = {
        "by 2": {"16 wide": [9, 3, 5], "64 wide": [8, 4, 2]},
        "by 4": {"16 wide": [90, 7, 7]},
    }
    picture = fans([0.1, 1, 10], panels, "How long.", "rate", "steps")
    left, right = picture.figure.axes
    assert [ax.get_title() for ax in (left, right)] == list(panels)
    assert [line.get_ydata().tolist() for line in left.get_lines()] == [
        [9, 3, 5],
        [8, 4, 2],
    ]
    light, dark = (float(line.get_color()) for line in left.get_lines())
    assert 0 == dark < light < 1
    rings = [ring.get_offsets().tolist() for ring in left.collections]
    assert rings == [[[1, 3]], [[10, 2]]]
    assert left.get_ylim() == right.get_ylim() and left.get_xscale() == "log"
    assert picture.alt == (
        "How long. steps over rate. by 2, 16 wide: lowest 3 at 1; by 2, 64 wide: lowest 2 "
        "at 10; by 4, 16 wide: lowest 7 at 1."
    )
