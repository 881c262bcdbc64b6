"""What the chapter on decoding says of drawing by lot, proved."""

import numpy as np

from tests.claims.claim import output, says
from tests.claims.cut_tails import model
from tfmath import toy
from tfmath.decoding.filters import with_temperature
from tfmath.decoding.search import all_continuations
from tfmath.parts.text import END, START

CHAPTER = "16_decoding.ipynb"


def p_of(text, step):
    """How probable a text is, and each of its words."""
    ids = (START, *(toy.WORDS.index(word) for word in text.split()))
    each = [float(np.exp(step(ids[:n])[ids[n]])) for n in range(1, len(ids))]
    return float(np.prod(each)), each


def words(found):
    return " ".join(toy.WORDS[i] for i in found.ids[1:])


@says(
    "Back to the three quotes, where each right word has a probability near nine tenths.",
    "Between a half and two thirds!",
    "Smoothing asked for 0.904 a word ([Training](15_training.ipynb)); four of those make "
    "0.67, and six 0.55.",
    "(Chance: some 16 more or fewer is usual.)",
)
def test_drawn_quotes():
    exact = [p_of(f"{right} <end>", model(read)) for read, right in toy.PAIRS]
    every = [p for _, each in exact for p in each]
    assert 0.85 < min(every) and max(every) < 0.93 and len(exact[0][1]) == 4
    assert all(0.5 < p < 0.64 for p, _ in exact)
    assert round(0.9 + 0.1 / 26, 3) == 0.904
    assert (round(0.904**4, 2), round(0.904**6, 2)) == (0.67, 0.55)
    assert round(np.sqrt(1000 * 0.5 * 0.5)) == 16
    rows = [line.split()[-2:] for line in output(CHAPTER, "c30").splitlines()[-3:]]
    for (p, _), (expected, drawn) in zip(exact, rows, strict=True):
        assert int(expected) == round(1000 * p) and abs(int(drawn) - int(expected)) <= 31


@says(
    "By hand: $T = \\tfrac12$ doubles the logarithms, so it squares the probabilities.",
    "Towards 0 only the best *word* is left: greedy.",
    "Mind the first tree: at ½ *i i storm* has overtaken *i* alone. **Sharper words may "
    "make another text the best.**",
    "Towards infinity all 26 become equal, 1/26 = 0.038.",
)
def test_temperature():
    log_p = model("i drink the storm")([START])
    squares = np.exp(log_p) ** 2
    sharper = np.exp(with_temperature(log_p, 0.5))
    np.testing.assert_allclose(sharper, squares / squares.sum())
    assert np.exp(with_temperature(log_p, 0.01)).max() > 1 - 1e-9
    step = model("i drink the storm")
    best = all_continuations(lambda ids: with_temperature(step(ids), 0.5), START, END, 3)
    assert (
        words(best[0]) == "i i storm"
        and words(all_continuations(step, START, END, 3)[0]) == "i <end>"
    )
    np.testing.assert_allclose(np.exp(with_temperature(log_p, 1e6)), 1 / 26, rtol=1e-4)
    assert round(1 / 26, 3) == 0.038
