"""The tables: names, sizes, start."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import filled

from tfmath.model.parameters import (
    count,
    flatten,
    rounded,
    shapes,
    starting_values,
    traced,
    unflatten,
)

SIZES = shapes(4, d_model=5, n_heads=2, d_k=3, d_v=1, d_ff=7)
WORDS = ("<pad>", "you", "win", "die")


def test_names_and_sizes():
    assert list(SIZES)[:3] == [
        "embedding",
        "encoder / layer 1 / self-attention / W_Q",
        "encoder / layer 1 / self-attention / W_K",
    ]
    assert SIZES["decoder / layer 1 / cross-attention / W_O"] == (2, 5)
    assert not [name for name in SIZES if "b_Q" in name or name.startswith("output")]
    more = shapes(4, 5, 2, 3, 1, 7, n_layers=2, biases=True, tied=False, final_norm=True)
    assert more["encoder / layer 2 / self-attention / b_V"] == (2, 1)
    assert more["decoder / norm / gain"] == (5,) and more["output / W"] == (5, 4)


def test_counting_by_hand():
    """An attention has 2·5·3 + 2·5·3 + 2·5·1 + 2·5 = 80; a feed-forward 2·35 + 12 = 82."""
    norm, attention, feed_forward = 10, 80, 82
    encoder, decoder = attention + feed_forward + 2 * norm, 2 * attention + 82 + 3 * norm
    assert count(filled(SIZES)) == 4 * 5 + encoder + decoder


names = st.text("ab 1", min_size=1, max_size=3)


@given(
    st.recursive(
        st.integers(), lambda t: st.dictionaries(names, t, min_size=1), max_leaves=9
    ).filter(lambda tree: isinstance(tree, dict))
)
def test_flattening_can_be_undone(tree):
    flat = flatten(tree)
    assert unflatten(flat) == tree
    assert not any(isinstance(part, dict) for part in flat.values())


def test_starting_values():
    sizes = shapes(50, 40, 2, 30, 20, 60, biases=True)
    start = flatten(starting_values(np.random.default_rng(0), sizes))
    assert {name: table.shape for name, table in start.items()} == sizes
    for name, table in start.items():
        last = name.split(" / ")[-1]
        if last == "gain":
            assert (table == 1).all()
        elif last.startswith("b"):
            assert (table == 0).all()
        else:
            variance = 1 / 40 if name == "embedding" else 2 / sum(table.shape[-2:])
            assert table.std() == pytest.approx(math.sqrt(variance), rel=0.15), name
    again = flatten(starting_values(np.random.default_rng(0), sizes, np.float32))
    for name, table in again.items():
        np.testing.assert_array_equal(table, start[name].astype(np.float32), strict=True)


def test_tracing_keeps_names_and_words():
    tables = traced(filled(SIZES), WORDS)
    assert {name: table.name for name, table in flatten(tables).items()} == {
        name: name for name in SIZES
    }
    assert tables["embedding"].labels == (WORDS, None)


def test_rounding_leaves_no_minus_zero():
    table = rounded({"W": np.array([-0.04, 0.26, -1.25])})["W"]
    assert table.tolist() == [0.0, 0.3, -1.2]
    assert not np.signbit(table[0])
