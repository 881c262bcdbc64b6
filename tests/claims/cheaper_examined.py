"""What the chapter on cheaper attention says of its examination, proved."""

import numpy as np

from tests.claims.cheaper_measured import rows
from tests.claims.claim import says
from tfmath.attention.linear import linear_attention
from tfmath.study.examination import examined


@says(
    "The worst of three seeds is shown.",
    "The mean knows which letters are there, and no more; two mixtures are made before "
    "anyone asks.",
    "**Linear attention has a feature for each number of a key: with four its weights have "
    "rank 4, and eight names need eight.**",
    "With eight it passes.",
    "So do 64 random features, but for this one draw, with which the head was trained: "
    "with another it fails.",
    "Guessing is right in 1/8.",
)
def test_who_passes_the_examination():
    found = {}
    for row in rows("examination"):
        found.setdefault((row["attention"], row["width"]), []).append(row["right"])
    assert {len(right) for right in found.values()} == {3}
    passed = {key for key, right in found.items() if min(right) > 0.99}
    trained = {("plain", w) for w in (4, 8)} | {("64 random features", w) for w in (4, 8)}
    assert passed == trained | {("linear", 8)} and max(found["linear", 4]) < 0.7
    assert max(max(r) for (n, _), r in found.items() if n[:3] in ("all", "low")) < 0.45
    drawn = rows("examination", attention="64 random features")
    assert max(row["another_draw"] for row in drawn) < 0.85
    assert all(row["right"] > row["another_draw"] + 0.03 for row in drawn)
    tables = examined(linear_attention, 4, seed=0, n_steps=20)
    query, key = tables["asked"], tables["name"]
    assert np.linalg.matrix_rank(linear_attention(query, key, np.eye(8))) == 4
