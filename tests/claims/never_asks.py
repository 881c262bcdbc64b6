"""What the chapter on self-attention says of "game" and of machines that do not ask."""

import math

import numpy as np
import pytest

from tests.claims.claim import output, says
from tfmath import embed, encode, softmax, toy
from tfmath.learning.train import make_batch, train
from tfmath.model.parameters import flatten, starting_values, unflatten

CHAPTER = "06_self_attention.ipynb"

WORDS = "when you play game of thrones".split()
GAME, YOU = WORDS.index("game"), WORDS.index("you")
SENTENCE = encode(" ".join(WORDS), toy.WORDS)


def tables(head=0):
    layer = toy.load()["encoder"]["layer 1"]["self-attention"]
    return [layer[name][head] for name in ("W_Q", "W_K", "W_V")]


def looking(ids=SENTENCE, turned=lambda key: key):
    """X, query, key, value, scores, weights, output of head 1, by the formula."""
    x = embed(ids, toy.load()["embedding"])
    query, key, value = (x @ W for W in tables())
    scores = query @ turned(key).T / math.sqrt(4)
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    return x, query, key, value, scores, weights, weights @ value


# What game learns -----------------------------------------------------------------------


TABLES, EMBEDDING = [tables(0), tables(1)], toy.load()["embedding"]


def row_of_game(ids, head):
    x = embed(ids, EMBEDDING)
    query, key, value = (x @ W for W in TABLES[head])
    scores = query[GAME] @ key.T / 2
    return np.exp(scores) @ value / np.exp(scores).sum()


def exchanged(place, head=0):
    """How far the output of "game" moves when another word stands at a place."""
    before, moved = row_of_game(SENTENCE, head), []
    for word in sorted(set(range(26)) - {SENTENCE[place]}):
        ids = [*SENTENCE[:place], word, *SENTENCE[place + 1 :]]
        moved.append(np.linalg.norm(row_of_game(ids, head) - before))
    return np.array(moved)


@says(
    '**In head 1 it is "you".** Whatever we put for "play" moves "game" less than the '
    'mildest exchange of "you".',
    'It is the same with "when", "of" and "thrones".',
    'What "game" learns here from the others is, before all else: *"you" is in this '
    "sentence.*",
    "Neither need be what a linguist would draw.",
)
def test_what_game_learns():
    moved = {word: exchanged(place) for place, word in enumerate(WORDS)}
    for word in ("play", "when", "of", "thrones"):
        assert moved[word].size == 25 and moved[word].max() < moved["you"].min()
    assert f"{moved['you'].mean():.3f}" in output(CHAPTER, "a6000010")
    before = looking()[6][GAME]
    for place in set(range(6)) - {YOU, GAME}:  # in the sentence, wherever it stands
        ids = np.array(SENTENCE)
        ids[[YOU, place]] = ids[[place, YOU]]
        assert np.linalg.norm(looking(ids)[6][GAME] - before) < moved["you"].min()


@says(
    '**In head 2 it is the neighbour**: "play" has the weight 0.50 there, "you" 0.001. '
    "Two heads look at two things.",
    'The zeros of "of" and "thrones" are exact: "won\'t" has the row of "of", "out" that '
    'of "thrones". No head can tell such twins apart.',
)
def test_head_2_looks_at_the_neighbour():
    moved = {word: exchanged(place, 1).mean() for place, word in enumerate(WORDS)}
    others = {word: by for word, by in moved.items() if word != "game"}
    assert max(others, key=others.get) == "play" and moved["play"] > 1.5 * moved["you"]
    weights = toy.worked_example()["encoder / layer 1 / self-attention / heads / weights"]
    of_game = weights.value[1, GAME]
    assert f"{of_game[WORDS.index('play')]:.2f} {of_game[YOU]:.3f}" == "0.50 0.001"
    assert of_game.argmax() == WORDS.index("play")
    embedding, at = toy.load()["embedding"], list(toy.WORDS).index
    for word, twin in (("of", "won't"), ("thrones", "out")):
        np.testing.assert_array_equal(embedding[at(word)], embedding[at(twin)])
        assert all(exchanged(WORDS.index(word), head).min() == 0 for head in (0, 1))


# Break it -------------------------------------------------------------------------------


@says(
    "In the *trained* model we multiply the queries of head 1, in this one attention, by "
    "0: everybody looks at everybody alike.",
    "Or by −1: where a word looked most, it now looks least.",
    "Its beginning, four words. Every word, every value is still there.",
    "But all that follows was trained on rows mixed by *these* weights.",
)
def test_without_choosing():
    def times(factor):
        changed = {name: t.copy() for name, t in flatten(toy.load()).items()}
        changed["encoder / layer 1 / self-attention / W_Q"][0] *= factor
        return [w for w, _ in toy.finish(unflatten(changed), " ".join(WORDS))], changed

    right, _ = times(1)
    assert right == ["you", "win", "or", "you", "die", "<end>"]
    for factor in (0, -1):
        written, changed = times(factor)
        assert written[:4] == right[:4] and written[4] != right[4]
        same = [n for n, t in flatten(toy.load()).items() if np.array_equal(t, changed[n])]
        assert len(same) == len(changed) - 1
    scores = looking()[4]
    np.testing.assert_array_equal(scores.argmax(axis=1), softmax(-scores).argmin(axis=1))
    np.testing.assert_allclose(softmax(0 * scores), 1 / 6)


@says(
    "It starts with $W^Q = W^K = 0$ in every attention, and is trained (how: "
    "[Training](15_training.ipynb)).",
    "Each of the two tables learns through the other, so both stay 0: in its whole life, "
    "nobody ever asks for anything.",
    "**All three.**",
    "Equal weights make a plain average, and for three quotes averages are enough.",
    "The machine that we broke *uses* its choice; the task does not *need* it.",
    "That a machine breaks without a part shows the first, not the second.",
)
@pytest.mark.parametrize("seed", [2, 3])
def test_a_machine_that_never_asks(seed):
    """Other starts than the chapter's, whose own texts are read from its stored cell."""
    for read, written in toy.PAIRS:
        assert f"{read} → {written} <end>" in output(CHAPTER, "a6000015")
    flat = flatten(starting_values(np.random.default_rng(seed), toy.SIZES))
    asking = [name for name in flat if name.endswith(("W_Q", "W_K"))]
    assert len(asking) == 2 * 3  # in all three attentions
    flat |= {name: 0 * flat[name] for name in asking}
    *_, last = train(unflatten(flat), make_batch(toy.PAIRS, toy.WORDS), 120, 0.02)
    after = flatten(last.parameters)
    assert all((after[name] == 0).all() for name in asking)
    assert all((after[name] != flat[name]).any() for name in flat if name not in asking)
    assert toy.recites(last.parameters) > 0  # all three quotes
