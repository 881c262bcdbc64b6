"""Positions: exact arithmetic, published tables, and the law of the fixed rotation."""

import json

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfmath.errors import DtypeError
from tfmath.parts.position import positional_encoding, rotation, wavelengths
from tfmath.parts.text import data_path


def published(name):
    return json.loads(data_path(f"published/{name}.json").read_text(encoding="utf-8"))


def exact(positions, d_model, base):
    with mpmath.workdps(50):
        turn = (mpmath.sin, mpmath.cos)
        rows = [
            [
                turn[j % 2](p / mpmath.mpf(base) ** (mpmath.mpf(j // 2 * 2) / d_model))
                for j in range(d_model)
            ]
            for p in positions
        ]
        return np.array(rows, dtype=object).astype(float)


@pytest.mark.parametrize(("d_model", "base"), [(5, 10000), (6, 100), (1, 10000), (16, 7)])
def test_equals_fifty_digit_arithmetic(d_model, base):
    table = positional_encoding(23, d_model, base)
    np.testing.assert_allclose(
        table, exact(range(23), d_model, base), rtol=0, atol=1e-14, strict=True
    )


def test_published_sixteen_columns():
    data = published("sinusoidal_pe_d16")
    table = positional_encoding(np.array(data["inputs"]["positions"]), 16)
    np.testing.assert_allclose(table, data["expected"]["rows"], rtol=0, atol=5e-10)


def test_published_base_one_hundred():
    data = published("mlm_positional_encoding_4x4_n100")
    table = positional_encoding(4, 4, base=100)
    np.testing.assert_allclose(table, data["expected"]["P"], rtol=0, atol=5.1e-9)


def test_published_table_with_a_slip():
    data = published("happy_llm_positional_encoding_4x4")
    words = np.array(data["inputs"]["x"])
    printed = np.array(data["expected"]["x_plus_pe_as_printed"])
    ours = words + positional_encoding(4, 4)
    np.testing.assert_allclose(
        ours, data["expected"]["x_plus_pe_correct"], rtol=0, atol=5.1e-7
    )
    wrong = np.abs(ours - printed) > 0.0101  # more than its truncated decimals explain
    assert np.argwhere(wrong).tolist() == [[3, 2], [3, 3]]
    with_base_100 = words + positional_encoding(4, 4, base=100)
    assert np.abs(with_base_100 - printed)[3, 2:].max() < 1e-3


def test_odd_width_has_one_more_sine():
    table = positional_encoding(4, 5)
    assert table.shape == (4, 5)
    np.testing.assert_array_equal(table[0], [0, 1, 0, 1, 0])
    np.testing.assert_array_equal(table[:, 4], np.sin(np.arange(4) / 10000.0 ** (4 / 5)))


def test_positions_may_be_given():
    table = positional_encoding(11, 6)
    np.testing.assert_array_equal(positional_encoding([7, 2], 6), table[[7, 2]])
    np.testing.assert_array_equal(
        positional_encoding([[7, 2, 0], [1, 3, 10]], 6), table[[[7, 2, 0], [1, 3, 10]]]
    )
    np.testing.assert_array_equal(
        positional_encoding([-3], 6), table[[3]] * [-1, 1, -1, 1, -1, 1]
    )
    assert positional_encoding(0, 6).shape == (0, 6)
    assert positional_encoding(np.int32(2), 6).shape == (2, 6)


def test_wavelengths_are_where_each_clock_comes_round():
    np.testing.assert_allclose(
        wavelengths(6, 27.0), 2 * np.pi * np.array([1, 3, 9]), rtol=1e-14, strict=True
    )
    assert wavelengths(5).shape == (3,)


@settings(deadline=None)
@given(
    st.integers(-200, 200), st.integers(2, 12), st.sampled_from([100.0, 10000.0, 500000.0])
)
def test_moving_is_a_fixed_rotation(offset, d_model, base):
    here = np.arange(23)
    pairs = d_model // 2 * 2
    before = positional_encoding(here, d_model, base)[:, :pairs]
    after = positional_encoding(here + offset, d_model, base)[:, :pairs]
    matrix = rotation(offset, d_model, base)
    tolerance = 4e-16 * (4 + abs(offset))  # an angle is only known to its last digit
    np.testing.assert_allclose(before @ matrix, after, rtol=0, atol=tolerance)
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(pairs), rtol=0, atol=1e-15)


def test_small_moves_hold_to_the_last_digit():
    moved = positional_encoding(6, 6) @ rotation(3, 6)
    assert np.abs(moved - positional_encoding(9, 6)[3:]).max() < 1e-15


@pytest.mark.parametrize("factor", [1, 2])
def test_a_wavelength_for_every_column_is_no_rotation(factor):
    def wrong(positions, d_model=6):
        column = np.arange(d_model)
        angles = np.asarray(positions)[:, np.newaxis] / 10000 ** (factor * column / d_model)
        return np.where(column % 2 == 0, np.sin(angles), np.cos(angles))

    here = np.arange(23)
    assert np.abs(wrong(here) @ rotation(3, 6) - wrong(here + 3)).max() > 0.1
    best = np.linalg.lstsq(wrong(here), wrong(here + 3), rcond=None)[0]
    assert np.abs(wrong(here) @ best - wrong(here + 3)).max() > 0.01


def test_the_last_sine_of_an_odd_width_cannot_be_moved():
    assert rotation(3, 5).shape == (4, 4)
    assert rotation(3, 1).shape == (0, 0)
    with pytest.raises(ValueError, match="matmul"):
        positional_encoding(4, 5) @ rotation(3, 5)
    here = np.arange(0, 60000, 2500)
    table = positional_encoding(here, 5)
    best = np.linalg.lstsq(table, positional_encoding(here + 2500, 5), rcond=None)[0]
    assert np.abs(table @ best - positional_encoding(here + 2500, 5))[:, 4].max() > 0.01


def test_float32_is_the_rounded_float64():
    table = positional_encoding(9, 5, dtype=np.float32)
    assert table.dtype == np.float32
    np.testing.assert_array_equal(table, positional_encoding(9, 5).astype(np.float32))


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="n_positions is -1; .*whole number, 0 or more"):
        positional_encoding(-1, 5)
    with pytest.raises(TypeError, match=r"n_positions is 2\.5; it must be a whole number"):
        positional_encoding(2.5, 5)
    with pytest.raises(DtypeError, match="n_positions must hold whole numbers"):
        positional_encoding([0.5, 1.5], 5)
    for call in (lambda **k: positional_encoding(3, **k), wavelengths):
        with pytest.raises(ValueError, match="d_model is 0; .*whole number, 1 or more"):
            call(d_model=0)
        with pytest.raises(ValueError, match="base is 0; it must be a number above 0"):
            call(d_model=5, base=0)
        with pytest.raises(ValueError, match="base is nan"):
            call(d_model=5, base=float("nan"))
    with pytest.raises(ValueError, match="offset is inf"):
        rotation(float("inf"), 6)
