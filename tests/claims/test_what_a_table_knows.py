"""What the chapter on what a table knows says, proved."""

import math

import numpy as np
import pytest

from tests.claims.claim import output, says
from tests.claims.long_rows import (  # noqa: F401  (tests, run from here)
    test_how_long_x_is,
    test_lengths_in_training,
    test_long_enough,
    test_the_pull_of_writing,
)
from tests.claims.table_factor import (  # noqa: F401
    test_both_jobs,
    test_mean_squares,
    test_the_balance_with_the_places,
    test_tied,
    test_untied,
)
from tfmath import encode, encoder, positional_encoding, toy
from tfmath.model.transformer import decode_target
from tfmath.show.rows import reaches
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
    "`of` and `won't` even have one row, and so have `thrones` and `out`: for the machine "
    "each pair is one word.",
    "And `you` stands apart: its nearest is at 2.090, and the quote is lost.",
    "With each of the 22 other words (`<pad>`, `<start>` and `<end>` left out) in each of "
    "six places there are 132.",
)
def test_the_nearest_word(tried):
    nearest = {row["word"]: row for row in nearest_of(tried)}
    assert [w for w in SIX if not nearest[w]["stands"]] == ["you"]
    assert round(nearest["you"]["distance"], 3) == 2.09
    np.testing.assert_array_equal(row_of("of"), row_of("won't"))
    np.testing.assert_array_equal(row_of("thrones"), row_of("out"))
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
    "The 18 crosses there come from only five words: `wait`, `win`, `the`, `know`, `or`.",
)
def test_near_and_far(tried):
    found = {(row["word"], row["other"]): row for row in tried}
    of, brings = found["play", "of"], found["play", "brings"]
    assert not of["stands"] and brings["stands"]
    assert written(SENTENCE.replace("play", "of")) == "you win <end>"
    assert brings["distance"] > 10 * of["distance"]
    lost = [
        row for row in tried if not row["stands"] and row["word"] not in ("you", "play")
    ]
    four = [row["other"] for row in lost]
    assert len(four) == 18 and set(four) == {"wait", "win", "the", "know", "or"}
    near = [row for row in tried if row["distance"] < 1]
    assert {row["word"] for row in near if not row["stands"]} == {"play"}
    assert {"when", "game", "of", "thrones"} < {row["word"] for row in near}


@says(
    "Three rows lie in one plane, as any three points do.",
    "Towards `of` the border is near, and `of` is a hair beyond it: there, after `you "
    "win`, `<end>` overtakes `or`.",
    "Let the row of `play` wander in it, only where the encoder reads, and let the model "
    "write at each point:",
    "On the way to `brings` none is met.",
)
def test_the_border():
    rows, play = np.stack([row_of(word) for word in SIX]), row_of("play")

    def lost(word, share):
        rows[2] = play + share * (row_of(word) - play)
        return not stands(rows)

    assert [lost("of", share) for share in (0.5, 0.9, 0.98, 1)] == [False] * 3 + [True]
    assert written(SENTENCE.replace("play", "of")) == "you win <end>"
    assert not any(lost("brings", share) for share in np.linspace(0, 1, 200))
    alt = output(CHAPTER, "a3b00008")
    assert "brings, 1.752: kept; of, 0.173: lost" in alt


def stands(rows):
    """Whether the quote follows six rows, in place of those of its words."""
    ids = encode(["<start>", *QUOTE[1].split(), "<end>"], toy.WORDS)
    x = rows * math.sqrt(5) + positional_encoding(6, 5)
    logits = decode_target(TABLES, ids[:-1], encoder(x, TABLES["encoder"]))
    return bool((logits.argmax(axis=-1) == ids[1:]).all())


@says("**How far a row may move depends on the direction.**")
def test_directions():
    """`play` moved in random directions: somewhere the quote is lost, near or far."""
    rows, rng = np.stack([row_of(word) for word in SIX]), np.random.default_rng(0)
    assert stands(rows)
    limits = []
    for _ in range(40):
        moved, way = rows.copy(), rng.normal(size=5)
        for far in np.arange(0.1, 3.6, 0.1):
            moved[2] = rows[2] + far * way / np.linalg.norm(way)
            if not stands(moved):
                limits.append(far)
                break
    assert len(limits) > 30 and max(limits) > 5 * min(limits)


# Erased ---------------------------------------------------------------------------------


@says(
    "First `play`, whose row is farther from zeros than from `of`.",
    "Neither! Five of six words erased, and the quote stands: to recognize this beginning, "
    "`you` and the places are enough.",
    "A row of zeros can be less harmful than a row that says something else.",
    "(With the mean of all 26 rows in the place of the five, the quote is lost.)",
)
def test_erased():
    right = f"{QUOTE[1]} <end>"
    assert LENGTH[toy.WORDS.index("play")] > np.linalg.norm(row_of("play") - row_of("of"))
    others = [word for word in SIX if word != "you"]
    assert written(SENTENCE, tables=without_words(TABLES, ["play"])) == right
    assert written(SENTENCE, tables=without_words(TABLES, others)) == right
    mean = E.copy()
    mean[[toy.WORDS.index(word) for word in others]] = E.mean(axis=0)
    assert written(SENTENCE, tables={**TABLES, "embedding": mean}) != right
    assert written(SENTENCE.replace("play", "of")) != right
    silent = without_words(TABLES, others)
    kept = [w for w in toy.WORDS[3:] if written(SENTENCE.replace("you", w), tables=silent)
            == right]  # fmt: skip
    assert kept == ["you"]
    # By its place, too: "you" elsewhere among five silent words.
    for text in ("you when play game of thrones", "when play you game of thrones"):
        assert written(text, tables=without_words(TABLES, others)) != right


@says(
    "We trained ours anew from twelve other random starts (500 steps, not rounded).",
    "In 4 of the 12 the five words can be erased, too.",
    "In the other eight they cannot.",
)
def test_erased_in_other_models():
    columns = measured("word_rows")
    assert columns["model"][1:] == [f"seed {seed}" for seed in range(1, 13)]
    assert min(columns["lowest"]) > 0.5  # each recites its quotes
    assert sum(columns["erased_harmless"][1:]) == 4


# Lengths and scores ---------------------------------------------------------------------


@says(
    "Together, it writes 12 different words.",
    "Of tables drawn by chance, one in 9,657,700 is so: that many ways there are to choose "
    "the 12 longest of 26.",
)
def test_lengths():
    assert len(WRITTEN) == 12 and math.comb(26, 12) == 9657700
    assert {w for _, right in toy.PAIRS for w in right.split()} | {"<end>"} == WRITTEN
    long = np.array([word in WRITTEN for word in toy.WORDS])
    assert LENGTH[long].min() > LENGTH[~long].max() and (~long).sum() == 14


@says(
    "In each of these 13 the square is on the right.",
    "Not quite a law: from starts 13, 23 and 25 it is not.",
)
def test_lengths_of_other_models():
    columns = measured("word_rows")
    assert len(columns["model"]) == 13
    assert (np.subtract(columns["shortest_written"], columns["longest_read"]) > 0).all()
    long = np.array([word in WRITTEN for word in toy.WORDS])
    for seed in (13, 23, 25):
        *_, last = toy.train_toy(np.random.default_rng(seed), 500, rounded_steps=0)
        lengths = np.linalg.norm(last.parameters["embedding"], axis=1)
        assert lengths[long].min() < lengths[~long].max()
        assert toy.recites(last.parameters) > 0.8


@says(
    "`die` names itself.",
    "`drink` does not: it gives itself 0.11, and `storm` gets 0.65.",
    "Each spoke is a row, with its own length and its own angle to $x$.",
    "A score is how far the row reaches along $x$, times the length of $x$:",
    "But `storm` is more than seven times as long as `drink`.",
    "**Here length beats direction.**",
)
def test_length_wins():
    scores = E @ E.T
    at = toy.WORDS.index
    assert scores[at("die")].argmax() == at("die")
    assert scores[at("drink"), [at("drink"), at("storm")]].round(2).tolist() == [0.11, 0.65]
    assert LENGTH[at("storm")] > 7 * LENGTH[at("drink")]
    (_, drink) = reaches(E, toy.WORDS, {"a": (E[at("die")], []), "b": (E[at("drink")], [])},
                         set(), ("", ""), "Two.").figure.axes  # fmt: skip
    ends = [line.get_xydata()[1] for line in drink.lines[1:27]]
    assert np.allclose(sorted(np.hypot(*np.transpose(ends))), sorted(LENGTH))
    along = np.transpose(ends)[0] * LENGTH[at("drink")]
    assert np.allclose(sorted(along), sorted(scores[at("drink")]))
    # With rows of one length each word would name itself (or its twin).
    same = E / LENGTH[:, np.newaxis]
    best = (same @ same.T).argmax(axis=1)
    np.testing.assert_allclose(same[best], same, atol=1e-12)
    assert (same @ same.T).max() <= 1 + 1e-12


@says(
    "Exactly those that it writes.",
    "In each of the 13 models every written word names itself.",
    "In six of them only these do.",
)
def test_who_names_itself():
    best = (E @ E.T).argmax(axis=1)
    assert {toy.WORDS[i] for i in range(26) if best[i] == i} == WRITTEN
    columns = measured("word_rows")
    assert columns["written_named"] == [12] * 13
    assert [named > 12 for named in columns["named"]].count(False) == 6
