"""The chapter on attention before the Transformer: the three scores of looking back."""

import numpy as np
import pytest

from tests.claims.claim import says
from tfmath.attention.additive import additive_attention, additive_scores
from tfmath.attention.luong import concat_scores, dot_scores, general_scores
from tfmath.show.before_after import one_look_back


def normal(*sizes, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=size) for size in sizes]


@says("With one number for each, $W=U=1$ and $v=2$, from below:")
def test_additive_by_hand():
    drawn = one_look_back(2, [-3, -2, 1], 2, "Drawn.")
    one, states = [[1.0]], np.array([[-3.0], [-2.0], [1.0]])
    scores = additive_scores([[2.0]], states, W=one, U=one, v=[2.0])[0]
    weights = np.exp(scores) / np.exp(scores).sum()
    mixture = float(weights @ states[:, 0])
    looked = additive_attention([[2.0]], states, states, W=one, U=one, v=[2.0])
    assert looked.item() == pytest.approx(mixture)
    (ax,) = drawn.figure.axes
    written = {t.get_text().replace("−", "-") for t in ax.texts}
    assert {f"{x:.3g}" for x in (*scores, *scores / 2, mixture)} <= written
    assert {f"{x:.3f}" for x in weights} <= written


@says(
    "With $q=(1, 2)$ and $k=(3, 0)$, `dot` gives 3.",
    "For `general` let $W$ have the rows (0, 1) and (0, 0): $q\\,W=(0, 1)$, and the score "
    "is 0.",
    "So `concat` *is* additive attention: the first rows of $W$ meet the query alone, the "
    "others the key.",
)
def test_luongs_scores():
    q, k, W = [[1, 2]], [[3, 0]], np.array([[0, 1], [0, 0]])
    assert dot_scores(q, k).tolist() == [[3]] and (np.array(q) @ W).tolist() == [[0, 1]]
    assert general_scores(q, k, W).tolist() == [[0]]
    assert general_scores(q, k, W.T).tolist() == [[6]]
    q, k, W, v = normal((4, 5), (6, 3), (8, 7), (7,))
    written = [[np.tanh(np.concatenate([a, b]) @ W) @ v for b in k] for a in q]
    np.testing.assert_allclose(concat_scores(q, k, W, v), written, atol=1e-12)
    np.testing.assert_allclose(additive_scores(q, k, W[:5], W[5:], v), written, atol=1e-12)


@says(
    "A tanh holds its scores within the sum of the $|v|$, however wide query and key "
    "are; those of `dot` grow with the width: hence "
    "[the root](07_why_divide_by_the_root.ipynb).",
)
def test_what_holds_a_score():
    for width in (4, 64, 1024):
        q, k, W, v = normal((40, width), (50, width), (2 * width, 7), (7,))
        bound = np.abs(v).sum()
        found = np.abs(concat_scores(q, k, W, v)).max()
        assert 0.5 * bound < found < bound * (1 + 1e-12)
        spread = dot_scores(q, k).std()
        assert spread == pytest.approx(width**0.5, rel=0.1)
        assert (spread > bound) == (width > 4)
