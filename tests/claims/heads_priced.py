"""What many heads cost, and what a narrow one cannot say, in *Many heads*, proved."""

import math

import numpy as np

from tests.claims.claim import says
from tfmath import softmax
from tfmath.attention.grouped import grouped_query_attention
from tfmath.study.scaling import attention_multiply_adds


@says(
    "More heads, each narrower, hold no more numbers and take no more multiplications.",
    "**We can** look at a sentence in several ways at once.",
    "There are $h$ softmaxes in place of one.",
)
def test_what_heads_cost():
    def work(h):
        return sum(attention_multiply_adds(100, 100, 512, h, 512 // h, 512 // h).values())

    assert work(1) == work(8) == work(64)
    assert len({h * 3 * 512 * (512 // h) + 512 * 512 for h in (1, 8, 16, 64)}) == 1


@says(
    "And a narrow head can say less: with $d_k = 1$ a query is one number, and so all "
    "words ask for the same thing, more of it, less of it, or its opposite."
)
def test_a_narrow_head():
    rng = np.random.default_rng(4)
    query, key = rng.normal(size=(6, 1)), rng.normal(size=(6, 1))
    scores = query @ key.T
    assert np.linalg.matrix_rank(scores) == 1
    orders = {tuple(np.argsort(row)) for row in scores}
    assert len(orders) == 2 and tuple(reversed(min(orders))) == max(orders)


@says(
    "(Many models let several heads share their keys and values: "
    "[Cheaper attention](19_cheaper_attention.ipynb).)"
)
def test_heads_can_share_keys_and_values():
    rng = np.random.default_rng(5)
    query, key, value = (rng.normal(size=(h, 6, d)) for h, d in ((4, 3), (2, 3), (2, 2)))
    found = grouped_query_attention(query, key, value)
    for head in range(4):
        weights = softmax(query[head] @ key[head // 2].T / math.sqrt(3))
        np.testing.assert_allclose(found[head], weights @ value[head // 2], atol=1e-12)
