"""What the chapter on what a table knows says, proved."""

import math

import numpy as np
import pytest

from tests.claims.claim import output, says
from tests.claims.table_factor import (  # noqa: F401  (tests, run from here)
    test_both_jobs,
    test_long_enough,
    test_mean_squares,
    test_other_factors,
    test_tied,
    test_untied,
)
from tfmath import encode, encoder, positional_encoding, toy
from tfmath.model.transformer import decode_target
from tfmath.study.measured import measured
from tfmath.study.word_rows import QUOTE, WRITTEN, exchanges, nearest_of, without_words

CHAPTER = "03_what_a_table_knows.ipynb"
DEFINITIONS = (
    "Size is measured by the **mean square**: square all numbers, and average.",
    "The loss says how surprised a model is by the right words, on average over the three "
    "quotes: the lower, the better.",
)

TABLES = toy.load()
E = TABLES["embedding"]
LENGTH = np.sqrt((E**2).sum(axis=1))
SENTENCE = QUOTE[0]
SIX = SENTENCE.split()


def row_of(word):
    return E[toy.WORDS.index(word)]


def written(text, **variant):
    tables = variant.pop("tables", TABLES)
    return " ".join(w for w, _ in toy.finish(tables, text, **variant))


@pytest.fixture(scope="module")
def tried():
    return exchanges(TABLES)


# Near and far ---------------------------------------------------------------------------


@says(
    "It is used at the bottom of the machine, where words become rows (*scaled "
    "embedding*), and at the very top, where a row becomes a word again (*logits*).",
    "It meets *every* row of the same table $E$: 26 dot products, 26 **scores** (here "
    "called *logits*), and the highest wins.",
)
def test_where_the_table_is_used():
    record = toy.worked_example()
    users = [n for n in record if any(p is record["embedding"] for p in parents(record, n))]
    assert {"encoder / scaled embedding", "decoder / scaled embedding", "logits"} == set(
        users
    )
    x = record["decoder / layer 1 / norm 3 / output"].value
    scores = [[sum(a * b for a, b in zip(row, e, strict=True)) for e in E] for row in x]
    np.testing.assert_allclose(record["logits"].value, scores, atol=1e-12)
    assert toy.WORDS[int(np.argmax(scores[-1]))] == "die"


def parents(record, name):
    """All named arrays that lead to a step without another named one in between."""
    found, waiting = [], list(record[name].inputs)
    while waiting:
        node = waiting.pop()
        if any(node is step for step in record.values()):
            found.append(node)
        else:
            waiting += node.inputs
    return found


@says(
    "Five of six.",
    "`won't` for `of` has even the distance 0: the same row, so for the machine the same "
    "word.",
    "And `you` stands apart: its nearest is at 2.090, and the quote is lost.",
    "there are 22 other words for each of six places: 132 exchanges.",
)
def test_the_nearest_word(tried):
    nearest = {row["word"]: row for row in nearest_of(tried)}
    assert [w for w in SIX if not nearest[w]["stands"]] == ["you"]
    assert round(nearest["you"]["distance"], 3) == 2.09
    np.testing.assert_array_equal(row_of("of"), row_of("won't"))
    assert len(tried) == 6 * 22 == 132
    for word in SIX:
        text = SENTENCE.replace(word, nearest[word]["other"])
        assert (written(text) == f"{QUOTE[1]} <end>") == nearest[word]["stands"]


@says(
    "Near is a good sign: at `when`, `game`, `of` and `thrones` no exchange nearer than 1 "
    "does harm.",
    "But there is no such law.",
    "Look at `play`: `of` loses the quote (the model writes `you win`), and `brings`, ten "
    "times as far, keeps it.",
    "At `you` the nearest word loses it, and two that are farther keep it.",
)
def test_near_and_far(tried):
    found = {(row["word"], row["other"]): row for row in tried}
    of, brings = found["play", "of"], found["play", "brings"]
    assert not of["stands"] and brings["stands"]
    assert written(SENTENCE.replace("play", "of")) == "you win <end>"
    assert brings["distance"] > 10 * of["distance"]
    you = sorted((row["distance"], row["stands"]) for row in tried if row["word"] == "you")
    assert not you[0][1] and sum(stands for _, stands in you) == 2
    near = [row for row in tried if row["distance"] < 1]
    assert {row["word"] for row in near if not row["stands"]} == {"play"}
    assert {"when", "game", "of", "thrones"} < {row["word"] for row in near}


@says(
    "Three rows lie in one plane.",
    "Towards `of` the border is near, and `of` is just beyond it.",
    "Towards `brings` none is met.",
    "**What counts is not how far a row moves, but whether it crosses a border.**",
)
def test_the_border():
    rows, play = np.stack([row_of(word) for word in SIX]), row_of("play")

    def lost(word, share):
        rows[2] = play + share * (row_of(word) - play)
        return not stands(rows)

    assert [lost("of", share) for share in (0.5, 0.8, 0.9, 1)] == [
        False,
        False,
        False,
        True,
    ]
    assert not any(lost("brings", share) for share in np.linspace(0, 1, 200))
    alt = output(CHAPTER, "a3b00008")
    assert "brings, 1.752: kept; of, 0.173: lost" in alt


def stands(rows):
    """Whether the quote follows six rows, in place of those of its words."""
    ids = encode(["<start>", *QUOTE[1].split(), "<end>"], toy.WORDS)
    x = rows * math.sqrt(5) + positional_encoding(6, 5)
    logits = decode_target(TABLES, ids[:-1], encoder(x, TABLES["encoder"]))
    return bool((logits.argmax(axis=-1) == ids[1:]).all())


@says("A distance treats all directions alike; the machine behind the table does not.")
def test_directions():
    """`play` moved equally far, 0.2, in random directions: not all keep the quote."""
    rows, rng = np.stack([row_of(word) for word in SIX]), np.random.default_rng(0)
    assert stands(rows)
    found = []
    for _ in range(40):
        moved, way = rows.copy(), rng.normal(size=5)
        moved[2] += 0.2 * way / np.linalg.norm(way)
        found.append(stands(moved))
    assert 0 < sum(found) < 40


# Erased ---------------------------------------------------------------------------------


@says(
    "First `play`, whose row is farther from zeros than from `of`.",
    "Only the last!",
    "Five of six words erased, and the quote stands: this beginning is recognized by one "
    "word, `you`, and by places.",
    "A row of zeros says nothing, and that can be less harmful than a row that says "
    "something else.",
)
def test_erased():
    right = f"{QUOTE[1]} <end>"
    assert LENGTH[toy.WORDS.index("play")] > np.linalg.norm(row_of("play") - row_of("of"))
    others = [word for word in SIX if word != "you"]
    assert written(SENTENCE, tables=without_words(TABLES, ["play"])) == right
    assert written(SENTENCE, tables=without_words(TABLES, others)) == right
    assert written(SENTENCE, tables=without_words(TABLES, ["you"])) != right
    assert written(SENTENCE.replace("play", "of")) != right
    silent = without_words(TABLES, others)
    kept = [w for w in toy.WORDS[3:] if written(SENTENCE.replace("you", w), tables=silent)
            == right]  # fmt: skip
    assert kept == ["you"]
    # By its place, too: "you" elsewhere among five silent words.
    for text in ("you when play game of thrones", "when play you game of thrones"):
        assert written(text, tables=without_words(TABLES, others)) != right


@says(
    "We trained it anew from twelve other random beginnings.",
    "In 7 of the 12 the five words can be erased, too.",
    "In the other five they cannot.",
)
def test_erased_in_other_models():
    columns = measured("word_rows")
    assert columns["model"][1:] == [f"seed {seed}" for seed in range(12)]
    assert min(columns["lowest"]) > 0.75
    assert sum(columns["erased_harmless"][1:]) == 7


# Lengths and scores ---------------------------------------------------------------------


@says(
    "Together, it writes 12 different words.",
    "Every one of the 12 is longer than every one of the 14.",
    "Of tables drawn by chance, one in 9,657,700 is so: that many ways there are to choose "
    "the 12 longest of 26.",
)
def test_lengths():
    assert len(WRITTEN) == 12 and math.comb(26, 12) == 9657700
    assert {w for _, right in toy.PAIRS for w in right.split()} | {"<end>"} == WRITTEN
    long = np.array([word in WRITTEN for word in toy.WORDS])
    assert LENGTH[long].min() > LENGTH[~long].max() and (~long).sum() == 14


@says(
    "In every model the square is on the right.",
    "**Training wrote into the table which words are written.**",
    "(`of` and `won't` have one row, and nothing in common.)",
    "So the lengths are a law here, and who names itself is a fact about one table.",
)
def test_lengths_of_other_models():
    columns = measured("word_rows")
    assert len(columns["model"]) == 13
    assert (np.subtract(columns["shortest_written"], columns["longest_read"]) > 0).all()


@says(
    "`die` names itself.",
    "`drink` does not: it gives itself 0.11, and `storm` gets 0.65.",
    "But `storm` is more than seven times as long as `drink`.",
    "**Length wins over direction.**",
)
def test_length_wins():
    scores = E @ E.T
    at = toy.WORDS.index
    assert scores[at("die")].argmax() == at("die")
    assert scores[at("drink"), [at("drink"), at("storm")]].round(2).tolist() == [0.11, 0.65]
    assert LENGTH[at("storm")] > 7 * LENGTH[at("drink")]
    # With rows of one length each word would name itself (or its twin).
    same = E / LENGTH[:, np.newaxis]
    best = (same @ same.T).argmax(axis=1)
    np.testing.assert_allclose(same[best], same, atol=1e-12)
    assert (same @ same.T).max() <= 1 + 1e-12


@says(
    "In our model those that name themselves are exactly those that it writes.",
    "In the others it is so in 5 of 12, and in 7 one more word names itself.",
)
def test_who_names_itself():
    best = (E @ E.T).argmax(axis=1)
    assert {toy.WORDS[i] for i in range(26) if best[i] == i} == WRITTEN
    columns = measured("word_rows")
    assert sum(columns["the_written"][1:]) == 5
    assert sorted(columns["named"][1:]) == [12] * 5 + [13] * 7
