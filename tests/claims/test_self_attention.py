"""What the chapter on self-attention says, proved."""

import math
import sys

import numpy as np
import pytest

from tests.claims.claim import says
from tests.claims.never_asks import (  # noqa: F401  (tests, run from here)
    GAME,
    WORDS,
    YOU,
    looking,
    tables,
    test_a_machine_that_never_asks,
    test_a_word_and_places,
    test_not_every_model_minds,
    test_what_game_learns,
    test_what_no_average_can_do,
    test_without_choosing,
    test_you_alone_is_written,
)
from tfmath import softmax, toy
from tfmath.practice.self_attention import ATTENTION, SOFTMAX
from tfmath.practice.trials import trials_of

CHAPTER = "06_self_attention.ipynb"
DEFINITIONS = ("And 1000 more for all three: do the weights grow, shrink, or stay?",)

# Two words ------------------------------------------------------------------------------


@says(
    '"it" has the scores $\\ln 3$ and 0, so the two count 3 and 1:',
    '"cat" asks for nothing, so it hears both alike, 6.',
    'Then the query of "it" is $0 \\cdot 0 + 1 \\cdot \\ln 3$, its key 0, its '
    'value 4. For "cat" they are 0, 1 and 8.',
    "(Here $d_k = 1$, and dividing by $\\sqrt 1$ changes nothing.)",
)
def test_two_words():
    cat, it = np.eye(2)
    W_Q, W_K, W_V = np.array([0, math.log(3)]), np.array([1, 0]), np.array([8, 4])
    assert [w @ it for w in (W_Q, W_K, W_V)] == [math.log(3), 0, 4]
    assert [w @ cat for w in (W_Q, W_K, W_V)] == [0, 1, 8]
    counts = {who: [math.exp(W_Q @ who_row * key) for key in (1, 0)]
              for who, who_row in (("cat", cat), ("it", it))}  # fmt: skip
    np.testing.assert_allclose(counts["it"], [3, 1])
    assert counts["cat"] == [1, 1]
    mixed = {who: np.dot(n, [8, 4]) / sum(n) for who, n in counts.items()}
    assert mixed == pytest.approx({"cat": 6, "it": 7})


@says(
    "This is *self*-attention: **every word asks, can be found, and gives**, and three "
    "tables say how.",
    "Here the words meet. Read from bottom to top: six rows come in, six rows go out.",
    "The boxes from *products* to *heads / output* are one formula:",
    "It asks all words, itself included.",
    "All but the root ($d_k$ is the width of a query) is the soft dictionary: a **query** "
    "meets the **keys**, and the better a key fits, the larger the share of its **value**.",
    "(Most boxes hold two tables, one for each *head*.",
    "Queries and keys are $d_k = 4$ wide, for they will meet in a dot product. "
    "Values are $d_v = 3$ wide; they meet no query.",
    "**We can** let every word collect what it asks for from all words, and explain any "
    "number of the result.",
)
def test_the_formula_and_the_drawing():
    x, query, key, value, *_, weights, mixed = looking()
    assert (x.shape, query.shape, key.shape, value.shape) == ((6, 5), *2 * [(6, 4)], (6, 3))
    record, place = toy.worked_example(), "encoder / layer 1 / self-attention / heads"
    np.testing.assert_allclose(record[f"{place} / weights"].value[0], weights, atol=1e-14)
    np.testing.assert_allclose(record[f"{place} / output"].value[0], mixed, atol=1e-14)
    steps = [n for n in record if n.startswith(place) and record[n].inputs]
    assert sum(record[name].value.ndim == 3 for name in steps) > len(steps) / 2
    from_products = [name.removeprefix(f"{place} / ") for name in steps if place in name]
    start, end = from_products.index("products"), from_products.index("output")
    assert from_products[start : end + 1] == ["products", "scores", "weights", "output"]
    assert (weights > 0).all()  # to all words, itself included, however little


# Scores ---------------------------------------------------------------------------------


@says(
    '"you" asks for "thrones" with 3.828, "thrones" for "you" with 2.404: not the same.',
    'Nor should it be. "it" must find "cat" ($\\ln 3$), but "cat" need not find "it" (0).',
    "Six words, 36 scores: for $n$ words $n^2$.",
    "(Half of the printed 3.919 would be 1.960, not 1.959.",
)
def test_scores():
    scores = looking()[4]
    assert scores.size == 36
    thrones = WORDS.index("thrones")
    pair = [f"{scores[YOU, thrones]:.3f}", f"{scores[thrones, YOU]:.3f}"]
    assert pair == ["3.828", "2.404"]
    assert np.abs(scores - scores.T).max() == scores[YOU, thrones] - scores[thrones, YOU]
    assert f"{scores[GAME, YOU]:.3f}" == "1.959"
    asks, found = (0, math.log(3)), (1, 0)  # of cat and it, as with the pencil
    assert asks[1] * found[0] == math.log(3) and asks[0] * found[1] == 0
    assert f"{2 * scores[GAME, YOU]:.3f}" == "3.919"
    assert scores[GAME, YOU] < 1.9595


@says(
    "The scores are the same: **only the product $W^Q W^{K\\top}$ matters.**",
    'Let the rows of $X$ meet each other, without tables, and "you" fits "game" as "game" '
    'fits "you": a mirror image.',
    "Two tables break the mirror. But one could, too!",
)
def test_one_table_would_do():
    x, *_, scores, _, _ = looking()
    W_Q, W_K, _ = tables()
    np.testing.assert_array_equal(x @ x.T, (x @ x.T).T)
    np.testing.assert_allclose(x @ (W_Q @ W_K.T) @ x.T / 2, scores, atol=1e-12)
    assert np.abs(scores - scores.T).max() > 1
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(4, 4)))[0]
    other = x @ (W_Q @ turn) @ (x @ (W_K @ turn)).T / 2  # other tables, the same product
    np.testing.assert_allclose(other, scores, atol=1e-12)
    assert (2 * 512 * 64, 512 * 512) == (65536, 262144)


# Softmax --------------------------------------------------------------------------------


@says(
    "The **ratio** of two weights is e to the power of the *difference* of their scores.",
    "With the scores 0, 1, 2 each weight is 2.718 times its left neighbour.",
    "0.844, not 2.718 times 0.665: the sum below the line grew, too.",
    "What grew 2.718 times is its ratio to the others.",
    "And 1000 more changes nothing: every term has the same factor $e^{1000}$.",
    "3. The ratio of two weights in a row is e to the power of the difference of their "
    "scores.",
)
def test_ratios():
    rows = np.random.default_rng(2).normal(size=(20, 5)) * 3
    for row in rows:
        weights = softmax(row)
        assert 0 < weights.max() < 1
        ratios, differences = np.divide.outer(weights, weights), np.subtract.outer(row, row)
        np.testing.assert_allclose(ratios, np.exp(differences), rtol=1e-9)
        np.testing.assert_allclose(softmax(row + 1000), weights, rtol=1e-9)
    before, after = softmax([0.0, 1.0, 2.0]), softmax([0.0, 1.0, 3.0])
    np.testing.assert_allclose(before[1:] / before[:-1], math.e)
    sums = np.exp([[0, 1, 2], [0, 1, 3]]).sum(axis=1)  # below the line
    assert sums[1] > 2 * sums[0]
    np.testing.assert_allclose(after[2] / before[2], math.e * sums[0] / sums[1])
    np.testing.assert_allclose((after[2] / after[:2]) / (before[2] / before[:2]), math.e)


@says(
    "But a computer's ordinary numbers end near $e^{709}$.",
    "So softmax first subtracts the largest score of the row: 1000, 1001, 1002 become −2, "
    "−1, 0, the weights stay, and the largest power is $e^0 = 1$.",
)
def test_the_largest_is_subtracted():
    assert 709 < math.log(sys.float_info.max) < 710
    with pytest.raises(OverflowError):
        math.exp(1000)
    assert not np.isnan(softmax([1000.0, 1001.0, 1002.0])).any()


# Who looks at whom ----------------------------------------------------------------------


@says(
    'A guess: its row in $X$ is by far the longest (5.85; the next is "when" with 2.13), '
    "so its key is long, too, and long keys are loud.",
    "Short, it has about an equal share left: of 0.542, of 0.574 and even of 0.982.",
    '("you" itself falls to 0.030: for it, the loudest key is now that of "when".)',
    '"play" and "of" reach back. For them the long key made the weight *smaller*: loud is '
    "not liked.",
)  # fmt: skip
def test_you_is_loud():
    """The cause by an experiment: the same key, shorter, and nothing else is changed."""
    x, query, key, *_, weights, _ = looking()
    of_rows = np.linalg.norm(x, axis=1)
    assert of_rows.round(2)[[YOU, 0]].tolist() == [5.85, 2.13]
    assert np.argsort(-of_rows)[:2].tolist() == [YOU, 0]
    lengths = np.linalg.norm(key, axis=1)
    assert lengths.argmax() == YOU and lengths[YOU] > 2 * np.delete(lengths, YOU).max()
    short = np.where(np.arange(6)[:, np.newaxis] == YOU, 1 / lengths[YOU], 1)
    quiet = looking(turned=lambda key: key * short)[5]
    for word, was in (("game", 0.542), ("thrones", 0.574), ("when", 0.982)):
        i = WORDS.index(word)
        assert round(weights[i, YOU], 3) == was
        assert abs(quiet[i, YOU] - 1 / 6) < 0.04
    away = [i for i in range(6) if query[i] @ key[YOU] < 0]
    assert [WORDS[i] for i in away] == ["play", "of"]
    assert all(weights[i].max() < 0.3 and weights[i, YOU] < quiet[i, YOU] for i in away)
    assert (weights > 0).all() and weights.min() < 0.005
    assert (weights[:, YOU] > 0.5).sum() == 4  # the title of the heat map
    now = lengths * short[:, 0]
    assert round(quiet[YOU, YOU], 3) == 0.03 and WORDS[now.argmax()] == "when"
    assert WORDS[quiet[YOU].argmax()] == "when"


@says(
    '("you" itself falls to 0.030: for it, the loudest key is now that of "when".) Turned '
    "round, just as loud, it gets next to nothing from the four who gave it most, and "
    '0.623 from "of".',
    "**Four queries point its way, and its row and its key are long: it takes both.**",
)
def test_you_is_rightly_directed():
    """The other half of the cause: as loud as before, and turned round."""
    _, query, key, *_, weights, _ = looking()
    sign = np.where(np.arange(6)[:, np.newaxis] == YOU, -1, 1)
    turned = looking(turned=lambda key: key * sign)[5]
    four = weights[:, YOU] > 0.5
    assert turned[four, YOU].max() < 0.03
    assert round(turned[WORDS.index("of"), YOU], 3) == 0.623
    assert ((query @ key[YOU] > 0) == four).all()


@says(
    "Arrows of four numbers do not lie on paper, but two of them always do: here the keys "
    'of "you" and "of".',
    'Follow a dotted line to the blue arrow: "game" reaches 0.84 along the key of "you", '
    "which is 4.65 long, and 0.84 · 4.65 is, up to rounding, their product 3.919.",
    "**A dot product is the length of the key times the reach of the query along it.**",
    '("you" reaches farther than this paper.)',
)
def test_the_sheet():
    """On the sheet, the two keys are whole; of a query their products with it are left."""
    _, query, key, *_ = looking()
    two = key[[YOU, WORDS.index("of")]]
    sheet = np.linalg.qr(two.T)[0]
    np.testing.assert_allclose((two @ sheet) @ sheet.T, two, atol=1e-12)
    np.testing.assert_allclose((query @ sheet) @ (two @ sheet).T, query @ two.T, atol=1e-9)
    length = np.linalg.norm(key[YOU])
    reach = query @ (key[YOU] / length)
    assert f"{reach[GAME]:.2f} {length:.2f} {reach[GAME] * length:.3f}" == "0.84 4.65 3.919"
    assert abs(0.84 * 4.65 - 3.919) < 0.005 * (0.84 + 4.65)  # two rounded numbers
    np.testing.assert_allclose(reach * length, query @ key[YOU])
    away = reach < 0  # the title of the arrows; "you", the fourth, is not drawn
    assert [WORDS[i] for i in np.flatnonzero(away)] == ["play", "of"]
    assert reach[YOU] > 1.5 * length


@says(
    "Six products, added up. The thickest, 0.542 · 4.231, is more than four fifths of the "
    "result.",
    'That of "you": its output is its value, all but the last digit (the 1.00 of the heat '
    "map was rounded).",
    "No arrow leaves the green area that the values span: **a mixture never does.**",
    "2. The weights are positive, and each row of them sums to 1; so an output lies within "
    "the values, column by column.",
)
def test_mixtures():
    *_, value, _, weights, mixed = looking()
    assert weights[GAME].argmax() == YOU  # the thickest line
    assert weights[GAME, YOU] * value[YOU, 0] > 0.8 * mixed[GAME, 0]
    pair = f"{weights[GAME, YOU]:.3f} {value[YOU, 0]:.3f} {mixed[GAME, 0]:.3f}"
    assert pair == "0.542 4.231 2.720"
    off = np.abs(mixed[YOU].round(3) - value[YOU].round(3))
    assert 0 < off.max() < 0.0011 and weights[YOU, YOU].round(2) == 1
    assert np.linalg.norm(mixed - value, axis=1).argmin() == YOU
    rng = np.random.default_rng(3)
    for _ in range(50):
        weights, value = softmax(3 * rng.normal(size=(4, 7))), rng.normal(size=(7, 3))
        np.testing.assert_allclose(weights.sum(axis=1), 1)
        assert (weights > 0).all()
        assert ((weights @ value).max(axis=0) <= value.max(axis=0)).all()
        assert ((weights @ value).min(axis=0) >= value.min(axis=0)).all()
        sides = rng.normal(size=(3, 100))  # in whichever direction one looks, too
        assert ((weights @ value @ sides).max(axis=0) <= (value @ sides).max(axis=0)).all()


@says(
    '"when" goes nearly all the way to "you", "game" and "thrones" more than half; "play" '
    'and "of" end among the other five.',
)
def test_the_arrows_to_you():
    """Also in the two columns of the drawing, and its title."""
    *_, value, _, _, mixed = looking()
    for columns in (slice(2), slice(3)):
        there, here = value[:, columns], mixed[:, columns]
        far, left = (np.linalg.norm(at - there[YOU], axis=1) for at in (there, here))
        way = dict(zip(WORDS, left / np.where(far > 0, far, 1), strict=True))
        assert way["when"] < 0.03 and max(way["game"], way["thrones"]) < 0.5
        assert min(way["play"], way["of"]) > 0.7
    five, sides = np.delete(value[:, :2], YOU, axis=0), np.linspace(0, 2 * np.pi, 721)
    sides = np.array([np.cos(sides), np.sin(sides)])
    for word in ("play", "of"):
        assert (mixed[WORDS.index(word), :2] @ sides < (five @ sides).max(axis=0)).all()


# What the checks try --------------------------------------------------------------------


@says(
    "Write the softmax of every row of a table yourself, with `np.exp`, sums and what "
    "keeps the powers small: the check tries scores of 1000 as well.",
    "The check tries widths that all differ, so a wrong root shows.",
)
def test_what_the_checks_try():
    assert max(np.abs(scores).max() for (scores,) in trials_of(SOFTMAX)) > 900
    for x, W_Q, _, W_V in trials_of(ATTENTION):
        assert len({*x.shape, W_Q.shape[1], W_V.shape[1]}) == 4
