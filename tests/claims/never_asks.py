"""What the chapter on self-attention says of "game" and of machines that do not ask."""

import itertools
import math

import numpy as np
import pytest

from tests.claims.claim import output, says
from tfmath import embed, encode, softmax, toy
from tfmath.learning.train import make_batch, train
from tfmath.model.parameters import flatten, starting_values, unflatten
from tfmath.study.measured import measured

CHAPTER = "06_self_attention.ipynb"

WORDS = "when you play game of thrones".split()
GAME, YOU = WORDS.index("game"), WORDS.index("you")
SENTENCE = encode(" ".join(WORDS), toy.WORDS)
WEIGHTS = "encoder / layer 1 / self-attention / heads / weights"


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


TABLES, EMBEDDING = tables(0), toy.load()["embedding"]


@says(
    '(Its row is long, for of the six the machine *writes* "you" alone: [What a table '
    "knows](03_what_a_table_knows.ipynb).)",
)
def test_you_alone_is_written():
    """That writing makes rows long, the linked chapter proves; here: it does of all."""
    written = {word for _, quote in toy.PAIRS for word in f"{quote} <end>".split()}
    assert written & set(WORDS) == {"you"}
    lengths = np.linalg.norm(EMBEDDING, axis=1)
    by_kind = {True: [], False: []}
    for word, length in zip(toy.WORDS, lengths, strict=True):
        by_kind[word in written].append(length)
    assert min(by_kind[True]) > max(by_kind[False])


# A word, or a place ---------------------------------------------------------------------


ORDERS = np.array(list(itertools.permutations(range(6))))


def in_all_orders(head, asks=GAME):
    """Of each order: what a word gives to each word, and to each place, (720, 6) each."""
    (W_Q, W_K, _), which = tables(head), np.arange(len(ORDERS))
    x = np.array([embed(np.array(SENTENCE)[order], EMBEDDING) for order in ORDERS])
    query = (x @ W_Q)[which, np.argmax(ORDERS == asks, axis=1)]
    by_place = np.exp(np.einsum("nd,npd->np", query, x @ W_K) / 2)
    by_place /= by_place.sum(axis=1, keepdims=True)
    by_word = np.empty_like(by_place)
    by_word[which[:, np.newaxis], ORDERS] = by_place
    return by_word, by_place


def mean_given(head):
    """The picture once more: word by place, the mean over the 120 orders of each pair."""
    _, by_place = in_all_orders(head)
    pairs = ORDERS[:, np.newaxis, :] == np.arange(6)[:, np.newaxis]  # order, word, place
    assert (pairs.sum(axis=0) == 120).all()
    return np.einsum("nwp,np->wp", pairs, by_place) / 120


@says(
    'In our sentence "game" looks most at "you" in head 1, and at "play" in head 2 '
    "(first drawing).",
    "Put the six words in all their 720 orders, and take the mean of what "
    '"game" gives to each word at each place.',
    '**In head 1 "game" looks for a word**: a dark row.',
    'To "you" it gives most in each of the 720 orders.',
    "**In head 2 it looks at places**: two dark columns, 2 and 3, the middle of the "
    'sentence, for all but "you".',
    '(Not every word does: over all orders "play" gives each word in head 2 about one '
    "sixth.)",
    'So "play" was looked at for its place above all, not as the neighbour of "game".',
)
def test_a_word_and_places():
    ours = [
        toy_weights[GAME].argmax() for toy_weights in toy.worked_example()[WEIGHTS].value
    ]
    assert [WORDS[i] for i in ours] == ["you", "play"]
    by_word, by_place = in_all_orders(1, WORDS.index("play"))
    for given in (by_word.mean(axis=0), by_place.mean(axis=0)):
        assert np.abs(given - 1 / 6).max() < 0.05
    by_word, _ = in_all_orders(0)
    assert len(ORDERS) == 720 and (by_word.argmax(axis=1) == YOU).all()
    given = mean_given(0)
    assert given[YOU].min() > 0.7 and np.delete(given, YOU, axis=0).max() < 0.12
    _, by_place = in_all_orders(1)
    assert set(by_place.argmax(axis=1)) == {2, 3}
    given = mean_given(1)
    others = np.delete(given, YOU, axis=0)
    assert others[:, 2:4].min() > 0.36 and others[:, [0, 1, 4, 5]].max() < 0.17
    assert given[YOU].max() < 0.01
    swapped = [WORDS.index(w) for w in "when you of game play thrones".split()]
    (row,) = by_place[(ORDERS == swapped).all(axis=1)]
    assert row.argmax() == 2  # now "of" is looked at, though it is not "play"
    at = np.argmax(ORDERS == GAME, axis=1)  # where "game" stands: its neighbour is no rule
    assert (abs(by_place.argmax(axis=1) - at) == 1).mean() < 0.4


# What game learns -----------------------------------------------------------------------


def row_of_game(ids):
    x = embed(ids, EMBEDDING)
    query, key, value = (x @ W for W in TABLES)
    scores = query[GAME] @ key.T / 2
    return np.exp(scores) @ value / np.exp(scores).sum()


def exchanged(place):
    """How far the output of "game" moves when another word stands at a place."""
    before, moved = row_of_game(SENTENCE), []
    for word in sorted(set(range(26)) - {SENTENCE[place]}):
        ids = [*SENTENCE[:place], word, *SENTENCE[place + 1 :]]
        moved.append(np.linalg.norm(row_of_game(ids) - before))
    return np.array(moved)


@says(
    'The mildest exchange of "you" moves "game" farther than the wildest of the other '
    'four, and that is each time a second "you".',
    'A circle at 0: "of" and "won\'t" have one row, "thrones" and "out", too.)',
    'What "game" learns here from the others: *"you" is in this sentence, and where.*',
    '(Let "you" and "thrones" change places, and "game" moves by 1.56; "you" and "play", '
    "by 0.28.",
)
def test_what_game_learns():
    moved = {word: exchanged(place) for place, word in enumerate(WORDS)}
    for word in ("play", "when", "of", "thrones"):
        assert moved[word].size == 25 and moved[word].max() < moved["you"].min()
        own = SENTENCE[WORDS.index(word)]
        others = sorted(set(range(26)) - {own})
        assert others[moved[word].argmax()] == SENTENCE[YOU]
    for one, other in (("of", "won't"), ("thrones", "out")):
        same = [EMBEDDING[toy.WORDS.index(word)] for word in (one, other)]
        np.testing.assert_array_equal(*same)
    assert f"you {moved['you'].min():.3g} {moved['you'].max():.3g}" in output(
        CHAPTER, "a6000017"
    )
    before = looking()[6][GAME]
    for place in set(range(6)) - {YOU, GAME}:  # in the sentence, wherever it stands
        ids = np.array(SENTENCE)
        ids[[YOU, place]] = ids[[place, YOU]]
        far = np.linalg.norm(looking(ids)[6][GAME] - before)
        assert far < moved["you"].min()
        assert (f"{far:.2f}" == "1.56") == (WORDS[place] == "thrones")
        assert (f"{far:.2f}" == "0.28") == (WORDS[place] == "play")


# Break it -------------------------------------------------------------------------------


@says(
    "In the *trained* model we multiply the queries of head 1, in this one attention, by "
    "0: everybody looks at everybody alike.",
    "Or by −1: where a word looked most, it now looks least.",
    "One with 0, none with −1.",
    "Every word, every value is still there, but mixed as the parts after it never saw.",
)
def test_without_choosing():
    def times(factor):
        changed = {name: t.copy() for name, t in flatten(toy.load()).items()}
        changed["encoder / layer 1 / self-attention / W_Q"][0] *= factor
        written = [toy.finish(unflatten(changed), read) for read, _ in toy.PAIRS]
        return [" ".join(w for w, _ in of_quote) for of_quote in written], changed

    quotes, right = [f"{quote} <end>" for _, quote in toy.PAIRS], {}
    for factor in (1, 0, -1):
        written, changed = times(factor)
        right[factor] = sum(w == q for w, q in zip(written, quotes, strict=True))
        if factor != 1:
            (ours,) = (w for w, q in zip(written, quotes, strict=True) if "die" in q)
            assert ours.split()[:4] == "you win or you".split() and "you die" not in ours
        same = [n for n, t in flatten(toy.load()).items() if np.array_equal(t, changed[n])]
        assert len(same) == len(changed) - (factor != 1)
    assert right == {1: 3, 0: 1, -1: 0}
    scores = looking()[4]
    np.testing.assert_array_equal(scores.argmax(axis=1), softmax(-scores).argmin(axis=1))
    np.testing.assert_allclose(softmax(0 * scores), 1 / 6)


@says(
    "In 11 other models, 22 heads (`python -m tfmath measure questions --out again.csv`), "
    "0 harms nothing in about a third of the heads, and −1 never finishes more quotes than "
    "0.",
)
def test_not_every_model_minds():
    """By the last digits of training 6 or 7 heads of the 22 can be silenced."""
    columns, right = measured("questions"), {}
    for seed, head, factor, n in zip(*columns.values(), strict=True):
        right.setdefault((seed, head), {})[factor] = n
    whole = {place: found for place, found in right.items() if found[1] == 3}
    assert len(right) == 24 and len(whole) == 22 and len({s for s, _ in whole}) == 11
    assert 0 not in columns["seed"]  # the start of our own model
    assert 6 <= sum(found[0] == 3 for found in whole.values()) <= 8
    assert all(found[-1] <= found[0] for found in right.values())


@says(
    "What can no plain average do? Tell who holds what.",
    'Let "cat" and "it" exchange their values, 8 and 4: the average stays 6, but "it" no '
    "longer hears 7.",
)
def test_what_no_average_can_do():
    values, weights = np.array([8, 4]), softmax([math.log(3), 0])
    assert values.mean() == values[::-1].mean() == 6
    assert [weights @ values, weights @ values[::-1]] == pytest.approx([7, 5])


@says(
    "Another machine starts with $W^Q = W^K = 0$ in every attention, and is trained (how: "
    "[Training](15_training.ipynb)).",
    "Each table's step has the other as a factor, so both stay 0: in its whole life, "
    "nobody ever asks for anything.",
    "**All three.**",
    "Equal weights make a plain average; three quotes have three different averages, and "
    "that is enough.",
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
    means = [last.parameters["embedding"][encode(read, toy.WORDS)].mean(axis=0)
             for read, _ in toy.PAIRS]  # fmt: skip
    assert all(np.abs(a - b).max() > 0.1 for a, b in itertools.combinations(means, 2))
