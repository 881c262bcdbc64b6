"""Rotary positions beside complex numbers, PyTorch's attention and the laws of turning."""

import cmath
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tables import assert_close, draw

from tfmath import gradients, slope, steps, trace
from tfmath.attention.dot_product import attend
from tfmath.attention.rotary import (
    halves,
    halves_first,
    neighbours,
    rotary_attention,
    rotate,
)
from tfmath.errors import DtypeError, ShapeError
from tfmath.parts.position import rotation

BOTH = pytest.mark.parametrize("pairing", [neighbours, halves])


def rows_of(seed, *shape):
    return draw(np.random.default_rng(seed), *shape)


def turned_as_complex(row, position, columns, base=10000.0):
    """One row, pair by pair, as Python's own complex numbers: (x + iy) · e^(ipθ)."""
    found, d = list(row), len(row)
    for i, (x, y) in enumerate(columns):
        theta = base ** (-2 * i / d)
        z = complex(row[x], row[y]) * cmath.exp(1j * position * theta)
        found[x], found[y] = z.real, z.imag
    return found


@BOTH
def test_it_is_a_product_of_complex_numbers(pairing):
    d, positions = 6, [0, 5, 3, -2]
    columns = (
        [(0, 1), (2, 3), (4, 5)] if pairing is neighbours else [(0, 3), (1, 4), (2, 5)]
    )
    rows = rows_of(0, 2, 3, 4, d)
    found = rotate(rows, positions, pairing, base=100.0)
    for place in np.ndindex(2, 3, 4):
        expected = turned_as_complex(rows[place], positions[place[-1]], columns, 100.0)
        assert_close(found[place], np.array(expected), str(place), 1e-14)


def test_a_pair_of_whole_numbers_by_hand():
    """(3, 4) at position 2 with θ = 1/10: x cos 0.2 − y sin 0.2."""
    found = rotate(np.array([[0.0, 0.0, 3.0, 4.0]]), [2], base=100.0)[0]
    cos, sin = math.cos(0.2), math.sin(0.2)
    assert_close(
        found, np.array([0, 0, 3 * cos - 4 * sin, 4 * cos + 3 * sin]), "row", 1e-15
    )


def test_neighbours_in_another_order_are_halves():
    rows, order = rows_of(1, 2, 5, 8), halves_first(8)
    one = rotate(rows, range(5), neighbours)[..., order]
    other = rotate(rows[..., order], range(5), halves)
    np.testing.assert_array_equal(one, other)
    assert np.abs(rotate(rows, range(5), halves)[..., order] - one).max() > 0.1  # control
    assert sorted(order) == list(range(8))


def test_either_pairing_gives_the_same_attention_if_the_tables_follow():
    query, key, value = (
        rows_of(2, 2, 3, 4, 6),
        rows_of(3, 2, 3, 5, 6),
        rows_of(4, 2, 3, 5, 7),
    )
    order = halves_first(6)
    found = rotary_attention(query[..., order], key[..., order], value, pairing=halves)
    assert_close(found, rotary_attention(query, key, value), "output", 1e-13)


@BOTH
def test_scores_know_only_the_difference(pairing):
    query, key = rows_of(5, 3, 4, 6), rows_of(6, 3, 4, 6)
    now, later = (
        [rotate(a, np.arange(4) + far, pairing) for a in (query, key)] for far in (0, 1000)
    )
    assert_close(now[0] @ now[1].mT, later[0] @ later[1].mT, "scores", 1e-11)
    ahead = rotate(query, np.arange(4) + 1, pairing) @ now[1].mT
    assert np.abs(ahead - now[0] @ now[1].mT).max() > 0.1  # control: queries moved alone


@given(st.integers(-60, 60), st.integers(-60, 60), st.integers(1, 5), st.booleans())
def test_turning_twice_adds_and_keeps_the_length(p, q, n_pairs, by_halves):
    pairing, row = (neighbours, halves)[by_halves], rows_of(7, 1, 2 * n_pairs)
    twice = rotate(rotate(row, [p], pairing), [q], pairing)
    np.testing.assert_allclose(twice, rotate(row, [p + q], pairing), rtol=0, atol=1e-12)
    assert np.linalg.norm(twice) == pytest.approx(np.linalg.norm(row), rel=1e-12)
    np.testing.assert_array_equal(rotate(row, [0], pairing), row)


def test_it_is_the_rotation_of_the_sinusoids_the_other_way_round():
    """There the pair is (sin, cos) and turns from the second towards the first."""
    rows = rows_of(8, 4, 6)
    for p in range(4):
        expected = rows[p] @ rotation(-p, 6)
        assert_close(rotate(rows, range(4))[p], expected, f"row {p}", 1e-14)


@BOTH
def test_attention_is_torchs_between_turned_rows(pairing):
    query, key, value = (
        rows_of(9, 2, 3, 4, 6),
        rows_of(10, 2, 3, 4, 6),
        rows_of(11, 2, 3, 4, 5),
    )
    columns = (
        [(0, 1), (2, 3), (4, 5)] if pairing is neighbours else [(0, 3), (1, 4), (2, 5)]
    )

    def turned(rows):
        flat = rows.reshape(-1, 4, 6)
        out = [[turned_as_complex(r, p, columns) for p, r in enumerate(x)] for x in flat]
        return torch.tensor(out, dtype=torch.float64).reshape(2, 3, 4, 6)

    expected = torch.nn.functional.scaled_dot_product_attention(
        turned(query), turned(key), torch.tensor(value), is_causal=True
    )
    found = rotary_attention(query, key, value, np.tri(4, dtype=bool), pairing)
    assert_close(found, expected, "output")


def test_new_queries_stand_at_the_last_keys():
    query, key, value = rows_of(12, 2, 7, 4), rows_of(13, 2, 7, 4), rows_of(14, 2, 7, 3)
    mask = np.tri(7, dtype=bool)
    whole = rotary_attention(query, key, value, mask)
    last = rotary_attention(query[:, -2:], key, value, mask[-2:])
    assert_close(last, whole[:, -2:], "last two", 1e-14)


@BOTH
def test_slopes_are_those_of_trying(pairing):
    query, key, value = rows_of(15, 2, 3, 4), rows_of(16, 2, 5, 4), rows_of(17, 2, 5, 3)
    share = rows_of(18, 2, 3, 3)
    arrays = {"query": query, "key": key, "value": value}
    record = {name: trace(array, name) for name, array in arrays.items()}
    loss = (rotary_attention(**record, pairing=pairing) * share).sum()
    assert {"turned query", "turned key", "scores"} <= set(steps(loss))
    grads = gradients(loss)
    for name, array in arrays.items():

        def loss_of(x, name=name):
            return (rotary_attention(**arrays | {name: x}, pairing=pairing) * share).sum()

        tried = slope(loss_of, array)
        np.testing.assert_allclose(grads[name], tried, rtol=0, atol=1e-6, err_msg=name)


def test_values_do_not_turn_and_far_positions_stay_finite_in_float32():
    rows = np.ones((1, 2, 4), np.float32)
    found = rotate(rows, [10**6, 10**6 + 1])
    assert found.dtype == np.float32 and np.isfinite(found).all()
    assert_close(found, rotate(rows.astype(float), [10**6, 10**6 + 1]), "rounded", 1e-6)
    same = rotary_attention(rows, rows, 7 * rows)
    assert_close(same, 7 * rows, "all values are alike", 1e-5)
    assert_close(attend(rows, rows, 7 * rows), same, "so is any mixture", 1e-5)


# Refused


@pytest.mark.parametrize("width", [1, 5])
def test_an_odd_width_is_named(width):
    rows = np.ones((2, 3, width))
    with pytest.raises(ShapeError, match=rf"rotate: .*d_k = {width}; it must be even"):
        rotary_attention(rows, rows, rows)
    for pairs in (neighbours, halves, halves_first):
        must = "even" if width > 1 else "2 or more"
        with pytest.raises(ValueError, match=f"{pairs.__name__}: d_k is {width}.*{must}"):
            pairs(width)


def test_other_wrong_calls_are_named():
    rows = np.ones((3, 4))
    with pytest.raises(ShapeError, match=r"positions \(2,\) must have one for each row"):
        rotate(rows, [0, 1])
    with pytest.raises(TypeError, match="rotate: pairing is 'halves'; it must be"):
        rotate(rows, range(3), "halves")
    for none in (
        lambda width: None,
        lambda width: np.arange(width),
        lambda width: (1, 2, 3),
    ):
        with pytest.raises(
            TypeError, match="rotate: pairing gave .*two rows of whole numbers"
        ):
            rotate(rows, range(3), none)
    with pytest.raises(ValueError, match="partners of pairing holds 4 at .*0 … 3"):
        rotate(rows, range(3), lambda width: (np.arange(width) // 2, np.arange(width) + 1))
    with pytest.raises(ValueError, match="rotate: base is 0; it must be a number above 0"):
        rotate(rows, range(3), base=0)
    with pytest.raises(DtypeError, match="rotate: positions"):
        rotate(rows, [0.5, 1.5, 2.5])
    with pytest.raises(ShapeError, match="places: query"):
        rotary_attention(np.ones(4), rows, rows)
