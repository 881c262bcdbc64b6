"""What the chapter on masks says of rows, looks and the ways between them, proved."""

import numpy as np

from tests.claims.claim import output, says
from tfmath import causal_mask, encode, toy
from tfmath.model.parameters import shapes, starting_values
from tfmath.model.transformer import decode_target, encode_source
from tfmath.parts.softmax import softmax
from tfmath.study.leak import leaks, who_notices

SOURCE = encode("when you play game of thrones", toy.WORDS)
TARGET = encode("<start> you win or you".split(), toy.WORDS)
ONE_WRONG = causal_mask(5)
ONE_WRONG[1, 3] = True


def decoder(tables, mask):
    memory = encode_source(tables, SOURCE)
    return lambda ids: decode_target(tables, ids, memory, target_mask=mask)


def of_layers(n_layers, seed):
    """Random numbers for a model of so many layers."""
    sizes = shapes(26, 5, n_heads=2, d_k=4, d_v=3, d_ff=7, n_layers=n_layers)
    return starting_values(np.random.default_rng(seed), sizes)


@says(
    "With the mask each row is what the last row would be if the text ended there (up to "
    "rounding): training asks what writing asks.",
)
def test_a_row_is_the_last_of_a_shorter_text():
    plain = toy.load()
    for text, said in toy.PAIRS:
        ids = encode(["<start>", *said.split()], toy.WORDS)
        memory = encode_source(plain, encode(text, toy.WORDS))
        rows = decode_target(plain, ids, memory, target_mask=causal_mask(len(ids)))
        for n, row in enumerate(rows, start=1):
            last = decode_target(plain, ids[:n], memory)[-1]
            np.testing.assert_allclose(row, last, rtol=0, atol=1e-12)


@says(
    "All else works row by row: a word gets into another row only by a look, and with "
    "$-\\infty$ a hidden one is out of the sum, too.",
    "Of the causal mask's lines none leads left, so no way does, in however many layers.",
    "**That is a proof**, from inside.",
    "**We can** hide words so that they have no effect at all, find a leak from outside, "
    "and prove from inside that there is none.",
)
def test_looks_are_the_only_ways():
    itself = np.eye(5, dtype=bool)
    assert not np.triu(causal_mask(5), 1).any()
    for tables in (toy.load(), *(of_layers(n, seed=n) for n in (1, 2, 3))):
        assert (who_notices(decoder(tables, itself), TARGET, 26) == itself).all()
        assert leaks(decoder(tables, causal_mask(5)), TARGET, 26) == []
    scores = np.random.default_rng(3).normal(size=(5, 5))
    weights = softmax(scores, causal_mask(5))
    for i, row in enumerate(weights):
        np.testing.assert_allclose(row[: i + 1], softmax(scores[i, : i + 1]), rtol=1e-14)
        assert not row[i + 1 :].any()
        assert (
            softmax(scores)[i, : i + 1].sum() < 1 or i == 4
        )  # hidden after it: in the sum


@says(
    "No leak; with the wrong `True`, the test names its row and its column.",
    "One wrong line, and in two layers row 1 hears word 2, by 3, and row 2 word 3, by 1.",
)
def test_one_wrong_look_opens_three_ways():
    assert np.argwhere(ONE_WRONG != causal_mask(5)).tolist() == [[1, 3]]
    ways = [(1, 2), (1, 3), (2, 3)]
    for seed in range(2):
        assert leaks(decoder(of_layers(1, seed), ONE_WRONG), TARGET, 26) == [(1, 3)]
        assert leaks(decoder(of_layers(2, seed), ONE_WRONG), TARGET, 26) == ways
    for row, word, by in ((1, 2, 3), (2, 3, 1)):  # no line of its own, but one by one
        assert not ONE_WRONG[row, word] and ONE_WRONG[row, by] and ONE_WRONG[by, word]
    printed = output("09_masks.ipynb", "c60")
    assert "[] [(1, 3)]" in printed and f"ways back {str(ways)[1:-1]}" in printed
