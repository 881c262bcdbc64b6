"""What the chapter on what a table knows says of long rows and of scores, proved."""

import numpy as np

from tests.claims.claim import output, says
from tfmath import cross_entropy, encode, steps, toy
from tfmath.model.parameters import starting_values, traced
from tfmath.model.transformer import transformer
from tfmath.study.measured import measured
from tfmath.study.row_limits import shorter
from tfmath.study.word_rows import WRITTEN
from tfmath.tracing import gradients, trace

CHAPTER = "03_what_a_table_knows.ipynb"
TABLES = toy.load()
E = TABLES["embedding"]
LENGTH = np.sqrt((E**2).sum(axis=1))
LONG = [word in WRITTEN for word in toy.WORDS]


@says(
    "Those that it writes.",
    "At the start the two kinds are mixed: `know` has 0.53, and `of` has 1.38.",
    "They end at 2.04 and 0.21.",
    "From step 70 on every one of the 12 is longer than every one of the 14, and so it is "
    "in our trained table.",
    "We train our model once more, from the numbers with which it began, and measure the "
    "26 rows every 10 steps.",
    "But no accident: **training wrote into the table which words are written.**",
)
def test_lengths_in_training():
    stored = measured("row_lengths")
    ends = [(stored[word][0], stored[word][-1]) for word in ("know", "of")]
    assert ends == [(0.53, 2.04), (1.38, 0.21)]
    lengths = np.array([stored[word] for word in toy.WORDS])
    apart = lengths[LONG].min(axis=0) > lengths[~np.array(LONG)].max(axis=0)
    assert apart.tolist() == [step >= 70 for step in stored["step"]]
    assert LENGTH[LONG].min() > LENGTH[~np.array(LONG)].max()
    for seed, ours in ((0, True), (1, False)):  # the table of seed 0 becomes like ours
        *_, last = toy.train_toy(np.random.default_rng(seed), 500, rounded_steps=0)
        alike = np.corrcoef(last.parameters["embedding"].ravel(), E.ravel())[0, 1]
        assert alike > 0.9 if ours else alike < 0.5


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
    "Only where scores are worked out, we shorten the row of `die`, whose length is 2, "
    "until another word wins.",
    "Down to 0.656, a third: there its row reaches no farther along $x$ than that of "
    "`<end>`.",
    "Each of the 12 would win with half its length, but by less: `die` with "
    "probability 0.246 instead of 0.872",
    "Make any one of the other 14 as long as `storm`, again only for the scores: no quote "
    "changes.",
    "Every $x$ points so much more closely along the right word than along any of these.",
    "**To be written, a word needs a row that is long enough, and an $x$ that points along "
    "it.**",
)
def test_long_enough():
    right = [[*text.split(), "<end>"] for _, text in toy.PAIRS]
    length = dict(zip(toy.WORDS, LENGTH, strict=True))
    for word in toy.WORDS:
        if word in WRITTEN:
            assert written_with(word, length[word] / 2) == right
        else:
            assert written_with(word, length["storm"]) == right
    assert written_with("die", 0.657) == right != written_with("die", 0.655)
    assert round(0.656 / length["die"], 2) == 0.33 and round(length["die"], 2) == 2
    seen = output(CHAPTER, "a3b0001c")
    assert "die down to 0.656" in seen and "between 0.19 and 0.40 of their" in seen
    assert "The right word reaches more than twice as far as any other." in seen
    half = shorter(TABLES, 0.5)
    assert round(dict(half)["die"], 3) == 0.246 and max(p for _, p in half) < 0.43
    assert round(dict(shorter(TABLES, 1))["die"], 3) == 0.872
    each_x_points_more_closely_along_the_right_word()


def each_x_points_more_closely_along_the_right_word():
    others = [i for i, word in enumerate(toy.WORDS) if word not in WRITTEN]
    for read, text in toy.PAIRS:
        ids = encode(["<start>", *text.split(), "<end>"], toy.WORDS)
        scores = np.array(transformer(TABLES, encode(read, toy.WORDS), ids[:-1])) / LENGTH
        own = scores[np.arange(len(ids) - 1), ids[1:]]
        assert (own > scores[:, others].max(axis=1)).all()
        reach = scores * LENGTH  # times the length of x, the same for all
        each = np.sort(reach, axis=1)
        assert (reach.argmax(axis=1) == ids[1:]).all()
        assert (each[:, -1] > 2 * each[:, -2]).all()
        for i in np.flatnonzero(np.array(ids[1:]) == toy.WORDS.index("die")):
            assert toy.WORDS[reach[i].argsort()[-2]] == "<end>"
            assert abs(each[i, -2] / each[i, -1] * LENGTH[ids[i + 1]] - 0.656) < 1e-3


@says(
    "Training asks to win by much, and lengthens both: the 12 rows, and each $x$.",
    "The last norm gives $x$ the length $\\sqrt 5$ before training, 2.8 to 3.9 after it.",
)
def test_how_long_x_is():
    begun, trained = starting_values(np.random.default_rng(0), toy.SIZES), TABLES
    np.testing.assert_allclose(lengths_of_x(begun), np.sqrt(5), atol=1e-3)
    found = lengths_of_x(trained)
    assert (len(found), round(min(found), 1), round(max(found), 1)) == (15, 2.8, 3.9)
    before = np.sqrt((begun["embedding"] ** 2).sum(axis=1))
    assert (LENGTH > before)[LONG].all() and not (LENGTH > before).all()


def lengths_of_x(tables):
    return [float(np.linalg.norm(x)) for x, _ in places(tables)]


def places(tables):
    """Each `x` of the last norm, and the id of the right word."""
    for read, text in toy.PAIRS:
        ids = encode(["<start>", *text.split(), "<end>"], toy.WORDS)
        record = steps(transformer(traced(tables), encode(read, toy.WORDS), ids[:-1]))
        x = record["decoder / layer 1 / norm 3 / output"].value
        yield from zip(x, ids[1:].tolist(), strict=True)


@says(
    "How? Before training, at each place, the slope ([Slopes](13_slopes.ipynb)) pulls the "
    "row of the right word along $x$, and the 25 others, together, as far against it.",
)
def test_the_pull_of_writing():
    begun = starting_values(np.random.default_rng(0), toy.SIZES)
    for x, right in places(begun):
        table = trace(begun["embedding"].copy(), "table")
        loss = cross_entropy(x[np.newaxis] @ table.T, [right], label_smoothing=0.1)
        pull = -gradients(loss, of=table)
        share = pull @ x / (x @ x)
        np.testing.assert_allclose(pull, np.outer(share, x), atol=1e-12)  # all along x
        assert share[right] > 0.5 and abs(share.sum()) < 1e-12
