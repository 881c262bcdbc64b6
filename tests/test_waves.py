"""Pictures of places: on one scale, with named axes, the best of each row marked."""

import numpy as np

from tfmath.parts.position import positional_encoding, rotation
from tfmath.show.waves import fits, waves


def test_each_table_has_its_places_downwards_and_one_scale():
    tables = {"A": positional_encoding(30, 8), "B": np.zeros((5, 4))}
    picture = waves(tables, "Waves.")
    left, right, bar = picture.figure.axes
    assert [ax.get_title() for ax in (left, right)] == ["A", "B"]
    assert (left.get_xlabel(), left.get_ylabel()) == ("column", "place")
    images = [ax.get_images()[0] for ax in (left, right)]
    assert {image.get_clim() for image in images} == {(-1.0, 1.0)}
    np.testing.assert_array_equal(images[0].get_array(), tables["A"])
    assert left.get_ylim()[0] > left.get_ylim()[1]  # place 0 on top
    assert [tick.get_text() for tick in bar.get_yticklabels()] == ["−1", "0", "1"]
    assert picture.alt == (
        "Waves. A 30 places, 8 columns; B 5 places, 4 columns. Blue is 1, white 0, orange "
        "−1."
    )


def test_a_dot_marks_what_fits_each_row_best_and_a_line_the_row_itself():
    rows = positional_encoding(31, 64)
    tables = {"as they are": rows @ rows.T, "back": rows @ rotation(-3, 64) @ rows.T}
    picture = fits(tables, "Back.")
    *axes, bar = picture.figure.axes
    images = [ax.get_images()[0] for ax in axes]
    both = np.array(list(tables.values()))
    assert {image.get_clim() for image in images} == {(both.min(), both.max())}
    for ax, table, image, back in zip(axes, both, images, (0, 3), strict=True):
        np.testing.assert_array_equal(image.get_array(), table)
        line, dots = ax.get_lines()
        assert (line.get_xy1(), line.get_slope()) == ((0, 0), 1)
        columns, places = np.asarray(dots.get_data())
        assert columns.tolist() == [max(0, p - back) for p in places.tolist()]
        assert places.tolist() == list(range(31)) and ax.get_ylim()[0] > ax.get_ylim()[1]
        assert (ax.get_xlabel(), ax.get_ylabel()) == ("fits place", "place")
    fits({"small": np.eye(2), "large": 3 * np.eye(4)}, "Of two sizes.")
    assert [ax.get_title() for ax in axes] == list(tables) and bar.get_yticklabels()
    assert picture.alt == (
        "Back. as they are: place 0 fits 0, 10 fits 10, 20 fits 20, 30 fits 30 best. back: "
        "place 0 fits 0, 10 fits 7, 20 fits 17, 30 fits 27 best."
    )
