"""Lines from word to word: as thick as a weight, and each where it belongs."""

import numpy as np

from tfmath import named, softmax, trace
from tfmath.show.glances import WIDEST, glances
from tfmath.show.heads import HEADS
from tfmath.show.lookups import SHARE

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
        assert width == WIDEST * WEIGHTS[place] and colour == SHARE
    assert ax.yaxis_inverted()
    at = {(t.get_text(), t.get_position()[0] > 0.5): t.get_position()[1] for t in ax.texts}
    assert [at[word, right] for right in (False, True) for word in WORDS] == [0, 1, 2] * 2


def test_a_panel_for_each_head_with_the_words_of_the_trace():
    heads = [
        named(f"head {i}", softmax(trace(WEIGHTS * 3, "s", rows=WORDS, cols=WORDS)))
        for i in (1, 2)
    ]
    picture = glances(heads, "Two heads.", ["head 1", "head 2"], colours=HEADS[:2])
    for ax, colour in zip(picture.figure.axes, HEADS, strict=False):
        assert {own for _, own in lines(ax).values()} == {colour}
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
