"""What the chapter on decoding says of cutting off the tail, proved."""

import numpy as np

from tests.claims.claim import output, says
from tfmath import toy
from tfmath.decoding import cache
from tfmath.decoding.filters import top_k, top_p
from tfmath.decoding.search import all_continuations, sample
from tfmath.parts.text import END, START, encode
from tfmath.show.tree import text_tree

CHAPTER = "16_decoding.ipynb"


def model(text):
    return cache.next_word(toy.load(), encode(text, toy.WORDS))


@says(
    "Behind *i storm* the third word, *storm* with 16 in 100, is hidden among the 24 "
    "others.)",
)
def test_the_eighth_text():
    step, ids = model("i drink the storm"), [START, *encode("i storm", toy.WORDS)]
    p = np.exp(step(ids))
    order = [toy.WORDS[i] for i in np.argsort(-p)]
    assert order[:3] == ["die", "i", "storm"] and round(np.sort(p)[-3], 3) == 0.161
    assert np.exp(step([START])[ids[1]] + step(ids[:2])[ids[2]]) * 0.161 < 0.03
    assert len(order) - 2 == 24
    left = all_continuations(lambda ids: top_p(step(ids), 0.7), START, END, 3)
    assert len(left) == 8 and (*ids, ids[-1]) in [text.ids for text in left]
    drawn = text_tree(lambda ids: top_p(step(ids), 0.7), START, END, 3, toy.WORDS, "Cut.")
    assert "others" not in drawn.svg
    assert all(f"{np.exp(c.log_probability):.3f}" in drawn.svg for c in left)


@says(
    "All of them, with top-p: each right word has more than 0.8, and is kept alone, as "
    "with greedy.",
    "(With $p$ = 0.95 only 667 to 765.)",
    "And yet at 0.8 the doubt of *I drink the storm* keeps three words.",
    "**One $p$ serves both places; no one $k$ does.**",
)
def test_a_cut_tail():
    wide = []
    for read, right in toy.PAIRS:
        step, ids = model(read), (START, *encode(right, toy.WORDS), END)
        for n in range(1, len(ids)):
            assert np.exp(step(ids[:n])[ids[n]]) > 0.8
            assert np.isfinite(top_p(step(ids[:n]), 0.8)).sum() == 1
            assert np.isfinite(top_k(step(ids[:n]), 3)).sum() == 3
        kept = [np.exp(top_p(step(ids[:n]), 0.95))[ids[n]] for n in range(1, len(ids))]
        wide.append(round(1000 * np.prod(kept)))
    assert (min(wide), max(wide)) == (667, 765)
    rows = [line.split()[-2:] for line in output(CHAPTER, "de-cut").splitlines()[-3:]]
    assert all(p == "1000" and int(k) < 900 for p, k in rows)
    doubt, rng = model("i drink the storm"), np.random.default_rng(0)
    assert np.isfinite(top_p(doubt([START]), 0.8)).sum() == 3
    assert len({sample(doubt, START, END, 3, rng, top_p=0.8) for _ in range(20)}) > 5
