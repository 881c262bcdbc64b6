"""What the chapter on what a table knows says of two tables and the factor, proved."""

import math

import numpy as np

from tests.claims.claim import output, says
from tfmath import embed, encode, positional_encoding, toy
from tfmath.model.parameters import count, starting_values
from tfmath.study.measured import measured
from tfmath.study.two_tables import WAYS, by_table, mean_curves
from tfmath.study.word_rows import QUOTE, WRITTEN

CHAPTER = "03_what_a_table_knows.ipynb"
TABLES = toy.load()
E = TABLES["embedding"]
SENTENCE = QUOTE[0]


@says(
    "for us $\\sqrt{5}$. When it writes, it does not.",
    "Numbers $c$ times as large make it $c^2$ times as large.",
    "For (1, 3) it is (1 + 9)/2 = 5.",
    "Before training their signs are as random as coins.",
    "In the square of the score the mixed products cancel, on average, and $d$ squares are "
    "left.",
    "If $x$ has mean square 1 and the table $v$, the scores have mean square about $d "
    "\\cdot v$.",
    "sines and cosines, with mean square about ½.",
)
def test_mean_squares():
    x = np.array([1.0, 3.0])
    assert (x**2).mean() == 5 and all(((c * x) ** 2).mean() == c**2 * 5 for c in (2, 10))
    rng = np.random.default_rng(5)
    for d, v in ((5, 1.0), (64, 0.5), (300, 2.0)):
        x, table = rng.normal(size=(300, d)), rng.normal(0, math.sqrt(v), (300, d))
        square, squares = ((x @ table.T) ** 2).mean(), (x**2 @ (table**2).T).mean()
        assert abs(square / (d * v) - 1) < 0.1 and abs(square / squares - 1) < 0.1
        assert abs((x * table > 0).mean() - 0.5) < 0.05
    for d in (6, 64, 512):  # sin² + cos² = 1
        assert abs((positional_encoding(range(50), d) ** 2).mean() - 0.5) < 1e-12
    ids = encode(SENTENCE, toy.WORDS)
    read = embed(ids, E) - positional_encoding(6, 5)
    np.testing.assert_allclose(read, math.sqrt(5) * E[ids], atol=1e-15)


@says(
    "1, and about 512.",
    "For reading, $E \\sqrt d$ keeps up with the places at any width, and $E$ sinks.",
    "For writing, $E$ gives scores of size 1 at any width, and $E \\sqrt d$ ever larger "
    "ones.",
    "The authors' program does begin with $v = 1/d$ (Vaswani et al., 2018, "
    "*Tensor2Tensor*), and so does ours.",
)
def test_both_jobs():
    rng = np.random.default_rng(6)
    for d in (8, 64, 512):
        fresh, x = rng.normal(0, 1 / math.sqrt(d), (1000, d)), rng.normal(size=(100, d))
        assert abs(d * (fresh**2).mean() - 1) < 0.05
        assert abs(((x @ fresh.T) ** 2).mean() - 1) < 0.15
        assert abs(((math.sqrt(d) * x @ fresh.T) ** 2).mean() / d - 1) < 0.15
    begun = starting_values(rng, {"embedding": (2000, 40)})["embedding"]
    assert abs(40 * (begun**2).mean() - 1) < 0.05


@says(
    "With 8 the loss is below 1 after 15 steps, with 1 after 35.",
    "At width 64 we train models that differ only in what they read: rows times 1, rows "
    "times 8; times 1 with places 8 times smaller, times 8 with places 8 times larger.",
    "But with 1 and smaller places it is after 20, and with 8 and larger places after 30.",
    "**So it is mostly the ratio that counts: loud places drown the words.**",
    "After 120 steps all four are equally good: the factor saves time.",
)
def test_the_balance_with_the_places():
    columns = measured("four_ways")
    steps, means = mean_curves(columns)
    assert list(means) == list(WAYS) and steps[-1] == 120
    one, eight, less, more = (
        [next(s for s, x in own if x < 1) for own in _each(columns, way)] for way in WAYS
    )
    below = [
        next(s for s, x in zip(steps, means[way], strict=True) if x < 1) for way in WAYS
    ]
    assert below == [35, 15, 20, 30]
    for a, b, c, d in zip(one, eight, less, more, strict=True):  # and so with each seed
        assert max(b, c) < min(a, d)
    assert max(m[-1] for m in means.values()) - min(m[-1] for m in means.values()) < 0.005


def _each(columns, way):
    """For each seed, its steps and their losses."""
    rows = list(zip(columns["seed"], columns["step"], columns[way], strict=True))
    return [[(s, x) for seed, s, x in rows if seed == own] for own in range(6)]


@says(
    "All of the 12 but `<end>` are *read* as well, by the decoder.",
    "In the table to write, in 11 of 12 models.",
    "In the table to read (without `<end>` and `<pad>`, which nobody reads), in none.",
    "**That the written words have the longest rows comes from writing.**",
)
def test_untied():
    before = {w for _, text in toy.PAIRS for w in ["<start>", *text.split()]}
    read = before | {w for text, _ in toy.PAIRS for w in text.split()}
    assert {"<end>"} == WRITTEN - before and set(toy.WORDS) - read == {"<end>", "<pad>"}
    found = by_table(measured("two_tables"))
    longer = {name: [b > a for a, b in ends.values()] for name, ends in found.items()}
    assert {n: (sum(x), len(x)) for n, x in longer.items()} == {
        "to read": (0, 12),
        "to write": (11, 12),
    }


@says(
    "The paper uses one table at three places:",
    "With three tables it would have 103 million: more than a third is saved.",
)
def test_tied():
    saved = 2 * 37000 * 512 / 1e6
    assert round(65 + saved) == 103 and saved / (65 + saved) > 1 / 3
    assert count(TABLES) == 764 and "with three tables 1024" in output(CHAPTER, "c50")
    assert 764 + 2 * E.size == 1024
