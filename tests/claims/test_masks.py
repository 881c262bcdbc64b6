"""What the chapter on masks says, proved."""

import numpy as np
import pytest
import torch

from tests.claims.claim import output, says
from tests.claims.filled_up import (  # noqa: F401  (tests, run from here)
    PAIR,
    SCORES,
    test_a_row_that_sees_nothing,
    test_filling,
    test_five_fillings,
)
from tests.claims.ways_back import (  # noqa: F401
    test_a_row_is_the_last_of_a_shorter_text,
    test_looks_are_the_only_ways,
    test_one_wrong_look_opens_three_ways,
)
from tests.claims.without_a_mask import (  # noqa: F401
    test_by_heart,
    test_dice,
    test_the_cheat,
    test_the_forgotten_shift,
)
from tfmath import causal_mask, encode, padding_mask, softmax, toy
from tfmath.learning.train import make_batch
from tfmath.model.parameters import shapes, starting_values
from tfmath.model.transformer import decode_target, encode_source
from tfmath.parts.masks import both
from tfmath.study.leak import leaks, who_notices

CHAPTER = "09_masks.ipynb"
DEFINITIONS = (
    "In the decoder nobody may look ahead.",
    "This one is called *causal*: nothing later has an effect on anything earlier.",
    "We trained the model twice from the same start, with the mask and without, and asked "
    "each for its loss, the mean surprise at the right word.",
    "Its decoder gets `True` everywhere.",
    "Nobody may look at the filling: its *columns* are False (the mask has the shape "
    "(2, 1, 6), the 1 for all who look).",
    "Row = whose numbers, column = which word was exchanged for every other word there is.",
    "Now the real one: the decoder of the toy model, all 26 words at all five places.",
    "The check tries rows that may look at nothing, which get zeros, and scores of "
    "thousands, seen and hidden.",
    "Write the mask of one sentence of ids, a table of `True` and `False`: a word looks "
    "back and at itself, and nobody looks at `<pad>`, whose id is 0.",
    "Each layer may look at most 2 words back.",
)

CAUSAL, IDS = causal_mask(3), np.array([3, 1, 6, 2])
FUTURE = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
SOURCE = encode("when you play game of thrones", toy.WORDS)
TARGET = encode("<start> you win or you".split(), toy.WORDS)


zero_before = lambda scores, mask: softmax(np.where(mask, scores, 0.0))  # noqa: E731
after_softmax = lambda scores, mask: softmax(scores) * mask  # noqa: E731
minus_a_billion = lambda scores, mask: softmax(np.where(mask, scores, -1e9))  # noqa: E731
WAYS = {
    zero_before: "zero_before",
    after_softmax: "after_softmax",
    minus_a_billion: "minus_a_billion",
}


# By hand --------------------------------------------------------------------------------


@says(
    '"i" gives "you" the weight 5/8.',
    "The three above the diagonal.",
    '"love" used to give 3/8 to "i" and 1/8 to itself, now 3/4 and 1/4.',
    '"i" gets three times as much, before and after: **what remains visible keeps its '
    "proportions**.",
)
def test_three_words():
    before, after = softmax(SCORES), softmax(SCORES, CAUSAL)
    np.testing.assert_allclose(8 * before, np.exp(SCORES))
    np.testing.assert_allclose(
        [before[1, :2], after[1, :2]], [[3 / 8, 1 / 8], [0.75, 0.25]]
    )
    assert [*zip(*np.nonzero(~CAUSAL), strict=True)] == [(0, 1), (0, 2), (1, 2)]
    rng = np.random.default_rng(3)
    scores, mask = rng.normal(size=(9, 7)), rng.random((9, 7)) < 0.6
    ratio = softmax(scores, mask) / softmax(scores)
    for row, seen in zip(ratio, mask, strict=True):
        if seen.any():
            np.testing.assert_allclose(row[seen], row[seen][0])
        assert (row[~seen] == 0).all()


@says(
    "(In PyTorch it depends: for `F.scaled_dot_product_attention` `True` shows, for "
    "`nn.MultiheadAttention` it hides.)",
)
def test_pytorch_s_two_meanings():
    x = torch.tensor(np.random.default_rng(0).normal(size=(1, 3, 4)))
    may = torch.tensor(CAUSAL)
    function = torch.nn.functional.scaled_dot_product_attention(x, x, x, attn_mask=may)
    assert torch.equal(function[0, 0], x[0, 0])  # the first sees itself
    module = torch.nn.MultiheadAttention(4, 1, batch_first=True, dtype=torch.float64)
    _, weights = module(x, x, x, attn_mask=~may)
    assert weights[0, 0].tolist() == [1, 0, 0]


@says(
    "No number has one: the lower the score, the nearer $e^s$ comes to 0, without ever "
    "arriving.",
    "The first word sees 1, the second 2, the last all $n$:",
    "Two such staircases make a rectangle of $n$ by $n + 1$:",
)
def test_pairs():
    for n in (1, 3, 10, 1300):
        sees = causal_mask(n).sum(axis=1)
        assert sees.tolist() == list(range(1, n + 1))
        assert sees.sum() == n * (n + 1) // 2
        two = np.hstack([causal_mask(n), np.zeros((n, 1), bool)]).astype(int)
        assert (two + two[::-1, ::-1] == 1).all() and two.shape == (n, n + 1)
    assert (np.diff(np.exp([-700.0, -70.0, -7.0])) > 0).all() and np.exp(-700.0) > 0


# Without the mask -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def rows():
    """The decoder's rows with the causal mask, and without any."""
    plain = toy.load()
    memory = encode_source(plain, SOURCE)
    masks = (None, np.ones((5, 5), dtype=bool))
    return [decode_target(plain, TARGET, memory, target_mask=mask) for mask in masks]


@says(
    "It does, to the last bit: nothing stands after the last row, so the mask hides "
    "nothing from it.",
    "The rows above see what they never saw in training, and three of the four are wrong "
    "now.",
    "(With two layers the last row changes too: it looks at rows that have changed.)",
    "Because in training **every row is a question at once**: six rows for this quote, "
    "`<end>` to guess too, in one run:",
    "Without it, each row but the last can read its answer, one place to the right.",
)
def test_the_mask_taken_away(rows):
    masked, seeing = rows
    assert (masked == seeing).all(axis=1).tolist() == [False] * 4 + [True]
    assert causal_mask(5)[-1].all()
    assert len(make_batch(toy.PAIRS[1:2], toy.WORDS).target[0]) == 6
    right = encode("you win or you die".split(), toy.WORDS)
    assert (masked.argmax(axis=1) == right).all() and (TARGET[1:] == right[:-1]).all()
    assert (seeing.argmax(axis=1) != right).tolist() == [True, True, True, False, False]
    for seed in range(3):
        sizes = shapes(26, 5, n_heads=2, d_k=4, d_v=3, d_ff=7, n_layers=2)
        two = starting_values(np.random.default_rng(seed), sizes)
        memory, everywhere = encode_source(two, SOURCE), np.ones((5, 5), dtype=bool)
        last = [
            decode_target(two, TARGET, memory, target_mask=m)[-1]
            for m in (None, everywhere)
        ]
        assert not np.allclose(*last, atol=0.01)


@says("(In the encoder they may: its sentence is complete.)")
def test_the_encoder_looks_ahead():
    rows = lambda ids: encode_source(toy.load(), ids)  # noqa: E731
    assert who_notices(rows, SOURCE[:3], 26).all()


# Wrong ways -----------------------------------------------------------------------------


@says(
    '$e^0 = 1$, a score like any other: "i" gives two thirds of its weight to the future.',
    'But the upper rows no longer sum to 1: "i" keeps an eighth.',
    "The computer rounds its exponential to 0, so here it is the same as −∞, to the last "
    "bit.",
    "Equal scores, equal weights: the row that may look at *nothing* looks at "
    "*everything*, the future included.",
    "A softmax sees differences of scores, and −1e9 minus −1e9 is 0.",
)
def test_three_wrong_ways():
    np.testing.assert_allclose(zero_before(SCORES, CAUSAL)[0, 1:].sum(), 2 / 3)
    np.testing.assert_allclose(after_softmax(SCORES, CAUSAL)[0].sum(), 1 / 8)
    assert (
        after_softmax(SCORES, CAUSAL)[:-1].sum(axis=1) < 0.99
    ).all()  # the last sees all
    assert (minus_a_billion(SCORES, CAUSAL) == softmax(SCORES, CAUSAL)).all()
    assert np.exp(-1e9) == 0
    front = both(CAUSAL, padding_mask(PAIR))
    np.testing.assert_allclose(minus_a_billion(SCORES, front)[0], [1 / 3] * 3)


@says(
    "In half precision (numbers of 16 bits, up to 65504) −1e9 does not even fit: PyTorch's "
    "`masked_fill` refuses it, NumPy makes −∞, and this row NaN: −∞ − (−∞).",
)
def test_few_bits():
    with np.errstate(over="ignore", invalid="ignore"):
        half = np.float16(-1e9)
        assert half == -np.inf and np.isnan(half - half)
        row, other = np.exp([half - half] * 3), np.exp(np.float16([0, 1, half]) - 1)
        assert np.isnan(row).all() and not np.isnan(other).any()  # this row, no other
    assert np.finfo(np.float16).max == 65504
    with pytest.raises(RuntimeError, match="overflow"):
        torch.zeros(2, dtype=torch.half).masked_fill(torch.tensor([True, False]), -1e9)


# The leak test --------------------------------------------------------------------------


def model_with(weigh, mask, seed=7):
    rows = np.random.default_rng(seed).normal(size=(7, 4))
    return lambda ids: weigh(rows[ids] @ rows[ids].T / 2, mask) @ rows[ids]


@says(
    "That is the causal mask itself, found without reading a line of the model.",
    "**Cutting off after the softmax leaks too**, though every weight on the future is "
    "exactly 0!",
    "The future comes in below the fraction line.",
    'Change the hidden 5 of "i" to 12: its weight on itself falls from 1/8 to 1/15.',
    "And −1e9 leaks where a row may look at nothing.",
)
def test_who_leaks():
    mask, front = causal_mask(4), both(causal_mask(4), padding_mask([0, 1, 6, 2]))
    for seed in (7, 8):
        assert (who_notices(model_with(softmax, mask, seed), IDS, 7) == mask).all()
        found = {
            way: [leaks(model_with(way, m, seed), IDS, 7) for m in (mask, front)]
            for way in (softmax, zero_before, after_softmax, minus_a_billion)
        }
        assert found[softmax] == [[], []] and found[minus_a_billion] == [[], FUTURE[:3]]
        assert found[zero_before] == [FUTURE, FUTURE] and found[after_softmax][0] == FUTURE
    drawn = output(CHAPTER, "c54")
    for line, m in (("causal", mask), ("filled", front)):
        for way in (softmax, zero_before, after_softmax, minus_a_billion):
            wrong = who_notices(model_with(way, m), IDS, 7) & ~m
            assert f"{line}, {WAYS.get(way, 'softmax')} {wrong.sum()}" in drawn
    assert (after_softmax(SCORES, CAUSAL)[~CAUSAL] == 0).all()
    more = np.log([[1.0, 2.0, 12.0]])
    np.testing.assert_allclose(after_softmax(SCORES[:1], CAUSAL[:1])[0, 0], 1 / 8)
    np.testing.assert_allclose(after_softmax(more, CAUSAL[:1])[0, 0], 1 / 15)


def no_mask(ids):
    x = np.random.default_rng(9).normal(size=(7, 4))[ids]
    return softmax(2000 * x @ x.T) @ x


@says(
    "**The test is fooled.**",
    "In this sentence each word's score with itself wins, against all seven words, by so "
    "much that all other weights are exactly 0, in the machine's digits.",
    "On 19 others it is caught, and all 19 contain the id 0: it alone gives its highest "
    "score to another id, 5.",
    "A test can show that there *is* a leak, but that there is none only if it tries all "
    "sentences, and with a real vocabulary there are too many.",
)
def test_the_test_is_fooled():
    x = np.random.default_rng(9).normal(size=(7, 4))
    prefers = softmax(2000 * x @ x.T)
    assert (prefers[IDS] == np.eye(7)[IDS]).all()
    assert prefers.argmax(axis=1).tolist() == [5, 1, 2, 3, 4, 5, 6]
    assert leaks(no_mask, IDS, 7) == []
    assert (who_notices(no_mask, IDS, 7) == np.eye(4)).all()
    assert "[]\nit leaks on 19 of 50" in output(CHAPTER, "cc09fool")
    draw = np.random.default_rng(1)
    for _ in range(50):  # not one of them by a last bit only
        tried = [int(word) for word in draw.permutation(7)[:4]]
        before = [*tried[: tried.index(0)]] if 0 in tried[:3] else [5]
        found = leaks(lambda ids: no_mask(ids).round(9), np.array(tried), 7)
        assert (found == leaks(no_mask, np.array(tried), 7)) and bool(found) == (
            5 not in before
        )
