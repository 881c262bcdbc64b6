"""What *Positions* says of training without places, of tables and of sums, proved."""

import numpy as np
import pytest

from tests.claims.claim import says
from tfmath import positional_encoding, toy
from tfmath.learning.train import make_batch, train
from tfmath.model.parameters import starting_values
from tfmath.parts.position import rotation


@says(
    "Without places both orders get the same answer. It is a wrong one only because this "
    "model was trained *with* places: two trained without them write all three quotes, "
    "forwards and backwards!",
    "These quotes need no places; the lovers do.",
)
@pytest.mark.parametrize("seed", [0, 1])
def test_trained_without_places(seed):
    start = starting_values(np.random.default_rng(seed), toy.SIZES)
    batch = make_batch(toy.PAIRS, toy.WORDS)
    *_, last = train(start, batch, 500, 0.02, label_smoothing=0.1, encoding=None)
    for source, target in toy.PAIRS:
        answers = [
            toy.finish(last.parameters, text, encoding=None)
            for text in (source, " ".join(reversed(source.split())))
        ]
        for answer in answers:
            assert [word for word, _ in answer] == [*target.split(), "<end>"]
            assert min(p for _, p in answer) > 0.8
        # One answer for both orders, to rounding: it could not tell who loves.
        forwards, backwards = ([p for _, p in answer] for answer in answers)
        np.testing.assert_allclose(forwards, backwards, atol=1e-12)


@says("(The paper's, 512 × 64, have room for 32 of the 256 clocks.)")
def test_a_narrow_head_moves_as_many_clocks_as_fit():
    """Row times W_Q meets row times W_K: together a table of rank 64 at most."""
    move = rotation(-3, 512)
    assert np.linalg.matrix_rank(move) == 512
    asking, asked = np.zeros((2, 512, 64))
    asking[:64], asked[:64] = move[:64, :64], np.eye(64)  # the 32 fastest clocks
    assert np.linalg.matrix_rank(asking @ asked.T) == 64 == 2 * 32
    rows = positional_encoding(31, 512)
    fits = (rows @ asking) @ (rows @ asked).T
    assert (fits.argmax(axis=1)[3:] == np.arange(28)).all()
    np.testing.assert_allclose(fits[10, 7], 32)  # a 1 from each clock


@says(
    "The next learned table would have a part $A$ for the word and a part $B$ for the "
    "place, and $EA + PB$ is a sum again. Ours is the case $A = B$.",
)
def test_sums():
    rng = np.random.default_rng(3)
    e, p, a, b = (rng.normal(size=size) for size in ((4, 3), (4, 2), (3, 6), (2, 6)))
    np.testing.assert_allclose(np.hstack([e, p]) @ np.vstack([a, b]), e @ a + p @ b)
    np.testing.assert_allclose((e[:, :2] + p) @ b, e[:, :2] @ b + p @ b)


@says(
    "A dot product of two sums has four parts, for words $w$ and places $r$:",
    "The last is that of *Distance*, from 144 to 256 up to 30 places apart. A word of "
    "512 random signs stands nearly at right angles to a place: the two in the middle lie "
    "mostly between −32 and 32. That hides the step from one place to the next, 256 to "
    "249: with such words added, the bare product with $R_{-3}$ no longer finds the place "
    "three back.",
)
def test_four_parts():
    places, rng = positional_encoding(91, 512), np.random.default_rng(4)
    last = places @ places.T
    near = last[np.abs(np.subtract.outer(range(91), range(91))) <= 30]
    assert round(near.min()) == 144 and round(near.max()) == 256
    words = rng.choice([-1, 1], size=(91, 512))
    middle = words @ places.T
    cosines = middle / np.sqrt(512 * 256)
    assert np.abs(np.degrees(np.arcsin(cosines))).mean() < 3
    assert np.mean(np.abs(middle) < 32) > 0.9 and np.abs(middle).max() < near.min()
    assert [round(fit) for fit in last[0, :2]] == [256, 249]
    for _ in range(20):
        x = rng.choice([-1, 1], size=(31, 512)) + places[:31]
        found = (x @ rotation(-3, 512) @ x.T).argmax(axis=1)[3:] == np.arange(28)
        assert found.mean() < 0.1
    sums = words + places
    parts = words @ words.T + middle + middle.T + last
    np.testing.assert_allclose(sums @ sums.T, parts, atol=1e-10)


@says(
    "Such blocks down the diagonal, one for each pair with its $\\theta = k / "
    "10000^{2i/d}$, and zeros elsewhere make the table $R_k$ of a move by $k$ places.",
)
def test_blocks_down_the_diagonal():
    table = np.zeros((8, 8))
    for i in range(4):
        sin, cos = (f(3 / 10000 ** (2 * i / 8)) for f in (np.sin, np.cos))
        table[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = [[cos, -sin], [sin, cos]]
    np.testing.assert_allclose(rotation(3, 8), table, atol=1e-15)
    rows = positional_encoding(33, 8)
    np.testing.assert_allclose(rows[:-3] @ table, rows[3:], atol=1e-13)
