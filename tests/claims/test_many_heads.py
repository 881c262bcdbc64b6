"""What the chapter on many heads says, proved."""

import math

import numpy as np

from tests.claims.claim import says
from tests.claims.heads_lost import (  # noqa: F401  (tests, run from here)
    test_all_learn_all_three,
    test_half_is_worse_than_nothing,
    test_the_papers_marks,
    test_twins_stay_twins,
    test_two_wishes_trained,
    written,
)
from tests.claims.heads_priced import (  # noqa: F401
    test_a_narrow_head,
    test_heads_can_share_keys_and_values,
    test_what_heads_cost,
)
from tests.claims.longest_row import test_the_longest_row  # noqa: F401
from tests.claims.one_mixture import test_one_look_hands_over_one_mixture  # noqa: F401
from tfmath import attention_head, embed, encode, softmax, toy
from tfmath.model.names import flatten
from tfmath.study.crossed_out import without_head
from tfmath.study.one_wide_head import one_softmax

CHAPTER = "08_many_heads.ipynb"
DEFINITIONS = (
    "Work out with a pencil the dot product of $q$ with A and with B: with all four "
    "numbers, with the first two, with the last two.",
    "How many times an **equal share**, $1/n$, does the longest row get on average, in the "
    "three quotes, and in 1000 sentences of six words drawn from those that the encoder "
    "learned to read?",
    "We draw $a$ and $b$ ten thousand times, each by itself, around 0 with spread 1, and "
    "take the best factors.",
    "Each of six words holds a number, drawn anew in every sentence; the query names two "
    "words.",
    "BLEU is a mark for translations, the higher the better (no spread over starts is "
    "given).",
)

PLACE = "encoder / layer 1 / self-attention"
LAYER = toy.load()["encoder"]["layer 1"]["self-attention"]
EMBEDDING = toy.load()["embedding"]
WORDS = "when you play game of thrones".split()
YOU = WORDS.index("you")


def rows_of(text):
    return embed(encode(text, toy.WORDS), toy.load()["embedding"])


def weights_of(text):
    return weights_of_rows(rows_of(text))


def weights_of_rows(x):
    """A table for each head, by the formula."""
    look = LAYER["W_Q"], LAYER["W_K"]
    scores = [x @ q @ (x @ k).T / math.sqrt(4) for q, k in zip(*look, strict=True)]
    grown = [np.exp(s - s.max(axis=1, keepdims=True)) for s in scores]
    return [g / g.sum(axis=1, keepdims=True) for g in grown]


# Reading and splitting ------------------------------------------------------------------


@says(
    "So the machine looks twice, side by side: two **heads**.",
    "**Every head reads all of $X$**, 6×5.",
    "Only queries, keys and values are its own:",
    "The rows of $X$ were never split.",
    "Every head reads all of $X$.",
)
def test_every_head_reads_all_of_x():
    """Each column of X is changed, and each head's result with it."""
    x = rows_of(" ".join(WORDS))
    assert x.shape == (6, 5) and {len(LAYER[f"W_{t}"]) for t in "QKV"} == {2}
    for head in range(2):
        own = [LAYER[f"W_{t}"][head] for t in "QKV"]
        before = attention_head(x, x, x, *own)
        for column in range(5):
            other = x + np.eye(5)[column]
            assert np.abs(attention_head(other, other, other, *own) - before).max() > 1e-3


@says(
    "4. Shapes: $h$ heads of $n{\\times}d_v$, joined $n{\\times}h\\,d_v$, times $W^O$: "
    "$n{\\times}d_{\\text{model}}$."
)
def test_sizes():
    record = toy.worked_example()
    names = ("query", "key", "value", "weights", "output")
    sizes = [record[f"{PLACE} / heads / {name}"].shape for name in names]
    assert sizes == [(2, 6, 4), (2, 6, 4), (2, 6, 3), (2, 6, 6), (2, 6, 3)]
    last = [record[f"{PLACE} / {name}"].shape for name in ("heads", "output")]
    assert last == [(6, 6), (6, 5)]


@says(
    "It would be 15 as well if A held 20 and B 10: **from this output nobody can tell who "
    "holds what.**",
    "The two heads find 10 and 20, and keep them **side by side**.",
)
def test_two_wishes():
    keys, found = 100 * np.eye(2), {}
    for a, b in ((10, 20), (20, 10)):
        for query in ((1, 1), (1, 0), (0, 1)):
            weights = softmax(keys @ np.array(query) / math.sqrt(2))
            found[a, query] = weights @ np.array([a, b])
    assert found[10, (1, 1)] == found[20, (1, 1)] == 15
    assert [round(found[10, q], 9) for q in ((1, 0), (0, 1))] == [10, 20]
    assert [round(found[20, q], 9) for q in ((1, 0), (0, 1))] == [20, 10]


@says(
    "For one wide head, A and B are equal, at 2. Split, head 1 prefers A and head 2 "
    "prefers B.",
    "The whole is the **sum** of the parts: a wide head adds the two preferences, and here "
    "nothing is left of them.",
    "What keeps heads apart: **each makes a row of weights from its own part.**",
    "Two heads need no more numbers than one wide one.",
)
def test_splitting_a_query():
    q, a, b = np.array([1, 1, 0, 1]), np.array([2, 0, 1, 0]), np.array([0, 1, 0, 1])
    assert q @ a == q @ b == 2
    parts = [(q[half] @ a[half], q[half] @ b[half]) for half in (slice(2), slice(2, 4))]
    assert parts[0][0] > parts[0][1] and parts[1][0] < parts[1][1]
    assert tuple(map(sum, zip(*parts, strict=True))) == (2, 2)
    np.testing.assert_allclose(softmax([2.0, 2.0]), 0.5)
    query, key = ([[[*q[:2]]], [[*q[2:]]]], [[a[:2], b[:2]], [a[2:], b[2:]]])
    query, key = np.array(query, dtype=float), np.array(key, dtype=float)
    value = np.array([[[10.0], [20.0]]] * 2)
    np.testing.assert_allclose(
        one_softmax(query, key, value), 15
    )  # split, and all the same
    parted = softmax(query @ key.swapaxes(1, 2)) @ value
    assert parted[0] < 15 < parted[1]
    without_softmax = query @ key.swapaxes(1, 2) @ value  # heads are apart as well
    assert without_softmax[0] != without_softmax[1]


@says(
    "It is: each column of a product is made from one column of the table.",
    "`reshape` reads the numbers row by row, and starts a new row after every four.",
    "Three of the six words, each cut into two rows, and every second row is meant for "
    "head 2.",
    "One product with a wide table, split, equals separate products; what keeps heads "
    "apart: each makes weights from its own part.",
)
def test_splitting_a_table():
    rng = np.random.default_rng(2)
    x, wide = rng.normal(size=(6, 5)), rng.normal(size=(5, 8))
    for column in range(8):
        other = wide.copy()
        other[:, column] = 0
        changed = np.flatnonzero((x @ other != x @ wide).any(axis=0))
        assert changed.tolist() == [column]
    places = np.array([[10 * word + column for column in range(8)] for word in range(6)])
    wrong = places.reshape(2, 6, 4)[0]
    assert wrong.ravel().tolist() == places.ravel().tolist()[:24]
    assert (wrong // 10)[:, 0].tolist() == [0, 0, 1, 1, 2, 2]
    assert (wrong % 10 // 4).tolist() == [[0] * 4, [1] * 4] * 3
    right = places.reshape(6, 2, 4).swapaxes(0, 1)
    np.testing.assert_array_equal(right, np.split(places, 2, axis=1))


# What a head writes ---------------------------------------------------------------------


@says(
    "**The output is a sum of what each head writes.**",
    "Neither sees what the other found: all write on one page.",
    "And $\\mathrm{head}_1W^O_{0..2}=\\mathrm{weights}_1\\cdot X\\cdot "
    "W^V_1W^O_{0..2}$: the weights say **whom** a word reads, one 5×5 table, "
    "$W^V_1W^O_{0..2}$, says **what** words hand over (Elhage et al., 2021).",
    "2. The output is a sum over heads; each writes through its own rows of $W^O$.",
    "A head whose rows of $W^O$ are zeros writes nothing.",
)  # fmt: skip
def test_what_a_head_writes():
    record, x = toy.worked_example(), rows_of(" ".join(WORDS))
    by_head = LAYER["W_O"].reshape(2, 3, 5)
    values = [x @ W for W in LAYER["W_V"]]
    wrote = [
        w @ v @ W
        for w, v, W in zip(weights_of(" ".join(WORDS)), values, by_head, strict=True)
    ]
    np.testing.assert_allclose(record[f"{PLACE} / output"].value, sum(wrote), atol=1e-13)
    for w, V, W, page in zip(
        weights_of(" ".join(WORDS)), LAYER["W_V"], by_head, wrote, strict=True
    ):
        assert (V @ W).shape == (5, 5)
        np.testing.assert_allclose(w @ x @ (V @ W), page, atol=1e-13)
    first = attention_head(x, x, x, *(LAYER[f"W_{t}"][0] for t in "QKV")) @ by_head[0]
    np.testing.assert_allclose(first, wrote[0], atol=1e-13)  # without head 2
    assert record[f"{PLACE} / heads"].shape == (6, 2 * 3)
    silent = flatten(without_head(toy.load(), PLACE, 1, 2))[f"{PLACE} / W_O"]
    assert not silent[:3].any() and np.array_equal(silent[3:], LAYER["W_O"][3:])


@says(
    '"when" and "you" give "you" nearly all of head 1: it writes them nearly the row that '
    '"you" hands over.',
    'Where head 1 looks at "you", head 2 looks away, to "play" and "game". "play" does it '
    "the other way round.",
)
def test_whom_they_look_at():
    first, second = weights_of(" ".join(WORDS))
    for i in range(len(WORDS)):
        if first[i, YOU] > 0.5:
            away = [WORDS[j] for j in np.argsort(-second[i])[:2]]
            assert second[i, YOU] < 0.002 and away == ["play", "game"]
    play, when = WORDS.index("play"), WORDS.index("when")
    assert first[play, YOU] < 0.1 < 0.6 < second[play, YOU]
    assert first[[when, YOU], YOU].min() > 0.98
    hands_over = rows_of(" ".join(WORDS)) @ LAYER["W_V"][0] @ LAYER["W_O"][:3]
    page = first @ hands_over
    apart = np.abs(page - page[YOU]).max(axis=1)
    assert apart[when] < 0.05 < 0.5 < np.delete(apart, [when, YOU]).min()
    for row in page[[when, YOU]]:
        np.testing.assert_allclose(row, hands_over[YOU], atol=0.05)
    assert (first[:, YOU] > 0.5).sum() == 4 and (second[:, YOU] < 0.002).sum() == 5


def by_the_second(query, key, value, mask=None):
    """An attention whose heads all weigh as head 2 does."""
    scores = query[..., 1:2, :, :] @ key[..., 1:2, :, :].swapaxes(-1, -2)
    return softmax(scores / math.sqrt(query.shape[-1]), mask) @ value


@says(
    "In the *trained* model both heads get one common softmax, over the sum of their "
    "products, in all three attentions: one wide head, made of the same numbers.",
    "No quote is left.",
    "Since $e^{s+t}=e^s\\cdot e^t$, **to add scores is to multiply weights** (here to the "
    "power $1/\\sqrt2$, as one wide head divides by $\\sqrt8$, not by $\\sqrt4$) and then "
    "to make them add up to 1.",
    'Of "thrones looks at you", 0.57 in head 1, hardly a trace remains: head 2 gives next '
    "to nothing.",
    "One softmax asks who suits both heads; two softmaxes ask each head alone.",
    "But that model was *trained* with two: head 2's weights for both kill it as well.",
)
def test_one_softmax_for_both():
    x = rows_of(" ".join(WORDS))
    wide = [np.concatenate(list(LAYER[f"W_{t}"]), axis=1) for t in "QK"]
    scores = (x @ wide[0]) @ (x @ wide[1]).T / math.sqrt(8)
    first, second = weights_of(" ".join(WORDS))
    times = (first * second) ** (1 / math.sqrt(2))
    common = times / times.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(softmax(scores), common, rtol=1e-9)
    found = [round(w[-1, YOU], 3) for w in (first, second, common)]
    assert found == [0.574, 0, 0.001] and round(common[-1, YOU] / first[-1, YOU], 2) == 0
    value = x @ LAYER["W_V"][0]
    asked = [np.stack([x @ W for W in LAYER[f"W_{t}"]]) for t in "QKV"]
    np.testing.assert_allclose(one_softmax(*asked)[0], softmax(scores) @ value, atol=1e-12)
    for other in (one_softmax, by_the_second):
        texts = written(toy.load(), attention=other, cross_attention=other)
        for text, (_, right) in zip(texts, toy.PAIRS, strict=True):
            assert text != right and len(set(text.split()) & set(right.split())) < 2
    assert sum(np.size(table) for table in flatten(toy.load()).values()) == 764


@says(
    "**Missing:** every word still sees every other, even those that are not written yet.",
)
def test_every_word_sees_every_other():
    for text, _ in toy.PAIRS:
        assert all((w > 0).all() for w in weights_of(text))
