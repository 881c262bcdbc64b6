"""Lines from word to word: as thick as a weight, and each where it belongs."""

import numpy as np

from tfmath import named, softmax, trace
from tfmath.show.glances import THINNEST, WIDEST, glances
from tfmath.show.lookups import QUERY, SHARE

WEIGHTS = np.array([[0.75, 0.25, 0.0], [0.1, 0.2, 0.7], [0.0, 0.0, 1.0]])
WORDS = ["a", "b", "c"]


def lines(ax):
    """For each line: from where to where, how thick, in which colour."""
    return {
        tuple(line.get_ydata()): (line.get_linewidth(), line.get_color())
        for line in ax.get_lines()
    }


def test_every_word_has_a_line_to_every_word():
    (ax,) = glances([WEIGHTS], "They look.", words=WORDS).figure.axes
    drawn = lines(ax)
    assert sorted(drawn) == sorted(np.ndindex(3, 3))
    for place, (width, colour) in drawn.items():
        assert width == max(WIDEST * WEIGHTS[place], THINNEST) and colour == SHARE
    assert ax.yaxis_inverted()
    at = {(t.get_text(), t.get_position()[0] > 0.5): t.get_position()[1] for t in ax.texts}
    assert [at[word, right] for right in (False, True) for word in WORDS] == [0, 1, 2] * 2


def test_the_one_who_asks_has_the_colour_of_queries():
    (ax,) = glances([WEIGHTS], "They look.", words=WORDS, asks="b").figure.axes
    coloured = {place for place, (_, colour) in lines(ax).items() if colour == QUERY}
    assert coloured == {(1, 0), (1, 1), (1, 2)}
    assert [t.get_text() for t in ax.texts if t.get_color() == QUERY] == ["b"]


def test_a_panel_for_each_head_with_the_words_of_the_trace():
    heads = [
        named(f"head {i}", softmax(trace(WEIGHTS * 3, "s", rows=WORDS, cols=WORDS)))
        for i in (1, 2)
    ]
    picture = glances(heads, "Two heads.", ["head 1", "head 2"])
    assert [ax.get_title() for ax in picture.figure.axes] == ["head 1", "head 2"]
    assert picture.alt.startswith(
        "Two heads. head 1 Each word, and whom it looks at most: a"
    )


def test_what_is_drawn_is_said():
    picture = glances([WEIGHTS], "They look.", words=WORDS)
    assert picture.alt == (
        "They look. Each word, and whom it looks at most: a at a (0.75), b at c (0.70), "
        "c at c (1.00)."
    )
