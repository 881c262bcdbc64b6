"""What the chapter on what a table knows says of the factor √d, proved."""

import math

import numpy as np

from tests.claims.claim import output, says
from tfmath import embed, encode, positional_encoding, toy
from tfmath.model.parameters import count
from tfmath.study.crossed_out import surprise
from tfmath.study.word_rows import QUOTE

CHAPTER = "03_what_a_table_knows.ipynb"
TABLES = toy.load()
E = TABLES["embedding"]
SENTENCE = QUOTE[0]


def written(**variant):
    return " ".join(w for w, _ in toy.finish(TABLES, SENTENCE, **variant))


@says(
    "for us $\\sqrt{5} = 2.236$. When it writes, it does not.",
    "Numbers $c$ times as large make it $c^2$ times as large.",
    "For (1, 3) it is (1 + 9)/2 = 5.",
    "If $x$ has mean square 1 and the table $v$, the scores have about $d \\cdot v$.",
    "sines and cosines, with mean square about ½.",
    "(At $d = 5$ the places have 0.40: three sines, two cosines.)",
)
def test_mean_squares():
    x = np.array([1.0, 3.0])
    assert (x**2).mean() == 5 and all(((c * x) ** 2).mean() == c**2 * 5 for c in (2, 10))
    rng = np.random.default_rng(5)
    for d, v in ((5, 1.0), (64, 0.5), (300, 2.0)):
        scores = rng.normal(size=(300, d)) @ rng.normal(0, math.sqrt(v), (300, d)).T
        assert abs((scores**2).mean() / (d * v) - 1) < 0.1
    for d in (6, 64, 512):  # sin² + cos² = 1
        assert abs((positional_encoding(range(50), d) ** 2).mean() - 0.5) < 1e-12
    assert round((positional_encoding(range(50), 5) ** 2).mean(), 2) == 0.4
    ids = encode(SENTENCE, toy.WORDS)
    read = embed(ids, E) - positional_encoding(6, 5)
    np.testing.assert_allclose(read, math.sqrt(5) * E[ids], atol=1e-15)


@says(
    "For reading, $E$ is too small beside the places (under 0.01 beside 0.50), and "
    "$E \\sqrt d$ is right.",
    "For writing, $E$ is right, and $E \\sqrt d$ is far too large.",
)
def test_both_jobs():
    d, rng = 512, np.random.default_rng(6)
    fresh, x = rng.normal(0, 1 / math.sqrt(d), (1000, d)), rng.normal(size=(100, d))
    assert (fresh**2).mean() < 0.01 and abs((d * fresh**2).mean() - 1) < 0.02
    assert abs(((x @ fresh.T) ** 2).mean() - 1) < 0.05
    assert ((math.sqrt(d) * x @ fresh.T) ** 2).mean() > 400


@says(
    "Without the factor, at 1, the quote becomes `you you you win`.",
    "A little more or less does not matter: at 2 the loss is the same to two digits.",
)
def test_other_factors():
    assert written(scale=1.0) == "you you you win <end>"
    own = surprise(TABLES)
    assert f"{surprise(TABLES, scale=2.0):.2f}" == f"{own:.2f}" == "0.12"
    assert written(scale=2.0) == f"{QUOTE[1]} <end>"
    for far in (0.5, 1, 1.5, 3, 4, 5):
        assert surprise(TABLES, scale=far) > own + 0.09


@says("The paper uses one table at three places:")
def test_tied():
    assert count(TABLES) == 764 and "with three tables 1024" in output(CHAPTER, "c50")
    assert 764 + 2 * E.size == 1024
