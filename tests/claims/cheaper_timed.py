"""What the chapter on cheaper attention says of time and memory, proved."""

import numpy as np

from tests.claims.cheaper_measured import EXACT, one, rows
from tests.claims.claim import says
from tfmath.attention.dot_product import attend
from tfmath.study.error_against_cost import (
    methods,
    multiply_adds_of,
    three_heads,
    window_in_place,
)

SIZES = 512, 1024, 2048, 4096, 8192, 16384


@says(
    "In time they are close, in memory 78 times apart.",
    "The table of 8,192² scores is 256 MiB; with the answer, before and after it is "
    "divided, 260.",
    "Block by block it is 3.3, with the same products.",
    "*Exact, in blocks*: the same products and numbers; the memory of one block, and of "
    "the answer.",
    "**The large table was never needed.**",
)
def test_the_table_was_not_needed():
    half = one("cheaper_growth", method="one table", n=4096)
    table, blocks = (one("cheaper_growth", method=m, n=8192) for m in EXACT)
    assert (table["MiB"], blocks["MiB"], 4 * 8192**2 / 2**20) == (260.06, 3.32, 256)
    ahead = [ratio_of_blocks(n) for n in (4096, 8192)]
    assert 0.8 < ahead[0] < 1 < ahead[1] < 1.25
    assert round(table["MiB"] / blocks["MiB"]) == 78
    assert 4 * 8192 * 64 / 2**20 == 2 <= blocks["MiB"]  # the answer, once
    assert round(table["MiB"] - 256) == 2 + 2
    assert 3.9 < table["MiB"] / half["MiB"] < 4 and table["seconds"] > 3 * half["seconds"]
    products = {one("cheaper", method=m, head="near")["multiply_adds"] for m in EXACT}
    assert len(products) == 1
    assert one("cheaper_growth", method="block by block", n=16384)["MiB"] < 16


def ratio_of_blocks(n):
    """The time that blocks took, as a share of the table's."""
    table, blocks = (one("cheaper_growth", method=m, n=n)["seconds"] for m in EXACT)
    return blocks / table


@says(
    "At 512 the window was slower than the table, with less than a quarter of the "
    "products.",
    "In place, it took less than half as long, at every size.",
    "*One table* makes all scores at once, and overwrites them step by step; *window in "
    "place* is a window written in that way.",
)
def test_fewer_products_are_not_less_time():
    time = {(r["method"], r["n"]): r["seconds"] for r in rows("cheaper_growth")}
    assert time["window", 512] > 1.2 * time["one table", 512]
    assert all(time["window in place", n] < time["window", n] / 2 for n in SIZES)
    given = three_heads(512)["broad"]
    same = window_in_place(*given, width=32)
    assert same.dtype == np.float32
    np.testing.assert_allclose(same, methods()["window", 32](*given), atol=1e-6)
    window, table = (multiply_adds_of(f, *given) for f in (methods()["window", 32], attend))
    assert window < table / 4
