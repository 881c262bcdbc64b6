"""What a sum loses that is cut into parts, in the chapter on processes, proved."""

import numpy as np
import pytest

from tests.claims import shared_work
from tests.claims.claim import says
from tfmath.witness import adding


@pytest.mark.parametrize("seed", range(3))
@says(
    "Inside the bounds, but not bit for bit (below 1e-15 in the first table of this "
    "chapter): "
    "the sum was cut, and so added in another order.",
    "It shrinks first!",
    "The larger a sum has grown, the more is lost when the next number is added.",
    "With 16 processes the sums stay short: 256 terms, then 16.",
    "(Why not 64, then 64?",
    "In the last sum each term is large, and 16 lose less.)",
    "With 4096 each has a single number, and it is the old sum again.",
    "On average they were better here; a single sum may be worse.",
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
    in_the_last, in_the_shares = shared_work.lost(draws, 64)
    assert in_the_last > 2 * in_the_shares
    assert shared_work.lost(draws, 16)[0] < in_the_last
