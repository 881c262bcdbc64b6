"""The tree of texts: boxes as tall as they are probable, and what a method keeps."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from notebook_gates import is_a_drawing

from tfmath.decoding.search import all_continuations, beam_search
from tfmath.errors import ShapeError
from tfmath.show.tree import KEPT, TALL, text_tree

WORDS = ["a", "b", "<end>", "c & d"]
TABLE = np.log([[0.2, 0.4, 0.3, 0.1], [0.05, 0.05, 0.7, 0.2], [1] * 4, [0.25] * 4])


def step(ids):
    return TABLE[ids[-1]]


def tree(**how):
    return text_tree(step, 0, 2, 2, WORDS, "Two words.", **how)


def boxes(drawn):
    """Height, fill and dashes of each box that has a word, and the root's first."""
    found = [e for e in ET.fromstring(drawn.svg) if e.tag.endswith("rect") and e.get("rx")]
    return [e for e in found if e.get("stroke")]


def test_boxes_are_as_tall_as_their_texts_are_probable():
    listed = re.findall(r"[:;] ([^:;]*?) (\d\.\d+)(?: \(in all (\d\.\d+)\))?", tree().alt)
    heights = [float(box.get("height")) for box in boxes(tree())]
    assert heights[0] == TALL and len(listed) == len(heights) - 1
    for (text, word, total), height in zip(listed, heights[1:], strict=True):
        assert height == pytest.approx(TALL * float(total or word), abs=0.3), text
    truth = {c.ids[1:]: np.exp(c.log_probability) for c in all_continuations(step, 0, 2, 2)}
    for text, _, total in listed:
        ids = tuple(WORDS.index(w) for w in re.findall(r"c & d|\S+", text))
        if ids in truth and total:
            assert float(total) == pytest.approx(truth[ids], abs=5e-4)


def test_what_is_not_drawn_is_a_stream_of_the_rest():
    drawn = tree(least=0.25)
    heights = [float(box.get("height")) for box in boxes(drawn)[1:]]
    assert heights == pytest.approx([TALL * share for share in (0.4, 0.28, 0.3)], abs=0.1)
    grey = [e.get("height") for e in ET.fromstring(drawn.svg) if e.get("fill") == "#efefec"]
    rest = [float(height) for height in grey if height]
    assert sum(rest) == pytest.approx(TALL * (0.3 + 0.4 * 0.3), abs=0.2)
    assert "2 others" in drawn.svg and "3 others" in drawn.svg


def test_a_text_that_goes_on_in_improbable_words_has_a_stream_of_them():
    """c & d has a probability of 0.1, and each text behind it is less probable than 0.1."""
    drawn = tree(least=0.1)
    assert "c & d 0.100" in drawn.alt and drawn.svg.count("4 others") == 2  # a, c & d
    assert "4 others" not in tree(least=0.25).svg


def test_kept_dropped_and_unseen_look_different():
    kept = [c.ids for n in (1, 2) for c in beam_search(step, 0, 2, n, 1)]
    looks = [(b.get("fill"), b.get("stroke-dasharray")) for b in boxes(tree(kept=kept))]
    assert looks.count((KEPT, None)) == 3  # the root, b, b <end>
    assert (("#ffffff", "3 3") in looks) and (("#ffffff", None) in looks)
    assert tree(kept=kept).alt.endswith("Kept: b, b <end>.")
    assert (
        tree(kept=kept).svg.count("<path d='M") - tree().svg.count("<path d='M") == 4
    )  # <end>, a, c & d; b c & d
    assert tree(kept=[]).alt.endswith("Kept: nothing.")


def test_the_best_is_marked():
    drawn = tree(best=(0, 1, 2))
    assert drawn.alt.endswith("The best text: b <end>.")
    assert drawn.svg.count("fill='#1a1a1a'/>") == 1


def test_it_is_a_plain_drawing_and_always_the_same():
    assert tree().svg == tree().svg and "c &amp; d" in tree().svg
    page = tree()._repr_html_()
    (data,) = re.findall(r'src="(data:[^"]*)"', page)
    assert is_a_drawing(data) and 'alt="Two words.' in page


def test_a_vocabulary_that_is_too_short_is_told():
    with pytest.raises(ShapeError, match="words has 2 words"):
        text_tree(step, 0, 2, 2, WORDS[:2], "Two words.")
