"""How many add, and what a sum loses that is cut into parts, in the chapter, proved."""

import math

import numpy as np
import pytest

from tests.claims.claim import output, says
from tfmath.show.cuts import hands_over, ring
from tfmath.witness import adding

CHAPTER = "22_several_processes.ipynb"


@says(
    "each cuts its table into as many pieces as there are processes, and in each round "
    "hands one piece to the next.",
    "Three rounds add, three hand on what is done: six quarters, a table and a half.",
    "With $p$ processes each sends $2(p-1)/p$ tables: one with two, never two.",
    "Each piece is added up once, then copied: all end with the same bits.",
)
def test_added_in_a_ring():
    whole = "each round: 0, 0, 0, 4, 8, 12, 16 of 16"
    assert whole in output(CHAPTER, "w33")
    rng = np.random.default_rng(0)
    for processes in range(2, 9):
        tables = rng.random((processes, processes, 50)).astype(np.float32)
        seen = ring(tables)
        assert (seen[-1] == seen[-1][0]).all()
        np.testing.assert_allclose(seen[-1][0], tables.sum(axis=0), rtol=1e-6, atol=0)
        rounds = range(len(seen) - 1)
        sent = [at for at in rounds for rank, _, _ in hands_over(processes, at) if not rank]
        assert len(sent) == 2 * (processes - 1) < 2 * processes
        assert all(to == (r + 1) % processes for r, to, _ in hands_over(processes, 1))
        done = np.isclose(seen[processes - 1], tables.sum(axis=0)).all(axis=-1)
        assert (done.sum(axis=0) == 1).all() and (done.sum(axis=1) == 1).all()


@pytest.mark.parametrize("seed", range(3))
@says(
    "Inside the bounds, but not bit for bit (below 1e-15 in the first sum of this "
    "chapter): "
    "the sum was cut, and so added in another order.",
    "It shrinks first!",
    "The larger a sum has grown, the more is lost when the next number is added.",
    "Shorter shares lose less, and partly it cancels: some are too large, some too small.",
    "But the last sum has more terms, and each is large.",
    "The lines meet near 16: 256 terms, then 16.",
    "(A bound, which lets nothing cancel, would choose 64 and 64.) With 4096 each has a "
    "single number, and it is the old sum again.",
    "On average several were better here; a single sum may be worse.",
    "The bound, which holds in any order, says how far.",
)
def test_sums_in_parts(seed):
    draws = np.random.default_rng(seed).random((20, 4096)).astype(np.float32)
    off = {
        n: np.mean([adding.off_by(lambda x, n=n: adding.shared(x, n), [x]) for x in draws])
        for n in (4**k for k in range(7))
    }
    assert off[1] == off[4096] == max(off.values())
    assert off[16] < off[4] < off[1] / 2
    assert max(off.values()) < 4096
    assert off[16] < off[64]
    exact = np.array([0, 2**25, -(2**25), 1], dtype=np.float32)
    assert (adding.shared(exact, 1), adding.shared(exact, 2)) == (1, 0)  # a sum made worse
    assert any(adding.shared(x, 2) != adding.shared(x, 1) for x in draws)
    assert len(np.split(draws[0], 16)[0]) == 256
    totals = np.cumsum(draws[0])
    lost = np.abs(totals[1:] - (totals[:-1].astype(float) + draws[0, 1:]))
    assert lost[3000:].mean() > 10 * lost[:200].mean()
    where_it_is_off(draws)
    assert min((2**k for k in range(13)), key=lambda p: 4096 // p + p) == 64


def where_it_is_off(draws):
    """The shares lose less and less, the last sum more and more; they cross near 16."""
    counts = [4**k for k in range(7)]
    in_all, shares, last = np.mean(
        [[adding.off_where(x, n) for n in counts] for x in draws], axis=0
    ).T
    assert (np.diff(shares) < 0).all() and (np.diff(last) > 0).all()
    assert shares[1] > 2 * last[1] and 2 * shares[3] < last[3]
    assert 2 / 3 < shares[2] / last[2] < 3 / 2 and in_all.argmin() == 2
    for n in (4, 16, 64):
        off = np.array([[off_of(s) for s in np.split(x, n)] for x in draws])
        assert 0.3 < (off > 0).mean() < 0.7
        assert np.abs(off.sum(axis=1)).mean() < 0.6 * np.abs(off).sum(axis=1).mean()


def off_of(share):
    return float(adding.left_to_right(share)) - math.fsum(share.tolist())
