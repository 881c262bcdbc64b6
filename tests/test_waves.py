"""Tables of places: on one scale, with named axes."""

import numpy as np

from tfmath.parts.position import positional_encoding
from tfmath.show.waves import waves


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
