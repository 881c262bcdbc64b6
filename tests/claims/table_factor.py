"""What the chapter on what a table knows says of scores and of the factor √d, proved."""

import math

import numpy as np

from tests.claims.claim import output, says
from tfmath import embed, encode, positional_encoding, toy
from tfmath.model.parameters import count, starting_values
from tfmath.model.transformer import transformer
from tfmath.study.measured import measured
from tfmath.study.two_tables import by_table, mean_losses
from tfmath.study.word_rows import QUOTE, WRITTEN

CHAPTER = "03_what_a_table_knows.ipynb"
TABLES = toy.load()
E = TABLES["embedding"]
LENGTH = np.sqrt((E**2).sum(axis=1))
SENTENCE = QUOTE[0]


@says(
    "for us $\\sqrt{5} = 2.236$. When it writes, it does not.",
    "Numbers $c$ times as large make it $c^2$ times as large.",
    "For (1, 3) it is (1 + 9)/2 = 5.",
    "If $x$ has mean square 1 and the table $v$, the scores have about $d \\cdot v$.",
    "sines and cosines, with mean square about ½.",
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
    "The rest of the machine has grown used to the size of its rows.",
    "And the models trained with 1 are no worse for it: at width 5 the factor is not "
    "needed.",
)
def test_other_factors():
    tried, means = mean_losses(measured("other_factors"))
    lowest = {own: tried[int(np.argmin(losses))] for own, losses in means.items()}
    assert lowest == {own: own for own in (1.0, math.sqrt(5), 4.0)}
    with_one, with_root = means[1.0][tried.index(1.0)], min(means[math.sqrt(5)])
    assert with_one <= with_root


@says(
    "All of the 12 but `<end>` are *read* as well, by the decoder.",
    "In the table to write, in 11 of 12 models.",
    "In the table to read, in none: there the two kinds are mixed.",
    "**That the written words have the longest rows comes from writing.**",
)
def test_untied():
    before = {w for _, text in toy.PAIRS for w in ["<start>", *text.split()]}
    assert {"<end>"} == WRITTEN - before
    found = by_table(measured("two_tables"))
    longer = {name: [b > a for a, b in ends.values()] for name, ends in found.items()}
    assert {n: (sum(x), len(x)) for n, x in longer.items()} == {
        "to read": (0, 12),
        "to write": (11, 12),
    }


@says("The paper uses one table at three places:")
def test_tied():
    assert count(TABLES) == 764 and "with three tables 1024" in output(CHAPTER, "c50")
    assert 764 + 2 * E.size == 1024


def written_with(word, length):
    """All that is named when a word's row has another length, only where it is written."""
    found = []
    for read, right in toy.PAIRS:
        ids = encode(["<start>", *right.split()], toy.WORDS)
        scores = np.array(transformer(TABLES, encode(read, toy.WORDS), ids))
        scores[:, toy.WORDS.index(word)] *= length / LENGTH[toy.WORDS.index(word)]
        found.append([toy.WORDS[i] for i in scores.argmax(axis=1)])
    return found


@says(
    "The model writes `die` at the end of its quote, from some $x$.",
    "There we shorten the row of `die`, whose length is 2, until another word wins; and so "
    "with the other 11.",
    "Down to 0.656, a third.",
    "Each of the 12 could do with half its length, and each is lost when its row is as "
    "short as that of `drink`.",
    "The other way round nothing happens: make any one of the other 14 as long as `storm`, "
    "and no quote changes, for each $x$ points more closely along the word that is right.",
    "**To be written, a word needs a row that is long enough, and an $x$ that points along "
    "it.**",
)
def test_long_enough():
    right = [[*text.split(), "<end>"] for _, text in toy.PAIRS]
    length = dict(zip(toy.WORDS, LENGTH, strict=True))
    for word in toy.WORDS:
        if word in WRITTEN:
            assert written_with(word, length[word] / 2) == right
            assert written_with(word, length["drink"]) != right
        else:
            assert written_with(word, length["storm"]) == right
    assert written_with("die", 0.657) == right != written_with("die", 0.655)
    assert round(0.656 / length["die"], 2) == 0.33 and round(length["die"], 2) == 2
    assert "die 0.656 2," in output(CHAPTER, "a3b0001c")
    each_x_points_more_closely_along_the_right_word()


def each_x_points_more_closely_along_the_right_word():
    others = [i for i, word in enumerate(toy.WORDS) if word not in WRITTEN]
    for read, text in toy.PAIRS:
        ids = encode(["<start>", *text.split(), "<end>"], toy.WORDS)
        scores = np.array(transformer(TABLES, encode(read, toy.WORDS), ids[:-1])) / LENGTH
        own = scores[np.arange(len(ids) - 1), ids[1:]]
        assert (own > scores[:, others].max(axis=1)).all()
